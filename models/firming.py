"""What a store makes of a plant: its output on every day as even as the store's power, hours and losses allow."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from models.case import Array, Case

HALVINGS = 40
"""Steps in which the floor of a day is narrowed down: to 1e-12 of the plant's power."""
PLACES = 9
"""Decimal places of the plant's power to which a change is told."""
PASSES = 3
"""Times a day is gone through until the store ends it as it began."""
REMEMBERED = 8
"""Outputs of which it is remembered what a store makes of them: two stores, the days and the year, two cases."""
Hours = np.ndarray[Any, np.dtype[np.int64]]
Firming = tuple[str, str, str]
"""Zone, technology of the store, technology of the plant."""


def firming_of(case: Case, chosen: Iterable[Firming], when: Hours) -> Mapping[Firming, Array]:
    """Return what a MW of a store adds to the output of a MW of a plant in the hours of days; below 0 where it charges.

    `when` are positions in the hourly tables, shape (days, hours); so is each array returned.
    """
    chosen, found = tuple(chosen), dict[Firming, Array]()
    for store in dict.fromkeys(store for _, store, _ in chosen):
        kind, listed = case.technologies[store], [each for each in chosen if each[1] == store]
        output = np.array([case.hourly["availability"][f"{zone}.{plant}"][when] for zone, _, plant in listed])
        changes = _changes(output.tobytes(), day_hours(when.shape[1]), kind.duration_hours, kind.efficiency_share)
        found |= dict(zip(listed, changes.reshape(output.shape), strict=True))
    return {each: found[each] for each in chosen}


@lru_cache(maxsize=REMEMBERED)
def _changes(output: bytes, hours: int, duration_hours: float, efficiency_share: float) -> Array:
    """Return what a store changes of an output, shape (days, hours), whose hours of all days are written as bytes.

    Changed cases have most of their hourly tables in common.
    """
    days = np.frombuffer(output).reshape(-1, hours)
    changes = (evened_out(days, duration_hours, efficiency_share) - days).round(PLACES)
    changes.flags.writeable = False
    return changes


def day_hours(hours: int) -> int:
    """Return the length of a day in spans of so many hours: 24 where a span is whole days, else the span."""
    return 24 if hours % 24 == 0 else hours


def every_day(case: Case) -> Hours:
    """Return the positions of the hours of all days of the record, shape (days, hours)."""
    hours, count = case.settings.time.hours_per_day, len(next(iter(case.hourly["load"].values())))
    return np.arange(count // hours * hours, dtype=np.int64).reshape(-1, hours)


def evened_out(output: Array, duration_hours: float, efficiency_share: float) -> Array:
    """Return the output of a MW of plant with a MW of store, shape (days, hours): each day with the highest floor.

    The store takes what exceeds the floor as soon as it has room, and gives what lacks; it ends the day as it began.
    """
    low, high = np.zeros(len(output)), output.mean(axis=1)
    for _ in range(HALVINGS):
        floor = (low + high) / 2
        kept = _with_floor(output, floor, duration_hours, efficiency_share).min(axis=1) >= floor - 1e-12
        low, high = np.where(kept, floor, low), np.where(kept, high, floor)
    return _with_floor(output, low, duration_hours, efficiency_share)


def _with_floor(output: Array, floor: Array, duration_hours: float, efficiency_share: float) -> Array:
    """Return the output with a store that holds it up to a floor as far as it can."""
    one_way = efficiency_share**0.5
    level, total = np.zeros(len(output)), np.empty_like(output)
    for hour in [*range(output.shape[1])] * PASSES:
        beyond = output[:, hour] - floor
        charge = np.minimum(np.clip(beyond, 0.0, 1.0), (duration_hours - level) / one_way)
        discharge = np.minimum(np.clip(-beyond, 0.0, 1.0), level * one_way)
        level = level + one_way * charge - discharge / one_way
        total[:, hour] = output[:, hour] - charge + discharge
    return total
