"""Near-optimal plans, proved: in which of them each site stands, how much zones and countries hold, which differ most.

That a site stands in some plan is shown by a plan whose days were dispatched; that it stands in none, or in all, by a
bound over the whole set (`near_optimal.py`). What neither settles within the work allowed is called not proved.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice, product
from typing import Literal

import numpy as np

from models.case import Case
from models.plan import ObjectiveResult
from models.settings import Solve
from optimizer.benders.master_problem import EPSILON_CONSTRAINT_TOLERANCE, MasterProblem
from optimizer.benders.search import search
from optimizer.explain.limit_input import with_setting
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.near_optimal.flip import Flip, nearest
from optimizer.near_optimal.flip_limit import Pose, limit_flips
from optimizer.near_optimal.flip_price import price_flips
from optimizer.near_optimal.near_optimal_set import (
    SIDE_BY_SIDE,
    WHOLE,
    FoundPlan,
    NearOptimalSet,
    Search,
    near_optimal_set,
)
from optimizer.near_optimal.site_bounds import PROOF_NODES, SiteAnswer, SiteBounds
from optimizer.session import Session
from optimizer.study.call_list import Call, call_list

Answer = Literal["all", "some", "no", "not proved"]
ANY_PLAN = 0.5
"""Gap of a search that ends with its first plan: the tolerance is a row of it."""
MOST_AT_ONCE = 4
"""Most sites that one plan is asked to have."""
REGION_NODES = 20
"""Nodes of the search of a plan with as many or as few halls in a region as its bound allows."""
TIGHTENED = 20
"""Rejected sites nearest to the choice, for each of which the cheapest plan with it is sought."""
PROVED = 3
"""Of these, for how many a search over all sites tightens the bound."""
MOVED = 3
"""Of these, for how many dates and headroom are moved."""


@dataclass(frozen=True)
class RegionAnswer:
    """How much new server power a zone or a country holds in the last period, MW."""

    kind: Literal["zone", "country"]
    region: str
    reference_mw: float
    bound_low_mw: float
    """No plan within the tolerance has less."""
    plan_low_mw: float
    """A plan found has as little, ..."""
    plan_high_mw: float
    """... another one as much."""
    bound_high_mw: float
    """No plan within the tolerance has more."""


@dataclass
class Alternatives:
    """What is known of all near-optimal plans of a case."""

    near: NearOptimalSet
    within: float
    """Share of the reference plan's last objective."""
    stages: tuple[ObjectiveResult, ...]
    """How the reference plan is proved."""
    levels: Mapping[str, float]
    """Objective before the last -> level that every plan keeps, as people read it."""
    answers: dict[str, SiteAnswer]
    regions: list[RegionAnswer] = field(default_factory=list)
    flips: list[Flip] = field(default_factory=list)
    """What change flips the choice of the chosen sites, and of those nearest to it."""
    calls: list[Call] = field(default_factory=list)
    """Which cells to ask about first."""
    different: list[FoundPlan] = field(default_factory=list)
    """The reference plan, then those that differ most from it and from each other."""
    seconds: float = 0.0

    def answer(self, site: str) -> Answer:
        """Return in which plans within the tolerance a site stands."""
        known = self.answers[site]
        present, absent = (any((site in plan.sites) is inside for plan in self.near.plans) for inside in (True, False))
        if present and absent:
            return "some"
        if not present and known.bound_in > self.near.limit:
            return "no"
        return "all" if not absent and known.bound_out > self.near.limit else "not proved"

    @property
    def cut_short(self) -> bool:
        """Tell whether the clock or an interruption cut anything short."""
        return bool(self.near.master.time_limited) or self.near.over


def alternatives(case: Case, within: float, plans: int, monitor: RunMonitor) -> Iterator[Alternatives]:
    """Yield what is known of a case's near-optimal plans: once after each part of the work; the last one is all of it.

    `within` is a share of the reference plan's last objective, `plans` how many that differ most are sought. Raises
    SearchEnded without a reference plan.
    """
    began = time.perf_counter()
    with Session(as_far_as_levels_need(case)) as session:
        master, asked = session.master(monitor, began), case.settings.solve
        best = search(master, before_last=lambda master: loosen(master, asked))
        near = near_optimal_set(master, best, within)
        study = Study(near, monitor, began)
        levels = {}
        for each in near.master.epsilon_constraints:
            objective = master.form.objective(each.name)
            highest = each.highest + objective.constant  # with the slack that a level is given
            levels[each.name] = objective.sign * (highest - EPSILON_CONSTRAINT_TOLERANCE * max(abs(highest), 1.0))
        found = Alternatives(near, within, tuple(master.stages), levels, study.answers)
        study.settle_sites()
        found.seconds = time.perf_counter() - began
        yield found
        found.regions = [*study.regions()]
        yield found
        found.different = study.most_different(plans)
        found.seconds = time.perf_counter() - began
        yield found
        found.flips = study.flips(lambda changed: session.changed(changed, monitor, began))
        found.calls = study.calls()
        found.seconds = time.perf_counter() - began
        yield found


