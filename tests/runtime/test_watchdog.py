import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import psutil
import pytest

from models.case import Case
from optimizer.audit.audit import audit
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.memory import ProcessTree
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.pool.pinned_executor import PoolBroken
from optimizer.pool.process_pool import process_pool
from optimizer.program.linear_program import NumbersRefused
from optimizer.run import Request, RunResult, run
from optimizer.runtime import subprocess as subprocess_module
from optimizer.runtime.subprocess import Limits
from optimizer.runtime.time_limits import GRACE_SECONDS, TimeLimits
from optimizer.runtime.watchdog import InternalError, solve_in_subprocess, subprocess_limits
from optimizer.runtime.worker import Task, TaskFailed, TaskResult, worker_main
from optimizer.session import solve_case
from optimizer.solver.highs import SolverFailed

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "inputs" / "tutorial"
AMPLE = Limits(60.0, 8000.0)


def crash(task: Task, connection: Connection) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(task: Task, connection: Connection) -> None:
    os._exit(42)


def hang(task: Task, connection: Connection) -> None:
    connection.send(Progress("compute", 0.0))
    time.sleep(600)


def devour(task: Task, connection: Connection) -> None:
    held = [bytearray(50 * 1024**2) for _ in range(20)]
    for block in held:
        block[::4096] = b"x" * len(block[::4096])
    time.sleep(600)


def devour_in_a_pool(task: Task, connection: Connection) -> None:
    process_pool(hold_much, print, 2)
    time.sleep(600)


def hold_much() -> None:
    held = bytearray(400 * 1024**2)
    held[::4096] = b"x" * len(held[::4096])
    time.sleep(600)


def refuse(task: Task, connection: Connection) -> None:
    connection.send(TaskFailed("rejected", "budget.x: coefficient inf"))


def fail(task: Task, connection: Connection) -> None:
    connection.send(TaskFailed("internal_error", "KeyError: 'p1'", "Traceback: KeyError"))


def obey(task: Task, connection: Connection) -> None:
    connection.send(Progress("compute", 0.0))
    connection.send(TaskResult("interrupted", connection.recv()))


def die_once_there_is_a_plan(task: Task, connection: Connection) -> None:
    """Work as always, but die at the first plan known to be one; finish as always."""
    if not task.checkpoints:
        connection = AtThePlan(connection, die)  # type: ignore[assignment]
    worker_main(task, connection)


def lose_the_cluster_once_there_is_a_plan(task: Task, connection: Connection) -> None:
    """Work as always, but lose the cluster at the first plan known to be one."""
    if task.cluster is not None:
        connection = AtThePlan(connection, lose_the_cluster)  # type: ignore[assignment]
    worker_main(replace(task, cluster=None), connection)


def fail_by(name: str) -> Callable[[Task, Connection], None]:
    """Return work that raises an error of a kind at the first plan known to be one, and finishes as always."""
    return {
        "SolverFailed": fail_in_the_solver,
        "MemoryError": run_out_of_memory,
        "NumbersRefused": refuse_late,
        "KeyError": fail_in_the_program,
    }[name]


def fail_in_the_solver(task: Task, connection: Connection) -> None:
    raise_once(task, connection, SolverFailed("the solver refused further rows"))


def run_out_of_memory(task: Task, connection: Connection) -> None:
    raise_once(task, connection, MemoryError())


def refuse_late(task: Task, connection: Connection) -> None:
    raise_once(task, connection, NumbersRefused("plane[7]: coefficient 1e+12"))


def fail_in_the_program(task: Task, connection: Connection) -> None:
    raise_once(task, connection, KeyError("p1"))


def raise_once(task: Task, connection: Connection, error: Exception) -> None:
    def throw() -> None:
        raise error

    if not task.checkpoints:
        connection = AtThePlan(connection, throw)  # type: ignore[assignment]
    worker_main(task, connection)


def die_in_the_whole_year(task: Task, connection: Connection) -> None:
    worker_main(task, AtTheYear(connection, die))  # type: ignore[arg-type]


def fail_in_the_whole_year(task: Task, connection: Connection) -> None:
    def throw() -> None:
        raise KeyError("p1")

    worker_main(task, AtTheYear(connection, throw))  # type: ignore[arg-type]


def hang_in_the_whole_year(task: Task, connection: Connection) -> None:
    worker_main(task, AtTheYear(connection, lambda: time.sleep(600)))  # type: ignore[arg-type]


