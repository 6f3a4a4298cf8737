"""The fronts of the tutorial: those of brute force, without a dominated point, each point proved."""

from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sparse
from typer.testing import CliRunner

from models.case import Array, Case
from models.settings import OBJECTIVES
from optimizer.benders.baseline import solve_baseline
from optimizer.benders.decomposition import decompose
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.cli import app
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import ExtensiveForm, build_extensive_form
from optimizer.runtime.exit_codes import ExitCode
from optimizer.solver.highs import run_highs
from optimizer.study.pareto import Front, Point, asking, front_of, undominated
from tests.conftest import TUTORIAL

CLOSE = 2e-4
"""Twice the gap that the tutorial asks for."""


class BruteForce:
    """The extensive form of a case, every day written out, solved whole under caps."""

    def __init__(self, case: Case) -> None:
        self.form: ExtensiveForm = build_extensive_form(case)
        decomposition = decompose(self.form, 60)
        self.baseline = solve_baseline(decomposition, RunMonitor(), float("inf")).node_meur
        decomposition.dispatcher.close()

    @cache  # noqa: B019 - it lives as long as a test
    def best(self, first: str, *caps: tuple[str, float]) -> float | None:
        """Return the best value of an objective where others are no worse than their caps; None without a plan."""
        goal, program = self.form.full_objective(first, self.baseline), self.form.program
        for name, cap in caps:
            other = self.form.full_objective(name, self.baseline)
            highest = np.array([other.sign * cap - other.constant])
            program = program.with_rows(
                sparse.csr_array(other.cost.reshape(1, -1)), np.array([-np.inf]), highest, [name]
            )
        whole = replace(program, cost=goal.cost, offset=goal.constant)
        outcome = run_highs(whole, monitor=RunMonitor(), seconds=60, gap=2e-5)
        assert outcome.status in ("optimal", "infeasible")
        return None if outcome.values is None else goal.sign * outcome.objective


@pytest.fixture(scope="module")
def case() -> Case:
    """Give the tutorial with days so short that its extensive form is solved at every cap in no time."""
    short = {"time": {"representative_days": 2, "hours_per_day": 2}}
    return read_case(TUTORIAL, load_settings(TUTORIAL, overrides=short))


@pytest.fixture(scope="module")
def brute(case: Case) -> BruteForce:
    return BruteForce(asking(case, ("compute", "cost")))


@pytest.fixture(scope="module")
def front(case: Case) -> Front:
    return front_of(case, ("compute", "cost"), 5)


def signed(front: Front) -> Array:
    return np.array([OBJECTIVES[name].sense == "maximise" for name in front.over]) * -2.0 + 1.0


def assert_is_a_front(front: Front) -> None:
    """No point beats another, the bounds are on the better side, and every gap is the one asked for at most."""
    values = np.array([point.values for point in front.points]) * signed(front)
    for one in values:
        for other in values:
            assert not ((one <= other + 1e-9).all() and (one < other - 1e-6).any())
    first = signed(front)[0]
    for point in front.points:
        assert point.status == "solved"
        assert first * point.bound <= first * point.values[0] + 1e-6
        assert point.gap_share <= CLOSE


def test_every_point_is_the_best_of_brute_force_at_its_own_level(front: Front, brute: BruteForce) -> None:
    assert_is_a_front(front)
    assert len(front.points) == 5
    for point in front.points:
        exact = brute.best("compute", ("cost", point.values[1] + 1e-6))
        assert exact is not None
        assert point.values[0] == pytest.approx(exact, rel=CLOSE, abs=CLOSE)
        assert point.bound >= exact - 1e-4


@pytest.mark.long
def test_no_point_of_a_fine_grid_of_caps_beats_the_front(front: Front, brute: BruteForce) -> None:
    """Nor does any lie beyond its ends: what a fine grid of caps finds is what the front finds at each cap."""
    costs = [point.values[1] for point in front.points]
    assert costs[0] == pytest.approx(brute.best("cost", ("compute", front.points[0].values[0] - 1e-4)), rel=CLOSE)
    for cap in np.linspace(0.0, 1.1 * costs[0], 23):
        exact = brute.best("compute", ("cost", float(cap)))
        assert exact is not None
        below = [point.values[0] for point in front.points if point.values[1] <= cap + 1e-6]
        above = [point.bound for point in front.points if point.values[1] >= cap - 1e-6] or [front.points[0].bound]
        assert max(below) - CLOSE * abs(exact) - CLOSE <= exact <= min(above) + CLOSE * abs(exact) + CLOSE


