"""What later objectives may give up of an earlier one: it hangs on the bound or on a stated level, never on luck."""

import time
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.case import Case
from models.plan import Plan
from optimizer.audit.audit import audit
from optimizer.audit.objective import level
from optimizer.benders import search
from optimizer.benders import solve_objective as module
from optimizer.benders.master_problem import Incumbent, MasterProblem, SearchEnded
from optimizer.benders.solution import Solution
from optimizer.benders.solve_objective import improve_incumbent, solve_objective
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.session import Session, solve_case
from optimizer.solver.highs import FEW_HEURISTICS, NO_SUBPROBLEMS
from optimizer.solver.solve_result import SolveResult, largest_within_gap, relative_gap
from tests.models.paper import asking


@pytest.mark.parametrize("bound", [5000.0, 3.0, 0.4, 0.0, -0.4, -3.0, -5000.0])
@pytest.mark.parametrize("share", [1e-6, 0.01, 0.5])
def test_the_worst_value_within_a_gap_has_that_gap(bound: float, share: float) -> None:
    worst = largest_within_gap(bound, share)
    assert worst >= bound
    assert relative_gap(worst, bound) == pytest.approx(share)
    assert relative_gap(worst + 1e-3, bound) > share


def kept_by(case: Case, monkeypatch: pytest.MonkeyPatch, worsened: float) -> tuple[float, Solution]:
    """Return the level at which compute is kept while cost is minimised, if the plan found first is so much worse."""
    kept: list[float] = []

    def unlucky(master: MasterProblem, goal: Any, known: Incumbent | None) -> tuple[Incumbent, Any]:
        best, stage = solve_objective(master, goal, known)
        if goal.name == "compute":
            best = replace(best, value=best.value + worsened)
            stage = stage.model_copy(update={"value": goal.sign * best.value})
        return best, stage

    def reach(master: MasterProblem, goal: Any, highest: float) -> None:
        kept.append(highest)
        reached(master, goal, highest)

    reached = MasterProblem.add_objective_bound
    with monkeypatch.context() as patch:
        patch.setattr(search, "solve_objective", unlucky)
        patch.setattr(MasterProblem, "add_objective_bound", reach)
        solution = solve_case(case)
    return kept[0], solution


