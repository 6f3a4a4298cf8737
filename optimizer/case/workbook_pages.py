"""The sheets of a case's workbook: what explains, the scenario, the tables, and what every key and column means."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from models.case import HOURLY_TABLES, INPUT_TABLES, SHORT_TABLES, TABLES
from models.settings import Settings
from optimizer.case.case_inputs import Hourly
from optimizer.case.columns import columns_of
from optimizer.case.glossary import column_rows, glossary, row_meaning, setting_keys
from optimizer.case.number_parsing import range_text
from optimizer.case.settings import setting_fields
from optimizer.case.table import Tables
from optimizer.case.toml import plain_value, toml_text
from optimizer.case.workbook import PRIVATE_PREFIX, SCENARIO
from optimizer.case.workbook_cells import Allowed, allowed_hours, allowed_in, list_of, setting_column

SPARE_ROWS = 1000
"""Rows below a table that allow what its own do."""
EXPLANATION, MEANING = f"{PRIVATE_PREFIX}read_me", f"{PRIVATE_PREFIX}meaning"
_WORDS = (
    "This workbook is a case of gigasite: its sheets are tables, their first rows name the columns.",
    "The note on the name of a column says its unit, what is allowed, and what it means.",
    "Cells with an arrow choose from a list. Rows may be added below, in any order. Empty tables may stay empty.",
    "Sites stand in sites or in own_sites; a row of own_sites has its substation and headroom in it.",
    "Sheets whose names begin with _ are not read; every other must be named after a table.",
    "gigasite check THIS.xlsx --mark MARKED.xlsx lists every fault and writes a copy with the faults in red.",
    "gigasite solve THIS.xlsx solves it.",
)


@dataclass(frozen=True)
class Page:
    """What a sheet holds, and what its cells allow."""

    name: str
    header: Sequence[str]
    cells: Iterable[Sequence[object]]
    rows: int
    frozen: int
    """Columns that stay in sight."""
    notes: Sequence[str] = ()
    """On the names of its columns."""
    allowed: Sequence[Allowed | None] = ()
    """By column, for its rows and some below."""
    row_notes: Sequence[str] = ()
    """On the first cells of its rows."""
    row_allowed: Sequence[Allowed | None] = ()
    """In the second cells of its rows."""


def pages(settings: Settings, tables: Tables, hourly: Hourly) -> Iterator[Page]:
    """Yield every sheet; tables that may be left out are there to be filled in."""
    held = {name: table for name, table in tables.items() if table.rows or TABLES[name].optional}
    yield _explanation(settings, held, hourly)
    yield _scenario(settings)
    keys = {name: f"={name}!$A$2:$A${len(table.rows) + SPARE_ROWS + 1}" for name, table in held.items()}
    for name, row_class in INPUT_TABLES.items():
        if name in held or name in SHORT_TABLES:
            columns = columns_of(row_class)
            rows = held[name].rows.values() if name in held else ()
            yield Page(
                name,
                [*columns],
                ([getattr(row, column) for column in columns] for row in rows),
                len(rows),
                len(row_class.key),
                [_note(*said) for said in column_rows(row_class, "{0}")],
                [allowed_in(column, keys.get(list_of(row_class, each) or "")) for each, column in columns.items()],
            )
    for table in HOURLY_TABLES:
        if series := hourly.get(table.name):
            limits = range_text(table.low, table.high, table.unit)
            values = zip(*(column.tolist() for column in series.values()), strict=True)
            yield Page(
                table.name,
                ["hour", *series],
                ((hour, *row) for hour, row in enumerate(values)),
                len(next(iter(series.values()))),
                1,
                [_note("hour", f"one column per {table.columns}; {table.unit}", limits, table.meaning)],
                [None, *[allowed_hours(table)] * len(series)],
            )
    said = [*glossary()]
    yield Page(MEANING, ["table", "column or key", "unit, kind or default", "range", "meaning"], said, len(said), 2)


def _scenario(settings: Settings) -> Page:
    """Return the sheet of the scenario: a note on every key, and what may stand beside it."""
    said = {path: _note(path, f"default {default}", *rest) for path, default, *rest in setting_keys()}
    rows = [*_settings(settings)]
    lists = [isinstance(value, str) and value.startswith("[") for _, value in rows]
    keys: Allowed = {"validate": "list", "source": f"={MEANING}!$B$2:$B${len(said) + 1}", "error_type": "warning"}
    return Page(
        SCENARIO,
        ["key", "value"],
        rows,
        len(rows),
        1,
        [
            f"A key of the scenario: the sheet {MEANING} lists them.",
            "A number, TRUE, FALSE, a text, or a list in brackets.",
        ],
        [keys, None],
        [said.get(path, "") for path, _ in rows],
        [None if many else allowed_in(setting_column(path)) for (path, _), many in zip(rows, lists, strict=True)],
    )


def _settings(settings: Settings) -> Iterator[tuple[str, object]]:
    """Yield every key of a scenario and its value as a cell."""
    for path in setting_fields():
        if path.startswith("inputs."):  # what it asks of the tables stands in them
            continue
        value: Any = settings
        for key in path.split("."):
            value = getattr(value, key)
        if value is None:
            continue
        bare = isinstance(value, bool | int | float) or (isinstance(value, str) and plain_value(value) == value)
        yield path, value if bare else toml_text(value)


def _explanation(settings: Settings, tables: Tables, hourly: Hourly) -> Page:
    """Return the sheet that says what the workbook is and how it is used."""
    rows: list[tuple[object, ...]] = [(line,) for line in _WORDS]
    rows += [(), ("sheet", "rows", "what it holds"), (SCENARIO, "", "The question: keys and their values.")]
    rows += [(name, len(table.rows), row_meaning(TABLES[name])) for name, table in tables.items()]
    rows += [(name, 0, row_meaning(kind)) for name, kind in SHORT_TABLES.items()]
    rows += [
        (table.name, len(next(iter(series.values()))), table.meaning)
        for table in HOURLY_TABLES
        if (series := hourly.get(table.name))
    ]
    return Page(EXPLANATION, [settings.title, "", ""], rows, len(rows), 0)


def _note(name: str, kind: str, limits: str, meaning: str) -> str:
    """Return what a note says of a column or a key."""
    said = (name, kind, limits and f"allowed: {limits}", meaning)
    return "\n".join(part.replace("`", "") for part in said if part)
