"""Writes one CSV per result table."""

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

from models.plan import RESULT_TABLES, Plan

if TYPE_CHECKING:
    from pandas import DataFrame

FILES = {name: "flows.csv" if name == "lines" else f"{name}.csv" for name in RESULT_TABLES}
"""Result table -> file."""
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a text begins that a spreadsheet would compute (OWASP, CSV Injection), or that reads like one made harmless."""


def frame_of(plan: Plan, name: str) -> "DataFrame":
    """Return a result table as a frame, a column per field; rows in the order of keys, periods in that of time."""
    from pandas import DataFrame

    order = {period: position for position, period in enumerate(plan.hourly.periods)}
    kind = RESULT_TABLES[name]
    rows = sorted(
        getattr(plan, name),
        key=lambda row: [order[getattr(row, field)] if field == "period" else getattr(row, field) for field in row.key],
    )
    return DataFrame({field: [getattr(row, field) for row in rows] for field in kind.model_fields})


def write_tables(plan: Plan, folder: Path) -> None:
    """Write every result table as CSV (UTF-8, comma, a header of field names, numbers in full).

    An apostrophe stands before a text that a spreadsheet would compute; one taken off gives the text back.
    """
    for name, file in FILES.items():
        frame = frame_of(plan, name)
        with (folder / file).open("w", encoding="utf-8", newline="") as text:
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(frame)
            cells = frame.astype(object).where(frame.notna(), None)  # a number that is not there is an empty cell
            writer.writerows(map(harmless, row) for row in cells.itertuples(index=False, name=None))


def harmless(value: object) -> object:
    """Return a cell with an apostrophe before a text that a spreadsheet would compute."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
