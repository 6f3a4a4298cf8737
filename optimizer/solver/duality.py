"""A bound of a linear programme by weak duality, in our own arithmetic: valid whatever a solver says of its point.

For any multipliers y of its rows, cost @ x is at least y times the limits that its rows are pushed against plus the
reduced costs, cost - y @ matrix, times the bounds that its columns are pushed against (Neumaier, Shcherbina,
Mathematical Programming 99, 2004, doi 10.1007/s10107-003-0433-3). A solver only suggests the multipliers.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.program.day_template import Integers

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
ROUNDING = 1e-12
"""Share of its cost, or of the terms of a sum, up to which a reduced cost or a sum is what rounding leaves of 0."""
ENDLESS = 1e6
"""What a column without a limit is taken to reach, where it is asked how far rounding may move a sum."""


@dataclass(frozen=True)
class Bounds:
    """The limits of a linear programme: of its rows, and of its columns."""

    row_lower: Array
    row_upper: Array
    lower: Array
    upper: Array


@dataclass(frozen=True)
class SafeBound:
    """A bound and what proves it."""

    bound: float
    """-inf where the multipliers prove nothing."""
    row_duals: Array
    reduced_costs: Array


class Duality:
    """The bounds of programmes that share a matrix."""

    def __init__(self, matrix: sparse.csr_array) -> None:
        """Take the matrix."""
        self._matrix, self._transposed = matrix, matrix.T.tocsr()
        self._repairs: tuple[bytes, list[tuple[Integers, Integers, Array]]] = b"", []

    def safe_bound(self, cost: Array, limits: Bounds, multipliers: Array) -> SafeBound:
        """Return the bound that multipliers prove, those of the wrong sign moved as little as makes them prove one."""
        duals = np.where(np.isneginf(limits.row_lower), np.minimum(multipliers, 0.0), multipliers)
        duals = np.where(np.isposinf(limits.row_upper), np.maximum(duals, 0.0), duals)
        reduced_costs, wrong = self._reduced(cost, limits, duals)
        if wrong.any():
            duals = self._repaired(cost, limits, duals)
            reduced_costs, wrong = self._reduced(cost, limits, duals)
        rows = np.where(duals > 0, limits.row_lower, np.where(duals < 0, limits.row_upper, 0.0))
        columns = np.where(reduced_costs > 0, limits.lower, np.where(reduced_costs < 0, limits.upper, 0.0))
        bound = -np.inf if wrong.any() else float((duals * rows).sum() + (reduced_costs * columns).sum())
        return SafeBound(bound, duals, reduced_costs)

    def prove_infeasible(self, limits: Bounds, ray: Array) -> bool:
        """Tell whether multipliers prove that no point keeps all rows (Farkas): without a cost, their bound is above 0.

        What it is above 0 is more than rounding may have put there.
        """
        largest = np.abs(ray).max(initial=0.0)
        if not (np.isfinite(largest) and largest > 0):
            return False
        for multipliers in (ray / largest, -ray / largest):
            found = self.safe_bound(np.zeros(len(limits.lower)), limits, multipliers)
            if np.isfinite(found.bound) and found.bound > ROUNDING * self._moved(limits, found.row_duals):
                return True
        return False

    def _moved(self, limits: Bounds, duals: Array) -> float:
        """Return the sum of all terms of a bound without a cost, each as large as it is, those of its products too."""
        sizes = [np.where(np.isfinite(each), np.abs(each), 0.0) for each in (limits.row_lower, limits.row_upper)]
        spans = [np.where(np.isfinite(each), np.abs(each), ENDLESS) for each in (limits.lower, limits.upper)]
        products = abs(self._transposed) @ np.abs(duals)
        return float(np.abs(duals) @ np.maximum(*sizes) + products @ np.maximum(*spans))

    def _reduced(self, cost: Array, limits: Bounds, duals: Array) -> tuple[Array, Flags]:
        """Return the reduced costs, and where one pushes a column against a bound that it does not have."""
        reduced_costs = cost - self._transposed @ duals
        pushed_up, pushed_down = reduced_costs < 0, reduced_costs > 0
        unbounded = (np.isposinf(limits.upper) & pushed_up) | (np.isneginf(limits.lower) & pushed_down)
        rounding = unbounded & (np.abs(reduced_costs) <= ROUNDING * np.maximum(np.abs(cost), 1.0))
        return np.where(rounding, 0.0, reduced_costs), unbounded & ~rounding

    def _repaired(self, cost: Array, limits: Bounds, duals: Array) -> Array:
        """Return multipliers at which no column without a bound is pushed against it: each has a row that gives way."""
        duals = duals.copy()
        for columns, rows, factors in self._repair_steps(np.isposinf(limits.upper) | np.isneginf(limits.lower)):
            reduced_costs, wrong = self._reduced(cost, limits, duals)
            duals[rows[wrong[columns]]] += (reduced_costs[columns] / factors)[wrong[columns]]
        return duals

    def _repair_steps(self, unbounded: Flags) -> list[tuple[Integers, Integers, Array]]:
        """Return columns without a bound, rows of theirs and coefficients, those whose row others share first."""
        if self._repairs[0] != unbounded.tobytes():
            among = np.flatnonzero(unbounded)
            entries = self._matrix[:, among].tocoo()
            row, place = entries.coords[0].astype(np.int64), entries.coords[1].astype(np.int64)
            sharing = np.bincount(row, minlength=self._matrix.shape[0])[row]
            order = np.lexsort((row, sharing, place))
            _, first = np.unique(place[order], return_index=True)
            chosen = order[first]  # of each column the row that fewest others share
            steps = []
            for shared in np.unique(sharing[chosen])[::-1]:
                own = chosen[sharing[chosen] == shared]
                steps.append((among[place[own]], row[own], entries.data[own]))
            self._repairs = unbounded.tobytes(), steps
        return self._repairs[1]
