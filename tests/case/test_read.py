"""Reading a case: every way a file can be wrong is refused by file, line, column, value and rule; none is guessed."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import csv as pyarrow_csv
from pyarrow import parquet
from typer.testing import CliRunner

from models.case import HOURLY_TABLES, TABLES, Case, HourlyTable, Row
from models.case.rows import Key, Name
from models.units import Factor, Latitude, Longitude, Mw, Plausible, Share, Twh
from optimizer.case.columns import columns_of
from optimizer.case.faults import SHOWN, CaseRefused, Fault
from optimizer.case.hourly_table import read_hourly
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.case.table import Table, read_table
from optimizer.cli import app

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "inputs" / "tutorial"
LOAD = next(table for table in HOURLY_TABLES if table.name == "load")
ZONES = ["EAST", "NORTH", "WEST"]


class Hub(Row):
    """A small table, declared for these tests."""

    key = ("hub",)
    hub: Key
    """Code."""
    name: Name
    """Name."""
    power_mw: Annotated[Mw, Plausible(0, 5_000)]
    """Power."""


class Mixture(Row):
    """A table with a column of every kind that people write units behind."""

    key = ("part",)
    part: Key
    part_share: Share
    energy_twh: Twh
    life_years: Annotated[float, Plausible(1, 50)]


class Campus(Row):
    """The table of the faulty files of the benchmarks."""

    key = ("site_id",)
    site_id: Key
    name: Name
    country: Key
    zone: Key
    lat: Latitude
    lon: Longitude
    grid_mw: Mw
    capex_eur_per_mw: Annotated[float, Plausible(0, 5e7)]
    pue: Annotated[Factor, Plausible(1, 3)]


Read = Callable[[str | bytes], tuple[Table, list[Fault]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a table of hubs from its text or bytes."""

    def read_text(text: str | bytes) -> tuple[Table, list[Fault]]:
        path = tmp_path / "hubs.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_table(path, Hub)

    return read_text


@pytest.fixture
def tutorial(tmp_path: Path) -> Path:
    """Copy the tutorial case to where it may be damaged."""
    return Path(shutil.copytree(TUTORIAL, tmp_path / "tutorial"))


def refusal(case_dir: Path) -> tuple[Fault, ...]:
    with pytest.raises(CaseRefused) as refused:
        read_case(case_dir, load_settings(case_dir))
    return refused.value.faults


def only(faults: list[Fault]) -> Fault:
    assert len(faults) == 1, faults
    return faults[0]


HUBS = {"A": ("Zürich", 1120.5), "B": ("Łódź", 80.25)}
PLAIN = "hub,name,power_mw\nA,Zürich,1120.5\nB,Łódź,80.25\n"
SEMICOLONS = "hub;name;power_mw\nA;Zürich;1.120,5\nB;Łódź;80,25\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        "sep=|\r\n" + SEMICOLONS.replace(";", "|").replace("\n", "\r\n"),
        PLAIN.replace("A,", "\u00a0A ,"),
        PLAIN.replace("Łódź", '"Łódź"'),
        SEMICOLONS,
        "sep=;\n" + SEMICOLONS,
        SEMICOLONS.replace(";", "\t").encode("utf-16"),
        SEMICOLONS.replace(";", "|"),
        SEMICOLONS.replace("\n", "\r\n"),
        SEMICOLONS.replace("\n", "\r"),
        SEMICOLONS + "\n\n;;\n",
        SEMICOLONS.replace("1.120,5", "1 120,5"),
        SEMICOLONS.replace("1.120,5", "1\u202f120,5"),
        SEMICOLONS.replace("1.120,5", "+1'120,5"),
        SEMICOLONS.replace("1.120,5", "112,05e1"),
        PLAIN.replace("1120.5", '"1,120.5"'),
        "power_mw,name,hub\n80.25,Łódź,B\n1120.5,Zürich,A\n",
    ],
)
def test_one_table_written_in_many_ways_is_read_alike(read: Read, text: str | bytes) -> None:
    table, faults = read(text)
    assert not faults
    assert {key: (row.name, row.power_mw) for key, row in table.rows.items()} == HUBS
    assert list(table.rows) == ["A", "B"]


def test_windows_1252_is_read(read: Read) -> None:
    table, faults = read("hub;name;power_mw\nA;Besançon \u2013 Zürich;1,5\n".encode("cp1252"))
    assert not faults
    assert table.rows["A"].name == "Besançon \u2013 Zürich"


def test_country_codes_that_mean_nothing_else_stay_text(read: Read) -> None:
    table, faults = read("hub,name,power_mw\nNO,NA,1\nNA,null,2\nnan,=1+1,3\nNULL,-inf,4\nTRUE,1e5,5\n1E5,N/A,6\n")
    assert not faults
    names = {"NO": "NA", "NA": "null", "nan": "=1+1", "NULL": "-inf", "TRUE": "1e5", "1E5": "N/A"}
    assert {key: row.name for key, row in table.rows.items()} == names


