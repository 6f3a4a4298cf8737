"""A case's programme is written as HiGHS gets it, and read back means the same."""

from pathlib import Path

import highspy
import pytest
from typer.testing import CliRunner, Result

from models.case import Case
from optimizer.benders.solution import Solution
from optimizer.cli import app
from optimizer.monitor import memory
from optimizer.program.extensive_form import build_extensive_form
from tests.conftest import TUTORIAL


def export(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["export", str(TUTORIAL), *map(str, words)])


def read(path: Path) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    assert solver.readModel(str(path)) == highspy.HighsStatus.kOk
    return solver


def test_a_programme_read_back_has_the_names_and_the_optimum_of_the_case(
    tmp_path: Path, tutorial_case: Case, tutorial_solution: Solution
) -> None:
    path = tmp_path / "tutorial.mps"
    found = export("--mps", path)
    assert found.exit_code == 0, found.output
    solver, form = read(path), build_extensive_form(tutorial_case)
    assert [*solver.allVariableNames()] == [*form.program.column_names]
    names = [solver.getRowName(row)[1] for row in range(solver.getNumRow())]
    assert names == [*form.program.row_names]
    solver.setOptionValue("mip_rel_gap", 1e-6)
    solver.run()
    first = tutorial_solution.stages[0]
    optimum = form.full_objective(first.objective).sign * solver.getObjectiveValue()
    assert first.value * (1 - 1e-6) <= optimum <= first.bound * (1 + 1e-6)
    assert [*tmp_path.iterdir()] == [path]


def test_scenario_and_keys_count_as_in_other_commands(tmp_path: Path) -> None:
    path = tmp_path / "cost.mps"
    found = export("--mps", path, "--set", 'question.objectives=["cost"]', "--set", "siting.sites_min=1")
    assert found.exit_code == 0, found.output
    assert "minimise cost" in found.stderr
    assert export("--mps", path, "--scenario", "nowhere").exit_code == 3
    assert export("--mps", path, "--set", "siting.sites_min").exit_code == 2


def test_what_the_machine_cannot_hold_is_refused_and_an_older_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tutorial.mps"
    path.write_text("older")
    monkeypatch.setattr(memory, "free_memory_mb", lambda: 0.5)
    found = export("--mps", path)
    assert found.exit_code == 3
    assert "too large for this machine to be exported" in found.stderr
    assert path.read_text() == "older"


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    assert export("--mps", tmp_path / "nowhere" / "tutorial.mps").exit_code == 2
