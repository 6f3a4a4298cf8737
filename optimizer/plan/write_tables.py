"""Writes one CSV per answer table."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.plan import ANSWERS, Answer, Plan

FILES = {name: "flows.csv" if name == "lines" else f"{name}.csv" for name in ANSWERS}
"""Answer table -> file."""
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a text begins that a spreadsheet would compute (OWASP, CSV Injection), or that reads like one made harmless."""


def write_tables(plan: Plan, folder: Path) -> None:
    """Write every answer table as CSV (UTF-8, comma, a header of field names, numbers in full).

    Rows are in the order of their keys, periods in the order of time. An apostrophe stands before a text that a
    spreadsheet would compute; one taken off gives the text back.
    """
    order = {period: position for position, period in enumerate(plan.hourly.periods)}
    for name, kind in ANSWERS.items():
        fields = list(kind.model_fields)
        with (folder / FILES[name]).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(fields)
            rows = sorted(getattr(plan, name), key=lambda row: _place(row, order))
            writer.writerows([_harmless(getattr(row, field)) for field in fields] for row in rows)


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _place(row: Answer, order: Mapping[str, int]) -> list[Any]:
    return [order[getattr(row, field)] if field == "period" else getattr(row, field) for field in row.key]
