"""A programme cut in two: a master that holds every decision, and one linear programme per day for the dispatch.

The columns of a day that touch decisions only through few rows (output, storage, flows, shedding) leave the master;
all rows with such a column leave with them. What the day costs, as a function of the master's columns, is convex: every
solved day gives a supporting plane (Benders, 1962), valid for the relaxation and for the mixed-integer master alike.
"""

from dataclasses import dataclass, replace

import highspy
import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.solve.build import Assembly
from optimizer.solve.highs import SolverFailed, pass_model
from optimizer.solve.program import Positions, Program, check_numbers

KEPT = frozenset({"servers_mw", "matched_mw"})
"""Variables of a day that stay in the master: they carry the draw of the sites, its matching and its emissions."""
SHED_RULE = "hardly_any_load_is_shed"


@dataclass(frozen=True)
class Plane:
    """`value + slope @ (x - at)` bounds a day's cost (or its lack) from below, over the master's columns."""

    value: float
    slope: Array
    at: Array


@dataclass(frozen=True)
class DayResult:
    """The dispatch of one day at given decisions."""

    cost: float
    """Running cost, MEUR per year, with the penalty of any lack."""
    values: Array
    """The day's own columns that left the master."""
    plane: Plane
    lack_plane: Plane | None
    """Bound on the load that could not be served beyond the stated share; decisions that have one are impossible."""


class DayProgramme:
    """The dispatch of one day, solved again and again for other decisions, each time from the last basis."""

    def __init__(self, programme: Program, coupling: sparse.csr_array, shed_row: int, penalty: float, seconds: float):
        """Take the day's own programme, what the master's columns add to its rows, and the row that may lack."""
        rows = programme.matrix.shape[0]
        lack = sparse.csr_array(([-1.0], ([shed_row], [0])), shape=(rows, 1))
        self._programme = replace(
            programme,
            cost=np.append(programme.cost, penalty),
            lower=np.append(programme.lower, 0.0),
            upper=np.append(programme.upper, np.inf),
            integer=np.append(programme.integer, False),
            matrix=sparse.hstack([programme.matrix, lack], format="csr"),
            column_names=[*programme.column_names, "lack_mwh"],
        )
        check_numbers(self._programme)
        self._coupling = coupling
        self._adjoint = coupling.T.tocsr()
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.setOptionValue("time_limit", seconds)
        pass_model(self._solver, self._programme)
        self._indices = np.arange(rows, dtype=np.int32)

    def solve(self, decisions: Array) -> DayResult:
        """Return the dispatch at given decisions; raises SolverFailed if the solver does not prove it optimal."""
        given = self._coupling @ decisions
        programme, rows = self._programme, len(self._indices)
        self._solver.changeRowsBounds(  # type: ignore[attr-defined]
            rows, self._indices, programme.row_lower - given, programme.row_upper - given
        )
        cost, values, duals = self._run()
        plane = Plane(cost, -(self._adjoint @ duals), decisions)
        lack_plane = None
        if values[-1] > 1e-6:
            columns = np.arange(len(programme.cost), dtype=np.int32)
            only = np.zeros(len(programme.cost))
            only[-1] = 1.0
            self._solver.changeColsCost(len(columns), columns, only)
            least, _, prices = self._run()
            self._solver.changeColsCost(len(columns), columns, programme.cost)
            lack_plane = Plane(least, -(self._adjoint @ prices), decisions) if least > 1e-6 else None
        return DayResult(cost, values[:-1], plane, lack_plane)

    def _run(self) -> tuple[float, Array, Array]:
        """Solve as it stands; return objective, values and row duals."""
        for attempt in range(2):
            self._solver.run()
            if self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
                solution = self._solver.getSolution()
                return (
                    float(self._solver.getInfo().objective_function_value),
                    np.array(solution.col_value),
                    np.array(solution.row_dual),
                )
            if attempt == 0:
                self._solver.clearSolver()
        status = self._solver.modelStatusToString(self._solver.getModelStatus())
        raise SolverFailed(f"the dispatch of a day did not solve to optimality ({status})")


@dataclass(frozen=True)
class Split:
    """An assembly cut into its master and its days."""

    master: Program
    """The master over its own columns and one cost column per day (the last ones), without a cost."""
    master_columns: Positions
    """Columns of the whole programme that the master holds, in its order."""
    day_columns: tuple[Positions, ...]
    """Columns of the whole programme that each day holds."""
    days: tuple[DayProgramme, ...]

    def whole(self, decisions: Array, results: list[DayResult], columns: int) -> Array:
        """Return a point of the whole programme from the master's columns and the days' dispatch."""
        point = np.zeros(columns)
        point[self.master_columns] = decisions[: len(self.master_columns)]
        for where, result in zip(self.day_columns, results, strict=True):
            point[where] = result.values
        return point

    def solve_days(self, decisions: Array) -> list[DayResult]:
        """Return the dispatch of every day at given decisions."""
        return [day.solve(decisions[: len(self.master_columns)]) for day in self.days]


def split(assembly: Assembly, seconds: float) -> Split:
    """Cut an assembly into its master and its days; the days' cost columns start unbounded below by any plane."""
    program, template, blocks = assembly.program, assembly.template, len(assembly.blocks)
    kept_here = np.array([name.split("[", 1)[0] in KEPT for name in template.columns], dtype=bool)
    kept = np.concatenate([np.ones(assembly.investments, dtype=bool), np.tile(kept_here, blocks)])
    leaves = np.asarray(abs(program.matrix) @ (~kept).astype(float)) != 0
    master_columns = np.flatnonzero(kept)
    top = program.part(np.flatnonzero(~leaves), master_columns, np.zeros(len(master_columns)))
    cost_columns = [f"dispatch.days[{period},{day.day}].cost_meur" for period, day in assembly.blocks]
    master = replace(
        top,
        cost=np.zeros(len(master_columns) + blocks),
        lower=np.concatenate([top.lower, np.full(blocks, -np.inf)]),
        upper=np.concatenate([top.upper, np.full(blocks, np.inf)]),
        integer=np.concatenate([top.integer, np.zeros(blocks, dtype=bool)]),
        matrix=sparse.hstack([top.matrix, sparse.csr_array((top.matrix.shape[0], blocks))], format="csr"),
        column_names=[*top.column_names, *cost_columns],
    )
    days, day_columns = [], []
    penalty = 20 * assembly.case.scenario.money.lost_load_eur_per_mwh + 1000
    for block in range(blocks):
        columns = assembly.block_columns(block)[~kept_here]
        rows = assembly.block_rows(block)
        rows = rows[leaves[rows]]
        programme = program.part(rows, columns, assembly.stamped.cost[columns - assembly.investments])
        shed = next(place for place, name in enumerate(programme.row_names) if SHED_RULE in name)
        weight = float(assembly.values[block, template.position("days_per_year_e6")])
        coupling = program.matrix[rows][:, master_columns]
        days.append(DayProgramme(programme, coupling, shed, penalty * weight, seconds))
        day_columns.append(columns)
    return Split(master, master_columns, tuple(day_columns), tuple(days))
