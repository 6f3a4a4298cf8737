"""The dispatch of some days as one linear programme: they share their plain budgets.

It starts from the bases of its days, dispatched one by one at a price of the budgets, so that only the shared rows are
left to mend; later from its own last basis.
"""

from collections.abc import Hashable, Mapping, Sequence

import highspy
import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.benders.day_lp import NEAR, LPSolution
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.duality import Bounds, Duality
from optimizer.solver.highs import SolverFailed, pass_model, run_to_optimum


class MultiDayLP:
    """The programme of so many days that share their budgets: one solver, whose bases are kept by name."""

    def __init__(self, day: LinearProgram, use: sparse.csr_array, weights: Array, seconds: float) -> None:
        """Take the programme of one day, the use of each budget in it, the days each stands for and a time limit.

        The costs of a day count as often as it comes, over the mean of all, so that numbers stay of their size.
        """
        self._weights, self._mean = weights / weights.mean(), float(weights.mean())
        self._days, (rows, width) = len(weights), day.matrix.shape
        self._rows, self._width, self._shared = rows, width, use.shape[0]
        none = np.full(rows * self._days, np.inf)
        programme = LinearProgram(
            cost=np.tile(day.cost, self._days),
            offset=0.0,
            lower=np.tile(day.lower, self._days),
            upper=np.tile(day.upper, self._days),
            integer=np.zeros(width * self._days, dtype=bool),
            matrix=sparse.vstack(
                [
                    sparse.block_diag([day.matrix] * self._days, format="csr"),
                    sparse.hstack([weight * use for weight in self._weights], format="csr"),
                ],
                format="csr",
            ),
            row_lower=np.concatenate([-none, np.full(self._shared, -np.inf)]),
            row_upper=np.concatenate([none, np.full(self._shared, np.inf)]),
            column_names=(),
            row_names=(),
        )
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._duality, self._use, self._seconds = Duality(day.matrix), use, seconds
        for name, value in {"output_flag": False, "threads": 1}.items():
            self._solver.setOptionValue(name, value)
        self._solver.setOptionValue("presolve", "off")
        pass_model(self._solver, programme)
        self._all_rows = np.arange(programme.matrix.shape[0], dtype=np.int32)
        self._all_columns = np.arange(programme.matrix.shape[1], dtype=np.int32)
        self._bases: dict[Hashable, highspy.HighsBasis] = {}
        self._last: Hashable = None

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
        basis.col_status = [status for each in bases for status in each.col_status]
        shared = [highspy.HighsBasisStatus.kBasic] * self._shared
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
