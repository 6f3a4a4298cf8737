"""Cuts by weak duality: right whatever the solver says, and where it is right as good as its own."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from models.case import Array, Case
from optimizer.benders import allocation
from optimizer.benders import dispatch as dispatch_module
from optimizer.benders.day_lp import DayLP, LPSolution
from optimizer.benders.decomposition import Decomposition, decompose
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from optimizer.solver.duality import Bounds, Duality, SafeBound
from optimizer.solver.highs import run_highs
from tests.benders.test_dispatch import OPTIONS, at, closeness, invested, least_cost  # noqa: F401 (a fixture)
from tests.programmes import NONE, programme

SMALL = programme(
    cost=[3, 5, 8000, 100_000],
    rows=[([1, 1, 1, 0], 40, 40), ([0, 0, 1, -1], -NONE, 2), ([1, -1, 0, 0], -10, 15)],
    upper=[20, 15, NONE, NONE],
)
"""Two plants, load that is not served, and what of it is more than may be: the last two without an upper limit."""


def proved_at(multipliers: Array) -> SafeBound:
    limits = Bounds(SMALL.row_lower, SMALL.row_upper, SMALL.lower, SMALL.upper)
    return Duality(SMALL.matrix).safe_bound(SMALL.cost, limits, multipliers)


def test_true_multipliers_prove_the_optimum() -> None:
    found = run_highs(SMALL, monitor=RunMonitor(), seconds=5)
    assert found.row_duals is not None
    assert proved_at(found.row_duals).bound == pytest.approx(found.objective, rel=1e-12)


@pytest.mark.parametrize("seed", range(200))
def test_no_multipliers_prove_more_than_the_optimum(seed: int) -> None:
    found, chance = run_highs(SMALL, monitor=RunMonitor(), seconds=5), np.random.default_rng(seed)
    assert found.row_duals is not None
    noise = 10.0 ** chance.uniform(-9, 5) * chance.normal(size=3)
    safe_bound = proved_at(found.row_duals + noise)
    assert np.isfinite(safe_bound.bound)
    assert safe_bound.bound <= found.objective * (1 + 1e-12)
    assert (safe_bound.reduced_costs[2:] >= 0).all()
    if np.abs(noise).max() < 1e-6:
        assert safe_bound.bound == pytest.approx(found.objective, rel=1e-8)


def test_a_column_that_no_row_holds_proves_nothing() -> None:
    free = programme(cost=[-1, 1], rows=[([0, 1], 1, NONE)], upper=[NONE, 5])
    limits = Bounds(free.row_lower, free.row_upper, free.lower, free.upper)
    assert Duality(free.matrix).safe_bound(free.cost, limits, np.ones(1)).bound == -np.inf


@pytest.mark.parametrize("seed", range(50))
def test_a_ray_proves_that_there_is_no_point_and_no_other_multipliers_do(seed: int) -> None:
    chance = np.random.default_rng(seed)
    point, rows = chance.uniform(0, 1, 4), chance.normal(size=(5, 4))
    reached = rows @ point
    feasible = programme(
        [0] * 4, [(row.tolist(), level, NONE) for row, level in zip(rows, reached, strict=True)], [1] * 4
    )
    limits = Bounds(feasible.row_lower, feasible.row_upper, feasible.lower, feasible.upper)
    mixed = chance.uniform(0, 1, 5)
    assert not Duality(feasible.matrix).prove_infeasible(limits, mixed)
    most = np.maximum(mixed @ rows, 0.0).sum()  # of the mixed rows, over all points
    beyond = programme(
        [0] * 4,
        [
            *((row.tolist(), level, NONE) for row, level in zip(rows, reached, strict=True)),
            ((mixed @ rows).tolist(), most + 1e-3, NONE),
        ],
        [1] * 4,
    )
    asked = Bounds(beyond.row_lower, beyond.row_upper, beyond.lower, beyond.upper)
    ray = np.array([0.0] * 5 + [1.0])
    for multipliers in (ray, -ray, 1e9 * ray, 1e-9 * ray):
        assert Duality(beyond.matrix).prove_infeasible(asked, multipliers)
    for multipliers in (np.zeros(6), np.full(6, np.nan), np.full(6, np.inf)):
        assert not Duality(beyond.matrix).prove_infeasible(asked, multipliers)


@pytest.fixture
def misled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the solver suggest wrong multipliers, and call dispatches optimal that are too dear."""
    chance, safe_bound, read = np.random.default_rng(5), Duality.safe_bound, DayLP._read

    def noisy(self: Duality, cost: Array, limits: Bounds, multipliers: Array) -> SafeBound:
        factor = 1 + chance.choice([0, 1e-6, 1e-2, 1], len(multipliers)) * chance.normal(size=len(multipliers))
        return safe_bound(self, cost, limits, multipliers * factor)

    def dear(self: DayLP, limits: Bounds, cost: Array) -> LPSolution:
        found = read(self, limits, cost)
        return replace(found, cost=1.01 * found.cost)

    monkeypatch.setattr(Duality, "safe_bound", noisy)
    monkeypatch.setattr(DayLP, "_read", dear)


