import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from models.case import Array, Case
from models.formulation import build
from models.plan import RESULT_TABLES, Plan
from optimizer.audit import binding_limits, registry, schema_checks
from optimizer.audit.audit import BOOKS, audit
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.parameters import Parameters
from optimizer.benders.search import solve_case
from optimizer.case.provenance import provenance_of
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.extract.extract import DERIVED, extract
from optimizer.extract.full_year import with_year
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from tests.years import brute_year

ROOT = Path(__file__).parents[2]
Question = tuple[Case, Plan]
Tampering = Callable[[Case, Plan], Question]

A_SOLVERS_WORD = {
    ("carbon", "system_without_kt"): "several dispatches without data centres cost the same and emit differently",
    ("carbon", "noise_meur"): "how well a solver shared the reservoirs",
    ("limits", "worth"): "a dual value, of which only the sign can be told",
}
"""Columns whose change the audit cannot see, and why."""


@pytest.fixture(scope="module")
def question() -> Question:
    """The tutorial with a grid so tight that a reinforcement is built, and plants so cheap that some are."""
    folder = ROOT / "inputs" / "tutorial"
    case = read_case(folder, load_settings(folder))
    case = with_case(case, "headrooms", headroom_mw=0.0)
    case = with_case(case, "headrooms", ("LULE", 2026), headroom_mw=25.0)
    case = with_case(case, "technologies", "wind", capex_meur_per_mw=0.01)
    case = with_case(case, "workloads", coverage_share=0.05)
    case = with_case(case, "workloads", "inference", coverage_share=0.0)
    solution = solve_case(case, RunMonitor())
    plan = extract(case, solution, provenance_of(case, folder, "base", {}))
    return case, with_year(case, plan, brute_year(case, plan))


def with_case(case: Case, table: str, key: object = None, **columns: object) -> Case:
    """Return the case with columns of a table changed, in every row or in one."""
    rows = getattr(case, table)
    changed: dict[str, Any] = {
        table: {index: row.model_copy(update=columns) if key in (None, index) else row for index, row in rows.items()}
    }
    return replace(case, **changed)


def with_plan(plan: Plan, table: str, where: Callable[[Any], bool] = lambda _: True, **columns: object) -> Plan:
    """Return the plan with columns of a table changed, in every row or in some."""
    rows = tuple(row.model_copy(update=columns) if where(row) else row for row in getattr(plan, table))
    return plan.model_copy(update={table: rows})


def with_hours(plan: Plan, kind: str, hourly_value: float) -> Plan:
    """Return the plan with the first hour of every series of a kind changed."""
    array = plan.hourly.values[kind].copy()
    array[:, 0, 0, 0] = hourly_value
    return with_array(plan, kind, array)


def with_array(plan: Plan, kind: str, array: Array) -> Plan:
    values = {**plan.hourly.values, kind: array}
    return plan.model_copy(update={"hourly": plan.hourly.model_copy(update={"values": values})})


def with_stages(plan: Plan, **columns: object) -> Plan:
    """Return the plan with columns of every stage of the proof changed."""
    stages = tuple(stage.model_copy(update=columns) for stage in plan.proof.stages)
    return plan.model_copy(update={"proof": plan.proof.model_copy(update={"stages": stages})})


def inputs(table: str, key: object = None, **columns: object) -> Tampering:
    return lambda case, plan: (with_case(case, table, key, **columns), plan)


def answers(table: str, **columns: Any) -> Tampering:
    return lambda case, plan: (case, with_plan(plan, table, **columns))


def hours(kind: str, hourly_value: float) -> Tampering:
    return lambda case, plan: (case, with_hours(plan, kind, hourly_value))


def stages(**columns: object) -> Tampering:
    return lambda case, plan: (case, with_stages(plan, **columns))


def proof(**columns: object) -> Tampering:
    return lambda case, plan: (case, plan.model_copy(update={"proof": plan.proof.model_copy(update=columns)}))


def settings(section: str, **keys: object) -> Tampering:
    """Change the scenario of the case, and of the plan lest the form be what fails."""

    def tamper(case: Case, plan: Plan) -> Question:
        changed = getattr(case.settings, section).model_copy(update=keys)
        asked = case.settings.model_copy(update={section: changed})
        provenance = plan.provenance.model_copy(update={"scenario": asked.model_dump(mode="json")})
        return replace(case, settings=asked), plan.model_copy(update={"provenance": provenance})

    return tamper


def all_at_one_place(case: Case, plan: Plan) -> Question:
    return settings("siting", separation_km=1)(with_case(case, "sites", latitude=50.0, longitude=5.0), plan)


