"""Faults are written back into a copy of a workbook, cell by cell; the copy is a case, and executes nothing."""

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from optimizer.case.mark_workbook import LIST, ORANGE, RED
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.case.write_workbook import write_workbook
from optimizer.cli import app
from tests.drafts import same

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Write the tutorial as a workbook, its hours as sheets."""
    write_workbook(TUTORIAL, tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def changed(path: Path, **cells: object) -> Path:
    """Change cells of a workbook, `sheet__B2=value`, as a spreadsheet program would; texts stay texts."""
    opened = load_workbook(path)
    for place, value in cells.items():
        sheet, _, cell = place.partition("__")
        opened[sheet][cell] = value
        if isinstance(value, str):
            opened[sheet][cell].data_type = "s"
    opened.save(path)
    return path


def check(path: Path, mark: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["check", str(path), "--mark", str(mark)])
    return result.exit_code, result.output


def marked(path: Path, color: str = RED) -> dict[str, str]:
    """Return place and note of every cell of a colour."""
    return {
        f"{sheet.title}!{cell.coordinate}": cell.comment.text
        for sheet in load_workbook(path).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb == color
    }


def listed(path: Path) -> list[tuple[Any, ...]]:
    return [*load_workbook(path)[LIST].iter_rows(min_row=2, values_only=True)]


def test_every_faulty_cell_is_red_and_says_why(book: Path, tmp_path: Path) -> None:
    changed(book, sites__L2=-5, sites__G3="LODZZ", zones__C4="", scenario__B3="many", periods__C2="five")
    code, said = check(book, tmp_path / "marked.xlsx")
    assert code == 3
    assert "marked.xlsx: a copy with 1 cells in red" in said.replace("\n", "")  # the scenario is read first
    assert marked(tmp_path / "marked.xlsx")["scenario!B3"].startswith("Input should be ")
    changed(book, scenario__B3='["compute", "cost"]')
    (tmp_path / "marked.xlsx").unlink()
    assert check(book, tmp_path / "marked.xlsx")[0] == 3
    found = marked(tmp_path / "marked.xlsx")
    assert {*found} == {"sites!L2", "sites!G3", "zones!C4", "periods!C2"}
    assert found["sites!L2"] == "outside 0 .. 5,000 MW"
    assert found["sites!G3"] == "no such row in book.xlsx, sheet substations (did you mean 'LODZ'?)"
    rows = listed(tmp_path / "marked.xlsx")
    assert ("sites", 2, "land_mw", "-5", "outside 0 .. 5,000 MW") in rows
    link = next(
        row[0].hyperlink for row in load_workbook(tmp_path / "marked.xlsx")[LIST].iter_rows() if row[0].value == "zones"
    )
    assert (link.location, link.target) == ("'zones'!C4", None)


def test_a_mended_copy_is_a_case_and_loses_its_marks(book: Path, tmp_path: Path) -> None:
    whole = read_case(book, load_settings(book))
    note = load_workbook(book)["sites"]["L1"].comment.text
    changed(book, sites__L2=-5, sites__L1="land")
    assert check(book, tmp_path / "one.xlsx")[0] == 3
    assert marked(tmp_path / "one.xlsx")["sites!L1"].endswith(f"\n---\n{note}")
    changed(tmp_path / "one.xlsx", sites__L2=whole.sites["BUGEY"].land_mw, sites__L1="land_mw")
    assert same(read_case(tmp_path / "one.xlsx", load_settings(book)), whole)
    code, said = check(tmp_path / "one.xlsx", tmp_path / "two.xlsx")
    assert (code, "no fault" in said) == (0, True)
    assert marked(tmp_path / "two.xlsx") == {}
    assert load_workbook(tmp_path / "two.xlsx")["sites"]["L1"].comment.text == note
    assert load_workbook(tmp_path / "two.xlsx")["sites"].freeze_panes == "B2"
    assert same(read_case(tmp_path / "two.xlsx", load_settings(book)), whole)


def test_all_cells_of_a_column_are_marked_though_few_are_printed(book: Path, tmp_path: Path) -> None:
    changed(book, **{f"load__B{line}": "x" for line in range(2, 50)})
    code, said = check(book, tmp_path / "marked.xlsx")
    assert (code, said.count("sheet load")) == (3, 6)
    assert {*marked(tmp_path / "marked.xlsx")} == {f"load!B{line}" for line in range(2, 50)}


def test_warnings_are_orange(book: Path, tmp_path: Path) -> None:
    changed(book, potentials__C2=99_000)
    assert check(book, tmp_path / "marked.xlsx")[0] == 0
    found = marked(tmp_path / "marked.xlsx", ORANGE)
    assert "over 20 times the zone's peak load" in found["potentials!C2"]
    assert marked(tmp_path / "marked.xlsx") == {}


HOSTILE = (
    '=HYPERLINK("http://x.invalid","y")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "-2+3",
    "<script>",
    "]]>&amp;",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_of_a_hostile_case_are_texts_in_its_copy(text: str, book: Path, tmp_path: Path) -> None:
    changed(book, sites__B2=text, sites__A3=text, zones__B2=text)
    assert check(book, tmp_path / "marked.xlsx")[0] == 3
    copy = load_workbook(tmp_path / "marked.xlsx")
    assert copy["sites"]["B2"].value == copy["sites"]["A3"].value == text
    assert {cell.data_type for sheet in copy.worksheets for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    with zipfile.ZipFile(tmp_path / "marked.xlsx") as archive:
        parts = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    assert not [
        name for name, xml in parts.items() if name.startswith("xl/worksheets/sheet") and re.search(r"<f[ >]", xml)
    ]
    assert not [name for name, xml in parts.items() if 'TargetMode="External"' in xml]


def test_merged_cells_odd_columns_and_files_beside_are_marked_or_listed(tmp_path: Path) -> None:
    write_workbook(TUTORIAL, tmp_path / "book.xlsx", hourly_sheets=False)
    opened = load_workbook(tmp_path / "book.xlsx")
    opened["zones"].merge_cells("A2:A3")
    opened["periods"]["H3"] = "why?"
    opened["odd"] if "odd" in opened else opened.create_sheet("odd")
    opened["odd"]["A1"] = "x"
    opened.save(tmp_path / "book.xlsx")
    (tmp_path / "book.hourly" / "load.parquet").write_bytes(b"no parquet")
    assert check(tmp_path / "book.xlsx", tmp_path / "marked.xlsx")[0] == 3
    found = marked(tmp_path / "marked.xlsx")
    assert "the cells A2:A3 are merged" in found["zones!A2"]
    assert "has 8 cells" in found["periods!A3"]
    assert "no such table" in found["odd!A1"]
    assert any(row[0] == "load.parquet" for row in listed(tmp_path / "marked.xlsx"))


def test_what_cannot_be_marked_is_said_and_nothing_is_written(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none.xlsx").write_bytes(b"none")
    code, said = check(tmp_path / "none.xlsx", tmp_path / "marked.xlsx")
    assert code == 3
    assert "cannot be marked: it is no Excel workbook, or damaged" in said.replace("\n", "")
    changed(book, sites__L2=-5)
    monkeypatch.setattr("optimizer.case.mark_workbook.LARGEST_MARKED", 1000)
    code, said = check(book, tmp_path / "marked.xlsx")
    assert code == 3
    assert "too large to be marked" in said
    assert "outside 0 .. 5,000 MW" in said
    assert not (tmp_path / "marked.xlsx").exists()
    assert [check(book, book)[0], check(TUTORIAL, tmp_path / "x.xlsx")[0], check(book, tmp_path / "x.csv")[0]] == [
        2,
        2,
        2,
    ]
