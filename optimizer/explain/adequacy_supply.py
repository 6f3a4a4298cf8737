"""Why a zone lacks electricity without data centres, and what plant in it would serve its load."""

from collections.abc import Iterator, Sequence

from models.case import Case
from models.timeline import first_year, mean_growth, starts_in
from models.upper_bounds import fleet_mw
from optimizer.explain.adequacy import Shortage
from optimizer.explain.limit_input import LimitText, Relaxation, limit_input
from optimizer.explain.source_location import SourceLocations

RULE = "dispatch.energy_balances"
USABLE = ("usable_transfer_share", "usable_transfer_summer_share")
"""Keys of `power` that say how much of the lines the market gets."""
MORE_PLANT = LimitText("{amount} {unit} more of {technology} in {zone} from {from_year} on")


def causes(case: Case, shortages: Sequence[Shortage]) -> Iterator[str]:
    """Yield of every zone that is short what it lacks altogether: plants, lines or both."""
    lines = {zone for row in case.lines.values() for zone in (row.from_zone, row.to_zone)}
    found: dict[str, list[str]] = {}
    for zone, period in dict.fromkeys((each.zone, each.period) for each in shortages):
        kinds = [name for name, row in case.technologies.items() if row.kind != "storage"]
        standing_mw = sum(fleet_mw(case, zone, kind, period) for kind in kinds)
        lacks = [] if standing_mw > 0 else ["no fleet that generates (fleets)"]
        lacks += [] if zone in lines else ["no line (lines)"]
        if lacks:
            own = f"; its own plants, {standing_mw:,.0f} MW, are all it has" if standing_mw > 0 else ""
            found.setdefault(f"{zone} has {' and '.join(lacks)}{own}", []).append(period)
    yield from (f"{words} ({', '.join(periods)})" for words, periods in found.items())


def rows_behind(case: Case, shortages: Sequence[Shortage], locations: SourceLocations) -> Iterator[str]:
    """Yield where the numbers stand that make zones short: fleets, lines, and growth of load where it alone does."""
    for each in shortages:
        for (zone, kind), rows in case.fleet_years.items():
            if zone == each.zone:
                for since in starts_in(case, each.period, rows):
                    yield str(locations.cell("fleets", (zone, kind, since), "capacity_mw"))
        for line, row in case.lines.items():
            if each.zone in (row.from_zone, row.to_zone):
                yield str(locations.cell("lines", line, "forward_mw" if row.to_zone == each.zone else "backward_mw"))
                yield from (str(locations.key(f"power.{key}")) for key in USABLE if _is_part(case, key))
        if _grown_mw(case, each) >= each.most_mw:
            yield str(locations.cell("zones", each.zone, "load_growth_share"))


def _is_part(case: Case, key: str) -> bool:
    """Tell whether the market gets only a part of what lines can carry, by a key of the scenario."""
    share: float | None = getattr(case.settings.power, key)
    return share is not None and share < 1


def _grown_mw(case: Case, shortage: Shortage) -> float:
    """Return by how much the load of the hours that are short has grown since the base year, at most."""
    first = next(day.first_hour for day in case.days if day.day == shortage.day)
    load_mw = case.hourly["load"][shortage.zone][[first + hour for hour in shortage.hours]]
    return float(load_mw.max() * (mean_growth(case, shortage.period, case.zones[shortage.zone].load_growth_share) - 1))


def more_plant(case: Case, shortages: Sequence[Shortage]) -> tuple[Relaxation, ...]:
    """Return plant that serves all that zones are short of, one technology in each; nothing if there is none."""
    missing_mw: dict[tuple[str, str, int], float] = {}
    for zone in dict.fromkeys(each.zone for each in shortages):
        found = _firm(case, zone)
        if found is None:
            return ()
        kind, share = found
        since = sorted(year for place, technology, year in case.fleets if (place, technology) == (zone, kind))
        for each in sorted(
            (each for each in shortages if each.zone == zone), key=lambda each: first_year(case, each.period)
        ):
            year = first_year(case, each.period)
            if not any(known <= year for known in since):
                since = sorted([*since, year])
            key = (zone, kind, max(known for known in since if known <= year))
            missing_mw[key] = max(missing_mw.get(key, 0.0), each.most_mw / share)
    changes = []
    for (zone, kind, year), amount in missing_mw.items():
        given = limit_input(case, RULE, "fleets.capacity_mw", MORE_PLANT, (zone, kind, year))
        if amount > given.reach:
            return ()
        changes.append(Relaxation(given, given.rounded_relaxation(amount)))
    return tuple(changes)


def _firm(case: Case, zone: str) -> tuple[str, float] | None:
    """Return the technology that can best serve a zone in every hour, and its least availability there.

    One that the zone has comes first, then one that there is most of elsewhere.
    """
    columns = case.hourly["availability"]
    varying = {column.rpartition(".")[2] for column in columns}
    found = []
    for kind in _generating(case):
        column = columns.get(f"{zone}.{kind}")
        share = 0.0 if column is None and kind in varying else 1.0 if column is None else float(column.min())
        own = sum(row.capacity_mw for (place, each, _), row in case.fleets.items() if (place, each) == (zone, kind))
        every = sum(row.capacity_mw for (_, each, _), row in case.fleets.items() if each == kind)
        if share > 0.1:
            found.append((own, every, kind, share))
    best = max(found, default=None)
    return None if best is None else best[2:]


def _generating(case: Case) -> list[str]:
    """Return the technologies that generate; a reservoir lasts only as long as its water."""
    return [name for name, row in case.technologies.items() if row.kind == "generation"]
