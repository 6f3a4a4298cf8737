import numpy as np
import pytest

from models.case import Case
from models.day_parameters import day_layout, day_numbers, day_values, number_keys
from tests.models.paper import DECLINED, GROWN, changed


def test_all_days_share_one_layout(case: Case) -> None:
    layout = day_layout(case)
    assert layout.hours == (0, 1)
    assert (layout.zones, layout.hosts) == (("FAR", "NEAR"), ("FAR", "NEAR"))
    assert layout.places["NEAR"] == (("N1", "air"), ("N1", "liquid"))  # C1 has no land for more
    assert layout.generators == (("FAR", "gas"), ("NEAR", "hydro"), ("NEAR", "wind"))
    assert (layout.stores, layout.reservoirs) == ((("FAR", "battery"),), (("NEAR", "hydro"),))
    assert layout.growing == {("FAR", "battery"), ("NEAR", "wind")}  # in some period
    assert layout.matching == {("NEAR", "hydro"), ("NEAR", "wind")}
    assert (layout.lines_from["NEAR"], layout.lines_to["FAR"], layout.lines_to["NEAR"]) == (("N-F",), ("N-F",), ())
    assert layout.cycles == {}  # see test_cycles.py


def test_a_zone_without_room_hosts_nobody(case: Case) -> None:
    full = changed(case, "sites", "N1", land_mw=19.0)
    assert day_layout(full).hosts == ("FAR",)


def test_numbers_of_a_day(case: Case) -> None:
    numbers = day_numbers(case, day_layout(case), "p2", case.days[1])  # hours 2 and 3
    assert numbers.load_mw["NEAR", 0] == pytest.approx(150 + 10 * 0.8 * 1.2)
    assert numbers.load_mw["FAR", 1] == pytest.approx(200 * GROWN)
    assert (numbers.existing_mw["FAR", "gas", 0], numbers.existing_mw["NEAR", "wind", 0]) == (450, 0)
    assert numbers.availability == pytest.approx({("NEAR", "wind", 0): 0.3, ("NEAR", "wind", 1): 0.3})
    assert numbers.matching["NEAR", "hydro", 1] == pytest.approx(0.5)
    assert numbers.fleet_mw == {("FAR", "battery"): 10}
    assert numbers.draw["N1", "air", 1] == pytest.approx(0.96)
    assert numbers.intensity_t_per_mwh["FAR", 0] == pytest.approx(0.5 * DECLINED)
    assert numbers.shed_mwh[()] == pytest.approx(0.01 * (2 * 159.6 + 400 * GROWN))
    assert numbers.days_per_year_e6[()] == pytest.approx(2190 / 1e6)


def test_committed_sites_draw_from_their_year_on(case: Case) -> None:
    later = changed(case, "sites", "C1", committed_year=2030)
    loads = [day_numbers(later, day_layout(later), period, case.days[0]).load_mw["NEAR", 0] for period in case.periods]
    assert loads == pytest.approx([100 + 9.6 / 5, 109.6])  # one year of the five


def test_values_come_in_the_order_of_their_keys(case: Case) -> None:
    layout = day_layout(case)
    keys, values = number_keys(case, layout), day_values(case, layout, "p1", case.days[0])
    assert {name: len(listed) for name, listed in keys.items()} == {name: len(row) for name, row in values.items()}
    assert all(np.isfinite(row).all() for row in values.values())
