"""A verdict is confirmed before it is reported: infeasible, unbounded and failed are each asked for a second time.

Presolve has called feasible programmes infeasible (HiGHS 1.10 to 1.12) and leaves infeasible or unbounded open. A
programme of rational numbers is unbounded if it has a point, and a direction that no row and no bound ends makes the
goal better (Meyer, Mathematical Programming 7, 1974); both are programmes of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from optimizer.program.linear_program import LinearProgram
from optimizer.solver.solve_result import SolveResult

Run = Callable[[LinearProgram, Mapping[str, object]], SolveResult]
"""Solves a programme with further options of the solver."""
PLAIN: Mapping[str, object] = {"presolve": "off"}
LEAST_GAIN = 1e-7
"""A direction that gains less per unit is what rounding leaves of none."""
NAMED = 3
"""Most columns named of those that grow without end."""


def confirm_status(program: LinearProgram, outcome: SolveResult, run: Run) -> SolveResult:
    """Return the outcome of a programme, a verdict without a point confirmed without presolve."""
    boundless = outcome.status == "optimal" and not np.isfinite(outcome.bound)
    if boundless or outcome.status in ("infeasible", "failed"):
        again = run(program, PLAIN)
        if again.values is not None or outcome.values is None:
            outcome = again
    return classify_unbounded(program, run) if outcome.status == "unbounded" else outcome


def resolve_cold(outcome: SolveResult, again: SolveResult) -> SolveResult:
    """Return what is known of a programme whose start was called optimal with nothing solved, once it ran without it.

    HiGHS 1.15.1 has called a start optimal at twice the optimum, its own value the bound, when presolve was on.
    """
    if again.values is None and again.status in ("limit", "interrupted"):
        return replace(outcome, status=again.status, message=again.message, bound=again.bound)
    if again.values is None or again.objective > outcome.objective:
        return replace(again, values=outcome.values, objective=outcome.objective)
    return again


def classify_unbounded(program: LinearProgram, run: Run) -> SolveResult:
    """Return whether a programme without an optimum has no point (infeasible) or no end (unbounded), and where."""
    alone = {**PLAIN, "objective_target": -np.inf}
    found = run(replace(program, cost=np.zeros(len(program.cost)), offset=0.0), alone)
    if found.values is None:
        return found
    way = run(recession_cone(program), alone)
    nothing = replace(way, values=None, objective=np.inf, bound=-np.inf, row_duals=None)
    if way.values is None:
        return nothing
    if way.objective > -LEAST_GAIN:
        return replace(
            nothing, status="failed", message="the solver called unbounded what has an end in every direction"
        )
    ranked = np.argsort(-np.abs(way.values), kind="stable")[:NAMED].tolist()
    moved = [
        f"{program.column_names[column]} {'grows' if way.values[column] > 0 else 'falls'}"
        for column in ranked
        if abs(way.values[column]) > LEAST_GAIN
    ]
    message = f"the goal gets better without end as {', '.join(moved)}: look for a negative price of what has no limit"
    return replace(nothing, status="unbounded", message=message)


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
