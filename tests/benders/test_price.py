"""Plans priced exactly, in their own case and in others."""

from typing import Any

import numpy as np
import pytest

from models.case import Case
from optimizer.benders import price
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.benders.master_problem import Incumbent, MasterProblem
from optimizer.benders.solve_objective import minimise_with_fixed_integers
from optimizer.program.extensive_form import Objective
from optimizer.session import Session
from tests.models.paper import asking


@pytest.fixture(scope="module")
def session(tutorial_case: Case) -> Session:
    return Session(tutorial_case)


def test_a_plan_is_worth_in_its_own_case_what_the_search_says(session: Session) -> None:
    solution = session.solve(year=lambda: False)
    priced = session.price([solution.integer_plan], floors=solution.floors)
    assert priced.objectives == ("compute", "cost")
    compute, cost = priced.values[0]
    assert cost == pytest.approx(solution.stages[1].plan_value, rel=1e-5)
    assert compute >= solution.stages[0].value * (1 - 1e-5)
    assert priced.floors == pytest.approx(solution.floors, rel=3e-6)
    for name, value in (("compute", -compute), ("cost", cost)):
        assert value >= (-1 if name == "compute" else 1) * priced.bounds[name] - 1e-6 * abs(value)


def test_what_is_no_plan_has_no_price(session: Session) -> None:
    good = session.solve(year=lambda: False).integer_plan
    unknown = IntegerPlan({"sizing.halls[NOWHERE,free_air,p1]": 1})
    many = IntegerPlan(dict.fromkeys(good.numbers, 10000))
    priced = session.price([unknown, IntegerPlan({}), many, good])
    assert np.isnan(priced.values[:3, -1]).all()
    assert np.isfinite(priced.values[3]).all()


def test_a_plan_short_of_a_floor_has_no_further_price(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    good = session.solve(year=lambda: False)
    free = session.price([good.integer_plan])
    asked: list[str] = []

    def told(master: MasterProblem, objective: Objective, *given: Any) -> Incumbent | None:
        asked.append(objective.name)
        return minimise_with_fixed_integers(master, objective, *given)

    monkeypatch.setattr(price, "minimise_with_fixed_integers", told)
    for factor, goals in ((1 - 1e-6, ["compute", "cost"]), (1 + 1e-3, ["compute"])):
        asked.clear()
        priced = session.price([good.integer_plan], floors={"compute": free.values[0, 0] * factor})
        assert asked == goals
        assert priced.values[0, 0] == pytest.approx(free.values[0, 0], rel=2e-6)
        assert np.isfinite(priced.values[0, 1]) == (len(goals) > 1)


def test_prices_do_not_depend_on_the_order_of_asking(session: Session, tutorial_case: Case) -> None:
    good = session.solve(year=lambda: False)
    dearer = asking(tutorial_case, "money", discount_share=0.03)
    other = session.solve(dearer, year=lambda: False).integer_plan
    both = session.price([good.integer_plan, other], dearer)
    turned = session.price([other, good.integer_plan], dearer)
    assert both.values == pytest.approx(turned.values[::-1], rel=2e-6, nan_ok=True)
    assert both.bounds == pytest.approx(turned.bounds, rel=1e-4)
    assert other.key != IntegerPlan({}).key


def test_a_search_may_set_out_from_whole_numbers(session: Session) -> None:
    solution = session.solve(year=lambda: False)
    again = session.solve(starts=[IntegerPlan({}), solution.integer_plan], year=lambda: False)
    for one, other in zip(solution.stages, again.stages, strict=True):
        assert other.plan_value == pytest.approx(one.plan_value, rel=1e-4)
