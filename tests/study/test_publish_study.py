"""A study published, computed again from its archive alone, and held to what was published."""

import json
import shutil
import tomllib
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from rocrate.rocrate import ROCrate
from typer.testing import CliRunner

from optimizer.case.faults import CaseRefused
from optimizer.cli import app
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.runtime.exit_codes import ExitCode
from optimizer.store.plan_folder import FolderRefused
from optimizer.study.archive import MANIFEST, unpack, write_archive
from optimizer.study.publish import publish_folder
from optimizer.study.reproduce import Reproduced, reproduce
from optimizer.study.study_file import check_study
from optimizer.study.sweep import finished_runs, plan_runs

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"
STUDY = """title = "What the carbon cap does"
case = "CASE"  # the tutorial

[design]
kind = "one_at_a_time"

[factors.cap]
of = "carbon.cap_kg_per_mwh"
values = [20.0]

[factors.gigafactories]
of = "siting.gigafactories_min"
values = [1.0]
"""


@pytest.fixture(scope="module")
def study_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a study of three runs, one of them infeasible, of a case that it names by an absolute path."""
    place = tmp_path_factory.mktemp("somewhere")
    shutil.copytree(TUTORIAL, place / "tutorial")
    (place / "cap.toml").write_text(STUDY.replace("CASE", (place / "tutorial").as_posix()))
    words = ["sweep", str(place / "cap.toml"), "--out", str(place / "cap"), "--workers", "1"]
    assert CliRunner().invoke(app, words).exit_code == ExitCode.SOLVED
    return place / "cap"


@pytest.fixture(scope="module")
def archive(study_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("published") / "cap.zip"
    publish_folder(study_dir, out)
    return out


@pytest.fixture
def copy(study_dir: Path, tmp_path: Path) -> Path:
    """Give a copy of the study's folder to spoil."""
    return Path(shutil.copytree(study_dir, tmp_path / "cap"))


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != MANIFEST}


def again(archive: Path, folder: Path, only: int | None = None) -> Reproduced:
    return reproduce(archive, folder, RunMonitor(), lambda _: None, only)


def test_an_archive_holds_the_study_its_runs_and_its_inputs_and_no_place_of_this_machine(
    archive: Path, study_dir: Path
) -> None:
    found = members(archive)
    assert {f"results/{file.relative_to(study_dir).as_posix()}" for file in study_dir.rglob("*.*")} <= set(found)
    assert tomllib.loads(found["inputs/studies/cap.toml"].decode())["case"] == "inputs/tutorial"
    assert found["inputs/studies/cap.toml"] == found["results/study.toml"]
    assert all(str(study_dir.parent).encode() not in raw for raw in found.values())


