from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.case import Array, Line
from models.cycles import independent_cycles
from tests.drafts import row


def network(*listed: tuple[str, str, str, float]) -> dict[str, Line]:
    """Return lines by name from (name, one end, the other, reactance)."""
    return {
        line: Line.model_validate(row("lines", line=line, from_zone=one, to_zone=other, reactance_pu=reactance))
        for line, one, other, reactance in listed
    }


def test_a_triangle_is_one_cycle_and_signs_follow_the_way_round() -> None:
    lines = network(("AB", "A", "B", 0.1), ("BC", "B", "C", 0.3), ("AC", "A", "C", 0.2))
    (cycle,) = independent_cycles(lines).values()
    assert cycle == pytest.approx({"AB": 1, "BC": 3, "AC": -2})


def test_parallel_lines_are_a_cycle_of_two_whichever_way_they_are_written() -> None:
    assert independent_cycles(network(("1", "A", "B", 0.1), ("2", "B", "A", 0.2))) == {
        "2": pytest.approx({"1": 1, "2": 2})
    }


def test_a_tree_has_no_cycle_and_lines_without_reactance_close_none() -> None:
    assert independent_cycles(network(("AB", "A", "B", 0.1), ("BC", "B", "C", 0.1), ("AC", "A", "C", 0))) == {}


def test_every_network_has_its_own_cycles() -> None:
    rings = [(f"{n}{one}{other}", n + one, n + other, 0.1) for n in "XY" for one, other in combinations("ABC", 2)]
    cycles = independent_cycles(network(*rings))
    assert [{*cycle} for cycle in cycles.values()] == [{"XAB", "XAC", "XBC"}, {"YAB", "YAC", "YBC"}]


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Line]:
    """Draw lines between some of six zones, several between the same ones among them."""
    pairs = draw(st.lists(st.permutations("ABCDEF").map(lambda zones: zones[:2]), max_size=14))
    reactances = draw(st.lists(st.sampled_from([0, 0.0001, 0.02, 1, 10]), min_size=len(pairs), max_size=len(pairs)))
    return network(
        *((f"L{n}", one, other, x) for n, ((one, other), x) in enumerate(zip(pairs, reactances, strict=True)))
    )


def drops_of_angles(lines: dict[str, Line]) -> Array:
    """Return the drops over reactive lines that one unit of angle in each zone makes, shape (lines, zones)."""
    return np.array([[(z == each.from_zone) - (z == each.to_zone) for z in "ABCDEF"] for each in lines.values()], float)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(lines=networks())
def test_drops_cancel_around_the_cycles_exactly_where_angles_make_them(lines: dict[str, Line]) -> None:
    """Angles keep every cycle, and as many cycles are independent as flows have freedom beyond angles."""
    cycles = independent_cycles(lines)
    reactive: dict[str, Any] = {line: each for line, each in lines.items() if each.reactance_pu > 0}
    if not reactive:
        assert cycles == {}
        return
    rows = np.array([[cycle.get(line, 0.0) for line in reactive] for cycle in cycles.values()]).reshape(
        -1, len(reactive)
    )
    angles = drops_of_angles(reactive)
    flows = angles / np.array([[each.reactance_pu] for each in reactive.values()])
    assert np.abs(rows @ flows).max(initial=0) <= 1e-9 * np.abs(rows).max(initial=1) * np.abs(flows).max()
    assert all(min(map(abs, cycle.values())) == 1 for cycle in cycles.values())
    assert len(cycles) == len(reactive) - np.linalg.matrix_rank(angles)
    for closing in cycles:  # no cycle is made of the others, as each alone has the line that closes it
        assert [other for other, cycle in cycles.items() if closing in cycle] == [closing]
