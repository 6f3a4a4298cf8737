from dataclasses import replace

import pytest

from optimizer.benders.solution import Solution
from optimizer.explain.limit_input import with_setting
from optimizer.study.factor import FactorSettings, Value
from optimizer.study.results import FinishedRun
from optimizer.study.study_worker import StudyWorker, Task, session_base
from optimizer.study.variant import Variant, Variants, layers_of
from tests.conftest import TUTORIAL

VARIANTS = Variants(TUTORIAL, "base", {})


def variant(of: str, value: Value, *, relative: bool = False) -> Variant:
    return VARIANTS.of({"factor": FactorSettings(of=of, relative=relative)}, {"factor": value})


BASE = VARIANTS.of({}, {})


@pytest.mark.parametrize(
    ("of", "value", "shared"),
    [
        ("carbon.cap_kg_per_mwh", 10.0, True),
        ("tranches.amount_meur", 2.0, True),
        ("technologies.capex_meur_per_mw", 2.0, True),
        ("technologies.marginal_eur_per_mwh", 2.0, False),
        ("fleets.capacity_mw", 1.1, False),
        ("availability[*.wind]", 0.9, False),
        ("money.lost_load_eur_per_mwh", 1.1, False),
    ],
)
def test_runs_share_the_session_of_their_electricity_system(of: str, value: float, shared: bool) -> None:
    other = variant(of, value, relative=not of.startswith("carbon"))
    assert (session_base(BASE, other).key == BASE.key) == shared
    assert session_base(BASE, other).settings.carbon == BASE.settings.carbon


def test_days_know_whether_matching_has_a_target_and_only_strict_ones_how_high_it_is() -> None:
    def at(target: float, strict: bool) -> str:
        settings = with_setting(with_setting(BASE.settings, "matching.target_share", target), "matching.strict", strict)
        return session_base(BASE, replace(BASE, settings=settings)).key

    assert len({at(target, strict=False) for target in (0.3, 0.6, 0.9)} | {at(0.0, strict=False)}) == 2
    assert len({at(target, strict=True) for target in (0.3, 0.6, 0.9)}) == 3


@pytest.mark.parametrize("strict", [False, True])
def test_runs_with_another_target_answer_as_they_would_alone(strict: bool) -> None:
    runs, found = [], []
    for target in (0.3, 0.8):
        settings = with_setting(with_setting(BASE.settings, "matching.target_share", target), "matching.strict", strict)
        runs.append(replace(BASE, settings=settings))
    inputs = {layers_of(BASE.settings): VARIANTS.read(BASE.settings)}
    together = StudyWorker(inputs)
    for run in runs:
        base = session_base(BASE, run)
        found.append([worker.answer(Task("solve", "run", run, base)) for worker in (together, StudyWorker(inputs))])
    for known, alone in found:
        assert isinstance(known, FinishedRun)
        assert isinstance(alone, FinishedRun)
        assert (known.status, known.plan) == (alone.status, alone.plan)
        assert [row.value for row in known.rows] == pytest.approx([row.value for row in alone.rows], rel=1e-5)


def test_a_base_without_a_solution_stands_in_no_run_s_way(tutorial_solution: Solution) -> None:
    hopeless = replace(BASE, settings=with_setting(BASE.settings, "siting.gigafactories_min", 1))
    worker = StudyWorker({layers_of(BASE.settings): VARIANTS.read(BASE.settings)})
    found = worker.answer(Task("solve", "run", BASE, hopeless))
    assert isinstance(found, FinishedRun)
    assert found.status == "solved"
    values = {row.measure: row.value for row in found.rows}
    for stage in tutorial_solution.stages:
        assert values[stage.objective] == pytest.approx(stage.plan_value, rel=1e-4)
    lost = worker.answer(Task("solve", "run", hopeless, hopeless))
    assert isinstance(lost, FinishedRun)
    assert (lost.status, lost.rows, lost.plan) == ("infeasible", (), {})


def test_a_fault_of_the_program_is_the_reason_of_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("nobody knows why")

    monkeypatch.setattr(StudyWorker, "_case", broken)
    found = StudyWorker({}).answer(Task("solve", "run", BASE, BASE))
    assert isinstance(found, FinishedRun)
    assert found.status == "failed"
    assert "ZeroDivisionError: nobody knows why (broken, line" in found.reason
