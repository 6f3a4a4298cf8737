"""Texts stay texts: whatever a name begins with or holds, no output computes it, marks it up or changes it."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from io import BytesIO, StringIO
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pytest
from markdown_it import MarkdownIt
from pyarrow import parquet
from python_calamine import load_workbook
from rich.console import Console

from models.case import HOURLY_TABLES
from models.plan import Plan
from optimizer.case.case_location import case_name, path_from_text, path_text
from optimizer.case.display_names import unique_names
from optimizer.case.hourly_table import read_hourly
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.case.write_workbook import write_workbook
from optimizer.report.console_summary import console_summary
from optimizer.report.key_figures import chosen_sites
from optimizer.report.markdown import code, plain
from optimizer.report.write_geopackage import zone_polygons
from optimizer.report.write_plan import write_plan
from optimizer.store.plan_files import read_plan
from tests.plans import SOUND, hand_made_plan

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "inputs" / "tutorial"
NO_UTF_8 = os.fsdecode(b"caf\xe9")
"""A name as older systems wrote it; it may stand on a disk, but no text file can hold it."""
NAMES = (
    "=cmd|' /C calc'!A0",
    "+1",
    "-x",
    "@SUM(A1)",
    "'=1+1",
    "''-'",
    "'s-Hertogenbosch",
    "\uff1dHYPERLINK(1)",
    "Łódź | *east* _x_ __y__ `z` ~~old~~ [a](http://b) ![c](d) <script>alert(1)</script> &amp; $x$ \\| #1",
    "東京, Αθήνα, Київ",
)


def renamed(plan: Plan, name: str) -> Plan:
    """Give every site, candidate, zone and the plan itself a name."""
    named = {
        table: tuple(row.model_copy(update={"name": name}) for row in getattr(plan, table))
        for table in ("sites", "zones", "candidates")
    }
    origin = plan.provenance.model_copy(update={"case": name, "overrides": {"title": name}})
    return plan.model_copy(update=named | {"title": name, "provenance": origin})


@pytest.fixture(scope="module", params=NAMES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Write the plan under one of the names; a warning, of the map or any other, is an error."""
    folder = tmp_path_factory.mktemp("texts") / "plan"
    write_plan(renamed(hand_made_plan(), request.param), SOUND, folder)
    return request.param, folder


def test_tables_hold_no_cell_that_a_spreadsheet_computes(written: tuple[str, Path]) -> None:
    name, folder = written
    found = set()
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as text:
            for row in csv.DictReader(text):
                for column, cell in row.items():
                    number = re.fullmatch(r"-?[0-9.]+(e[+-]?[0-9]+)?", cell)
                    assert number or not re.match(r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]", cell), (
                        file.name,
                        column,
                        cell,
                    )
                    found |= {cell} - {""} if column == "name" else set()
    assert {re.sub(r"^'('*[=+\-@\uff1d\uff0b\uff0d\uff20])", r"\1", cell) for cell in found} == {name}


def test_the_other_files_hold_the_text_itself(written: tuple[str, Path]) -> None:
    name, folder = written
    assert read_plan(folder).title == name
    assert {row["name"] for row in json.loads((folder / "plan.json").read_text(encoding="utf-8"))["sites"]} == {name}
    for layer in ("sites", "zones"):
        assert {*gpd.read_file(folder / "plan.gpkg", layer=layer)["name"]} == {name}
    assert (folder / "map.png").stat().st_size > 10_000


class Page(HTMLParser):
    """The texts of a page and the kinds of elements it has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.kinds: set[str] = set()
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, _: object) -> None:
        self.kinds.add(tag)
        if tag in ("h1", "td", "code"):
            self.texts.append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("h1", "td", "code")

    def handle_data(self, text: str) -> None:
        if self.inside:
            self.texts[-1] += text


def test_the_summary_shows_the_text_and_marks_nothing_up(written: tuple[str, Path]) -> None:
    name, folder = written
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    page = Page(markdown.render((folder / "summary.md").read_text(encoding="utf-8")))
    assert page.kinds <= {"h1", "h2", "p", "strong", "code", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    flat = " ".join(name.split())
    assert page.texts[0] == flat
    assert {*page.texts} >= {flat, f"title = {flat}"}
    assert sum(text.startswith(flat) for text in page.texts) >= 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gpu_a", "gpu_a"),
        ("_a_", r"\_a\_"),
        ("a\n\tb", "a b"),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ("p1 2026-2030", "p1 2026-2030"),
    ],
)
def test_marks_are_taken_away_where_they_would_count(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_code_is_fenced_by_more_marks_than_it_holds() -> None:
    assert code("a") == "`a`"
    assert code("a``b`") == "``` a``b` ```"


def test_names_of_the_inputs_reach_the_workbook_as_texts(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    for file in TUTORIAL.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    with (folder / "sites.csv").open(encoding="utf-8", newline="") as text:
        header, *rows = csv.reader(text)
    names = [*NAMES[:4], NAMES[-2]][: len(rows)]
    for row, name in zip(rows, names, strict=True):
        row[header.index("name")] = row[header.index("source")] = name
    with (folder / "sites.csv").open("w", encoding="utf-8", newline="") as text:
        csv.writer(text, lineterminator="\n").writerows([header, *rows])
    write_workbook(folder, tmp_path / "case.xlsx")
    with load_workbook(tmp_path / "case.xlsx") as book:
        title, *lines = book.get_sheet_by_name("sites").to_python()
    assert {line[title.index("name")] for line in lines} == {*names}
    for case_dir in (folder, tmp_path / "case.xlsx"):
        sites = read_case(case_dir, load_settings(case_dir)).sites.values()
        assert {row.name for row in sites} == {row.source for row in sites} == {*names}


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Make a folder whose name is no UTF-8."""
    folder = tmp_path / NO_UTF_8
    try:
        folder.mkdir()
    except (OSError, UnicodeError):
        pytest.skip("this system has no such names")
    return folder


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    strict = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
    return subprocess.run(
        [sys.executable, "-m", "optimizer", *words], cwd=ROOT, env=strict, capture_output=True, encoding="utf-8"
    )


