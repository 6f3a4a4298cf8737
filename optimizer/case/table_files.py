"""Single tables of a case as CSV files: listed, written out, and hourly ones taken back once they are checked."""

import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.case import HOURLY_TABLES, INPUT_TABLES, TABLES, Array, HourlyTable
from optimizer.case.case_folder import DESCRIPTION, CaseFolder
from optimizer.case.case_location import hourly_folder, is_workbook
from optimizer.case.columns import columns_of
from optimizer.case.datapackage import DIALECT
from optimizer.case.faults import CaseRefused, Fault, suggestion
from optimizer.case.hourly_table import read_hourly
from optimizer.case.read import CaseSource, case_source, hourly_columns, read_inputs
from optimizer.case.settings import load_settings
from optimizer.case.workbook import Workbook
from optimizer.case.write_folder import hourly_file, write_hourly, write_table

HOURLY = {each.name: each for each in HOURLY_TABLES}


class FolderWithTable(CaseFolder):
    """The files of a folder, but for one hourly table, which is read from a file elsewhere."""

    def __init__(self, path: Path, name: str, file: Path) -> None:
        super().__init__(path)
        self._name, self._file = name, file

    def hourly(
        self, table: HourlyTable, known: Collection[str], required: Collection[str]
    ) -> tuple[dict[str, Array], list[Fault]]:
        """Return the columns of an hourly table and every fault."""
        if table.name != self._name:
            return super().hourly(table, known, required)
        return read_hourly(self._file, table, known, required)


def list_tables(case_dir: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield name, file or sheet, rows, columns and unit or key of every table that a case holds."""
    inputs = read_inputs(case_dir, load_settings(case_dir))
    for name, table in inputs.tables.items():
        if table.rows:
            yield (
                name,
                table.file,
                f"{len(table.rows):,}",
                f"{len(columns_of(TABLES[name]))}",
                ", ".join(TABLES[name].key),
            )
    for name, series in inputs.hourly.items():
        if series:
            hours = len(next(iter(series.values())))
            yield (
                name,
                inputs.labels[name],
                f"{hours:,}",
                f"{len(series):,}",
                f"hour; {HOURLY[name].columns}, {HOURLY[name].unit}",
            )


def write_out(case_dir: Path, name: str, path: Path) -> int:
    """Write a table of a case as a CSV file, numbers with all their digits; return its rows.

    It is the case's own, whatever a scenario lays over it. Raises CaseRefused if the case has no such table, if that
    has faults, or if the file would lie among the case's own.
    """
    source, names = case_source(case_dir, ()), (*INPUT_TABLES, *HOURLY)
    if name not in names:
        raise CaseRefused([Fault("table", "is no table of a case" + suggestion(name, names), value=name)])
    if path.resolve().parent in (case_dir.resolve(), hourly_folder(case_dir).resolve()):
        raise CaseRefused([Fault(path.name, "would lie among the case's own files: name another folder")])
    rows: Mapping[Any, Any]
    if name in HOURLY:
        rows, faults = source.hourly(HOURLY[name], _known(source, name), ())
    else:
        table, faults = source.table(name, INPUT_TABLES[name])
        rows = table.rows
    if wrong := [fault for fault in faults if not fault.note]:
        raise CaseRefused(wrong)
    if not rows:
        raise CaseRefused([Fault("table", f"{case_dir.name} does not hold it", value=name)])
    fresh = path.with_name(f".{path.name}.new")
    try:
        if name in HOURLY:
            write_hourly(fresh, rows, as_csv=True)
        else:
            write_table(fresh, name, rows.values())
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    return len(rows) if name not in HOURLY else len(next(iter(rows.values())))


def take_back(case_dir: Path, name: str, path: Path) -> tuple[Path, list[str]]:
    """Put the hourly table of a file, CSV or parquet, in the place of a case's own; return its file, and what to know.

    The file of the case keeps its kind. Raises CaseRefused, and changes nothing, if the table has faults, if the case
    has any with it that it has not without it, or if it is no table of hours in a file of its own. Faults that the case
    has without it, such as columns that other hourly tables still lack, are told.
    """
    if name not in HOURLY:
        rule = "is no hourly table" + suggestion(name, HOURLY) + "; other tables are CSV files or sheets: edit those"
        raise CaseRefused([Fault("table", rule, value=name)])
    book = is_workbook(case_dir)
    if book and name in Workbook(case_dir).sheet_names:
        raise CaseRefused([Fault(case_dir.name, f"holds the table {name} as a sheet: edit it there")])
    folder = hourly_folder(case_dir)
    target, files = hourly_file(folder, name, folder), FolderWithTable(folder, name, path)
    source = Workbook(case_dir, files) if book else files
    before, after = _faults(case_dir), _faults(case_dir, source)
    if any(fault.file == target.name or fault not in before for fault in after):
        raise CaseRefused(replace(each, file=path.name) if each.file == target.name else each for each in after)
    series, notes = source.hourly(HOURLY[name], _known(source, name), ())
    if wrong := [note for note in notes if not note.note]:
        raise CaseRefused(wrong)
    fresh = target.with_name(f".{target.name}.new")
    try:
        write_hourly(fresh, series, as_csv=target.suffix == ".csv")
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)
    _declare(folder / DESCRIPTION, target.name)
    return target, [str(note) for note in notes] + [f"still to mend: {fault}" for fault in after]


def _faults(case_dir: Path, source: "CaseSource | None" = None) -> tuple[Fault, ...]:
    """Return the faults of a case under its base scenario, with tables from elsewhere if they are told."""
    try:
        read_inputs(case_dir, load_settings(case_dir), source)
    except CaseRefused as refused:
        return refused.faults
    return ()


def _known(source: CaseSource, name: str) -> list[str]:
    """Return the columns that an hourly table may have."""
    return hourly_columns(HOURLY[name], {each: source.table(each, row_class)[0] for each, row_class in TABLES.items()})[
        0
    ]


def _declare(package: Path, file: str) -> None:
    """Say in a folder's data package, if it has one, that a CSV file is written as we write it."""
    if package.is_file() and file.endswith(".csv"):
        described = json.loads(package.read_bytes())
        for resource in described["resources"]:
            if resource.get("path") == file:
                resource["dialect"] = DIALECT
        package.write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
