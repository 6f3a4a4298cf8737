"""The search against the formulation written out: solved by HiGHS, by SCIP, and by trying every choice of sites."""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pyscipopt
import pytest

from optimizer.program.linear_program import LinearProgram
from optimizer.session import solve_case
from tests.cases import drafts
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, least_value, near, often, worth
from tests.variants import operated
from tests.written import Kept, keeping, kept_from, linear_optimum, optimum, whole_choices, written_out


@often(16, 300)
def test_the_search_agrees_with_highs_on_the_formulation_written_out(number: int) -> None:
    for_all(number, drafts(FLOORS), lambda draft: goal_after_goal(draft, optimum))


@often(6, 300)
def test_the_search_agrees_with_scip_on_the_formulation_written_out(number: int) -> None:
    for_all(number, drafts(FLOORS), lambda draft: goal_after_goal(draft, scip_optimum))


@often(6, 300)
def test_so_it_does_where_plants_are_brought_online(number: int) -> None:
    for_all(number, drafts(FLOORS), lambda draft: goal_after_goal(operated(draft), optimum))


def goal_after_goal(draft: Draft, solved: Callable[[LinearProgram], float]) -> None:
    """Check every objective of a case against another solver's, given what the earlier leave, and infeasibility."""
    case = draft.case()
    solution = solve_case(case)
    programs = written_out(case, solution.baseline)
    if np.isinf(worth(solution)):
        assert np.isinf(solved(programs["cost"]))
    kept: Kept = []
    for stage in solution.stages:
        assert least_value(stage) == as_proved(solved(keeping(programs[stage.objective], kept)))
        kept.append(kept_from(case, programs[stage.objective], stage))


def as_proved(value: float) -> object:
    """Compare an objective with its optimum, which the search proves to 1e-6 and the finished plan keeps to 1e-6."""
    return pytest.approx(value, rel=1.01e-6, abs=1.01e-6)


def scip_optimum(program: LinearProgram) -> float:
    """Return the least value of a programme by SCIP, from the same arrays; infinite if it is infeasible."""
    solver = pyscipopt.Model()
    solver.hideOutput()
    solver.setParam("numerics/feastol", 1e-9)
    solver.setParam("limits/time", 120)
    columns = [
        solver.addVar(
            lb=None if np.isneginf(low) else low,
            ub=None if np.isposinf(high) else high,
            obj=cost,
            vtype="I" if whole else "C",
        )
        for low, high, cost, whole in zip(program.lower, program.upper, program.cost, program.integer, strict=True)
    ]
    matrix = program.matrix
    for row, (low, high) in enumerate(zip(program.row_lower, program.row_upper, strict=True)):
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        terms = zip(matrix.data[span].tolist(), matrix.indices[span].tolist(), strict=True)
        total = pyscipopt.quicksum(coefficient * columns[column] for coefficient, column in terms)
        limits = [each if np.isfinite(each) else None for each in (low, high)]
        if limits != [None, None]:
            solver.addCons(pyscipopt.scip.ExprCons(total, *limits))
    solver.optimize()
    assert solver.getStatus() in ("optimal", "infeasible")
    return solver.getObjVal() + program.offset if solver.getStatus() == "optimal" else np.inf


@often(5, 100)
def test_no_choice_of_sites_and_periods_is_better(number: int) -> None:
    def law(draft: Draft) -> None:
        case = draft.case()
        solution = solve_case(case)
        program = written_out(case, solution.baseline)[case.settings.question.objectives[0]]
        assert worth(solution) == near(min(map(optimum, openings(program))))

    for_all(number, drafts(FLOORS), law)


def openings(program: LinearProgram) -> Iterator[LinearProgram]:
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


@often(5, 150)
def test_no_choice_of_whole_numbers_is_better(number: int) -> None:
    def law(draft: Draft) -> None:
        case = draft.case()
        solution = solve_case(case)
        program = written_out(case, solution.baseline)[case.settings.question.objectives[0]]
        choices = whole_choices(program)
        if choices is not None:
            best = min((linear_optimum(program, choice) for choice in choices), default=np.inf)
            assert worth(solution) == near(best)

    for_all(number, drafts(FLOORS, sites=2, zones=2, periods=1), law)
