"""Stress hours: when a zone is short of what it cannot call up, and what its firm cover is for."""

import numpy as np

from models.case import Array, Case
from models.day_parameters import DayLayout, period_values
from models.upper_bounds import availability_varies

ROUNDING_PLACES = 6
"""Decimal places, of MW, to which hours are compared: what the last bits of a sum leave differs from machine to machine."""

ROUNDING_SHARE = 1e-9
"""The same of the share of a year that hours make up."""


def stress_hours(case: Case, layout: DayLayout, period: str) -> dict[str, Array]:
    """Return, for each zone, which hours of its representative days are stress hours, True or False, (days, hours).

    They are those of the highest residual load, in order, until they make up `power.cover_stress_share` of the year, one at
    least; of equal ones the earlier. Residual load is load less what supply whose availability changes from hour to hour
    can give.
    """
    hours, days = len(layout.hours), len(case.days)
    values = period_values(case, layout, period, case.days)
    residual = dict(zip(layout.zones, values["load_mw"].reshape(days, -1, hours).transpose(1, 0, 2), strict=True))
    existing = values["existing_mw"].reshape(days, -1, hours).transpose(1, 0, 2)
    for (zone, technology), supply in zip(layout.generators, existing, strict=True):
        if availability_varies(case, zone, technology):
            residual[zone] = residual[zone] - supply
    weights = np.repeat([day.weight for day in case.days], hours)
    return {zone: _highest(each, weights, case.settings.power.cover_stress_share) for zone, each in residual.items()}


def _highest(residual: Array, weights: Array, share: float) -> Array:
    """Return which hours are the highest that make up a share of all, by their weights."""
    order = np.argsort(-np.round(residual.ravel(), ROUNDING_PLACES), kind="stable")
    before = np.cumsum(weights[order]) - weights[order]
    chosen = np.zeros(residual.size, dtype=bool)
    chosen[order[before < (share - ROUNDING_SHARE) * weights.sum()]] = True
    return chosen.reshape(residual.shape)
