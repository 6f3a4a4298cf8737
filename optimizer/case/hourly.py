"""One hourly table of a case: CSV or parquet, a column `hour` and one column per key, checked a column at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.case import Array, HourlyTable
from optimizer.case.faults import Fault, suggestion
from optimizer.case.numerals import decimal_sign, parse_numbers, read_number, sound
from optimizer.case.text import Sheet, read_sheet

SHOWN = 5
"""Faulty cells told one by one for each column of an hourly table; the others are counted."""


@dataclass(frozen=True)
class _Record:
    """The columns of an hourly file as numbers, and the text each number was read from."""

    file: str
    header_line: int | None
    """Line that names the columns; None in a file without lines."""
    columns: Mapping[str, Array]
    texts: Mapping[str, Sequence[str]]
    lines: Sequence[int]
    sign: str | None


def read_hourly(
    path: Path, table: HourlyTable, known: Collection[str], required: Collection[str], sign: str | None = None
) -> tuple[dict[str, Array], list[Fault]]:
    """Return the columns of an hourly table in the order of their names, shape (hours,), and every fault."""
    declared = ["hour", *known]
    if path.suffix == ".parquet":
        return _check(*_read_parquet(path, declared), table, known, required)
    return read_hourly_sheet(*read_sheet(path.read_bytes(), path.name, declared), table, known, required, sign)


def read_hourly_sheet(
    sheet: Sheet | None,
    faults: list[Fault],
    table: HourlyTable,
    known: Collection[str],
    required: Collection[str],
    sign: str | None = None,
) -> tuple[dict[str, Array], list[Fault]]:
    """Return the columns of an hourly table from its sheet, and every fault, those of the sheet's form included."""
    if sheet is None:
        return {}, faults
    if not sheet.rows:
        return {}, faults or [Fault(sheet.file, None, None, None, "has a header and no row")]
    sign = sign or decimal_sign(cell for row in sheet.rows for cell in row)
    texts = dict(zip(sheet.header, [list(cells) for cells in zip(*sheet.rows, strict=True)], strict=True))
    columns = {name: parse_numbers(cells, sign) for name, cells in texts.items()}
    record = _Record(sheet.file, sheet.header_line, columns, texts, sheet.lines, sign)
    return _check(record, faults + sheet.cut_short(), table, known, required)


def _check(
    record: _Record | None, faults: list[Fault], table: HourlyTable, known: Collection[str], required: Collection[str]
) -> tuple[dict[str, Array], list[Fault]]:
    if record is None:
        return {}, faults
    for name in ["hour", *required]:
        if name not in record.columns:
            faults.append(Fault(record.file, record.header_line, name, None, "the column is missing"))
    values = dict(record.columns)
    hours = values.pop("hour", None)
    if hours is not None:
        faults += _hour_faults(record, hours)
    for name, numbers in values.items():
        faults += _cell_faults(record, name, numbers, table)
        numbers.setflags(write=False)
    return {name: values[name] for name in sorted(values) if name in known}, faults


def _read_parquet(path: Path, declared: list[str]) -> tuple[_Record | None, list[Fault]]:
    from pyarrow import ArrowException, parquet, types

    try:
        with parquet.ParquetFile(path) as file:  # read_table would load pandas first
            table = file.read()
    except (ArrowException, OSError) as error:
        return None, [Fault(path.name, None, None, None, f"cannot be read as parquet: {str(error).splitlines()[0]}")]
    if not table.num_rows:
        return None, [Fault(path.name, None, None, None, "has no row")]
    faults: list[Fault] = []
    columns: dict[str, Array] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name in columns:
            faults.append(Fault(path.name, None, name, None, "the column appears more than once"))
        elif name not in declared:
            faults.append(Fault(path.name, None, name, None, "unknown column" + suggestion(name, declared)))
        elif not (types.is_floating(column.type) or types.is_integer(column.type)):
            faults.append(Fault(path.name, None, name, str(column.type), "the column must hold numbers"))
        else:
            columns[name] = _numbers(column)
    return _Record(path.name, None, columns, {}, range(1, table.num_rows + 1), "."), faults


def _numbers(column: Any) -> Array:
    """Return the numbers of a column, NaN where a cell is empty; only that takes pandas, which is slow to load."""
    parts = [column.to_numpy()] if column.null_count else [np.from_dlpack(chunk) for chunk in column.chunks]
    return np.concatenate(parts, dtype=np.float64)


def _text(record: _Record, name: str, position: int) -> str:
    return record.texts[name][position] if record.texts else f"{record.columns[name][position]:.12g}"


def _hour_faults(record: _Record, hours: Array) -> list[Fault]:
    """Return the fault of the first hour that is not one more than the hour before."""
    for position in np.flatnonzero(hours != np.arange(len(hours)))[:1]:
        rule = f"must be {position}: hours run 0, 1, 2, ... without gap"
        return [Fault(record.file, record.lines[position], "hour", _text(record, "hour", position), rule)]
    return []


def _cell_faults(record: _Record, name: str, numbers: Array, table: HourlyTable) -> list[Fault]:
    wrong = np.flatnonzero(~sound(numbers, table))
    faults = []
    for position in wrong[:SHOWN]:
        text = _text(record, name, position)
        _, rule = read_number(text, record.sign, table)
        faults.append(Fault(record.file, record.lines[position], name, text, rule or "is no sound number"))
    if len(wrong) > SHOWN:
        rule = f"and {len(wrong) - SHOWN:,} more cells of this column from here on"
        faults.append(Fault(record.file, record.lines[wrong[SHOWN]], name, None, rule))
    return faults
