"""What each row of the siting core is worth: bounds at the root, nodes and seconds with it and without it.

The siting core is every investment aspect, with the days' dispatch replaced by one price per period and their emissions
by a mean intensity. Seconds are those of the processor. Run as `python -m tests.benchmarks.formulation`.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse

from models.case import Array, Case
from models.formulation import build
from models.objective import expression_of
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.compile import compile_model, compile_objectives
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import run_highs
from optimizer.solver.solve_result import relative_gap
from tests.benchmarks.halls_otherwise import HALLS_PER_SITE, binaries, loose
from tests.benchmarks.siting_core import add_core, add_trials
from tests.benchmarks.variations import EUROPE

QUESTIONS = (
    ("cost_first", "cost"),
    ("base", "compute"),
    ("base", "cost"),
    ("gigafactories", "compute"),
    ("gigafactories", "cost"),
    ("sites_many", "compute"),
    ("sites_many", "cost"),
)
KEPT_SHARE = 0.985
"""Share of the relaxed compute that is kept while cost is minimised, where compute comes first."""
REACH = "demand.coverage_beyond_committed_compute_has_a_site_in_reach"
STRONG = "trial.open_sites_serve"


@dataclass(frozen=True)
class Variant:
    """The siting core with rows of the formulation left out and rows on trial put in."""

    without: Collection[str] = ()
    trials: Collection[str] = ()
    change: Callable[[LinearProgram], LinearProgram] = lambda program: program


VARIANTS: Mapping[str, Variant] = {
    "as formulated": Variant(),
    "without sites in reach": Variant([REACH]),
    "with strong linking": Variant(trials=[STRONG]),
    "strong linking, no sites in reach": Variant([REACH], [STRONG]),
    "loose M on halls": Variant(trials=["trial.halls_fit"], change=loose),
    "without the grid's M": Variant(HALLS_PER_SITE[1:]),
    "with M by cooling": Variant(trials=["trial.cooling_fits"]),
    "with halls in reach": Variant(trials=["trial.halls_in_reach"]),
    "with most halls paid": Variant(trials=["trial.money_pays_halls"]),
    "with most halls covered": Variant(trials=["trial.cover_carries_halls"]),
    "with totals as columns": Variant(trials=["trial.halls_of_period", "trial.sites_of_period"]),
    "with a binary per hall": Variant(change=binaries),
    "with ordered binaries": Variant(change=lambda program: binaries(program, ordered=True)),
}


def core(case: Case) -> tuple[LinearProgram, dict[str, tuple[Array, float]]]:
    """Return the siting core with every row on trial, and its goals."""
    model = build(case, master_part=True)
    add_core(model, case)
    add_trials(model, case)
    compiled = compile_model(model)
    goals = {name: expression_of(model.objective, name) for name in ("compute", "cost")}
    return compiled.program, compile_objectives(compiled, goals)


def varied(program: LinearProgram, variant: Variant) -> LinearProgram:
    """Return the core with the rows of a variant."""

    def stays(name: str) -> bool:
        family = name.split("[")[0]
        return family not in variant.without and (not family.startswith("trial.") or family in variant.trials)

    rows = np.array([place for place, name in enumerate(program.row_names) if stays(name)])
    columns = np.arange(len(program.lower))
    return variant.change(replace(program.submatrix(rows, columns, program.cost), offset=program.offset))


@dataclass(frozen=True)
class Patience(RunMonitor):
    """A watch that ends a search when the process has had its seconds of the processor."""

    end: float = 0.0

    def stopped(self) -> bool:
        """Tell whether the time is up."""
        return time.process_time() > self.end


def measured(program: LinearProgram, seed: int, gap: float, seconds: float) -> dict[str, float]:
    """Return what branch and bound finds: value, bound, bound at the root, nodes, seconds of the processor."""
    roots = [-np.inf]

    def heard(_: float, dual: float, nodes: int) -> None:
        if nodes <= 1:
            roots.append(dual)

    began = time.process_time()
    outcome = run_highs(
        program,
        monitor=Patience(end=began + seconds),
        seconds=20 * seconds,
        gap=gap,
        options={"random_seed": seed},
        on_progress=heard,
        verify=False,
    )
    spent = time.process_time() - began
    return {"value": outcome.objective, "bound": outcome.bound, "root": max(roots), "nodes": outcome.nodes, "s": spent}


def rows_of(settings: str, goal: str, names: Collection[str], asked: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Yield a row of figures for every variant of a question."""
    case = read_case(EUROPE, load_settings(EUROPE, settings))
    program, goals = core(case)
    vector, constant = goals[goal]
    sign = -1.0 if goal == "compute" else 1.0
    program = replace(program, cost=sign * vector, offset=sign * constant)
    if goal == "cost" and case.settings.question.objectives[0] == "compute":
        kept, added = goals["compute"]
        most = run_highs(
            replace(varied(program, Variant()), cost=-kept, offset=-added).relaxed(), monitor=RunMonitor(), seconds=1e6
        )
        floor = -KEPT_SHARE * most.objective - added
        program = program.with_rows(sparse.csr_array(kept[None, :]), np.array([floor]), np.array([np.inf]), ["reached"])
    found: dict[str, list[dict[str, float]]] = {}
    relaxed: dict[str, float] = {}
    for name in names:
        chosen = varied(program, VARIANTS[name])
        began = time.process_time()
        relaxed[name] = run_highs(chosen.relaxed(), monitor=RunMonitor(), seconds=1e6).objective
        lp_s = time.process_time() - began
        found[name] = [measured(chosen, seed, asked.gap, asked.seconds) | {"lp_s": lp_s} for seed in range(asked.seeds)]
        print(f"# {settings} {goal} {name}: {relaxed[name]:.7g} {found[name]}", flush=True)
    best = min(run["value"] for runs in found.values() for run in runs)
    for name, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        yield {
            "experiment": "formulation",
            "scenario": settings,
            "goal": goal,
            "variant": name,
            "root_gap": relative_gap(best, relaxed[name]),
            "root_gap_after_cuts": relative_gap(best, middle["root"]),
            "gap": relative_gap(best, middle["bound"]),
            "value_gap": relative_gap(best, middle["value"]),
            "nodes": middle["nodes"],
            "lp_seconds": middle["lp_s"],
            "seconds": middle["s"],
        }


def main() -> None:
    """Measure what was asked for; one line of JSON for every row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smallest question only, with one seed")
    parser.add_argument("--questions", nargs="+", default=["/".join(each) for each in QUESTIONS])
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=[*VARIANTS])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--gap", type=float, default=0.005)
    parser.add_argument("--seconds", type=float, default=120.0, help="of the processor, for every search")
    asked = parser.parse_args()
    if asked.quick:
        asked.questions, asked.seeds = asked.questions[:1], 1
    for question in asked.questions:
        settings, goal = question.split("/")
        for row in rows_of(settings, goal, asked.variants, asked):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
