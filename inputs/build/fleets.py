"""Writes `fleets.csv`: what stands in each zone and year, and how much of it is still free to contract."""

from functools import cache
from typing import NamedTuple

import numpy as np

from inputs.build.hydro import countries, reservoir_mw
from inputs.build.plants import heat_share, plants
from inputs.build.table import FACTS, Cell, read_csv, write_csv, write_table
from models.case import Array, Quality

YEARS = range(2026, 2036)
STEPS = (2026, 2028, 2031, 2034)
"""Years in which wind, sun and batteries step up."""
GROUPS = {
    "all_biomass": ("biomass", "waste"),
    "all_coal": ("coal", "lignite"),
    "all_gas": ("gas", "gas_turbine"),
    "all_hydro": ("hydro_ror", "hydro_reservoir"),
    "all_wind": ("wind_onshore", "wind_offshore"),
}
"""Kinds of plant that are published together; what no list of plants splits is the first."""
GROUP_OF = {technology: group for group, technologies in GROUPS.items() for technology in technologies}
VARIABLE = ("wind_onshore", "wind_offshore", "solar", "battery")
OLDEST = "2023"
LASTING = ("all_hydro", "hydro_pumped", "geothermal")
"""Fleets that hardly change: an old entry stands."""
STEADY = ("nuclear", "hydro_reservoir")
QUALITIES: dict[str, Quality] = {"real": "real", "derived": "derived", "estimate": "estimate"}
SMALLEST_MW = 15.0
LEAST_MW = 2.0
"""What is left of a fleet below this is nothing."""
FREE_SHARE = {"biomass": 0.05, "geothermal": 0.05, "hydro_ror": 0.05, "hydro_pumped": 0.05, "battery": 0.1}
FREE_SHARE |= {"wind_onshore": 0.15, "wind_offshore": 0.15, "solar": 0.15}
FREE_FLOOR_SHARE, FREE_CEILING_SHARE = 0.03, 0.25
HEATING = ("coal", "lignite", "gas", "gas_turbine")
HEAT_LED_SHARE = 0.2
"""Part of their capacity at which plants that deliver heat run in winter whatever the price.

Judgement: so Germany's gas, coal and lignite keep some 9 GW in winter hours in which power is worth nothing.
"""
PLANTS = "powerplantmatching 0.9.1"
COLLECTED = "republished by Electricity Maps"
NEWEST = "Newest entry of the operators"
UNPUBLISHED = f"No entry of {OLDEST} or later"
HEAT = f"{HEAT_LED_SHARE:g} (judgement) of the country's fossil plants that deliver heat, by MW ({PLANTS}, set CHP)"
REFERENCES = FACTS / "references_fleets.csv"
FREE = (
    "Nuclear and reservoir hydro: net export of 2024 as a flat block (Ember) over their capacity in the country, 0.03 "
    "to 0.25; the others: judgement"
)


class Reference(NamedTuple):
    """What a country's plants of one kind amount to in 2026."""

    zones: dict[str, float]
    """MW by zone; empty where the plants known tell how the zones share."""
    capacity_mw: float
    date: str
    source: str
    quality: Quality
    reason: str
    """Why this figure and no other."""
    scaled: bool = False
    """Whether the zones are those of another figure, brought to this one."""


@cache
def balances() -> dict[str, dict[str, float]]:
    """Give the typed national figures by country."""
    rows = read_csv(FACTS / "facts_balance.csv")
    return {row["country"]: {key: float(value) for key, value in row.items() if key != "country"} for row in rows}


def group(technology: str) -> str:
    """Give the kind of plant under which a technology is published."""
    return GROUP_OF.get(technology, technology)


@cache
def known(new: bool = False) -> dict[tuple[str, str], Array]:
    """Give MW in each of `YEARS` of the plants listed one by one, by zone and technology; `new`: opened after 2026."""
    listed = plants()[(plants()["in_year"] > YEARS[0]) == new].dropna(subset="capacity_mw")
    found: dict[tuple[str, str], Array] = {}
    columns = (listed[name].tolist() for name in ("zone", "technology", "capacity_mw", "in_year", "out_year"))
    for zone, technology, megawatts, first, last in zip(*columns, strict=True):
        here = (np.array(YEARS) >= first) & (np.array(YEARS) <= last)
        found[zone, technology] = found.get((zone, technology), np.zeros(len(YEARS))) + megawatts * here
    return found


