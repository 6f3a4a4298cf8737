"""A location problem through the engine, timed from the case in memory. Run: location_ours PROBLEM GAP SECONDS."""

import sys

from optimizer.session import solve_case
from tests.benchmarks.location import problem
from tests.benchmarks.stopwatch import Stopwatch
from tests.benchmarks.variations import with_section
from tests.locations import location_draft


def run() -> None:
    """Build and solve."""
    case = location_draft(problem(sys.argv[1]), float(sys.argv[2])).case()
    case = with_section(case, "time", replay=False)
    case = with_section(case, "solve", time_limit_seconds=float(sys.argv[3]))
    watch = Stopwatch()
    solution = solve_case(case)
    watch.lap("solve")
    stage = solution.stages[-1] if solution.stages else None
    value = stage.value * 1000 if stage else None
    watch.report(status=solution.status, optimum=value, gap=stage.gap_share if stage else None)


if __name__ == "__main__":
    run()