@pytest.mark.parametrize(
    ("text", "line", "column", "rule"),
    [
        ("", None, None, "is empty: the first line must name the columns"),
        ("hub,name,power_mw\n", None, None, "has a header and no row"),
        ("1,2,3\n4,5,6\n", 1, None, "is no header"),
        ("hub,name,power_mw\nA,Paris,1\nB,Lyon\n", 3, None, "has 2 cells, the header has 3"),
        ("hub,name,power_mw\nA,Paris,1,5\n", 2, None, "has 4 cells, the header has 3"),
        ('hub,name,power_mw\nA,Paris,1\nB,"Lyon,2\n', 3, None, "a quotation mark is opened and never closed"),
        ('hub,name,power_mw\nA,"a\nb"c,1\n', 2, None, "cannot be read from here on"),
        ("hub,name,power_mw\nA,Paris,1\nB,Lyon,12", 3, "power_mw", "may be cut off"),
        ("hub,name,power_mw\nA,Par\0is,1\n", 2, None, "NUL byte"),
        ("hub,name,power_mw\nA,Paris,1\n".encode("utf-16")[2:], 1, None, "NUL byte"),
        (b"\xff\xfeh", None, None, "begins like UTF-16"),
        ("hub,name,power_mw\nA,Zürich,1\n".encode() + b"B,\xe9t\xe9,2\n", None, None, "mixes UTF-8"),
        (b"hub,name,power_mw\nA,\x81,1\n", None, None, "neither UTF-8, UTF-16 nor Windows-1252"),
        ("hub,name,power_mw,power_mw\nA,Paris,1,2\n", 1, "power_mw", "appears 2 times"),
        ("hub,name,power_mw,\nA,Paris,1,2\n", 1, None, "a column has no name"),
        ("hub,name,power_mw,pue\nA,Paris,1,2\n", 1, "pue", "unknown column"),
        ("hub,name,power_mw\nA,Paris,1\nB,Lyon,2\nA,Lille,3\n", 4, "hub", "repeats the key of line 2"),
        ("hub,name,power_mw\n\u0410,Paris,1\n", 2, "hub", "cyrillic capital letter a"),
        ("hub,name,power_mw\nZ\u00fc,Paris,1\n", 2, "hub", "latin small letter u with diaeresis"),
        ("hub,name,power_mw\nA b,Paris,1\n", 2, "hub", "must be a key"),
        ("hub,name,power_mw\n,Paris,1\n", 2, "hub", "is empty"),
        ("hub,name,power_mw\nA,,1\n", 2, "name", "is empty"),
        ("hub,name,power_mw\nA,Par\u200bis,1\n", 2, "name", "invisible character U+200B"),
        ("hub;name;power_mw\nA;Paris;1.234\nB;Lyon;5\n", 2, "power_mw", "two ways: declare `decimalChar`"),
        ("hub;name;power_mw\nA;Paris;1,5\nB;Lyon;2.5\n", 3, "power_mw", "has a decimal point in a file"),
        ("hub;name;power_mw\nA;Paris;2.5\nB;Lyon;1,5\n", 3, "power_mw", "has a decimal comma in a file"),
        ("hub;name;power_mw\nA;Paris;1.2.3\n", 2, "power_mw", "is not a number"),
        ("hub;name;power_mw\nA;Paris;12 34\n", 2, "power_mw", "is not a number"),
        ("hub,name,power_mw\nA,Paris,12000\n", 2, "power_mw", "outside 0 .. 5,000 MW (kW written for MW?)"),
        (f"hub,name,power_mw\nA,{'x' * 121},1\n", 2, "name", "at most 120 characters"),
        (f"hub,name,power_mw\nA,{'x' * 10_000_000},1\n", 2, None, "cannot be read from here on: field larger than"),
        (f"hub,name,{'x' * 10_000_000}\nA,Paris,1\n", 1, None, "cannot be read from here on: field larger than"),
        ("\ufeff", None, None, "is empty: the first line must name the columns"),
        ("\n \n,,\n", None, None, "is empty: the first line must name the columns"),
        ("hub,name,power_mw\n\u039f1,Paris,1\n", 2, "hub", "greek capital letter omicron"),
        ("hub,name,power_mw\n\uff21,Paris,1\n", 2, "hub", "fullwidth latin capital letter a"),
        ("hub,name,power_mw\nA\u200b,Paris,1\n", 2, "hub", "zero width space"),
        ("hub,name,power_mw\n\ufeffA,Paris,1\n", 2, "hub", "zero width no-break space"),
        ("hub,name,power_mw\nA\u0301,Paris,1\n", 2, "hub", "combining acute accent"),
        ("hub,name,power_mw\n=A1,Paris,1\n", 2, "hub", "must be a key"),
        ("hub,name,power_mw\n-A,Paris,1\n", 2, "hub", "must be a key"),
        (f"hub,name,power_mw\n{'A' * 49},Paris,1\n", 2, "hub", "must be a key: up to 48"),
        ("hub,name,power_mw\nA,\ufeffParis,1\n", 2, "name", "invisible character U+FEFF"),
        ("hub,name,power_mw\nA,Par\u202eis,1\n", 2, "name", "invisible character U+202E"),
        ("hub,name,power_mw\nA,Par\ufffdis,1\n", 2, "name", "unreadable or invisible character U+FFFD"),
        ("hub,name,power_mw\nA,Paris,\x0c5\n", 2, "power_mw", "is not a number"),
        ("hub,name,power_mw\nA,Paris,\u30005\n", 2, "power_mw", "is not a number"),
        ("hub,name,power_mw\nA1,Paris,1\nB,Lyon,2\na1,Lille,3\n", 4, "hub", "line 2, but for upper and lower case"),
        ("hub,name,power_mw\nA,Paris,1,\n", 2, None, "has 4 cells, the header has 3"),
        ("hub,name,power_mw,\nA,Paris,1,\n", 1, None, "a column has no name"),
        ("hub;name;power_mw\nA;Paris;1,5;\n", 2, None, "has 4 cells, the header has 3"),
        ("hub,name,power_mw\nA,Paris,1,5\nB,Lyon,2\n", 2, None, "has 4 cells, the header has 3: cut off or shifted"),
        ("hub,name,power_mw\nA,Paris,1\nB,Ly", 3, None, "has 2 cells, the header has 3"),
        ("hub,name,power_mw\rA,Paris,1\rB,Ly\0on,2\r", 3, None, "NUL byte"),
        ("hub,name,power_mw\nA,Paris,1\n".encode("utf-16-be"), 1, None, "NUL byte"),
        ("hub,name,power_mw\nA,Paris,1\n".encode("utf-32"), 1, None, "NUL byte"),
        ("hub,name,power_mw\nA,Zürich,1\nB,Łódź,2\n".encode()[:-6], 3, None, "has 2 cells"),
        ("sep=.\nhub.name.power_mw\nA.Paris.1\n", 1, None, "is no header"),
    ],
)
def test_each_fault_of_a_file_is_reported(
    read: Read, text: str | bytes, line: int | None, column: str | None, rule: str
) -> None:
    _, faults = read(text)
    fault = only(faults)
    assert (fault.file, fault.line, fault.column) == ("hubs.csv", line, column)
    assert rule in fault.rule


