"""A point is checked against its programme, whoever solved it and whatever its status."""

from dataclasses import replace
from fractions import Fraction

import highspy
import numpy as np
import pytest

from models.case import Array, Case
from models.plan import Plan
from optimizer import session
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.objective import objective_values
from optimizer.benders.fix_and_reoptimise import fix_and_reoptimise
from optimizer.benders.full_year_dispatch import FullYearDispatch
from optimizer.benders.master_problem import Incumbent, MasterProblem
from optimizer.benders.solution import Solution
from optimizer.case.provenance import provenance_of
from optimizer.extract.extract import extract
from optimizer.program.linear_program import LinearProgram, coefficient_range
from optimizer.program.violations import UNDEFINED, describe, max_violations, objective_value
from optimizer.solver.highs import pass_model
from optimizer.solver.solve_result import SolveResult, read_result
from tests.conftest import TUTORIAL
from tests.programmes import NONE, programme


def test_the_worst_of_each_kind_is_named() -> None:
    program = programme(
        [1, 1, 1], [([1, 1, 0], -NONE, 3), ([0, 0, 100], 150, 160), ([0, 0, 0], 0, 0)], [2, 2, 2], [True, False, False]
    )
    rows, bounds, integers = max_violations(program, np.array([1.5, 2.5, 1.4]))
    assert (rows.kind, rows.absolute, rows.where, rows.above) == ("row", 10, "r1", 2)
    assert rows.relative == pytest.approx(1 / 2.5)  # r2 misses more, but less of its size
    assert (bounds.absolute, bounds.where, bounds.above) == (0.5, "x2", 1)
    assert (integers.absolute, integers.relative, integers.where, integers.above) == (0.5, 0.5, "x1", 1)
    message = describe((rows, bounds, integers))
    assert "2 row(s) do not hold, worst r1 by 0.4 of its size" in message
    assert "1 bound(s) are broken, worst x2" in message
    assert "1 number(s) are not whole, worst x1" in message


def test_a_point_that_keeps_everything_has_no_complaint() -> None:
    program = programme([1, 1], [([1, 1], 1, 3)], [2, 2], True)
    violations = max_violations(program, np.array([1.0, 2.0]))
    assert [(each.absolute, each.relative, each.where, each.above) for each in violations] == [(0, 0, "", 0)] * 3
    assert describe(violations) == ""


@pytest.mark.parametrize(("excess", "above"), [(0.9e-6, 0), (1.1e-6, 1)])
def test_the_tolerance_is_a_millionth_of_the_size(excess: float, above: int) -> None:
    program = programme([1, 1], [([1, 1], -NONE, 4000), ([1, -1], -NONE, 0)], [NONE, NONE])
    rows, *_ = max_violations(program, np.array([1500 * (1 + excess), 1500.0]))
    assert (rows.where, rows.above) == ("r2", above)
    assert rows.absolute == pytest.approx(1500 * excess)


def test_a_sum_loses_nothing() -> None:
    program = programme([1, 1, 1], [([1e9, 1, -1e9], 1, 1)], [NONE, NONE, NONE])
    point = np.array([1e7, 1.0, 1e7])
    assert (program.matrix @ point)[0] == 0  # a plain sum loses the 1
    assert max_violations(program, point)[0].absolute == 0
    assert objective_value(np.array([1e9, 1, -1e9]), 2.0, point) == 3


def test_rows_are_what_exact_arithmetic_says_they_are() -> None:
    random = np.random.default_rng(7)
    for _ in range(20):
        coefficients = random.normal(size=(6, 9)) * 10.0 ** random.integers(-4, 5, (6, 9))
        coefficients[random.random((6, 9)) < 0.5] = 0.0
        limits, point = random.normal(size=6), random.normal(size=9)
        rows = [(own.tolist(), limit, limit) for own, limit in zip(coefficients, limits.tolist(), strict=True)]
        program = programme([0] * 9, rows, [0] * 9)
        terms = [[float(a * x) for a, x in zip(own, point, strict=True)] for own in coefficients]
        exact = [abs(sum(map(Fraction, own)) - Fraction(limit)) for own, limit in zip(terms, limits, strict=True)]
        assert max_violations(program, point)[0].absolute == pytest.approx(float(max(exact)), rel=1e-15)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_breaks_its_bounds_without_end(number: float) -> None:
    _, bounds, _ = max_violations(programme([1, 1], [([1, 1], -NONE, 3)], [NONE, NONE]), np.array([1.0, number]))
    assert (bounds.absolute, bounds.where, bounds.above) == (UNDEFINED, "x2", 1)


SOLVED = programme([2, 3], [([1, 1], 4.5, NONE)], [10, 10], [False, True])