def test_the_level_does_not_move_with_the_plan_found_first(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = asking(tutorial_case, "question", tolerance_share=0.01)
    lucky, best = kept_by(case, monkeypatch, 0.0)
    unlucky, other = kept_by(case, monkeypatch, 1.5)  # of 328, with 1 % to be given up
    assert lucky == unlucky
    assert [stage.plan_value for stage in other.stages] == pytest.approx(
        [stage.plan_value for stage in best.stages], rel=1e-6
    )
    worse, _ = kept_by(case, monkeypatch, 10.0)  # no plan is known that keeps the level: its own value counts
    assert worse == pytest.approx(-best.stages[0].value + 10.0, rel=1e-6)


def levelled(case: Case, **levels: float) -> Case:
    return asking(case, "question", levels=case.settings.question.levels.model_copy(update=levels))


def test_a_stated_level_is_what_later_objectives_keep(tutorial_case: Case, tutorial_plan: Plan) -> None:
    usual = {stage.objective: stage for stage in tutorial_plan.proof.stages}
    solution = solve_case(levelled(tutorial_case, compute=200.0))
    compute, cost = solution.stages
    assert compute.plan_value == pytest.approx(200.0, rel=1e-4)
    assert compute.plan_gap_share == pytest.approx((compute.bound - 200) / 200, rel=1e-3)
    assert cost.plan_value < usual["cost"].plan_value - 100


def test_a_level_out_of_reach_is_told(tutorial_case: Case) -> None:
    solution = solve_case(levelled(tutorial_case, compute=400.0))
    assert solution.status == "infeasible"
    assert "question.levels.compute = 400" in solution.message
    assert "the bound is 328.1" in solution.message


def test_the_audit_finds_an_objective_given_up_too_far(tutorial_case: Case, tutorial_plan: Plan) -> None:
    first, *later = tutorial_plan.proof.stages
    bound = first.bound * 1.1
    value = bound * 0.999  # no plan has it, and the one delivered is a tenth below
    figures = {"value": value, "gap_share": relative_gap(value, bound), "bound": bound, "root_bound": bound}
    claimed = first.model_copy(
        update={**figures, "plan_gap_share": relative_gap(first.plan_value, bound), "status": "limit"}
    )
    proof = tutorial_plan.proof.model_copy(update={"stages": (claimed, *later), "status": "limit"})
    report = audit(tutorial_case, tutorial_plan.model_copy(update={"proof": proof}))
    failed = [check.rule for check in report.checks if not check.passed]
    assert failed == ["objective.plan_achieves_what_its_stages_claim"]


def test_audit_and_search_keep_the_same_level(tutorial_case: Case, tutorial_plan: Plan) -> None:
    for stage in tutorial_plan.proof.stages:
        sign = -1.0 if stage.sense == "maximise" else 1.0
        master: Any = SimpleNamespace(form=SimpleNamespace(case=tutorial_case))
        master.hung_on = partial(MasterProblem.hung_on, master)
        goal: Any = SimpleNamespace(sign=sign, name=stage.objective)
        kept = MasterProblem.level(master, goal, stage, sign * stage.value)
        assert kept == pytest.approx(sign * level(tutorial_case.settings, stage), rel=1e-9)


def test_a_plan_short_of_a_level_is_searched_on_and_then_delivered_marked(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = levelled(asking(tutorial_case, "solve", gap_share=0.05), compute=325.0)
    gaps: list[float] = []

    def lazy(master: MasterProblem, goal: Any, known: Incumbent | None) -> tuple[Incumbent, Any]:
        best, stage = solve_objective(master, goal, known)
        if goal.name == "compute":
            gaps.append(master.gap("compute"))
            value = best.value + 0.9 * master.gap("compute") * abs(best.value)
            if value > -325.0 or stubborn:
                best = replace(best, value=max(value, -324.0))
                stage = stage.model_copy(update={"value": -best.value, "gap_share": master.gap("compute")})
        return best, stage

    monkeypatch.setattr(search, "solve_objective", lazy)
    stubborn = False
    solution = solve_case(case)
    assert solution.status == "solved"
    assert gaps[0] == 0.05
    assert gaps[-1] < 0.02  # searched on until the level was reached
    assert solution.stages[0].plan_value == pytest.approx(325.0, rel=1e-4)
    stubborn = True
    left = solve_case(case)
    assert left.status == "limit"
    assert left.has_plan
    assert "question.levels.compute = 325" in left.message
    assert [stage.claims for stage in left.stages] == [True, False]


def test_a_search_without_a_plan_by_its_nodes_goes_on(tutorial_case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, asked = module.solve_master_mip, []

    def poor(*given: Any) -> Any:
        outcome = whole(*given)
        asked.append(given[-1])
        few = len(asked) <= 3
        return replace(outcome, values=None, status="limit", row_duals=None) if few else outcome

    monkeypatch.setattr(module, "solve_master_mip", poor)
    solution = solve_case(asking(tutorial_case, "question", objectives=("compute",)))
    assert solution.status == "solved"
    assert asked[1:3] == [module.FIRST_NODES, module.MOST_NODES]


def test_few_heuristics_where_the_gap_is_wide_and_a_plan_is_known(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = asking(tutorial_case, "solve", gap_share=0.01)
    asked: list[dict[str, Any]] = []

    def answered(_: object, **given: Any) -> SimpleNamespace:
        asked.append(given["options"])
        return SimpleNamespace(timed_out=False)

    monkeypatch.setattr(module, "run_highs", answered)
    with Session(case) as session:
        master = session.master(RunMonitor(), time.perf_counter())
        nothing = np.zeros(len(master.decomposition.master.lower))
        known = Incumbent(nothing, master.decomposition.evaluate(nothing, master.token), 0.0)
        for kernel, best, factor in (
            (nothing, known, 1.01),
            (None, known, 1.01),
            (nothing, None, 1.01),
            (None, None, 1.01),
            (nothing, known, 1.0),
            (None, known, 1.0),
        ):
            master.gap_factor = factor
            goal = master.form.objective("compute")
            module.solve_master_mip(master, goal, kernel, best, 0.0, 0.1, lambda _: None, 5)
    left_out = [{name for name in options if name in NO_SUBPROBLEMS} for options in asked]
    assert left_out == [{*FEW_HEURISTICS}, {*NO_SUBPROBLEMS}, set(), set(), set(), set()]
    assert all(options["mip_max_nodes"] == 5 for options in asked)


@pytest.mark.parametrize(
    ("known", "factor", "few", "nodes"),
    [
        (True, 1.01, True, module.BOUND_NODES),
        (True, 1.0, True, module.KERNEL_NODES),
        (False, 1.01, True, module.KERNEL_NODES),
        (True, 1.01, False, module.FIRST_NODES),
    ],
)
def test_nodes_over_all_sites(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch, known: bool, factor: float, few: bool, nodes: int
) -> None:
    asked: list[int] = []

    def ended(*given: Any) -> SolveResult:
        asked.append(given[-1])
        return SolveResult("interrupted", "", None, np.inf, -np.inf, None, 0, 0, 0.0)

    monkeypatch.setattr(module, "solve_master_mip", ended)
    with Session(asking(tutorial_case, "solve", gap_share=0.01)) as session:
        master = session.master(RunMonitor(), time.perf_counter())
        master.gap_factor = factor
        nothing = np.zeros(len(master.decomposition.master.lower))
        plan = Incumbent(nothing, master.decomposition.evaluate(nothing, master.token), 0.0) if known else None
        goal = master.form.objective("compute")
        with nullcontext() if known else pytest.raises(SearchEnded):
            improve_incumbent(master, goal, None, plan, -np.inf, -np.inf, few=few)
    assert asked == [nodes]


def test_whole_numbers_at_their_best_are_not_asked_for_again(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    minimise = module.minimise_with_fixed_integers

    def told(master: MasterProblem, objective: Any, *given: Any) -> Incumbent | None:
        asked.append(objective.name)
        return minimise(master, objective, *given)

    for place in (module, search):
        monkeypatch.setattr(place, "minimise_with_fixed_integers", told)
    with Session(tutorial_case) as session:
        plan = session.solve(year=lambda: False).integer_plan
        asked.clear()
        session.solve(starts=[plan], year=lambda: False)
    assert asked == ["compute", "cost"]
