"""The solver's clock, shares of the time, and limits by work."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest

import optimizer
from models.case import Case
from models.plan import ObjectiveResult
from optimizer.benders import day_lp, search
from optimizer.benders import solve_objective as stage
from optimizer.benders.master_problem import Incumbent, MasterProblem, SearchEnded
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import Objective
from optimizer.program.linear_program import LinearProgram
from optimizer.session import solve_case
from optimizer.solver import highs
from optimizer.solver.highs import OutOfTime, Relaxation, pass_model, run_for, run_highs, run_to_optimum
from optimizer.solver.solve_result import STATUSES, SolveResult
from tests.programmes import NONE, programme

TIME_UP = STATUSES[highspy.HighsModelStatus.kTimeLimit]


def dense(rows: int = 200, columns: int = 300) -> LinearProgram:
    """Return a linear programme that takes some hundredths of a second from nothing."""
    chance = np.random.default_rng(0)
    listed = [(own, -NONE, columns / 10) for own in chance.random((rows, columns)).tolist()]
    return programme(cost=(-chance.random(columns)).tolist(), rows=listed, upper=[1.0] * columns)


def solver_of(program: LinearProgram) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("presolve", "off")
    pass_model(solver, program)
    return solver


def test_an_instance_may_run_longer_in_all_than_one_run_may() -> None:
    solver, seconds = solver_of(dense()), 2.0
    while solver.getRunTime() <= seconds:
        solver.clearSolver()
        run_to_optimum(solver, seconds, "a programme")
    solver.clearSolver()
    run_to_optimum(solver, seconds, "a programme")
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal


def test_a_relaxation_may_run_longer_in_all_than_one_run_may() -> None:
    program, rows, seconds = dense(), 0, 0.0
    relaxation = Relaxation(program, RunMonitor(), {"presolve": "off"})
    while seconds <= 1.0:
        outcome = relaxation.run(1.0)
        assert outcome.status == "optimal"
        rows, seconds = rows + 1, seconds + max(outcome.seconds, 0.02)
        assert outcome.values is not None
        row = program.matrix[[rows % 200]]
        relaxation.add(row, np.array([-np.inf]), np.array([0.99 * float((row @ outcome.values)[0])]))


def test_a_run_that_takes_too_long_is_out_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "MIN_SECONDS", 0.0)
    with pytest.raises(OutOfTime, match="a programme did not solve within 0 s"):
        run_to_optimum(solver_of(dense()), 0.0, "a programme")
    assert run_highs(dense(), monitor=RunMonitor(), seconds=0.0, options={"presolve": "off"}).timed_out


def test_nothing_runs_a_solver_but_who_owns_its_clock() -> None:
    home = Path(optimizer.__file__).parent
    running = {file.name for file in home.rglob("*.py") if "solver.run()" in file.read_text(encoding="utf-8")}
    timing = {file.name for file in home.rglob("*.py") if '"time_limit"' in file.read_text(encoding="utf-8")}
    assert running == timing == {"highs.py"}
    solver = solver_of(programme([1], [([1], 1, NONE)], [5]))
    run_for(solver, 1e6)
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal


def test_days_that_take_too_long_end_a_search_at_its_limit(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(_: highspy.Highs, seconds: float, what: str) -> None:
        raise OutOfTime(f"{what} did not solve within {seconds:g} s")

    monkeypatch.setattr(day_lp, "run_to_optimum", late)
    solution = solve_case(tutorial_case)
    assert (solution.status, solution.point) == ("limit", None)
    assert "did not solve within 60 s" in solution.message


def test_no_time_at_all_is_a_limit(tutorial_case: Case) -> None:
    solve = tutorial_case.settings.solve.model_copy(update={"time_limit_seconds": 0.001})
    scenario = tutorial_case.settings.model_copy(update={"solve": solve})
    assert solve_case(replace(tutorial_case, settings=scenario)).status == "limit"


def test_a_search_that_the_clock_does_not_touch_says_nothing_of_it(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Mapping[str, Any]] = []

    def heard(program: LinearProgram, **given: Any) -> SolveResult:
        if "options" in given:
            asked.append(given["options"])
        return run_highs(program, **given)

    monkeypatch.setattr(stage, "run_highs", heard)
    solution = solve_case(tutorial_case)
    assert (solution.status, solution.message) == ("solved", "")
    assert asked[0]["mip_max_nodes"] == stage.KERNEL_NODES
    assert not any("objective_target" in options for options in asked)


def test_every_objective_has_its_share_of_the_time_and_the_clock_is_told(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    def slow(program: LinearProgram, **asked: Any) -> SolveResult:
        given.append(asked["seconds"])
        outcome = run_highs(program, **asked)
        if len(given) > 2:
            return outcome
        status, message = TIME_UP
        return replace(outcome, status=status, message=message, bound=-np.inf)

    monkeypatch.setattr(stage, "run_highs", slow)
    seconds = tutorial_case.settings.solve.time_limit_seconds
    solution = solve_case(tutorial_case)
    assert max(given[:2]) <= seconds / 2
    assert given[2] > given[0]  # what the first left is the second's
    assert [(each.objective, each.status) for each in solution.stages] == [("compute", "limit"), ("cost", "solved")]
    assert solution.status == "limit"
    assert "the clock" in solution.message
    assert "cut short: compute;" in solution.message


def test_an_objective_whose_share_brings_no_plan_takes_the_time_of_the_others(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserved: list[tuple[str, bool]] = []

    def first_in_vain(
        master: MasterProblem, goal: Objective, best: Incumbent | None
    ) -> tuple[Incumbent, ObjectiveResult]:
        reserved.append((goal.name, master.reserved > 0))
        if len(reserved) == 1:
            raise SearchEnded("limit", "no plan was found in time")
        return stage.solve_objective(master, goal, best)

    monkeypatch.setattr(search, "solve_objective", first_in_vain)
    assert solve_case(tutorial_case).status == "solved"
    assert reserved == [("compute", True), ("compute", False), ("cost", False)]
