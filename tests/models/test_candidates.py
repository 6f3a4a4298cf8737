"""Candidates beside a plan: the tutorial's, and the same with one input changed so that a barrier comes first."""

from dataclasses import replace
from typing import Any

import pytest

from models.candidates import candidates
from models.case import Case
from models.plan import CandidateRow, Plan
from models.site_costs import Campus, total_meur
from optimizer.report.summary_candidates import barrier_text, candidates_section
from tests.models.paper import asking, changed


@pytest.fixture
def rows(tutorial_plan: Plan) -> dict[str, CandidateRow]:
    return {row.site: row for row in tutorial_plan.candidates}


def lodz(case: Case, plan: Plan) -> CandidateRow:
    return next(row for row in candidates(case, plan) if row.site == "LODZ")


def test_every_candidate_of_the_tutorial_has_a_row(rows: dict[str, CandidateRow], tutorial_case: Case) -> None:
    """LULEA is chosen with two halls; BUGEY is connected from the second period on; LYON has headroom for one hall."""
    assert [*rows] == ["BUGEY", "LODZ", "LULEA", "LYON"]
    assert [row.earliest for row in rows.values()] == ["p2", "p1", "p1", "p1"]
    assert {site: row.size_mw for site, row in rows.items()} == {"BUGEY": 40, "LODZ": 40, "LULEA": 40, "LYON": 20}
    assert {site: row.barrier for site, row in rows.items()} == {
        "BUGEY": "none: dearer",
        "LODZ": "none: cheaper by itself",  # and too dirty
        "LULEA": "none: chosen",
        "LYON": "none: dearer",
    }


def test_a_campus_costs_what_its_columns_sum_to(
    rows: dict[str, CandidateRow], tutorial_case: Case, tutorial_plan: Plan
) -> None:
    prices = {(row.zone, row.period): row.price_eur_per_mwh for row in tutorial_plan.zones}
    campus = Campus(tutorial_case, "p1", 40.0, frozenset({"liquid_dry"}), prices)
    here, there = (total_meur(campus.costs(site) or {}) for site in ("LODZ", "LULEA"))
    assert rows["LODZ"].beside == "LULEA"
    assert rows["LODZ"].dearer_meur == pytest.approx(here - there)
    years = sum(1.06**-year for year in range(10))  # 2026 to 2035, of the base year 2026
    assert rows["LODZ"].cost_eur_per_mwh == pytest.approx(1e6 * here / (40 * 0.8 * 8760 * years))
    assert rows["LULEA"].dearer_meur == 0


def first_barrier(case: Case, plan: Plan, **columns: Any) -> tuple[Any, ...]:
    row = lodz(changed(case, "sites", "LODZ", **columns), plan)
    return row.barrier, row.input, row.there, row.needed


def test_what_rules_a_site_out_is_its_own_inputs(tutorial_case: Case, tutorial_plan: Plan) -> None:
    case, plan = tutorial_case, tutorial_plan
    pue = min(case.climate.pue_design["LODZ", kind] for kind in case.cooling if not case.cooling[kind].needs_water_body)
    assert first_barrier(case, plan, permit_year=2033) == ("date", "sites.permit_year", 2033, 2031)
    assert first_barrier(case, plan, land_mw=15.0) == ("land", "sites.land_mw", 15, 20)
    tight = replace(case, headrooms={}, reinforcements={})
    row = lodz(tight, plan)
    assert (row.barrier, row.input, row.there) == ("headroom", "headrooms.headroom_mw", 0)
    assert row.needed == pytest.approx(20 * pue)
    assert (row.earliest, row.size_mw, row.cost_eur_per_mwh) == ("", 0, 0)
    barrier, place, there, needed = first_barrier(case, plan, minimum_mw=100.0, land_mw=100.0)
    assert (barrier, place, needed) == ("minimum size", "sites.minimum_mw", pytest.approx(100 * pue))
    assert there < 100 * pue


