"""When the energy of reservoirs comes: which of them know seasons, what flows in, between which levels they are kept."""

from collections.abc import Sequence

import numpy as np

from models.calendar import MONTHS, month_days
from models.case import Array, Case, Day

Pair = tuple[str, str]


def seasonal_reservoirs(case: Case) -> tuple[Pair, ...]:
    """Return the (zone, technology) of reservoirs whose energy comes month by month, if the scenario asks for months."""
    known = {key[:2] for key in case.inflows}
    return tuple(pair for pair in case.reservoirs if pair in known and case.settings.power.reservoirs == "months")


def inflow_mwh(case: Case, pair: Pair) -> Array:
    """Return the energy that flows into a reservoir in each month, MWh, shape (12,)."""
    shares = np.array([case.inflows[*pair, month].inflow_share for month in MONTHS])
    return np.array(case.reservoirs[pair].energy_twh * 1e6 * shares / shares.sum())


def level_limits_mwh(case: Case, pair: Pair) -> tuple[Array, Array]:
    """Return the least and the highest level of a reservoir at the start of each month, MWh, shape (12,) each."""
    store = case.reservoirs[pair].store_twh * 1e6
    rows = [case.inflows[*pair, month] for month in MONTHS]
    return store * np.array([row.level_min_share for row in rows]), store * np.array(
        [row.level_max_share for row in rows]
    )


def least_output_mw(case: Case, pair: Pair, days: Sequence[Day]) -> Array:
    """Return the least output of a reservoir in every hour of days, MW, shape (days,): the mean over their months."""
    least = np.array([case.inflows[*pair, month].least_mw for month in MONTHS])
    within = month_days(case, days)
    # sums day by day, which do not hang on how many days there are, as those of a matrix product may
    return np.asarray((least[:, None] * within).sum(axis=0) / within.sum(axis=0))


def highest_levels_mwh(inflow: Array, use: Array, lowest: Array, highest: Array) -> Array | None:
    """Return the highest levels that a store can have at the start of each month, year after year, MWh.

    All are by month, MWh, shape (12,). What does not fit is spilt; None where the levels cannot be kept.
    """
    level, found = highest[0], np.zeros(len(inflow))
    for _ in range(2):  # the first year begins as full as may be; what the second leaves is what there is every year
        begins = level
        for month in range(len(inflow)):
            found[month] = level
            level = min(level + inflow[month] - use[month], highest[(month + 1) % len(inflow)])
    kept = level >= begins - 1e-9 * max(1.0, abs(begins)) and (found >= lowest - 1e-9 * np.maximum(1.0, lowest)).all()
    return found if kept else None