def without_step_one(case: Case, plan: Plan) -> Question:
    (substation, _), row = next(iter(case.reinforcements.items()))
    steps = {(substation, 2): row.model_copy(update={"step": 2})}
    return replace(case, reinforcements=steps), with_plan(plan, "reinforcements", step=2)


def covered_from_nowhere(case: Case, plan: Plan) -> Question:
    return with_case(case, "workloads", coverage_share=1.0), with_plan(plan, "sites", opens=0)


def sent_both_ways(case: Case, plan: Plan) -> Question:
    """Send power there and back over a line that loses it, made by a plant that need not run."""
    for way in ("forward_mw", "backward_mw"):
        plan = with_array(plan, way, plan.hourly.values[way] + 1.0)
    return case, plan


def step_taken_twice(case: Case, plan: Plan) -> Question:
    return case, plan.model_copy(update={"reinforcements": plan.reinforcements * 2})


TAMPERINGS: dict[str, Tampering] = {
    "siting.sites_open_when_they_can_be_ready": inputs("sites", permit_year=2099),
    "siting.opens_at_most_once": answers("sites", opens=1),
    "siting.only_an_open_site_is_closed": answers("sites", closes=1),
    "siting.number_of_sites_stays_within_maximum": settings("siting", sites_max=0),
    "siting.number_of_sites_reaches_minimum": settings("siting", sites_min=5),
    "siting.country_stays_within_maximum": inputs("countries", sites_max=0),
    "siting.host_has_a_site": settings("siting", member_states_min=5),
    "siting.enough_member_states_host": settings("siting", member_states_min=5),
    "siting.close_sites_exclude_each_other": all_at_one_place,
    "sizing.halls_suit_the_site": inputs("sites", connection_year=2099),
    "sizing.halls_fit_on_the_land_of_an_open_site": inputs("sites", land_mw=5),
    "sizing.halls_draw_no_more_than_the_grid_could_bring": inputs("headrooms", headroom_mw=1),
    "sizing.open_site_reaches_its_minimum": inputs("sites", minimum_mw=500),
    "sizing.site_without_room_stays_closed": inputs("sites", land_mw=5),
    "demand.service_keeps_the_latency": inputs("workloads", latency_ms=0.1),
    "demand.only_open_sites_serve": answers("sites", opens=0),
    "demand.site_serves_no_more_than_it_computes": inputs("chips", throughput_h100e=0.01),
    "demand.region_gets_no_more_than_it_asks": inputs("demand", demand_kh100e=0.001),
    "demand.region_gets_its_coverage": inputs("workloads", coverage_share=1.0),
    "demand.coverage_beyond_committed_compute_has_a_site_in_reach": covered_from_nowhere,
    "compute.chips_are_on_sale": inputs("chips", last_year=2000),
    "compute.open_site_runs_servers_of_its_least_size": inputs("sites", minimum_mw=500),
    "compute.closed_site_runs_no_servers": answers("sites", opens=0),
    "compute.racks_suit_the_cooling": inputs("cooling", rack_limit_kw=1),
    "compute.servers_in_service_are_those_bought_and_not_yet_worn_out": inputs("chips", life_years=15),
    "compute.servers_fit_in_halls": settings("halls", hall_mw=1),
    "compute.market_delivers_what_is_bought": inputs("chip_supply", limit_kchips=0.001),
    "compute.gigafactory_holds_its_chips": settings("siting", gigafactories_min=1, gigafactory_kchips=1000),
    "compute.enough_gigafactories_stand": settings("siting", gigafactories_min=1, gigafactory_kchips=1000),
    "cooling.withdrawal_stays_within_basin": inputs("basins", available_mm3=-1),
    "cooling.new_halls_keep_the_legal_pue": inputs("countries", pue_limit=1.0),
    "cooling.heat_reused_stays_within_the_sink": answers("sites", reused_mw=10_000),
    "cooling.heat_reused_is_heat_the_halls_deliver": answers("sites", reused_mw=10_000),
    "cooling.heat_reused_passes_the_recovery_built": answers("sites", reused_mw=10_000),
    "cooling.law_on_heat_reuse_is_kept": inputs("countries", reuse_share=1.0),
    "grid.connections_wait_for_their_year": inputs("sites", connection_year=2099),
    "grid.peak_stays_within_connection": answers("connections", connected_mw=0),
    "grid.sites_share_the_substation_queue": inputs("headrooms", headroom_mw=1),
    "grid.step_is_taken_at_most_once": step_taken_twice,
    "grid.steps_are_taken_in_order": without_step_one,
    "power.contracts_stay_within_what_is_uncontracted": inputs("fleets", uncontracted_share=0),
    "power.plants_standing_are_those_built": answers("supply", plant_mw=1000),
    "power.plants_stay_within_the_potential": inputs("potentials", potential_mw=0),
    "power.new_plants_yield_no_more_than_the_data_centres_draw": answers("supply", built_mw=1000),
    "power.new_storage_stays_within_the_peak_of_the_data_centres": answers("supply", built_mw=1000),
    "power.cover_carried_stays_within_the_lines": answers("lines", cover_forward_mw=1000),
    "power.carried_cover_starts_where_it_is_contracted": answers("lines", cover_forward_mw=1000),
    "power.firm_low_carbon_capacity_covers_the_peak": settings("power", cover_share=2),
    "power.reservoir_lasts_the_year": inputs("reservoirs", energy_twh=0.1),
    "carbon.emissions_per_mwh_stay_under_the_cap": settings("carbon", cap_kg_per_mwh=0),
    "carbon.emissions_per_year_stay_under_the_cap": settings("carbon", cap_kt=0),
    "dispatch.existing_load_is_that_of_the_case": inputs("zones", load_growth_share=0.2),
    "dispatch.servers_draw_power_with_their_cooling": settings("halls", utilisation_share=0.1),
    "dispatch.output_stays_within_availability": inputs("fleets", capacity_mw=0),
    "dispatch.reservoir_gives_what_is_allotted": answers("reservoirs", allotted_mw=0),
    "dispatch.charging_stays_within_capacity": hours("charge_mw", 1000),
    "dispatch.discharging_stays_within_capacity": hours("discharge_mw", 1000),
    "dispatch.level_stays_within_the_store": hours("level_mwh", 10_000),
    "dispatch.storage_ends_the_day_as_it_began": hours("level_mwh", 1),
    "dispatch.flows_stay_within_the_lines": inputs("lines", forward_mw=0),
    "dispatch.energy_balances": inputs("lines", loss_share=0.3),
    "dispatch.voltage_drops_cancel_around_every_cycle": inputs(
        "lines", from_zone="NORTH", to_zone="WEST", reactance_pu=0.1
    ),
    "dispatch.power_goes_round_only_where_output_is_paid_for": sent_both_ways,
    "dispatch.hardly_any_load_is_shed": hours("shed_mw", 1000),
    "dispatch.matching_stays_within_the_draw": hours("matched_mw", 1000),
    "dispatch.matching_needs_contracted_or_built_plant": hours("matched_mw", 1000),
    "dispatch.unmatched_draw_emits_at_the_zone_intensity": answers("days", emitted_t=0),
    "budget.every_cost_is_paid": inputs("chips", price_eur_per_chip=1),
    "budget.spending_stays_within_the_tranches": inputs("tranches", amount_meur=0),
    "budget.public_money_goes_to_sites": answers("spending", spent_meur=1),
    "budget.aid_stays_under_the_ceiling": inputs("funds", aid_ceiling_share=0),
    "year.servers_draw_power_with_their_cooling_on_every_day": answers("year_days", servers_mwh=1.0),
    "year.draw_is_matched_as_far_as_contracts_and_plants_allow": answers("year_days", matched_mwh=1e6),
    "year.unmatched_draw_emits_at_the_zone_intensity_on_every_day": answers("year_days", emitted_t=1e6),
    "year.reservoirs_last_the_year": inputs("reservoirs", energy_twh=0.1),
    "year.nothing_is_burnt_where_nothing_pays_for_it": answers("year_days", burnt_mwh=1.0),
    "year.hardly_any_load_is_shed_on_any_day": answers("year_days", shed_mwh=1e6),
    "year.totals_are_those_of_the_days": answers("year", present_meur=1.0),
    "year.sampled_days_cost_and_emit_what_an_own_dispatch_does": answers("year_days", baseline_meur=0.5),
    "objective.stages_are_those_asked": stages(sense="maximise"),
    "objective.gap_is_that_of_bound_and_value": stages(gap_share=0.5),
    "objective.bound_is_no_worse_than_the_value": stages(bound=0.0),
    "objective.solved_means_within_the_gap_asked": stages(gap_share=0.5),
    "objective.plan_achieves_what_its_stages_claim": stages(plan_value=1e6),
    "objective.bound_is_no_worse_than_before_branching": stages(root_bound=1.0, sense="maximise"),
    "objective.committed_compute_is_that_without_new_sites": proof(committed_compute=1.0),
    "objective.programme_holds_at_the_plan": proof(violations=()),
    "objective.options_are_those_of_the_scenario": proof(options={"gap_share": "0.5"}),
}
"""Rule -> a change of case or plan that breaks it."""


