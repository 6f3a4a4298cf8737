"""Writes `reservoirs.csv` for every weather and hydrological year, and `inflows.csv`; gives the output of rivers."""

from functools import cache

import numpy as np
import pandas as pd

from inputs.build.clock import DEFAULT_YEAR
from inputs.build.table import EUROPE, FACTS, read_csv, write_table

YEARS: dict[int | str, str] = {year: f"weather/{year}" for year in range(2017, 2020)}
YEARS |= {kind: f"hydrology/{kind}" for kind in ("dry", "mean", "wet")}
"""Other years -> folder of the overlay."""
WATER = {
    "NO1": (("NOS0", 0.22),),
    "NO2": (("NOS0", 0.49),),
    "NO5": (("NOS0", 0.29),),
    "NO3": (("NOM1", 1.0),),
    "NO4": (("NON1", 1.0),),
    "ITN": (("ITN1", 1.0),),
    "ITS": (("ITS1", 1.0),),
    "SE1": (("SE01", 1.0),),
    "SE2": (("SE02", 1.0),),
    "SE3": (("SE03", 1.0),),
    "SE4": (("SE04", 1.0),),
    "GB": (("UK00", 1.0),),
    "DE": (("DE00", 1.0), ("LUG1", 1.0), ("LUV1", 1.0)),
}
"""Zone -> zones of PECD and its share of them, if not the zone of the same name; southern Norway's split is judged."""
QUANTILES = {"dry": 0.1, "wet": 0.9}
RIVER_SHARES = (0.15, 0.75)
"""Least and most mean output of run-of-river plants over their capacity: what small and what large ones reach."""
WATER_SOURCE = "Inflow: ENTSO-E, Pan-European Climate Database (TYNDP 2022), 1982-2017"
LEVEL_SOURCE = "not above the national hydro generation of 2004-2023 (EIA)"


@cache
def countries() -> dict[str, str]:
    """Give the country of every zone."""
    return {fact["zone"]: fact["country"] for fact in read_csv(FACTS / "facts_zones.csv")}


@cache
def water() -> dict[str, dict[str, float]]:
    """Give plants (MW, GWh) and inflow (TWh a year) by zone, as published; NaN where there is none."""
    facts = {fact.pop("zone"): fact for fact in read_csv(FACTS / "facts_hydro.csv")}
    columns = [column for column in next(iter(facts.values())) if column != "years"]
    found: dict[str, dict[str, float]] = {}
    for zone in countries():
        parts = [(at, share) for at, share in WATER.get(zone, ((zone, 1.0), (f"{zone}00", 1.0))) if at in facts]
        for column in columns:
            known = [float(facts[at][column]) * share for at, share in parts if facts[at][column]]
            found.setdefault(zone, {})[column] = sum(known) if known else np.nan
    return found


@cache
def months() -> dict[str, pd.DataFrame]:
    """Give what is published of a zone's reservoirs by month: share of the inflow, limits of levels, least output."""
    facts = pd.DataFrame(read_csv(FACTS / "facts_hydro_months.csv")).replace("", np.nan)
    facts = facts.astype({column: float for column in facts.columns if column != "zone"}).set_index("month")
    known = {str(zone): rows.drop(columns="zone") for zone, rows in facts.groupby("zone")}
    energy = {fact["zone"]: float(fact["mean_twh"] or 0) for fact in read_csv(FACTS / "facts_hydro.csv")}
    found = {}
    for zone in countries():
        parts = [(at, share) for at, share in WATER.get(zone, ((zone, 1.0), (f"{zone}00", 1.0))) if at in known]
        if parts:
            weights = [energy[at] * share for at, share in parts]
            weighed = [weight * known[at] for weight, (at, _) in zip(weights, parts, strict=True)]
            rows = pd.concat(weighed).groupby(level=0).sum(min_count=len(parts)) / sum(weights)
            rows["least_mw"] = sum(share * known[at]["least_mw"].fillna(0.0) for at, share in parts)
            found[zone] = rows
    return found


@cache
def generation_twh() -> dict[str, dict[int, float]]:
    """Give the hydro generation without pumping by country and year, TWh."""
    rows = {fact.pop("country"): fact for fact in read_csv(FACTS / "facts_hydro_years.csv")}
    return {country: {int(year): float(twh) for year, twh in fact.items()} for country, fact in rows.items()}


def usual_twh(country: str) -> float:
    """Compute a country's mean hydro generation of 20 years, TWh."""
    return float(np.mean(list(generation_twh()[country].values())))


def wetness(country: str, year: int | str) -> float:
    """Compute a country's hydro generation in a year (or "dry", "mean", "wet") relative to the mean of 20 years."""
    years = generation_twh()[country]
    if isinstance(year, int):
        return years[year] / usual_twh(country)
    return 1.0 if year == "mean" else float(np.quantile(list(years.values()), QUANTILES[year])) / usual_twh(country)


