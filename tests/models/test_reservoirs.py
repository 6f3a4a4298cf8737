"""NEAR's water comes in May and June; the day d001 stands for the first half of the year, d002 for the second."""

from dataclasses import replace

import pyomo.environ as pyo
import pytest

from models import compute, cooling, power, reservoirs, siting, sizing
from models.case import Case
from models.formulation import build
from tests.models.paper import best, equation, terms, with_inflows

PREFIX = (siting, sizing, compute, cooling, power, reservoirs)


@pytest.fixture(scope="module")
def seasonal(case: Case) -> pyo.ConcreteModel:
    return build(with_inflows(case))


def test_reservoir_keeps_what_flows_in_and_is_not_used(seasonal: pyo.ConcreteModel) -> None:
    rule = seasonal.reservoirs.reservoir_keeps_what_flows_in_and_is_not_used
    level = "reservoirs.level_mwh[NEAR,hydro,p1,{}]".format
    used = {"power.allotted_mw[NEAR,hydro,p1,d001]": 30 * 24}  # June has 30 days, all stood for by the first day
    assert equation(rule["NEAR", "hydro", "p1", 6]) == pytest.approx({level(7): 1, level(6): -1, **used, "<=": 876_000})
    both = {f"power.allotted_mw[NEAR,hydro,p1,{day}]": days * 24 for day, days in (("d001", 1.5), ("d002", 29.5))}
    assert equation(rule["NEAR", "hydro", "p1", 7]) == pytest.approx({level(8): 1, level(7): -1, **both, "<=": 0})
    assert {level(1), level(12)} < equation(rule["NEAR", "hydro", "p1", 12]).keys()  # the year is a circle


def test_levels_stay_within_the_reservoir(seasonal: pyo.ConcreteModel) -> None:
    levels = seasonal.reservoirs.level_mwh
    assert levels["NEAR", "hydro", "p2", 12].bounds == pytest.approx((100_000, 500_000))
    assert levels["NEAR", "hydro", "p2", 1].bounds == pytest.approx((0, 500_000))


def test_no_other_rule_counts_the_water_again(seasonal: pyo.ConcreteModel, model: pyo.ConcreteModel) -> None:
    assert [*seasonal.power.reservoir_lasts_the_year] == []
    assert [*model.reservoirs.level_mwh] == []
    assert len(model.power.reservoir_lasts_the_year) == 2


def test_reservoir_keeps_its_least_flow(seasonal: pyo.ConcreteModel, model: pyo.ConcreteModel) -> None:
    rule = seasonal.dispatch.days["p1", "d001"].reservoir_keeps_its_least_flow["NEAR", "hydro", 1]
    assert equation(rule) == pytest.approx({"dispatch.days[p1,d001].output_mw[NEAR,hydro,1]": 1, ">=": 20 * 30 / 182.5})
    assert [*model.dispatch.days["p1", "d001"].reservoir_keeps_its_least_flow] == []


def test_most_of_each_half_on_paper(case: Case) -> None:
    """At most half a TWh waits for autumn, or for winter if autumn takes none."""
    model = build(with_inflows(case), PREFIX)
    allotted = model.power.allotted_mw
    first, second = (allotted["NEAR", "hydro", "p1", day] for day in ("d001", "d002"))
    autumn = 29.5 + 31 + 30 + 31 + 30  # days from the 2nd of July to the end of November, which leaves a fifth
    assert best(model, second) == pytest.approx(400_000 / (24 * autumn))
    winter = 1.5 + 31 + 28 + 31 + 30  # its days in July, and those until water comes in May
    assert best(model, first) == pytest.approx(500_000 / (24 * winter))
    assert terms(first) == {first.name: 1.0}


def test_a_store_for_a_year_is_a_year(case: Case) -> None:
    """Without levels to keep, a reservoir that holds a year's water gives any day what the year has."""
    months = with_inflows(case)
    free = {key: row.model_copy(update={"level_min_share": 0.0}) for key, row in months.inflows.items()}
    large = {key: row.model_copy(update={"store_twh": 10.0}) for key, row in months.reservoirs.items()}
    model = build(replace(months, inflows=free, reservoirs=large), PREFIX)
    assert best(model, model.power.allotted_mw["NEAR", "hydro", "p1", "d002"]) == pytest.approx(2 * 200)
