import pytest

from models.case import Latency
from optimizer.prepare.latency import round_trips
from tests.places import region, site

ORIGIN = {"a": site("a", latitude=0, longitude=0)}
EAST = {"r": region("r", latitude=0, longitude=1)}


def test_a_degree_of_the_equator_takes_its_length_in_fibre() -> None:
    trips = round_trips(ORIGIN, EAST | {"s": region("s", latitude=0, longitude=0)}, {}, 1.4)
    assert trips["a", "r"] == pytest.approx(2 * 111.319491 * 1.4 / 200, rel=1e-6)
    assert trips["a", "s"] == 0.0


def test_helsinki_to_madrid() -> None:
    helsinki = {"a": site("a", latitude=60.17, longitude=24.94)}
    madrid = {"r": region("r", latitude=40.42, longitude=-3.70)}
    assert round_trips(helsinki, madrid, {}, 1.0)["a", "r"] == pytest.approx(29.5, abs=0.2)


def test_a_stated_round_trip_wins() -> None:
    stated = Latency(site="a", region="r", round_trip_ms=7.5, source="test", quality="real")
    trips = round_trips(ORIGIN | {"b": site("b", latitude=0, longitude=2)}, EAST, {("a", "r"): stated}, 1.4)
    assert trips["a", "r"] == 7.5
    assert trips["b", "r"] == pytest.approx(1.5585, abs=1e-4)


def test_nothing_to_measure() -> None:
    assert round_trips({}, EAST, {}, 1.4) == {}
