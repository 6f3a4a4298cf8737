"""Overlays: folders of tables that take the place of the case's own, each with what it says of its cells."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.case import Case
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.overlays import overlay_names
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.cli import app
from tests.conftest import TUTORIAL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A case with two overlays that share a table."""
    case = Path(shutil.copytree(TUTORIAL, tmp_path / "case"))
    for name, factor in (("water/dry", 0.5), ("water/wet", 2)):
        (case / name).mkdir(parents=True)
        rows = (case / "basins.csv").read_text().splitlines()
        at = rows[0].split(",").index("available_mm3")
        cells = [row.split(",") for row in rows[1:]]
        changed = [[*row[:at], f"{factor * float(row[at]):g}", *row[at + 1 :]] for row in cells]
        (case / name / "basins.csv").write_text("\n".join([rows[0], *map(",".join, changed)]) + "\n")
    return case


def read(case: Path, *overlays: str) -> Case:
    return read_case(case, load_settings(case, overrides={"inputs": {"overlays": list(overlays)}}))


def faults(case: Path, *overlays: str) -> list[Fault]:
    with pytest.raises(CaseRefused) as refused:
        read(case, *overlays)
    return list(refused.value.faults)


def test_tables_of_the_last_overlay_come_first(folder: Path) -> None:
    own = {key: row.available_mm3 for key, row in read(folder).basins.items()}
    assert overlay_names(folder) == ["water/dry", "water/wet"]
    for overlays, factor in (
        (["water/dry"], 0.5),
        (["water/dry", "water/wet"], 2),
        (["water/wet", "water/dry"], 0.5),
    ):
        case = read(folder, *overlays)
        assert {key: row.available_mm3 for key, row in case.basins.items()} == {k: factor * v for k, v in own.items()}
        assert case.sites == read(folder).sites
        last = f"{overlays[-1]}/basins.csv"
        assert last in case.files
        assert "basins.csv" not in case.files
        assert "sites.csv" in case.files


def test_hourly_tables_are_replaced_whatever_their_form(folder: Path) -> None:
    load = (folder / "load.csv").read_text().splitlines()
    (folder / "cold").mkdir()
    doubled = [",".join([row.split(",")[0], *(str(2 * float(x)) for x in row.split(",")[1:])]) for row in load[1:]]
    (folder / "cold" / "load.csv").write_text("\n".join([load[0], *doubled]) + "\n")
    plain, cold = read(folder), read(folder, "cold")
    for zone, hours in plain.hourly["load"].items():
        assert (cold.hourly["load"][zone] == 2 * hours).all()
    assert cold.hourly["carbon"].keys() == plain.hourly["carbon"].keys()


def test_faults_name_the_overlay(folder: Path) -> None:
    text = (folder / "water/dry/basins.csv").read_text()
    (folder / "water/dry/basins.csv").write_text(text.replace("available_mm3", "available_mm4"))
    assert {fault.file for fault in faults(folder, "water/dry")} == {"water/dry/basins.csv"}
    assert read(folder, "water/wet")
    (folder / "water/wet/bassins.csv").write_text("x\n")
    (fault,) = faults(folder, "water/wet")
    assert fault.file == "water/wet/bassins.csv"
    assert "basins.csv" in fault.rule


def test_a_scenario_in_an_overlay_is_not_passed_over_in_silence(folder: Path) -> None:
    (folder / "water" / "dry" / "scenario.toml").write_text('title = "Dry"\n')
    (fault,) = faults(folder, "water/dry")
    assert fault.file == "water/dry/scenario.toml"
    assert "ignored" in fault.rule


@pytest.mark.parametrize("name", ["water", "water/dryer", "scenarios"])
def test_a_folder_without_tables_is_no_overlay(folder: Path, name: str) -> None:
    (fault,) = faults(folder, name)
    assert (fault.column, fault.value) == ("inputs.overlays", name)
    assert "water/" in fault.rule


@pytest.mark.parametrize("name", ["../case", "/tmp", "water//dry", "", "."])
def test_a_way_out_of_the_case_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(CaseRefused):
        read(folder, name)


def test_what_is_said_of_cells_comes_with_their_table(folder: Path) -> None:
    header = "table,row,column,quality,source\n"
    (folder / "sources.csv").write_text(f"{header}basins,*,available_mm3,real,gauge\nsites,*,land_mw,real,register\n")
    (folder / "water/dry/sources.csv").write_text(f"{header}basins,*,stress_share,derived,drought of 2003\n")
    basin = next(iter(read(folder).basins))
    plain, dry = read(folder), read(folder, "water/dry")
    assert plain.quality("basins", basin, "available_mm3") == "real"
    assert dry.quality("basins", basin, "available_mm3") == "estimate"  # its row's
    assert dry.quality("basins", basin, "stress_share") == "derived"
    assert dry.quality("sites", next(iter(dry.sites)), "land_mw") == "real"
    (folder / "water/dry/sources.csv").write_text(f"{header}sites,*,land_mw,derived,elsewhere\n")
    (fault,) = faults(folder, "water/dry")
    assert (fault.file, fault.line) == ("water/dry/sources.csv", 2)


def test_overlays_come_along_into_a_workbook_and_back(folder: Path, tmp_path: Path) -> None:
    book, back = tmp_path / "book.xlsx", tmp_path / "back"
    for target, origin in ((book, folder), (back, book)):
        result = CliRunner().invoke(app, ["new", str(target), "--from", str(origin)])
        assert result.exit_code == 0, result.output
    dry = read(folder, "water/dry")
    assert dry.basins != read(folder).basins
    for copy in (book, back):
        assert (read(copy, "water/dry").basins, read(copy, "water/dry").hourly.keys()) == (
            dry.basins,
            dry.hourly.keys(),
        )
    assert read(book, "water/dry").files.keys() >= {"water/dry/basins.csv", "book.xlsx"}
