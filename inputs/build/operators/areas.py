"""A table of areas, for operators that give one figure for all nodes of an area (Statnett) or a list of no fixed form.

Commas; a first line `# as_of: YYYY-MM-DD`; columns `area`, `free_mw`, `from_year`, `note`. `free_mw` is in MW with a
decimal point; blank means that no figure is given. Lines that start with # are remarks.
"""

import csv
from datetime import date
from pathlib import Path

from inputs.build.operators.node import FormatError, NodeHeadroom, unique

COLUMNS = ["area", "free_mw", "from_year", "note"]
DATED = "# as_of:"


def read(path: Path) -> list[NodeHeadroom]:
    """Read a table of areas; raise FormatError on columns, numbers, years or areas that are not as described above."""
    lines = list(enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1))
    if not lines or not lines[0][1].startswith(DATED):
        raise FormatError(path, 1, "as_of", lines[0][1] if lines else "", f"the first line is {DATED} YYYY-MM-DD")
    try:
        as_of = date.fromisoformat(lines[0][1].removeprefix(DATED).strip())
    except ValueError as error:
        raise FormatError(path, 1, "as_of", lines[0][1], f"the first line is {DATED} YYYY-MM-DD") from error
    kept = [(number, text) for number, text in lines if text.strip() and not text.startswith("#")]
    if not kept or kept[0][1].split(",") != COLUMNS:
        line, text = kept[0] if kept else (1, "")
        raise FormatError(path, line, "", text, f"the columns are {','.join(COLUMNS)}")
    found = []
    for number, text in kept[1:]:
        cells = next(csv.reader([text]))
        if len(cells) != len(COLUMNS) or not cells[0].strip():
            raise FormatError(path, number, "area", text, f"an area and {len(COLUMNS)} cells are expected")
        area, free, year, note = (cell.strip() for cell in cells)
        free_mw = _number(path, number, "free_mw", free) if free else None
        from_year = int(_number(path, number, "from_year", year))
        found.append((number, NodeHeadroom(area, area, None, area, free_mw, False, from_year, note, as_of)))
    return unique(path, found, "area")


def _number(path: Path, line: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise FormatError(path, line, column, text, "a number with a decimal point is expected") from error
    if not 0 <= value < 100_000:
        raise FormatError(path, line, column, text, "a number of 0 or more is expected")
    return value
