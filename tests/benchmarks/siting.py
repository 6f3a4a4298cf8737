"""The siting question for others: the reference case as it is, in files that say nothing of how the engine solves it.

One file has the numbers of the days (`dispatch_days.py`), the other the rules of the investments: a row per rule and
index, by the names of the formulation, over named columns, with both objectives. What a peer needs of its own words it
takes from the names; what it has no words for it adds as these rows. Run: siting PROBLEM SECONDS, which has the engine
solve a problem, timed from the files to the plan.
"""

import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.case import Case
from models.upper_bounds import transfer_mw
from optimizer.benders.baseline import solve_baseline
from optimizer.benders.decomposition import decompose
from optimizer.benders.spare_lines import with_spare_lines_in
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from optimizer.session import solve_case
from tests.benchmarks.dispatch_days import export, link_bounds
from tests.benchmarks.stopwatch import Stopwatch
from tests.benchmarks.variations import europe, varied, with_gap

SMALL = "8 sites, 8 zones, a day, 2 periods"
PROBLEMS: Mapping[str, tuple[dict[str, int], float, float | None]] = {
    SMALL: ({"sites": 8, "zones": 8, "days": 1, "periods": 2}, 1e-7, 1000.0),
    "the reference case, 0.2 %": ({}, 0.002, None),
}
"""Problem -> variation, gap, and the compute that is kept while cost is minimised (None: as the scenario has it)."""
EVEN_LINES = {"usable_transfer_share": 1.0, "usable_transfer_summer_share": 1.0}
MEAN_MATCHING = {"reservoirs": "mean", "storage": False}
"""What leaves out of the reference scenario the rules of the days that PyPSA's side does not write."""
WORDS = """
| in PyPSA's own words | as |
|---|---|
| zones, load, load not served | buses, loads, generators and an operational limit a day |
| fleets, new plants, storage | generators and storage units, extendable where they may grow, cyclic over each day |
| lines with losses, planned ones | a link each way, its share standing |
| halls | generators with `p_nom_mod`, without hours of their own |
| running cost | marginal cost and weightings |

| as variables and constraints of linopy | rules |
|---|---|
| which sites open, when, and their least size | `siting`, `sizing` |
| chips and what the market sells | `compute` |
| who is served from where | `demand` |
| water, heat, laws without dates and with them | `cooling`, `law` |
| the substation's queue and steps | `grid` |
| plants in units, stores of chosen hours, months of water, stress hours | `plants`, `reservoirs`, `stress` |
| contracts, firm cover, reservoirs, the carbon account hour by hour | `power`, `carbon`, part of `dispatch` |
| the funds and their tranches, who runs new sites, what each year's money allows | `budget`, `operators`, `cash` |
| who controls what serves, what programmes promise, what losses leave | `sovereignty`, `programmes`, `resilience` |

No rule of the investments is left out. The days are those in which plants run at any output and lines carry alike all
year: neither side brings plants online, lets any run whatever the price, or has the stores of a contract match. At full
size PyPSA's side was run before it was given the caps of spare lines and the fuel costs of single zones: of the two,
its first objective meets the caps alone.
""".strip()


def export_siting(case: Case, numbers: Path, investments: Path) -> None:
    """Write the days' numbers and the investments' rules of a case.

    `weight_<objective>` is what a MEUR of running cost of each period counts, `offset_<objective>` the constant of an
    objective, the running cost without data centres taken off: the same gap then means the same for all.
    """
    export(case, link_bounds(case, expanding=True), numbers)
    form = build_extensive_form(case)
    parts = decompose(form, case.settings.solve.time_limit_seconds)
    baseline = solve_baseline(parts, RunMonitor(), time.perf_counter())
    parts.dispatcher.close()
    form = with_spare_lines_in(form, baseline.spare_mw)
    running = np.array(list(baseline.running_meur.values()))
    program = form.investment_part()
    matrix = program.matrix
    goals: dict[str, object] = {}
    for name in case.settings.question.objectives:
        goal, own = form.full_objective(name, running), form.objective(name)
        goals |= {
            f"sign_{name}": goal.sign,
            f"cost_{name}": goal.cost[: form.investments],
            f"offset_{name}": goal.constant,
            f"weight_{name}": own.cost[form.operating],
            f"level_{name}": getattr(case.settings.question.levels, name, None) or np.nan,
        }
    transfers = np.array([[transfer_mw(case, line, period) for line in case.lines] for period in case.periods])
    np.savez(
        investments,
        objectives=np.array(case.settings.question.objectives, dtype=str),
        tolerance_share=case.settings.question.tolerance_share,
        hall_mw=case.settings.halls.hall_mw,
        transfer_mw=transfers,
        column=np.array(program.column_names, dtype=str),
        lower=program.lower,
        upper=program.upper,
        integer=program.integer,
        row=np.array(program.row_names, dtype=str),
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        starts=matrix.indptr,
        indices=matrix.indices,
        values=matrix.data,
        **goals,  # type: ignore[arg-type]
    )


def problem(name: str, seconds: float = 3600.0) -> Case:
    """Return the case of a problem, to be solved to its gap on all processors, read from its files."""
    sizes, gap, level = PROBLEMS[name]
    question: Mapping[str, object] = {} if level is None else {"levels": {"compute": level}}
    case = with_free_plants(europe(question=question, power=EVEN_LINES, matching=MEAN_MATCHING))
    return with_gap(varied(sizes.items(), case), gap, seconds, workers=0)


def with_free_plants(case: Case) -> Case:
    """Return the case with plants that run at any output: none is brought online, none must run."""
    free = {"minimum_load_share": 0.0, "ramp_share_per_hour": 1.0, "start_eur_per_mw": 0.0}
    return replace(
        case,
        technologies={name: row.model_copy(update=free) for name, row in case.technologies.items()},
        fleets={key: row.model_copy(update={"must_run_share": 0.0}) for key, row in case.fleets.items()},
    )


def run() -> None:
    """Read, build and solve."""
    watch = Stopwatch()
    case = problem(sys.argv[1], float(sys.argv[2]))
    watch.lap("read")
    solution = solve_case(case)
    watch.lap("solve")
    stages = [(stage.objective, stage.value, stage.bound, stage.gap_share) for stage in solution.stages]
    optimum = solution.stages[-1].value if solution.status == "solved" else None
    watch.report(with_kin=True, status=solution.status, stages=stages, optimum=optimum)


if __name__ == "__main__":
    run()
