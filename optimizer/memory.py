"""Memory of this process and of the machine."""

import sys
from pathlib import Path

import psutil

GROUP = Path("/sys/fs/cgroup")
"""Where Linux tells what a container may take."""


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