@pytest.mark.parametrize(
    ("table", "key", "columns", "expected"),
    [
        ("countries", "PL", {"pue_limit": 1.0}, ("law", "countries.pue_limit")),
        ("countries", "PL", {"reuse_share": 1.0}, ("law", "countries.reuse_share")),
        ("countries", "PL", {"reuse_share": 0.12}, ("law", "sites.heat_sink_mw")),
        ("laws", "PL-HEAT", {"from_year": 2026, "pue_limit": 1.0}, ("law", "laws.pue_limit")),
        ("laws", "PL-HEAT", {"from_year": 2026, "reuse_share": 1.0}, ("law", "laws.reuse_share")),
        ("laws", "PL-HEAT", {"from_year": 2026, "most_mw": 10.0}, ("law", "laws.most_mw")),
        ("countries", "PL", {"sites_max": 0}, ("sites_max of the country", "countries.sites_max")),
        ("workloads", None, {"latency_ms": 1.0}, ("users out of reach", "workloads.latency_ms")),
        ("cooling", None, {"needs_water_body": True}, ("water", "sites.water_source")),
        ("chips", None, {"rack_kw": 2000.0}, ("no chips that fit", "chips.rack_kw")),
    ],
)
def test_what_rules_a_site_out_is_a_law_or_what_all_sites_share(
    tutorial_case: Case,
    tutorial_plan: Plan,
    table: str,
    key: str | None,
    columns: dict[str, Any],
    expected: tuple[str, str],
) -> None:
    case = changed(tutorial_case, "sites", "LODZ", heat_sink_mw=2.0)
    for each in [key] if key else [*getattr(case, table)]:
        case = changed(case, table, each, **columns)
    if table == "chips":
        for each in case.cooling:
            case = changed(case, "cooling", each, rack_limit_kw=10.0)
    row = lodz(replace(case), tutorial_plan)
    assert (row.barrier, row.input) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"must_not": ("LODZ",)}, ("client's rule", "siting.must_not")),
        ({"only": ("LULEA",)}, ("client's rule", "siting.only")),
        ({"countries_not": ("PL",)}, ("client's rule", "siting.countries_not")),
        ({"near_latitude": 65.0, "near_longitude": 20.0, "near_km": 300.0}, ("client's rule", "siting.near_km")),
        ({"seismic_max_g": 0.01}, ("client's rule", "siting.seismic_max_g")),
        ({"exchange_max_km": 100.0}, ("client's rule", "siting.exchange_max_km")),
        ({"workforce_min_people": 2_000_000}, ("client's rule", "siting.workforce_min_people")),
        ({"sites_max": 1}, ("most sites in all", "siting.sites_max")),
        ({"separation_km": 2000.0}, ("distance to a chosen site", "siting.separation_km")),
    ],
)
def test_what_rules_a_site_out_is_the_scenario(
    tutorial_case: Case, tutorial_plan: Plan, keys: dict[str, Any], expected: tuple[str, str]
) -> None:
    """A site that a client rules out is priced all the same."""
    row = lodz(asking(tutorial_case, "siting", **keys), tutorial_plan)
    assert (row.barrier, row.input) == expected
    assert (row.earliest, row.size_mw) == ("p1", 40)
    assert row.cost_eur_per_mwh > 0


def test_headroom_that_the_chosen_site_takes(tutorial_case: Case, tutorial_plan: Plan) -> None:
    moved = changed(tutorial_case, "sites", "LODZ", substation="LULE")
    less = {key: row.model_copy(update={"headroom_mw": 60.0}) for key, row in moved.headrooms.items()}
    plan = tutorial_plan.model_copy(
        update={"sites": tuple(row.model_copy(update={"connection_mw": 45.0}) for row in tutorial_plan.sites)}
    )
    assert lodz(replace(moved, headrooms=less, reinforcements={}), plan).barrier == "headroom taken by chosen sites"


def test_the_summary_says_it_in_words(tutorial_plan: Plan, rows: dict[str, CandidateRow]) -> None:
    text = candidates_section(tutorial_plan)
    assert "What rules out the 3 candidates that are not chosen" in text
    assert "| nothing but its cost | 2 | Lyon, Bugey |" in text
    assert "less than Lulea |" in text
    figures = {"input": "sites.land_mw", "there": 15.0, "needed": 20.0}
    blocked = rows["LODZ"].model_copy(update={"barrier": "land", **figures})
    assert barrier_text(blocked) == "land (sites.land_mw: 15 of 20)"
    everywhere = tuple(row.model_copy(update={"chosen": 1}) for row in rows.values())
    assert candidates_section(tutorial_plan.model_copy(update={"candidates": everywhere})) == ""
