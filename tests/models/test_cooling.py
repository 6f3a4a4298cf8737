import pyomo.environ as pyo
import pytest

from models import compute, cooling, siting, sizing
from models.case import Case
from models.formulation import build
from tests.models.paper import BUILT, best, changed, equation, terms

PREFIX = (siting, sizing, compute, cooling)
AIR, LIQUID = "compute.alive_mw[F1,air,p1]", "compute.alive_mw[F1,liquid,p1]"
HALLS = ("sizing.halls[F1,air,p1]", "sizing.halls[F1,liquid,p1]")


def test_peak_is_the_design_day_of_all_halls(model: pyo.ConcreteModel) -> None:
    assert terms(model.cooling.peak_mw["F1", "p1"]) == pytest.approx({HALLS[0]: 20 * 1.2, HALLS[1]: 20 * 1.1})


def test_energy_is_pue_times_utilisation_times_servers(model: pyo.ConcreteModel) -> None:
    hours = 0.8 * 8760 / 1e6
    expected = {AIR: 1.2 * hours, LIQUID: 1.1 * hours}
    assert terms(model.cooling.energy_twh["F1", "p1"]) == pytest.approx(expected)


def test_withdrawal_stays_within_basin(model: pyo.ConcreteModel) -> None:
    water = 0.5 * 0.8 * 8760 / 1e6  # half a litre per kWh of servers
    assert terms(model.cooling.water_mm3["F1", "p1"]) == pytest.approx({AIR: water})
    drawn = {AIR: water, "compute.alive_mw[N1,air,p1]": water}
    assert terms(model.cooling.basin_mm3["lake", "p1"]) == pytest.approx(drawn)
    assert terms(model.cooling.basin_limit_mm3["lake"]) == pytest.approx({"1": 1 * (1 - 0.4)})
    rule = model.cooling.withdrawal_stays_within_basin["lake", "p1"]
    assert equation(rule) == pytest.approx({**drawn, "<=": 0.6})


def test_new_halls_keep_the_legal_pue(model: pyo.ConcreteModel) -> None:
    rule = model.cooling.new_halls_keep_the_legal_pue
    assert equation(rule["F1", "p1"]) == pytest.approx(
        {HALLS[0]: 20 * (1.2 - 1.15), HALLS[1]: 20 * (1.1 - 1.15), "<=": 0}
    )
    assert ("N1", "p1") not in rule  # 10 is no limit


def test_reused_heat(model: pyo.ConcreteModel) -> None:
    reused, recovery = "cooling.reused_mw[F1,p2]", [f"cooling.recovery_mw[F1,{period}]" for period in ("p1", "p2")]
    air, liquid = AIR.replace("p1", "p2"), LIQUID.replace("p1", "p2")
    delivered = equation(model.cooling.heat_reused_is_heat_the_halls_deliver["F1", "p2"])
    assert delivered == pytest.approx({reused: 1, air: -0.1 * 0.8, liquid: -0.5 * 0.8, "<=": 0})
    passed = equation(model.cooling.heat_reused_passes_the_recovery_built["F1", "p2"])
    assert passed == {reused: 1, recovery[0]: -1, recovery[1]: -1, "<=": 0}
    lawful = equation(model.cooling.law_on_heat_reuse_is_kept["F1", "p2"])
    yearly = {
        air: 0.1 * 0.8 * 1.2,
        liquid: 0.1 * 0.8 * 1.1,
        reused: -4000 / 8760,
    }
    assert lawful == pytest.approx({**yearly, "<=": 0})
    assert model.cooling.reused_mw["F1", "p2"].bounds == (0, 5)  # what neighbours take


def test_nobody_to_warm_no_variable(model: pyo.ConcreteModel) -> None:
    assert {site for site, _ in model.cooling.reused_mw} == {"F1", "F2"}


def test_money(model: pyo.ConcreteModel) -> None:
    recovery = "cooling.recovery_mw[F1,p1]"
    assert terms(model.cooling.site_capex_meur["F1", "p1"]) == {recovery: 0.5}
    assert terms(model.cooling.capex_meur["p1"]) == {recovery: 0.5}
    assert terms(model.cooling.interest_meur["p1"]) == pytest.approx({recovery: 0.5 * (BUILT - 1)})
    earned = 25 * 4000 / 1e6  # EUR/MWh x full-load hours
    assert terms(model.cooling.opex_meur["p1"]) == pytest.approx({"cooling.reused_mw[F1,p1]": -earned})
    assert terms(model.cooling.residual_meur["p1"]) == pytest.approx(
        {recovery: BUILT * 0.5 * (1 - 1.1**-30) / (1 - 1.1**-40)}
    )


def test_most_servers_on_paper(case: Case) -> None:
    dry = changed(case, "basins", "lake", available_mm3=0.0)
    model = build(dry, PREFIX)
    assert best(model, model.compute.alive_mw["N1", "air", "p1"]) == 0  # a dry basin forbids what draws water
    damp = build(changed(case, "basins", "lake", available_mm3=0.1), PREFIX)
    most = 0.1 * 0.6 / (0.5 * 0.8 * 8760 / 1e6)  # 17.1 MW
    assert best(damp, damp.compute.alive_mw["N1", "air", "p1"]) == pytest.approx(most)


def test_the_law_mixes_its_halls(case: Case) -> None:
    model = build(case, PREFIX)
    assert best(model, model.sizing.standing["F1", "air", "p1"]) == 1  # one at 1.2 and one at 1.1 make 1.15


def test_heat_without_a_taker_closes_a_hall(case: Case) -> None:
    model = build(changed(case, "sites", "F1", heat_sink_mw=0.8), PREFIX)
    # a tenth of a year's 8,760 h of 1.1 x 0.8 x servers; neighbours take 0.8 MW in 4,000 h: 4.15 MW of servers
    most_mw = 0.8 * 4000 / (0.1 * 8760 * 1.1 * 0.8)
    assert best(model, model.compute.alive_mw["F1", "liquid", "p1"]) == pytest.approx(most_mw)
