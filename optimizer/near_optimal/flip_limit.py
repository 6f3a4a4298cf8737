"""Flips of limits: how many years sooner, or MW more headroom, bring a site in; how many later or fewer it stands.

A changed case is posed with the same levels held. What never flips is shown by the relaxation with a rejected site
forced in, or by the reference plan that a chosen site's change leaves a plan; what always flips by a plan of the
changed case, or by its relaxation with the chosen site forced in. All of it grows with the change, so ends are found by
halving. A substation that sites share is left out: its change would be one for all of them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import numpy as np

from models.case import Case
from models.plan import Change
from models.timeline import first_year, last_period
from models.upper_bounds import headroom_mw
from optimizer.benders.master_problem import MasterProblem
from optimizer.near_optimal.flip import Flip, less_gap
from optimizer.near_optimal.near_optimal_set import NearOptimalSet, Search, changed_set
from optimizer.near_optimal.site_bounds import SiteAnswer, SiteBounds
from optimizer.program.compile import compile_objective

Pose = Callable[[Case], AbstractContextManager[MasterProblem]]
"""Gives the master problem of a changed case."""
LIMITS: tuple[Change, ...] = ("years", "headroom_mw")


def changed_limit(case: Case, site: str, change: Change, amount: float) -> Case:
    """Return a case in which a site's dates are so many years sooner, or its substation has so much more headroom."""
    row = case.sites[site]
    own = {key: each for key, each in case.headrooms.items() if key[0] == row.substation}
    rest = {key: each for key, each in case.headrooms.items() if key not in own}
    if change == "headroom_mw":
        more = {
            key: each.model_copy(update={"headroom_mw": max(0.0, each.headroom_mw + amount)})
            for key, each in own.items()
        }
        return replace(case, headrooms={**rest, **more})
    years = round(amount)
    moved = {
        (substation, since - years): each.model_copy(update={"from_year": since - years})
        for (substation, since), each in own.items()
    }
    dates = {"permit_year": row.permit_year - years, "connection_year": row.connection_year - years}
    return replace(case, headrooms={**rest, **moved}, sites={**case.sites, site: row.model_copy(update=dates)})


def limit_flips(bounds: SiteBounds, sites: list[str], pose: Pose) -> Iterator[Flip]:
    """Yield what change of dates and of headroom flips the choice of each of some sites, where anything is proved."""
    near, case = bounds.near, bounds.near.case
    for site in sites:
        for change in LIMITS if alone(case, site) else ():
            if near.over:
                return
            bounds.report("flips", f"{site}, {change}")
            question = _Question(near, bounds.answers[site], change, pose)
            yield question.stood() if bounds.answers[site].chosen else question.wanted()


def stood(near: NearOptimalSet, answer: SiteAnswer, change: Change) -> Flip:
    """Return the change against a chosen site that it stands, as the reference plan shows; nothing is posed."""
    never = slack(near, answer.site, change) + (1.0 if change == "years" else 0.0)
    sure = less_gap(near, answer.bound_out) > near.reference.value
    return Flip(answer.site, True, change, never if sure else 0.0, np.inf)


def alone(case: Case, site: str) -> bool:
    """Tell whether no other site shares a site's substation."""
    return sum(row.substation == case.sites[site].substation for row in case.sites.values()) == 1


def slack(near: NearOptimalSet, site: str, change: Change) -> float:
    """Return up to which change against a chosen site the reference plan stays one, as far as dates and grid go.

    Whole years, or MW.
    """
    if change == "headroom_mw":
        return max(0.0, min(_spare_mw(near, site).values()))
    opens, columns = near.master.form.model.siting.open_in, near.master.form.compiled.columns
    opened = min(
        first_year(near.case, period)
        for place, period in opens
        if place == site and round(near.reference.decisions[columns[id(opens[place, period])]])
    )
    ready, years = max(near.case.sites[site].permit_year, near.case.sites[site].connection_year), 0
    spare_mw = _spare_mw(near, site)
    while ready + years < opened and _spare_later_mw(near.case, site, spare_mw, years + 1) >= -1e-6:
        years += 1
    return float(years)


def _spare_mw(near: NearOptimalSet, site: str) -> dict[str, float]:
    """Return period -> headroom that the reference plan leaves at a site's substation, MW."""
    form, substation, found = near.master.form, near.case.sites[site].substation, {}
    for period in near.case.periods:
        left = form.model.grid.headroom_mw[substation, period] - form.model.grid.drawn_mw[substation, period]
        columns, coefficients, constant = compile_objective("headroom left", left, form.compiled.columns)
        found[period] = float(near.reference.decisions[columns] @ coefficients) + constant
    return found


