"""One hourly table of a case: CSV or parquet, a column `hour` and one column per key, checked a column at a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.case import Array, HourlyTable
from optimizer.case.csv_sheet import Sheet, read_sheet
from optimizer.case.faults import NO_ROW, Fault, capped, most_shown, remaining_fault, suggestion
from optimizer.case.hourly_clock import split_title, spreadsheet_date, utc_rows
from optimizer.case.non_numeric_cells import is_date_or_time
from optimizer.case.number_parsing import (
    noise_rule,
    parse_numbers,
    proven_decimal_sign,
    read_number,
    undeclared,
    within_limits,
    without_noise,
)


@dataclass(frozen=True)
class _HourlyColumns:
    """The columns of an hourly file as numbers, and the text each number was read from."""

    file: str
    header_line: int | None
    """Line that names the columns; None in a file without lines."""
    columns: Mapping[str, Array]
    texts: Mapping[str, Sequence[str]]
    lines: Sequence[int]
    sign: str | None
    clock: str
    rows_complete: bool = True
    """Whether no row is missing, so that the hours can be counted."""


def read_hourly(
    path: Path,
    table: HourlyTable,
    known: Collection[str],
    required: Collection[str],
    sign: str | None = None,
    delimiter: str | None = None,
) -> tuple[dict[str, Array], list[Fault]]:
    """Return the columns of an hourly table in the order of their names, shape (hours,), and every fault.

    They are in UTC whatever clock the table keeps; what was done for that, and what noise was set to a bound, is noted.
    """
    declared = ["hour", *known]
    if path.suffix == ".parquet":
        return _check(*_read_parquet(path, declared), table, known, required)
    sheet, faults = read_sheet(path.read_bytes(), path.name, declared)
    sign = sheet.decimal_sign(sign, delimiter) if sheet else None
    return read_hourly_sheet(sheet, faults, table, known, required, sign)


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
        return {}, faults or [Fault(sheet.file, NO_ROW)]
    proven = proven_decimal_sign(cell for row in sheet.rows for cell in row)
    if sign and proven and proven != sign:
        return {}, [*faults, Fault(sheet.file, undeclared(sign))]
    sign = sign or proven
    texts = dict(zip(sheet.header, [list(cells) for cells in zip(*sheet.rows, strict=True)], strict=True))
    columns = {name: parse_numbers(cells, sign) for name, cells in texts.items()}
    record = _HourlyColumns(
        sheet.file, sheet.header_line, columns, texts, sheet.lines, sign, sheet.clock, not sheet.refused
    )
    return _check(record, faults + sheet.cut_short(), table, known, required)


def _check(
    record: _HourlyColumns | None,
    faults: list[Fault],
    table: HourlyTable,
    known: Collection[str],
    required: Collection[str],
) -> tuple[dict[str, Array], list[Fault]]:
    if record is None:
        return {}, faults
    missing = [name for name in ["hour", *required] if name not in record.columns]
    absent = [Fault(record.file, "the column is missing", record.header_line, name) for name in missing]
    faults += capped(absent, "columns that are missing", alike=lambda _: None)
    values = dict(record.columns)
    hours = values.pop("hour", None)
    if hours is not None and record.rows_complete:
        faults += _hour_faults(record, hours)
    rows = None
    if record.clock:
        rows, clock_fault = _rows(record, len(next(iter(record.columns.values()))))
        faults += clock_fault
    for name, given in values.items():
        numbers = without_noise(given, table)
        faults += _cell_faults(record, name, numbers, table)
        faults += _noise_notes(record, name, numbers)
        values[name] = numbers if rows is None else numbers[rows]
        values[name].setflags(write=False)
    return {name: values[name] for name in sorted(values) if name in known}, faults


def _rows(record: _HourlyColumns, hours: int) -> tuple[NDArray[np.intp] | None, list[Fault]]:
    """Return the row that each hour of UTC takes, and the note on the table's clock."""
    try:
        rows, note = utc_rows(record.clock, hours)
    except ValueError as error:
        return None, [Fault(record.file, str(error), record.header_line, "hour", record.clock)]
    return rows, [Fault(record.file, note, column="hour", note=True)] if note else []


