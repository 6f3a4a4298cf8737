"""One node at given investments: its couplings allocated round by round until the cost of its days is known."""

from dataclasses import dataclass

import numpy as np

from models.case import Array
from optimizer.benders.allocation import EUR, Allocation, Bound, Proposal, filled
from optimizer.benders.subproblem import Mode, SubproblemRequest, SubproblemResult
from optimizer.program.nodes import Node

PRICED_EVERY = 4
"""Rounds between two in which the budgets of many days are priced instead of allocated, which proves a bound."""
MORE_ROUNDS = 4
"""Rounds after which many days at further investments are left as they are: the first allocation fits them nearly."""
STALL_ROUNDS, EXACT_STALL_ROUNDS, PROGRESS = 8, 40, 0.9
"""Rounds after which an allocation, of many or of few, ends, unless its gap has come down to this share meanwhile."""
GOOD, POOR = 0.5, 0.1
"""Shares of the gain foreseen from which the trust region widens, and under which it narrows."""


@dataclass(frozen=True)
class AccountCuts:
    """The yearly accounts of a node at its links, and what one more unit of each link adds to an account."""

    value: Array
    """By part, (parts,)."""
    slope: Array
    """(accounts, links); a link bears on one part of an account at most."""


def account_cuts_of(result: SubproblemResult) -> AccountCuts:
    """Return the accounts that all the days of a node give."""
    return AccountCuts(result.accounts.sum(axis=0), result.account_slope.sum(axis=0))


