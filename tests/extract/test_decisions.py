"""What a written plan decides, read back: everything that is whole, or its price in another case would be none."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from models.case import Case
from models.plan import Plan
from optimizer.case.provenance import provenance_of
from optimizer.extract.decisions import decisions_of
from optimizer.extract.extract import extract
from optimizer.program.extensive_form import build_extensive_form
from optimizer.session import solve_case
from optimizer.study.stress import whole_numbers
from tests.conftest import TUTORIAL
from tests.models.paper import asking


def crowded(case: Case) -> Case:
    """Return a case whose substations have so little room that a step of reinforcement is taken."""
    small = {key: row.model_copy(update={"headroom_mw": 0.2 * row.headroom_mw}) for key, row in case.headrooms.items()}
    return replace(case, headrooms=small)


def with_gigafactory(case: Case) -> Case:
    return asking(case, "siting", gigafactories_min=1, gigafactory_kchips=10.0)


@pytest.mark.parametrize(
    ("change", "column"), [(crowded, "grid.reinforced["), (with_gigafactory, "compute.gigafactory[")]
)
def test_every_whole_number_of_a_plan_is_read_back(
    change: Callable[[Case], Case], column: str, tutorial_case: Case
) -> None:
    case = change(tutorial_case)
    solution = solve_case(case)
    plan = extract(case, solution, provenance_of(case, TUTORIAL, "base", {}))
    assert any(name.startswith(column) for name in solution.integer_plan.numbers), "the case asks for it"
    assert whole_numbers(build_extensive_form(case), plan).numbers == solution.integer_plan.numbers


def test_a_step_that_the_case_does_not_know_is_refused(tutorial_case: Case) -> None:
    case = crowded(tutorial_case)
    plan: Plan = extract(case, solve_case(case), provenance_of(case, TUTORIAL, "base", {}))
    steps = tuple(row.model_copy(update={"substation": "NOWHERE"}) for row in plan.reinforcements)
    assert steps
    with pytest.raises(ValueError, match=r"grid\.reinforced\[NOWHERE,"):
        decisions_of(build_extensive_form(case), plan.model_copy(update={"reinforcements": steps}))
