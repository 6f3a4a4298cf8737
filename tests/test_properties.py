from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.case import Case
from models.formulation import build
from models.objective import SENSES
from models.plan import Plan, Stage
from optimizer.case.read import read_case
from optimizer.plan.audit import audit
from optimizer.plan.extract import extract
from optimizer.provenance import provenance_of
from optimizer.solve.build import assemble
from optimizer.solve.compile import compile_goals, compile_model
from optimizer.solve.highs import run_highs
from optimizer.solve.master import FLOOR_SHARE
from optimizer.solve.program import Program
from optimizer.solve.search import solve_case
from optimizer.solve.solution import Solution
from optimizer.solve.watch import Progress, Watch
from tests.cases import drafts
from tests.drafts import Draft, same
from tests.variants import LOOSER, dearer, renamed, with_section

FLOORS = ("", "", "", "coverage", "coverage", "sites", "states", "gigafactories")
SIGNS = {"minimise": 1.0, "maximise": -1.0}


def often(few: int, many: int) -> pytest.MarkDecorator:
    """Run a law on a few cases in every test run, and on many in the long one."""
    return pytest.mark.parametrize("number", [few, pytest.param(many, marks=pytest.mark.long)])


def for_all(number: int, cases: st.SearchStrategy[Any], law: Callable[[Any], None]) -> None:
    """Check a law on so many cases, always the same ones; one that fails is printed as a call of `draft`."""
    rules = settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    rules(given(cases)(law))()


def near(value: float) -> Any:
    """Compare optima found in different ways: solvers keep rows and whole numbers to 1e-6."""
    return pytest.approx(value, rel=3e-6, abs=1e-4)


def least_value(stage: Stage) -> float:
    """Return the value of a stage, as something to be minimised."""
    return SIGNS[stage.sense] * stage.value


def worth(solution: Solution) -> float:
    """Return the value of the first objective, to be minimised; infinite where no plan keeps every rule."""
    assert solution.status == ("solved" if solution.has_plan else "infeasible"), solution.message
    return least_value(solution.stages[0]) if solution.has_plan else np.inf


def written_out(case: Case, solution: Solution) -> dict[str, Program]:
    """Return the formulation as one programme per goal, every day written by Pyomo, nothing stamped or cut in two."""
    model = build(case)
    assert solution.baseline is not None
    for period, cost in solution.baseline.running_meur.items():
        model.dispatch.baseline_meur[period] = cost
    compiled = compile_model(model)
    goals = compile_goals(compiled, {name: model.objective.component(f"{name}_goal") for name in SENSES})
    signs = {name: SIGNS["maximise" if name == "compute" else "minimise"] for name in goals}
    return {
        name: replace(compiled.program, cost=signs[name] * cost, offset=signs[name] * constant)
        for name, (cost, constant) in goals.items()
    }


def optimum(program: Program) -> float:
    """Return the least value of a programme; infinite if it is infeasible."""
    outcome = run_highs(program, watch=Watch(), seconds=60, gap=0)
    assert outcome.status in ("optimal", "infeasible")
    return outcome.objective


@often(15, 500)
def test_a_written_case_reads_the_same_whatever_the_order_of_its_rows(number: int) -> None:
    def law(draft: Draft) -> None:
        tables = {name: listed[::-1] for name, listed in draft.tables.items()}
        hourly = {name: dict(sorted(columns.items())[::-1]) for name, columns in draft.hourly.items()}
        with TemporaryDirectory() as folder:
            Draft(tables, hourly, draft.scenario).write(Path(folder))
            assert same(read_case(Path(folder), draft.scenario), draft.case())

    for_all(number, drafts(FLOORS), law)


@often(40, 800)
def test_the_audit_finds_no_fault_and_the_money_sums_to_the_cost(number: int) -> None:
    def law(draft: Draft) -> None:
        case = draft.case()
        solution = solve_case(case)
        if np.isinf(worth(solution)):
            return
        plan = sound_plan(case, solution)
        parts = [entry.present_meur for entry in plan.money]
        assert solution.point is not None
        cost = solution.assembly.goal("cost").value(solution.point)
        assert sum(parts) == pytest.approx(cost, rel=1e-9, abs=1e-7)

    for_all(number, drafts(FLOORS), law)


def sound_plan(case: Case, solution: Solution) -> Plan:
    """Return the plan of a solution, in which the audit finds no fault."""
    plan = extract(case, solution, provenance_of(case, Path("draft"), "base", {}))
    assert [check for check in audit(case, plan).checks if not check.passed] == []
    return plan


