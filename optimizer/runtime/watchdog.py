"""The solve in a process of its own: a crash, a hang or a hunger for memory costs that process, never this one.

What it says is passed on. If it ends without an answer, the best plan it had handed out is finished by a second
process, and if need be by a third that leaves the whole year out.
"""

from dataclasses import replace

from models.settings import Solve
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.memory import free_memory_mb
from optimizer.monitor.partial_failure import Failure
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.linear_program import NumbersRefused
from optimizer.runtime.subprocess import YEAR, Limits, Peak, SubprocessEnded, Work, attempt, with_proof
from optimizer.runtime.worker import Answer, Task, worker_main

PATIENCE_SECONDS = 300.0
"""Time that finishing a plan may take after the time limit or a stop, before the solver counts as hanging."""


class InternalError(Exception):
    """The program itself failed in the solving process; the text is its traceback."""


def limits_of(solve: Solve) -> Limits:
    """Return the limits that a scenario sets; without one for memory it is what the machine has free now."""
    return Limits(solve.time_limit_seconds + PATIENCE_SECONDS, 1024 * solve.memory_gb or free_memory_mb())


def solve_in_subprocess(
    task: Task, watch: RunMonitor, limits: Limits | None = None, worker_main: Work = worker_main
) -> Answer:
    """Return the answer to a task from a process of its own; raises NumbersRefused or InternalError without a plan.

    If that process breaks off, the answer is its last plan, finished by another process, or that it had none. A fault
    of the program that cost no plan is told among the failures of the answer.
    """
    limits, peak = limits or limits_of(task.case.settings.solve), Peak()
    answer = _finished(task, watch, limits, worker_main, peak)
    if answer.plan is None:
        return answer
    held = max(answer.plan.proof.peak_memory_mb, peak.memory_mb)
    return replace(answer, plan=with_proof(answer.plan, peak_memory_mb=held))


def _finished(task: Task, watch: RunMonitor, limits: Limits, worker_main: Work, peak: Peak) -> Answer:
    """Return the answer of the first process that brings one."""
    kept: list[Checkpoint] = []

    def keep(checkpoint: Checkpoint) -> None:
        known = [each for each in kept if each.dispatched and not checkpoint.dispatched]
        kept[:] = [checkpoint, *known]
        watch.keeper(checkpoint)

    try:
        return attempt(task, replace(watch, keeper=keep), limits, worker_main, peak)
    except SubprocessEnded as first:
        broken = first
    if not kept:
        return _without_plan(broken, f"{broken}; it had found no plan")
    found = f"{broken}; this is the best plan it had found"
    again = broken
    for year in (True, False):
        if year and (not task.year or watch.stopped()):
            continue
        note = "finishing the best plan it had found" if year or not task.year else f"once more without {YEAR}"
        watch.report(Progress("finishing", 0.0, note=f"{again}; {note}"))
        # not with the cluster, which may be what broke off
        rest = replace(task, kept=tuple(kept), message=found, cluster=None, year=year)
        try:
            answer = attempt(rest, RunMonitor(watch.listener), limits, worker_main, peak)
        except SubprocessEnded as failed:
            again = failed
        else:
            fault = [Failure("the search", str(broken), broken.trace)] if broken.kind == "fault" else []
            return replace(answer, failures=(*fault, *answer.failures))
    return _without_plan(broken, f"{broken}, and finishing its best plan failed too: {again}", again.trace)


def _without_plan(broken: SubprocessEnded, message: str, more: str = "") -> Answer:
    """Return, or raise, what is left to say without a plan."""
    if broken.kind == "refused":
        raise NumbersRefused(str(broken))
    if broken.kind == "fault":
        raise InternalError("\n".join(dict.fromkeys(filter(None, (broken.trace, more)))))
    return Answer(broken.kind, message)
