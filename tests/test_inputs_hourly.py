"""Holds every hourly series of the reference case, in every weather year, to physics and to what was published."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

Array = NDArray[np.float64]
EUROPE = Path(__file__).parents[1] / "inputs" / "europe"
FOLDERS = {2016: EUROPE, **{year: EUROPE / "weather" / str(year) for year in (2017, 2018, 2019)}}
LOAD_YEARS = (2016, 2019)
CHANGES = {
    # Working days before and after the clocks changed, in March and in October.
    2016: (("03-07", "03-20", "03-29", "04-15"), ("10-31", "11-18", "10-10", "10-28")),
    2019: (("03-11", "03-29", "04-01", "04-12"), ("10-28", "11-15", "10-07", "10-25")),
}
HOT = {"ES", "GR", "IT"}
"""Countries whose load is highest in summer (operators' yearly reports)."""
PEAK_OVER_MEAN = {"SE": 1.70, "NO": 1.63, "BG": 1.67, "FI": 1.58, "FR": 1.59, "EE": 1.65, "DE": 1.38, "NL": 1.42}
"""2016: highest hour (ENTSO-E, statistical factsheet and the operators) over the mean."""
PEAK_HOURS = {"FI": "2016-01-07 15:00", "NO1": "2016-01-21 07:00", "SE3": "2016-01-15 07:00", "GB": "2016-01-18 17:00"}
"""Hour of UTC of the year's highest load: Fingrid 7 January 17-18, Statnett 21 January 8-9, Svenska kraftnat, NGESO."""
EVENING_HOURS = {"IE": 17, "PT": 19, "GB": 17, "NL": 16, "BE": 17, "ES": 19}
"""Hour of UTC of most winter evenings' peaks: EirGrid 17:28-17:53, REN 19:30-19:45, NESO 17:00-17:30 and others."""
ONSHORE = {"BG": 0.24, "LV": 0.23, "AT": 0.27, "ES": 0.23, "PL": 0.275, "GB": 0.263, "NL": 0.26, "DE": 0.2, "SE": 0.25}
ONSHORE |= {"PT": 0.27, "IT": 0.21, "GR": 0.26, "FR": 0.24, "RO": 0.26, "DK": 0.27, "FI": 0.3}
"""Usual output over capacity of wind on land: DUKES (GB), CBS (NL), national statistics and operators, rounded."""
SOLAR = {"DE": 0.105, "GB": 0.112, "ES": 0.18, "IT": 0.13, "FR": 0.14, "BE": 0.115, "CZ": 0.12, "GR": 0.17, "BG": 0.145}
NEIGHBOURS = (("DE", "NL"), ("DE", "CZ"), ("ES", "PT"), ("FR", "BE"), ("SE3", "NO1"), ("LV", "LT"), ("RO", "BG"))
FAR = (("PT", "FI"), ("GR", "IE"), ("ES", "SE1"))


@cache
def table(name: str) -> list[dict[str, str]]:
    with (EUROPE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def hourly(name: str, year: int) -> dict[str, Array]:
    columns = pq.read_table(FOLDERS[year] / f"{name}.parquet").to_pydict()
    assert columns.pop("hour") == list(range(8760))
    return {key: np.asarray(values, dtype=np.float64) for key, values in columns.items()}


@cache
def hours(year: int) -> pd.DatetimeIndex:
    every = pd.date_range(f"{year}-01-01", f"{year}-12-31 23:00", freq="h")
    return every[~((every.month == 2) & (every.day == 29))]


@cache
def points() -> dict[str, tuple[str, float, float]]:
    return {row["zone"]: (row["country"], float(row["latitude"]), float(row["longitude"])) for row in table("zones")}


def countries() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for zone, (country, _, _) in points().items():
        found.setdefault(country, []).append(zone)
    return found


def series(name: str, year: int, technology: str) -> dict[str, Array]:
    return {key.split(".")[0]: one for key, one in hourly(name, year).items() if key.endswith(f".{technology}")}


def day_of(values: Array, year: int, first: str, last: str) -> Array:
    """Mean of the working days between two dates, hour by hour."""
    at = hours(year)
    here = (
        (at >= pd.Timestamp(f"{year}-{first}"))
        & (at < pd.Timestamp(f"{year}-{last}") + pd.Timedelta(days=1))
        & (at.dayofweek < 5)
    )
    return np.asarray(values[here].reshape(-1, 24).mean(axis=0))


def morning_rise(day: Array) -> float:
    """Hour at which the load crosses the middle between the night's least and the morning's greatest."""
    least = int(day[:7].argmin())
    middle = (day[least] + day[5:12].max()) / 2
    after = next(hour for hour in range(least, 12) if day[hour] < middle <= day[hour + 1])
    return float(after + (middle - day[after]) / (day[after + 1] - day[after]))


def sun_height(at: pd.DatetimeIndex, latitude: float, longitude: float) -> Array:
    """Elevation after Spencer (1971), degrees."""
    turn = 2 * np.pi * (at.dayofyear.to_numpy(dtype=np.float64) - 1) / 365
    tilt = 0.006918 - 0.399912 * np.cos(turn) + 0.070257 * np.sin(turn) - 0.006758 * np.cos(2 * turn)
    tilt += 0.000907 * np.sin(2 * turn) - 0.002697 * np.cos(3 * turn) + 0.00148 * np.sin(3 * turn)
    angle = np.radians(15 * ((at.hour + at.minute / 60).to_numpy(dtype=np.float64) - noon(at, longitude)))
    place = np.radians(latitude)
    sine = np.sin(place) * np.sin(tilt) + np.cos(place) * np.cos(tilt) * np.cos(angle)
    return np.asarray(np.degrees(np.arcsin(sine)), dtype=np.float64)


def noon(at: pd.DatetimeIndex, longitude: float) -> Array:
    """True solar noon in hours of UTC."""
    turn = 2 * np.pi * (at.dayofyear.to_numpy(dtype=np.float64) - 1) / 365
    minutes = (
        0.0172 + 0.4281 * np.cos(turn) - 7.3515 * np.sin(turn) - 3.3495 * np.cos(2 * turn) - 9.3619 * np.sin(2 * turn)
    )
    return np.asarray(12 - longitude / 15 - minutes / 60)


@pytest.mark.parametrize("year", FOLDERS)
def test_every_table_states_its_year_and_clock(year: int) -> None:
    names = ["availability", "carbon", *(["load"] if year in LOAD_YEARS else [])]
    for name in names:
        note = (pq.read_schema(FOLDERS[year] / f"{name}.parquet").metadata or {})[b"note"].decode()
        assert str(year) in note, name
        assert "UTC" in note or name == "carbon"


@pytest.mark.parametrize("year", [2017, 2018, 2019])
def test_an_overlay_has_the_columns_of_the_case(year: int) -> None:
    for name in ("availability", "carbon", *(["load"] if year in LOAD_YEARS else [])):
        assert hourly(name, year).keys() == hourly(name, 2016).keys()
        assert all(np.isfinite(one).all() for one in hourly(name, year).values())


@pytest.mark.parametrize("year", LOAD_YEARS)
def test_load_sums_to_the_national_demand(year: int) -> None:
    with (EUROPE.parent / "build" / "facts_balance.csv").open(encoding="utf-8") as file:
        facts = {row["country"]: row for row in csv.DictReader(line for line in file if not line.startswith("#"))}
    for country, zones in countries().items():
        own_use = 0.05 * (float(facts[country]["nuclear_twh"]) + float(facts[country]["fossil_twh"]))
        expected = float(facts[country]["demand_twh"]) - own_use
        assert sum(hourly("load", year)[zone].sum() for zone in zones) / 1e6 == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("year", LOAD_YEARS)
def test_the_morning_moves_with_the_clocks(year: int) -> None:
    for zone, load in hourly("load", year).items():
        for first, last, summer_first, summer_last in CHANGES[year]:
            winter = morning_rise(day_of(load, year, first, last))
            summer = morning_rise(day_of(load, year, summer_first, summer_last))
            assert 0.4 < winter - summer < 1.5, f"{zone}: the morning moves by {winter - summer:.2f} h"


@pytest.mark.parametrize("zone", PEAK_HOURS)
def test_the_highest_hour_is_the_published_one(zone: str) -> None:
    assert hours(2016)[int(hourly("load", 2016)[zone].argmax())] == pd.Timestamp(PEAK_HOURS[zone])


@pytest.mark.parametrize("zone", EVENING_HOURS)
def test_winter_evenings_peak_at_the_published_hour(zone: str) -> None:
    at = hours(2016)
    days = hourly("load", 2016)[zone][np.isin(at.month, (1, 12)) & (at.dayofweek < 5)].reshape(-1, 24)
    peaks = 13 + days[:, 13:].argmax(axis=1)
    assert np.bincount(peaks).argmax() == EVENING_HOURS[zone]


@pytest.mark.parametrize("year", LOAD_YEARS)
def test_weekends_are_quiet(year: int) -> None:
    at = hours(year)
    for zone, load in hourly("load", year).items():
        days = [load[at.dayofweek == day].mean() for day in range(7)]
        assert sorted(np.argsort(days)[:2]) == [5, 6], zone


@pytest.mark.parametrize("year", LOAD_YEARS)
def test_load_is_highest_in_the_season_of_its_country(year: int) -> None:
    at = hours(year)
    for zone, load in hourly("load", year).items():
        ratio = load[np.isin(at.month, (12, 1, 2))].mean() / load[np.isin(at.month, (6, 7, 8))].mean()
        if points()[zone][0] in HOT:
            assert 0.85 < ratio < 1.1, zone
        else:
            assert ratio > 1.03, zone
        if points()[zone][1] > 58:
            assert ratio > 1.2, zone


@pytest.mark.parametrize("country", PEAK_OVER_MEAN)
def test_load_is_as_peaky_as_published(country: str) -> None:
    for zone in countries()[country]:
        load = hourly("load", 2016)[zone]
        assert load.max() / load.mean() == pytest.approx(PEAK_OVER_MEAN[country], rel=0.02)
        modelled = hourly("load", 2019)[zone]
        assert modelled.max() / modelled.mean() == pytest.approx(PEAK_OVER_MEAN[country], rel=0.08)


def test_no_load_jumps() -> None:
    for year in LOAD_YEARS:
        for zone, load in hourly("load", year).items():
            assert np.abs(np.diff(load)).max() < 0.32 * load.mean(), zone
            assert load.min() > 0.45 * load.mean(), zone


@pytest.mark.parametrize("year", FOLDERS)
def test_the_sun_stands_where_the_longitude_says(year: int) -> None:
    at = hours(year)
    for zone, sun in series("availability", year, "solar").items():
        after = (at.hour.to_numpy() + 0.5 - noon(at, points()[zone][2]) + 12) % 24 - 12
        for months in ((2, 3, 4), (5, 6, 7), (8, 9, 10), (11, 12, 1)):
            part = np.isin(at.month, months)
            centre = float((sun * after)[part].sum() / sun[part].sum())
            assert abs(centre) < 0.62, f"{zone}: {centre:.2f} h after noon in months {months}"


@pytest.mark.parametrize("year", FOLDERS)
def test_no_panel_works_in_the_dark_or_sleeps_by_day(year: int) -> None:
    at = hours(year)
    for zone, sun in series("availability", year, "solar").items():
        _, latitude, longitude = points()[zone]
        within = [sun_height(at + pd.Timedelta(minutes=minutes), latitude, longitude) for minutes in (0, 20, 40, 60)]
        assert not sun[np.max(within, axis=0) < -2].any(), f"{zone}: works at night"
        assert (sun[np.min(within, axis=0) > 12] > 0).mean() > 0.98, f"{zone}: sleeps by day"


@pytest.mark.parametrize("year", FOLDERS)
def test_panels_give_little_while_the_sun_is_low(year: int) -> None:
    at = hours(year)
    for zone, sun in series("availability", year, "solar").items():
        within = [sun_height(at + pd.Timedelta(minutes=minutes), *points()[zone][1:]) for minutes in (0, 30, 60)]
        for degrees, most in ((0, 0.13), (2, 0.22), (5, 0.4)):
            low = sun[np.max(within, axis=0) < degrees].max() / sun.max()
            assert low < most, f"{zone}: {low:.2f} of its greatest output with the sun below {degrees} degrees"


@pytest.mark.parametrize("year", FOLDERS)
def test_nothing_is_clamped(year: int) -> None:
    for technology, most in (("wind_onshore", 0.004), ("solar", 0.001), ("wind_offshore", 0.02)):
        for zone, share in series("availability", year, technology).items():
            assert 0.4 < share.max() < 1, f"{zone}.{technology}"
            assert (share > share.max() - 6e-4).mean() < most, f"{zone}.{technology} stays at its greatest"
            assert share.min() < 0.1, f"{zone}.{technology}"
            assert technology == "solar" or (share == 0).mean() < 0.13, f"{zone}.{technology} stands still"


@pytest.mark.parametrize("year", FOLDERS)
def test_wind_and_sun_yield_what_is_published(year: int) -> None:
    weather = 0.1 if year == 2016 else 0.2  # years differ; 2016 carries the level of a usual year
    for technology, published in (("wind_onshore", ONSHORE), ("solar", SOLAR)):
        for country, share in published.items():
            for zone in set(countries()[country]) & series("availability", year, technology).keys():
                found = series("availability", year, technology)[zone].mean()
                assert found == pytest.approx(share, rel=0.03 + weather), f"{zone}.{technology}"


@pytest.mark.parametrize("year", FOLDERS)
def test_no_country_shares_a_level_with_many(year: int) -> None:
    levels = {
        points()[zone][0]: round(float(one.mean()), 3) for zone, one in series("availability", year, "solar").items()
    }
    assert max(list(levels.values()).count(level) for level in levels.values()) <= 3


@pytest.mark.parametrize("year", FOLDERS)
def test_reactors_stand_ready_as_often_as_the_agency_says(year: int) -> None:
    with (EUROPE.parent / "build" / "facts_balance.csv").open(encoding="utf-8") as file:
        facts = {row["country"]: row for row in csv.DictReader(line for line in file if not line.startswith("#"))}
    for zone, ready in series("availability", year, "nuclear").items():
        share = float(facts[points()[zone][0]]["nuclear_share"])
        assert ready.max() <= 1
        assert share == 0 or ready.mean() == pytest.approx(share, abs=0.006), zone
    summer, winter = np.isin(hours(year).month, (5, 6, 7, 8)), np.isin(hours(year).month, (12, 1, 2))
    france = series("availability", year, "nuclear")["FR"]
    assert france[winter].mean() > 1.08 * france[summer].mean()  # fuel is changed while little is needed


@pytest.mark.parametrize("year", FOLDERS)
def test_wind_is_alike_in_neighbours_and_not_far_away(year: int) -> None:
    wind = series("availability", year, "wind_onshore")
    for one, other in NEIGHBOURS:
        assert np.corrcoef(wind[one], wind[other])[0, 1] > 0.3, (one, other)
    for one, other in FAR:
        assert abs(np.corrcoef(wind[one], wind[other])[0, 1]) < 0.25, (one, other)


@pytest.mark.parametrize("year", FOLDERS)
def test_wind_blows_in_winter_and_the_sun_shines_in_summer(year: int) -> None:
    winter, summer = np.isin(hours(year).month, (12, 1, 2)), np.isin(hours(year).month, (6, 7, 8))
    for zone in ("DE", "GB", "FR", "DK1", "ES", "PL", "SE3"):
        wind = series("availability", year, "wind_onshore")[zone]
        assert wind[winter].mean() > 1.15 * wind[summer].mean(), zone
    for zone, sun in series("availability", year, "solar").items():
        assert sun[summer].mean() > 1.8 * sun[winter].mean(), zone


def test_weather_years_differ() -> None:
    for technology, zones in (("wind_onshore", ("DE", "ES", "SE3", "RO")), ("solar", ("DE", "ES", "GR"))):
        for zone in zones:
            months = [
                series("availability", year, technology)[zone][:8736].reshape(52, -1).mean(axis=1) for year in FOLDERS
            ]
            assert np.corrcoef(months)[np.triu_indices(4, 1)].max() < 0.995, zone


@pytest.mark.parametrize("year", LOAD_YEARS)
def test_neighbours_need_power_at_the_same_hours(year: int) -> None:
    load = hourly("load", year)
    for one, other in (("DE", "FR"), ("NL", "BE"), ("FI", "EE"), ("SE3", "NO1"), ("ES", "PT"), ("CZ", "SK")):
        assert np.corrcoef(load[one], load[other])[0, 1] > 0.6, (one, other)


@pytest.mark.parametrize("year", FOLDERS)
def test_power_is_cleaner_while_wind_and_sun_give(year: int) -> None:
    for zone in ("DE", "DK1", "ES", "GB", "IE", "NL", "PL", "PT"):
        carbon = hourly("carbon", year)[zone]
        wind, sun = (series("availability", year, kind)[zone] for kind in ("wind_onshore", "solar"))
        assert np.corrcoef(carbon, wind / wind.mean() + sun / sun.mean() / 3)[0, 1] < -0.3, zone


@pytest.mark.parametrize("year", FOLDERS)
def test_carbon_is_believable_and_the_year_keeps_its_mean(year: int) -> None:
    for zone, carbon in hourly("carbon", year).items():
        assert 0.5 < carbon.min() <= carbon.max() < 1000, zone
        assert carbon.mean() == pytest.approx(hourly("carbon", 2016)[zone].mean(), rel=0.01)
        assert carbon.std() > 0.005 * carbon.mean(), zone
