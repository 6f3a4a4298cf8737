"""What a factor changes: a key of the scenario, cells of a table, columns of an hourly table, or a layer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, get_origin

from models.case import HOURLY_TABLES, TABLES
from optimizer.case.cells import cell_text
from optimizer.case.columns import columns_of
from optimizer.case.faults import suggestion
from optimizer.case.read import CaseInputs
from optimizer.case.settings import setting_fields
from optimizer.case.table import Table
from optimizer.case.unknown_keys import unknown_key_hint

LAYERS = ("scenario", "overlay")
"""The layers: which scenario is asked, and one overlay more than it has."""
HOURLY = {table.name: table for table in HOURLY_TABLES}
FORM = re.compile(r"(?P<table>\w+)(?:\[(?P<row>[^\[\]]*)\])?(?:\.(?P<column>\w+))?")
"""`table.column`, `table[ROW].column`, `hourly_table[COLUMN]`."""
UNCHANGEABLE = ("source", "quality", "name")
"""Columns for the reader, from which nothing is computed."""


@dataclass(frozen=True)
class Place:
    """Where the values of a factor go."""

    kind: Literal["layer", "key", "cells", "hours"]
    column: str
    """Layer, `section.key`, or column of the table."""
    table: str = ""
    """Table or hourly table."""
    rows: tuple[Any, ...] = ()
    """Keys of its rows, or columns of the hourly table."""

    @property
    def numeric(self) -> bool:
        """Tell whether numbers stand there."""
        if self.kind == "cells":
            return columns_of(TABLES[self.table])[self.column].numeric
        return self.kind == "hours" or (self.kind == "key" and _is_number(setting_fields()[self.column].annotation))


def place_of(of: str, where: Mapping[str, str], inputs: CaseInputs) -> Place:
    """Return the place in a case that a factor names; raises ValueError with the rule it breaks and what may be meant.

    `where` names texts, `*` standing for any letters, that rows have in other columns.
    """
    if of in LAYERS or (of in setting_fields() and "." in of):
        if where:
            raise ValueError("has no rows among which `where` could choose")
        if of not in LAYERS and get_origin(setting_fields()[of].annotation) is tuple:
            raise ValueError("lists several values: name scenarios that state them, with the factor `scenario`")
        return Place("layer" if of in LAYERS else "key", of)
    found = FORM.fullmatch(of)
    table, row, column = found.groups() if found else ("", None, None)
    if table in HOURLY and column is None:
        if where:
            raise ValueError("where: an hourly table has columns, chosen between brackets")
        return Place(
            "hours", "", table, _matches([(key,) for key in inputs.hourly[table]], row, (HOURLY[table].columns,))
        )
    if table not in TABLES:
        raise ValueError("is no key, table or column" + unknown_key_hint(of, [*LAYERS, *setting_fields(), *TABLES]))
    kind, columns = TABLES[table], columns_of(TABLES[table])
    free = [name for name in columns if name not in (*kind.key, *UNCHANGEABLE)]
    if column not in free:
        what = f"{column!r} is no column of {table} that can be changed" if column else "names no column"
        raise ValueError(what + (suggestion(column or "", free) or f": there are {', '.join(free)}"))
    if unknown := [name for name in where if name not in columns]:
        raise ValueError(f"where: {table} has no column {unknown[0]!r}" + suggestion(unknown[0], columns))
    keys = [key if isinstance(key, tuple) else (key,) for key in inputs.tables[table].rows]
    chosen = [key for key in _matches(keys, row, kind.key) if _has(inputs.tables[table], key, where)]
    if not chosen:
        raise ValueError(
            f"where: no row of {table} has {', '.join(f'{name} {text!r}' for name, text in where.items())}"
        )
    return Place("cells", column, table, tuple(chosen))


def _matches(keys: list[tuple[Any, ...]], row: str | None, names: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the keys that a text between brackets names, its parts divided by commas; raises ValueError."""
    patterns = ["*"] * len(names) if row is None else [part.strip() for part in row.split(",")]
    if len(patterns) != len(names):
        raise ValueError(f"[{row}]: a row is named by {', '.join(names)}, with * for any")
    found = [
        key for key in keys if all(fnmatchcase(str(part), pattern) for part, pattern in zip(key, patterns, strict=True))
    ]
    if not found:
        raise ValueError(f"[{row}]: no such row" + suggestion(row or "", [",".join(map(str, key)) for key in keys]))
    return tuple(key if len(key) > 1 else key[0] for key in found)


def _has(table: Table, key: Any, where: Mapping[str, str]) -> bool:
    """Tell whether a row has some texts in its columns."""
    return all(fnmatchcase(cell_text(getattr(table.rows[key], name)), text) for name, text in where.items())


def _is_number(annotation: Any) -> bool:
    return annotation in (float, int, float | None)
