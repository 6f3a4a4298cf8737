import numpy as np
import pandas as pd
import pytest

from inputs.build.clock import Clock, common_year, counted, hours_of, stamped

LOCAL = Clock("a grid operator", "Europe/Madrid", "beginning")


@pytest.mark.parametrize("zone", ["", "local", "CET time", "UTC+x", "Europe/Atlantis", "../etc"])
def test_a_record_without_a_declared_clock_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="is no clock"):
        Clock("a file", zone, "beginning")


def test_a_record_without_a_source_or_label_is_refused() -> None:
    with pytest.raises(ValueError, match="must name its source"):
        Clock(" ", "UTC", "beginning")
    with pytest.raises(ValueError, match="beginning or ending"):
        Clock("a file", "UTC", "middle")  # type: ignore[arg-type]


def test_seven_in_the_evening_is_an_hour_earlier_in_utc_in_winter_and_two_in_summer() -> None:
    naive = pd.date_range("2017-01-01", "2017-12-31 23:00", freq="h")
    hourly = stamped(pd.Series((naive.hour == 19).astype(float), index=naive), LOCAL, 2017)
    by_hour = {
        month: hourly[pd.DatetimeIndex(hourly.index).month == month].groupby(lambda at: at.hour).mean().idxmax()
        for month in (1, 7)
    }
    assert by_hour == {1: 18, 7: 17}
    assert hourly.isna().sum() == 2  # the year ends an hour early in UTC, and one hour of autumn is shown twice


def test_the_days_of_the_change_lose_and_repeat_nothing_but_their_hour() -> None:
    naive = pd.date_range("2017-01-01", "2017-12-31 23:00", freq="h")
    hourly = stamped(pd.Series(np.arange(8760.0), index=naive), LOCAL, 2017)
    spring = hourly["2017-03-26 00:00":"2017-03-26 02:00"].diff().dropna()
    assert list(spring) == [2.0, 1.0]  # 02:00 on the clock does not exist
    assert hourly.dropna().is_monotonic_increasing


def test_stamps_with_a_zone_must_agree_with_the_declared_clock() -> None:
    index = pd.date_range("2017-01-01", periods=48, freq="h", tz="Europe/Madrid")
    record = pd.Series(np.arange(48.0), index=index)
    assert stamped(record, LOCAL, 2017).iloc[0] == 1.0
    with pytest.raises(ValueError, match="do not follow the declared clock UTC"):
        stamped(record, Clock("a file", "UTC", "beginning"), 2017)


def test_a_period_named_by_its_end_lies_before_it() -> None:
    quarters = pd.date_range("2017-01-01 00:15", periods=8, freq="15min")
    hourly = stamped(pd.Series([1.0] * 4 + [2.0] * 4, index=quarters), Clock("a file", "UTC", "ending"), 2017)
    assert list(hourly.iloc[:2]) == [1.0, 2.0]
    assert hourly.iloc[2:].isna().all()


def test_a_record_of_another_year_is_refused() -> None:
    index = pd.date_range("2018-06-01", periods=5, freq="h")
    with pytest.raises(ValueError, match="no value lies in 2017"):
        stamped(pd.Series(1.0, index=index), LOCAL, 2017)


def test_a_counted_year_is_turned_by_its_fixed_clock() -> None:
    hours = np.arange(8760.0)
    assert list(counted(hours, Clock("a typical year", "UTC+1", "ending"))[[0, 8759]]) == [1.0, 0.0]
    assert list(counted(hours, Clock("a typical year", "UTC-2", "ending"))[[0, 2]]) == [8758.0, 0.0]
    assert counted(np.repeat(hours, 4), Clock("quarters", "UTC", "beginning"))[7] == 7.0


def test_a_counted_year_needs_a_fixed_clock_and_a_year_of_hours() -> None:
    with pytest.raises(ValueError, match="needs stamps"):
        counted(np.zeros(8760), LOCAL)
    with pytest.raises(ValueError, match="no year of 365 days"):
        counted(np.zeros(8784), Clock("a file", "UTC", "beginning"))


def test_a_leap_year_loses_its_29th_of_february() -> None:
    hourly = pd.Series(np.arange(8784.0), index=hours_of(2016))
    kept = common_year(hourly)
    assert kept.shape == (8760,)
    assert list(np.flatnonzero(np.diff(kept) > 1)) == [59 * 24 - 1]
