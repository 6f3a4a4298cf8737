import json
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from models.case import Case
from models.settings import Time
from optimizer.case import provenance
from optimizer.case.faults import CaseRefused
from optimizer.case.provenance import git_commit
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.recheck import recheck
from optimizer.run import Request, RunResult, run
from optimizer.runtime.estimate import Size
from optimizer.runtime.time_limits import TimeLimits, time_limits
from optimizer.session import solve_case
from optimizer.store.plan_files import read_plan

ROOT = Path(__file__).parents[1]
SMALL = Size(1, 1, 1, 1.0, 5.0, finish_seconds=1.0, full_year_seconds=1.0, write_seconds=1.0)


@pytest.fixture(scope="module")
def case_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("cases") / "tutorial"
    shutil.copytree(ROOT / "inputs" / "tutorial", copy)
    return copy


@pytest.fixture(scope="module")
def reports() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def solved(case_dir: Path, reports: list[Progress]) -> tuple[RunResult, Path]:
    folder = case_dir.parent / "plan"
    settings = {"solve.gap_share": "0.05", "carbon.cap_kg_per_mwh": "60"}
    return run(Request(case_dir, "base", folder, settings), RunMonitor(reports.append)), folder


def test_tutorial_is_solved_and_sound(solved: tuple[RunResult, Path]) -> None:
    outcome, folder = solved
    assert outcome.plan is not None
    assert outcome.report is not None
    assert [check for check in outcome.report.checks if not check.passed] == []
    assert outcome.exit_code == 0
    assert read_plan(folder) == outcome.plan
    assert {stage.status for stage in outcome.plan.proof.stages} == {"solved"}


def test_plan_says_where_it_comes_from(solved: tuple[RunResult, Path], case_dir: Path) -> None:
    plan = read_plan(solved[1])
    origin = plan.provenance
    assert origin.case == "tutorial"
    assert origin.overrides == {"solve.gap_share": "0.05", "carbon.cap_kg_per_mwh": "60"}
    assert json.loads(json.dumps(origin.scenario))["carbon"]["cap_kg_per_mwh"] == 60
    assert set(origin.files) >= {"sites.csv", "load.csv", "scenario.toml"}
    assert origin.quality_shares["sites.land_mw"] == {"real": 0, "derived": 0, "estimate": 1}
    assert origin.quality_shares["sites.latitude"] == {"real": 0, "derived": 1, "estimate": 0}
    assert "periods.first_year" not in origin.quality_shares


def test_every_stage_is_reported_in_order(solved: tuple[RunResult, Path], reports: list[Progress]) -> None:
    stages = list(dict.fromkeys(report.stage for report in reports))
    assert stages[0] == "reading"
    assert stages[-2:] == ["auditing", "writing"]
    middle = ["building", "baseline", "compute", "cost", "finishing", "extracting", "whole year"]
    assert [stage for stage in stages if stage in middle] == middle


def test_every_phase_is_timed_and_the_plan_holds_what_it_took(solved: tuple[RunResult, Path]) -> None:
    outcome, folder = solved
    phases = {each.phase: each.seconds for each in read_plan(folder).proof.phases}
    assert list(phases)[:4] == ["reading", "time", "starting", "building"]
    assert {"baseline", "compute", "cost", "finishing", "whole year", "auditing"} <= phases.keys()
    assert list(outcome.seconds) == [*phases, "writing"]
    assert all(seconds >= 0 for seconds in outcome.seconds.values())


def test_relaxation_is_reported_before_it_is_solved(tutorial_case: Case) -> None:
    reports: list[Progress] = []
    solve_case(tutorial_case, RunMonitor(reports.append))
    first = next(report for report in reports if report.stage == "compute")
    assert (first.note, first.bound, first.incumbent) == ("relaxation", None, None)
    stages = list(dict.fromkeys(report.stage for report in reports))
    assert stages.index("cost") < stages.index("finishing")


@pytest.mark.parametrize("limit", ["0.001", "0.2"])
def test_limit_that_leaves_no_time_for_a_plan_ends_as_a_limit(limit: str, case_dir: Path, tmp_path: Path) -> None:
    outcome = run(Request(case_dir, "base", tmp_path / "plan", {"solve.time_limit_seconds": limit}), RunMonitor())
    assert outcome.exit_code in (5, 6)
    assert outcome.status == "limit"
    assert outcome.plan is not None or "no plan" in outcome.message or "time was up" in outcome.message


