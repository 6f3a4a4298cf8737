"""Writes `load.parquet`: hourly load of every zone, measured in 2016, and worked out for 2019 from its temperatures."""

import re
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inputs.build.clock import DEFAULT_YEAR, Clock, common_year, counted, hours_of
from inputs.build.fetch import members, opened
from inputs.build.fleets import balances
from inputs.build.places import distance_km
from inputs.build.profiles import folder_of, zone_points
from inputs.build.records import countries_of, load_2016, weather_2016
from inputs.build.table import FACTS, read_csv, write_hourly
from models.case import Array, Quality

ZONES = {"GB": "Europe/London", "IE": "Europe/Dublin", "PT": "Europe/Lisbon"}
ZONES |= {"FI": "Europe/Helsinki", "EE": "Europe/Tallinn", "LV": "Europe/Riga", "LT": "Europe/Vilnius"}
ZONES |= {"RO": "Europe/Bucharest", "BG": "Europe/Sofia", "GR": "Europe/Athens"}
"""Civil clock that people live by; Central European elsewhere."""
OWN_USE_SHARE = 0.05
"""Part of gross nuclear and fossil generation that the stations use (Eurostat: gross less net, about 5 %)."""
HEATED_BELOW_C, COOLED_ABOVE_C = 15.0, 21.0
_CITY = re.compile(r"NSRDB_15min/.*_(-?[0-9.]+)_(-?[0-9.]+)_2019\.csv")
RARE_HOURS = 480
"""Where a day of 2016 was hardly ever warmer than that, nothing can be learnt about cooling."""
LAGS = (0, 24, 48)
"""A day's cold is felt on the next two: hours by which the mean temperature of 24 hours is moved."""
SOURCE = (
    "Shape: load of 2016 in UTC (Dispa-SET, Joint Research Centre, EUPL-1.2; IE and BG put on the right clock, wrong "
    "hours mended as records.py says), zones of one country alike. Level: Ember, Yearly Electricity Data 2024 "
    "(CC BY 4.0), less 5 % own use of nuclear and fossil generation"
)
NOTES = {
    2016: f"Weather year 2016, hours of UTC, without 29 February. {SOURCE}. Licence: EUPL-1.2",
    2019: "Weather year 2019, hours of UTC, not measured: for each country a regression on 2016 (hour of the week, "
    "season, light, heating and cooling degrees of three days, holidays) applied to the calendar of 2019 and to the "
    f"temperature of its nearest city in 2019 (NREL NSRDB, in hisim 1.2.4). {SOURCE}. Licence: EUPL-1.2",
}

BASES = {
    2016: "load of 2016 (Dispa-SET, EUPL-1.2) at the demand of 2024 (Ember)",
    2019: "regression of the load of 2016 on calendar and temperature, applied to 2019, at the demand of 2024 (Ember)",
}


def main() -> None:
    """Write the hourly load, MW in 2026, from demand of 2024 (growth of the two years within the error of the data)."""
    for year, note in NOTES.items():
        series = {}
        for fact in read_csv(FACTS / "facts_zones.csv"):
            energy_mwh = net_demand_twh(fact["country"]) * 1e6 * float(fact["load_share"])
            series[fact["zone"]] = shape(fact["country"], year) * energy_mwh / 8760
        basis: tuple[Quality, str] = ("derived", BASES[year])
        write_hourly("load", series, 0, note, stated=dict.fromkeys(series, basis), folder=folder_of(year))


def net_demand_twh(country: str) -> float:
    """Compute a country's demand of 2024 without what its power stations use themselves, TWh."""
    fact = balances()[country]
    return fact["demand_twh"] - OWN_USE_SHARE * (fact["nuclear_twh"] + fact["fossil_twh"])


@cache
def shape(country: str, year: int) -> Array:
    """Compute a country's hourly load relative to its mean, hours of UTC, shape (8760,)."""
    load = common_year(load_2016(country)) if year == DEFAULT_YEAR else modelled(country, year)
    return np.asarray(load / load.mean(), dtype=np.float64)


def modelled(country: str, year: int) -> Array:
    """Compute what a country's load of 2016 would have been with the calendar and temperature of 2019, MW."""
    known = drivers(country, hours_of(DEFAULT_YEAR), temperature_2016(country))
    weights = np.linalg.lstsq(known, np.log(load_2016(country).to_numpy(np.float64)), rcond=1e-8)[0]
    moved = drivers(country, hours_of(year), temperature_2019(country))
    return np.asarray(np.exp(moved @ weights), dtype=np.float64)


def temperature_2016(country: str) -> pd.Series:
    """Give a country's temperature of 2016, Celsius, UTC; Serbia's is that of its neighbours."""
    if country in countries_of("temperature"):
        return weather_2016(country, "temperature")
    return (weather_2016("RO", "temperature") + weather_2016("HR", "temperature")) / 2