def test_the_front_is_the_same_whichever_objective_comes_first(case: Case, brute: BruteForce) -> None:
    found = front_of(case, ("cost", "compute"), 4)
    assert_is_a_front(found)
    for point in found.points:
        exact = brute.best("cost", ("compute", point.values[1] - 1e-6))
        assert exact is not None
        assert point.values[0] == pytest.approx(exact, rel=CLOSE, abs=1e-3)


def test_three_objectives(case: Case, brute: BruteForce) -> None:
    found = front_of(case, ("compute", "cost", "carbon"), 3)
    assert_is_a_front(found)
    for point in found.points:
        exact = brute.best("compute", ("cost", point.values[1] + 1e-6), ("carbon", point.values[2] + 1e-9))
        assert exact is not None
        assert point.values[0] == pytest.approx(exact, rel=CLOSE, abs=CLOSE)


@pytest.mark.parametrize("other", ["water", "sovereignty", "even"])
def test_other_objectives_have_fronts_with_cost(case: Case, other: str) -> None:
    """Where Poland is no member state, what is served from there is not sovereign."""
    poland = case.countries["PL"].model_copy(update={"eu_member": False})
    outside = replace(case, countries={**case.countries, "PL": poland})
    found = front_of(outside, ("cost", other), 3)
    assert_is_a_front(found)
    exact = BruteForce(asking(outside, ("cost", other)))
    for point in found.points:
        sign = -1.0 if OBJECTIVES[other].sense == "maximise" else 1.0
        best = exact.best("cost", (other, point.values[1] + sign * 1e-6))
        assert best is not None
        assert point.values[0] == pytest.approx(best, rel=CLOSE, abs=1e-2)


def test_an_end_asked_for_keeps_the_points_found_by_then(case: Case) -> None:
    monitor = RunMonitor()
    found = front_of(case, ("compute", "cost"), 5, monitor, found=lambda _: monitor.stop.set())
    assert len(found.points) == 1


def point(*values: float) -> Point:
    return Point(values, values[0] - 0.05, 0.05, "solved", (), ())


def test_dominated_points_are_dropped_and_points_within_the_gap_are_equal() -> None:
    points = [point(1.0, 9.0), point(2.0, 9.0), point(3.0, 5.0), point(3.01, 4.99), point(1.0, 9.0), point(9.0, 1.0)]
    kept = undominated(points, np.array([1.0, 1.0]))
    assert [each.values for each in kept] == [(1.0, 9.0), (3.0, 5.0), (3.01, 4.99), (9.0, 1.0)]
    frame = Front(("cost", "carbon"), tuple(kept), 2, ()).frame
    assert frame["equal_to"].isna().tolist() == [True, True, False, True]
    assert frame["equal_to"][2] == 2


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["pareto", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_command_writes_table_picture_and_page(tmp_path: Path) -> None:
    code, _ = run(TUTORIAL, "--over", "compute,cost", "--points", 3, "--out", tmp_path)
    assert code == ExitCode.SOLVED
    table = pd.read_csv(tmp_path / "front.csv", keep_default_na=False, na_values={"equal_to": ""})
    pd.testing.assert_frame_equal(table, pd.read_parquet(tmp_path / "front.parquet"), check_dtype=False)
    assert all(a > b for a, b in pairwise(table["compute"]))
    page = (tmp_path / "pareto.md").read_text()
    assert "3 points that no other beats" in page
    assert {"front.png", "front.svg", "plans.json"} <= {each.name for each in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--over", "compute,beauty"), ExitCode.USAGE, "no objective beauty"),
        (("--over", "compute"), ExitCode.USAGE, "two or three"),
        (("--over", "compute,cost,cost"), ExitCode.USAGE, "each once"),
        (("--over", "compute,cost", "--set", "siting.gigafactories_min=1"), ExitCode.INFEASIBLE, "no plan keeps"),
        (("--over", "compute,cost", "--set", "siting.site_min=1"), ExitCode.REFUSED, "unknown key"),
    ],
)
def test_what_has_no_front_is_said(arguments: tuple[str, ...], code: int, words: str, tmp_path: Path) -> None:
    found, output = run(TUTORIAL, *arguments, "--out", tmp_path / "front")
    assert found == code
    assert words in output
    assert not (tmp_path / "front").exists()
