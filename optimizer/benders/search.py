"""The search for a plan: objective by objective, linear relaxation first, then a kernel of promising sites, then proof.

Each stage minimises one objective over the master problem, in which cuts stand for the days (`decomposition.py`):
1. the relaxation, until the cuts hold what its days cost: a bound;
2. the kernel: the mixed-integer master over the sites the relaxation likes (Angelelli, Mansini, Speranza, 2010);
3. the full mixed-integer master from that plan, until bound and plan meet within the gap.
An objective once reached becomes an epsilon constraint for the next, at a share of its bound or a stated level. Of
equal plans the first found stands.
"""

from collections.abc import Callable, Sequence

import numpy as np

from models.case import Array
from models.plan import ObjectiveResult
from models.settings import ObjectiveSettings
from optimizer.benders.decomposition import Decomposition
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.benders.master_problem import (
    EPSILON_CONSTRAINT_TOLERANCE,
    Incumbent,
    MasterProblem,
    SearchEnded,
    evaluate_candidate,
)
from optimizer.benders.objective_result import broken_off, unproved
from optimizer.benders.solution import Baseline, SearchStatus
from optimizer.benders.solve_objective import minimise_with_fixed_integers, root_relaxation, solve_objective
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import Objective


def build_master(decomposition: Decomposition, baseline: Baseline, monitor: RunMonitor, began: float) -> MasterProblem:
    """Return the master problem before any objective, with the cuts that the system without data centres gives."""
    master = MasterProblem(decomposition, monitor, began, baseline.node_meur)
    master.add_cuts(np.zeros(len(decomposition.master.lower)), baseline.results)
    return master


def search(
    master: MasterProblem,
    start: Array | None = None,
    starts: Sequence[IntegerPlan] = (),
    before_last: Callable[[MasterProblem], None] = lambda _: None,
) -> Incumbent:
    """Return the best decisions for all objectives in their order; raises SearchEnded without any.

    The search sets out from decisions to `start` from, or from the best of some whole numbers, if they make a plan.
    `before_last` may change the levels that the last objective has to keep.
    """
    question, programme = master.form.case.settings.question, master.decomposition.master
    best: Incumbent | None = None
    first = master.form.objective(question.objectives[0])
    if start is not None and start.shape == programme.lower.shape:
        best = evaluate_candidate(master, first, np.clip(start, programme.lower, programme.upper))
    for decisions in (known for each in starts if (known := each.decisions(programme)) is not None):
        found = minimise_with_fixed_integers(master, first, decisions, master.gap(first.name) / 10)
        if found is not None and (best is None or found.value < best.value):
            best = found
    for name in question.objectives:
        objective = master.form.objective(name)
        others = len(question.objectives) - len(master.stages) - 1
        if not others:
            before_last(master)
        try:
            best, stage = solve_in_time_share(master, objective, best, others)
        except SearchEnded as stop:
            if best is None:
                raise
            master.stages += [
                unproved(master.form.objective(each), stop.status) for each in objectives_from(question, name)
            ]
            if stop.status == "limit":
                master.time_limited[name] = None
            break
        if others:
            best, stage = refine_to_target(master, objective, best, stage, others)
        master.stages.append(stage)
        level = None
        if others and stage.status != "interrupted":
            level = attained_target(objective, best.value, stage, master)
        master.add_objective_bound(objective, best.value if level is None else level)
        if level is None:
            status: SearchStatus = "interrupted" if stage.status == "interrupted" else "limit"
            later = objectives_from(question, name)[1:]
            master.stages += [unproved(master.form.objective(each), status) for each in later]
            break
    assert best is not None
    return best


def solve_root(master: MasterProblem) -> None:
    """Solve the relaxation of the first objective, in the time that its search would have; raises SearchEnded."""
    objectives = master.form.case.settings.question.objectives
    master.reserved = master.time_remaining * (len(objectives) - 1) / len(objectives)
    root_relaxation(master, master.form.objective(objectives[0]))
    master.reserved = 0.0


