import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

import psutil
import pytest

from optimizer.pool.process_pool import process_pool
from optimizer.pool.worker_pool import Interrupted, PoolBroken, PoolConfig, WorkerPool, make_pool, serial_pool

ROOT = Path(__file__).parents[2]

Do = Callable[[], object]
Maker = Callable[[Callable[[], "State"]], WorkerPool["Question", "Reply"]]


@dataclass
class State:
    """What a worker has: how often each question came."""

    times: Counter[int]


@dataclass(frozen=True)
class Question:
    number: int
    do: Do = int
    """What is done before the answer."""


@dataclass(frozen=True)
class Reply:
    number: int
    times: int
    worker: int


def prepare(mark: Path | None = None) -> State:
    if mark is not None:
        (mark / f"{os.getpid()}").touch()
    return State(Counter())


def refuse() -> NoReturn:
    raise ArithmeticError("nothing to begin with")


def answer(state: State, question: Question) -> Reply:
    question.do()
    state.times[question.number] += 1
    return Reply(question.number, state.times[question.number], os.getpid())


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(mark: Path) -> None:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    die()


def await_other(own: Path, other: Path) -> None:
    own.touch()
    wait_for(other.exists)


def fail() -> None:
    raise KeyError("no such day")


class Stubborn(Exception):
    """An exception that cannot be unpickled."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} because {why}")


def fail_stubbornly() -> None:
    raise Stubborn("it", "that")


def wait_for(true: Callable[[], bool], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def kin() -> list[psutil.Process]:
    return [each for each in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(each.cmdline())]


def numbers(count: int) -> list[Question]:
    return [Question(number) for number in range(count)]


def one(begin: Callable[[], State]) -> WorkerPool[Question, Reply]:
    return serial_pool(begin, answer)


def two(begin: Callable[[], State]) -> WorkerPool[Question, Reply]:
    return process_pool(begin, answer, 2)


def three(begin: Callable[[], State]) -> WorkerPool[Question, Reply]:
    return process_pool(begin, answer, 3)


@pytest.fixture
def crew() -> Iterator[WorkerPool[Question, Reply]]:
    with closing(two(prepare)) as crew:
        yield crew
    assert kin() == []


@pytest.mark.parametrize("make", [one, two, three])
def test_replies_do_not_depend_on_the_number_of_workers(make: Maker) -> None:
    with closing(make(prepare)) as crew:
        for times in (1, 2, 3):
            replies = crew.ask(numbers(7))
            assert [(reply.number, reply.times) for reply in replies] == [(number, times) for number in range(7)]
        assert len({reply.worker for reply in replies}) == crew.size
        assert crew.ask([]) == []


def test_question_always_goes_to_the_same_worker(crew: WorkerPool[Question, Reply]) -> None:
    first, second = (crew.ask(numbers(count)) for count in (5, 3))
    assert [reply.worker for reply in second] == [reply.worker for reply in first[:3]]
    assert [reply.worker for reply in first[2:]] == [reply.worker for reply in first[:3]]


def test_workers_work_at_the_same_time(crew: WorkerPool[Question, Reply], tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    crew.ask([Question(0, partial(await_other, here, there)), Question(1, partial(await_other, there, here))])


def test_workers_prepare_before_they_are_asked(tmp_path: Path) -> None:
    with closing(two(partial(prepare, tmp_path))) as crew:
        wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
        ready = {int(path.name) for path in tmp_path.iterdir()}
        assert {reply.worker for reply in crew.ask(numbers(2))} == ready


def test_lost_worker_costs_no_reply(crew: WorkerPool[Question, Reply], tmp_path: Path) -> None:
    before = crew.ask(numbers(4))
    questions = [*numbers(2), Question(2, partial(die_once, tmp_path / "dead")), *numbers(4)[3:]]
    after = crew.ask(questions)
    assert [reply.number for reply in after] == [0, 1, 2, 3]
    assert [reply.worker for reply in after[1::2]] == [reply.worker for reply in before[1::2]]
    assert after[2].worker != before[2].worker


def test_worker_lost_between_two_askings_is_replaced(crew: WorkerPool[Question, Reply]) -> None:
    lost = crew.ask(numbers(2))[0].worker
    psutil.Process(lost).kill()
    again = crew.ask(numbers(2))
    assert [(reply.number, reply.times) for reply in again] == [(0, 1), (1, 2)]
    assert again[0].worker != lost


def test_question_that_kills_is_given_up_and_the_others_are_not(crew: WorkerPool[Question, Reply]) -> None:
    with pytest.raises(PoolBroken, match=r"3 workers were lost over one question: SIGKILL; SIGKILL; SIGKILL"):
        crew.ask([Question(0), Question(1, die)])
    assert [reply.number for reply in crew.ask(numbers(4))] == [0, 1, 2, 3]


@pytest.mark.parametrize("make", [one, two])
def test_what_an_answer_raises_is_raised_here(make: Maker) -> None:
    with closing(make(prepare)) as crew:
        with pytest.raises(KeyError, match="no such day"):
            crew.ask([*numbers(2), Question(2, fail), *numbers(5)])
        with pytest.raises(Exception, match="it because that"):
            crew.ask([Question(0, fail_stubbornly)])
        assert [reply.number for reply in crew.ask(numbers(3))] == [0, 1, 2]


def test_what_is_raised_tells_where(crew: WorkerPool[Question, Reply]) -> None:
    with pytest.raises(KeyError) as caught:
        crew.ask([Question(0, fail)])
    assert "test_process_pool.py" in caught.value.__notes__[0]
    assert "in fail" in caught.value.__notes__[0]


@pytest.mark.parametrize("make", [one, two])
def test_what_preparing_raises_is_raised_when_asked(make: Maker) -> None:
    with closing(make(refuse)) as crew:
        for _ in range(2):
            with pytest.raises(ArithmeticError, match="nothing to begin with"):
                crew.ask(numbers(2))


def test_reply_that_cannot_be_sent_is_an_error_and_no_lost_worker() -> None:
    crew: WorkerPool[int, object] = process_pool(int, give_a_lock, 2)
    with closing(crew), pytest.raises((TypeError, RuntimeError), match="pickle"):
        crew.ask([1])


def give_a_lock(_state: int, _question: int) -> object:
    return threading.Lock()


@pytest.mark.parametrize("make", [one, two])
def test_stop_finishes_what_is_under_way_and_keeps_the_workers(make: Maker, tmp_path: Path) -> None:
    with closing(make(prepare)) as crew:
        marks = [tmp_path / str(number) for number in range(6)]
        before = crew.ask(numbers(2))
        with pytest.raises(Interrupted):
            crew.ask([Question(number, marks[number].touch) for number in range(6)], marks[0].exists)
        assert marks[0].exists()
        assert not marks[4].exists()
        after = crew.ask(numbers(2))
        assert [reply.worker for reply in after] == [reply.worker for reply in before]


def test_terminal_does_not_reach_the_workers(crew: WorkerPool[Question, Reply]) -> None:
    before = crew.ask(numbers(2))
    for reply in before:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(reply.worker, number)
    assert [reply.worker for reply in crew.ask(numbers(2))] == [reply.worker for reply in before]


def test_crew_closed_at_once_leaves_no_worker() -> None:
    two(prepare).close()
    assert kin() == []


PARENT = """
import os, sys, time
from tests.pool.test_process_pool import Question, numbers, prepare, two
crew = two(prepare)
print(*(reply.worker for reply in crew.ask(numbers(2))), flush=True)
"""


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        ("", 0),
        pytest.param("raise SystemExit(7)", 7, marks=pytest.mark.long),
        pytest.param("os._exit(8)", 8, marks=pytest.mark.long),
        ("os.kill(os.getpid(), 9)", -9),
        ("crew.ask([Question(0, lambda: time.sleep(600))])", 1),
    ],
)
def test_workers_end_with_their_parent_however_it_ends(rest: str, code: int) -> None:
    run = subprocess.run([sys.executable, "-c", PARENT + rest], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == code, run.stderr
    wait_for(lambda: not any(psutil.pid_exists(int(worker)) for worker in run.stdout.split()))


def test_busy_worker_ends_with_its_killed_parent() -> None:
    ask = "import functools\ncrew.ask([Question(0, functools.partial(time.sleep, 600))])"
    with subprocess.Popen([sys.executable, "-c", PARENT + ask], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(worker) for worker in parent.stdout.readline().split()]
        assert len(workers) == 2
        time.sleep(0.5)
        assert all(map(psutil.pid_exists, workers))
        parent.kill()
        wait_for(lambda: not any(map(psutil.pid_exists, workers)))


def test_spread_says_what_the_crew_is() -> None:
    with closing(make_pool(prepare, answer, PoolConfig())) as crew:
        assert crew.ask([Question(0)])[0].worker == os.getpid()
    with closing(make_pool(prepare, answer, PoolConfig(2))) as crew:
        assert crew.size == 2
        assert crew.ask([Question(0)])[0].worker != os.getpid()
