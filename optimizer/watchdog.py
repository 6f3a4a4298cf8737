"""The solve in a process of its own: a crash, a hang or a hunger for memory costs that process, never this one.

What it says is passed on. If it breaks off, the best plan it had handed out is finished by a second process.
"""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from models.scenario import Solve
from optimizer.interrupt import ending, unheard
from optimizer.memory import Kin, free_memory_mb
from optimizer.solve.checkpoint import Checkpoint
from optimizer.solve.program import NumbersRefused
from optimizer.solve.solution import Ending
from optimizer.solve.watch import Progress, Watch
from optimizer.worker import Answer, Broke, Deserted, Refused, Task, work

PATIENCE_SECONDS = 300.0
"""Time that finishing a plan may take after the time limit or a stop, before the solver counts as hanging."""
BREATH_SECONDS = 0.2
"""Time between two looks at the solving process."""

Work = Callable[[Task, Connection], None]


class WorkerBroke(Exception):
    """The program itself failed in the solving process; the text is its traceback."""


class BrokenOff(Exception):
    """The solving process ended without an answer."""

    def __init__(self, status: Ending, message: str) -> None:
        super().__init__(message)
        self.status: Ending = status


@dataclass(frozen=True)
class Limits:
    """What the solving process may take."""

    seconds: float
    memory_mb: float
    """What it and all that it starts may hold."""


def limits_of(solve: Solve) -> Limits:
    """Return the limits that a scenario sets; without one for memory it is what the machine has free now."""
    return Limits(solve.time_limit_seconds + PATIENCE_SECONDS, 1024 * solve.memory_gb or free_memory_mb())


def solve_apart(task: Task, watch: Watch, limits: Limits | None = None, work: Work = work) -> Answer:
    """Return the answer to a task from a process of its own; raises NumbersRefused or WorkerBroke.

    If that process breaks off, the answer is its last plan, finished by another process, or that it had none.
    """
    limits = limits or limits_of(task.case.scenario.solve)
    kept: list[Checkpoint] = []

    def keep(checkpoint: Checkpoint) -> None:
        known = [each for each in kept if each.dispatched and not checkpoint.dispatched]
        kept[:] = [checkpoint, *known]
        watch.keeper(checkpoint)

    try:
        return _attempt(task, replace(watch, keeper=keep), limits, work)
    except BrokenOff as broken:
        if not kept:
            return Answer(broken.status, f"{broken}; it had found no plan")
        watch.report(Progress("finishing", 0.0, note=f"{broken}; finishing the best plan it had found"))
        found = f"{broken}; this is the best plan it had found"
        rest = replace(task, kept=tuple(kept), message=found, cluster=None)  # which may be what broke off
        try:
            return _attempt(rest, Watch(watch.listener), limits, work)
        except BrokenOff as again:
            return Answer(broken.status, f"{broken}, and finishing its best plan failed too: {again}")


def _attempt(task: Task, watch: Watch, limits: Limits, work: Work) -> Answer:
    """Run one solving process to its end; raises BrokenOff if it ends without an answer."""
    spawn = multiprocessing.get_context("spawn")  # a fork would share the solver's threads and locks
    here, there = spawn.Pipe()
    solver = spawn.Process(target=work, args=(task, there), name="solver")
    with unheard():
        solver.start()
    there.close()
    try:
        return _relay(solver, here, watch, limits)
    finally:
        solver.kill()
        solver.join()
        here.close()


def _relay(solver: SpawnProcess, line: Connection, watch: Watch, limits: Limits) -> Answer:
    """Pass on what the solving process says until it answers."""
    began = time.perf_counter()
    kin = Kin(solver.pid or 0)
    asked = False
    while True:
        try:
            if watch.stopped() and not asked:
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
            case Answer():
                return word
            case Refused():
                raise NumbersRefused(word.text)
            case Deserted():
                raise BrokenOff("failed", word.text)
            case Broke():
                raise WorkerBroke(word.text)
        if time.perf_counter() - began > limits.seconds:
            text = f"the solver was ended after {limits.seconds:,.0f} s, for it did not stop at its time limit"
            raise BrokenOff("limit", text)
        if kin.memory_mb() > limits.memory_mb:
            text = f"the solver was ended at {limits.memory_mb:,.0f} MB, all it may take (see solve.memory_gb)"
            raise BrokenOff("limit", text)


def _death(code: int, seconds: float, asked: bool) -> BrokenOff:
    cause = ending(code)
    hint = ", perhaps for want of memory" if cause == "SIGKILL" else ""
    return BrokenOff("interrupted" if asked else "failed", f"the solver crashed after {seconds:,.0f} s ({cause}{hint})")
