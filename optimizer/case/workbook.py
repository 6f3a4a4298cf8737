"""A workbook as a case: one sheet per table, under the rules of the CSV files."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from models.case import HOURLY_TABLES, TABLES, Array, HourlyTable, Row
from optimizer.case.case_folder import Folder, hourly_files
from optimizer.case.case_location import hourly_of, polygons_file, readable
from optimizer.case.columns import columns_of
from optimizer.case.faults import CaseRefused, Fault, suggestion
from optimizer.case.hourly_table import read_hourly_sheet
from optimizer.case.table import Table, read_rows
from optimizer.case.workbook_archive import Refused
from optimizer.case.workbook_sheets import CellSheet, CellSheets

SCENARIO = "scenario"
"""Sheet with the keys of the scenario, a row each."""
ASIDE = "_"
"""Sheets whose name begins with it are the author's own and are not read."""


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


class Workbook:
    """The sheets of a case's workbook; raises CaseRefused if the file is no workbook."""

    def __init__(self, path: Path) -> None:
        self.path = path
        raw = path.read_bytes()
        self._digest = _digest(raw)
        try:
            self._sheets = CellSheets(raw, path.suffix)
        except Refused as refused:
            raise CaseRefused([Fault(path.name, None, None, None, str(refused))]) from None
        self._beside = Folder(hourly_of(path)) if hourly_of(path).is_dir() else None

    def called(self, name: str) -> str:
        """Return how a fault names a table."""
        sheet = f"{self.path.name}, sheet {name}"
        return sheet if name in self._sheets.names else self._file(name) or sheet

    def strays(self) -> list[Fault]:
        """Return a fault for every sheet, and every file of hourly tables beside, that would be ignored in silence."""
        declared = [*TABLES, *(table.name for table in HOURLY_TABLES), SCENARIO]
        rule = f"no such table: the sheet would be ignored; begin its name with {ASIDE} to keep it for yourself"
        faults = [
            Fault(self.called(name), None, None, None, rule + suggestion(name.strip().lower(), declared))
            for name in self._sheets.names
            if name not in declared and not name.startswith(ASIDE)
        ]
        return faults + (self._beside.strays(hourly_files()) if self._beside else [])

    def table(self, name: str, row_class: type[Row]) -> tuple[Table, list[Fault]]:
        """Return the sound rows of a table's sheet and every fault."""
        if name not in self._sheets.names:
            missing = [] if row_class.optional else [self._missing(name)]
            return Table(self.called(name), row_class, {}, {}, whole=row_class.optional), missing
        columns = columns_of(row_class)
        found = self._read(name, [*columns], [each for each, column in columns.items() if column.numeric])
        table, faults = read_rows(found.sheet, self.called(name), row_class, found.sign, found.faults)
        return table, found.told(faults)

    def hourly(
        self, table: HourlyTable, known: Collection[str], required: Collection[str]
    ) -> tuple[dict[str, Array], list[Fault]]:
        """Return the columns of an hourly table's sheet and every fault."""
        beside = self._file(table.name)
        if table.name not in self._sheets.names:
            if self._beside and beside:
                return self._beside.hourly(table, known, required)
            folder = f"nor is {table.name}.parquet or {table.name}.csv in the folder {hourly_of(self.path).name} beside"
            missing = Fault(self.called(table.name), None, None, None, f"the sheet is missing, {folder} the workbook")
            return {}, [missing] if required else []
        if beside:
            rule = f"{hourly_of(self.path).name}/{beside} is there too: keep one of them"
            return {}, [Fault(self.called(table.name), None, None, None, rule)]
        declared = ["hour", *known]
        found = self._read(table.name, declared, declared)
        columns, faults = read_hourly_sheet(found.sheet, found.faults, table, known, required, found.sign)
        return columns, found.told(faults)

    def settings(self) -> list[tuple[int, str, str]]:
        """Return line, key and value of every row of the sheet `scenario`; raises CaseRefused if its form is wrong."""
        if SCENARIO not in self._sheets.names:
            raise CaseRefused([self._missing(SCENARIO)])
        found = self._read(SCENARIO, ["key", "value"], [])
        if found.sheet is None or {*found.sheet.header} != {"key", "value"} or found.told(found.faults):
            rule = "must have the columns key and value"
            raise CaseRefused(found.told(found.faults) or [Fault(self.called(SCENARIO), 1, None, None, rule)])
        key, value = found.sheet.header.index("key"), found.sheet.header.index("value")
        return [(line, row[key], row[value]) for line, row in zip(found.sheet.lines, found.sheet.rows, strict=True)]

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of the workbook, and of the outlines and hourly tables beside it."""
        outlines = polygons_file(self.path)
        beside = {readable(outlines.name): _digest(outlines.read_bytes())} if outlines.is_file() else {}
        return {readable(self.path.name): self._digest} | beside | (self._beside.digests() if self._beside else {})

    def _file(self, name: str) -> str | None:
        """Return the name of the file beside the workbook that holds an hourly table, if there is one."""
        called = self._beside.called(name) if self._beside else ""
        return called if called in hourly_files() and (hourly_of(self.path) / called).is_file() else None

    def _missing(self, name: str) -> Fault:
        return Fault(self.called(name), None, None, None, "the sheet is missing")

    def _read(self, name: str, declared: Collection[str], numbers: Collection[str]) -> CellSheet:
        return self._sheets.read(name, self.called(name), declared, numbers)
