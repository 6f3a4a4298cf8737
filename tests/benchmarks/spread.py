"""The days of the reference case sent to pools: what a task costs and sends, and how far the work can be spread.

Run: python -m tests.benchmarks.spread DAYS PERIODS SWEEPS CHUNKS; prints a line of JSON for every pool and one for the
scaling expected of each kind of pool. A sweep asks for every day of every period once, at investments a little
different from those of the sweep before; its tasks are the chunks of days.

Expected seconds of a sweep of K tasks on n workers:

    T(n) = ceil(K / n) t + K (s + (q + r) / B)

t: seconds of a processor for one task, measured in this process. s: seconds of a processor that the asker and, in a
cluster, its scheduler spend on one task, measured with two workers that answer at once with as many bytes; nothing of
it is taken to be done side by side. q, r: bytes of a question and of a reply. B: bytes per second of the asker's
network, in a cluster of several machines (`NETWORK`); within a machine s contains it.
"""

import json
import math
import os
import pickle
import statistics
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil

from optimizer.benders.decomposition import decompose
from optimizer.benders.subproblem import SubproblemRequest
from optimizer.benders.worker_state import WorkerState, solve_subproblem
from optimizer.pool.dask_pool import dask_pool
from optimizer.pool.process_pool import process_pool
from optimizer.pool.worker_main import pickled
from optimizer.pool.worker_pool import SerialPool, WorkerPool
from optimizer.program.extensive_form import build_extensive_form
from optimizer.program.nodes import BASE
from tests.benchmarks.variations import europe, with_days, with_periods
from tests.clusters import Cluster

NETWORK = 1e9 / 8
"""Bytes per second of a network of 1 Gbit/s."""
WORKERS = (1, 2, 4, 8, 16, 32, 64)
SOLVE_SECONDS = 600.0
EMPTY_SWEEPS = 5
Make = Callable[[Callable[[], Any], Callable[[Any, Any], Any]], WorkerPool[Any, Any]]
Clock = Callable[[], float]
"""Tells the seconds of a processor that asking has taken."""
Figures = dict[str, Any]


@dataclass(frozen=True)
class Work:
    """What a pool is made of, and what it is asked sweep by sweep."""

    prepare: Callable[[], Any]
    solve_subproblem: Callable[[Any, Any], Any]
    sweeps: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Timed:
    """A reply, and what it took in the worker."""

    reply: Any
    processor_seconds: float
    resident_mb: float


def timed(solve_subproblem: Callable[[Any, Any], Any], state: Any, question: Any) -> Timed:
    """Answer, telling what it took."""
    began = time.thread_time()
    reply = solve_subproblem(state, question)
    return Timed(reply, time.thread_time() - began, psutil.Process().memory_info().rss / 1024**2)


def echo(state: int, _question: bytes) -> bytes:
    """Answer at once with that many bytes."""
    return os.urandom(state)


def dispatch(days: int, periods: int, sweeps: int, chunks: int) -> Work:
    """Return the work of the reference case: every day of some periods, its water shared evenly."""
    case = with_periods(with_days(europe(solve={"workers": 1}), days), periods)
    cut = decompose(build_extensive_form(case), SOLVE_SECONDS)
    cut.dispatcher.close()
    most = np.where(np.isfinite(cut.master.upper), cut.master.upper, 0.0)
    weights = np.array([day.weight for day in case.days])
    even = cut.couplings[0].energy.constant / weights.sum()
    ends = np.unique(np.linspace(0, days, chunks + 1).astype(int)).tolist()
    spans = list(pairwise(ends))
    asked = [
        [
            SubproblemRequest(node, first, end, links, budget=even * weights[first:end].sum())
            for node, links in zip(cut.form.nodes, cut.links_at(most * (0.3 + 0.01 * sweep)), strict=True)
            for first, end in spans
        ]
        for sweep in range(sweeps)
    ]
    return Work(
        partial(WorkerState, {BASE: case}, cut.form.nodes, cut.dispatcher.structure, SOLVE_SECONDS),
        solve_subproblem,
        asked,
    )


def size(thing: object) -> int:
    """Return the bytes that something is sent as."""
    return len(pickle.dumps(thing, pickle.HIGHEST_PROTOCOL))


