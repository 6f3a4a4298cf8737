"""What changed in the model: each aspect of the tutorial as text, and its plan.

`make golden` rewrites the files of `tests/golden`; the difference is for people to review.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyomo.environ as pyo
import pytest
from pytest_regressions.dataframe_regression import DataFrameRegressionFixture
from pytest_regressions.file_regression import FileRegressionFixture

from models.case import Case, Day
from models.formulation import ASPECTS, build, name_of
from models.plan import Plan
from tests.models.paper import asking, equation, terms

GOLDEN = Path(__file__).parent / "golden"
NAMES = tuple(map(name_of, ASPECTS))
DAYS = (Day("d001", 11, 1460.0), Day("d002", 35, 1460.0))
"""Three hours at noon, in winter and in summer: enough to see every rule of a day."""
BLOCK = ("p2", "d001")


@pytest.fixture(scope="module")
def model(tutorial_case: Case) -> pyo.ConcreteModel:
    case = asking(
        asking(tutorial_case, "time", hours_per_day=3), "matching", target_share=0.9, storage=True, strict=True
    )
    return build(replace(case, days=DAYS))


def linear(listed: dict[str, float]) -> str:
    """Return a linear expression, a term a line, in order of their names; `1` stands for a constant."""
    return "".join(f"    {value:+.9g} {name}\n" for name, value in sorted(listed.items()))


def rules(block: Any) -> Iterator[str]:
    """Yield every constraint: name, terms, limit."""
    for constraint in block.component_data_objects(pyo.Constraint):
        listed = equation(constraint)
        sign = next(sign for sign in ("==", "<=", ">=") if sign in listed)
        limit = listed.pop(sign) + 0.0  # no -0
        yield f"{constraint.name}\n{linear(listed)}    {sign} {limit:.9g}\n"


def variables(block: Any) -> Iterator[str]:
    """Yield every variable with its bounds, and whether it is whole."""
    for variable in block.component_data_objects(pyo.Var):
        low, high = variable.bounds
        upper = "" if high is None else f" <= {high:.9g}"
        whole = "" if variable.is_continuous() else ", whole"
        yield ("-inf" if low is None else f"{low:.9g}") + f" <= {variable.name}{upper}{whole}\n"


def expressions(block: Any) -> Iterator[str]:
    """Yield every named expression."""
    for expression in block.component_data_objects(pyo.Expression):
        yield f"{expression.name}\n{linear(terms(expression))}"


@pytest.mark.parametrize("aspect", ASPECTS, ids=NAMES)
def test_an_aspect_reads_as_it_did(
    aspect: ModuleType, model: pyo.ConcreteModel, file_regression: FileRegressionFixture
) -> None:
    block = model.component(name_of(aspect))
    if name_of(aspect) == "dispatch":
        block = block.days[BLOCK]
    text = "".join(f"# {part.__name__}\n{''.join(sorted(part(block)))}\n" for part in (rules, variables, expressions))
    path = GOLDEN / f"{name_of(aspect)}.txt"
    file_regression.check(text.rstrip("\n") + "\n", fullpath=path, encoding="utf-8", newline="\n")


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows).astype({column: object for column, value in rows[0].items() if isinstance(value, str)})


def test_the_plan_reaches_what_it_did(tutorial_plan: Plan, dataframe_regression: DataFrameRegressionFixture) -> None:
    assert tutorial_plan.proof.status == "solved"
    stages = [{"objective": stage.objective, "value": stage.value} for stage in tutorial_plan.proof.stages]
    tolerance = {"rtol": 5e-4, "atol": 1e-6}  # both runs are within a gap of 1e-4
    dataframe_regression.check(table(stages), fullpath=GOLDEN / "plan_objectives.csv", default_tolerance=tolerance)


def test_the_plan_builds_what_it_did(tutorial_plan: Plan, dataframe_regression: DataFrameRegressionFixture) -> None:
    """The sites and halls are no tie: another choice costs compute or money (inputs/tutorial/README.md)."""
    halls = [
        {"site": row.site, "cooling": row.cooling, "period": row.period, "standing_halls": row.standing_halls}
        for row in tutorial_plan.halls
    ]
    dataframe_regression.check(table(halls), fullpath=GOLDEN / "plan_halls.csv")
