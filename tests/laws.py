"""How a law is checked on random cases, and how the values of plans compare."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.plan import ObjectiveResult
from optimizer.benders.solution import Solution
from optimizer.session import solve_case
from tests.drafts import Draft

FLOORS = ("", "", "", "coverage", "coverage", "sites", "states", "gigafactories")
SIGNS = {"minimise": 1.0, "maximise": -1.0}


def often(few: int, many: int) -> pytest.MarkDecorator:
    """Run a law on a few cases in every test run, and on many in the long one."""
    return pytest.mark.parametrize("number", [few, pytest.param(many, marks=pytest.mark.long)])


def for_all(number: int, cases: st.SearchStrategy[Any], law: Callable[[Any], None]) -> None:
    """Check a law on so many cases, always the same ones; one that fails is printed as a call of `draft`.

    It is not made smaller: a case follows from its seed, which has no smaller relatives.
    """
    rules = settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    rules(given(cases)(law))()


def near(value: float) -> Any:
    """Compare optima found in different ways: solvers keep rows and whole numbers to 1e-6."""
    return pytest.approx(value, rel=3e-6, abs=1e-4)


def least_value(stage: ObjectiveResult) -> float:
    """Return the value of a stage, as something to be minimised."""
    return SIGNS[stage.sense] * stage.value


def worth(solution: Solution) -> float:
    """Return the value of the first objective, to be minimised; infinite where no plan keeps every rule."""
    assert solution.status == ("solved" if solution.has_plan else "infeasible"), solution.message
    return least_value(solution.stages[0]) if solution.has_plan else np.inf


def worth_of(draft: Draft) -> float:
    """Return the value of the first objective of a case, to be minimised; infinite where no plan keeps every rule."""
    return worth(solve_case(draft.case()))
