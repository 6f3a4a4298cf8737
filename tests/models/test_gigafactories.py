"""Gigafactories weighed: the tutorial's chips, halls and stations on paper."""

from dataclasses import replace

import pytest

from models.case import Case
from models.gigafactories import factory_sizes, gigafactories, with_standing
from models.plan import GigafactoryRow, Plan
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.gigafactories import expected_gigafactories
from optimizer.report.summary_gigafactories import gigafactories_section, least_capital, verdict
from tests.models.paper import asking

AIRSIDE_PUE, LIQUID_PUE = ("LODZ", "airside"), ("LODZ", "liquid_dry")
LODZ_CONNECTION = 0.12 + 5 * 0.00075
"""MEUR per MW: the works, and 5 km of line."""


def weighed(case: Case, number: int, kchips: float) -> tuple[GigafactoryRow, ...]:
    return gigafactories(asking(case, "siting", gigafactories_weighed=number, gigafactory_kchips=kchips))


def today_meur(case: Case) -> float:
    """Return the cost of a thousand chips of today: 30,000 EUR and 1 kW each, in Lodz at 0.8 of 10 MEUR per MW."""
    return 30 + 0.8 * 10 + case.climate.pue_design[AIRSIDE_PUE] * LODZ_CONNECTION


def later_meur(case: Case) -> float:
    """Return the cost of a thousand of 2031: 60,000 EUR and 2 kW each, in racks that need liquid at 11 MEUR per MW."""
    return 60 + 2 * (0.8 * 11 + case.climate.pue_design[LIQUID_PUE] * LODZ_CONNECTION)


def test_chips_that_serve_are_counted_where_they_cost_least(tutorial_case: Case) -> None:
    assert tutorial_case.settings.money.connection_meur_per_mw_km == 0.00075
    early, late = weighed(tutorial_case, 2, 40.0)
    assert (early.period, early.gigafactories, early.each_kchips) == ("p1", 2, 40)
    assert early.supply_kchips == late.supply_kchips == 80  # of 100 each; today's are worn out in 2031
    assert early.least_meur == pytest.approx(80 * today_meur(tutorial_case))
    assert late.least_meur == pytest.approx(80 * later_meur(tutorial_case))
    assert (early.available_meur, late.available_meur) == (2000, 3000)
    assert early.affordable_kchips == pytest.approx(2000 / today_meur(tutorial_case))
    assert late.affordable_kchips == pytest.approx(3000 / later_meur(tutorial_case))
    assert (early.site_mw, late.site_mw) == (40, 80)
    assert (early.sites, late.sites) == (2, 2)  # LODZ and LULEA have two halls, then LODZ four and BUGEY five


def test_what_is_not_on_sale_is_not_priced(tutorial_case: Case) -> None:
    early, late = weighed(tutorial_case, 3, 40.0)
    assert early.supply_kchips == late.supply_kchips == 100
    assert early.least_meur == pytest.approx(100 * today_meur(tutorial_case))
    assert weighed(tutorial_case, 1, 200.0)[0].sites == 0
    assert weighed(tutorial_case, 0, 40.0) == ()


def test_older_chips_count_for_the_part_of_the_period_that_they_serve(tutorial_case: Case) -> None:
    """With a life of 7.5 years half of today's 100 thousand count in the second period, at twice the cost each."""
    chips = {**tutorial_case.chips, "gpu_a": tutorial_case.chips["gpu_a"].model_copy(update={"life_years": 7.5})}
    case = replace(tutorial_case, chips=chips)
    late = weighed(case, 3, 40.0)[1]
    assert late.supply_kchips == 120
    old_meur, new_meur = 2 * today_meur(case), later_meur(case)
    assert old_meur < new_meur
    assert late.least_meur == pytest.approx(50 * old_meur + 70 * new_meur)
    assert late.affordable_kchips == pytest.approx(3000 / old_meur)
    assert late.site_mw == 80  # of 2 kW for each in service, whichever it is


