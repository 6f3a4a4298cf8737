"""The sheets of a workbook as the texts of CSV files; cells that hold neither text nor number are faults."""

import datetime
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineError, SheetTypeEnum, load_workbook
from xlsxwriter.utility import xl_col_to_name, xl_range

from optimizer.case.cells import cell_text
from optimizer.case.csv_sheet import Sheet, sheet_of
from optimizer.case.faults import Fault, capped
from optimizer.case.number_parsing import proven_decimal_sign, readable_both_ways
from optimizer.case.workbook_archive import Archive, Cell, WorkbookRefused

_DATE_TYPES = (datetime.date, datetime.time, datetime.timedelta)
_DATE_RULE = "is a date or time, which no column holds: format the cell as text or number and write it again"
_TWO_WAYS_RULE = "can be read two ways: make it a number, it is a text"


@dataclass(frozen=True)
class CellSheet:
    """A sheet as texts, the decimal sign of its numbers, its faults of form and of cells."""

    sheet: Sheet | None
    sign: str
    faults: list[Fault]
    cells: Mapping[Cell, Fault]
    """By line and column: cells that are faulty by what they are, whatever their text says."""

    def with_cell_faults(self, faults: Iterable[Fault]) -> list[Fault]:
        """Return faults found in the texts but for those of faulty cells, and the first of these by column and rule."""
        known = {(fault.line, fault.column) for fault in self.cells.values()}
        shown = [fault for fault in faults if (fault.line, fault.column) not in known]
        return shown + capped(self.cells.values(), alike=lambda fault: (fault.column, fault.rule))


class CellSheets:
    """The sheets of a workbook's file; raises Refused if it is none, or damaged."""

    def __init__(self, raw: bytes, ending: str) -> None:
        self._archive = Archive(raw, ending)
        try:
            self._book = load_workbook(io.BytesIO(raw))
        except CalamineError as error:
            raise WorkbookRefused(f"is damaged: {error}") from None
        kinds = self._book.sheets_metadata
        self.names = [each.name for each in kinds if each.typ == SheetTypeEnum.WorkSheet]

    def read(self, name: str, file: str, declared: Collection[str], numbers: Collection[str]) -> CellSheet:
        """Read a sheet, called `file` in its faults; `numbers` names the columns that hold numbers."""
        try:
            silent = self._archive.silent_cells(name)
            source = self._book.get_sheet_by_name(name)
            rows = source.to_python(skip_empty_area=False)
        except (WorkbookRefused, CalamineError) as error:
            rule = str(error) if isinstance(error, WorkbookRefused) else f"is damaged: {error}"
            return CellSheet(None, ".", [Fault(file, rule)], {})
        texts = [[cell_text(cell) for cell in row] for row in rows]
        filled = [position for position, row in enumerate(texts) if any(row)]
        top = filled[0] if filled else 0
        header = _trimmed(texts[top]) if filled else []
        number_columns = [column for column, title in enumerate(header) if title in numbers]
        written = {
            (line, column): rows[line][column]
            for line in filled[1:]
            for column in number_columns
            if rows[line][column].__class__ is str
        }
        sign = proven_decimal_sign(texts[line][column] for line, column in written)
        dates = {(line + 1, column + 1): (texts[line][column], _DATE_RULE) for line, column in _date_cells(rows)}
        wrong = dates | silent
        if sign is None:
            unclear = [cell for cell in written if readable_both_ways(texts[cell[0]][cell[1]])]
            wrong |= {(line + 1, column + 1): (texts[line][column], _TWO_WAYS_RULE) for line, column in unclear}
        elif sign == ",":
            for line in filled[1:]:
                for column in number_columns:
                    if (line, column) not in written:
                        texts[line][column] = texts[line][column].replace(".", ",")
        records = [(line + 1, _trimmed(texts[line], len(header))) for line in filled]
        sheet, faults = sheet_of(records, file, declared)
        faults += [
            Fault(file, f"the cells {xl_range(*first, *last)} are merged: unmerge them", first[0] + 1)
            for first, last in source.merged_cell_ranges or []
        ]

        def title(line: int, column: int) -> str:
            return header[column - 1] if column <= len(header) and line > top + 1 else xl_col_to_name(column - 1)

        cells = {
            (line, column): Fault(file, rule, line, title(line, column), shown)
            for (line, column), (shown, rule) in sorted(wrong.items())
        }
        return CellSheet(sheet, sign or ".", faults, cells)


def _date_cells(rows: list[list[Any]]) -> list[Cell]:
    """Return the positions of the cells that hold a date, a time or a duration."""
    return [
        (line, column)
        for line, row in enumerate(rows)
        for column, cell in enumerate(row)
        if cell.__class__ is not float and isinstance(cell, _DATE_TYPES)
    ]


def _trimmed(row: list[str], least: int = 0) -> list[str]:
    """Return a row without the blank cells at its end, but at least so many cells."""
    end = len(row)
    while end > least and not row[end - 1]:
        end -= 1
    return row[:end]