def verdict(question: Question, rule: str) -> bool:
    case, plan = question
    return next(each.passed for each in audit(case, plan).checks if each.rule == rule)


def test_solved_plan_is_sound(question: Question) -> None:
    report = audit(*question)
    assert report.sound, [each for each in report.checks if not each.passed]


def test_plan_read_back_is_sound(question: Question) -> None:
    case, plan = question
    assert audit(case, Plan.model_validate(json.loads(plan.model_dump_json()) | {"hourly": plan.hourly})).sound


def test_every_rule_of_the_formulation_is_audited_under_its_name(question: Question) -> None:
    constraints = build(question[0]).component_objects(pyo.Constraint)
    names = {".".join((each.name.split(".")[0].split("[")[0], each.local_name)) for each in constraints}
    assert names <= {name for book in BOOKS for name in book}


def test_every_rule_has_a_change_that_breaks_it() -> None:
    assert set(TAMPERINGS) == {name for book in BOOKS for name in book if not name.startswith("tables.")}


@pytest.mark.parametrize("rule", TAMPERINGS)
def test_rule_fails_where_it_is_broken(question: Question, rule: str) -> None:
    account = AuditedPlan(*TAMPERINGS[rule](*question))
    book = next(book for book in BOOKS if rule in book)
    assert not registry.check(rule, book[rule](account), ()).passed


