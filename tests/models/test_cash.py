from dataclasses import replace

import pyomo.environ as pyo
import pytest

from models.case import Case, Fund, Tranche
from models.cash import payment_share
from models.formulation import build
from tests.models.paper import asking, changed, equation, terms

STAFF, UPKEEP = 0.25 * 10, 0.03 * 20 * 10
TWH = 10 * 0.8 * 1.2 * 8760 / 1e6
PAID = 200 * 0.05 / (1 - 1.05**-4)
"""Yearly payment on 200 MEUR at 5 % over four years."""


@pytest.fixture(scope="module")
def two_years(case: Case) -> Case:
    """Give the paper case in two years, with a loan of four, users who pay 2 EUR an hour, and a grant of 3 MEUR."""
    short = changed(changed(case, "periods", "p1", length_years=1), "periods", "p2", first_year=2027, length_years=1)
    loan = Fund(
        fund="bank", name="bank", kind="debt", aid_ceiling_share=1, interest_share=0.05, tenor_years=4,
        source="test", quality="estimate",
    )  # fmt: skip
    money = Tranche(fund="bank", period="p1", amount_meur=300, source="test", quality="estimate")
    lent = replace(
        changed(short, "workloads", "training", price_eur_per_h100e_hour=2.0),
        funds={**short.funds, "bank": loan},
        tranches={**short.tranches, ("bank", "p1"): money},
    )
    return asking(lent, "money", operation_paid=True, operating_grant_meur=3.0, cash_interest_share=0.02)


@pytest.fixture(scope="module")
def worked(two_years: Case) -> pyo.ConcreteModel:
    """Give its model with a hall of 10 MW at N1 that serves 9 kH100e, as C1 does, for which 200 MEUR were lent."""
    model = build(two_years, master_part=True)
    for variable in model.component_data_objects(pyo.Var):
        variable.set_value(0, skip_validation=True)
    model.sizing.halls["N1", "air", "p1"].set_value(1)
    for period in ("p1", "p2"):
        model.compute.alive_mw["N1", "air", period].set_value(10)
        model.demand.served_kh100e["C1", "town", "training", period].set_value(9)
        model.demand.served_kh100e["N1", "town", "training", period].set_value(9)
    model.budget.spent_meur["bank", "p1"].set_value(200)
    return model


def test_the_cash_flow_of_two_years_on_paper(worked: pyo.ConcreteModel) -> None:
    cash = worked.cash
    for year, period, service in ((2026, "p1", 0.0), (2027, "p2", PAID)):
        # 8,760 hours at 2 EUR of the 9 kH100e that committed sites could not serve anyway
        assert pyo.value(cash.revenue_meur[year, period]) == pytest.approx(8.76 * 2 * (18 - 9))
        # grid fee of 10 and electricity at 70 EUR/MWh
        assert pyo.value(cash.running_meur[year, period]) == pytest.approx(STAFF + UPKEEP + (10 + 70) * TWH)
        assert pyo.value(cash.service_meur[year, period]) == pytest.approx(service)
        assert pyo.value(cash.grant_meur[year, period]) == 3
    left = 8.76 * 18 - STAFF - UPKEEP - 80 * TWH + 3
    cash.cash_meur[2026, "p1"].set_value(left)
    cash.cash_meur[2027, "p2"].set_value(1.02 * left + left - PAID)
    for row in cash.cash_pays_what_is_due.values():
        assert pyo.value(row.body) == pytest.approx(pyo.value(row.upper))  # not a euro more could be kept
    assert pyo.value(cash.debt_meur[2026, "p1"]) == 200
    assert pyo.value(cash.debt_meur[2027, "p2"]) == 0


def test_what_is_due_is_paid_from_what_is_there(worked: pyo.ConcreteModel) -> None:
    found = equation(worked.cash.cash_pays_what_is_due[2027, "p2"])
    assert found["cash.cash_meur[2027,p2]"] == 1
    assert found["cash.cash_meur[2026,p1]"] == pytest.approx(-1.02)
    assert found["budget.spent_meur[bank,p1]"] == pytest.approx(PAID / 200)
    assert found["budget.supported_meur[private,p2]"] == -1
    assert found["budget.reinvested_meur[p2]"] == 1
    assert found["demand.served_kh100e[N1,town,training,p2]"] == pytest.approx(-8.76 * 2)
    assert found["<="] == pytest.approx(3 - 8.76 * 2 * 9)
    rule = worked.cash.earnings_are_kept_before_they_pay_capital
    assert equation(rule[2026, "p1"]) == {"budget.reinvested_meur[p1]": 1, "<=": 0}
    kept = {"budget.reinvested_meur[p2]": 1, "cash.cash_meur[2026,p1]": -1.02}
    assert equation(rule[2027, "p2"]) == pytest.approx({**kept, "<=": 0})
    assert "budget.reinvested_meur[p2]" in equation(worked.budget.every_cost_is_paid["p2"])
    held = equation(worked.budget.spending_stays_within_the_tranches["private", "p1"])
    assert held == {"budget.spent_meur[private,p1]": 1, "budget.supported_meur[private,p1]": 1, "<=": 1000}


def test_debt_is_paid_back_in_equal_payments(two_years: Case) -> None:
    left = 200.0
    for _ in range(4):
        left = 1.05 * left - 200 * payment_share(two_years, "bank")
    assert left == pytest.approx(0)
    free = changed(two_years, "funds", "bank", interest_share=0.0)
    assert payment_share(free, "bank") == 1 / 4


def test_earnings_cover_the_debt_service(two_years: Case) -> None:
    model = build(asking(two_years, "money", dscr_min=1.3, sold_share=0.5, price_decline_share=0.1), master_part=True)
    rule = model.cash.earnings_cover_the_debt_service
    assert list(rule) == [(2027, "p2")]  # nothing is due in the year in which it is drawn
    found = equation(rule[2027, "p2"])
    assert found["budget.spent_meur[bank,p1]"] == pytest.approx(1.3 * PAID / 200)
    assert found["demand.served_kh100e[N1,town,training,p2]"] == pytest.approx(-8.76 * 0.5 * 2 * 0.9)


def test_nothing_is_followed_where_nobody_has_to_pay(case: Case) -> None:
    model = build(case, master_part=True)
    assert not model.cash.cash_meur
    assert not model.cash.cash_pays_what_is_due
    assert not model.budget.supported_meur
    assert terms(model.cash.revenue_meur[2026, "p1"]) == {}
    lent = build(replace(case, funds={**case.funds, "bank": _lent(case)}), master_part=True)
    found = equation(lent.cash.cash_pays_what_is_due[2026, "p1"])
    assert "compute.alive_mw[N1,air,p1]" not in found  # running costs are nobody's unless asked


def _lent(case: Case) -> Fund:
    return case.funds["private"].model_copy(update={"fund": "bank", "kind": "debt", "tenor_years": 4})
