"""Contenders measured in processes of their own, turn by turn, so that what befalls the machine befalls all."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from optimizer.monitor.memory import ProcessTree

ROOT = Path(__file__).parents[2]
LONG_S = 60.0
"""What takes longer is run once, and the tables show it."""
LOOK_S = 0.1
"""Time between two looks at the memory of a process and those it started."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
Figures = dict[str, Any]


def script(name: str, *arguments: object, python: Path | None = None) -> list[str]:
    """Return the command of a script of this folder, by the project's Python or another."""
    return [str(python or sys.executable), "-m", f"tests.benchmarks.{name}", *map(str, arguments)]


def once(command: Sequence[str]) -> Figures:
    """Return what one process measured of itself; raises RuntimeError with its words if it failed."""
    environment = {**os.environ, **ONE_THREAD}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=ROOT, env=environment, **pipes) as process:  # type: ignore[call-overload]
        kin, held = ProcessTree(process.pid), 0.0
        while process.returncode is None:
            held = max(held, kin.memory_mb())
            with suppress(subprocess.TimeoutExpired):
                words, complaints = process.communicate(timeout=LOOK_S)
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{complaints}")
    figures: Figures = json.loads(words.splitlines()[-1])
    if figures.pop("with_kin", False):
        figures["peak_mb"] = max(figures["peak_mb"], held)
    return figures


def compete(problem: str, contenders: Mapping[str, Sequence[str]], runs: int, long_s: float = LONG_S) -> list[Figures]:
    """Return a row of figures for every contender: medians over its runs, the range, and what it found.

    What takes longer than `long_s` is run once.
    """
    measured: dict[str, list[Figures]] = {name: [] for name in contenders}
    for turn in range(runs):
        for name, command in contenders.items():
            if turn == 0 or measured[name][0]["total_s"] <= long_s:
                began = time.perf_counter()
                measured[name].append(once(command))
                print(f"  {problem}, {name}, {turn + 1}: {time.perf_counter() - began:.1f} s", flush=True)
    return [summarised(problem, name, listed) for name, listed in measured.items()]


def summarised(problem: str, who: str, listed: Sequence[Figures]) -> Figures:
    """Return the median of every measured number, the range of the total, and everything else of the first run."""
    row: Figures = {"problem": problem, "who": who, "runs": len(listed)}
    for key, value in listed[0].items():
        measured = key.endswith(("_s", "_mb"))
        row[key] = round(statistics.median(each[key] for each in listed), 4) if measured else value
    row["least_s"], row["most_s"] = (round(pick(each["total_s"] for each in listed), 4) for pick in (min, max))
    return row
