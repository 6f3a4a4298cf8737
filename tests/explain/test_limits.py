"""Every rule of the aspects is a limit that somebody set, and then elastic, or a definition; none is forgotten."""

import inspect
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from types import ModuleType
from typing import Any

import pyomo.environ as pyo
import pytest
from hypothesis import strategies as st

from models.case import TABLES, Case, FundCountry, SovereigntyLimit
from models.formulation import ASPECTS, build, name_of
from models.upper_bounds import NO_LIMITS
from optimizer.benders.master_problem import SearchEnded
from optimizer.explain.correction_sets import correction_sets
from optimizer.explain.elastic import ElasticModel, relaxed_case
from optimizer.explain.elastic_decomposition import build_elastic
from optimizer.explain.limit_input import LimitInput, LimitText, Relaxation, changed, limit_input, with_setting
from optimizer.explain.limits import MODULES, TEXTS, relax_limits, relax_rows
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.aspects import rules_of
from optimizer.session import solve_case
from tests import limits
from tests.cases import drafts
from tests.drafts import Draft, row
from tests.laws import for_all, often
from tests.variants import with_section

DEFINITIONS: Mapping[str, set[str]] = {
    "siting": {"opens_at_most_once", "only_an_open_site_is_closed", "host_has_a_site"},
    "compute": {
        "closed_site_runs_no_servers",
        "servers_in_service_are_those_bought_and_not_yet_worn_out",
        "servers_fit_in_halls",
    },
    "demand": {"site_serves_no_more_than_it_computes", "region_gets_no_more_than_it_asks", "only_open_sites_serve"},
    "cooling": {"heat_reused_is_heat_the_halls_deliver", "heat_reused_passes_the_recovery_built"},
    "grid": {
        "peak_stays_within_connection",
        "units_stand_where_there_are_any",
        "secured_supply_is_that_of_all_units_but_one",
        "connection_is_firm_but_for_what_may_be_interrupted",
        "step_is_taken_at_most_once",
        "steps_are_taken_in_order",
    },
    "interruption": {"compute_lost_is_not_served"},
    "power": {
        "plants_standing_are_those_built",
        "new_plants_yield_no_more_than_the_data_centres_draw",
        "new_storage_stays_within_the_peak_of_the_data_centres",
        "contracts_run_for_their_term",
        "own_part_is_contracted",
        "carried_energy_starts_where_it_is_contracted",
        "energy_is_carried_with_cover",
        "carried_cover_starts_where_it_is_contracted",
        "carried_cover_is_not_matched_at_home",
        "reservoir_lasts_the_year",
    },
    "reservoirs": {"reservoir_keeps_what_flows_in_and_is_not_used"},
    "storage": {
        "level_follows_the_days",
        "store_is_not_drawn_below_nothing",
        "store_is_not_filled_above_its_size",
    },
    "plants": {
        "plants_are_built_in_whole_units",
        "units_on_sites_are_plants_of_their_zone",
        "stores_standing_are_those_built",
        "stores_hold_their_least_hours",
        "stores_hold_no_more_than_their_most_hours",
    },
    "resilience": {"worst_loss_counts_every_group", "worst_delay_counts_every_site"},
    "carbon": set(),
    "matching": {
        "stores_make_even_no_more_than_their_power",
        "plants_are_made_even_or_sent_once",
        "plants_count_for_one_site",
    },
    "dispatch": {
        "servers_draw_power_with_their_cooling",
        "output_stays_within_availability",
        "reservoir_gives_what_is_allotted",
        "reservoir_keeps_its_least_flow",
        "charging_stays_within_capacity",
        "discharging_stays_within_capacity",
        "level_stays_within_the_store",
        "storage_ends_the_day_as_it_began",
        "storage_leaves_what_it_carries_over",
        "storage_rises_as_far_as_the_year_allows",
        "energy_balances",
        "flow_stays_within_what_is_usable",
        "what_must_run_runs",
        "new_plant_runs_whenever_it_can",
        "a_site_draws_what_its_servers_do",
        "matching_of_a_site_stays_within_its_draw",
        "matching_of_a_site_needs_what_counts_for_it",
        "unmatched_draw_of_a_site_emits_at_its_intensity",
        "what_is_online_is_available",
        "output_comes_from_what_is_online",
        "what_is_online_runs_at_its_minimum_load",
        "what_comes_online_is_started",
        "output_rises_no_faster_than_plants_can",
        "output_falls_no_faster_than_plants_can",
        "flexible_work_is_done_within_a_day",
        "flexible_work_stays_within_the_servers",
        "interruptions_lack_what_the_connection_does_not_carry",
        "interruptions_are_accounted_for",
        "voltage_drops_cancel_around_every_cycle",
        "matching_stays_within_the_draw",
        "matching_needs_contracted_or_built_plant",
        "unmatched_draw_emits_at_the_zone_intensity",
        "unmatched_draw_of_a_zone_emits_at_its_intensity",
        "unmatched_draw_is_as_clean_as_the_mix",
        "unmatched_draw_is_counted",
        "an_hour_lacks_what_the_target_asks_of_it",
        "what_hours_lack_is_counted",
    },
    "programmes": set(),
    "operators": {
        "new_site_is_run_by_one_class",
        "servers_are_run_by_some_class",
        "only_the_class_of_a_site_runs_servers",
        "compute_is_served_by_the_class_of_its_site",
        "only_the_class_of_a_site_serves",
        "capital_of_a_site_is_split_by_class",
        "only_the_class_of_a_site_spends",
    },
    "budget": {"every_cost_is_paid", "public_money_goes_to_sites"},
    "cash": {"earnings_are_kept_before_they_pay_capital"},
    "objective": {"every_region_is_served_the_even_share"},
}
"""Rules of each aspect that follow from what the words mean, or from physics: no input sets them as a limit."""

