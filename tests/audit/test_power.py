from dataclasses import replace

import pytest

from models.case import Case
from models.plan import Plan
from optimizer.audit import power
from optimizer.audit.costs import AuditedPlan
from tests.audit.tampering import Question, answers, breaking_test, inputs, settings, with_case, with_plan


def too_much_free(case: Case, plan: Plan) -> Question:
    """Say that all of every line is free, which the system without data centres needs, with the water of the plan."""
    case, plan = settings("power", cover_spare_lines=True, cover_stress_share=1.0)(case, plan)
    case = with_case(case, "technologies", "battery", carries_over=False)  # else no day stands by itself
    plan = with_plan(plan, "lines", spare_forward_mw=500.0, spare_backward_mw=500.0)
    rows = tuple(row.model_copy(update={"baseline_allotted_mw": row.allotted_mw}) for row in plan.reservoirs)
    return case, plan.model_copy(update={"reservoirs": rows})


test_every_rule_fails_where_it_is_broken = breaking_test(
    power.CHECKS,
    {
        "contracts_stay_within_what_is_uncontracted": inputs("fleets", uncontracted_share=0),
        "plants_standing_are_those_built": answers("supply", plant_mw=1000),
        "plants_stay_within_the_potential": inputs("potentials", potential_mw=0),
        "new_plants_yield_no_more_than_the_data_centres_draw": answers("supply", built_mw=1000),
        "new_storage_stays_within_the_peak_of_the_data_centres": answers("supply", built_mw=1000),
        "cover_carried_stays_within_the_lines": answers("lines", cover_forward_mw=1000),
        "cover_fits_into_what_the_system_leaves_free": settings("power", cover_spare_lines=True),
        "what_lines_leave_free_costs_the_system_nothing": too_much_free,
        "carried_cover_starts_where_it_is_contracted": answers("lines", cover_forward_mw=1000),
        "contracts_run_for_their_term": settings("power", contract_years=5.0),
        "sustained_low_carbon_power_covers_the_draw": settings("power", cover_energy_share=2.0),
        "carried_energy_starts_where_it_is_contracted": answers("lines", mean_forward_mw=1000),
        "energy_is_carried_with_cover": answers("lines", mean_backward_mw=1000),
        "own_part_is_contracted": answers("supply", own_mw=1000),
        "carried_cover_is_not_matched_at_home": answers("lines", cover_forward_mw=1000),
        "firm_low_carbon_capacity_covers_the_peak": settings("power", cover_share=2),
        "reservoir_lasts_the_year": inputs("reservoirs", energy_twh=0.1),
    },
)


@pytest.mark.parametrize(("listed", "firm_mw"), [((), 300.0), (("nuclear",), 0.0), (("hydro",), 300.0)])
def test_only_what_the_scenario_lists_may_give_cover(
    question: Question, listed: tuple[str, ...], firm_mw: float
) -> None:
    case, plan = settings("power", cover_technologies=listed)(*question)
    audited = AuditedPlan(case, plan)
    assert audited.contractable_mw("NORTH", "hydro", "p1") == firm_mw
    assert audited.buildable_mw("NORTH", "wind", "p2") > 0


def test_price_basis_by_hand(question: Question) -> None:
    """WEST draws energy, new wind and reactors give their mean; 30 EUR/MWh that fall by a tenth a year."""
    case, plan = question
    west = case.price_basis["EAST"].model_copy(update={"zone": "WEST", "basis_eur_per_mwh": 30.0})
    power = case.settings.power.model_copy(update={"price_basis_decay_share": 0.1, "price_basis_scale": 0.5})
    settings = case.settings.model_copy(update={"power": power})
    audited = AuditedPlan(replace(case, settings=settings, price_basis={"WEST": west}), plan)
    built_mw = {
        kind: sum(row.built_mw for row in plan.supply if (row.zone, row.technology) == ("WEST", kind))
        for kind in ("wind", "nuclear")
    }
    drawn_twh = sum(row.energy_twh for row in plan.sites if (row.zone, row.period) == ("WEST", "p2"))
    assert min(built_mw.values()) > 0
    assert drawn_twh > 0
    hourly = case.hourly["availability"]
    mean_mw = sum(mw * float(hourly[f"WEST.{kind}"].mean()) for kind, mw in built_mw.items())
    net_twh = drawn_twh - mean_mw * 8760 / 1e6
    basis = 0.5 * 30 * sum(0.9**years for years in range(5, 10)) / 5
    assert audited.basis_meur("WEST", "p2") == pytest.approx(basis * net_twh)
    assert audited.basis_meur("EAST", "p2") == 0
