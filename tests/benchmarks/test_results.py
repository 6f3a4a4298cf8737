import json
import tomllib
from itertools import chain

import pytest

from tests.benchmarks.goals import goals
from tests.benchmarks.peers import PINS, ROOT
from tests.benchmarks.results import FIGURES, RESULTS, TABLES, exponent, number, render
from tests.benchmarks.run import EXPERIMENTS
from tests.benchmarks.stopwatch import Stopwatch


def test_the_page_is_what_the_figures_make() -> None:
    assert RESULTS.read_text(encoding="utf-8") == render(json.loads(FIGURES.read_text(encoding="utf-8")))


def test_every_goal_is_reached_or_explained() -> None:
    experiments = json.loads(FIGURES.read_text(encoding="utf-8"))["experiments"]
    assert {*TABLES, "growth"} == {*experiments} == {*EXPERIMENTS}
    listed = goals(experiments)
    assert [goal.text for goal in listed if "unexplained" in goal.verdict] == []


def test_no_peer_is_a_dependency_and_all_are_pinned() -> None:
    pins = [line for line in PINS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert all(line.count("==") == 1 for line in pins)
    names = {line.split("==")[0].lower() for line in pins}
    assert {"linopy", "pypsa", "spopt", "pulp", "highspy"} <= names
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = chain(project["dependencies"], *project["optional-dependencies"].values())
    assert not {"linopy", "pypsa", "spopt", "pulp"} & {name.split("=")[0].lower() for name in asked}


def test_exponents_are_those_of_a_power_law() -> None:
    rows = [{"size": size, "build_s": 0.25 * size**1.5} for size in (1, 10, 40, 300)]
    assert exponent(rows, "build_s") == pytest.approx(1.5)


@pytest.mark.parametrize(("value", "text"), [(0.0123456, "0.0123"), (12345.6, "12,300"), (0.0, "0"), (None, "-")])
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_a_stopwatch_tells_each_phase_and_memory(capsys: pytest.CaptureFixture[str]) -> None:
    watch = Stopwatch()
    watch.lap("build")
    watch.lap("solve")
    watch.report(optimum=1.5)
    told = json.loads(capsys.readouterr().out)
    assert told["total_s"] == pytest.approx(told["build_s"] + told["solve_s"])
    assert told["optimum"] == 1.5
    assert 0 < told["before_mb"] <= told["peak_mb"]