@pytest.mark.long
def test_a_case_and_a_plan_in_folders_whose_names_are_no_utf8(odd: Path) -> None:
    case_dir, folder = Path(shutil.copytree(TUTORIAL, odd / NO_UTF_8)), odd / os.fsdecode(b"out\xe9")
    checked = command("check", case_dir)
    assert (checked.returncode, "no fault" in checked.stdout) == (0, True), checked.stderr
    solved = command("solve", case_dir, "--out", folder)
    assert solved.returncode == 0, solved.stderr
    origin = read_plan(folder).provenance
    assert origin.case == r"caf\xe9"
    assert path_from_text(origin.case_folder) == case_dir
    audited = command("audit", folder)
    assert (audited.returncode, "**Sound.**" in audited.stdout) == (0, True), audited.stderr


def test_a_workbook_whose_name_is_no_utf8(odd: Path) -> None:
    book = odd / os.fsdecode(b"b\xfcch.xlsx")
    assert command("new", book, "--from", TUTORIAL).returncode == 0
    case = read_case(book, load_settings(book))
    assert (case_name(book), next(iter(case.files))) == (r"b\xfcch", r"b\xfcch.xlsx")


def test_whatever_is_read_or_written_there_is(odd: Path) -> None:
    plan = hand_made_plan()
    polygon = {"type": "Polygon", "coordinates": [[[3.0, 44.0], [6.0, 44.0], [6.0, 48.0], [3.0, 44.0]]]}
    feature = {"type": "Feature", "properties": {"zone": "WEST"}, "geometry": polygon}
    (odd / "zones.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert list(zone_polygons(hand_made_plan(), odd)) == ["WEST"]
    write_plan(plan, SOUND, odd / "plan", case_dir=odd)
    assert read_plan(odd / "plan") == plan
    parquet.write_table(pa.table({"hour": [0], "A": [100.0]}), stream := BytesIO())
    (odd / "load.parquet").write_bytes(stream.getvalue())
    assert read_hourly(odd / "load.parquet", HOURLY_TABLES[0], ["A"], ["A"])[0]["A"].tolist() == [100]


@pytest.mark.parametrize("name", [b"caf\xe9", b"\xff\xfe", "caf\u00e9".encode(), b"plain", rb"a\xyz"])
def test_a_name_as_a_text_leads_back_to_its_folder(tmp_path: Path, name: bytes) -> None:
    folder = tmp_path / os.fsdecode(name)
    try:
        folder.mkdir()
    except (OSError, UnicodeError):
        pytest.skip("this system has no such names")
    path_text(folder).encode("utf-8")
    assert path_from_text(path_text(folder)) == folder


def test_names_that_several_share_are_distinguished_by_their_codes() -> None:
    names = {"P1": "Paris", "P2": "paris", "L": "Lyon"}
    assert unique_names(names) == {"P1": "Paris (P1)", "P2": "paris (P2)", "L": "Lyon"}


def test_two_sites_of_one_name_are_distinguished_wherever_they_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks: list[str] = []
    monkeypatch.setattr(
        "optimizer.report.write_map.place_labels",
        lambda axes, listed, dots: marks.extend(mark.label for mark in listed),
    )
    plan = renamed(hand_made_plan(), "Twin")
    write_plan(plan, SOUND, tmp_path / "plan")
    console = Console(width=200, file=StringIO(), highlight=False)
    console_summary(plan, SOUND, console)
    assert isinstance(console.file, StringIO)
    chosen = [row.site for row in chosen_sites(plan)]
    summary = (tmp_path / "plan" / "summary.md").read_text(encoding="utf-8")
    assert len(chosen) > 1
    for site in chosen:
        assert f"Twin ({site})" in console.file.getvalue()
        assert f"| Twin ({site})" in summary
        assert any(label.startswith(f"Twin ({site})\n") for label in marks)
    assert f"| Twin ({plan.zones[0].zone}) |" in summary
