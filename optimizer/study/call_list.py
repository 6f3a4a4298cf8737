"""Whom to ask first: the cells that are no facts, ranked by what an error in them would make the reference plan lose.

A cell is moved by a plausible share, up and down, and every plan known is priced anew to first order: what its campuses
then cost (`models/site_costs.py`), nothing decided anew and nothing solved. An error that moves the reference plan
against another plan by more than the other is dearer now flips the choice, as a flip price does (`flip_price.py`; the
plans known hold the cheapest with each site and without). A plan of which a site no longer fits is none any more.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.case import TABLES, Case, Quality
from models.site_costs import Campus, total_meur
from optimizer.case.quality import decisive_columns
from optimizer.near_optimal.near_optimal_set import FoundPlan, NearOptimalSet

RANGE_SHARE: Mapping[Quality, float] = {"estimate": 0.25, "derived": 0.10}
"""Share by which a cell may plausibly be wrong: a convention of this list, the same for all; what is real is not."""
STEPS = ("headroom_mw", "adds_mw")
"""Columns of which less may take a further step of the grid, without which the plan is none."""
SIZES = (*STEPS, "behind_meter_mw", "land_mw")
"""Columns of which more may let a site grow."""
NOTHING_MEUR = 1e-6
"""What moves less moves nothing."""


@dataclass(frozen=True)
class Call:
    """A cell, and how far an error in it goes towards another plan; MEUR are present values."""

    table: str
    key: str
    column: str
    site: str
    """The site through which it bears most on the choice."""
    value: float
    quality: Quality
    range_share: float
    """Share of the value by which it may be wrong, either way."""
    if_it_is: str
    """`more` or `less` than stated: the error that bears most."""
    moves_meur: float
    """How much dearer the error makes the reference plan beside the other; inf where a site of it no longer fits, or
    where another only then can take over the halls of a third."""
    flip_meur: float
    """How much dearer the other plan is now; inf where it is none now."""
    power_meur: float
    """What the reference plan would lose: above 0 the choice flips, below it falls short by so much. Where a site no
    longer fits, what losing it costs; inf if no plan without is known."""


Site = tuple[str, float, str, frozenset[str]]
"""Site, MW of new halls in the end, period in which they begin, their cooling."""

Pool = list[tuple[float, frozenset[Site]]]
"""Cost and new halls of the plans known, the reference plan first."""


def call_list(near: NearOptimalSet, plans: Iterable[FoundPlan | None]) -> list[Call]:
    """Return the cells that are no facts and bear on a site of the plans known, those with most power first.

    Empty unless the last objective is cost.
    """
    if near.objective.name != "cost":
        return []
    known = {id(plan): plan for plan in (near.reference, *near.plans, *plans) if plan is not None}
    pool = [(plan.value, _campuses(near, plan)) for plan in known.values()]
    touched: dict[tuple[str, Any], set[Site]] = defaultdict(set)
    for campus in {each for _, campuses in pool for each in campuses}:
        for place in _rows(near.case, campus[0]):
            touched[place].add(campus)
    base = {campus: _meur(near.case, campus) for campuses in touched.values() for campus in campuses}
    calls = []
    for (table, key), campuses in touched.items():
        for column, value, quality in _cells(near.case, table, key):
            found = []
            for word, sign in (("more", 1.0), ("less", -1.0)):
                changed = _changed(near.case, table, key, column, value + sign * RANGE_SHARE[quality] * abs(value))
                moves = {campus: _meur(changed, campus) - base[campus] for campus in campuses if base[campus] < np.inf}
                larger = _larger(near.case, changed, pool, campuses) if column in SIZES else {}
                if effect := _effect(pool, moves, column in STEPS, larger):
                    name = ":".join(map(str, key)) if isinstance(key, tuple) else str(key)
                    site, *meur = effect
                    found.append(Call(table, name, column, site, value, quality, RANGE_SHARE[quality], word, *meur))
            calls += [max(found, key=lambda each: each.power_meur)] if found else []
    return sorted(calls, key=lambda each: (-each.power_meur, each.table, each.key, each.column))


def _campuses(near: NearOptimalSet, plan: FoundPlan) -> frozenset[Site]:
    """Return the new halls of a plan by site."""
    model, columns = near.master.form.model, near.master.form.compiled.columns
    opens, cooling = {}, defaultdict(set)
    for (site, period), variable in model.siting.open_in.items():
        if round(float(plan.decisions[columns[id(variable)]])):
            opens[site] = period
    for (site, kind, _), variable in model.sizing.halls.items():
        if round(float(plan.decisions[columns[id(variable)]])):
            cooling[site].add(kind)
    hall_mw = near.case.settings.halls.hall_mw
    sites = {site: halls for site, halls in plan.halls.items() if halls and site in opens}
    return frozenset((site, halls * hall_mw, opens[site], frozenset(cooling[site])) for site, halls in sites.items())


def _rows(case: Case, site: str) -> Iterator[tuple[str, Any]]:
    """Yield table and key of the rows that bear on the cost of a site."""
    here = case.sites[site]
    yield from (("sites", site), ("countries", here.country))
    if here.zone in case.price_basis:
        yield "price_basis", here.zone
    yield from (("headrooms", (here.substation, year)) for year in case.headroom_years.get(here.substation, {}))
    yield from (("reinforcements", (here.substation, step)) for step in case.substation_steps.get(here.substation, {}))


def _cells(case: Case, table: str, key: object) -> Iterator[tuple[str, float, Quality]]:
    """Yield column, value and quality of the decisive numbers of a row that are no facts."""
    for owner, column in decisive_columns():
        if owner == table and TABLES[table].model_fields[column].annotation is float:
            value, quality = getattr(getattr(case, table)[key], column), case.quality(table, key, column)
            if value and quality in RANGE_SHARE:
                yield column, value, quality


def _changed(case: Case, table: str, key: object, column: str, value: float) -> Case:
    """Return a case with another value in a cell."""
    rows = getattr(case, table)
    changes: dict[str, Any] = {table: {**rows, key: rows[key].model_copy(update={column: value})}}
    return replace(case, **changes)


def _meur(case: Case, site: Site) -> float:
    """Return what a campus costs, power at no price, which no cell here moves; inf where it does not fit."""
    name, servers_mw, period, cooling = site
    free = {(zone, each): 0.0 for zone in case.zones for each in case.periods}
    here = case.sites[name]
    if here.status == "candidate" and not here.minimum_mw <= servers_mw <= here.land_mw:
        return np.inf
    costs = Campus(case, period, servers_mw, cooling, free).costs(name)
    return total_meur(costs) if costs else np.inf


def _larger(case: Case, changed: Case, pool: Pool, campuses: Iterable[Site]) -> dict[str, float]:
    """Return site -> cost of the cheapest plan in which a changed cell lets it take over another site's halls."""
    found: dict[str, float] = {}
    for name, servers_mw, period, cooling in campuses:
        own = (name, servers_mw, period, cooling)
        for value, sites in pool:
            for other in (site for site in sites - {own} if own in sites):
                merged = name, servers_mw + other[1], period, cooling
                if (now := _meur(changed, merged)) < np.inf and _meur(case, merged) == np.inf:
                    meur = value + now - _meur(case, own) - _meur(case, other)
                    found[name] = min(meur, found.get(name, np.inf))
    return found


