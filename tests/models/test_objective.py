import math

import pyomo.environ as pyo
import pytest

from models.case import Case
from models.formulation import build
from models.upper_bounds import committed_service_kh100e
from tests.models.paper import BUILT, asking, changed, terms

FIRST = sum(1.1**-year for year in range(5))
"""A euro in every year of the first period, at 10 %."""
SECOND = FIRST / 1.1**5


def owed(left: int, life: int) -> float:
    """Return the share that the last `left` of `life` equal yearly payments pay off."""
    return (1 - 1.1**-left) / (1 - 1.1**-life)


def test_compute_goal_counts_served_years_discounted(model: pyo.ConcreteModel) -> None:
    goal = terms(model.objective.compute_goal)
    assert goal["demand.served_kh100e[N1,town,training,p1]"] == pytest.approx(FIRST)
    assert goal["demand.served_kh100e[C1,town,training,p2]"] == pytest.approx(SECOND)
    assert {name.partition("[")[0] for name in goal} == {"demand.served_kh100e", "1"}
    # C1 serves training with the 9 kH100e of its 10 MW, whatever is built: no merit of the plan
    assert goal["1"] == pytest.approx(-9 * (FIRST + SECOND))


def test_what_committed_sites_serve_by_themselves_is_no_more_than_is_asked(case: Case) -> None:
    scarce = changed(case, "demand", ("town", "training", "p2"), demand_kh100e=4.0)
    assert committed_service_kh100e(scarce, "p1") == pytest.approx(9)
    assert committed_service_kh100e(scarce, "p2") == pytest.approx(4)  # inference asks 20, but 50 ms are too far


@pytest.mark.parametrize(
    ("decision", "worth"),
    [
        # 200 MEUR paid over two years, 6 a year for ten years, less what twenty equal payments owe in 2036
        ("sizing.halls[N1,air,p1]", BUILT * 200 * (1 - owed(10, 20) / 1.1**10) + 6 * (FIRST + SECOND)),
        ("sizing.halls[N1,air,p2]", BUILT * 200 * (1 / 1.1**5 - owed(15, 20) / 1.1**10) + 6 * SECOND),
        ("siting.open_in[N1,p2]", BUILT * 50 / 1.1**5),
        ("compute.fitted_mw[N1,small,air,p1]", 30),  # worn out in 2036
        ("compute.alive_mw[N1,air,p1]", (0.25 + 10 * 1.2 * 0.8 * 8760 / 1e6) * FIRST),  # operation, grid fees
        ("demand.served_kh100e[F1,town,training,p1]", 0.5 * FIRST),
        # paid from 2026 to 2031, in service for five years of forty
        ("grid.reinforced[UF,1,p1]", 30 * (1.1**5 - 1) / (5 * math.log(1.1)) * (1 / 1.1**5 - owed(35, 40) / 1.1**10)),
        # two days of two hours, each 2,190 times a year, at 100 EUR/MWh
        ("dispatch.days[p1,d001].output_mw[FAR,gas,0]", 100 * 2190 / 1e6 * FIRST),
        ("dispatch.days[p2,d002].shed_mw[FAR,1]", 8000 * 2190 / 1e6 * SECOND),
    ],
)
def test_cost_goal_is_the_net_present_cost(model: pyo.ConcreteModel, decision: str, worth: float) -> None:
    assert terms(model.objective.cost_goal)[decision] == pytest.approx(worth)


def test_cost_goal_counts_from_the_system_without_data_centres(case: Case) -> None:
    model = build(case)
    model.dispatch.baseline_meur["p1"] = 40
    assert terms(model.objective.cost_goal)["1"] == pytest.approx(-40 * FIRST)


def test_carbon_goal_adds_the_years(model: pyo.ConcreteModel) -> None:
    names = [f"carbon.emitted_t[{period},{day}]" for period in ("p1", "p2") for day in ("d001", "d002")]
    assert terms(model.objective.carbon_goal) == pytest.approx(dict.fromkeys(names, 5 * 2190 / 1000))


