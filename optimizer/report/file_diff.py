"""The contents of an output file, cell by cell, so that one that differs can be named."""

import csv
import json
import shutil
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Cells = Mapping[str, object]
"""Where a cell is -> what it holds."""
LONGEST = 60
"""Characters of a cell that are quoted."""
ROWS = 65_536
"""Rows of a column that are compared at a time."""


def first_difference(found: Path, made: Path) -> str:
    """Return where and how a file differs from the one made anew; empty if its cells, if any, are the same."""
    if made.suffix not in (*READERS, ".parquet"):
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a damaged file may be odd in many ways; what it holds decides
            if made.suffix == ".parquet":
                return _difference_of_columns(found, made)
            wrong = READERS[made.suffix](found)
    except Exception as fault:  # whatever a library says of a file that is none
        return f"it cannot be read ({_quoted(fault)})"
    return _difference(wrong, READERS[made.suffix](made))


def _difference(wrong: Cells, right: Cells) -> str:
    """Return the first cell that differs."""
    for place, content in right.items():
        if place not in wrong:
            return f"{place} is missing"
        if wrong[place] != content:
            return f"{place} is {_quoted(wrong[place], content)}, not {_quoted(content, wrong[place])}"
    return next((f"{place} is {_quoted(wrong[place])}, not there" for place in wrong if place not in right), "")


def _difference_of_columns(found: Path, made: Path) -> str:
    """Return the first cell that differs of two parquet files, which may be large: a column is read at a time."""
    from pyarrow.parquet import ParquetFile

    with found.open("rb") as one, made.open("rb") as other, ParquetFile(one) as wrong, ParquetFile(other) as right:
        names = [file.schema_arrow.names for file in (wrong, right)]
        if names[0] != names[1]:
            return _difference(*(_table(each, []) for each in names))
        told = []
        for place, name in enumerate(names[1]):
            columns = [file.read([name])[name] for file in (wrong, right)]
            row = _first_changed_row(*columns)
            cells = [
                {f"line {row + 2}, column {name}": part.as_py() for part in each.slice(row, 1)} for each in columns
            ]
            told.append((row, place, _difference(cells[0], cells[1])))
        return min(each for each in told)[2] if told else ""


def _first_changed_row(one: Any, other: Any) -> int:
    """Return the first row in which two columns differ; the end of the shorter one if none does."""
    shorter = min(len(one), len(other))
    for start in range(0, shorter, ROWS):
        length = min(ROWS, shorter - start)
        parts = [column.slice(start, length) for column in (one, other)]
        if not parts[0].equals(parts[1]):
            pairs = zip(*(part.to_pylist() for part in parts), strict=True)
            if (row := next((row for row, pair in enumerate(pairs) if pair[0] != pair[1]), None)) is not None:
                return start + row
    return shorter


def _quoted(content: object, other: object = "") -> str:
    """Return a content in a few words, from a little before where it leaves another."""
    text, rival = str(content), str(other)
    same = next((place for place, pair in enumerate(zip(text, rival, strict=False)) if pair[0] != pair[1]), 0)
    start = max(0, same - LONGEST // 2) if len(text) > LONGEST else 0
    shown = " ".join(text[start : start + LONGEST].split())
    return f"{'...' if start else ''}{shown}{'...' if len(text) > start + LONGEST else ''}"


def _table(columns: Iterable[str], rows: Iterable[Iterable[object]], layer: str = "") -> dict[str, object]:
    """Return the cells of a table; the header is line 1, as in a spreadsheet."""
    names = list(columns)
    lines: list[list[object]] = [[*names], *([*row] for row in rows)]
    return {
        f"{layer}line {number}, column {names[place] if place < len(names) else place + 1}": cell
        for number, line in enumerate(lines, start=1)
        for place, cell in enumerate(line)
    }


def _read_csv(file: Path) -> Cells:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines, strict=True))
    return _table(rows[0], rows[1:])


def _read_json(file: Path) -> Cells:
    cells: dict[str, object] = {}

    def walk(content: object, place: str) -> None:
        inner = dict(enumerate(content)) if isinstance(content, list) else content
        if isinstance(inner, dict):
            for key, part in inner.items():
                walk(part, f"{place}.{key}" if place else str(key))
        else:
            cells[place] = content

    walk(json.loads(file.read_text(encoding="utf-8")), "")
    return cells


def _read_text(file: Path) -> Cells:
    lines = file.read_text(encoding="utf-8").splitlines()
    return {f"line {number}": line for number, line in enumerate(lines, start=1)}


def _read_geopackage(file: Path) -> Cells:
    import geopandas as gpd
    import pyogrio

    cells: dict[str, object] = {}
    with TemporaryDirectory(prefix="gigasite-") as scratch:  # a reader may leave files beside the one it reads
        copy = Path(scratch) / file.name
        shutil.copyfile(file, copy)
        for layer, _ in pyogrio.list_layers(copy):
            frame = gpd.read_file(copy, layer=layer, engine="pyogrio").to_wkt()
            cells |= _table(frame.columns, frame.itertuples(index=False), f"layer {layer}, ")
    return cells


READERS: Mapping[str, Callable[[Path], Cells]] = {
    ".csv": _read_csv,
    ".json": _read_json,
    ".md": _read_text,
    ".gpkg": _read_geopackage,
}
"""Ending of a file -> its reader; pictures have no cells, and parquet files may be too large for one."""
