"""Numbers as people write them: 1200.5, 1,200.5, 1.200,5, 1 200,5; never guessed where two readings are possible."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.case import Array, HourlyTable
from models.units import SLIPS, SMALLEST
from optimizer.case.columns import Column
from optimizer.case.non_numeric_cells import non_number_rule

Limits = Column | HourlyTable
"""What a number must keep: a range, a least magnitude of what is not zero, a unit."""
CELLS_READ = 1000
"""So many cells settle the decimal sign of a file."""

NOISE = 1e-6
"""A computed number may miss a bound or 0 by so much, in the unit of its column; it is then set to it."""
COMPUTED = ("share (0..1)", "MW", "TWh", "kg CO2 per MWh (= g/kWh)", "degrees Celsius")
"""Units of the columns whose numbers people compute; money, counts and sizes are stated."""
_GROUP_MARKS = " \u00a0\u2009\u202f'\u2019"
_OTHER = {".": ",", ",": "."}
_NAMES = {".": "point", ",": "comma"}
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
_POINTED = re.compile(r"(?:[+-]?(?:\d+(?:\.\d+)?(?:[eE]\+?\d+)?|\.\d+)\n)*+", re.ASCII)
_SIGNLESS = re.compile(r"(?:-?\d+\n)*+", re.ASCII)
_NOT_ZERO = re.compile(r"[^eE]*[1-9]")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf(?:inity)?)", re.IGNORECASE)


def proven_decimal_sign(cells: Iterable[str]) -> str | None:
    """Return the decimal sign that most of the first unambiguous cells prove, None if no cell does."""
    proofs = (
        possible[0]
        for cell in cells
        if ("." in cell or "," in cell)
        and len(possible := [sign for sign in ".," if _GRAMMAR[sign].fullmatch(cell)]) == 1
    )
    found = Counter(islice(proofs, CELLS_READ))
    return found.most_common(1)[0][0] if found else None


def readable_both_ways(cell: str) -> bool:
    """Tell whether a cell is one number with a decimal point and another with a decimal comma."""
    return ("." in cell or "," in cell) and all(_GRAMMAR[sign].fullmatch(cell) for sign in ".,")


def parse_number(cell: str, sign: str) -> float | None:
    """Return the number a cell holds under a decimal sign, None if it is none; what underflows does not become 0."""
    if not _GRAMMAR[sign].fullmatch(cell):
        return None
    plain = cell.translate(_TO_PLAIN[sign])
    return float(plain) or (math.ulp(0.0) if _NOT_ZERO.match(plain) else 0.0)


def parse_numbers(cells: list[str], sign: str | None) -> Array:
    """Return the numbers of a whole column, NaN where a cell is none or can be read two ways."""
    lines = "\n".join([*cells, ""])
    plain = sign in (".", None) and lines.count("\n") == len(cells)
    if plain and (_POINTED if sign else _SIGNLESS).fullmatch(lines):
        return np.array(cells, dtype=np.float64)
    numbers = [None if sign is None and readable_both_ways(cell) else parse_number(cell, sign or ".") for cell in cells]
    return np.array([math.nan if number is None else number for number in numbers])


def read_number(cell: str, sign: str | None, limits: Limits) -> tuple[float | None, str | None]:
    """Return the number a cell holds and the rule it breaks, if any; `sign` is None where no cell proves one."""
    if sign is None and readable_both_ways(cell):
        return None, 'can be read two ways: declare `decimalChar` ("." or ",") for the file in datapackage.json'
    number = parse_number(cell, sign or ".")
    if number is None:
        return None, _unreadable_rule(cell, sign or ".", limits)
    if math.isinf(number):
        return None, "must be a finite number, this one overflows"
    number = float(without_noise(np.array(number), limits))
    return number, _broken_limit(number, limits)


def without_noise(numbers: Array, limits: Limits) -> Array:
    """Return numbers, shape as given, in which noise of computation is set to the bound or the 0 that it misses."""
    if limits.unit not in COMPUTED:
        return numbers
    bound = np.clip(numbers, limits.low, limits.high)
    bound = np.where((abs(numbers) < NOISE) & (limits.low <= 0 <= limits.high), 0.0, bound)
    settled: Array = np.where(~_is_within_limits(numbers, limits) & (abs(numbers - bound) <= NOISE), bound, numbers)
    return settled


def is_noise(cell: str, sign: str | None, value: float) -> bool:
    """Tell whether the value read from the cell of a number is a bound that the number misses."""
    return parse_number(cell, sign or ".") != value


def noise_rule(value: float) -> str:
    """Say what noise was set to."""
    return f"is noise of computation: read as {value:g}"


def undeclared(sign: str) -> str:
    """Say that the numbers of a file prove another decimal sign than the one declared for it."""
    return (
        f"its numbers have a decimal {_NAMES[_OTHER[sign]]}, but its `decimalChar` in datapackage.json is "
        f'"{sign}": change that to "{_OTHER[sign]}"'
    )


def within_limits(numbers: Array, limits: Limits) -> NDArray[np.bool_]:
    """Tell which numbers keep their limits, shape as given; NaN and infinity do not."""
    kept: NDArray[np.bool_] = _is_within_limits(numbers, limits)
    return kept


def _is_within_limits(numbers: Any, limits: Limits) -> Any:
    """Tell of one number or of an array."""
    size = abs(numbers)
    return (
        (size < math.inf)
        & (numbers >= limits.low)
        & (numbers <= limits.high)
        & ((size == 0) | (numbers >= limits.smallest) | (numbers <= -limits.smallest_below_zero))
    )


def _unreadable_rule(cell: str, sign: str, limits: Limits) -> str:
    if not cell:
        return "is empty, must be a number"
    if _NOT_FINITE.fullmatch(cell):
        return "must be a finite number"
    if _GRAMMAR[_OTHER[sign]].fullmatch(cell):
        return f"has a decimal {_NAMES[_OTHER[sign]]} in a file whose other cells have a decimal {_NAMES[sign]}"
    return non_number_rule(cell, lambda text: parse_number(text, sign), limits.unit)


def _broken_limit(value: float, limits: Limits) -> str | None:
    """Say which limit a finite number breaks, with the slip of unit that may explain it."""
    if _is_within_limits(value, limits):
        return None
    honest = [((value - slip.plus) / slip.times, slip.unit) for slip in SLIPS.get(limits.unit, ())]
    slips = [unit for number, unit in honest if _is_within_limits(number, limits)]
    symbol = limits.unit.split(",")[0].split(" (")[0]
    hint = f" ({slips[0]} written for {symbol}?)" if slips else _HINTS.get(limits.unit, "")
    if limits.low <= value <= limits.high:
        return f"is not zero but below {limits.smallest:g}{f' {symbol}' if symbol else ''} in magnitude{hint}"
    return f"outside {range_text(limits.low, limits.high, limits.unit)} {limits.unit}".rstrip() + hint


_HINTS = dict.fromkeys(("degrees north", "degrees east"), ": not in Europe (latitude and longitude swapped?)")


def plausible_range(limits: Limits) -> str:
    """Return the numbers that limits allow, in words: 0 .. 5,000, if not 0 at least 0.5."""
    words = range_text(limits.low, limits.high, limits.unit)
    holds_zero = limits.low <= 0 <= limits.high and limits.smallest > SMALLEST
    return f"{words}, if not 0 at least {limits.smallest:g}" if holds_zero else words


def range_text(low: float, high: float, unit: str) -> str:
    """Return a range in words: 0 .. 5,000; years have no comma."""
    comma = "" if unit == "calendar year" else ","
    return f"{low:{comma}.10g} .. {high:{comma}.10g}"
