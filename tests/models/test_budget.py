from dataclasses import replace

import pyomo.environ as pyo
import pytest

from models import budget, compute, siting, sizing
from models.case import Case, Fund, FundCountry, Tranche
from models.formulation import build
from tests.models.paper import asking, best, changed, equation, terms

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


def cofunded(case: Case, **union: object) -> Case:
    """Return the paper case with 400 MEUR of the Union and 300 of a state, which pays in BB alone."""
    state = Fund(fund="state", name="state", kind="state", aid_ceiling_share=1, source="test", quality="estimate")
    money = Tranche(fund="state", period="p2", amount_meur=300, source="test", quality="estimate")
    here = FundCountry(fund="state", country="BB", source="test", quality="estimate")
    both = changed(case, "funds", "public", kind="union", matched_by="state", **union)
    return replace(
        both,
        funds={**both.funds, "state": state},
        tranches={**both.tranches, ("state", "p2"): money},
        fund_countries={("state", "BB"): here},
    )


def test_public_money_is_matched_at_every_site(case: Case) -> None:
    model = build(cofunded(case, match_factor=0.5), PREFIX)
    rule = model.budget.public_money_is_matched
    names = [f"budget.public_meur[F1,{fund},{{}}]" for fund in ("state", "public")]
    paid = list(zip(names, (-1, 0.5), strict=True))
    expected = {name.format(when): amount for name, amount in paid for when in ("p1", "p2")}
    assert equation(rule["F1", "public", "p2"]) == {**expected, "<=": 0}
    assert equation(rule["N1", "public", "p2"])["budget.public_meur[N1,public,p2]"] == 0.5  # no state money in AA
    # the Union pays 400 at most, the state 300: 1 to 1 it is 300 of each, 1 to 2 all 400
    assert best(model, sum(model.budget.public_meur[:, "public", :])) == pytest.approx(400)
    even = build(cofunded(case), PREFIX)
    assert best(even, sum(even.budget.public_meur[:, "public", :])) == pytest.approx(300)


def test_all_public_money_of_a_site_stays_under_one_ceiling(case: Case) -> None:
    free = build(cofunded(case), PREFIX)  # half and all of a site: together no more than it costs
    shares = [{key: -share * amount for key, amount in AT_N1.items()} for share in (1, 0.35)]
    public = {"budget.public_meur[N1,public,p1]": 1}
    assert equation(free.budget.all_public_money_stays_under_the_ceiling["N1", "p1"]) == {
        **public,
        **shares[0],
        "<=": 0,
    }
    bound = build(asking(cofunded(case), "money", aid_ceiling_share=0.35), PREFIX)
    rule = bound.budget.all_public_money_stays_under_the_ceiling
    assert equation(rule["N1", "p1"]) == {**public, **shares[1], "<=": 0}
    assert not build(case, PREFIX).budget.all_public_money_stays_under_the_ceiling  # one fund, its own ceiling


def test_a_fund_pays_where_it_may_and_as_much_as_is_agreed(case: Case) -> None:
    def asked(country: str, **cells: object) -> Case:
        row = FundCountry(fund="public", country=country, source="test", quality="estimate", **cells)
        return replace(case, fund_countries={("public", country): row})

    model = build(asked("AA", floor_meur=50, ceiling_meur=120), PREFIX)
    assert {site for site, *_ in model.budget.public_meur} == {"N1"}
    given = {f"budget.public_meur[N1,public,{period}]": 1 for period in ("p1", "p2")}
    assert equation(model.budget.country_gets_its_floor["public", "AA"]) == {**given, ">=": 50}
    assert equation(model.budget.country_gets_no_more_than_its_ceiling["public", "AA"]) == {**given, "<=": 120}
    model = build(changed(case, "funds", "public", site_ceiling_meur=70.0), PREFIX)
    rule = model.budget.fund_pays_no_more_at_a_site_than_its_ceiling["N1", "public"]
    assert equation(rule) == {**given, "<=": 70}
