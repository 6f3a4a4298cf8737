"""Flip prices: how much a site's cost must fall for the site to come in, or rise for it to drop out, from bounds alone.

With a site forced in, every plan costs at least L_in, and one is known that costs U_in; L_out and U_out are the same
with it left out. All hold the levels of the objectives before cost. If having the site gets cheaper by d, plans with it
cost at least L_in - d and plans without it what they did. A search that stops at a gap g ends with a plan of at most
best / (1 - g): below (1 - g) L_in - U_out whatever plan it returns is one without the site, and from
U_in - (1 - g) L_out on one with it. A rise for a chosen site works the other way round.

A fee on its energy (`sites.fee_eur_per_mwh`) is such a cost: so many EUR/MWh are d divided by the energy, discounted,
that a plan takes there. For what never flips that is the most that any plan takes (or what the reference plan does),
for what always does what the plan known takes (or the least that any plan does).

An opening cost (`sites.opening_meur`) is paid out of the funds too: where these are used up, less of it frees money and
more of it takes some away. That can only help the change to flip the choice, so where it always does is proved of the
opening cost as well, and where it never does is not.
"""

from collections.abc import Iterator

import numpy as np

from models.timeline import annuity, discount_factor, first_year, interest_share
from optimizer.near_optimal.flip import Flip, less_gap
from optimizer.near_optimal.near_optimal_set import FoundPlan, NearOptimalSet
from optimizer.near_optimal.site_bounds import SiteAnswer, SiteBounds
from optimizer.program.compile import compile_objective


def price_flips(bounds: SiteBounds, sites: list[str]) -> Iterator[Flip]:
    """Yield what change of the cost, of the opening cost and of the fee flips the choice of each of some sites."""
    for site in sites:
        yield from _price_flips(bounds.near, bounds.answers[site])


def _price_flips(near: NearOptimalSet, answer: SiteAnswer) -> Iterator[Flip]:
    site, chosen, energy = answer.site, answer.chosen, _energy(near, answer.site)
    never = max(0.0, less_gap(near, answer.rival_bound) - near.reference.value)
    plan, bound = answer.rival, answer.bound_in if chosen else answer.bound_out
    always = np.inf if plan is None else max(0.0, plan.value - less_gap(near, bound))
    yield Flip(site, chosen, "cost_meur", never, always)
    factors = _factors(near, site)
    factor = min(factors.values()) if chosen or plan is None else _factor(near, plan, factors, site)
    yield Flip(site, chosen, "opening_meur", 0.0, always / factor)
    weights = near.weighted("energy", {column: (1.0 if chosen else -1.0) * twh for column, twh in energy.items()})
    stands = near.stands[site]
    ((end, _),) = near.relax(weights, bounds={stands: (1.0, 1.0)}, limited=False)
    end = end if np.isfinite(end) else 0.0 if chosen else -np.inf
    if chosen:
        most, least = _at(near.reference, energy), end
    else:
        most, least = -end, _at(plan, energy) if plan else 0.0
    yield Flip(site, chosen, "fee_eur_per_mwh", _divided(never, most), _divided(always, least))


def _divided(meur: float, twh: float) -> float:
    return np.inf if meur == np.inf or twh <= 0 else meur / twh


def _energy(near: NearOptimalSet, site: str) -> dict[int, float]:
    """Return column -> discounted TWh that a site draws over the horizon, per unit of it."""
    case, form = near.case, near.master.form
    used = sum(annuity(case, period) * form.model.cooling.energy_twh[site, period] for period in case.periods)
    columns, coefficients, _ = compile_objective("energy", used, form.compiled.columns)
    return dict(zip(columns.tolist(), coefficients.tolist(), strict=True))


def _at(plan: FoundPlan, weights: dict[int, float]) -> float:
    return float(sum(plan.decisions[column] * weight for column, weight in weights.items()))


def _factors(near: NearOptimalSet, site: str) -> dict[str, float]:
    """Return period -> present value of a MEUR of opening cost, interest during construction included."""
    case = near.case
    interest = 1 + interest_share(case, case.settings.halls.construction_years)
    periods = [period for place, period in near.master.form.model.siting.open_in if place == site]
    return {period: interest * discount_factor(case, first_year(case, period)) for period in periods}


def _factor(near: NearOptimalSet, plan: FoundPlan, factors: dict[str, float], site: str) -> float:
    """Return the present value of a MEUR of opening cost in the period in which a plan opens a site."""
    opens, columns = near.master.form.model.siting.open_in, near.master.form.compiled.columns
    return sum(
        factor * round(float(plan.decisions[columns[id(opens[site, period])]])) for period, factor in factors.items()
    )
