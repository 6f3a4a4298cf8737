"""A crew of processes on this machine. They hear no terminal and end with this process, however it ends."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from queue import SimpleQueue
from typing import Any

from optimizer.monitor.interrupt import SIGNALS, ending, signals_blocked
from optimizer.pool.pinned_executor import PinnedExecutor, WorkerDied
from optimizer.pool.worker_main import asked, loaded, opened, outcome, prepared
from optimizer.pool.worker_pool import Question, Reply, State, WorkerPool

FAREWELL, FAREWELL_SECONDS = b"", 1.0
"""The word that ends an idle process, and the time that it may take."""
PATIENCE_SECONDS = 5.0
"""Time that a process may take to end after its line is closed."""


def process_pool(
    prepare: Callable[[], State], answer: Callable[[State, Question], Reply], workers: int
) -> WorkerPool[Question, Reply]:
    """Return a crew of that many processes of this machine, which prepare themselves from now on."""
    load = loaded(prepare, answer)
    return PinnedExecutor[Question, Reply]([_Child(load) for _ in range(workers)])


class _Child:
    """One process, begun anew after it was lost."""

    def __init__(self, load: bytes) -> None:
        self._load = load
        self._running: tuple[SpawnProcess, Connection] | None = None

    def begin(self) -> None:
        spawn = multiprocessing.get_context("spawn")  # a fork would share the solver's threads and locks
        here, there = spawn.Pipe()
        child = spawn.Process(target=serve, args=(there,), name="crew")
        with signals_blocked():
            child.start()
        there.close()
        self._running = child, here
        with suppress(OSError):  # the next question tells that it is gone
            here.send_bytes(self._load)

    def reply(self, question: Any) -> Any:
        if self._running is None:
            self.begin()
        assert self._running is not None
        child, line = self._running
        try:
            line.send_bytes(asked(question))
            found = line.recv_bytes()
        except (EOFError, OSError):
            child.join(PATIENCE_SECONDS)
            self.end()
            raise WorkerDied(ending(child.exitcode or 0)) from None
        return opened(found)

    def end(self) -> None:
        if self._running is not None:
            child, line = self._running
            with suppress(OSError):
                line.send_bytes(FAREWELL)
                child.join(FAREWELL_SECONDS)  # one that is idle puts away what it holds of the system
            child.kill()
            child.join()
            line.close()
            self._running = None


def serve(line: Connection) -> None:
    """Prepare what the first word says and answer every further one, until farewell is said.

    The end of the line ends the process at once.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # the parent tells when to end
    words: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(line, words), name="parent", daemon=True).start()
    answer = prepared(words.get())
    while word := words.get():
        line.send_bytes(outcome(answer, word))


def _listen(line: Connection, words: SimpleQueue[bytes]) -> None:
    with suppress(EOFError, OSError):
        while True:
            words.put(line.recv_bytes())
    os._exit(1)
