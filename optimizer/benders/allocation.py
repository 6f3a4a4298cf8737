"""What couples the days of a node allocated to its blocks: how much of each budget, and which shares and levels.

What a block costs, as a function of its part of the budgets, of its shares and of the investments, is convex; every
time it is dispatched it gives a cut that bounds it from below, for all investments (Benders, Numerische Mathematik 4,
1962). A linear programme over these cuts proposes an allocation, within a trust region around the best one known
(Linderoth and Wright, Computational Optimization and Applications 24, 2003); without the region it proves a bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.benders.subproblem import SubproblemResult
from optimizer.program.linear_program import LinearProgram
from optimizer.program.node_couplings import NodeCouplings
from optimizer.solver.duality import Bounds, Duality
from optimizer.solver.highs import pass_model, run_to_optimum

FIRST_REGION = 0.03
"""Half width of the trust region at first, as a share of what a block's days can use of a budget."""
FEW = 60
"""So few parts of budgets are allocated by the cuts alone; more need a trust region, and prices for a bound."""
EXACT, CLOSE = 1e-9, 3e-5
"""Share of its cost to which an allocation is optimal: one of few parts, one of many."""
LEAST_CUTS, MOST_CUTS = 30, 12_000
"""Cuts kept of a block at least, and of all blocks of a node at most; those longest without use go first."""
SMALLEST_USE = 1.0
"""Less use of a budget in a block's year than this counts as none where dispatches are recombined."""
ALLOCATION_SECONDS = 600.0
"""Most time of one allocation: only a fault takes as long."""
EUR, MISSED, UNIT, SHARE_UNIT = 1e-6, 1e-3, 1e-6, 1e-3
"""The programme counts MEUR (or GWh missed), millions of budgets' units (TWh), thousands of shares' (GWh)."""
SMALLEST = 1e-9
"""Smaller coefficients are rounding."""
MOST_SHARE = 1e7
"""A share that has no bound of its own lies within this."""


@dataclass(frozen=True)
class Bound:
    """`value + slope @ (links - at)` bounds a node's cost (MEUR a year) or what it misses (MWh a year) from below.

    The links are those of the days, then the investments on which the couplings depend.
    """

    value: float
    slope: Array


@dataclass(frozen=True)
class Proposal:
    """An allocation, and what it costs by the cuts."""

    bound: Bound
    """Proved only if it was free of the trust region."""
    budget: Array
    """(blocks, budgets)"""
    shares: Array
    """(days, general)"""
    levels: Array
    price: Array
    """Value of a unit of each budget."""
    missed: float
    """By how much the system of shares cannot be kept, in the unit of its rows, at the penalty of load not served."""