def _spare_later_mw(case: Case, site: str, spare_mw: Mapping[str, float], years: int) -> float:
    """Return the least that would be left of the headroom spared in each period if it came so many years later, MW."""
    substation = case.sites[site].substation
    later = changed_limit(case, site, "years", -years)
    lost = {each: headroom_mw(case, substation, each) - headroom_mw(later, substation, each) for each in case.periods}
    return min(spare - lost[period] for period, spare in spare_mw.items())


@dataclass(frozen=True)
class _Question:
    """By how much one limit of one site must move."""

    near: NearOptimalSet
    answer: SiteAnswer
    change: Change
    pose: Pose

    @property
    def step(self) -> float:
        """A year, or the grid power of a hall, MW."""
        if self.change == "years":
            return 1.0
        case, site = self.near.case, self.answer.site
        pues = (case.climate.pue_design[site, cooling] for cooling in case.cooling)
        return case.settings.halls.hall_mw * min(pues)

    def most(self) -> int:
        """Return the steps after which more change nothing: from the first year on, for all the land; or none left."""
        case, row = self.near.case, self.near.case.sites[self.answer.site]
        first, last = min(first_year(case, each) for each in case.periods), first_year(case, last_period(case))
        ready = max(row.permit_year, row.connection_year)
        if self.change == "years":
            return max(0, last + 1 - ready if self.answer.chosen else ready - first)
        rows = [each.headroom_mw for each in case.headroom_years.get(row.substation, {}).values()]
        pue = max(case.climate.pue_design[row.site, cooling] for cooling in case.cooling)
        mw = max(rows, default=0.0) if self.answer.chosen else row.land_mw * pue - min(rows, default=0.0)
        return max(0, int(np.ceil(mw / self.step)))

    def asked(self, steps: int, plan: bool) -> tuple[float, float]:
        """Return the least that any plan with the site costs after a change, and what one that is sought does."""
        near, site = self.near, self.answer.site
        amount = steps * self.step * (-1.0 if self.answer.chosen else 1.0)
        with self.pose(changed_limit(near.case, site, self.change, amount)) as master:
            changed = changed_set(near, master)
            if site not in changed.stands:
                return np.inf, np.inf
            forced = {changed.stands[site]: (1.0, 1.0)}
            ((bound, point),) = changed.relax(changed.objective, bounds=forced, limited=False)
            if not plan or point is None:
                return bound, np.inf
            kernel = near.reference.sites | changed.open_in(point) | {site}
            (found,) = changed.search(Search(changed.objective, forced, limited=False, kernel=kernel, gap=1e-3))
            return bound, np.inf if found.plan is None else found.plan.value

    def wanted(self) -> Flip:
        """Return the change in favour of a rejected site."""
        near, most = self.near, self.most()
        without = less_gap(near, self.answer.bound_out)

        def may_come_in(steps: int) -> bool:
            return less_gap(near, self.asked(steps, plan=False)[0]) <= near.reference.value

        def brings_in(steps: int) -> bool:
            return self.asked(steps, plan=True)[1] < without

        never = always = np.inf
        if less_gap(near, self.answer.bound_in) <= near.reference.value:
            never = 0.0
        elif most and may_come_in(most):
            first = _first(0, most, may_come_in)
            never = first if self.change == "years" else (first - 1) * self.step
        if most and never < np.inf and brings_in(most):
            always = _first(max(0, int(never / self.step) - 1), most, brings_in) * self.step
        return Flip(self.answer.site, False, self.change, never, always)

    def stood(self) -> Flip:
        """Return the change against a chosen site."""
        near, answer = self.near, self.answer
        known = stood(near, answer, self.change)
        if answer.plan_out is None:
            return known
        rival = answer.plan_out.value

        def drives_out(steps: int) -> bool:
            return less_gap(near, self.asked(steps, plan=False)[0]) > rival

        most = self.most()
        if not most or not drives_out(most):
            return known
        least = int(slack(near, answer.site, self.change) // self.step)
        return replace(known, always_from=_first(least, most, drives_out) * self.step)


def _first(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Return the least number above `low` and up to `high` for which something holds that holds for `high`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
