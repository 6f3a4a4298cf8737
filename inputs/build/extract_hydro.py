"""Extracts the figures on hydro power that are used: plants and water by zone (PECD), generation by year (EIA)."""

from pathlib import Path

import numpy as np
import pandas as pd

from inputs.build.plants import COUNTRIES
from inputs.build.table import raw_file, write_facts

ORIGIN = "alidrd/data_prep_TYNDP2022 at 97bad27 and PyPSA/pypsa-eur at 16ed084"
FILES = {
    "capacities": ("capacities.csv", 0),
    "inflows": ("weekly-inflows.csv", 0),
    "levels": ("weekly-reservoir-min-max-uniform-levels.csv", 0),
    "flows": ("weekly-reservoir-min-max-generation.csv", 0),
    "generation": ("eia_hydro_annual_generation.csv", 2),
}
"""Name -> file, number of header lines to skip."""
PLANTS = {
    ("Reservoir", "Total turbining"): "reservoir_mw",
    ("Reservoir", "Reservoir capacity"): "reservoir_gwh",
    ("Pump Storage - Open Loop", "Total turbining"): "open_mw",
    ("Pump Storage - Open Loop", "Total pumping"): "open_pump_mw",
    ("Pump Storage - Open Loop", "Cumulated"): "open_gwh",
    ("Pump Storage - Closed Loop", "Total turbining"): "closed_mw",
    ("Pump Storage - Closed Loop", "Cumulated"): "closed_gwh",
    ("Run-of-River and pondage", "Total turbining"): "river_mw",
}
LEFT_OUT = ("AL00", "BA00", "ME00", "MK00", "TR00")
FIRST_YEAR, LAST_YEAR = 2004, 2023
"""Of the generation: twenty years of generation: the plants of today, near enough."""
WEEKS = 52
WEATHER_YEARS = (2016, 2017)
"""Years of the inflow that are used as such."""
WATER_NOTE = (
    "# Hydro power by zone: ENTSO-E, Pan-European Climate Database (PECD, TYNDP 2022; zenodo.org/record/3985078 v4).",
    "# MW of turbines (open_pump_mw: of pumps), GWh of stores. TWh a year: inflow to reservoirs and to pumped storage",
    "# with a river, mean of weeks 1-52 times 365/7; dry, wet: 10th and 90th percentile of those years of 1982-2017",
    "# that are whole; 2016, 2017: empty if not, or a copy of another year. Terms: ENTSO-E, reuse with attribution.",
    "# By way of alidrd/data_prep_TYNDP2022 at 97bad27.",
)
MONTHS_NOTE = (
    "# Reservoirs by zone and month: ENTSO-E, Pan-European Climate Database (PECD, TYNDP 2022), zenodo.org/record/",
    "# 3985078 v4; means of the weeks of 1982-2017, each of seven days from the 1st of January. inflow_share: of what",
    "# flows in a year into reservoirs and pumped storage with a river. level_min_share, level_max_share: of the full",
    "# store, at the start of the month, as published for all years alike; empty where nothing is. least_mw: minimum",
    "# generation. Terms: ENTSO-E, reuse with attribution. By way of alidrd/data_prep_TYNDP2022 at 97bad27.",
)
YEARS_NOTE = (
    "# Hydro generation without pumping, TWh a year (U.S. Energy Information Administration, International Data, 2025;",
    "# public domain), by way of PyPSA/pypsa-eur at 16ed084. GB is the United Kingdom, LU stands within DE.",
)


def main(raw: Path) -> None:
    """Write `facts_hydro.csv` and `facts_hydro_years.csv`; raise FileNotFoundError if a file of `raw` is missing."""
    tables = {name: _read(raw / "pecd_hydro" / file, skip) for name, (file, skip) in FILES.items()}
    water = _plants(tables["capacities"]).join(_inflows(tables["inflows"])).drop(index=list(LEFT_OUT), errors="ignore")
    rows = [[zone, *("" if pd.isna(cell) else cell for cell in row)] for zone, *row in water.itertuples()]
    write_facts("hydro", WATER_NOTE, ["zone", *water.columns], rows)
    months = _months(tables).drop(index=list(LEFT_OUT), errors="ignore", level="zone")
    listed = ([*at, *("" if pd.isna(cell) else cell for cell in row)] for at, *row in months.itertuples())
    write_facts("hydro_months", MONTHS_NOTE, ["zone", "month", *months.columns], listed)
    years = _years(tables["generation"])
    write_facts("hydro_years", YEARS_NOTE, ["country", *years.columns], ([at, *row] for at, *row in years.itertuples()))


