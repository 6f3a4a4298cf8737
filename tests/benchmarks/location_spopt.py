"""A p-median problem by spopt, solved by HiGHS. Run: location_spopt NUMBERS GAP SECONDS.

As the notebook "p-median" at pysal.org/spopt has it: `PMedian.from_cost_matrix`. No model there has a cost of opening.
"""

import sys

import numpy as np
import pulp
from spopt.locate import PMedian

from tests.benchmarks.stopwatch import Stopwatch


def run() -> None:
    """Build and solve, timed."""
    with np.load(sys.argv[1]) as stored:
        given = {name: stored[name] for name in stored.files}
    solver = pulp.HiGHS(msg=False, gapRel=float(sys.argv[2]), timeLimit=float(sys.argv[3]), threads=1)
    watch = Stopwatch()
    model = PMedian.from_cost_matrix(given["unit_cost"].T, given["demand"], p_facilities=int(given["most"]))
    watch.lap("build")
    model = model.solve(solver, results=False)
    watch.lap("solve")
    watch.report(status=pulp.LpStatus[model.problem.status], optimum=pulp.value(model.problem.objective))


if __name__ == "__main__":
    run()
