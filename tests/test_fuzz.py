"""Whatever bytes a case's files hold, it is read or refused with its faults told: no traceback, no unsound number."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import strategies as st
from pyarrow import csv, parquet

from models.case import HOURLY_TABLES, TABLES, Case
from optimizer.case.columns import columns_of
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.number_parsing import within_limits
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings, parse_overrides
from tests.laws import for_all, often

TUTORIAL = Path(__file__).parents[1] / "inputs" / "tutorial"
TOKENS = [
    *(
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xc3",
        b"\x1a",
        b"\x1b[31m",
        b"\r",
        b"\n",
        b"\r\n",
    ),
    *(b",", b";", b"\t", b"|", b'"', b'""', b"'", b"\\", b"=", b"[", b"]", b"{", b"}", b"[[", b"[" * 2000, b"{" * 2000),
    *(
        b"NaN",
        b"inf",
        b"-inf",
        b"1e999",
        b"-1e999",
        b"1e-12",
        b"1e21",
        b"-1",
        b"0",
        b"9" * 5000,
        b"1.234",
        b"1,5",
        b"0x1",
    ),
    *(
        b"true",
        b"null",
        b"[]",
        b"{}",
        b'"x"',
        b"1979-05-27",
        b"nan",
        b"+nan",
        b".",
        b"..",
        b"../",
        b"/",
        b"a.b.c",
        b"#",
    ),
    *(
        b'extends = "base"\n',
        b'extends = "../x"\n',
        b"[solve]\n",
        b'"""',
        b"'''",
        b"\\u0000",
        b"\\ud800",
        b"sep=;\n",
        b"PAR1",
    ),
    *(
        "\u0410".encode(),
        "\u200b".encode(),
        "\u0661".encode(),
        "\u2028".encode(),
        b"A" * 200_000,
        b"\n" * 1000,
        b"x" * 48,
    ),
]
"""What damages files, and what means something to one of their readers."""

Change = tuple[str, int, int, bytes]
changes = st.lists(
    st.tuples(
        st.sampled_from(["insert", "replace", "delete", "copy", "cut", "flip"]),
        st.integers(0, 2**20),
        st.integers(0, 2**20),
        st.sampled_from(TOKENS) | st.binary(max_size=6),
    ),
    min_size=1,
    max_size=4,
)


def changed(raw: bytes, change: Change) -> bytes:
    """Return a file's bytes with one change."""
    kind, first, second, token = change
    at, there = first % (len(raw) + 1), second % (len(raw) + 1)
    if kind == "insert":
        return raw[:at] + token + raw[at:]
    if kind == "replace":
        return raw[:at] + token + raw[at + len(token) :]
    if kind == "delete":
        return raw[: min(at, there)] + raw[min(at + 40, max(at, there)) :]
    if kind == "copy":
        return raw[:at] + raw[there : there + 60] + raw[at:]
    if kind == "cut":
        return raw[:at]
    return raw[:at] + bytes([raw[at] ^ (1 << second % 8)]) + raw[at + 1 :] if at < len(raw) else raw


def sources(folder: Path, family: str) -> list[Path]:
    """Return the files of a family in a copy of the tutorial that has one of each."""
    square = {"type": "Polygon", "coordinates": [[[-4, 43], [7, 43], [7, 50], [-4, 50], [-4, 43]]]}
    outline = {"type": "Feature", "properties": {"zone": "WEST"}, "geometry": square}
    (folder / "zones.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [outline]}, indent=1))
    if family == "parquet":
        for table in HOURLY_TABLES:
            path = folder / f"{table.name}.csv"
            parquet.write_table(csv.read_csv(path), path.with_suffix(".parquet"))
            path.unlink()
    families = {
        "tables": [f"{name}.csv" for name in TABLES],
        "hourly": [f"{table.name}.csv" for table in HOURLY_TABLES],
        "parquet": [f"{table.name}.parquet" for table in HOURLY_TABLES],
        "scenario": ["scenario.toml"],
        "outlines": ["zones.geojson"],
        "package": ["datapackage.json"],
    }
    return [folder / name for name in families[family]]


def unsound(case: Case) -> Iterator[str]:
    """Yield the numbers of a case that no cell may hold."""
    for name, kind in TABLES.items():
        for column in columns_of(kind).values():
            numbers = np.array([getattr(row, column.name) for row in getattr(case, name).values()])
            if column.numeric and not within_limits(numbers.astype(float), column).all():
                yield f"{name}.{column.name}"
    for table in HOURLY_TABLES:
        for name, values in case.hourly[table.name].items():
            if not within_limits(values, table).all():
                yield f"{table.name}.{name}"


def faults_of(folder: Path) -> tuple[Fault, ...]:
    """Read a case that must be sound or refused; return its faults."""
    try:
        case = read_case(folder, load_settings(folder))
    except CaseRefused as refused:
        return refused.faults or (Fault("", ""),)
    assert not [*unsound(case)]
    return ()


@often(30, 2000)
@pytest.mark.parametrize("family", ["tables", "hourly", "parquet", "scenario", "outlines", "package"])
def test_damaged_files_are_read_or_refused(family: str, number: int) -> None:
    counts = {True: 0, False: 0}
    with TemporaryDirectory() as place:
        folder = Path(shutil.copytree(TUTORIAL, Path(place) / "tutorial"))
        paths = sources(folder, family)

        def law(damage: tuple[Path, list[Change]]) -> None:
            path, steps = damage
            raw = damaged = path.read_bytes()
            for step in steps:
                damaged = changed(damaged, step)
            path.write_bytes(damaged)
            try:
                faults = faults_of(folder)
            finally:
                path.write_bytes(raw)
            counts[bool(faults)] += 1
            assert all(fault.file and fault.rule and len(str(fault)) < 1000 for fault in faults)

        assert not faults_of(folder)
        for_all(number, st.tuples(st.sampled_from(paths), changes), law)
    print(f"{family}: {counts[True]} of {sum(counts.values())} damaged files refused")
    assert counts[True] > sum(counts.values()) / 4


words = st.lists(st.sampled_from(["solve", "seed", ".", "=", " ", "title", "x", *"\"'[]{}1\n\\"]) | st.text(max_size=5))


@often(100, 20_000)
def test_settings_of_any_text_are_read_or_refused(number: int) -> None:
    told: list[Fault] = []

    def law(texts: list[str]) -> None:
        try:
            load_settings(TUTORIAL, overrides=parse_overrides(["".join(texts)]))
        except CaseRefused as refused:
            told.extend(refused.faults)

    for_all(number, words, law)
    print(f"{len(told)} faults of {number} settings")
    assert told
    assert all(fault.rule for fault in told)


@often(50, 5000)
def test_scenarios_of_any_name_are_read_or_refused(number: int) -> None:
    def law(name: str) -> None:
        with pytest.raises(CaseRefused):
            load_settings(TUTORIAL, name)

    for_all(number, st.text().filter(lambda name: name != "base"), law)
