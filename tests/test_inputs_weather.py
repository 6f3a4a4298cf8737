"""How a station's hours are made, and how the facts for it are extracted, on hand-written records."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inputs.build import extract_climate
from inputs.build.climate import LAG_H, Record, blended, estimated_dewpoint, fitted
from inputs.build.climate_stations import station_of
from models.case import Array

HOUR = np.arange(8760)


def record(longitude: float, warm_h: float = 14.0, latitude: float = 50.0) -> Record:
    """A year with a season, spells of 9 days and a day that is warmest at `warm_h` by the sun."""
    solar = HOUR + 0.5 + longitude / 15
    season = -10 * np.cos(2 * np.pi * HOUR / 8760) + 3 * np.sin(2 * np.pi * HOUR / 216)
    return Record(latitude, longitude, 8 + season + 3 * np.cos(2 * np.pi * (solar - warm_h) / 24))


def warmest(hours: Array, longitude: float) -> float:
    angle = -np.angle((hours.reshape(365, 24).mean(axis=0) * np.exp(-2j * np.pi * (np.arange(24) + 0.5) / 24)).sum())
    return float((angle * 24 / (2 * np.pi) + longitude / 15) % 24)


def test_hours_meet_the_climate_and_keep_their_order() -> None:
    shape = blended({"here": record(0.0)}, 50.0, 0.0)
    hours = fitted(shape, heating_c=-24.0, mean_c=2.5, cooling_c=24.0, range_k=7.0)
    assert np.percentile(hours, [1, 99]) == pytest.approx([-24.0, 24.0], abs=1e-3)
    assert hours.mean() == pytest.approx(2.5, abs=1e-4)
    assert np.ptp(hours.reshape(365, 24), axis=1).mean() == pytest.approx(7.0, abs=0.02)
    milder = fitted(shape, heating_c=-24.0, mean_c=3.5, cooling_c=24.0, range_k=7.0)
    assert np.corrcoef(hours, milder)[0, 1] > 0.99


def test_the_mean_cannot_leave_the_range_of_the_design_temperatures() -> None:
    with pytest.raises(ValueError, match="different signs"):
        fitted(blended({"here": record(0.0)}, 50.0, 0.0), -10.0, 24.9, 25.0, 7.0)


def test_the_day_moves_with_the_sun_and_the_weather_does_not() -> None:
    west = blended({"east": record(15.0)}, 50.0, -7.5)
    assert warmest(west.day, -7.5) == pytest.approx(14.0 + LAG_H, abs=0.02)
    assert np.corrcoef(west.weather, blended({"east": record(15.0)}, 50.0, 15.0).weather)[0, 1] == pytest.approx(1.0)


def test_the_near_record_counts() -> None:
    near, far = record(0.0), record(20.0)
    far = far._replace(hours_c=np.roll(far.hours_c, 108))  # its spells are the other way round
    both = blended({"near": near, "far": far}, 50.0, 1.0).weather
    assert np.corrcoef(both, blended({"near": near}, 50.0, 1.0).weather)[0, 1] > 0.99


def test_hot_days_are_dry() -> None:
    days = np.array([[20.0] * 12 + [26.0] * 12, [25.0] * 12 + [38.0] * 12]).ravel()
    assert estimated_dewpoint(days)[[0, 24]] == pytest.approx([19.6, 17.6])


def test_a_valley_has_the_station_of_the_valley() -> None:
    assert station_of(46.22, 7.34) == "sion-ap"
    assert station_of(64.23, 27.73) == "kajaani-ap"


def listed(**changes: dict[int, str | float]) -> pd.DataFrame:
    """Six stations a few kilometres apart, as in the list of designs."""
    rows = [
        {
            "name": f"Town.{number} BY DEU",
            "cc3": "DEU",
            "lat": 48.0 + number / 20,
            "lon": 11.0,
            "elev_m": 450,
            "period": "2007-2021",
            "heating_db_99": -9.0,
            "cooling_db_1": 29.0,
            "file": f"DEU_BY_Town.{number}.10{number}000_TMYx.2007-2021",
        }
        for number in range(6)
    ]
    frame = pd.DataFrame(rows)
    for column, cells in changes.items():
        for row, value in cells.items():
            frame.loc[row, column] = value
    return frame


def test_stations_are_named_by_town() -> None:
    found = extract_climate.design(listed())
    assert list(found["station"]) == [f"town-{number}" for number in range(6)]
    assert list(found["name"])[:1] == ["Town 0"]
    assert list(found["reference"])[:1] == ["DEU_BY_Town.0.100000"]
    assert {"heating_99_c", "cooling_1_c", "elevation_m"} <= {*found}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("period", "2017-2021"),
        ("period", "1960-1990"),
        ("period", "1980-2007"),
        ("period", "not available"),
        ("cc3", "ISL"),
        ("file", "DEU_BY_Rock.Lighthouse.102000_TMYx"),
        ("heating_db_99", -19.0),
        ("heating_db_99", 1.0),
        ("cooling_db_1", 37.0),
    ],
)
def test_short_old_foreign_and_odd_records_are_left_out(column: str, value: str | float) -> None:
    assert len(extract_climate.design(listed(**{column: {2: value}}))) == 5


def test_an_old_record_serves_where_there_is_no_other() -> None:
    frame = listed(period={2: "1980-2007"}, lat={2: 52.0})
    assert "town-2" in set(extract_climate.design(frame)["station"])


def test_temperatures_are_read_in_utc_without_29_february() -> None:
    hours = pd.date_range("2016-01-01", "2016-12-31 23:00", freq="h")
    raw = pd.DataFrame({"EL": np.arange(8784.0)}, index=hours.strftime("%Y-%m-%d %H:%M:%S"))
    found = extract_climate.temperature(raw)
    assert list(found) == ["GR"]
    assert found["GR"].iloc[[0, 59 * 24 - 1, 59 * 24]].tolist() == [0.0, 1415.0, 1440.0]
    assert len(found) == 8760


def test_the_relief_keeps_the_floor_of_the_valley() -> None:
    words = b"DSAA 3 2 -10.99 -10.93 34.01 34.02 0 900 -9999 305 12 -9999 301 12".split()
    least = extract_climate.relief(words)
    assert least[0, :3].tolist() == [300, 10, 0]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"onebuilding_europe_design_db.csv: missing; it comes from Center"):
        extract_climate.main(tmp_path / "open")
