"""What is known of each site near the reference plan: bounds with it forced in or out, and the best plans found so."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import numpy as np

from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.near_optimal.near_optimal_set import SIDE_BY_SIDE, FoundPlan, NearOptimalSet, Search

PROOF_GAP = 1e-4
"""Gap at which a search that is to prove something ends."""
PROOF_NODES = 100
"""Nodes of a search over all sites that is to prove something."""
PROVED_TOGETHER = 3 * SIDE_BY_SIDE
"""Sites that are proved with the same cuts: a processor whose proof was short goes on with the next of them."""


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
    unanswered: bool = False
    """Whether the relaxation took more work than it was allowed."""
    by: str = ""
    """What proves the answer."""

    @property
    def rival(self) -> FoundPlan | None:
        """Return the best plan found on the other side of the choice."""
        return self.plan_out if self.chosen else self.plan_in

    @property
    def rival_bound(self) -> float:
        """Return the bound on all plans on the other side of the choice."""
        return self.bound_out if self.chosen else self.bound_in

    def raise_rival_bound(self, bound: float) -> None:
        """Keep a bound on all plans on the other side of the choice, if it is better."""
        if self.chosen:
            self.bound_out = max(self.bound_out, bound)
        else:
            self.bound_in = max(self.bound_in, bound)


class SiteBounds:
    """What is known of each site; every plan found, whatever for, is noted for all sites."""

    def __init__(self, near: NearOptimalSet, monitor: RunMonitor, began: float) -> None:
        """Begin with what the reference plan shows."""
        self.near, self._monitor, self._began = near, monitor, began
        self.answers = {site: SiteAnswer(site, site in near.reference.sites) for site in near.stands}
        self.note(near.reference)

    def report(self, stage: str, note: str) -> None:
        """Tell who watches what is done now."""
        self._monitor.report(Progress(stage, time.perf_counter() - self._began, note=note))

    def bound_by_relaxation(self, iterations: int | None = None) -> None:
        """Bound the last objective with each rejected site forced in, and with each chosen one forced out.

        What takes more `iterations` of the simplex method is left open: no better bound than that of all plans.
        """
        sites, done = [*self.answers], count(1)
        relaxations = [self.near.relaxation(limited=False, iterations=iterations) for _ in range(SIDE_BY_SIDE)]
        self.report("sites", f"bounds by linear programmes of {len(sites)}")

        def ask(first: int) -> dict[str, tuple[float, np.ndarray | None]]:
            found = {}
            for site in sites[first::SIDE_BY_SIDE]:
                found[site] = relaxations[first].forced(site, not self.answers[site].chosen)
                self.report("sites", f"bounds by linear programmes, {next(done)} of {len(sites)}")
            return found

        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            asked = {site: found for part in threads.map(ask, range(SIDE_BY_SIDE)) for site, found in part.items()}
        for site, answer in self.answers.items():
            bound, point = asked[site]
            answer.unanswered = bound == -np.inf
            bound = max(bound, self.near.bound)
            if point is not None:
                answer.liked = self.near.open_in(point)
            if answer.chosen:
                answer.bound_in, answer.bound_out = self.near.bound, bound
            else:
                answer.bound_in, answer.bound_out = bound, self.near.bound
            if bound > self.near.limit:
                answer.by = "linear programme"

    def other_side(self, *answers: SiteAnswer) -> dict[int, tuple[float, float]]:
        """Return the bounds that force rejected sites in, and chosen ones out."""
        return {self.near.stands[each.site]: (float(not each.chosen),) * 2 for each in answers}

    def tighten_all(self, sites: Sequence[str]) -> None:
        """Seek the cheapest plan over a few sites on the other side of the choice for each of some sites."""
        for pair in groups(sites, SIDE_BY_SIDE):
            if not self.near.over:
                self.report("flips", " and ".join(pair))
                for found in self.near.search(*(self._cheapest(self.answers[site]) for site in pair)):
                    self.note(found.plan)

    def _cheapest(self, answer: SiteAnswer) -> Search:
        """Return the search of the cheapest plan with a rejected site in, or with a chosen one out."""
        start = answer.rival
        kernel = self.near.reference.sites | answer.liked | {answer.site} | (start.sites if start else frozenset())
        return Search(self.near.objective, self.other_side(answer), limited=False, kernel=kernel, gap=1e-3, start=start)

    def note(self, plan: FoundPlan | None) -> None:
        """Keep what a plan shows of the sites: none may be dearer than it with them, or without."""
        if plan is None:
            return
        for site, answer in self.answers.items():
            if site in plan.sites and (answer.plan_in is None or plan.value < answer.plan_in.value):
                answer.plan_in = plan
            elif site not in plan.sites and (answer.plan_out is None or plan.value < answer.plan_out.value):
                answer.plan_out = plan

    def prove_alone(self, sites: Sequence[str], limited: bool = True) -> None:
        """Bound the last objective over all sites with each of some sites forced in, or out if it is chosen.

        Without `limited` that is the bound of the best plan, with it one that lies beyond the set's limit, if any does.
        """
        for several in groups(sites, PROVED_TOGETHER):
            answers = [self.answers[site] for site in several]
            if self.near.over:
                return
            sides = (f"{each.site} {'out' if each.chosen else 'in'}" for each in answers)
            self.report("sites", f"all sites, with {', with '.join(sides)}")
            asked = [
                Search(
                    self.near.objective,
                    self.other_side(each),
                    limited=limited,
                    nodes=PROOF_NODES,
                    gap=PROOF_GAP,
                    start=each.rival,
                    seeks_plans=False,
                )
                for each in answers
            ]
            for answer, found in zip(answers, self.near.search(*asked), strict=True):
                self.note(found.plan)
                answer.raise_rival_bound(found.bound)
                if limited and found.bound > self.near.limit:
                    answer.by = "mixed-integer programme"


def groups(sites: Sequence[str], size: int) -> list[Sequence[str]]:
    """Return sites by those that are asked for with the same cuts."""
    return [sites[first : first + size] for first in range(0, len(sites), size)]
