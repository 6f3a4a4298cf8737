"""Builds the climate in UTC: `stations`, hourly `drybulb` and `wetbulb` of 2016, and the overlay of 2019."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from inputs.build.candidates import candidates
from inputs.build.climate_stations import annual_mean_c, listed, normals, station_of
from inputs.build.clock import Clock, counted
from inputs.build.fetch import opened
from inputs.build.places import GEOD
from inputs.build.table import EUROPE, FACTS, Cell, read_csv, write_hourly, write_table
from models.case import Array, Quality
from optimizer.prepare.psychrometrics import standard_pressure_pa, wet_bulb

DESIGN_PERCENTILE = 99.6
"""Wet bulb exceeded in 35 hours a year, the usual criterion for cooling towers (ASHRAE's 0.4 %)."""
NEAR_KM = 150.0
"""Distance within which records weigh alike; beyond, with the inverse fourth power of the distance (best when a city
of 2019 is left out: 1.9 K RMS of its hours from the other 23)."""
LAG_H = 0.7
"""By how much the day's course of weather stations (17 EPW, 109 German TMYx) is later than that of the reanalyses."""
RANGE_TERMS = (4.394, 0.714, -0.166, -0.118)
"""Mean daily range, K: 1, summer's 1 % above the mean, the mean above winter's 99 %, latitude. Fitted to 27 cities of
the NSRDB, 13 EPW and 109 German TMYx: 1.1 K RMS at stations left out."""
DRY_K, HOT_C, HOT_SHARE = 0.4, 28.0, 0.7
"""Without humidity the dew point is the day's least temperature less 0.4 K, and 0.7 K for every K of the day's greatest
above 28 C. Fitted to 17 EPW stations with measured humidity."""
DESIGN = "99 % heating and 1 % cooling dry bulb of {reference}, TMYx (Climate.OneBuilding.org)"
NORMAL = "annual mean: normal 1991-2020 ({publisher})"
NO_NORMAL = "annual mean: by design temperatures and place, 0.4 K RMS"
HOURS = "weather of {year} {where}, climate of the station (TMYx, normals)"
PLACE = Cell(None, "real", "TMYx (Climate.OneBuilding.org), as listed by CenterForTheBuiltEnvironment/clima (MIT)")
WET = Cell(None, "estimate", "hourly dry bulb with a dew point estimated from the day's least and greatest temperature")


class Record(NamedTuple):
    """Hourly dry bulb somewhere, in UTC, shape (8760,)."""

    latitude: float
    longitude: float
    hours_c: Array


class Shape(NamedTuple):
    """The course of a year at a place without its level: each part has a spread of one, shape (8760,)."""

    weather: Array
    """Mean of the 24 hours around, standard deviation 1."""
    day: Array
    """What is left: the course of the day, mean daily range 1."""


def main() -> None:
    """Write the three climate tables and the overlay of the weather year 2019."""
    places = chosen()
    for records, year, where, licence, folder in (
        (nations(), 2016, "in the country (Dispa-SET)", "EUPL-1.2", EUROPE),
        (cities(), 2019, "in the cities around (NREL NSRDB)", "open", EUROPE / "weather" / "2019"),
    ):
        drybulb = {key: hours(records, places.loc[key]) for key in places.index}
        wetbulb = {key: wet(drybulb[key], float(places.loc[key, "elevation_m"])) for key in places.index}
        note = f"Weather year {year}, UTC: temperatures {where}, {licence}; see SOURCES.md, Climate and cooling"
        said: tuple[Quality, str] = "derived", HOURS.format(year=year, where=where)
        write_hourly("drybulb", drybulb, 1, note, dict.fromkeys(drybulb, said), folder)
        write_hourly("wetbulb", wetbulb, 1, note, dict.fromkeys(wetbulb, WET[1:]), folder)
        if year == 2016:
            write_table("stations", (_row(key, places.loc[key], drybulb[key], wetbulb[key]) for key in places.index))


def chosen() -> pd.DataFrame:
    """List the stations that sites use, indexed by `station`, with their mean and mean daily range."""
    used = {station_of(one.latitude, one.longitude) for one in candidates()}
    places = listed().loc[sorted(used)].copy()
    places["mean_c"] = annual_mean_c(places)
    above, below = places["cooling_1_c"] - places["mean_c"], places["mean_c"] - places["heating_99_c"]
    base, summer, winter, north = RANGE_TERMS
    places["range_k"] = base + summer * above + winter * below + north * places["latitude"]
    return places


@cache
def nations() -> dict[str, Record]:
    """Read the mean temperature of 28 countries in 2016, each at its middle."""
    hourly = pd.read_parquet(FACTS / "hourly" / "temperature_2016.parquet").astype(np.float64)
    return {
        row["country"]: Record(float(row["latitude"]), float(row["longitude"]), hourly[row["country"]].to_numpy())
        for row in read_csv(FACTS / "facts_middles.csv")
    }


@cache
def cities() -> dict[str, Record]:
    """Read the cities of the NSRDB in 2019."""
    records = {}
    for row in read_csv(FACTS / "facts_cities.csv"):
        lines = opened("hisim", row["file"]).decode("utf-8-sig").splitlines()
        header = next(number for number, line in enumerate(lines) if line.startswith("Year"))
        column = lines[header].split(",").index("Temperature")
        values = np.array([float(line.split(",")[column]) for line in lines[header + 1 :] if line])
        clock = Clock(row["file"], row["clock"], "beginning")
        records[row["city"]] = Record(float(row["latitude"]), float(row["longitude"]), counted(values, clock))
    return records


def hours(records: Mapping[str, Record], place: "pd.Series[float]") -> Array:
    """Give a station's hours: the year's course of the records around it, brought to the station's own climate."""
    shape = blended(records, float(place["latitude"]), float(place["longitude"]))
    wanted = (float(place[part]) for part in ("heating_99_c", "mean_c", "cooling_1_c", "range_k"))
    return fitted(shape, *wanted)


def blended(records: Mapping[str, Record], latitude: float, longitude: float) -> Shape:
    """Weigh the courses of records by distance; the course of the day follows the sun at the place's longitude."""
    weather, day, total = np.zeros(8760), np.zeros(8760), 0.0
    for record in records.values():
        away_km = GEOD.inv(longitude, latitude, record.longitude, record.latitude)[2] / 1000
        weight = (away_km**2 + NEAR_KM**2) ** -2
        shape = _shape(record.hours_c.tobytes())
        weather += weight * shape.weather
        day += weight * _later(shape.day, (record.longitude - longitude) / 15.0 + LAG_H)
        total += weight
    return Shape(weather / weather.std(), day / _range_k(day))


@cache
def _shape(hours: bytes) -> Shape:
    """Split a record into the running mean of 24 hours and the rest; the year's end goes on with its beginning."""
    values = np.frombuffer(hours)
    around = np.concatenate([values[-12:], values, values[:12]])
    window = np.convolve(around, np.r_[0.5, np.ones(23), 0.5] / 24, "valid")
    return Shape((window - window.mean()) / window.std(), (values - window) / _range_k(values - window))


def _later(values: Array, shift_h: float) -> Array:
    """Move a year by a part of an hour or more, by linear interpolation."""
    count = np.arange(len(values))
    return np.asarray(np.interp(count - shift_h, count, values, period=len(values)))


def _range_k(values: Array) -> float:
    return float(np.ptp(values.reshape(365, 24), axis=1).mean())


def fitted(shape: Shape, heating_c: float, mean_c: float, cooling_c: float, range_k: float) -> Array:
    """Bring a year's course to a climate: 1st percentile, mean, 99th percentile and mean daily range; shape (8760,).

    One growing function of the course, so that warmer hours stay warmer: an exponential between the percentiles, and
    straight beyond them, for there it would flatten the heat of coasts. ValueError if there is none.
    """

    def year(share: float) -> Array:
        course = shape.weather + share * shape.day
        low, high = np.percentile(course, [1.0, 99.0])
        course = (course - low) / (high - low)

        def bent(bend: float) -> Array:
            grown = np.expm1(bend * course) / np.expm1(bend) if bend else course
            grown = np.where((course > 0) & (course < 1), grown, course)
            return np.asarray(heating_c + grown * (cooling_c - heating_c))

        return bent(brentq(lambda bend: bent(bend).mean() - mean_c, -3.0, 3.0, xtol=1e-6))

    return year(brentq(lambda share: _range_k(year(share)) - range_k, 0.02, 3.0, xtol=1e-3))


def wet(drybulb_c: Array, elevation_m: float) -> Array:
    """Estimate the wet bulb, shape (8760,), from the dry bulb alone; at most the dry bulb."""
    drybulb_c = np.round(drybulb_c, 1)
    wetbulb_c = wet_bulb(drybulb_c, estimated_dewpoint(drybulb_c), standard_pressure_pa(elevation_m))
    return np.minimum(np.round(wetbulb_c, 1), drybulb_c)


def estimated_dewpoint(drybulb_c: Array) -> Array:
    """Estimate the dew point from the dry bulb alone, shape (8760,): near the day's minimum, lower on hot days."""
    days = drybulb_c.reshape(-1, 24)
    return np.repeat(days.min(axis=1) - DRY_K - HOT_SHARE * np.maximum(days.max(axis=1) - HOT_C, 0.0), 24)


def _row(key: str, place: "pd.Series[float]", drybulb_c: Array, wetbulb_c: Array) -> dict[str, object]:
    publisher = normals()["publisher"].get(key)
    mean = NORMAL.format(publisher=publisher) if publisher else NO_NORMAL
    return {
        "station": key,
        "name": place["name"],
        **{part: PLACE._replace(value=place[part]) for part in ("latitude", "longitude", "elevation_m")},
        "design_drybulb_c": round(float(drybulb_c.max()), 1),
        "design_wetbulb_c": WET._replace(value=round(float(np.percentile(wetbulb_c, DESIGN_PERCENTILE)), 1)),
        "source": f"{DESIGN.format(reference=place['reference'])}; {mean}; hours of 2016: see SOURCES.md",
        "quality": "derived",
    }


if __name__ == "__main__":
    main()
