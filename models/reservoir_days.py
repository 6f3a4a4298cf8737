"""What a reservoir gives on every day: its year's energy where the load that wind, sun and rivers leave is highest."""

import numpy as np

from models.case import Array, Case
from models.firming import day_hours
from models.timeline import mean_growth
from models.upper_bounds import fleet_mw, mean_availability

HALVINGS = 60
"""Steps in which the residual load is narrowed down above which a reservoir gives."""


def reservoir_share(case: Case, zone: str, technology: str, period: str) -> Array:
    """Return the share of its power that a contract with a reservoir gives, by hour of the record.

    Its mean all year, or the mean of each day (`matching.reservoirs`). The fleet cuts the peaks of its zone's residual
    load to the level at which a year uses up its energy; a contract gives its share of the day evenly.
    """
    hours, count = day_hours(case.settings.time.hours_per_day), len(case.hourly["load"][zone])
    mean = mean_availability(case, zone, technology, period)
    capacity = fleet_mw(case, zone, technology, period)
    if case.settings.matching.reservoirs == "mean" or not capacity:
        return np.full(count, mean)
    residual = residual_load_mw(case, zone, period)
    column = case.hourly["availability"].get(f"{zone}.{technology}")
    most = capacity * (np.ones(count) if column is None else column)
    low, high = residual.min() - most.max(), residual.max()
    for _ in range(HALVINGS):
        level = (low + high) / 2
        low, high = (level, high) if _above(residual, level, most).mean() > mean * capacity else (low, level)
    shares = _above(residual, high, most) / capacity
    days = shares[: count // hours * hours].reshape(-1, hours).mean(axis=1)
    return np.append(np.repeat(days, hours), shares[len(days) * hours :])


def residual_load_mw(case: Case, zone: str, period: str) -> Array:
    """Return the existing load of a zone less what its low-carbon plant that follows no load can give, by hour, MW."""
    load = case.hourly["load"][zone] * mean_growth(case, period, case.zones[zone].load_growth_share)
    for place, technology in case.supplies:
        kind = case.technologies[technology]
        column = case.hourly["availability"].get(f"{zone}.{technology}")
        if (
            place == zone
            and column is not None
            and kind.low_carbon
            and not kind.dispatchable
            and kind.kind != "storage"
        ):
            load = load - fleet_mw(case, zone, technology, period) * column
    return load


def _above(residual: Array, level: float, most: Array) -> Array:
    return np.clip(residual - level, 0.0, most)
