import math
from dataclasses import replace

import pyomo.environ as pyo
import pytest

from models import compute, cooling, grid, siting, sizing
from models.case import Case, Headroom
from models.formulation import build
from tests.models.paper import BUILT, best, changed, equation, terms

PREFIX = (siting, sizing, compute, cooling, grid)
STEPS = {name: f"grid.reinforced[UF,{name}]" for name in ("1,p1", "2,p1", "2,p2")}


def connected(*indices: str) -> list[str]:
    return [f"grid.connected_mw[{index}]" for index in indices]


def test_a_step_is_decided_only_if_it_can_be_finished(model: pyo.ConcreteModel) -> None:
    assert [f"grid.reinforced[{u},{e},{p}]" for u, e, p in model.grid.reinforced] == [*STEPS.values()]


def test_peak_stays_within_connection(model: pyo.ConcreteModel) -> None:
    halls = {"sizing.halls[N1,air,p1]": 24, "sizing.halls[N1,liquid,p1]": 22}
    (added,) = connected("N1,p1")
    rule = model.grid.peak_stays_within_connection
    assert equation(rule["N1", "p1"]) == pytest.approx({**halls, added: -1, "<=": 6})  # 6 MW behind the meter
    assert model.grid.connected_mw["N1", "p1"].bounds == (0, 66)
    assert {*connected("N1,p1", "N1,p2")} <= equation(rule["N1", "p2"]).keys()


def test_sites_share_the_substation_queue(model: pyo.ConcreteModel) -> None:
    rule = model.grid.sites_share_the_substation_queue
    drawn = dict.fromkeys(connected("F1,p1", "F1,p2", "F2,p2"), 1)
    assert terms(model.grid.drawn_mw["UF", "p2"]) == drawn
    finished = {STEPS["1,p1"]: -40, STEPS["2,p1"]: -50, STEPS["2,p2"]: -50}
    assert equation(rule["UF", "p2"]) == {**drawn, **finished, "<=": 30}
    # the first step takes five years, so that it does not help in the period it is decided in
    assert equation(rule["UF", "p1"]) == {"grid.connected_mw[F1,p1]": 1, STEPS["2,p1"]: -50, "<=": 30}
    assert terms(model.grid.headroom_mw["UF", "p1"]) == {STEPS["2,p1"]: 50, "1": 30}


def test_step_is_taken_at_most_once(model: pyo.ConcreteModel) -> None:
    expected = {STEPS["2,p1"]: 1, STEPS["2,p2"]: 1, "<=": 1}
    assert equation(model.grid.step_is_taken_at_most_once["UF", 2]) == expected


def test_steps_are_taken_in_order(model: pyo.ConcreteModel) -> None:
    rule = model.grid.steps_are_taken_in_order
    assert equation(rule["UF", 2, "p1"]) == {STEPS["2,p1"]: 1, STEPS["1,p1"]: -1, "<=": 0}
    later = {STEPS["2,p1"]: 1, STEPS["2,p2"]: 1, STEPS["1,p1"]: -1, "<=": 0}
    assert equation(rule["UF", 2, "p2"]) == later


def test_money(model: pyo.ConcreteModel) -> None:
    (added,) = connected("N1,p1")
    per_mw = 0.12 + 0.00075 * 10  # ten kilometres
    assert terms(model.grid.site_capex_meur["N1", "p1"]) == pytest.approx({added: per_mw})
    spent = terms(model.grid.capex_meur["p1"])
    assert spent == pytest.approx(
        {added: per_mw, "grid.connected_mw[F1,p1]": 0.12, STEPS["1,p1"]: 30, STEPS["2,p1"]: 60}
    )
    fee = 20 * 1.2 * 0.8 * 8760 / 1e6  # of BB
    assert terms(model.grid.opex_meur["p1"])["compute.alive_mw[F1,air,p1]"] == pytest.approx(fee)
    # the first step is paid from 2026 to its finish in 2031, the second is finished when it is decided
    paid = (1.1**5 - 1) / (5 * math.log(1.1))
    worth = {STEPS["1,p1"]: 30 * paid / 1.1**5, STEPS["2,p1"]: 60}
    connections = {name: BUILT * amount for name, amount in spent.items() if name not in worth}
    interest = {name: amount - spent[name] for name, amount in {**connections, **worth}.items()}
    found = terms(model.grid.interest_meur["p1"])
    assert found == pytest.approx({name: amount for name, amount in interest.items() if amount})
    assert found[STEPS["1,p1"]] < 0
    older, younger = (1 - 1.1**-30) / (1 - 1.1**-40), (1 - 1.1**-35) / (1 - 1.1**-40)
    left = {name: older * amount for name, amount in connections.items()}
    left |= {STEPS["1,p1"]: younger * 30 * paid, STEPS["2,p1"]: older * 60}
    assert terms(model.grid.residual_meur["p1"]) == pytest.approx(left)


@pytest.mark.parametrize(("capex", "expected"), [(False, 1), (True, 3)])
def test_most_halls_on_paper(case: Case, capex: bool, expected: int) -> None:
    model = build(case, PREFIX)
    for step in model.grid.reinforced.values():
        step.setub(1 if capex else 0)
    halls = model.sizing.site_halls["F1", "p1"]
    # 30 MW carry one hall of 22 MW; with the second step (and so the first) 80 MW carry three
    assert best(model, halls) == expected
    if capex:
        assert all(pyo.value(model.grid.reinforced["UF", step, "p1"]) == 1 for step in (1, 2))


def test_a_headroom_that_shrinks_limits_what_is_built_before(case: Case) -> None:
    later = case.headrooms["UN", 2026].model_copy(update={"from_year": 2031, "headroom_mw": 16.0})
    model = build(with_headroom(case, later), PREFIX)
    assert best(model, model.sizing.site_halls["N1", "p1"]) == 0  # one hall of 22 MW fits in 16 + 6, two must be
    small = changed(with_headroom(case, later), "sites", "N1", minimum_mw=20.0)
    model = build(small, PREFIX)
    assert best(model, model.sizing.site_halls["N1", "p1"]) == 1


def with_headroom(case: Case, row: Headroom) -> Case:
    return replace(case, headrooms={**case.headrooms, (row.substation, row.from_year): row})
