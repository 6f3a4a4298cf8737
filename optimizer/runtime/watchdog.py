"""The solve in a process of its own: a crash, a hang or a hunger for memory costs that process, never this one.

What it sends is passed on. If it ends without a result, its best checkpoint is finished by a second process, and if
need be by a third that leaves the full year out.
"""

from dataclasses import replace

from models.settings import Solve
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.memory import free_memory_mb
from optimizer.monitor.partial_failure import Failure
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.linear_program import NumbersRefused
from optimizer.runtime.subprocess import (
    FULL_YEAR,
    Limits,
    PeakMemory,
    SubprocessEnded,
    WorkerMain,
    solve_once,
    with_proof,
)
from optimizer.runtime.worker import Task, TaskResult, worker_main

FINISH_TIMEOUT_SECONDS = 300.0
"""Time that finishing a plan may take after the time limit or a stop, before the solver counts as hanging."""


class InternalError(Exception):
    """The program itself failed in the solving process; the text is its traceback."""


def subprocess_limits(solve: Solve) -> Limits:
    """Return the limits that the settings state; without one for memory it is what the machine has free now."""
    return Limits(solve.time_limit_seconds + FINISH_TIMEOUT_SECONDS, 1024 * solve.memory_gb or free_memory_mb())


def solve_in_subprocess(
    task: Task, monitor: RunMonitor, limits: Limits | None = None, worker_main: WorkerMain = worker_main
) -> TaskResult:
    """Return the result of a task from a process of its own; raises NumbersRefused or InternalError without a plan.

    If that process ends early, the result is its last plan, finished by another process, or that it had none. An
    internal error that cost no plan is among the failures of the result.
    """
    limits, peak = limits or subprocess_limits(task.case.settings.solve), PeakMemory()
    result = _solve_and_recover(task, monitor, limits, worker_main, peak)
    if result.plan is None:
        return result
    most = max(result.plan.proof.peak_memory_mb, peak.memory_mb)
    return replace(result, plan=with_proof(result.plan, peak_memory_mb=most))


def _solve_and_recover(
    task: Task, monitor: RunMonitor, limits: Limits, worker_main: WorkerMain, peak: PeakMemory
) -> TaskResult:
    """Return the result of the first process that brings one."""
    checkpoints: list[Checkpoint] = []

    def on_checkpoint(checkpoint: Checkpoint) -> None:
        known_plans = [each for each in checkpoints if each.dispatched and not checkpoint.dispatched]
        checkpoints[:] = [checkpoint, *known_plans]
        monitor.on_checkpoint(checkpoint)

    try:
        return solve_once(task, replace(monitor, on_checkpoint=on_checkpoint), limits, worker_main, peak)
    except SubprocessEnded as end:
        first = last = end
    if not checkpoints:
        return _without_plan(first, f"{first}; it had found no plan")
    # not with the cluster, which may be what failed
    rest = replace(
        task, checkpoints=tuple(checkpoints), message=f"{first}; this is the best plan it had found", cluster=None
    )
    for full_year in (True, False):
        if full_year and (not task.full_year or monitor.stopped()):
            continue
        note = f"once more without {FULL_YEAR}"
        if full_year or not task.full_year:
            note = "finishing the best plan it had found"
        monitor.report(Progress("finishing", 0.0, note=f"{last}; {note}"))
        try:
            result = solve_once(
                replace(rest, full_year=full_year), RunMonitor(monitor.on_progress), limits, worker_main, peak
            )
        except SubprocessEnded as end:
            last = end
        else:
            failures = [Failure("the search", str(first), first.trace)] if first.kind == "internal_error" else []
            return replace(result, failures=(*failures, *result.failures))
    return _without_plan(first, f"{first}, and finishing its best plan failed too: {last}", last.trace)


def _without_plan(end: SubprocessEnded, message: str, more: str = "") -> TaskResult:
    """Return the result of a run without a plan, or raise its error."""
    if end.kind == "rejected":
        raise NumbersRefused(str(end))
    if end.kind == "internal_error":
        raise InternalError("\n".join(dict.fromkeys(filter(None, (end.trace, more)))))
    return TaskResult(end.kind, message)
