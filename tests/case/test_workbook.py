"""A workbook is a case under the rules of the CSV files: what they read it reads, what they refuse it refuses."""

import datetime
import random
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
import xlsxwriter
from python_calamine import load_workbook
from rich.console import Console
from typer.testing import CliRunner
from xlsxwriter.utility import xl_cell_to_rowcol

from models.case import HOURLY_TABLES, INPUT_TABLES, Case
from optimizer.case import workbook_archive
from optimizer.case.columns import columns_of
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.glossary import setting_keys
from optimizer.case.read import read_case, read_inputs
from optimizer.case.settings import load_settings
from optimizer.case.write_workbook import write_workbook
from optimizer.cli import app
from optimizer.monitor.heartbeat import heartbeat
from tests.drafts import same

INPUTS = Path(__file__).parents[2] / "inputs"
TUTORIAL = INPUTS / "tutorial"
Change = Callable[[Any, int, int], object]
"""Writes one cell of a sheet, given its row and column from 0."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the tutorial as a workbook."""
    path = tmp_path_factory.mktemp("written") / "tutorial.xlsx"
    write_workbook(TUTORIAL, path)
    return path


def altered(
    source: Path,
    target: Path,
    changes: Mapping[tuple[str, str], object],
    sheets: Mapping[str, Callable[[Any], object]] | None = None,
) -> Path:
    """Write a workbook anew with other cells: a value, or a function that writes it; None leaves it blank."""
    with load_workbook(source) as old, xlsxwriter.Workbook(target, {"strings_to_formulas": False}) as new:
        dates = new.add_format({"num_format": "yyyy-mm-dd"})
        names = dict.fromkeys([*old.sheet_names, *(name for name, _ in changes), *(sheets or {})])
        for name in names:
            sheet = new.add_worksheet(name)
            rows = old.get_sheet_by_name(name).to_python() if name in old.sheet_names else []
            here = {xl_cell_to_rowcol(cell): value for (place, cell), value in changes.items() if place == name}
            cells = {(line, place): value for line, row in enumerate(rows) for place, value in enumerate(row)}
            for (line, place), value in (cells | here).items():
                if callable(value):
                    value(sheet, line, place)
                elif isinstance(value, datetime.date | datetime.time):
                    sheet.write_datetime(line, place, value, dates)
                elif isinstance(value, str) and value:
                    sheet.write_string(line, place, value)
                elif value is not None and value != "":
                    sheet.write(line, place, value)
            if sheets and name in sheets:
                sheets[name](sheet)
    return target


def refused(path: Path) -> tuple[Fault, ...]:
    with pytest.raises(CaseRefused) as refusal:
        read_case(path, load_settings(path))
    return refusal.value.faults


def formula(text: str, value: object) -> Change:
    return lambda sheet, line, place: sheet.write_formula(line, place, text, None, value)


def test_a_case_survives_the_way_through_a_workbook(tutorial_case: Case, written: Path) -> None:
    assert load_settings(written) == load_settings(TUTORIAL)
    case = read_case(written, load_settings(written))
    assert same(case, tutorial_case)
    assert case.name == "tutorial"
    assert list(case.files) == ["tutorial.xlsx"]


@pytest.mark.long
def test_the_reference_case_survives_the_way_through_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "europe.xlsx"
    write_workbook(INPUTS / "europe", path)
    settings = load_settings(path)
    assert settings == load_settings(INPUTS / "europe")
    read, true = read_inputs(path, settings), read_inputs(INPUTS / "europe", settings)
    assert {name: table.rows for name, table in read.tables.items()} == {
        name: table.rows for name, table in true.tables.items()
    }
    for name, columns in true.hourly.items():
        assert list(read.hourly[name]) == list(columns)
        assert all(np.array_equal(read.hourly[name][key], values) for key, values in columns.items())
    assert list(read.files) == ["europe.xlsx", "europe.geojson"]