@pytest.mark.parametrize("way", OPTIONS)
@pytest.mark.parametrize("seed", range(2))
def test_no_cut_of_a_solver_that_errs_lies_above_the_optimum(
    seed: int, way: str, tutorial_case: Case, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if way != OPTIONS[0]:
        monkeypatch.setattr(dispatch_module, "MAX_DAYS_PER_BLOCK", 1)
    if way == OPTIONS[2]:
        monkeypatch.setattr(allocation, "FEW", 0)
    assembly = build_extensive_form(tutorial_case)
    points = [invested(decompose(assembly, 60), 10 * seed + each) for each in range(4)]
    optima = [[least_cost(assembly, period, point) for period in tutorial_case.periods] for point in points]
    request.getfixturevalue("misled")
    assert_below(decompose(assembly, 60), points, optima)


def assert_below(parts: Decomposition, points: list[Array], optima: list[list[float]]) -> float:
    """Check every plane of every point against the optimum at every point; return the worst share above one."""
    links = np.array([parts.links_at(point) for point in points])
    costs, worst = np.array(optima), -np.inf
    for here, point in enumerate(points):
        for period, result in enumerate(at(parts, point)):
            planes = result.bound.value + (links[:, period] - links[here, period]) @ result.bound.slope
            worst = max(worst, float(((planes - costs[:, period]) / costs[:, period]).max()))
    assert worst <= 1e-9
    return worst


def test_less_than_nothing_invested_is_an_error(tutorial_case: Case) -> None:
    parts = decompose(build_extensive_form(tutorial_case), 60)
    point = np.zeros(len(parts.master.lower))
    point[parts.links[0, 0]] = -1e-9  # a solver's tolerance
    at(parts, point)
    point[parts.links[0, 0]] = -0.5
    name, index = parts.dispatcher.structure.day.template.links[0]
    with pytest.raises(ValueError, match=rf"less than none of {name}\[{','.join(index)}\]: -0.5"):
        at(parts, point)


def test_the_number_of_workers_changes_no_bit(tutorial_case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch_module, "MAX_DAYS_PER_BLOCK", 1)
    answers = []
    for count in (1, 3):
        solve = tutorial_case.settings.solve.model_copy(update={"workers": count})
        case = replace(tutorial_case, settings=tutorial_case.settings.model_copy(update={"solve": solve}))
        parts = decompose(build_extensive_form(case), 60)
        try:
            found = [result for seed in range(3) for result in at(parts, invested(parts, seed))]
        finally:
            parts.dispatcher.close()
        answers.append([(each.cost_meur, each.bound.value, *each.bound.slope.tolist()) for each in found])
    assert answers[0] == answers[1]


def test_sums_do_not_depend_on_the_number_of_processors() -> None:
    code = "import os, optimizer, numpy as np; a = np.ones(10**6); a @ a; print(len(os.listdir('/proc/self/task')))"
    if not os.path.isdir("/proc/self/task"):
        pytest.skip("the threads of a process are counted where /proc lists them")
    unset = {name: value for name, value in os.environ.items() if not name.endswith("_THREADS")}
    environment = {**unset, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "1"


MANY = 820


@pytest.fixture(scope="module")
def cold(tutorial_case: Case) -> list[list[float]]:
    """Give the optimum of every period at many random investments, each solved from nothing."""
    assembly = build_extensive_form(tutorial_case)
    parts = decompose(assembly, 60)
    points = [invested(parts, seed) for seed in range(MANY)]
    return [[least_cost(assembly, period, point) for period in tutorial_case.periods] for point in points]


@pytest.mark.long
def test_hot_solves_are_those_from_nothing_and_no_cut_lies_above_any(
    cold: list[list[float]],
    closeness: float,  # noqa: F811
    tutorial_case: Case,
) -> None:
    parts = decompose(build_extensive_form(tutorial_case), 60)
    points = [invested(parts, seed) for seed in range(MANY)]
    for point, optima in zip(points, cold, strict=True):
        for result, optimum in zip(at(parts, point), optima, strict=True):
            assert result.missed is None
            assert abs(result.cost_meur - optimum) <= closeness * optimum
    assert_below(parts, points, cold)


def test_what_rounding_leaves_of_a_column_without_a_limit_proves_nothing() -> None:
    """Let x - w be at least 1e-7 and w at least (1 - 1e-12) x: 1e5 is such an x; multipliers of 1 deny it."""
    far = programme([0, 0], [([1, -1], 1e-7, NONE), ([-(1 - 1e-12), 1], 0, NONE)], [NONE, NONE])
    limits = Bounds(far.row_lower, far.row_upper, far.lower, far.upper)
    assert not Duality(far.matrix).prove_infeasible(limits, np.ones(2))
