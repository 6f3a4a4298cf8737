from dataclasses import replace
from typing import Any

import pyomo.environ as pyo
import pytest

from models import siting, sizing
from models.case import Case, Place
from models.formulation import build
from models.siting import close_groups
from tests.drafts import row
from tests.models.paper import asking, best, changed, equation, terms

OPENINGS = {f"siting.open_in[{index}]": 1 for index in ("F1,p1", "F1,p2", "F2,p2", "N1,p1", "N1,p2")}


def most_sites(case: Case) -> float | None:
    model = build(case, (siting,))
    return best(model, sum(model.siting.open_in.values()))


def test_a_site_opens_when_its_permit_and_connection_can_be_ready(model: pyo.ConcreteModel) -> None:
    assert {f"siting.open_in[{site},{period}]" for site, period in model.siting.open_in} == {*OPENINGS}


def test_a_site_that_is_late_enters_in_the_period_in_which_it_has_come_if_there_is_one(case: Case) -> None:
    for late_years, periods in ((0.0, ("p1", "p2")), (2.0, ("p1",)), (5.0, ("p1",)), (6.0, ())):
        late = build(changed(case, "sites", "N1", late_years=late_years), (siting,)).siting
        assert [period for site, period in late.open_in if site == "N1"] == [*periods]
        begun = {f"siting.open_in[N1,{period}]": 1 for period in periods}
        assert bool(terms(late.entered["N1", "p1"])) == (late_years == 0)
        assert terms(late.entered["N1", "p2"]) == begun


def test_a_candidate_is_open_from_its_opening_on(model: pyo.ConcreteModel) -> None:
    assert terms(model.siting.opened["N1", "p1"]) == {"siting.open_in[N1,p1]": 1}
    assert terms(model.siting.opened["N1", "p2"]) == {"siting.open_in[N1,p1]": 1, "siting.open_in[N1,p2]": 1}
    assert terms(model.siting.opened["F2", "p1"]) == {}


def test_a_committed_site_is_open_from_its_year_on(case: Case) -> None:
    within = build(changed(case, "sites", "C1", committed_year=2028), (siting,))
    assert [terms(within.siting.opened["C1", period]) for period in ("p1", "p2")] == [{"1": 1}, {"1": 1}]
    later = build(changed(case, "sites", "C1", committed_year=2031), (siting,))
    assert [terms(later.siting.opened["C1", period]) for period in ("p1", "p2")] == [{}, {"1": 1}]


def test_opens_at_most_once(model: pyo.ConcreteModel) -> None:
    expected = {"siting.open_in[N1,p1]": 1, "siting.open_in[N1,p2]": 1, "<=": 1}
    assert equation(model.siting.opens_at_most_once["N1"]) == expected


def test_a_committed_site_may_be_extended_where_halls_could_stand(case: Case, model: pyo.ConcreteModel) -> None:
    assert not any(site == "C1" for site, _ in model.siting.open_in)  # it has no land
    grown = build(changed(case, "sites", "C1", land_mw=40.0, opening_meur=25.0), (siting, sizing))
    extensions = {"siting.open_in[C1,p1]": 1, "siting.open_in[C1,p2]": 1}
    assert terms(grown.siting.entered["C1", "p2"]) == extensions
    assert terms(grown.siting.opened["C1", "p2"]) == {"1": 1}  # it stands anyway
    assert equation(grown.siting.opens_at_most_once["C1"]) == {**extensions, "<=": 1}
    in_aa = dict.fromkeys((*extensions, "siting.open_in[N1,p1]", "siting.open_in[N1,p2]"), 1)
    most = case.countries["AA"].sites_max
    assert equation(grown.siting.country_stays_within_maximum["AA"]) == {**in_aa, "<=": most}
    assert "siting.open_in[C1,p1]" not in equation(grown.siting.number_of_sites_stays_within_maximum)
    assert terms(grown.sizing.site_capex_meur["C1", "p1"])["siting.open_in[C1,p1]"] == 25
    held = equation(grown.sizing.halls_fit_on_the_land_of_an_open_site["C1", "p1"])
    assert held["siting.open_in[C1,p1]"] == -2


def test_an_extension_keeps_its_distance(case: Case) -> None:
    beside = changed(case, "sites", "C1", land_mw=40.0, latitude=case.sites["N1"].latitude + 0.01)
    model = build(asking(beside, "siting", separation_km=20.0), (siting,))
    groups = [equation(row) for row in model.siting.close_sites_exclude_each_other.values()]
    pair = {f"siting.open_in[{site},{period}]": 1 for site in ("C1", "N1") for period in ("p1", "p2")}
    assert {**pair, "<=": 1} in groups


def test_number_of_sites(case: Case) -> None:
    model = build(asking(case, "siting", sites_min=1, sites_max=2), (siting,))
    assert equation(model.siting.number_of_sites_stays_within_maximum) == {**OPENINGS, "<=": 2}
    assert equation(model.siting.number_of_sites_reaches_minimum) == {**OPENINGS, ">=": 1}


def test_country_stays_within_maximum(model: pyo.ConcreteModel) -> None:
    in_bb = {name: 1 for name in OPENINGS if "[F" in name}
    assert equation(model.siting.country_stays_within_maximum["BB"]) == {**in_bb, "<=": 1}


