"""The dispatch of a day as a linear programme, solved again and again for other bounds, from its last basis."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import highspy
import numpy as np
import scipy.sparse as sparse

from models.case import Array, Case
from optimizer.benders.subproblem import Mode
from optimizer.program.day_structure import DayStructure
from optimizer.program.day_template import Integers
from optimizer.program.linear_program import LinearProgram, check_numbers
from optimizer.solver.duality import Bounds, Duality
from optimizer.solver.highs import SolverFailed, pass_model, run_to_optimum


@dataclass(frozen=True)
class LPSolution:
    """The dispatch of one day that the solver called optimal, and what proves how far it is."""

    cost: float
    """EUR of the day, with priced budgets and the penalty of limits missed; MWh missed in mode feasibility."""
    bound: float
    """What it costs at least, by weak duality from the two last."""
    values: Array
    """The dispatched columns, then the elastic ones."""
    row_duals: Array
    reduced: Array
    """Reduced cost of each column."""


NEAR = 1e-7
"""Share of its cost by which a dispatch may exceed its bound; one further off is solved again from nothing."""
LIGHTEST_EUR_PER_MWH = (1e-4, 1e-5, 1e-6)
"""Prices of moving power that are tried, the smallest last: so small that they decide between equal dispatches only."""
SAME_COST = 1e-9
"""Dispatches whose costs differ by no larger share cost the same."""


def penalty_eur_per_mwh(case: Case) -> float:
    """Return the penalty of a MWh by which a limit is missed, more than any load is worth."""
    return 20 * case.settings.money.lost_load_eur_per_mwh + 1000


class DayLP:
    """The programme of any day of a structure: one solver, whose bases are kept by day.

    Its columns are those dispatched, then the elastic ones: load that lacks beyond the stated share, and for every
    general share how far it is exceeded and how far it is missed.
    """

    def __init__(
        self,
        structure: DayStructure,
        general: Integers,
        penalty: float,
        seconds: float,
        start: highspy.HighsBasis | None = None,
    ) -> None:
        """Take the structure, its general shares, the price of limits missed in EUR/MWh, the most time of one solve.

        `start` is the basis to begin with.
        """
        rows = len(structure.rows)
        lack = sparse.csr_array(([-1.0], ([structure.unserved], [0])), shape=(rows, 1))
        shares = structure.share_matrix[:, general]
        matrix = sparse.hstack([structure.matrix, lack, shares, -shares], format="csr")
        width, own = matrix.shape[1], len(structure.columns)
        size = abs(shares).max(axis=0).toarray().ravel() if len(general) else np.zeros(0)
        self.missed = np.concatenate([np.zeros(own), [1.0], size, size])
        """MWh by which limits are missed, per unit of each column."""
        self.own = own
        template = structure.template
        names = [*(template.columns[column] for column in structure.columns.tolist()), "lack_mwh"]
        names += [f"share_{way}[{share}]" for way in ("exceeded", "missed") for share in general.tolist()]
        elastic = width - own
        programme = LinearProgram(
            cost=np.concatenate([structure.cost, penalty * self.missed[own:]]),
            offset=0.0,
            lower=np.concatenate([template.lower[structure.columns], np.zeros(elastic)]),
            upper=np.concatenate([template.upper[structure.columns], np.full(elastic, np.inf)]),
            integer=np.zeros(width, dtype=bool),
            matrix=matrix,
            row_lower=np.full(rows, -np.inf),
            row_upper=np.full(rows, np.inf),
            column_names=names,
            row_names=[template.rows[row] for row in structure.rows.tolist()],
        )
        check_numbers(programme)
        self.programme = programme
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._duality, self._seconds = Duality(matrix), seconds
        for name, value in {"output_flag": False, "threads": 1}.items():
            self._solver.setOptionValue(name, value)
        pass_model(self._solver, programme)
        self._rows, self._columns = np.arange(rows, dtype=np.int32), np.arange(width, dtype=np.int32)
        self._bases: dict[int, highspy.HighsBasis] = {}
        self._last = -1
        self._start = start
        if start is not None:
            self._solver.setBasis(start)

    def costs(self, mode: Mode) -> Array:
        """Return what columns cost, EUR per unit; in mode feasibility nothing but limits missed, 1 per MWh."""
        return self.programme.cost.copy() if mode == "cost" else self.missed.copy()

    def basis(self, day: int) -> highspy.HighsBasis:
        """Return the last basis of a day that was solved."""
        return self._bases[day]

    def bases(self) -> dict[int, highspy.HighsBasis]:
        """Return the last bases of all days."""
        return dict(self._bases)

    def restore(self, bases: Mapping[int, highspy.HighsBasis]) -> None:
        """Go on from bases as if nothing had been solved since."""
        self._bases, self._last = dict(bases), -1
        self._solver.clearSolver()
        if self._start is not None:
            self._solver.setBasis(self._start)

    def solve(self, day: int, bounds: Bounds, cost: Array) -> LPSolution:
        """Return the dispatch of a day; raises OutOfTime, or SolverFailed if nothing is proved of it."""
        solver = self._solver
        solver.changeColsBounds(len(self._columns), self._columns, bounds.lower, bounds.upper)
        solver.changeRowsBounds(len(self._rows), self._rows, bounds.row_lower, bounds.row_upper)  # type: ignore[attr-defined]
        solver.changeColsCost(len(self._columns), self._columns, cost)
        if day != self._last and day in self._bases:
            solver.setBasis(self._bases[day])
        self._last = day
        run_to_optimum(solver, self._seconds, "the dispatch of a day")
        found = self._read(bounds, cost)
        if not found.cost - found.bound <= NEAR * max(abs(found.cost), 1.0):
            solver.clearSolver()
            run_to_optimum(solver, self._seconds, "the dispatch of a day")
            found = self._read(bounds, cost)
        if not np.isfinite(found.bound):
            raise SolverFailed("the dispatch of a day was called optimal, but nothing proves what it costs at least")
        self._bases[day] = solver.getBasis()
        return found

    def _read(self, bounds: Bounds, cost: Array) -> LPSolution:
        """Return what the solver found, and what it proves."""
        solution = self._solver.getSolution()
        values = np.array(solution.col_value)
        proved = self._duality.safe_bound(cost, bounds, np.array(solution.row_dual))
        return LPSolution(float((cost * values).sum()), proved.bound, values, proved.row_duals, proved.reduced_costs)

    def with_least_flows(self, day: int, bounds: Bounds, cost: Array, known: LPSolution, moving: Array) -> LPSolution:
        """Return a known optimal dispatch of a day, its values those that move least of all that cost the same."""
        basis, most = self._bases.get(day), known.cost + SAME_COST * max(1.0, abs(known.cost))
        for price in LIGHTEST_EUR_PER_MWH:
            found = self.solve(day, bounds, cost + price * moving)
            if float(cost @ found.values) <= most:
                known = replace(known, values=found.values)
                break
        if basis is not None:  # the day goes on from where it was
            self._bases[day], self._last = basis, -1
        return known