@cache
def references() -> dict[tuple[str, str], Reference]:
    """Give what stands in 2026 by country and kind of plant, with its date, source and quality.

    First what is typed in `facts_capacity.csv`, with its reason; then the operators' newest entry, if it is of 2023 or
    later or of a fleet that hardly changes; then the plants known. Nuclear power is typed with the balances.
    """
    found: dict[tuple[str, str], Reference] = {}
    listed: dict[tuple[str, str], float] = {}
    for (zone, technology), path in known().items():
        at = (countries()[zone], group(technology))
        listed[at] = listed.get(at, 0.0) + float(path[0])
    for at, megawatts in listed.items():
        found[at] = Reference({}, megawatts, str(YEARS[0]), PLANTS, "derived", UNPUBLISHED)
    entries: dict[tuple[str, str], list[dict[str, str]]] = {}
    for fact in read_csv(FACTS / "facts_fleets.csv"):
        entries.setdefault((countries()[fact["zone"]], fact["technology"]), []).append(fact)
    for at, rows in entries.items():
        zones = {row["zone"]: float(row["capacity_mw"]) for row in rows}
        # An old entry of a zone with next to nothing does not make the country's old.
        date = min(row["date"] for row in rows if zones[row["zone"]] >= 0.02 * sum(zones.values()))
        if date >= OLDEST or at[1] in LASTING:
            publishers = " and ".join(sorted({row["publisher"] for row in rows}))
            found[at] = Reference(zones, sum(zones.values()), date, f"{publishers}, {COLLECTED}", "real", NEWEST)
    for fact in read_csv(FACTS / "facts_capacity.csv"):
        country, kind = countries().get(fact["area"], fact["area"]), fact["technology"]
        before = found.get((country, kind), Reference({}, 0.0, "", "", "derived", ""))
        if not fact["capacity_mw"]:
            found[country, kind] = Reference({}, listed[country, kind], fact["date"], PLANTS, "derived", fact["reason"])
        elif fact["area"] in countries() and fact["area"] != country:
            zones = before.zones | {fact["area"]: float(fact["capacity_mw"])}
            source = f"{fact['source']} {fact['date']} for some zones; {before.source}"
            found[country, kind] = before._replace(
                zones=zones, capacity_mw=sum(zones.values()), source=source, reason=fact["reason"]
            )
        else:
            megawatts = float(fact["capacity_mw"])
            scaled = {zone: mw * megawatts / before.capacity_mw for zone, mw in before.zones.items() if mw}
            quality = QUALITIES[fact["quality"]]
            said = fact["date"], fact["source"], quality, fact["reason"]
            found[country, kind] = Reference(scaled, megawatts, *said, scaled=len(scaled) > 1)
    for country, balance in balances().items():
        if balance["nuclear_mw"]:
            megawatts = balance["nuclear_mw"]
            found[country, "nuclear"] = Reference(
                {}, megawatts, "2026", "IAEA PRIS", "derived", "Net MW of every reactor"
            )
    return found


def main() -> None:
    """Write the table of fleets."""
    paths = _paths()
    free = _free_shares(paths)
    rows = []
    for (zone, technology), path in sorted(paths.items()):
        if path.max() < SMALLEST_MW:
            continue
        written = -1e9
        for year, megawatts in zip(YEARS, np.where(path < LEAST_MW, 0.0, path), strict=True):
            if year == YEARS[0] or abs(megawatts - written) > max(20.0, 0.01 * written):
                written = float(megawatts)
                rows.append(_row(zone, technology, year, written, free[countries()[zone]]))
    write_table("fleets", rows)
    columns = ["country", "kind", "capacity_mw", "date", "source", "quality", "plants_mw", "entry_mw", "reason"]
    write_csv(REFERENCES, columns, _compared())


def _compared() -> list[list[object]]:
    """Set each reference beside the plants known and the operators' entry, where there are any."""
    plants_mw: dict[tuple[str, str], float] = {}
    for (zone, technology), path in known().items():
        for at in {(countries()[zone], technology), (countries()[zone], group(technology))}:
            plants_mw[at] = plants_mw.get(at, 0.0) + float(path[0])
    entry_mw: dict[tuple[str, str], float] = {}
    for fact in read_csv(FACTS / "facts_fleets.csv"):
        at = (countries()[fact["zone"]], fact["technology"])
        entry_mw[at] = entry_mw.get(at, 0.0) + float(fact["capacity_mw"])
    typed = {(country, group(kind)) for country, kind in references() if kind not in (group(kind), "wind_offshore")}
    return [
        [*at, round(one.capacity_mw, 1), one.date, one.source, one.quality]
        + [round(mw[at], 1) if at in mw else "" for mw in (plants_mw, entry_mw)]
        + [one.reason]
        for at, one in sorted(references().items())
        if at not in typed
    ]


