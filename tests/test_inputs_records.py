"""The readers of hourly records: extraction from raw files, clocks by part, mended hours, levels without a clamp."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from inputs.build import carbon, extract_weather, records, yields
from inputs.build.clock import hours_of
from inputs.build.load import drivers
from inputs.build.profiles import MOST, levelled
from inputs.build.sun import elevation_degrees, equation_of_time_hours
from inputs.build.table import FACTS, read_csv


def test_extraction_names_the_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"load_2016/load_mw.parquet: missing; it comes from .*Dispa-SET"):
        extract_weather.main(tmp_path)


def test_extraction_names_countries_as_the_case_does_and_adds_luxembourg(tmp_path: Path) -> None:
    raw, folder = tmp_path / "raw", tmp_path / "facts"
    for name in ("load_2016", "weather_2016", "fleets_2026"):
        (raw / name).mkdir(parents=True)
    folder.mkdir()
    ours = [row["country"] for row in read_csv(FACTS / "facts_zones.csv")]
    theirs = sorted({{"GR": "EL", "GB": "UK"}.get(country, country) for country in ours})
    hours = np.arange(8784.0)
    pd.DataFrame(dict.fromkeys([*theirs, "LU"], hours)).to_parquet(raw / "load_2016/load_mw.parquet")
    pd.DataFrame({"EL_WTON": hours / 1e4, "EL_WTOF": hours * 0}).to_parquet(raw / "weather_2016/availability.parquet")
    pd.DataFrame({"UK": hours / 1e3}).to_parquet(raw / "weather_2016/temperature_c.parquet")
    (raw / "fleets_2026/capacity_by_zone.csv").write_text(
        "zone,technology,date,capacity_mw,source\nAT,wind,2023-01-01,100,a\nAT,wind,2023-12-31,300,a\n"
        "IT-NO,solar,2022-01-01,10,a\nIT-SO,solar,2022-01-01,5,a\n",
        encoding="utf-8",
    )
    extract_weather.main(raw, folder)
    load = pq.read_table(folder / "hourly/load_2016.parquet")
    assert load["DE"][8000].as_py() == 16000
    assert load["GR"][8000].as_py() == 8000
    assert pq.read_table(folder / "hourly/weather_2016.parquet").column_names == ["GB.temperature", "GR.wind_onshore"]
    rows = {
        (row["country"], row["technology"]): row["middle_of_2023_mw"]
        for row in read_csv(folder / "facts_wind_solar.csv")
    }
    assert (rows["AT", "wind"], rows["IT", "solar"], rows["ES", "solar"]) == ("199", "15", "0")


def test_a_record_is_kept_as_whole_numbers_with_its_licence(tmp_path: Path) -> None:
    values = pd.Series(np.linspace(0.4, 100.4, 8784))
    extract_weather.write_record("some", {"AA": values}, {"licence": "EUPL-1.2"}, tmp_path)
    table = pq.read_table(tmp_path / "hourly" / "some.parquet")
    assert (table["AA"].to_numpy() == np.round(values)).all()
    assert (table.schema.metadata or {})[b"licence"] == b"EUPL-1.2"
    with pytest.raises(ValueError, match="not 8784 finite values"):
        extract_weather.write_record("some", {"AA": values[:100]}, {}, tmp_path)
    with pytest.raises(ValueError, match="not 8784 finite values"):
        extract_weather.write_record("some", {"AA": values.where(values > 1)}, {}, tmp_path)


def test_every_record_has_a_clock_and_an_unknown_one_none() -> None:
    for country in records.published("load_2016"):
        assert records.clocks("load_2016", str(country))
    assert [clock.zone for _, _, clock in records.clocks("load_2016", "BG")] == ["UTC", "UTC-1"]
    assert records.clocks("generation", "SK")[0][2].label == "ending"
    with pytest.raises(ValueError, match="generation XX: no clock is declared"):
        records.clocks("generation", "XX")


def test_a_part_of_a_record_follows_its_own_clock() -> None:
    naive = pd.date_range("2016-01-01", periods=8784, freq="h")
    record = pd.Series(np.arange(8784.0), index=naive)
    moved = records.in_utc(record, "load_2016", "BG", 2016)
    begin = int(naive.searchsorted(pd.Timestamp("2016-10-30 21:00")))
    assert moved.iloc[begin - 1] == begin - 1
    assert np.isnan(moved.iloc[begin])
    assert moved.iloc[begin + 1] == begin
    after = int(naive.searchsorted(pd.Timestamp("2016-11-18 00:00")))
    assert moved.iloc[after] == after


def test_a_wrong_hour_is_mended_and_the_rest_is_left_alone() -> None:
    at = hours_of(2016)
    true = pd.Series(1000 + 200 * np.sin(2 * np.pi * (at.hour.to_numpy() - 9) / 24), index=at)
    broken = true.copy()
    broken.iloc[[2000, 5000, 5001]] = [1900.0, np.nan, np.nan]
    mended = records.mended(broken)
    assert np.abs(mended - true).max() < 15
    assert (mended.drop(at[[2000, 5000, 5001]]) == true.drop(at[[2000, 5000, 5001]])).all()


@pytest.mark.parametrize("mean", [0.08, 0.2, 0.35])
def test_a_level_is_met_without_touching_a_bound(mean: float) -> None:
    shares = np.abs(np.sin(np.arange(8760) / 7.3)) ** 3 * (np.arange(8760) % 11 > 1)
    found = levelled(shares, mean)
    assert found.mean() == pytest.approx(mean, abs=1e-6)
    assert ((found == 0) == (shares == 0)).all()
    assert found.max() <= MOST
    assert (np.argsort(found[shares > 0], kind="stable") == np.argsort(shares[shares > 0], kind="stable")).all()


def test_a_level_that_cannot_be_had_is_refused() -> None:
    half = (np.arange(8760) % 2).astype(float)
    with pytest.raises(ValueError, match=r"cannot be brought to 0\.800"):
        levelled(half, 0.8)


def test_the_sun_stands_as_the_almanac_says() -> None:
    # Greenwich 2016: equation of time -14.2 min on 11 February, +16.4 on 3 November; noon height at the solstices.
    days = pd.DatetimeIndex(["2016-02-11 12:00", "2016-11-03 12:00"], tz="UTC")
    assert equation_of_time_hours(days) * 60 == pytest.approx([-14.2, 16.4], abs=0.3)
    days = pd.DatetimeIndex(["2016-06-21 12:00", "2016-12-21 12:00"], tz="UTC")
    assert elevation_degrees(days, 51.48, 0.0) == pytest.approx([61.96, 15.08], abs=0.2)


def test_pairs_of_energy_and_capacity_that_do_not_belong_together_are_left_out() -> None:
    assert not yields.measured("ES", "solar")
    assert not yields.measured("IE", "wind_onshore")
    assert yields.usual_yield("PT", "solar").source == yields.MODELLED
    assert yields.usual_yield("GB", "wind_offshore").quality == "real"
    with pytest.raises(ValueError, match="no yield is published"):
        yields.usual_yield("CZ", "wind_offshore")


def test_holidays_are_days_of_rest() -> None:
    at = hours_of(2016)
    columns = drivers("DE", at, pd.Series(10.0, index=at))
    same = columns[:, :120]
    christmas_monday, sunday = at.get_loc("2016-12-26 10:00"), at.get_loc("2016-12-18 10:00")
    assert (same[christmas_monday] == same[sunday]).all()
    assert (same[christmas_monday] != same[at.get_loc("2016-12-19 10:00")]).any()


def test_power_of_a_country_is_cleaner_the_less_is_burnt() -> None:
    steady = pd.DataFrame({"nuclear": [50.0] * 3, "wind_onshore": [0.0, 25.0, 80.0]})
    found = carbon.relative_intensity(steady, np.full(3, 100.0), 500.0)
    burnt = np.array([50 * 12 + 50 * 500, 50 * 12 + 25 * 11 + 25 * 500, (50 * 12 + 80 * 11) * 100 / 130]) / 100
    assert found == pytest.approx(0.3 + 0.7 * burnt / burnt.mean())


def test_borders_count_once_from_each_side() -> None:
    brought = carbon.import_mw()
    assert brought["PT"].keys() == {"ES"}
    assert brought["DK"].keys() >= {"DE", "NO", "SE"}
    assert all(country not in borders for country, borders in brought.items())
