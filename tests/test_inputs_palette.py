"""The overlay `palette` of the reference case: what Europe has not built yet, held to physics and to the case's own."""

from pathlib import Path

import pytest

from models.case import Case
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings

EUROPE = Path(__file__).parents[1] / "inputs" / "europe"


@pytest.fixture(scope="module")
def cases() -> tuple[Case, Case]:
    """Give the reference case, and the same with the palette."""
    return tuple(read_case(EUROPE, load_settings(EUROPE, name)) for name in ("base", "palette"))  # type: ignore[return-value]


def test_what_the_case_has_is_there_as_it_was(cases: tuple[Case, Case]) -> None:
    own, wide = cases
    assert {**wide.technologies, "battery": own.technologies["battery"]}.items() >= own.technologies.items()
    assert wide.potentials.items() >= own.potentials.items()
    stated = [key for key in own.sources if key[0] == "technologies" and key[1] != "battery"]
    assert stated
    assert all(wide.quality("technologies", row, column) == own.quality("technologies", row, column)
               for _, row, column in stated if row in own.technologies)  # fmt: skip


def test_a_battery_of_the_least_hours_costs_what_the_case_has(cases: tuple[Case, Case]) -> None:
    own, wide = (case.technologies["battery"] for case in cases)
    chosen = wide.capex_meur_per_mw + wide.duration_hours * wide.capex_meur_per_mwh
    assert chosen == pytest.approx(own.capex_meur_per_mw, rel=0.01)
    assert wide.duration_max_hours > wide.duration_hours == own.duration_hours


def test_capture_is_dearer_and_cleaner_than_gas(cases: tuple[Case, Case]) -> None:
    kinds = cases[1].technologies
    gas, capture = kinds["gas"], kinds["gas_capture"]
    assert 0.05 < capture.emission_kg_per_mwh / gas.emission_kg_per_mwh < 0.15  # nine tenths captured, more fuel burnt
    assert 1.8 < capture.capex_meur_per_mw / gas.capex_meur_per_mw < 2.5
    assert capture.marginal_eur_per_mwh < gas.marginal_eur_per_mwh  # 70 EUR a tonne is more than storing it costs


def test_long_storage_is_cheap_by_the_hour_and_wastes_more(cases: tuple[Case, Case]) -> None:
    kinds = cases[1].technologies
    iron, battery = kinds["iron_air"], kinds["battery"]
    assert iron.capex_meur_per_mw / iron.duration_hours < 0.2 * battery.capex_meur_per_mwh
    assert iron.efficiency_share == pytest.approx(0.71 * 0.6)


def test_reactors_come_in_units_that_their_zones_may_hold(cases: tuple[Case, Case]) -> None:
    unit_mw = cases[1].technologies["smr"].unit_mw
    held = [row.potential_mw / unit_mw for (_, kind), row in cases[1].potentials.items() if kind == "smr"]
    assert len(held) == 13
    assert sum(units >= 1 for units in held) >= 10
