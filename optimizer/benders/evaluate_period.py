"""One period at given investments: its water shared round by round until what its days cost is known well enough."""

from dataclasses import dataclass

import numpy as np

from models.case import Array
from optimizer.benders.budget_allocation import EUR, Bound, BudgetAllocation
from optimizer.benders.subproblem import Mode, SubproblemRequest, SubproblemResult

PRICED_EVERY = 4
"""Rounds between two in which the water of many days is priced instead of allotted, which proves a bound."""
MORE_ROUNDS = 4
"""Rounds after which many days at further investments are left as they are: the first sharing fits them nearly."""
PATIENCE, EXACT_PATIENCE, PROGRESS = 8, 40, 0.9
"""Rounds after which a sharing, of many or of few, is left, unless its gap has come down to this share meanwhile."""
GOOD, POOR = 0.5, 0.1
"""Shares of the gain foreseen from which the box widens, and under which it narrows."""


@dataclass(frozen=True)
class EmissionCuts:
    """Planes at what the new servers' unmatched draw emits in a year, one per zone; a link counts in its own zone."""

    value: Array
    """t, (zones,)"""
    slope: Array
    """t per unit of each link, (links,)"""


def emission_cuts_of(reply: SubproblemResult) -> EmissionCuts:
    """Return the planes that all the days of a period give."""
    return EmissionCuts(reply.emission_t.sum(axis=0), reply.emission_slope_t.sum(axis=0))


class PeriodEvaluation:
    """The rounds of one period and aim: `question`, then `learn` its reply, until `done`."""

    def __init__(self, water: BudgetAllocation, period: str, aim: Mode, links: Array, served: bool) -> None:
        """Begin with the best sharing known; unless a plan is to be `served`, many days are only bounded."""
        self.water, self.period, self.aim, self.links = water, period, aim, links
        self.cost, self.lack_mwh, self.done = np.inf, 0.0, False
        self.bound = Bound(-np.inf, np.zeros(len(links)))
        self.emission = EmissionCuts(np.zeros(0), np.zeros(len(links)))
        self._served = served
        self._first = water.rounds == 0
        self._priced = water.many and water.price_eur is not None and (self._first or not served)
        self._known: list[tuple[Array, Array]] = []
        self._least, self._since = np.inf, 0
        self._asked, self._foreseen, self._rounds = water.allotted_mwh, -np.inf, 0

    @property
    def known(self) -> bool:
        """Tell whether anything is known of the period."""
        return bool(np.isfinite(self.cost)) or (not self._served and bool(np.isfinite(self.bound.value)))

    @property
    def gap(self) -> float:
        """Return how far the cost known is from the bound, as a share of it; inf without both."""
        return (self.cost - self.bound.value) / max(abs(self.cost), 1.0) if np.isfinite(self.cost) else np.inf

    def question(self, chunk: int, first: int, end: int) -> SubproblemRequest:
        """Return what a chunk of the days is asked next."""
        water = None if self._priced else self._asked[chunk]
        return SubproblemRequest(self.period, first, end, self.links, water, None, self.water.price_eur, self.aim)

    def learn(self, reply: SubproblemResult) -> None:
        """Take the reply of all days, and decide what to ask next."""
        water, self._rounds = self.water, self._rounds + 1
        unit = EUR if self.aim == "cost" else 1.0
        cost, slope = float(reply.cost.sum()) * unit, reply.slope.sum(axis=0) * unit
        bound = float(reply.bound.sum()) * unit
        self.emission = emission_cuts_of(reply)
        water.learn(self.links, 0.0 if self._priced else self._asked, reply)
        if self._priced:
            assert water.price_eur is not None
            self._prove(Bound(bound - float(water.price_eur @ water.energy_mwh) * unit, slope))
            self.done = not self._served
        else:
            self._compare(cost, float(reply.lack_mwh.sum()))
            self._mix(reply, unit)
        if not water.shared:
            self._prove(Bound(bound, slope))
            water.price_eur, self.done = reply.worth.mean(axis=0), True
        elif not water.many:
            proposal = water.propose(self.links, reply.most_mwh, boxed=False, unit=unit)
            self._prove(proposal.bound)
            water.price_eur = proposal.price
        if self.gap < PROGRESS * self._least:
            self._least, self._since = self.gap, self._rounds
        late = water.many and not self._first and self._rounds >= MORE_ROUNDS
        patience = PATIENCE if water.many else EXACT_PATIENCE
        enough = np.isfinite(self.gap) and (late or self._rounds - self._since >= patience)
        self.done = self.done or self.gap <= water.tolerance or enough
        if not self.done:
            self._propose(reply, unit)

    def _compare(self, cost: float, lack_mwh: float) -> None:
        """Keep the sharing asked for if it is the best, and fit the box to how well its gain was foreseen."""
        foreseen, gained = self.cost - self._foreseen, self.cost - cost
        if np.isfinite(foreseen):
            share = gained / max(foreseen, 1e-12)
            self.water.box *= 1.7 if share > GOOD else 0.5 if share < POOR else 1.0
        if cost < self.cost:
            self.cost, self.lack_mwh, self.water.allotted_mwh = cost, lack_mwh, self._asked

    def _mix(self, reply: SubproblemResult, unit: float) -> None:
        """Take the best mix of the dispatches at these links as the best sharing, where it is better."""
        if not self.water.many:
            return
        self._known.append((reply.cost * unit, reply.used_mwh))
        if len(self._known) > 2:
            cost, allotted = self.water.mixed(self._known, reply.most_mwh)
            if cost < self.cost:
                self.cost, self.water.allotted_mwh = cost, allotted

    def _prove(self, bound: Bound) -> None:
        if bound.value > self.bound.value:
            self.bound = bound

    def _propose(self, reply: SubproblemResult, unit: float) -> None:
        """Ask for the best sharing within the box next, or for the days at its price."""
        water = self.water
        if self._priced and water.rounds == 1:  # nothing else is known: what the price brings, if the year had it
            self._priced, self._asked = False, water.filled(reply.used_mwh, reply.most_mwh)
            return
        proposal = water.propose(self.links, reply.most_mwh, boxed=water.many, unit=unit)
        unproved = not np.isfinite(self.bound.value) and self._rounds > 0
        if water.price_eur is None or not self._priced:
            water.price_eur = proposal.price
        self._priced = water.many and not self._priced and (unproved or self._rounds % PRICED_EVERY == 0)
        self._asked, self._foreseen = proposal.water_mwh, proposal.bound.value
