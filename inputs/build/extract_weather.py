"""Extracts load, wind, sun and temperature of 2016 into `hourly/`, and wind and solar capacity of 2023 into facts.

RAW/load_2016 and RAW/weather_2016: Dispa-SET (energy-modelling-toolkit/Dispa-SET at b30cc1a, Database/TotalLoadValue,
AvailabilityFactors, Temperatures), EUPL-1.2. RAW/fleets_2026: electricitymaps-contrib at b354f28, config (facts).
Values are kept as published, on their own clock and with 29 February; only their precision is cut.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from inputs.build.table import FACTS, raw_file, read_csv, write_facts

HOURS = 8784
ORIGIN = "energy-modelling-toolkit/Dispa-SET at b30cc1a, Database"
OTHER_NAMES = {"GR": "EL", "GB": "UK"}
KINDS = {"wind_onshore": "WTON", "wind_offshore": "WTOF", "solar": "PHOT"}
MIDDLE_OF_2023 = pd.Timestamp("2023-07-01")


def main(raw: Path, folder: Path = FACTS) -> None:
    """Read the folder of raw files and write `hourly/load_2016`, `hourly/weather_2016` and `facts_wind_solar.csv`."""
    load = _read(raw, "load_2016/load_mw.parquet")
    shares = _read(raw, "weather_2016/availability.parquet")
    degrees = _read(raw, "weather_2016/temperature_c.parquet")
    countries = sorted({fact["country"] for fact in read_csv(FACTS / "facts_zones.csv")})
    loads, weather = {}, {}
    for country in countries:
        name = OTHER_NAMES.get(country, country)
        loads[country] = load[name]
        for kind, ending in KINDS.items():
            column = shares.get(f"{name}_{ending}", pd.Series(dtype=float))
            if column.sum() > 0:
                weather[f"{country}.{kind}"] = column * 1000
        if name in degrees:
            weather[f"{country}.temperature"] = degrees[name] * 10
    if "LU" in load:
        loads["DE"] = loads["DE"] + load["LU"]
    note = {"unit": "MW", "source": f"{ORIGIN}/TotalLoadValue", "licence": "EUPL-1.2"}
    write_record("load_2016", loads, note, folder)
    note = {"unit": "thousandths of the capacity; temperature: tenths of a degree Celsius", "licence": "EUPL-1.2"}
    write_record("weather_2016", weather, note | {"source": f"{ORIGIN}/AvailabilityFactors, Temperatures"}, folder)
    _write_capacities(raw, countries, folder)


def write_record(name: str, series: Mapping[str, pd.Series], note: Mapping[str, str], folder: Path) -> None:
    """Write a record of a leap year as whole numbers; raise ValueError for gaps or another length."""
    columns = {}
    for key, values in sorted(series.items()):
        if len(values) != HOURS or not np.isfinite(values).all():
            raise ValueError(f"{name}.{key}: not {HOURS} finite values")
        columns[key] = pa.array(np.round(values.to_numpy(dtype=np.float64)).astype(np.int32))
    clock = {"first": "2016-01-01 00:00", "clock": "facts_clocks.csv"}
    table = pa.table(columns).replace_schema_metadata({**note, **clock})
    path = folder / "hourly" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", compression_level=19)


def _read(raw: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(raw_file(raw / name, ORIGIN))


def _write_capacities(raw: Path, countries: list[str], folder: Path) -> None:
    origin = "electricitymaps/electricitymaps-contrib at b354f28, config"
    path = raw_file(raw / "fleets_2026" / "capacity_by_zone.csv", origin)
    listed = pd.read_csv(path, parse_dates=["date"]).sort_values("date")
    rows = []
    for country in countries:
        for technology in ("wind", "solar"):
            known = listed[listed["technology"] == technology]
            whole = known[known["zone"] == country]
            parts = whole if len(whole) else known[known["zone"].str.startswith(f"{country}-")]
            megawatts = sum(_in_the_middle_of_2023(part) for _, part in parts.groupby("zone"))
            rows.append([country, technology, round(megawatts)])
    write_facts("wind_solar", REMARK.splitlines(), ["country", "technology", "middle_of_2023_mw"], rows, folder)


def _in_the_middle_of_2023(part: pd.DataFrame) -> float:
    days = (part["date"] - MIDDLE_OF_2023).dt.days
    return float(np.interp(0, days, part["capacity_mw"]))


REMARK = (
    "# Wind and solar capacity in the middle of 2023, between the dates listed by Electricity Maps (facts;\n"
    "# electricitymaps/electricitymaps-contrib at b354f28, config), which names the publisher of each.\n"
)
