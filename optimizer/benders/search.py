"""The search for a plan: objective by objective, linear relaxation first, then a kernel of promising sites, then proof.

Each stage minimises one goal over the master, whose days are priced by planes from their dispatch (`split.py`):
1. the relaxation, until its days' prices are right: a bound;
2. the kernel: the mixed-integer master over the sites the relaxation likes (Angelelli, Mansini, Speranza, 2010);
3. the full mixed-integer master from that plan, until bound and plan meet within the gap.
A goal once reached becomes a row for the next, at a share of its bound or a stated level. Of equal plans the first is
taken (`ties.py`).
At the end the integers are fixed and the cost of all the rest is minimised, so that nothing in the plan is there by
accident.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace

import numpy as np

from models.case import Array, Case
from models.plan import ObjectiveResult
from models.settings import ObjectiveSettings
from optimizer.benders.baseline import solve_baseline
from optimizer.benders.decomposition import Decomposition, decompose
from optimizer.benders.dispatch import CancelToken
from optimizer.benders.fix_and_reoptimise import delivered, fix_and_reoptimise, verify
from optimizer.benders.full_year_dispatch import DispatchedYear, FullYearDispatch
from optimizer.benders.master_problem import (
    FLOOR_SHARE,
    Incumbent,
    MasterProblem,
    SearchEnded,
    evaluate_candidate,
    objective_net_of_baseline,
)
from optimizer.benders.objective_result import broken_off, unproved
from optimizer.benders.solution import Baseline, SearchStatus, Solution
from optimizer.benders.solve_objective import solve_objective
from optimizer.benders.ties import break_ties
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.extensive_form import ExtensiveForm, Objective, build_extensive_form
from optimizer.program.violations import describe
from optimizer.solver.highs import OutOfTime


def solve_case(
    case: Case,
    watch: RunMonitor | None = None,
    kept: Sequence[Checkpoint] = (),
    cluster: str | None = None,
    start: Array | None = None,
    *,
    found: Callable[[Solution], None] = lambda _: None,
    year: Callable[[], bool] | None = None,
) -> Solution:
    """Return the solution of a case; its status tells whether it has a plan and how far that is proved.

    With checkpoints of a search that broke off nothing is searched: the first of them that is a plan is finished. With
    decisions to `start` from, the search begins with them if they are a plan of this case. The days are dispatched by
    processes of this machine, or by the workers of a dask `cluster` at an address. The finished plan is handed to
    `found` before the whole year is dispatched; `year`, asked once the search has ended, tells whether that is done,
    and without it the scenario. Raises PoolBroken if the cluster is lost.
    """
    watch = watch or RunMonitor()
    began = time.perf_counter()
    watch.report(Progress("building", 0.0))
    assembly = build_extensive_form(case)
    parts = decompose(assembly, case.settings.solve.time_limit_seconds, cluster)
    try:
        return _solved(assembly, parts, watch, kept, cluster, start, began, found, year)
    finally:
        parts.dispatcher.close()


def _solved(
    assembly: ExtensiveForm,
    parts: Decomposition,
    watch: RunMonitor,
    kept: Sequence[Checkpoint],
    cluster: str | None,
    start: Array | None,
    began: float,
    found: Callable[[Solution], None],
    year: Callable[[], bool] | None,
) -> Solution:
    """Return the solution of an assembly cut into its parts."""
    case, baseline = assembly.case, None
    solve = case.settings.solve
    options = {
        "gap_share": repr(solve.gap_share),
        "time_limit_seconds": repr(solve.time_limit_seconds),
        "threads": str(solve.threads),
        "random_seed": str(solve.seed),
    }

    def ended(status: SearchStatus, message: str) -> Solution:
        seconds = time.perf_counter() - began
        return Solution(status, message, assembly, baseline, None, (), {}, options, seconds, ())

    watch.report(Progress("baseline", time.perf_counter() - began, note="the system without new data centres"))
    try:
        baseline = solve_baseline(assembly, parts, watch, began)
        master = build_master(assembly, parts, baseline, watch, began)
        best = recover(master, kept) if kept else search(master, start)
    except SearchEnded as stop:
        return ended(stop.status, str(stop))
    except OutOfTime as late:
        return ended("limit", f"no plan was found: {late}")
    watch.report(Progress("finishing", time.perf_counter() - began, note="the cost of all that is not whole minimised"))
    replayed_too = case.settings.time.replay if year is None else year()
    with FullYearDispatch(parts.dispatcher, cluster) if replayed_too else nullcontext() as record:
        point, worth = fix_and_reoptimise(master, best, record)
        parts.dispatcher.close()  # the whole programme may need the memory
        point, violations = verify(master, point)
        if describe(violations):
            return ended("failed", f"the plan found breaks its own programme and is refused: {describe(violations)}")
        stages = tuple(delivered(stage, assembly, point) for stage in master.stages)
        status: SearchStatus = next((stage.status for stage in stages if stage.status != "solved"), "solved")
        seconds = time.perf_counter() - began
        both = zip(case.periods, baseline.results, master.delivered, strict=True)
        noise = {period: sum(each.cost_meur - each.bound.value for each in results) for period, *results in both}
        solution = Solution(
            status, hurry(master), assembly, baseline, point, stages, worth, options, seconds, violations, noise
        )
        found(solution)
        return replace(solution, year=replayed(record, parts, point, watch, began)) if record else solution


def replayed(
    record: FullYearDispatch, parts: Decomposition, point: Array, watch: RunMonitor, began: float
) -> DispatchedYear | None:
    """Return every day of the record at a finished plan; None if an end was asked for before."""
    if watch.stopped():
        return None

    def tell(note: str) -> None:
        watch.report(Progress("whole year", time.perf_counter() - began, note=note))

    return record.replay(parts.links_at(point), parts.dispatcher.prices, CancelToken(watch.stopped, tell))


def build_master(
    assembly: ExtensiveForm, parts: Decomposition, baseline: Baseline, watch: RunMonitor, began: float
) -> MasterProblem:
    """Return the master of an assembly before any objective, its days priced as without new data centres."""
    for period, cost in baseline.running_meur.items():
        assembly.model.dispatch.baseline_meur[period] = cost
    base = np.array([baseline.running_meur[period] for period in assembly.case.periods])
    master = MasterProblem(assembly, parts, watch, began, base)
    master.price(np.zeros(len(parts.master.lower)), list(baseline.results))
    return master


def search(master: MasterProblem, start: Array | None = None) -> Incumbent:
    """Return the best decisions for all objectives in their order; raises SearchEnded without any."""
    question = master.assembly.case.settings.question
    best: Incumbent | None = None
    if start is not None and start.shape == master.parts.master.lower.shape:
        within = np.clip(start, master.parts.master.lower, master.parts.master.upper)
        best = evaluate_candidate(master, objective_net_of_baseline(master.assembly, question.objectives[0]), within)
    for name in question.objectives:
        goal = objective_net_of_baseline(master.assembly, name)
        others = len(question.objectives) - len(master.stages) - 1
        try:
            best, stage = in_its_share(master, goal, best, others)
        except SearchEnded as stop:
            if best is None:
                raise
            master.stages += [
                unproved(objective_net_of_baseline(master.assembly, each), stop.status)
                for each in from_on(question, name)
            ]
            if stop.status == "limit":
                master.hurried[name] = None
            break
        if others:
            best, stage = nearer(master, goal, best, stage, others)
        master.stages.append(stage)
        level = None
        if others and stage.status != "interrupted":
            level = attainable(goal, best.value, goal.sign * stage.bound, master)
        master.reach(goal, best.value if level is None else level)
        if level is None:
            status: SearchStatus = "interrupted" if stage.status == "interrupted" else "limit"
            unknown = from_on(question, name)[1:]
            master.stages += [unproved(objective_net_of_baseline(master.assembly, each), status) for each in unknown]
            break
    assert best is not None
    return break_ties(master, goal, best)


def in_its_share(
    master: MasterProblem, goal: Objective, best: Incumbent | None, others: int
) -> tuple[Incumbent, ObjectiveResult]:
    """Return the stage of an objective: it has an equal share of the time left with those that come after it.

    Where that brings no plan at all it takes what is left of theirs too.
    """
    master.reserved = master.left * others / (others + 1)
    try:
        return solve_objective(master, goal, best)
    except SearchEnded as stop:
        if best is not None or not others or stop.status != "limit":
            raise
        master.reserved = 0.0
        return solve_objective(master, goal, best)
    finally:
        master.reserved = 0.0


def hurry(master: MasterProblem) -> str:
    """Return what is missing, for people: a level, or what the clock cut short; empty if any machine finds the same."""
    if master.unreached or not master.hurried or any(stage.status == "interrupted" for stage in master.stages):
        return master.unreached
    limit = master.assembly.case.settings.solve.time_limit_seconds
    return (
        f"the clock (the search had {limit:.3g} s of solve.time_limit_seconds) cut short: {', '.join(master.hurried)}; "
        "a faster machine or more time may find another plan"
    )


def from_on(question: ObjectiveSettings, name: str) -> tuple[str, ...]:
    """Return an objective and those that come after it."""
    return question.objectives[question.objectives.index(name) :]


def stated_level(master: MasterProblem, goal: Objective) -> float:
    """Return the level (to be minimised) that the scenario states of a goal; infinite without one."""
    stated = getattr(master.assembly.case.settings.question.levels, goal.name)
    return np.inf if stated is None else float(goal.sign * stated)


def nearer(
    master: MasterProblem, goal: Objective, best: Incumbent, stage: ObjectiveResult, others: int
) -> tuple[Incumbent, ObjectiveResult]:
    """Return the stage of an objective searched on, to smaller gaps, while its plan is short of a stated level."""
    try:
        while stage.status == "solved" and goal.sign * stage.bound <= stated_level(master, goal) < best.value:
            if master.gap <= FLOOR_SHARE or master.left <= 0:
                break
            master.nearer /= 4
            best, stage = in_its_share(master, goal, best, others)
    except SearchEnded as stop:  # what is known stands
        if stop.status == "infeasible":
            raise
    finally:
        master.nearer = 1.0
    return best, stage


def attainable(goal: Objective, value: float, bound: float, master: MasterProblem) -> float | None:
    """Return the level that later goals have to keep; None, which is told, where the best plan is short of it.

    Raises SearchEnded where the bound proves that no plan reaches it.
    """
    level = master.level(goal, value, bound)
    slack = FLOOR_SHARE * max(abs(level), 1.0)
    if value <= level + slack:
        return level
    stated = f"question.levels.{goal.name} = {goal.sign * level:,.10g}"
    if bound > level + slack:
        raise SearchEnded("infeasible", f"no plan reaches {stated}: the bound is {goal.sign * bound:,.10g}")
    best = f"the best plan has {goal.sign * value:,.10g}, the bound is {goal.sign * bound:,.10g}"
    master.unreached = f"no plan was found that reaches {stated} ({best}): ask for a smaller solve.gap_share"
    return None


def recover(master: MasterProblem, kept: Sequence[Checkpoint]) -> Incumbent:
    """Return the first of some checkpoints that is a plan; raises SearchEnded if none is."""
    for checkpoint in kept:
        master.stages, master.floors = list(checkpoint.stages), []
        for stage in checkpoint.stages:
            reached = objective_net_of_baseline(master.assembly, stage.objective)
            value = reached.sign * stage.value
            master.reach(reached, max(value, master.level(reached, value, reached.sign * stage.bound)))
        goal = objective_net_of_baseline(master.assembly, checkpoint.objective)
        best = evaluate_candidate(master, goal, checkpoint.decisions)
        if best is not None:
            master.stages.append(broken_off(goal, best, checkpoint))
            master.reach(goal, best.value)
            return best
    raise SearchEnded("failed", "none of the plans kept could be finished")
