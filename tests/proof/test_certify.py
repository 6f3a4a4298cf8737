from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sparse

from models.case import Array, Case
from models.plan import Plan
from optimizer.audit.audit import audit
from optimizer.audit.audit_report import Proved
from optimizer.case.provenance import provenance_of
from optimizer.case.read import read_case
from optimizer.extract.extract import extract
from optimizer.program.implied_bounds import implied_bounds
from optimizer.program.linear_program import LinearProgram
from optimizer.proof.branch_and_bound import BranchAndBound
from optimizer.proof.certify import certify, rounded_down
from optimizer.proof.exact import exact_bound, usable_multipliers
from optimizer.session import solve_case
from tests.cases import drafts
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, often
from tests.locations import by_scip, location_draft, warehouses

INF = np.inf


def random_program(seed: int) -> LinearProgram:
    """Return a small programme over whole numbers, some of whose columns and rows have no limit of their own."""
    draw = np.random.default_rng(seed)
    rows, columns = int(draw.integers(1, 4)), int(draw.integers(1, 4))
    cells = draw.choice([0.0, 1.0, -1.0, 0.5, 3.0, 0.125], size=(rows, columns))
    inside = draw.integers(0, 4, size=columns).astype(float)
    reach = cells @ inside
    low = np.where(draw.random(rows) < 0.3, -INF, reach - draw.integers(0, 3, size=rows))
    high = np.where(draw.random(rows) < 0.3, INF, reach + draw.integers(0, 3, size=rows))
    upper = np.where(draw.random(columns) < 0.3, INF, 4.0)
    return LinearProgram(
        cost=draw.choice([-2.0, -0.3, 0.0, 0.7, 5.0], size=columns),
        offset=float(draw.choice([0.0, 1.1, -7.0])),
        lower=np.zeros(columns),
        upper=upper,
        integer=np.ones(columns, dtype=bool),
        matrix=sparse.csr_array(cells),
        row_lower=low,
        row_upper=high,
        column_names=[f"x{number}" for number in range(columns)],
        row_names=[f"r{number}" for number in range(rows)],
    )


def exactly(values: Array) -> list[Fraction]:
    return [Fraction(float(value)) for value in values]


def points(program: LinearProgram, most: int = 6) -> Iterator[list[Fraction]]:
    """Yield the whole-numbered points up to a size that keep every row exactly."""
    cells = [exactly(row) for row in program.matrix.toarray()]
    tops = [most if np.isinf(upper) else int(upper) for upper in program.upper]
    for values in product(*(range(top + 1) for top in tops)):
        point = [Fraction(value) for value in values]
        sums = [sum((a * x for a, x in zip(row, point, strict=True)), Fraction(0)) for row in cells]
        keeps = (
            low <= total <= high for total, low, high in zip(sums, program.row_lower, program.row_upper, strict=True)
        )
        if all(keeps):
            yield point


def value_at(program: LinearProgram, point: list[Fraction]) -> Fraction:
    terms = zip(exactly(program.cost), point, strict=True)
    return Fraction(program.offset) + sum((c * x for c, x in terms), Fraction(0))


def by_definition(program: LinearProgram, multipliers: Array, lower: Array, upper: Array) -> Fraction | None:
    """Return the bound as the formula says, fraction by fraction."""
    weights, cells = exactly(usable_multipliers(program, multipliers)), program.matrix.toarray()
    total = Fraction(program.offset)
    for weight, low, high in zip(weights, program.row_lower, program.row_upper, strict=True):
        if weight:
            total += weight * Fraction(float(low if weight > 0 else high))
    for column, cost in enumerate(exactly(program.cost)):
        slope = cost - sum(
            (w * Fraction(float(a)) for w, a in zip(weights, cells[:, column], strict=True)), Fraction(0)
        )
        side = (upper if slope < 0 else lower)[column]
        if slope and np.isinf(side):
            return None
        total += slope * Fraction(float(side)) if slope else 0
    return total


def multipliers_of(program: LinearProgram, seed: int) -> Iterator[Array]:
    """Yield multipliers of every kind: none, random, huge, tiny, and some that are no numbers."""
    draw = np.random.default_rng(seed)
    rows = len(program.row_lower)
    yield np.zeros(rows)
    for size in (1.0, 1e-9, 1e12):
        yield draw.normal(size=rows) * size
    for wrong in (np.nan, INF, -INF, 1e308):
        corrupted = draw.normal(size=rows)
        corrupted[draw.integers(rows)] = wrong
        yield corrupted


@often(100, 20_000)
def test_any_multipliers_give_a_bound_that_no_point_beats(number: int) -> None:
    proved = 0
    for seed in range(number):
        program = random_program(seed)
        limits = implied_bounds(program)
        found = list(points(program))
        assert found, "the programme was made around a point"
        best = min(value_at(program, point) for point in found)
        for multipliers in multipliers_of(program, seed):
            for lower, upper in ((program.lower, program.upper), limits):
                bound = exact_bound(program, multipliers, lower, upper)
                assert bound == by_definition(program, multipliers, lower, upper)
                if bound is not None:
                    proved += 1
                    assert bound <= best
    assert proved > number


@often(100, 20_000)
def test_implied_limits_cut_no_point_off(number: int) -> None:
    implied = 0
    for seed in range(number):
        program = random_program(seed)
        lower, upper = implied_bounds(program)
        implied += int((np.isinf(program.upper) & np.isfinite(upper)).sum())
        for point in points(program):
            for x, low, high in zip(point, lower, upper, strict=True):
                assert low <= x <= high
    assert implied > number / 10