class NodeEvaluation:
    """The rounds of one node and mode: `request`, then `update` with its result, until `done`."""

    def __init__(
        self, allocation: Allocation, node: Node, mode: Mode, links: Array, investments: Array, need_primal: bool
    ) -> None:
        """Begin with the best allocation known; unless a dispatch is needed many days are only bounded.

        `links` are those of the days, `investments` those that the couplings see.
        """
        self.allocation, self.node, self.mode = allocation, node, mode
        self.links, self.investments = links, investments
        self.cost, self.unserved, self.done = np.inf, 0.0, False
        self.bound = Bound(-np.inf, np.zeros(len(links) + len(investments)))
        self.accounts: AccountCuts | None = None
        self.energy = allocation.energy(investments)
        self._need_primal = need_primal
        self._first = allocation.rounds == 0
        self._priced = allocation.many and allocation.price_eur is not None and (self._first or not need_primal)
        self._known: list[tuple[Array, Array]] = []
        self._least, self._since = np.inf, 0
        self._budget, self._shares, self._missed = allocation.budget, allocation.shares, 0.0
        self._levels = allocation.levels
        self._foreseen, self._rounds = -np.inf, 0
        if len(allocation.couplings.energy.columns) and self._budget.size:
            self._budget = filled(self._budget, np.tile(self.energy, (len(self._budget), 1)), self.energy)

        if allocation.needed and allocation.has_shares and not allocation.is_feasible(investments):
            most = np.tile(self.energy, (len(self._budget), 1))
            unit = EUR if mode == "cost" else 1.0
            proposal = allocation.propose(links, investments, most, within_region=False, unit=unit)
            self._budget, self._shares, self._missed = proposal.budget, proposal.shares, proposal.missed
            self._levels = proposal.levels

    @property
    def known(self) -> bool:
        """Tell whether anything is known of the node."""
        return bool(np.isfinite(self.cost)) or (not self._need_primal and bool(np.isfinite(self.bound.value)))

    @property
    def gap(self) -> float:
        """Return how far the cost known is from the bound, as a share of it; inf without both."""
        return (self.cost - self.bound.value) / max(abs(self.cost), 1.0) if np.isfinite(self.cost) else np.inf

    def request(self, block: int, first: int, end: int) -> SubproblemRequest:
        """Return what a block of the days is asked next."""
        allocation = self.allocation
        budget = None if self._priced else self._budget[block]
        shares = self._shares[first:end] if allocation.has_shares and not allocation.system else None
        system = allocation.system_limits(self.investments) if allocation.system else None
        price = allocation.price_eur
        return SubproblemRequest(
            self.node,
            first,
            end,
            self.links,
            budget=budget,
            price_eur=price,
            shares=shares,
            system=system,
            mode=self.mode,
        )

    def update(self, result: SubproblemResult) -> None:
        """Take the result of all days, and decide what to ask next."""
        allocation, self._rounds = self.allocation, self._rounds + 1
        unit = EUR if self.mode == "cost" else 1.0
        cost, slope = float(result.cost.sum()) * unit, result.slope.sum(axis=0) * unit
        bound = float(result.bound.sum()) * unit
        self.accounts = account_cuts_of(result)
        allocation.share_range = result.share_least, result.share_most
        if allocation.system:
            self._shares, self._levels = result.shares, result.levels[0]
        else:
            allocation.add_cut(self.links, 0.0 if self._priced else self._budget, self._shares, result)
        if self._priced:
            assert allocation.price_eur is not None
            self._prove(bound - float(allocation.price_eur @ self.energy) * unit, slope, allocation.price_eur * unit)
            self.done = not self._need_primal
        else:
            missed = self._missed * (allocation.penalty * EUR if self.mode == "cost" else 1.0)
            self._compare(cost + missed, float(result.unserved.sum()) + self._missed)
            self._recombine(result, unit)
        if not allocation.needed:
            value = result.value.sum(axis=0)
            self._prove(bound, slope, value * unit, result.system_value.sum(axis=0) * unit)
            allocation.price_eur, self.done = value, True
            if allocation.system:
                allocation.system_eur = result.system_value.sum(axis=0)
        elif not allocation.many:
            proposal = self._proposal(result, unit)
            self._take_bound(proposal.bound)
            allocation.price_eur = proposal.price
        if self.gap < PROGRESS * self._least:
            self._least, self._since = self.gap, self._rounds
        late = allocation.many and not self._first and self._rounds >= MORE_ROUNDS
        patience = STALL_ROUNDS if allocation.many else EXACT_STALL_ROUNDS
        enough = np.isfinite(self.gap) and (late or self._rounds - self._since >= patience)
        self.done = self.done or self.gap <= allocation.tolerance or bool(enough)
        if not self.done:
            self._propose(result, unit)

    def _compare(self, cost: float, unserved: float) -> None:
        """Keep the allocation asked for if it is the best, and fit the trust region to how its gain was foreseen."""
        foreseen, gained = self.cost - self._foreseen, self.cost - cost
        if np.isfinite(foreseen):
            share = gained / max(foreseen, 1e-12)
            self.allocation.region *= 1.7 if share > GOOD else 0.5 if share < POOR else 1.0
        if cost < self.cost:
            self.cost, self.unserved = cost, unserved
            self.allocation.budget, self.allocation.shares = self._budget, self._shares
            self.allocation.levels = self._levels

    def _recombine(self, result: SubproblemResult, unit: float) -> None:
        """Take the best mix of the dispatches at these links as the best allocation, where it is better."""
        if not self.allocation.many:
            return
        self._known.append((result.cost * unit, result.used))
        if len(self._known) > 2:
            cost, budget = self.allocation.recombine(self._known, result.most, self.energy)
            if cost < self.cost:
                self.cost, self.allocation.budget = cost, budget

    def _prove(self, bound: float, slope: Array, value: Array, of_system: Array | None = None) -> None:
        """Take a bound of the days, whose budgets have a value; they, and limits of a system, grow with investments."""
        known = self.allocation.couplings
        of_limits = -(known.energy.slope.T @ value)
        if of_system is not None:
            of_limits = of_limits + known.row_lower.slope.T @ np.maximum(of_system, 0.0)
            of_limits = of_limits + known.row_upper.slope.T @ np.minimum(of_system, 0.0)
        self._take_bound(Bound(bound, np.concatenate([slope, of_limits])))

    def _take_bound(self, bound: Bound) -> None:
        if bound.value > self.bound.value:
            self.bound = bound

    def _proposal(self, result: SubproblemResult, unit: float, *, within_region: bool = False) -> Proposal:
        return self.allocation.propose(
            self.links, self.investments, result.most, within_region=within_region, unit=unit
        )

    def _propose(self, result: SubproblemResult, unit: float) -> None:
        """Ask for the best allocation within the trust region next, or for the days at its price."""
        allocation = self.allocation
        if self._priced and allocation.rounds == 1:  # nothing else is known: what the price brings, if the year had it
            self._priced, self._budget = False, filled(result.used, result.most, self.energy)
            return
        proposal = self._proposal(result, unit, within_region=allocation.many)
        unproved = not np.isfinite(self.bound.value) and self._rounds > 0
        if allocation.price_eur is None or not self._priced:
            allocation.price_eur = proposal.price
        self._priced = allocation.many and not self._priced and (unproved or self._rounds % PRICED_EVERY == 0)
        self._budget, self._shares, self._missed = proposal.budget, proposal.shares, proposal.missed
        self._levels, self._foreseen = proposal.levels, proposal.bound.value