def solve_in_time_share(
    master: MasterProblem, objective: Objective, best: Incumbent | None, others: int
) -> tuple[Incumbent, ObjectiveResult]:
    """Return the stage of an objective: it has an equal share of the time left with those that come after it.

    Where that brings no plan at all it takes what is left of theirs too.
    """
    master.reserved = master.time_remaining * others / (others + 1)
    try:
        return solve_objective(master, objective, best)
    except SearchEnded as stop:
        if best is not None or not others or stop.status != "limit":
            raise
        master.reserved = 0.0
        return solve_objective(master, objective, best)
    finally:
        master.reserved = 0.0


def time_limit_message(master: MasterProblem) -> str:
    """Return what is missing, for people: a level, or what the clock cut short; empty if any machine finds the same."""
    if master.unmet_target or not master.time_limited or any(stage.status == "interrupted" for stage in master.stages):
        return master.unmet_target
    limit = master.form.case.settings.solve.time_limit_seconds
    what = ", ".join(master.time_limited)
    return (
        f"the clock (the search had {limit:.3g} s of solve.time_limit_seconds) cut short: {what}; "
        "a faster machine or more time may find another plan"
    )


def objectives_from(question: ObjectiveSettings, name: str) -> tuple[str, ...]:
    """Return an objective and those that come after it."""
    return question.objectives[question.objectives.index(name) :]


def stated_target(master: MasterProblem, objective: Objective) -> float:
    """Return the level (to be minimised) that the scenario states of an objective; infinite without one."""
    stated = getattr(master.form.case.settings.question.levels, objective.name)
    return np.inf if stated is None else float(objective.sign * stated)


def refine_to_target(
    master: MasterProblem, objective: Objective, best: Incumbent, stage: ObjectiveResult, others: int
) -> tuple[Incumbent, ObjectiveResult]:
    """Return the stage of an objective searched on, to smaller gaps, while its plan is short of a stated level."""
    try:
        while (
            stage.status == "solved" and objective.sign * stage.bound <= stated_target(master, objective) < best.value
        ):
            if master.gap(objective.name) <= EPSILON_CONSTRAINT_TOLERANCE or master.time_remaining <= 0:
                break
            master.gap_factor /= 4
            best, stage = solve_in_time_share(master, objective, best, others)
    except SearchEnded as stop:  # what is known stands
        if stop.status == "infeasible":
            raise
    finally:
        master.gap_factor = 1.0
    return best, stage


def attained_target(objective: Objective, value: float, stage: ObjectiveResult, master: MasterProblem) -> float | None:
    """Return the level that later goals have to keep; None, which is told, where the best plan is short of it.

    Raises SearchEnded where the bound proves that no plan reaches it.
    """
    level, bound = master.level(objective, stage, value), objective.sign * stage.bound
    slack = EPSILON_CONSTRAINT_TOLERANCE * max(abs(level), 1.0)
    if value <= level + slack:
        return level
    stated = f"question.levels.{objective.name} = {objective.sign * level:,.10g}"
    if bound > level + slack:
        raise SearchEnded("infeasible", f"no plan reaches {stated}: the bound is {objective.sign * bound:,.10g}")
    best = f"the best plan has {objective.sign * value:,.10g}, the bound is {objective.sign * bound:,.10g}"
    master.unmet_target = f"no plan was found that reaches {stated} ({best}): ask for a smaller solve.gap_share"
    return None


def finish_from_checkpoint(master: MasterProblem, kept: Sequence[Checkpoint]) -> Incumbent:
    """Return the first of some checkpoints that is a plan; raises SearchEnded if none is."""
    for checkpoint in kept:
        master.stages, master.epsilon_constraints = list(checkpoint.stages), []
        for stage in checkpoint.stages:
            reached = master.form.objective(stage.objective)
            value = reached.sign * stage.value
            master.add_objective_bound(reached, max(value, master.level(reached, stage, value)))
        objective = master.form.objective(checkpoint.objective)
        best = evaluate_candidate(master, objective, checkpoint.decisions)
        if best is not None:
            master.stages.append(broken_off(objective, best, checkpoint))
            master.add_objective_bound(objective, best.value)
            return best
    raise SearchEnded("failed", "none of the plans kept could be finished")
