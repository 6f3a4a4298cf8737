"""Writes `fleets.csv`: what stands in each zone and year, and how much of it is still free to contract."""

from functools import cache

import pandas as pd

from inputs.build.plants import plants
from inputs.build.table import FACTS, read_csv, write_table

YEARS = range(2026, 2036)
STEPS = (2026, 2028, 2031, 2034)
"""Years in which wind and solar capacity steps up."""
GROWTH_SHARE = {"wind_onshore": 0.05, "solar": 0.09}
"""Growth of national capacity per year from the end of 2024 on; solar slows to 0.06 after 2027."""
LATER_SOLAR_SHARE = 0.06
SMALLEST_MW = 15.0
FREE_SHARE = {"biomass": 0.05, "geothermal": 0.05, "hydro_ror": 0.05, "hydro_pumped": 0.05, "battery": 0.1}
FREE_SHARE |= {"wind_onshore": 0.15, "wind_offshore": 0.15, "solar": 0.15}
FREE_FLOOR_SHARE, FREE_CEILING_SHARE = 0.03, 0.25
PLANTS = "powerplantmatching 0.9.1 (CC BY 4.0), plants in operation per year, placed by bidding-zone polygon"
EXPORTS = (
    "uncontracted: net export of 2024 as a flat block (Ember, Yearly Electricity Data) over nuclear and reservoir "
    "hydro of the country, at least 0.03 and at most 0.25"
)
FREE = "uncontracted: judgement"


@cache
def balances() -> dict[str, dict[str, float]]:
    """Give the typed national figures by country."""
    rows = read_csv(FACTS / "facts_balance.csv")
    return {row["country"]: {key: float(value) for key, value in row.items() if key != "country"} for row in rows}


def variable_mw(country: str, technology: str, year: int) -> float:
    """Compute a country's wind or solar capacity at the start of a year, MW."""
    fact = balances()[country]
    if technology == "wind_offshore":
        later = {2027: fact["offshore_2027_mw"], 2030: fact["offshore_2030_mw"], 2033: fact["offshore_2033_mw"]}
        known = [value for step, value in later.items() if step <= year]
        return known[-1] if known else fact["offshore_mw"]
    start = fact["onshore_mw" if technology == "wind_onshore" else "solar_mw"]
    growth = GROWTH_SHARE[technology]
    years, more = (min(year, 2027) - 2025, year - 2027) if technology == "solar" else (year - 2025, 0)
    return float(start * (1 + growth) ** years * (1 + LATER_SOLAR_SHARE) ** max(more, 0))


def main() -> None:
    """Write the table of fleets."""
    paths = pd.DataFrame({year: _standing(year) for year in YEARS}).fillna(0.0)
    paths = _scaled(paths)
    zones = {fact["zone"]: fact["country"] for fact in read_csv(FACTS / "facts_zones.csv")}
    paths = pd.concat([paths.drop(index=["wind_onshore", "wind_offshore", "solar"], level=1), _variable(paths, zones)])
    free = _free_shares(paths, zones)
    rows = []
    for zone, technology in sorted(paths.index):
        path = paths.loc[(zone, technology)]
        if path.max() < SMALLEST_MW:
            continue
        written = -1e9
        for year in YEARS:
            if year == YEARS[0] or abs(path[year] - written) > max(20.0, 0.01 * written):
                written = float(path[year])
                rows.append(_row(zone, technology, year, written, free[zones[zone]]))
    write_table("fleets", rows)


def _row(zone: str, technology: str, year: int, capacity_mw: float, free_share: float) -> dict[str, object]:
    steady = technology in ("nuclear", "hydro_reservoir")
    varies = technology in ("wind_onshore", "wind_offshore", "solar")
    share = free_share if steady else FREE_SHARE.get(technology, 0.0)
    national = "WindEurope, SolarPower Europe and IRENA national totals at the end of 2024, grown by judgement"
    source = f"{national}; split among zones by {PLANTS}" if varies else PLANTS
    if technology == "nuclear":
        source += "; scaled to net MW of IAEA PRIS; corrections in overrides_plants.csv"
    elif (technology, zone) in _completed():
        source += "; scaled to the national total of facts_capacity.csv"
    if share:
        source += f"; {EXPORTS if steady else FREE}"
    return {
        "zone": zone,
        "technology": technology,
        "from_year": year,
        "capacity_mw": round(capacity_mw, 1),
        "uncontracted_share": round(share, 3),
        "source": source,
        "quality": "estimate" if varies else "derived",
    }


