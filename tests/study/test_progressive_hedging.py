"""Futures handed to mpi-sppy: the farmer of the book, and a case of ours, bounded by its multipliers."""

from importlib.util import find_spec

import pytest

from optimizer.program.nodes import Future
from optimizer.study.progressive_hedging import Scenario, hedged, scenario_of
from tests.benders.test_couplings import case_of
from tests.program.two_stage_problems import FARMER, farmer

pytestmark = pytest.mark.skipif(find_spec("mpisppy") is None, reason="platform: no mpi-sppy")
ANSWER = -108_390.0
KNOWING = -115_406.0


def scenario(name: str) -> Scenario:
    model = farmer(name)
    return Scenario(model, 1 / 3, [*model.acres.values()])


def test_the_bound_of_the_farmer_lies_between_knowing_the_future_and_the_answer() -> None:
    few, found = (hedged(scenario, [*FARMER], iterations=rounds, rho=1.0) for rounds in (1, 30))
    assert KNOWING - 1 < few.bound < found.bound <= ANSWER + 1
    assert found.bound > ANSWER - 0.2 * (ANSWER - KNOWING)
    assert found.distance < few.distance
    assert {*found.mean_first_stage} == {f"acres[{crop}]" for crop in ("wheat", "corn", "beets")}
    assert sum(found.mean_first_stage.values()) == pytest.approx(500, abs=1)


def test_the_model_of_a_future_has_its_first_stage() -> None:
    case = case_of(3)
    made = scenario_of(Future("usual", 0.4, case))
    assert made.probability == 0.4
    assert {each.parent_component().local_name for each in made.first_stage} == {"open_in"}
