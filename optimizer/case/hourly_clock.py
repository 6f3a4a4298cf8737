"""The clock of an hourly table: UTC, or the one that its column `hour` names, from which the table is converted."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from numpy.typing import NDArray

from models.case import Array
from optimizer.case.faults import suggestion

_OFFSET = re.compile(r"UTC(?:([+-])(\d{1,2}))?")
_CIVIL = re.compile(r"(\w+(?:/[\w+-]+)+)\s+(\d{4})")
_HOUR = timedelta(hours=1)
_WRITE = "write `hour` for UTC, `hour UTC+1` for another, or `hour Europe/Berlin 2025` for a civil clock and its year"


def split_title(title: str) -> tuple[str, str]:
    """Return a column's name and the clock it states: `hour Europe/Berlin 2025` is the column `hour`."""
    name, _, clock = title.partition(" ")
    return ("hour", clock.strip()) if name == "hour" else (title, "")


def utc_rows(clock: str, hours: int) -> tuple[NDArray[np.intp], str]:
    """Return the row of a table that each hour of UTC takes, shape (hours,), and what was done, in words.

    Row 0 is the first hour of the clock's year, every day has 24 rows. The row of an hour that the clock leaves out in
    spring is not used; the row of the one that comes twice in autumn is the value of both. Hours that the other clock
    has in the next year or the last are taken from the other end of the table. Raises ValueError if there is no such
    clock, or the rows are not those of its year.
    """
    if found := _OFFSET.fullmatch(clock):
        shift = int(found[2] or 0) * (-1 if found[1] == "-" else 1)
        if abs(shift) > 14:
            raise ValueError("is more than 14 hours from UTC")
        return (np.arange(hours) + shift) % max(hours, 1), "" if not shift else f"{clock} is converted to UTC"
    found = _CIVIL.fullmatch(clock)
    if not found:
        raise ValueError(f"names no clock: {_WRITE}")
    if found[1] not in available_timezones():
        raise ValueError(f"names no time zone{suggestion(found[1], available_timezones())}: {_WRITE}")
    zone, year = ZoneInfo(found[1]), int(found[2])
    if not 1970 <= year <= 2100:
        raise ValueError("must be of a year from 1970 to 2100")
    first = datetime(year, 1, 1)
    hours_of_year = (datetime(year + 1, 1, 1) - first) // _HOUR
    if hours != hours_of_year:
        raise ValueError(f"the table has {hours:,} rows, {year} has {hours_of_year:,} hours: {_WRITE}")
    instants = (first.replace(tzinfo=UTC) + row * _HOUR for row in range(hours))
    passed = [instant.astimezone(zone).replace(tzinfo=None) - first for instant in instants]
    if any(each % _HOUR for each in passed):
        raise ValueError("is not a whole number of hours from UTC")
    rows = np.array([each // _HOUR for each in passed]) % hours
    times = np.bincount(rows, minlength=hours)
    notes = {0: "its row is not used, there is no such hour", 2: "its row counts twice, for so does the hour"}
    parts = [
        f"; {first + int(row) * _HOUR:%Y-%m-%d %H:%M}: {notes[count]}"
        for count in notes
        for row in np.flatnonzero(times == count)
    ]
    return rows, "".join([f"{clock} is converted to UTC", *parts])


def spreadsheet_date(hours: Array) -> datetime | None:
    """Return the moment of the first hour if the hours are those of a spreadsheet program, in days since 1900."""
    if len(hours) < 2 or not 20_000 < hours[0] < 80_000 or abs(24 * (hours[1] - hours[0]) - 1) > 1e-3:
        return None
    return datetime(1899, 12, 30) + timedelta(days=round(24 * float(hours[0])) / 24)
