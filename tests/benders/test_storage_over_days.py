"""Stores that carry energy from day to day: the decomposition against the extensive form on random cases, and laws."""

from dataclasses import replace

import pytest
from hypothesis import strategies as st

from models.case import Case
from optimizer.program.extensive_form import build_extensive_form
from tests.benders.test_couplings import relaxed_both_ways, relaxed_optimum
from tests.cases import draft, drafts
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, often
from tests.test_differential import goal_after_goal
from tests.test_laws import never_hurts
from tests.variants import asking, carrying, every_day, with_months, with_section
from tests.written import optimum

SEEDS = (2, 4, 9)


def case_of(seed: int) -> Case:
    """Return a random case with stores, solved to the last digit a solver knows."""
    plain = draft(seed, sites=3, zones=3, periods=2, days=3, scarce=False, floor="sites")
    asked = asking(carrying(plain), "cost")
    return with_section(asked, "solve", lambda _: {"gap_share": 1e-6, "workers": 1}).case()


def kept_in_days(case: Case) -> Case:
    """Return the case with stores that end every day as they began."""
    kinds = {name: row.model_copy(update={"carries_over": False}) for name, row in case.technologies.items()}
    return replace(case, technologies=kinds)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_carried_over_bears_on_the_optimum(seed: int) -> None:
    case = case_of(seed)
    carried, kept = (relaxed_optimum(build_extensive_form(each)) for each in (case, kept_in_days(case)))
    assert carried[0] == kept[0] == "optimal"
    assert carried[1] < kept[1] * (1 - 1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_relaxation_is_that_of_the_extensive_form(seed: int) -> None:
    assert relaxed_both_ways(build_extensive_form(case_of(seed))) == "optimal"


@often(5, 200)
def test_the_search_agrees_with_the_formulation_written_out(number: int) -> None:
    def law(drawn: tuple[Draft, int]) -> None:
        goal_after_goal(carrying(with_months(*drawn)), optimum)

    for_all(number, st.tuples(drafts(FLOORS), st.integers(0, 99)), law)


@often(4, 150)
def test_larger_stores_never_hurt(number: int) -> None:
    """Where every day stands for itself; compute is compared, for cost is counted above the system without sites."""

    def law(drawn: Draft) -> None:
        short, long = (every_day(asking(carrying(drawn, hours), "compute")) for hours in (3.0, 12.0))
        never_hurts(short, long)

    for_all(number, drafts(FLOORS), law)
