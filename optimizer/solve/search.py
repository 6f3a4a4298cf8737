"""The search for a plan: objective by objective, linear relaxation first, then a kernel of promising sites, then proof.

Each stage minimises one goal over the master, whose days are priced by planes from their dispatch (`split.py`):
1. the relaxation, until its days' prices are right: a bound;
2. the kernel: the mixed-integer master over the sites the relaxation likes (Angelelli, Mansini, Speranza, 2010);
3. the full mixed-integer master from that plan, until bound and plan meet within the gap.
A goal once reached becomes a row for the next, within its tolerance. At the end the integers are fixed and the cost of
all the rest is minimised, so that nothing in the plan is there by accident.
"""

import time

import numpy as np

from models.case import Case
from models.plan import Stage
from optimizer.solve.baseline import SystemShort, solve_baseline
from optimizer.solve.build import assemble
from optimizer.solve.finish import polish, restated
from optimizer.solve.master import FLOOR_SHARE, Incumbent, Master, Stopped, incremental
from optimizer.solve.solution import Baseline, Ending, Solution
from optimizer.solve.split import split
from optimizer.solve.stage import run_stage, unproved
from optimizer.solve.watch import Progress, Watch


def solve_case(case: Case, watch: Watch | None = None) -> Solution:
    """Return the solution of a case; its status tells whether it has a plan and how far that is proved."""
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

    def ended(
        status: Ending, message: str, baseline: Baseline | None = None, stages: tuple[Stage, ...] = ()
    ) -> Solution:
        seconds = time.perf_counter() - began
        return Solution(status, message, assembly, baseline, None, stages, {}, options, seconds)

    watch.report(Progress("baseline", time.perf_counter() - began, note="the system without new data centres"))
    try:
        baseline = solve_baseline(assembly, watch, case.scenario.solve.time_limit_seconds)
    except SystemShort as short:
        return ended("infeasible", str(short))
    except InterruptedError as stop:
        return ended("interrupted" if watch.stopped() else "limit", f"the baseline was not finished ({stop})")
    for period, cost in baseline.running_meur.items():
        assembly.model.dispatch.baseline_meur[period] = cost
    parts = split(assembly, case.scenario.solve.time_limit_seconds)
    shared = [assembly.compiled.columns[id(variable)] for variable in assembly.model.power.allotted_mw.values()]
    start = np.append(baseline.decisions[parts.master_columns], np.zeros(len(parts.days)))
    master = Master(assembly, parts, watch, began, start, np.array(shared, dtype=np.int64))
    first = parts.solve_days(start)
    master.base = np.array([result.cost for result in first])
    master.price(first)

    stages: list[Stage] = []
    best: Incumbent | None = None
    try:
        for name in case.scenario.question.objectives:
            goal = incremental(assembly, name)
            best, stage = run_stage(master, goal, best)
            stages.append(stage)
            final = stage.status != "solved" or name == case.scenario.question.objectives[-1]
            tolerance = 0.0 if final else case.scenario.question.tolerance_share
            given_up = max(tolerance * abs(best.value), FLOOR_SHARE * max(abs(best.value), 1.0))
            master.floors.append((master.vector(goal), best.value - goal.constant + given_up, name))
            if stage.status != "solved":
                break
    except Stopped as stop:
        if best is None:
            return ended(stop.status, str(stop), baseline, tuple(stages))
        stages.append(unproved(name, goal, stop))
    assert best is not None
    point, worth = polish(master, best)
    stages = [restated(stage, assembly, point) if stage is stages[-1] else stage for stage in stages]
    status: Ending = next((stage.status for stage in stages if stage.status != "solved"), "solved")
    seconds = time.perf_counter() - began
    return Solution(status, "", assembly, baseline, point, tuple(stages), worth, options, seconds)
