"""Inputs that somebody set as a limit, cells of tables or keys of the scenario, and changes of them."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from models.case import TABLES, Case, Row
from models.settings import Names, Settings
from models.timeline import first_year
from optimizer.case.columns import Column, columns_of
from optimizer.case.display_names import display_name
from optimizer.case.settings import setting_fields

SCENARIO = "scenario"
DIGITS = 3
"""Significant digits of a change that is reported; it is rounded away from the limit, so that it suffices."""
Grantor = Literal[
    "grid operator",
    "ministry or law",
    "fund",
    "investor",
    "chip vendor or market",
    "plant owner",
    "land owner",
    "operator",
    "asker",
]
"""Who could grant that a limit moves; the asker is whoever wrote the scenario."""


@dataclass(frozen=True)
class LimitText:
    """How an input is reported as a limit, and how large a violation of its rows is."""

    phrase: str
    """What a change does, in words, with `{amount}`, `{unit}` and the columns of the row's key, such as `{site}`."""
    unit: str | None = None
    """None for the unit that the column declares."""
    raised: bool = True
    """Whether a higher value is the looser limit."""
    typical: float | Callable[[Case], float] = 0.0
    """Least change that counts as one, so that amounts of different units compare; for a share, of its rows."""
    most: float = math.inf
    """Largest violation of a row, in the row's unit."""
    size: str | Callable[..., Any] = ""
    """For a limit that is a share of something: the `aspect.expression` whose index begins the row's, or that for the
    elastic model and the index of a row."""
    grantor: Grantor | Callable[[Case, Any], Grantor] | None = None
    """Who could grant it, or who for the row with a key; None for a key of the scenario, which the asker could."""


def share(
    phrase: str,
    size: str | Callable[..., Any],
    typical: float | Callable[[Case], float],
    most: float = math.inf,
    *,
    raised: bool = False,
    unit: str | None = "share",
    grantor: Grantor | None = None,
) -> LimitText:
    """Return how a limit that is a share of something is reported; less of it is looser, unless said."""
    return LimitText(phrase, unit, raised, typical, most, size, grantor)


@dataclass(frozen=True)
class LimitInput:
    """One cell of a table or one key of the scenario that sets a limit."""

    rule: str
    """Constraint that it limits, `aspect.constraint`."""
    table: str
    """Table of the case, or `scenario`."""
    key: Any
    """Key of the row; of the scenario None, or what a list of it names: the limit is whether it does, 1 or 0."""
    column: str
    """Column of the table, or `section.key` of the scenario."""
    phrase: str
    """What a change does, in words, with `{amount}` and `{unit}`."""
    unit: str
    raised: bool
    """Whether a higher value is the looser limit."""
    present: float | None
    """Present value; None where the table has no such row yet."""
    loosest: float
    """Loosest value that the inputs allow."""
    integer: bool = False
    grantor: Grantor = "asker"
    """Who could grant a change."""

    @property
    def value(self) -> float:
        """Return the present value; a row that is missing counts as 0."""
        return self.present or 0.0

    @property
    def reach(self) -> float:
        """Return how far the value can move."""
        return abs(self.loosest - self.value)

    def rounded_relaxation(self, amount: float) -> float:
        """Return the value after a change of at least `amount` (above 0), rounded to the looser side."""
        exact = amount * (1 - 1e-7)
        if self.integer:
            step = float(math.ceil(amount - 1e-4))
        else:
            size = 10.0 ** (math.floor(math.log10(exact)) + 1 - DIGITS)
            step = math.ceil(exact / size) * size
        moved = self.value + step if self.raised else self.value - step
        nearest = min if self.raised else max
        return round(nearest(moved, self.loosest), 9)


@dataclass(frozen=True)
class Relaxation:
    """An input and the value that it is given."""

    input: LimitInput
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


