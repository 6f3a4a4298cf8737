"""Writes the tables of the reference case: validated rows, sorted, stable formatting, and what each cell rests on."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from models.case import EVERY_ROW, HOURLY_TABLES, TABLES, WHOLE_COLUMN, Quality, Row, row_name
from models.units import Plausible, Unit

EUROPE = Path(__file__).resolve().parents[1] / "europe"
FACTS = Path(__file__).resolve().parent
LAST = ("source", "quality")
SIDECAR = ("table", "row", "column", "source", "quality")


class Cell(NamedTuple):
    """A value that rests on something else than its row: what it is, how good it is and where it comes from."""

    value: object
    quality: Quality
    source: str


def write_table(name: str, rows: Iterable[Mapping[str, object]], folder: Path = EUROPE) -> None:
    """Write rows of an input table to `NAME.csv`; raise ValueError on any row the case would refuse.

    A value may be a `Cell`: what that says of it goes into `sources.csv`, in place of its row's source and quality.
    """
    kind = TABLES[name]
    stated: dict[tuple[str, str], tuple[Quality, str]] = {}
    checked: list[Row] = []
    for row in rows:
        plain = {column: cell.value if isinstance(cell, Cell) else cell for column, cell in row.items()}
        checked.append(_checked(kind, plain))
        key = row_name(tuple(getattr(checked[-1], part) for part in kind.key))
        stated |= {(column, key): cell[1:] for column, cell in row.items() if isinstance(cell, Cell)}
    checked.sort(key=lambda row: [getattr(row, part) for part in kind.key])
    keys = [tuple(getattr(row, part) for part in kind.key) for row in checked]
    if len(set(keys)) < len(keys):
        raise ValueError(f"{name}: a key occurs twice in {[key for key in keys if keys.count(key) > 1][:4]}")
    columns = [column for column in kind.model_fields if column not in LAST]
    columns += [column for column in LAST if column in kind.model_fields]
    write_csv(folder / f"{name}.csv", columns, ([getattr(row, column) for column in columns] for row in checked))
    _write_sources(folder / "sources.csv", name, stated, len(checked))


def _write_sources(path: Path, name: str, stated: dict[tuple[str, str], tuple[Quality, str]], rows: int) -> None:
    """Put what is stated of a table's cells into the sidecar; what holds for every row is written once."""
    others = [row for row in read_csv(path) if row["table"] != name] if path.exists() else []
    lines = [[row[column] for column in SIDECAR] for row in others]
    for column in sorted({column for column, _ in stated}):
        cells = {key: said for (at, key), said in sorted(stated.items()) if at == column}
        if len(cells) == rows and len(set(cells.values())) == 1:
            cells = {EVERY_ROW: next(iter(cells.values()))}
        lines += [[name, key, column, source, quality] for key, (quality, source) in cells.items()]
    if lines:
        write_csv(path, list(SIDECAR), sorted(lines))


def write_csv(path: Path, columns: list[str], rows: Iterable[Sequence[object]]) -> None:
    """Write any CSV with the formatting of the reference case (floats with at most 8 significant digits)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(cell) for cell in row] for row in rows)


def write_facts(
    name: str,
    note: Sequence[str],
    columns: list[str],
    rows: Iterable[Sequence[object]],
    folder: Path | None = None,
) -> None:
    """Write extracted facts to `facts_NAME.csv`, beside the builders if no folder is given, below lines of remarks."""
    path = (folder or FACTS) / f"facts_{name}.csv"
    write_csv(path, columns, rows)
    path.write_text("\n".join(note) + "\n" + path.read_text(encoding="utf-8"), encoding="utf-8")


def raw_file(path: Path, origin: str) -> Path:
    """Give the path of a raw file; raise FileNotFoundError, which says where it comes from, if it is not there."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: missing; it comes from {origin}")
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a CSV of typed facts, one dictionary of text per row; lines that start with # are remarks."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def write_hourly(
    name: str,
    series: Mapping[str, NDArray[np.float64]],
    digits: int,
    note: str,
    stated: Mapping[str, tuple[Quality, str]] | None = None,
    folder: Path = EUROPE,
) -> None:
    """Write an hourly table as parquet: `hour`, then a float32 column of shape (8760,) per key; `note` is metadata.

    `stated` says of columns how good they are and where they come from: key -> quality, source.
    """
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
    path = folder / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(hourly, path, compression="zstd", compression_level=19)
    if stated is not None:
        said = {(WHOLE_COLUMN, key): each for key, each in stated.items()}
        _write_sources(folder / "sources.csv", name, said, len(series))


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
