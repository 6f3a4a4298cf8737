"""Writes `substations.csv`, `headrooms.csv`, `reinforcements.csv`: connections, what is free, what can be added.

Headroom is, in this order: what is signed or announced for a site, what the operator publishes for the node, and the
rule of `headroom.py` from the year on in which an application of today is through the queue; before that nothing, but
for a little at the seats of AI Factories.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from inputs.build.candidates import NOW, Candidate, candidates
from inputs.build.headroom import LEAST_SITE_MW, rule
from inputs.build.operators import OPERATORS, NodeHeadroom, areas
from inputs.build.operators.__main__ import NODES, mapping
from inputs.build.operators.update import granted, statement
from inputs.build.stations import LINES_WIND, Station, connections, high_voltage_km
from inputs.build.table import EUROPE, FACTS, Cell, read_csv, write_table

MOST_MW = 1000.0
WORKS_YEARS = 2
"""Years to build a line and a bay where capacity is free (the time that the settings take for a connection)."""
SEAT_MW = 50.0
"""What the seat of an AI Factory can draw: the least size of a site with its cooling (judgement)."""
SEAT_QUEUE_YEARS = 4
"""Where the queue is no longer than the European mean."""
YEARS = (
    "Announced connection, 2 years of works at a node with room, the country's queue from 2026 or the first step, "
    "whichever is first, on free ground (rule); the machine's year at committed sites"
)
NEAREST = (
    f"Nearest station of OpenStreetMap (ODbL) in the zone that carries the site's land: 300 MW from 220 kV, 1,000 MW "
    f"from 300 kV; line: geodesic x {LINES_WIND:g}"
)
STATION_MEUR_PER_MW = 0.17
GRID_MEUR_PER_MW = 0.41
LINE_MEUR_PER_MW_KM = 0.00075
COST = (
    "Cost per MW of new load in Spain's plan of 2025-2030 (MITECO, 2025), 750 EUR per MW and km of line (Danish Energy "
    "Agency, 2025) and the way to the next station of 300 kV or more on the map"
)
PLAN = "Spain's plan of the transmission grid 2025-2030 (MITECO, 2025: 13,590 MEUR for 33 GW of new load"


class Step(NamedTuple):
    """A step of reinforcement."""

    adds_mw: int
    meur_per_mw: float
    lines: int
    """How many times the way to the next station of 300 kV or more is built."""
    years: int
    """Years beside those of the queue; the first period begins a year after works can be ordered."""
    what: str


STEPS = (
    Step(150, STATION_MEUR_PER_MW, 0, -1, f"One more transformer and its bays: 41 % of {PLAN})"),
    Step(250, STATION_MEUR_PER_MW, 1, 1, f"Transformers and bays as in step 1 (41 % of {PLAN})"),
    Step(400, GRID_MEUR_PER_MW, 1, 2, f"A station and the grid behind it: all of {PLAN})"),
)


class Queue(NamedTuple):
    """How long an application for a connection takes in a country."""

    years: int
    quality: str
    source: str


class Announced(NamedTuple):
    """A connection that is signed, granted or announced for a site, from a year on."""

    from_year: int
    mw: float
    quality: str
    source: str


def main() -> None:
    """Write the three tables."""
    write_table("substations", (_substation(station, sites) for station, sites in served().items()))
    write_table("headrooms", (row._asdict() for station in served() for row in headrooms(station)))
    for end in ("low", "high"):
        rows = [_at_an_end(row, station, end) for station in served() for row in headrooms(station)]
        write_table("headrooms", (row._asdict() for row in rows), folder=EUROPE / "headroom" / end)
    works = (row for station in served() for row in steps(station))
    write_table(
        "reinforcements", (row._asdict() | {"capex_meur": Cell(row.capex_meur, "derived", COST)} for row in works)
    )


@cache
def served() -> dict[Station, tuple[Candidate, ...]]:
    """Give every station in use with its sites."""
    groups: dict[Station, list[Candidate]] = {}
    for one in candidates():
        groups.setdefault(connections()[one.site].station, []).append(one)
    return {station: tuple(sites) for station, sites in groups.items()}


def line_km(one: Candidate) -> Cell:
    """Give the length of a site's line to its station."""
    return Cell(connections()[one.site].line_km, "derived", NEAREST)


