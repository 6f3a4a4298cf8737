"""A lock beside a plan's folder, which says who holds it; the system frees it the moment its holder dies."""

import errno
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

PATIENCE_SECONDS = 0.3
"""Time in which a run that is just ending, or just starting, gives its lock back or says who it is."""
WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


class Busy(Exception):
    """Somebody else holds the lock; the text says who."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of that name, again if this thread holds it already; raises Busy, or OSError where there is none.

    What matters is the system's lock on the file, not that the file exists: one left by a killed run is in nobody's
    way, and is taken away by the next run when it ends.
    """
    lock = FileLock(path, PATIENCE_SECONDS, is_singleton=True, on_acquired=_sign)
    try:
        lock.acquire()
    except Timeout:
        raise Busy(_holder(path)) from None
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
    """Write who holds the lock; the first byte stays free, for it is the one that Windows locks against reading."""
    command = shlex.join([Path(sys.argv[0]).name.replace("__main__.py", "gigasite"), *sys.argv[1:]])
    holder = {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        "command": command.replace(str(Path.home()), "~"),
    }
    os.ftruncate(descriptor, 0)
    os.write(descriptor, b"\n" + json.dumps(holder).encode())


def _holder(path: Path) -> str:
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(1)
            holder = json.loads(file.read())
    except (OSError, ValueError):
        return "another run"
    return "process {process} on {host} since {since} ({command})".format(**holder)