def temperature_2019(country: str) -> pd.Series:
    """Estimate a country's temperature of 2019: its season of 2016 and the city's departures from the city's season."""
    here = [(y, x) for its, y, x in zone_points().values() if its == country]
    latitude, longitude = (float(np.mean(part)) for part in zip(*here, strict=True))
    cities = cities_2019()
    city = min(cities, key=lambda at: distance_km(latitude, longitude, at[0], at[1]))
    series = pd.Series(cities[city], index=hours_of(2019))
    own = temperature_2016(country)
    season = _season(own.index) @ np.linalg.lstsq(_season(own.index), own.to_numpy(np.float64), rcond=None)[0]
    waves = _season(series.index)
    departures = series - waves @ np.linalg.lstsq(waves, series.to_numpy(np.float64), rcond=None)[0]
    return departures + common_year(pd.Series(season, index=own.index))


@cache
def cities_2019() -> dict[tuple[float, float], Array]:
    """Read the dry bulb of 2019 of the cities in hisim, Celsius, hours of UTC, by latitude and longitude."""
    found = {}
    for member in members("hisim"):
        if place := _CITY.search(member):
            lines = opened("hisim", member).decode("utf-8-sig").splitlines()
            header = next(number for number, line in enumerate(lines) if line.startswith("Year"))
            column = lines[header].split(",").index("Temperature")
            values = np.array([float(line.split(",")[column]) for line in lines[header + 1 :] if line])
            # the eighth field of the second line is the clock of the file
            clock = Clock(f"NSRDB, {member}", f"UTC+{int(lines[1].split(',')[7])}", "beginning")
            found[float(place[1]), float(place[2])] = counted(values, clock)
    return found


def drivers(country: str, hours: pd.DatetimeIndex, temperature: pd.Series) -> Array:
    """Build the columns that explain the logarithm of the load, shape (hours, columns)."""
    local = hours.tz_convert(ZONES.get(country, "Europe/Brussels"))
    day = np.minimum(local.dayofweek, 6)
    rest = _rest_days(local)
    kind = np.where(rest, 6, np.select([day == 0, day < 4], [0, 1], day))  # Monday, midweek, Friday, Saturday, Sunday
    columns = [(kind == one)[:, None] * (local.hour.to_numpy()[:, None] == np.arange(24)) for one in (0, 1, 4, 5, 6)]
    angle = 2 * np.pi * hours.dayofyear.to_numpy() / 365.25
    waves = np.column_stack([f(k * angle) for k in (1, 2, 3) for f in (np.sin, np.cos)])
    daily = np.column_stack(
        [f(k * 2 * np.pi * local.hour.to_numpy() / 24) for k in (1, 2, 3) for f in (np.sin, np.cos)]
    )
    columns += [waves, *(waves[:, [one]] * daily for one in range(4))]
    smooth = temperature.rolling(24, min_periods=1).mean()
    known = temperature_2016(country).rolling(24, min_periods=1).mean()
    hot = (known > COOLED_ABOVE_C).sum() > RARE_HOURS
    for lag in LAGS:
        # what 2016 did not see is taken for its coldest or hottest day
        felt = smooth.clip(known.min(), known.max()).shift(lag).bfill().to_numpy(np.float64)
        columns += [np.maximum(HEATED_BELOW_C - felt, 0)[:, None]]
        columns += [np.maximum(felt - COOLED_ABOVE_C, 0)[:, None]] * bool(hot)
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])


def _rest_days(local: pd.DatetimeIndex) -> NDArray[np.bool_]:
    """Mark the holidays that nearly all countries keep: New Year, Easter Monday, 1 May, Whit Monday, Christmas."""
    easter = {2016: "2016-03-27", 2019: "2019-04-21"}
    moving = [pd.Timestamp(day) + pd.Timedelta(days=after) for day in easter.values() for after in (1, 50)]
    fixed = (local.month * 100 + local.day).isin([101, 501, 1224, 1225, 1226, 1231])
    return np.asarray(fixed | local.tz_localize(None).normalize().isin(moving))


def _season(hours: pd.Index) -> Array:
    at = pd.DatetimeIndex(hours)
    angle, clock = 2 * np.pi * at.dayofyear.to_numpy() / 365.25, 2 * np.pi * at.hour.to_numpy() / 24
    year = [f(k * angle) for k in (1, 2) for f in (np.sin, np.cos)]
    day = [f(k * clock) for k in (1, 2) for f in (np.sin, np.cos)]
    return np.column_stack([np.ones(len(at)), *year, *day, *(y * d for y in year[:2] for d in day[:2])])


if __name__ == "__main__":
    main()