def test_the_crate_is_a_workflow_run_with_the_study_file_as_workflow(archive: Path, tmp_path: Path) -> None:
    unpack(archive, tmp_path / "crate")
    crate = ROCrate(tmp_path / "crate")
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in {each.id for each in crate.root_dataset["conformsTo"]}
    assert crate.mainEntity.id == "inputs/studies/cap.toml"
    assert set(crate.mainEntity.type) == {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    actions = {each.type: each for each in crate.root_dataset["mentions"]}
    assert actions["CreateAction"]["instrument"] == crate.mainEntity
    assert actions["OrganizeAction"]["instrument"].type == "SoftwareApplication"
    assert "results/results.parquet" in {file.id for file in actions["CreateAction"]["result"]}


def test_it_is_computed_again_from_the_archive_alone(
    archive: Path, study_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_dir = study_dir.with_name("tutorial")
    aside = case_dir.rename(case_dir.with_name("gone"))
    try:
        monkeypatch.chdir(tmp_path)
        run = CliRunner().invoke(app, ["reproduce", str(archive), "--table", "table.csv"])
    finally:
        aside.rename(case_dir)
    assert run.exit_code == ExitCode.SOLVED, run.output
    table = pd.read_csv("table.csv", keep_default_na=False)
    assert table["equal"].all()
    ended = table[table["measure"] == "status"]
    assert ended["run"].tolist() == [0, 1, 2], "the run that is infeasible is one of the figures"


def test_only_the_first_runs_are_computed_when_asked(archive: Path, tmp_path: Path) -> None:
    result = again(archive, tmp_path / "out", only=1)
    assert result.equal
    assert set(result.compared["run"]) == {0}
    plans = json.loads(members(archive)["results/plans.json"])
    priced = result.compared[result.compared["measure"] == "cost of a plan"]
    assert set(priced["entity"]) == set(plans), "the plans of the other runs are priced in it all the same"


def test_what_is_stopped_is_not_equal(archive: Path, tmp_path: Path) -> None:
    monitor = RunMonitor()
    monitor.stop.set()
    result = reproduce(archive, tmp_path / "out", monitor, lambda _: None)
    assert result.stopped
    assert not result.equal
    assert set(result.compared["note"]) == {"not reproduced"}


def test_a_changed_figure_is_marked_even_where_all_sums_were_made_anew(archive: Path, tmp_path: Path) -> None:
    found = members(archive)
    (tmp_path / "t.parquet").write_bytes(found["results/results.parquet"])
    table = pd.read_parquet(tmp_path / "t.parquet")
    cost = (table["run"] == 1) & (table["measure"] == "cost")
    table.loc[cost, "value"] *= 0.999
    lost = (table["run"] == 2) & (table["measure"] == "seconds")
    table.loc[lost, "status"] = "solved"
    table.to_parquet(tmp_path / "t.parquet", index=False)
    write_archive({**found, "results/results.parquet": tmp_path / "t.parquet"}, tmp_path / "b.zip")
    result = again(tmp_path / "b.zip", tmp_path / "out")
    assert not result.equal
    wrong = result.compared[~result.compared["equal"]]
    assert wrong[["run", "measure", "note"]].values.tolist() == [
        [1, "cost", ""],
        [2, "status", "solved then, infeasible now"],
    ]


def test_tables_and_runs_that_do_not_fit_one_another_are_not_published(copy: Path, tmp_path: Path) -> None:
    table = pd.read_parquet(copy / "results.parquet")
    table.assign(value=table["value"] + 1).to_parquet(copy / "results.parquet", index=False)
    with pytest.raises(CaseRefused, match=r"results\.parquet: is not the table of its runs"):
        publish_folder(copy, tmp_path / "a.zip")


def test_prices_that_are_not_there_or_not_those_of_the_plans_are_not_published(copy: Path, tmp_path: Path) -> None:
    table = pd.read_parquet(copy / "prices.parquet")
    table.assign(value=table["value"] + 1).to_parquet(copy / "prices.parquet", index=False)
    with pytest.raises(CaseRefused, match=r"prices\.parquet: is not the table of its runs"):
        publish_folder(copy, tmp_path / "a.zip")
    next((copy / "prices").iterdir()).unlink()
    with pytest.raises(CaseRefused, match="1 of 3 runs have plans without a price"):
        publish_folder(copy, tmp_path / "a.zip")


def test_a_study_that_is_not_finished_is_not_published(copy: Path, tmp_path: Path) -> None:
    planned = plan_runs(*check_study(copy / "study.toml"))
    gone = copy / "runs" / f"{planned.keys[1]}.json"
    gone.unlink()
    with pytest.raises(CaseRefused, match="1 of 3 runs are not finished"):
        publish_folder(copy, tmp_path / "a.zip")
    assert len(finished_runs(copy, planned.keys)) == 2
    for damaged in ("", "{", "[]", "{}", f'{{"key": "{planned.keys[1]}"}}', "\xff", (copy / "keys.csv").read_text()):
        gone.write_text(damaged, encoding="latin-1")
        assert len(finished_runs(copy, planned.keys)) == 2, "one that is damaged is run again"
    (copy / "results.parquet").unlink()
    with pytest.raises(FolderRefused, match="holds no results yet"):
        publish_folder(copy, tmp_path / "a.zip")


def test_inputs_that_changed_since_are_not_published(copy: Path, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(TUTORIAL, tmp_path / "tutorial"))
    (changed / "sites.csv").write_text((changed / "sites.csv").read_text() + "\n")
    with pytest.raises(CaseRefused, match="are of other inputs or of another version"):
        publish_folder(copy, tmp_path / "a.zip", case_dir=changed)
    text = (copy / "study.toml").read_text()
    (copy / "study.toml").write_text(text.replace("20.0", "21.0"))
    with pytest.raises(CaseRefused, match="are of other inputs or of another version"):
        publish_folder(copy, tmp_path / "a.zip")


def test_a_table_that_is_none_is_refused(copy: Path, tmp_path: Path) -> None:
    (copy / "results.parquet").write_bytes(b"PAR1")
    with pytest.raises(FolderRefused, match="cannot be read"):
        publish_folder(copy, tmp_path / "a.zip")
    pd.DataFrame({"run": [0]}).to_parquet(copy / "results.parquet", index=False)
    with pytest.raises(FolderRefused, match="has no column status"):
        publish_folder(copy, tmp_path / "a.zip")


def test_papers_name_runs_of_the_study_and_what_failed_has_no_number(study_dir: Path, tmp_path: Path) -> None:
    paper = tmp_path / "paper.tex"
    paper.write_text(
        "\\gigasite{run=1, measure=compute, digits=1}{}\n\\gigasite{run=2, measure=compute, digits=1}{}\n"
        "\\gigasite{run=0, minus=1, measure=cost, digits=3}{}\n"
    )
    run = CliRunner().invoke(app, ["paper", str(study_dir), str(paper)])
    assert run.exit_code == ExitCode.REFUSED
    assert "paper.tex, line 2" in run.stderr.replace("\n", " ")
    assert "run 2 (infeasible" in run.stderr
    assert "the difference is no effect" in run.stderr


@pytest.mark.long
def test_a_design_of_rows_is_published_with_its_rows(study_dir: Path, tmp_path: Path) -> None:
    text = (study_dir / "study.toml").read_text(encoding="utf-8").replace("one_at_a_time", "rows")
    text = "\n".join(line for line in text.splitlines() if "values" not in line)
    (tmp_path / "rows.toml").write_text(text.replace('"rows"', '"rows"\nfile = "my rows.csv"'), encoding="utf-8")
    (tmp_path / "my rows.csv").write_text("cap,gigafactories\n20,\n-5,\n,1\n", encoding="utf-8")
    words = ["sweep", str(tmp_path / "rows.toml"), "--out", str(tmp_path / "rows"), "--workers", "1"]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == ExitCode.REFUSED
    assert "my rows.csv, line 3" in run.stderr
    (tmp_path / "my rows.csv").write_text("cap,gigafactories\n20,\n", encoding="utf-8")
    assert CliRunner().invoke(app, words).exit_code == ExitCode.SOLVED
    publish_folder(tmp_path / "rows", tmp_path / "rows.zip")
    assert members(tmp_path / "rows.zip")["inputs/studies/my rows.csv"] == b"cap,gigafactories\n20,\n"
    assert again(tmp_path / "rows.zip", tmp_path / "out").equal


def test_a_private_path_in_the_results_is_not_published(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy / "notes.md").write_text(f"one\nas in {tmp_path}/x\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CaseRefused, match=r"results/notes\.md, line 2.*names a folder of this machine"):
        publish_folder(copy, tmp_path / "a.zip")
