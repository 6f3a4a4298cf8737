import pyomo.environ as pyo
import pytest

from models import budget, compute, siting, sizing
from models.case import Case
from models.formulation import build
from tests.models.paper import best, changed, equation, terms

PREFIX = (siting, sizing, compute, budget)
AT_N1 = {
    "sizing.halls[N1,air,p1]": 200,
    "sizing.halls[N1,liquid,p1]": 220,
    "siting.open_in[N1,p1]": 50,
    "compute.fitted_mw[N1,small,air,p1]": 30,
    "compute.fitted_mw[N1,small,liquid,p1]": 30,
}
AT_F1 = {
    "sizing.halls[F1,air,p1]": 160,
    "sizing.halls[F1,liquid,p1]": 176,
    "siting.open_in[F1,p1]": 30,
    "compute.fitted_mw[F1,small,air,p1]": 30,
    "compute.fitted_mw[F1,small,liquid,p1]": 30,
}


@pytest.fixture(scope="module")
def small(case: Case) -> pyo.ConcreteModel:
    return build(case, PREFIX)


def test_every_cost_is_paid(small: pyo.ConcreteModel) -> None:
    capital = {**AT_N1, **AT_F1}
    assert terms(small.budget.capital_meur["p1"]) == capital
    spent = {f"budget.spent_meur[{fund},p1]": 1 for fund in ("private", "public")}
    owed = {name: -amount for name, amount in capital.items()}
    assert equation(small.budget.every_cost_is_paid["p1"]) == {**spent, **owed, "==": 0}


def test_the_whole_formulation_pays_for_grid_and_plants_too(model: pyo.ConcreteModel) -> None:
    paid = terms(model.budget.capital_meur["p1"])
    assert paid["grid.reinforced[UF,1,p1]"] == 30
    assert paid["power.built_mw[FAR,battery,p1]"] == 1


def test_spending_stays_within_the_tranches(small: pyo.ConcreteModel) -> None:
    rule = small.budget.spending_stays_within_the_tranches
    assert equation(rule["private", "p1"]) == {"budget.spent_meur[private,p1]": 1, "<=": 1000}
    saved = {"budget.spent_meur[private,p1]": 1, "budget.spent_meur[private,p2]": 1, "<=": 1500}
    assert equation(rule["private", "p2"]) == saved  # what is not spent stays
    assert terms(small.budget.available_meur["public", "p1"]) == {}  # nothing is released before 2031


def test_public_money_goes_to_sites(small: pyo.ConcreteModel) -> None:
    given = {f"budget.public_meur[{site},public,p2]": -1 for site in ("F1", "F2", "N1")}
    expected = {"budget.spent_meur[public,p2]": 1, **given, "==": 0}
    assert equation(small.budget.public_money_goes_to_sites["public", "p2"]) == expected


def test_aid_stays_under_the_ceiling(small: pyo.ConcreteModel) -> None:
    assert terms(small.budget.site_money_meur["N1", "p1"]) == AT_N1
    half = {name: -0.5 * amount for name, amount in AT_N1.items()}
    rule = small.budget.aid_stays_under_the_ceiling["N1", "public", "p1"]
    assert equation(rule) == {"budget.public_meur[N1,public,p1]": 1, **half, "<=": 0}


def test_most_servers_on_paper(case: Case) -> None:
    lone = changed(case, "chip_supply", ("small", "tier2", "p1"), limit_kchips=0.0)
    model = build(lone, PREFIX)
    # 1,000 MEUR: 50 to open, two halls with air 400; the other 550 would buy 18.3 MW, not the least size of 30
    assert best(model, model.compute.site_servers_mw["N1", "p1"]) == 0
    richer = build(changed(lone, "tranches", ("private", "p1"), amount_meur=1400.0), PREFIX)
    assert best(richer, richer.compute.site_servers_mw["N1", "p1"]) == pytest.approx(950 / 30)


def test_public_money_needs_as_much_private_money(case: Case) -> None:
    thrifty = changed(case, "tranches", ("private", "p2"), amount_meur=0.0)
    for tranche in (("private", "p1"), ("public", "p2")):
        thrifty = changed(thrifty, "tranches", tranche, amount_meur=400.0)
    model = build(thrifty, PREFIX)
    servers = model.compute.site_servers_mw["F1", "p2"]
    # 800 MEUR, half of them public and all spent at F1: 30 to open, 176 for a hall, 594 buy 19.8 MW
    assert best(model, servers) == pytest.approx((800 - 30 - 176) / 30)
    scarce = build(changed(thrifty, "tranches", ("private", "p1"), amount_meur=300.0), PREFIX)
    # 300 private MEUR carry no more than 300 public ones
    assert best(scarce, scarce.compute.site_servers_mw["F1", "p2"]) == pytest.approx((600 - 30 - 176) / 30)
