from dataclasses import replace

import numpy as np
import pytest

from models.case import Law
from optimizer.audit import law
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Residual
from tests.audit.tampering import Question, breaking_test, inputs, with_case, with_plan
from tests.drafts import row

test_every_rule_fails_where_it_is_broken = breaking_test(
    law.CHECKS,
    {
        "halls_stay_within_what_the_law_allows": inputs("laws", most_mw=5),
        "halls_keep_the_pue_of_their_year": inputs("laws", pue_limit=1.0),
        "heat_is_reused_as_the_law_of_every_hall_asks": inputs("laws", reuse_share=1.0),
        "connections_have_dispatchable_plant": inputs("laws", dispatchable_share=1.0),
    },
)


def test_older_halls_are_filled_first(question: Question) -> None:
    """Of two halls, 10 % asked of the first and 20 % of the second: servers of 1.5 halls owe 10 % of 1, 20 % of 0.5."""
    case, plan = question
    opened = next(each for each in plan.sites if each.opens)
    country, hall_mw = case.sites[opened.site].country, case.settings.halls.hall_mw
    years = {"old": (2026, 2030, 0.1), "new": (2031, 2100, 0.2)}
    laws = {
        name: Law.model_validate(
            row("laws", law=name, country=country, from_year=since, until_year=until, reuse_share=share)
        )
        for name, (since, until, share) in years.items()
    }
    case = with_case(replace(case, laws=laws), "countries", reuse_share=0.0)
    first = next(each for each in plan.halls if each.site == opened.site)
    halls = tuple(
        first.model_copy(update={"period": period, "built_halls": 1, "standing_halls": 1 + (period == "p2")})
        for period in ("p1", "p2")
    )
    audited = AuditedPlan(case, plan.model_copy(update={"halls": halls}))
    pue = case.climate.pue_annual[first.site, first.cooling]
    audited.in_service_mw = {(first.site, first.cooling, "p2"): 1.5 * hall_mw}
    rule = law.CHECKS["law.heat_is_reused_as_the_law_of_every_hall_asks"]
    found: dict[str, Residual] = {each.where: each for each in rule(audited)}
    asked_mw = (0.1 * hall_mw + 0.2 * 0.5 * hall_mw) * pue * case.settings.halls.utilisation_share
    assert found[f"{first.site}, p2"].limit == pytest.approx(asked_mw)


def test_what_covers_connections_is_counted_at_its_firm_credit(question: Question) -> None:
    case, plan = inputs("laws", dispatchable_share=0.5)(*question)
    store = with_case(case, "technologies", "battery", firm_credit_share=0.4)
    listed = with_plan(plan, "supply", lambda each: each.technology == "battery", zone="NORTH", plant_mw=1000.0)
    rule = law.CHECKS["law.connections_have_dispatchable_plant"]
    north = [each for each in rule(AuditedPlan(store, listed)) if each.where.startswith("SE-NORTH")]
    assert [each.value for each in north] == [pytest.approx(400.0)] * 2
    assert all(each.violation == 0 for each in north)


def test_the_supply_of_a_site_that_comes_late_is_not_counted_before_it_comes(question: Question) -> None:
    case, plan = inputs("laws", dispatchable_share=0.5)(*question)
    opened = {each.site for each in plan.sites if each.opens}
    site = next(each for laws, each in law._covered(AuditedPlan(case, plan)) if each in opened)
    own = with_case(case, "sites", site, behind_meter_mw=70.0)
    never = with_case(own, "sites", site, late_years=10.0)
    rule = law.CHECKS["law.connections_have_dispatchable_plant"]
    none, all_years, late = (
        sum(np.asarray(found.value, dtype=float).sum() for found in rule(AuditedPlan(each, plan)))
        for each in (case, own, never)
    )
    assert all_years >= none + 70.0
    assert late == pytest.approx(none)