@dataclass
class Allocation:
    """The cuts of the blocks of one node, for one mode, and the best allocation found with them."""

    couplings: NodeCouplings
    days: tuple[tuple[int, int], ...]
    """First day of each block, and the one after its last."""
    penalty: float
    """EUR per unit by which the system of shares is missed: more than what it could save in all days it stands for."""
    budget: Array
    """The best allocation known of the budgets, of a year, (blocks, budgets), ..."""
    shares: Array
    """... of the shares, (days, general), ..."""
    levels: Array
    """... and of the levels between days."""
    share_range: tuple[Array, Array] | None = None
    """Between which shares days could last use what they have, each (days, general)."""
    price_eur: Array | None = None
    """What a unit of each budget is worth, EUR, (budgets,)."""
    system_eur: Array | None = None
    """What a unit of each limit of the system adds to the cost of a year, EUR, (rows,)."""
    region: float = FIRST_REGION
    cuts: "list[_BlockCuts]" = field(default_factory=list)
    rounds: int = 0

    @property
    def needed(self) -> bool:
        """Tell whether there is anything to allocate: days that are all in one block share everything by themselves."""
        return len(self.budget) > 1 and (self.has_shares or self.budget.shape[1] > 0)

    @property
    def system(self) -> bool:
        """Tell whether one block holds all days, and with them the system that couples them."""
        return len(self.budget) == 1 and self.has_shares

    def system_limits(self, investments: Array) -> tuple[Array, Array]:
        """Return the limits of the system, lower and upper, at the investments that the couplings see."""
        return self.couplings.row_lower.at(investments), self.couplings.row_upper.at(investments)

    @property
    def has_shares(self) -> bool:
        """Tell whether there are couplings other than plain budgets."""
        return self.shares.shape[1] > 0 or len(self.couplings.level_columns) > 0

    @property
    def many(self) -> bool:
        """Tell whether there is too much to allocate for the cuts alone; that is known of plain budgets only."""
        return self.needed and not self.has_shares and self.budget.size > FEW

    @property
    def tolerance(self) -> float:
        """Return the share of the cost up to which the allocation may miss the best."""
        return CLOSE if self.many else EXACT

    def is_feasible(self, investments: Array) -> bool:
        """Tell whether the best shares and levels known keep the system at other investments."""
        known = self.couplings
        activity = known.matrix @ np.concatenate([self.shares.ravel(), self.levels])
        lower, upper = known.row_lower.at(investments), known.row_upper.at(investments)
        return bool(np.all(activity >= lower - EXACT) and np.all(activity <= upper + EXACT))

    def energy(self, investments: Array) -> Array:
        """Return what a year allows of each budget at the investments that the couplings see."""
        return self.couplings.energy.at(investments)

    def add_cut(self, links: Array, budget: Array | float, shares: Array, result: SubproblemResult) -> None:
        """Keep what blocks dispatched at the days' links and an allocation prove."""
        self.rounds += 1
        constant = result.bound - (result.slope @ links) + (result.value * budget).sum(axis=1)
        share_slope = result.share_slope
        if share_slope.size:
            constant = constant - self._by_block(share_slope * shares).sum(axis=1)
        self.cuts.append(_BlockCuts(constant, result.slope, result.value, share_slope, self.rounds))
        if len(self.cuts) > max(LEAST_CUTS, MOST_CUTS // len(self.budget)):
            oldest = min(range(len(self.cuts)), key=lambda place: self.cuts[place].used)
            del self.cuts[oldest]

    def _by_block(self, of_days: Array) -> Array:
        """Return the sums of the blocks' days, (days, ...) -> (blocks, ...)."""
        return np.array([of_days[first:end].sum(axis=0) for first, end in self.days])

    def propose(
        self,
        links: Array,
        investments: Array,
        most: Array,
        *,
        within_region: bool,
        unit: float,
    ) -> Proposal:
        """Return the allocation that is best by all cuts, within the trust region or anywhere.

        `links` are those of the days, `investments` those of the couplings; `most` is what the blocks can use of the
        budgets.
        """
        blocks, budgets = self.budget.shape
        days, general = self.shares.shape
        known, count = self.couplings, len(self.cuts)
        levels, scale = len(known.level_columns), EUR if unit == EUR else MISSED
        energy = self.energy(investments)
        lower, upper = np.zeros((blocks, budgets)), np.full((blocks, budgets), np.inf)
        if within_region:
            highest = np.tile(energy, (blocks, 1))
            reach = self.region * np.maximum(most, 1.0)
            lower = np.clip(self.budget - reach, 0.0, highest)
            upper = np.clip(self.budget + reach, 0.0, highest)
        anywhere = np.maximum(known.share_lower, -MOST_SHARE), np.minimum(known.share_upper, MOST_SHARE)
        least, largest = anywhere
        if self.share_range is not None:  # beyond it shares cost more than they bring: a cut from there shows it
            margin = 0.01 * (self.share_range[1] - self.share_range[0]) + 1.0
            least = np.clip(self.share_range[0] - margin, *anywhere)
            largest = np.clip(self.share_range[1] + margin, *anywhere)
        height = np.array([each.constant + each.slope @ links for each in self.cuts]).reshape(count, blocks)
        value = np.array([each.value for each in self.cuts]).reshape(count, blocks, budgets)
        share_slope = np.array([each.share_slope for each in self.cuts]).reshape(count, days, general)
        # columns: budgets of blocks, shares of days, levels, what the system misses both ways, cost of blocks
        width, rows = blocks * budgets, known.matrix.shape[0]
        first_share, first_missed = width, width + days * general + levels
        first_cost = first_missed + 2 * rows
        cut, block, budget = np.nonzero(value > SMALLEST)
        a_cut, day, share = np.nonzero(np.abs(share_slope) * scale / SHARE_UNIT > SMALLEST)
        block_of_day = np.repeat(np.arange(blocks), [end - first for first, end in self.days])
        entries = [
            (np.tile(np.arange(budgets), blocks), np.arange(width), np.ones(width)),
            (budgets + cut * blocks + block, block * budgets + budget, value[cut, block, budget] * scale / UNIT),
            (
                budgets + a_cut * blocks + block_of_day[day],
                first_share + day * general + share,
                -share_slope[a_cut, day, share] * scale / SHARE_UNIT,
            ),
            (
                budgets + np.arange(count * blocks),
                first_cost + np.tile(np.arange(blocks), count),
                np.ones(count * blocks),
            ),
        ]
        system, base = known.matrix.tocoo(), budgets + count * blocks
        entries.append((base + system.coords[0], first_share + system.coords[1], system.data))
        entries += [
            (base + np.arange(rows), first_missed + way * rows + np.arange(rows), np.full(rows, 1.0 - 2 * way))
            for way in (0, 1)
        ]
        where = tuple(np.concatenate([each[place] for each in entries]) for place in (0, 1))
        amounts = np.concatenate([each[2] for each in entries])
        shape = (base + rows, first_cost + blocks)
        penalty = scale / SHARE_UNIT * (self.penalty if unit == EUR else 1.0)
        system_lower, system_upper = (each.at(investments) * SHARE_UNIT for each in (known.row_lower, known.row_upper))
        system_bounds = [
            np.concatenate([of_shares.ravel(), of_levels])
            for of_shares, of_levels in ((least, known.level_lower), (largest, known.level_upper))
        ]
        no_cut = np.full(blocks, -np.inf if count else 0.0)
        programme = LinearProgram(
            cost=np.concatenate([np.zeros(first_missed), np.full(2 * rows, penalty), np.ones(blocks)]),
            offset=0.0,
            lower=np.concatenate([lower.ravel() * UNIT, system_bounds[0] * SHARE_UNIT, np.zeros(2 * rows), no_cut]),
            upper=np.concatenate(
                [upper.ravel() * UNIT, system_bounds[1] * SHARE_UNIT, np.full(2 * rows + blocks, np.inf)]
            ),
            integer=np.zeros(shape[1], dtype=bool),
            matrix=sparse.coo_array((amounts, where), shape=shape).tocsr(),
            row_lower=np.concatenate([np.full(budgets, -np.inf), height.ravel() * scale, system_lower]),
            row_upper=np.concatenate([energy * UNIT, np.full(count * blocks, np.inf), system_upper]),
            column_names=(),
            row_names=(),
        )
        optimum, point, duals = solved_programme(programme)
        weights = np.maximum(duals[budgets:base], 0.0).reshape(count, blocks)
        for each, used in zip(self.cuts, np.any(weights > 0, axis=1).tolist(), strict=True):
            each.used = self.rounds if used else each.used
        if not within_region:  # proved in our own arithmetic: any mix of cuts bounds the cost, however it is allocated
            if count:
                weights = weights / weights.sum(axis=0)
            duals = np.concatenate([duals[:budgets], weights.ravel(), duals[base:]])
            limits = programme.lower.copy(), programme.upper.copy()
            for side, limit in zip(limits, anywhere, strict=True):  # other investments may allow other shares
                side[first_share : first_share + days * general] = limit.ravel() * SHARE_UNIT
            bounds = Bounds(programme.row_lower, programme.row_upper, *limits)
            proved = Duality(programme.matrix).safe_bound(programme.cost, bounds, duals)
            optimum, duals = proved.bound, proved.row_duals
            weights = duals[budgets:base].reshape(count, blocks)
        of_days = np.sum([w @ each.slope for w, each in zip(weights, self.cuts, strict=True)], axis=0) + np.zeros(
            len(links)
        )
        slope = np.concatenate([unit * of_days, self._limit_slope(duals, programme) * unit / scale])
        allocated = np.clip(point[:width].reshape(blocks, budgets) / UNIT, 0.0, None)
        return Proposal(
            bound=Bound(optimum * unit / scale, slope),
            budget=filled(allocated, most, energy),
            shares=point[first_share : first_share + days * general].reshape(days, general) / SHARE_UNIT,
            levels=point[first_missed - levels : first_missed] / SHARE_UNIT,
            price=-duals[:budgets] * UNIT / scale,
            missed=float(point[first_missed:first_cost].sum()) / SHARE_UNIT,
        )

    def _limit_slope(self, duals: Array, programme: LinearProgram) -> Array:
        """Return what one more unit of each investment that the couplings see adds through their limits."""
        known, budgets = self.couplings, self.budget.shape[1]
        if not len(known.columns):
            return np.zeros(0)
        of_system = duals[len(duals) - known.matrix.shape[0] :] * SHARE_UNIT
        slope = known.energy.slope.T @ (duals[:budgets] * UNIT)
        slope = slope + known.row_lower.slope.T @ np.maximum(of_system, 0.0)
        return np.asarray(slope + known.row_upper.slope.T @ np.minimum(of_system, 0.0))

    def recombine(self, known: Sequence[tuple[Array, Array]], most: Array, energy: Array) -> tuple[float, Array]:
        """Return the best mix of dispatches known at the same investments, and its allocation of the budgets.

        `known` holds the cost of the blocks (in the unit of the mode), (blocks,), and their use, (blocks, budgets).
        A mix is a dispatch too, for what a block may do is convex (Dantzig and Wolfe, Operations Research 8, 1960).
        """
        blocks, budgets = most.shape
        count = len(known)
        cost = np.array([each for each, _ in known])
        used = np.array([np.where(use < SMALLEST_USE, 0.0, use) for _, use in known])
        one, block, budget = np.nonzero(used)
        share = np.arange(count * blocks)
        entries = np.concatenate([used[one, block, budget] * UNIT, np.ones(count * blocks)])
        where = (np.concatenate([budget, budgets + share % blocks]), np.concatenate([one * blocks + block, share]))
        programme = LinearProgram(
            cost=cost.ravel(),
            offset=0.0,
            lower=np.zeros(count * blocks),
            upper=np.full(count * blocks, np.inf),
            integer=np.zeros(count * blocks, dtype=bool),
            matrix=sparse.coo_array((entries, where), shape=(budgets + blocks, count * blocks)).tocsr(),
            row_lower=np.concatenate([np.full(budgets, -np.inf), np.ones(blocks)]),
            row_upper=np.concatenate([energy * UNIT, np.ones(blocks)]),
            column_names=(),
            row_names=(),
        )
        _, point, _ = solved_programme(programme)
        shares = np.clip(point, 0.0, None).reshape(count, blocks)
        shares /= shares.sum(axis=0)
        allocated = np.einsum("kd,kdr->dr", shares, np.array([use for _, use in known]))
        return float((shares * cost).sum()), filled(allocated, most, energy)


def filled(budget: Array, most: Array, energy: Array) -> Array:
    """Return an allocation with what is left of the budgets spread where blocks can use it."""
    budget = budget * np.minimum(1.0, energy / np.maximum(budget.sum(axis=0), 1e-9))
    room = np.clip(most - budget, 0.0, None)
    left = np.clip(energy - budget.sum(axis=0), 0.0, None)
    found: Array = np.clip(budget, 0.0, None) + room * np.minimum(1.0, left / np.maximum(room.sum(axis=0), 1e-9))
    return found


@dataclass
class _BlockCuts:
    """One cut of each block: `cost >= constant + slope @ links - value @ budget + share_slope @ shares`."""

    constant: Array
    slope: Array
    value: Array
    share_slope: Array
    """(days, general)"""
    used: int
    """Round in which one of them last held a proposal up."""


def solved_programme(programme: LinearProgram) -> tuple[float, Array, Array]:
    """Return optimum, point and row duals; raises OutOfTime or SolverFailed."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    pass_model(solver, programme)
    run_to_optimum(solver, ALLOCATION_SECONDS, "the allocation of what couples the days")
    solution = solver.getSolution()
    return float(solver.getInfo().objective_function_value), np.array(solution.col_value), np.array(solution.row_dual)
