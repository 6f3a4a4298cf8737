"""Writes `plan.xlsx`: a sheet per result table for a spreadsheet, with units in the header; no cell runs anything."""

from collections.abc import Sequence
from datetime import datetime
from math import isnan
from pathlib import Path

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from models.plan import RESULT_TABLES, From, Input, Plan, Yearly
from optimizer.report.headings import heading_of
from optimizer.report.key_figures import chosen_sites, key_figures
from optimizer.report.period_figures import shown_period
from optimizer.report.write_tables import FILES, frame_of

WORKBOOK = "plan.xlsx"
WRITTEN_ON = datetime(2000, 1, 1)
"""Date inside the file; fixed, so that the same plan gives the same bytes."""
_OPTIONS = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
"""A text is a text, whatever it begins with."""
WIDEST = 40
"""Characters of the widest column."""
TOTALS = {
    "net present cost (MEUR)": ("money", "present_meur"),
    "capital spent by the funds (MEUR)": ("spending", "spent_meur"),
    "public money at sites (MEUR)": ("aid", "public_meur"),
}
"""Totals that a reader would add up anew, as formulas -> table and column that they sum."""


def write_plan_workbook(plan: Plan, folder: Path) -> None:
    """Write `plan.xlsx`: the answer, the meaning of every column, and each table that has rows, filtered and frozen."""
    with xlsxwriter.Workbook(folder / WORKBOOK, _OPTIONS) as book:
        book.set_properties({"created": WRITTEN_ON})
        formats = _Formats(book)
        tables = {name: frame_of(plan, name) for name in RESULT_TABLES if getattr(plan, name)}
        sizes = {name: len(frame) for name, frame in tables.items()}
        _write_answer(book, formats, plan, sizes)
        _add(book, formats, "columns", ("table", "column", "heading", "where from", "meaning"), _columns([*tables]))
        for name, frame in tables.items():
            header = [heading_of(str(field)) for field in frame]
            _add(book, formats, sheet_of(name), header, [*frame.itertuples(index=False, name=None)])


def sheet_of(table: str) -> str:
    """Return the sheet of a result table, which is named as its CSV file."""
    return FILES[table].removesuffix(".csv")


class _Formats:
    """How cells look."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.header = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EEF3"}
        )
        self.bold = book.add_format({"bold": True})
        self.text = book.add_format({"quote_prefix": True, "num_format": "@"})
        self.number = book.add_format({"num_format": "#,##0.0##"})
        self.count = book.add_format({"num_format": "#,##0"})


def _add(
    book: xlsxwriter.Workbook, formats: _Formats, name: str, header: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Add a sheet with its header frozen and a filter over all rows."""
    sheet = book.add_worksheet(name)
    sheet.write_row(0, 0, header, formats.header)
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _write(sheet, formats, number, column, value)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(rows)), len(header) - 1)
    for column, heading in enumerate(header):
        texts = (len(value) for row in rows if isinstance(value := row[column], str))
        sheet.set_column(column, column, min(WIDEST, max([10, len(heading) * 0.7, *texts]) + 2))


def _write(sheet: xlsxwriter.worksheet.Worksheet, formats: _Formats, row: int, column: int, value: object) -> None:
    """Write a cell as what it is: a number, or a text that no spreadsheet computes; what is not known stays empty."""
    if isinstance(value, str):
        sheet.write_string(row, column, value, formats.text)
    elif isinstance(value, int):
        sheet.write_number(row, column, value, formats.count)
    elif isinstance(value, float) and not isnan(value):
        sheet.write_number(row, column, value, formats.number)


def _write_answer(book: xlsxwriter.Workbook, formats: _Formats, plan: Plan, sizes: dict[str, int]) -> None:
    """Add the first sheet: the answer, with the totals that follow from the other sheets as formulas."""
    sheet, key = book.add_worksheet("answer"), key_figures(plan)
    rows: list[tuple[str, object]] = [
        ("title", plan.title),
        ("case, scenario", f"{plan.provenance.case}, {plan.provenance.scenario_name}"),
        ("sites chosen", key.sites),
        (f"servers in {key.period} (MW)", key.servers_mw),
        (f"chips in {key.period} (thousand)", key.chips_kchips),
        (f"compute served in {key.period} (kH100e)", key.served_kh100e),
        ("status", key.status),
        ("gaps", key.gaps),
        ("written", plan.provenance.created_at),
        ("code", plan.provenance.git_commit),
    ]
    for number, (label, value) in enumerate(rows):
        sheet.write_string(number, 0, label, formats.bold)
        _write(sheet, formats, number, 1, value)
    line = len(rows)
    for label, (table, field) in TOTALS.items():
        if table in sizes:
            column = xl_col_to_name([*RESULT_TABLES[table].model_fields].index(field))
            total = sum(getattr(row, field) for row in getattr(plan, table))
            sheet.write_string(line, 0, label, formats.bold)
            formula = f"=SUM({sheet_of(table)}!{column}2:{column}{sizes[table] + 1})"
            sheet.write_formula(line, 1, formula, formats.number, total)
            line += 1
    sheet.write_row(line + 1, 0, ["chosen site", "country", f"servers in {shown_period(plan)} (MW)"], formats.header)
    for number, row in enumerate(chosen_sites(plan), start=line + 2):
        for column, value in enumerate((row.name, row.country, row.servers_mw)):
            _write(sheet, formats, number, column, value)
    sheet.set_column(0, 0, WIDEST)
    sheet.set_column(1, 2, WIDEST / 2)


def _columns(tables: Sequence[str]) -> list[tuple[str, str, str, str, str]]:
    """Return of every column its sheet, name, heading, origin and meaning."""
    rows = []
    for table in tables:
        for name, field in RESULT_TABLES[table].model_fields.items():
            origins = [each for each in field.metadata if isinstance(each, From | Input | Yearly)]
            rows.append(
                (
                    sheet_of(table),
                    name,
                    heading_of(name),
                    _origin(origins[0] if origins else None),
                    field.description or "",
                )
            )
    return rows


def _origin(origin: From | Input | Yearly | None) -> str:
    match origin:
        case From(component):
            return f"decided by the model: {component}"
        case Input(table):
            return f"given by the inputs: {table}"
        case Yearly():
            return "added up from the hours"
        case _:
            return "worked out"
