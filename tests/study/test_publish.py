"""A plan published, computed again from its archive alone, and held to what was published."""

import json
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from rocrate.rocrate import ROCrate
from typer.testing import CliRunner

from models.plan import Plan
from optimizer.audit.audit import audit
from optimizer.case.case_location import scenarios_folder
from optimizer.case.faults import CaseRefused
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.case.write_workbook import write_workbook
from optimizer.cli import app
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.report.write_plan import write_plan
from optimizer.runtime.exit_codes import ExitCode
from optimizer.store.plan_folder import FolderRefused
from optimizer.study.archive import CRATE, MANIFEST, unpack, write_archive
from optimizer.study.publication import PUBLICATION
from optimizer.study.publish import publish_folder
from optimizer.study.reproduce import compare, reproduce, verdict

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"
NAN = float("nan")


@pytest.fixture(scope="module")
def case_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the tutorial that is nowhere near the checkout, with files that are no part of it."""
    folder = tmp_path_factory.mktemp("somewhere") / "tutorial"
    shutil.copytree(TUTORIAL, folder)
    (folder / "private.txt").write_text("secret")
    (folder / "SOURCES.md").write_text("all invented\n")
    return folder


@pytest.fixture(scope="module")
def plan_dir(case_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the plan of that copy, which names its case by an absolute path."""
    folder = tmp_path_factory.mktemp("outputs") / "base"
    assert CliRunner().invoke(app, ["solve", str(case_dir), "--out", str(folder)]).exit_code == ExitCode.SOLVED
    return folder


@pytest.fixture(scope="module")
def archive(plan_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("published") / "plan.zip"
    publish_folder(plan_dir, out)
    return out


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != MANIFEST}


def test_an_archive_is_whole_names_no_place_of_this_machine_and_nothing_private(
    archive: Path, case_dir: Path, plan_dir: Path
) -> None:
    found = members(archive)
    assert {f"inputs/tutorial/{file.name}" for file in TUTORIAL.glob("*.csv")} <= set(found)
    assert {f"results/{file.name}" for file in plan_dir.iterdir()} <= set(found)
    assert {"CITATION.cff", "LICENSE", "constraints.txt", "README.md", "inputs/tutorial/SOURCES.md"} <= set(found)
    assert "inputs/tutorial/private.txt" not in found
    for name, raw in found.items():
        assert str(case_dir.parent).encode() not in raw, name
        assert str(Path.cwd()).encode() not in raw, name
    publication = json.loads(found[PUBLICATION])
    assert publication["environment"].keys() >= {"python", "highspy", "commit", "cores", "memory_gb", "platform"}
    assert publication["commands"] == ["gigasite solve inputs/tutorial --out results", "gigasite audit results"]


