"""A crew of workers elsewhere: each has a desk here, a thread that asks it one question after another."""

import atexit
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Generic, Protocol, TypeVar

from optimizer.pool.worker_pool import Interrupted, PoolBroken, never

LIVES = 3
"""Workers that one question may lose."""

Question = TypeVar("Question")
Reply = TypeVar("Reply")
Asked = TypeVar("Asked", contravariant=True)
Given = TypeVar("Given", covariant=True)


class WorkerDied(Exception):
    """A worker went before it had answered."""


class Worker(Protocol[Asked, Given]):
    """One worker, used by one thread at a time."""

    def begin(self) -> None:
        """Begin to prepare; what fails here fails again in `reply`."""

    def reply(self, question: Asked) -> Given:
        """Return the answer; raises WorkerDied, and is another worker when asked again."""

    def end(self) -> None:
        """End it for good."""


class PinnedExecutor(Generic[Question, Reply]):
    """The crew of these workers, and what is left to do once they have ended."""

    def __init__(self, workers: Sequence[Worker[Question, Reply]], leave: Callable[[], object] = lambda: None) -> None:
        self.size = len(workers)
        self._workers, self._leave = workers, leave
        self._desks = [ThreadPoolExecutor(1, thread_name_prefix="crew") for _ in workers]
        for desk, worker in zip(self._desks, workers, strict=True):
            desk.submit(worker.begin)
        atexit.register(self.close)  # a worker deaf to signals would keep this process from ending

    def ask(self, questions: Sequence[Question], stopped: Callable[[], bool] = never) -> list[Reply]:
        """Return the replies in the order of the questions; see `Crew.ask`."""
        places = [number % self.size for number in range(len(questions))]
        replies = [
            self._desks[place].submit(_reply, self._workers[place], question, stopped)
            for place, question in zip(places, questions, strict=True)
        ]
        try:
            wait(replies, return_when=FIRST_EXCEPTION)
        finally:
            for reply in replies:
                reply.cancel()  # what is not yet begun, if anything failed
        wait(replies)
        for reply in replies:
            if not reply.cancelled() and reply.exception() is not None:
                reply.result()
        return [reply.result() for reply in replies]

    def close(self) -> None:
        """End the workers, after the questions under way."""
        atexit.unregister(self.close)
        for desk in self._desks:
            desk.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.end()
        self._leave()


def _reply(worker: Worker[Question, Reply], question: Question, stopped: Callable[[], bool]) -> Reply:
    """Return the answer to a question that may be asked of several workers, one after another."""
    if stopped():
        raise Interrupted
    ends = []
    for _ in range(LIVES):
        try:
            return worker.reply(question)
        except WorkerDied as lost:
            ends.append(str(lost))
    raise PoolBroken(f"{LIVES} workers were lost over one question: {'; '.join(ends)}")