def _standing(year: int) -> pd.Series:
    now = plants()[(plants()["in_year"] <= year) & (plants()["out_year"] >= year)]
    return now.groupby(["zone", "technology"])["capacity_mw"].sum()


@cache
def _completed() -> set[tuple[str, str]]:
    zones = {fact["zone"]: fact["country"] for fact in read_csv(FACTS / "facts_zones.csv")}
    facts = {(fact["technology"], fact["country"]) for fact in read_csv(FACTS / "facts_capacity.csv")}
    return {(technology, zone) for technology, country in facts for zone, its in zones.items() if its == country}


def _scaled(paths: pd.DataFrame) -> pd.DataFrame:
    """Scale nuclear plants to net capacity, and incomplete lists to the national total, both of 2026."""
    totals = {
        (fact["country"], fact["technology"]): fact["capacity_mw"] for fact in read_csv(FACTS / "facts_capacity.csv")
    }
    totals |= {
        (country, "nuclear"): str(fact["nuclear_mw"]) for country, fact in balances().items() if fact["nuclear_mw"]
    }
    zones = {fact["zone"]: fact["country"] for fact in read_csv(FACTS / "facts_zones.csv")}
    countries = [zones[zone] for zone in paths.index.get_level_values(0)]
    for (country, technology), total in totals.items():
        same = [
            at == country and one == technology
            for at, one in zip(countries, paths.index.get_level_values(1), strict=True)
        ]
        scaled = paths.loc[same] * float(total) / paths.loc[same, YEARS[0]].sum()
        # What is scaled up stands for small plants: it does not make a single new plant larger.
        ceiling = 1.0 if technology != "nuclear" else 9.0
        excess = (scaled.sum() / float(total)).clip(lower=ceiling) / ceiling
        paths.loc[same] = scaled / excess
    return paths


def _variable(paths: pd.DataFrame, zones: dict[str, str]) -> pd.DataFrame:
    """Split national wind and solar capacity by the plants known in each zone; half the solar is rooftop, by load."""
    load = {fact["zone"]: float(fact["load_share"]) for fact in read_csv(FACTS / "facts_zones.csv")}
    found = {}
    for technology in ("wind_onshore", "wind_offshore", "solar"):
        for country in balances():
            inside = [zone for zone, its in zones.items() if its == country]
            known = {zone: float(paths[YEARS[0]].get((zone, technology), 0.0)) for zone in inside}
            if not sum(known.values()):
                known = load if technology != "wind_offshore" else {inside[0]: 1.0}
            total = sum(known.get(zone, 0.0) for zone in inside)
            rooftop = 0.5 if technology == "solar" else 0.0
            for zone in inside:
                share = (1 - rooftop) * known.get(zone, 0.0) / total + rooftop * load[zone]
                found[zone, technology] = {
                    year: variable_mw(country, technology, max(step for step in STEPS if step <= year)) * share
                    for year in YEARS
                }
    return pd.DataFrame(found).T


def _free_shares(paths: pd.DataFrame, zones: dict[str, str]) -> dict[str, float]:
    steady = paths[YEARS[0]][paths.index.get_level_values(1).isin(["nuclear", "hydro_reservoir"])]
    capacity = steady.groupby([zones[zone] for zone in steady.index.get_level_values(0)]).sum()
    shares = {}
    for country, fact in balances().items():
        flat_mw = -fact["net_import_twh"] / 8.76 * 1000
        share = flat_mw / capacity.get(country, 1e9)
        shares[country] = float(min(max(share, FREE_FLOOR_SHARE), FREE_CEILING_SHARE))
    return shares


if __name__ == "__main__":
    main()
