import itertools

import numpy as np
import pytest

from optimizer.prepare.calendar_map import calendar_map


def test_every_day_has_the_representative_that_is_nearest_where_weights_allow() -> None:
    points = np.array([[0.0], [0.1], [0.9], [1.0], [0.2]])
    assert calendar_map(points, {0: 3.0, 3: 2.0}) == {0: (0, 1, 4), 3: (2, 3)}
    assert calendar_map(points, {0: 2.0, 3: 3.0}) == {0: (0, 1), 3: (2, 3, 4)}  # the last one is nearest to the border


def test_weights_that_are_not_whole_are_rounded_to_the_year() -> None:
    found = calendar_map(np.arange(10.0)[:, None], {1: 3.4, 4: 0.2, 8: 6.4})
    assert {place: len(days) for place, days in found.items()} == {1: 3, 4: 1, 8: 6}
    assert sorted(itertools.chain(*found.values())) == [*range(10)]


@pytest.mark.parametrize("seed", range(3))
def test_no_other_map_is_nearer(seed: int) -> None:
    """Against every map of six days to two representative ones."""
    points = np.random.default_rng(seed).random((6, 2))
    found = calendar_map(points, {1: 4.0, 5: 2.0})

    def distance(far: tuple[int, ...]) -> float:
        return sum(float(((points[day] - points[5 if day in far else 1]) ** 2).sum()) for day in range(6))

    assert distance(found[5]) == pytest.approx(min(map(distance, itertools.combinations(range(6), 2))))