def test_a_station_that_lacks_the_power_and_a_rack_without_cooling_leave_no_room(tutorial_case: Case) -> None:
    headrooms = {key: row.model_copy(update={"headroom_mw": 48.0}) for key, row in tutorial_case.headrooms.items()}
    pues = {site: tutorial_case.climate.pue_design[site, "liquid_dry"] for site in ("LODZ", "LULEA")}
    assert max(pues.values()) < 48 / 40  # so that two halls draw less than that
    assert weighed(replace(tutorial_case, headrooms=headrooms), 1, 40.0)[0].sites == 3  # LYON with air as well
    headrooms = {key: row.model_copy(update={"headroom_mw": 39.0}) for key, row in tutorial_case.headrooms.items()}
    assert weighed(replace(tutorial_case, headrooms=headrooms), 1, 40.0)[0].sites == 0
    chips = {**tutorial_case.chips, "gpu_b": tutorial_case.chips["gpu_b"].model_copy(update={"rack_kw": 600.0})}
    late = weighed(replace(tutorial_case, chips=chips), 2, 40.0)[1]
    assert (late.supply_kchips, late.least_meur, late.affordable_kchips, late.site_mw, late.sites) == (0, 0, 0, 0, 0)


def test_a_hall_that_no_chip_could_stand_in_is_not_the_cheapest_one(tutorial_case: Case, tutorial_plan: Plan) -> None:
    """Of two sites BUGEY is cheaper, but opens in 2031, when no chip is sold that its halls with outside air carry."""
    chips = {**tutorial_case.chips, "gpu_a": tutorial_case.chips["gpu_a"].model_copy(update={"life_years": 7.5})}
    sites = {site: tutorial_case.sites[site] for site in ("BUGEY", "LYON")}
    case = replace(tutorial_case, chips=chips, sites=sites)
    late = weighed(case, 3, 40.0)[1]
    lyon_meur = 1.1 * 10 + case.climate.pue_design["LYON", "airside"] * (0.12 + 15 * 0.00075)
    assert late.affordable_kchips == pytest.approx(3000 / (2 * (30 + lyon_meur)))
    asked = asking(case, "siting", gigafactories_weighed=3, gigafactory_kchips=40.0)
    recomputed = expected_gigafactories(AuditedPlan(asked, tutorial_plan), "p2")
    assert recomputed == pytest.approx({column: getattr(late, column) for column in recomputed})


def _plan_with(plan: Plan, row: GigafactoryRow) -> Plan:
    return plan.model_copy(update={"gigafactories": (row,)})


def test_the_summary_says_what_stands_against_them(tutorial_case: Case, tutorial_plan: Plan) -> None:
    """LULEA is all that the tutorial builds: two halls of today's chips, then of those of 2031."""
    late = weighed(tutorial_case, 3, 40.0)[1]
    text = verdict(_plan_with(tutorial_plan, late))
    assert text.startswith(
        "Of 3 gigafactories of 40 thousand chips the plan has 0 in p2: 20 thousand at new sites, 20 at the largest. "
    )
    paid = 3000 / later_meur(tutorial_case)
    assert f"money: 3,000 MEUR pay at most {paid:.1f} of the 120 thousand ({paid:.1f} in any period)" in text
    assert f"the 100 on sale cost at least {100 * later_meur(tutorial_case):,.0f}" in text
    assert "chips: 100 of 120 thousand are on sale in time" in text
    assert "room: 2 sites of 3 have land and grid for 80 MW of servers" in text
    assert text in gigafactories_section(_plan_with(tutorial_plan, late))
    assert verdict(tutorial_plan) == gigafactories_section(tutorial_plan) == ""


