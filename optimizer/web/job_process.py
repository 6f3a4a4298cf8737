"""The process that does one job of the server: it solves a case or compares plans, and writes how far it is.

It stops with its best plan when its server says so, or is gone: its standard input ends then.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimizer.case.faults import CaseRefused
from optimizer.explain.explain import ExplainRequest, explain
from optimizer.explain.render import lines
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.report.key_figures import key_figures
from optimizer.run import Request, run
from optimizer.solver.highs import SolverFailed
from optimizer.store.plan_folder import FolderRefused, PlanUnwritten
from optimizer.study.changed_inputs import read_sides
from optimizer.study.comparison import compared, explained
from optimizer.study.comparison_page import write_comparison
from optimizer.web.jobs import ASKED, ENDED, PROGRESS

SECONDS_BETWEEN_LINES = 0.25
"""Least time between two reports of one stage whose figures are the same."""
EXPLAIN_SECONDS = 120.0
Ended = dict[str, Any]


class ProgressFile:
    """Writes reports to a file, a JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._began, self._written = time.monotonic(), 0.0
        self._last: tuple[str, float | None, float | None] | None = None

    def __call__(self, event: Progress) -> None:
        """Take a report; one that comes soon after another with the same figures is left out."""
        now, figures = time.monotonic() - self._began, (event.stage, event.incumbent, event.bound)
        if figures == self._last and now - self._written < SECONDS_BETWEEN_LINES:
            return
        self._last, self._written = figures, now
        self._file.write(json.dumps({**vars(event), "at": round(now, 2)}) + "\n")


def work(folder: Path, monitor: RunMonitor) -> Ended:
    """Do the job that a folder asks for and return how it ended."""
    asked = json.loads((folder / ASKED).read_text(encoding="utf-8"))
    results = folder / asked["results"]
    try:
        return _solve(asked, results, monitor) if asked["kind"] == "solve" else _compare(asked, results, monitor)
    except CaseRefused as refused:
        return {"job": "failed", "status": "refused", "faults": [fault.as_json() for fault in refused.faults]}
    except (FolderRefused, PlanUnwritten) as refused:
        return {"job": "failed", "status": "refused", "message": str(refused)}
    except Exception:
        print(traceback.format_exc(), file=sys.stderr)
        return {"job": "failed", "status": "failed", "message": "The program failed; log.txt has the details."}


def _solve(asked: Mapping[str, Any], results: Path, monitor: RunMonitor) -> Ended:
    case, overrides = Path(asked["case"]), asked["overrides"]
    result = run(Request(case, asked["scenario"], results, overrides), monitor)
    ended: Ended = {"job": "done", "status": result.status, "message": result.message}
    ended["failures"] = [str(each) for each in result.failures]
    if result.plan is not None and result.report is not None:
        figures = key_figures(result.plan)
        ended |= {"answer": str(figures), "sound": result.report.sound, "figures": vars(figures)}
    elif result.status == "infeasible":
        ended["explanation"] = _explanation(case, asked["scenario"], overrides, monitor)
    if result.status == "interrupted":
        ended["job"] = "interrupted"
    elif result.plan is None or not ended["sound"]:
        ended["job"] = "failed"
    return ended


def _explanation(case: Path, scenario: str, overrides: Mapping[str, str], monitor: RunMonitor) -> str:
    """Return what stands in the way of a plan, as far as it is found in the time for it."""
    try:
        asked = ExplainRequest(case, scenario, overrides, alternatives=3, seconds=EXPLAIN_SECONDS, infeasible=True)
        found = explain(asked, monitor)
    except SolverFailed:
        return ""
    return "\n".join(lines(found))


def _compare(asked: Mapping[str, Any], results: Path, monitor: RunMonitor) -> Ended:
    first, *others = read_sides([Path(plan) for plan in asked["plans"]])
    pairs = [compared(first, other) for other in others]
    if asked["shares"]:
        pairs = explained(pairs, monitor)
    write_comparison(results, pairs)
    none = all(pair.none for pair in pairs)
    message = "No objective is proved to differ." if none else ""
    stopped = monitor.stopped()
    return {"job": "interrupted" if stopped else "done", "status": "compared", "message": message}


def listen(monitor: RunMonitor) -> None:
    """Ask for an end as soon as anything comes, or the server is gone."""
    sys.stdin.buffer.readline()
    monitor.stop.set()


def main(folder: Path) -> None:
    """Do a job and write how it ended, at once and whole."""
    monitor = RunMonitor(ProgressFile(folder / PROGRESS))
    threading.Thread(target=listen, args=(monitor,), name="server", daemon=True).start()
    ended = work(folder, monitor)
    new = folder / f".{ENDED}.new"
    new.write_text(json.dumps(ended), encoding="utf-8")
    os.replace(new, folder / ENDED)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
