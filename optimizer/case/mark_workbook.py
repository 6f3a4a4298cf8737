"""Writes faults into a copy of a case's workbook: red cells with the reason in a note, and a sheet that lists them all.

The copy is a case as its origin is: mended, it can be checked and marked anew, and its old marks are taken off then.
Texts stay texts, whatever they begin with. Formulas stay too; their values come back when a spreadsheet program opens
the copy.
"""

import io
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from openpyxl import Workbook as Book
from openpyxl import load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.hourly_clock import split_title
from optimizer.case.workbook import PRIVATE_PREFIX, SCENARIO
from optimizer.case.workbook_archive import Archive, WorkbookRefused

LIST = f"{PRIVATE_PREFIX}faults"
"""Sheet of the copy that lists the faults."""
AUTHOR = "gigasite check"
"""Author of the notes on marked cells, by which they are known when the copy is marked anew."""
MOST_MARKED = 1000
"""Faults of one column that are marked one by one."""
LARGEST_MARKED = 200 * 1024**2
"""Bytes of a workbook, unpacked, that is marked: the library that writes it holds every cell in memory."""
RED, ORANGE = "FFFF9B9B", "FFFFD27F"
_BELOW = "\n---\n"
"""Parts a reason from the note that the cell had."""


def mark_workbook(case: Path, target: Path, faults: Sequence[Fault], color: str = RED) -> int:
    """Write a copy of a workbook with faults marked; return how many of its cells are.

    Raises CaseRefused where the file is no workbook that can be read, or too large.
    """
    raw = case.read_bytes()
    try:
        unpacked = Archive(raw, case.suffix).unpacked_bytes
    except WorkbookRefused as refused:
        raise CaseRefused([Fault(case.name, f"cannot be marked: it {refused}")]) from None
    if unpacked > LARGEST_MARKED:
        rule = f"is too large to be marked ({unpacked / 1024**2:,.0f} MB): keep its hourly tables as files beside it"
        raise CaseRefused([Fault(case.name, rule)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the library cannot keep, which is no table
        book = load_workbook(io.BytesIO(raw))
    _unmark(book)
    marked = {}
    for fault in faults:
        for cell in _cells(book, case.name, fault):
            _mark(cell, fault.rule, color)
            marked[cell.parent.title, cell.coordinate] = True
    _list(book, case.name, faults)
    fresh = target.with_name(f".{target.name}.new")
    try:
        book.save(fresh)
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)
    return len(marked)


def _sheet_of(book: Book, name: str, fault: Fault) -> Worksheet | None:
    """Return the sheet that a fault is about, None if it is about a file beside the workbook, or no sheet."""
    _, label, title = fault.file.partition(f"{name}, sheet ")
    sheet = book[title] if label and title in book.sheetnames else None
    return sheet if isinstance(sheet, Worksheet) else None


def _cells(book: Book, name: str, fault: Fault) -> Iterator[Cell]:
    """Yield the cells that a fault is about: those of its columns, else the first one of its row or of the header."""
    sheet = _sheet_of(book, name, fault)
    if sheet is None:
        return
    top = next((row for row in sheet.iter_rows() if any(cell.value not in (None, "") for cell in row)), ())
    titles = {split_title(str(cell.value).strip())[0]: cell.column for cell in top if cell.value is not None}
    line = fault.line or (top[0].row if top else 1)
    named = [word.strip() for word in (fault.column or "").split(",")]
    columns = [titles[word] for word in named if word in titles]
    if not columns and fault.column and fault.column.isalpha() and fault.column.isupper() and len(fault.column) <= 3:
        columns = [column_index_from_string(fault.column)]
    if not columns:
        columns = [titles.get("value", 1) if sheet.title == SCENARIO and fault.line else 1]
    for column in columns:
        cell = sheet.cell(line, column)
        if isinstance(cell, MergedCell):
            area = next(each for each in sheet.merged_cells.ranges if cell.coordinate in each)
            cell = sheet.cell(area.min_row, area.min_col)
        yield cell


def _mark(cell: Cell, reason: str, color: str) -> None:
    """Colour a cell and put the reason into its note, above what the note said."""
    said, mine = cell.comment.text if cell.comment else "", bool(cell.comment and cell.comment.author == AUTHOR)
    reasons, parted, note = said.partition(_BELOW) if mine else ("", _BELOW if said else "", said)
    text = "\n".join(filter(None, (reasons, _plain(reason)))) + parted + note
    cell.comment = Comment(text, AUTHOR, height=120, width=320)
    cell.fill = PatternFill("solid", fgColor=color)


def _unmark(book: Book) -> None:
    """Take off the marks of an earlier check."""
    if LIST in book.sheetnames:
        del book[LIST]
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment and cell.comment.author == AUTHOR:
                    note = cell.comment.text.partition(_BELOW)[2]
                    cell.comment = Comment(note, "gigasite") if note else None
                    cell.fill = PatternFill()


def _list(book: Book, name: str, faults: Sequence[Fault]) -> None:
    """Add the sheet that lists the faults, the first one seen."""
    sheet = book.create_sheet(LIST, 0)
    book.active = 0
    sheet.freeze_panes = "A2"
    sheet.append(["sheet or file", "line", "column", "value", "reason"])
    for cell, width in zip(sheet[1], (28, 8, 24, 30, 100), strict=True):
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = width
    for line, fault in enumerate(faults, start=2):
        place = next(_cells(book, name, fault), None)
        shown = place.parent.title if place else fault.file
        for column, value in enumerate((shown, fault.line, fault.column, fault.value, fault.rule), start=1):
            cell = sheet.cell(line, column)
            if isinstance(value, str):
                cell.value = _plain(value)
                cell.data_type = "s"
            else:
                cell.value = value
        sheet.cell(line, 5).alignment = Alignment(wrap_text=True, vertical="top")
        if place:
            title = place.parent.title.replace("'", "''")
            sheet.cell(line, 1).hyperlink = Hyperlink(ref=f"A{line}", location=f"'{title}'!{place.coordinate}")
    if not faults:
        sheet.cell(2, 5).value = "no fault"


def _plain(text: str) -> str:
    """Return a text that every spreadsheet program can show."""
    return str(ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))[:2000]
