"""One programme, one fresh HiGHS: hand-over in one call, progress, a stop that keeps the incumbent, honest status."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.solve.program import Program, check_numbers
from optimizer.solve.watch import Watch

Status = Literal["optimal", "good", "limit", "interrupted", "infeasible", "unbounded", "failed"]

_KIND = highspy.HighsModelStatus
STATUSES: dict[Any, Status] = {
    _KIND.kOptimal: "optimal",
    _KIND.kInfeasible: "infeasible",
    _KIND.kUnboundedOrInfeasible: "infeasible",
    _KIND.kUnbounded: "unbounded",
    _KIND.kTimeLimit: "limit",
    _KIND.kIterationLimit: "limit",
    _KIND.kSolutionLimit: "limit",
    _KIND.kObjectiveBound: "limit",
    _KIND.kObjectiveTarget: "good",
    _KIND.kInterrupt: "interrupted",
}


class SolverFailed(Exception):
    """HiGHS refused a model or an option, or lost a part of it."""


@dataclass(frozen=True)
class Outcome:
    """What a run of the solver brought."""

    status: Status
    values: Array | None
    """The best point found, None if there is none."""
    objective: float
    """Its value (inf without one)."""
    bound: float
    """Proved lower bound (-inf without one)."""
    row_duals: Array | None
    """Dual values of a linear programme solved to optimality."""
    nodes: int
    seconds: float

    @property
    def gap(self) -> float:
        """Return |objective - bound| / max(|objective|, 1); inf without both."""
        return relative_gap(self.objective, self.bound)


def relative_gap(objective: float, bound: float) -> float:
    """Return |objective - bound| / max(|objective|, 1); inf if either is missing.

    A goal is in MEUR, kt or kH100e-years: where it is all but zero, what is left of rounding is no gap.
    """
    if not np.isfinite(objective) or not np.isfinite(bound):
        return float("inf")
    return abs(objective - bound) / max(abs(objective), 1.0)


def run_highs(
    program: Program,
    *,
    watch: Watch,
    seconds: float,
    gap: float = 1e-4,
    options: dict[str, Any] | None = None,
    start: Array | None = None,
    on_progress: Callable[[float, float, int], None] | None = None,
    on_point: Callable[[Array], None] | None = None,
) -> Outcome:
    """Solve a programme, minimising; `start` is a full point from which a mixed-integer search sets out.

    While branch and bound works `on_progress` is told (incumbent, bound, nodes), and `on_point` every better point.
    Raises NumbersRefused or SolverFailed.
    """
    check_numbers(program)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.HandleUserInterrupt = False
    whole = bool(program.integer.any())
    chosen: dict[str, Any] = {
        "log_to_console": False,  # output_flag stays on: HiGHS silences its callbacks with it
        "time_limit": max(0.1, seconds),
        "mip_rel_gap": gap,
        "mip_abs_gap": 1e-9,
        "threads": 1,
        **(options or {}),
    }
    for name, value in chosen.items():
        _demand(solver.setOptionValue(name, value), f"option {name}={value!r}")
    pass_model(solver, program)
    if start is not None and whole:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        _demand(solver.setSolution(solution), "start")
    solver.cbMipInterrupt += lambda event: event.interrupt() if watch.stopped() else None
    solver.cbSimplexInterrupt += lambda event: event.interrupt() if watch.stopped() else None
    solver.cbIpmInterrupt += lambda event: event.interrupt() if watch.stopped() else None
    if on_progress is not None and whole:
        solver.cbMipLogging += lambda event: on_progress(
            event.data_out.mip_primal_bound, event.data_out.mip_dual_bound, event.data_out.mip_node_count
        )
    if on_point is not None and whole:
        solver.cbMipImprovingSolution += lambda event: on_point(np.array(event.data_out.mip_solution))
    began = time.perf_counter()
    status = solver.run()
    elapsed = time.perf_counter() - began
    if status == highspy.HighsStatus.kError:
        raise SolverFailed("the solver stopped with an error")
    return _read(solver, program, whole, elapsed, watch)


class Relaxation:
    """A linear programme that grows by rows and is solved again from its last basis; every status is checked."""

    def __init__(self, program: Program, watch: Watch, options: dict[str, Any] | None = None) -> None:
        """Take the programme; its integrality is ignored."""
        check_numbers(program)
        self._program, self._watch = program.relaxed(), watch
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.HandleUserInterrupt = False
        for name, value in {"log_to_console": False, "threads": 1, **(options or {})}.items():
            _demand(self._solver.setOptionValue(name, value), f"option {name}={value!r}")
        pass_model(self._solver, self._program)
        self._solver.cbSimplexInterrupt += lambda event: event.interrupt() if watch.stopped() else None
        self._solver.cbIpmInterrupt += lambda event: event.interrupt() if watch.stopped() else None
        self._seconds = 0.0

    def add(self, matrix: sparse.csr_array, lower: Array, upper: Array) -> None:
        """Add rows."""
        if matrix.shape[0]:
            _demand(
                self._solver.addRows(
                    matrix.shape[0],
                    lower,
                    upper,
                    matrix.nnz,
                    matrix.indptr[:-1].astype(np.int32),
                    matrix.indices.astype(np.int32),
                    matrix.data,
                ),
                "further rows",
            )

    def run(self, seconds: float) -> Outcome:
        """Return the optimum as things stand."""
        # HiGHS counts a solver's time over all its runs
        self._solver.setOptionValue("time_limit", self._seconds + max(0.1, seconds))
        began = time.perf_counter()
        status = self._solver.run()
        elapsed = time.perf_counter() - began
        self._seconds += elapsed
        if status == highspy.HighsStatus.kError:
            raise SolverFailed("the solver stopped with an error")
        return _read(self._solver, self._program, False, elapsed, self._watch)


def pass_model(solver: highspy.Highs, program: Program) -> None:
    """Hand a programme over, and check that nothing was lost."""
    matrix = program.matrix
    rows, columns = matrix.shape
    _demand(
        solver.passModel(
            columns,
            rows,
            matrix.nnz,
            int(highspy.MatrixFormat.kRowwise),
            int(highspy.ObjSense.kMinimize),
            program.offset,
            program.cost,
            program.lower,
            program.upper,
            program.row_lower,
            program.row_upper,
            matrix.indptr.astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data,
            program.integer.astype(np.int32),
        ),
        "model",
    )
    if (solver.getNumRow(), solver.getNumCol(), solver.getNumNz()) != (rows, columns, matrix.nnz):
        raise SolverFailed("the solver holds another number of rows, columns or coefficients than it was given")


def _demand(status: highspy.HighsStatus, what: str) -> None:
    """Raise SolverFailed unless HiGHS accepted what it was given without a warning."""
    if status != highspy.HighsStatus.kOk:
        raise SolverFailed(f"the solver refused the {what}")


def _read(solver: highspy.Highs, program: Program, whole: bool, elapsed: float, watch: Watch) -> Outcome:
    """Return the outcome of a finished run."""
    kind, info = solver.getModelStatus(), solver.getInfo()
    status = STATUSES.get(kind, "failed")
    if status == "failed" and watch.stopped():
        status = "interrupted"
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    if status == "optimal" and not feasible:
        status = "failed"
    values = np.array(solver.getSolution().col_value) if feasible and (whole or status == "optimal") else None
    if whole:
        bound = float(info.mip_dual_bound)
    else:
        bound = float(info.objective_function_value) if status == "optimal" else -np.inf
    duals = np.array(solver.getSolution().row_dual) if status == "optimal" and not whole else None
    return Outcome(
        status=status,
        values=values,
        objective=float(info.objective_function_value) if values is not None else np.inf,
        bound=bound if np.isfinite(bound) else -np.inf,
        row_duals=duals,
        nodes=int(info.mip_node_count) if whole else 0,
        seconds=elapsed,
    )
