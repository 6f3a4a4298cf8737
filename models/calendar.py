"""The calendar: in which months of the year the days of a record lie, and so those that representative days stand for."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from models.case import Array, Case, Day

MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""Days of each month; what a leap year has more is spread over the year."""
MONTHS = tuple(range(1, 13))
WHOLE = 48
"""From so many days of a record on (weeks) each lies in the month of its middle; longer ones lie in several."""


def runs(days: Sequence[Day]) -> tuple[tuple[Day, int], ...]:
    """Return which representative day stands at the places of the record, in order, and at how many in a row."""
    stands = {place: day for number, day in enumerate(days) for place in day.stands_for or (number,)}
    return tuple((day, len([*places])) for day, places in groupby(stands[place] for place in sorted(stands)))


def month_shares(place: int, count: int) -> Array:
    """Return which share of a day of a record lies in each month, shape (12,); the record's `count` days are a year."""
    ends = np.cumsum(MONTH_DAYS) / 365
    shares = np.zeros(12)
    if count >= WHOLE:
        shares[np.searchsorted(ends, (place + 0.5) / count)] = 1.0
        return shares
    within = np.clip(np.append(0.0, ends) * count - place, 0.0, 1.0)
    return np.diff(within)


def month_days(case: Case, days: Sequence[Day]) -> Array:
    """Return for how many days of each month some of a case's days stand in a year, shape (12, days).

    A representative day stands for the days of the record nearest to it (`Day.stands_for`), and for as many days of the
    year as its weight says: its months are theirs.
    """
    length = case.settings.time.hours_per_day
    count = len(next(iter(case.hourly["load"].values()))) // length
    found = [
        day.weight
        * np.mean([month_shares(place, count) for place in day.stands_for or (day.first_hour // length,)], axis=0)
        for day in days
    ]
    return np.array(found).T