def reservoir_twh(zone: str, year: int | str) -> float:
    """Compute the water of a zone's reservoirs in a year, TWh.

    The published inflow holds what is spilt: it is scaled down where it exceeds the country's generation, less the
    least that its rivers give. A year that is not published is the mean times `wetness`.
    """
    country = countries()[zone]
    mean = np.nansum([water()[other]["mean_twh"] for other in _inside(country)])
    most = usual_twh(country) - RIVER_SHARES[0] * river_mw(country) * 8760 / 1e6
    usable = min(1.0, most / mean) if mean else 0.0
    inflow = _published(zone, year)
    if np.isnan(inflow):
        inflow = water()[zone]["mean_twh"] * wetness(country, year)
    return float(usable * np.nan_to_num(inflow))


def _published(zone: str, year: int | str) -> float:
    return water()[zone].get(f"twh_{year}" if isinstance(year, int) else f"{year}_twh", np.nan)


def reservoir_mw(zone: str, megawatts: float, pumped_mw: float) -> float:
    """Compute how much of a zone's hydro plants without pumped storage is fed by reservoirs, MW.

    What PECD lists beyond the pumped storage counted elsewhere is a reservoir that happens to have a pump. Where PECD
    knows no rivers, all is reservoirs.
    """
    known = water()[zone]
    if np.isnan(known["mean_twh"]):
        return 0.0
    pumps = max(known["open_mw"] + known["closed_mw"] - pumped_mw, 0.0)
    return megawatts if not known["river_mw"] else min(megawatts, known["reservoir_mw"] + pumps)


def capacities(year: int = 2026) -> pd.DataFrame:
    """Give MW standing in a year, one row per zone, one column per technology, from the built `fleets.csv`."""
    rows = pd.DataFrame(read_csv(EUROPE / "fleets.csv")).astype({"from_year": int, "capacity_mw": float})
    rows = rows[rows["from_year"] <= year].sort_values("from_year")
    latest = rows.groupby(["zone", "technology"])["capacity_mw"].last()
    return latest.unstack().fillna(0.0)


def run_of_river_share(zone: str, year: int | str) -> float:
    """Compute the mean output of a zone's run-of-river plants over their capacity.

    `year` is a weather year from 2004 to 2023, or "dry", "mean" or "wet". What the country generates beyond its
    reservoirs in the mean of years is the energy of its rivers; in a year it follows `wetness`. All zones of a country
    share one figure; 0 where no plant stands.
    """
    country = countries()[zone]
    if not (megawatts := river_mw(country)):
        return 0.0
    energy = usual_twh(country) - sum(reservoir_twh(other, "mean") for other in _inside(country))
    return min(energy * 1e6 / (megawatts * 8760) * wetness(country, year), RIVER_SHARES[1])


def river_mw(country: str) -> float:
    """Give the MW of a country's run-of-river plants."""
    return float(capacities().reindex(_inside(country))["hydro_ror"].sum())


def _inside(country: str) -> list[str]:
    return [zone for zone, its in countries().items() if its == country]


def main() -> None:
    """Write the yearly energy of reservoir hydro: of the default weather year, and an overlay for each other year."""
    for year, folder in {DEFAULT_YEAR: "", **YEARS}.items():
        standing = capacities()["hydro_reservoir"]
        write_table("reservoirs", [_row(str(zone), year) for zone in standing.index[standing > 0]], EUROPE / folder)
    zones = [str(zone) for zone in standing.index[standing > 0]]
    write_table("inflows", [row for zone in zones if zone in months() for row in _months_of(zone)])


def _row(zone: str, year: int | str) -> dict[str, object]:
    basis = {"dry": "10th percentile", "mean": "mean", "wet": "90th percentile"}.get(str(year), f"year {year}")
    if np.isnan(_published(zone, year)):
        basis = f"mean times the country's hydro generation of {year} over its mean (EIA)"
    judged = len(WATER.get(zone, ())) == 1 and WATER[zone][0][1] < 1
    split = f"; {WATER[zone][0][1]:.0%} of southern Norway: judgement" if judged else ""
    return {
        "zone": zone,
        "technology": "hydro_reservoir",
        "energy_twh": round(reservoir_twh(zone, year), 3),
        "store_twh": round((water()[zone]["reservoir_gwh"] + water()[zone]["open_gwh"]) / 1000, 4),
        "source": f"{WATER_SOURCE}, {basis}{split}; {LEVEL_SOURCE}; store as published with the inflow",
        "quality": "estimate" if judged else "derived",
    }


def _months_of(zone: str) -> list[dict[str, object]]:
    """Give the months of a zone: levels as far as they are published."""
    rows = months()[zone]
    published = rows["level_min_share"].notna().all()
    levels = "levels as published for all years" if published else "levels not published: any"
    source = f"{WATER_SOURCE}: mean of all years; {levels}; minimum generation"
    return [
        {
            "zone": zone,
            "technology": "hydro_reservoir",
            "month": int(str(month)),
            "inflow_share": round(row["inflow_share"], 4),
            "level_min_share": round(row["level_min_share"], 3) if published else 0.0,
            "level_max_share": round(row["level_max_share"], 3) if published else 1.0,
            "least_mw": round(row["least_mw"], 1),
            "source": source,
            "quality": "derived",
        }
        for month, row in rows.iterrows()
    ]


if __name__ == "__main__":
    main()
