"""A written plan in other weather: what it decides is read back, every day is dispatched anew and rechecked."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from models.plan import Plan
from optimizer.case.faults import CaseRefused
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.cli import app
from optimizer.extract.decisions import decisions_of
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from optimizer.program.nodes import Future
from optimizer.replay import replay
from optimizer.report.replay_table import replay_page, replay_row
from optimizer.report.summary_full_year import broken_caps
from optimizer.run import Request, run
from optimizer.session import solve_case
from tests.conftest import TUTORIAL

EUROPE = TUTORIAL.parent / "europe"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Plan]:
    """The tutorial with a cold year, in which load is a tenth higher, and its plan."""
    case = Path(shutil.copytree(TUTORIAL, tmp_path_factory.mktemp("replay") / "case"))
    (case / "weather" / "cold").mkdir(parents=True)
    rows = [row.split(",") for row in (case / "load.csv").read_text().splitlines()]
    colder = [[row[0], *(f"{1.1 * float(cell):.6g}" for cell in row[1:])] for row in rows[1:]]
    text = "\n".join(",".join(row) for row in [rows[0], *colder]) + "\n"
    (case / "weather" / "cold" / "load.csv").write_text(text)
    plan = run(Request(case, "base", case.parent / "plan"), RunMonitor()).plan
    assert plan is not None
    return case.parent / "plan", plan


def test_what_a_plan_decides_is_read_back(written: tuple[Path, Plan]) -> None:
    folder, plan = written
    case = read_case(folder.parent / "case", load_settings(folder.parent / "case"))
    form = build_extensive_form(case)
    solution = solve_case(case)
    assert solution.point is not None
    found, names = decisions_of(form, plan), form.compiled.program.column_names
    for column, name in enumerate(names):
        if name.startswith(("compute.fitted_mw", "sizing.built_halls", "power.contracted_mw", "power.built_mw")):
            assert found[column] == pytest.approx(solution.point[column], abs=1e-6), name
    assert np.abs(found).max() > 1


def test_its_own_record_gives_its_own_year(written: tuple[Path, Plan]) -> None:
    folder, plan = written
    unplayed = plan.model_copy(update={"replay": None})
    assert unplayed.year
    (own,) = replay(folder, [""])
    assert own.plan.year == plan.year
    form = folder.parent / "case" / "weather" / "same"
    form.mkdir(exist_ok=True)
    shutil.copyfile(folder.parent / "case" / "load.csv", form / "load.csv")
    (same,) = replay(folder, ["weather/same"])
    assert same.sound
    assert same.checks
    for one, other in zip(same.plan.year, plan.year, strict=True):
        for column in ("system_meur", "baseline_meur", "servers_twh", "matched_twh", "attributional_kt"):
            assert getattr(one, column) == pytest.approx(getattr(other, column), rel=1e-6, abs=1e-9), column


def test_a_colder_year_costs_more_and_the_plan_stays(written: tuple[Path, Plan]) -> None:
    folder, plan = written
    (cold,) = replay(folder, ["weather/cold"])
    assert cold.sound
    assert (cold.plan.chips, cold.plan.supply, cold.plan.sites) == (plan.chips, plan.supply, plan.sites)
    for one, other in zip(cold.plan.year, plan.year, strict=True):
        assert one.baseline_meur > other.baseline_meur
        assert one.servers_twh == pytest.approx(other.servers_twh, rel=1e-6)


def test_the_command_shows_the_years_side_by_side(written: tuple[Path, Plan], tmp_path: Path) -> None:
    folder, plan = written
    out = tmp_path / "years.csv"
    words = ["replay", str(folder), "--overlay", "weather/cold", "--out", str(out)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    own, cold = csv.DictReader(out.read_text().splitlines())
    assert (own["record"], cold["record"]) == ("own record", "weather/cold")
    mean = sum(row.system_meur - row.baseline_meur for row in plan.year) / len(plan.year)
    assert float(own["added_meur_per_year"]) == pytest.approx(mean)
    assert "weather/cold" in result.stdout
    assert f"{mean:,.1f}" in result.stdout


def test_a_cap_that_other_weather_breaks_is_told(written: tuple[Path, Plan]) -> None:
    _, plan = written
    row = replay_row("cold", plan)
    scenario = {**plan.provenance.scenario, "carbon": {"cap_kg_per_mwh": 0.0}}
    strict = plan.model_copy(update={"provenance": plan.provenance.model_copy(update={"scenario": scenario})})
    assert any(each.attributional_kt > 0 for each in plan.year)
    page = replay_page(plan.title, [row], {"cold": [*broken_caps(strict)]})
    assert "cold: **In " in page
    assert "cold: **In " not in replay_page(plan.title, [row], {"cold": [*broken_caps(plan)]})


def test_what_is_not_there_or_changed_is_refused(written: tuple[Path, Plan], tmp_path: Path) -> None:
    folder, _ = written
    with pytest.raises(CaseRefused, match="weather/warm"):
        list(replay(folder, ["weather/warm"]))
    changed = Path(shutil.copytree(folder.parent / "case", tmp_path / "case"))
    text = (changed / "basins.csv").read_text()
    (changed / "basins.csv").write_text(text + "\n")
    with pytest.raises(CaseRefused, match=r"basins\.csv"):
        list(replay(folder, ["weather/cold"], changed))
    result = CliRunner().invoke(app, ["replay", str(folder), "--out", str(folder / "years.csv")])
    assert result.exit_code == 2


@pytest.mark.long
def test_weather_years_of_the_reference_case_are_futures_of_one_plan() -> None:
    """A complete further year shares every investment with the case's own: they stand side by side in one programme."""
    cases = [read_case(EUROPE, load_settings(EUROPE, name)) for name in ("base", "weather_2019")]
    form = build_extensive_form(cases[0], futures=[Future(f"w{place}", 0.5, case) for place, case in enumerate(cases)])
    assert [(node.future, node.period) for node in form.nodes] == [
        (future, period) for future in ("w0", "w1") for period in cases[0].periods
    ]
    zone = "DE"
    for case in cases:
        assert case.hourly["load"][zone].mean() == pytest.approx(cases[0].hourly["load"][zone].mean(), rel=0.03)
    first, second = (case.hourly["load"][zone] for case in cases)
    assert not np.array_equal(first, second)
