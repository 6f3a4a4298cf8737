"""Run the benchmarks: `python -m tests.benchmarks.run`, with `--quick` for a look, `--only NAME ...` for a part.

Writes figures.json and, from it, RESULTS.md. What is measured must have the machine to itself.
"""

import json
import pickle
import platform
import subprocess
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree

import psutil

from tests.benchmarks.dispatch_days import export, link_bounds
from tests.benchmarks.formulation import VARIANTS, rows_of
from tests.benchmarks.goals import CANDIDATES, NEAR, REFERENCE, SITING_FASTER, STUDY, TEN, YEAR
from tests.benchmarks.location import export_location, problem, problems
from tests.benchmarks.measure import Figures, compete, script
from tests.benchmarks.peers import ROOT, peers_python
from tests.benchmarks.regret import measured as regret_of
from tests.benchmarks.results import FIGURES, RESULTS, render
from tests.benchmarks.siting import PROBLEMS, export_siting
from tests.benchmarks.siting import problem as siting_problem
from tests.benchmarks.stamping import measure as stamping
from tests.benchmarks.variations import europe, with_days, with_last_period

SCRATCH, STUDIES = ROOT / ".cache" / "benchmarks", ROOT / "inputs" / "studies"
OPTIONS = json.dumps({"threads": 1, "presolve": "on"})
UNSOLVED = json.dumps({})
GAP, SECONDS = 1e-6, 300
"""Of the location problems."""
BASE = {"sites": 100, "zones": 12, "days": 4, "periods": 2}
"""What grows along one axis at a time."""
AXES = {
    "sites": (50, 200, 800, 2000),
    "zones": (5, 12, 24, 46),
    "days": (4, 16, 64, 365),
    "periods": (1, 2, 4),
}
GROWTH_GAP, GROWTH_SECONDS, GROWTH_LONG_S = 0.01, 20, 10
"""Growth curves have many points: one that takes longer than this is measured once."""
MONOLITH: Mapping[str, tuple[dict[str, int], float, float]] = {
    "the reference case, 0.5 %": ({}, 0.005, 300),
    "8 of its sites, 0.1 %": ({"sites": 8, "days": 8}, 0.001, 1000),
}
"""Problem -> variation, gap, time limit."""
LARGE: Mapping[str, tuple[dict[str, int], object, float]] = {
    REFERENCE: ({}, {"compute": 0.002, "cost": 0.001}, 300),
    TEN: ({"many": 10}, 0.002, 600),
    CANDIDATES: ({"sites": 2000}, 0.01, 600),
    YEAR: ({"days": 365}, 0.003, 1200),
}
"""Problem -> variation, gaps, time limit; each is a goal."""


def build(quick: bool) -> list[Figures]:
    """Measure build and hand-over of one model by everybody."""
    rows = []
    for days in (1,) if quick else (1, 4, 40):
        case = with_days(europe(), days)
        bounds = link_bounds(case)
        numbers, arrays, plan = (SCRATCH / f"{days}-{name}" for name in ("numbers.npz", "arrays.npz", "plan.pickle"))
        export(case, bounds, numbers)
        plan.write_bytes(pickle.dumps(bounds))
        options = OPTIONS if days == 1 else UNSOLVED
        subprocess.run(script("build_ours", days, plan, UNSOLVED, arrays), check=True, cwd=ROOT, capture_output=True)
        contenders = {
            "raw arrays": script("build_raw", arrays, options),
            "gigasite": script("build_ours", days, plan, options),
            "linopy": script("build_linopy", numbers, options, python=peers_python()),
        }
        if days <= 4:
            contenders |= {
                f"Pyomo, {name}": script("build_pyomo", days, plan, options, way)
                for name, way in {"LP file": "lp", "appsi_highs": "appsi", "contrib.solver": "contrib"}.items()
            }
        rows += compete(f"{len(case.periods) * days} days", contenders, runs=1 if quick else 5)
    return rows


