"""Extracts `facts_substations.csv` from RAW/osm_grid: the AC stations of OpenStreetMap from 220 kV up."""

from pathlib import Path

import pandas as pd

from inputs.build.places import COUNTRIES
from inputs.build.table import raw_file, write_facts

ORIGIN = "oalles/pypsa-eur-map-viewer at 4216abe, public/data/buses.csv"
REMARK = f"""\
# Stations of the transmission grid, 200 to 500 kV, AC, in the countries of the case: extracted by extract_osm_grid.py
# from {ORIGIN} (OpenStreetMap by way of PyPSA-Eur).
# Licence of this table: ODbL 1.0, (c) OpenStreetMap contributors.
# station is the OpenStreetMap object, or the number of a cluster of buses in PyPSA-Eur; kv lists its voltages.
"""


def main(raw: Path) -> None:
    """Write the table; raise FileNotFoundError if the raw file is missing."""
    found = stations(pd.read_csv(raw_file(raw / "osm_grid" / "buses.csv", ORIGIN)))
    write_facts("substations", REMARK.splitlines(), list(found.columns), found.itertuples(index=False))


def stations(buses: pd.DataFrame) -> pd.DataFrame:
    """Put the AC buses in service of one OpenStreetMap object together: mean of their places, list of voltages."""
    used = buses[(buses.dc == "f") & (buses.under_construction == "f") & buses.voltage.between(200, 500)]
    used = used[used.country.isin({*COUNTRIES, "EE", "LU"})].sort_values(["country", "tags", "voltage"])
    grouped = used.groupby(["country", "tags"], sort=True)
    found = grouped.agg(latitude=("y", "mean"), longitude=("x", "mean"), kv=("voltage", lambda kv: list(kv)[::-1]))
    found = found.round(4).reset_index().rename(columns={"tags": "station"})
    found["kv"] = [";".join(f"{volts:g}" for volts in dict.fromkeys(each)) for each in found.kv]
    return found[["station", "country", "latitude", "longitude", "kv"]]
