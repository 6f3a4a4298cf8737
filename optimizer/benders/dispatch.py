"""The dispatch of all nodes at given investments: their days in blocks, solved by a pool of workers."""

import os
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from models.case import Array, Case
from optimizer.benders.allocation import Allocation, Bound
from optimizer.benders.day_block import BlockStructure
from optimizer.benders.day_lp import penalty_eur_per_mwh
from optimizer.benders.evaluate_node import AccountCuts, NodeEvaluation, account_cuts_of
from optimizer.benders.subproblem import DailyResults, Mode, SubproblemRequest, SubproblemResult
from optimizer.benders.worker_state import WorkerState, solve_subproblem
from optimizer.pool.worker_pool import PoolConfig, WorkerPool, make_pool
from optimizer.prepare.representative_days import choose_days
from optimizer.program.node_couplings import NodeCouplings
from optimizer.program.nodes import Node

MAX_DAYS_PER_BLOCK = 16
"""Most days of a block. They share their budgets in one programme, whose work grows faster than they do."""
MAX_DAYS_PER_SYSTEM = 48
"""So many days whose shares depend on one another are dispatched together: to allocate what they share takes longer."""
COARSE = 12
"""Days from which prices of the budgets are worked out to begin with."""
MAX_ITERATIONS = 500
"""Most rounds of allocating; convergence is checked, so this only stops a fault."""
COLUMNS_WORTH_A_POOL = 150_000
"""From so many columns of all days on processes of their own pay."""
LEAST_SECONDS = 60.0
"""Time that one solve has at least: however short the time of a search, its plan is finished."""
MISSED_MWH = 1e-6
"""Limits missed by less than this are missed by rounding."""


@dataclass(frozen=True)
class CancelToken:
    """Who waits for days to be dispatched."""

    cancelled: Callable[[], bool] = lambda: False
    """Whether an end is wanted with what is known."""
    report: Callable[[str], None] = lambda _: None
    """Called after every round, with how far the allocation of each node is from the best as a share of its cost."""


@dataclass(frozen=True)
class SubproblemEvaluation:
    """A node at given links: those of its days, then the investments on which its couplings depend."""

    cost_meur: float
    """Operating cost of a year, with the penalty of limits missed, of a dispatch known; inf if not asked for."""
    bound: Bound
    """Cut below the operating cost of a year, MEUR."""
    accounts: AccountCuts
    """Cuts below the yearly accounts, over the links of the days."""
    missed: Bound | None
    """Cut below what limits are missed by in a year, MWh; None where all can be kept."""
    budget: Array
    """The allocation of the budgets to its blocks, of a year, (blocks, budgets), ..."""
    shares: Array
    """... of the general shares to its days, (days, general), ..."""
    levels: Array
    """... and the levels between them."""


