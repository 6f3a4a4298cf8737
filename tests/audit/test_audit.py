import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
import pytest

from models.formulation import build
from models.plan import RESULT_TABLES, Plan
from optimizer.audit import registry, schema_checks
from optimizer.audit.audit import audit, checks_of
from optimizer.audit.binding_limits import limits_of
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.parameters import Parameters
from optimizer.extract.extract import derived_rules
from optimizer.program.extensive_form import build_extensive_form
from tests.audit.tampering import Question, changes_of, with_array, with_case, with_hours, with_plan

ROOT = Path(__file__).parents[2]

AS_THE_SOLVER_STATES = {
    ("carbon", "noise_meur"): "how well a solver shared the reservoirs",
    **{
        ("consequences", column): "a dual value, or worked out from some"
        for column in (
            *("price_without_eur_per_mwh", "price_with_eur_per_mwh", "most_rise_eur_per_mwh"),
            *("dearer_hours", "load_meur"),
        )
    },
    ("consequences", "import_without_twh"): "several dispatches without data centres cost the same",
    (
        "counting",
        "counted_mw",
    ): "a choice without a price: any that keeps the cap of its site, and counts once, is sound",
    ("flips", "amount"): "from bounds, of which only the order of the two ends can be told",
    ("limits", "worth"): "a dual value, of which only the sign can be told",
    ("zones", "price_eur_per_mwh"): "a dual value, seen where rivals are compared by it",
}
"""Columns whose change the audit cannot see, and why."""


def test_solved_plan_is_sound(question: Question) -> None:
    report = audit(*question)
    assert report.sound, [each for each in report.checks if not each.passed]


def test_plan_read_back_is_sound(question: Question) -> None:
    case, plan = question
    assert audit(case, Plan.model_validate(json.loads(plan.model_dump_json()) | {"hourly": plan.hourly})).sound


def test_every_rule_of_the_formulation_is_audited_under_its_name(question: Question) -> None:
    constraints = build(question[0]).component_objects(pyo.Constraint)
    names = {".".join((each.name.split(".")[0].split("[")[0], each.local_name)) for each in constraints}
    assert names <= set(checks_of(question[1]))


def numeric_columns() -> Iterator[tuple[str, str, type]]:
    for table, answer in RESULT_TABLES.items():
        for column, field in answer.model_fields.items():
            if field.annotation in (int, float) and (table, column) not in AS_THE_SOLVER_STATES:
                yield table, column, int if field.annotation is int else float


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize(("table", "column", "kind"), list(numeric_columns()))
def test_no_cell_can_be_changed_unseen(question: Question, table: str, column: str, kind: type, every: bool) -> None:
    """Change the largest cell of each column and, in the long run, the first and the last as well."""
    case, plan = question
    rows = getattr(plan, table)
    assert rows, f"the case must fill {table}"
    largest = max(range(len(rows)), key=lambda at: abs(getattr(rows[at], column)))
    for at in {largest, 0, len(rows) - 1} if every else {largest}:
        for number in changes_of(getattr(rows[at], column), kind):
            changed = with_plan(plan, table, lambda row, at=at: row is rows[at], **{column: number})  # type: ignore[misc]
            assert not audit(case, changed).sound, (rows[at], number)


@pytest.mark.long
def test_no_hour_can_be_changed_unseen(question: Question) -> None:
    case, plan = question
    for kind, array in plan.hourly.values.items():
        for key, series in enumerate(array):
            at = (key, *np.unravel_index(np.abs(series).argmax(), series.shape))
            for number in changes_of(float(array[at]), float):
                changed = array.copy()
                changed[at] = number
                assert not audit(case, with_array(plan, kind, changed)).sound, (kind, at, number)


def test_a_limit_has_the_sign_of_its_rule_and_binds(question: Question) -> None:
    case, plan = question
    assert plan.limits
    for at, row in enumerate(plan.limits):
        for changed in ({"worth": -row.worth}, {"rule": "budget.every_cost_is_paid"}, {"index": "nowhere"}):
            rows = (*plan.limits[:at], row.model_copy(update=changed), *plan.limits[at + 1 :])
            assert not audit(case, plan.model_copy(update={"limits": rows})).sound, changed
    idle = row.model_copy(update={"rule": "demand.region_gets_its_coverage", "index": "paris,training,p1"})
    assert not audit(case, plan.model_copy(update={"limits": (*plan.limits, idle)})).sound


def test_the_limit_of_every_row_of_the_formulation_is_recomputed(question: Question) -> None:
    """Of rows that hold only whole numbers nothing is said: no plan has a bit more of those."""
    audited, program = AuditedPlan(*question), build_extensive_form(question[0]).compiled.program
    divisible = np.diff((program.matrix[:, ~program.integer] != 0).tocsr().indptr) > 0
    compared = 0
    for row, name in enumerate(program.row_names):
        lower, upper = program.row_lower[row], program.row_upper[row]
        limit = upper if np.isfinite(upper) else lower
        rule, _, index = name.partition("[")
        if divisible[row] and limit and lower != upper and rule not in derived_rules():
            found = limits_of(rule, audited)[index.removesuffix("]")]
            assert found.limit == pytest.approx(limit, rel=1e-12), name
            assert found.sense == ("<=" if limit == upper else ">="), name
            compared += 1
    assert compared > 20


