"""Sites in short: they are the long form's, and what is wrong with them is told of their own row."""

import csv
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import gigasite
from models.case import Case
from optimizer.case.cut import Selection
from optimizer.case.faults import CaseRefused
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.case.write_cut import write_cut
from optimizer.case.write_folder import write_folder
from optimizer.case.write_workbook import write_workbook
from optimizer.explain.source_location import SourceLocations
from tests.drafts import same

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"
LODZ = {
    "site": "LODZ",
    "name": "Lodz",
    "latitude": "51.75",
    "longitude": "19.45",
    "land_mw": "100",
    "headroom_mw": "100",
    "permit_year": "2026",
    "connection_year": "2026",
    "opening_meur": "30",
    "source": "made up for the tutorial",
    "quality": "estimate",
}
STATED = {"zone": "EAST", "country": "PL", "substation": "LODZ", "basin": "baltic", "station": "lodz"}
FULL = LODZ | STATED | {"minimum_mw": "10", "distance_km": "5", "heat_sink_mw": "50", "kind": "coal"}


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def write(folder: Path, name: str, rows: list[dict[str, str]]) -> None:
    columns = dict.fromkeys(column for row in rows for column in row)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*columns], restval="")
        writer.writeheader()
        writer.writerows(rows)


def short(folder: Path, *rows: Mapping[str, str]) -> Path:
    """Copy the tutorial without its site in Lodz, which stands among the short rows."""
    shutil.copytree(TUTORIAL, folder)
    (folder / "datapackage.json").unlink()
    for name, column in (("sites", "site"), ("substations", "substation"), ("headrooms", "substation")):
        write(folder, name, [row for row in table(folder, name) if row[column] != "LODZ"])
    write(folder, "own_sites", [dict(row) for row in rows])
    return folder


def read(folder: Path) -> Case:
    return read_case(folder, load_settings(folder))


def refused(folder: Path) -> list[str]:
    with pytest.raises(CaseRefused) as refusal:
        read(folder)
    return [str(fault) for fault in refusal.value.faults]


def unnamed(case: Case) -> Case:
    """Return a case without what a short row says of itself alone: its file, and that its cells rest on it."""
    own = {key: row for key, row in case.sources.items() if key[1] != "LODZ"}
    return replace(case, name="", notes=(), sources=own)


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """Copy the tutorial with the substation of Lodz at its site, where a short row puts it."""
    folder = Path(shutil.copytree(TUTORIAL, tmp_path / "long"))
    rows = table(folder, "substations")
    next(row for row in rows if row["substation"] == "LODZ").update({"latitude": "51.75", "longitude": "19.45"})
    write(folder, "substations", rows)
    return folder


def test_a_short_row_is_the_rows_of_three_tables_and_solves_to_the_same_plan(long: Path, tmp_path: Path) -> None:
    folder = short(tmp_path / "short", FULL)
    assert same(unnamed(read(folder)), unnamed(read(long)))
    one, other = (gigasite.solve(gigasite.read_case(each)) for each in (folder, long))
    assert one.to_frames().keys() == other.to_frames().keys()
    assert all(frame.equals(other.to_frames()[name]) for name, frame in one.to_frames().items())


def test_a_short_row_says_what_its_cells_rest_on(tmp_path: Path) -> None:
    case = read(short(tmp_path / "short", FULL | {"source": "own survey", "quality": "real"}))
    assert ("sites", "*", "latitude") in case.sources
    assert case.quality("sites", "LYON", "latitude") == "derived"
    for table, key, column in (("sites", "LODZ", "latitude"), ("headrooms", ("LODZ", 2026), "headroom_mw")):
        assert (case.quality(table, key, column), case.cell_source(table, key, column)) == ("real", "own survey")


def test_what_is_left_empty_is_taken_from_near_and_told(long: Path, tmp_path: Path) -> None:
    folder = short(
        tmp_path / "short", {**LODZ, "minimum_mw": "10", "distance_km": "5", "heat_sink_mw": "50", "kind": "coal"}
    )
    case = read(folder)
    assert case.sites["LODZ"].basin == "west"  # that of BUGEY: LULEA is farther
    assert same(
        unnamed(replace(case, sites={**case.sites, "LODZ": case.sites["LODZ"].model_copy(update={"basin": "baltic"})})),
        unnamed(read(long)),
    )
    (note,) = case.notes
    assert note.startswith("own_sites.csv, line 2, site = 'LODZ': left empty and read as: zone EAST; country PL; ")
    assert "station lodz, 7 km away; basin west, that of " in note
    assert note.endswith("a substation LODZ of its own, with its headroom")


def test_a_short_row_may_share_a_substation(tmp_path: Path) -> None:
    other = {
        **LODZ,
        "site": "LYON-2",
        "latitude": "45.76",
        "longitude": "4.9",
        "substation": "RHONE",
        "headroom_mw": "0",
    }
    case = read(short(tmp_path / "short", FULL, other))
    assert case.sites["LYON-2"].substation == "RHONE"
    assert case.sites["LYON-2"].zone == "WEST"
    assert [*case.headroom_years["RHONE"]] == [2026, 2031]
    assert "LYON-2" not in case.substations


