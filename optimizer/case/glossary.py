"""Glossary of a case: every table, column and settings key with its unit, range and meaning."""

import json
import math
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le

from models.case import HOURLY_TABLES, INPUT_TABLES, Row
from models.units import Smallest
from optimizer.case.columns import Column, columns_of
from optimizer.case.number_parsing import plausible_range, range_text
from optimizer.case.settings import setting_fields


def setting_keys() -> Iterator[tuple[str, str, str, str]]:
    """Yield path, default, range and meaning of every key in a section of a scenario."""
    for path, field in setting_fields().items():
        if "." in path:
            default = field.get_default(call_default_factory=True)
            limits = _limits(field.annotation, field.metadata)
            yield path, "none" if default is None else json.dumps(default), limits, field.description or ""


def glossary() -> Iterator[tuple[str, str, str, str, str]]:
    """Yield table, column or key, unit or kind (a key's default), range and meaning of all that a case may state."""
    for key, default, limits, meaning in setting_keys():
        yield "scenario", key, f"default {default}", limits, meaning
    for name, row_class in INPUT_TABLES.items():
        for column, kind, limits, meaning in column_rows(row_class, "{0}"):
            yield name, column, kind.replace("`", ""), limits, meaning.replace("`", "")
    for table in HOURLY_TABLES:
        limits = range_text(table.low, table.high, table.unit)
        yield table.name, f"hour; {table.columns}", table.unit, limits, table.meaning


def column_rows(row_class: type[Row], link: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield name, unit or kind, range and meaning of a table's columns; `link` is how another table is pointed to."""
    for column in columns_of(row_class).values():
        target = row_class.refers.get(column.name)
        meaning = column.meaning + (f" Names a row of {link.format(target)}." if target else "")
        yield column.name, _kind(column), _range(column), meaning


def _limits(annotation: Any, marks: list[Any]) -> str:
    if annotation is bool:
        return "true, false"
    choices = [
        choice
        for part in (annotation, *get_args(annotation))
        if get_origin(part) is Literal
        for choice in get_args(part)
    ]
    if choices:
        return ", ".join(str(choice) for choice in choices)
    if annotation is str:
        return "text"
    if str in get_args(annotation):
        return "texts"
    low = next((mark.ge for mark in marks if isinstance(mark, Ge)), None)
    above = next((mark.gt for mark in marks if isinstance(mark, Gt)), None)
    high = next((mark.le for mark in marks if isinstance(mark, Le)), math.inf)
    words = range_text(float(str(above if low is None else low)), float(str(high)), "")
    smallest = [f", if not 0 at least {mark.size:g}" for mark in marks if isinstance(mark, Smallest)]
    return "".join([f"above {words}" if low is None else words, *smallest])


def row_meaning(row_class: type[Row]) -> str:
    """Return the meaning of a table: the docstring of its rows, on one line."""
    return " ".join((row_class.__doc__ or "").split())


def _kind(column: Column) -> str:
    words = {"integer": "whole number", "boolean": "true or false", "key": "key", "text": "text", "number": "number"}
    kind = column.unit or words.get(column.kind) or ", ".join(f"`{choice}`" for choice in column.choices)
    return kind + (" or empty" if column.may_be_empty else "") + (", may be left out" if column.may_be_absent else "")


def _range(column: Column) -> str:
    if not column.numeric:
        return ""
    words = plausible_range(column)
    for name, limits in (("usual", column.usual), ("median", column.median)):
        words += f"; {name} {range_text(*limits, column.unit)}" if limits else ""
    return words