def test_giant_cell_is_refused_whatever_limit_a_library_has_set(read: Read) -> None:
    before = csv.field_size_limit(10**9)
    try:
        _, faults = read(f"hub,name,power_mw\nA,{'x' * 1_000_000},1\n")
    finally:
        csv.field_size_limit(before)
    assert "field larger than" in only(faults).rule


def test_lines_are_physical_even_after_quoted_line_breaks(read: Read) -> None:
    _, faults = read('sep=,\nhub,name,power_mw\nA,"two\nlines",1\n\nB,Lyon,x\n')
    assert [(fault.line, fault.column) for fault in faults] == [(3, "name"), (6, "power_mw")]


def test_a_fault_is_reported_in_characters_one_can_see_and_in_few_of_them(read: Read) -> None:
    _, faults = read("hub,name,power_mw,\x1b[31mred" + "x" * 5000 + "\nA,Paris,1,2\n")
    assert str(only(faults)) == "hubs.csv, line 1, \\x1b[31mred" + "x" * 69 + "...: unknown column"


def test_a_misspelt_column_is_suggested_and_missed(read: Read) -> None:
    _, faults = read("hub,name,power_wm\nA,Paris,1\n")
    assert [(fault.column, fault.rule) for fault in faults] == [
        ("power_wm", "unknown column (did you mean 'power_mw'?)"),
        ("power_mw", "the column is missing"),
    ]


def test_a_declared_decimal_sign_settles_what_can_be_read_two_ways(tmp_path: Path) -> None:
    path = tmp_path / "hubs.csv"
    path.write_text("hub;name;power_mw\nA;Paris;1.234\n")
    assert read_table(path, Hub, ".")[0].rows["A"].power_mw == 1.234
    assert read_table(path, Hub, ",")[0].rows["A"].power_mw == 1234


def test_the_tutorial_is_read(tutorial: Path) -> None:
    case = read_case(tutorial, load_settings(tutorial))
    assert case.name == "tutorial"
    assert list(case.sites) == ["BUGEY", "LODZ", "LULEA", "LYON", "PARIS"]
    assert list(case.fleets)[:2] == [("EAST", "coal", 2026), ("EAST", "coal", 2031)]
    assert [day.weight for day in case.days] == [182.5, 182.5]
    assert case.round_trip_ms["LULEA", "paris"] == 30
    assert case.hourly["load"]["WEST"][:2].tolist() == [1760, 1760]
    assert not case.hourly["load"]["WEST"].flags.writeable
    assert len(case.files["sites.csv"]) == 64


def content(case: Case) -> dict[str, object]:
    """Return all that a case holds in a form that `==` compares, but for the hashes of its files."""
    held = {field.name: getattr(case, field.name) for field in fields(case) if field.name != "files"}
    held["hourly"] = {
        name: {key: list(values) for key, values in held["hourly"][name].items()} for name in held["hourly"]
    }
    held["climate"] = {key: list(values) for key, values in case.climate.pue.items()}
    return {name: list(value.items()) if isinstance(value, dict) else value for name, value in held.items()}


def test_rows_and_columns_in_any_order_make_the_same_case(tutorial: Path) -> None:
    settings = load_settings(tutorial)
    straight = content(read_case(tutorial, settings))
    for path in tutorial.glob("*.csv"):
        header, *rows = [line.split(",")[::-1] for line in path.read_text().splitlines()]
        shuffled = [header, *(rows if "hour" in header else rows[::-1])]
        path.write_text("".join(";".join(row) + "\r\n" for row in shuffled), newline="")
    assert content(read_case(tutorial, settings)) == straight


def test_periods_come_in_the_order_of_their_years(tutorial: Path) -> None:
    for path in tutorial.glob("*.csv"):
        path.write_text(path.read_text().replace(",p2,", ",late,").replace(",p1,", ",soon,"))
    (tutorial / "periods.csv").write_text("period,first_year,length_years\nlate,2031,5\nsoon,2026,5\n")
    assert list(read_case(tutorial, load_settings(tutorial)).periods) == ["soon", "late"]