def stamped(quick: bool) -> list[Figures]:
    """Measure build and hand-over of the whole programme, investments and all, by the engine alone."""
    return [
        {"problem": f"{days} days a period", "who": "gigasite" if row["route"] == "engine" else "raw arrays", **row}
        for days in ((1,) if quick else (40,))
        for row in stamping(days, 1 if quick else 5)
    ]


def expansion(quick: bool) -> list[Figures]:
    """Measure the continuous expansion against PyPSA."""
    days = 1 if quick else 8
    case = with_days(with_last_period(europe()), days)
    numbers = SCRATCH / "expansion.npz"
    export(case, link_bounds(case, expanding=True), numbers)
    contenders = {
        "gigasite": script("expansion_ours", days, OPTIONS),
        "PyPSA": script("expansion_pypsa", numbers, OPTIONS, python=peers_python()),
    }
    return compete(f"{days} days", contenders, 1 if quick else 5)


def siting(quick: bool) -> list[Figures]:
    """Measure the siting question against PyPSA, from files to plan; PyPSA is given 20 times the engine's time."""
    rows, peers = [], peers_python()
    for name in [*PROBLEMS][: 1 if quick else None]:
        numbers, investments = SCRATCH / "siting-days.npz", SCRATCH / "siting-investments.npz"
        export_siting(siting_problem(name), numbers, investments)
        ours = compete(name, {"gigasite": script("siting", name, 3600)}, 1)
        limit = max(60.0, SITING_FASTER * ours[0]["total_s"])
        command = script("siting_pypsa", numbers, investments, PROBLEMS[name][1], limit, python=peers)
        rows += [*ours, *compete(name, {"PyPSA": command}, 1)]
    return rows


def location(quick: bool) -> list[Figures]:
    """Measure the location core against PuLP and spopt."""
    rows, peers = [], peers_python()
    for name in problems()[:1] if quick else problems():
        numbers = SCRATCH / f"{name}.npz"
        export_location(problem(name), numbers)
        contenders = {
            "gigasite": script("location_ours", name, GAP, SECONDS),
            "PuLP, HiGHS": script("location_pulp", numbers, GAP, SECONDS, "highs", python=peers),
            "PuLP, CBC": script("location_pulp", numbers, GAP, SECONDS, "cbc", python=peers),
        }
        if name.startswith("median"):
            contenders["spopt, HiGHS"] = script("location_spopt", numbers, GAP, SECONDS, python=peers)
        rows += compete(name, contenders, 1 if quick else 5)
    return rows


def monolith(quick: bool) -> list[Figures]:
    """Measure the engine against HiGHS on the whole programme."""
    rows = []
    for name, (sizes, gap, seconds) in [*MONOLITH.items()][1 if quick else 0 :]:
        given = json.dumps(sizes), gap, 60 if quick else seconds
        contenders = {"gigasite": script("gap_ours", *given, 1), "HiGHS": script("gap_highs", *given)}
        rows += compete(name, contenders, 1 if quick else 5)
    return rows


def large(quick: bool) -> list[Figures]:
    """Measure what the goals of the search name, each once, on all processors; half an hour in all."""
    rows = []
    for name, (sizes, gaps, seconds) in [*LARGE.items()][: 1 if quick else None]:
        command = script("gap_ours", json.dumps(sizes), json.dumps(gaps), 60 if quick else seconds, 0)
        rows += compete(name, {"gigasite": command}, 1)
        print(name, rows[-1], flush=True)
    return rows


def commands(quick: bool) -> list[Figures]:
    """Measure commands that take minutes, each once, from what is typed to what is written."""
    case, study = (
        ("inputs/tutorial", STUDIES / "tutorial.toml") if quick else ("inputs/europe", STUDIES / "headline.toml")
    )
    asked = {NEAR: ("alternatives", case, "--within", "1%"), STUDY: ("sweep", study)}
    out = SCRATCH / "commands"
    rmtree(out, ignore_errors=True)
    rows = []
    for place, (name, words) in enumerate(asked.items()):
        rows += compete(name, {"gigasite": script("command", *words, "--out", out / str(place))}, 1)
    return rows


