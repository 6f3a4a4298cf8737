"""Writes a case as a folder: a CSV file per table, the scenario, the data package that says how they are written."""

import csv
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from models.case import TABLES, Array
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
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(parents=True)
        for name, table in inputs.tables.items():
            columns = [*columns_of(TABLES[name])]
            if table.rows:
                report_progress(name)
                rows = ([getattr(row, column) for column in columns] for row in table.rows.values())
                _write(fresh / f"{name}.csv", columns, rows)
        for name, series in inputs.hourly.items():
            if series:
                report_progress(name)
                if (hourly_folder(case) / f"{name}.parquet").is_file():
                    write_hourly(fresh / f"{name}.parquet", series)
                else:
                    values = np.column_stack([*series.values()]).tolist()
                    _write(fresh / f"{name}.csv", ["hour", *series], ([hour, *row] for hour, row in enumerate(values)))
        (fresh / "scenario.toml").write_text(
            scenario_text(settings.model_dump(exclude={"inputs"}, exclude_none=True)), encoding="utf-8", newline="\n"
        )
        (fresh / DESCRIPTION).write_text(datapackage(fresh, folder.name), encoding="utf-8", newline="\n")
        if (polygons := polygons_file(case)).is_file():
            shutil.copyfile(polygons, polygons_file(fresh))
        if folder.is_dir():
            folder.rmdir()
        os.replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def write_hourly(path: Path, series: dict[str, Array]) -> None:
    """Write an hourly table as parquet."""
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