def test_timetable_keeps_time_for_what_follows_and_says_what_is_left_out(tutorial_case: Case) -> None:
    def of(limit: float, year: float, **stated: bool) -> TimeLimits:
        settings = tutorial_case.settings
        changed = {
            "time": Time(**stated),
            "solve": settings.solve.model_copy(update={"time_limit_seconds": limit}),
        }
        case = replace(tutorial_case, settings=settings.model_copy(update=changed))
        size = Size(1, 1, 1, 1.0, 50.0, finish_seconds=6.0, full_year_seconds=year, write_seconds=4.0)
        return time_limits(case, size, time.perf_counter())

    ample = of(300, 100)
    assert ample.search_seconds == pytest.approx(190, abs=1)
    assert ample.has_time_for_full_year()
    assert "time is kept for the dispatch of the whole year (about 100 s)" in str(ample)
    short = of(60, 100)
    assert short.search_seconds == pytest.approx(50, abs=1)
    assert "is left out unless the search ends early" in str(short)
    assert of(120, 100).has_time_for_full_year()  # where the search ended at once
    assert not short.has_time_for_full_year() or short.full_year_seconds < 100
    assert of(15, 0.0).search_seconds == pytest.approx(10, abs=1)
    asked = of(60, 100, replay=True)
    assert asked.has_time_for_full_year()
    assert not replace(asked, began=asked.began - 1000).full_year_overdue()
    assert replace(short, began=short.began - 1000).full_year_overdue()
    assert "comes after it, whatever it takes" in str(asked)
    assert of(60, 100, replay=False).full_year_seconds == 0
    assert replace(short, began=short.began - 1000).search_seconds > 0


@pytest.mark.long
def test_whole_year_is_left_out_and_said_where_the_time_is_short(
    case_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = replace(SMALL, full_year_seconds=1e4)
    monkeypatch.setattr("optimizer.run.estimate", lambda _: long)
    outcome = run(Request(case_dir, "base", tmp_path / "plan", {"solve.gap_share": "0.05"}), RunMonitor())
    assert (outcome.exit_code, outcome.failures) == (0, ())
    assert outcome.plan is not None
    assert outcome.plan.replay is None
    assert "the dispatch of the whole year was left out, for the time limit" in outcome.plan.proof.message
    settings = {"solve.gap_share": "0.05", "time.replay": "true"}
    asked = run(Request(case_dir, "base", tmp_path / "asked", settings), RunMonitor())
    assert asked.plan is not None
    assert asked.plan.replay is not None


def test_written_plan_is_rechecked_from_its_inputs(solved: tuple[RunResult, Path], case_dir: Path) -> None:
    certificate = recheck(solved[1])
    assert solved[0].report is not None
    assert certificate.sound
    assert sum(family.rules for family in certificate.families) == len(solved[0].report.checks)
    assert recheck(solved[1], case_dir) == certificate


def test_plan_is_not_rechecked_against_other_inputs(
    solved: tuple[RunResult, Path], tmp_path: Path, case_dir: Path
) -> None:
    other = tmp_path / "tutorial"
    shutil.copytree(case_dir, other)
    table = other / "sites.csv"
    table.write_text(table.read_text() + "\n")
    with pytest.raises(CaseRefused, match=r"sites\.csv: is not the file"):
        recheck(solved[1], other)


def test_run_stopped_while_reading_writes_nothing(case_dir: Path, tmp_path: Path) -> None:
    watch = RunMonitor()
    watch.stop.set()
    outcome = run(Request(case_dir, "base", tmp_path / "plan"), watch)
    assert outcome.exit_code == 130
    assert not (tmp_path / "plan").exists()


def test_run_stopped_while_solving_ends_as_interrupted(case_dir: Path, tmp_path: Path) -> None:
    def stop_when_compute_begins(event: Progress) -> None:
        if event.stage == "compute":
            watch.stop.set()

    watch = RunMonitor(stop_when_compute_begins)
    outcome = run(Request(case_dir, "base", tmp_path / "plan"), watch)
    assert outcome.exit_code == 130
    assert (tmp_path / "plan").exists() == (outcome.plan is not None)


def test_impossible_question_is_infeasible(case_dir: Path, tmp_path: Path) -> None:
    outcome = run(Request(case_dir, "base", tmp_path / "plan", {"siting.sites_min": "5"}), RunMonitor())
    assert outcome.exit_code == 4
    assert outcome.message
    assert not (tmp_path / "plan").exists()


def test_case_that_does_not_fit_is_refused_before_it_is_built(case_dir: Path, tmp_path: Path) -> None:
    reports: list[Progress] = []
    with pytest.raises(CaseRefused, match=r"too large for this machine.* 0\.1 GB are allowed"):
        run(Request(case_dir, "base", tmp_path / "plan", {"solve.memory_gb": "0.1"}), RunMonitor(reports.append))
    assert "building" not in {report.stage for report in reports}
    assert not (tmp_path / "plan").exists()


def test_commit_is_marked_when_the_tree_has_changes(tmp_path: Path) -> None:
    assert provenance.ROOT == ROOT
    assert git_commit(tmp_path) == ""
    steps = ("init -q", "-c user.name=a -c user.email=a@b commit -q --allow-empty -m x")
    for step in steps:
        subprocess.run(["git", "-C", str(tmp_path), *step.split()], check=True)
    clean = git_commit(tmp_path)
    assert len(clean) == 40
    (tmp_path / "new").touch()
    assert git_commit(tmp_path) == clean + "+"
