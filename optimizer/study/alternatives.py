"""Near-optimal plans, proved: in which of them each site stands, how much zones and countries hold, which differ most.

That a site stands in some plan is shown by a plan whose days were dispatched; that it stands in none, or in all, by a
bound over the whole set (`near_optimal.py`). What neither settles within the work allowed is called not proved.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from models.case import Case
from models.plan import ObjectiveResult
from optimizer.benders.master_problem import EPSILON_CONSTRAINT_TOLERANCE
from optimizer.benders.search import search
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.session import Session
from optimizer.study.call_list import Call, call_list
from optimizer.study.flip_price import FlipPrice, flip_prices
from optimizer.study.near_optimal import (
    OPEN_SHARE,
    FoundPlan,
    NearOptimalSet,
    near_optimal_set,
)

Answer = Literal["all", "some", "no", "not proved"]
ANY_PLAN = 0.5
"""Gap of a search that ends with its first plan: the tolerance is a row of it."""
TIGHTENED = 20
"""Rejected sites nearest to the choice, for each of which the cheapest plan with it is sought."""
PROVED = 3
"""Of these, for how many a search over all sites tightens the bound."""
PROOF_GAP = 1e-4
"""Gap at which a search that is to prove something ends."""
PROOF_NODES = 100
"""Nodes of a search over all sites that is to prove something."""
WHOLE = 1e-6
"""From a count this far below the next whole number on, that number is out of reach."""


@dataclass
class SiteAnswer:
    """What is known of a site over all plans within the tolerance; values in the last objective's unit."""

    site: str
    chosen: bool
    """Whether the reference plan builds there."""
    bound_in: float = -np.inf
    """No plan with new halls there is better (to be minimised)."""
    bound_out: float = -np.inf
    """No plan without is better (to be minimised)."""
    plan_in: FoundPlan | None = None
    """The best plan found with new halls there, within the tolerance or not."""
    plan_out: FoundPlan | None = None
    """The best plan found without."""
    liked: frozenset[str] = frozenset()
    """Sites that the relaxation opens where this one is forced in, or out if it is chosen."""
    by: str = ""
    """What proves the answer."""


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
    flips: list[FlipPrice] = field(default_factory=list)
    """How far the cost of each site must move for the choice to flip."""
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
        best = search(master)
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
        found.flips = study.flips(TIGHTENED)
        found.calls = study.calls()
        yield found
        found.different = study.most_different(plans)
        found.seconds = time.perf_counter() - began
        yield found


