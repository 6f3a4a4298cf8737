"""A pool of the workers of a dask cluster. A worker's state stays in it, and its requests are sent there."""

import hashlib
import logging
import threading
import time
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.pool.pinned_executor import PinnedExecutor, PoolBroken, Request, Result, WorkerDied
from optimizer.pool.process_pool import State
from optimizer.pool.worker_main import initialise, pickled, result_of, run_task

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_TIMEOUT_SECONDS = 30.0
"""Time that a scheduler may take to answer and a first worker to come."""
RESTART_TIMEOUT_SECONDS = 10.0
"""Time that a dead worker may take to be restarted, before another does its work too."""
POLL_INTERVAL_SECONDS = 2.0
"""Time between two checks whether a worker that is long in answering is still there."""


class ProgramMismatch(Exception):
    """A worker runs another version of this program or of its solver; its results would differ."""


def dask_pool(
    initializer: Callable[[], State], task: Callable[[State, Request], Result], address: str
) -> PinnedExecutor[Request, Result]:
    """Return a pool of all workers that this dask scheduler has now; raises PoolBroken if there is none."""
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is raised
    try:
        client = Client(address, timeout=CONNECT_TIMEOUT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as failure:
        raise PoolBroken(f"no dask scheduler answers at {address}: {failure}") from None
    addresses, digest = _Addresses(client), program_digest()
    compressed = zlib.compress(pickled((initializer, task)), 1)  # it goes to every worker through one scheduler
    try:
        workers = [DaskWorker(client, addresses, compressed, digest) for _ in addresses.wait(CONNECT_TIMEOUT_SECONDS)]
    except PoolBroken:
        client.close()
        raise
    return PinnedExecutor(workers, client.close)


class _Addresses:
    """Which worker of the cluster serves which `DaskWorker`."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._taken: dict[object, str] = {}
        self._lock = threading.Lock()

    def wait(self, seconds: float) -> list[str]:
        """Return the addresses of the workers, waiting that long for a first one; raises PoolBroken."""
        until = time.monotonic() + seconds
        while not (found := self.present()):
            if time.monotonic() > until:
                raise PoolBroken(f"the dask scheduler at {self._client.scheduler.address} has no workers")
            time.sleep(0.2)
        return sorted(found)

    def take(self, taker: object) -> str:
        """Return the address of a worker that nobody else has taken, if there is one soon, else of any."""
        until = time.monotonic() + RESTART_TIMEOUT_SECONDS
        while True:
            found = self.wait(CONNECT_TIMEOUT_SECONDS)
            with self._lock:
                self._taken.pop(taker, None)
                least = min(found, key=list(self._taken.values()).count)
                if least not in self._taken.values() or time.monotonic() > until:
                    self._taken[taker] = least
                    return least
            time.sleep(0.2)

    def present(self) -> set[str]:
        """Return the addresses of the workers that the scheduler has now; raises PoolBroken if it is gone."""
        try:
            return set(self._client.nthreads())
        except OSError as failure:
            raise PoolBroken(f"the dask scheduler is gone: {failure}") from None


class DaskWorker:
    """One worker of a cluster, or the one that took its place."""

    def __init__(self, client: "Client", addresses: _Addresses, initializer_and_task: bytes, digest: str) -> None:
        """Take what `_pinned` takes."""
        self._client, self._addresses = client, addresses
        self._initializer_and_task, self._digest = initializer_and_task, digest
        self._address, self._given_up = "", False
        self._state: Future | None = None

    def start(self) -> None:
        """Initialise a worker."""
        self._address = self._addresses.take(self)
        packed = self._client.scatter(self._initializer_and_task, workers=[self._address], hash=False)
        self._state = self._submit(_pinned, packed, self._digest)

    def call(self, request: Any) -> Any:
        """Return the result of a request; raises WorkerDied."""
        from distributed import CancelledError
        from distributed.scheduler import KilledWorker

        try:
            if self._state is None:
                self.start()
            message = self._wait(self._submit(_run_pinned, self._state, pickled(request)))
        except (CancelledError, KilledWorker, OSError):
            self.stop()
            raise WorkerDied(f"{self._address} left the cluster") from None
        return result_of(message)

    def stop(self) -> None:
        """Let the worker forget its state."""
        self._state = None

    def give_up(self) -> None:
        """Wait no longer for what the worker does."""
        self._given_up = True

    def _wait(self, result: "Future") -> bytes:
        while True:
            try:
                message: bytes = result.result(timeout=POLL_INTERVAL_SECONDS)
            except TimeoutError:
                if self._given_up or self._address not in self._addresses.present():
                    raise OSError from None
            else:
                return message

    def _submit(self, *call: Any) -> "Future":
        return self._client.submit(*call, workers=[self._address], allow_other_workers=False, pure=False)


class _Pinned:
    """A task with its state; dask shall neither move it nor write it out, for it changes with every request."""

    def __init__(self, task: Callable[[Any], Any]) -> None:
        self.task = task

    def __reduce__(self) -> str:
        raise TypeError("the state of a worker stays where it is")


def _pinned(initializer_and_task: bytes, digest: str) -> _Pinned:
    if program_digest() != digest:
        raise ProgramMismatch("a worker of the cluster runs another version of this program or of its solver")
    return _Pinned(initialise(zlib.decompress(initializer_and_task)))


def _run_pinned(pinned: _Pinned, request: bytes) -> bytes:
    return run_task(pinned.task, request)


@cache
def program_digest() -> str:
    """Return the digest of this program's files and of its solver's version."""
    from importlib.metadata import version

    root = Path(__file__).parents[2]
    files = sorted(path for folder in ("models", "optimizer") for path in (root / folder).rglob("*.py"))
    digest = hashlib.sha256(version("highspy").encode())
    for path in files:
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