RULES = {
    f"{name_of(aspect)}.{rule.name}": rule
    for aspect in ASPECTS
    for rule in rules_of(aspect)
    if rule.kind == "constraint"
}
LIMITED = {name for name, rule in RULES.items() if rule.set_by}


@pytest.fixture(scope="module")
def elastic(tutorial_case: Case) -> ElasticModel:
    """Give the tutorial with every rule that a case can have."""
    scenario = tutorial_case.settings
    for key, value in {
        "sites_min": 1,
        "sites_max": 2,
        "member_states_min": 1,
        "gigafactories_min": 1,
        "gigafactory_countries": ("PL",),
        "separation_km": 100.0,
        "must": ("LYON", "LODZ"),
        "must_not": ("LULEA",),
        "only": ("LYON", "LODZ", "BUGEY"),
        "countries_not": ("FR",),
        "near_latitude": 60.0,
        "near_longitude": 20.0,
        "near_km": 100.0,
        "site_min_kchips": 5.0,
        "seismic_max_g": 0.01,
        "flood_not": True,
        "protected_not": True,
        "exchange_max_km": 5.0,
        "workforce_min_people": 5_000_000,
    }.items():
        scenario = with_setting(scenario, f"siting.{key}", value)
    for key in ("sites_lost", "substations_lost", "countries_lost", "risks_lost", "delayed_sites"):
        scenario = with_setting(scenario, f"resilience.{key}", 1)
    for key in ("share", "delayed_share", "line_cover_share"):
        scenario = with_setting(scenario, f"resilience.{key}", 0.5)
    scenario = with_setting(scenario, "carbon.cap_kt", 100.0)
    scenario = with_setting(scenario, "carbon.cap_by", "zone")
    scenario = with_setting(scenario, "matching.target_share", 0.5)
    scenario = with_setting(scenario, "matching.strict", True)
    scenario = with_setting(scenario, "matching.import_share", 0.1)
    scenario = with_setting(scenario, "power.cover_technologies", ("hydro",))
    scenario = with_setting(scenario, "power.cover_energy_share", 0.5)
    for key, amount in {"aid_ceiling_share": 0.3, "operating_grant_meur": 10.0, "dscr_min": 1.0}.items():
        scenario = with_setting(scenario, f"money.{key}", amount)
    matched = {"site_ceiling_meur": 500.0, "matched_by": "state", "match_factor": 0.5}
    union = tutorial_case.funds["public"].model_copy(update=matched)
    state = tutorial_case.funds["public"].model_copy(update={"fund": "state", "kind": "state"})
    debt = tutorial_case.funds["private"].model_copy(update={"fund": "debt", "kind": "debt", "tenor_years": 5})
    cells = {"fund": "public", "floor_meur": 100.0, "ceiling_meur": 400.0}
    paid = {
        ("public", country): FundCountry(country=country, source="test", quality="estimate", **cells)
        for country in tutorial_case.countries
    }
    scenario = with_setting(scenario, "power.cover_spare_lines", True)
    tight = {"pue_limit": 1.3, "sites_max": 0}
    countries = {name: row.model_copy(update=tight) for name, row in tutorial_case.countries.items()}
    workloads = {name: row.model_copy(update={"coverage_share": 1.0}) for name, row in tutorial_case.workloads.items()}
    offered = {"interruptible_mw": 20.0, "interrupted_share": 0.05}
    headrooms = {key: row.model_copy(update=offered) for key, row in tutorial_case.headrooms.items()}
    scenario = with_setting(scenario, "sovereignty.operators", True)
    held = {"level": "control", "bloc": "union", "workload": "any", "period": "any"}
    limit = SovereigntyLimit.model_validate(row("sovereignty_limits", **held, floor_share=0.5, ceiling_share=0.8))
    lawful = {"pue_limit": 1.3, "reuse_share": 0.2, "dispatchable_share": 0.5, "most_mw": 20.0}
    more = {"floor_kh100e": 100.0, "floor_sites": 4}
    tables: dict[str, Any] = {
        "countries": countries,
        "workloads": workloads,
        "headrooms": headrooms,
        "laws": {name: row.model_copy(update=lawful) for name, row in tutorial_case.laws.items()},
        "places": {site: row.model_copy(update={"protected": "yes"}) for site, row in tutorial_case.places.items()},
        "programmes": {name: row.model_copy(update=more) for name, row in tutorial_case.programmes.items()},
    }
    case = replace(tutorial_case, settings=scenario, **tables)
    case = replace(case, funds={**case.funds, "public": union, "state": state, "debt": debt}, fund_countries=paid)
    case = replace(case, sovereignty_limits={("control", "union", "any", "any"): limit})
    return relax_limits(build(relaxed_case(case), master_part=True), case)


