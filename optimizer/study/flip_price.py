"""Flip prices: how much a site's cost must fall for the site to come in, or rise for it to drop out, from bounds alone.

With a site forced in, every plan costs at least L_in, and one is known that costs U_in; L_out and U_out are the same
with it left out. All hold the levels of the objectives before cost. If having the site gets cheaper by d, plans with it
cost at least L_in - d and plans without it what they did. A search that stops at a gap g ends with a plan of at most
best / (1 - g): below (1 - g) L_in - U_out whatever plan it returns is one without the site, and from
U_in - (1 - g) L_out on one with it. A rise for a chosen site works the other way round.

That is so of a cost that no fund has to pay. An opening cost (`sites.opening_meur`) is paid out of the funds too: where
these are used up, less of it frees money and more of it takes some away. That can only help the change to flip the
choice, so where it always does is proved of the opening cost as well, and where it never does is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.timeline import discount_factor, first_year, interest_share
from optimizer.study.near_optimal import FoundPlan, NearOptimalSet

ROUNDING = 1e-5
"""Share of a value left to rounding: levels, cuts and caps are each kept to 1e-6 of their size."""


@dataclass(frozen=True)
class FlipPrice:
    """The change of what a site costs that brings it in, or drives it out if it is chosen."""

    site: str
    chosen: bool
    never_below_meur: float
    """Present value: a smaller change does not flip the choice, proved; inf if none does."""
    always_from_meur: float
    """Present value: a change from here on always flips it; inf if no plan is known on the other side."""
    opening_meur: float
    """Its opening cost now (sites.opening_meur)."""
    always_from_opening_meur: float
    """The same as a change of `sites.opening_meur`, paid when the site opens, with interest until it serves; more than
    the opening cost itself: a free opening is not proved to be enough."""


def flip_prices(
    near: NearOptimalSet,
    bounds: dict[str, tuple[float, float]],
    best: dict[str, tuple[FoundPlan | None, FoundPlan | None]],
) -> Iterator[FlipPrice]:
    """Yield the flip price of each site, chosen ones first and then those that need the least.

    `bounds` are L_in and L_out of each site, `best` the cheapest plans known with it and without. Nothing is yielded
    unless the last objective is cost.
    """
    if near.objective.name != "cost":
        return
    gap = near.master.gap("cost")
    rows = [_flip(near, site, gap, *bounds[site], *best[site]) for site in near.stands]
    yield from sorted(rows, key=lambda row: (not row.chosen, row.never_below_meur, row.always_from_meur, row.site))


def _flip(
    near: NearOptimalSet,
    site: str,
    gap: float,
    low_in: float,
    low_out: float,
    plan_in: FoundPlan | None,
    plan_out: FoundPlan | None,
) -> FlipPrice:
    chosen = site in near.reference.sites
    factors = _factors(near, site)
    if chosen:
        never = max(0.0, less_gap(low_out, gap) - near.reference.value)
        always = np.inf if plan_out is None else max(0.0, plan_out.value - less_gap(low_in, gap))
        factor = min(factors.values())
    else:
        never = max(0.0, less_gap(low_in, gap) - near.reference.value)
        always = np.inf if plan_in is None else max(0.0, plan_in.value - less_gap(low_out, gap))
        factor = _factor(near, plan_in, site) if plan_in else 1.0
    opening = near.case.sites[site].opening_meur
    return FlipPrice(site, chosen, never, always, opening, always / factor)


def less_gap(bound: float, gap: float) -> float:
    """Return the largest value at which a search may stop whose plans are proved to cost at least a bound."""
    return bound - (gap + ROUNDING) * abs(bound)


def _factors(near: NearOptimalSet, site: str) -> dict[str, float]:
    """Return period -> present value of a MEUR of opening cost, interest during construction included."""
    case = near.case
    interest = 1 + interest_share(case, case.settings.halls.construction_years)
    periods = [period for place, period in near.master.form.model.siting.open_in if place == site]
    return {period: interest * discount_factor(case, first_year(case, period)) for period in periods}


def _factor(near: NearOptimalSet, plan: FoundPlan, site: str) -> float:
    """Return the present value of a MEUR of opening cost in the period in which a plan opens a site."""
    opens, columns = near.master.form.model.siting.open_in, near.master.form.compiled.columns
    return sum(
        factor * round(float(plan.decisions[columns[id(opens[site, period])]]))
        for period, factor in _factors(near, site).items()
    )
