from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.store.plan_files import read_plan
from tests.benchmarks.scenarios import Answer, answer, beside, page, read_answer, site_sizes

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Answer]:
    """A plan of the tutorial, and a gigafactory for which it has no room."""
    folder = tmp_path_factory.mktemp("scenarios")
    found = []
    for name, asked in {"base": {}, "factory": {"siting.gigafactories_min": "1"}}.items():
        answer(TUTORIAL, "base", folder / name, asked)
        read = read_answer(TUTORIAL, "base", folder / name)
        assert read is not None
        found.append(replace(read, name=name))
    assert read_plan(folder / "base").proof.status == "solved"
    return found


def test_a_scenario_without_a_plan_is_explained(answers: list[Answer]) -> None:
    _, factory = answers
    assert factory.plan is None
    text = page(TUTORIAL, answers)
    assert "## Why `factory` has no plan" in text
    assert any("gigafactor" in line for line in factory.why)
    assert "| factory | infeasible: " in text
    assert "| sound (" in next(line for line in text.splitlines() if line.startswith("| base |"))


def test_every_chosen_site_is_in_the_picture(answers: list[Answer]) -> None:
    sizes = site_sizes(answers)
    plan = answers[0].plan
    assert plan is not None
    assert sizes["mw"].max() == max(row.servers_mw for row in plan.sites)
    assert set(sizes["scenario"]) == {"base"}


def test_a_difference_within_the_gaps_is_none(answers: list[Answer]) -> None:
    base = answers[0]
    assert base.plan is not None
    stage = base.plan.proof.stages[0]
    again = Answer("again", "", base.plan)
    assert beside(base, base, stage.objective) == ""
    assert beside(again, base, stage.objective) == "within the gaps"
    worse = stage.model_copy(update={"value": stage.value - 100.0, "bound": stage.value - 99.0})
    proof = base.plan.proof.model_copy(update={"stages": (worse, *base.plan.proof.stages[1:])})
    assert beside(Answer("worse", "", base.plan.model_copy(update={"proof": proof})), base, stage.objective) == "-100"