@often(60, 3_000)
def test_the_tree_proves_the_optimum_of_small_programmes(number: int) -> None:
    exact = 0
    for seed in range(number):
        program = random_program(seed)
        proved = BranchAndBound(program, seconds=10).prove(INF)
        best = min(value_at(program, point) for point in points(program))
        assert not proved.infeasible
        if proved.bound is not None:
            assert proved.bound <= best
            near = float(best - proved.bound) <= 1e-6 * max(1.0, abs(float(best)))
            exact += near or bool(np.isinf(program.upper).any())
    assert exact > 0.9 * number


def test_a_programme_without_points_is_proved_empty() -> None:
    one = np.ones(1)
    halves = LinearProgram(
        cost=one, offset=0.0, lower=0 * one, upper=5 * one, integer=one > 0, matrix=sparse.csr_array([[2.0]]),
        row_lower=one, row_upper=one, column_names=["x"], row_names=["twice_x_is_one"],
    )  # fmt: skip
    assert BranchAndBound(halves, seconds=10).prove(INF).infeasible
    assert not BranchAndBound(replace(halves, row_upper=2 * one), seconds=10).prove(INF).infeasible


def test_a_bound_is_rounded_to_the_safe_side() -> None:
    third = rounded_down(Fraction(1, 3))
    assert Fraction(third) <= Fraction(1, 3) < Fraction(np.nextafter(third, 1.0))
    assert rounded_down(Fraction(-1, 3)) < -1 / 3 or Fraction(rounded_down(Fraction(-1, 3))) <= Fraction(-1, 3)
    assert rounded_down(Fraction(5, 4)) == 1.25


def proofs_of(case: Case, plan: Plan) -> dict[str, Proved]:
    return {proved.figure: proved for proved in certify(case, plan, seconds=60)}


def test_the_tutorial_is_proved_as_far_as_branch_and_bound_claims(tutorial_case: Case, tutorial_plan: Plan) -> None:
    proofs = proofs_of(tutorial_case, tutorial_plan)
    assert all(proved.passed for proved in proofs.values())
    for stage in tutorial_plan.proof.stages:
        gap = proofs[stage.objective].gap_share
        assert gap is not None
        assert gap <= 3e-6
    for row in tutorial_plan.carbon:
        cost = proofs[f"running cost without data centres, {row.period}"]
        assert cost.at_least == pytest.approx(row.baseline_meur, rel=1e-9)
        assert cost.at_most == pytest.approx(row.baseline_meur, rel=1e-9)


def with_carbon(plan: Plan, **changes: float) -> Plan:
    first, *others = plan.carbon
    changed = {column: getattr(first, column) * share for column, share in changes.items()}
    return plan.model_copy(update={"carbon": (first.model_copy(update=changed), *others)})


def with_proof(plan: Plan, **changes: object) -> Plan:
    return plan.model_copy(update={"proof": plan.proof.model_copy(update=changes)})


def poorer(case: Case) -> Case:
    """Return the case with half the money, of which the plan spends too much."""
    rows = {key: row.model_copy(update={"amount_meur": row.amount_meur / 2}) for key, row in case.tranches.items()}
    return replace(case, tranches=rows)


REFUTED: dict[str, Callable[[Case, Plan], tuple[Case, Plan]]] = {
    "running cost without data centres, p1": lambda case, plan: (case, with_carbon(plan, baseline_meur=1.001)),
    "emissions without data centres, p1": lambda case, plan: (case, with_carbon(plan, system_without_kt=0.999)),
    "rows of the programme": lambda case, plan: (case, with_proof(plan, rows=plan.proof.rows + 1)),
    "largest coefficient": lambda case, plan: (case, with_proof(plan, largest_coefficient=1.0)),
    "compute": lambda case, plan: (poorer(case), plan),
}


@pytest.mark.parametrize("figure", REFUTED)
def test_a_figure_that_cannot_be_is_refuted(figure: str, tutorial_case: Case, tutorial_plan: Plan) -> None:
    assert not proofs_of(*REFUTED[figure](tutorial_case, tutorial_plan))[figure].passed


@often(8, 250)
def test_every_plan_is_within_what_is_proved(number: int) -> None:
    near = []

    def law(draft: Draft) -> None:
        case = draft.case()
        solution = solve_case(case)
        if not solution.has_plan:
            return
        plan = extract(case, solution, provenance_of(case, Path("draft"), "base", {}))
        assert audit(case, plan).sound
        for proved in certify(case, plan, seconds=20):
            assert proved.passed, proved
            if proved.claimed is not None:
                bound = proved.at_most if proved.at_least is None else proved.at_least
                assert bound is not None, proved
                near.append(abs(bound - proved.claimed) <= 1e-5 * max(1.0, abs(proved.claimed)))

    for_all(number, drafts(FLOORS), law)
    assert np.mean(near) > 0.9


@pytest.mark.parametrize(("sites", "customers", "spare"), [(6, 12, 1.3), (8, 20, 2.5)])
def test_an_optimum_of_another_solver_is_proved_without_believing_ours(
    sites: int, customers: int, spare: float, tmp_path: Path
) -> None:
    location = warehouses(sites, customers, spare, seed=5)
    draft = location_draft(location)
    draft.write(tmp_path)
    case = read_case(tmp_path, draft.settings)
    plan = extract(case, solve_case(case), provenance_of(case, tmp_path, "base", {}))
    cost = proofs_of(case, plan)["cost"]
    optimum = by_scip(location)
    assert cost.passed
    assert cost.at_least is not None
    assert cost.at_least * 1000 == pytest.approx(optimum, rel=2e-6)
    assert cost.at_least * 1000 <= optimum * (1 + 1e-9)