def place_of(given: LimitInput) -> str:
    return given.column if given.table == "scenario" else f"{given.table}.{given.column}"


@pytest.mark.parametrize("aspect", ASPECTS, ids=name_of)
def test_every_rule_of_an_aspect_is_a_limit_or_a_definition(aspect: ModuleType) -> None:
    rules = [rule for rule in rules_of(aspect) if rule.kind == "constraint"]
    assert {rule.name for rule in rules if not rule.set_by} == DEFINITIONS.get(name_of(aspect), set())


def test_the_file_of_every_aspect_with_limits_is_read() -> None:
    assert {*MODULES} == {rule.partition(".")[0] for rule in LIMITED}


@pytest.mark.parametrize("name", MODULES)
def test_what_a_file_relaxes_is_a_rule_or_a_variable_of_its_aspect(name: str, elastic: ElasticModel) -> None:
    variables = {each.local_name for each in elastic.model.component(name).component_objects(pyo.Var)}
    rules = {rule.partition(".")[2] for rule in LIMITED if rule.startswith(f"{name}.")}
    relaxing = {
        function
        for function, each in inspect.getmembers(MODULES[name], inspect.isfunction)
        if each.__module__ == MODULES[name].__name__ and [*inspect.signature(each).parameters] == ["elastic"]
    }
    assert relaxing <= variables | rules


def test_every_limit_is_elastic(elastic: ElasticModel) -> None:
    assert elastic.relaxed == LIMITED


