"""The physical limit: arrays that are already there are handed to HiGHS in one call. Run: build_raw ARRAYS OPTIONS."""

import json
import sys

import highspy
import numpy as np

from tests.benchmarks.stopwatch import Stopwatch, fingerprint


def run() -> None:
    """Read the arrays, which counts as memory but not as time, and hand them over."""
    watch = Stopwatch()
    with np.load(sys.argv[1]) as stored:
        arrays = {name: stored[name] for name in stored.files}
    watch.lap("read")
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.passModel(
        len(arrays["cost"]),
        len(arrays["row_lower"]),
        len(arrays["values"]),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMinimize),
        0.0,
        arrays["cost"],
        arrays["lower"],
        arrays["upper"],
        arrays["row_lower"],
        arrays["row_upper"],
        arrays["starts"],
        arrays["indices"],
        arrays["values"],
        np.zeros(len(arrays["cost"]), dtype=np.int32),
    )
    watch.lap("hand_over")
    del watch.seconds["read"]
    watch.report(**fingerprint(solver, json.loads(sys.argv[2])))


if __name__ == "__main__":
    run()