def test_the_faults_of_all_files_are_reported_at_once(tutorial: Path) -> None:
    (tutorial / "sites.csv").write_text((tutorial / "sites.csv").read_text().replace(",WEST,RHONE", ",WESTT,RHONE"))
    (tutorial / "chips.csv").unlink()
    (tutorial / "latencies.csv").write_text("site,region\n")
    (tutorial / "load.parquet").write_bytes(b"PAR1")
    (tutorial / "carbon.csv").write_text((tutorial / "carbon.csv").read_text().replace("NORTH", "NORT"))
    (tutorial / "wetbulb.csv").unlink()
    reported = [str(fault) for fault in refusal(tutorial)]
    assert "sites.csv, line 2, zone = 'WESTT': no such row in zones.csv (did you mean 'WEST'?)" in reported
    assert "chips.csv: the file is missing" in reported
    assert "latencies.csv: no such table: the file would be ignored (did you mean 'latency.csv'?)" in reported
    assert "load.csv: load.parquet is there too: keep one of them" in reported
    assert "carbon.csv, line 1, NORT: unknown column (did you mean 'NORTH'?)" in reported
    assert "carbon.csv, line 1, NORTH: the column is missing" in reported
    assert "wetbulb.csv: the file is missing (wetbulb.parquet would do as well)" in reported


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseRefused, match="is not a folder"):
        read_case(tmp_path / "nowhere", load_settings(TUTORIAL))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "is no data package"),
        ("[" * 100_000, "is no data package"),
        ("\xff\xfe", "is no data package"),
        ("[]", "is no data package"),
        ('{"resources": 5}', "is no data package"),
        ('{"resources": [5]}', "is no data package"),
        ('{"resources": [{"path": ["sites.csv"]}]}', "is no data package"),
        ('{"resources": [{"path": "sites.csv", "dialect": ";"}]}', "is no data package"),
        ('{"resources": [{"path": "sites.csv", "dialect": {"decimalChar": [","]}}]}', 'must be "." or ","'),
        ('{"resources": [{"path": "sites.csv", "dialect": {"decimalChar": ";"}}]}', 'must be "." or ","'),
    ],
)
def test_a_broken_data_package_is_refused(tutorial: Path, text: str, words: str) -> None:
    (tutorial / "datapackage.json").write_text(text)
    assert words in only(list(refusal(tutorial))).rule


def test_the_data_package_declares_the_decimal_sign(tutorial: Path) -> None:
    (tutorial / "datapackage.json").unlink()
    path = tutorial / "lines.csv"
    path.write_text(
        "line,from_zone,to_zone,forward_mw,backward_mw,loss_share,reactance_pu,source,quality\nN-W,NORTH,WEST,1.500,0,0,0,s,real\n"
    )
    assert "two ways" in only(list(refusal(tutorial))).rule
    package = '{"resources": [{"path": "lines.csv", "dialect": {"decimalChar": ","}}]}'
    (tutorial / "datapackage.json").write_text(package)
    assert read_case(tutorial, load_settings(tutorial)).lines["N-W"].forward_mw == 1500


def test_a_declaration_ends_where_another_program_saved_the_file(tutorial: Path) -> None:
    path = tutorial / "lines.csv"
    header = "line,from_zone,to_zone,forward_mw,backward_mw,loss_share,reactance_pu,source,quality"
    line = f"{header}\nN-W,NORTH,WEST,24.754,0,0,0,s,real\n"
    path.write_text(line)
    assert read_case(tutorial, load_settings(tutorial)).lines["N-W"].forward_mw == 24.754
    path.write_text(line.replace(",", ";").replace("24.754", "24,754"))
    assert "two ways" in only(list(refusal(tutorial))).rule
    path.write_text(line.replace("24.754,0,", '"24,5","1,5",'))
    fault = only(list(refusal(tutorial)))
    assert (fault.file, fault.line) == ("lines.csv", None)
    assert fault.rule.startswith("its numbers have a decimal comma, but its `decimalChar` in datapackage.json is")


def test_a_table_that_new_wrote_may_be_cut_to_any_rows(tmp_path: Path) -> None:
    for name in ("tutorial", "europe"):
        assert CliRunner().invoke(app, ["new", str(tmp_path / name), "--from", name]).exit_code == 0
        signs = json.loads((tmp_path / name / "datapackage.json").read_text())["resources"]
        declared = {each["path"]: each["dialect"]["decimalChar"] for each in signs if each["format"] == "csv"}
        assert {*declared} == {path.name for path in (tmp_path / name).glob("*.csv")}
        assert {*declared.values()} == {"."}


def test_hourly_parquet_is_read_as_csv_is(tutorial: Path) -> None:
    settings = load_settings(tutorial)
    from_csv = content(read_case(tutorial, settings))
    for table in HOURLY_TABLES:
        path = tutorial / f"{table.name}.csv"
        parquet.write_table(pyarrow_csv.read_csv(path), path.with_suffix(".parquet"))
        path.unlink()
    assert content(read_case(tutorial, settings)) == from_csv


