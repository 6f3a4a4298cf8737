"""HiGHS on the whole programme to a gap, objective by objective. Run: gap_highs VARIATION GAP SECONDS.

It is given what the engine gives itself: bounds that rows imply, and the baseline, so that both mean the same gap.
"""

import json
import sys
import time
from dataclasses import replace

import numpy as np
import scipy.sparse as sparse

from optimizer.benders.baseline import solve_baseline
from optimizer.benders.decomposition import decompose
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from optimizer.solver.highs import run_highs
from tests.benchmarks.stopwatch import Stopwatch
from tests.benchmarks.variations import varied, with_gap


def run() -> None:
    """Build and solve."""
    sizes, gap, seconds = json.loads(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    case = with_gap(varied(sizes.items()), gap, seconds)
    watch = Stopwatch()
    ends = time.perf_counter() + seconds
    assembly = build_extensive_form(case)
    parts = decompose(assembly, seconds)
    baseline = solve_baseline(parts, RunMonitor(), time.perf_counter())
    parts.dispatcher.close()
    running = np.array(list(baseline.running_meur.values()))
    watch.lap("build")
    program, stages, status = assembly.program, [], "solved"
    for name in case.settings.question.objectives:
        goal = assembly.full_objective(name, running)
        asked = replace(program, cost=goal.cost, offset=goal.constant)
        outcome = run_highs(asked, monitor=RunMonitor(), seconds=ends - time.perf_counter(), gap=gap)
        found = (goal.sign * outcome.objective, goal.sign * outcome.bound, outcome.gap)
        stages.append((name, *(each if np.isfinite(each) else None for each in found)))
        if outcome.values is None or outcome.gap > gap * (1 + 1e-6):
            status = outcome.status
            break
        limit = outcome.objective + abs(outcome.objective) * case.settings.question.tolerance_share - goal.constant
        row = sparse.csr_array(goal.cost[None, :])
        program = program.with_rows(row, np.array([-np.inf]), np.array([limit]), [f"{name}_reached"])
    watch.lap("solve")
    watch.report(status=status, stages=stages)


if __name__ == "__main__":
    run()
