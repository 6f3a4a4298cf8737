"""The gate of every hourly record: it declares its clock, and comes out as hours in UTC under their beginning."""

from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from models.case import Array

HOURS_OF_YEAR = 8760
DEFAULT_YEAR = 2016
"""Weather year of the case; the others are overlays."""


@dataclass(frozen=True)
class Clock:
    """How a record counts its time; ValueError if it names no source, no zone or no label."""

    source: str
    """What the record is and how its clock is known."""
    zone: str
    """`UTC`, a fixed clock `UTC+1` or `UTC-3`, or a zone of the IANA list with its summer time, as `Europe/Madrid`."""
    label: Literal["beginning", "ending"]
    """Whether a stamp, or the first value of a year, names the beginning of its period or the end."""

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise ValueError("an hourly record must name its source")
        if self.label not in ("beginning", "ending"):
            raise ValueError(f"{self.source}: a period is labelled by its beginning or ending, not {self.label!r}")
        _ = self.winter_hours_ahead

    @property
    def fixed(self) -> bool:
        """Whether the clock never changes between winter and summer."""
        return self.zone.startswith("UTC")

    @property
    def winter_hours_ahead(self) -> int:
        """Hours that the clock is ahead of UTC in January."""
        local = pd.Timestamp("2019-01-15 12:00").tz_localize(self.timezone)
        return 12 - local.tz_convert("UTC").hour

    @property
    def timezone(self) -> str:
        """The clock as pandas knows it; ValueError for one that is not declared or unknown."""
        if self.fixed:
            try:
                return f"Etc/GMT{-int(self.zone[3:] or 0):+d}"
            except ValueError:
                raise ValueError(f"{self.source}: {self.zone!r} is no clock") from None
        try:
            return ZoneInfo(self.zone).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{self.source}: {self.zone!r} is no clock") from None


def hours_of(year: int) -> pd.DatetimeIndex:
    """List the beginnings of the hours of a year in UTC, 8,760 or 8,784."""
    return pd.date_range(f"{year}-01-01", f"{year}-12-31 23:00", freq="h", tz="UTC")


def stamped(record: pd.Series, clock: Clock, year: int) -> pd.Series:
    """Give a record with stamps as hourly means in UTC, one per hour of the year, NaN where it has none.

    Stamps without a zone are read on the declared clock; those with one must agree with it. Of an hour that a clock of
    summer time shows twice, the mean stands for the first. ValueError on a contradiction or a record of another year.
    """
    index = pd.DatetimeIndex(record.index)
    if index.tz is None:
        index = index.tz_localize(clock.timezone, ambiguous=np.ones(len(index), dtype=bool), nonexistent="NaT")
    elif not (index.tz_convert(clock.timezone).tz_localize(None) == index.tz_localize(None)).all():
        raise ValueError(f"{clock.source}: stamps of {index.tz} do not follow the declared clock {clock.zone}")
    moment = index.tz_convert("UTC")
    if clock.label == "ending":
        moment = moment - pd.Timedelta("1us")  # a period of whatever length lies wholly before its stamp
    hourly = pd.Series(record.to_numpy(dtype=np.float64)).groupby(moment.floor("h")).mean().reindex(hours_of(year))
    if hourly.isna().all():
        raise ValueError(f"{clock.source}: no value lies in {year}")
    return hourly


def counted(values: Array, clock: Clock) -> Array:
    """Give a record that only counts the hours (or equal parts) of 365 days as hourly means in UTC, shape (8760,).

    What a clock ahead of UTC lacks at the year's end is taken from its beginning. ValueError for another length, and
    for a clock with summer time: such a record needs stamps.
    """
    if len(values) % HOURS_OF_YEAR or not len(values):
        raise ValueError(f"{clock.source}: {len(values)} values are no year of 365 days")
    if not clock.fixed:
        raise ValueError(f"{clock.source}: a record on {clock.zone} has a day of 23 hours and needs stamps")
    # The first value of such a year covers its first period, whichever end the publisher prints beside it.
    return np.roll(values.reshape(HOURS_OF_YEAR, -1).mean(axis=1), -clock.winter_hours_ahead)


def common_year(hourly: pd.Series) -> Array:
    """Leave out 29 February: shape (8760,)."""
    index = pd.DatetimeIndex(hourly.index)
    return hourly[~((index.month == 2) & (index.day == 29))].to_numpy(dtype=np.float64)