def measure(make: Make, work: Work, clock: Clock) -> tuple[Figures, list[list[Any]]]:
    """Return what a pool needed for the work, and its replies; the first sweep, which begins cold, is told apart."""
    marks, clocked, replies = [time.perf_counter()], [], []
    with closing(make(work.prepare, partial(timed, work.solve_subproblem))) as pool:
        for questions in work.sweeps:
            replies.append(pool.map(questions))
            marks.append(time.perf_counter())
            clocked.append(clock())
        workers = pool.size
    warm = [reply for sweep in replies[1:] for reply in sweep]
    figures = {
        "workers": workers,
        "tasks": len(work.sweeps[0]),
        "start_and_first_sweep_s": round(marks[1] - marks[0], 2),
        "sweep_s": round(statistics.median(np.diff(marks[1:])), 4),
        "task_processor_s": round(statistics.median(reply.processor_seconds for reply in warm), 4),
        "asker_processor_s": round(statistics.median(np.diff(clocked)) / len(work.sweeps[0]), 5),
        "worker_mb": round(max(reply.resident_mb for reply in warm)),
    }
    return figures, [[reply.reply for reply in sweep] for sweep in replies]


def largest_difference(found: list[list[Any]], expected: list[list[Any]]) -> float:
    """Return the largest difference between the days' costs of two pools, relative to the cost."""
    pairs = [pair for sweeps in zip(found, expected, strict=True) for pair in zip(*sweeps, strict=True)]
    return max(float(np.max(np.abs(here.cost - there.cost) / np.abs(there.cost))) for here, there in pairs)


def with_scheduler(dask: Cluster) -> float:
    """Return the seconds of a processor that this process and the scheduler have taken."""
    times = dask.scheduler.cpu_times()
    return time.process_time() + times.user + times.system


def scaling(tasks: int, task_s: float, asker_s: float, sent: float) -> list[Figures]:
    """Return the expected seconds of a sweep and the speed-up by number of workers (formula above)."""
    expected = {number: math.ceil(tasks / number) * task_s + tasks * (asker_s + sent) for number in WORKERS}
    return [
        {"workers": number, "sweep_s": round(seconds, 3), "times": round(tasks * task_s / seconds, 1)}
        for number, seconds in expected.items()
    ]


def run() -> None:
    """Measure this process, then one and two local workers, then clusters of one and two."""
    days, periods, sweeps, chunks = (int(word) for word in sys.argv[1:])
    work = dispatch(days, periods, sweeps, chunks)
    tasks = len(work.sweeps[0])
    here, expected = measure(SerialPool, work, time.process_time)
    question, reply = (statistics.mean(map(size, batch)) for batch in (work.sweeps[-1], expected[-1]))
    sizes = {"question_bytes": round(question), "reply_bytes": round(reply)}
    load = pickled((work.prepare, work.solve_subproblem))
    packed = {"prepare_bytes": len(load), "compressed_bytes": len(zlib.compress(load, 1))}
    print(json.dumps({"pool": "this process", **here, **sizes, **packed}), flush=True)
    nothing = [os.urandom(round(question))] * tasks
    empty = Work(partial(int, round(reply)), echo, [nothing] * (EMPTY_SWEEPS + 1))
    for kind, network_s in (("local", 0.0), ("cluster", (question + reply) / NETWORK)):
        for workers in (1, 2):
            with ExitStack() as stack:
                make: Make = partial(process_pool, workers=workers)
                clock = time.process_time
                if kind == "cluster":
                    folder = Path(stack.enter_context(TemporaryDirectory()))
                    dask = stack.enter_context(closing(Cluster(folder, workers)))
                    make, clock = partial(dask_pool, address=dask.address), partial(with_scheduler, dask)
                figures, found = measure(make, work, clock)
                asker_s = measure(make, empty, clock)[0]["asker_processor_s"]
            told = {"asker_processor_s": asker_s, "largest_difference": largest_difference(found, expected)}
            print(json.dumps({"pool": kind, **figures, **told}), flush=True)
        table = scaling(tasks, here["task_processor_s"], asker_s, network_s)
        print(json.dumps({"pool": kind, "expected": table}), flush=True)


if __name__ == "__main__":
    from tests.benchmarks.spread import run as importable  # workers find what they are to do by the module's name

    importable()