def read_as(program: LinearProgram) -> SolveResult:
    """Return what is read from a solver that solved another programme."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    pass_model(solver, SOLVED)
    return read_result(solver, program, solver.run(), 0.0, False)


def test_the_solver_s_point_is_taken_if_it_keeps_the_programme() -> None:
    outcome = read_as(SOLVED)
    assert (outcome.status, outcome.objective) == ("optimal", 9)
    assert outcome.values is not None


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (replace(SOLVED, row_lower=np.array([4.6])), "worst r1 by 0.022 of its size"),
        (replace(SOLVED, upper=np.array([4.0, 10.0])), "bound(s) are broken, worst x1"),
        (replace(SOLVED, integer=np.array([True, True])), "not whole, worst x1"),
        (replace(SOLVED, cost=np.array([1.0, 3.0])), "the goal is 4.5, not 9 as reported"),
    ],
)
def test_the_solver_s_point_is_dropped_if_it_does_not(program: LinearProgram, message: str) -> None:
    outcome = read_as(program)
    assert (outcome.status, outcome.values, outcome.bound) == ("failed", None, -np.inf)
    assert "the solver's point is wrong" in outcome.message
    assert message in outcome.message


def test_a_plan_keeps_its_programme_and_says_so(tutorial_solution: Solution, tutorial_plan: Plan) -> None:
    assert tutorial_solution.point is not None
    assert [each.above for each in tutorial_solution.violations] == [0, 0, 0]
    assert tutorial_solution.violations[-1].absolute == 0
    assert tutorial_plan.proof.violations == max_violations(tutorial_solution.form, tutorial_solution.point)


def test_part_by_part_the_same_violations_are_found_as_in_the_full_programme(tutorial_solution: Solution) -> None:
    assembly, chance = tutorial_solution.form, np.random.default_rng(3)
    assert tutorial_solution.point is not None
    for size in (0.0, 1e-6, 1e-3, 10.0):
        point = tutorial_solution.point + size * chance.normal(size=assembly.shape[1])
        point[chance.integers(0, len(point), 3)] *= 1 + size
        assert max_violations(assembly, point) == max_violations(assembly.program, point)
        point[-1] = np.nan
        assert max_violations(assembly, point)[1].where == assembly.program.column_names[-1]
    assert coefficient_range(assembly) == coefficient_range(assembly.program)


def test_no_more_than_a_day_of_the_programme_is_held_to_verify_and_extract_a_plan(tutorial_case: Case) -> None:
    solution = session.solve_case(tutorial_case)
    assert len(solution.violations) == 3
    extract(tutorial_case, solution, provenance_of(tutorial_case, TUTORIAL, "base", {}))
    assert "program" not in vars(solution.form)


def test_a_plan_s_objectives_are_those_it_reports(tutorial_case: Case, tutorial_plan: Plan) -> None:
    reached = objective_values(AuditedPlan(tutorial_case, tutorial_plan))
    for stage in tutorial_plan.proof.stages:
        assert stage.plan_value == pytest.approx(reached[stage.objective], rel=1e-9)
        assert stage.plan_gap_share == pytest.approx(abs(stage.plan_value / stage.bound - 1), abs=1e-6)


def test_whole_numbers_are_rounded_and_the_rest_is_solved_again(
    tutorial_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blurred(
        master: MasterProblem, best: Incumbent, record: FullYearDispatch | None
    ) -> tuple[Array, dict[str, float]]:
        off = np.where(master.decomposition.master.integer, 4e-6, 0.0)
        draw = [name.startswith("compute.") for name in master.decomposition.master.column_names]
        shifted = best.decisions + off + np.where(draw, 1e-3, 0.0)
        whole, _ = master.decomposition.full(shifted, best.results)
        assert {each.kind for each in max_violations(master.form, whole) if each.above} >= {
            "row",
            "integer",
        }
        return fix_and_reoptimise(master, replace(best, decisions=shifted))

    monkeypatch.setattr(session, "fix_and_reoptimise", blurred)
    solution = session.solve_case(tutorial_case)
    assert solution.has_plan
    assert [each.above for each in solution.violations] == [0, 0, 0]
    assert solution.violations[-1].absolute == 0


def spoil(monkeypatch: pytest.MonkeyPatch, name: str, by: float) -> None:
    """Let finishing a plan move one column after all else."""

    def careless(
        master: MasterProblem, best: Incumbent, record: FullYearDispatch | None
    ) -> tuple[Array, dict[str, float]]:
        point, worth = fix_and_reoptimise(master, best, record)
        names = [own for part in master.form.parts() for own in part.column_names]
        point[next(column for column, own in enumerate(names) if name in own)] += by
        return point, worth

    monkeypatch.setattr(session, "fix_and_reoptimise", careless)


@pytest.mark.parametrize(("name", "by"), [("power.contracted_mw[", 1e5), ("sizing.halls[", 0.2), ("].output_mw[", 1e5)])
def test_a_plan_that_violates_its_programme_is_repaired_without_holding_all_of_it(
    name: str, by: float, tutorial_case: Case, tutorial_solution: Solution, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, name, by)
    solution = session.solve_case(tutorial_case)
    assert solution.status == "solved"
    assert "program" not in vars(solution.form)
    assert [each.above for each in solution.violations] == [0, 0, 0]
    for stage, known in zip(solution.stages, tutorial_solution.stages, strict=True):
        assert stage.plan_value == pytest.approx(known.plan_value, rel=1e-5)


def test_a_plan_that_cannot_be_repaired_is_refused(tutorial_case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, "sizing.halls[", 1000.5)
    solution = session.solve_case(tutorial_case)
    assert solution.status == "failed"
    assert not solution.has_plan
    assert "breaks its own programme and is refused" in solution.message
    assert "worst sizing.halls[" in solution.message
    assert "row(s) do not hold, worst" in solution.message
