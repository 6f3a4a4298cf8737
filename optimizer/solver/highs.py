"""HiGHS: model in one call, time limit of every run, progress, interruption with the incumbent, checked status."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import highspy
import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.implied_bounds import implied_bounds
from optimizer.program.linear_program import LinearProgram, Positions, check_numbers
from optimizer.solver.confirm_status import confirm_status, resolve_cold
from optimizer.solver.duality import Bounds, Duality
from optimizer.solver.solve_result import STATUSES, SolveResult, read_result
from optimizer.solver.whole_totals import with_totals_of, with_whole_totals


class SolverFailed(Exception):
    """HiGHS refused a model or an option, lost a part of it, or found no optimum of what has one."""


class OutOfTime(SolverFailed):
    """A programme of which nothing but its optimum is of use was not solved in the time it had."""


FEW_HEURISTICS: Mapping[str, bool] = {"mip_heuristic_run_root_reduced_cost": False}
"""Options for a search that needs no more than a good plan: that one of the solver's own searches in the root takes two
thirds of all work on the masters of the reference case, and its plan was that of the others."""
NO_SUBPROBLEMS: Mapping[str, bool] = {
    **FEW_HEURISTICS,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
}
"""Options for a search that is to prove a bound: all its time goes there, none to smaller searches for other plans."""
MIN_SECONDS = 0.1
"""With less time than this a run finds nothing at all."""


def run_highs(
    program: LinearProgram,
    *,
    monitor: RunMonitor,
    seconds: float,
    gap: float = 1e-4,
    options: dict[str, Any] | None = None,
    start: Array | None = None,
    on_progress: Callable[[float, float, int], None] | None = None,
    on_incumbent: Callable[[Array], None] | None = None,
    verify: bool = True,
) -> SolveResult:
    """Solve a programme, minimising; `start` is a full point from which a mixed-integer search sets out.

    While branch and bound works `on_progress` gets (incumbent, bound, nodes), and `on_incumbent` every better point.
    With `verify`, no verdict without a point is given before it was confirmed (see `confirm_status.py`).
    Raises NumbersRefused or SolverFailed.
    """
    check_numbers(program)
    deadline = time.perf_counter() + seconds

    def run(asked: LinearProgram, changed: Mapping[str, object], start: Array | None = start) -> SolveResult:
        chosen = {"mip_rel_gap": gap, **(options or {}), **changed}
        remaining = deadline - time.perf_counter()
        return _run(asked, monitor, remaining, chosen, start if asked is program else None, on_progress, on_incumbent)

    result = run(program, {})
    if start is not None and result.status == "optimal" and result.trivial:
        result = resolve_cold(result, run(program, {}, None))
    return confirm_status(program, result, run) if verify else result


def _run(
    program: LinearProgram,
    monitor: RunMonitor,
    seconds: float,
    options: Mapping[str, Any],
    start: Array | None,
    on_progress: Callable[[float, float, int], None] | None,
    on_incumbent: Callable[[Array], None] | None,
) -> SolveResult:
    """Run a fresh HiGHS once."""
    is_mip, chosen = bool(program.integer.any()), {"mip_abs_gap": 1e-9, "threads": 1, **options}
    solver, own = new_solver(monitor, chosen), len(program.cost)
    if not is_mip:
        pass_model(solver, program)
    else:
        wide, sums = with_whole_totals(with_implied_bounds(program))
        pass_model(solver, wide)
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = with_totals_of(sums, start).tolist()
            require(solver.setSolution(solution), "start")
    if on_progress is not None and is_mip:
        solver.cbMipLogging += lambda event: on_progress(
            event.data_out.mip_primal_bound, event.data_out.mip_dual_bound, event.data_out.mip_node_count
        )
    if on_incumbent is not None and is_mip:
        solver.cbMipImprovingSolution += lambda event: on_incumbent(np.array(event.data_out.mip_solution)[:own])
    began = time.perf_counter()
    with _scheduler(chosen["threads"]):
        run_status = run_for(solver, seconds)
    return read_result(solver, program, run_status, time.perf_counter() - began, monitor.stopped())


def new_solver(monitor: RunMonitor, options: Mapping[str, Any]) -> highspy.Highs:
    """Return a silent HiGHS with options, which is interrupted when whoever watches wants an end."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.HandleUserInterrupt = False
    # output_flag stays on: HiGHS silences its callbacks with it
    for name, value in {"log_to_console": False, **options}.items():
        require(solver.setOptionValue(name, value), f"option {name}={value!r}")
    for interrupt in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
        interrupt.subscribe(lambda event: event.interrupt() if monitor.stopped() else None)
    return solver


def run_for(solver: highspy.Highs, seconds: float) -> highspy.HighsStatus:
    """Run a solver for so long at most from now on; every run goes through here.

    Over linear programmes HiGHS counts its time limit from the making of an instance, all its runs together.
    """
    require(solver.setOptionValue("time_limit", solver.getRunTime() + max(MIN_SECONDS, seconds)), "time limit")
    return solver.run()


