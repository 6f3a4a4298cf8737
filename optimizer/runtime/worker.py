"""What the solving process does: it takes a task, tells how far it is, hands out its best plans, and answers."""

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from models.case import Array, Case
from models.plan import Plan
from optimizer.benders.full_year_dispatch import DispatchedYear
from optimizer.benders.solution import SearchStatus, Solution
from optimizer.case.provenance import provenance_of
from optimizer.extract.extract import extract
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.interrupt import SIGNALS
from optimizer.monitor.partial_failure import Failure, reason_of
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.pool.pinned_executor import PoolBroken
from optimizer.program.linear_program import NumbersRefused
from optimizer.runtime.time_limits import TimeLimits
from optimizer.session import solve_case
from optimizer.solver.highs import SolverFailed


@dataclass(frozen=True)
class Task:
    """A case to solve, and where it came from."""

    case: Case
    case_dir: Path
    scenario_name: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    cluster: str | None = None
    """Address of a dask scheduler whose workers are to help."""
    start: Array | None = None
    """Decisions to begin the search with, from a run that did not end."""
    kept: tuple[Checkpoint, ...] = ()
    """Checkpoints of a search that broke off: the first that is a plan is finished, nothing is searched."""
    message: str = ""
    """Why it broke off."""
    timetable: TimeLimits | None = None
    """How long the search may take, and until when the whole year may be dispatched; None for as long as it takes."""
    year: bool = True
    """Whether the whole year may be dispatched, where the scenario asks for it."""


@dataclass(frozen=True)
class Answer:
    """How a task ended."""

    status: SearchStatus
    message: str = ""
    plan: Plan | None = None
    failures: tuple[Failure, ...] = ()
    """What failed once the plan was found."""


@dataclass(frozen=True)
class Found:
    """The finished plan, handed out before the whole year is dispatched: nothing after it can lose it."""

    answer: Answer


@dataclass(frozen=True)
class Replayed:
    """The end of a task whose plan was found: the whole year, if it was dispatched."""

    year: DispatchedYear | None


@dataclass(frozen=True)
class Failed:
    """A task that ended without an answer."""

    kind: Literal["failed", "limit", "refused", "fault"]
    """The solver failed or its workers are lost; time or memory was short; the model has numbers that no solver would
    treat rightly; the program itself failed."""
    text: str
    """Why, for people."""
    trace: str = ""
    """Where in the program, of a fault."""


def worker_main(task: Task, line: Connection) -> None:
    """Answer a task through a pipe; a word from its other end asks to stop, its closing ends the process at once."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # the parent tells when to stop
    one_at_a_time = threading.Lock()

    def send(word: object) -> None:
        with one_at_a_time:
            line.send(word)

    watch = RunMonitor(send, keeper=send)
    threading.Thread(target=_obey, args=(line, watch), name="parent", daemon=True).start()
    send(_answer(task, watch, send))


def _obey(line: Connection, watch: RunMonitor) -> None:
    try:
        while True:
            line.recv()
            watch.stop.set()
    except (EOFError, OSError):
        os._exit(1)


def _answer(task: Task, watch: RunMonitor, send: Callable[[Found], None]) -> Answer | Replayed | Failed:
    began, case = time.perf_counter(), _timed(task)

    def found(solution: Solution) -> None:
        watch.report(Progress("extracting", solution.seconds))
        send(Found(_extracted(task, solution)))

    def year() -> bool:
        asked = task.year and case.settings.time.replay
        return asked and (task.timetable is None or task.timetable.has_time_for_the_year())

    try:
        solution = solve_case(case, watch, task.kept, task.cluster, task.start, found=found, year=year)
        return Replayed(solution.year) if solution.has_plan else Answer(solution.status, solution.message)
    except NumbersRefused as refused:
        return Failed("refused", str(refused))
    except PoolBroken as lost:
        return Failed("failed", str(lost))
    except SolverFailed as failure:
        late = time.perf_counter() - began >= case.settings.solve.time_limit_seconds
        return Failed("limit", f"the time was up ({failure})") if late else Failed("failed", str(failure))
    except MemoryError:
        return Failed("limit", "the machine's memory was not enough")
    except Exception as error:
        return Failed("fault", reason_of(error), traceback.format_exc())


def _timed(task: Task) -> Case:
    """Return the case with as much time for solving as the search may take; to finish a plan it is never too late."""
    if task.timetable is None or task.kept:
        return task.case
    settings = task.case.settings
    solve = settings.solve.model_copy(update={"time_limit_seconds": task.timetable.search_seconds})
    return replace(task.case, settings=settings.model_copy(update={"solve": solve}))


def _extracted(task: Task, solution: Solution) -> Answer:
    """Return the plan of a solution."""
    asked = repr(task.case.settings.solve.time_limit_seconds)  # of which the search had its part
    solution = replace(
        solution, message=task.message or solution.message, options={**solution.options, "time_limit_seconds": asked}
    )
    origin = provenance_of(task.case, task.case_dir, task.scenario_name, task.overrides)
    failures: list[Failure] = []
    plan = extract(task.case, solution, origin, failures.append)
    return Answer(solution.status, plan.proof.message, plan, tuple(failures))
