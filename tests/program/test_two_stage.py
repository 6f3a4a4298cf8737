"""Futures as one programme: published answers, and the laws of what it is worth to know or to weigh the future."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import scipy.sparse as sparse

from models.settings import Risk
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.linear_program import LinearProgram
from optimizer.program.two_stage import FutureProgram, impossible, merged
from optimizer.solver.highs import run_highs
from tests.program.two_stage_problems import FARMER, PUBLISHED, farmer, futures_of, solved


def test_the_farmer_is_that_of_the_book() -> None:
    farm = PUBLISHED["farmer"]
    recourse, values = solved(futures_of(farm))
    assert recourse == pytest.approx(-108_390, abs=0.5)
    assert values[:3] == pytest.approx([170, 80, 250])
    knowing, _ = solved(futures_of(farm, shared=False))
    assert knowing == pytest.approx(-115_406, abs=0.5)
    _, mean_year = solved(futures_of(replace(farm, scenarios=("average",))))
    assert mean_year[:3] == pytest.approx([120, 80, 300])
    expected, _ = solved(futures_of(farm), fixed=mean_year[:3])
    assert expected - recourse == pytest.approx(1_150, abs=0.5), "value of the stochastic solution"
    assert recourse - knowing == pytest.approx(7_016, abs=0.5), "expected value of perfect information"


def by_placement(futures: list[FutureProgram]) -> dict[tuple[int, ...], float]:
    """Return the mean cost of every placement of five servers, each scenario solved by itself."""
    found = {}
    for placed in product((0, 1), repeat=5):
        costs = []
        for future in futures:
            lower, upper = future.program.lower.copy(), future.program.upper.copy()
            lower[:5] = upper[:5] = placed
            fixed = future.program.with_bounds(lower, upper)
            costs.append(run_highs(fixed, monitor=RunMonitor(), seconds=60, gap=0.0).objective)
        found[placed] = float(np.mean(costs))
    return found


def test_the_servers_are_placed_as_a_search_over_all_placements_has_them() -> None:
    problem = replace(PUBLISHED["servers"], scenarios=tuple(map(str, range(3))))
    value, values = solved(futures_of(problem))
    known = by_placement(futures_of(problem))
    assert value == pytest.approx(min(known.values()), abs=1e-6)
    assert known[tuple(np.round(values[:5]).astype(int).tolist())] == pytest.approx(value, abs=1e-6)
    assert solved(futures_of(problem, shared=False))[0] <= value


@pytest.mark.long
def test_the_servers_in_fifty_scenarios_cost_what_the_best_placement_does() -> None:
    problem = PUBLISHED["servers"]
    assert solved(futures_of(problem))[0] == pytest.approx(-121.6, abs=1e-4)
    assert min(by_placement(futures_of(problem)).values()) == pytest.approx(-121.6, abs=1e-6)


def test_the_worst_futures_weigh_as_asked() -> None:
    futures = futures_of(PUBLISHED["farmer"])
    found = {weight: solved(futures, Risk(cvar_share=0.6, cvar_weight=weight)) for weight in (0.0, 0.5, 0.99)}

    def costs(values: np.ndarray) -> list[float]:
        both = merged(futures)
        return [float(each.program.cost @ values[place]) for each, place in zip(futures, both.places, strict=True)]

    shares = [1 / 3] * 3
    for weight, (value, values) in found.items():
        assert value == pytest.approx(Risk(cvar_share=0.6, cvar_weight=weight).worth(costs(values), shares))
    worst = [Risk(cvar_share=0.6).worst_mean(costs(values), shares) for _, values in found.values()]
    means = [float(np.mean(costs(values))) for _, values in found.values()]
    assert worst[0] > worst[1] > worst[2] - 1e-6
    assert means[0] < means[1] < means[2] + 1e-6
    assert all(each > mean for each, mean in zip(worst, means, strict=True))


def test_the_mean_of_the_worst_by_hand() -> None:
    values, shares = [10.0, 30.0, 20.0], [0.5, 0.2, 0.3]
    assert Risk(cvar_share=0.8).worst_mean(values, shares) == pytest.approx(30.0)
    # the worst half: 0.2 of 30 and 0.3 of 20
    assert Risk(cvar_share=0.5).worst_mean(values, shares) == pytest.approx((0.2 * 30 + 0.3 * 20) / 0.5)
    assert Risk(cvar_share=0.0).worst_mean(values, shares) == pytest.approx(17.0)
    assert Risk(cvar_weight=0.5).worth([7.0], [1.0]) == 7.0


def program(rows: list[list[float]], upper: list[float], names: list[str], cost: list[float]) -> LinearProgram:
    """Return rows `<= upper` over columns of yes or no."""
    count = len(names)
    return LinearProgram(
        cost=np.array(cost),
        offset=0.0,
        lower=np.zeros(count),
        upper=np.ones(count),
        integer=np.ones(count, dtype=bool),
        matrix=sparse.csr_array(np.array(rows, dtype=float)),
        row_lower=np.full(len(rows), -np.inf),
        row_upper=np.array(upper),
        column_names=names,
        row_names=[f"row[{number}]" for number in range(len(rows))],
    )


def test_what_a_future_forbids_is_given_up_there_and_paid() -> None:
    # open costs 3; used earns 10, needs open; in the second future there is no room
    usual = program([[-1, 1]], [0], ["open", "used"], [3, -10])
    gone = program([[-1, 1], [1, 0]], [0, 0], ["open", "used"], [3, -10])
    assert impossible(gone).tolist() == [True, True], "what cannot open is not used"
    first = np.array([True, False])
    for share, expected in ((0.5, 3 - 5), (0.2, 0.0)):
        futures = [FutureProgram("gone", 1 - share, gone, first), FutureProgram("usual", share, usual, first)]
        value, _ = solved(futures)
        assert value == pytest.approx(expected)


def test_what_needs_a_thing_that_a_future_forbids_is_given_up_there_too() -> None:
    # a site opens with somebody to run it: run - open = 0; without room in the second future both are lost there
    usual = program([[-1, 1, 0], [-1, 0, 1]], [0, 0], ["open", "used", "run"], [3, -10, 0])
    usual = replace(usual, row_lower=np.array([-np.inf, 0]))
    gone = replace(usual, upper=np.array([0.0, 1, 1]))
    assert impossible(gone).tolist() == [True, True, True]
    first = np.array([True, False, True])
    futures = [FutureProgram("usual", 0.5, usual, first), FutureProgram("gone", 0.5, gone, first)]
    value, _ = solved(futures)
    assert value == pytest.approx(3 - 5)


def test_rows_of_the_first_stage_alone_stand_once_and_bounds_are_those_of_all() -> None:
    one = program([[1, 1, 0], [0, 1, 1]], [1, 1], ["a", "b", "c"], [1, 1, 1])
    other = replace(one, upper=np.array([1.0, 0.0, 1.0]), integer=np.zeros(3, dtype=bool))
    first = np.array([True, True, False])
    both = merged([FutureProgram("one", 0.5, one, first), FutureProgram("other", 0.5, other, first)])
    assert both.program.row_names == ["row[0]", "row[1]", "row[1]@other"]
    assert both.program.column_names == ["a", "b", "c", "c@other"]
    assert both.program.upper.tolist() == [1, 0, 1, 1]


def test_one_scenario_is_its_own_problem() -> None:
    alone = [futures_of(PUBLISHED["farmer"])[1]]
    assert [*FARMER][1] == alone[0].name
    assert solved([replace(alone[0], probability=1.0)], Risk(cvar_weight=0.5))[0] == pytest.approx(-118_600, abs=0.5)
    assert farmer("average").cost.sense == 1
