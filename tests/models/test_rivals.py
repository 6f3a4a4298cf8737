"""Rivals of the sites that a plan chooses: the tutorial's plan, and a case of which everything else is known."""

from dataclasses import replace

import pytest

from models.case import Case, Statement
from models.plan import Plan
from models.rivals import rivals
from models.site_costs import Campus
from optimizer.report.summary_rivals import estimated_share


def test_the_sites_of_the_tutorial_that_could_hold_two_halls(tutorial_case: Case, tutorial_plan: Plan) -> None:
    """BUGEY cannot be connected in the first period; LODZ is cheaper to first order, and too dirty."""
    assert list(dict.fromkeys((row.site, row.rival) for row in tutorial_plan.rivals)) == [
        ("LULEA", "LODZ"),
        ("LULEA", "LYON"),
    ]
    assert rivals(tutorial_case, tutorial_plan) == tutorial_plan.rivals
    prices = {(row.zone, row.period): row.price_eur_per_mwh for row in tutorial_plan.zones}
    campus = Campus(tutorial_case, "p1", 40.0, frozenset({"liquid_dry"}), prices)
    for rival in ("LODZ", "LYON"):
        rows = [row for row in tutorial_plan.rivals if row.rival == rival]
        assert {row.column: row.site_meur for row in rows} == {
            column: meur for column, (meur, _) in (campus.costs("LULEA") or {}).items()
        }
        assert {row.column: row.rival_meur for row in rows} == {
            column: meur for column, (meur, _) in (campus.costs(rival) or {}).items()
        }


def test_the_chosen_site_costs_what_the_plan_pays_for_it(tutorial_plan: Plan) -> None:
    """LULEA is all that is built, at once: halls and opening, heat, and wages and chips apart."""
    costs = {row.column: row.site_meur for row in tutorial_plan.rivals}
    paid = {
        aspect: sum(row.present_meur for row in tutorial_plan.money if row.aspect == aspect)
        for aspect in ("sizing", "cooling")
    }
    assert costs["countries.building_factor"] + costs["sites.opening_meur"] == pytest.approx(paid["sizing"])
    assert costs["sites.heat_sink_mw"] == pytest.approx(paid["cooling"], rel=1e-4)  # of heat a hair is left
    contracts = sum(row.contracted_mw for row in tutorial_plan.supply if row.technology == "hydro") / 2  # two periods
    yearly_meur = contracts * 10 * 8 / 1500
    assert costs["fleets.uncontracted_share"] == pytest.approx(yearly_meur * 7.80169, rel=1e-5)


def test_energy_costs_what_the_dispatch_says(tutorial_plan: Plan) -> None:
    """Coal at 80 EUR/MWh is burnt for one more MWh in the first period, gas at 100 after some of the coal is gone."""
    prices = {(row.zone, row.period): row.price_eur_per_mwh for row in tutorial_plan.zones}
    assert 80 <= prices["EAST", "p1"] < 85
    assert prices["EAST", "p1"] < prices["EAST", "p2"] <= 100


def test_differences_rest_on_estimates_by_their_size(tutorial_case: Case, tutorial_plan: Plan) -> None:
    assert estimated_share([*tutorial_plan.rivals]) == 1
    assert estimated_share([]) is None
    sources = {
        ("countries", "*", "building_factor"): Statement(
            table="countries", row="*", column="building_factor", source="index", quality="derived"
        )
    }
    rows = rivals(replace(tutorial_case, sources=sources), tutorial_plan)
    gaps = {(row.rival, row.column): abs(row.rival_meur - row.site_meur) for row in rows}
    built = sum(gap for (_, column), gap in gaps.items() if column == "countries.building_factor")
    assert estimated_share([*rows]) == pytest.approx(1 - built / sum(gaps.values()))
    assert built / sum(gaps.values()) > 0.3
