"""Laws that hold for any case: what a change of the inputs may do to the value of the plan."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import strategies as st

from models.case import TABLES, Sourced
from models.settings import Settings
from optimizer.benders.solution import Solution
from optimizer.case.read import read_case
from optimizer.program.extensive_form import build_extensive_form
from optimizer.session import solve_case
from tests import limits
from tests.cases import Pick, drafts
from tests.drafts import Draft, same
from tests.laws import FLOORS, for_all, near, often, worth, worth_of
from tests.splits import (
    BOUGHT,
    SECOND_HALF,
    careless,
    on_long_periods,
    periods_in_two,
    zone_in_two,
    zone_in_two_with_its_sites,
)
from tests.variants import (
    asking,
    candidates,
    dearer,
    every_day,
    looser,
    operated,
    renamed,
    with_cells,
    with_section,
    with_twin,
    without_site,
)
from tests.written import optimum, written_out

SEEDS = st.integers(0, 2**16)


def never_hurts(draft: Draft, other: Draft) -> None:
    """Check that another case is worth no less than a case."""
    before, after = worth_of(draft), worth_of(other)
    assert after <= before or after == near(before)


def changes_nothing(draft: Draft, other: Draft) -> None:
    """Check that two cases are worth the same."""
    assert worth_of(other) == near(worth_of(draft))


# limits


def test_every_column_is_a_limit_or_known_not_to_be_one() -> None:
    for table, kind in TABLES.items():
        named = {*kind.key, *kind.refers, *Sourced.model_fields, "name"}
        held = [{*each.get(table, ())} for each in (limits.LIMITS, limits.SYSTEM, limits.OTHERS)]
        assert set(kind.model_fields) - named == set().union(*held), table
        assert sum(map(len, held)) == len(set().union(*held)), table


def test_every_scenario_key_is_a_limit_or_known_not_to_be_one() -> None:
    whole = Settings(title="every key").model_dump(exclude={"title"})
    assert limits.UNLIMITED | limits.QUESTION.keys() == whole.keys()
    for section, held in limits.QUESTION.items():
        assert whole[section].keys() == held.keys() ^ limits.OTHER_KEYS.get(section, frozenset()), section


@often(10, 900)
def test_a_looser_limit_never_hurts(number: int) -> None:
    def law(draft: Draft, limit: str, seed: int) -> None:
        never_hurts(*limits.apart(draft, limit, seed))

    for_all(number, st.tuples(drafts(FLOORS), st.sampled_from(limits.ALL), SEEDS), lambda drawn: law(*drawn))


@often(4, 150)
def test_a_looser_limit_of_the_system_never_hurts_compute_or_carbon(number: int) -> None:
    def law(draft: Draft, limit: str, seed: int) -> None:
        never_hurts(*limits.apart(limits.of_the_system(draft, limit, seed), limit, seed))

    system = limits.names(limits.SYSTEM)
    for_all(number, st.tuples(drafts(FLOORS), st.sampled_from(system), SEEDS), lambda drawn: law(*drawn))


@often(4, 150)
def test_plants_that_run_as_they_must_and_narrower_lines_never_make_the_system_cheaper(number: int) -> None:
    """Without data centres; the local cost of a technology is left out, as it may be lower."""

    def law(draft: Draft) -> None:
        bound = operated(draft)
        bound = replace(bound, tables={**bound.tables, "marginal_costs": []})
        free, held = solve_case(draft.case()).baseline, solve_case(bound.case()).baseline
        assert free is not None  # what serves its load without the rules may not do so with narrower lines
        for period, meur in free.running_meur.items():
            assert held is None or held.running_meur[period] >= meur * (1 - 1e-7)

    for_all(number, drafts(FLOORS), law)


def with_promises(draft: Draft, kchips: float, floor_kh100e: float) -> Draft:
    """Return the draft with a cap on what every country may have of the chips, and a programme of all sites."""
    said = {"source": "drawn", "quality": "estimate"}
    tiers = {cells["export_tier"] for cells in draft.tables["countries"]}
    periods = [cells["period"] for cells in draft.tables["periods"]]
    caps = [
        {"jurisdiction": "US", "place": tier, "period": period, "limit_kchips": kchips, **said}
        for tier in sorted(tiers)
        for period in periods
    ]
    asked = {"first_year": 2026, "last_year": 2100, "floor_kh100e": floor_kh100e, "floor_sites": 0, "kind": ""}
    programme = {"programme": "all", "name": "all", "counts_committed": True, **asked, **said}
    sold = with_cells(draft, "chips", lambda _: {"jurisdiction": "US"})
    return replace(sold, tables={**sold.tables, "export_caps": caps, "programmes": [programme]})


@often(3, 150)
def test_a_higher_export_cap_and_a_lower_programme_never_hurt(number: int) -> None:
    def law(draft: Draft, kchips: float, floor_kh100e: float) -> None:
        never_hurts(with_promises(draft, kchips, floor_kh100e), with_promises(draft, 2 * kchips, floor_kh100e))
        never_hurts(with_promises(draft, kchips, floor_kh100e), with_promises(draft, kchips, floor_kh100e / 2))

    drawn = st.tuples(drafts(FLOORS), st.sampled_from([2.0, 10.0, 40.0]), st.sampled_from([5.0, 20.0]))
    for_all(number, drawn, lambda each: law(*each))


def ruled(draft: Draft, rule: str, seed: int) -> Draft:
    """Return the draft with a rule that a client may ask for, about a site, country or technology that it has."""
    pick = Pick(seed)
    site = pick(*(cells for cells in draft.tables["sites"] if cells["status"] == "candidate"))
    point = {"near_latitude": site["latitude"], "near_longitude": site["longitude"], "near_km": pick(0, 300)}
    firm = [cells["technology"] for cells in draft.tables["technologies"] if cells["dispatchable"]]
    listed = {"countries_not": site["country"], "cover_technologies": pick(*firm, "wind") if firm else "wind"}
    places = {"seismic_max_g": 0.1, "flood_not": True}
    keys = point if rule == "near_km" else {rule: places.get(rule) or [listed.get(rule, site["site"])]}
    return with_section(draft, "power" if rule == "cover_technologies" else "siting", lambda _: keys)


CLIENT_RULES = (
    "must",
    "must_not",
    "only",
    "countries_not",
    "near_km",
    "seismic_max_g",
    "flood_not",
    "cover_technologies",
)


@often(8, 300)
def test_a_rule_of_a_client_never_helps_and_means_the_same_written_out(number: int) -> None:
    def law(draft: Draft, rule: str, seed: int) -> None:
        with_rule = ruled(draft, rule, seed)
        solution = solve_case(with_rule.case())
        assert worth(solution) >= (free := worth_of(draft)) or worth(solution) == near(free)
        goal = with_rule.settings.question.objectives[0]
        assert optimum(written_out(with_rule.case(), solution.baseline)[goal]) == near(worth(solution))

    for_all(number, st.tuples(drafts(FLOORS), st.sampled_from(CLIENT_RULES), SEEDS), lambda drawn: law(*drawn))


# sites


@often(4, 150)
def test_a_site_worse_than_one_it_excludes_changes_nothing(number: int) -> None:
    def law(draft: Draft, seed: int) -> None:
        draft = with_section(draft, "siting", lambda _: {"separation_km": 10})
        changes_nothing(draft, with_worse(draft, seed, land_mw=40))

    for_all(number, st.tuples(drafts(FLOORS), SEEDS), lambda drawn: law(*drawn))


@often(4, 150)
def test_a_site_worse_than_one_whose_land_never_ends_changes_nothing(number: int) -> None:
    def law(draft: Draft, seed: int) -> None:
        draft = with_section(
            looser("sites", "land_mw", lambda _: 5000)(draft), "siting", lambda _: {"separation_km": 0}
        )
        changes_nothing(draft, with_worse(draft, seed, land_mw=5000))

    for_all(number, st.tuples(drafts(FLOORS), SEEDS), lambda drawn: law(*drawn))


def with_worse(draft: Draft, seed: int, land_mw: float) -> Draft:
    """Return the draft with a site in the place of one it has, with no more land, at no less cost and no earlier."""
    pick = Pick(seed)
    better = pick(*(cells for cells in draft.tables["sites"] if cells["status"] == "candidate"))
    worse = {
        "land_mw": min(land_mw, better["land_mw"]),
        "minimum_mw": better["minimum_mw"] + pick(0, 20),
        "opening_meur": better["opening_meur"] + pick(0, 50),
        "distance_km": better["distance_km"] + pick(0, 5),
        "permit_year": better["permit_year"] + pick(0, 2),
        "heat_sink_mw": 0,
        "behind_meter_mw": 0,
    }
    return with_twin(draft, better["site"], pick("A", "S9"), **worse)


@often(4, 150)
def test_the_sites_left_unopened_could_as_well_not_be_there(number: int) -> None:
    def law(draft: Draft) -> None:
        draft = asking(draft, draft.settings.question.objectives[0])
        solution = solve_case(draft.case())
        fewer = draft
        for site in candidates(draft) if solution.has_plan else []:
            fewer = fewer if site in opened(solution) else without_site(fewer, site)
        assert worth_of(fewer) == near(worth(solution))

    for_all(number, drafts(FLOORS), law)


def opened(solution: Solution) -> set[str]:
    """Return the candidates that a plan opens."""
    assert solution.point is not None
    columns, openings = solution.form.compiled.columns, solution.form.model.siting.open_in
    return {site for (site, _), variable in openings.items() if solution.point[columns[id(variable)]] > 0.5}


@often(4, 150)
def test_a_second_site_of_a_kind_never_hurts(number: int) -> None:
    def law(draft: Draft, seed: int) -> None:
        pick = Pick(seed)
        never_hurts(draft, with_twin(draft, pick(*candidates(draft)), pick("A", "S9")))

    for_all(number, st.tuples(drafts(FLOORS), SEEDS), lambda drawn: law(*drawn))


# names and order


@often(6, 500)
def test_a_written_case_reads_the_same_whatever_the_order_of_its_rows(number: int) -> None:
    def law(draft: Draft) -> None:
        tables = {name: listed[::-1] for name, listed in draft.tables.items()}
        hourly = {name: dict(sorted(columns.items())[::-1]) for name, columns in draft.hourly.items()}
        with TemporaryDirectory() as folder:
            Draft(tables, hourly, draft.settings).write(Path(folder))
            assert same(read_case(Path(folder), draft.settings), draft.case())

    for_all(number, drafts(FLOORS), law)


@often(5, 150)
def test_other_names_change_nothing(number: int) -> None:
    for_all(number, drafts(FLOORS), lambda draft: changes_nothing(draft, renamed(draft)))


# halves


@often(4, 150)
def test_half_a_zone_beyond_a_free_line_changes_nothing(number: int) -> None:
    """What a zone's rules hold together stays together: sites, contracts and new plants."""

    def law(draft: Draft) -> None:
        changes_nothing(every_day(draft), zone_in_two(draft, draft.tables["zones"][0]["zone"]))

    for_all(number, drafts(FLOORS), law)


