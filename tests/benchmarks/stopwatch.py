"""Time and memory of a script that is measured in a process of its own; needs nothing but Python."""

import gc
import json
import resource
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MB = 1024 * 1024
STATUS = Path("/proc/self/status")


def memory_mb(field: str) -> float:
    """Return what this process holds (VmRSS) or held at most (VmHWM), MB; elsewhere than on Linux always the latter.

    The system's own account of a process (`ru_maxrss`) begins on Linux with what its parent held.
    """
    if STATUS.exists():
        line = next(line for line in STATUS.read_text().splitlines() if line.startswith(field))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MB if sys.platform == "darwin" else peak / 1024


def peak_mb() -> float:
    """Return the most memory that this process, or one that it started and that ended, ever held, MB."""
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(memory_mb("VmHWM"), started / MB if sys.platform == "darwin" else started / 1024)


class Stopwatch:
    """Times phases one after the other, from the moment everything is imported and read, and reports once."""

    def __init__(self) -> None:
        """Begin: what was imported and read until now is not counted."""
        gc.collect()
        self.before_mb = self.peak_mb = memory_mb("VmRSS")
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, phase: str) -> None:
        """End a phase; what is looked up before the next one begins is not counted."""
        self.seconds[phase] = time.perf_counter() - self._last
        self.peak_mb = peak_mb()
        self._last = time.perf_counter()

    def report(self, **figures: object) -> None:
        """Print seconds, memory and what else was found as the last line, for `measure.py`."""
        measured = {
            **{f"{phase}_s": seconds for phase, seconds in self.seconds.items()},
            "total_s": sum(self.seconds.values()),
            "before_mb": self.before_mb,
            "peak_mb": self.peak_mb,
            "added_mb": self.peak_mb - self.before_mb,
            **figures,
        }
        print(json.dumps(measured))


def fingerprint(solver: Any, options: Mapping[str, Any]) -> dict[str, float]:
    """Return what tells two models in a `highspy.Highs` apart; with options also the optimum and the time to it.

    Sums of sizes do not depend on the order of rows and columns, nor on the side on which a row's terms stand.
    """
    lp = solver.getLp()
    values, cost = list(lp.a_matrix_.value_), list(lp.col_cost_)
    found = {
        "rows": solver.getNumRow(),
        "columns": solver.getNumCol(),
        "nonzeros": solver.getNumNz(),
        "coefficients": sum(map(abs, values)),
        "costs": sum(map(abs, cost)),
    }
    if options:
        for name, value in {"output_flag": False, **options}.items():
            solver.setOptionValue(name, value)
        began = time.perf_counter()
        solver.run()
        found["solve_s"] = time.perf_counter() - began
        found["optimum"] = solver.getInfo().objective_function_value
        found["status"] = solver.modelStatusToString(solver.getModelStatus())
    return found