def test_member_states_host(case: Case) -> None:
    model = build(asking(case, "siting", member_states_min=2), (siting,))
    in_bb = {name: -1 for name in OPENINGS if "[F" in name}
    assert equation(model.siting.host_has_a_site["BB"]) == {"siting.hosts[BB]": 1, **in_bb, "<=": 0}
    both = {"siting.hosts[AA]": 1, "siting.hosts[BB]": 1, ">=": 2}
    assert equation(model.siting.enough_member_states_host[0]) == both
    assert best(model, -sum(model.siting.open_in.values())) == -2


def test_only_member_states_count(case: Case) -> None:
    outside = changed(asking(case, "siting", member_states_min=2), "countries", "BB", eu_member=False)
    assert most_sites(outside) is None


def test_close_sites_exclude_each_other(case: Case) -> None:
    model = build(asking(case, "siting", separation_km=25), (siting,))
    pair = {name: 1 for name in OPENINGS if "[F" in name}
    assert [equation(rule) for rule in model.siting.close_sites_exclude_each_other.values()] == [{**pair, "<=": 1}]


@pytest.mark.parametrize(
    ("separation_km", "groups"),
    [(0, []), (19, []), (25, [("A", "B"), ("B", "C")]), (45, [("A", "B", "C")])],
)
def test_close_groups_are_as_large_as_can_be(case: Case, separation_km: float, groups: list[tuple[str, ...]]) -> None:
    a_row = [case.sites["N1"].model_copy(update={"site": name, "latitude": 0.18 * at}) for at, name in enumerate("ABC")]
    sites = {**case.sites, **{row.site: row for row in a_row}}  # 0.18 degrees are 19.9 km
    lined_up = replace(asking(case, "siting", separation_km=separation_km), sites=sites)
    assert close_groups(lined_up, ["A", "B", "C"]) == groups


@pytest.mark.parametrize(
    ("rules", "sites"),
    [
        ({"must_not": ("F1",)}, {"F2", "N1"}),
        ({"only": ("F2",)}, {"F2"}),
        ({"countries_not": ("BB",)}, {"N1"}),
        ({"near_latitude": 10.0, "near_longitude": 0.0, "near_km": 19.8}, {"F1"}),
        ({"near_latitude": 10.0, "near_longitude": 0.0, "near_km": 20.0}, {"F1", "F2"}),
    ],
)
def test_what_a_client_rules_out_is_never_made(case: Case, rules: dict[str, Any], sites: set[str]) -> None:
    extensible = changed(case, "sites", "C1", land_mw=40.0)
    model = build(asking(extensible, "siting", **rules), (siting, sizing))
    named = {site for site, _ in model.siting.open_in}
    assert named - {"C1"} == sites == {site for site, *_ in model.sizing.halls} - {"C1"}
    assert ("C1" in named) == ("must_not" in rules or "countries_not" in rules)  # an extension is ruled out as well


@pytest.mark.parametrize(
    ("limit", "sites"),
    [
        ({"seismic_max_g": 0.1}, {"F2", "N1"}),
        ({"flood_not": True}, {"F1", "N1"}),
        ({"protected_not": True}, {"F1", "F2"}),
        ({"exchange_max_km": 50.0}, {"F1", "F2"}),
        ({"workforce_min_people": 1000}, {"F1", "N1"}),
    ],
)
def test_what_a_place_is_like_rules_sites_out(case: Case, limit: dict[str, Any], sites: set[str]) -> None:
    like = {
        "F1": {"seismic_g": 0.11, "near_people": 1000, "flood": "low", "protected": "no", "exchange_km": 50},
        "F2": {"seismic_g": 0.1, "near_people": 999, "flood": "exposed", "protected": "", "exchange_km": 1},
        "N1": {"seismic_g": 0.0, "near_people": 5000, "flood": "", "protected": "yes", "exchange_km": 51},
    }
    places = {site: Place.model_validate(row("places", site=site, **cells)) for site, cells in like.items()}
    model = build(asking(replace(case, places=places), "siting", **limit), (siting,))
    assert {site for site, _ in model.siting.open_in} == sites


def test_site_asked_for_is_chosen(case: Case) -> None:
    grown = changed(case, "sites", "C1", land_mw=40.0)
    rule = build(asking(grown, "siting", must=("F2", "C1")), (siting,)).siting.site_asked_for_is_chosen
    assert equation(rule["F2"]) == {"siting.open_in[F2,p2]": 1, ">=": 1}
    assert equation(rule["C1"]) == {"siting.open_in[C1,p1]": 1, "siting.open_in[C1,p2]": 1, ">=": 1}
    assert most_sites(asking(case, "siting", must=("F1", "F2"))) is None  # BB takes one


@pytest.mark.parametrize(("rules", "most"), [({}, 2), ({"sites_max": 1}, 1), ({"sites_min": 3}, None)])
def test_most_sites_on_paper(case: Case, rules: dict[str, int], most: int | None) -> None:
    assert most_sites(asking(case, "siting", **rules)) == most  # BB takes one of its two