def fail_at_every_whole_year(task: Task, connection: Connection) -> None:
    """Die as soon as a process that may dispatch the whole year begins to finish its plan."""
    if task.full_year:
        connection = AtTheStage(connection, die, "finishing")  # type: ignore[assignment]
    worker_main(task, connection)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def lose_the_cluster() -> None:
    raise PoolBroken("the dask scheduler is gone")


class AtThePlan:
    def __init__(self, connection: Connection, do: Callable[[], None]) -> None:
        self.connection, self.do = connection, do
        self.recv = connection.recv

    def send(self, message: object) -> None:
        self.connection.send(message)
        if isinstance(message, Checkpoint) and message.dispatched:
            self.do()


class AtTheStage:
    def __init__(self, connection: Connection, do: Callable[[], None], stage: str) -> None:
        self.connection, self.do, self.stage = connection, do, stage
        self.recv = connection.recv

    def send(self, message: object) -> None:
        self.connection.send(message)
        if isinstance(message, Progress) and message.stage == self.stage:
            self.do()


class AtTheYear(AtTheStage):
    def __init__(self, connection: Connection, do: Callable[[], None]) -> None:
        super().__init__(connection, do, "whole year")


@pytest.fixture
def task(tutorial_case: Case) -> Task:
    return Task(tutorial_case, TUTORIAL, "base")


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(each.cmdline())]


@pytest.mark.parametrize(
    ("worker", "limits", "status", "words"),
    [
        (crash, AMPLE, "failed", ("crashed", "SIGSEGV", "no plan")),
        pytest.param(leave, AMPLE, "failed", ("crashed", "exit code 42", "no plan"), marks=pytest.mark.long),
        (hang, Limits(3.0, 8000.0), "limit", ("ended after 3 s", "time limit", "no plan")),
        pytest.param(
            devour,
            Limits(60.0, 700.0),
            "limit",
            ("ended at 700 MB", "solve.memory_gb", "no plan"),
            marks=pytest.mark.long,
        ),
        (devour_in_a_pool, Limits(300.0, 900.0), "limit", ("ended at 900 MB", "solve.memory_gb", "no plan")),
    ],
)
def test_what_befalls_the_solver_is_told_and_costs_no_more_than_the_solver(
    worker: object, limits: Limits, status: str, words: tuple[str, ...], task: Task
) -> None:
    answer = solve_in_subprocess(task, RunMonitor(), limits, worker)  # type: ignore[arg-type]
    assert answer.plan is None
    assert answer.status == status
    assert [message for message in words if message not in answer.message] == []
    _, alive = psutil.wait_procs(children(), timeout=20)  # those that it started end a moment later
    assert alive == []


def test_numbers_that_no_solver_takes_are_refused(task: Task) -> None:
    with pytest.raises(NumbersRefused, match="coefficient inf"):
        solve_in_subprocess(task, RunMonitor(), AMPLE, refuse)


def test_fault_of_the_program_is_not_dressed_up(task: Task) -> None:
    with pytest.raises(InternalError, match="KeyError"):
        solve_in_subprocess(task, RunMonitor(), AMPLE, fail)


def test_stop_reaches_the_solver(task: Task) -> None:
    monitor = RunMonitor(lambda _: monitor.stop.set())
    assert solve_in_subprocess(task, monitor, AMPLE, obey) == TaskResult("interrupted", "stop")


def test_plan_of_a_killed_solver_is_finished(task: Task, tutorial_case: Case) -> None:
    reports: list[Progress] = []
    answer = solve_in_subprocess(task, RunMonitor(reports.append), AMPLE, die_once_there_is_a_plan)
    assert answer.status == "limit"
    assert answer.plan is not None
    assert "crashed" in answer.message
    assert "SIGKILL" in answer.plan.proof.message
    assert answer.plan.proof.status == "limit"
    assert [check for check in audit(tutorial_case, answer.plan).checks if not check.passed] == []
    assert "finishing" in {report.stage for report in reports}
    first = answer.plan.proof.stages[0]
    assert first.value <= first.bound
    assert first.gap_share < 1


