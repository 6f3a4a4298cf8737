"""What a user of `import gigasite` is promised."""

import doctest
import inspect
import logging
import re
import shutil
import typing
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely import box
from typer.testing import CliRunner

import gigasite
import models
import optimizer
from gigasite import _analysis, _case, _plan, _study
from models.plan import RESULT_TABLES
from optimizer import session
from optimizer.cli import app
from optimizer.program.linear_program import NumbersRefused
from optimizer.report.write_tables import FILES
from optimizer.solver.highs import SolverFailed
from tests.conftest import TUTORIAL

ROOT = Path(__file__).parents[1]
PUBLIC = {
    "AuditReport",
    "Case",
    "CaseRefused",
    "FolderRefused",
    "NoPlan",
    "Plan",
    "Session",
    "StudyResults",
    "alternatives",
    "audit",
    "describe_case",
    "pareto",
    "read_case",
    "read_plan",
    "read_study",
    "run_study",
    "sensitivity",
    "solve",
    "stress",
}
CLOCK: dict[str, Any] = {
    "proof": {"seconds": True, "phases": True, "peak_memory_mb": True, "stages": {"__all__": {"seconds"}}},
    "provenance": {"created_at"},
}
"""What two plans of one case may differ in."""


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def case() -> gigasite.Case:
    return gigasite.read_case(TUTORIAL)


@pytest.fixture(scope="module")
def plan(case: gigasite.Case) -> gigasite.Plan:
    return gigasite.solve(case)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, case: gigasite.Case) -> Path:
    """Give the folder of the plan that the command writes."""
    out = tmp_path_factory.mktemp("command") / "plan"
    assert CliRunner().invoke(app, ["solve", str(case.folder), "--out", str(out)]).exit_code == 0
    return out


def callables() -> Iterator[tuple[str, Any]]:
    """Yield the public functions and the methods of public classes that the interface itself defines."""
    for name in gigasite.__all__:
        value = getattr(gigasite, name)
        if inspect.isfunction(value):
            yield name, value
        elif value.__module__.startswith("gigasite"):
            for method, function in vars(value).items():
                if inspect.isfunction(function) and (method == "__init__" or not method.startswith("_")):
                    yield f"{name}.{method}", function


def content(plan: gigasite.Plan) -> dict[str, Any]:
    return plan.model_dump(exclude=CLOCK)


def test_the_public_names_are_the_listed_ones() -> None:
    assert set(gigasite.__all__) == PUBLIC
    visible = {name for name in vars(gigasite) if not name.startswith("_")}
    assert visible == PUBLIC


@pytest.mark.parametrize("module", [_analysis, _case, _plan, _study, session], ids=lambda module: module.__name__)
def test_the_examples_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_every_public_name_of_the_interface_has_an_example() -> None:
    own = [getattr(gigasite, name) for name in PUBLIC if getattr(gigasite, name).__module__.startswith("gigasite")]
    methods = [gigasite.Plan.to_frames, gigasite.Plan.to_geodataframe]
    assert [each.__qualname__ for each in [*own, *methods] if ">>> " not in (each.__doc__ or "")] == []


@pytest.mark.parametrize(("name", "function"), [*callables()])
def test_every_parameter_and_result_has_a_type(name: str, function: Any) -> None:
    parameters = set(inspect.signature(function).parameters) - {"self"}
    assert typing.get_type_hints(function).keys() >= parameters | (set() if name.endswith("__") else {"return"})


def test_type_checkers_are_told_of_the_types() -> None:
    # all three, for a class of which a base is untyped to a user's type checker is Any to it
    for package in (gigasite, models, optimizer):
        assert (Path(str(package.__file__)).parent / "py.typed").is_file()


def test_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(
        r"## From Python\n\n```python\n(.*?)```", (ROOT / "docs" / "using.md").read_text(encoding="utf-8"), re.S
    )
    names: dict[str, Any] = {}
    exec(compile(code, "using.md", "exec"), names)
    assert len(names["halls"]) > 0
    assert set(names["sites"].site) == set(names["case"].sites)
    dearer, cheaper = (float(line.split()[1]) for line in capsys.readouterr().out.splitlines()[-2:])
    assert dearer > cheaper


def test_solve_finds_what_the_command_writes(plan: gigasite.Plan, folder: Path) -> None:
    written = gigasite.read_plan(folder)
    assert content(plan) == content(written)
    assert plan.hourly == written.hourly
    assert plan.replay is not None


def test_frames_are_the_files(plan: gigasite.Plan, folder: Path) -> None:
    frames = plan.to_frames()
    assert frames.keys() == RESULT_TABLES.keys()
    for name, frame in frames.items():
        text = (folder / FILES[name]).read_text(encoding="utf-8")
        assert frame.to_csv(index=False, lineterminator="\n") == text, name


@pytest.mark.parametrize("layer", ["sites", "zones", "lines", "substations"])
def test_layers_are_those_of_the_package(
    plan: gigasite.Plan, folder: Path, layer: Literal["sites", "zones", "lines", "substations"]
) -> None:
    written = gpd.read_file(folder / "plan.gpkg", layer=layer)
    assert_geodataframe_equal(plan.to_geodataframe(layer)[written.columns], written, check_dtype=False)


