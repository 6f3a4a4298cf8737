"""Near-optimal plans, proved: in which of them each site stands, how much zones and countries hold, which differ most.

That a site stands in some plan is shown by a plan whose days were dispatched; that it stands in none, or in all, by a
bound over the whole set (`near_optimal.py`). What neither settles within the work allowed is called not proved.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from models.case import Case
from models.plan import ObjectiveResult
from optimizer.benders.master_problem import EPSILON_CONSTRAINT_TOLERANCE, Incumbent, MasterProblem
from optimizer.benders.search import search
from optimizer.benders.solve_objective import solve_objective
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.near_optimal.flip import Flip, nearest
from optimizer.near_optimal.flip_limit import Pose, limit_flips
from optimizer.near_optimal.flip_price import price_flips
from optimizer.near_optimal.near_optimal_set import WHOLE, FoundPlan, NearOptimalSet, near_optimal_set
from optimizer.near_optimal.site_bounds import PROOF_NODES, SiteAnswer, SiteBounds
from optimizer.session import Session
from optimizer.study.call_list import Call, call_list

Answer = Literal["all", "some", "no", "not proved"]
ANY_PLAN = 0.5
"""Gap of a search that ends with its first plan: the tolerance is a row of it."""
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
    with Session(case) as session:
        master = session.master(monitor, began)
        best = loosened(master, search(master))
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
        found.flips = study.flips(lambda changed: session.changed(changed, monitor, began))
        found.calls = study.calls()
        yield found
        found.different = study.most_different(plans)
        found.seconds = time.perf_counter() - began
        yield found


def loosened(master: MasterProblem, best: Incumbent) -> Incumbent:
    """Return the best plan once every objective before the last may be worse by the gap to which it was sought.

    A level is found to that gap: a plan that misses it by less is as good, and its sites are not to be called none.
    Levels that the scenario states are kept as they are.
    """
    question, reached = master.form.case.settings.question, [*master.epsilon_constraints]
    if len(master.stages) < len(question.objectives) or master.stages[-1].status != "solved":
        return best
    *earlier, last = question.objectives
    free = [name for name in earlier if getattr(question.levels, name) is None]
    if not free:
        return best
    master.epsilon_constraints = []
    for each in (each for each in reached if each.name != last):
        level = each.highest + master.form.objective(each.name).constant
        slack = master.gap(each.name) * abs(level) if each.name in free else 0.0
        master.epsilon_constraints.append(replace(each, highest=each.highest + slack))
    master.stages.pop()
    objective = master.form.objective(last)
    best, stage = solve_objective(master, objective, best)
    master.stages.append(stage)
    master.add_objective_bound(objective, best.value)
    return best


class Study(SiteBounds):
    """The work on a near-optimal set."""

    def settle_sites(self) -> None:
        """Find for each site in which plans it stands."""
        self.bound_by_relaxation()
        self._one_by_one()
        self._prove_the_rest()

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

    def _one_by_one(self) -> None:
        """Find a plan, over a few sites, for each question still open: the first that is within the tolerance."""
        for chosen in (True, False):
            for answer in self._unsettled(chosen):
                if self.near.over:
                    return
                left = self._unsettled(chosen)
                if answer in left:
                    self.report("sites", f"{len(left)} not settled, now {answer.site}")
                    kernel, bounds = self.beside(answer)
                    self.note(self.near.search(self.near.objective, bounds, kernel=kernel, gap=ANY_PLAN).plan)

    def _prove_the_rest(self) -> None:
        """Open, or leave out, as many as possible of the sites in question over all sites: less than one is a proof."""
        for chosen in (True, False):
            while (rest := self._unsettled(chosen)) and not self.near.over:
                self.report("sites", f"all sites: {len(rest)} in question")
                weight = 1.0 if chosen else -1.0
                wanted = self.near.weighted("sites", {self.near.stands[each.site]: weight for each in rest})
                found = self.near.search(wanted, {}, nodes=PROOF_NODES, gap_absolute=0.99, start=self.near.reference)
                most = -found.bound + (len(rest) if chosen else 0)
                self.note(found.plan)
                if most < 1 - WHOLE:
                    for each in rest:
                        each.raise_rival_bound(self.near.above)
                        each.by = "mixed-integer programme"
                elif len(self._unsettled(chosen)) == len(rest):
                    break
            for each in self._unsettled(chosen):
                if self.near.over:
                    return
                self.prove_alone(each)

    def regions(self) -> Iterator[RegionAnswer]:
        """Yield how much zones and countries hold: proved, and as seen in plans."""
        near, case = self.near, self.near.case
        members: dict[tuple[Literal["zone", "country"], str], list[str]] = defaultdict(list)
        for site in near.stands:
            members["zone", case.sites[site].zone].append(site)
            members["country", case.sites[site].country].append(site)
        known: dict[frozenset[str], tuple[float, float]] = {}
        for number, ((kind, region), sites) in enumerate(sorted(members.items())):
            self.report("zones and countries", f"{number + 1} of {len(members)}")
            same = frozenset(sites)
            if same not in known:
                known[same] = self._least(sites), 0.0 - self._least(sites, -1.0)
            low, high = known[same]
            seen = [sum(plan.halls.get(site, 0) for site in sites) for plan in near.plans]
            hall_mw = case.settings.halls.hall_mw
            halls = sum(near.reference.halls.get(site, 0) for site in sites), low, min(seen), max(seen), high
            yield RegionAnswer(kind, region, *(hall_mw * each for each in halls))

    def _least(self, sites: Iterable[str], sign: float = 1.0) -> float:
        """Return a bound on the least halls of some sites, or minus the most; a plan that reaches it is sought."""
        near = self.near
        sites = [*sites]
        columns = [column for site in sites for column in near.halls[site]]
        counts = [sign * sum(plan.halls.get(site, 0) for site in sites) for plan in near.plans]
        natural = 0.0 if sign > 0 else -sum(map(near.most_halls, sites))
        if min(counts) <= natural:
            return natural
        wanted = near.weighted("halls", dict.fromkeys(columns, sign))
        bound, point = near.relax(wanted)
        bound = max(natural, math.ceil(bound - WHOLE)) if np.isfinite(bound) else natural
        if point is not None and min(counts) > bound:
            kernel = near.reference.sites.union(sites if sign < 0 else (), self.near.open_in(point))
            self.note(near.search(wanted, {}, kernel=kernel, gap_absolute=0.99, start=near.reference).plan)
        return float(bound)

    def flips(self, pose: Pose) -> list[Flip]:
        """Return the flips; plans on the other side are sought for chosen sites and the nearest others."""
        if self.near.objective.name != "cost":
            return []
        sites, chosen = nearest(self, TIGHTENED), len(self.near.reference.sites)
        self.tighten_all(sites)
        for site in sites[: chosen + PROVED]:
            if not self.near.over:
                self.prove_alone(self.answers[site], limited=False)
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
            found = near.search(apart, {}, nodes=PROOF_NODES, gap_absolute=0.99, start=start, rows=rows).plan
            self.note(found)
            best = max((plan for plan in (found, start) if plan is not None), key=distance)
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
        found = near.search(near.objective, bounds, kernel=plan.sites, start=plan, gap=1e-3).plan
        self.note(found)
        return plan if found is None or found.value >= plan.value else found