def test_plan_of_a_lost_cluster_is_finished_without_it(task: Task, tutorial_case: Case) -> None:
    spread = replace(task, cluster="tcp://nowhere:8786")
    answer = solve_in_subprocess(spread, RunMonitor(), AMPLE, lose_the_cluster_once_there_is_a_plan)
    assert answer.plan is not None
    assert "the dask scheduler is gone; this is the best plan" in answer.message
    assert [check for check in audit(tutorial_case, answer.plan).checks if not check.passed] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("SolverFailed", "the solver refused further rows; this is the best plan"),
        ("MemoryError", "the machine's memory was not enough; this is the best plan"),
        ("NumbersRefused", "plane[7]: coefficient 1e+12; this is the best plan"),
        ("KeyError", "KeyError: 'p1'; this is the best plan"),
    ],
)
def test_plan_of_a_search_that_fails_is_finished_marked_and_the_failure_told(
    name: str, words: str, task: Task, tutorial_case: Case
) -> None:
    answer = solve_in_subprocess(task, RunMonitor(), AMPLE, fail_by(name))
    assert answer.plan is not None
    assert words in answer.plan.proof.message
    assert answer.plan.proof.status == "limit"
    assert [check for check in audit(tutorial_case, answer.plan).checks if not check.passed] == []
    assert answer.plan.replay is not None
    fault = name == "KeyError"
    assert [failure.part for failure in answer.failures] == ["the search"] * fault
    assert all("Traceback" in failure.trace for failure in answer.failures)
    outcome = RunResult(
        answer.status, answer.message, answer.plan, audit(tutorial_case, answer.plan), 0, answer.failures
    )
    assert outcome.exit_code == (1 if fault else 5)


@pytest.mark.parametrize(
    ("worker", "words", "failed"),
    [
        (die_in_the_whole_year, "the dispatch of the whole year failed: the solver crashed", True),
        (fail_in_the_whole_year, "the dispatch of the whole year failed: KeyError: 'p1'", True),
        (hang_in_the_whole_year, "the dispatch of the whole year was cut off, for the time was up", False),
    ],
)
def test_plan_found_stands_whatever_befalls_the_dispatch_of_the_whole_year(
    worker: object, words: str, failed: bool, task: Task, tutorial_case: Case
) -> None:
    time_limits = TimeLimits(time.perf_counter(), 20.0, 0.5, 0.5, 0.5, full_year_required=False)
    began = time.perf_counter()
    answer = solve_in_subprocess(replace(task, time_limits=time_limits), RunMonitor(), AMPLE, worker)  # type: ignore[arg-type]
    assert time.perf_counter() - began < 20 + GRACE_SECONDS
    assert answer.status == "solved"
    assert answer.plan is not None
    assert words in answer.plan.proof.message
    assert answer.plan.replay is None
    assert [check for check in audit(tutorial_case, answer.plan).checks if not check.passed] == []
    assert [failure.part for failure in answer.failures] == ["the dispatch of the whole year"] * failed


def test_plan_kept_is_finished_although_the_time_is_up(task: Task, tutorial_case: Case) -> None:
    kept: list[Checkpoint] = []
    solve_case(tutorial_case, RunMonitor(on_checkpoint=kept.append), year=lambda: False)
    over = TimeLimits(time.perf_counter() - 1000, 20.0, 0.5, 0.5, 0.5, full_year_required=False)
    answer = solve_in_subprocess(replace(task, checkpoints=tuple(kept[-1:]), time_limits=over), RunMonitor(), AMPLE)
    assert answer.plan is not None
    assert answer.plan.replay is None


