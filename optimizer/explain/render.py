"""An explanation in words: on the terminal, as Markdown, as JSON."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from optimizer.explain.adequacy import Shortage
from optimizer.explain.explanation import UNITS, Explanation, ReportedSensitivity
from optimizer.explain.limit_input import number
from optimizer.report.markdown import plain, section
from optimizer.report.markdown import table as markdown_table
from optimizer.solver.solve_result import relative_gap

COLUMNS = ("limit", "where", "is", "step", "a step gains, sites and halls kept", "a step gains, all free")
COLUMN_RULES = {
    "siting.open_in": "dates and rules that keep sites from opening",
    "power.contracted_mw": "only some technologies give cover",
}
"""Limits of a variable, which no rule is named after, in words."""
NOTHING = 1e-6
"""Worth below it is what rounding leaves."""


def lines(explanation: Explanation) -> Iterator[str]:
    """Yield what stands in the way, and whether the clock cut the search for it short, a paragraph each."""
    for cause in explanation.causes:
        yield f"{cause}."
    for shortage in explanation.shortages:
        yield _shortage(shortage)
    if explanation.shortage_rows:
        yield "The rows behind it: " + "; ".join(explanation.shortage_rows)
    if explanation.alternatives:
        one = len(explanation.alternatives) == 1
        yield "This change is enough:" if one else "Any one of these changes is enough:"
    for position, each in enumerate(explanation.alternatives, start=1):
        yield f"{position}. {each}"
    if explanation.status == "infeasible" and not explanation.alternatives:
        yield "Which limits stand in the way was not found in time; give it more with --time-limit."
    if explanation.cut_short:
        names = ", ".join(explanation.cut_short)
        yield f"The clock cut the search short ({names}): with more of it (--time-limit) there may be better answers."


def _shortage(shortage: Shortage) -> str:
    hours = ", ".join(map(str, shortage.hours))
    mwh, most_mw, allowed = (number(round(each, 3)) for each in (shortage.mwh, shortage.most_mw, shortage.allowed_mwh))
    return (
        f"The system without data centres lacks {mwh} MWh in {shortage.zone} on {shortage.day} of {shortage.period} "
        f"(hours {hours}; at most {most_mw} MW); the day may lose {allowed} MWh in all zones."
    )


def show(explanation: Explanation, console: Console) -> None:
    """Print an explanation."""
    for line in lines(explanation):
        console.print(line, markup=False, soft_wrap=True)
    if explanation.status != "feasible":
        return
    table = Table(title=headline(explanation), title_justify="left", header_style="dim")
    for name in COLUMNS:
        table.add_column(name, overflow="fold", justify="left" if name in ("limit", "where") else "right")
    for row in explanation.worths:
        table.add_row(*sensitivity_cells(row, gap_of(explanation)))
    console.print(table)


def headline(explanation: Explanation) -> str:
    """Return what a feasible case's plan reaches."""
    unit = UNITS.get(explanation.objective, "")
    value, bound = (number(round(each or 0.0, 3)) for each in (explanation.value, explanation.bound))
    words = f"A plan keeps every limit: {explanation.objective} {value} {unit} (proved bound {bound})"
    if not explanation.worths:
        return f"{words}. No limit was found to be worth anything in the time given; see --time-limit"
    return f"{words}. Limits are ranked by what a step of a tenth of each would gain it"


def gap_of(explanation: Explanation) -> float:
    """Return how far the plan may be from the best, as a share of its value."""
    return relative_gap(explanation.value or 0.0, explanation.bound or 0.0)


def sensitivity_cells(row: ReportedSensitivity, gap_share: float) -> tuple[str, ...]:
    """Return a line of the table of sensitivities."""
    rule = COLUMN_RULES.get(row.rule, row.rule.partition(".")[2].replace("_", " "))
    high = np.inf if row.high is None else row.high
    interval = f"{row.low:,.4g} .. {f'{high:,.4g}' if np.isfinite(high) else 'unknown'} {row.objective_unit}"
    if row.step and row.unit and np.isfinite(high):
        interval += f" ({row.low / row.step:.3g} .. {high / row.step:.3g} per {row.unit})"
    worth = interval if row.above_zero else f"{interval}; cannot be told from 0 at this gap ({gap_share:.2%})"
    worth = worth if row.ended else f"{worth}; the time was up"
    if high < NOTHING:
        worth = f"nothing ({row.objective_unit})"
    kept = "" if row.kept is None else f"{row.kept:,.6g}"
    present = "" if row.present is None else number(row.present, row.place)
    present += ", used up" if row.used_up and row.step is not None else ""
    step = "all" if row.step is None else f"{number(row.step)} {row.unit}".rstrip()
    what = f"without the rule: {rule}" if row.step is None else row.what
    return what, row.place, present, step, kept, worth


def as_markdown(explanation: Explanation) -> str:
    """Return an explanation as a Markdown page."""
    said = [plain(line) for line in lines(explanation)]
    if explanation.status != "feasible":
        return section("# Explanation", plain(explanation.message) + ".", *said)
    rows = [sensitivity_cells(row, gap_of(explanation)) for row in explanation.worths]
    return section("# Explanation", *said, headline(explanation), markdown_table(COLUMNS, rows))


def write(explanation: Explanation, folder: Path) -> None:
    """Write explain.md and explain.json into a folder, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    values = asdict(explanation)
    for listed, each in zip(values["alternatives"], explanation.alternatives, strict=True):
        listed["by_grantor"] = each.by_grantor
    texts = {"explain.md": as_markdown(explanation), "explain.json": json.dumps(values, indent=1) + "\n"}
    for name, text in texts.items():
        fresh = folder / f".{name}.new"
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, folder / name)