def test_a_second_write_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    write_workbook(TUTORIAL, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == written.read_bytes()


def test_a_workbook_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("optimizer.case.workbook_pages.glossary", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_workbook(TUTORIAL, tmp_path / "half.xlsx")
    assert not [*tmp_path.iterdir()]


def test_a_table_too_large_for_a_sheet_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xlsxwriter.worksheet.Worksheet.write_number", lambda *_: -1)
    with pytest.raises(CaseRefused, match=r"_read_me, line 12, : does not fit into a sheet"):
        write_workbook(TUTORIAL, tmp_path / "large.xlsx")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("poison", ["NaN", "inf", "1e999", "1e-12", "1e21", "", "text", "-12345", "1.2.3", "12 34"])
def test_a_wrong_text_is_refused_in_the_words_that_a_csv_file_gets(poison: str, written: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TUTORIAL, tmp_path / "folder"))
    header, first, *rest = (folder / "cooling.csv").read_text().splitlines()
    cells = first.split(",")
    cells[header.split(",").index("capex_meur_per_mw")] = poison
    (folder / "cooling.csv").write_text("\n".join([header, ",".join(cells), *rest, ""]))
    from_csv = [fault for fault in refused(folder) if fault.file == "cooling.csv"]
    columns = load_workbook(written).get_sheet_by_name("cooling").to_python()[0]
    place = chr(ord("A") + columns.index("capex_meur_per_mw"))
    path = altered(written, tmp_path / "poisoned.xlsx", {("cooling", f"{place}2"): poison or None})
    from_sheet = [fault for fault in refused(path) if fault.file == "poisoned.xlsx, sheet cooling"]
    assert [(fault.line, fault.column, fault.value, fault.rule) for fault in from_sheet] == [
        (fault.line, fault.column, fault.value, fault.rule) for fault in from_csv
    ]
    assert from_csv


@pytest.mark.parametrize(
    ("place", "value", "column", "shown", "rule"),
    [
        (("periods", "B2"), datetime.date(2026, 1, 1), "first_year", "2026-01-01", "is a date or time"),
        (("zones", "A2"), datetime.date(2026, 3, 1), "zone", "2026-03-01", "is a date or time"),
        (("zones", "B2"), datetime.time(3, 4), "name", "03:04:00", "is a date or time"),
        (("periods", "C2"), "1.234", "length_years", "1.234", "can be read two ways: make it a number"),
        (("periods", "C2"), True, "length_years", "true", "is not a number"),
        (("periods", "C2"), formula("=NA()", "#N/A"), "length_years", "#N/A", "is an error of a formula"),
        (("sites", "B2"), formula("=1/0", "#DIV/0!"), "name", "#DIV/0!", "is an error of a formula"),
        (("periods", "C2"), formula("=2+3", ""), "length_years", "=2+3", "is a formula without a value"),
        (("periods", "B2"), 2026.5, "first_year", "2026.5", "must be a whole number"),
        (("periods", "C2"), "5,0\n", "length_years", None, ""),
    ],
)
def test_each_kind_of_cell_that_is_none_of_the_table_is_reported(
    place: tuple[str, str], value: object, column: str, shown: str | None, rule: str, written: Path, tmp_path: Path
) -> None:
    path = altered(written, tmp_path / "odd.xlsx", {place: value})
    if not rule:
        read_case(path, load_settings(path))
        return
    (fault,) = [fault for fault in refused(path) if (fault.file, fault.line) == (f"odd.xlsx, sheet {place[0]}", 2)]
    assert (fault.column, fault.value) == (column, shown)
    assert fault.rule.startswith(rule)


def test_a_cell_that_may_be_empty_is_not_empty_when_it_holds_an_error(written: Path, tmp_path: Path) -> None:
    columns = load_workbook(written).get_sheet_by_name("sites").to_python()[0]
    place = chr(ord("A") + columns.index("committed_chip"))
    for number, value in enumerate([formula("=A1", "#REF!"), formula("=Z9", "")]):
        path = altered(written, tmp_path / f"empty{number}.xlsx", {("sites", f"{place}2"): value})
        (fault,) = refused(path)
        assert (fault.line, fault.column) == (2, "committed_chip")


def test_numbers_of_every_writing_read_as_in_a_csv_file(written: Path, tmp_path: Path) -> None:
    changes = {
        ("periods", "C2"): "5,0",
        ("periods", "C3"): 5.125,
        ("periods", "B2"): formula("=2025+1", 2026),
        ("periods", "A2"): " p1 ",
        ("tranches", "C2"): "1.234,5",
        ("tranches", "C3"): 1100.5,
        ("tranches", "C4"): 11.234,
    }
    path = altered(written, tmp_path / "mixed.xlsx", changes)
    tables = read_inputs(path, load_settings(path)).tables
    assert [(row.first_year, row.length_years) for row in tables["periods"].rows.values()] == [(2026, 5), (2031, 5.125)]
    amounts = {table_line: row.amount_meur for table_line, row in by_line(tables["tranches"]).items()}
    assert (amounts[2], amounts[3], amounts[4]) == (1234.5, 1100.5, 11.234)


def by_line(table: Any) -> dict[int, Any]:
    return {table.lines[key]: row for key, row in table.rows.items()}


def test_a_key_that_was_typed_as_a_number_is_its_digits(written: Path, tmp_path: Path) -> None:
    sheets = load_workbook(written)
    changes = {
        (name, f"{chr(ord('A') + place)}{line + 1}"): 2026
        for name in sheets.sheet_names
        for line, row in enumerate(sheets.get_sheet_by_name(name).to_python())
        for place, cell in enumerate(row)
        if cell == "p1"
    }
    path = altered(written, tmp_path / "numbers.xlsx", changes)
    assert list(read_case(path, load_settings(path)).periods) == ["2026", "p2"]


def test_sheets_of_no_table_are_reported_but_for_those_set_aside(written: Path, tmp_path: Path) -> None:
    changes = {("Sites_old", "A1"): "x", ("_my notes", "A1"): formula("=1/0", "#DIV/0!"), ("Tabelle1", "A1"): "x"}
    faults = refused(altered(written, tmp_path / "more.xlsx", changes))
    assert [fault.file for fault in faults] == ["more.xlsx, sheet Sites_old", "more.xlsx, sheet Tabelle1"]
    assert faults[0].rule.endswith("(did you mean 'sites'?)")


def test_rows_columns_and_sheets_out_of_sight_count(written: Path, tmp_path: Path, tutorial_case: Case) -> None:
    def hide(sheet: Any) -> None:
        sheet.hide()
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})

    path = altered(written, tmp_path / "hidden.xlsx", {}, {"zones": hide, "sites": hide})
    assert same(read_case(path, load_settings(path)), tutorial_case)


