"""Levers: inputs that somebody set as a limit, and changes of them that a case can take."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from models.case import TABLES, Case, Row
from models.settings import Settings
from models.units import Plausible, Unit

SCENARIO = "scenario"
DIGITS = 3
"""Significant digits of a change that is told; it is rounded away from the limit, so that it suffices."""


@dataclass(frozen=True)
class Input:
    """One cell of a table or one key of the scenario that sets a limit."""

    rule: str
    """Constraint that it limits, `aspect.constraint`."""
    table: str
    """Table of the case, or `scenario`."""
    key: Any
    """Key of the row; None for the scenario."""
    column: str
    """Column of the table, or `section.key` of the scenario."""
    phrase: str
    """What a change does, in words, with `{amount}` and `{unit}`."""
    unit: str
    raised: bool
    """Whether a higher value is the looser limit."""
    present: float | None
    """Present value; None where the table has no such row yet."""
    farthest: float
    """Loosest value that the inputs allow."""
    whole: bool = False

    @property
    def value(self) -> float:
        """Return the present value; a row that is missing counts as 0."""
        return self.present or 0.0

    def eased(self, amount: float) -> float:
        """Return the value after a change of at least `amount` (above 0), rounded to the looser side."""
        exact = amount * (1 - 1e-7)
        if self.whole:
            step = float(math.ceil(amount - 1e-4))
        else:
            size = 10.0 ** (math.floor(math.log10(exact)) + 1 - DIGITS)
            step = math.ceil(exact / size) * size
        moved = self.value + step if self.raised else self.value - step
        loosest = min if self.raised else max
        return round(loosest(moved, self.farthest), 9)


@dataclass(frozen=True)
class Relaxation:
    """An input and the value that it is given."""

    input: Input
    after: float

    @property
    def amount(self) -> float:
        """Return how far the input moves."""
        return round(abs(self.after - self.input.value), 9)

    @property
    def words(self) -> str:
        """Return the change in words, without where it is."""
        return self.input.phrase.format(amount=number(self.amount), unit=self.input.unit)


def number(value: float, column: str = "") -> str:
    """Return a number for people: thousands set off, at most seven digits; a year as it is written."""
    return f"{value:.7g}" if column.endswith("_year") else f"{value:,.7g}"


def input_at(
    case: Case,
    rule: str,
    place: str,
    phrase: str,
    unit: str,
    *,
    key: Any = None,
    raised: bool = True,
    farthest: float | None = None,
) -> Input:
    """Return the input at `table.column` and key, or at `section.key` of the scenario."""
    table, _, column = place.partition(".")
    present: float | None
    if key is None:
        section = getattr(case.settings, table)
        present, kind = float(getattr(section, column)), type(section).model_fields[column]
        table, column = SCENARIO, place
    else:
        kind, rows = TABLES[table].model_fields[column], getattr(case, table)
        present = float(getattr(rows[key], column)) if key in rows else None
    if farthest is None:
        farthest = _limits(kind.metadata)[1 if raised else 0]
    return Input(rule, table, key, column, phrase, unit, raised, present, farthest, kind.annotation is int)


def _limits(marks: Iterable[Any]) -> tuple[float, float]:
    """Return the range that a column or a scenario key allows: its plausible one, its unit's, or its bounds."""
    listed = list(marks)
    for kind in (Plausible, Unit):
        for mark in listed:
            if isinstance(mark, kind):
                return float(mark.low), float(mark.high)
    low = next((float(mark.ge) for mark in listed if getattr(mark, "ge", None) is not None), 0.0)
    high = next((float(mark.le) for mark in listed if getattr(mark, "le", None) is not None), math.inf)
    return low, high


def changed(case: Case, changes: Iterable[Relaxation]) -> Case:
    """Return the case with its inputs changed."""
    for change in changes:
        given, value = change.input, int(change.after) if change.input.whole else change.after
        if given.table == SCENARIO:
            case = replace(case, settings=with_setting(case.settings, given.column, value))
        else:
            table: Mapping[Any, Row] = getattr(case, given.table)
            old = table[given.key] if given.key in table else _blank(given)
            rows = {**table, given.key: old.model_copy(update={given.column: value})}
            tables: dict[str, Any] = {given.table: dict(sorted(rows.items()))}
            case = replace(case, **tables)
    return case


def with_setting(settings: Settings, path: str, value: object) -> Settings:
    """Return the scenario with one key, `section.key`, set."""
    section, _, key = path.partition(".")
    part = getattr(settings, section).model_copy(update={key: value})
    return settings.model_copy(update={section: part})


def _blank(given: Input) -> Row:
    """Return the row that an input would need in a table that lacks it."""
    kind = TABLES[given.table]
    numbers = {name: 0.0 for name, field in kind.model_fields.items() if field.annotation in (float, int)}
    cells: dict[str, Any] = dict(zip(kind.key, given.key, strict=True))
    return kind.model_validate({**numbers, **cells, "source": "proposed by gigasite explain", "quality": "estimate"})