def test_faults_of_parquet_name_row_and_column(tmp_path: Path) -> None:
    hours, load = np.arange(48), np.full((48, 3), 100.0)
    load[4, 0], load[5, 0], load[6, 1], load[20:, 2] = np.nan, np.inf, 1e-12, -1
    path = tmp_path / "load.parquet"
    columns = dict(zip(ZONES, load.T, strict=True))
    parquet.write_table(pa.table({"hour": hours + (hours > 9), **columns, "SOUTH": load[:, 0]}), path)
    values, faults = read_hourly(path, LOAD, ZONES, ZONES)
    reported = [(fault.line, fault.column, fault.value) for fault in faults]
    assert reported[:5] == [
        (None, "SOUTH", None),
        (11, "hour", "11"),
        (5, "EAST", "nan"),
        (6, "EAST", "inf"),
        (7, "NORTH", "1e-12"),
    ]
    assert reported[5:] == [*((21 + shown, "WEST", "-1") for shown in range(SHOWN)), (21 + SHOWN, "WEST", None)]
    assert list(values) == ZONES


def test_parquet_that_is_none_or_holds_texts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "load.parquet"
    path.write_bytes(b"hour,EAST\n0,1\n")
    assert "cannot be read as parquet" in only(read_hourly(path, LOAD, ZONES, [])[1]).rule
    parquet.write_table(pa.table({"hour": [0], "EAST": ["1"]}), path)
    assert only(read_hourly(path, LOAD, ZONES, [])[1]).rule == "the column must hold numbers"
    parquet.write_table(pa.table({"hour": [0, 1], "EAST": pa.array([100, None])}), path)
    assert only(read_hourly(path, LOAD, ZONES, [])[1]).line == 2


@pytest.mark.parametrize(
    ("text", "line", "column", "rule"),
    [
        ("hour,EAST\n", None, None, "has a header and no row"),
        ("hour,EAST\n0,100\n2,100\n", 3, "hour", "must be 1: hours run 0, 1, 2, ... without gap"),
        ("hour,EAST\n0,100\n0,100\n", 3, "hour", "must be 1"),
        ("EAST\n100\n", 1, "hour", "the column is missing"),
        ("hour,EAST\n0,100\n1,100", 3, "EAST", "may be cut off"),
        ("hour;EAST\n0;1.234\n1;5\n", 2, "EAST", "two ways"),
        ("hour;EAST\n0;100,5\n1;200.5\n", 3, "EAST", "has a decimal point in a file"),
        ("hour,EAST\n0,100\n1,300000\n", 3, "EAST", "outside 0 .. 200,000 MW (kW written for MW?)"),
    ],
)
def test_each_fault_of_an_hourly_file_is_reported(
    tmp_path: Path, text: str, line: int | None, column: str | None, rule: str
) -> None:
    path = tmp_path / "load.csv"
    path.write_text(text)
    fault = only(read_hourly(path, LOAD, ZONES, [])[1])
    assert (fault.line, fault.column) == (line, column)
    assert rule in fault.rule


def edit(path: Path, change: Callable[[str], str]) -> None:
    text = path.read_text()
    path.write_text(change(text))
    assert path.read_text() != text


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a file that is missing": Path.unlink,
    "a NUL byte": lambda path: edit(path, lambda text: text[:200] + "\0" + text[200:]),
    "two encodings": lambda path: path.write_bytes(path.read_bytes() + "é".encode() + b"\xe9\n"),
    "no line": lambda path: path.write_text(""),
    "no header": lambda path: edit(path, lambda text: text.partition("\n")[2]),
    "another table": lambda path: shutil.copy(path.with_name("tranches.csv"), path),
    "an hourly table": lambda path: shutil.copy(path.with_name("load.csv"), path),
    "no key column": lambda path: edit(path, lambda text: "x" + text),
    "an open quotation mark": lambda path: edit(path, lambda text: text.replace("\n", '\n"', 1)),
    "cells beside the rows": lambda path: edit(path, lambda text: text.replace("\n", "\n,", 3).replace("\n,", "\n", 1)),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["zones", "sites", "countries", "technologies", "periods", "substations", "chips"])
def test_what_follows_from_a_table_that_was_not_read_is_one_line_after_its_cause(
    tutorial: Path, name: str, damage: str
) -> None:
    DAMAGES[damage](tutorial / f"{name}.csv")
    faults = refusal(tutorial)
    own = [fault for fault in faults if "may follow from those told of it" not in fault.rule]
    assert {fault.file for fault in own} == {f"{name}.csv"}
    assert len(own) <= 2 * SHOWN
    assert [fault.file for fault in faults[len(own) :]] in ([], [f"{name}.csv"])
    assert faults[: len(own)] == tuple(own)


def test_followers_are_counted_and_true_faults_are_reported_before_them(tutorial: Path) -> None:
    (tutorial / "zones.csv").unlink()
    edit(
        tutorial / "sites.csv",
        lambda text: text.replace(",paris", ",pariss").replace("PARIS,Paris", "PARIS,Par\u200bis"),
    )
    reported = [str(fault) for fault in refusal(tutorial)]
    assert reported[0] == "zones.csv: the file is missing"
    assert "invisible character U+200B" in reported[1]
    assert reported[-1].endswith("more faults may follow from those told of it")
    (count,) = [fault.count for fault in refusal(tutorial) if fault.rule.endswith("told of it")]
    assert count > 20
    assert reported[-1].startswith(f"zones.csv: {count} ")


