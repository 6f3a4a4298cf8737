from collections.abc import Callable
from dataclasses import replace

import pytest

from models.case import Case
from models.plan import Plan
from optimizer.audit import cash
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import check
from optimizer.audit.result_tables import CHECKS as TABLES
from optimizer.case.provenance import provenance_of
from optimizer.extract.extract import extract
from optimizer.session import solve_case
from tests.audit.tampering import Question, answers, inputs, settings
from tests.conftest import TUTORIAL
from tests.models.paper import asking, changed


@pytest.fixture(scope="module")
def question(tutorial_case: Case) -> Question:
    """Give the tutorial with a part of the private money lent, users who pay, and every running cost to be earned."""
    bank = tutorial_case.funds["private"].model_copy(
        update={"fund": "bank", "kind": "debt", "interest_share": 0.03, "tenor_years": 6}
    )
    lent = tutorial_case.tranches["private", "p1"].model_copy(update={"fund": "bank", "amount_meur": 500.0})
    case = changed(tutorial_case, "tranches", ("private", "p1"), amount_meur=900.0)
    case = replace(
        case,
        funds=dict(sorted({**case.funds, "bank": bank}.items())),
        tranches=dict(sorted({**case.tranches, ("bank", "p1"): lent}.items())),
    )
    for workload in case.workloads:
        case = changed(case, "workloads", workload, price_eur_per_h100e_hour=1.0)
    case = asking(case, "money", operation_paid=True, operating_grant_meur=5.0, sold_share=0.6, dscr_min=1.2)
    case = asking(case, "solve", gap_share=0.01)
    return case, extract(case, solve_case(case), provenance_of(case, TUTORIAL, "base", {}))


def test_what_was_earned_buys_more_and_pays_the_debt(question: Question, tutorial_plan: Plan) -> None:
    case, plan = question
    assert all(
        check(name, rule(AuditedPlan(case, plan)), ()).passed for name, rule in {**cash.CHECKS, **TABLES}.items()
    )
    assert sum(row.debt_meur for row in plan.cash) == pytest.approx(500)
    assert sum(row.reinvested_meur for row in plan.cash) > 100
    whole, before = plan.earnings[0], tutorial_plan.earnings[0]
    assert whole.served_kh100e_years > before.served_kh100e_years
    assert all(row.dscr is None or row.dscr >= 1.2 * (1 - 1e-6) for row in plan.cash)
    assert [row.dscr is None for row in plan.cash].count(False) == 9  # drawn in 2026 and in 2031, six years each
    assert sum(row.cost_meur for row in plan.earnings[1:]) == pytest.approx(whole.cost_meur)
    assert whole.break_even_share == pytest.approx(0.6 * whole.cost_meur / whole.revenue_meur)
    assert before.break_even_share is None


@pytest.mark.parametrize(
    ("rule", "tamper"),
    [
        ("cash_pays_what_is_due", inputs("workloads", price_eur_per_h100e_hour=0.1)),
        ("cash_pays_what_is_due", answers("cash", cash_meur=1e6)),
        ("earnings_are_kept_before_they_pay_capital", answers("cash", cash_meur=0.0)),
        ("earnings_cover_the_debt_service", settings("money", dscr_min=10.0, sold_share=0.2)),
    ],
)
def test_every_rule_fails_where_it_is_broken(
    question: Question, rule: str, tamper: Callable[[Case, Plan], Question]
) -> None:
    assert {name.partition(".")[2] for name in cash.CHECKS} >= {rule}
    name = f"cash.{rule}"
    assert not check(name, cash.CHECKS[name](AuditedPlan(*tamper(*question))), ()).passed
