"""The engine to a gap, timed from the case as it was read. Run: gap_ours VARIATION GAPS SECONDS WORKERS.

GAPS is one for all objectives, or a JSON object of them.
"""

import json
import sys

from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.session import solve_case
from tests.benchmarks.stopwatch import Stopwatch
from tests.benchmarks.variations import varied, with_gap


def said(event: Progress) -> None:
    """Tell whoever looks how far it is."""
    print(
        f"{event.seconds:.1f} {event.stage} {event.incumbent} {event.bound} {event.note}", file=sys.stderr, flush=True
    )


def run() -> None:
    """Build and solve."""
    sizes, gaps, seconds = json.loads(sys.argv[1]), json.loads(sys.argv[2]), float(sys.argv[3])
    case = with_gap(varied(sizes.items()), gaps, seconds, workers=int(sys.argv[4]))
    watch = Stopwatch()
    solution = solve_case(case, RunMonitor(said))
    watch.lap("solve")
    stages = [(stage.objective, stage.value, stage.bound, stage.gap_share) for stage in solution.stages]
    watch.report(with_kin=True, status=solution.status, stages=stages)


if __name__ == "__main__":
    run()