def connection_year(one: Candidate) -> Cell:
    """Give the year in which a site can be connected: its ground is free, its station has room or time to make some."""
    if one.committed:
        return Cell(one.ready_year, "estimate", YEARS)
    station = connections()[one.site].station
    first = [row.from_year for row in headrooms(station) if row.headroom_mw >= LEAST_SITE_MW]
    first += [_begin() + step.lead_years for step in steps(station)]
    return Cell(max(min(first), one.ready_year, NOW + WORKS_YEARS), "estimate", YEARS)


@cache
def queue(country: str) -> Queue:
    """Give the queue of a country."""
    rows = {row["country"]: row for row in read_csv(FACTS / "facts_queues.csv")}
    row = rows.get(country, rows["*"])
    return Queue(int(row["years"]), row["quality"], row["source"])


@cache
def announced() -> dict[str, tuple[Announced, ...]]:
    """Give the announced connections of each site; raise ValueError if there is no such site."""
    found: dict[str, list[Announced]] = {}
    for row in read_csv(FACTS / "facts_connections.csv"):
        stated = Announced(int(row["from_year"]), float(row["mw"]), row["quality"], row["source"])
        found.setdefault(row["site"], []).append(stated)
    if unknown := set(found) - {one.site for one in candidates()}:
        raise ValueError(f"facts_connections.csv: no such site: {sorted(unknown)}")
    return {site: tuple(sorted(rows)) for site, rows in found.items()}


class Room(NamedTuple):
    """A row of `headrooms.csv`."""

    substation: str
    from_year: int
    headroom_mw: float
    source: str
    quality: str


class Work(NamedTuple):
    """A row of `reinforcements.csv`."""

    substation: str
    step: int
    adds_mw: int
    capex_meur: float
    lead_years: int
    source: str
    quality: str


@cache
def headrooms(station: Station) -> tuple[Room, ...]:
    """Give the rows of a station: what is announced for its sites, else the operator's figure, else the rule."""
    sites = [one for one in served()[station] if one.site in announced()]
    if sites:
        return tuple(_announced(station, sites))
    known = _published(station)
    if known and station.country not in AREAS:
        return (known,)
    later = _by_rule(station)
    rows = [known] if known else _seat(station)
    return (*rows, later) if not rows or later.headroom_mw > rows[-1].headroom_mw else tuple(rows)


def _announced(station: Station, sites: Sequence[Candidate]) -> Iterator[Room]:
    for year in sorted({row.from_year for one in sites for row in announced()[one.site]}):
        held = [[row for row in announced()[one.site] if row.from_year <= year][-1:] for one in sites]
        last = [row for rows in held for row in rows]
        worst = max((row.quality for row in last), key=("real", "derived", "estimate").index)
        total = min(sum(row.mw for row in last), MOST_MW)
        yield Room(station.key, year, total, "; ".join(row.source for row in last), worst)


def _seat(station: Station) -> list[Room]:
    """Give the little that the seat of an AI Factory can draw before the queue's end."""
    seats = [one for one in served()[station] if one.kind == "ai_factory"]
    if not seats or queue(station.country).years > SEAT_QUEUE_YEARS:
        return []
    source = (
        f"Seat of an AI Factory: {SEAT_MW:g} MW from the distribution grid after {WORKS_YEARS} years of works, by "
        "judgement; its own machine draws a few MW"
    )
    return [Room(station.key, NOW + WORKS_YEARS, SEAT_MW, source, "estimate")]


RULE = "Rule"
"""With this begins the source of a row that follows the rule."""
AREAS = {"NO": ("statnett", FACTS / "facts_areas_no.csv")}
"""Operators that give one figure for an area, here a bidding zone."""


