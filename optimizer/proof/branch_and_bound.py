"""Branch and bound whose every bound is proved in exact arithmetic; the solver only suggests multipliers and branches.

An integer column is at most k or at least k + 1, so the leaves of the tree cover every point of the programme, and
the least of their bounds bounds them all. A leaf is dropped only when exact arithmetic shows that it holds no point.
"""

import heapq
import time
from dataclasses import dataclass, replace
from fractions import Fraction

import highspy
import numpy as np

from models.case import Array
from optimizer.program.implied_bounds import implied_bounds
from optimizer.program.linear_program import LinearProgram, check_numbers
from optimizer.proof.exact import exact_bound
from optimizer.solver.highs import pass_model, run_for

FRACTIONAL = 1e-6
"""An integer column nearer than this to a whole number offers no branch."""
IPM_COLUMNS = 60_000
"""Columns from which the first relaxation is solved by the interior point method."""


@dataclass(frozen=True)
class ProvedBound:
    """A lower bound on a programme, and how many relaxations suggested it."""

    bound: Fraction | None
    """None where nothing was proved, and where no point exists."""
    relaxations: int
    infeasible: bool
    """Whether it was proved that no point satisfies every row."""


@dataclass(frozen=True)
class Leaf:
    """A part of the programme: the limits of its integer columns, and the bound proved there."""

    bound: Fraction | None
    lower: Array
    upper: Array
    branch: int
    """Position of the integer column to branch on; -1 where there is none."""
    branch_value: float
    """Where that column stands in the relaxation."""

    def children(self) -> list[tuple[Array, Array]]:
        """Return the limits of the two parts."""
        lower, upper = self.lower.copy(), self.upper.copy()
        upper[self.branch] = np.floor(self.branch_value)
        lower[self.branch] = np.floor(self.branch_value) + 1
        return [(self.lower, upper), (lower, self.upper)]


class BranchAndBound:
    """A programme and its leaves; each is solved from the basis of the one before."""

    def __init__(self, program: LinearProgram, seconds: float) -> None:
        """Take the programme, to be minimised, and the time after which no more relaxations are solved."""
        check_numbers(program)
        self._program, self._deadline = program.relaxed(), time.perf_counter() + seconds
        self._lower, self._upper = implied_bounds(self._program)
        self._integers = np.flatnonzero(program.integer).astype(np.int32)
        self._relaxations = 0
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.setOptionValue("solver", "ipm" if len(program.lower) > IPM_COLUMNS else "simplex")
        pass_model(self._solver, self._program)

    def prove(self, target: float) -> ProvedBound:
        """Return the bound once it reaches the target, or nothing is left to branch on, or time is over."""
        first = self._leaf(self._program.lower[self._integers], self._program.upper[self._integers], None)
        open_leaves = [] if first is None else [(_rank(first), 0, first)]
        fathomed: list[Leaf] = []
        while open_leaves and open_leaves[0][0] < target and time.perf_counter() < self._deadline:
            _, _, leaf = heapq.heappop(open_leaves)
            if leaf.branch < 0:
                fathomed.append(leaf)
                continue
            for lower, upper in leaf.children():
                child = self._leaf(lower, upper, leaf.bound)
                if child is not None:
                    heapq.heappush(open_leaves, (_rank(child), self._relaxations, child))
        leaves = [*fathomed, *(leaf for _, _, leaf in open_leaves)]
        bounds = [leaf.bound for leaf in leaves if leaf.bound is not None]
        least = min(bounds) if bounds and len(bounds) == len(leaves) else None
        return ProvedBound(least, self._relaxations, infeasible=not leaves)

    def _leaf(self, lower: Array, upper: Array, known: Fraction | None) -> Leaf | None:
        """Return a part of the programme with its bound, no worse than what is known; None if proved infeasible."""
        solver = self._solver
        solver.changeColsBounds(len(self._integers), self._integers, lower, upper)
        run_for(solver, self._deadline - time.perf_counter())
        self._relaxations += 1
        solver.setOptionValue("solver", "simplex")
        solver.setOptionValue("presolve", "off")  # from here on there is a basis to start from, and a ray to ask for
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            solution = solver.getSolution()
            proved = self._bound(self._program, np.array(solution.row_dual), lower, upper)
            values = np.array(solution.col_value)[self._integers]
            fractionality = np.where(lower < upper, np.abs(values - np.round(values)), 0.0)
            most_fractional = int(fractionality.argmax()) if fractionality.size else -1
            branch = most_fractional if most_fractional >= 0 and fractionality[most_fractional] > FRACTIONAL else -1
            return Leaf(_better(known, proved), lower, upper, branch, float(values[branch]) if branch >= 0 else 0.0)
        if status == highspy.HighsModelStatus.kInfeasible and self._is_infeasible(lower, upper):
            return None
        return Leaf(known, lower, upper, -1, 0.0)

    def _is_infeasible(self, lower: Array, upper: Array) -> bool:
        """Tell whether a ray of the solver proves that no point exists: a programme without a cost, yet above 0."""
        _, found, ray = self._solver.getDualRay()  # type: ignore[attr-defined]
        if not found:
            return False
        free = replace(self._program, cost=np.zeros_like(self._program.cost), offset=0.0)
        proved = [self._bound(free, sign * np.array(ray), lower, upper) for sign in (1.0, -1.0)]
        return any(bound is not None and bound > 0 for bound in proved)

    def _bound(self, program: LinearProgram, multipliers: Array, lower: Array, upper: Array) -> Fraction | None:
        least, most = self._lower.copy(), self._upper.copy()
        least[self._integers] = np.maximum(least[self._integers], lower)
        most[self._integers] = np.minimum(most[self._integers], upper)
        return exact_bound(program, multipliers, least, most)


def _rank(leaf: Leaf) -> float:
    return -np.inf if leaf.bound is None else float(leaf.bound)


def _better(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    known = [bound for bound in (one, other) if bound is not None]
    return max(known, default=None)
