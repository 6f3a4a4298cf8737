"""Prices, imports, emissions by zone and hour: a price is what another MWh of load costs, worked out by brute force."""

from dataclasses import replace

import numpy as np
import pytest

from models.case import Case
from models.timeline import mean_growth
from optimizer.benders.baseline import solve_baseline
from optimizer.benders.decomposition import decompose
from optimizer.benders.solution import Baseline, Solution
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import build_extensive_form

MORE_MW = 0.01


def baseline_of(case: Case) -> Baseline:
    parts = decompose(build_extensive_form(case), 60.0)
    try:
        return solve_baseline(parts, RunMonitor(), float("inf"))
    finally:
        parts.dispatcher.close()


@pytest.fixture(scope="module")
def alone(tutorial_case: Case) -> Baseline:
    return baseline_of(tutorial_case)


@pytest.mark.parametrize(("zone", "place", "hour"), [("EAST", 0, 3), ("NORTH", 1, 18), ("WEST", 2, 9), ("WEST", 1, 0)])
def test_a_price_is_what_one_more_mwh_costs(
    tutorial_case: Case, alone: Baseline, zone: str, place: int, hour: int
) -> None:
    day = tutorial_case.days[place % len(tutorial_case.days)]
    costs = []
    for more_mw in (-MORE_MW, MORE_MW):
        load = tutorial_case.hourly["load"][zone].copy()
        load[day.first_hour + hour] += more_mw
        hourly = {**tutorial_case.hourly, "load": {**tutorial_case.hourly["load"], zone: load}}
        costs.append(baseline_of(replace(tutorial_case, hourly=hourly)).running_meur)
    for period, system in alone.dispatched.items():
        row = tutorial_case.zones[zone]
        per_mw = mean_growth(tutorial_case, period, row.load_growth_share) * day.weight * MORE_MW / 1e6
        less, more = ((costs[side][period] - alone.running_meur[period]) / per_mw for side in (0, 1))
        price = system.price_eur_per_mwh[[*tutorial_case.zones].index(zone), tutorial_case.days.index(day), hour]
        assert -less - 0.02 <= price <= more + 0.02  # cost is convex in load: slopes on both sides hold the price


def test_imports_and_losses_cancel_over_all_zones(tutorial_case: Case, alone: Baseline) -> None:
    for system in alone.dispatched.values():
        lost = -system.net_import_mw.sum(axis=0)
        assert (lost >= -1e-6).all()
        assert lost.max() <= max(row.loss_share for row in tutorial_case.lines.values()) * sum(
            max(row.forward_mw, row.backward_mw) for row in tutorial_case.lines.values()
        )


def test_emissions_by_zone_sum_to_those_of_the_system(tutorial_case: Case, alone: Baseline) -> None:
    weights = np.array([day.weight for day in tutorial_case.days])
    for period, system in alone.dispatched.items():
        summed_kt = float(weights @ system.direct_t.sum(axis=(0, 2))) / 1000
        assert summed_kt == pytest.approx(alone.emission_kt[period], rel=1e-9)


def test_data_centres_make_no_mean_price_fall_without_new_plant(
    tutorial_case: Case, tutorial_solution: Solution
) -> None:
    assert tutorial_solution.baseline is not None
    weights = np.array([day.weight for day in tutorial_case.days])
    for period, served in tutorial_solution.dispatched.items():
        risen = served.price_eur_per_mwh - tutorial_solution.baseline.dispatched[period].price_eur_per_mwh
        assert float(weights @ risen.sum(axis=(0, 2))) >= -1e-6