def _published(station: Station) -> Room | None:
    """Give what the station's operator publishes for it; None if it gives no figure."""
    if station.country in AREAS:
        name, path = AREAS[station.country]
        zone = served()[station][0].zone
        here = [one for one in areas.read(path) if one.node == zone]
    else:
        name = "red_electrica"
        nodes = {one.node: one for one in published_nodes()}
        here = [nodes[node] for node in mapping(NODES, name).get(station.key, [])]
    best = granted(here)
    if best is None:
        return None
    return Room(station.key, best.from_year, best.free_mw or 0.0, statement(OPERATORS[name], best), "real")


@cache
def published_nodes() -> tuple[NodeHeadroom, ...]:
    """Give the nodes of `facts_nodes.csv`."""
    rows = read_csv(FACTS / "facts_nodes.csv")
    return tuple(
        NodeHeadroom(
            row["node"],
            row["name"],
            float(row["kv"]),
            row["region"],
            float(row["free_mw"]) if row["free_mw"] else None,
            row["tender"] == "true",
            int(row["from_year"]),
            row["note"],
            date.fromisoformat(row["as_of"]),
        )
        for row in rows
    )


def _by_rule(station: Station) -> Room:
    wait = queue(station.country)
    ready = [one.ready_year for one in served()[station] if one.kind == "hub" and not one.committed]
    year = max(NOW + wait.years, min(ready, default=0))
    low, middle, high = rule(station.high)
    volts = "300 kV and more" if station.high else "220-299 kV"
    gap = "The operator gives no figure. " if station.key in mapping(NODES, "red_electrica") else ""
    source = (
        f"{RULE}: mean of Spain's nodes of {volts} (Red Eléctrica, 2026; median {low:g}, one in ten above {high:g} MW)"
        f", from the end of the queue. {gap}Queue: {wait.source}"
    )
    return Room(station.key, year, middle, source, wait.quality)


def _at_an_end(row: Room, station: Station, end: str) -> Room:
    """Put the low or the high end of the rule in place of its middle."""
    if not row.source.startswith(RULE):
        return row
    named = {"low": "median", "high": "what one node in ten exceeds"}[end]
    before = [one.headroom_mw for one in headrooms(station) if one.from_year < row.from_year]
    free_mw = max(getattr(rule(station.high), end), *before, 0.0)
    return row._replace(headroom_mw=free_mw, source=row.source.replace(f"{RULE}: mean", f"{RULE}: {named}"))


@cache
def steps(station: Station) -> tuple[Work, ...]:
    """Give the steps of a station, as many as the land of its sites could use."""
    wanted = min(sum(one.land_mw for one in served()[station]), MOST_MW)
    have = max(row.headroom_mw for row in headrooms(station))
    wait = queue(station.country)
    rows: list[Work] = []
    for number, step in enumerate(STEPS, start=1):
        if have >= wanted:
            break
        have += step.adds_mw
        way = step.lines * LINES_WIND * high_voltage_km(station)
        line = f"; {way:.0f} km of line to the next station of 300 kV or more at 750 EUR per MW and km (DEA, 2025)"
        source = f"{step.what}{line if way else ''}. Years: the queue {step.years:+d}. Queue: {wait.source}"
        rows.append(
            Work(
                station.key,
                number,
                step.adds_mw,
                round(step.adds_mw * (step.meur_per_mw + LINE_MEUR_PER_MW_KM * way), 1),
                wait.years + step.years,
                source,
                "estimate",
            )
        )
    return tuple(rows)


@cache
def _begin() -> int:
    return min(int(row["first_year"]) for row in read_csv(EUROPE / "periods.csv"))


def _substation(station: Station, sites: Sequence[Candidate]) -> dict[str, object]:
    return {
        "substation": station.key,
        "name": station.name,
        "zone": sites[0].zone,
        "latitude": station.latitude,
        "longitude": station.longitude,
        "source": f"OpenStreetMap by way of PyPSA-Eur (ODbL), {station.station}; named after the map, the plant beside "
        "it or the nearest town",
        "quality": "real",
    }


if __name__ == "__main__":
    main()
