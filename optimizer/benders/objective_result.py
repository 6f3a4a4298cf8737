"""The record of an objective: what was reached, and how far that is proved."""

from typing import Literal

import numpy as np

from models.plan import Stage
from optimizer.benders.master_problem import Incumbent
from optimizer.benders.solution import Ending
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.program.extensive_form import InvestmentGoal
from optimizer.solver.solve_result import relative_gap

Reached = Literal["solved", "limit", "interrupted"]


def record(
    goal: InvestmentGoal,
    status: Reached,
    value: float,
    bound: float,
    root: float,
    gap: float,
    seconds: float = 0.0,
    nodes: int = 0,
) -> Stage:
    """Return the record of an objective."""
    return Stage(
        objective=goal.name,
        sense="maximise" if goal.sign < 0 else "minimise",
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


def unproved(goal: InvestmentGoal, status: Ending) -> Stage:
    """Return the record of an objective without a bound of its own (the last stage's plan stands)."""
    return record(goal, "interrupted" if status == "interrupted" else "limit", 0.0, 0.0, 0.0, 1.0)


def broken_off(goal: InvestmentGoal, best: Incumbent, checkpoint: Checkpoint) -> Stage:
    """Return the record of an objective whose search broke off: what was proved by then."""
    if not np.isfinite(checkpoint.bound):
        return unproved(goal, "limit")
    gap = relative_gap(best.value, checkpoint.bound)
    return record(goal, "limit", goal.sign * best.value, goal.sign * checkpoint.bound, goal.sign * checkpoint.root, gap)
