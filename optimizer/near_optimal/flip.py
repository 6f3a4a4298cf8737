"""Flips: the change of a site's cost, price, dates or headroom that brings it in, or drives it out if it is chosen."""

from dataclasses import dataclass

import numpy as np

from models.plan import Change
from optimizer.near_optimal.near_optimal_set import NearOptimalSet
from optimizer.near_optimal.site_bounds import SiteBounds

ROUNDING = 1e-5
"""Share of a value left to rounding: levels, cuts and caps are each kept to 1e-6 of their size."""


@dataclass(frozen=True)
class Flip:
    """A change in favour of a rejected site (cheaper, sooner, more), or against a chosen one."""

    site: str
    chosen: bool
    change: Change
    never_below: float
    """A smaller change does not flip the choice, proved; inf where none does."""
    always_from: float
    """A change from here on always flips it, proved; inf where that is known of none."""


def less_gap(near: NearOptimalSet, bound: float) -> float:
    """Return the largest value at which a search may stop whose plans are proved to cost at least a bound."""
    if not np.isfinite(bound):
        return bound
    return bound - (near.master.gap(near.objective.name) + ROUNDING) * abs(bound)


def nearest(bounds: SiteBounds, rivals: int) -> list[str]:
    """Return the chosen sites, then so many of the others that could stand, those first that cost least."""
    ranked = sorted(bounds.answers.values(), key=lambda each: (not each.chosen, each.bound_in, each.site))
    able = [each.site for each in ranked if each.chosen or (each.bound_in < float("inf") and not each.unanswered)]
    return able[: len(bounds.near.reference.sites) + rivals]
