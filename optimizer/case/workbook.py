"""A workbook as a case: one sheet per table, under the rules of the CSV files."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from models.case import HOURLY_TABLES, INPUT_TABLES, Array, HourlyTable, Row
from optimizer.case.case_folder import CaseFolder, hourly_file_names
from optimizer.case.case_location import hourly_folder, path_text, polygons_file
from optimizer.case.columns import columns_of
from optimizer.case.faults import NO_SHEET, CaseRefused, Fault, suggestion
from optimizer.case.hourly_table import read_hourly_sheet
from optimizer.case.table import Table, read_rows
from optimizer.case.workbook_archive import WorkbookRefused
from optimizer.case.workbook_sheets import CellSheet, CellSheets

SCENARIO = "scenario"
"""Sheet with the keys of the scenario, a row each."""
PRIVATE_PREFIX = "_"
"""Sheets whose name begins with it are the author's own and are not read."""


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


class Workbook:
    """The sheets of a case's workbook; raises CaseRefused if the file is no workbook.

    `hourly_files` are the files of its hourly tables, by default those in the folder beside it.
    """

    def __init__(self, path: Path, hourly_files: CaseFolder | None = None) -> None:
        self.path = path
        raw = path.read_bytes()
        self._digest = _hash(raw)
        try:
            self._sheets = CellSheets(raw, path.suffix)
        except WorkbookRefused as refused:
            raise CaseRefused([Fault(path.name, str(refused))]) from None
        beside = hourly_folder(path)
        self._hourly_files = hourly_files or (CaseFolder(beside) if beside.is_dir() else None)

    @property
    def sheet_names(self) -> list[str]:
        """The names of its sheets."""
        return self._sheets.names

    def label(self, name: str) -> str:
        """Return how a fault names a table."""
        sheet = f"{self.path.name}, sheet {name}"
        return sheet if name in self._sheets.names else self._file(name) or sheet

    def unknown_files(self) -> list[Fault]:
        """Return a fault for every sheet, and every file of hourly tables, that would be ignored in silence."""
        declared = [*INPUT_TABLES, *(table.name for table in HOURLY_TABLES), SCENARIO]
        rule = (
            f"no such table: the sheet would be ignored; begin its name with {PRIVATE_PREFIX} to keep it for yourself"
        )
        faults = [
            Fault(self.label(name), rule + suggestion(name.strip().lower(), declared))
            for name in self._sheets.names
            if name not in declared and not name.startswith(PRIVATE_PREFIX)
        ]
        return faults + (self._hourly_files.unknown_files(hourly_file_names()) if self._hourly_files else [])

    def table(self, name: str, row_class: type[Row]) -> tuple[Table, list[Fault]]:
        """Return the sound rows of a table's sheet and every fault."""
        if name not in self._sheets.names:
            missing = [] if row_class.optional else [self._missing(name)]
            return Table(self.label(name), row_class, {}, {}, keys_complete=row_class.optional), missing
        columns = columns_of(row_class)
        found = self._read(name, [*columns], [each for each, column in columns.items() if column.numeric])
        table, faults = read_rows(found.sheet, self.label(name), row_class, found.sign, found.faults)
        return table, found.with_cell_faults(faults)

    def hourly(
        self, table: HourlyTable, known: Collection[str], required: Collection[str]
    ) -> tuple[dict[str, Array], list[Fault]]:
        """Return the columns of an hourly table's sheet and every fault."""
        file = self._file(table.name)
        if table.name not in self._sheets.names:
            if self._hourly_files and file:
                return self._hourly_files.hourly(table, known, required)
            folder = (
                f"nor is {table.name}.parquet or {table.name}.csv in the folder {hourly_folder(self.path).name} beside"
            )
            missing = Fault(self.label(table.name), f"the sheet is missing, {folder} the workbook")
            return {}, [missing] if required else []
        if file:
            rule = f"{hourly_folder(self.path).name}/{file} is there too: keep one of them"
            return {}, [Fault(self.label(table.name), rule)]
        declared = ["hour", *known]
        found = self._read(table.name, declared, declared)
        columns, faults = read_hourly_sheet(found.sheet, found.faults, table, known, required, found.sign)
        return columns, found.with_cell_faults(faults)

    def settings(self) -> list[tuple[int, str, str]]:
        """Return line, key and value of every row of the sheet `scenario`; raises CaseRefused if its form is wrong."""
        if SCENARIO not in self._sheets.names:
            raise CaseRefused([self._missing(SCENARIO)])
        found = self._read(SCENARIO, ["key", "value"], [])
        if found.sheet is None or {*found.sheet.header} != {"key", "value"} or found.with_cell_faults(found.faults):
            rule = "must have the columns key and value"
            raise CaseRefused(found.with_cell_faults(found.faults) or [Fault(self.label(SCENARIO), rule, 1)])
        key, value = found.sheet.header.index("key"), found.sheet.header.index("value")
        return [(line, row[key], row[value]) for line, row in zip(found.sheet.lines, found.sheet.rows, strict=True)]

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the workbook, and of the polygons and hourly tables beside it."""
        polygons = polygons_file(self.path)
        polygons_hash = {path_text(polygons.name): _hash(polygons.read_bytes())} if polygons.is_file() else {}
        return (
            {path_text(self.path.name): self._digest}
            | polygons_hash
            | (self._hourly_files.digests() if self._hourly_files else {})
        )

    def _file(self, name: str) -> str | None:
        """Return the name of the file beside the workbook that holds an hourly table, if there is one."""
        label = self._hourly_files.label(name) if self._hourly_files else ""
        return label if label in hourly_file_names() and (hourly_folder(self.path) / label).is_file() else None

    def _missing(self, name: str) -> Fault:
        return Fault(self.label(name), NO_SHEET)

    def _read(self, name: str, declared: Collection[str], numbers: Collection[str]) -> CellSheet:
        return self._sheets.read(name, self.label(name), declared, numbers)
