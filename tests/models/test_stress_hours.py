from dataclasses import replace

import numpy as np
import pytest

from models.case import Case
from models.day_parameters import day_layout
from models.stress_hours import stress_hours
from tests.models.paper import asking, changed


def stressed(case: Case, zone: str, share: float) -> list[int]:
    """Return the stress hours of a zone in the first period, by their number in all representative days."""
    asked = asking(case, "power", cover_stress_share=share)
    return [int(hour) for hour in np.flatnonzero(stress_hours(asked, day_layout(asked), "p1")[zone])]


@pytest.mark.parametrize(
    ("zone", "share", "hours"),
    [
        ("FAR", 0.05, [1]),  # 300 MW of load against 200, and one hour is the least there is
        ("NEAR", 0.05, [2]),  # of equal hours the earlier
        ("NEAR", 0.25, [2]),
        ("NEAR", 0.26, [2, 3]),  # each of the four stands for a quarter of the year
        ("NEAR", 1.0, [0, 1, 2, 3]),
    ],
)
def test_hours_of_the_highest_load_by_hand(case: Case, zone: str, share: float, hours: list[int]) -> None:
    assert stressed(case, zone, share) == hours


def test_wind_that_blows_relieves_an_hour_and_a_steady_plant_none(case: Case) -> None:
    """1,000 MW that blow 0.4, 0.2, 0.3, 0.3 leave NEAR shortest in its second hour; hydro is steady."""
    hydro = case.fleets["NEAR", "hydro", 2026]
    wind = hydro.model_copy(update={"technology": "wind", "capacity_mw": 1000.0})
    fleets = {**case.fleets, ("NEAR", "wind", 2026): wind}
    windy = changed(asking(case, "power"), "fleets", ("NEAR", "hydro", 2026), capacity_mw=5000.0)
    assert stressed(windy, "NEAR", 0.05) == [2]
    assert stressed(replace(windy, fleets=fleets), "NEAR", 0.05) == [1]
