"""The installed solver is right on programmes whose optimum is known, and a fault of it is found out."""

from collections.abc import Callable
from dataclasses import replace

import pyscipopt
import pytest
from typer.testing import CliRunner

from optimizer.cli import app
from optimizer.program.linear_program import LinearProgram
from optimizer.solver import regression_set, solver_version
from optimizer.solver.highs import SolverFailed
from optimizer.solver.regression_set import KNOWN_PROGRAMMES, KnownProgramme, failure, solve_once
from optimizer.solver.solve_result import SolveResult
from optimizer.solver.solver_version import pinned_version, version_warning

EACH = pytest.mark.parametrize("known", KNOWN_PROGRAMMES, ids=lambda known: str(known.issue))


@EACH
def test_the_installed_solver_gets_it_right(known: KnownProgramme) -> None:
    assert failure(known) == ""


@EACH
def test_another_solver_finds_the_optimum_stated(known: KnownProgramme) -> None:
    model = pyscipopt.Model()
    model.hideOutput()
    bounds = known.columns.items()
    columns = {
        name: model.addVar(name, "I" if whole else "C", max(lower, -model.infinity()), min(upper, model.infinity()))
        for name, (_, lower, upper, whole) in bounds
    }
    model.setObjective(sum(cost * columns[name] for name, (cost, *_) in bounds))
    for coefficients, lower, upper in known.rows:
        activity = sum(value * columns[name] for name, value in coefficients.items())
        if lower > -float("inf"):
            model.addCons(activity >= lower)
        if upper < float("inf"):
            model.addCons(activity <= upper)
    model.optimize()
    assert model.getStatus() == "optimal"
    assert model.getObjVal() == pytest.approx(known.optimum, rel=1e-6)


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
        return fault(outcome) if presolve == where else outcome

    known = next(known for known in KNOWN_PROGRAMMES if known.issue == 3043)
    assert failure(known, solve).startswith(message)
    assert failure(known, solve).endswith(f"presolve {where}")


def test_the_version_tested_is_installed_and_another_one_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    assert version_warning() == ""
    monkeypatch.setattr(solver_version, "version", lambda _: "1.14.0")
    assert "HiGHS 1.14.0 is installed" in version_warning()
    assert "`gigasite doctor`" in version_warning()
    assert version_warning().endswith(f"pip install highspy=={pinned_version()} installs the version tested")


def test_a_doctor_tells_every_known_programme_and_whether_all_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    found = CliRunner().invoke(app, ["doctor"])
    assert found.exit_code == 0
    assert f"HiGHS {pinned_version()}" in found.stdout
    assert found.stdout.count(": pass: ") == len(KNOWN_PROGRAMMES)
    monkeypatch.setattr(regression_set, "failure", lambda known: "15 instead of 9" if known.issue == 3043 else "")
    found = CliRunner().invoke(app, ["doctor"])
    assert found.exit_code == 9
    assert "HiGHS issue 3043: fail: 15 instead of 9" in found.stdout
    assert f"{len(KNOWN_PROGRAMMES) - 1} of {len(KNOWN_PROGRAMMES)} known programmes pass" in found.stdout
