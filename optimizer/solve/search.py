"""The search for a plan: objective by objective, linear relaxation first, then a kernel of promising sites, then proof.

Each stage minimises one goal over the master, whose days are priced by planes from their dispatch (`split.py`):
1. the relaxation, until its days' prices are right: a bound;
2. the kernel: the mixed-integer master over the sites the relaxation likes (Angelelli, Mansini, Speranza, 2010);
3. the full mixed-integer master from that plan, until bound and plan meet within the gap.
A goal once reached becomes a row for the next, within its tolerance. Of equal plans the first is taken (`ties.py`).
At the end the integers are fixed and the cost of all the rest is minimised, so that nothing in the plan is there by
accident.
"""

import time
from collections.abc import Sequence

import numpy as np

from models.case import Case
from optimizer.solve.admission import admit_solver
from optimizer.solve.baseline import solve_baseline
from optimizer.solve.build import Assembly, assemble
from optimizer.solve.checkpoint import Checkpoint
from optimizer.solve.finish import check, polish, recompute, restated
from optimizer.solve.master import Incumbent, Master, Stopped, evaluate, incremental
from optimizer.solve.record import broken_off, unproved
from optimizer.solve.solution import Baseline, Ending, Solution
from optimizer.solve.split import Split, split
from optimizer.solve.stage import run_stage
from optimizer.solve.ties import break_ties
from optimizer.solve.violations import complaint
from optimizer.solve.watch import Progress, Watch


def solve_case(case: Case, watch: Watch | None = None, kept: Sequence[Checkpoint] = ()) -> Solution:
    """Return the solution of a case; its status tells whether it has a plan and how far that is proved.

    With checkpoints of a search that broke off nothing is searched: the first of them that is a plan is finished.
    Raises SolverRefused if the installed solver gives wrong answers.
    """
    admit_solver()
    watch = watch or Watch()
    began = time.perf_counter()
    watch.report(Progress("building", 0.0))
    assembly = assemble(case)
    options = {
        "gap_share": repr(case.scenario.solve.gap_share),
        "time_limit_seconds": repr(case.scenario.solve.time_limit_seconds),
        "threads": str(case.scenario.solve.threads),
        "random_seed": str(case.scenario.solve.seed),
    }

    def ended(status: Ending, message: str, baseline: Baseline | None = None) -> Solution:
        seconds = time.perf_counter() - began
        return Solution(status, message, assembly, baseline, None, (), {}, options, seconds, (), {})

    watch.report(Progress("baseline", time.perf_counter() - began, note="the system without new data centres"))
    parts = split(assembly, case.scenario.solve.time_limit_seconds)
    try:
        baseline = solve_baseline(assembly, parts)
    except Stopped as stop:
        return ended(stop.status, str(stop))
    master = master_of(assembly, parts, baseline, watch, began)
    try:
        best = recover(master, kept) if kept else search(master)
    except Stopped as stop:
        return ended(stop.status, str(stop), baseline)
    point, worth = polish(master, best)
    point, violations = check(master, point)
    if complaint(violations):
        return ended(
            "failed", f"the plan found breaks its own programme and is refused: {complaint(violations)}", baseline
        )
    *earlier, last = master.stages
    stages = (*earlier, restated(last, assembly, point))
    values = recompute(stages, assembly, point)
    status: Ending = next((stage.status for stage in stages if stage.status != "solved"), "solved")
    seconds = time.perf_counter() - began
    return Solution(status, "", assembly, baseline, point, stages, worth, options, seconds, violations, values)


def master_of(assembly: Assembly, parts: Split, baseline: Baseline, watch: Watch, began: float) -> Master:
    """Return the master of an assembly before any objective, its days priced as without new data centres."""
    for period, cost in baseline.running_meur.items():
        assembly.model.dispatch.baseline_meur[period] = cost
    base = np.array([baseline.running_meur[period] for period in assembly.case.periods])
    master = Master(assembly, parts, watch, began, base)
    master.price(np.zeros(len(parts.master.lower)), list(baseline.results))
    return master


def search(master: Master) -> Incumbent:
    """Return the best decisions for all objectives in their order; raises Stopped without any."""
    question = master.assembly.case.scenario.question
    best: Incumbent | None = None
    for name in question.objectives:
        goal = incremental(master.assembly, name)
        try:
            best, stage = run_stage(master, goal, best)
        except Stopped as stop:
            if best is None:
                raise
            master.stages.append(unproved(goal, stop.status))
            break
        master.stages.append(stage)
        final = stage.status != "solved" or name == question.objectives[-1]
        master.reach(goal, best.value, 0.0 if final else question.tolerance_share)
        if stage.status != "solved":
            break
    assert best is not None
    return break_ties(master, goal, best)


def recover(master: Master, kept: Sequence[Checkpoint]) -> Incumbent:
    """Return the first of some checkpoints that is a plan; raises Stopped if none is."""
    tolerance = master.assembly.case.scenario.question.tolerance_share
    for checkpoint in kept:
        master.stages, master.floors = list(checkpoint.stages), []
        for stage in checkpoint.stages:
            reached = incremental(master.assembly, stage.objective)
            master.reach(reached, reached.sign * stage.value, tolerance)
        goal = incremental(master.assembly, checkpoint.objective)
        best = evaluate(master, goal, checkpoint.decisions)
        if best is not None:
            master.stages.append(broken_off(goal, best, checkpoint))
            master.reach(goal, best.value, 0.0)
            return best
    raise Stopped("failed", "none of the plans kept could be finished")
