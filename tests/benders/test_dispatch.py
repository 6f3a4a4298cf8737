"""The days at given investments, chunk by chunk and plane by plane, against the whole programme of a period."""

from dataclasses import replace

import numpy as np
import pytest

from models.case import Array, Case
from optimizer.benders import allocation
from optimizer.benders import dispatch as dispatch_module
from optimizer.benders.baseline import period_programme
from optimizer.benders.decomposition import Decomposition, decompose
from optimizer.benders.dispatch import CancelToken, SubproblemEvaluation
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import ExtensiveForm, build_extensive_form
from optimizer.solver.highs import run_highs
from tests.conftest import TUTORIAL

OPTIONS = ("all days together", "few shares, by planes alone", "many shares, boxed and priced")


@pytest.fixture(params=OPTIONS)
def closeness(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """Share the water in one of the ways; return how close to the optimum it must come."""
    if request.param == OPTIONS[0]:
        return 1e-8
    monkeypatch.setattr(dispatch_module, "MAX_DAYS_PER_BLOCK", 1)
    if request.param == OPTIONS[1]:
        return 1e-8
    monkeypatch.setattr(allocation, "FEW", 0)
    return 2 * allocation.CLOSE


def invested(parts: Decomposition, seed: int) -> Array:
    """Return random decisions: a third of what days can see of the investments is there."""
    chance = np.random.default_rng(seed)
    point = np.zeros(len(parts.master.lower))
    seen = np.unique(parts.links[parts.links >= 0])
    point[seen] = np.where(chance.random(len(seen)) < 0.3, 20 * chance.random(len(seen)), 0.0)
    return point


def least_cost(assembly: ExtensiveForm, period: str, point: Array) -> float:
    """Return the least running cost of a period at decisions, all its days in one programme."""
    part, columns = period_programme(assembly, period)
    fixed = np.setdiff1d(np.arange(assembly.investments), columns)
    rows = {name: row for row, name in enumerate(assembly.program.row_names)}
    given = assembly.program.matrix[[rows[name] for name in part.row_names]][:, fixed] @ point[fixed]
    free = [name.startswith("carbon.") or "unmatched_draw_emits" in name for name in part.row_names]
    upper = np.where(free, np.inf, part.row_upper - given)
    programme = replace(part, row_lower=np.where(free, -np.inf, part.row_lower - given), row_upper=upper)
    outcome = run_highs(programme, monitor=RunMonitor(), seconds=60)
    assert outcome.status == "optimal"
    return outcome.objective


def at(parts: Decomposition, point: Array) -> list[SubproblemEvaluation]:
    return parts.evaluate(point, CancelToken())


@pytest.mark.parametrize("seed", range(4))
def test_a_period_costs_what_all_its_days_in_one_programme_cost(
    seed: int, closeness: float, tutorial_case: Case
) -> None:
    assembly = build_extensive_form(tutorial_case)
    parts = decompose(assembly, 60)
    first, second = invested(parts, 2 * seed), invested(parts, 2 * seed + 1)
    for point in (first, second, first):
        for period, result in zip(tutorial_case.periods, at(parts, point), strict=True):
            optimum = least_cost(assembly, period, point)
            slack = closeness * optimum
            assert result.missed is None
            assert optimum - slack <= result.cost_meur <= optimum + slack
            assert optimum - slack <= result.bound.value <= optimum + 1e-9 * optimum


@pytest.mark.parametrize("hours", [1, 2, 6])
def test_a_day_may_have_any_number_of_hours(hours: int) -> None:
    time = {"hours_per_day": hours, "representative_days": 48 // hours}
    case = read_case(TUTORIAL, load_settings(TUTORIAL, "base", {"time": time}))
    assembly = build_extensive_form(case)
    parts = decompose(assembly, 60)
    for point in (np.zeros(len(parts.master.lower)), invested(parts, hours)):
        for period, result in zip(case.periods, at(parts, point), strict=True):
            assert result.missed is None
            assert result.cost_meur == pytest.approx(least_cost(assembly, period, point), rel=1e-8)


def test_water_shared_at_once_has_a_price(tutorial_case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of days that are alike, where the year's water may be used on any."""
    monkeypatch.setattr(dispatch_module, "MAX_DAYS_PER_BLOCK", 1)
    first, second = tutorial_case.days
    alike = replace(tutorial_case, days=(first, replace(second, first_hour=first.first_hour)), inflows={})
    parts = decompose(build_extensive_form(alike), 60)
    for result in at(parts, np.zeros(len(parts.master.lower))):
        np.testing.assert_allclose(result.budget[0], result.budget[1])
    prices = parts.dispatcher.prices
    assert set(prices) == set(parts.form.nodes)
    assert all((price > 0).all() for price in prices.values())


@pytest.mark.parametrize("seed", range(4))
def test_planes_lie_below_cost_and_emissions_at_other_investments(
    seed: int, closeness: float, tutorial_case: Case
) -> None:
    parts = decompose(build_extensive_form(tutorial_case), 60)
    here, there = invested(parts, seed), invested(parts, 100 + seed)
    known, other = at(parts, here), at(parts, there)
    moved = parts.links_at(there) - parts.links_at(here)
    for period, (one, another) in enumerate(zip(known, other, strict=True)):
        assert one.bound.value + one.bound.slope @ moved[period] <= another.cost_meur * (1 + 1e-9)
        for part in range(parts.parts.count):
            own = np.where(parts.parts.of_link[0] == part, one.accounts.slope[0], 0.0)
            below = one.accounts.value[part] + own @ moved[period, : len(own)]
            assert below <= another.accounts.value[part] + 1e-9 * max(1.0, another.accounts.value[part])


def test_nothing_invested_draws_and_emits_nothing(tutorial_case: Case) -> None:
    parts = decompose(build_extensive_form(tutorial_case), 60)
    for result in at(parts, np.zeros(len(parts.master.lower))):
        assert not result.accounts.value.any()
        assert not result.accounts.slope.any()


def test_load_that_no_sharing_serves_is_told_with_a_plane(tutorial_case: Case, closeness: float) -> None:
    parts = decompose(build_extensive_form(tutorial_case), 60)
    point = np.zeros(len(parts.master.lower))
    drawing = [
        place for place, (name, _) in enumerate(parts.dispatcher.structure.day.template.links) if name == "alive_mw"
    ]
    point[parts.links[:, drawing]] = 1e5
    for period, result in enumerate(at(parts, point)):
        assert result.missed is not None
        at_nothing = result.missed.value - result.missed.slope @ parts.links_at(point)[period]
        assert at_nothing <= 1e-6 * result.missed.value
