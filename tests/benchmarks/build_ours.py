"""The days of the dispatch instantiated by the engine and handed over. Run: build_ours DAYS BOUNDS OPTIONS [ARRAYS].

With ARRAYS the programme is written there too, for `build_raw.py`.
"""

import json
import pickle
import sys
from dataclasses import replace
from pathlib import Path

import highspy
import numpy as np

from optimizer.program.extensive_form import build_extensive_form
from optimizer.solver.highs import pass_model
from tests.benchmarks.dispatch_days import decisions
from tests.benchmarks.stamping import ready
from tests.benchmarks.stopwatch import Stopwatch, fingerprint
from tests.benchmarks.variations import europe, with_days


def run() -> None:
    """Build and hand over, timed from the case as it was read; solve after that if asked to."""
    case = with_days(europe(), int(sys.argv[1]))
    bounds = pickle.loads(Path(sys.argv[2]).read_bytes())
    watch = Stopwatch()
    assembly = build_extensive_form(case, write=lambda each: decisions(each, bounds))
    watch.lap("compile")
    cost = np.concatenate([np.zeros(assembly.investments), assembly.operating_cost])
    program = replace(assembly.program, cost=cost)
    watch.lap("stamp")
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    pass_model(solver, program)
    watch.lap("hand_over")
    watch.report(**fingerprint(solver, json.loads(sys.argv[3])))
    if len(sys.argv) > 4:
        np.savez(sys.argv[4], **ready(program))


if __name__ == "__main__":
    run()
