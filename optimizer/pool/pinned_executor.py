"""A pool of workers elsewhere: each has a thread here that sends it one request after another and replaces the dead."""

import atexit
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Generic, Protocol, TypeVar

MAX_RETRIES = 3
"""Workers that may die over one request."""

Request = TypeVar("Request")
Result = TypeVar("Result")
Sent = TypeVar("Sent", contravariant=True)
Received = TypeVar("Received", covariant=True)


class PoolBroken(Exception):
    """Workers died faster than they could be replaced, or there were none; the text says which."""


class WorkerDied(Exception):
    """A worker ended before it returned its result."""


class Worker(Protocol[Sent, Received]):
    """One worker, used by one thread at a time."""

    def start(self) -> None:
        """Start to initialise it; what fails here fails again in `call`."""

    def call(self, request: Sent) -> Received:
        """Return the result of a request; raises WorkerDied, and starts another worker when called again."""

    def stop(self) -> None:
        """End it for good."""


class PinnedExecutor(Generic[Request, Result]):
    """A pool in which request k is always sent to worker k modulo the number of workers."""

    def __init__(
        self, workers: Sequence[Worker[Request, Result]], on_close: Callable[[], object] = lambda: None
    ) -> None:
        """Start the workers; `on_close` is called once they have ended."""
        self.size = len(workers)
        self._on_close = on_close
        self._workers = [(worker, ThreadPoolExecutor(1, thread_name_prefix="pool")) for worker in workers]
        for worker, thread in self._workers:
            thread.submit(worker.start)
        atexit.register(self.close)  # workers that ignore signals would keep this process from ending

    def map(self, requests: Sequence[Request]) -> list[Result]:
        """Return the results in the order of the requests; see `WorkerPool.map`."""
        pinned = zip(cycle(self._workers), requests, strict=False)
        futures = [thread.submit(_call, worker, request) for (worker, thread), request in pinned]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()  # not yet begun, if another failed

    ask = map

    def close(self) -> None:
        """End the workers, after the requests under way."""
        atexit.unregister(self.close)
        for worker, thread in self._workers:
            thread.shutdown(cancel_futures=True)
            worker.stop()
        self._on_close()


def _call(worker: Worker[Request, Result], request: Request) -> Result:
    """Return the result of a request, which is sent again to another worker where one dies over it."""
    deaths = []
    for _ in range(MAX_RETRIES):
        try:
            return worker.call(request)
        except WorkerDied as death:
            deaths.append(str(death))
    raise PoolBroken(f"{MAX_RETRIES} workers died over one request: {'; '.join(deaths)}")