@often(4, 150)
def test_sites_beyond_a_free_line_change_nothing_but_for_what_holds_within_a_zone(number: int) -> None:
    """Cover, matching and new plants serve their own zone: with them a border within it can only hurt."""

    def law(draft: Draft, seed: int) -> None:
        zone = draft.tables["zones"][0]["zone"]
        never_hurts(zone_in_two_with_its_sites(draft, zone, seed), every_day(draft))
        if draft.settings.question.objectives[0] != "carbon":
            free = careless(draft)
            changes_nothing(every_day(free), zone_in_two_with_its_sites(free, zone, seed))

    for_all(number, st.tuples(drafts(FLOORS), SEEDS), lambda drawn: law(*drawn))


@often(4, 150)
def test_periods_in_two_halves_change_nothing_where_the_first_half_decides(number: int) -> None:
    """Where the second half may decide as well, it never hurts."""

    def law(draft: Draft) -> None:
        whole = on_long_periods(draft)
        before, halves = solve_case(whole.case()), solve_case(periods_in_two(whole).case())
        assert worth(halves) <= worth(before) or worth(halves) == near(worth(before))
        program = written_out(halves.form.case, halves.baseline)[whole.settings.question.objectives[0]]
        upper = program.upper.copy()
        for column, name in enumerate(program.column_names):
            if name.startswith(BOUGHT) and name.endswith(f"{SECOND_HALF}]"):
                upper[column] = 0
        assert optimum(program.with_bounds(program.lower, upper)) == near(worth(before))

    for_all(number, drafts(FLOORS), law)


# money


@often(5, 150)
def test_eight_times_the_money_is_eight_times_the_cost_of_the_same_plan(number: int) -> None:
    """Of any decisions to the last bit, 8 being a power of two; of the plan as near as a solver keeps its rows."""

    def law(draft: Draft) -> None:
        cases = draft.case(), dearer(draft, 8).case()
        once, eightfold = (build_extensive_form(case).full_objective("cost") for case in cases)
        assert np.array_equal(eightfold.cost, 8 * once.cost)
        assert eightfold.constant == 8 * once.constant
        solutions = [solve_case(case) for case in cases]
        points = [solution.point for solution in solutions]
        assert (points[0] is None) == (points[1] is None)
        if points[0] is not None and points[1] is not None:
            whole = solutions[0].form.program.integer
            assert np.array_equal(points[0][whole], points[1][whole])
            for before, after in zip(solutions[0].stages, solutions[1].stages, strict=True):
                factor = 8 if before.objective == "cost" else 1
                assert after.value == near(factor * before.value)

    for_all(number, drafts(FLOORS), law)