def test_a_rule_across_tables_names_the_sheets(written: Path, tmp_path: Path) -> None:
    columns = load_workbook(written).get_sheet_by_name("zones").to_python()[0]
    place = chr(ord("A") + columns.index("country"))
    (fault,) = refused(altered(written, tmp_path / "across.xlsx", {("zones", f"{place}2"): "XX"}))
    assert str(fault) == "across.xlsx, sheet zones, line 2, country = 'XX': no such row in across.xlsx, sheet countries"


def test_merged_cells_and_cells_beside_the_table_are_reported(written: Path, tmp_path: Path) -> None:
    merge = {"zones": lambda sheet: sheet.merge_range("A2:A3", "EAST")}
    faults = refused(altered(written, tmp_path / "merged.xlsx", {("periods", "H3"): "why?"}, merge))
    reported = {(fault.file.rpartition(" ")[2], fault.line, fault.rule) for fault in faults}
    assert ("zones", 2, "the cells A2:A3 are merged: unmerge them") in reported
    assert ("periods", 3, "has 8 cells, the header has 3: cut off or shifted") in reported


def test_a_column_of_dates_is_reported_by_its_first_cells(written: Path, tmp_path: Path) -> None:
    changes = {("load", f"B{line}"): datetime.date(2026, 1, 1) for line in range(2, 50)}
    faults = refused(altered(written, tmp_path / "dates.xlsx", changes))
    assert [fault.line for fault in faults] == [2, 3, 4, 5, 6, 7]
    assert faults[-1].rule == "and 43 more cells of this column from here on"


