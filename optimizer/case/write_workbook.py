"""Writes a case as a workbook: a typed sheet per table, the scenario, what explains and what every column means."""

import itertools
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from optimizer.case.case_location import hourly_folder, polygons_file
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.read import read_inputs
from optimizer.case.settings import load_settings
from optimizer.case.workbook_pages import SPARE_ROWS, Page, pages
from optimizer.case.write_folder import write_hourly

WRITTEN_ON = datetime(2000, 1, 1)
"""Date inside the file; fixed, so that the same case gives the same bytes."""
_OPTIONS = {
    "constant_memory": True,
    **dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False),
}
"""Rows leave the memory as they are written; a text is a text, whatever it begins with."""
_WIDTHS = {"source": 60, "name": 28, "meaning": 60, "key": 34, "value": 24, "column or key": 30, "range": 36}
"""Widths of columns in letters, by title."""
_NOTE = {"x_scale": 2.2, "y_scale": 1.3, "author": "gigasite"}


class _Exact(float):
    """A number that is written with all its digits; the library would cut it to 16."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


def write_workbook(
    case_dir: Path, path: Path, hourly_sheets: bool = True, report_progress: Callable[[str], None] = lambda _: None
) -> None:
    """Write a case's tables and base scenario as a workbook, completely or not at all, and its polygons next to it.

    Hourly tables are sheets, or else files in a folder next to it. `report_progress` is called with every sheet's
    name. Raises CaseRefused if the case has faults, or a table is larger than a sheet can be.
    """
    settings = load_settings(case_dir)
    inputs = read_inputs(case_dir, settings)
    fresh = path.with_name(f".{path.name}.new")
    try:
        with xlsxwriter.Workbook(fresh, _OPTIONS) as book:
            book.set_properties({"created": WRITTEN_ON})
            heading = book.add_format({"bold": True, "bg_color": "#DDE6EE"})
            for page in pages(settings, inputs.tables, inputs.hourly if hourly_sheets else {}):
                report_progress(f"sheet {page.name}")
                _add(book, page, heading)
            report_progress("packing")
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    if not hourly_sheets:
        hourly_folder(path).mkdir()
        for name, series in inputs.hourly.items():
            if series:
                report_progress(f"{name}.parquet")
                write_hourly(hourly_folder(path) / f"{name}.parquet", series)
    if (polygons := polygons_file(case_dir)).is_file():
        shutil.copyfile(polygons, polygons_file(path))


def _add(book: xlsxwriter.Workbook, page: Page, heading: Any) -> None:
    """Add a sheet: its header stays in sight and filters, and its cells allow what their columns do."""
    sheet = book.add_worksheet(page.name)
    sheet.freeze_panes(1, page.frozen)
    for column, title in enumerate(page.header):
        sheet.set_column(column, column, _WIDTHS.get(title, min(40, max(10, len(title) + 4))))
    if page.frozen and page.rows:
        sheet.autofilter(0, 0, page.rows, len(page.header) - 1)
    for column, note in enumerate(page.notes):
        sheet.write_comment(0, column, note, _NOTE)
    for line, note in enumerate(page.row_notes, start=1):
        if note:
            sheet.write_comment(line, 0, note, _NOTE)
    for column, allowed in enumerate(page.allowed):
        if allowed:
            sheet.data_validation(1, column, page.rows + SPARE_ROWS, column, allowed)
    for line, allowed in enumerate(page.row_allowed, start=1):
        if allowed:
            sheet.data_validation(line, 1, line, 1, allowed)
    for line, row in enumerate(itertools.chain([page.header], page.cells)):
        style = None if line else heading
        for column, value in enumerate(row):
            if isinstance(value, bool):
                left_out = sheet.write_boolean(line, column, value, style)
            elif isinstance(value, int | float):
                left_out = sheet.write_number(line, column, _Exact(value), style)
            else:
                left_out = sheet.write_string(line, column, str(value), style) if value else 0
            if left_out:
                raise CaseRefused([Fault(page.name, "does not fit into a sheet", line + 1, page.header[column])])