@often(20, 800)
def test_a_run_stopped_at_any_time_leaves_a_sound_plan_or_none(number: int) -> None:
    def law(draft: Draft, reports: int) -> None:
        heard: list[Progress] = []
        stop = Event()

        def listen(report: Progress) -> None:
            heard.append(report)
            if len(heard) == reports:
                stop.set()

        case = draft.case()
        solution = solve_case(case, Watch(listen, stop))
        if solution.has_plan:
            assert sound_plan(case, solution).proof.status in ("interrupted", "solved")
        else:
            assert solution.status in ("interrupted", "infeasible")

    for_all(number, st.tuples(drafts(FLOORS), st.integers(1, 15)), lambda both: law(*both))


@often(40, 800)
def test_the_search_agrees_with_the_formulation_written_out_goal_after_goal(number: int) -> None:
    def law(draft: Draft) -> None:
        case = draft.case()
        solution = solve_case(case)
        programs = written_out(case, solution)
        if np.isinf(worth(solution)):
            assert np.isinf(optimum(programs["cost"]))
        kept: list[tuple[Program, float]] = []
        for stage in solution.stages:
            assert least_value(stage) == near(optimum(keeping(programs[stage.objective], kept)))
            given_up = max(
                case.scenario.question.tolerance_share * abs(stage.value), FLOOR_SHARE * max(abs(stage.value), 1)
            )
            kept.append((programs[stage.objective], least_value(stage) + given_up))

    for_all(number, drafts(FLOORS), law)


def keeping(program: Program, goals: list[tuple[Program, float]]) -> Program:
    """Return the programme with rows that keep the goals of others at a value or below."""
    if not goals:
        return program
    matrix = sparse.csr_array(np.array([goal.cost for goal, _ in goals]))
    highest = np.array([value - goal.offset for goal, value in goals])
    return program.with_rows(
        matrix, np.full(len(goals), -np.inf), highest, [f"goal{number}" for number in range(len(goals))]
    )


@often(10, 200)
def test_no_choice_of_sites_and_periods_is_better(number: int) -> None:
    def law(draft: Draft) -> None:
        case = draft.case()
        solution = solve_case(case)
        program = written_out(case, solution)[case.scenario.question.objectives[0]]
        assert worth(solution) == near(min(map(optimum, openings(program))))

    for_all(number, drafts(FLOORS, sites=3), law)


def openings(program: Program) -> Iterator[Program]:
    """Give the programme with every choice of sites that open and the periods they open in."""
    columns: dict[str, list[int]] = {}
    for column, name in enumerate(program.column_names):
        if name.startswith("siting.open_in["):
            columns.setdefault(name.split("[")[1].split(",")[0], []).append(column)
    siting = [column for periods in columns.values() for column in periods]
    for choice in product(*([None, *periods] for periods in columns.values())):
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[siting] = upper[siting] = np.isin(siting, [column for column in choice if column is not None])
        yield program.with_bounds(lower, upper)


@often(25, 600)
def test_a_looser_limit_never_hurts(number: int) -> None:
    def law(draft: Draft, name: str) -> None:
        before, after = (worth(solve_case(each.case())) for each in (draft, LOOSER[name](draft)))
        assert after <= before or after == near(before)

    for_all(number, st.tuples(drafts(FLOORS), st.sampled_from(sorted(LOOSER))), lambda both: law(*both))


@often(12, 300)
def test_other_names_change_nothing(number: int) -> None:
    def law(draft: Draft) -> None:
        assert worth(solve_case(renamed(draft).case())) == near(worth(solve_case(draft.case())))

    for_all(number, drafts(FLOORS), law)


@often(12, 300)
def test_twice_the_money_is_twice_the_cost(number: int) -> None:
    def law(draft: Draft) -> None:
        draft = with_section(draft, "question", lambda _: {"objectives": ("cost",)})
        once, twice = draft.case(), dearer(draft).case()
        single, double = (assemble(case).goal("cost") for case in (once, twice))
        np.testing.assert_allclose(double.cost, 2 * single.cost, rtol=1e-12)
        assert double.constant == pytest.approx(2 * single.constant, rel=1e-12)
        assert worth(solve_case(twice)) == near(2 * worth(solve_case(once)))

    for_all(number, drafts(FLOORS), law)
