"""Cells of numbers that hold something else: dates, percentages, units, marks between digits; each is named."""

import re
from collections.abc import Callable

from models.units import SLIPS

_PARTS = {"%": 0.01, "percent": 0.01, "per cent": 0.01, "pc": 0.01, "pct": 0.01, "\u2030": 0.001, "per mille": 0.001}
"""What people write behind a share, and what one of it is."""
_WITH_UNIT = re.compile(
    r"([+\-\u2212]?[\d.,][\d.,\u00a0\u2009\u202f ']*)\s*([^\W\d][^\d\n]{0,30}|[%\u2030\u20ac$\u00b0][^\d\n]{0,30})"
)
_MARKED_DIGITS = re.compile(r"[+\-\u2212]?\d+(?:[.,_ \u00a0\u2009\u2007\u202f'\u2019]\d+)+", re.ASCII)
_DATE_OR_TIME = re.compile(
    r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2}))(?:[T ]+\d{1,2}(?::\d{2}){1,2}.{0,12})?"
    r"|\d{1,2}(?::\d{2}){1,2}(?: ?[AaPp][Mm])?",
    re.ASCII,
)


def non_number_rule(cell: str, parse: Callable[[str], float | None], unit: str) -> str:
    """Return the rule that a cell breaks which is no number, with how it should be written where that is known.

    `parse` reads a number as its file writes them, `unit` is the unit of its column.
    """
    if is_date_or_time(cell):
        return "is a date or time, not a number"
    return "is not a number" + (_digits_hint(cell) or _unit_hint(cell, parse, unit))


def is_date_or_time(text: str) -> bool:
    """Tell whether a text is a date or a time."""
    return _DATE_OR_TIME.fullmatch(text) is not None


def _digits_hint(cell: str) -> str:
    """Say that marks between digits part no thousands, if that is all that is wrong."""
    if not _MARKED_DIGITS.fullmatch(cell):
        return ""
    return ": its marks do not part thousands (1,200.5 or 1 200,5); write it without"


def _unit_hint(cell: str, parse: Callable[[str], float | None], column: str) -> str:
    """Say how a number that has its unit behind it is written in the unit of its column."""
    found = _WITH_UNIT.fullmatch(cell)
    number = parse(found[1].strip()) if found else None
    if found is None or number is None:
        return ""
    unit, symbol = found[2].strip(), column.split(",")[0].split(" (")[0]
    found_unit = f": it has `{unit}` behind it"
    share = _PARTS.get(unit.casefold())
    if share and column in ("share (0..1)", "factor"):
        return f": it is in per{'cent' if share == 0.01 else ' mille'}; write {number * share:.10g}"
    if unit.casefold() == symbol.casefold():
        return f"{found_unit}; write {number:.10g}"
    slip = next((slip for slip in SLIPS.get(column, ()) if slip.unit.casefold() == unit.casefold()), None)
    if slip:
        return f"{found_unit}, but the column is in {symbol}; write {(number - slip.plus) / slip.times:.10g}"
    return f"{found_unit}; write the number alone{f', in {symbol}' if symbol else ''}"
