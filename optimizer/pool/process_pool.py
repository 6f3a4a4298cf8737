"""A pool of processes of this machine, which ignore the terminal's signals and end with this one, however it ends."""

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar

from optimizer.monitor.interrupt import ending, signals_blocked
from optimizer.pool.pinned_executor import PinnedExecutor, Request, Result, WorkerDied
from optimizer.pool.worker_main import pickled, result_of, worker_main

State = TypeVar("State")

EXIT_TIMEOUT_SECONDS = 5.0
"""Time that a process whose connection broke may take to end, before it is killed."""


def process_pool(
    initializer: Callable[[], State], task: Callable[[State, Request], Result], workers: int
) -> PinnedExecutor[Request, Result]:
    """Return a pool of that many processes of this machine, which initialise themselves from now on."""
    initializer_and_task = pickled((initializer, task))
    return PinnedExecutor([ProcessWorker(initializer_and_task) for _ in range(workers)])


class ProcessWorker:
    """One process, started anew after it died.

    An executor of the standard library in its place would wait for ever for a process that is killed while it sends
    its result, for it keeps the writing end of the pipe open itself.
    """

    def __init__(self, initializer_and_task: bytes) -> None:
        """Take what `initialise` takes."""
        self._initializer_and_task = initializer_and_task
        self._running: tuple[SpawnProcess, Connection] | None = None

    def start(self) -> None:
        """Start the process."""
        spawn = multiprocessing.get_context("spawn")  # a fork would share the solver's threads and locks
        connection, other_end = spawn.Pipe()
        process = spawn.Process(target=worker_main, args=(other_end,), name="worker")
        with signals_blocked():
            process.start()
        other_end.close()
        self._running = process, connection
        with suppress(OSError):  # the next request finds out that it has died
            connection.send_bytes(self._initializer_and_task)

    def call(self, request: Any) -> Any:
        """Return the result of a request; raises WorkerDied."""
        if self._running is None:
            self.start()
        assert self._running is not None
        process, connection = self._running
        try:
            connection.send_bytes(pickled(request))
            message = connection.recv_bytes()
        except (EOFError, OSError):
            process.join(EXIT_TIMEOUT_SECONDS)
            self.stop()
            raise WorkerDied(ending(process.exitcode or 0)) from None
        return result_of(message)

    def stop(self) -> None:
        """End the process, whatever it does."""
        if self._running is not None:
            process, connection = self._running
            process.kill()
            process.join()
            connection.close()
            self._running = None

    def give_up(self) -> None:
        """Kill the process; whoever waits for its result finds out."""
        if (running := self._running) is not None:
            running[0].kill()
