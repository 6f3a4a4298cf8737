"""What cells rest on: statements on single cells, columns and hourly columns, and what they count for."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.case import Case, Statement
from optimizer.case.faults import CaseRefused
from optimizer.case.quality import quality_counts, quality_lines, quality_shares
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.case.write_folder import write_folder
from optimizer.case.write_workbook import write_workbook
from tests.conftest import TUTORIAL

HEADER = "table,row,column,quality,source\n"


@pytest.fixture
def stating(tmp_path: Path) -> Callable[[str], Path]:
    def write(rows: str) -> Path:
        folder = Path(shutil.copytree(TUTORIAL, tmp_path / "case"))
        (folder / "sources.csv").write_text(HEADER + rows)
        return folder

    return write


def read(folder: Path) -> Case:
    return read_case(folder, load_settings(folder))


def test_a_statement_on_a_cell_outweighs_one_on_its_column_and_both_the_row(stating: Callable[[str], Path]) -> None:
    case = read(
        stating(
            "sites,*,land_mw,derived,maps\nsites,LYON,land_mw,real,land register\n"
            "headrooms,RHONE.2026,headroom_mw,real,operator\nfleets,EAST.coal.2026,capacity_mw,derived,registers\n"
        )
    )
    assert (case.quality("sites", "LYON", "land_mw"), case.cell_source("sites", "LYON", "land_mw")) == (
        "real",
        "land register",
    )
    assert (case.quality("sites", "LODZ", "land_mw"), case.cell_source("sites", "LODZ", "land_mw")) == (
        "derived",
        "maps",
    )
    assert case.quality("sites", "LYON", "opening_meur") == "estimate"
    assert case.cell_source("sites", "LYON", "opening_meur") == "made up for the tutorial"
    assert case.quality("headrooms", ("RHONE", 2026), "headroom_mw") == "real"
    assert case.quality("fleets", ("EAST", "coal", 2026), "capacity_mw") == "derived"


def test_hourly_columns_are_named_by_their_key_and_what_nobody_says_is_an_estimate(
    stating: Callable[[str], Path],
) -> None:
    case = read(stating("load,*,(hours),derived,operators\nload,WEST,(hours),real,RTE\n"))
    assert [case.quality("load", zone, "(hours)") for zone in case.zones] == ["derived", "derived", "real"]
    assert case.quality("carbon", "WEST", "(hours)") == "estimate"
    assert case.cell_source("carbon", "WEST", "(hours)") == case.cell_source("periods", "p1", "first_year") == ""
    assert quality_counts(case)["load", "(hours)"] == Counter({"derived": 2, "real": 1})


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ("site,LYON,land_mw,real,s", "table", "no table of a case (did you mean 'sites'?)"),
        ("sources,*,quality,real,s", "table", "no table of a case (did you mean 'countries'?)"),
        ("sites,LYONS,land_mw,real,s", "row", "no row of sites, nor * (did you mean 'LYON'?)"),
        ("sites,LYON,land,real,s", "column", "no column of sites (did you mean 'land_mw'?)"),
        ("sites,*,quality,real,s", "column", "no column of sites"),
        ("load,WESTT,(hours),real,s", "row", "no row of load, nor * (did you mean 'WEST'?)"),
        ("load,WEST,WEST,real,s", "column", "no column of load"),
        ("sites,LYON,land_mw,reel,s", "quality", "must be one of real, derived, estimate (did you mean 'real'?)"),
        ("sites,LYON,land_mw,real,", "source", "is empty"),
        ("periods,*,length_years,derived,b", "table,row,column", "repeats the key of line 2"),
    ],
)
def test_a_statement_on_no_cell_is_refused(row: str, column: str, rule: str, stating: Callable[[str], Path]) -> None:
    folder = stating(f"periods,*,length_years,real,a\n{row}\n")
    with pytest.raises(CaseRefused) as refused:
        read(folder)
    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.column, fault.rule) == ("sources.csv", 3, column, rule)
    cells = dict(zip(HEADER.strip().split(","), row.split(","), strict=True))
    assert fault.value == cells.get(column, "periods,*,length_years")


def test_what_may_follow_from_rows_that_were_refused_is_not_told_twice(stating: Callable[[str], Path]) -> None:
    folder = stating("sites,LYONS,land_mw,real,s\n")
    (folder / "sites.csv").write_text((folder / "sites.csv").read_text().replace("\nLYON,", "\nLYÖN,"))
    with pytest.raises(CaseRefused) as refused:
        read(folder)
    assert {fault.file for fault in refused.value.faults} == {"sites.csv"}


def test_statements_go_wherever_a_case_goes(stating: Callable[[str], Path], tmp_path: Path) -> None:
    folder = stating("sites,*,land_mw,derived,maps\nload,WEST,(hours),real,RTE\nsites,LYON,land_mw,real,register\n")
    write_workbook(folder, tmp_path / "book.xlsx")
    write_folder(tmp_path / "book.xlsx", tmp_path / "copy")
    assert [*(found := read(tmp_path / "copy")).sources] == [*read(folder).sources]
    assert found.sources == read(tmp_path / "book.xlsx").sources == read(folder).sources
    assert "sources.csv" in found.files
    assert (tmp_path / "copy" / "datapackage.json").read_text().count('"path": "sources.csv"') == 1
    (folder / "sources.csv").unlink()
    assert read(folder).sources == {}


def test_shares_are_of_cells_and_lines_say_the_most_estimated_first(tutorial_case: Case) -> None:
    fleets = {key: ("real" if key[0] == "WEST" else "derived") for key in tutorial_case.fleets}
    stated = {
        ("fleets", ".".join(map(str, key)), "capacity_mw"): Statement(
            table="fleets", row=".".join(map(str, key)), column="capacity_mw", source="s", quality=quality
        )
        for key, quality in fleets.items()
    }
    case = replace(tutorial_case, sources=stated)
    assert quality_shares(case)["fleets.capacity_mw"] == {"real": 3 / 9, "derived": 6 / 9, "estimate": 0}
    assert sum(sum(shares.values()) for shares in quality_shares(case).values()) == pytest.approx(
        len(quality_shares(case))
    )
    lines = [*quality_lines(case)]
    assert lines[0].startswith(f"Of {sum(each.total() for each in quality_counts(case).values()):,} cells that decide ")
    assert lines[-1].startswith("  fleets: ")
    assert lines[-1].endswith("0/0/100 from_year, uncontracted_share, must_run_share; 33/67/0 capacity_mw")
