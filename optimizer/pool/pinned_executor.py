"""A pool of workers elsewhere: each has a thread here that sends it one request after another and replaces the dead."""

import atexit
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

MAX_RETRIES = 3
"""Workers that may die over one request."""
POLL_SECONDS = 0.2
"""Time between two looks whether an end is wanted."""

Request = TypeVar("Request")
Result = TypeVar("Result")
Sent = TypeVar("Sent", contravariant=True)
Received = TypeVar("Received", covariant=True)


class PoolBroken(Exception):
    """Workers died faster than they could be replaced, or there were none; the text says which."""


class RequestLost(PoolBroken):
    """Workers died over one request, one after another."""


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

    def give_up(self) -> None:
        """End what it is doing, from another thread: `call` raises WorkerDied."""


class PinnedExecutor(Generic[Request, Result]):
    """A pool in which request k is always sent to worker k modulo the number of workers."""

    def __init__(
        self, workers: Sequence[Worker[Request, Result]], on_close: Callable[[], object] = lambda: None
    ) -> None:
        """Start the workers; `on_close` is called once they have ended."""
        self.size = len(workers)
        self._on_close = on_close
        self._given_up = False
        self._workers = [(worker, ThreadPoolExecutor(1, thread_name_prefix="pool")) for worker in workers]
        for worker, thread in self._workers:
            thread.submit(worker.start)
        atexit.register(self.close)  # workers that ignore signals would keep this process from ending

    def map(self, requests: Sequence[Request]) -> list[Result]:
        """Return the results in the order of the requests; see `WorkerPool.map`."""
        pinned = zip(cycle(self._workers), requests, strict=False)
        futures = [thread.submit(self._call, worker, request) for (worker, thread), request in pinned]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()  # not yet begun, if another failed

    ask = map

    def stream(
        self, take: Callable[[int], Request | None], stopped: Callable[[], bool] = lambda: False
    ) -> Iterator[tuple[Request, "Future[Result]"]]:
        """Yield requests and their results as they come, whichever worker is free taking the next.

        `take` gives worker k its next request, or None if it has no more; it is called by one thread at a time. Once
        an end is wanted the requests under way are given up, and the pool can only be closed.
        """
        ended: SimpleQueue[tuple[Request, Future[Result]] | None] = SimpleQueue()
        turn = threading.Lock()

        def work(number: int, worker: Worker[Request, Result]) -> None:
            while not self._given_up:
                with turn:
                    request = take(number)
                if request is None:
                    break
                future: Future[Result] = Future()
                try:
                    future.set_result(self._call(worker, request))
                except Exception as error:
                    future.set_exception(error)
                ended.put((request, future))
            ended.put(None)

        for number, (worker, thread) in enumerate(self._workers):
            thread.submit(work, number, worker)
        working = self.size
        while working:
            if stopped() and not self._given_up:
                self._given_up = True
                for worker, _ in self._workers:
                    worker.give_up()
            try:  # what ended before the end was wanted is kept
                item = ended.get(timeout=0.0 if self._given_up else POLL_SECONDS)
            except Empty:
                if self._given_up:
                    return
                continue
            if item is None:
                working -= 1
            else:
                yield item

    def _call(self, worker: Worker[Request, Result], request: Request) -> Result:
        """Return the result of a request, which is sent again to another worker where one dies over it."""
        deaths: list[str] = []
        while len(deaths) < MAX_RETRIES and not self._given_up:
            try:
                return worker.call(request)
            except WorkerDied as death:
                deaths.append(str(death))
        raise RequestLost(f"{len(deaths)} workers died over one request: {'; '.join(deaths)}")

    def close(self) -> None:
        """End the workers, after the requests under way."""
        atexit.unregister(self.close)
        for worker, thread in self._workers:
            thread.shutdown(cancel_futures=True)
            worker.stop()
        self._on_close()