def test_a_reference_to_no_row_of_a_sound_table_is_never_taken_for_a_follower(tutorial: Path) -> None:
    (tutorial / "chips.csv").unlink()
    edit(tutorial / "sites.csv", lambda text: text.replace(",WEST,RHONE", ",WESTT,RHONE"))
    reported = [str(fault) for fault in refusal(tutorial)]
    assert reported[0] == "chips.csv: the file is missing"
    assert "sites.csv, line 2, zone = 'WESTT': no such row in zones.csv (did you mean 'WEST'?)" in reported


@pytest.mark.parametrize("name", ["zones", "sites", "countries", "technologies", "periods", "substations", "chips"])
def test_a_refused_row_makes_no_fault_elsewhere(tutorial: Path, name: str) -> None:
    columns = [each for each, column in columns_of(TABLES[name]).items() if column.numeric]
    lines = (tutorial / f"{name}.csv").read_text().splitlines()
    place = lines[0].split(",").index(columns[-1])
    for line in range(1, len(lines)):
        cells = lines[line].split(",")
        cells[place] = "many"
        changed = [*lines[:line], ",".join(cells), *lines[line + 1 :], ""]
        (tutorial / f"{name}.csv").write_text("\n".join(changed))
        fault = only(list(refusal(tutorial)))
        assert (fault.file, fault.line, fault.column) == (f"{name}.csv", line + 1, columns[-1])


@pytest.mark.parametrize("name", ["sites", "zones", "load"])
def test_a_foreign_file_is_one_fault_not_one_a_row(tutorial: Path, name: str) -> None:
    rows = "".join(f"plant {row},{row},coal,extra\n" for row in range(8_787))
    (tutorial / f"{name}.csv").write_text("plant_id,capacity,fuel\n" + rows)
    first = refusal(tutorial)[0]
    assert (first.file, first.line) == (f"{name}.csv", 1)
    assert first.rule.startswith("is no header: none of the columns")
    assert len(refusal(tutorial)) <= 2


def test_rows_of_another_shape_are_counted(read: Read) -> None:
    _, faults = read("hub,name,power_mw\n" + "".join(f"H{row},Paris,1,2\n" for row in range(8_787)))
    assert [fault.line for fault in faults] == [2, 3, 4, 5, 6, 7]
    assert faults[-1].rule == "and 8,782 more rows like it from here on"
    assert sum(fault.count for fault in faults) == 8_787


def test_cells_of_a_column_are_counted(read: Read) -> None:
    _, faults = read("hub,name,power_mw\n" + "".join(f"H{row},Paris,many\n" for row in range(100)))
    assert [fault.line for fault in faults] == [2, 3, 4, 5, 6, 7]
    assert faults[-1].rule == "and 95 more cells of this column from here on"


@pytest.mark.parametrize("name", ["lines", "substations", "demand"])
def test_a_table_in_the_place_of_another_is_reported_by_its_columns(tutorial: Path, name: str) -> None:
    shutil.copy(tutorial / f"{name}.csv", tutorial / "sites.csv")
    assert refusal(tutorial)[0].rule.endswith(f"it names 100% of the columns of {name}")


@pytest.mark.parametrize(
    ("text", "unit", "hint"),
    [
        ("35%", "part_share", "it is in percent; write 0.35"),
        ("35 %", "part_share", "it is in percent; write 0.35"),
        ("12,5 %", "part_share", "it is in percent; write 0.125"),
        ("35pc", "part_share", "it is in percent; write 0.35"),
        ("5 percent", "part_share", "it is in percent; write 0.05"),
        ("12 \u2030", "part_share", "it is in per mille; write 0.012"),
        ("5 %", "energy_twh", "it has `%` behind it; write the number alone, in TWh"),
        ("20 TWh", "energy_twh", "it has `TWh` behind it; write 20"),
        ("20TWh", "energy_twh", "it has `TWh` behind it; write 20"),
        ("20 GWh", "energy_twh", "it has `GWh` behind it, but the column is in TWh; write 0.02"),
        ("20 barrels", "energy_twh", "it has `barrels` behind it; write the number alone, in TWh"),
        ("5 years", "life_years", "it has `years` behind it; write the number alone"),
        ("1_000", "energy_twh", "its marks do not part thousands"),
        ("12,34,567", "energy_twh", "its marks do not part thousands"),
        ("2025-06-01", "energy_twh", "is a date or time, not a number"),
        ("01.06.2025", "energy_twh", "is a date or time, not a number"),
        ("12:30", "energy_twh", "is a date or time, not a number"),
    ],
)
def test_what_stands_behind_a_number_is_named(tmp_path: Path, text: str, unit: str, hint: str) -> None:
    cells = {"part": "A", "part_share": "0", "energy_twh": "1", "life_years": "5", unit: text}
    path = tmp_path / "mixture.csv"
    path.write_text(";".join(cells) + "\n" + ";".join(cells.values()) + "\n")
    fault = only(read_table(path, Mixture, "," if "12,5" in text else ".")[1])
    assert (fault.column, fault.value) == (unit, text)
    assert hint in fault.rule


