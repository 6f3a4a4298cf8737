import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

import psutil
import pytest

from optimizer.pool.pinned_executor import PoolBroken
from optimizer.pool.process_pool import process_pool
from optimizer.pool.worker_pool import PoolConfig, SerialPool, WorkerPool, make_pool

ROOT = Path(__file__).parents[2]

Do = Callable[[], object]
Maker = Callable[[Callable[[], "State"]], WorkerPool["Request", "Result"]]


@dataclass
class State:
    """State of a worker: how often each request came."""

    times: Counter[int]


@dataclass(frozen=True)
class Request:
    number: int
    do: Do = int
    """What is done before the result is returned."""


@dataclass(frozen=True)
class Result:
    number: int
    times: int
    worker: int


def initialise(mark: Path | None = None) -> State:
    if mark is not None:
        (mark / f"{os.getpid()}").touch()
    return State(Counter())


def refuse() -> NoReturn:
    raise ArithmeticError("nothing to begin with")


def answer(state: State, request: Request) -> Result:
    request.do()
    state.times[request.number] += 1
    return Result(request.number, state.times[request.number], os.getpid())


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(mark: Path) -> None:
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    die()


def die_once_while_sending(mark: Path) -> None:
    if not mark.exists():
        mark.touch()
        Connection.send_bytes = send_half_and_die  # type: ignore[assignment]