def numeric_columns() -> Iterator[tuple[str, str, type]]:
    for table, answer in RESULT_TABLES.items():
        for column, field in answer.model_fields.items():
            if field.annotation in (int, float) and (table, column) not in A_SOLVERS_WORD:
                yield table, column, int if field.annotation is int else float


def changes_of(number: float, kind: type) -> set[float]:
    if kind is int:
        return {number + 1, number - 1, -number} - {number}
    step = max(0.01, 0.01 * abs(number))
    return {number + step, number - step} | ({-number} if abs(number) > 1e-3 else set())


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


@pytest.mark.parametrize("column", ["value", "bound", "gap_share", "plan_value", "plan_gap_share"])
def test_no_number_of_the_proof_can_be_changed_unseen(question: Question, column: str) -> None:
    case, plan = question
    for stage in plan.proof.stages:
        for number in changes_of(getattr(stage, column), float):
            changed = with_stages_of(plan, stage.objective, **{column: number})
            assert not audit(case, changed).sound, (stage, number)


def with_stages_of(plan: Plan, objective: str, **columns: object) -> Plan:
    stages = tuple(
        stage.model_copy(update=columns) if stage.objective == objective else stage for stage in plan.proof.stages
    )
    return plan.model_copy(update={"proof": plan.proof.model_copy(update={"stages": stages})})


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
    case, plan = question
    account, program = AuditedPlan(case, plan), build_extensive_form(case).compiled.program
    compared = 0
    for name, lower, upper in zip(program.row_names, program.row_lower, program.row_upper, strict=True):
        limit = upper if np.isfinite(upper) else lower
        if limit and lower != upper and not name.startswith(DERIVED):
            rule, _, index = name.partition("[")
            found = {",".join(map(str, key)): number for key, number, _ in binding_limits.LIMITS[rule](account)}
            assert found[index.removesuffix("]")] == pytest.approx(limit, rel=1e-12), name
            compared += 1
    assert compared > 20


@pytest.mark.parametrize("table", [table for table in RESULT_TABLES if table != "limits"])
def test_no_row_can_be_dropped_or_doubled_unseen(question: Question, table: str) -> None:
    case, plan = question
    rows = getattr(plan, table)
    for changed in (rows[1:], (*rows, rows[0])):
        assert not audit(case, plan.model_copy(update={table: changed})).sound


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -1.0])
def test_numbers_that_are_none_are_refused(question: Question, number: float) -> None:
    case, plan = question
    for changed in (with_plan(plan, "sites", peak_mw=number), with_hours(plan, "output_mw", number)):
        report = audit(case, changed)
        assert not report.sound
        assert [each.rule for each in report.checks] == list(schema_checks.BOOK)


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
    allowed = {"models", "models.case", "models.plan", "models.settings", "models.units"}
    assert {name for name in loaded if name.split(".")[0] == "models"} <= allowed


