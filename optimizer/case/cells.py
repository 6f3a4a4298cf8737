"""One cell of a table: from its text to a value of its column's kind, or the rule it breaks."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from optimizer.case.columns import Column, Kind
from optimizer.case.faults import suggestion
from optimizer.case.number_parsing import read_number

Reading = tuple[Any, str | None]
"""The value of a cell and the rule it breaks (None if none)."""

_BOOLEANS = {"true": True, "false": False}
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories of characters that no reader sees."""


def read_cell(cell: str, column: Column, sign: str | None) -> Reading:
    """Read a cell of a column; `sign` is the decimal sign of its file, None where no cell shows one."""
    return _READERS[column.kind](cell, column, sign)


def _read_number(cell: str, column: Column, sign: str | None) -> Reading:
    number, rule = read_number(cell, sign, column)
    if column.kind == "integer" and number is not None:
        return int(number), rule or (None if number.is_integer() else "must be a whole number")
    return number, rule


def _read_boolean(cell: str, column: Column, sign: str | None) -> Reading:
    value = _BOOLEANS.get(cell.lower())
    return value, "must be true or false" if value is None else None


def _read_choice(cell: str, column: Column, sign: str | None) -> Reading:
    if cell in column.choices or (not cell and column.may_be_empty):
        return cell, None
    return None, f"must be one of {', '.join(column.choices)}" + suggestion(cell, column.choices)


def _read_key(cell: str, column: Column, sign: str | None) -> Reading:
    if not cell:
        return cell, None if column.may_be_empty else "is empty, must be a key"
    strange = next((letter for letter in cell if not letter.isascii()), None)
    if strange:
        name = unicodedata.name(strange, f"U+{ord(strange):04X}").lower()
        return None, f"{strange!r} is {name}; keys have only the letters A-Z and a-z, digits, _ + -"
    if column.pattern and not re.fullmatch(column.pattern.strip("^$"), cell):
        return None, "must be a key: up to 48 of the letters A-Z and a-z, digits, _ + -, a letter or digit first"
    return cell, None


def _read_text(cell: str, column: Column, sign: str | None) -> Reading:
    if not cell and not column.may_be_empty:
        return None, "is empty"
    if strange := invisible_letter(cell):
        return None, f"holds the unreadable or invisible character U+{ord(strange):04X}"
    return cell, None


def cell_text(value: object) -> str:
    """Return a value as the text of a cell that reads back exactly; whole numbers have no decimal point."""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def invisible_letter(text: str) -> str | None:
    """Return the first character of a text that nobody can read or see, if there is one."""
    if text.isprintable() and "\ufffd" not in text:  # quick, and never true of the categories below
        return None
    return next((letter for letter in text if letter == "\ufffd" or unicodedata.category(letter) in _INVISIBLE), None)


_READERS: Mapping[Kind, Callable[[str, Column, str | None], Reading]] = {
    "number": _read_number,
    "integer": _read_number,
    "boolean": _read_boolean,
    "choice": _read_choice,
    "key": _read_key,
    "text": _read_text,
}
