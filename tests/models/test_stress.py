"""NEAR is under stress in hours 0 and 1, in which new wind has 0.4 and 0.2; FAR in hour 2."""

from dataclasses import replace
from typing import Any

import pyomo.environ as pyo
import pytest

from models import compute, cooling, power, siting, sizing, stress
from models.case import Case, StressDay
from models.formulation import build
from models.stress import given_share, hardest
from tests.drafts import row
from tests.models.paper import asking, best, equation

PREFIX = (siting, sizing, compute, cooling, power, stress)
HYDRO, WIND = "power.contracted_mw[NEAR,hydro,p2]", "power.plant_mw[NEAR,wind,p2]"
FORWARD, BACKWARD = "power.forward_mw[N-F,p2]", "power.backward_mw[N-F,p2]"
DRAWN = {f"compute.alive_mw[N1,{kind},p2]": 0.5 * 0.8 * pue for kind, pue in (("air", 1.2), ("liquid", 1.1))}


@pytest.fixture(scope="module")
def stressed(case: Case) -> Case:
    days: dict[Any, Any] = {
        (zone, first): StressDay.model_validate(row("stress_days", zone=zone, first_hour=first, hours=hours))
        for zone, first, hours in (("NEAR", 0, 2), ("FAR", 2, 1))
    }
    return asking(replace(case, stress_days=days), "power", stress_share=0.5)


@pytest.fixture(scope="module")
def model(stressed: Case) -> pyo.ConcreteModel:
    return build(stressed, PREFIX)


def test_hours_that_another_makes_superfluous_are_not_asked(stressed: Case) -> None:
    assert hardest(stressed, "NEAR") == (1,)
    wind = stressed.hourly["availability"]["NEAR.wind"]
    worn = {**stressed.hourly, "availability": {"NEAR.wind": wind, "NEAR.hydro": 1 - wind}}  # one rises as one falls
    assert hardest(replace(stressed, hourly=worn), "NEAR") == (0, 1)
    assert hardest(stressed, "FAR") == (2,)
    assert hardest(replace(stressed, stress_days={}), "FAR") == ()


def test_plants_count_by_what_they_can_give_then(stressed: Case) -> None:
    assert given_share(stressed, "NEAR", "wind", "p2", 1) == 0.2
    assert given_share(stressed, "NEAR", "hydro", "p2", 1) == 0.5  # its mean
    assert given_share(stressed, "FAR", "battery", "p2", 2) == 1.0  # lasts four hours of one
    long = {key: each.model_copy(update={"hours": 8}) for key, each in stressed.stress_days.items()}
    assert given_share(replace(stressed, stress_days=long), "FAR", "battery", "p2", 2) == 0.5


def test_low_carbon_plant_feeds_the_data_centres_in_hours_of_stress(model: pyo.ConcreteModel) -> None:
    rule = model.stress.low_carbon_plant_feeds_the_data_centres_in_hours_of_stress
    fed = {HYDRO: -0.5, WIND: -0.2, FORWARD: 1, BACKWARD: -0.98}
    assert equation(rule["NEAR", "p2", 1]) == pytest.approx({**DRAWN, **fed, "<=": 0})
    assert [*rule] == [(zone, period, hour) for zone, hour in (("FAR", 2), ("NEAR", 1)) for period in ("p1", "p2")]


def test_nothing_is_asked_unless_stated(stressed: Case) -> None:
    model = build(asking(stressed, "power", stress_share=0.0), PREFIX)
    assert [*model.stress.low_carbon_plant_feeds_the_data_centres_in_hours_of_stress] == []


def test_most_halls_on_paper(stressed: Case) -> None:
    """Of 100 MW contracted half is there on the mean: without cover asked for, it feeds all of what N1 draws."""
    lone = asking(stressed, "power", stress_share=1.0, cover_share=0.0)
    model = build(lone, PREFIX)
    alive = sum(each for index, each in model.compute.alive_mw.items() if index[0] == "N1" and index[2] == "p1")
    most = best(model, alive)
    assert most == pytest.approx(50 / (1.1 * 0.8), rel=1e-6)  # chips of p1 fill the halls of liquid cooling
