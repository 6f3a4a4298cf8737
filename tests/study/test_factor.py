import numpy as np
import pytest
from scipy import stats

from optimizer.study.factor import FactorSettings

SHARES = (np.arange(400) + 0.5) / 400


def factor(**stated: object) -> FactorSettings:
    return FactorSettings.model_validate({"of": "carbon.cap_kg_per_mwh", **stated})


def sample(**stated: object) -> np.ndarray:
    known = factor(**stated)
    return np.array([known.value_at(share) for share in SHARES], dtype=float)


@pytest.mark.parametrize(
    ("stated", "mean", "deviation"),
    [
        ({"distribution": "normal", "mean": 10, "deviation": 2}, 10, 2),
        ({"distribution": "lognormal", "mean": 10, "deviation": 4}, 10, 4),
        ({"distribution": "uniform", "low": 4, "high": 10}, 7, 6 / 12**0.5),
        ({"distribution": "triangular", "low": 0, "mode": 3, "high": 9}, 4, (126 / 18 / 2) ** 0.5),
        ({"range": (4, 10)}, 7, 6 / 12**0.5),
    ],
)
def test_values_have_the_mean_and_deviation_of_their_distribution(
    stated: dict[str, object], mean: float, deviation: float
) -> None:
    values = sample(**stated)
    assert values.mean() == pytest.approx(mean, rel=5e-3)
    assert values.std() == pytest.approx(deviation, rel=3e-2)


def test_a_distribution_cut_off_is_that_of_scipy() -> None:
    values = sample(distribution="normal", mean=10, deviation=2, low=9, high=14)
    assert values == pytest.approx(stats.truncnorm((9 - 10) / 2, (14 - 10) / 2, 10, 2).ppf(SHARES))
    assert 9 <= values.min() <= values.max() <= 14


def test_listed_values_are_drawn_alike_often() -> None:
    known = factor(values=("low", "base", "high"))
    assert [known.value_at(share) for share in (0, 0.3, 0.4, 0.7, 1)] == ["low", "low", "base", "high", "high"]


def test_points_are_what_a_grid_takes() -> None:
    assert factor(values=(3, 1)).points == [3, 1]
    assert factor(range=(2, 4), levels=3).points == [2, 3, 4]
    tenth, ninth = factor(distribution="normal", mean=0, deviation=1).points
    assert (tenth, ninth) == pytest.approx((-1.2816, 1.2816), abs=1e-4)
