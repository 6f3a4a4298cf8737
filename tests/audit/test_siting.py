from typing import Any

import pytest

from models.case import Case
from models.gigafactories import gigafactories
from models.plan import Plan
from models.rivals import rivals
from optimizer.audit import siting, sizing
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.gigafactories import expected_gigafactories
from optimizer.audit.registry import check
from optimizer.audit.rivals import expected_rivals
from tests.audit.tampering import Question, answers, breaking_test, inputs, settings, with_case


@pytest.mark.parametrize("key", ["must_not", "only", "countries_not", "near_km"])
def test_each_way_to_rule_a_site_out_is_rechecked(question: Question, key: str) -> None:
    opened = next(row for row in question[1].sites if row.opens)
    listed = {"must_not": (opened.site,), "only": ("PARIS",), "countries_not": (opened.country,)}
    point = {"near_latitude": -opened.latitude, "near_longitude": opened.longitude, "near_km": 100.0}
    broken = settings("siting", **(point if key == "near_km" else {key: listed[key]}))(*question)
    rule = siting.CHECKS["siting.sites_are_those_allowed"]
    assert not check("", rule(AuditedPlan(*broken)), ()).passed
    assert check("", rule(AuditedPlan(*question)), ()).passed


@pytest.mark.parametrize(
    "limit",
    [{"seismic_max_g": 0.01}, {"flood_not": True}, {"exchange_max_km": 1.0}, {"workforce_min_people": 10_000_000}],
)
def test_each_limit_on_a_place_is_rechecked(question: Question, limit: dict[str, Any]) -> None:
    rule = siting.CHECKS["siting.sites_are_those_allowed"]
    assert not check("", rule(AuditedPlan(*settings("siting", **limit)(*question))), ()).passed


def test_protected_land_is_rechecked(question: Question) -> None:
    case, plan = settings("siting", protected_not=True)(*question)
    rule = siting.CHECKS["siting.sites_are_those_allowed"]
    assert check("", rule(AuditedPlan(case, plan)), ()).passed
    assert not check("", rule(AuditedPlan(with_case(case, "places", protected="yes"), plan)), ()).passed


@pytest.mark.parametrize("listed", [("LYON",), ("BUGEY", "LODZ")])
def test_what_a_client_rules_out_is_no_room_for_a_gigafactory_and_no_rival(
    question: Question, listed: tuple[str, ...]
) -> None:
    """By the formulation's own functions and by the audit's."""
    case, plan = settings("siting", must_not=listed)(*question)
    audited = AuditedPlan(case, plan)
    weighed = gigafactories(case)
    assert weighed
    for row in weighed:
        found = {column: getattr(row, column) for column in expected_gigafactories(audited, row.period)}
        assert found == pytest.approx(expected_gigafactories(audited, row.period))
    named = {row.rival for row in rivals(case, plan)}
    assert named == {rival for _, rival, _ in expected_rivals(audited)}
    assert not named & {*listed}


def test_what_comes_late_holds_nothing_before_and_is_not_decided_where_it_never_comes(question: Question) -> None:
    late = AuditedPlan(*inputs("sites", late_years=0.5)(*question))
    assert not check("", sizing.CHECKS["sizing.halls_fit_on_the_land_of_an_open_site"](late), ()).passed
    never = AuditedPlan(*inputs("sites", late_years=10.0)(*question))
    assert not check("", siting.CHECKS["siting.sites_open_when_they_can_be_ready"](never), ()).passed


def all_at_one_place(case: Case, plan: Plan) -> Question:
    return settings("siting", separation_km=1)(with_case(case, "sites", latitude=50.0, longitude=5.0), plan)


test_every_rule_fails_where_it_is_broken = breaking_test(
    siting.CHECKS,
    {
        "sites_open_when_they_can_be_ready": inputs("sites", permit_year=2099),
        "sites_are_those_allowed": settings("siting", near_latitude=0.0, near_longitude=0.0, near_km=100.0),
        "site_asked_for_is_chosen": settings("siting", must=("BUGEY", "LODZ", "LULEA", "LYON")),
        "opens_at_most_once": answers("sites", opens=1),
        "only_an_open_site_is_closed": answers("sites", closes=1),
        "number_of_sites_stays_within_maximum": settings("siting", sites_max=0),
        "number_of_sites_reaches_minimum": settings("siting", sites_min=5),
        "country_stays_within_maximum": inputs("countries", sites_max=0),
        "host_has_a_site": settings("siting", member_states_min=5),
        "enough_member_states_host": settings("siting", member_states_min=5),
        "close_sites_exclude_each_other": all_at_one_place,
    },
)