@pytest.mark.parametrize("table", [table for table in RESULT_TABLES if table != "limits"])
def test_no_row_can_be_dropped_or_doubled_unseen(question: Question, table: str) -> None:
    """Of flips what is known is told; plant need not count for a site that keeps its cap without it."""
    case, plan = question
    rows = getattr(plan, table)
    for changed in ((*rows, rows[0]), *([rows[1:]] if table not in ("flips", "counting") else [])):
        assert not audit(case, plan.model_copy(update={table: changed})).sound


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0])
def test_numbers_that_are_none_are_refused(question: Question, number: float) -> None:
    case, plan = question
    for changed in (with_plan(plan, "sites", peak_mw=number), with_hours(plan, "output_mw", number)):
        report = audit(case, changed)
        assert not report.sound
        assert [each.rule for each in report.checks] == list(schema_checks.CHECKS)


def test_plan_of_other_inputs_is_refused(question: Question) -> None:
    case, plan = question
    assert not audit(replace(case, files={**case.files, "sites.csv": "other"}), plan).sound
    assert not audit(replace(case, files={**case.files, "more.csv": "new"}), plan).sound
    asked = case.settings.model_copy(update={"title": "Another question"})
    assert not audit(replace(case, settings=asked), plan).sound
    assert not audit(case, plan.model_copy(update={"schema_version": 0})).sound


def test_auditor_knows_neither_solver_nor_aspect() -> None:
    listing = "import sys, optimizer.audit.audit; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(run.stdout.split())
    assert not {name for name in loaded if name.split(".")[0] in ("pyomo", "highspy")}
    allowed = {"aspects", "case", "plan", "settings", "terms", "units"}
    assert {name.split(".")[1] for name in loaded if name.startswith("models.")} <= allowed


def test_violations_are_relative_to_the_largest_term() -> None:
    assert float(registry.at_most("", 2.0, 1.0).violation) == pytest.approx(0.5)
    assert float(registry.at_most("", 1.0, 2.0).violation) == 0
    assert float(registry.equal("", 0.1, 0.2).violation) == pytest.approx(0.1)
    assert float(registry.equal("", 0.0, 1.0, 1000.0).violation) == pytest.approx(0.001)


def test_worst_row_is_named_and_what_is_not_a_number_breaks_a_rule() -> None:
    axes = (["p1", "p2"], ["d001"], ["hour 0", "hour 1"])
    violation = np.array([[[0.0, 0.0]], [[0.0, np.nan]]])
    found = registry.check("rule", [registry.Residual("NORTH", violation)], axes)
    assert (found.rows, found.where, found.passed) == (4, "NORTH, p2, d001, hour 1", False)
    assert registry.check("rule", [], axes).passed


def test_money_over_time_by_hand(question: Question) -> None:
    """6 % from 2026; p1 2026-2030, p2 2031-2035; a part year counts by its part."""
    parameters = Parameters(question[0])
    assert parameters.discount_factor(2026) == 1
    assert parameters.annuity("p1") == pytest.approx((1 - 1.06**-5) / 0.06 * 1.06)
    assert parameters.residual_share(2031, 20) == pytest.approx((1 - 1.06**-15) / (1 - 1.06**-20))
    assert parameters.residual_share(2026, 5) == 0
    assert parameters.construction_factor(2) == pytest.approx(np.mean(1.06 ** np.linspace(0, 2, 10_001)), rel=1e-6)
    assert parameters.construction_factor(0) == 1
    part = replace(
        question[0],
        periods={key: row.model_copy(update={"length_years": 1.5}) for key, row in question[0].periods.items()},
    )
    assert Parameters(part).annuity("p1") == pytest.approx(1 + 0.5 / 1.06)


@pytest.mark.parametrize(
    ("life_years", "price_eur", "owed_meur"),
    [(5, 60_000, 0), (8, 60_000, 30 * 3 / 8), (8, 24_000, 12 / 5 * 3), (8, 90_000, 30 * 3 / 8)],
)
def test_worth_of_chips_by_hand(question: Question, life_years: float, price_eur: float, owed_meur: float) -> None:
    """A MW of gpu_b of 2031 costs 30 MEUR; one of 2036 computes as much for a price of its own, five years long."""
    case = with_case(question[0], "chips", "gpu_b", life_years=life_years)
    newest = {"chip": "gpu_c", "first_year": 2036, "life_years": 5.0, "price_eur_per_chip": price_eur}
    chips = {**case.chips, "gpu_c": case.chips["gpu_b"].model_copy(update=newest)}
    parameters = Parameters(replace(case, chips=chips))
    assert parameters.residual_chip_meur_per_mw("gpu_b", "p2") == pytest.approx(owed_meur)


def test_years_of_a_period_by_hand(question: Question) -> None:
    """p2 is 2031-2035: hydro of NORTH is 1,500 MW, a fifth to contract, but of the last two years a tenth of 500."""
    case = question[0]
    less = case.fleets["NORTH", "hydro", 2026].model_copy(
        update={"from_year": 2034, "capacity_mw": 500.0, "uncontracted_share": 0.1}
    )
    dip = case.headrooms["LULE", 2026].model_copy(update={"from_year": 2032, "headroom_mw": 5.0})
    back = dip.model_copy(update={"from_year": 2033, "headroom_mw": 30.0})
    fleets = {**case.fleets, ("NORTH", "hydro", 2034): less}
    headrooms = {**case.headrooms, ("LULE", 2032): dip, ("LULE", 2033): back}
    parameters = Parameters(replace(case, fleets=fleets, headrooms=headrooms))
    assert parameters.fleet_mw("NORTH", "hydro", "p2") == pytest.approx((3 * 1500 + 2 * 500) / 5)
    assert [parameters.contractable_mw("NORTH", "hydro", period) for period in ("p1", "p2")] == [300, 50]
    assert [parameters.headroom_mw("LULE", period) for period in ("p1", "p2")] == [15, 5]
    assert parameters.growth_factors(0.1).ravel() == pytest.approx([(1.1**5 - 1) / 0.5, 1.1**5 * (1.1**5 - 1) / 0.5])
