"""The flips of a plan just found: some linear programmes, a few brief searches. `gigasite alternatives` finds more."""

from collections.abc import Iterator

import numpy as np

from models.plan import FlipRow
from optimizer.benders.master_problem import Incumbent, MasterProblem, SearchEnded
from optimizer.near_optimal.flip import Flip, nearest
from optimizer.near_optimal.flip_limit import LIMITS, alone, stood
from optimizer.near_optimal.flip_price import price_flips
from optimizer.near_optimal.near_optimal_set import near_optimal_set
from optimizer.near_optimal.site_bounds import SiteBounds

RIVALS = 4
"""Rejected sites nearest to the choice whose flips are sought, besides those of all chosen sites."""
ITERATIONS = 400
"""Of the simplex method for each site: those that cannot stand at the levels held take thousands, others a hundred."""


def plan_flips(master: MasterProblem, best: Incumbent) -> tuple[FlipRow, ...]:
    """Return the flips of the chosen sites and of the nearest others, as far as anything is known of them.

    Of dates and headroom: what a chosen site stands. Empty unless the last objective is cost and was reached.
    """
    if master.form.case.settings.question.objectives[-1] != "cost":
        return ()
    try:
        near = near_optimal_set(master, best, 0.0)
        bounds = SiteBounds(near, master.monitor, master.began)
        bounds.bound_by_relaxation(ITERATIONS)
    except SearchEnded:
        return ()
    sites = nearest(bounds, RIVALS)
    bounds.tighten_all(sites)
    if near.over:
        return ()
    found = [*price_flips(bounds, sites)]
    for site in (site for site in sites if bounds.answers[site].chosen and alone(near.case, site)):
        found += [stood(near, bounds.answers[site], change) for change in LIMITS]
    return tuple(row for each in found for row in _rows(each))


def _rows(flip: Flip) -> Iterator[FlipRow]:
    """Yield what is known of a flip as rows of the plan."""
    chosen = int(flip.chosen)
    if 0 < flip.never_below < np.inf:
        yield FlipRow(site=flip.site, change=flip.change, end="never below", chosen=chosen, amount=flip.never_below)
    if flip.always_from < np.inf:
        yield FlipRow(site=flip.site, change=flip.change, end="always from", chosen=chosen, amount=flip.always_from)