def regret(quick: bool) -> list[Figures]:
    """Measure what plans from few days cost on every day of the record."""
    choices = [(8, "means")] if quick else [(1, "means"), (4, "means"), (8, "means"), (8, "clusters"), (12, "means")]
    return [
        {
            "problem": "the reference case, 0.5 %",
            "who": f"{days} day{'' if days == 1 else 's'} by {by}",
            **regret_of(f"{days}:24:{by}"),
        }
        for days, by in choices
    ]


def rows(quick: bool) -> list[Figures]:
    """Measure what each row of the siting core is worth for the first objective."""
    asked = Namespace(seeds=1, gap=0.005, seconds=40.0)
    found = rows_of("base", "compute", [*VARIANTS][: 1 if quick else None], asked)
    return [{"problem": "compute", "who": row["variant"], **row} for row in found]


def growth(quick: bool) -> list[Figures]:
    """Measure how work grows along every axis."""
    rows = []
    for axis, sizes in AXES.items():
        for size in sizes[:2] if quick else sizes:
            command = script("growth", json.dumps(BASE | {axis: size}), GROWTH_GAP, 10 if quick else GROWTH_SECONDS)
            (row,) = compete(f"{size} {axis}", {"gigasite": command}, 1 if quick else 5, GROWTH_LONG_S)
            rows.append({"axis": axis, "size": size, **row})
    return rows


EXPERIMENTS: Mapping[str, Callable[[bool], list[Figures]]] = {
    each.__name__: each
    for each in (build, stamped, expansion, location, monolith, growth, large, commands, regret, rows, siting)
}
UNASKED = ("large", "commands", "regret", "rows", "siting")
"""What is run only when named: it takes half an hour."""


def machine() -> dict[str, str]:
    """Return what was measured on."""
    facts = Path("/proc/cpuinfo")
    models = [line.split(":")[1].strip() for line in facts.read_text().splitlines() if line.startswith("model name")]
    return {
        "processor": models[0] if facts.is_file() and models else platform.processor(),
        "cores": str(psutil.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 1024**3:.0f} GB",
        "system": f"{platform.system()} {platform.release()}",
    }


def versions() -> dict[str, str]:
    """Return the versions that were measured."""
    listed = subprocess.run([peers_python(), "-m", "pip", "freeze"], capture_output=True, text=True, check=True)
    pinned = dict(line.split("==") for line in listed.stdout.splitlines() if "==" in line)
    ours = {name: version(name) for name in ("highspy", "pyomo", "numpy", "scipy")}
    peers = {
        name: pinned[name] for name in ("highspy", "linopy", "pypsa", "spopt", "PuLP", "numpy", "xarray", "pandas")
    }
    own = {"Python": platform.python_version(), **ours}
    return {f"here, {name}": each for name, each in own.items()} | {
        f"peers, {name}": each for name, each in peers.items()
    }


def main() -> None:
    """Measure what was asked for and write the figures and the results."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run of the smallest sizes, written to .cache only")
    parser.add_argument("--only", nargs="+", choices=EXPERIMENTS, default=[n for n in EXPERIMENTS if n not in UNASKED])
    asked = parser.parse_args()
    SCRATCH.mkdir(parents=True, exist_ok=True)
    figures_file, results_file = (SCRATCH / path.name if asked.quick else path for path in (FIGURES, RESULTS))
    figures: Figures = json.loads(figures_file.read_text()) if figures_file.is_file() else {"experiments": {}}
    figures |= {"machine": machine(), "versions": versions()}
    for name in asked.only:
        print(name, flush=True)
        began = time.perf_counter()
        rows = EXPERIMENTS[name](asked.quick)
        now = datetime.now(UTC).strftime("%Y-%m-%d")
        figures["experiments"][name] = {"date": now, "took_s": round(time.perf_counter() - began), "rows": rows}
        figures["experiments"][name]["processor"] = figures["machine"]["processor"]
        figures_file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        results_file.write_text(render(figures), encoding="utf-8")
    print(f"written: {results_file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
