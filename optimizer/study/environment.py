"""What a result was computed with: versions, and the class of machine; nothing that names a person or a machine."""

import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import requires, version

import psutil

from optimizer.case.provenance import git_commit


def environment() -> dict[str, str]:
    """Return the versions of this program, of Python and of every library that it names, and cores and memory."""
    libraries = [re.split(r"[^\w.-]", line)[0] for line in requires("gigasite") or () if "extra ==" not in line]
    return {
        "gigasite": version("gigasite"),
        "commit": git_commit(),
        "python": platform.python_version(),
        **{name: version(name) for name in sorted(libraries, key=str.casefold)},
        "platform": f"{sys.platform} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "memory_gb": f"{psutil.virtual_memory().total / 1024**3:.0f}",
    }


def differences(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Yield in words each entry of one environment that is not so in another."""
    for name in [*then, *(name for name in now if name not in then)]:
        if then.get(name) != now.get(name):
            yield f"{name}: {then.get(name) or 'none'} then, {now.get(name) or 'none'} now"
