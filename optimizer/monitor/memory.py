"""Memory of processes and of the machine."""

import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

CGROUP = Path("/sys/fs/cgroup")
"""Where Linux states what a container may take."""
CHILDREN_INTERVAL_SECONDS = 1.0
"""Time between two listings of the processes, which take longer than reading their memory."""


class ProcessTree:
    """A process and all that it has started, directly or not."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._descendants: list[psutil.Process] = []
        self._listed = 0.0

    def memory_mb(self) -> float:
        """Return the memory of all of them, MB; what they share is counted once, what has ended has none."""
        total = 0.0
        with suppress(psutil.Error):
            total += self._root.memory_info().rss
            if time.monotonic() - self._listed > CHILDREN_INTERVAL_SECONDS:
                self._descendants, self._listed = self._root.children(recursive=True), time.monotonic()
        for process in self._descendants:
            with suppress(psutil.Error):
                memory = process.memory_info()
                total += memory.rss - getattr(memory, "shared", 0)  # only Linux states it
        return total / 1024**2


def peak_memory_mb() -> float:
    """Return the most memory this process has had, MB."""
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset / 1024**2)
    import resource

    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (1024**2 if sys.platform == "darwin" else 1024)


def free_memory_mb() -> float:
    """Return the memory that the machine, or the container around this process, has free now, MB."""
    free = psutil.virtual_memory().available
    try:
        most, used = ((CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        free = min(free, int(most) - int(used)) if most != "max" else free
    except (OSError, ValueError):
        pass  # no such group, or one of an older kind
    return float(free / 1024**2)
