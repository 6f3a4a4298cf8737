"""What the cells of a case's workbook allow, from the declarations: drop-down lists, and ranges of numbers."""

import math
from collections.abc import Mapping
from typing import Any

from models.case import HourlyTable, Row
from models.settings import Settings
from optimizer.case.columns import Column, columns_of

Allowed = dict[str, Any]
"""What a spreadsheet program lets stand in cells, as the library that writes it takes it."""
LISTS: Mapping[str, str] = {"committed_chip": "chips", "committed_cooling": "cooling"}
"""Columns that name a row of a table in some rows only."""
LONGEST_LIST, LONGEST_MESSAGE = 255, 250
"""Letters that a spreadsheet program takes in a list of words, and in a message."""


def list_of(row_class: type[Row], column: str) -> str | None:
    """Return the table whose keys a column names, if any."""
    return row_class.refers.get(column, LISTS.get(column))


def allowed_in(column: Column, keys: str | None = None) -> Allowed | None:
    """Return what may stand in a column; `keys` is the range of the keys that it names.

    A key that is not there yet may be typed after a warning; anything else that is not allowed is refused.
    """
    if keys:
        sheet = keys.removeprefix("=").partition("!")[0]
        message = f"The sheet {sheet} has no such row yet."
        return {"validate": "list", "source": keys, "error_type": "warning", "error_message": message}
    if column.kind == "choice" and sum(len(each) + 1 for each in column.choices) <= LONGEST_LIST:
        message = f"One of {', '.join(column.choices)}"[:LONGEST_MESSAGE]
        return {"validate": "list", "source": list(column.choices), "error_message": message}
    if column.kind == "boolean":
        return {"validate": "list", "source": ["TRUE", "FALSE"], "error_message": "TRUE or FALSE"}
    kind = "integer" if column.kind == "integer" else "decimal"
    return _numbers(column.low, column.high, column.unit, kind) if column.numeric else None


def allowed_hours(table: HourlyTable) -> Allowed | None:
    """Return what may stand in the hours of an hourly table."""
    return _numbers(table.low, table.high, table.unit, "decimal")


def setting_column(path: str) -> Column:
    """Return what a key of the scenario may hold."""
    section: Any = Settings
    *above, key = path.split(".")
    for name in above:
        section = section.model_fields[name].annotation
    return columns_of(section)[key]


def _numbers(low: float, high: float, unit: str, kind: str) -> Allowed | None:
    if math.isinf(low) or math.isinf(high):
        return None
    words = "whole number" if kind == "integer" else "number"
    message = f"A {words} between {low:.10g} and {high:.10g} {unit}".strip()[:LONGEST_MESSAGE]
    return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high, "error_message": message}
