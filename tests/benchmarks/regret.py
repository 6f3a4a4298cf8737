"""How wrong plans from representative days are: each is solved as usual and dispatched on every day of the record.

Run: python -m tests.benchmarks.regret [DAYS:HOURS:CHOICE ...]; prints a line of JSON for each plan.

`model_meur` is the net present cost that the plan says, `year_meur` that of every day of the record. Emissions are of
the period where the two are furthest apart. Plans that serve about the same compute are compared by `year_meur`; what
one costs more than the least is its regret.
"""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from optimizer.monitor.run_monitor import RunMonitor
from optimizer.report.key_figures import full_year_cost_change_meur
from optimizer.run import Request, run
from tests.benchmarks.variations import EUROPE

CHOICES = (
    *(f"{days}:24:{by}" for by in ("means", "clusters") for days in (1, 4, 8, 12, 16)),
    "1:168:means",
    "2:168:means",
)


def measured(choice: str) -> Mapping[str, Any]:
    """Return what a plan says, and what every day of the record says of it."""
    days, hours, by = choice.split(":")
    keys = {"time.representative_days": days, "time.hours_per_day": hours, "time.days_by": by, "solve.workers": "1"}
    keys["time.replay"] = "true"  # however long it takes
    began = time.perf_counter()
    with TemporaryDirectory() as scratch:
        outcome = run(Request(EUROPE, "base", Path(scratch) / "plan", keys), RunMonitor())
    seconds, plan = time.perf_counter() - began, outcome.plan
    assert plan is not None, outcome.message
    values = {stage.objective: stage.value for stage in plan.proof.stages}
    said = {row.period: row.attributional_kt / max(row.energy_twh, 1e-9) for row in plan.carbon}
    found = {row.period: row.attributional_kt / max(row.servers_twh, 1e-9) for row in plan.year}
    worst = max(found, key=lambda period: abs(found[period] - said[period]))
    return {
        "choice": choice,
        "status": outcome.status,
        "seconds": round(seconds, 1),
        "compute": values["compute"],
        "model_meur": values["cost"],
        "year_meur": values["cost"] + full_year_cost_change_meur(plan),
        "model_g_per_kwh": said[worst],
        "year_g_per_kwh": found[worst],
        "most_g_per_kwh": max(found.values()),
    }


def main() -> None:
    """Measure what was asked for, or everything."""
    for choice in sys.argv[1:] or CHOICES:
        print(json.dumps(measured(choice)), flush=True)


if __name__ == "__main__":
    main()
