"""Figures of a study by name: one cell of its result tables, in a unit, with how far it may be from the truth."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from optimizer.case.faults import suggestion
from optimizer.study.results import WITH_PLAN

KEYS = ("run", "measure", "entity", "period", "plan", "field", "minus", "unit", "digits", "within")
"""What a reference may state, in the order in which it is written."""
FIELDS = ("value", "bound", "gap_share", "regret")
EXACT = 1e-6
"""Share to which prices of plans are exact, and to which a result is the same when it is computed again."""
UNITS: Mapping[str, Mapping[str, float]] = {
    "MEUR": {"bn": 1e-3, "kEUR": 1e3, "EUR": 1e6},
    "MW": {"GW": 1e-3, "kW": 1e3},
    "MWh": {"GWh": 1e-3, "TWh": 1e-6},
    "TWh": {"GWh": 1e3, "MWh": 1e6},
    "kH100e": {"H100e": 1e3, "MH100e": 1e-3},
    "kg CO2/MWh": {"g/kWh": 1.0},
    "kt CO2": {"Mt": 1e-3, "t": 1e3},
    "million m3": {"m3": 1e6},
    "m3": {"million": 1e-6},
    "share": {"percent": 100.0},
}
"""Unit of a table, what stands behind a comma left out -> other units, and what a figure is multiplied by for them."""


class FigureRefused(Exception):
    """A reference that names no figure, or one that may not be printed; the text says why."""


@dataclass(frozen=True)
class Results:
    """The tables of a study."""

    table: pd.DataFrame
    """`results.parquet`: run, measure, entity, period, unit, value, bound, gap_share, status, reason, ..."""
    prices: pd.DataFrame
    """`prices.parquet`: run, plan, objective, value, regret, bound; may be empty."""

    @property
    def figures(self) -> pd.DataFrame:
        """Return the prices as rows of the table, the plan being the entity."""
        if self.prices.empty:
            return self.table
        rows = self.prices[["run", "value"]].assign(status="", period="", bound=math.nan, gap_share=math.nan)
        named = {"measure": self.prices["objective"].astype(str) + " of a plan", "entity": self.prices["plan"]}
        return pd.concat([self.table, rows.assign(**named)], ignore_index=True)


@dataclass(frozen=True)
class _Figure:
    value: float
    low: float
    high: float
    """The truth lies between both, as is proved; NaN where nothing is."""
    unit: str


def figure_text(results: Results, reference: Mapping[str, str]) -> str:
    """Return the text of the figure that a reference names.

    A difference (`minus`) that the bounds of both runs leave open to be none is no effect: with `within=yes` it is
    written beside what they prove, else it is refused. Raises FigureRefused for it, for a figure that is not there or
    not known, and for a reference with a key or value that has no meaning.
    """
    if unknown := [key for key in reference if key not in KEYS]:
        raise FigureRefused(f"unknown key {unknown[0]!r}{suggestion(unknown[0], KEYS)}")
    digits = _whole(reference, "digits")
    if not 0 <= digits <= 12:
        raise FigureRefused("digits must be 0 to 12")
    figure = _figure(results, reference, _whole(reference, "run"))
    if "minus" not in reference:
        return _written(figure.value * _factor(figure.unit, reference), digits)
    other = _figure(results, reference, _whole(reference, "minus"))
    least, most = figure.low - other.high, figure.high - other.low
    if math.isnan(least) or math.isnan(most):
        raise FigureRefused(
            "no gap is stated for this measure, so a difference of it cannot be told from chance: "
            "name an objective, or a `plan` whose price is exact"
        )
    factor, difference = _factor(figure.unit, reference), figure.value - other.value
    text = _written(difference * factor, digits)
    if least > 0 or most < 0:
        return text
    beside = f"{text} (within the gap: {_written(least * factor, digits)} to {_written(most * factor, digits)})"
    if reference.get("within") != "yes":
        raise FigureRefused(f"the difference is no effect: {beside}; within=yes writes it so")
    return beside


def _figure(results: Results, reference: Mapping[str, str], run: int) -> _Figure:
    """Return the cell of a run that a reference names; raises FigureRefused."""
    field = reference.get("field", "value")
    if field not in FIELDS:
        raise FigureRefused(f"unknown field {field!r}{suggestion(field, FIELDS)}; there are {', '.join(FIELDS)}")
    of_run = results.table[results.table["run"] == run]
    if of_run.empty:
        last = results.table["run"].max() if len(results.table) else None
        raise FigureRefused(f"there is no run {run}" + ("" if last is None else f"; they go from 0 to {last:.0f}"))
    rows = _named(of_run, "measure", reference, f"run {run}{_reasons(of_run)}")
    unit = str(rows["unit"].iloc[0])
    if "plan" in reference or field == "regret":
        return _priced(results.prices, {"measure": str(rows["measure"].iloc[0]), **reference}, run, field, unit)
    rows = _named(rows, "entity", reference, "the measure")
    rows = _named(rows, "period", reference, "the measure")
    row = rows.iloc[0]
    value, bound = float(row[field]), float(row["bound"]) if field == "value" else math.nan
    low, high = (bound, value) if bound < value else (value, bound)
    if not math.isfinite(value) or row["status"] not in WITH_PLAN:
        raise FigureRefused(f"run {run} has no {field} of it{_reasons(rows) or ': it is not known'}")
    return _Figure(value, low, high, "share" if field == "gap_share" else unit)


def _priced(prices: pd.DataFrame, reference: Mapping[str, str], run: int, field: str, unit: str) -> _Figure:
    """Return the exact price of a plan in a run."""
    if field == "gap_share":
        raise FigureRefused("the price of a plan is exact: it has no gap_share")
    rows = prices[(prices["run"] == run) & (prices["objective"] == reference["measure"])] if len(prices) else prices
    if rows.empty:
        raise FigureRefused(f"no plan was priced in run {run} for {reference['measure']}")
    rows = _named(rows, "plan", reference, f"run {run}")
    value = float(rows[field].iloc[0])
    if not math.isfinite(value):
        raise FigureRefused(f"plan {rows['plan'].iloc[0]} is no plan of run {run}")
    rounding = EXACT * abs(float(rows["value"].iloc[0]))
    return _Figure(value, value - rounding, value + rounding, unit)


def _named(rows: pd.DataFrame, column: str, reference: Mapping[str, str], whose: str) -> pd.DataFrame:
    """Return the rows with the name that a reference has for a column; without one, there must be only one name."""
    known = [str(name) for name in rows[column].fillna("").unique()]
    if column not in reference and len(known) == 1:
        return rows
    if column not in reference:
        raise FigureRefused(f"{column} is missing: {whose} has {_some(known)}")
    name = reference[column]
    if name not in known:
        raise FigureRefused(f"{whose} has no {column} {name!r}{suggestion(name, known) or f'; it has {_some(known)}'}")
    return rows[rows[column].fillna("") == name]


def _reasons(rows: pd.DataFrame) -> str:
    """Return in brackets how runs ended that were not solved, as their rows say."""
    pairs = rows[["status", "reason"]].fillna("").drop_duplicates().itertuples(index=False)
    told = [f"{status}: {reason}" if reason else str(status) for status, reason in pairs if status != "solved"]
    return f" ({'; '.join(told)})" if told else ""


def _some(names: Iterable[str]) -> str:
    listed = [name or "''" for name in names]
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")


def _whole(reference: Mapping[str, str], key: str) -> int:
    text = reference.get(key)
    if text is None:
        raise FigureRefused(f"{key} is missing")
    if not (text.isascii() and text.isdigit()):
        raise FigureRefused(f"{key} must be a whole number, not {text!r}")
    return int(text)


def _factor(unit: str, reference: Mapping[str, str]) -> float:
    """Return what turns a unit of the tables into the one that a reference asks for."""
    plain = unit.partition(",")[0]
    asked, known = reference.get("unit", unit), {unit: 1.0, plain: 1.0, **UNITS.get(plain, {})}
    if asked not in known:
        raise FigureRefused(f"unit {asked!r} is none for {unit}: there are {', '.join(known)}")
    return known[asked]


def _written(value: float, digits: int) -> str:
    """Return a number with so many decimals, thousands by commas, and no minus before a zero."""
    return f"{value:z,.{digits}f}"