def _row(zone: str, technology: str, year: int, capacity_mw: float, free_share: float) -> dict[str, object]:
    steady = technology in STEADY
    source, quality = _basis(zone, technology)
    if technology in VARIABLE and year > YEARS[0]:
        source, quality = f"{source}; grown as in facts_growth.csv (offshore: facts_balance.csv)", "estimate"
    elif year > YEARS[0] and (countries()[zone], technology) in closures():
        source, quality = f"{source}; closures as in facts_closures.csv", "estimate"
    elif year > YEARS[0]:
        source = f"{source}; closures and new plants: {PLANTS}"
        quality = "derived" if quality == "real" else quality
    country = countries()[zone]
    heat = round(HEAT_LED_SHARE * heat_share(country, technology), 3) if technology in HEATING else 0.0
    share = round(free_share if steady else FREE_SHARE.get(technology, 0.0), 3)
    return {
        "zone": zone,
        "technology": technology,
        "from_year": year,
        "capacity_mw": round(capacity_mw, 1),
        "uncontracted_share": Cell(share, "estimate", FREE),
        "must_run_share": Cell(heat, "estimate", HEAT),
        "source": source,
        "quality": quality,
    }


def _basis(zone: str, technology: str) -> tuple[str, Quality]:
    """Say where a fleet's MW of 2026 come from, and how good they are."""
    reference, kind = reference_of(countries()[zone], technology)
    source = f"{reference.capacity_mw:.0f} MW in {countries()[zone]} ({reference.source}, {reference.date})"
    quality = reference.quality
    shared = []
    if kind == "all_hydro":
        shared.append("reservoirs: ENTSO-E PECD")
    elif kind == "all_wind":
        shared.append("offshore: facts_balance.csv, facts_capacity.csv")
    elif kind in GROUPS:
        shared.append(f"kinds: {PLANTS}")
    if not reference.zones and len(_zones_of(countries()[zone])) > 1:
        shared.append(f"zones: {PLANTS}" + (" and load" if technology in ("solar", "battery") else ""))
    if reference.scaled:
        shared.append("zones: shares of the newest entry")
    if shared and quality == "real":
        quality = "derived"
    return "; ".join([source, *shared]), quality


def reference_of(country: str, technology: str) -> tuple[Reference, str]:
    """Give the reference under which a technology stands, and its kind; raise KeyError if there is none."""
    typed = (country, technology) in references() and technology != "wind_offshore"
    kind = technology if typed else group(technology)
    return references()[country, kind], kind


def _zones_of(country: str) -> list[str]:
    return [zone for zone, its in countries().items() if its == country]


def _paths() -> dict[tuple[str, str], Array]:
    """Compute MW in each of `YEARS` by zone and technology."""
    found: dict[tuple[str, str], Array] = {}
    for country, balance in balances().items():
        kinds = {kind for at, kind in references() if at == country}
        typed = {group(kind) for kind in kinds if group(kind) != kind and kind != "wind_offshore"}
        for kind in sorted(kinds - typed - {"wind_offshore"}):
            for zone, megawatts in _zone_totals(country, kind).items():
                for technology, now in _split(zone, kind, megawatts).items():
                    found[zone, technology] = _path(zone, technology, now)
        national = np.full(len(YEARS), _offshore_mw(country))
        for year in (2027, 2030, 2033):
            national[year - YEARS[0] :] = np.maximum(national, balance[f"offshore_{year}_mw"])[year - YEARS[0] :]
        for zone, share in _shares(country, "wind_offshore").items():
            found[zone, "wind_offshore"] = share * national
    return found


def _shares(country: str, kind: str) -> dict[str, float]:
    """Share out a national figure among zones by the plants known, sun and batteries half by load."""
    load = {fact["zone"]: float(fact["load_share"]) for fact in read_csv(FACTS / "facts_zones.csv")}
    inside = _zones_of(country)
    mw = {zone: sum(_known_mw(zone, technology) for technology in GROUPS.get(kind, (kind,))) for zone in inside}
    total = sum(mw.values())
    if not total:
        return {inside[0]: 1.0} if kind == "wind_offshore" else {zone: load[zone] for zone in inside}
    by_load = 0.5 if kind in ("solar", "battery") else 0.0
    return {zone: (1 - by_load) * mw[zone] / total + by_load * load[zone] for zone in inside}


