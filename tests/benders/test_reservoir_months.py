"""Reservoirs month by month: the decomposition against the extensive form on random cases, and laws of water."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st

from models.case import Case
from optimizer.audit.audit import audit
from optimizer.benders import dispatch as dispatch_module
from optimizer.case.provenance import provenance_of
from optimizer.extract.extract import extract
from optimizer.extract.full_year import with_year
from optimizer.program.extensive_form import build_extensive_form
from optimizer.session import solve_case
from tests.benders.test_couplings import relaxed_both_ways, relaxed_optimum
from tests.cases import draft, drafts
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, often
from tests.test_differential import goal_after_goal
from tests.test_laws import never_hurts
from tests.variants import asking, carrying, with_cells, with_months, with_section
from tests.written import optimum
from tests.years import Unservable, brute_year

SEEDS = {7: "infeasible", 12: "optimal", 14: "optimal", 25: "optimal"}
"""Random cases, and what they are; of 7 a law asks for heat and plant that none of the places where it holds has."""


def case_of(seed: int, days: int = 3) -> Case:
    """Return a random case with reservoirs, solved to the last digit a solver knows."""
    plain = draft(seed, sites=3, zones=3, periods=2, days=days, scarce=False, floor="sites")
    asked = asking(with_months(plain, seed), "cost")
    return with_section(asked, "solve", lambda _: {"gap_share": 1e-6, "workers": 1}).case()


def test_months_bear_on_some_optimum() -> None:
    found = []
    for seed in SEEDS:
        case = case_of(seed)
        free = replace(case, inflows={})
        found.append([relaxed_optimum(build_extensive_form(each)) for each in (case, free)])
    assert any(one == "optimal" and value > free * (1 + 1e-4) for (one, value), (_, free) in found)


@pytest.mark.parametrize("most_days", [16, 1])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_relaxation_is_that_of_the_extensive_form(
    seed: int, most_days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("MAX_DAYS_PER_BLOCK", "MAX_DAYS_PER_SYSTEM"):
        monkeypatch.setattr(dispatch_module, limit, most_days)
    assert relaxed_both_ways(build_extensive_form(case_of(seed))) == SEEDS[seed]


@often(5, 200)
def test_the_search_agrees_with_the_formulation_written_out(number: int) -> None:
    def law(drawn: tuple[Draft, int]) -> None:
        goal_after_goal(with_months(*drawn), optimum)

    for_all(number, st.tuples(drafts(FLOORS), st.integers(0, 99)), law)


@often(4, 150)
def test_water_that_comes_at_any_time_never_hurts_and_neither_do_larger_stores(number: int) -> None:
    """Cost is counted above a system with the same water: it is compute that is compared."""

    def law(drawn: tuple[Draft, int]) -> None:
        seasonal = asking(with_months(*drawn), "compute")
        never_hurts(seasonal, with_section(seasonal, "power", lambda _: {"reservoirs": "year"}))
        never_hurts(seasonal, with_cells(seasonal, "reservoirs", lambda cells: {"store_twh": 3 * cells["store_twh"]}))

    for_all(number, st.tuples(drafts(FLOORS), st.integers(0, 99)), law)


@pytest.mark.parametrize("together", [True, False], ids=["days together", "days by prices"])
@often(4, 100)
def test_plans_with_months_and_stores_and_their_years_are_sound(
    number: int, together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Water and energy of the plan's days, and of the days of its year, are rechecked from the tables alone."""
    if not together:  # of three days each is a block of its own, so that they share their water by prices
        for limit in ("MAX_DAYS_PER_BLOCK", "MAX_DAYS_PER_SYSTEM"):
            monkeypatch.setattr(dispatch_module, limit, 1)
    found: list[int] = []

    def law(drawn: tuple[Draft, int]) -> None:
        case = with_section(carrying(with_months(*drawn)), "time", lambda _: {"representative_days": 2}).case()
        solution = solve_case(case)
        if not solution.has_plan:
            return
        plan = extract(case, solution, provenance_of(case, Path("draft"), "base", {}))
        assert solution.year is not None
        told = with_year(case, plan, solution.year)
        lost = {"year.hardly_any_load_is_shed_on_any_day"}  # of days that the plan has not seen
        assert {check.rule for check in audit(case, told).checks if not check.passed} <= lost
        try:
            best = brute_year(case, plan)
        except Unservable:
            return
        for each in ("running_meur", "baseline_meur"):
            mine, least = (sum(getattr(day, each) for day in year.days) for year in (solution.year, best))
            assert least * (1 - 1e-6) - 1e-6 <= mine <= least * 1.004 + 1e-6
        found.append(len(told.year_days))

    for_all(number, st.tuples(drafts(FLOORS), st.integers(0, 99)), law)
    assert found
