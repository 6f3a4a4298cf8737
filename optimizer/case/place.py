"""A place in a case by name: a key of the scenario, cells of a table, columns of an hourly table, or a layer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal, get_origin

from models.case import HOURLY_TABLES, TABLES
from optimizer.case.case_inputs import CaseInputs
from optimizer.case.cells import cell_text
from optimizer.case.columns import columns_of
from optimizer.case.faults import suggestion
from optimizer.case.settings import setting_fields
from optimizer.case.table import Table
from optimizer.case.unknown_keys import similar_columns

LAYERS = ("scenario", "overlay")
"""The layers: which scenario is asked, and one overlay more than it has."""
HOURLY = {table.name: table for table in HOURLY_TABLES}
FORM = re.compile(r"(?P<table>\w+)(?:\[(?P<row>[^\[\]]*)\])?(?:\.(?P<column>\w+))?")
"""`table.column`, `table[ROW].column`, `hourly_table[COLUMN]`; `table.ROW.column` is read by `_dotted`."""
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
    """Return the place in a case that a text names; raises ValueError with the rule it breaks and what may be meant.

    A row is named between brackets or dots, `*` standing for any letters: `tranches[private,2028-2030].amount_meur`,
    `tranches.private.2028-2030` (the only column that can be changed may be left out). `where` names texts that rows
    have in other columns.
    """
    if of in LAYERS or (of in setting_fields() and "." in of):
        if where:
            raise ValueError("has no rows among which `where` could choose")
        if of not in LAYERS and get_origin(setting_fields()[of].annotation) is tuple:
            raise ValueError("lists several values: name scenarios that state them, with the factor `scenario`")
        return Place("layer" if of in LAYERS else "key", of)
    found = FORM.fullmatch(of)
    table, row, column = found.groups() if found else ("", None, None)
    if "[" not in of and of.partition(".")[0] in TABLES:
        table, row, column = _dotted(of)
    if table in HOURLY and column is None:
        if where:
            raise ValueError("where: an hourly table has columns, chosen between brackets")
        return Place(
            "hours", "", table, _matches([(key,) for key in inputs.hourly[table]], row, (HOURLY[table].columns,))
        )
    if table not in TABLES:
        columns_there = [f"{name}.{column}" for name in TABLES for column in _changeable(name)]
        near = suggestion(of, [*LAYERS, *setting_fields(), *TABLES, *HOURLY, *columns_there])
        alike = [f" (did you mean {name!r}?)" for name in sorted(similar_columns(of.rpartition(".")[2]))]
        raise ValueError("is no key, table or column" + next(iter(alike), near))
    kind, columns = TABLES[table], columns_of(TABLES[table])
    free = _changeable(table)
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


def _dotted(of: str) -> tuple[str, str | None, str | None]:
    """Return table, row and column of a text whose parts are joined by dots, as `sources` names rows."""
    table, *parts = of.split(".")
    free = _changeable(table)
    if len(parts) == len(TABLES[table].key) and len(free) == 1 and parts[-1] not in free:
        return table, ",".join(parts), free[0]
    *keys, column = parts or [""]
    return table, ",".join(keys) if keys else None, column or None


def _changeable(table: str) -> list[str]:
    """Return the columns of a table that can be changed."""
    return [name for name in columns_of(TABLES[table]) if name not in (*TABLES[table].key, *UNCHANGEABLE)]


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
