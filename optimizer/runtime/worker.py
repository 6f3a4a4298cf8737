"""What the solving process does: it takes a task and sends progress, checkpoints, its plan and its result."""

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
    """First-stage solution to begin the search with, from a run that did not end."""
    checkpoints: tuple[Checkpoint, ...] = ()
    """Checkpoints of a search that ended early: the first that is a plan is finished, nothing is searched."""
    message: str = ""
    """Why it ended early."""
    time_limits: TimeLimits | None = None
    """How long the search may take, and until when the full year may be dispatched; None for as long as it takes."""
    full_year: bool = True
    """Whether the full year may be dispatched, where the settings ask for it."""


@dataclass(frozen=True)
class TaskResult:
    """How a task ended."""

    status: SearchStatus
    message: str = ""
    plan: Plan | None = None
    failures: tuple[Failure, ...] = ()
    """What failed once the plan was found."""


@dataclass(frozen=True)
class PlanFound:
    """The finished plan, sent before the full year is dispatched: nothing after it can lose it."""

    result: TaskResult


@dataclass(frozen=True)
class FullYearEnded:
    """The end of a task whose plan was found: the full year, if it was dispatched."""

    year: DispatchedYear | None


@dataclass(frozen=True)
class TaskFailed:
    """A task that ended without a result."""

    kind: Literal["failed", "limit", "rejected", "internal_error"]
    """The solver failed or the pool of workers broke; time or memory was short; the model has numbers that no solver
    would treat rightly; the program itself failed."""
    message: str
    """Why, for people."""
    trace: str = ""
    """Where in the program, of an internal error."""


def worker_main(task: Task, connection: Connection) -> None:
    """Work on a task and send what is known; a message asks to stop, the end of the connection ends the process."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # the parent process decides when to stop
    lock = threading.Lock()

    def send(message: object) -> None:
        with lock:
            connection.send(message)

    monitor = RunMonitor(send, on_checkpoint=send)
    threading.Thread(target=_listen, args=(connection, monitor), name="parent", daemon=True).start()
    send(_run_task(task, monitor, send))


def _listen(connection: Connection, monitor: RunMonitor) -> None:
    try:
        while True:
            connection.recv()
            monitor.stop.set()
    except (EOFError, OSError):
        os._exit(1)


def _run_task(
    task: Task, monitor: RunMonitor, send: Callable[[PlanFound], None]
) -> TaskResult | FullYearEnded | TaskFailed:
    began, case = time.perf_counter(), _with_search_time(task)

    def found(solution: Solution) -> None:
        monitor.report(Progress("extracting", solution.seconds))
        send(PlanFound(_plan_of(task, solution)))

    def full_year() -> bool:
        allowed = task.full_year and case.settings.time.replay
        return allowed and (task.time_limits is None or task.time_limits.has_time_for_full_year())

    try:
        solution = solve_case(
            case, monitor, task.checkpoints, task.cluster, task.start, found=found, year=full_year, flips=True
        )
        return FullYearEnded(solution.year) if solution.has_plan else TaskResult(solution.status, solution.message)
    except NumbersRefused as refused:
        return TaskFailed("rejected", str(refused))
    except PoolBroken as broken:
        return TaskFailed("failed", str(broken))
    except SolverFailed as failure:
        late = time.perf_counter() - began >= case.settings.solve.time_limit_seconds
        return TaskFailed("limit", f"the time was up ({failure})") if late else TaskFailed("failed", str(failure))
    except MemoryError:
        return TaskFailed("limit", "the machine's memory was not enough")
    except Exception as error:
        return TaskFailed("internal_error", reason_of(error), traceback.format_exc())


def _with_search_time(task: Task) -> Case:
    """Return the case with as much time for solving as the search may take; to finish a plan it is never too late."""
    if task.time_limits is None or task.checkpoints:
        return task.case
    settings = task.case.settings
    solve = settings.solve.model_copy(update={"time_limit_seconds": task.time_limits.search_seconds})
    return replace(task.case, settings=settings.model_copy(update={"solve": solve}))


def _plan_of(task: Task, solution: Solution) -> TaskResult:
    """Return the plan of a solution."""
    limit = repr(task.case.settings.solve.time_limit_seconds)  # of which the search had its part
    solution = replace(
        solution, message=task.message or solution.message, options={**solution.options, "time_limit_seconds": limit}
    )
    provenance = provenance_of(task.case, task.case_dir, task.scenario_name, task.overrides)
    failures: list[Failure] = []
    plan = extract(task.case, solution, provenance, failures.append)
    return TaskResult(solution.status, plan.proof.message, plan, tuple(failures))