def _effect(
    pool: Pool, moves: Mapping[Site, float], steps: bool, larger: Mapping[str, float]
) -> tuple[str, float, float, float] | None:
    """Return through which site an error bears, what it moves, what the other plan is dearer, and its power.

    The reference plan is the first of the pool; None where the error moves it against no other.
    """
    (value, own), *others = pool
    moved = sum(moves.get(site, 0.0) for site in own)
    found = []
    for other_value, other in others:
        after = sum(moves.get(site, 0.0) for site in other)
        if after == np.inf or abs(moved - after) < NOTHING_MEUR:
            continue
        parts = {site[0]: 0.0 for site in (*own, *other)}
        for sites, sign in ((own, 1.0), (other, -1.0)):
            for site in sites:
                parts[site[0]] += sign * moves.get(site, 0.0)
        bears = max(sorted(parts), key=lambda site: abs(parts[site]))
        flip = max(0.0, other_value - value)
        power = flip + after if moved == np.inf else moved - after - flip
        found.append((bears, moved - after, flip, power))
    found += [(site, np.inf, np.inf, value + moved - meur) for site, meur in larger.items()]
    if moved == np.inf:  # the plan is lost: the cheapest of the others takes its place
        lost = next(site[0] for site in sorted(own, key=lambda site: site[0]) if moves.get(site, 0.0) == np.inf)
        return min(found, key=lambda each: each[3]) if found else (lost, np.inf, np.inf, np.inf)
    if steps and moved > NOTHING_MEUR:  # built, or another plan takes its place
        cheapest = min(found, key=lambda each: each[1] - each[3], default=(next(iter(own))[0], moved, 0.0, 0.0))
        return *cheapest[:3], min(moved, moved - cheapest[3])
    return max((each for each in found if each[1] > 0), key=lambda each: each[3], default=None)