def test_zones_are_the_polygons_of_the_case(plan: gigasite.Plan, case: gigasite.Case, tmp_path: Path) -> None:
    squares = [box(row.longitude, row.latitude, row.longitude + 1, row.latitude + 1) for row in case.zones.values()]
    gpd.GeoDataFrame({"zone": list(case.zones)}, geometry=squares, crs=4326).to_file(tmp_path / "zones.geojson")
    moved = plan.provenance.model_copy(update={"case_folder": str(tmp_path)})
    assert {*plan.to_geodataframe("zones").geom_type} == {"Point"}
    assert {*plan.model_copy(update={"provenance": moved}).to_geodataframe("zones").geom_type} == {"Polygon"}


def test_another_layer_is_refused(plan: gigasite.Plan) -> None:
    with pytest.raises(ValueError, match="no layer 'halls': there are sites, zones"):
        plan.to_geodataframe("halls")  # type: ignore[arg-type]


def test_overrides_are_those_of_the_command(case: gigasite.Case) -> None:
    title, most = 'Så: "1"', np.arange(4)[3]
    overrides = {"title": title, "siting.closing": True, "question.objectives": ["cost"], "siting.sites_max": most}
    changed = gigasite.read_case(case.folder, overrides=overrides)
    assert (changed.settings.title, changed.settings.siting.closing) == (title, True)
    assert (changed.settings.question.objectives, changed.settings.siting.sites_max) == (("cost",), 3)
    assert changed.overrides["siting.closing"] == "true"


def test_every_fault_is_told(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(TUTORIAL, tmp_path / "copy"))
    for name in ("sites.csv", "zones.csv"):
        (copy / name).unlink()
    with pytest.raises(gigasite.CaseRefused) as refused:
        gigasite.read_case(copy)
    assert {"sites.csv", "zones.csv"} <= {fault.file for fault in refused.value.faults}


def test_a_workbook_is_a_case_too(case: gigasite.Case, tmp_path: Path) -> None:
    book = tmp_path / "tutorial.xlsx"
    assert CliRunner().invoke(app, ["new", str(book), "--from", str(case.folder)]).exit_code == 0
    read = gigasite.read_case(book)
    assert replace(read, files=case.files) == case


def test_a_description_counts_what_there_is(case: gigasite.Case) -> None:
    described = gigasite.describe_case(case)
    assert described.rows["sites"] == len(case.sites)
    assert described.rows["wetbulb"] == 48
    assert described.units["wetbulb"] == "degrees Celsius"
    assert described.estimate_share["sites"] == 13 / 15
    assert described.estimate_share["load"] == 1
    assert described.estimate_share.isna()["periods"]
    assert (described.meaning != "").all()


def test_cases_are_equal_if_all_their_numbers_are(case: gigasite.Case) -> None:
    assert gigasite.read_case(TUTORIAL) == case
    load = {name: column.copy() for name, column in case.hourly["load"].items()}
    next(iter(load.values()))[7] += 1
    assert replace(case, hourly={**case.hourly, "load": load}) != case
    assert replace(case, climate=replace(case.climate, pue_annual={})) != case
    assert gigasite.read_case(TUTORIAL, overrides={"siting.sites_max": 3}) != case


def test_a_session_answers_as_solve_does(case: gigasite.Case, plan: gigasite.Plan) -> None:
    load = {name: 1.02 * column for name, column in case.hourly["load"].items()}
    other = replace(case, hourly={**case.hourly, "load": load})
    with gigasite.Session(case) as asked:
        first = asked.solve(other)
        again = asked.solve(gigasite.read_case(case.folder))
        asked.reset()
        assert content(asked.solve()) == content(again)
    # the record is dispatched from the bases of the session, or from none: alike, but for rounding
    one, two = ({**content(each), "year": 0, "year_days": 0, "replay": 0, "flips": 0} for each in (again, plan))
    assert one == two
    for warm, cold in zip(again.year, plan.year, strict=True):
        expected = pytest.approx(cold.model_dump(exclude={"period"}), rel=1e-9, abs=1e-9)
        assert warm.model_dump(exclude={"period"}) == expected
    alone = gigasite.solve(other)
    for stage, other_stage in zip(first.proof.stages, alone.proof.stages, strict=True):
        assert stage.plan_value == pytest.approx(other_stage.plan_value, rel=1e-4)
    assert gigasite.audit(other, first).sound
    assert not gigasite.audit(case, first).sound


@pytest.mark.parametrize(
    ("fault", "raised"), [(NumbersRefused("1e30"), gigasite.CaseRefused), (SolverFailed("lost"), gigasite.NoPlan)]
)
def test_what_fails_is_raised_as_documented(
    case: gigasite.Case, monkeypatch: pytest.MonkeyPatch, fault: Exception, raised: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(session.Session, "solve", fail)
    with pytest.raises(raised, match=str(fault)):
        gigasite.solve(case)


def test_progress_is_logged(case: gigasite.Case, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "gigasite"):
        gigasite.solve(case)
    assert {record.name for record in caplog.records} == {"gigasite"}
    assert {"building", "compute", "cost"} <= {record.message.split()[0] for record in caplog.records}
