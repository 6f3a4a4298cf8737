"""Build and hand-over of the reference case as the engine does it, by phase. Run: stamping [--days N ...] [--runs N].

Every run is a process of its own and begins with the case as it was read. The other route is the physical limit: the
same arrays, ready, handed to HiGHS in one call. Prints one JSON object a line: medians over the runs.
"""

import argparse
import json
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import highspy
import numpy as np

from optimizer.program.extensive_form import build_extensive_form
from optimizer.program.linear_program import LinearProgram, check_numbers
from optimizer.solver.highs import pass_model
from tests.benchmarks.measure import Figures, compete, once, script
from tests.benchmarks.stopwatch import MB, Stopwatch
from tests.benchmarks.variations import europe, with_days


def engine(days: int, arrays: Path | None) -> None:
    """Build and hand over; after that, write the arrays where told to."""
    case = with_days(europe(), days)
    watch = Stopwatch()
    assembly = build_extensive_form(case)
    watch.lap("compile")
    assembly.values.sum()
    watch.lap("gather")
    program = assembly.program
    watch.lap("stamp")
    check_numbers(program)
    watch.lap("check")
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    pass_model(solver, program)
    watch.lap("hand_over")
    handed = ready(program)
    size = sum(each.nbytes for each in handed.values()) / MB
    watch.report(nonzeros=solver.getNumNz(), rows=solver.getNumRow(), columns=solver.getNumCol(), arrays_mb=size)
    if arrays:
        np.savez(arrays, **handed)


def ready(program: LinearProgram) -> dict[str, Any]:
    """Return what `build_raw.py` hands over."""
    return {
        "cost": program.cost,
        "lower": program.lower,
        "upper": program.upper,
        "row_lower": program.row_lower,
        "row_upper": program.row_upper,
        "starts": program.matrix.indptr.astype(np.int32, copy=False),
        "indices": program.matrix.indices.astype(np.int32, copy=False),
        "values": program.matrix.data,
    }


def measure(days: int, runs: int) -> list[Figures]:
    """Return the figures of both routes at a number of days a period."""
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(sys.stderr):
        arrays = Path(folder) / "arrays.npz"
        built = once(script("stamping", "--engine", days, "--arrays", arrays))
        routes = {"raw": script("build_raw", arrays, "{}"), "engine": script("stamping", "--engine", days)}
        rows = compete(f"{days} days", routes, runs)
    least, rest = rows[0]["total_s"], ("rows", "columns", "arrays_mb")
    return [
        {
            "experiment": "stamping",
            "route": row["who"],
            "size": built["nonzeros"],
            "seconds": row["total_s"],
            "peak_mb": row["peak_mb"],
            "unit": "s",
            "times_raw": round(row["total_s"] / least, 2),
            "added_mb": row["added_mb"],
            "runs": row["runs"],
            **{key: value for key, value in row.items() if key.endswith("_s")},
            **{key: built[key] for key in rest},
        }
        for row in rows
    ]


def run() -> None:
    """Do what the words of the command ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, nargs="+", default=[4, 40])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--engine", type=int, help="days; measure this one route in this process")
    parser.add_argument("--arrays", type=Path, help="where the engine's arrays are written")
    asked = parser.parse_args()
    if asked.engine:
        engine(asked.engine, asked.arrays)
        return
    for days in asked.days:
        for row in measure(days, asked.runs):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    run()
