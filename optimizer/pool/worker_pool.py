"""What a crew is, whoever its workers are: it is asked questions and gives the replies in their order.

Question k always goes to worker k modulo the crew's size, so a worker may keep what makes its next answer to k faster.
A reply must not depend on what else its worker was asked: then neither the number nor the place of the workers changes
a result. A lost worker is replaced by one that has forgotten the earlier questions, which is asked again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

State = TypeVar("State")
Question = TypeVar("Question")
Reply = TypeVar("Reply")
Asked = TypeVar("Asked", contravariant=True)


class PoolBroken(Exception):
    """Workers were lost faster than they could be replaced, or none was found; the text tells which."""


class Interrupted(Exception):
    """The asker was stopped before every question had been begun; the crew may be asked again."""


@dataclass(frozen=True)
class PoolConfig:
    """Over what the questions are spread."""

    workers: int = 1
    """Processes on this machine; one means no other than this."""
    cluster: str | None = None
    """Address of a dask scheduler whose workers are used instead: `tcp://host:8786`."""


def never() -> bool:
    """Tell that nobody asks to stop."""
    return False


class WorkerPool(Protocol[Asked, Reply]):
    """Workers that answer questions."""

    @property
    def size(self) -> int:
        """Return the number of workers."""

    def ask(self, questions: Sequence[Asked], stopped: Callable[[], bool] = never) -> list[Reply]:
        """Return the replies in the order of the questions.

        Once `stopped` is true no further question is begun: those under way are finished and Interrupted is raised.
        What a worker raises is raised here, its traceback a note; PoolBroken if a question has lost three workers.
        """

    def close(self) -> None:
        """End the workers."""


class _Alone(Generic[State, Question, Reply]):
    size = 1

    def __init__(self, prepare: Callable[[], State], answer: Callable[[State, Question], Reply]) -> None:
        self._prepare, self._answer = prepare, answer
        self._states: list[State] = []

    def ask(self, questions: Sequence[Question], stopped: Callable[[], bool] = never) -> list[Reply]:
        return [self._reply(question, stopped) for question in questions]

    def _reply(self, question: Question, stopped: Callable[[], bool]) -> Reply:
        if stopped():
            raise Interrupted
        if not self._states:
            self._states.append(self._prepare())
        return self._answer(self._states[0], question)

    def close(self) -> None:
        self._states.clear()


def serial_pool(
    prepare: Callable[[], State], answer: Callable[[State, Question], Reply]
) -> WorkerPool[Question, Reply]:
    """Return a crew of this process alone; it prepares itself when it is first asked."""
    return _Alone(prepare, answer)


def make_pool(
    prepare: Callable[[], State], answer: Callable[[State, Question], Reply], spread: PoolConfig
) -> WorkerPool[Question, Reply]:
    """Return a crew over that spread; `prepare` and `answer` can be pickled unless it is this process alone.

    Workers prepare themselves in the background, from now on. Raises PoolBroken if there is no such cluster.
    """
    if spread.cluster is not None:
        from optimizer.pool.dask_pool import dask_pool

        return dask_pool(prepare, answer, spread.cluster)
    if spread.workers > 1:
        from optimizer.pool.process_pool import process_pool

        return process_pool(prepare, answer, spread.workers)
    return serial_pool(prepare, answer)
