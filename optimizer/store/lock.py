"""A lock file beside a plan's folder, which says who has the lock; the system frees it the moment that process ends."""

import errno
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

TIMEOUT_SECONDS = 0.3
"""Time in which a run that is just ending, or just starting, gives its lock back or says who it is."""
WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


class Locked(Exception):
    """Another run has the lock; the text says which."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock a path until the end of the block; may be nested. Raises Locked, or OSError where there are no locks.

    What matters is the system's lock on the file, not that the file exists: one left by a killed run is in nobody's
    way, and is removed by the next run when it ends.
    """
    lock = FileLock(path, TIMEOUT_SECONDS, is_singleton=True, on_acquired=_sign)
    try:
        lock.acquire()
    except Timeout:
        raise Locked(_owner(path)) from None
    except OSError as fault:
        if fault.errno in WITHOUT_LOCKS:
            raise OSError(fault.errno, "the file system has no locks, as some network folders") from None
        raise
    try:
        yield
    finally:
        if lock.lock_counter == 1:
            with suppress(OSError):  # Windows cannot delete what is open; there the release does
                path.unlink()
        lock.release()


def _sign(descriptor: int) -> None:
    """Write who has the lock; the first byte stays free, for it is the one that Windows locks against reading."""
    command = shlex.join([Path(sys.argv[0]).name.replace("__main__.py", "gigasite"), *sys.argv[1:]])
    since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
    process = f"process {os.getpid()} on {socket.gethostname()} since {since}"
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"\n{process} ({command.replace(str(Path.home()), '~')})".encode(errors="backslashreplace"))


def _owner(path: Path) -> str:
    """Return who has the lock, for people."""
    with suppress(OSError), path.open("rb", buffering=0) as file:
        file.seek(1)
        return file.read().decode(errors="replace") or "another run"
    return "another run"
