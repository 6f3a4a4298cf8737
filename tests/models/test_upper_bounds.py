from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest

from models.case import Case
from models.formulation import build
from models.upper_bounds import (
    buildable_mw,
    committed_kh100e,
    committed_mw,
    contractable_mw,
    density_kh100e_per_mw,
    fleet_mw,
    headroom_mw,
    mean_availability,
    most_compute_kh100e,
    most_halls,
    most_power_mw,
    price_basis_eur_per_mwh,
)
from tests.models.paper import asking, best, changed


def test_power_is_headroom_with_every_step_that_can_be_ready_and_own_supply(case: Case) -> None:
    assert most_power_mw(case, "N1", "p1") == 60 + 6
    assert [most_power_mw(case, "F1", period) for period in case.periods] == [30 + 50, 30 + 50 + 40]


@pytest.mark.parametrize(
    ("columns", "halls"),
    [
        ({}, [3, 3]),
        ({"land_mw": 59.0}, [2, 2]),
        ({"connection_year": 2027}, [0, 3]),
        ({"permit_year": 2032}, [0, 0]),
        ({"behind_meter_mw": 28.0}, [4, 4]),  # 88 MW carry four halls of 22
    ],
)
def test_halls_are_limited_by_land_grid_and_dates(case: Case, columns: dict[str, float], halls: list[int]) -> None:
    here = changed(case, "sites", "N1", **columns)
    assert [most_halls(here, "N1", "liquid", period) for period in here.periods] == halls


def test_halls_that_need_a_water_body_find_one(case: Case) -> None:
    wet = changed(case, "cooling", "liquid", needs_water_body=True)
    assert most_halls(wet, "N1", "liquid", "p1") == 0
    assert most_halls(changed(wet, "sites", "N1", water_source="river"), "N1", "liquid", "p1") == 3


def test_halls_fit_in_every_later_headroom(case: Case) -> None:
    less = case.headrooms["UN", 2026].model_copy(update={"from_year": 2031, "headroom_mw": 20.0})
    shrinking = replace(case, headrooms={**case.headrooms, ("UN", 2031): less})
    assert headroom_mw(shrinking, "UN", "p2") == 20
    assert [most_halls(shrinking, "N1", "liquid", period) for period in case.periods] == [1, 1]  # 26 / 22


def test_halls_are_only_of_a_cooling_that_carries_a_chip_on_sale_once_the_site_could_have_them(case: Case) -> None:
    assert [most_halls(case, "N1", "air", period) for period in case.periods] == [2, 2]  # small ones, in p1
    late = changed(case, "sites", "N1", permit_year=2031)
    assert [most_halls(late, "N1", "air", period) for period in case.periods] == [0, 0]
    assert [most_halls(late, "N1", "liquid", period) for period in case.periods] == [0, 3]


def test_halls_that_no_chip_could_fill_change_no_optimum(case: Case) -> None:
    """A chip on sale of which the market delivers none brings the halls back, and nothing to fill them with."""
    gone = changed(case, "chips", "small", last_year=2025)
    chip = case.chips["small"].model_copy(update={"chip": "none", "last_year": 2040, "price_eur_per_chip": 1e6})
    supply = case.chip_supply["small", "any", "p1"].model_copy(update={"chip": "none", "limit_kchips": 0.0})
    back = replace(
        gone,
        chips={**gone.chips, "none": chip},
        chip_supply={
            **gone.chip_supply,
            **{("none", "any", each): supply.model_copy(update={"period": each}) for each in case.periods},
        },
    )
    found = []
    for each, halls in ((gone, False), (back, True)):
        model = build(each)
        assert any(cooling == "air" for _, cooling, _ in model.sizing.halls) is halls
        goals = model.objective
        most = best(model, goals.compute_goal)
        assert most is not None
        assert most > 0
        model.kept = pyo.Constraint(expr=goals.compute_goal >= most - 1e-6)
        found.append((most, best(model, goals.cost_goal, pyo.minimize)))
    assert found[0] == pytest.approx(found[1], rel=1e-7)


def test_a_committed_site_that_comes_later_has_no_halls_before(case: Case) -> None:
    later = changed(case, "sites", "C1", committed_year=2030, land_mw=20.0)
    assert [most_halls(later, "C1", "liquid", period) for period in case.periods] == [0, 1]
    assert [committed_mw(later, "C1", period) for period in case.periods] == pytest.approx(
        [2, 10]
    )  # 2030 is one of five years
    assert committed_mw(case, "N1", "p1") == 0


def test_a_committed_site_wears_out_as_its_chips_do_unless_they_are_renewed(case: Case) -> None:
    old = changed(case, "chips", "small", life_years=7.0)
    assert [committed_mw(old, "C1", period) for period in case.periods] == pytest.approx([10, 10 * 2 / 5])
    kept = changed(old, "sites", "C1", renewed=True)
    assert [committed_mw(kept, "C1", period) for period in case.periods] == [10, 10]


