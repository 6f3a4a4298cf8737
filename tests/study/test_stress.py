"""Regrets of plans in futures: small tables by hand, and the tutorial's plans priced."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from models.case import Case
from models.plan import Plan
from optimizer.audit.audit import audit
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.benders.solution import Solution
from optimizer.cli import app
from optimizer.report.write_plan import write_plan
from optimizer.runtime.exit_codes import ExitCode
from optimizer.study.stress import broken_rule, regrets, verdicts
from tests.conftest import TUTORIAL
from tests.study.studies import study_file

NONE = float("nan")
VALUES = {  # plan -> cost in three futures; the searches found 9, 20, 30, and proved 8, 20, 29
    "steady": (12.0, 22.0, 33.0),
    "brave": (9.0, 30.0, 30.0),
    "frail": (8.5, 20.0, NONE),
}


def table_of(objective: str = "cost", sign: float = 1.0) -> pd.DataFrame:
    rows = [
        {"run": run, "plan": plan, "objective": objective, "value": sign * value, "bound": sign * 5.0}
        for plan, values in VALUES.items()
        for run, value in enumerate(values)
    ]
    known = [
        {"run": run, "objective": objective, "value": sign * value, "bound": sign * bound}
        for run, (value, bound) in enumerate(((9.0, 8.0), (20.0, 20.0), (30.0, 29.0)))
    ]
    return regrets(pd.DataFrame(rows), pd.DataFrame(known))


@pytest.mark.parametrize(("objective", "sign"), [("cost", 1.0), ("compute", -1.0)])
def test_regret_is_what_lacks_to_the_best_known_and_at_most_to_the_bound(objective: str, sign: float) -> None:
    table = table_of(objective, sign)
    wide = table.pivot_table(index="plan", columns="run", values="regret", dropna=False)
    np.testing.assert_allclose(wide.loc["steady"], [3.5, 2.0, 3.0])
    np.testing.assert_allclose(wide.loc["brave"], [0.5, 10.0, 0.0])
    np.testing.assert_allclose(wide.loc["frail"], [0.0, 0.0, NONE])
    most = table.pivot_table(index="plan", columns="run", values="most", dropna=False)
    np.testing.assert_allclose(most.loc["steady"], [4.0, 2.0, 4.0])
    assert (table["regret"].dropna() >= 0).all()


def test_the_plan_of_the_least_worst_regret_comes_first_and_one_that_is_none_somewhere_last() -> None:
    found = verdicts(table_of()).set_index("plan")
    assert [*found.index] == ["steady", "brave", "frail"]
    columns = ["worst", "worst_run", "most", "best_in", "none"]
    assert found[columns].to_numpy().tolist() == [[3.5, 0, 4.0, 0, 0], [10.0, 1, 10.0, 1, 0], [0.0, 0, 0.5, 2, 1]]
    assert found["mean"]["steady"] == pytest.approx(8.5 / 3)


TABLE = """
[factors.budget]
of = "tranches.amount_meur"
relative = true
values = [0.5]

[factors.permit]
of = "sites[LULEA].permit_year"
values = [2040]

[factors.land]
of = "sites[LULEA].land_mw"
values = [0]
"""


@pytest.fixture(scope="module")
def stressed(tmp_path_factory: pytest.TempPathFactory, tutorial_case: Case, tutorial_plan: Plan) -> Path:
    """Give the folder of the tutorial's plan and of a front's, in futures with less money and without Lulea."""
    folder = tmp_path_factory.mktemp("stress")
    write_plan(tutorial_plan, audit(tutorial_case, tutorial_plan), folder / "ours")
    run("pareto", TUTORIAL, "--over", "compute,cost", "--points", 3, "--out", folder / "front")
    study = study_file(folder, TABLE)
    run("stress", folder / "ours", folder / "front", "--study", study, "--out", folder / "out", "--workers", 1)
    return folder


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code == ExitCode.SOLVED, result.output
    return result.stdout


def test_a_plan_is_worth_in_its_own_case_what_it_was_found_to_be(stressed: Path, tutorial_solution: Solution) -> None:
    table = pd.read_csv(stressed / "out" / "regrets.csv")
    own = table[(table["run"] == 0) & (table["plan"] == "ours")].set_index("objective")["value"]
    found = {stage.objective: stage.plan_value for stage in tutorial_solution.stages}
    assert own["compute"] == pytest.approx(found["compute"], rel=1e-5)
    assert own["cost"] <= found["cost"] * (1 + 1e-5)
    assert table["regret"].min() >= 0.0


def test_a_plan_whose_site_is_gone_is_none_and_the_page_says_what_is_in_the_way(stressed: Path) -> None:
    why = pd.read_csv(stressed / "out" / "no_plan.csv")
    gone = why[(why["plan"] == "ours") & (why["run"] == 2)]["why"].tolist()
    assert len(gone) == 1
    assert "LULEA" in gone[0]
    assert "cannot be decided there" in gone[0]
    page = (stressed / "out" / "stress.md").read_text()
    assert "has the least worst regret" in page
    assert "cannot be decided there" in page


def test_a_future_whose_inputs_are_refused_is_said(stressed: Path) -> None:
    why = pd.read_csv(stressed / "out" / "no_plan.csv")
    refused = why[why["plan"] == "(every plan)"]
    assert refused["run"].tolist() == [3]
    assert "land_mw" in refused["why"].iloc[0]


def test_tables_and_picture_stand_beside_the_page(stressed: Path) -> None:
    assert {"regrets.png", "regrets.svg", "plans.csv"} <= {each.name for each in (stressed / "out").iterdir()}


def test_a_broken_rule_is_named(tutorial_case: Case, tutorial_solution: Solution) -> None:
    plan = tutorial_solution.integer_plan
    assert broken_rule(tutorial_case, plan).startswith("the days cannot be served")  # nothing else is in the way
    poor = {key: row.model_copy(update={"amount_meur": 1.0}) for key, row in tutorial_case.tranches.items()}
    assert broken_rule(replace(tutorial_case, tranches=poor), plan).startswith("breaks budget.")
    more = IntegerPlan(dict.fromkeys(plan.numbers, 99))
    assert "at most" in broken_rule(tutorial_case, more)
    assert "cannot be decided" in broken_rule(tutorial_case, IntegerPlan({"siting.open_in[ATLANTIS,p1]": 1}))