@pytest.mark.parametrize("table", HOURLY_TABLES, ids=lambda table: table.name)
def test_noise_of_computation_in_an_hourly_table_is_set_to_the_bound_and_noted(
    tmp_path: Path, table: HourlyTable
) -> None:
    noise = [1e-9, -1e-17, -9e-7 if table.low == 0 else 1e-300, table.high + 2e-10, table.high]
    settled = [0.0, 0.0, 0.0, table.high, table.high]
    lines = [f"{hour},{value!r}" for hour, value in enumerate(noise)]
    (tmp_path / "t.csv").write_text("\n".join(["hour,A", *lines, ""]))
    parquet.write_table(pa.table({"hour": range(5), "A": noise}), tmp_path / "t.parquet")
    for path in (tmp_path / "t.csv", tmp_path / "t.parquet"):
        columns, faults = read_hourly(path, table, ["A"], ["A"])
        assert columns["A"].tolist() == settled
        note = only(faults)
        assert (note.note, note.line, note.column) == (True, 1 if path.suffix == ".parquet" else 2, "A")
        assert note.rule == f"is noise of computation: read as 0, with {note.count - 1} more of this column"


def test_noise_of_computation_in_a_table_is_set_to_the_bound_and_noted(tmp_path: Path) -> None:
    path = tmp_path / "mixture.csv"
    path.write_text("part,part_share,energy_twh,life_years\nA,1.0000000002,-1e-17,5\nB,-1e-9,1e-12,5\n")
    table, notes = read_table(path, Mixture)
    assert [(row.part_share, row.energy_twh) for row in table.rows.values()] == [(1, 0), (0, 0)]
    assert all(note.note for note in notes)
    assert {(note.line, note.column, note.value) for note in notes} == {
        (2, "part_share", "1.0000000002"),
        (2, "energy_twh", "-1e-17"),
        (3, "part_share", "-1e-9"),
        (3, "energy_twh", "1e-12"),
    }


@pytest.mark.parametrize("value", ["1.00001", "-0.00001", "-1e-5"])
def test_more_than_noise_is_refused(tmp_path: Path, value: str) -> None:
    path = tmp_path / "mixture.csv"
    path.write_text(f"part,part_share,energy_twh,life_years\nA,{value},1,5\n")
    assert "outside 0 .. 1" in only(read_table(path, Mixture)[1]).rule


def test_a_number_that_nobody_computes_has_no_noise(tmp_path: Path) -> None:
    path = tmp_path / "mixture.csv"
    path.write_text("part,part_share,energy_twh,life_years\nA,1,1,50.0000000001\n")
    assert only(read_table(path, Mixture)[1]).column == "life_years"


def test_noise_refuses_no_case_and_is_reported_with_it(tutorial: Path) -> None:
    lines = (tutorial / "availability.csv").read_text().splitlines()
    cells = lines[3].split(",")
    lines[3] = ",".join([*cells[:-1], "1.0000000002"])
    (tutorial / "availability.csv").write_text("\n".join([*lines, ""]))
    column = lines[0].split(",")[-1]
    case = read_case(tutorial, load_settings(tutorial))
    assert case.hourly["availability"][column][2] == 1
    reported = f"availability.csv, line 4, {column} = '1.0000000002': is noise of computation: read as 1"
    assert case.notes == (reported,)