def test_publishing_twice_gives_the_same_bytes(archive: Path, plan_dir: Path, tmp_path: Path) -> None:
    publish_folder(plan_dir, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_the_crate_says_what_was_run_from_what_to_what(archive: Path, tmp_path: Path) -> None:
    unpack(archive, tmp_path / "crate")
    crate = ROCrate(tmp_path / "crate")
    assert {profile.id for profile in crate.root_dataset["conformsTo"]} == {"https://w3id.org/ro/wfrun/process/0.5"}
    (action,) = crate.root_dataset["mentions"]
    assert action.type == "CreateAction"
    assert action["instrument"].type == "SoftwareApplication"
    assert action["instrument"]["softwareVersion"].startswith("0.1.0+")
    assert "inputs/tutorial/sites.csv" in {file.id for file in action["object"]}
    assert "results/plan.json" in {file.id for file in action["result"]}
    listed = {file.id for file in crate.data_entities}
    assert listed | {CRATE, MANIFEST} == {
        path.relative_to(tmp_path / "crate").as_posix() for path in (tmp_path / "crate").rglob("*") if path.is_file()
    }


def test_it_is_computed_again_from_the_archive_alone(
    archive: Path, case_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = case_dir.rename(case_dir.with_name("gone"))
    try:
        monkeypatch.chdir(tmp_path)
        run = CliRunner().invoke(app, ["reproduce", str(archive), "--out", "unpacked", "--table", "table.csv"])
    finally:
        aside.rename(case_dir)
    assert run.exit_code == ExitCode.SOLVED, run.output
    table = pd.read_csv("table.csv")
    assert len(table) > 700
    assert table["equal"].all()
    assert f"{len(table):,} of {len(table):,} figures are equal within their gap" in run.stdout
    monkeypatch.chdir("unpacked")  # the plan in it is a plan: its inputs are where it says
    assert CliRunner().invoke(app, ["audit", "results"]).exit_code == ExitCode.SOLVED


def tampered(archive: Path, out: Path, plan: Plan, folder: Path) -> Path:
    """Write an archive whose plan was changed and everything made anew, sums and manifests too."""
    unpack(archive, folder)
    case = read_case(folder / "inputs/tutorial", load_settings(folder / "inputs/tutorial"))
    write_plan(plan, audit(case, plan), folder / "results")
    write_archive(
        {**members(archive), **{f"results/{file.name}": file for file in (folder / "results").iterdir()}}, out
    )
    return out


def test_a_figure_that_cannot_be_computed_again_is_marked(archive: Path, tmp_path: Path, tutorial_plan: Plan) -> None:
    place = tutorial_plan.provenance.model_copy(
        update={
            "case_folder": "inputs/tutorial",
            "files": json.loads(members(archive)["results/plan.json"])["provenance"]["files"],
        }
    )
    stages = [*tutorial_plan.proof.stages]
    stages[1] = stages[1].model_copy(update={"plan_value": stages[1].plan_value * 0.99})
    sites = tuple(
        row.model_copy(update={"servers_mw": 41.0}) if (row.site, row.period) == ("LULEA", "p2") else row
        for row in tutorial_plan.sites
    )
    proof = tutorial_plan.proof.model_copy(update={"stages": tuple(stages)})
    plan = tutorial_plan.model_copy(update={"provenance": place, "proof": proof, "sites": sites})
    out = tampered(archive, tmp_path / "b.zip", plan, tmp_path / "tampered")
    run = CliRunner().invoke(app, ["reproduce", str(out), "--table", str(tmp_path / "table.csv")])
    assert run.exit_code == ExitCode.UNSOUND
    table = pd.read_csv(tmp_path / "table.csv", keep_default_na=False)
    wrong = table[~table["equal"]]
    assert {(row.measure, row.entity, row.period) for row in wrong.itertuples()} >= {
        ("cost", "", ""),
        ("sites.servers_mw", "LULEA", "p2"),
    }
    assert "sites.servers_mw" in run.stdout


def test_inputs_that_changed_since_are_no_inputs_of_the_plan(case_dir: Path, plan_dir: Path, tmp_path: Path) -> None:
    changed = tmp_path / "tutorial"
    shutil.copytree(case_dir, changed)
    (changed / "sites.csv").write_text((changed / "sites.csv").read_text() + "\n")
    with pytest.raises(CaseRefused, match="is not the file this plan was made from"):
        publish_folder(plan_dir, tmp_path / "a.zip", case_dir=changed)
    shutil.copyfile(case_dir / "sites.csv", changed / "sites.csv")
    scenario = (changed / "scenario.toml").read_text()
    (changed / "scenario.toml").write_text(scenario.replace("= 50.0", "= 49.0"))
    with pytest.raises(CaseRefused, match="say something else today"):
        publish_folder(plan_dir, tmp_path / "a.zip", case_dir=changed)
    assert not (tmp_path / "a.zip").exists()


def test_what_is_neither_plan_nor_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderRefused, match=r"holds no plan\.json"):
        publish_folder(tmp_path, tmp_path.with_suffix(".zip"))
    run = CliRunner().invoke(app, ["publish", str(tmp_path), "--out", str(tmp_path.with_suffix(".zip"))])
    assert run.exit_code == ExitCode.USAGE


def test_a_file_of_another_kind_is_never_replaced_and_no_archive_lies_in_what_it_is_made_of(
    plan_dir: Path, tmp_path: Path
) -> None:
    for name, raw in {"thesis.zip": b"PK", "thesis.docx": b"text"}.items():
        (tmp_path / name).write_bytes(raw)
        with pytest.raises(FolderRefused, match="is not replaced"):
            publish_folder(plan_dir, tmp_path / name)
        assert (tmp_path / name).read_bytes() == raw
    with pytest.raises(FolderRefused, match="lies in the folder that is published"):
        publish_folder(plan_dir, plan_dir / "a.zip")
    publish_folder(plan_dir, tmp_path / "a.zip")
    publish_folder(plan_dir, tmp_path / "a.zip")
    with pytest.raises(FolderRefused, match="cannot be written"):
        publish_folder(plan_dir, tmp_path / "nowhere" / "a.zip")


def test_what_is_stopped_is_not_equal(archive: Path, tmp_path: Path) -> None:
    monitor = RunMonitor()
    monitor.stop.set()
    result = reproduce(archive, tmp_path / "out", monitor, lambda _: None)
    assert result.stopped
    assert not result.equal
    assert "stopped before all was computed" in verdict(result, 3)


FOREIGN = {
    "empty": {},
    "crate of others": {CRATE: b"{}", "data.csv": b"a\n1\n"},
    "no json": {CRATE: b"{}", PUBLICATION: b"\xff{"},
    "another schema": {CRATE: b"{}", PUBLICATION: b'{"schema_version": 2}'},
    "nested": {CRATE: b"{}", PUBLICATION: b"[" * 100_000},
    "outside": {
        CRATE: b"{}",
        PUBLICATION: json.dumps(
            {"kind": "plan", "title": "", "case": "../x", "commands": [], "ended": "", "environment": {}}
        ).encode(),
    },
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_archive_is_refused_with_the_file_and_the_reason(tmp_path: Path, name: str) -> None:
    write_archive(FOREIGN[name], tmp_path / "a.zip")
    run = CliRunner().invoke(app, ["reproduce", str(tmp_path / "a.zip")])
    assert run.exit_code == ExitCode.REFUSED
    assert (CRATE if name == "empty" else PUBLICATION) in run.stderr


def test_an_archive_in_which_the_inputs_were_exchanged_is_refused(archive: Path, tmp_path: Path) -> None:
    found = members(archive)
    found["inputs/tutorial/sites.csv"] = found["inputs/tutorial/sites.csv"].replace(b"40", b"41", 1)
    write_archive(found, tmp_path / "a.zip")
    with pytest.raises(CaseRefused, match="is not the file this plan was made from"):
        reproduce(tmp_path / "a.zip", tmp_path / "out", RunMonitor(), lambda _: None)


def test_papers_are_filled_checked_shipped_and_checked_again(archive: Path, plan_dir: Path, tmp_path: Path) -> None:
    paper = tmp_path / "paper.md"
    paper.write_text("[]{.gigasite run=0 measure=cost unit=bn digits=2} bn, [7]{.gigasite run=0 measure=cost digits=0}")
    words = ["publish", str(plan_dir), "--paper", str(paper), "--out", str(tmp_path / "a.zip")]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == ExitCode.REFUSED
    assert "expected 2,847" in run.stderr
    assert not (tmp_path / "a.zip").exists()
    assert paper.read_text().startswith("[]{"), "no paper is written while one number is wrong"
    assert CliRunner().invoke(app, ["paper", str(plan_dir), str(paper), "--again"]).exit_code == 0
    assert "[2.85]{" in paper.read_text()
    assert "[2,847]{" in paper.read_text()
    assert CliRunner().invoke(app, words).exit_code == 0
    found = members(tmp_path / "a.zip")
    assert found["papers/paper.md"] == paper.read_bytes()
    write_archive({**found, "papers/paper.md": paper.read_bytes().replace(b"2.85", b"2.75")}, tmp_path / "b.zip")
    result = reproduce(tmp_path / "b.zip", tmp_path / "out", RunMonitor(), lambda _: None)
    assert result.compared["equal"].all()
    assert not result.equal
    assert "expected 2.85" in str(result.faults[0])


def table(*rows: tuple[object, ...]) -> pd.DataFrame:
    names = ["run", "measure", "entity", "period", "status", "value", "bound"]
    frame = pd.DataFrame(rows, columns=pd.Index(names))
    return frame.assign(gap_share=(frame["value"] - frame["bound"]).abs() / frame["value"].abs())


COST = (0, "cost", "", "", "solved", 100.0, 99.0)


@pytest.mark.parametrize(
    ("then", "now", "equal"),
    [
        (COST, COST, True),
        (COST, (*COST[:5], 100.9, 99.0), True),
        (COST, (*COST[:5], 99.1, 99.0), True),
        (COST, (*COST[:5], 98.9, 98.0), False),
        (COST, (*COST[:5], 101.1, 99.0), False),
        (COST, (*COST[:5], NAN, NAN), False),
        ((*COST[:5], NAN, NAN), COST, False),
        ((*COST[:6], 100.0), (*COST[:5], 100.00005, 100.0), True),
        ((*COST[:6], 100.0), (*COST[:5], 100.001, 100.0), False),
        ((*COST[:6], NAN), (*COST[:5], 100.001, 99.0), False),
        ((0, "cost", "", "", "infeasible", NAN, NAN), (0, "cost", "", "", "infeasible", NAN, NAN), True),
        ((0, "cost", "", "", "infeasible", NAN, NAN), (0, "cost", "", "", "failed", NAN, NAN), False),
        ((0, "seconds", "", "", "solved", 1.0, NAN), (0, "seconds", "", "", "solved", 9.0, NAN), True),
        ((0, "seconds", "", "", "infeasible", 1.0, NAN), (0, "seconds", "", "", "failed", 1.0, NAN), False),
        ((0, "cost", "", "", "solved", float("inf"), NAN), COST, False),
    ],
)
def test_a_figure_is_equal_within_its_stated_gap(
    then: tuple[object, ...], now: tuple[object, ...], equal: bool
) -> None:
    compared = compare(table(then), table(now))
    assert compared["equal"].all() == equal
    assert len(compared) == 1


def test_a_value_beyond_its_own_bound_widens_no_gap() -> None:
    then = table((*COST[:5], 98.0, 99.0)).assign(gap_share=0.0001)
    assert not compare(then, table(COST))["equal"].any()


def test_figures_of_only_one_side_are_not_equal() -> None:
    compared = compare(table(COST), table((1, *COST[1:])))
    assert compared[["equal", "note"]].values.tolist() == [[False, "not reproduced"], [False, "not published"]]
    with pytest.raises(CaseRefused, match="stands twice"):
        compare(table(COST, COST), table(COST))


@pytest.mark.parametrize("form", ["folder", "workbook"])
def test_overlays_and_scenarios_are_published_whatever_the_form_of_the_case(tmp_path: Path, form: str) -> None:
    case = tmp_path / "small"
    shutil.copytree(TUTORIAL, case)
    overlays = case
    if form == "workbook":
        write_workbook(TUTORIAL, case.with_suffix(".xlsx"))
        shutil.rmtree(case)
        case, overlays = case.with_suffix(".xlsx"), case.with_suffix(".overlays")
    (overlays / "load/high").mkdir(parents=True)
    shutil.copyfile(TUTORIAL / "load.csv", overlays / "load/high/load.csv")
    scenarios = scenarios_folder(case)
    scenarios.mkdir(exist_ok=True)
    (scenarios / "high.toml").write_text('extends = "cost_first"\n[inputs]\noverlays = ["load/high"]\n')
    words = ["solve", str(case), "--scenario", "high", "--set", "money.discount_share=0.06"]
    assert CliRunner().invoke(app, [*words, "--out", str(tmp_path / "plan")]).exit_code == ExitCode.SOLVED
    publish_folder(tmp_path / "plan", tmp_path / "a.zip")
    found = members(tmp_path / "a.zip")
    inputs = {name.removeprefix("inputs/") for name in found if name.startswith("inputs/")}
    above = "" if form == "workbook" else "small/"
    assert {f"{above}scenarios/high.toml", f"{above}scenarios/cost_first.toml"} <= inputs
    assert f"small{'.overlays' if form == 'workbook' else ''}/load/high/load.csv" in inputs
    assert "small/load.csv" not in inputs, "a table that an overlay takes the place of is not read"
    assert json.loads(found[PUBLICATION])["commands"][0] == (
        f"gigasite solve inputs/{case.name} --scenario high --set money.discount_share=0.06 --out results"
    )
    assert reproduce(tmp_path / "a.zip", tmp_path / "out", RunMonitor(), lambda _: None).equal
    settings = load_settings(tmp_path / "out/inputs" / case.name, "high")
    assert settings.inputs.overlays == ("load/high",)