def _read(path: Path, skip: int) -> pd.DataFrame:
    return pd.read_csv(raw_file(path, ORIGIN), encoding="utf-8-sig", skiprows=skip, na_values="--")


def _plants(raw: pd.DataFrame) -> pd.DataFrame:
    columns = {}
    for (kind, start), column in PLANTS.items():
        same = (raw["type"] == kind) & raw["variable"].str.startswith(start)
        columns[column] = raw[same].set_index("zone")["value"].abs().round(1)
    return pd.DataFrame(columns).fillna(0.0)


def _inflows(raw: pd.DataFrame) -> pd.DataFrame:
    raw = raw.set_axis(["zone", "week", "year", "reservoir", "river"], axis=1)
    raw["twh"] = raw[["reservoir", "river"]].sum(axis=1, min_count=1) / 1000
    weekly = raw[raw["week"] <= WEEKS].pivot_table(index=["zone", "year"], columns="week", values="twh").dropna()
    found = {}
    for zone, years in weekly.groupby(level="zone"):
        whole = years.droplevel("zone").mean(axis=1) * 365 / 7
        # The last years of some zones repeat another: they are no years of their own.
        copies = whole.duplicated(keep=False) & whole.index.isin(WEATHER_YEARS)
        whole = whole[~copies]
        if not whole.sum():
            continue
        found[zone] = {
            "years": len(whole),
            "least_twh": whole.min(),
            "dry_twh": whole.quantile(0.1),
            "mean_twh": whole.mean(),
            "wet_twh": whole.quantile(0.9),
            "most_twh": whole.max(),
        } | {f"twh_{year}": whole.get(year) for year in WEATHER_YEARS}
    return pd.DataFrame(found).T.astype(float).round(3)


def _months(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Give what is known of reservoirs by zone and month."""
    inflows = tables["inflows"].set_axis(["zone", "week", "year", "reservoir", "river"], axis=1)
    inflows["gwh"] = inflows[["reservoir", "river"]].sum(axis=1, min_count=1)
    levels = tables["levels"].set_axis(["zone", "week", "low", "high"], axis=1).groupby(["zone", "week"]).mean()
    flows = tables["flows"].set_axis(["zone", "week", "year", "least", "most"], axis=1)
    weekly = pd.DataFrame(
        {
            "inflow": inflows.groupby(["zone", "week"])["gwh"].mean(),
            "least": flows.groupby(["zone", "week"])["least"].mean(),
            "low": levels["low"],
            "high": levels["high"],
        }
    )
    days = pd.date_range("2017-01-01", "2017-12-31")
    weeks = np.minimum(np.arange(365) // 7, WEEKS - 1)
    found = []
    for zone, its in weekly.groupby(level="zone"):
        year = its.droplevel("zone").reindex(range(1, WEEKS + 1))
        if not year["inflow"].sum():
            continue
        daily = year.iloc[weeks].set_axis(days)
        months = daily.groupby(days.month)
        shares = (months["inflow"].sum() / daily["inflow"].sum()).round(4)
        shares.iloc[int(shares.argmax())] += round(1 - shares.sum(), 4)
        starts = daily[days.day == 1].set_axis(range(1, 13))
        rows = pd.DataFrame(
            {
                "inflow_share": shares.round(4),
                "level_min_share": starts["low"].round(3),
                "level_max_share": starts["high"].round(3),
                "least_mw": months["least"].mean().round(1),
            }
        )
        found.append(pd.concat({zone: rows}, names=["zone", "month"]))
    return pd.concat(found)


def _years(raw: pd.DataFrame) -> pd.DataFrame:
    """Give TWh by country and year."""
    country = raw.iloc[:, 1].str.strip().map(COUNTRIES)
    raw = raw[country.notna()].set_index(country.dropna().rename("country"))
    years = [str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1)]
    return raw[years].astype(float).groupby(level="country").sum().round(3)