class Study:
    """The work on a near-optimal set."""

    def __init__(self, near: NearOptimalSet, monitor: RunMonitor, began: float) -> None:
        self.near, self._monitor, self._began = near, monitor, began
        self.answers = {site: SiteAnswer(site, site in near.reference.sites) for site in near.stands}
        self._note_values(near.reference)

    def _report(self, stage: str, note: str) -> None:
        self._monitor.report(Progress(stage, time.perf_counter() - self._began, note=note))

    def settle_sites(self) -> None:
        """Find for each site in which plans it stands."""
        self._bound_by_relaxation()
        self._one_by_one()
        self._prove_the_rest()

    def _bound_by_relaxation(self) -> None:
        """Bound the last objective with each rejected site forced in, and with each chosen one forced out."""
        relaxed = self.near.relaxation(limited=False)
        for number, (site, answer) in enumerate(self.answers.items()):
            self._report("sites", f"bounds by linear programmes, {number + 1} of {len(self.answers)}")
            bound, point = relaxed.forced(site, not answer.chosen)
            bound = max(bound, self.near.bound)
            if point is not None:
                answer.liked = self._open_in(point)
            if answer.chosen:
                answer.bound_in, answer.bound_out = self.near.bound, bound
            else:
                answer.bound_in, answer.bound_out = bound, self.near.bound
            if bound > self.near.limit:
                answer.by = "linear programme"

    def _open_in(self, point: np.ndarray) -> frozenset[str]:
        return frozenset(site for site, column in self.near.stands.items() if point[column] > OPEN_SHARE)

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
        return sorted(open_questions, key=lambda each: (each.bound_out if chosen else each.bound_in, each.site))

    def _one_by_one(self) -> None:
        """Find a plan, over a few sites, for each question still open: the first that is within the tolerance."""
        for chosen in (True, False):
            for answer in self._unsettled(chosen):
                if self.near.over:
                    return
                left = self._unsettled(chosen)
                if answer in left:
                    self._report("sites", f"{len(left)} not settled, now {answer.site}")
                    kernel, bounds = self._beside(answer)
                    self._note_values(self.near.search(self.near.objective, bounds, kernel=kernel, gap=ANY_PLAN).plan)

    def _beside(self, answer: SiteAnswer) -> tuple[frozenset[str], dict[int, tuple[float, float]]]:
        """Return the few sites over which a plan is sought with a rejected site in, or a chosen one out, and bounds."""
        value = float(not answer.chosen)
        kernel = self.near.reference.sites | answer.liked | {answer.site}
        return kernel, {self.near.stands[answer.site]: (value, value)}

    def tighten(self, answer: SiteAnswer) -> FoundPlan | None:
        """Return the cheapest plan found over a few sites with a rejected site in, or with a chosen one out."""
        kernel, bounds = self._beside(answer)
        start = answer.plan_out if answer.chosen else answer.plan_in
        kernel |= start.sites if start else frozenset()
        plan = self.near.search(self.near.objective, bounds, limited=False, kernel=kernel, gap=1e-3, start=start).plan
        self._note_values(plan)
        return plan

    def _note_values(self, plan: FoundPlan | None) -> None:
        """Keep what a plan shows of the sites: none may be dearer than it with them, or without."""
        if plan is None:
            return
        for site, answer in self.answers.items():
            if site in plan.sites and (answer.plan_in is None or plan.value < answer.plan_in.value):
                answer.plan_in = plan
            elif site not in plan.sites and (answer.plan_out is None or plan.value < answer.plan_out.value):
                answer.plan_out = plan

    def _prove_the_rest(self) -> None:
        """Open, or leave out, as many as possible of the sites in question over all sites: less than one is a proof."""
        for chosen in (True, False):
            while (rest := self._unsettled(chosen)) and not self.near.over:
                self._report("sites", f"all sites: {len(rest)} in question")
                weight = 1.0 if chosen else -1.0
                wanted = self.near.weighted("sites", {self.near.stands[each.site]: weight for each in rest})
                found = self.near.search(wanted, {}, nodes=PROOF_NODES, gap_absolute=0.99, start=self.near.reference)
                most = -found.bound + (len(rest) if chosen else 0)
                self._note_values(found.plan)
                if most < 1 - WHOLE:
                    for each in rest:
                        if chosen:
                            each.bound_out = np.inf
                        else:
                            each.bound_in = np.inf
                        each.by = "mixed-integer programme"
                elif len(self._unsettled(chosen)) == len(rest):
                    break
            for each in self._unsettled(chosen):
                if self.near.over:
                    return
                self._prove_alone(each)

    def _prove_alone(self, answer: SiteAnswer, limited: bool = True) -> None:
        """Bound the last objective over all sites with a site forced in, or out if it is chosen."""
        self._report("sites", f"all sites, with {answer.site} {'out' if answer.chosen else 'in'}")
        value = float(not answer.chosen)
        bounds = {self.near.stands[answer.site]: (value, value)}
        start = None if limited else answer.plan_out if answer.chosen else answer.plan_in
        found = self.near.search(
            self.near.objective, bounds, limited=limited, nodes=PROOF_NODES, gap=PROOF_GAP, start=start
        )
        self._note_values(found.plan)
        if answer.chosen:
            answer.bound_out = max(answer.bound_out, found.bound)
        else:
            answer.bound_in = max(answer.bound_in, found.bound)
        if limited and found.bound > self.near.limit:
            answer.by = "mixed-integer programme"

    def regions(self) -> Iterator[RegionAnswer]:
        """Yield how much zones and countries hold: proved, and as seen in plans."""
        near, case = self.near, self.near.case
        members: dict[tuple[Literal["zone", "country"], str], list[str]] = defaultdict(list)
        for site in near.stands:
            members["zone", case.sites[site].zone].append(site)
            members["country", case.sites[site].country].append(site)
        known: dict[frozenset[str], tuple[float, float]] = {}
        for number, ((kind, region), sites) in enumerate(sorted(members.items())):
            self._report("zones and countries", f"{number + 1} of {len(members)}")
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
            kernel = near.reference.sites.union(sites if sign < 0 else (), self._open_in(point))
            self._note_values(near.search(wanted, {}, kernel=kernel, gap_absolute=0.99, start=near.reference).plan)
        return float(bound)

    def flips(self, rivals: int) -> list[FlipPrice]:
        """Return the flip prices; plans on the other side are sought for chosen sites and the nearest others."""
        ranked = sorted(self.answers.values(), key=lambda each: (not each.chosen, each.bound_in, each.site))
        for answer in ranked[: len(self.near.reference.sites) + rivals]:
            if not self.near.over and np.isfinite(answer.bound_out if answer.chosen else answer.bound_in):
                self._report("flip prices", answer.site)
                self.tighten(answer)
        for answer in ranked[: len(self.near.reference.sites) + PROVED]:
            if not self.near.over:
                self._prove_alone(answer, limited=False)
        bounds = {site: (each.bound_in, each.bound_out) for site, each in self.answers.items()}
        plans = {site: (each.plan_in, each.plan_out) for site, each in self.answers.items()}
        return [*flip_prices(self.near, bounds, plans)]

    def calls(self) -> list[Call]:
        """Return which cells to ask about first, by the cheapest plans known with each site and without."""
        self._report("call list", "first-order prices of the plans known")
        plans = (plan for each in self.answers.values() for plan in (each.plan_in, each.plan_out))
        return call_list(self.near, plans)

    def most_different(self, plans: int) -> list[FoundPlan]:
        """Return the reference plan and so many that differ most: each farthest from the nearest of those before it."""
        near, chosen = self.near, [self.near.reference]
        while len(chosen) <= plans:
            self._report("plans that differ most", f"{len(chosen)} of {plans}")

            def distance(plan: FoundPlan) -> int:
                return min(len(plan.sites ^ other.sites) for other in chosen)

            start = max(near.plans, key=distance)
            apart = near.weighted("distance", {near.least_distance: -1.0})
            rows = [(self._distance_to(other), -float(len(other.sites))) for other in chosen]
            found = near.search(apart, {}, nodes=PROOF_NODES, gap_absolute=0.99, start=start, rows=rows).plan
            self._note_values(found)
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
        self._note_values(found)
        return plan if found is None or found.value >= plan.value else found
