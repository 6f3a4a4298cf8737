from dataclasses import replace
from functools import partial

from models.case import Case, FundCountry
from models.plan import Plan
from optimizer.audit import budget
from tests.audit.tampering import Question, answers, breaking_test, inputs, settings


def paid_elsewhere(case: Case, plan: Plan, everywhere: bool = False, **cells: float) -> Question:
    """Say that the fund may pay in a country that gets nothing of it, or in every country."""
    granted = {case.sites[row.site].country for row in plan.aid}
    named = {"source": "test", "quality": "estimate", **cells}
    rows = {
        ("public", country): FundCountry.model_validate({"fund": "public", "country": country, **named})
        for country in case.countries
        if everywhere or country not in granted
    }
    return replace(case, fund_countries=rows), plan


test_every_rule_fails_where_it_is_broken = breaking_test(
    budget.CHECKS,
    {
        "every_cost_is_paid": inputs("chips", price_eur_per_chip=1),
        "spending_stays_within_the_tranches": inputs("tranches", amount_meur=0),
        "public_money_goes_to_sites": answers("spending", spent_meur=1),
        "aid_stays_under_the_ceiling": inputs("funds", aid_ceiling_share=0),
        "all_public_money_stays_under_the_ceiling": settings("money", aid_ceiling_share=0.02),
        "fund_pays_no_more_at_a_site_than_its_ceiling": inputs("funds", site_ceiling_meur=10),
        "public_money_is_matched": inputs("funds", "public", matched_by="private"),
        "fund_pays_where_it_may": paid_elsewhere,
        "country_gets_its_floor": partial(paid_elsewhere, floor_meur=100.0),
        "country_gets_no_more_than_its_ceiling": partial(paid_elsewhere, everywhere=True, ceiling_meur=1.0),
    },
)
