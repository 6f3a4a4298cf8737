"""Writes a case as a folder: a CSV file per table, the scenario, the data package that says how they are written."""

import csv
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from models.case import INPUT_TABLES, Array
from optimizer.case.case_folder import DESCRIPTION
from optimizer.case.case_location import hourly_folder, polygons_file
from optimizer.case.cells import cell_text
from optimizer.case.columns import columns_of
from optimizer.case.datapackage import datapackage
from optimizer.case.read import read_inputs
from optimizer.case.settings import load_settings
from optimizer.case.toml import scenario_text


def write_folder(case: Path, folder: Path, report_progress: Callable[[str], None] = lambda _: None) -> None:
    """Write a case's tables and base scenario into a folder, completely or not at all.

    `report_progress` is called with the name of every table. Hourly tables that lie in files stay files of that kind.
    Raises CaseRefused if the case has faults.
    """
    settings = load_settings(case)
    inputs = read_inputs(case, settings)
    with fresh_folder(folder) as fresh:
        for name, table in inputs.tables.items():
            if table.rows:
                report_progress(name)
                write_table(fresh / f"{name}.csv", name, table.rows.values())
        for name, series in inputs.hourly.items():
            if series:
                report_progress(name)
                target = hourly_file(fresh, name, hourly_folder(case))
                write_hourly(target, series, as_csv=target.suffix == ".csv")
        write_scenario(fresh, settings.model_dump(exclude={"inputs"}, exclude_none=True))
        write_description(fresh, folder.name)
        if (polygons := polygons_file(case)).is_file():
            shutil.copyfile(polygons, polygons_file(fresh))


@contextmanager
def fresh_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside another one, which may be there if it is empty, and put it there at the end."""
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(parents=True)
        yield fresh
        if folder.is_dir():
            folder.rmdir()
        os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def write_table(path: Path, name: str, rows: Iterable[object]) -> None:
    """Write the rows of a table as a CSV file."""
    columns = [*columns_of(INPUT_TABLES[name])]
    _write(path, columns, ([getattr(row, column) for column in columns] for row in rows))


def write_scenario(folder: Path, values: Mapping[str, Any]) -> None:
    """Write a base scenario."""
    (folder / "scenario.toml").write_text(scenario_text(values), encoding="utf-8", newline="\n")


def write_description(folder: Path, name: str) -> None:
    """Write the data package of the tables that a folder holds."""
    (folder / DESCRIPTION).write_text(datapackage(folder, name), encoding="utf-8", newline="\n")


def hourly_file(folder: Path, name: str, origin: Path) -> Path:
    """Return the file in which a copy has an hourly table: of the kind that it has where it comes from."""
    return folder / f"{name}.{'parquet' if (origin / f'{name}.parquet').is_file() else 'csv'}"


def write_hourly(path: Path, series: Mapping[str, Array], as_csv: bool = False) -> None:
    """Write an hourly table as parquet or CSV."""
    if as_csv:
        values = np.column_stack([*series.values()]).tolist()
        _write(path, ["hour", *series], ([hour, *row] for hour, row in enumerate(values)))
        return
    import pyarrow as pa
    from pyarrow import parquet

    hours = np.arange(len(next(iter(series.values()))), dtype=np.int32)
    with path.open("wb") as stream:
        parquet.write_table(pa.table({"hour": hours, **series}), stream, compression="zstd")


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(map(cell_text, row) for row in rows)
