"""FAR's battery holds 40 MWh and carries them from d001 to d002 and back; then the days of the record are six."""

from dataclasses import replace

import pyomo.environ as pyo
import pytest

from models.calendar import runs
from models.case import Case, Day
from models.formulation import build
from tests.models.paper import changed, equation

STORE = "storage.{}_mwh[FAR,battery,p1,{}]".format
NEW = "power.plant_mw[FAR,battery,p1]"


@pytest.fixture(scope="module")
def carrying(case: Case) -> Case:
    return changed(case, "technologies", "battery", carries_over=True)


@pytest.fixture(scope="module")
def stored(carrying: Case) -> pyo.ConcreteModel:
    return build(carrying)


def test_nothing_is_carried_over_unless_stated(model: pyo.ConcreteModel) -> None:
    assert [*model.storage.level_mwh] == [*model.storage.change_mwh] == []


def test_rows_of_days_are_those_of_the_record() -> None:
    one, other = Day("d001", 0, 200, (0, 1, 4)), Day("d002", 48, 165, (2, 3, 5))
    assert runs((one, other)) == ((one, 2), (other, 2), (one, 1), (other, 1))
    assert runs((Day("d001", 0, 1), Day("d002", 2, 1))) == ((Day("d001", 0, 1), 1), (Day("d002", 2, 1), 1))


def test_level_follows_the_days(stored: pyo.ConcreteModel) -> None:
    rule = stored.storage.level_follows_the_days
    first = {STORE("level", 1): 1, STORE("level", 0): -1, STORE("change", "d001"): -1, "==": 0}
    assert equation(rule["FAR", "battery", "p1", 0]) == first
    last = {STORE("level", 0): 1, STORE("level", 1): -1, STORE("change", "d002"): -1, "==": 0}
    assert equation(rule["FAR", "battery", "p1", 1]) == last


def test_the_first_and_the_last_of_days_in_a_row_keep_to_the_store(carrying: Case) -> None:
    days = (replace(carrying.days[0], stands_for=(0, 1, 2)), replace(carrying.days[1], stands_for=(3,)))
    model = build(replace(carrying, days=days))
    below, above = model.storage.store_is_not_drawn_below_nothing, model.storage.store_is_not_filled_above_its_size
    assert [index[3:] for index in below if index[2] == "p1"] == [(0, 0), (0, 2), (1, 0)]
    third = {STORE("level", 0): -1, STORE("change", "d001"): -2}
    assert equation(below["FAR", "battery", "p1", 0, 2]) == {STORE("dip", "d001"): 1, **third, "<=": 0}
    full = {STORE("level", 0): 1, STORE("change", "d001"): 2, STORE("rise", "d001"): 1, NEW: -4, "<=": 40}
    assert equation(above["FAR", "battery", "p1", 0, 2]) == pytest.approx(full)
    follows = model.storage.level_follows_the_days["FAR", "battery", "p1", 0]
    assert equation(follows)[STORE("change", "d001")] == -3


def test_a_day_begins_at_what_may_be_taken_out(stored: pyo.ConcreteModel) -> None:
    day = stored.dispatch.days["p1", "d001"]
    own = "dispatch.days[p1,d001].{}[FAR,battery,{}]".format
    flows = {own("charge_mw", 0): -0.9, own("discharge_mw", 0): 1 / 0.9}
    first = {own("level_mwh", 0): 1, STORE("dip", "d001"): -1, **flows, "==": 0}
    assert equation(day.storage_ends_the_day_as_it_began["FAR", "battery", 0]) == pytest.approx(first)
    ends = {own("level_mwh", 1): 1, STORE("dip", "d001"): -1, STORE("change", "d001"): -1, "==": 0}
    assert equation(day.storage_leaves_what_it_carries_over["FAR", "battery"]) == ends
    rises = {own("level_mwh", 1): 1, STORE("dip", "d001"): -1, STORE("rise", "d001"): -1, "<=": 0}
    assert equation(day.storage_rises_as_far_as_the_year_allows["FAR", "battery", 1]) == rises
