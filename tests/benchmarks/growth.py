"""How work grows: build, one round of all days, and the whole run to a gap. Run: growth VARIATION GAP SECONDS."""

import json
import sys
import time

import numpy as np

from optimizer.benders.decomposition import decompose
from optimizer.benders.dispatch import CancelToken
from optimizer.program.extensive_form import build_extensive_form
from optimizer.session import solve_case
from tests.benchmarks.stopwatch import Stopwatch, peak_mb
from tests.benchmarks.variations import varied, with_gap


def run() -> None:
    """Build, ask all days without investments and with a MW of each, which is a round; then run all from the start."""
    sizes, gap, seconds = json.loads(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    case = with_gap(varied(sizes.items()), gap, seconds, workers=1)
    watch = Stopwatch()
    assembly = build_extensive_form(case)
    watch.lap("build")
    parts = decompose(assembly, seconds)
    nothing = np.zeros(len(parts.master.lower))
    ends = time.perf_counter() + seconds
    watcher = CancelToken(lambda: time.perf_counter() > ends)
    parts.evaluate(nothing, watcher, need_primal=False)
    watch.lap("first")
    little = nothing.copy()
    little[parts.links[parts.links >= 0]] = 1.0
    parts.evaluate(little, watcher, need_primal=False)
    watch.lap("round")
    parts.dispatcher.close()
    before = peak_mb()
    solution = solve_case(case)
    watch.lap("whole")
    gaps = [stage.gap_share for stage in solution.stages]
    nonzeros = len(assembly.blocks) * len(assembly.template.entries.row) + assembly.compiled.program.matrix.nnz
    watch.report(status=solution.status, gaps=gaps, nonzeros=nonzeros, rounds_mb=before)


if __name__ == "__main__":
    run()
