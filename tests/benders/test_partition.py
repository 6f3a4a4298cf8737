"""The cells of a programme hold every plan that is better than the cutoff."""

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sparse

from models.case import Case
from models.plan import Plan
from optimizer.benders import solve_objective
from optimizer.benders.partition import Cell, partition
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.linear_program import LinearProgram
from optimizer.session import solve_case
from optimizer.solver import whole_totals
from tests.models.paper import asking


def programme(seed: int, count: int = 5) -> LinearProgram:
    """Two families of whole numbers, like halls and openings, under two knapsacks."""
    draw = np.random.default_rng(seed)
    names = [f"halls[{place}]" for place in range(count)] + [f"open_in[{place}]" for place in range(count)]
    weights = draw.uniform(1, 3, (2, 2 * count))
    links = np.hstack([np.eye(count), -2 * np.eye(count)])
    return LinearProgram(
        cost=np.concatenate([-draw.uniform(1, 1.1, count), draw.uniform(0.1, 0.3, count)]),
        offset=3.0,
        lower=np.zeros(2 * count),
        upper=np.concatenate([np.full(count, 2.0), np.ones(count)]),
        integer=np.ones(2 * count, dtype=bool),
        matrix=sparse.csr_array(np.vstack([weights, links])),
        row_lower=np.full(2 + count, -np.inf),
        row_upper=np.concatenate([[7.3, 6.1], np.zeros(count)]),
        row_names=[f"row{row}" for row in range(2 + count)],
        column_names=names,
    )


def plans(program: LinearProgram) -> list[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    half = len(program.cost) // 2
    every = itertools.product(*[range(3)] * half, *[range(2)] * half)
    points = (np.array(each, dtype=float) for each in every)
    return [point for point in points if np.all(program.matrix @ point <= program.row_upper + 1e-9)]


@pytest.mark.parametrize("seed", range(4))
def test_no_plan_better_than_the_cutoff_is_lost(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_totals, "LEAST_COLUMNS", 3)
    program = programme(seed)
    known = plans(program)
    values = np.array([program.cost @ point + program.offset for point in known])
    cutoff = float(np.quantile(values, 0.5))
    cells = partition(program, cutoff, RunMonitor(), 60)
    assert len(cells) > 1
    for point, value in zip(known, values, strict=True):
        totals = np.array([point[:5].sum(), point[5:].sum()])
        holding = [cell for cell in cells if np.all(cell.lower <= totals) and np.all(totals <= cell.upper)]
        assert len(holding) <= 1  # a plan is looked for once
        if value < cutoff - 1e-9:
            assert holding
            assert holding[0].bound <= value + 1e-7
        for cell in holding:
            rows = cell.within(program)
            assert np.all(rows.matrix @ point <= rows.row_upper + 1e-9)
    assert [cell.bound for cell in cells] == sorted(cell.bound for cell in cells)


def test_nothing_is_left_where_no_plan_is_better(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_totals, "LEAST_COLUMNS", 3)
    program = programme(1)
    assert all(cell.bound < -1e3 for cell in partition(program, -1e3, RunMonitor(), 60))


@pytest.fixture
def unproved(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Leave the proof of all plans to the cells; return the list of how many there are, each time."""
    monkeypatch.setattr(whole_totals, "LEAST_COLUMNS", 5)
    split: list[int] = []

    def counted(*given: Any) -> list[Cell]:
        cells = partition(*given)
        split.append(len(cells))
        return cells

    monkeypatch.setattr(solve_objective, "partition", counted)
    everywhere = solve_objective.improve_incumbent

    def promising(*given: Any, **few: Any) -> Any:
        """Prove nothing but where there is no plan: that is left to the cells."""
        kernel, best, bound = given[2:5]
        return (best, bound, 0) if kernel is None and best is not None else everywhere(*given, **few)

    monkeypatch.setattr(solve_objective, "improve_incumbent", promising)
    return split


@pytest.mark.parametrize("seed", [0, 1])
def test_a_search_by_cells_proves_the_same_plan(
    seed: int, tutorial_case: Case, tutorial_plan: Plan, unproved: list[int]
) -> None:
    solution = solve_case(asking(tutorial_case, "solve", seed=seed), year=lambda: False)
    assert len(unproved) == 2  # of both objectives; what a bound cuts off is no cell
    assert solution.status == "solved"
    for stage, known in zip(solution.stages, tutorial_plan.proof.stages, strict=True):
        assert stage.plan_value == pytest.approx(known.plan_value, rel=2e-4)  # the gap of both
        assert stage.plan_gap_share <= 1.1e-4


def test_a_search_without_cells_ends_before_them_and_says_what_gap_it_reached(
    tutorial_case: Case, tutorial_plan: Plan, unproved: list[int]
) -> None:
    solution = solve_case(asking(tutorial_case, "solve", partition=False), year=lambda: False)
    assert unproved == []
    assert (solution.status, solution.has_plan) == ("limit", True)
    gaps = tutorial_case.settings.solve
    assert any(stage.plan_gap_share > gaps.gap_of(stage.objective) for stage in solution.stages)
    for stage, known in zip(solution.stages, tutorial_plan.proof.stages, strict=True):
        low, high = sorted((stage.bound, stage.plan_value))
        slack = 2e-4 * abs(known.plan_value)
        assert stage.objective != "compute" or low - slack <= known.plan_value <= high + slack


def test_a_search_by_cells_that_is_stopped_keeps_its_plan(tutorial_case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_totals, "LEAST_COLUMNS", 5)
    asked: list[Checkpoint] = []

    def stop(found: Checkpoint) -> None:
        asked.append(found)
        stopping.stop.set()

    stopping = RunMonitor(on_checkpoint=stop)
    solution = solve_case(tutorial_case, stopping, year=lambda: False)
    assert solution.status == "interrupted"  # a search that is stopped keeps what it has, and claims no more
    assert solution.has_plan
    assert asked
