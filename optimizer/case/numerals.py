"""Numbers as people write them: 1200.5, 1,200.5, 1.200,5, 1 200,5; never guessed where two readings are possible."""

import math
import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from models.case import Array

SMALLEST = 1e-7
"""Nonzero magnitudes below this are refused: no quantity of the model is that small in its unit."""

_GROUP_MARKS = " \u00a0\u2009\u202f'\u2019"
_OTHER = {".": ",", ",": "."}
_GRAMMAR = {
    sign: re.compile(
        rf"[+\-\u2212]?(?:\d+(?:[{sign}]\d+)?(?:[eE][+-]?\d+)?|[{sign}]\d+"
        rf"|[1-9]\d{{0,2}}([{_OTHER[sign]}{_GROUP_MARKS}])\d{{3}}(?:\1\d{{3}})*(?:[{sign}]\d+)?)",
        re.ASCII,
    )
    for sign in ".,"
}
_TO_PLAIN = {
    sign: str.maketrans(dict.fromkeys(_OTHER[sign] + _GROUP_MARKS, "") | {sign: ".", "\u2212": "-"}) for sign in ".,"
}
_POINTED = re.compile(r"[0-9.eE+\-\n]*", re.ASCII)
_SIGNLESS = re.compile(r"[0-9\n\-]*", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE)


def decimal_sign(cells: Iterable[str]) -> str | None:
    """Return the decimal sign that the first unambiguous cell proves, None if no cell does."""
    for cell in cells:
        if "." in cell or "," in cell:
            possible = [sign for sign in ".," if _GRAMMAR[sign].fullmatch(cell)]
            if len(possible) == 1:
                return possible[0]
    return None


def readable_both_ways(cell: str) -> bool:
    """Tell whether a cell is one number with a decimal point and another with a decimal comma."""
    return ("." in cell or "," in cell) and all(_GRAMMAR[sign].fullmatch(cell) for sign in ".,")


def parse_number(cell: str, sign: str) -> float | None:
    """Return the number a cell holds under a decimal sign, infinite if it overflows, None if it is no number."""
    return float(cell.translate(_TO_PLAIN[sign])) if _GRAMMAR[sign].fullmatch(cell) else None


def parse_numbers(cells: list[str], sign: str | None) -> Array:
    """Return the numbers of a whole column, NaN where a cell is none or can be read two ways."""
    if sign in (".", None) and (_POINTED if sign else _SIGNLESS).fullmatch("\n".join(cells)):
        try:
            return np.array(cells, dtype=np.float64)
        except ValueError:
            pass  # some cell is empty or malformed: read one by one
    numbers = [None if sign is None and readable_both_ways(cell) else parse_number(cell, sign or ".") for cell in cells]
    return np.array([math.nan if number is None else number for number in numbers])


def read_number(cell: str, sign: str | None, low: float, high: float, unit: str) -> tuple[float | None, str | None]:
    """Return the number a cell holds and the rule it breaks, if any; `sign` is None where no cell proves one."""
    if sign is None and readable_both_ways(cell):
        return None, 'can be read two ways: declare `decimalChar` ("." or ",") for the file in datapackage.json'
    number = parse_number(cell, sign or ".")
    if number is None:
        return None, _unreadable_rule(cell, sign or ".")
    if math.isinf(number):
        return None, "must be a finite number, this one overflows"
    return number, _range_rule(number, low, high, unit)


def sound(numbers: Array, low: float, high: float) -> NDArray[np.bool_]:
    """Tell which numbers of a column keep the rules that `read_number` states."""
    size = np.abs(numbers)
    kept: NDArray[np.bool_] = (
        np.isfinite(size) & (numbers >= low) & (numbers <= high) & ((size == 0) | (size >= SMALLEST))
    )
    return kept


def _unreadable_rule(cell: str, sign: str) -> str:
    if not cell:
        return "is empty, must be a number"
    if _NOT_FINITE.fullmatch(cell):
        return "must be a finite number"
    if _GRAMMAR[_OTHER[sign]].fullmatch(cell):
        names = {".": "point", ",": "comma"}
        return f"has a decimal {names[_OTHER[sign]]} in a file whose other cells have a decimal {names[sign]}"
    return "is not a number"


_SLIPS: dict[str, tuple[tuple[float, str], ...]] = {
    "MW": ((1e3, "kW"), (1e6, "W")),
    "kW": ((1e3, "W"),),
    "TWh": ((1e3, "GWh"), (1e6, "MWh")),
    "km": ((1e3, "m"),),
    "share (0..1)": ((1e2, "percent"),),
    "million EUR (2025)": ((1e3, "thousand EUR"), (1e6, "EUR")),
    "million EUR per MW": ((1e3, "EUR per kW"), (1e6, "EUR per MW")),
    "million EUR per MW and km": ((1e3, "EUR per kW and km"), (1e6, "EUR per MW and km")),
    "million EUR per kH100e and year": ((1e6, "EUR per kH100e and year"),),
    "EUR/MWh": ((1e2, "cent/MWh"), (1e3, "thousandths of a EUR/MWh")),
    "kg CO2 per MWh (= g/kWh)": ((1e3, "g per MWh"),),
    "thousand chips": ((1e3, "chips"),),
    "thousand H100-equivalents": ((1e3, "H100-equivalents"),),
    "million m3": ((1e3, "thousand m3"), (1e6, "m3")),
    "litres per kWh of servers": ((1e3, "litres per MWh"),),
    "ms, round trip": ((1e3, "microseconds"),),
}
"""Unit -> (how many times too large a number is, the unit probably written)."""


def _range_rule(value: float, low: float, high: float, unit: str) -> str | None:
    """Say which limit a finite number of a unit breaks, with the slip of unit that may explain it."""
    if 0 < abs(value) < SMALLEST:
        return f"is not zero but below {SMALLEST:g} in magnitude: write 0, or check the unit"
    if low <= value <= high:
        return None
    symbol = unit.split(",")[0].split(" (")[0]
    slip = next((name for times, name in _SLIPS.get(unit, ()) if low <= value / times <= high), None)
    hint = f" ({slip} written for {symbol}?)" if slip else ""
    return f"outside {span(low, high, unit)} {unit}".rstrip() + hint


def span(low: float, high: float, unit: str) -> str:
    """Return a range in words: 0 .. 5,000; years have no comma."""
    comma = "" if unit == "calendar year" else ","
    return f"{low:{comma}.10g} .. {high:{comma}.10g}"
