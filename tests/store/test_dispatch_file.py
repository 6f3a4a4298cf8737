from pathlib import Path

import numpy as np
import pytest

from models.plan import Hourly
from optimizer.store.dispatch_file import DISPATCH, dispatch_header, first_change, read_values, write_dispatch

KEYS = {"output_mw": ("B.wind", "A.gas", "A.wind"), "charge_mw": (), "load_mw": ("A", "B")}


def drawn(periods: int, days: int, hours: int) -> Hourly:
    """Return a dispatch of numbers of all sizes."""
    draw = np.random.default_rng(periods + days + hours)
    names = [f"p{number}" for number in range(periods)], [f"d{number:03d}" for number in range(days)]
    numbers = {
        kind: draw.normal(size=(len(keys), periods, days, hours)) * 10.0 ** draw.integers(-300, 300)
        for kind, keys in KEYS.items()
    }
    return Hourly(periods=names[0], days=names[1], hours=hours, keys=KEYS, values=numbers)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 24), (3, 8, 24), (2, 365, 24), (3, 2, 168)])
def test_a_dispatch_reads_back_exactly(shape: tuple[int, int, int], tmp_path: Path) -> None:
    hourly = drawn(*shape)
    write_dispatch(hourly, tmp_path / DISPATCH)
    first = (tmp_path / DISPATCH).read_bytes()
    back = Hourly(**hourly.model_dump(), values=read_values(tmp_path / DISPATCH, dispatch_header(hourly)))
    assert back == hourly
    assert first_change(back, dispatch_header(hourly)) == ""
    write_dispatch(back, tmp_path / DISPATCH)
    assert (tmp_path / DISPATCH).read_bytes() == first


def test_a_number_changed_is_told_by_its_place() -> None:
    hourly = drawn(2, 3, 4)
    stated = dispatch_header(hourly)
    for place in np.ndindex(hourly.values["output_mw"].shape):
        numbers = hourly.values["output_mw"].copy()
        numbers[place] = np.nextafter(numbers[place], np.inf)
        changed = hourly.model_copy(update={"values": {**hourly.values, "output_mw": numbers}})
        key, period, day, hour = place
        told = first_change(changed, stated)
        assert f"(output_mw of {KEYS['output_mw'][key]}, p{period}, d{day:03d}, hour {hour})" in told
        assert changed != hourly


@pytest.mark.parametrize(
    ("keys", "numbers"),
    [
        ({"load_mw": ("A",)}, {"load_mw": np.zeros((1, 1, 1, 3))}),
        ({"load_mw": ("A", "B")}, {"load_mw": np.zeros((1, 1, 1, 2))}),
        ({"load_mw": ("A",)}, {"shed_mw": np.zeros((1, 1, 1, 2))}),
    ],
)
def test_names_and_numbers_fit(keys: dict[str, tuple[str, ...]], numbers: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match=r"must have the shape|must be the same"):
        Hourly(periods=("p",), days=("d",), hours=2, keys=keys, values=numbers)
    numbers = {"load_mw": np.zeros((1, 1, 1, 2))}
    hourly = Hourly(periods=("p",), days=("d",), hours=2, keys={"load_mw": ("A",)}, values=numbers)
    with pytest.raises(ValueError, match="read-only"):
        hourly.values["load_mw"][0, 0, 0, 0] = 1.0