def test_a_case_may_have_short_rows_alone(tmp_path: Path) -> None:
    folder = short(tmp_path / "short", FULL)
    about_sites = ("sites", "substations", "headrooms", "reinforcements", "latency", "transfers", "uninterrupted")
    for name in (*about_sites, "shared_risks", "sources"):
        (folder / f"{name}.csv").unlink()
    write(folder, "places", [row for row in table(folder, "places") if row["site"] == "LODZ"])
    case = read(folder)
    assert [*case.sites] == [*case.substations] == ["LODZ"]
    assert [*case.headrooms] == [("LODZ", 2026)]
    write(folder, "own_sites", [LODZ])
    assert refused(folder) == [
        "own_sites.csv, line 2, basin = '': is empty, and no other site shows which basin is near: name one"
    ]
    (folder / "own_sites.csv").unlink()
    assert "sites.csv: the file is missing" in refused(folder)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"land_mw": "-1"}, "land_mw = '-1': outside 0 .. 5,000 MW"),
        ({"station": "lodzz"}, "station = 'lodzz': no such row in stations.csv (did you mean 'lodz'?)"),
        ({"zone": "EASTT"}, "zone = 'EASTT': no such row in zones.csv (did you mean 'EAST'?)"),
        ({"minimum_mw": "200"}, "minimum_mw = '200': more than land_mw = 100, so the site could never open"),
        ({"latitude": "45.8", "longitude": "65"}, "longitude = '65': outside -32 .. 51 degrees east"),
        ({"latitude": "27.5", "longitude": "-20"}, "latitude, longitude = '27.5, -20': "),
        ({"site": "LYON"}, "site = 'LYON': repeats the key of line 4 of sites.csv"),
        ({"substation": "RHONE"}, "headroom_mw = '100': must be 0: headrooms.csv has the headrooms of RHONE"),
        ({"substation": "RHONE", "headroom_mw": "0"}, "zone = 'EAST': its substation RHONE is in zone WEST"),
        ({"site": "SEINE", "substation": ""}, "substation = '': is empty, and substations.csv has a substation SEINE"),
        ({"name": ""}, "name = '': is empty"),
        ({"country": "XX"}, "country = 'XX': no such row in countries.csv"),
    ],
)
def test_faults_name_the_short_row(change: dict[str, str], told: str, tmp_path: Path) -> None:
    folder = short(tmp_path / "short", FULL | change)
    if (site := change.get("site")) is not None:  # what is known of the place belongs to the site of the short row
        write(folder, "places", [row for row in table(folder, "places") if row["site"] not in {"LODZ", site}])
    said = refused(folder)
    assert any(line.startswith(f"own_sites.csv, line 2, {told}") for line in said), said
    assert all(line.startswith("own_sites.csv") for line in said), said


def test_two_new_substations_of_one_name_are_told(tmp_path: Path) -> None:
    said = refused(short(tmp_path / "short", FULL, FULL | {"site": "LODZ-2"}))
    assert said == [
        "own_sites.csv, line 3, substation = 'LODZ': is new on line 2 already: write LODZ into substations.csv, its "
        "headrooms into headrooms.csv"
    ]


def test_a_sheet_of_short_rows_and_copies_in_long_form(long: Path, tmp_path: Path) -> None:
    folder = short(tmp_path / "short", FULL)
    write_folder(folder, tmp_path / "copy")
    assert not (tmp_path / "copy" / "own_sites.csv").exists()
    write_workbook(folder, tmp_path / "book.xlsx")
    for copy in (tmp_path / "copy", tmp_path / "book.xlsx"):
        assert same(unnamed(read(copy)), unnamed(read(long)))


def test_an_overlay_of_short_rows_is_cut_with_its_case(tmp_path: Path) -> None:
    folder = short(tmp_path / "case", FULL)
    (folder / "more").mkdir()
    near_lyon = {**LODZ, "site": "LYON-2", "latitude": "45.76", "longitude": "4.9"}
    write(folder / "more", "own_sites", [LODZ, near_lyon])
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "more.toml").write_text('extends = "base"\n[inputs]\noverlays = ["more"]\n')
    told = write_cut(folder, Selection(countries=frozenset(["FR"])), tmp_path / "cut")
    assert not any("scenario" in line for line in told)
    cut = read_case(tmp_path / "cut", load_settings(tmp_path / "cut", "more"))
    assert [*cut.sites] == ["BUGEY", "LYON", "LYON-2", "PARIS"]
    assert [*read(tmp_path / "cut").sites] == ["BUGEY", "LYON", "PARIS"]


def test_what_limits_a_plan_is_found_in_the_short_row(tmp_path: Path) -> None:
    locations = SourceLocations(short(tmp_path / "short", FULL), "base", {})
    assert str(locations.cell("headrooms", ("LODZ", 2026), "headroom_mw")) == "own_sites.csv, line 2, headroom_mw"
    assert str(locations.cell("sites", "LODZ", "land_mw")) == "own_sites.csv, line 2, land_mw"
    assert str(locations.cell("sites", "LYON", "land_mw")) == "sites.csv, line 4, land_mw"


def test_no_cell_of_a_short_row_breaks_the_reader(tmp_path: Path) -> None:
    folder = short(tmp_path / "short", FULL)
    told = dict[tuple[str, str], str]()
    for column in FULL:
        for text in ("", "NaN", "x" * 5000, "\u0000", "LODZ"):
            write(folder, "own_sites", [FULL | {column: text}])
            try:
                read(folder)
            except CaseRefused as refusal:
                told[column, text[:3]] = str(refusal)
    assert {column for column, _ in told} == {*FULL}
    assert ("station", "") not in told
    assert max(len(line) for text in told.values() for line in text.splitlines()) < 400