def test_missing_and_blank_sheets_are_reported(written: Path, tmp_path: Path) -> None:
    with load_workbook(written) as old, xlsxwriter.Workbook(tmp_path / "few.xlsx") as new:
        for name in ("scenario", "zones"):
            sheet = new.add_worksheet(name)
            for line, row in enumerate(old.get_sheet_by_name(name).to_python()):
                sheet.write_row(line, 0, row)
        new.add_worksheet("sites")
    reported = {fault.file: fault.rule for fault in refused(tmp_path / "few.xlsx")}
    assert reported["few.xlsx, sheet periods"] == "the sheet is missing"
    place = "nor is load.parquet or load.csv in the folder few.hourly beside the workbook"
    assert reported["few.xlsx, sheet load"] == f"the sheet is missing, {place}"
    assert reported["few.xlsx, sheet sites"] == "is empty: the first line must name the columns"
    assert "few.xlsx, sheet latency" not in reported


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZ1048576"])
def test_a_lone_cell_far_away_is_reported_before_the_memory_is_full(cell: str, written: Path, tmp_path: Path) -> None:
    (fault,) = [
        fault
        for fault in refused(altered(written, tmp_path / "far.xlsx", {("basins", cell): 1}))
        if "1,048" in fault.rule
    ]
    assert fault.file == "far.xlsx, sheet basins"


def test_a_long_narrow_sheet_is_not_too_large(tmp_path: Path, written: Path) -> None:
    path = altered(written, tmp_path / "long.xlsx", {("_long", "AB100000"): 1, ("load", "A100000"): 48})
    faults = refused(path)
    assert ("EAST", 100000) in {(fault.column, fault.line) for fault in faults}


def area(rule: Any) -> Any:
    """Return the one range of cells that a rule of a sheet holds for."""
    (found,) = rule.sqref.ranges
    return found


def test_cells_are_typed_by_the_declarations(written: Path) -> None:
    book = openpyxl.load_workbook(written)
    for name, row_class in INPUT_TABLES.items():
        sheet, columns = book[name], columns_of(row_class)
        rules: Any = {area(rule).min_col: rule for rule in sheet.data_validations.dataValidation}
        assert sheet.freeze_panes == f"{chr(ord('A') + len(row_class.key))}2"
        for position, (title, column) in enumerate(columns.items(), start=1):
            cell, rule = sheet.cell(1, position), rules.get(position)
            assert cell.value == title
            assert cell.comment.text.startswith(f"{title}\n")
            assert column.unit.replace("`", "") in cell.comment.text
            if target := row_class.refers.get(title):
                assert rule.formula1.startswith(f"{target}!$A$2:$A$")
                assert int(rule.formula1.rpartition("$")[2]) > book[target].max_row
            elif column.numeric:
                assert (float(rule.formula1), float(rule.formula2)) == (column.low, column.high)
            elif column.kind == "choice":
                assert rule.formula1 == f'"{",".join(column.choices)}"'
            assert rule is None or area(rule).max_row > sheet.max_row
    assert book["sites"].auto_filter.ref == f"A1:{book['sites'].cell(1, book['sites'].max_column).coordinate[:-1]}6"
    scenario = {row[0].value: row for row in book["scenario"].iter_rows(min_row=2)}
    assert "Relative gap" in scenario["solve.gap_share"][0].comment.text
    beside = {area(rule).min_row: rule for rule in book["scenario"].data_validations.dataValidation[1:]}
    assert beside[scenario["time.days_by"][1].row].formula1 == '"means,clusters"'
    assert scenario["question.objectives"][1].row not in beside
    assert book.sheetnames[0] == "_read_me"


def test_a_key_of_the_scenario_may_be_chosen_from_all(written: Path) -> None:
    book = openpyxl.load_workbook(written)
    (rule,) = [each for each in book["scenario"].data_validations.dataValidation if "A" in str(each.sqref)]
    cells = book["_meaning"][rule.formula1.partition("!")[2].replace("$", "")]
    assert [cell[0].value for cell in cells] == [path for path, *_ in setting_keys()]


