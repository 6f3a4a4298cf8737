"""The result of a run of HiGHS: a status of our own, and a point only if it satisfies the programme."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import numpy as np

from models.case import Array
from optimizer.program.linear_program import LinearProgram
from optimizer.program.violations import TOLERANCE, describe, max_violations, objective_value

Status = Literal["optimal", "target_reached", "limit", "interrupted", "infeasible", "unbounded", "failed"]

_KIND = highspy.HighsModelStatus
STATUSES: Mapping[Any, tuple[Status, str]] = {
    _KIND.kOptimal: ("optimal", "the best point was found"),
    _KIND.kObjectiveTarget: ("target_reached", "a point as good as was asked for was found"),
    _KIND.kInfeasible: ("infeasible", "no point keeps every rule"),
    _KIND.kUnbounded: ("unbounded", "the goal gets better without end"),
    _KIND.kUnboundedOrInfeasible: ("unbounded", "no point keeps every rule, or the goal gets better without end"),
    _KIND.kTimeLimit: ("limit", "the time was up"),
    _KIND.kIterationLimit: ("limit", "the solver had made all the iterations it may"),
    _KIND.kSolutionLimit: ("limit", "the solver had found or searched as much as it may"),
    _KIND.kObjectiveBound: ("limit", "the solver had reached a bound it was given"),
    _KIND.kInterrupt: ("interrupted", "an end was asked for"),
    _KIND.kHighsInterrupt: ("interrupted", "the solver interrupted itself"),  # type: ignore[attr-defined]
    _KIND.kMemoryLimit: ("failed", "the solver was out of memory"),
    _KIND.kUnknown: ("failed", "the solver could not tell whether what it found is right"),
    _KIND.kSolveError: ("failed", "the solver failed while it solved"),
    _KIND.kPresolveError: ("failed", "the solver failed while it simplified the programme"),
    _KIND.kPostsolveError: ("failed", "the solver failed while it took its point back to the programme"),
    _KIND.kLoadError: ("failed", "the solver could not take the programme"),
    _KIND.kModelError: ("failed", "the solver called the programme faulty"),
    _KIND.kModelEmpty: ("failed", "the solver was given an empty programme"),
    _KIND.kNotset: ("failed", "the solver did not run"),
}
"""HiGHS's status -> ours and a message for people; `confirm_status.py` tells unbounded from infeasible."""
SOLVER_TOLERANCE = 10 * TOLERANCE
"""HiGHS satisfies rows and integrality to 1e-6 of its own scale; what it finds is re-optimised before it is a plan."""


@dataclass(frozen=True)
class SolveResult:
    """The result of a run of the solver."""

    status: Status
    message: str
    """The same for people, more exactly."""
    values: Array | None
    """The best point found, checked against the programme; None if there is none."""
    objective: float
    """Its value, recomputed (inf without one)."""
    bound: float
    """Proved lower bound (-inf without one)."""
    row_duals: Array | None
    """Dual values of a linear programme solved to optimality."""
    nodes: int
    iterations: int
    """Iterations of the simplex method."""
    seconds: float

    @property
    def trivial(self) -> bool:
        """Tell whether this is what it was before anything was solved."""
        return self.nodes == 0 and self.iterations == 0

    @property
    def timed_out(self) -> bool:
        """Tell whether the time limit ended the run."""
        return self.message == STATUSES[_KIND.kTimeLimit][1]

    @property
    def gap(self) -> float:
        """Return |objective - bound| / max(|objective|, 1); inf without both."""
        return relative_gap(self.objective, self.bound)


def largest_within_gap(bound: float, share: float) -> float:
    """Return the largest value (to be minimised) whose relative gap to a bound is no more than a share below 1."""
    return max(bound + share, bound / (1 - share) if bound > 0 else bound / (1 + share))


def relative_gap(objective: float, bound: float) -> float:
    """Return |objective - bound| / max(|objective|, 1); inf if either is missing.

    An objective is in MEUR, kt or kH100e-years: where it is all but zero, what is left of rounding is no gap.
    """
    if not np.isfinite(objective) or not np.isfinite(bound):
        return float("inf")
    return abs(objective - bound) / max(abs(objective), 1.0)


def read_result(
    solver: highspy.Highs, program: LinearProgram, run_status: highspy.HighsStatus, seconds: float, stopped: bool
) -> SolveResult:
    """Return the result of a finished run; a point that violates the programme is dropped, and the message says so.

    `stopped` tells whether an end was asked for, which HiGHS does not always call an interruption.
    """
    is_mip, info, solution = bool(program.integer.any()), solver.getInfo(), solver.getSolution()
    kind = solver.getModelStatus()
    status, message = STATUSES.get(kind, ("failed", f"the solver ended in a way unknown here ({kind})"))
    if run_status == highspy.HighsStatus.kError and status != "failed":
        status, message = "failed", "the solver stopped with an error"
    if status == "failed" and stopped:
        status, message = STATUSES[_KIND.kInterrupt]
    values, value = None, np.inf
    if solution.value_valid and (is_mip or status == "optimal"):
        values = np.array(solution.col_value)[: len(program.cost)]  # totals of whole numbers stand behind
        value = objective_value(program.cost, program.offset, values)
        fault = describe(max_violations(program, values, SOLVER_TOLERANCE))
        if not fault and relative_gap(value, float(info.objective_function_value)) > SOLVER_TOLERANCE:
            fault = f"the goal is {value:.9g}, not {info.objective_function_value:.9g} as reported"
        if fault:
            values, value = None, np.inf
            if status in ("optimal", "target_reached"):
                status, message = "failed", f"the solver's point is wrong: {fault}"
    solved = status == "optimal" and not is_mip
    bound = float(info.mip_dual_bound) if is_mip else value if solved else -np.inf
    return SolveResult(
        status=status,
        message=message,
        values=values,
        objective=value,
        bound=bound if np.isfinite(bound) and status != "failed" else -np.inf,
        row_duals=np.array(solution.row_dual) if solved else None,
        nodes=int(info.mip_node_count) if is_mip else 0,
        iterations=max(0, int(info.simplex_iteration_count)),
        seconds=seconds,
    )
