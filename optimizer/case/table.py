"""One table of a case: from its CSV file to typed rows by key, with every fault of every cell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.case import Row
from optimizer.case.cells import read_cell
from optimizer.case.columns import columns_of
from optimizer.case.faults import Fault
from optimizer.case.numerals import decimal_sign
from optimizer.case.text import Sheet, read_sheet


@dataclass(frozen=True)
class Table:
    """The rows of a table by key, in the order of the keys, and the physical line each stands on."""

    file: str
    row_class: type[Row]
    rows: Mapping[Any, Any]
    lines: Mapping[Any, int]


def read_table(path: Path, row_class: type[Row], sign: str | None = None) -> tuple[Table, list[Fault]]:
    """Return the sound rows of a CSV file and every fault; `sign` is its decimal sign where one is declared."""
    sheet, faults = read_sheet(path.read_bytes(), path.name, list(columns_of(row_class)))
    if sheet is None or any(fault.line == sheet.header_line and fault.column is None for fault in faults):
        return Table(path.name, row_class, {}, {}), faults
    return read_rows(sheet, row_class, sign, faults)


def read_rows(sheet: Sheet, row_class: type[Row], sign: str | None, faults: list[Fault]) -> tuple[Table, list[Fault]]:
    """Return the sound rows of a sheet and every fault, those of its form included."""
    columns = columns_of(row_class)
    present = {name: column for name, column in columns.items() if name in sheet.header}
    faults = [*faults, *_absences(sheet, row_class)]
    places = {name: sheet.header.index(name) for name in present}
    figures = [places[name] for name, column in present.items() if column.numeric]
    sign = sign or decimal_sign(row[place] for row in sheet.rows for place in figures)
    rows: dict[tuple[Any, ...], Row] = {}
    lines: dict[tuple[Any, ...], int] = {}
    for line, cells in zip(sheet.lines, sheet.rows, strict=True):
        values: dict[str, Any] = {}
        wrong: list[Fault] = []
        for name, column in present.items():
            value, rule = read_cell(cells[places[name]], column, sign)
            if rule is None:
                values[name] = value
            else:
                wrong.append(Fault(sheet.file, line, name, cells[places[name]], rule))
        if values.keys() >= {*row_class.key}:
            key = tuple(values[name] for name in row_class.key)
            if key in lines:
                shown = ",".join(str(part) for part in key)
                rule = f"repeats the key of line {lines[key]}"
                wrong.append(Fault(sheet.file, line, ",".join(row_class.key), shown, rule))
            elif len(values) == len(columns):
                row, unsound = _build(row_class, values, sheet.file, line)
                wrong += unsound
                if row is not None:
                    rows[key] = row
            lines.setdefault(key, line)
        faults += wrong
    single = len(row_class.key) == 1
    order = sorted(rows)
    return Table(
        sheet.file,
        row_class,
        {key[0] if single else key: rows[key] for key in order},
        {key[0] if single else key: lines[key] for key in order},
    ), faults


def _absences(sheet: Sheet, row_class: type[Row]) -> Iterator[Fault]:
    columns = columns_of(row_class)
    for name in columns:
        if name not in sheet.header:
            yield Fault(sheet.file, sheet.header_line, name, None, "the column is missing")
    last = columns.get(sheet.header[-1])
    if not sheet.rows:
        if not row_class.optional:
            yield Fault(sheet.file, None, None, None, "has a header and no row")
    elif not sheet.ended and last is not None and last.kind not in ("choice", "truth"):
        rule = "the file ends within this line, so its last cell may be cut off: end it with a line end"
        yield Fault(sheet.file, sheet.lines[-1], last.name, sheet.rows[-1][-1], rule)


def _build(row_class: type[Row], values: Mapping[str, Any], file: str, line: int) -> tuple[Row | None, list[Fault]]:
    """Return the validated row, or what its class holds against it."""
    try:
        return row_class.model_validate(values), []
    except ValidationError as error:
        return None, [
            Fault(file, line, str(cause["loc"][0]) if cause["loc"] else None, str(cause["input"]), cause["msg"])
            for cause in error.errors()
        ]
