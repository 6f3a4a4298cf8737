import json
import shutil
import subprocess
from pathlib import Path

import pytest

from optimizer.case.faults import CaseRefused
from optimizer.plan.files import read_plan
from optimizer.provenance import git_commit
from optimizer.recheck import recheck
from optimizer.run import Outcome, Request, run
from optimizer.solve.watch import Progress, Watch

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def case_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("cases") / "tutorial"
    shutil.copytree(ROOT / "inputs" / "tutorial", copy)
    return copy


@pytest.fixture(scope="module")
def reports() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def solved(case_dir: Path, reports: list[Progress]) -> tuple[Outcome, Path]:
    folder = case_dir.parent / "plan"
    settings = {"solve.gap_share": "0.05", "carbon.cap_kg_per_mwh": "60"}
    return run(Request(case_dir, "base", folder, settings), Watch(reports.append)), folder


def test_tutorial_is_solved_and_sound(solved: tuple[Outcome, Path]) -> None:
    outcome, folder = solved
    assert outcome.plan is not None
    assert outcome.report is not None
    assert [check for check in outcome.report.checks if not check.passed] == []
    assert outcome.exit_code == 0
    assert read_plan(folder) == outcome.plan
    assert {stage.status for stage in outcome.plan.proof.stages} == {"solved"}


def test_plan_says_where_it_comes_from(solved: tuple[Outcome, Path], case_dir: Path) -> None:
    plan = read_plan(solved[1])
    origin = plan.provenance
    assert origin.case == "tutorial"
    assert origin.overrides == {"solve.gap_share": "0.05", "carbon.cap_kg_per_mwh": "60"}
    assert json.loads(json.dumps(origin.scenario))["carbon"]["cap_kg_per_mwh"] == 60
    assert set(origin.files) >= {"sites.csv", "load.csv", "scenario.toml"}
    assert origin.estimate_shares["sites"] == 1.0
    assert "periods" not in origin.estimate_shares


def test_every_stage_is_reported_in_order(solved: tuple[Outcome, Path], reports: list[Progress]) -> None:
    stages = list(dict.fromkeys(report.stage for report in reports))
    assert stages[0] == "reading"
    assert stages[-2:] == ["auditing", "writing"]
    assert {"building", "compute", "cost"} <= set(stages)


def test_written_plan_is_rechecked_from_its_inputs(solved: tuple[Outcome, Path], case_dir: Path) -> None:
    certificate = recheck(solved[1])
    assert solved[0].report is not None
    assert certificate.sound
    assert sum(family.rules for family in certificate.families) == len(solved[0].report.checks)
    assert recheck(solved[1], case_dir) == certificate


def test_plan_is_not_rechecked_against_other_inputs(
    solved: tuple[Outcome, Path], tmp_path: Path, case_dir: Path
) -> None:
    other = tmp_path / "tutorial"
    shutil.copytree(case_dir, other)
    table = other / "sites.csv"
    table.write_text(table.read_text() + "\n")
    with pytest.raises(CaseRefused, match=r"sites\.csv: is not the file"):
        recheck(solved[1], other)


def test_run_stopped_while_reading_writes_nothing(case_dir: Path, tmp_path: Path) -> None:
    watch = Watch()
    watch.stop.set()
    outcome = run(Request(case_dir, "base", tmp_path / "plan"), watch)
    assert outcome.exit_code == 130
    assert not (tmp_path / "plan").exists()


def test_run_stopped_while_solving_ends_as_interrupted(case_dir: Path, tmp_path: Path) -> None:
    def stop_when_compute_begins(event: Progress) -> None:
        if event.stage == "compute":
            watch.stop.set()

    watch = Watch(stop_when_compute_begins)
    outcome = run(Request(case_dir, "base", tmp_path / "plan"), watch)
    assert outcome.exit_code == 130
    assert (tmp_path / "plan").exists() == (outcome.plan is not None)


def test_impossible_question_is_infeasible(case_dir: Path, tmp_path: Path) -> None:
    outcome = run(Request(case_dir, "base", tmp_path / "plan", {"siting.sites_min": "5"}), Watch())
    assert outcome.exit_code == 4
    assert outcome.message
    assert not (tmp_path / "plan").exists()


def test_case_that_does_not_fit_is_refused_before_it_is_built(case_dir: Path, tmp_path: Path) -> None:
    reports: list[Progress] = []
    with pytest.raises(CaseRefused, match=r"too large for this machine.* 0\.1 GB are allowed"):
        run(Request(case_dir, "base", tmp_path / "plan", {"solve.memory_gb": "0.1"}), Watch(reports.append))
    assert "building" not in {report.stage for report in reports}
    assert not (tmp_path / "plan").exists()


def test_commit_is_marked_when_the_tree_has_changes(tmp_path: Path) -> None:
    assert git_commit(tmp_path) == ""
    steps = ("init -q", "-c user.name=a -c user.email=a@b commit -q --allow-empty -m x")
    for step in steps:
        subprocess.run(["git", "-C", str(tmp_path), *step.split()], check=True)
    clean = git_commit(tmp_path)
    assert len(clean) == 40
    (tmp_path / "new").touch()
    assert git_commit(tmp_path) == clean + "+"
