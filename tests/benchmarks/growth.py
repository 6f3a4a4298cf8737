"""How work grows: build, one round of all days, and the whole run to a gap. Run: growth VARIATION GAP SECONDS."""

import json
import sys

import numpy as np

from optimizer.solve.build import assemble
from optimizer.solve.search import solve_case
from optimizer.solve.split import split
from tests.benchmarks.stopwatch import Stopwatch, peak_mb
from tests.benchmarks.variations import varied, with_section


def run() -> None:
    """Build, ask all days twice (the second time is what a round costs), then run the whole from the start."""
    sizes, gap, seconds = json.loads(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    case = with_section(varied(sizes.items()), "solve", gap_share=gap, time_limit_seconds=seconds)
    watch = Stopwatch()
    assembly = assemble(case)
    watch.lap("build")
    parts = split(assembly, seconds)
    nothing = np.zeros(len(parts.master.lower))
    parts.at(nothing, served=False)
    watch.lap("first")
    parts.at(nothing, served=False)
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
