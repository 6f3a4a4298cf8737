"""One table of a case: from its CSV file to typed rows by key, with every fault of every cell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.case import Row
from optimizer.case.cells import Reading, read_cell
from optimizer.case.columns import columns_of
from optimizer.case.csv_sheet import Sheet, read_sheet
from optimizer.case.faults import NO_ROW, Fault, capped
from optimizer.case.number_parsing import is_noise, noise_rule, proven_decimal_sign, undeclared

_UNREAD: Reading = None, "is not read"


@dataclass(frozen=True)
class Table:
    """The rows of a table by key (a text, or a tuple where several columns identify a row)."""

    file: str
    row_class: type[Row]
    rows: Mapping[Any, Any]
    """Sound rows, in the order of their keys."""
    lines: Mapping[Any, int]
    """Physical line of every key, those of unsound rows included."""
    keys_complete: bool = True
    """Whether the key of every row is known."""
    files: Mapping[Any, str] = field(default_factory=dict)
    """File of the keys whose rows come from another one."""

    @property
    def hidden_keys(self) -> str | None:
        """The table's file if rows were refused whose keys are not known: one that is not found may be among them."""
        return None if self.keys_complete else self.file

    @property
    def rows_refused(self) -> bool:
        """Whether the table has more than its sound rows: what these do not hold is then not known to be missing."""
        return not self.keys_complete or len(self.rows) < len(self.lines)

    def file_of(self, key: Any) -> str:
        """Return the file that holds the row with a key."""
        return self.files.get(key, self.file)

    def fault(self, key: Any, column: str, rule: str, follows: str | None = None) -> Fault:
        """Return the fault of one cell of a sound row; `follows` is the file whose faults may be its cause."""
        shown = getattr(self.rows[key], column)
        text = f"{shown:.15g}" if isinstance(shown, float) else str(shown)
        return Fault(self.file_of(key), rule, self.lines[key], column, text, follows)


Tables = Mapping[str, Table]


def read_table(
    path: Path, row_class: type[Row], sign: str | None = None, delimiter: str | None = None
) -> tuple[Table, list[Fault]]:
    """Return the sound rows of a CSV file and every fault; its decimal sign and delimiter may be declared."""
    sheet, faults = read_sheet(path.read_bytes(), path.name, list(columns_of(row_class)))
    sign = sheet.decimal_sign(sign, delimiter) if sheet else None
    return read_rows(sheet, path.name, row_class, sign, faults)


def read_rows(
    sheet: Sheet | None, file: str, row_class: type[Row], sign: str | None, faults: list[Fault]
) -> tuple[Table, list[Fault]]:
    """Return the sound rows of a sheet, every fault, those of its form included, and what noise was set to a bound."""
    if sheet is None or any(fault.line == sheet.header_line and fault.column is None for fault in faults):
        return Table(file, row_class, {}, {}, keys_complete=False), faults
    columns = columns_of(row_class)
    present = {name: column for name, column in columns.items() if name in sheet.header}
    needed = {name for name, column in columns.items() if not column.may_be_absent}
    if not sheet.rows and not faults and not row_class.optional:
        faults = [Fault(sheet.file, NO_ROW)]
    faults = [*faults, *_absences(sheet, row_class)]
    column_index = {name: sheet.header.index(name) for name in present}
    number_columns = [column_index[name] for name, column in present.items() if column.numeric]
    proven = proven_decimal_sign(row[index] for row in sheet.rows for index in number_columns)
    if sign and proven and proven != sign:
        return Table(file, row_class, {}, {}, keys_complete=False), [
            *faults,
            Fault(file, undeclared(sign)),
        ]
    sign = sign or proven
    rows: dict[tuple[Any, ...], Row] = {}
    lines: dict[tuple[Any, ...], int] = {}
    known: dict[str, int] = {}
    found: list[Fault] = []
    keys_complete = sheet.rows_complete and not sheet.refused and present.keys() >= {*row_class.key}
    keys_complete &= bool(sheet.rows) or row_class.optional
    for line, cells in zip(sheet.lines, sheet.rows, strict=True):
        values: dict[str, Any] = {}
        wrong: list[Fault] = []
        for name, column in present.items():
            if row_class.blanks and column.may_be_absent and not cells[column_index[name]]:
                continue
            value, rule = read_cell(cells[column_index[name]], column, sign)
            if rule is None:
                values[name] = value
                if column.numeric and is_noise(cells[column_index[name]], sign, value):
                    found.append(Fault(sheet.file, noise_rule(value), line, name, cells[column_index[name]], note=True))
            else:
                wrong.append(Fault(sheet.file, rule, line, name, cells[column_index[name]]))
        if values.keys() >= {*row_class.key}:
            key = tuple(values[name] for name in row_class.key)
            shown = ",".join(str(part) for part in key)
            if first := known.get(shown.casefold()):
                rule = f"repeats the key of line {first}" + ("" if key in lines else ", but for upper and lower case")
                wrong.append(Fault(sheet.file, rule, line, ",".join(row_class.key), shown))
            elif not wrong and needed <= values.keys():
                row, unsound = _build(row_class, values, sheet.file, line)
                wrong += unsound
                if row is not None:
                    rows[key] = row
            lines.setdefault(key, line)
            known.setdefault(shown.casefold(), line)
        else:
            keys_complete = False
        if wrong and not sheet.ended and line == sheet.lines[-1]:  # what is wrong with it is that the rest is missing
            wrong, keys_complete = sheet.cut_short(), False
        found += wrong
    for line, cells in sheet.refused:
        read = [
            read_cell(cells[column_index[name]], columns[name], sign)
            if column_index.get(name, len(cells)) < len(cells)
            else _UNREAD
            for name in row_class.key
        ]
        if all(rule is None for _, rule in read):
            lines.setdefault(tuple(value for value, _ in read), line)
    return Table(sheet.file, row_class, _by_key(rows), _by_key(lines), keys_complete), faults + capped(found)


def _by_key(found: Mapping[tuple[Any, ...], Any]) -> dict[Any, Any]:
    return {key if len(key) > 1 else key[0]: found[key] for key in sorted(found)}


def _absences(sheet: Sheet, row_class: type[Row]) -> list[Fault]:
    columns = columns_of(row_class)
    missing = [name for name, column in columns.items() if name not in sheet.header and not column.may_be_absent]
    faults = [Fault(sheet.file, "the column is missing", sheet.header_line, name) for name in missing]
    last = columns.get(sheet.header[-1])
    return faults if last and last.kind in ("choice", "boolean") else faults + sheet.cut_short()


def _build(row_class: type[Row], values: Mapping[str, Any], file: str, line: int) -> tuple[Row | None, list[Fault]]:
    """Return the validated row, or what its class holds against it."""
    try:
        return row_class.model_validate(values), []
    except ValidationError as error:
        return None, [
            Fault(file, cause["msg"], line, str(cause["loc"][0]) if cause["loc"] else None, str(cause["input"]))
            for cause in error.errors()
        ]
