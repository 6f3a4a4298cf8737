"""One solving process from its start to its end: what it says is passed on, and it is ended where it takes too much."""

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
from optimizer.monitor.partial_failure import Failure, survived
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.runtime.worker import Answer, Failed, Found, Replayed, Task

BREATH_SECONDS = 0.2
"""Time between two looks at the solving process."""
YEAR = "the dispatch of the whole year"

Work = Callable[[Task, Connection], None]


class SubprocessEnded(Exception):
    """The solving process ended without an answer."""

    def __init__(self, kind: SearchStatus | Literal["refused", "fault"], message: str, trace: str = "") -> None:
        super().__init__(message)
        self.kind, self.trace = kind, trace

    @property
    def mishap(self) -> bool:
        """Tell whether something failed, and did not merely run out of time or was asked to end."""
        return self.kind in ("failed", "refused", "fault")


class TimeUp(SubprocessEnded):
    """The plan is there and the whole year was cut off, for time or a wish."""


@dataclass(frozen=True)
class Limits:
    """What the solving process may take."""

    seconds: float
    memory_mb: float
    """What it and all that it starts may hold."""


@dataclass
class Peak:
    """The most memory that the solving processes held at once."""

    memory_mb: float = 0.0


def attempt(task: Task, watch: RunMonitor, limits: Limits, work: Work, peak: Peak) -> Answer:
    """Run one solving process to its end; raises SubprocessEnded if it ends without an answer."""
    spawn = multiprocessing.get_context("spawn")  # a fork would share the solver's threads and locks
    here, there = spawn.Pipe()
    solver = spawn.Process(target=_begin, args=(work, there), name="solver")
    with signals_blocked():
        solver.start()
    there.close()
    # a task is large: a process that ends or hangs before it has read it must not hold this one
    giving = threading.Thread(target=_give, args=(here, task), name="task", daemon=True)
    giving.start()
    handed: list[Answer] = []
    try:
        return _relay(solver, here, watch, limits, task, handed, peak, giving)
    except SubprocessEnded as broken:
        if not handed:
            raise
        return _without_year(handed[-1], broken)
    finally:
        solver.kill()
        solver.join()
        giving.join()  # its line has no other end any more
        here.close()


def _begin(work: Work, line: Connection) -> None:
    """Take the task from the line, in the new process, and work on it."""
    work(line.recv(), line)


def _give(line: Connection, task: Task) -> None:
    """Hand the task over; that the other end is gone is seen by whoever listens to it."""
    with suppress(OSError):
        line.send(task)


def _relay(
    solver: SpawnProcess,
    line: Connection,
    watch: RunMonitor,
    limits: Limits,
    task: Task,
    handed: list[Answer],
    peak: Peak,
    giving: threading.Thread,
) -> Answer:
    """Pass on what the solving process says until it answers; a plan it hands out before is kept in `handed`."""
    began = time.perf_counter()
    kin = ProcessTree(solver.pid or 0)
    asked, hopeful = False, bool(task.kept)
    while True:
        try:
            if watch.stopped() and not asked and not giving.is_alive():
                line.send("stop")
                asked = True
            word = line.recv() if line.poll(BREATH_SECONDS) else None
        except (EOFError, OSError):
            solver.join()
            raise _death(solver.exitcode or 0, time.perf_counter() - began, asked) from None
        match word:
            case Progress():
                watch.report(word)
            case Checkpoint():
                watch.keeper(word)
                hopeful = True
            case Found():
                handed.append(word.answer)
            case Replayed():
                return _with_year(task, handed[-1], word)
            case Answer():
                return word
            case Failed():
                raise SubprocessEnded(word.kind, word.text, word.trace)
        if handed and asked:
            raise TimeUp("interrupted", "an end was asked for")
        if handed and task.timetable is not None and task.timetable.cuts_the_year():
            raise TimeUp("limit", "the time was up")
        if not hopeful and task.timetable is not None and task.timetable.overdue():
            raise SubprocessEnded("limit", "the time was up")
        if time.perf_counter() - began > limits.seconds:
            text = f"the solver was ended after {limits.seconds:,.0f} s, for it did not stop at its time limit"
            raise SubprocessEnded("limit", text)
        held = kin.memory_mb()
        peak.memory_mb = max(peak.memory_mb, held)
        if held > limits.memory_mb:
            text = f"the solver was ended at {limits.memory_mb:,.0f} MB, all it may take (see solve.memory_gb)"
            raise SubprocessEnded("limit", text)


def _death(code: int, seconds: float, asked: bool) -> SubprocessEnded:
    cause = ending(code)
    hint = ", perhaps for want of memory" if cause == "SIGKILL" else ""
    return SubprocessEnded(
        "interrupted" if asked else "failed", f"the solver crashed after {seconds:,.0f} s ({cause}{hint})"
    )


def _with_year(task: Task, answer: Answer, end: Replayed) -> Answer:
    """Return a plan handed out with its whole year, or marked as one without."""
    case = task.case
    if not case.settings.time.replay or answer.plan is None:
        return answer
    if end.year is None:
        reason = "the time limit leaves too little time for it" if task.year else "a process that was to do it failed"
        return _marked(answer, f"{YEAR} was left out, for {reason}")
    plan, failures = answer.plan, list(answer.failures)
    with survived(f"adding up {YEAR}", failures.append):
        plan = with_year(case, plan, end.year)
    answer = replace(answer, plan=plan, failures=tuple(failures))
    return answer if plan.replay else _marked(answer, str(failures[-1]))


def _without_year(answer: Answer, broken: SubprocessEnded) -> Answer:
    """Return a plan handed out by a process that ended while it dispatched the whole year."""
    if isinstance(broken, TimeUp):
        return _marked(answer, f"{YEAR} was cut off, for {broken}")
    failure = Failure(YEAR, str(broken), broken.trace)
    answer = _marked(answer, str(failure))
    return replace(answer, failures=(*answer.failures, failure)) if broken.mishap else answer


def _marked(answer: Answer, mark: str) -> Answer:
    """Return an answer whose plan says what it lacks."""
    if answer.plan is None:
        return answer
    message = "; ".join(filter(None, (answer.message, mark)))
    return replace(answer, message=message, plan=with_proof(answer.plan, message=message))


def with_proof(plan: Plan, **changed: object) -> Plan:
    """Return a plan whose proof says something else."""
    return plan.model_copy(update={"proof": plan.proof.model_copy(update=changed)})
