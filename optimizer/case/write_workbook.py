"""Writes a case as a workbook: a sheet per table, one for the scenario, and one that says what every column means."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from models.case import TABLES
from models.settings import Settings
from optimizer.case.case_inputs import Hourly
from optimizer.case.case_location import hourly_folder, polygons_file
from optimizer.case.columns import columns_of
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.glossary import glossary
from optimizer.case.read import read_inputs
from optimizer.case.settings import load_settings, setting_fields
from optimizer.case.table import Tables
from optimizer.case.toml import plain_value, toml_text
from optimizer.case.workbook import PRIVATE_PREFIX, SCENARIO
from optimizer.case.write_folder import write_hourly

WRITTEN_ON = datetime(2000, 1, 1)
"""Date inside the file; fixed, so that the same case gives the same bytes."""
_OPTIONS = {
    "constant_memory": True,
    **dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False),
}
"""Rows leave the memory as they are written; a text is a text, whatever it begins with."""


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
            for name, header, rows in _sheets(settings, inputs.tables, inputs.hourly if hourly_sheets else {}):
                report_progress(f"sheet {name}")
                _add(book, name, header, rows)
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


def _sheets(
    settings: Settings, tables: Tables, hourly: Hourly
) -> Iterator[tuple[str, Sequence[str], Iterable[Sequence[object]]]]:
    """Yield the name, the header and the rows of every sheet."""
    yield SCENARIO, ("key", "value"), _settings(settings)
    for name, table in tables.items():
        columns = [*columns_of(TABLES[name])]
        if table.rows:
            yield name, columns, ([getattr(row, column) for column in columns] for row in table.rows.values())
    for name, series in hourly.items():
        if series:
            values = zip(*(column.tolist() for column in series.values()), strict=True)
            yield name, ("hour", *series), ((hour, *row) for hour, row in enumerate(values))
    yield (
        f"{PRIVATE_PREFIX}meaning",
        ("table", "column or key", "unit, kind or default", "range", "meaning"),
        glossary(),
    )


def _settings(settings: Settings) -> Iterator[tuple[str, object]]:
    """Yield every key of a scenario and its value as a cell."""
    for path in setting_fields():
        if path.startswith("inputs."):  # what it asks of the tables stands in them
            continue
        value: Any = settings
        for key in path.split("."):
            value = getattr(value, key)
        if value is None:
            continue
        bare = isinstance(value, bool | int | float) or (isinstance(value, str) and plain_value(value) == value)
        yield path, value if bare else toml_text(value)


def _add(book: xlsxwriter.Workbook, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Add a sheet whose header stays in sight."""
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(header):
        sheet.set_column(column, column, max(10, len(title) + 2))
    for line, row in enumerate(itertools.chain([header], rows)):
        for column, value in enumerate(row):
            if isinstance(value, bool):
                left_out = sheet.write_boolean(line, column, value)
            elif isinstance(value, int | float):
                left_out = sheet.write_number(line, column, _Exact(value))
            else:
                left_out = sheet.write_string(line, column, str(value)) if value else 0
            if left_out:
                raise CaseRefused([Fault(name, "does not fit into a sheet", line + 1, header[column])])
