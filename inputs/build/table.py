"""Writes the tables of the reference case: validated rows, sorted, stable formatting, source and quality last."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.case import HOURLY_TABLES, TABLES, Row
from models.units import Plausible, Unit

EUROPE = Path(__file__).resolve().parents[1] / "europe"
FACTS = Path(__file__).resolve().parent
LAST = ("source", "quality")


def write_table(name: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows of an input table to `inputs/europe/NAME.csv`; raise ValueError on any row the case would refuse."""
    kind = TABLES[name]
    checked = sorted((_checked(kind, row) for row in rows), key=lambda row: [getattr(row, part) for part in kind.key])
    keys = [tuple(getattr(row, part) for part in kind.key) for row in checked]
    if len(set(keys)) < len(keys):
        raise ValueError(f"{name}: a key occurs twice in {[key for key in keys if keys.count(key) > 1][:4]}")
    columns = [column for column in kind.model_fields if column not in LAST]
    columns += [column for column in LAST if column in kind.model_fields]
    write_csv(EUROPE / f"{name}.csv", columns, ([getattr(row, column) for column in columns] for row in checked))


def write_csv(path: Path, columns: list[str], rows: Iterable[list[object]]) -> None:
    """Write any CSV with the formatting of the reference case (floats with at most 8 significant digits)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(cell) for cell in row] for row in rows)


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a CSV of typed facts, one dictionary of text per row; lines that start with # are remarks."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def write_hourly(name: str, series: Mapping[str, NDArray[np.float64]], digits: int, note: str) -> None:
    """Write an hourly table as parquet: `hour`, then a float32 column of shape (8760,) per key; `note` is metadata."""
    declared = next(one for one in HOURLY_TABLES if one.name == name)
    columns: dict[str, pa.Array] = {}
    for key in sorted(series):
        values = np.round(np.asarray(series[key], dtype=np.float64), digits)
        if values.shape != (8760,) or not np.isfinite(values).all():
            raise ValueError(f"{name}.{key}: not 8,760 finite values")
        if values.min() < declared.low or values.max() > declared.high:
            raise ValueError(f"{name}.{key}: {values.min()}..{values.max()} outside {declared.low}..{declared.high}")
        columns[key] = pa.array(values.astype(np.float32))
    hourly = pa.table({"hour": pa.array(np.arange(8760, dtype=np.int32)), **columns})
    hourly = hourly.replace_schema_metadata({"unit": declared.unit, "note": note})
    path = EUROPE / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(hourly, path, compression="zstd", compression_level=19)


def _checked(kind: type[Row], values: Mapping[str, object]) -> Row:
    row = kind.model_validate(values)
    for column, field in kind.model_fields.items():
        ranges = [part for part in field.metadata if isinstance(part, Plausible)]
        ranges = ranges or [part for part in field.metadata if isinstance(part, Unit)]  # type: ignore[misc]
        value = getattr(row, column)
        if ranges and not ranges[-1].low <= value <= ranges[-1].high:
            raise ValueError(f"{kind.__name__} {values}: {column} outside {ranges[-1].low}..{ranges[-1].high}")
    return row


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float | np.floating):
        return f"{round(float(cell), 6) + 0.0:.8g}"
    return str(cell)