def test_violations_are_relative_to_the_largest_term() -> None:
    assert float(registry.at_most("", 2.0, 1.0).excess) == pytest.approx(0.5)
    assert float(registry.at_most("", 1.0, 2.0).excess) == 0
    assert float(registry.equal("", 0.1, 0.2).excess) == pytest.approx(0.1)
    assert float(registry.equal("", 0.0, 1.0, 1000.0).excess) == pytest.approx(0.001)


def test_worst_row_is_named_and_what_is_not_a_number_breaks_a_rule() -> None:
    axes = (["p1", "p2"], ["d001"], ["hour 0", "hour 1"])
    excess = np.array([[[0.0, 0.0]], [[0.0, np.nan]]])
    found = registry.check("rule", [registry.Residual("NORTH", excess)], axes)
    assert (found.rows, found.where, found.passed) == (4, "NORTH, p2, d001, hour 1", False)
    assert registry.check("rule", [], axes).passed


def test_money_over_time_by_hand(question: Question) -> None:
    """6 % from 2026; p1 2026-2030, p2 2031-2035; a part year counts by its part."""
    facts = Parameters(question[0])
    assert facts.present(2026) == 1
    assert facts.annuity("p1") == pytest.approx((1 - 1.06**-5) / 0.06 * 1.06)
    assert facts.left_share(2031, 20) == pytest.approx((1 - 1.06**-15) / (1 - 1.06**-20))
    assert facts.left_share(2026, 5) == 0
    assert facts.built(2) == pytest.approx(np.mean(1.06 ** np.linspace(0, 2, 10_001)), rel=1e-6)
    assert facts.built(0) == 1
    part = replace(
        question[0],
        periods={key: row.model_copy(update={"length_years": 1.5}) for key, row in question[0].periods.items()},
    )
    assert Parameters(part).annuity("p1") == pytest.approx(1 + 0.5 / 1.06)


@pytest.mark.parametrize(
    ("life_years", "price_eur", "left_meur"),
    [(5, 60_000, 0), (8, 60_000, 30 * 3 / 8), (8, 24_000, 12 / 5 * 3), (8, 90_000, 30 * 3 / 8)],
)
def test_worth_of_chips_by_hand(question: Question, life_years: float, price_eur: float, left_meur: float) -> None:
    """A MW of gpu_b of 2031 costs 30 MEUR; one of 2036 computes as much for a price of its own, five years long."""
    case = with_case(question[0], "chips", "gpu_b", life_years=life_years)
    newest = {"chip": "gpu_c", "first_year": 2036, "life_years": 5.0, "price_eur_per_chip": price_eur}
    chips = {**case.chips, "gpu_c": case.chips["gpu_b"].model_copy(update=newest)}
    assert Parameters(replace(case, chips=chips)).left_chip_meur("gpu_b", "p2") == pytest.approx(left_meur)


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
    facts = Parameters(replace(case, fleets=fleets, headrooms=headrooms))
    assert facts.fleet_mw("NORTH", "hydro", "p2") == pytest.approx((3 * 1500 + 2 * 500) / 5)
    assert [facts.contractable_mw("NORTH", "hydro", period) for period in ("p1", "p2")] == [300, 50]
    assert [facts.headroom_mw("LULE", period) for period in ("p1", "p2")] == [25, 5]
    assert facts.grown(0.1).ravel() == pytest.approx([(1.1**5 - 1) / 0.5, 1.1**5 * (1.1**5 - 1) / 0.5])


def test_price_basis_by_hand(question: Question) -> None:
    """NORTH draws energy, and its new wind blows on the mean of its hours; 30 EUR/MWh that fall by a tenth a year."""
    case, plan = question
    north = case.price_basis["EAST"].model_copy(update={"zone": "NORTH", "basis_eur_per_mwh": 30.0})
    power = case.settings.power.model_copy(update={"price_basis_decay_share": 0.1, "price_basis_scale": 0.5})
    settings = case.settings.model_copy(update={"power": power})
    account = AuditedPlan(replace(case, settings=settings, price_basis={"NORTH": north}), plan)
    wind_mw = sum(row.built_mw for row in plan.supply if (row.zone, row.technology) == ("NORTH", "wind"))
    drawn_twh = sum(row.energy_twh for row in plan.sites if (row.zone, row.period) == ("NORTH", "p2"))
    assert wind_mw > 0
    assert drawn_twh > 0
    net_twh = drawn_twh - wind_mw * float(case.hourly["availability"]["NORTH.wind"].mean()) * 8760 / 1e6
    basis = 0.5 * 30 * sum(0.9**years for years in range(5, 10)) / 5
    assert account.basis_meur("NORTH", "p2") == pytest.approx(basis * net_twh)
    assert account.basis_meur("EAST", "p2") == 0
