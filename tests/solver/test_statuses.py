"""Every status of the solver has a message of its own, and is confirmed before it is reported."""

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

import highspy
import numpy as np
import pytest

from optimizer.benders.master_problem import search_ended_by
from optimizer.benders.solution import Solution
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from optimizer.program.linear_program import LinearProgram
from optimizer.solver import highs
from optimizer.solver.confirm_status import confirm_status, recession_cone, resolve_cold
from optimizer.solver.duality import Duality
from optimizer.solver.highs import Relaxation, run_highs, with_implied_bounds
from optimizer.solver.solve_result import STATUSES, SolveResult, Status
from tests.programmes import NONE, market_split, programme

SMALL = programme([1, 1], [([1, 1], 1, NONE)], [5, 5])
FOUND = run_highs(SMALL, monitor=RunMonitor(), seconds=5)


def said(status: Status, message: str = "") -> SolveResult:
    return replace(FOUND, status=status, message=message, values=None, objective=np.inf, bound=-np.inf, row_duals=None)


def test_every_ending_of_the_solver_has_words_of_its_own() -> None:
    kinds = {kind for name, kind in vars(highspy.HighsModelStatus).items() if name.startswith("k")}
    assert len(kinds) >= 18
    assert set(STATUSES) == kinds
    assert {status for status, _ in STATUSES.values()} == set(get_args(Status))
    message = [message for _, message in STATUSES.values()]
    assert len(set(message)) == len(message)