def year_of_rows(path: Path, title: str, hours: int = 8_760, kind: str = "csv") -> Path:
    """Write an hourly table whose value is the number of its row."""
    file = path / f"load.{kind}"
    rows = np.arange(hours)
    if kind == "parquet":
        parquet.write_table(pa.table({title: rows, "EAST": 1000.0 + rows}), file)
    else:
        file.write_text("".join([f"{title},EAST\n", *(f"{row},{1000 + row}\n" for row in rows)]))
    return file


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("zone", "year"),
    [
        ("Europe/Berlin", 2025),
        ("Europe/Berlin", 2024),
        ("Europe/Lisbon", 2023),
        ("America/New_York", 2025),
        ("Europe/Istanbul", 2025),
    ],
)
def test_a_civil_clock_is_converted_to_utc(tmp_path: Path, zone: str, year: int, kind: str) -> None:
    instants = pd.date_range(f"{year}-01-01", f"{year + 1}-01-01", freq="h", inclusive="left", tz="UTC")
    clocks = instants.tz_convert(zone).tz_localize(None)
    rows = ((clocks - pd.Timestamp(year, 1, 1)) // pd.Timedelta(hours=1)).to_numpy() % len(instants)
    path = year_of_rows(tmp_path, f"hour {zone} {year}", len(instants), kind)
    columns, faults = read_hourly(path, LOAD, ["EAST"], ["EAST"])
    assert np.array_equal(columns["EAST"], 1000.0 + rows)
    note = only(faults)
    assert (note.note, note.column) == (True, "hour")
    assert note.rule.startswith(f"{zone} {year} is converted to UTC")
    assert ("its row is not used" in note.rule, "its row counts twice" in note.rule) == (("Istanbul" not in zone,) * 2)


def test_the_two_hours_of_a_civil_clock_that_are_no_hours_are_named(tmp_path: Path) -> None:
    columns, faults = read_hourly(year_of_rows(tmp_path, "hour Europe/Berlin 2025"), LOAD, ["EAST"], [])
    assert only(faults).rule == (
        "Europe/Berlin 2025 is converted to UTC; 2025-03-30 02:00: its row is not used, there is no such hour; "
        "2025-10-26 02:00: its row counts twice, for so does the hour"
    )
    hours = columns["EAST"] - 1000
    assert hours[:2].tolist() == [1, 2]
    assert hours[-2:].tolist() == [8_759, 0]
    assert 24 * 88 + 2 not in hours
    assert np.flatnonzero(hours == 24 * 298 + 2).tolist() == [24 * 298, 24 * 298 + 1]


@pytest.mark.parametrize(("clock", "first"), [("UTC", 0), ("UTC+1", 1), ("UTC+2", 2), ("UTC-1", 47)])
def test_a_fixed_clock_is_converted_to_utc(tmp_path: Path, clock: str, first: int) -> None:
    columns, faults = read_hourly(year_of_rows(tmp_path, f"hour {clock}", 48), LOAD, ["EAST"], ["EAST"])
    assert columns["EAST"].tolist() == [1000 + (first + row) % 48 for row in range(48)]
    assert len(faults) == (clock != "UTC")


@pytest.mark.parametrize(
    ("clock", "rule"),
    [
        ("CET", "names no clock"),
        ("Europe/Berlin", "names no clock"),
        ("Europe/Berlim 2025", "names no time zone (did you mean 'Europe/Berlin'?)"),
        ("Europe/Berlin 2024", "the table has 8,760 rows, 2024 has 8,784 hours"),
        ("UTC+15", "more than 14 hours"),
        ("Asia/Kolkata 2025", "is not a whole number of hours from UTC"),
        ("Europe/Berlin 1900", "of a year from 1970 to 2100"),
        ("(UTC)", "names no clock"),
    ],
)
def test_a_clock_that_is_none_is_refused(tmp_path: Path, clock: str, rule: str) -> None:
    fault = only(read_hourly(year_of_rows(tmp_path, f"hour {clock}"), LOAD, ["EAST"], ["EAST"])[1])
    assert (fault.line, fault.column, fault.value, fault.note) == (1, "hour", clock, False)
    assert rule in fault.rule


@pytest.mark.parametrize("text", ["2025-01-01 00:00", "2025-01-01T00:00:00Z", "01.01.2025 00:00", "1/1/2025", "00:00"])
def test_a_timestamp_in_the_column_of_hours_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "load.csv"
    path.write_text(f"hour,EAST\n{text},100\n1,100\n")
    fault = only(read_hourly(path, LOAD, ["EAST"], [])[1])
    assert (fault.line, fault.column, fault.value) == (2, "hour", text)
    assert fault.rule.startswith("is a date or time: hours are counted")


def test_timestamps_of_parquet_and_days_of_a_spreadsheet_are_named(tmp_path: Path) -> None:
    moments = pa.array(np.array(["2025-01-01", "2025-01-02"], dtype="datetime64[us]"))
    parquet.write_table(pa.table({"hour": moments, "EAST": [100, 100]}), tmp_path / "load.parquet")
    faults = read_hourly(tmp_path / "load.parquet", LOAD, ["EAST"], [])[1]
    assert faults[0].rule.startswith("is a date or time: hours are counted")
    (tmp_path / "load.csv").write_text("hour,EAST\n45658,100\n45658.0416666667,100\n")
    rule = only(read_hourly(tmp_path / "load.csv", LOAD, ["EAST"], [])[1]).rule
    assert rule.endswith("(45658 is 2025-01-01 00:00 as spreadsheet programs count days)")


def test_a_case_of_weeks_leaves_the_last_day_out_and_says_so(tutorial: Path) -> None:
    for table in HOURLY_TABLES:
        header, *rows = (tutorial / f"{table.name}.csv").read_text().splitlines()
        cells = [row.partition(",")[2] for row in rows]
        longer = [f"{hour},{cells[hour % len(cells)]}" for hour in range(360)]
        (tutorial / f"{table.name}.csv").write_text("\n".join([header, *longer, ""]))
    weeks = {"time": {"hours_per_day": 168, "representative_days": 2}}
    case = read_case(tutorial, load_settings(tutorial, overrides=weeks))
    assert case.notes == ("hourly tables: the last 24 of 360 hours are left out, days are 168 hours long",)
    assert {len(values) for columns in case.hourly.values() for values in columns.values()} == {336}
    assert [(day.first_hour, day.weight) for day in case.days] == [(0, 8760 / 336), (168, 8760 / 336)]


@pytest.mark.parametrize(("table", "kept"), [("zones", 0.5), ("regions", -3), ("sites", 0.4), ("fleets", 0.7)])
def test_a_table_that_is_cut_off_is_its_own_first_fault(tmp_path: Path, table: str, kept: float) -> None:
    shutil.copytree(TUTORIAL, tmp_path / "cut")
    file = tmp_path / "cut" / f"{table}.csv"
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * kept) if kept > 0 else int(kept)])
    with pytest.raises(CaseRefused) as refused:
        read_case(tmp_path / "cut", load_settings(tmp_path / "cut"))
    first = refused.value.faults[0]
    assert first.file == file.name
    assert "cut off" in first.rule
    assert len(refused.value.faults) <= 3


def test_a_small_subsidy_is_no_slip_of_unit(tmp_path: Path) -> None:
    shutil.copytree(TUTORIAL, tmp_path / "paid")
    file = tmp_path / "paid" / "technologies.csv"
    rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
    place = rows[0].index("marginal_eur_per_mwh")
    wind = next(row for row in rows if row[0] == "wind")
    for cost, sound in (("-0.05", True), ("0.05", False), ("-1e-14", False)):
        wind[place] = cost
        file.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
        if sound:
            case = read_case(tmp_path / "paid", load_settings(tmp_path / "paid"))
            assert case.technologies["wind"].marginal_eur_per_mwh == -0.05
        else:
            with pytest.raises(CaseRefused, match="is not zero but below"):
                read_case(tmp_path / "paid", load_settings(tmp_path / "paid"))