def test_limits_are_the_inputs_that_the_rules_declare(elastic: ElasticModel) -> None:
    moved: dict[str, set[str]] = {}
    for limit in elastic.limits:
        moved.setdefault(limit.input.rule, set()).add(place_of(limit.input))
    dates = {"sites.permit_year", "sites.connection_year"}
    assert moved.pop("siting.open_in") == dates | {f"siting.{rule}" for rule in NO_LIMITS}
    assert moved.pop("power.contracted_mw") == {"power.cover_technologies"}
    assert moved.pop("compute.gigafactory") == {"siting.gigafactory_countries"}
    for rule, places in moved.items():
        assert places <= {*RULES[rule].set_by}
    everywhere = {place for places in moved.values() for place in places}
    everywhere |= {"basins.stress_share", "siting.gigafactory_kh100e"}  # where stress takes all, and by another count
    assert everywhere == {place for name in LIMITED for place in RULES[name].set_by}


def test_the_looser_side_of_an_input_is_that_of_the_laws(elastic: ElasticModel) -> None:
    known = {**limits.LIMITS, **limits.QUESTION}
    for limit in elastic.limits:
        given = limit.input
        owner, _, name = place_of(given).partition(".")
        if given.table == "scenario" and given.key is not None:  # a list names it: with it or without
            added = ("only", "cover_technologies", "gigafactory_countries")
            assert given.raised == (name in added) == (given.loosest == 1)
        elif (owner not in ("demand", "power") or name == "cover_share") and name not in NO_LIMITS:
            loosened = known[owner][name].looser(given.value)
            assert loosened == given.value or (loosened > given.value) == given.raised


def test_a_plain_row_needs_neither_code_nor_text(tutorial_case: Case) -> None:
    case = replace(tutorial_case, settings=with_setting(tutorial_case.settings, "siting.sites_min", 3))
    made = ElasticModel(build(relaxed_case(case), master_part=True), case, {})
    for name in ("siting.number_of_sites_reaches_minimum", "siting.country_stays_within_maximum"):
        relax_rows(made, made.model.find_component(name), RULES[name])
    fewest, *countries = (limit.input for limit in made.limits)
    assert Relaxation(fewest, 1.0).words == "Least number of new sites: 2 less"
    assert Relaxation(countries[0], 5.0).words.startswith("Most new sites the country may receive, ")
    for name in ("cooling.law_on_heat_reuse_is_kept", "cooling.withdrawal_stays_within_basin"):
        with pytest.raises(ValueError, match="a function of its name"):
            relax_rows(made, made.model.find_component(name), RULES[name])


def test_every_limit_says_who_could_grant_it(elastic: ElasticModel) -> None:
    """Of a column of a table by itself; a key of the scenario is the asker's where nobody else is named."""
    places = {place for name in LIMITED for place in RULES[name].set_by} | {*TEXTS}
    silent = {place for place in places if place.partition(".")[0] in TABLES and not TEXTS[place].grantor}
    assert not silent
    granted = {place_of(limit.input): limit.input.grantor for limit in elastic.limits}
    assert granted["headrooms.headroom_mw"] == "grid operator"
    assert granted["siting.sites_min"] == granted["carbon.cap_kt"] == "asker"
    assert granted["siting.gigafactory_countries"] == "ministry or law"
    funds = {limit.input.key[0]: limit.input.grantor for limit in elastic.limits if limit.input.table == "tranches"}
    assert (funds["public"], funds["private"]) == ("fund", "investor")


def test_no_limit_is_relaxed_by_a_feasible_case(tutorial_case: Case) -> None:
    assert list(correction_sets(build_elastic(tutorial_case, RunMonitor(), 60), 2, infeasible=False)) == []


def test_a_change_is_rounded_to_the_looser_side(tutorial_case: Case) -> None:
    money = limit_input(tutorial_case, "r", "tranches.amount_meur", LimitText(""), ("public", "p1"))
    assert money.rounded_relaxation(1234.4) == 600 + 1240
    fewer = limit_input(tutorial_case, "r", "siting.sites_max", LimitText("", raised=False))
    assert fewer.rounded_relaxation(1.5) == 998
    share = limit_input(tutorial_case, "r", "workloads.coverage_share", LimitText("", raised=False), "inference")
    assert share.rounded_relaxation(0.19999) == 0.0


