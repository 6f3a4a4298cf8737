"""Memory of processes and of the machine."""

import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

GROUP = Path("/sys/fs/cgroup")
"""Where Linux tells what a container may take."""
KIN_SECONDS = 1.0
"""Time between two looks at which processes there are, which takes longer than a look at their memory."""


class ProcessTree:
    """A process and all that it has started, directly or not."""

    def __init__(self, pid: int) -> None:
        self._first = psutil.Process(pid)
        self._others: list[psutil.Process] = []
        self._looked = 0.0

    def memory_mb(self) -> float:
        """Return the memory they hold, MB; what they share is counted once, what has ended holds nothing."""
        held = 0.0
        with suppress(psutil.Error):
            held += self._first.memory_info().rss
            if time.monotonic() - self._looked > KIN_SECONDS:
                self._others, self._looked = self._first.children(recursive=True), time.monotonic()
        for other in self._others:
            with suppress(psutil.Error):
                memory = other.memory_info()
                held += memory.rss - getattr(memory, "shared", 0)  # Linux alone tells it
        return held / 1024**2


def peak_memory_mb() -> float:
    """Return the most memory this process has held, MB."""
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset / 1024**2)
    import resource

    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (1024**2 if sys.platform == "darwin" else 1024)


def free_memory_mb() -> float:
    """Return the memory that the machine, or the container around this process, has free now, MB."""
    free = psutil.virtual_memory().available
    try:
        most, held = ((GROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        free = min(free, int(most) - int(held)) if most != "max" else free
    except (OSError, ValueError):
        pass  # no such group, or one of an older kind
    return float(free / 1024**2)
