"""Markdown sections and tables; a text of the inputs appears as it was given and marks nothing up."""

import re
from collections.abc import Sequence

_MARKS = re.compile(r"[\\`*\[\]|~$#]|(?<![^\W_])_|_(?![^\W_])")
"""What would mark something up; an underscore inside a word does not."""
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;"})


def section(heading: str, *parts: str) -> str:
    """Return a heading and its paragraphs and tables, a blank line after each."""
    return "".join(f"{part}\n\n" for part in (heading, *parts) if part).removesuffix("\n")


def table(header: Sequence[str], rows: Sequence[Sequence[object]], marked: bool = False) -> str:
    """Return a table with numbers to the right, or the word `none`; `marked` texts are Markdown already."""
    if not rows:
        return "none"
    rule = ["---:" if isinstance(value, int | float) else "---" for value in rows[0]]
    lines = [header, rule, *([cell(value, marked) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def cell(value: object, marked: bool = False) -> str:
    """Return a number with about three digits, or a text that cannot break the table; `marked` if it is Markdown."""
    if not isinstance(value, int | float):
        return " ".join(str(value).split()).replace("|", "\\|") if marked else plain(str(value))
    if abs(value) < 5e-7:
        return "0"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def plain(text: str) -> str:
    """Return Markdown that shows a text as it is, on one line."""
    return _MARKS.sub(r"\\\g<0>", " ".join(text.split())).translate(_ENTITIES)


def code(text: str) -> str:
    """Return Markdown that shows a text as code, on one line."""
    flat = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", flat)), default=0))
    return f"{fence}{flat}{fence}" if len(fence) == 1 else f"{fence} {flat} {fence}"
