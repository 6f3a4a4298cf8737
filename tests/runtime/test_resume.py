"""A run that did not end leaves its best decisions, and the next one begins with them."""

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.case import Case
from optimizer.benders.solution import Solution
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.run import Request, run
from optimizer.runtime.resume import WORD, delete_checkpoint, load_checkpoint, question_of, save_checkpoint
from optimizer.session import solve_case
from optimizer.store.plan_folder import sibling_path
from tests.conftest import TUTORIAL

KEPT = Checkpoint((), "compute", np.array([1.0, -0.0, 0.1 + 0.2]), True, 0.0, 0.0)


def test_what_is_kept_is_found_by_the_same_question_alone(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    assert load_checkpoint(folder, "q") is None
    save_checkpoint(folder, "q", KEPT)
    found = load_checkpoint(folder, "q")
    assert found is not None
    assert found.tobytes() == KEPT.decisions.tobytes()
    assert load_checkpoint(folder, "another") is None
    assert [path.name for path in tmp_path.iterdir()] == [f".plan.{WORD}"]
    other = tmp_path / "plan-1a2b3c"
    assert load_checkpoint(other, "another") is None
    found = load_checkpoint(other, "q")  # of a run with another time limit, whose plan goes elsewhere
    assert found is not None
    delete_checkpoint(other, "another")
    assert load_checkpoint(folder, "q") is not None
    delete_checkpoint(other, "q")
    assert load_checkpoint(folder, "q") is None
    delete_checkpoint(folder, "q")


def test_damaged_or_poisoned_leftovers_are_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    save_checkpoint(folder, "q", KEPT)
    place = sibling_path(folder, WORD)
    whole = place.read_bytes()
    for length in range(0, len(whole), 7):
        place.write_bytes(whole[:length])
        assert load_checkpoint(folder, "q") is None
    for position in range(0, len(whole), 5):
        place.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        found = load_checkpoint(folder, "q")
        assert found is None or found.tobytes() == KEPT.decisions.tobytes()
    save_checkpoint(folder, "q", replace(KEPT, decisions=np.array([np.nan])))
    assert load_checkpoint(folder, "q") is None
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("decisions.npy", b"no array")
    assert load_checkpoint(folder, "q") is None


def test_a_folder_that_takes_no_file_stops_no_run(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "missing" / "plan", "q", KEPT)
    assert load_checkpoint(tmp_path / "missing" / "plan", "q") is None


def test_a_question_is_the_files_and_the_scenario_but_not_the_time_allowed(tutorial_case: Case) -> None:
    scenario = tutorial_case.settings
    longer = scenario.model_copy(update={"solve": scenario.solve.model_copy(update={"time_limit_seconds": 9.0})})
    dearer = scenario.model_copy(update={"money": scenario.money.model_copy(update={"discount_share": 0.07})})
    asked = question_of(tutorial_case)
    assert question_of(replace(tutorial_case, settings=longer)) == asked
    assert question_of(replace(tutorial_case, settings=dearer)) != asked
    assert question_of(replace(tutorial_case, files={**tutorial_case.files, "sites.csv": "0"})) != asked


def test_a_search_begins_with_what_it_is_given(tutorial_case: Case, tutorial_solution: Solution) -> None:
    handed: list[Checkpoint] = []
    solve_case(tutorial_case, RunMonitor(keeper=handed.append))
    again: list[Checkpoint] = []
    solution = solve_case(tutorial_case, RunMonitor(keeper=again.append), start=handed[-1].decisions)
    assert solution.status == "solved"
    np.testing.assert_array_equal(
        again[0].decisions[: len(KEPT.decisions)], handed[-1].decisions[: len(KEPT.decisions)]
    )
    for one, other in zip(solution.stages, tutorial_solution.stages, strict=True):
        assert one.value == pytest.approx(other.value, rel=2 * tutorial_case.settings.solve.gap_share)


@pytest.mark.parametrize("decisions", [np.zeros(3), np.full(10_000_000, 0.5)])
def test_decisions_of_another_model_are_no_start(
    tutorial_case: Case, tutorial_solution: Solution, decisions: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> None:
    solution = solve_case(tutorial_case, start=decisions)
    assert [stage.value for stage in solution.stages] == [stage.value for stage in tutorial_solution.stages]


def test_a_stopped_run_is_taken_up_by_the_next(tmp_path: Path) -> None:
    folder, reports = tmp_path / "plan", list[Progress]()

    def stop(event: Progress) -> None:
        if event.incumbent is not None:
            watch.stop.set()

    watch = RunMonitor(stop)
    request = Request(TUTORIAL, "base", folder)
    assert run(request, watch).status == "interrupted"
    assert sibling_path(folder, WORD).is_file()
    assert run(request, RunMonitor(reports.append)).status == "solved"
    assert "resuming" in {report.stage for report in reports}
    assert not sibling_path(folder, WORD).exists()
