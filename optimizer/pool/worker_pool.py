"""What a pool is, wherever its workers run: it maps requests to results, in the order of the requests.

Request k always goes to worker k modulo the pool's size, so a worker may keep what makes its next result for k faster.
A result must not depend on what else its worker was sent: then neither the number nor the place of the workers changes
a result. A worker that dies is replaced by one that knows nothing of earlier requests, which is sent the request again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Protocol

from optimizer.pool.dask_pool import dask_pool
from optimizer.pool.pinned_executor import Request, Result, Sent
from optimizer.pool.process_pool import State, process_pool


@dataclass(frozen=True)
class PoolConfig:
    """Where the workers run."""

    workers: int = 1
    """Processes on this machine; one means no other than this."""
    cluster: str | None = None
    """Address of a dask scheduler whose workers are used instead: `tcp://host:8786`."""


class WorkerPool(Protocol[Sent, Result]):
    """Workers that map requests to results."""

    @property
    def size(self) -> int:
        """Return the number of workers."""

    def map(self, requests: Sequence[Sent]) -> list[Result]:
        """Return the results in the order of the requests.

        What a worker raises is raised here, its traceback a note; PoolBroken if three workers died over one request.
        """

    def close(self) -> None:
        """End the workers."""


class SerialPool(Generic[State, Request, Result]):
    """This process alone; it initialises itself at its first request."""

    size = 1

    def __init__(self, initializer: Callable[[], State], task: Callable[[State, Request], Result]) -> None:
        """Take what initialises the state, and what maps it and a request to a result."""
        self._initializer, self._task = initializer, task

    @cached_property
    def _state(self) -> State:
        return self._initializer()

    def map(self, requests: Sequence[Request]) -> list[Result]:
        """Return the results in the order of the requests."""
        return [self._task(self._state, request) for request in requests]

    def close(self) -> None:
        """End nothing."""


def make_pool(
    initializer: Callable[[], State], task: Callable[[State, Request], Result], config: PoolConfig
) -> WorkerPool[Request, Result]:
    """Return a pool; `initializer` and `task` can be pickled unless it is this process alone.

    Workers initialise themselves in the background, from now on. Raises PoolBroken if there is no such cluster.
    """
    if config.cluster is not None:
        return dask_pool(initializer, task, config.cluster)
    if config.workers > 1:
        return process_pool(initializer, task, config.workers)
    return SerialPool(initializer, task)
