"""A crew of the workers of a dask cluster. What a worker has prepared stays in it, and its questions are sent there."""

import hashlib
import logging
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.pool.pinned_executor import PinnedExecutor, WorkerDied
from optimizer.pool.worker_main import asked, loaded, opened, outcome, prepared
from optimizer.pool.worker_pool import PoolBroken, Question, Reply, State, WorkerPool

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE_SECONDS = 30.0
"""Time that a scheduler may take to answer and a first worker to come."""
RETURN_SECONDS = 10.0
"""Time that a lost worker may take to be restarted, before another does its work too."""
BREATH_SECONDS = 2.0
"""Time between two looks whether a worker that is long in answering is still there."""


class OtherProgram(Exception):
    """A worker runs another version of this program or of its solver; its answers would differ."""


def dask_pool(
    prepare: Callable[[], State], answer: Callable[[State, Question], Reply], address: str
) -> WorkerPool[Question, Reply]:
    """Return a crew of all workers that this dask scheduler has now; raises PoolBroken if none is to be had."""
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is raised
    try:
        client = Client(address, timeout=PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError) as failure:
        raise PoolBroken(f"no dask scheduler answers at {address}: {failure}") from None
    places, asker = _Places(client), program()
    load = zlib.compress(loaded(prepare, answer), 1)  # for it goes to every worker through one scheduler
    try:
        workers = [_Remote(client, places, load, asker) for _ in places.open(PATIENCE_SECONDS)]
    except PoolBroken:
        client.close()
        raise
    return PinnedExecutor[Question, Reply](workers, client.close)


class _Places:
    """Which desk has its worker where."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._taken: dict[object, str] = {}
        self._one_at_a_time = threading.Lock()

    def open(self, seconds: float) -> list[str]:
        """Return the addresses of the workers, waiting that long for a first one; raises PoolBroken."""
        until = time.monotonic() + seconds
        while not (found := self._present()):
            if time.monotonic() > until:
                raise PoolBroken(f"the dask scheduler at {self._client.scheduler.address} has no workers")
            time.sleep(0.2)
        return sorted(found)

    def has(self, address: str) -> bool:
        return address in self._present()

    def take(self, desk: object) -> str:
        """Return a worker for a desk: one that no other desk has, if there is one soon."""
        until = time.monotonic() + RETURN_SECONDS
        while True:
            found = self.open(PATIENCE_SECONDS)
            with self._one_at_a_time:
                self._taken.pop(desk, None)
                least = min(found, key=list(self._taken.values()).count)
                if least not in self._taken.values() or time.monotonic() > until:
                    self._taken[desk] = least
                    return least
            time.sleep(0.2)

    def _present(self) -> set[str]:
        try:
            return set(self._client.nthreads())
        except OSError as failure:
            raise PoolBroken(f"the dask scheduler is gone: {failure}") from None


class _Remote:
    """One worker of a cluster, or the one that took its place."""

    def __init__(self, client: "Client", places: _Places, load: bytes, asker: str) -> None:
        self._client, self._places, self._load, self._asker = client, places, load, asker
        self._place = ""
        self._prepared: Future | None = None

    def begin(self) -> None:
        self._place = self._places.take(self)
        load = self._client.scatter(self._load, workers=[self._place], hash=False)
        self._prepared = self._submit(_prepared, load, self._asker)

    def reply(self, question: Any) -> Any:
        from distributed import CancelledError
        from distributed.scheduler import KilledWorker

        try:
            if self._prepared is None:
                self.begin()
            reply = self._submit(_outcome, self._prepared, asked(question))
            found = self._wait(reply)
        except (CancelledError, KilledWorker, OSError):
            self.end()
            raise WorkerDied(f"{self._place} left the cluster") from None
        return opened(found)

    def end(self) -> None:
        self._prepared = None  # which lets the worker forget it

    def _wait(self, reply: "Future") -> bytes:
        while True:
            try:
                found: bytes = reply.result(timeout=BREATH_SECONDS)
            except TimeoutError:
                if not self._places.has(self._place):
                    raise OSError from None
            else:
                return found

    def _submit(self, *task: Any) -> "Future":
        return self._client.submit(*task, workers=[self._place], allow_other_workers=False, pure=False)


class _Held:
    """What a worker has prepared; dask shall neither move it nor write it out, for it changes with every question."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        self.answer = answer

    def __reduce__(self) -> str:
        raise TypeError("what a worker has prepared stays where it is")


def _prepared(load: bytes, asker: str) -> _Held:
    if program() != asker:
        raise OtherProgram("a worker of the cluster runs another version of this program or of its solver")
    return _Held(prepared(zlib.decompress(load)))


def _outcome(held: _Held, question: bytes) -> bytes:
    return outcome(held.answer, question)


def program() -> str:
    """Return the digest of this program's files and of its solver's version."""
    from importlib.metadata import version

    root = Path(__file__).parents[2]
    files = sorted(path for folder in ("models", "optimizer") for path in (root / folder).rglob("*.py"))
    digest = hashlib.sha256(version("highspy").encode())
    for path in files:
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
