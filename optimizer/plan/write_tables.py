"""Writes one CSV per answer table, and the hourly dispatch as parquet."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from models.plan import ANSWERS, Answer, Hourly, Plan

FILES = {name: "flows.csv" if name == "lines" else f"{name}.csv" for name in ANSWERS}
"""Answer table -> file."""
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a text begins that a spreadsheet would compute (OWASP, CSV Injection), or that reads like one made harmless."""


def write_tables(plan: Plan, folder: Path) -> None:
    """Write every answer table as CSV (UTF-8, comma, a header of field names, numbers in full) and the dispatch.

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
    parquet.write_table(_long_form(plan.hourly), folder / "dispatch.parquet", compression="zstd")


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _place(row: Answer, order: Mapping[str, int]) -> list[Any]:
    return [order[getattr(row, field)] if field == "period" else getattr(row, field) for field in row.key]


def _long_form(hourly: Hourly) -> pa.Table:
    """Return the dispatch with a row per kind, key, period, day and hour."""
    names = [(kind, key) for kind in sorted(hourly.values) for key in sorted(hourly.values[kind])]
    shape = (len(names), len(hourly.periods), len(hourly.days), hourly.hours)
    series = [np.asarray(hourly.values[kind][key], dtype=np.float64) for kind, key in names]
    if any(len(values) != np.prod(shape[1:]) for values in series):
        raise ValueError("hourly values must have one number per period, day and hour")
    name, period, day, hour = (axis.ravel() for axis in np.indices(shape, dtype=np.int32))

    def worded(positions: np.ndarray, words: list[str]) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(positions, pa.array(words, pa.string()))

    kinds, keys = sorted({kind for kind, _ in names}), sorted({key for _, key in names})
    kind_of = np.array([kinds.index(kind) for kind, _ in names], dtype=np.int32)
    key_of = np.array([keys.index(key) for _, key in names], dtype=np.int32)
    return pa.table(
        {
            "period": worded(period, list(hourly.periods)),
            "day": worded(day, list(hourly.days)),
            "hour": hour,
            "kind": worded(kind_of[name], kinds),
            "key": worded(key_of[name], keys),
            "value": np.concatenate(series) if series else np.empty(0),
        }
    )