def test_carbon_goal_counts_exactly_the_chips_where_asked(case: Case, model: pyo.ConcreteModel) -> None:
    heavy = asking(changed(case, "chips", "small", embodied_kg_per_chip=200.0), "carbon", embodied=True)
    goal, plain = terms(build(heavy).objective.carbon_goal), terms(model.objective.carbon_goal)
    made = {name: value for name, value in goal.items() if name not in plain}
    assert {name: value for name, value in goal.items() if name in plain} == plain
    assert made == pytest.approx(dict.fromkeys(made, 0.2))  # kt of the thousand chips of a MW, whatever the years
    assert {name.split(",")[1] for name in made} == {"small"}


def test_water_goal_adds_the_years(case: Case, model: pyo.ConcreteModel) -> None:
    litres = case.climate.wue_annual_l_per_kwh["N1", "air"]
    goal = terms(model.objective.water_goal)
    assert goal["compute.alive_mw[N1,air,p1]"] == pytest.approx(5 * litres * 0.8 * 8760 / 1e6)
    assert {name.partition("[")[0] for name in goal} == {"compute.alive_mw"}


def test_sovereignty_goal_counts_what_is_served_from_the_union(case: Case, model: pyo.ConcreteModel) -> None:
    assert terms(model.objective.sovereignty_goal)["demand.served_kh100e[N1,town,training,p1]"] == pytest.approx(FIRST)
    outside = build(changed(case, "countries", case.sites["N1"].country, eu_member=False))
    names = {*terms(outside.objective.sovereignty_goal)}
    assert not [name for name in names if "[N1," in name]


def test_capital_goal_is_what_the_funds_pay_whenever_they_do(model: pyo.ConcreteModel) -> None:
    goal, paid = terms(model.objective.capital_goal), terms(sum(model.budget.capital_meur.values()))
    assert goal == paid
    assert goal["siting.open_in[N1,p1]"] == goal["siting.open_in[N1,p2]"] == 50
    assert goal["compute.fitted_mw[N1,large,liquid,p2]"] == 30  # 500 chips at 60,000 EUR, in 2031 as today


def test_every_region_is_served_the_even_share_of_all_it_asks(case: Case) -> None:
    model = build(asking(case, "question", objectives=("even", "cost")))
    (rule,) = model.objective.every_region_is_served_the_even_share.values()
    row = terms(rule.body)
    asked = sum(row.demand_kh100e for (_, _, period), row in case.demand.items() if period == "p2")
    of_each = row["demand.served_kh100e[C1,town,training,p2]"]
    assert row["objective.evenly_served[p2]"] == pytest.approx(-asked * of_each)
    assert abs(of_each) == 1
    assert not [name for name in row if name.endswith("p1]")]
    assert terms(model.objective.even_goal) == {"objective.evenly_served[p2]": 1}


def test_nothing_is_held_even_where_nobody_asks(model: pyo.ConcreteModel) -> None:
    assert not model.objective.evenly_served
    assert not model.objective.every_region_is_served_the_even_share
    assert terms(model.objective.even_goal) in ({}, {"1": 0})


@pytest.mark.parametrize(
    ("first", "sense"),
    [
        ("compute", pyo.maximize),
        ("cost", pyo.minimize),
        ("carbon", pyo.minimize),
        ("water", pyo.minimize),
        ("sovereignty", pyo.maximize),
        ("even", pyo.maximize),
        ("capital", pyo.minimize),
    ],
)
def test_the_first_objective_is_the_models_own(case: Case, first: str, sense: int) -> None:
    model = build(asking(case, "question", objectives=(first,)))
    assert model.objective.best.sense == sense
    assert terms(model.objective.best.expr) == terms(model.objective.component(f"{first}_goal"))