def send_half_and_die(connection: Connection, message: bytes) -> None:
    os.write(connection.fileno(), struct.pack("!i", len(message)) + message[: len(message) // 2])
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


def worker_processes() -> list[psutil.Process]:
    return [each for each in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(each.cmdline())]


def numbers(count: int) -> list[Request]:
    return [Request(number) for number in range(count)]


def one(begin: Callable[[], State]) -> WorkerPool[Request, Result]:
    return SerialPool(begin, answer)


def two(begin: Callable[[], State]) -> WorkerPool[Request, Result]:
    return process_pool(begin, answer, 2)


def three(begin: Callable[[], State]) -> WorkerPool[Request, Result]:
    return process_pool(begin, answer, 3)


@pytest.fixture
def pool() -> Iterator[WorkerPool[Request, Result]]:
    with closing(two(initialise)) as pool:
        yield pool
    assert worker_processes() == []


@pytest.mark.parametrize("make", [one, two, three])
def test_replies_do_not_depend_on_the_number_of_workers(make: Maker) -> None:
    with closing(make(initialise)) as pool:
        for times in (1, 2, 3):
            results = pool.map(numbers(7))
            assert [(result.number, result.times) for result in results] == [(number, times) for number in range(7)]
        assert len({result.worker for result in results}) == pool.size
        assert pool.map([]) == []


def test_question_always_goes_to_the_same_worker(pool: WorkerPool[Request, Result]) -> None:
    first, second = (pool.map(numbers(count)) for count in (5, 3))
    assert [result.worker for result in second] == [result.worker for result in first[:3]]
    assert [result.worker for result in first[2:]] == [result.worker for result in first[:3]]


def test_workers_work_at_the_same_time(pool: WorkerPool[Request, Result], tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    pool.map([Request(0, partial(await_other, here, there)), Request(1, partial(await_other, there, here))])


def test_workers_prepare_before_they_are_asked(tmp_path: Path) -> None:
    with closing(two(partial(initialise, tmp_path))) as pool:
        wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
        ready = {int(path.name) for path in tmp_path.iterdir()}
        assert {result.worker for result in pool.map(numbers(2))} == ready


def test_lost_worker_costs_no_reply(pool: WorkerPool[Request, Result], tmp_path: Path) -> None:
    before = pool.map(numbers(4))
    requests = [*numbers(2), Request(2, partial(die_once, tmp_path / "dead")), *numbers(4)[3:]]
    after = pool.map(requests)
    assert [result.number for result in after] == [0, 1, 2, 3]
    assert [result.worker for result in after[1::2]] == [result.worker for result in before[1::2]]
    assert after[2].worker != before[2].worker


def test_worker_that_dies_while_it_sends_its_result_is_replaced(
    pool: WorkerPool[Request, Result], tmp_path: Path
) -> None:
    results = pool.map([Request(0, partial(die_once_while_sending, tmp_path / "dead")), Request(1)])
    assert [result.number for result in results] == [0, 1]


def test_worker_that_died_between_two_calls_is_replaced(pool: WorkerPool[Request, Result]) -> None:
    lost = pool.map(numbers(2))[0].worker
    psutil.Process(lost).kill()
    again = pool.map(numbers(2))
    assert [(result.number, result.times) for result in again] == [(0, 1), (1, 2)]
    assert again[0].worker != lost


def test_question_that_kills_is_given_up_and_the_others_are_not(pool: WorkerPool[Request, Result]) -> None:
    with pytest.raises(PoolBroken, match=r"3 workers died over one request: SIGKILL; SIGKILL; SIGKILL"):
        pool.map([Request(0), Request(1, die)])
    assert [result.number for result in pool.map(numbers(4))] == [0, 1, 2, 3]


@pytest.mark.parametrize("make", [one, two])
def test_what_an_answer_raises_is_raised_here(make: Maker) -> None:
    with closing(make(initialise)) as pool:
        with pytest.raises(KeyError, match="no such day"):
            pool.map([*numbers(2), Request(2, fail), *numbers(5)])
        with pytest.raises(Exception, match="it because that"):
            pool.map([Request(0, fail_stubbornly)])
        assert [result.number for result in pool.map(numbers(3))] == [0, 1, 2]


def test_what_is_raised_tells_where(pool: WorkerPool[Request, Result]) -> None:
    with pytest.raises(KeyError) as caught:
        pool.map([Request(0, fail)])
    assert "test_process_pool.py" in caught.value.__notes__[0]
    assert "in fail" in caught.value.__notes__[0]


@pytest.mark.parametrize("make", [one, two])
def test_what_preparing_raises_is_raised_when_asked(make: Maker) -> None:
    with closing(make(refuse)) as pool:
        for _ in range(2):
            with pytest.raises(ArithmeticError, match="nothing to begin with"):
                pool.map(numbers(2))


def test_reply_that_cannot_be_sent_is_an_error_and_no_lost_worker() -> None:
    pool: WorkerPool[int, object] = process_pool(int, give_a_lock, 2)
    with closing(pool), pytest.raises((TypeError, RuntimeError), match="pickle"):
        pool.map([1])


def give_a_lock(_state: int, _question: int) -> object:
    return threading.Lock()


def test_terminal_does_not_reach_the_workers(pool: WorkerPool[Request, Result]) -> None:
    before = pool.map(numbers(2))
    for result in before:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(result.worker, number)
    assert [result.worker for result in pool.map(numbers(2))] == [result.worker for result in before]


def test_crew_closed_at_once_leaves_no_worker() -> None:
    two(initialise).close()
    assert worker_processes() == []


PARENT = """
import os, sys, time
from tests.pool.test_process_pool import Request, numbers, initialise, two
pool = two(initialise)
print(*(result.worker for result in pool.map(numbers(2))), flush=True)
"""


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        ("", 0),
        pytest.param("raise SystemExit(7)", 7, marks=pytest.mark.long),
        pytest.param("os._exit(8)", 8, marks=pytest.mark.long),
        ("os.kill(os.getpid(), 9)", -9),
        ("pool.map([Request(0, lambda: time.sleep(600))])", 1),
    ],
)
def test_workers_end_with_their_parent_however_it_ends(rest: str, code: int) -> None:
    run = subprocess.run([sys.executable, "-c", PARENT + rest], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == code, run.stderr
    wait_for(lambda: not any(psutil.pid_exists(int(worker)) for worker in run.stdout.split()))


def test_busy_worker_ends_with_its_killed_parent() -> None:
    ask = "import functools\npool.map([Request(0, functools.partial(time.sleep, 600))])"
    with subprocess.Popen([sys.executable, "-c", PARENT + ask], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(worker) for worker in parent.stdout.readline().split()]
        assert len(workers) == 2
        time.sleep(0.5)
        assert all(map(psutil.pid_exists, workers))
        parent.kill()
        wait_for(lambda: not any(map(psutil.pid_exists, workers)))


def test_spread_says_what_the_crew_is() -> None:
    with closing(make_pool(initialise, answer, PoolConfig())) as pool:
        assert pool.map([Request(0)])[0].worker == os.getpid()
    with closing(make_pool(initialise, answer, PoolConfig(2))) as pool:
        assert pool.size == 2
        assert pool.map([Request(0)])[0].worker != os.getpid()
