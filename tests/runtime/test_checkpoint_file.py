"""A run that did not end leaves its best solution, and the next one begins with it."""

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
from optimizer.runtime.checkpoint_file import (
    SUFFIX,
    case_fingerprint,
    delete_checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from optimizer.session import solve_case
from optimizer.store.plan_folder import sibling_path
from tests.conftest import TUTORIAL

SAVED = Checkpoint((), "compute", np.array([1.0, -0.0, 0.1 + 0.2]), True, 0.0, 0.0)


def test_what_is_saved_is_found_by_the_same_fingerprint_alone(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    assert load_checkpoint(folder, "q") is None
    save_checkpoint(folder, "q", SAVED)
    found = load_checkpoint(folder, "q")
    assert found is not None
    assert found.tobytes() == SAVED.decisions.tobytes()
    assert load_checkpoint(folder, "another") is None
    assert [path.name for path in tmp_path.iterdir()] == [f".plan.{SUFFIX}"]
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
    save_checkpoint(folder, "q", SAVED)
    place = sibling_path(folder, SUFFIX)
    whole = place.read_bytes()
    for length in range(0, len(whole), 7):
        place.write_bytes(whole[:length])
        assert load_checkpoint(folder, "q") is None
    for position in range(0, len(whole), 5):
        place.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        found = load_checkpoint(folder, "q")
        assert found is None or found.tobytes() == SAVED.decisions.tobytes()
    save_checkpoint(folder, "q", replace(SAVED, decisions=np.array([np.nan])))
    assert load_checkpoint(folder, "q") is None
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("decisions.npy", b"no array")
    assert load_checkpoint(folder, "q") is None


def test_a_folder_that_takes_no_file_stops_no_run(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "missing" / "plan", "q", SAVED)
    assert load_checkpoint(tmp_path / "missing" / "plan", "q") is None


def test_a_fingerprint_is_of_the_files_and_the_settings_but_not_the_time_allowed(tutorial_case: Case) -> None:
    settings = tutorial_case.settings
    longer = settings.model_copy(update={"solve": settings.solve.model_copy(update={"time_limit_seconds": 9.0})})
    dearer = settings.model_copy(update={"money": settings.money.model_copy(update={"discount_share": 0.07})})
    expected = case_fingerprint(tutorial_case)
    assert case_fingerprint(replace(tutorial_case, settings=longer)) == expected
    assert case_fingerprint(replace(tutorial_case, settings=dearer)) != expected
    assert case_fingerprint(replace(tutorial_case, files={**tutorial_case.files, "sites.csv": "0"})) != expected


def test_a_search_begins_with_what_it_is_given(tutorial_case: Case, tutorial_solution: Solution) -> None:
    first: list[Checkpoint] = []
    solve_case(tutorial_case, RunMonitor(on_checkpoint=first.append))
    again: list[Checkpoint] = []
    solution = solve_case(tutorial_case, RunMonitor(on_checkpoint=again.append), start=first[-1].decisions)
    assert solution.status == "solved"
    np.testing.assert_array_equal(
        again[0].decisions[: len(SAVED.decisions)], first[-1].decisions[: len(SAVED.decisions)]
    )
    for one, other in zip(solution.stages, tutorial_solution.stages, strict=True):
        assert one.value == pytest.approx(other.value, rel=2 * tutorial_case.settings.solve.gap_share)


@pytest.mark.parametrize("decisions", [np.zeros(3), np.full(10_000_000, 0.5)])
def test_solution_of_another_model_is_no_start(
    tutorial_case: Case, tutorial_solution: Solution, decisions: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> None:
    solution = solve_case(tutorial_case, start=decisions)
    assert [stage.value for stage in solution.stages] == [stage.value for stage in tutorial_solution.stages]


def test_a_stopped_run_is_taken_up_by_the_next(tmp_path: Path) -> None:
    folder, reports = tmp_path / "plan", list[Progress]()

    def stop(event: Progress) -> None:
        if event.incumbent is not None:
            monitor.stop.set()

    monitor = RunMonitor(stop)
    request = Request(TUTORIAL, "base", folder)
    assert run(request, monitor).status == "interrupted"
    assert sibling_path(folder, SUFFIX).is_file()
    assert run(request, RunMonitor(reports.append)).status == "solved"
    assert "resuming" in {report.stage for report in reports}
    assert not sibling_path(folder, SUFFIX).exists()
