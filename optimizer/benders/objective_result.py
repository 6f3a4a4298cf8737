"""The result of an objective: what was reached, and how far that is proved."""

from typing import Literal

import numpy as np

from models.plan import ObjectiveResult
from optimizer.benders.master_problem import Incumbent
from optimizer.benders.solution import SearchStatus
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.program.extensive_form import Objective
from optimizer.solver.solve_result import relative_gap

ObjectiveStatus = Literal["solved", "limit", "interrupted"]


def objective_result(
    objective: Objective,
    status: ObjectiveStatus,
    value: float,
    bound: float,
    root: float,
    gap: float,
    seconds: float = 0.0,
    nodes: int = 0,
) -> ObjectiveResult:
    """Return the result of an objective."""
    return ObjectiveResult(
        objective=objective.name,
        sense="maximise" if objective.sign < 0 else "minimise",
        value=value,
        bound=bound,
        gap_share=gap,
        plan_value=value,
        plan_gap_share=gap,
        status=status,
        seconds=seconds,
        nodes=nodes,
        root_bound=root,
    )


def unproved(objective: Objective, status: SearchStatus) -> ObjectiveResult:
    """Return the result of an objective without a bound of its own (the last stage's plan stands)."""
    return objective_result(objective, "interrupted" if status == "interrupted" else "limit", 0.0, 0.0, 0.0, 1.0)


def broken_off(objective: Objective, best: Incumbent, checkpoint: Checkpoint) -> ObjectiveResult:
    """Return the result of an objective whose search broke off: what was proved by then."""
    if not np.isfinite(checkpoint.bound):
        return unproved(objective, "limit")
    gap = relative_gap(best.value, checkpoint.bound)
    return objective_result(
        objective,
        "limit",
        objective.sign * best.value,
        objective.sign * checkpoint.bound,
        objective.sign * checkpoint.root,
        gap,
    )