def run_to_optimum(solver: highspy.Highs, seconds: float, what: str) -> None:
    """Solve a linear programme to its optimum, without its last basis if that misled the solver.

    Raises OutOfTime if the time was not enough, else SolverFailed.
    """
    deadline = time.perf_counter() + seconds
    for cold in (False, True):
        if cold:
            solver.clearSolver()
        run_for(solver, deadline - time.perf_counter())
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            return
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise OutOfTime(f"{what} did not solve within {seconds:g} s")
    raise SolverFailed(f"{what} did not solve to optimality ({solver.modelStatusToString(status)})")


@contextmanager
def _scheduler(threads: int) -> Iterator[None]:
    """Let a solver run on so many threads; all of a process share one scheduler, which stands for one thread else."""
    if threads != 1:
        highspy.Highs.resetGlobalScheduler(True)
    yield
    if threads != 1:
        highspy.Highs.resetGlobalScheduler(True)


class Relaxation:
    """A linear programme that grows by rows and is solved again from its last basis; every status is checked."""

    def __init__(self, program: LinearProgram, monitor: RunMonitor, options: Mapping[str, Any] | None = None) -> None:
        """Take the programme; its integrality is ignored."""
        check_numbers(program)
        self._program, self._watch = program.relaxed(), monitor
        self._solver = new_solver(monitor, {"threads": 1, **(options or {})})
        pass_model(self._solver, self._program)

    def add(self, matrix: sparse.csr_array, lower: Array, upper: Array) -> None:
        """Add rows."""
        if matrix.shape[0]:
            require(
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
            self._program = self._program.with_rows(matrix, lower, upper, ["further"] * matrix.shape[0])

    def change_bounds(self, columns: Positions, lower: Array, upper: Array) -> None:
        """Give columns other bounds."""
        lows, highs = self._program.lower.copy(), self._program.upper.copy()
        lows[columns], highs[columns] = lower, upper
        self._program = self._program.with_bounds(lows, highs)
        require(self._solver.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper), "bounds")

    def limit_iterations(self, most: int) -> None:
        """End each run from now on after so many iterations of the simplex method, without a point."""
        require(self._solver.setOptionValue("simplex_iteration_limit", most), "the limit of iterations")

    def keep_basis(self) -> None:
        """Keep the basis as it is now for `run_with`."""
        self._basis = self._solver.getBasis()

    def run_with(self, bounds: Mapping[int, tuple[float, float]], seconds: float) -> SolveResult:
        """Return the optimum with other bounds of some columns, from the basis kept; they are undone after it."""
        columns, before = np.array([*bounds], dtype=np.int64), self._program
        require(self._solver.setBasis(self._basis), "basis kept")
        self.change_bounds(columns, *np.array([*bounds.values()]).T.copy())
        try:
            return self.run(seconds)
        finally:
            self.change_bounds(columns, before.lower[columns], before.upper[columns])

    def run(self, seconds: float) -> SolveResult:
        """Return the optimum as things stand.

        That there is no point is proved by a ray; a verdict without one is asked again, of a solver that knows nothing.
        """
        began = time.perf_counter()
        run_status = run_for(self._solver, seconds)
        spent = time.perf_counter() - began
        result = read_result(self._solver, self._program, run_status, spent, self._watch.stopped())
        if result.status in ("infeasible", "failed") and self._ray_proves_infeasible():
            return replace(result, status="infeasible", message=STATUSES[highspy.HighsModelStatus.kInfeasible][1])
        if result.status in ("infeasible", "unbounded", "failed"):
            return run_highs(self._program, monitor=self._watch, seconds=seconds - spent)
        return result

    def _ray_proves_infeasible(self) -> bool:
        """Tell whether the solver has a ray which proves, in our own arithmetic, that no point keeps every row."""
        _, found, ray = self._solver.getDualRay()  # type: ignore[attr-defined]
        if not found:
            return False
        asked = self._program
        limits = Bounds(asked.row_lower, asked.row_upper, asked.lower, asked.upper)
        return Duality(asked.matrix).prove_infeasible(limits, np.array(ray))


def with_implied_bounds(program: LinearProgram) -> LinearProgram:
    """Return a programme whose columns have every limit that its rows imply.

    Branch and bound explains bounds of columns without limits wrongly and cuts the optimum off (HiGHS 1.15.1, thread
    3273 at github.com/ERGO-Code/HiGHS/issues).
    """
    return program.with_bounds(*implied_bounds(program))


def pass_model(solver: highspy.Highs, program: LinearProgram) -> None:
    """Pass a programme to a solver, and check that nothing was lost."""
    matrix = program.matrix
    rows, columns = matrix.shape
    require(
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
            matrix.indptr.astype(np.int32, copy=False),
            matrix.indices.astype(np.int32, copy=False),
            matrix.data,
            program.integer.astype(np.int32),
        ),
        "model",
    )
    if (solver.getNumRow(), solver.getNumCol(), solver.getNumNz()) != (rows, columns, matrix.nnz):
        raise SolverFailed("the solver holds another number of rows, columns or coefficients than it was given")


def require(status: highspy.HighsStatus, what: str) -> None:
    """Raise SolverFailed unless HiGHS accepted what it was given without a warning."""
    if status != highspy.HighsStatus.kOk:
        raise SolverFailed(f"the solver refused the {what}")
