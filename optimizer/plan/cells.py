"""The contents of an output file, cell by cell, so that one that differs can be named."""

import csv
import json
import shutil
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

Cells = Mapping[str, object]
"""Where a cell is -> what it holds."""
LONGEST = 60
"""Characters of a cell that are quoted."""


def first_difference(found: Path, made: Path) -> str:
    """Return where and how a file differs from the one made anew; empty if its cells, if any, are the same."""
    if made.suffix not in READERS:
        return ""
    read = READERS[made.suffix]
    right = read(made)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a damaged file may be odd in many ways; what it holds decides
            wrong = read(found)
    except Exception as fault:  # whatever a library says of a file that is none
        return f"it cannot be read ({_quoted(fault)})"
    for place, content in right.items():
        if place not in wrong:
            return f"{place} is missing"
        if wrong[place] != content:
            return f"{place} is {_quoted(wrong[place], content)}, not {_quoted(content, wrong[place])}"
    return next((f"{place} is {_quoted(wrong[place])}, not there" for place in wrong if place not in right), "")


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


def _read_parquet(file: Path) -> Cells:
    import pyarrow.parquet as parquet

    table = parquet.read_table(file)
    return _table(table.column_names, zip(*(column.to_pylist() for column in table.columns), strict=True))


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
    ".parquet": _read_parquet,
    ".gpkg": _read_geopackage,
}
"""Ending of a file -> its reader; pictures have no cells."""
