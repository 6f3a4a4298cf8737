from pathlib import Path

import numpy as np
import pytest

from models.reservoir_days import residual_load_mw
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from tests.benchmarks.stress_days import DAY, fed, hardest, page

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"
SMALL = {
    "time.representative_days": "2",
    "siting.gigafactory_kchips": "10",
    "matching.storage_peaks": "1",
    "technologies.wind.capex_meur_per_mw": "8",
}


def test_hours_of_stress_are_fed_where_that_is_asked() -> None:
    """The tutorial states its stretches; with dear wind what money alone chooses feeds half of the draw in them."""
    found = [fed(TUTORIAL, "BUGEY", rules, SMALL) for rules in ("no cover asked", "all hours of stress fed")]
    (without,), (asked,) = (list(each.shares.values()) for each in found)
    assert without == pytest.approx((0.5, 0.5), abs=0.05)
    assert asked == pytest.approx((1.0, 1.0))
    text = page("tutorial", "BUGEY", found)
    assert f"| no cover asked | 12 hours from day 1 | {without[0]:.0%} |" in text
    assert "| all hours of stress fed | 12 hours from day 1 | 100% | 100% |" in text


def test_the_hardest_day_leaves_the_most_residual_load() -> None:
    case = read_case(TUTORIAL, load_settings(TUTORIAL))
    load = residual_load_mw(case, "WEST", list(case.periods)[-1])
    days = load.reshape(-1, DAY).mean(axis=1)
    assert hardest(case, "WEST", DAY).first_hour == DAY * int(np.argmax(days))
