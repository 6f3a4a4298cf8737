"""The page of results, made from the figures alone."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.goals import goals
from tests.benchmarks.siting import WORDS

FIGURES, RESULTS = (Path(__file__).with_name(name) for name in ("figures.json", "RESULTS.md"))
Row = Mapping[str, Any]
Column = tuple[str, Callable[[Row, Row], str]]
"""Heading, and the cell of a row given the row that is the measure of its problem."""


def number(value: float | None, digits: int = 3) -> str:
    """Return a number to so many significant digits, without an exponent."""
    if value is None or not math.isfinite(value):
        return "-"
    places = digits - 1 - math.floor(math.log10(abs(value))) if value else 0
    return f"{round(value, places):,.{max(0, places)}f}"


def ratio(key: str) -> Callable[[Row, Row], str]:
    """Return a column that divides by the measure of the problem."""
    return lambda row, unit: number(row[key] / unit[key], 2)


def plain(key: str) -> Callable[[Row, Row], str]:
    """Return a column of a number as it was measured."""
    return lambda row, _: number(row.get(key))


def total(row: Row, _: Row) -> str:
    """Return the median of the total, with its range where there is one."""
    spread = f" ({number(row['least_s'], 2)}-{number(row['most_s'], 2)})" if row["runs"] > 1 else ""
    return number(row["total_s"]) + spread


def optimum(row: Row, _: Row) -> str:
    """Return an optimum with all its digits."""
    return "-" if row.get("optimum") is None else f"{row['optimum']:.8g}"


def proved(row: Row, _: Row) -> str:
    """Return what was reached for every objective."""
    gaps = [f"{name} {'no plan' if gap is None else f'{gap:.2%}'}" for name, _, _, gap in row["stages"]]
    return f"{row['status']}: {', '.join(gaps) or '-'}"


def share(key: str) -> Callable[[Row, Row], str]:
    """Return a column of a share, in percent."""
    return lambda row, _: f"{row[key]:.2%}"


def dearer(row: Row, unit: Row) -> str:
    """Return what a plan costs more per compute than the measure, on every day of the record."""
    return f"{row['year_meur'] / row['compute'] / (unit['year_meur'] / unit['compute']) - 1:+.2%}"


def before_hand_over(row: Row, _: Row) -> str:
    """Return all that comes before the hand-over."""
    return number(row["total_s"] - row["hand_over_s"])


RUNS: Column = ("runs", lambda row, _: str(row["runs"]))
TOTAL: Column = ("total s (range)", total)
PEAK: Column = ("peak MB", plain("peak_mb"))
SOLVED: Sequence[Column] = (RUNS, TOTAL, ("x gigasite", ratio("total_s")), PEAK)
PHASES = ("compile", "gather", "stamp", "check", "hand_over")
TABLES: Mapping[str, tuple[str, str, str, Sequence[Column]]] = {
    "build": (
        "Build and hand-over",
        "One model for all: the dispatch of the reference case's days with the decisions they see fixed, and its "
        "reservoirs (`dispatch_days.py`). Rows, columns, nonzeros and the sums of coefficients agree; the smallest is "
        "solved by all, with one optimum. `raw arrays` is `passModel` of arrays that are already there. gigasite and "
        "Pyomo start from the case as it was read, linopy from labelled arrays of its numbers. The stock interfaces of "
        "Pyomo are left out of the largest size: they need minutes and 7 GB. `added` is memory above that of "
        "the imports and the case.",
        "raw arrays",
        (
            RUNS,
            ("build s", before_hand_over),
            ("hand-over s", plain("hand_over_s")),
            TOTAL,
            ("x raw", ratio("total_s")),
            PEAK,
            ("added MB", plain("added_mb")),
            ("x raw", ratio("added_mb")),
            ("nonzeros", lambda row, _: f"{row['nonzeros']:,}"),
            ("optimum", optimum),
        ),
    ),
    "stamped": (
        "Build and hand-over of the whole programme",
        "The same with every decision, from the case as it was read (`stamping.py`). The investments are a model of "
        "Pyomo, which takes its time whatever the number of days.",
        "raw arrays",
        (
            RUNS,
            *((f"{phase.replace('_', '-')} s", plain(f"{phase}_s")) for phase in PHASES),
            TOTAL,
            ("x raw", ratio("total_s")),
            PEAK,
            ("added MB", plain("added_mb")),
            ("x raw", ratio("added_mb")),
        ),
    ),
    "monolith": (
        "Against the whole programme in one",
        "Both have one thread in one process, the same gap and time limit and the same objectives in the same order. "
        "HiGHS gets every row and column at once; its bounds are tightened by the rows as the engine's are.",
        "gigasite",
        (*SOLVED, ("proved gap by objective", proved)),
    ),
    "large": (
        "Large problems",
        "The reference case, and larger ones made of it (`variations.py`), on all processors; memory of all processes.",
        "gigasite",
        (RUNS, TOTAL, PEAK, ("proved gap by objective", proved)),
    ),
    "commands": (
        "Commands as a user types them",
        "`gigasite alternatives inputs/europe --within 1%`, with the plans that differ most, the flips and the call "
        "list, and `gigasite sweep inputs/studies/headline.toml`, on all processors; memory of all processes.",
        "gigasite",
        (RUNS, TOTAL, PEAK),
    ),
    "expansion": (
        "Against PyPSA",
        "The last period's plants and storage are free, its data centres given, its costs those of the case; no site "
        "is chosen, all is continuous. Both programmes go to HiGHS with the same options; PyPSA's is its own "
        "(`expansion_pypsa.py` tells how a case maps onto it).",
        "gigasite",
        (RUNS, ("build s", plain("build_s")), ("solve s", plain("solve_s")), *SOLVED[1:], ("optimum, MEUR", optimum)),
    ),
    "siting": (
        "The siting question in PyPSA",
        "The same question, the same data, the same gap, all processors, from files to plan: the case's tables for "
        "gigasite, ready arrays for PyPSA (`siting.py`, `siting_pypsa.py`). PyPSA is stopped at 20 times gigasite's "
        f"time. The smallest is solved by both, with one optimum.\n\n{WORDS}\n\n",
        "gigasite",
        (TOTAL, ("x gigasite", ratio("total_s")), PEAK, ("proved gap by objective", proved), ("optimum", optimum)),
    ),
    "location": (
        "Against PuLP and spopt",
        "Capacitated warehouses of OR-Library, and p-medians of its sizes; gap 1e-6, one thread. PuLP has the tight "
        "rows too. spopt has medians, but no cost of opening. gigasite solves them as cases, with electricity, halls, "
        "chips and all.",
        "gigasite",
        (*SOLVED, ("optimum", optimum)),
    ),
    "regret": (
        "What plans from few days cost",
        "Each plan is solved as usual and dispatched on every day of the record (`regret.py`). Emissions are of the "
        "period where the two are furthest apart.",
        "8 days by means",
        (
            ("compute", lambda row, _: f"{row['compute']:,.1f}"),
            ("plan says, MEUR", lambda row, _: f"{row['model_meur']:,.1f}"),
            ("record says, MEUR", lambda row, _: f"{row['year_meur']:,.1f}"),
            ("difference", lambda row, _: f"{row['year_meur'] / row['model_meur'] - 1:+.2%}"),
            ("cost per compute above 8 days by means", dearer),
            ("plan says, g/kWh", plain("model_g_per_kwh")),
            ("record says, g/kWh", plain("year_g_per_kwh")),
        ),
    ),
    "rows": (
        "Rows of the siting core, with and without",
        "Every investment aspect of the reference case, the days replaced by one price a period (`formulation.py`). "
        "One thread, one seed, gap 0.5 %, at most 40 s of the processor. Root gaps are against the best plan of any.",
        "as formulated",
        (
            ("root gap", share("root_gap")),
            ("after cuts", share("root_gap_after_cuts")),
            ("plan found above the best", share("value_gap")),
            ("nodes", lambda row, _: f"{row['nodes']:.0f}"),
            ("relaxation s", plain("lp_seconds")),
            ("total s", plain("seconds")),
        ),
    ),
}


def table(rows: Sequence[Row], measure: str, columns: Sequence[Column]) -> list[str]:
    """Return a table of an experiment, a row for every problem and contender."""
    heads = ["problem", "who", *(name for name, _ in columns)]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for row in rows:
        (unit,) = (each for each in rows if each["problem"] == row["problem"] and each["who"] == measure)
        cells = [row["problem"], row["who"], *(cell(row, unit) for _, cell in columns)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


GROWING = {"build_s": "build s", "round_s": "a round s", "whole_s": "whole run s", "peak_mb": "peak MB"}


def exponent(rows: Sequence[Row], key: str) -> float:
    """Return the exponent of a power law through points, by least squares of logarithms."""
    if len(rows) < 2:
        return math.nan
    sizes, values = (np.log([row[each] for row in rows]) for each in ("size", key))
    return float(np.polyfit(sizes, values, 1)[0])


def growth(rows: Sequence[Row]) -> list[str]:
    """Return a table for every axis with its exponents."""
    lines = []
    for axis in dict.fromkeys(row["axis"] for row in rows):
        here = [row for row in rows if row["axis"] == axis]
        lines += [f"| {axis} | runs | {' | '.join(GROWING.values())} | reached |", "|" + "---|" * (len(GROWING) + 3)]
        for row in here:
            reached = ", ".join(f"{gap:.2%}" for gap in row["gaps"])
            cells = [f"{row['size']:,}", str(row["runs"]), *(number(row[key]) for key in GROWING)]
            lines.append(f"| {' | '.join(cells)} | {row['status']}: {reached} |")
        exponents = " | ".join(f"{exponent(here, key):.2f}" for key in GROWING)
        lines += [f"| **exponent** | | {exponents} | |", ""]
    return lines


def measured(experiment: Mapping[str, Any]) -> str:
    """Return when an experiment ran, on what processor, and what ran beside it if anything did."""
    told = (experiment["date"], experiment["processor"], experiment.get("beside"))
    return f"Measured on {', '.join(filter(None, told))}."


def render(figures: Mapping[str, Any]) -> str:
    """Return the page."""
    made = {name: value for name, value in figures["machine"].items() if name != "processor"}
    experiments = figures["experiments"]
    lines = [
        "# Benchmarks",
        "",
        "Generated by `make bench` from `figures.json`. Every contender runs in a process of its own, one after the "
        "other, turn by turn; figures are medians, ratios are of one run on one machine. What takes over a minute is "
        "run once.",
        "",
        f"Machine: {', '.join(f'{name} {value}' for name, value in made.items())}.  ",
        f"Versions: {', '.join(f'{name} {value}' for name, value in figures['versions'].items())}.",
        "",
        "## Goals",
        "",
        "| goal | measured | |",
        "|---|---|---|",
        *(f"| {goal.text} | {goal.measured} | {goal.verdict} |" for goal in goals(experiments)),
        "",
    ]
    for name, (title, words, measure, columns) in TABLES.items():
        if name in experiments:
            here = experiments[name]
            lines += [f"## {title}", "", f"{words} {measured(here)}", ""]
            lines += [*table(here["rows"], measure, columns), ""]
    if "growth" in experiments:
        here = experiments["growth"]
        words = (
            "The reference case made smaller and larger along one axis (`variations.py`), the others as in the middle: "
            "100 sites, 12 zones, 4 days, 2 periods. `a round` asks all days of all periods once, a MW of everything "
            "added; `whole run` is all to a gap of 1 % or its limit of 20 s. Over 10 s is measured once. The "
            "exponents are of power laws fitted by least squares of logarithms."
        )
        lines += ["## Growth", "", f"{words} {measured(here)}", "", *growth(here["rows"])]
    return "\n".join(lines).rstrip("\n") + "\n"
