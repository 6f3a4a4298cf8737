"""What the solving process does: it takes a task, tells how far it is, hands out its best plans, and answers."""

import os
import signal
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path

from models.case import Array, Case
from models.plan import Plan
from optimizer.crew.crew import CrewLost
from optimizer.interrupt import SIGNALS
from optimizer.plan.extract import extract
from optimizer.plan.extract_year import with_year
from optimizer.provenance import provenance_of
from optimizer.solve.checkpoint import Checkpoint
from optimizer.solve.highs import SolverFailed
from optimizer.solve.program import NumbersRefused
from optimizer.solve.search import solve_case
from optimizer.solve.solution import Ending
from optimizer.solve.watch import Watch


@dataclass(frozen=True)
class Task:
    """A case to solve, and where it came from."""

    case: Case
    case_dir: Path
    scenario_name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    cluster: str | None = None
    """Address of a dask scheduler whose workers are to help."""
    start: Array | None = None
    """Decisions to begin the search with, from a run that did not end."""
    kept: tuple[Checkpoint, ...] = ()
    """Checkpoints of a search that broke off: the first that is a plan is finished, nothing is searched."""
    message: str = ""
    """Why it broke off."""


@dataclass(frozen=True)
class Answer:
    """How a task ended."""

    status: Ending
    message: str = ""
    plan: Plan | None = None


@dataclass(frozen=True)
class Refused:
    """The model has numbers that no solver would treat rightly."""

    text: str


@dataclass(frozen=True)
class Deserted:
    """The workers that were to help are lost."""

    text: str


@dataclass(frozen=True)
class Broke:
    """The program itself failed."""

    text: str


def work(task: Task, line: Connection) -> None:
    """Answer a task through a pipe; a word from its other end asks to stop, its closing ends the process at once."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # the parent tells when to stop
    one_at_a_time = threading.Lock()

    def send(word: object) -> None:
        with one_at_a_time:
            line.send(word)

    watch = Watch(send, keeper=send)
    threading.Thread(target=_obey, args=(line, watch), name="parent", daemon=True).start()
    send(_answer(task, watch))


def _obey(line: Connection, watch: Watch) -> None:
    try:
        while True:
            line.recv()
            watch.stop.set()
    except (EOFError, OSError):
        os._exit(1)


def _answer(task: Task, watch: Watch) -> Answer | Refused | Deserted | Broke:
    try:
        solution = solve_case(task.case, watch, task.kept, task.cluster, task.start)
        if not solution.has_plan:
            return Answer(solution.status, solution.message)
        origin = provenance_of(task.case, task.case_dir, task.scenario_name, task.settings)
        plan = extract(task.case, replace(solution, message=task.message or solution.message), origin)
        if solution.year is not None:
            plan = with_year(task.case, plan, solution.year)
        return Answer(solution.status, plan.proof.message, plan)
    except NumbersRefused as refused:
        return Refused(str(refused))
    except CrewLost as lost:
        return Deserted(str(lost))
    except SolverFailed as failure:
        return Answer("failed", str(failure))
    except MemoryError:
        return Answer("limit", "the machine's memory was not enough")
    except Exception:
        return Broke(traceback.format_exc())
