"""The dispatch of some days as one linear programme: they share their plain budgets, and a system that couples them.

It starts from the bases of its days, dispatched one by one at a price of the budgets, so that only the shared rows are
left to mend; later from its own last basis.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.benders.day_lp import NEAR, LPSolution
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.duality import Bounds, Duality
from optimizer.solver.highs import SolverFailed, pass_model, run_to_optimum

LEVEL_UNIT = 1e3
"""The programme counts levels between days in thousands of their unit (GWh)."""


@dataclass(frozen=True)
class CoupledSystem:
    """A system of rows over the shares of all days, and the levels between them."""

    of_share: sparse.csr_array
    """What one unit of each share adds to each row of a day, (rows, shares)."""
    matrix: sparse.csr_array
    """The system's rows over the shares, day by day, and then over the levels."""
    lower: Array
    upper: Array
    """Bounds of its columns."""


@dataclass(frozen=True)
class Coupled:
    """What was found of a system."""

    shares: Array
    """(days, shares)"""
    levels: Array
    missed: float
    """By how much its rows are missed, in their unit."""
    value: Array
    """What one more unit of each row's limit adds to the cost of a year."""
    bound: float
    """What the year costs at least, at these values."""


class MultiDayLP:
    """The programme of so many days that share their budgets: one solver, whose bases are kept by name."""

    def __init__(
        self,
        day: LinearProgram,
        use: sparse.csr_array,
        weights: Array,
        seconds: float,
        system: CoupledSystem | None = None,
    ) -> None:
        """Take the programme of one day, the use of each budget in it, the days each stands for and a time limit.

        The costs of a day count as often as it comes, over the mean of all, so that numbers stay of their size. Its
        columns are those of the days, then those of the `system`, and by how much each of its rows is missed both ways.
        """
        self._system = system
        self._weights, self._mean = weights / weights.mean(), float(weights.mean())
        self._days, (rows, width) = len(weights), day.matrix.shape
        self._rows, self._width, self._shared = rows, width, use.shape[0]
        self._further = 0 if system is None else len(system.lower)
        of_system = np.zeros(self._further)
        count = 0 if system is None else system.matrix.shape[0]
        none, own = np.full(rows * self._days, np.inf), width * self._days
        programme = LinearProgram(
            cost=np.concatenate([np.tile(day.cost, self._days), of_system, np.zeros(2 * count)]),
            offset=0.0,
            lower=np.concatenate([np.tile(day.lower, self._days), of_system, np.zeros(2 * count)]),
            upper=np.concatenate([np.tile(day.upper, self._days), of_system, np.full(2 * count, np.inf)]),
            integer=np.zeros(own + self._further + 2 * count, dtype=bool),
            matrix=self._matrix(day, use),
            row_lower=np.concatenate([-none, np.full(self._shared + count, -np.inf)]),
            row_upper=np.concatenate([none, np.full(self._shared + count, np.inf)]),
            column_names=(),
            row_names=(),
        )
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._duality, self._use, self._seconds = Duality(day.matrix), use, seconds
        self._whole = None if system is None else Duality(programme.matrix)
        for name, value in {"output_flag": False, "threads": 1}.items():
            self._solver.setOptionValue(name, value)
        self._solver.setOptionValue("presolve", "off")
        pass_model(self._solver, programme)
        self._all_rows = np.arange(programme.matrix.shape[0], dtype=np.int32)
        self._all_columns = np.arange(programme.matrix.shape[1], dtype=np.int32)
        self._bases: dict[Hashable, highspy.HighsBasis] = {}
        self._last: Hashable = None

    def _matrix(self, day: LinearProgram, use: sparse.csr_array) -> sparse.csr_array:
        """Return the rows of the days, of what they share, and of the system."""
        days = sparse.block_diag([day.matrix] * self._days, format="csr")
        shared = sparse.hstack([weight * use for weight in self._weights], format="csr")
        if self._system is None:
            return sparse.vstack([days, shared], format="csr")
        known = self._system
        count, levels = known.matrix.shape[0], self._further - self._days * known.of_share.shape[1]
        of_days = sparse.block_diag([known.of_share] * self._days, format="csr")
        scaled = known.matrix @ sparse.diags_array(self._scale)
        missed = sparse.hstack([sparse.eye_array(count), -sparse.eye_array(count)])
        return sparse.block_array(
            [
                [days, sparse.hstack([of_days, sparse.csr_array((of_days.shape[0], levels))]), None],
                [shared, None, None],
                [None, scaled / LEVEL_UNIT, missed / LEVEL_UNIT],
            ],
            format="csr",
        )

    @property
    def _scale(self) -> Array:
        """Return what one unit of each column of the system is in its own."""
        assert self._system is not None
        shares = self._days * self._system.of_share.shape[1]
        return np.concatenate([np.ones(shares), np.full(self._further - shares, LEVEL_UNIT)])

    def has_basis(self, name: Hashable) -> bool:
        """Tell whether there is a basis of that name."""
        return name in self._bases

    def bases(self, owner: Hashable) -> dict[Hashable, highspy.HighsBasis]:
        """Return the last bases whose names, pairs, begin with an owner."""
        return {name: basis for name, basis in self._bases.items() if isinstance(name, tuple) and name[0] == owner}

    def restore(self, owner: Hashable, bases: Mapping[Hashable, highspy.HighsBasis]) -> None:
        """Go on from an owner's bases as if nothing had been solved since."""
        for name in self.bases(owner):
            del self._bases[name]
        self._bases.update(bases)
        self._last = None
        self._solver.clearSolver()

    def start(self, name: Hashable, bases: Sequence[highspy.HighsBasis]) -> None:
        """Begin with the bases of the days, the shared rows basic."""
        basis = highspy.HighsBasis()
        count = 0 if self._system is None else self._system.matrix.shape[0]
        further = [highspy.HighsBasisStatus.kNonbasic] * (self._further + 2 * count)
        basis.col_status = [*(status for each in bases for status in each.col_status), *further]
        shared = [highspy.HighsBasisStatus.kBasic] * (self._shared + count)
        basis.row_status = [status for each in bases for status in each.row_status] + shared
        basis.valid = True
        self._bases[name], self._last = basis, None

    def solve(
        self, name: Hashable, days: Sequence[Bounds], budget: Array, cost: Array
    ) -> tuple[list[LPSolution], Array]:
        """Return the dispatch of every day at `cost` per unit of its columns, and what one more unit of a budget saves.

        `budget` is what may be used in all the days that they stand for; the bound of a day counts its use at that
        value. Raises OutOfTime, or SolverFailed if nothing is proved of it.
        """
        solver = self._solver
        lower, upper = (np.concatenate([getattr(day, side) for day in days]) for side in ("lower", "upper"))
        solver.changeColsBounds(len(self._all_columns), self._all_columns, lower, upper)
        row_lower = np.concatenate([*(day.row_lower for day in days), np.full(self._shared, -np.inf)])
        row_upper = np.concatenate([*(day.row_upper for day in days), budget / self._mean])
        solver.changeRowsBounds(len(self._all_rows), self._all_rows, row_lower, row_upper)  # type: ignore[attr-defined]
        solver.changeColsCost(len(self._all_columns), self._all_columns, np.outer(self._weights, cost).ravel())
        if name != self._last:
            solver.setBasis(self._bases[name])
        self._last = name
        what = f"the dispatch of {self._days} days"
        run_to_optimum(solver, self._seconds, what)
        solved, value = self._read(days, cost)
        if not self._gap(solved, value, budget) <= NEAR:
            solver.clearSolver()
            run_to_optimum(solver, self._seconds, what)
            solved, value = self._read(days, cost)
        if not np.isfinite(self._gap(solved, value, budget)):
            raise SolverFailed(f"{what} was called optimal, but nothing proves what they cost at least")
        self._bases[name] = solver.getBasis()
        return solved, value

    def solve_system(
        self,
        name: Hashable,
        days: Sequence[Bounds],
        budget: Array,
        cost: Array,
        limits: tuple[Array, Array],
        price: float,
    ) -> tuple[list[LPSolution], Array, Coupled]:
        """Return what `solve` does where a system couples the days, held to its limits, and what was found of that.

        `price` is what a unit by which a row of it is missed costs.
        """
        known, solver = self._system, self._solver
        assert known is not None
        assert self._whole is not None
        count = known.matrix.shape[0]
        lower, upper = (
            np.concatenate(
                [*(getattr(day, side) for day in days), getattr(known, side) / self._scale, np.full(2 * count, most)]
            )
            for side, most in (("lower", 0.0), ("upper", np.inf))
        )
        row_lower = np.concatenate(
            [*(day.row_lower for day in days), np.full(self._shared, -np.inf), limits[0] / LEVEL_UNIT]
        )
        row_upper = np.concatenate([*(day.row_upper for day in days), budget / self._mean, limits[1] / LEVEL_UNIT])
        costs = np.concatenate(
            [np.outer(self._weights, cost).ravel(), np.zeros(self._further), np.full(2 * count, price / self._mean)]
        )
        solver.changeColsBounds(len(self._all_columns), self._all_columns, lower, upper)
        solver.changeRowsBounds(len(self._all_rows), self._all_rows, row_lower, row_upper)  # type: ignore[attr-defined]
        solver.changeColsCost(len(self._all_columns), self._all_columns, costs)
        if name != self._last:
            solver.setBasis(self._bases[name])
        self._last = name
        bounds, what = Bounds(row_lower, row_upper, lower, upper), f"the dispatch of {self._days} days in their system"
        for last in (False, True):
            run_to_optimum(solver, self._seconds, what)
            solution = solver.getSolution()
            point = np.array(solution.col_value)
            proved = self._whole.safe_bound(costs, bounds, np.array(solution.row_dual))
            optimum = float((costs * point).sum())
            if last or optimum - proved.bound <= NEAR * max(abs(optimum), 1.0):
                break
            solver.clearSolver()
        if not np.isfinite(proved.bound):
            raise SolverFailed(f"{what} was called optimal, but nothing proves what they cost at least")
        self._bases[name] = solver.getBasis()
        own, of_days = self._days * self._width, self._days * self._rows
        shares = self._days * known.of_share.shape[1]
        values = point[:own].reshape(self._days, self._width)
        reduced = proved.reduced_costs[:own].reshape(self._days, self._width) / self._weights[:, None]
        duals = proved.row_duals[:of_days].reshape(self._days, self._rows) / self._weights[:, None]
        solved = [
            LPSolution(float((cost * each).sum()), 0.0, each, dual, left)
            for each, dual, left in zip(values, duals, reduced, strict=True)
        ]
        found = point[own : own + self._further] * self._scale
        return (
            solved,
            np.maximum(-proved.row_duals[of_days : of_days + self._shared], 0.0),
            Coupled(
                shares=found[:shares].reshape(self._days, -1),
                levels=found[shares:],
                missed=float(point[own + self._further :].sum()),
                value=proved.row_duals[of_days + self._shared :] * self._mean / LEVEL_UNIT,
                bound=proved.bound * self._mean,
            ),
        )

    def _read(self, days: Sequence[Bounds], cost: Array) -> tuple[list[LPSolution], Array]:
        """Return what the solver found: every day's dispatch with what it proves, and the value of the budgets."""
        solution = self._solver.getSolution()
        values = np.array(solution.col_value).reshape(self._days, self._width)
        duals = np.array(solution.row_dual)
        own = duals[: self._days * self._rows].reshape(self._days, self._rows) / self._weights[:, None]
        value: Array = np.maximum(-duals[self._days * self._rows :], 0.0)
        priced = cost + value @ self._use
        proved = [self._duality.safe_bound(priced, day, each) for day, each in zip(days, own, strict=True)]
        solved = [
            LPSolution(float((cost * point).sum()), each.bound, point, each.row_duals, each.reduced_costs)
            for point, each in zip(values, proved, strict=True)
        ]
        return solved, value

    def _gap(self, solved: Sequence[LPSolution], value: Array, budget: Array) -> float:
        """Return how far the days are from what they cost at least, as a share of it."""
        cost = float(self._weights @ [day.cost for day in solved])
        bound = float(self._weights @ [day.bound for day in solved]) - float(value @ budget) / self._mean
        return (cost - bound) / max(abs(cost), 1.0)