class Dispatcher:
    """The days of all nodes, dispatched or bounded at any investments."""

    def __init__(
        self,
        cases: Mapping[str, Case],
        nodes: tuple[Node, ...],
        structure: BlockStructure,
        couplings: Sequence[NodeCouplings],
        seconds: float,
        cluster: str | None = None,
    ) -> None:
        """Spread the days over a pool: of this process, of others, or of the workers of a `cluster`.

        `cases` are those of the futures, `couplings` those of the nodes. `seconds` is the most time of one solve.
        """
        self.cases, self.nodes, self.structure, self.couplings = cases, nodes, structure, tuple(couplings)
        self._seconds, self._cluster = max(seconds, LEAST_SECONDS), cluster
        self._blocks: list[_Block] = []
        self._allocations: dict[tuple[Node, Mode], Allocation] = {}
        modes: tuple[Mode, ...] = ("cost", "feasibility")
        for position, (node, known) in enumerate(zip(nodes, couplings, strict=True)):
            weights = np.array([day.weight for day in cases[node.future].days])
            most = MAX_DAYS_PER_SYSTEM if len(known.general) else MAX_DAYS_PER_BLOCK
            count = -(-len(weights) // (most if len(weights) <= most else MAX_DAYS_PER_BLOCK))
            ends = np.linspace(0, len(weights), count + 1).astype(int).tolist()
            days = tuple(pairwise(ends))
            self._blocks += [_Block(node, position, block, first, end) for block, (first, end) in enumerate(days)]
            parts = np.array([weights[first:end].sum() / weights.sum() for first, end in days])
            energy, shares = known.energy.constant, np.zeros((len(weights), len(known.general)))
            penalty = penalty_eur_per_mwh(cases[node.future]) * weights.max()
            for mode in modes:
                even = parts[:, None] * energy
                levels = np.zeros(len(known.level_columns))
                self._allocations[node, mode] = Allocation(known, days, penalty, even, shares, levels)
        self._saved, self._closed = deepcopy(self._allocations), False
        initializer = partial(WorkerState, cases, nodes, structure, self._seconds, self.couplings)
        self._make_pool = partial(make_pool, initializer, solve_subproblem, self._pool_config(cluster))
        self._pool: WorkerPool[SubproblemRequest | None, SubproblemResult | None] | None = self._make_pool()

    def _pool_config(self, cluster: str | None) -> PoolConfig:
        """Return over what to spread the days."""
        case = next(iter(self.cases.values()))
        days = sum(len(self.cases[node.future].days) for node in self.nodes)
        few = len(self.structure.day.columns) * days < COLUMNS_WORTH_A_POOL
        workers = case.settings.solve.workers or (1 if few else os.cpu_count() or 1)
        return PoolConfig(min(workers, len(self._blocks)), cluster)

    def save(self) -> None:
        """Remember where allocations and blocks stand; they go on as if nothing had been solved before."""
        self._saved = deepcopy(self._allocations)
        self._map([block.request(self._nothing, mode="save") for block in self._blocks])

    def restore(self) -> None:
        """Go back to where allocations and blocks stood when they were last saved."""
        self._allocations = deepcopy(self._saved)
        self._map([block.request(self._nothing, mode="restore") for block in self._blocks])

    @property
    def _nothing(self) -> Array:
        return np.zeros((len(self.nodes), 0))

    @property
    def closed(self) -> bool:
        """Tell whether the pool was ended at least once, and with it all that its workers knew."""
        return self._closed

    def close(self) -> None:
        """End the pool; another is made if the days are asked for again."""
        if self._pool is not None:
            self._pool.close()
            self._pool, self._closed = None, True

    def _map(self, requests: Sequence[SubproblemRequest | None]) -> list[SubproblemResult | None]:
        """Return the pool's results."""
        if self._pool is None:
            self._pool = self._make_pool()
        return self._pool.map(requests)

    def split(self, links: Array) -> tuple[Array, Array]:
        """Return the links of the days and those of the couplings, each by node, of links of shape (nodes, links)."""
        count = self.structure.day.links
        return links[:, :count], links[:, count:]

    def evaluate(self, links: Array, token: CancelToken, need_primal: bool = True) -> list[SubproblemEvaluation]:
        """Return every node at links of shape (nodes, links); many days are only bounded unless a dispatch is needed.

        A token that is cancelled ends it once something is known of every node.
        """
        first = self._allocations[self.nodes[0], "cost"]
        few_links = not self.structure.day.extra_links
        if len(self.cases[self.nodes[0].future].days) > COARSE and few_links and first.many and not self.prices:
            self.set_prices(self.coarse_prices(links, token))
        costs = self._allocate("cost", range(len(self.nodes)), links, need_primal, token)
        short = [position for position, each in costs.items() if each.unserved > MISSED_MWH]
        missed = self._allocate("feasibility", short, links, True, token)
        found = []
        for position, each in costs.items():
            lack = missed[position].bound if position in missed and missed[position].bound.value > MISSED_MWH else None
            assert each.accounts is not None
            known = each.allocation
            found.append(
                SubproblemEvaluation(
                    each.cost, each.bound, each.accounts, lack, known.budget, known.shares, known.levels
                )
            )
        return found

    @property
    def together(self) -> bool:
        """Tell whether all days of a node share what couples them in one programme, exactly."""
        return len(self._blocks) == len(self.nodes)

    @property
    def only_budgets(self) -> bool:
        """Tell whether days are coupled by plain budgets alone."""
        return not any(each.has_shares for each in self._allocations.values())

    @property
    def prices(self) -> dict[Node, Array]:
        """Return what a unit of each budget is worth in every node so far, EUR."""
        found = {node: self._allocations[node, "cost"].price_eur for node in self.nodes}
        return {node: price for node, price in found.items() if price is not None}

    @property
    def system_values(self) -> dict[Node, Array]:
        """Return what a unit of each limit of the system is worth in every node so far, EUR."""
        found = {node: self._allocations[node, "cost"].system_eur for node in self.nodes}
        return {node: value for node, value in found.items() if value is not None}

    def coarse_prices(self, links: Array, token: CancelToken) -> Mapping[Node, Array]:
        """Return prices of the budgets by node at links, from `COARSE` days that meet the record's means."""
        asked = {"representative_days": COARSE, "days_by": "means"}
        cases = {
            name: replace(case, days=choose_days(case.hourly, case.fleets, case.settings.time.model_copy(update=asked)))
            for name, case in self.cases.items()
        }
        coarse = Dispatcher(cases, self.nodes, self.structure, self.couplings, self._seconds, self._cluster)
        try:
            coarse.evaluate(links, token)
            return coarse.prices
        finally:
            coarse.close()

    def set_prices(self, prices: Mapping[Node, Array]) -> None:
        """Begin with these prices of the budgets."""
        for node, price in prices.items():
            self._allocations[node, "cost"].price_eur = price

    def dispatch(
        self, links: Array, results: Sequence[SubproblemEvaluation], *, values: bool = False, as_given: bool = False
    ) -> list[DailyResults]:
        """Return every node's days at links, with the allocation of results; with their own columns if asked for.

        Where one block holds all days its shares are found anew, so that prices count what they could do elsewhere,
        unless they are to be taken `as_given`.
        """
        prices, (days, investments) = self.prices, self.split(links)

        def request(block: _Block) -> SubproblemRequest:
            result, known = results[block.position], self._allocations[block.node, "cost"]
            anew = known.system and not as_given
            seen = investments[block.position, : len(known.couplings.columns)]
            return block.request(
                days,
                budget=result.budget[block.block],
                shares=None if anew else result.shares[block.first : block.end],
                system=known.system_limits(seen) if anew else None,
                price_eur=prices.get(block.node),
                daily=True,
                values=values,
            )

        return self._daily(request)

    def allocated(self, links: Array, budget: Sequence[Array], shares: Sequence[Array]) -> list[DailyResults]:
        """Return every node's days at links, each with its own part of the budgets and its general shares, by node.

        They have the shapes (days, budgets) and (days, general).
        """

        def request(block: _Block) -> SubproblemRequest:
            own = [each[block.position][block.first : block.end] for each in (budget, shares)]
            return block.request(self.split(links)[0], allocated=own[0], shares=own[1], daily=True)

        return self._daily(request)

    def priced(self, links: Array, price_eur: Sequence[Array], share_price_eur: Sequence[Array]) -> list[DailyResults]:
        """Return every node's days at links, each with what it likes at prices of the budgets and its general shares.

        They have the shapes (budgets,) and (days, general) by node.
        """

        def request(block: _Block) -> SubproblemRequest:
            own, days = share_price_eur[block.position][block.first : block.end], self.split(links)[0]
            return block.request(days, price_eur=price_eur[block.position], share_price_eur=own, daily=True)

        return self._daily(request)

    def accounts(self, links: Array) -> list[SubproblemEvaluation]:
        """Return the yearly accounts of every node at links of shape (nodes, links), nothing dispatched."""
        days = self.split(links)[0]
        results = self._map([block.request(days, mode="accounting") for block in self._blocks])
        found = []
        for node in self.nodes:
            unknown, known = Bound(-np.inf, np.zeros(links.shape[1])), self._allocations[node, "cost"]
            cuts = account_cuts_of(self._of_node(node, results))
            found.append(SubproblemEvaluation(np.inf, unknown, cuts, None, known.budget, known.shares, known.levels))
        return found

    def _daily(self, request: "Callable[[_Block], SubproblemRequest]") -> list[DailyResults]:
        """Return the figures of every node's days."""
        results = self._map([request(block) for block in self._blocks])
        return [_joined([each.daily for each in self._own(node, results) if each.daily]) for node in self.nodes]

    def _allocate(
        self, mode: Mode, positions: Sequence[int], links: Array, need_primal: bool, token: CancelToken
    ) -> dict[int, NodeEvaluation]:
        """Ask for the days of some nodes round by round until their couplings are allocated well enough."""
        days, couplings = self.split(links)
        evaluations = {}
        for position in positions:
            node, known = self.nodes[position], self._allocations[self.nodes[position], mode]
            investments = couplings[position, : len(known.couplings.columns)]
            evaluations[position] = NodeEvaluation(known, node, mode, days[position], investments, need_primal)
        for _ in range(MAX_ITERATIONS):
            open_ones = {each.node: each for each in evaluations.values() if not each.done}
            if not open_ones or (token.cancelled() and all(each.known for each in open_ones.values())):
                break
            results = self._map([_next(open_ones.get(block.node), block) for block in self._blocks])
            for node, evaluation in open_ones.items():
                evaluation.update(self._of_node(node, results))
            gaps = [max(each.gap, 0.0) for each in evaluations.values()]
            if np.isfinite(gaps).all():
                token.report(f"budgets shared to {' '.join(f'{gap:.1e}' for gap in gaps)}")
        return evaluations

    def _own(self, node: Node, results: Sequence[SubproblemResult | None]) -> list[SubproblemResult]:
        """Return the results of a node's blocks."""
        own = [result for result, block in zip(results, self._blocks, strict=True) if block.node == node]
        return [result for result in own if result is not None]

    def _of_node(self, node: Node, results: Sequence[SubproblemResult | None]) -> SubproblemResult:
        """Return the results of a node's blocks as one."""
        return _joined(self._own(node, results))


@dataclass(frozen=True)
class _Block:
    """A block of a node's days."""

    node: Node
    position: int
    """Of the node."""
    block: int
    first: int
    end: int

    def request(self, links: Array, **asked: Any) -> SubproblemRequest:
        """Return a request at links of shape (nodes, links)."""
        return SubproblemRequest(self.node, self.first, self.end, links[self.position], **asked)


def _next(evaluation: NodeEvaluation | None, block: _Block) -> SubproblemRequest | None:
    """Return what a block is asked next in a round."""
    return None if evaluation is None else evaluation.request(block.block, block.first, block.end)


Joined = TypeVar("Joined", SubproblemResult, DailyResults)


def _joined(parts: Sequence[Joined]) -> Joined:
    """Return the arrays of some blocks as one."""
    names = [field.name for field in fields(parts[0]) if isinstance(getattr(parts[0], field.name), np.ndarray)]
    joined: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(parts[0], **joined)