def _read_parquet(path: Path, declared: list[str]) -> tuple[_HourlyColumns | None, list[Fault]]:
    from pyarrow import ArrowException, parquet, types

    try:
        with path.open("rb") as stream, parquet.ParquetFile(stream) as file:  # read_table would load pandas first
            table = file.read()
    except (ArrowException, OSError) as error:
        return None, [Fault(path.name, f"cannot be read as parquet: {str(error).splitlines()[0]}")]
    if not table.num_rows:
        return None, [Fault(path.name, "has no row")]
    faults: list[Fault] = []
    columns: dict[str, Array] = {}
    clock = ""
    for title, column in zip(table.column_names, table.columns, strict=True):
        name, stated = split_title(title)
        clock = clock or stated
        if name in columns:
            faults.append(Fault(path.name, "the column appears more than once", column=name))
        elif name not in declared:
            faults.append(Fault(path.name, "unknown column" + suggestion(name, declared), column=name))
        elif types.is_temporal(column.type):
            faults.append(Fault(path.name, _DATE_OR_TIME_RULE, column=name, value=str(column.type)))
        elif not (types.is_floating(column.type) or types.is_integer(column.type)):
            faults.append(Fault(path.name, "the column must hold numbers", column=name, value=str(column.type)))
        else:
            columns[name] = _numbers(column)
    faults = capped(faults, "such columns", alike=lambda fault: fault.rule.partition(" (")[0])
    return _HourlyColumns(path.name, None, columns, {}, range(1, table.num_rows + 1), ".", clock), faults


def _numbers(column: Any) -> Array:
    """Return the numbers of a column, NaN where a cell is empty; only that takes pandas, which is slow to load."""
    parts = [column.to_numpy()] if column.null_count else [np.from_dlpack(chunk) for chunk in column.chunks]
    return np.concatenate(parts, dtype=np.float64)


def _text(record: _HourlyColumns, name: str, position: int) -> str:
    return record.texts[name][position] if record.texts else f"{record.columns[name][position]:.12g}"


def _hour_faults(record: _HourlyColumns, hours: Array) -> list[Fault]:
    """Return the fault of the first hour that is not one more than the hour before."""
    for position in np.flatnonzero(hours != np.arange(len(hours)))[:1]:
        text = _text(record, "hour", position)
        rule = (
            _DATE_OR_TIME_RULE if is_date_or_time(text) else f"must be {position}: hours run 0, 1, 2, ... without gap"
        )
        if position == 0 and (day := spreadsheet_date(hours)):
            rule += f" ({text} is {day:%Y-%m-%d %H:%M} as spreadsheet programs count days)"
        return [Fault(record.file, rule, record.lines[position], "hour", text)]
    return []


def _cell_faults(record: _HourlyColumns, name: str, numbers: Array, table: HourlyTable) -> list[Fault]:
    wrong = np.flatnonzero(~within_limits(numbers, table))
    faults = []
    for position in wrong[: most_shown()]:
        text = _text(record, name, position)
        _, rule = read_number(text, record.sign, table)
        faults.append(Fault(record.file, rule or "is no sound number", record.lines[position], name, text))
    if rest := wrong[most_shown() :].tolist():
        faults.append(remaining_fault(Fault(record.file, "", record.lines[rest[0]], name), len(rest)))
    return faults


def _noise_notes(record: _HourlyColumns, name: str, numbers: Array) -> list[Fault]:
    """Return the note of the first number of a column that was noise, with how many there are."""
    given = record.columns[name]
    settled = np.flatnonzero((numbers != given) & ~np.isnan(given))
    rule = noise_rule(numbers[settled[0]]) if len(settled) else ""
    rule += f", with {len(settled) - 1:,} more of this column" if len(settled) > 1 else ""
    return [
        Fault(record.file, rule, record.lines[row], name, _text(record, name, row), note=True, count=len(settled))
        for row in settled[:1]
    ]


_DATE_OR_TIME_RULE = (
    "is a date or time: hours are counted, 0, 1, 2, ...; whose clock they keep stands in the name of the column"
)
