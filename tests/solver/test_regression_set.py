"""The installed solver is tried on programmes whose optimum is known before it is used."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyscipopt
import pytest

from models.case import Case
from optimizer import session
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import SolverFailed
from optimizer.solver.regression_set import CANARIES, Canary, failures, solve_once
from optimizer.solver.self_test import Installed, SolverRefused, admit, cache_folder, installed
from optimizer.solver.solve_result import SolveResult

SOLVER = Installed("1.14.0", "5" * 64)
TESTED = installed().version


def test_the_installed_solver_gets_every_canary_right() -> None:
    assert failures() == {}


@pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: str(canary.thread))
def test_another_solver_finds_the_optimum_stated(canary: Canary) -> None:
    model = pyscipopt.Model()
    model.hideOutput()
    bounds = canary.columns.items()
    columns = {
        name: model.addVar(name, "I" if whole else "C", max(lower, -model.infinity()), min(upper, model.infinity()))
        for name, (_, lower, upper, whole) in bounds
    }
    model.setObjective(sum(cost * columns[name] for name, (cost, *_) in bounds))
    for coefficients, lower, upper in canary.rows:
        activity = sum(value * columns[name] for name, value in coefficients.items())
        if lower > -float("inf"):
            model.addCons(activity >= lower)
        if upper < float("inf"):
            model.addCons(activity <= upper)
    model.optimize()
    assert model.getStatus() == "optimal"
    assert model.getObjVal() == pytest.approx(canary.optimum, rel=1e-6)


def worse(outcome: SolveResult) -> SolveResult:
    return replace(outcome, objective=outcome.objective * 1.001)


def infeasible(outcome: SolveResult) -> SolveResult:
    return replace(outcome, status="infeasible", values=None, objective=float("inf"))


def crash(_: SolveResult) -> SolveResult:
    raise SolverFailed("the solver refused the model")


@pytest.mark.parametrize(
    ("fault", "message"),
    [(worse, "9.009 instead of 9"), (infeasible, "infeasible instead of 9"), (crash, "the solver refused the model")],
)
@pytest.mark.parametrize("where", ["on", "off"])
def test_a_solver_with_a_fault_is_found_out(
    fault: Callable[[SolveResult], SolveResult], message: str, where: str
) -> None:
    def solve(program: LinearProgram, presolve: str) -> SolveResult:
        outcome = solve_once(program, presolve)
        return fault(outcome) if presolve == where and outcome.objective == pytest.approx(9) else outcome

    wrong = failures(solve)
    assert list(wrong) == [3043]
    assert message in wrong[3043]
    assert f"presolve {where}" in wrong[3043]


def fail() -> dict[int, str]:
    return {3043: "15 instead of 9 with presolve on", 3002: "76 instead of 64 with presolve on"}


def never() -> dict[int, str]:
    raise AssertionError("the solver was tested again")


def test_a_solver_that_fails_is_refused_with_advice(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(SolverRefused) as refused:
            admit(SOLVER, tmp_path, fail)
    assert f"HiGHS 1.14.0 fails 2 of {len(CANARIES)} canaries" in str(refused.value)
    assert "15 instead of 9" in str(refused.value)
    assert str(refused.value).endswith(f"pip install highspy=={TESTED}")
    assert list(tmp_path.iterdir()) == []


def test_the_tested_version_that_fails_is_to_be_installed_afresh() -> None:
    with pytest.raises(SolverRefused, match=f"pip install --force-reinstall highspy=={TESTED}$"):
        admit(Installed(TESTED, "5" * 64), None, fail)


def test_a_pass_is_kept_for_that_solver_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    admit(SOLVER, folder, dict)
    admit(SOLVER, folder, never)
    with pytest.raises(AssertionError, match="tested again"):
        admit(Installed("1.14.0", "6" * 64), folder, never)
    assert [path.name for path in folder.iterdir()] == [SOLVER.fingerprint]


@pytest.mark.parametrize("content", [b"", b"5" * 63, b"6" * 64, b"\xff\x00" * 32])
def test_a_damaged_pass_is_none_and_is_mended(tmp_path: Path, content: bytes) -> None:
    kept = tmp_path / SOLVER.fingerprint
    kept.write_bytes(content)
    with pytest.raises(SolverRefused):
        admit(SOLVER, tmp_path, fail)
    admit(SOLVER, tmp_path, dict)
    assert kept.read_text() == SOLVER.fingerprint


def test_without_a_place_to_keep_it_the_solver_is_tested_each_time(tmp_path: Path) -> None:
    tests: list[int] = []

    def test() -> dict[int, str]:
        tests.append(1)
        return {}

    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", None):
        admit(SOLVER, folder, test)
    assert len(tests) == 3


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "gigasite"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "gigasite"


def test_two_runs_at_once_share_one_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    command = [sys.executable, "-c", "from optimizer.solver.self_test import admit_solver; admit_solver()"]
    root = Path(__file__).parents[2]
    runs = [subprocess.Popen(command, cwd=root) for _ in range(2)]
    assert [run.wait(60) for run in runs] == [0, 0]
    (kept,) = (tmp_path / "gigasite").iterdir()
    assert kept.read_text() == kept.name == installed().fingerprint


def test_a_case_is_not_solved_by_a_refused_solver(monkeypatch: pytest.MonkeyPatch, tutorial_case: Case) -> None:
    monkeypatch.setattr(session, "admit_solver", lambda: admit(SOLVER, None, fail))
    with pytest.raises(SolverRefused):
        session.solve_case(tutorial_case)