def test_compute_of_chips(case: Case) -> None:
    assert density_kh100e_per_mw(case, "large") == pytest.approx(2.5 * 0.9 / 2)
    assert committed_kh100e(case, "C1", "p1") == pytest.approx(10 * 0.9)
    assert committed_kh100e(case, "N1", "p1") == 0
    assert most_compute_kh100e(case, "N1", "p2") == pytest.approx(3 * 20 * 1.125)  # the densest chip sold by then
    assert most_compute_kh100e(case, "C1", "p2") == pytest.approx(9)


def test_a_fleet_is_its_latest_row(case: Case) -> None:
    assert [fleet_mw(case, "FAR", "gas", period) for period in case.periods] == [500, 450]
    assert fleet_mw(case, "FAR", "wind", "p1") == 0


def closing(case: Case, year: int, **columns: float) -> Case:
    """Return the case with another row of the hydro of NEAR from a year on."""
    row = case.fleets["NEAR", "hydro", 2026].model_copy(update={"from_year": year, **columns})
    return replace(case, fleets={**case.fleets, ("NEAR", "hydro", year): row})


def test_a_fleet_is_the_mean_of_the_years_and_what_can_be_contracted_the_least(case: Case) -> None:
    half = closing(case, 2034, capacity_mw=100.0)  # 400 MW for three years of five, then 100
    assert fleet_mw(half, "NEAR", "hydro", "p2") == pytest.approx((3 * 400 + 2 * 100) / 5)
    assert fleet_mw(half, "NEAR", "hydro", "p1") == 400
    assert [contractable_mw(half, "NEAR", "hydro", period) for period in half.periods] == [100, 25]
    assert mean_availability(half, "NEAR", "hydro", "p2") == pytest.approx(200 / 280)  # the water is as much as before
    bound = closing(case, 2035, uncontracted_share=0.0)
    assert contractable_mw(bound, "NEAR", "hydro", "p2") == 0
    assert contractable_mw(closing(case, 2036, capacity_mw=0.0), "NEAR", "hydro", "p2") == 100  # after the period
    part = changed(half, "periods", "p2", length_years=3.5)  # of 2034 the half counts
    assert fleet_mw(part, "NEAR", "hydro", "p2") == pytest.approx((3 * 400 + 0.5 * 100) / 3.5)
    late = replace(case, fleets={("NEAR", "hydro", 2033): case.fleets["NEAR", "hydro", 2026]})
    assert fleet_mw(late, "NEAR", "hydro", "p2") == pytest.approx(3 / 5 * 400)
    assert contractable_mw(late, "NEAR", "hydro", "p2") == 0  # nobody delivers in 2031


def test_a_headroom_is_the_least_of_the_years(case: Case) -> None:
    less = case.headrooms["UN", 2026].model_copy(update={"from_year": 2033, "headroom_mw": 20.0})
    more = case.headrooms["UN", 2026].model_copy(update={"from_year": 2034, "headroom_mw": 90.0})
    changing = replace(case, headrooms={**case.headrooms, ("UN", 2033): less, ("UN", 2034): more})
    assert [headroom_mw(changing, "UN", period) for period in changing.periods] == [60, 20]
    assert most_power_mw(changing, "N1", "p2") == 20 + 6
    late = replace(case, headrooms={("UN", 2033): less})
    assert headroom_mw(late, "UN", "p2") == 0


def test_contracts_take_firm_low_carbon_plants_still_free(case: Case) -> None:
    assert contractable_mw(case, "NEAR", "hydro", "p1") == 400 * 0.25
    free_gas = changed(case, "fleets", ("FAR", "gas", 2026), uncontracted_share=1.0)
    assert contractable_mw(free_gas, "FAR", "gas", "p1") == 0


def test_new_plants_take_their_time(case: Case) -> None:
    assert [buildable_mw(case, "NEAR", "wind", period) for period in case.periods] == [0, 100]
    assert [buildable_mw(case, "FAR", "battery", period) for period in case.periods] == [20, 20]
    assert buildable_mw(case, "NEAR", "gas", "p1") == 0


def test_mean_availability_counts_weather_and_reservoirs(case: Case) -> None:
    assert mean_availability(case, "NEAR", "wind", "p1") == pytest.approx((0.4 + 0.2 + 0.3 + 0.3) / 4)
    assert mean_availability(case, "FAR", "gas", "p1") == 1
    assert mean_availability(case, "NEAR", "hydro", "p1") == pytest.approx(1.752e6 / 8760 / 400)
    hourly = {**case.hourly, "availability": {"NEAR.hydro": np.full(4, 0.3)}}
    assert mean_availability(replace(case, hourly=hourly), "NEAR", "hydro", "p1") == pytest.approx(0.3)


def test_the_price_basis_declines_and_is_taken_in_part(case: Case) -> None:
    left = [sum(0.95**years for years in range(first, first + 5)) / 5 for first in (0, 5)]
    found = [price_basis_eur_per_mwh(case, "FAR", period) for period in case.periods]
    assert found == pytest.approx([-5 * share for share in left])
    steady = asking(case, "power", price_basis_decay_share=0.0, price_basis_scale=0.5)
    assert price_basis_eur_per_mwh(steady, "FAR", "p2") == -2.5
    assert price_basis_eur_per_mwh(case, "NEAR", "p1") == 0