def test_the_summary_says_where_nothing_stands_against_them(tutorial_case: Case, tutorial_plan: Plan) -> None:
    one = weighed(tutorial_case, 1, 1.0)[1]
    asked = asking(tutorial_case, "siting", gigafactory_kchips=1.0)
    having = with_standing(asked, _plan_with(tutorial_plan, one))
    built = verdict(tutorial_plan.model_copy(update={"gigafactories": having}))
    assert built.startswith("Of 1 gigafactory of 1 thousand chips the plan has 1 in p2: ")
    assert built.endswith(" at the largest.")
    possible = weighed(tutorial_case, 1, 30.0)[1]
    assert verdict(_plan_with(tutorial_plan, possible)).endswith("By chips, money and room alone they could be.")


def test_compute_of_advanced_chips_is_weighed_as_chips_are(tutorial_case: Case, tutorial_plan: Plan) -> None:
    """A chip of 2031 is 2.5 H100e for 0.95 of the time; today's, of one, are not advanced."""
    rules = {"gigafactory_by": "h100e", "gigafactory_kh100e": 95.0, "gigafactory_chip_h100e": 2.0}
    asked = asking(tutorial_case, "siting", gigafactories_weighed=2, gigafactory_countries=("PL",), **rules)
    early, late = gigafactories(asked)
    assert (early.supply_kh100e, early.sites) == (0, 0)
    assert (late.each_kchips, late.supply_kchips, late.affordable_kchips) == (0, 0, 0)
    assert late.each_kh100e == 95
    assert late.supply_kh100e == pytest.approx(190)  # 80 of the 100 thousand on sale
    assert late.least_meur == pytest.approx(80 * later_meur(tutorial_case))
    assert late.affordable_kh100e == pytest.approx(3000 / later_meur(tutorial_case) * 2.5 * 0.95)
    assert late.site_mw == pytest.approx(80)
    assert late.sites == 1  # LODZ alone is in Poland
    audited = AuditedPlan(asked, tutorial_plan)
    for row in (early, late):
        expected = expected_gigafactories(audited, row.period)
        assert expected == pytest.approx({column: getattr(row, column) for column in expected})
    assert "on sale cost at least" in verdict(_plan_with(tutorial_plan, late))
    assert "95 kH100e the plan has 0 in p2" in verdict(_plan_with(tutorial_plan, late))


def test_a_site_is_as_large_as_it_has_been_since_it_opened(tutorial_case: Case, tutorial_plan: Plan) -> None:
    held = {row.period: row.chips_kchips for row in tutorial_plan.sites if row.site == "LULEA"}
    opens = {row.period for row in tutorial_plan.sites if row.site == "LULEA" and row.opens}
    assert opens == {"p1"}
    assert factory_sizes(tutorial_case, tutorial_plan) == {"LULEA": pytest.approx(min(held.values()))}
    later = asking(tutorial_case, "siting", gigafactory_chip_h100e=2.0)
    assert factory_sizes(later, tutorial_plan) == {"LULEA": 0}  # the chips with which it opened are not advanced
    assert factory_sizes(asking(tutorial_case, "siting", gigafactory_countries=("PL",)), tutorial_plan) == {}


def test_the_summary_says_what_gigafactories_take_at_least(tutorial_plan: Plan) -> None:
    (first, *_) = tutorial_plan.proof.stages
    stage = first.model_copy(
        update={"objective": "capital", "sense": "minimise", "bound": 3210.0, "plan_value": 3300.0}
    )
    proof = tutorial_plan.proof.model_copy(update={"stages": (stage,)})
    asked = {**tutorial_plan.provenance.scenario, "siting": {"gigafactories_min": 2}}
    provenance = tutorial_plan.provenance.model_copy(update={"scenario": asked})
    plan = tutorial_plan.model_copy(update={"proof": proof, "provenance": provenance})
    assert least_capital(tutorial_plan) == ""
    assert least_capital(plan) == (
        "2 gigafactories, with all else that the scenario asks for, take at least 3.21 billion EUR of capital (proved, "
        "not discounted); this plan takes 3.30, with new sites in p2 at Lulea (20 thousand chips)."
    )
    assert least_capital(plan) in gigafactories_section(plan)