def repacked(source: Path, target: Path, parts: Mapping[str, bytes | None]) -> Path:
    """Copy a workbook with other parts; None leaves one out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in ({each: old.read(each) for each in old.namelist()} | dict(parts)).items():
            if content is not None:
                new.writestr(name, content)
    return target


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("case.xls", b"\xd0\xcf\x11\xe0rest", "is no case: a case is a folder or an .xlsx workbook; save it"),
        ("case.csv", b"zone,name\n", "is no case"),
        ("case.xlsm", b"PK\x03\x04", "is no case"),
        ("case.xlsx", b"\xd0\xcf\x11\xe0rest", "is an old .xls workbook: save it as an Excel workbook (.xlsx)"),
        ("case.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16le"), "is protected by a password"),
        ("case.xlsx", b"zone,name\n", "is no Excel workbook, or damaged"),
        ("case.xlsx", b"", "is no Excel workbook, or damaged"),
        ("case.xlsx", b"PK\x03\x04" + b"\0" * 100, "is damaged"),
    ],
)
def test_files_that_are_no_workbook_are_refused(name: str, content: bytes, rule: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    (fault,) = refused(tmp_path / name)
    assert (fault.file, fault.line) == (name, None)
    assert fault.rule.startswith(rule)


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ({"xl/vbaProject.bin": b"Sub"}, "holds macros"),
        ({"xl/workbook.xml": None, "xl/workbook.bin": b"x"}, "is a file of another kind"),
        ({"xl/workbook.xml": None, "mimetype": b"application/vnd.oasis.opendocument"}, "is a file of another kind"),
        ({"xl/workbook.xml": b"<workbook"}, "is damaged: its list of sheets cannot be read"),
        ({"xl/worksheets/sheet2.xml": None}, "is damaged: its part xl/worksheets/sheet2.xml is missing"),
        ({"xl/worksheets/sheet2.xml": b"<worksheet><sheetData><row r='1'><c t=\"e\"><v>"}, "is damaged"),
    ],
)
def test_workbooks_that_are_not_sound_are_refused(
    parts: Mapping[str, bytes | None], rule: str, written: Path, tmp_path: Path
) -> None:
    faults = refused(repacked(written, tmp_path / "case.xlsx", parts))
    assert faults[0].rule.startswith(rule)


def test_a_workbook_that_unpacks_without_end_is_refused(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_archive, "LARGEST_BYTES", 10_000)
    assert "unpacks to more than" in refused(written)[0].rule


def test_damage_anywhere_is_refused_or_harmless(written: Path, tmp_path: Path, tutorial_case: Case) -> None:
    whole, chance, outcomes = written.read_bytes(), random.Random(1), {"refused": 0, "harmless": 0}
    for _ in range(60):
        raw = bytearray(whole)
        if chance.random() < 0.3:
            del raw[chance.randrange(len(raw)) :]
        else:
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        path = tmp_path / "tutorial.xlsx"
        path.write_bytes(raw)
        try:
            assert same(read_case(path, load_settings(path)), tutorial_case)
            outcomes["harmless"] += 1
        except CaseRefused:
            outcomes["refused"] += 1
    assert outcomes["refused"] >= 30, outcomes


@pytest.mark.parametrize(
    ("changes", "reported"),
    [
        ({"A2": "solve.gap"}, "solve.gap"),
        ({"B5": 1.5}, "time.representative_days = '1.5'"),
        ({"B5": "many"}, "time.representative_days = '\"many\"'"),
        ({"A2": "no key!"}, "line 2, key = 'no key!': must be a key of the scenario"),
        ({"A3": "title"}, "line 3, key = 'title': repeats the key of line 2"),
        ({"C1": "remark"}, "remark: unknown column"),
        ({"A1": "name"}, "name: unknown column"),
        ({"B2": datetime.date(2026, 1, 1)}, "value = '2026-01-01': is a date or time"),
    ],
)
def test_faults_of_the_scenario_name_its_sheet(
    changes: Mapping[str, object], reported: str, written: Path, tmp_path: Path
) -> None:
    path = altered(written, tmp_path / "asked.xlsx", {("scenario", cell): value for cell, value in changes.items()})
    with pytest.raises(CaseRefused) as refusal:
        load_settings(path)
    texts = [str(fault) for fault in refusal.value.faults]
    assert any(text.startswith("asked.xlsx, sheet scenario") and reported in text for text in texts), texts


def test_values_of_the_scenario_may_be_cells_or_toml(written: Path, tmp_path: Path) -> None:
    rows = load_workbook(written).get_sheet_by_name("scenario").to_python()
    lines = {row[0]: line for line, row in enumerate(rows, 1)}
    values = {
        "title": "=What if? \"Ja\", 'no' | x",
        "question.objectives": '["cost"]',
        "time.extremes": "false",
        "solve.gap_share": 0.02,
        "solve.threads": "2",
    }
    path = altered(
        written, tmp_path / "asked.xlsx", {("scenario", f"B{lines[key]}"): value for key, value in values.items()}
    )
    found = load_settings(path)
    assert (found.title, found.question.objectives) == (values["title"], ("cost",))
    assert (found.time.extremes, found.solve.gap_share, found.solve.threads) == (False, 0.02, 2)


def test_variants_fit_a_workbook_too(written: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(written, tmp_path / "case.xlsx"))
    assert load_settings(path, "carbon_tight") == load_settings(TUTORIAL, "carbon_tight")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "mine.toml").write_text('extends = "base"\n[carbon]\ncap_kt = 5\n')
    assert load_settings(path, "mine").carbon.cap_kt == 5


def call(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.output


def test_a_workbook_goes_wherever_a_folder_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call("new", "mine.xlsx", "--from", "tutorial")[0] == 0
    assert call("new", "mine.xlsx", "--from", "tutorial")[0] == 2
    assert call("check", "mine.xlsx")[0] == 0
    assert call("solve", "mine.xlsx", "--set", "solve.gap_share=0.1", "--out", "outputs/mine/base")[0] == 0
    assert (tmp_path / "outputs" / "mine" / "base" / "plan.json").is_file()
    assert call("audit", "outputs/mine/base")[0] == 0
    altered(Path("mine.xlsx"), Path("other.xlsx"), {("sites", "B2"): "Elsewhere"}).replace("mine.xlsx")
    code, text = call("audit", "outputs/mine/base")
    assert code != 0
    assert "mine.xlsx" in text


def test_hourly_tables_lie_beside_a_workbook_unless_asked_for_as_sheets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tutorial_case: Case
) -> None:
    monkeypatch.chdir(tmp_path)
    code, text = call("new", "mine.xlsx", "--from", "tutorial")
    assert (code, "files in mine.hourly" in text) == (0, True)
    hourly = {f"{table.name}.parquet" for table in HOURLY_TABLES}
    assert {file.name for file in Path("mine.hourly").iterdir()} == hourly
    assert not {table.name for table in HOURLY_TABLES} & {*load_workbook("mine.xlsx").sheet_names}
    case = read_case(Path("mine.xlsx"), load_settings(Path("mine.xlsx")))
    assert same(case, tutorial_case)
    assert {*case.files} == {"mine.xlsx", *hourly}
    assert call("new", "whole.xlsx", "--from", "tutorial", "--hourly")[0] == 0
    assert not Path("whole.hourly").exists()
    assert same(read_case(Path("whole.xlsx"), load_settings(Path("whole.xlsx"))), tutorial_case)
    assert call("new", "folder", "--from", "tutorial", "--hourly")[0] == 2


def test_faults_of_hourly_tables_beside_a_workbook_name_their_place(tmp_path: Path, written: Path) -> None:
    write_workbook(TUTORIAL, tmp_path / "mine.xlsx", hourly_sheets=False)
    beside = tmp_path / "mine.hourly"
    (beside / "load.parquet").unlink()
    (beside / "prices_1.csv").write_text("hour,EAST\n0,1\n")
    reported = {str(fault) for fault in refused(tmp_path / "mine.xlsx")}
    place = "nor is load.parquet or load.csv in the folder mine.hourly beside the workbook"
    assert reported == {
        f"mine.xlsx, sheet load: the sheet is missing, {place}",
        "prices_1.csv: no such table: the file would be ignored",
    }
    (beside / "prices_1.csv").unlink()
    shutil.copy(TUTORIAL / "load.csv", beside / "load.csv")
    assert same(
        read_case(tmp_path / "mine.xlsx", load_settings(TUTORIAL)), read_case(TUTORIAL, load_settings(TUTORIAL))
    )
    (beside / "load.csv").write_text((beside / "load.csv").read_text().replace("\n5,", "\n6,"))
    (fault,) = refused(tmp_path / "mine.xlsx")
    assert (fault.file, fault.line, fault.column) == ("load.csv", 7, "hour")
    shutil.copy(written, tmp_path / "mine.xlsx")
    faults = refused(tmp_path / "mine.xlsx")
    reported = {str(fault) for fault in faults}
    assert "mine.xlsx, sheet load: mine.hourly/load.csv is there too: keep one of them" in reported
    assert len(reported) == len(HOURLY_TABLES)


def test_a_part_that_unpacks_to_more_than_it_says_is_refused(written: Path, tmp_path: Path) -> None:
    """The central directory says 100 bytes and their checksum; zipfile alone would read those and be content."""
    part, flood = "xl/worksheets/sheet3.xml", b"<worksheet>" + b" " * 50_000_000
    path = repacked(written, tmp_path / "bomb.xlsx", {part: flood})
    raw = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        name_at = raw.index(part.encode(), 0 if mark == b"PK\x03\x04" else raw.index(b"PK\x01\x02"))
        head = raw.rindex(mark, 0, name_at)
        raw[head + at : head + at + 4] = zlib.crc32(flood[:100]).to_bytes(4, "little")
        raw[head + at + 8 : head + at + 12] = (100).to_bytes(4, "little")
    path.write_bytes(raw)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    assert [str(fault) for fault in refused(path)] == [
        f"bomb.xlsx: is damaged: its part {part} unpacks to more than it says"
    ]


def test_entities_that_multiply_are_refused(written: Path, tmp_path: Path) -> None:
    lines = "".join(f'<!ENTITY e{each} "{f"&e{each - 1};" * 10}">' for each in range(1, 12))
    text = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY e0 "boom">{lines}]><workbook><sheets>&e11;</sheets></workbook>'
    (fault,) = refused(repacked(written, tmp_path / "boom.xlsx", {"xl/workbook.xml": text.encode()}))
    assert "is damaged" in fault.rule


def test_a_huge_text_is_a_fault_that_can_be_read(written: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(written) as archive:
        shared = archive.read("xl/sharedStrings.xml") if "xl/sharedStrings.xml" in archive.namelist() else b""
        sheets = {name: archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name}
    parts = {
        name: xml.replace(b"Lyon", b"x" * 500_000) for name, xml in {**sheets, "s": shared}.items() if b"Lyon" in xml
    }
    parts = {"xl/sharedStrings.xml" if name == "s" else name: xml for name, xml in parts.items()}
    faults = refused(repacked(written, tmp_path / "huge.xlsx", parts))
    assert {fault.column for fault in faults} == {"name"}
    assert max(len(str(fault)) for fault in faults) < 300


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_sheet_in_another_encoding_is_read_or_refused(encoding: str, written: Path, tmp_path: Path) -> None:
    part = "xl/worksheets/sheet3.xml"
    with zipfile.ZipFile(written) as archive:
        xml = archive.read(part).decode().replace("UTF-8", encoding.upper())
    path = repacked(written, tmp_path / "odd.xlsx", {part: xml.encode(encoding)})
    try:
        read = read_case(path, load_settings(path))
    except CaseRefused as refusal:
        told = str(refusal)
    else:
        told = "" if same(read, read_case(written, load_settings(written))) else "another case"
    assert told == "" or "sheet periods" in told


@pytest.mark.parametrize("options", [(), ("--hourly",)], ids=["beside", "sheets"])
def test_a_workbook_is_a_source_wherever_a_folder_is(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tutorial_case: Case
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own").mkdir()
    source = Path(shutil.copytree(TUTORIAL, tmp_path / "own" / "source"))
    (source / "scenarios").mkdir()
    (source / "scenarios" / "mine.toml").write_text('extends = "base"\n[carbon]\ncap_kt = 5\n')
    assert call("new", "a/book.xlsx", "--from", source, *options)[0] == 0
    assert call("new", "b/copy.xlsx", "--from", "a/book.xlsx", *options)[0] == 0
    assert call("new", "c/folder", "--from", "b/copy.xlsx")[0] == 0
    for case_dir in (Path("b/copy.xlsx"), Path("c/folder")):
        assert load_settings(case_dir) == load_settings(TUTORIAL)
        assert load_settings(case_dir, "mine").carbon.cap_kt == 5
        assert same(read_case(case_dir, load_settings(case_dir)), tutorial_case)
    assert Path("c/folder/load.csv").exists() == bool(options)
    assert Path("c/folder/load.parquet").exists() != bool(options)
    assert call("check", "c/folder")[0] == 0
    assert call("new", "c/folder", "--from", "b/copy.xlsx")[0] == 2


def test_a_faulty_workbook_is_no_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: Path) -> None:
    monkeypatch.chdir(tmp_path)
    altered(written, tmp_path / "odd.xlsx", {("periods", "C2"): "many"})
    code, text = call("new", "copy", "--from", "odd.xlsx")
    assert code == 3
    assert "odd.xlsx, sheet periods, line 2, length_years = 'many'" in text
    assert {path.name for path in tmp_path.iterdir()} == {"odd.xlsx"}


def test_work_of_more_than_two_seconds_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.monitor.heartbeat.INTERVAL_SECONDS", 0.02)
    console = Console(file=StringIO(), width=80)
    with heartbeat(console, "writing mine.xlsx") as tell:
        time.sleep(0.05)
        tell("sheet load")
        time.sleep(0.05)
    assert isinstance(console.file, StringIO)
    lines = console.file.getvalue().splitlines()
    assert lines[0].endswith("s  writing mine.xlsx")
    assert lines[-1].endswith("s  writing mine.xlsx: sheet load")
    with heartbeat(quiet := Console(file=StringIO()), "reading"):
        pass
    assert isinstance(quiet.file, StringIO)
    assert quiet.file.getvalue() == ""


def test_a_faulty_case_is_not_written_as_a_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(shutil.copytree(TUTORIAL, tmp_path / "folder"))
    (folder / "zones.csv").unlink()
    code, text = call("new", "copy.xlsx", "--from", "folder")
    assert code == 3
    assert "zones.csv: the file is missing" in text
    assert not (tmp_path / "copy.xlsx").exists()


def test_polygons_of_the_zones_lie_beside_the_workbook(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TUTORIAL, tmp_path / "folder"))
    shape = '{"type": "Polygon", "coordinates": [[[-10, 35], [40, 35], [40, 72], [-10, 72], [-10, 35]]]}'
    feature = f'{{"type": "Feature", "properties": {{"zone": "WEST"}}, "geometry": {shape}}}'
    (folder / "zones.geojson").write_text(f'{{"type": "FeatureCollection", "features": [{feature}]}}')
    write_workbook(folder, tmp_path / "case.xlsx")
    assert list(read_case(tmp_path / "case.xlsx", load_settings(folder)).files) == ["case.xlsx", "case.geojson"]
    polygons = tmp_path / "case.geojson"
    polygons.write_text(polygons.read_text().replace("WEST", "MOON"))
    (fault,) = refused(tmp_path / "case.xlsx")
    assert str(fault) == "case.geojson, feature 1: zone = 'MOON': no such row in the table of zones"