def test_a_missing_row_is_added(tutorial_case: Case) -> None:
    later = replace(
        tutorial_case, tranches={key: row for key, row in tutorial_case.tranches.items() if key != ("public", "p2")}
    )
    money = limit_input(later, "r", "tranches.amount_meur", LimitText(""), ("public", "p2"))
    assert money.present is None
    assert changed(later, [Relaxation(money, 50.0)]).tranches["public", "p2"].amount_meur == 50


TIGHT = st.sampled_from(
    [
        {"sites_min": 3},
        {"sites_min": 5, "sites_max": 1000},
        {"sites_min": 2, "sites_max": 1},
        {"member_states_min": 2},
        {"gigafactories_min": 2, "gigafactory_kchips": 15.0},
        {"gigafactories_min": 1, "gigafactory_kchips": 60.0},
        {"separation_km": 500.0, "sites_min": 2},
        {"sites_min": 0},
    ]
)
MATCHED = st.sampled_from(
    [
        {},
        {"target_share": 0.9, "grid": "none"},
        {"target_share": 0.6, "grid": "none", "strict": True},
        {"target_share": 0.9, "score_by": "zone", "excess_share": 0.0},
    ]
)
CAPS = st.sampled_from([{}, {}, {"cap_kg_per_mwh": 0.0}, {"cap_kg_per_mwh": 30.0, "cap_kt": 1.0}])


def sufficient(case: Case) -> int:
    """Check every alternative of an infeasible case by solving it; return how many there are."""
    found = list(correction_sets(build_elastic(case, RunMonitor(), 60), 3, infeasible=True))
    assert found
    sizes = [len(each.changes) for each in found if each.fewest_proved]
    assert sizes == sorted(sizes)
    for each in found:
        assert solve_case(changed(case, each.changes)).has_plan
        assert not any({*other.changes} < {*each.changes} for other in found)
    return len(found)


def test_what_must_be_left_gives_way_as_a_share_or_as_a_number(tutorial_case: Case) -> None:
    """Without its largest site no plan serves three tenths of what is asked: 90 of 300 kH100e in 2031."""
    settings = tutorial_case.settings
    for key, value in {"sites_lost": 1, "share": 0.3, "scope": "all"}.items():
        settings = with_setting(settings, f"resilience.{key}", value)
    case = replace(tutorial_case, settings=settings)
    problem = build_elastic(case, RunMonitor(), 60)
    limits = {place_of(limit.input): number for number, limit in enumerate(problem.limits)}
    for place in ("resilience.sites_lost", "resilience.share"):
        alone = problem.restrict({limits[place]: math.inf})
        found, _ = alone.minimise(alone.weighted_sum("nothing", ()), 1e-4)
        moved = alone.relaxations(found.decisions)
        assert moved.keys() == {limits[place]}
        given = problem.limits[limits[place]].input
        least = given.rounded_relaxation(moved[limits[place]])
        assert solve_case(changed(case, [Relaxation(given, least)])).has_plan
    problem.close()


@often(3, 120)
def test_what_is_proposed_is_enough_whatever_the_case(number: int) -> None:
    explained = 0

    def law(draft: Draft, siting: dict[str, float], carbon: dict[str, float], matching: dict[str, Any]) -> None:
        nonlocal explained
        tight = with_section(with_section(draft, "siting", lambda _: siting), "carbon", lambda _: carbon)
        case = with_section(tight, "matching", lambda _: matching).case()
        if solve_case(case).status != "infeasible":
            return
        with suppress(SearchEnded):  # the system is short by itself
            explained += sufficient(case)

    cases = st.tuples(drafts(("coverage", "sites", "states", "gigafactories"), sites=3), TIGHT, CAPS, MATCHED)
    for_all(number, cases, lambda each: law(*each))
    assert explained


@often(2, 60)
def test_a_feasible_case_needs_no_limit_to_move(number: int) -> None:
    def law(draft: Draft) -> None:
        case = draft.case()
        if solve_case(case).has_plan:
            assert list(correction_sets(build_elastic(case, RunMonitor(), 60), 1, infeasible=False)) == []

    for_all(number, drafts(("", "coverage", "sites"), sites=3), law)