def limit_input(
    case: Case, rule: str, place: str, text: LimitText, key: Any = None, loosest: float | None = None
) -> LimitInput:
    """Return the input at `table.column` and key, or at `section.key` of the scenario."""
    table, _, name = place.partition(".")
    column, present, names = column_of(place), None, {}
    if table not in TABLES and key is not None:
        words = text.phrase.format(**dict(_names(case, table_named_by(place), key)))
        is_listed = float(key in getattr(getattr(case.settings, table), name))
        loosest, grantor = float(text.raised), grantor_of(case, text, key)
        return LimitInput(rule, SCENARIO, key, place, words, "", text.raised, is_listed, loosest, True, grantor)
    if key is None:
        present = float(getattr(getattr(case.settings, table), name))
    else:
        rows, names = getattr(case, table), dict(_names(case, table, key))
        present = float(getattr(rows[key], name)) if key in rows else None
    if loosest is None:
        loosest = column.high if text.raised else column.low
    unit = column.unit.partition(" (")[0] if text.unit is None else text.unit
    phrase = text.phrase.format(amount="{amount}", unit="{unit}", **names)
    table, name = (SCENARIO, place) if key is None else (table, name)
    whole, grantor = column.kind != "number", grantor_of(case, text, key)
    return LimitInput(rule, table, key, name, phrase, unit, text.raised, present, loosest, whole, grantor)


def grantor_of(case: Case, text: LimitText, key: Any) -> Grantor:
    """Return who could grant that a limit with a text, and the key of its row, moves."""
    return (text.grantor(case, key) if callable(text.grantor) else text.grantor) or "asker"


def column_of(place: str) -> Column:
    """Return what `table.column` or `section.key` declares."""
    owner, _, name = place.partition(".")
    kind: Any = TABLES[owner] if owner in TABLES else Settings.model_fields[owner].annotation
    return columns_of(kind)[name]


def table_named_by(place: str) -> str:
    """Return the table whose keys a list of the scenario, `section.key`, names."""
    return next(mark.table for mark in setting_fields()[place].metadata if isinstance(mark, Names))


def _names(case: Case, table: str, key: Any) -> Iterator[tuple[str, str]]:
    """Yield the columns of a row's key and what people call them, with braces that stay when the text is filled in."""
    start = min(first_year(case, period) for period in case.periods)
    for column, part in zip(TABLES[table].key, key if isinstance(key, tuple) else (key,), strict=True):
        owner = next((name for name, kind in TABLES.items() if kind.key == (column,)), "")
        if column == "period" and part in case.periods:
            name = str(first_year(case, part))
        elif column == "from_year":
            name = str(max(part, start))
        else:
            name = display_name(getattr(case, owner), part) if owner and part in getattr(case, owner) else str(part)
        yield column, name.replace("{", "{{").replace("}", "}}")


def changed(case: Case, changes: Iterable[Relaxation]) -> Case:
    """Return the case with its inputs changed."""
    for change in changes:
        given, value = change.input, cast(Any, int(change.after) if change.input.integer else change.after)
        if given.table == SCENARIO:
            if given.key is not None:
                section, _, name = given.column.partition(".")
                others = [each for each in getattr(getattr(case.settings, section), name) if each != given.key]
                value = (*others, given.key) if change.after else tuple(others)
            case = replace(case, settings=with_setting(case.settings, given.column, value))
        else:
            table: Mapping[Any, Row] = getattr(case, given.table)
            old = table[given.key] if given.key in table else new_row(given.table, given.key)
            rows = {**table, given.key: old.model_copy(update={given.column: value})}
            tables: dict[str, Any] = {given.table: dict(sorted(rows.items()))}
            case = replace(case, **tables)
    return case


def with_setting(settings: Settings, path: str, value: object) -> Settings:
    """Return the scenario with one key, `section.key`, set."""
    section, _, key = path.partition(".")
    part = getattr(settings, section).model_copy(update={key: value})
    return settings.model_copy(update={section: part})


def new_row(table: str, key: Any) -> Row:
    """Return the row that an input would need in a table that lacks it, all its numbers 0."""
    kind = TABLES[table]
    numbers = {name: 0.0 for name, field in kind.model_fields.items() if field.annotation in (float, int)}
    cells: dict[str, Any] = dict(zip(kind.key, key, strict=True))
    return kind.model_validate({**numbers, **cells, "source": "proposed by gigasite explain", "quality": "estimate"})
