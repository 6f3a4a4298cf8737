"""A location problem written with PuLP. Run: location_pulp NUMBERS GAP SECONDS SOLVER, the solver being highs or cbc.

As the case studies at coin-or.github.io/pulp have it: `LpVariable.dicts`, `lpSum`; with the tight rows x <= y.
"""

import sys

import numpy as np
import pulp

from tests.benchmarks.stopwatch import Stopwatch


def run() -> None:
    """Build and solve, timed."""
    with np.load(sys.argv[1]) as stored:
        given = {name: stored[name].tolist() for name in stored.files}
    options = {"msg": False, "gapRel": float(sys.argv[2]), "timeLimit": float(sys.argv[3]), "threads": 1}
    watch = Stopwatch()
    sites, customers = range(len(given["opening"])), range(len(given["demand"]))
    model = pulp.LpProblem("location", pulp.LpMinimize)
    opened = pulp.LpVariable.dicts("open", sites, cat="Binary")
    share = pulp.LpVariable.dicts("share", (sites, customers), lowBound=0)
    demand, cost = given["demand"], given["unit_cost"]
    model += pulp.lpSum(given["opening"][s] * opened[s] for s in sites) + pulp.lpSum(
        cost[s][c] * demand[c] * share[s][c] for s in sites for c in customers
    )
    for c in customers:
        model += pulp.lpSum(share[s][c] for s in sites) == 1
    for s in sites:
        model += pulp.lpSum(demand[c] * share[s][c] for c in customers) <= given["capacity"] * opened[s]
        for c in customers:
            model += share[s][c] <= opened[s]
    model += pulp.lpSum(opened.values()) <= given["most"]
    watch.lap("build")
    model.solve(pulp.HiGHS(**options) if sys.argv[4] == "highs" else pulp.PULP_CBC_CMD(**options))
    watch.lap("solve")
    watch.report(status=pulp.LpStatus[model.status], optimum=pulp.value(model.objective))


if __name__ == "__main__":
    run()
