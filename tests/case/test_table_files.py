"""An hourly table goes out as CSV and comes back the same, or not at all."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from optimizer.case.faults import CaseRefused
from optimizer.case.read import read_case, read_inputs
from optimizer.case.settings import load_settings
from optimizer.case.table_files import list_tables, take_back, write_out
from optimizer.case.write_folder import write_hourly
from optimizer.case.write_workbook import write_workbook
from optimizer.cli import app
from tests.drafts import same

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"


@pytest.fixture
def parquet_case(tmp_path: Path) -> Path:
    """Copy the tutorial with its load as parquet."""
    folder = Path(shutil.copytree(TUTORIAL, tmp_path / "case"))
    write_hourly(folder / "load.parquet", read_inputs(folder, load_settings(folder)).hourly["load"])
    (folder / "load.csv").unlink()
    return folder


def loads(case: Path) -> dict[str, list[float]]:
    series = read_inputs(case, load_settings(case)).hourly["load"]
    return {zone: values.tolist() for zone, values in series.items()}


def test_a_parquet_table_comes_back_as_the_same_bytes(parquet_case: Path, tmp_path: Path) -> None:
    before = (parquet_case / "load.parquet").read_bytes()
    assert write_out(parquet_case, "load", tmp_path / "load.csv") == 48
    assert (tmp_path / "load.csv").read_text().splitlines()[:2] == ["hour,EAST,NORTH,WEST", "0,880,880,1760"]
    assert take_back(parquet_case, "load", tmp_path / "load.csv") == (parquet_case / "load.parquet", [])
    assert (parquet_case / "load.parquet").read_bytes() == before
    assert [*parquet_case.glob(".*")] == []


def test_what_was_edited_counts_however_the_spreadsheet_program_wrote_it(parquet_case: Path, tmp_path: Path) -> None:
    write_out(parquet_case, "load", tmp_path / "load.csv")
    lines = (tmp_path / "load.csv").read_text().splitlines()
    edited = [line.replace(",", ";") for line in [*lines[:1], "0,880.5,880,1760", *lines[2:]]]
    (tmp_path / "load.csv").write_text("\r\n".join(edited).replace(".", ",") + "\r\n", encoding="utf-16")
    before = loads(parquet_case)
    take_back(parquet_case, "load", tmp_path / "load.csv")
    before["EAST"][0] = 880.5
    assert loads(parquet_case) == before


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("0,880,880,1760", "0,880,-1,1760"), "edited.csv, line 2, NORTH = '-1': outside 0 .. 200,000 MW"),
        (("0,880,880,1760\n", ""), "edited.csv, line 2, hour = '1': must be 0"),
        (("NORTH", "NORD"), "edited.csv, line 1, NORD: unknown column (did you mean 'NORTH'?)"),
        (("47,", "x,"), "edited.csv, line 49, hour = 'x'"),
        (("47,", "47,880,880,1760\n48,"), "edited.csv, hour: has 49 hours, the others have 48"),
    ],
)
def test_a_table_with_a_fault_changes_nothing(
    change: tuple[str, str], fault: str, parquet_case: Path, tmp_path: Path
) -> None:
    before = (parquet_case / "load.parquet").read_bytes()
    write_out(parquet_case, "load", tmp_path / "edited.csv")
    (tmp_path / "edited.csv").write_text((tmp_path / "edited.csv").read_text().replace(*change, 1))
    with pytest.raises(CaseRefused) as refused:
        take_back(parquet_case, "load", tmp_path / "edited.csv")
    assert fault in str(refused.value)
    assert (parquet_case / "load.parquet").read_bytes() == before
    assert [*parquet_case.glob(".*")] == []


def test_a_table_that_is_broken_in_the_case_can_be_replaced(parquet_case: Path, tmp_path: Path) -> None:
    write_out(parquet_case, "load", tmp_path / "load.csv")
    (parquet_case / "load.parquet").write_bytes(b"no parquet")
    take_back(parquet_case, "load", tmp_path / "load.csv")
    assert loads(parquet_case) == loads(TUTORIAL)


def test_tables_that_have_to_change_together_come_back_one_by_one(parquet_case: Path, tmp_path: Path) -> None:
    with (parquet_case / "zones.csv").open("a") as file:
        file.write("FAR,Far zone,SE,66,22,0.01,0,x,estimate\n")
    write_out(parquet_case, "load", tmp_path / "load.csv")
    lines = (tmp_path / "load.csv").read_text().splitlines()
    (tmp_path / "load.csv").write_text("\n".join([f"{lines[0]},FAR", *(f"{line},100" for line in lines[1:]), ""]))
    _, told = take_back(parquet_case, "load", tmp_path / "load.csv")
    assert told == ["still to mend: carbon.csv, line 1, FAR: the column is missing"]
    write_out(parquet_case, "carbon", tmp_path / "carbon.csv")
    lines = (tmp_path / "carbon.csv").read_text().splitlines()
    (tmp_path / "carbon.csv").write_text("\n".join([f"{lines[0]},FAR", *(f"{line},20" for line in lines[1:]), ""]))
    assert take_back(parquet_case, "carbon", tmp_path / "carbon.csv")[1] == []
    assert loads(parquet_case)["FAR"] == [100.0] * 48


def test_no_column_is_lost_where_its_zone_cannot_be_read(parquet_case: Path, tmp_path: Path) -> None:
    write_out(parquet_case, "load", tmp_path / "load.csv")
    before = (parquet_case / "load.parquet").read_bytes()
    zones = (parquet_case / "zones.csv").read_text()
    (parquet_case / "zones.csv").write_text(zones.replace("EAST,Eastern", "E\u0410ST,Eastern"))
    with pytest.raises(CaseRefused, match=r"load\.csv, line 1, EAST: unknown column"):
        take_back(parquet_case, "load", tmp_path / "load.csv")
    assert (parquet_case / "load.parquet").read_bytes() == before


def test_what_a_scenario_scales_is_not_written_into_the_table(parquet_case: Path, tmp_path: Path) -> None:
    with (parquet_case / "scenario.toml").open("a") as file:
        file.write('\n[inputs.factors]\n"load[EAST]" = 2.0\n')
    assert loads(parquet_case)["EAST"][0] == 1760
    write_out(parquet_case, "load", tmp_path / "load.csv")
    take_back(parquet_case, "load", tmp_path / "load.csv")
    assert loads(parquet_case)["EAST"][0] == 1760


def test_a_csv_table_stays_csv_and_is_declared_as_it_is_written(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TUTORIAL, tmp_path / "case"))
    package = json.loads((folder / "datapackage.json").read_text())
    next(each for each in package["resources"] if each["path"] == "load.csv")["dialect"] = {"decimalChar": ","}
    (folder / "datapackage.json").write_text(json.dumps(package))
    write_out(folder, "load", tmp_path / "load.csv")
    (tmp_path / "load.csv").write_text((tmp_path / "load.csv").read_text().replace("0,880,", "0,880.125,", 1))
    (tmp_path / "load.csv").write_text((tmp_path / "load.csv").read_text().replace("1,880,", "1,880.5,", 1))
    take_back(folder, "load", tmp_path / "load.csv")
    assert loads(folder)["EAST"][:2] == [880.125, 880.5]


def test_a_workbook_has_its_files_beside_it_replaced_and_its_sheets_edited(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    write_workbook(TUTORIAL, book, hourly_sheets=False)
    write_out(book, "load", tmp_path / "load.csv")
    (tmp_path / "load.csv").write_text((tmp_path / "load.csv").read_text().replace("0,880,", "0,890,", 1))
    assert take_back(book, "load", tmp_path / "load.csv")[0] == tmp_path / "book.hourly" / "load.parquet"
    assert loads(book)["EAST"][0] == 890
    write_workbook(TUTORIAL, tmp_path / "sheets.xlsx")
    with pytest.raises(CaseRefused, match=r"sheets\.xlsx: holds the table load as a sheet: edit it there"):
        take_back(tmp_path / "sheets.xlsx", "load", tmp_path / "load.csv")


def test_tables_that_are_none_or_no_hours_are_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(CaseRefused, match=r"table = 'loads': is no table of a case \(did you mean 'load'\?\)"):
        write_out(TUTORIAL, "loads", tmp_path / "x.csv")
    with pytest.raises(CaseRefused, match=r"table = 'sites': is no hourly table; other tables are CSV files or sheets"):
        take_back(TUTORIAL, "sites", TUTORIAL / "sites.csv")
    with pytest.raises(CaseRefused, match=r"zones\.csv: would lie among the case's own files"):
        write_out(TUTORIAL, "zones", TUTORIAL / "zones.csv")
    assert [*tmp_path.iterdir()] == []


def test_every_table_of_a_case_is_listed() -> None:
    listed = {name: row for name, *row in list_tables(TUTORIAL)}
    assert {*listed} == {path.stem for path in TUTORIAL.glob("*.csv")}
    assert listed["demand"] == ["demand.csv", "12", "6", "region, workload, period"]
    assert listed["load"] == ["load.csv", "48", "3", "hour; zones, MW"]


def test_the_command_does_what_it_says(parquet_case: Path, tmp_path: Path) -> None:
    def call(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["table", str(parquet_case), *words], terminal_width=200)
        return result.exit_code, result.output

    whole = read_case(parquet_case, load_settings(parquet_case))
    file = str(tmp_path / "sites.csv")
    assert call("sites", "--csv", file)[0] == 0
    assert {*whole.sites} == {line.partition(",")[0] for line in (tmp_path / "sites.csv").read_text().splitlines()[1:]}
    assert call("load", "--csv", file)[0] == 0
    code, said = call("load", "--from", file)
    assert code == 0
    assert "which has no fault" in said
    assert same(replace(read_case(parquet_case, load_settings(parquet_case)), name=""), replace(whole, name=""))
    assert [call("load")[0], call("--csv", file)[0], call("load", "--csv", file, "--from", file)[0]] == [2, 2, 2]
    assert call("lod", "--csv", file)[0] == 3
    code, said = call()
    assert code == 0
    assert "load.parquet" in said
