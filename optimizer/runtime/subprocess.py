"""One solving process from its start to its end: its messages are passed on, and it is ended if it takes too much."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Literal

from models.plan import Plan
from optimizer.benders.solution import SearchStatus
from optimizer.extract.full_year import with_year
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.interrupt import ending, signals_blocked
from optimizer.monitor.memory import ProcessTree
from optimizer.monitor.partial_failure import Failure, continue_after_failure
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.runtime.worker import FullYearEnded, PlanFound, Task, TaskFailed, TaskResult

POLL_INTERVAL_SECONDS = 0.2
"""Time between two checks of the solving process."""
FULL_YEAR = "the dispatch of the whole year"

WorkerMain = Callable[[Task, Connection], None]


class SubprocessEnded(Exception):
    """The solving process ended without a result."""

    def __init__(
        self, kind: SearchStatus | Literal["rejected", "internal_error"], message: str, trace: str = ""
    ) -> None:
        super().__init__(message)
        self.kind, self.trace = kind, trace

    @property
    def is_failure(self) -> bool:
        """Tell whether something failed, and did not merely run out of time or was asked to end."""
        return self.kind in ("failed", "rejected", "internal_error")


class FullYearCut(SubprocessEnded):
    """The plan is there and the full year was cut off, for time or because an end was asked for."""


@dataclass(frozen=True)
class Limits:
    """What the solving process may take."""

    seconds: float
    memory_mb: float
    """Memory of it and all that it starts."""


@dataclass
class PeakMemory:
    """The most memory that the solving processes had at once."""

    memory_mb: float = 0.0


def solve_once(
    task: Task, monitor: RunMonitor, limits: Limits, worker_main: WorkerMain, peak: PeakMemory
) -> TaskResult:
    """Run one solving process to its end; raises SubprocessEnded if it ends without a result."""
    spawn = multiprocessing.get_context("spawn")  # a fork would share the solver's threads and locks
    connection, other_end = spawn.Pipe()
    process = spawn.Process(target=_receive_task, args=(worker_main, other_end), name="solver")
    with signals_blocked():
        process.start()
    other_end.close()
    # a task is large: a process that ends or hangs before it has read it must not hold up this one
    sending = threading.Thread(target=_send_task, args=(connection, task), name="task", daemon=True)
    sending.start()
    plans: list[TaskResult] = []
    try:
        return _supervise(process, connection, monitor, limits, task, plans, peak, sending)
    except SubprocessEnded as end:
        if not plans:
            raise
        return _without_full_year(plans[-1], end)
    finally:
        process.kill()
        process.join()
        sending.join()  # its connection has no other end any more
        connection.close()


def _receive_task(worker_main: WorkerMain, connection: Connection) -> None:
    """Take the task from the connection, in the new process, and work on it."""
    worker_main(connection.recv(), connection)


def _send_task(connection: Connection, task: Task) -> None:
    """Send the task; that the other end is gone is seen by whoever listens to it."""
    with suppress(OSError):
        connection.send(task)


def _supervise(
    process: SpawnProcess,
    connection: Connection,
    monitor: RunMonitor,
    limits: Limits,
    task: Task,
    plans: list[TaskResult],
    peak: PeakMemory,
    sending: threading.Thread,
) -> TaskResult:
    """Pass on what the solving process sends until its result; a plan that it sends before is added to `plans`."""
    began, clock = time.perf_counter(), task.time_limits
    processes = ProcessTree(process.pid or 0)
    stop_sent, has_checkpoint = False, bool(task.checkpoints)
    while True:
        try:
            if monitor.stopped() and not stop_sent and not sending.is_alive():
                connection.send("stop")
                stop_sent = True
            message = connection.recv() if connection.poll(POLL_INTERVAL_SECONDS) else None
        except (EOFError, OSError):
            process.join()
            raise _crash(process.exitcode or 0, time.perf_counter() - began, stop_sent) from None
        match message:
            case Progress():
                monitor.report(message)
            case Checkpoint():
                monitor.on_checkpoint(message)
                has_checkpoint = True
            case PlanFound():
                plans.append(message.result)
            case FullYearEnded():
                return _with_full_year(task, plans[-1], message)
            case TaskResult():
                return message
            case TaskFailed():
                raise SubprocessEnded(message.kind, message.message, message.trace)
        if plans and stop_sent:
            raise FullYearCut("interrupted", "an end was asked for")
        if plans and clock is not None and clock.full_year_overdue():
            raise FullYearCut("limit", "the time was up")
        if not has_checkpoint and clock is not None and clock.overdue():
            raise SubprocessEnded("limit", "the time was up")
        if time.perf_counter() - began > limits.seconds:
            reason = f"the solver was ended after {limits.seconds:,.0f} s, for it did not stop at its time limit"
            raise SubprocessEnded("limit", reason)
        memory_mb = processes.memory_mb()
        peak.memory_mb = max(peak.memory_mb, memory_mb)
        if memory_mb > limits.memory_mb:
            reason = f"the solver was ended at {limits.memory_mb:,.0f} MB, all it may take (see solve.memory_gb)"
            raise SubprocessEnded("limit", reason)


def _crash(code: int, seconds: float, stop_sent: bool) -> SubprocessEnded:
    cause = ending(code)
    hint = ", perhaps for want of memory" if cause == "SIGKILL" else ""
    return SubprocessEnded(
        "interrupted" if stop_sent else "failed", f"the solver crashed after {seconds:,.0f} s ({cause}{hint})"
    )


def _with_full_year(task: Task, result: TaskResult, end: FullYearEnded) -> TaskResult:
    """Return a plan sent before with its full year, or marked as one without."""
    case = task.case
    if not case.settings.time.replay or result.plan is None:
        return result
    if end.year is None:
        reason = (
            "the time limit leaves too little time for it" if task.full_year else "a process that was to do it failed"
        )
        return _marked(result, f"{FULL_YEAR} was left out, for {reason}")
    plan, failures = result.plan, list(result.failures)
    with continue_after_failure(f"adding up {FULL_YEAR}", failures.append):
        plan = with_year(case, plan, end.year)
    result = replace(result, plan=plan, failures=tuple(failures))
    return result if plan.replay else _marked(result, str(failures[-1]))


def _without_full_year(result: TaskResult, end: SubprocessEnded) -> TaskResult:
    """Return a plan sent by a process that ended while it dispatched the full year."""
    if isinstance(end, FullYearCut):
        return _marked(result, f"{FULL_YEAR} was cut off, for {end}")
    failure = Failure(FULL_YEAR, str(end), end.trace)
    result = _marked(result, str(failure))
    return replace(result, failures=(*result.failures, failure)) if end.is_failure else result


def _marked(result: TaskResult, note: str) -> TaskResult:
    """Return a result whose plan says what it lacks."""
    if result.plan is None:
        return result
    message = "; ".join(filter(None, (result.message, note)))
    return replace(result, message=message, plan=with_proof(result.plan, message=message))


def with_proof(plan: Plan, **changed: object) -> Plan:
    """Return a plan with changed fields of its proof."""
    return plan.model_copy(update={"proof": plan.proof.model_copy(update=changed)})
