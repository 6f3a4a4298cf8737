"""A verdict is confirmed before it is reported: infeasible, unbounded and failed are each asked for a second time.

Presolve has called feasible programmes infeasible (HiGHS 1.10 to 1.12) and leaves infeasible or unbounded open. A
programme of rational numbers is unbounded if it has a point, and a direction that no row and no bound ends makes the
objective better (Meyer, Mathematical Programming 7, 1974); both are programmes of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from optimizer.program.linear_program import LinearProgram
from optimizer.solver.solve_result import SolveResult

Run = Callable[[LinearProgram, Mapping[str, object]], SolveResult]
"""Solves a programme with further options of the solver."""
WITHOUT_PRESOLVE: Mapping[str, object] = {"presolve": "off"}
MIN_GAIN = 1e-7
"""A direction that gains less per unit is what rounding leaves of none."""
MAX_NAMED = 3
"""Most columns named of those that grow without end."""


def confirm_status(program: LinearProgram, result: SolveResult, run: Run) -> SolveResult:
    """Return the result of a programme, a verdict without a point confirmed without presolve."""
    no_bound = result.status == "optimal" and not np.isfinite(result.bound)
    if no_bound or result.status in ("infeasible", "failed"):
        again = run(program, WITHOUT_PRESOLVE)
        if again.values is not None or result.values is None:
            result = again
    return classify_unbounded(program, run) if result.status == "unbounded" else result


def resolve_cold(result: SolveResult, again: SolveResult) -> SolveResult:
    """Return what is known of a programme whose start was called optimal with nothing solved, once it ran without it.

    HiGHS 1.15.1 has called a start optimal at twice the optimum, its own value the bound, when presolve was on.
    """
    if again.values is None and again.status in ("limit", "interrupted"):
        return replace(result, status=again.status, message=again.message, bound=again.bound)
    if again.values is None or again.objective > result.objective:
        return replace(again, values=result.values, objective=result.objective)
    return again


def classify_unbounded(program: LinearProgram, run: Run) -> SolveResult:
    """Return whether a programme without an optimum has no point (infeasible) or no end (unbounded), and where."""
    options = {**WITHOUT_PRESOLVE, "objective_target": -np.inf}
    feasible = run(replace(program, cost=np.zeros(len(program.cost)), offset=0.0), options)
    if feasible.values is None:
        return feasible
    ray = run(recession_cone(program), options)
    no_point = replace(ray, values=None, objective=np.inf, bound=-np.inf, row_duals=None)
    if ray.values is None:
        return no_point
    if ray.objective > -MIN_GAIN:
        message = "the solver called unbounded what has an end in every direction"
        return replace(no_point, status="failed", message=message)
    ranked = np.argsort(-np.abs(ray.values), kind="stable")[:MAX_NAMED].tolist()
    growing = [
        f"{program.column_names[column]} {'grows' if ray.values[column] > 0 else 'falls'}"
        for column in ranked
        if abs(ray.values[column]) > MIN_GAIN
    ]
    message = (
        f"the goal gets better without end as {', '.join(growing)}: look for a negative price of what has no limit"
    )
    return replace(no_point, status="unbounded", message=message)


def recession_cone(program: LinearProgram) -> LinearProgram:
    """Return the programme of the directions in which no row and no bound ever stops a point, at most 1 a column."""
    return replace(
        program.relaxed(),
        offset=0.0,
        lower=np.where(np.isfinite(program.lower), 0.0, -1.0),
        upper=np.where(np.isfinite(program.upper), 0.0, 1.0),
        row_lower=np.where(np.isfinite(program.row_lower), 0.0, -np.inf),
        row_upper=np.where(np.isfinite(program.row_upper), 0.0, np.inf),
    )