def _offshore_mw(country: str) -> float:
    typed = references().get((country, "wind_offshore"))
    return typed.capacity_mw if typed else balances()[country]["offshore_mw"]


def _known_mw(zone: str, technology: str) -> float:
    return float(known().get((zone, technology), np.zeros(1))[0])


def _zone_totals(country: str, kind: str) -> dict[str, float]:
    reference = references()[country, kind]
    return reference.zones or {zone: share * reference.capacity_mw for zone, share in _shares(country, kind).items()}


def _split(zone: str, kind: str, megawatts: float) -> dict[str, float]:
    """Split a zone's MW of a kind among its technologies."""
    technologies = GROUPS.get(kind, (kind,))
    if kind == "all_hydro":
        stores = (countries()[zone], "hydro_pumped")
        reservoir = reservoir_mw(
            zone, megawatts, _zone_totals(*stores).get(zone, 0.0) if stores in references() else 0.0
        )
        return {"hydro_reservoir": reservoir, "hydro_ror": megawatts - reservoir}
    if kind == "all_wind":
        offshore = _offshore_mw(countries()[zone]) * _shares(countries()[zone], "wind_offshore").get(zone, 0.0)
        return {"wind_onshore": max(megawatts - offshore, 0.0)}
    listed = {technology: _known_mw(zone, technology) for technology in technologies}
    total = sum(listed.values())
    if not total:
        return {technologies[0]: megawatts}
    if kind == "all_biomass":
        # Plants that burn waste are large and listed; what the list lacks are engines on biogas.
        waste = listed["waste"] * min(megawatts / total, 1.0)
        return {"biomass": megawatts - waste, "waste": waste}
    return {technology: megawatts * mw / total for technology, mw in listed.items()}


def _path(zone: str, technology: str, now: float) -> Array:
    """Carry MW of 2026 through the years: growth, or closures in proportion to the plants known, and new plants."""
    if technology in VARIABLE:
        reference = reference_of(countries()[zone], technology)[0]
        steps = np.array([max(step for step in STEPS if step <= year) for year in YEARS], dtype=float)
        grown = np.where(steps > STEPS[0], steps - _start(reference.date), 0.0)
        sea = _offshore_mw(countries()[zone]) if technology == "wind_onshore" else 0.0
        national = reference.capacity_mw - sea
        share = now / national if national > 0 else 0.0
        return now + share * growth(countries()[zone], technology) * grown
    added = known(new=True).get((zone, technology), np.zeros(len(YEARS)))
    if (shares := closures().get((countries()[zone], technology))) is not None:
        return now * shares
    if technology.startswith("hydro") or not _known_mw(zone, technology):
        return now + added
    return now * known()[zone, technology] / _known_mw(zone, technology) + added


def _start(date: str) -> int:
    """Give the year from whose start a fleet grows: a figure of the second half of a year stands for its end."""
    return min(int(date[:4]) + (date[5:] >= "07"), YEARS[0])


@cache
def closures() -> dict[tuple[str, str], Array]:
    """Give the share of a country's plants of 2026 that stand in each of `YEARS`, where law or plan settles it."""
    found: dict[tuple[str, str], Array] = {}
    for fact in read_csv(FACTS / "facts_closures.csv"):
        shares = found.setdefault((fact["country"], fact["technology"]), np.ones(len(YEARS)))
        shares[int(fact["year"]) - YEARS[0] :] = float(fact["standing_share"])
    return found


def growth(country: str, technology: str) -> float:
    """Give the MW that a country's wind (onshore), sun or batteries grow by in a year."""
    rows = {fact["country"]: fact for fact in read_csv(FACTS / "facts_growth.csv")}
    return float(rows[country][technology])


def _free_shares(paths: dict[tuple[str, str], Array]) -> dict[str, float]:
    shares = {}
    for country, fact in balances().items():
        steady = [paths[zone, kind][0] for zone, kind in paths if countries()[zone] == country and kind in STEADY]
        flat_mw = -fact["net_import_twh"] / 8.76 * 1000
        share = flat_mw / (sum(steady) or 1e9)
        shares[country] = float(min(max(share, FREE_FLOOR_SHARE), FREE_CEILING_SHARE))
    return shares


if __name__ == "__main__":
    main()