def as_far_as_levels_need(case: Case) -> Case:
    """Return a case in which objectives before the last are sought to the gap of their levels, if that is the larger.

    A level hangs on the bound of the relaxation: once a plan reaches it, nothing better moves it.
    """
    question, solve = case.settings.question, case.settings.solve
    free = [name for name in question.objectives[:-1] if getattr(question.levels, name) is None]
    gaps = {name: max(solve.gap_of(name), question.tolerance_share) for name in free}
    return replace(case, settings=with_setting(case.settings, "solve.gaps", solve.gaps.model_copy(update=gaps)))


def loosen(master: MasterProblem, asked: Solve) -> None:
    """Let every objective before the last be worse by the gap to which it is asked for.

    A level is found to that gap: a plan that misses it by less is as good, and its sites are not to be called none.
    Levels that the scenario states are kept as they are.
    """
    for place, each in enumerate(master.epsilon_constraints):
        if getattr(master.form.case.settings.question.levels, each.name) is None:
            level = each.highest + master.form.objective(each.name).constant
            looser = each.highest + asked.gap_of(each.name) * abs(level)
            master.epsilon_constraints[place] = replace(each, highest=looser)


class Study(SiteBounds):
    """The work on a near-optimal set."""

    def settle_sites(self) -> None:
        """Find for each site in which plans it stands."""
        self.bound_by_relaxation()
        self._in_groups()
        _ = self._ends  # the plans found for regions settle sites too, whose proof takes far more
        self.prove_alone([each.site for chosen in (True, False) for each in self._unsettled(chosen)])

    def _unsettled(self, chosen: bool) -> list[SiteAnswer]:
        """Return the sites that may stand, or be absent, in plans of which none is known; the likeliest first."""
        seen = {site for plan in self.near.plans for site in plan.sites}
        always = frozenset.intersection(*(plan.sites for plan in self.near.plans))
        open_questions = [
            each
            for each in self.answers.values()
            if (each.chosen and each.site in always and each.bound_out <= self.near.limit and chosen)
            or (not each.chosen and each.site not in seen and each.bound_in <= self.near.limit and not chosen)
        ]
        return sorted(open_questions, key=lambda each: (each.rival_bound, each.site))

    def _in_groups(self) -> None:
        """Find plans for the questions still open: over the reference plan's sites and several others, likeliest first.

        Where none is found for a group, its sites are asked for in groups half as large, and at last alone.
        """
        for chosen in (False, True):
            most = dict.fromkeys(self.answers, MOST_AT_ONCE)
            while not self.near.over:
                groups, left = list[list[SiteAnswer]](), [each for each in self._unsettled(chosen) if each.site in most]
                while left and len(groups) < SIDE_BY_SIDE:
                    groups.append(self.group(left, most))
                    left = [each for each in left if each not in groups[-1]]
                if not groups:
                    break
                named = " and ".join("+".join(each.site for each in group) for group in groups)
                self.report("sites", f"{len(self._unsettled(chosen))} not settled, now {named}")
                for found in self.near.search(*map(self._any_plan, groups)):
                    self.note(found.plan)
                still = self._unsettled(chosen)
                for group in groups:
                    for each in (each for each in group if each in still):
                        most.pop(each.site)
                        if len(group) > 1:
                            most[each.site] = len(group) // 2

    def _any_plan(self, group: Sequence[SiteAnswer]) -> Search:
        """Return the search of a plan with rejected sites in, or chosen ones out."""
        few = self.near.reference.sites.union(each.site for each in group)
        return Search(self.near.objective, self.other_side(*group), kernel=few, gap=ANY_PLAN)

    def group(self, left: list[SiteAnswer], most: Mapping[str, int]) -> list[SiteAnswer]:
        """Return sites of different zones that a plan within the tolerance may have, or be without, together.

        What each adds to the bound of the relaxation is taken to add up.
        """
        group, room = list[SiteAnswer](), self.near.limit - self.near.reference.value
        for each in left:
            added, zone = each.rival_bound - self.near.bound, self.near.case.sites[each.site].zone
            alone = all(self.near.case.sites[other.site].zone != zone for other in group)
            if not group or (alone and added <= room and len(group) < min(most[one.site] for one in [*group, each])):
                group.append(each)
                room -= added
        return group

    def regions(self) -> Iterator[RegionAnswer]:
        """Yield how much zones and countries hold: proved, and as seen in plans."""
        near, hall_mw = self.near, self.near.case.settings.halls.hall_mw
        for (kind, region), sites in sorted(self._regions.items()):
            low, high = self._ends[sites, 1.0], 0.0 - self._ends[sites, -1.0]
            seen = [sum(plan.halls.get(site, 0) for site in sites) for plan in near.plans]
            halls = sum(near.reference.halls.get(site, 0) for site in sites), low, min(seen), max(seen), high
            yield RegionAnswer(kind, region, *(hall_mw * each for each in halls))

    @cached_property
    def _regions(self) -> dict[tuple[Literal["zone", "country"], str], frozenset[str]]:
        """The sites of each zone and country."""
        members: dict[tuple[Literal["zone", "country"], str], list[str]] = defaultdict(list)
        for site in self.near.stands:
            members["zone", self.near.case.sites[site].zone].append(site)
            members["country", self.near.case.sites[site].country].append(site)
        return {region: frozenset(sites) for region, sites in members.items()}

    @cached_property
    def _ends(self) -> dict[tuple[frozenset[str], float], float]:
        """Bounds on the least halls of each region (sign 1), and minus the most (sign -1); plans there are sought."""
        near, regions = self.near, [*dict.fromkeys(self._regions.values())]
        ends = {
            (sites, sign): 0.0 if sign > 0 else -sum(map(near.most_halls, sites))
            for sites, sign in product(regions, (1.0, -1.0))
        }
        left = iter([*ends])
        while two := [*islice((end for end in left if self._reached(*end) > ends[end]), SIDE_BY_SIDE)]:
            self.report("zones and countries", f"{[*ends].index(two[-1]) // 2 + 1} of {len(regions)}")
            wanted = [near.weighted("halls", dict.fromkeys(self._halls_of(sites), sign)) for sites, sign in two]
            searches = list[Search]()
            for end, objective, (bound, point) in zip(two, wanted, near.relax(*wanted), strict=True):
                if np.isfinite(bound):
                    ends[end] = max(ends[end], math.ceil(bound - WHOLE))
                if point is not None and self._reached(*end) > ends[end]:
                    start = self._nearest_to(*end)
                    kernel = near.reference.sites | start.sites | (end[0] & near.open_in(point))
                    searches.append(
                        Search(objective, {}, kernel=kernel, nodes=REGION_NODES, gap_absolute=0.99, start=start)
                    )
            for found in near.search(*searches):
                self.note(found.plan)
        return ends

    def _halls_of(self, sites: frozenset[str]) -> list[int]:
        """Return the columns of the halls of some sites."""
        return [column for site in sorted(sites) for column in self.near.halls[site]]

    def _reached(self, sites: frozenset[str], sign: float) -> float:
        """Return the least halls, times a sign, that a plan found has at some sites."""
        return _halls_in(self._nearest_to(sites, sign), sites, sign)

    def _nearest_to(self, sites: frozenset[str], sign: float) -> FoundPlan:
        """Return the plan found with the fewest halls at some sites, or with the most if the sign is negative."""
        return min(self.near.plans, key=lambda plan: _halls_in(plan, sites, sign))

    def flips(self, pose: Pose) -> list[Flip]:
        """Return the flips; plans on the other side are sought for chosen sites and the nearest others."""
        if self.near.objective.name != "cost":
            return []
        sites, chosen = nearest(self, TIGHTENED), len(self.near.reference.sites)
        self.tighten_all(sites)
        self.prove_alone(sites[: chosen + PROVED], limited=False)
        return [*price_flips(self, sites), *limit_flips(self, sites[: chosen + MOVED], pose)]

    def calls(self) -> list[Call]:
        """Return which cells to ask about first, by the cheapest plans known with each site and without."""
        self.report("call list", "first-order prices of the plans known")
        plans = (plan for each in self.answers.values() for plan in (each.plan_in, each.plan_out))
        return call_list(self.near, plans)

    def most_different(self, plans: int) -> list[FoundPlan]:
        """Return the reference plan and so many that differ most: each farthest from the nearest of those before it."""
        near, chosen = self.near, [self.near.reference]
        while len(chosen) <= plans:
            self.report("plans that differ most", f"{len(chosen)} of {plans}")

            def distance(plan: FoundPlan) -> int:
                return min(len(plan.sites ^ other.sites) for other in chosen)

            start = max(near.plans, key=distance)
            apart = near.weighted("distance", {near.least_distance: -1.0})
            rows = [(self._distance_to(other), -float(len(other.sites))) for other in chosen]
            (found,) = near.search(Search(apart, {}, nodes=PROOF_NODES, gap_absolute=0.99, start=start, rows=rows))
            self.note(found.plan)
            best = max((plan for plan in (found.plan, start) if plan is not None), key=distance)
            if distance(best) == 0:
                break
            chosen.append(self._cheapest_of(best))
        return chosen

    def _distance_to(self, plan: FoundPlan) -> dict[int, float]:
        """Return a row: sites that a plan does not have, less those of it, less the least distance."""
        weights = {column: -1.0 if site in plan.sites else 1.0 for site, column in self.near.stands.items()}
        return {**weights, self.near.least_distance: -1.0}

    def _cheapest_of(self, plan: FoundPlan) -> FoundPlan:
        """Return the cheapest plan found with the same sites."""
        near = self.near
        bounds = {column: (float(site in plan.sites),) * 2 for site, column in near.stands.items()}
        (found,) = near.search(Search(near.objective, bounds, kernel=plan.sites, start=plan, gap=1e-3))
        self.note(found.plan)
        return plan if found.plan is None or found.plan.value >= plan.value else found.plan


def _halls_in(plan: FoundPlan, sites: frozenset[str], sign: float) -> float:
    """Return the halls of a plan at some sites, times a sign."""
    return sign * sum(plan.halls.get(site, 0) for site in sites)
