"""The continuous expansion of plants, instantiated by the engine and solved by HiGHS as one linear programme.

Run: expansion_ours DAYS OPTIONS.
"""

import json
import sys
from dataclasses import replace

import highspy
import numpy as np

from optimizer.program.extensive_form import build_extensive_form
from optimizer.solver.highs import pass_model
from tests.benchmarks.dispatch_days import decisions, link_bounds, plant_meur
from tests.benchmarks.stopwatch import Stopwatch, fingerprint
from tests.benchmarks.variations import europe, with_days, with_last_period


def run() -> None:
    """Build and solve, timed from the case as it was read."""
    case = with_days(with_last_period(europe()), int(sys.argv[1]))
    bounds = link_bounds(case, expanding=True)
    watch = Stopwatch()
    assembly = build_extensive_form(case, write=lambda each: decisions(each, bounds))
    cost = np.concatenate([np.zeros(assembly.investments), assembly.operating_cost])
    for (_, technology, _), variable in assembly.model.power.plant_mw.items():
        cost[assembly.compiled.columns[id(variable)]] = plant_meur(case, technology)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    pass_model(solver, replace(assembly.program, cost=cost))
    watch.lap("build")
    found = fingerprint(solver, json.loads(sys.argv[2]))
    watch.lap("solve")
    watch.report(**found)


if __name__ == "__main__":
    run()