def test_run_without_a_plan_ends_soon_after_its_limit(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.runtime.time_limits.GRACE_SECONDS", 1.0)
    began = time.perf_counter()
    time_limits = TimeLimits(began, 5.0, 0.5, 0.5, 0.5, full_year_required=False)
    answer = solve_in_subprocess(replace(task, time_limits=time_limits), RunMonitor(), AMPLE, hang)
    assert (answer.status, answer.plan) == ("limit", None)
    assert "the time was up; it had found no plan" in answer.message
    assert time.perf_counter() - began < 20


def test_stop_while_the_whole_year_is_dispatched_keeps_the_plan_at_once(task: Task) -> None:
    monitor = RunMonitor(lambda event: monitor.stop.set() if event.stage == "whole year" else None)
    answer = solve_in_subprocess(task, monitor, AMPLE, hang_in_the_whole_year)
    assert answer.plan is not None
    assert "cut off, for an end was asked for" in answer.plan.proof.message


def test_plan_that_only_fails_with_the_whole_year_is_finished_without_it(task: Task, tutorial_case: Case) -> None:
    reports: list[Progress] = []
    answer = solve_in_subprocess(task, RunMonitor(reports.append), AMPLE, fail_at_every_whole_year)
    assert answer.plan is not None
    assert answer.plan.replay is None
    assert (
        "the dispatch of the whole year was left out, for a process that was to do it failed"
        in answer.plan.proof.message
    )
    assert [check for check in audit(tutorial_case, answer.plan).checks if not check.passed] == []
    assert any("once more without the dispatch of the whole year" in report.note for report in reports)


def test_whole_year_that_cannot_be_added_up_costs_no_plan(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.runtime.subprocess.with_year", lambda *_: 1 / 0)
    answer = solve_in_subprocess(task, RunMonitor(), AMPLE)
    assert answer.plan is not None
    assert "adding up the dispatch of the whole year failed: ZeroDivisionError" in answer.plan.proof.message
    assert [failure.part for failure in answer.failures] == ["adding up the dispatch of the whole year"]


def test_memory_told_is_that_of_all_solving_processes(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProcessTree, "memory_mb", lambda _: 1234.5)
    answer = solve_in_subprocess(task, RunMonitor(), AMPLE)
    assert answer.plan is not None
    assert answer.plan.proof.peak_memory_mb == 1234.5


def test_run_survives_a_killed_solver(tmp_path: Path) -> None:
    def kill(event: Progress) -> None:
        if event.stage == "baseline":
            for child in children():
                child.kill()

    outcome = run(Request(TUTORIAL, "base", tmp_path / "plan"), RunMonitor(kill))
    assert (outcome.status, outcome.plan, outcome.failures) == ("failed", None, ())
    assert outcome.exit_code == 9
    assert "SIGKILL" in outcome.message
    assert not (tmp_path / "plan").exists()


@pytest.mark.skipif(os.name != "posix", reason="platform: kill -9 is a signal of POSIX")
def test_solver_ends_with_its_parent(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "optimizer", "solve", str(TUTORIAL), "--out", str(tmp_path / "plan")]
    parent = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    solvers: list[psutil.Process] = []
    while not solvers:
        solvers = [
            each
            for each in psutil.Process(parent.pid).children(recursive=True)
            if "spawn_main" in " ".join(each.cmdline())
        ]
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(solvers, timeout=20)
    assert alive == []


def test_every_checkpoint_of_a_search_can_be_finished(tutorial_case: Case) -> None:
    kept: list[Checkpoint] = []
    solution = solve_case(tutorial_case, RunMonitor(on_checkpoint=kept.append))
    assert {each.objective for each in kept if each.dispatched} == {"compute", "cost"}
    best = solution.stages[0].value
    for checkpoint in [kept[0], *(each for each in kept if each.dispatched)]:
        finished = solve_case(tutorial_case, kept=(checkpoint,))
        assert finished.has_plan == (checkpoint.dispatched or finished.has_plan)
        assert all(stage.value <= best * (1 + 1e-6) for stage in finished.stages if stage.objective == "compute")


def test_first_checkpoint_that_is_a_plan_is_taken(tutorial_case: Case) -> None:
    kept: list[Checkpoint] = []
    solve_case(tutorial_case, RunMonitor(on_checkpoint=kept.append))
    good = next(each for each in reversed(kept) if each.dispatched)
    impossible = replace(good, decisions=good.decisions * 0 + 1e6, dispatched=False)
    assert not solve_case(tutorial_case, kept=(impossible,)).has_plan
    assert solve_case(tutorial_case, kept=(impossible, good)).has_plan


def test_memory_that_may_be_taken_is_what_is_free_or_what_is_said(tutorial_case: Case) -> None:
    settings = tutorial_case.settings.solve
    assert 100 < subprocess_limits(settings).memory_mb < 1e7
    assert subprocess_limits(settings.model_copy(update={"memory_gb": 2.0})).memory_mb == 2048
    assert subprocess_limits(settings).seconds > settings.time_limit_seconds


def die_at_once(_: object, __: object) -> None:
    os._exit(1)


def test_a_process_that_ends_before_it_has_read_its_task_holds_nobody(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess_module, "_receive_task", die_at_once)
    large = replace(task, start=np.zeros(1_000_000))  # more than a pipe holds
    answer = solve_in_subprocess(large, RunMonitor(), AMPLE)
    assert answer.status == "failed"
    assert "crashed" in answer.message