IMPOSSIBLE = {
    "linear": programme([1, 1], [([1, 1], 11, NONE)], [5, 5]),
    "only for whole numbers": programme([1, 1], [([2, 2], 3, 3)], [5, 5], whole=True),
    "and without an end if it had a point": programme([-1, 0], [([0, 2], 3, 3)], [NONE, 5], whole=True),
    "and without an end, linear": programme([-1, 0], [([0, 1], 9, NONE)], [NONE, 5]),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
@pytest.mark.parametrize("presolve", ["on", "off"])
def test_what_has_no_point_is_infeasible(name: str, presolve: str) -> None:
    outcome = run_highs(IMPOSSIBLE[name], monitor=RunMonitor(), seconds=5, options={"presolve": presolve})
    assert (outcome.status, outcome.message) == ("infeasible", "no point keeps every rule")
    assert outcome.values is None
    assert outcome.bound == -np.inf


ENDLESS = {
    "linear": programme([-1, 0], [([1, -1], -NONE, 4)], [NONE, NONE]),
    "whole": programme([-1, 0], [([1, -1], -NONE, 4)], [NONE, NONE], whole=True),
    "without rows": programme([-1, 1], [], [NONE, 3], whole=True),
}


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.parametrize("presolve", ["on", "off"])
def test_what_has_no_end_is_unbounded_and_says_where(name: str, presolve: str) -> None:
    outcome = run_highs(ENDLESS[name], monitor=RunMonitor(), seconds=5, options={"presolve": presolve})
    assert outcome.status == "unbounded"
    assert "without end as x1 grows" in outcome.message
    assert "negative price" in outcome.message
    assert outcome.values is None


def test_a_column_without_a_lower_bound_falls() -> None:
    free = replace(programme([1], [([1], -NONE, 4)], [NONE]), lower=np.array([-np.inf]))
    assert "x1 falls" in run_highs(free, monitor=RunMonitor(), seconds=5).message


LIMITS: Mapping[str, tuple[Mapping[str, object], str, str]] = {
    "time": ({}, "limit", "the time was up"),
    "nodes": ({"mip_max_nodes": 1}, "limit", "as much as it may"),
    "points": ({"mip_max_improving_sols": 1}, "limit", "as much as it may"),
    "target": ({"objective_target": 1e4}, "target_reached", "as good as was asked for"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_search_that_ends_early_says_why(name: str) -> None:
    options, status, message = LIMITS[name]
    outcome = run_highs(
        market_split(), monitor=RunMonitor(), seconds=0.3 if name == "time" else 20, options=dict(options)
    )
    assert outcome.status == status
    assert message in outcome.message


def test_iterations_that_are_up_are_a_limit() -> None:
    options = {"simplex_iteration_limit": 0, "presolve": "off"}
    outcome = run_highs(market_split().relaxed(), monitor=RunMonitor(), seconds=5, options=options)
    assert (outcome.status, outcome.values) == ("limit", None)
    assert "iterations" in outcome.message


def test_an_end_asked_for_is_an_interruption() -> None:
    monitor = RunMonitor()
    monitor.stop.set()
    outcome = run_highs(market_split(), monitor=monitor, seconds=20)
    assert (outcome.status, outcome.message) == ("interrupted", "an end was asked for")


def answers(*outcomes: SolveResult) -> tuple[list[Mapping[str, object]], SolveResult]:
    """Return the options of every run and the verdict, of a solver that answers one thing after the other."""
    asked: list[Mapping[str, object]] = []
    rest = iter(outcomes)

    def run(_: LinearProgram, options: Mapping[str, object]) -> SolveResult:
        asked.append(options)
        return next(rest)

    return asked, confirm_status(SMALL, run(SMALL, {}), run)


@pytest.mark.parametrize("first", [said("infeasible"), said("failed"), replace(FOUND, bound=-np.inf)])
def test_a_doubtful_verdict_is_asked_for_again_without_presolve(first: SolveResult) -> None:
    asked, outcome = answers(first, FOUND)
    assert outcome is FOUND
    assert asked == [{}, {"presolve": "off"}]


@pytest.mark.parametrize("status", ["infeasible", "failed", "limit", "interrupted"])
def test_the_second_answer_counts(status: Status) -> None:
    assert answers(said("infeasible"), said(status))[1].status == status


@pytest.mark.parametrize("first", [FOUND, said("limit"), said("interrupted")])
def test_other_answers_are_taken_at_once(first: SolveResult) -> None:
    asked, outcome = answers(first)
    assert len(asked) == 1
    assert outcome is first


def test_a_point_is_not_lost_to_a_second_answer_without_one() -> None:
    first = replace(FOUND, status="failed")
    assert answers(first, said("limit"))[1] is first


def test_an_unbounded_goal_that_ends_in_every_direction_is_a_failure() -> None:
    outcome = answers(said("unbounded"), FOUND, replace(FOUND, objective=0.0))[1]
    assert outcome.status == "failed"
    assert "has an end in every direction" in outcome.message
    assert outcome.values is None


def test_an_unbounded_goal_of_which_nothing_more_could_be_learned_keeps_that_word() -> None:
    assert answers(said("unbounded"), said("limit", "the time was up"))[1].message == "the time was up"
    assert answers(said("unbounded"), FOUND, said("interrupted"))[1].status == "interrupted"


@pytest.mark.parametrize(
    ("status", "ending", "message"),
    [
        ("infeasible", "infeasible", "no plan keeps every rule"),
        ("unbounded", "unbounded", "because"),
        ("failed", "failed", "because"),
        ("interrupted", "interrupted", "because"),
        ("limit", "limit", "no plan was found: because"),
    ],
)
def test_a_search_without_a_plan_ends_as_its_solver_did(status: Status, ending: str, message: str) -> None:
    stop = search_ended_by(said(status, "because"))
    assert (stop.status, str(stop)) == (ending, message)


def test_no_goal_of_a_case_is_without_end(tutorial_solution: Solution) -> None:
    """No price can make a case unbounded: from no plan is there a direction that no rule ends.

    But for more starts of plants than are needed, whose price is never below 0.
    """
    program = build_extensive_form(tutorial_solution.form.case).program
    assert np.isfinite(program.lower).all()
    starts = np.array([".started_mw[" in name for name in program.column_names])
    assert (program.cost[starts] >= 0).all()
    furthest = replace(recession_cone(program), cost=np.where(starts, 0.0, -1.0))
    assert run_highs(furthest, monitor=RunMonitor(), seconds=20).objective == 0


def test_a_start_called_optimal_with_nothing_solved_is_no_proof() -> None:
    claimed = replace(FOUND, objective=0.5, bound=0.5, nodes=0, iterations=0)
    assert claimed.trivial
    better = replace(FOUND, objective=0.25, bound=0.25)
    assert resolve_cold(claimed, better) is better
    worse = resolve_cold(claimed, replace(FOUND, objective=0.75, bound=0.4))
    assert (worse.objective, worse.bound) == (0.5, 0.4)
    stopped = resolve_cold(claimed, said("limit"))
    assert (stopped.status, stopped.objective, stopped.bound) == ("limit", 0.5, -np.inf)
    refused = resolve_cold(claimed, said("infeasible"))
    assert (refused.status, refused.objective) == ("infeasible", 0.5)


def test_columns_get_the_limits_that_rows_imply_and_no_end_is_told_all_the_same() -> None:
    wide = np.full_like(SMALL.upper, np.inf)
    short = replace(SMALL, upper=wide, row_upper=np.full_like(SMALL.row_upper, 7.0))
    assert with_implied_bounds(short).upper == pytest.approx(np.full_like(wide, 7.0))
    free = replace(SMALL, cost=-np.ones_like(SMALL.cost), upper=wide)
    assert run_highs(free, monitor=RunMonitor(), seconds=5).status == "unbounded"


def test_a_relaxation_proves_that_it_has_no_point_and_asks_nobody_again(monkeypatch: pytest.MonkeyPatch) -> None:
    program = programme(cost=[1, 2], rows=[([1, 1], 4, NONE), ([1, -1], -1, 1)], upper=[3, 3])
    relaxation = Relaxation(program, RunMonitor())
    assert relaxation.run(5).objective == pytest.approx(5.5)  # 2.5 and 1.5
    relaxation.keep_basis()
    asked = list[LinearProgram]()

    def again(program: LinearProgram, **_: object) -> SolveResult:
        asked.append(program)
        return run_highs(program, monitor=RunMonitor(), seconds=5)

    monkeypatch.setattr(highs, "run_highs", again)
    assert relaxation.run_with({0: (0.0, 0.5)}, 5).status == "infeasible"  # the other one at most 1.5
    assert not asked
    assert relaxation.run_with({0: (2.0, 2.0)}, 5).objective == pytest.approx(6)
    monkeypatch.setattr(Duality, "prove_infeasible", lambda *_: False)
    assert relaxation.run_with({0: (0.0, 0.5)}, 5).status == "infeasible"
    assert len(asked) == 1


@pytest.mark.parametrize("offset", [-1000.0, 0.0, 1000.0])
def test_a_bound_on_the_objective_counts_what_is_constant_in_it(offset: float) -> None:
    """The optimum is 40 whole units more than the constant: cut off below that nothing is left, above it all stands."""
    program = replace(
        programme([1, 1.5], [([1, 1], 39.5, NONE), ([1, -1], -NONE, 45)], [100, 100], whole=True), offset=offset
    )
    for cut, found in ((offset + 39.9, False), (offset + 40.1, True)):
        outcome = run_highs(program, monitor=RunMonitor(), seconds=5, options={"objective_bound": cut})
        assert (outcome.objective <= cut) is found
        if found:
            assert outcome.objective == pytest.approx(offset + 40)
