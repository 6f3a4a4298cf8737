import pyomo.environ as pyo
import pytest

from models import carbon, compute, cooling, siting, sizing
from models.case import Case
from models.formulation import build
from tests.models.paper import asking, best, changed, equation, terms

PREFIX = (siting, sizing, compute, cooling, carbon)
DAYS = {f"carbon.emitted_t[p1,{day}]": 2190 / 1000 for day in ("d001", "d002")}  # 2,190 such days in a year
ENERGY = {
    f"compute.alive_mw[{site},{kind},p1]": pue * 0.8 * 8760 / 1e6
    for site in ("F1", "N1")
    for kind, pue in (("air", 1.2), ("liquid", 1.1))
}


def test_a_year_is_all_its_days(model: pyo.ConcreteModel) -> None:
    assert terms(model.carbon.carbon_kt["p1"]) == pytest.approx(DAYS)
    assert terms(model.carbon.energy_twh["p1"]) == pytest.approx(ENERGY)


def test_emissions_per_mwh_stay_under_the_cap(model: pyo.ConcreteModel) -> None:
    capped = {name: -100 * energy for name, energy in ENERGY.items()}  # 100 kg/MWh is 100 kt/TWh
    rule = model.carbon.emissions_per_mwh_stay_under_the_cap["p1"]
    assert equation(rule) == pytest.approx({**DAYS, **capped, "<=": 0})


def test_emissions_per_year_stay_under_the_cap(case: Case) -> None:
    model = build(asking(case, "carbon", cap_kt=7.0), PREFIX)
    assert equation(model.carbon.emissions_per_year_stay_under_the_cap["p1"]) == pytest.approx({**DAYS, "<=": 7})


def test_making_the_chips_counts_in_caps_where_the_scenario_asks_for_it(case: Case) -> None:
    """A thousand chips, a MW, of 200 kg each are 0.2 kt, over the five years of the period 0.04 a year."""
    heavy = changed(
        changed(case, "chips", "small", embodied_kg_per_chip=200.0), "chips", "large", embodied_kg_per_chip=300.0
    )
    told = build(asking(heavy, "carbon", cap_kt=7.0), PREFIX)
    chips = [index for index in told.compute.fitted_mw if index[3] == "p1"]
    made = {told.compute.fitted_mw[index].name: 0.2 for index in chips}
    assert terms(told.carbon.embodied_kt["p1"]) == pytest.approx(made)
    assert equation(told.carbon.emissions_per_year_stay_under_the_cap["p1"]) == pytest.approx({**DAYS, "<=": 7})
    counted = build(asking(heavy, "carbon", cap_kt=7.0, embodied=True, cap_by="zone"), PREFIX)
    yearly = {name: kt / 5 for name, kt in made.items()}
    rules = counted.carbon
    assert equation(rules.emissions_per_year_stay_under_the_cap["p1"]) == pytest.approx({**DAYS, **yearly, "<=": 7})
    assert equation(rules.emissions_per_mwh_stay_under_the_cap["p1"]) == pytest.approx(
        {**DAYS, **yearly, **{name: -100 * twh for name, twh in ENERGY.items()}, "<=": 0}
    )
    near = equation(rules.emissions_per_mwh_of_a_zone_stay_under_the_cap["NEAR", "p1"])
    assert {name for name in near if "fitted_mw" in name} == {name for name in yearly if "[N1," in name}


def test_most_emissions_on_paper(case: Case) -> None:
    model = build(asking(case, "carbon", cap_kg_per_mwh=50.0), PREFIX)
    # N1 has 60 MW under liquid; BB imports 15,000 chips of 1 kW, as many at a PUE of 1.2 as its law on heat allows:
    # a tenth of the year's energy is reused, in the 4,000 hours in which heat is taken; air delivers too little
    asked = 0.1 * 8760 / 4000
    lacking, left = asked * 1.2 - 0.1, 0.5 - asked * 1.1
    air_mw = 15 * left / (lacking + left)
    energy_twh = (60 * 1.1 + air_mw * 1.2 + (15 - air_mw) * 1.1) * 0.8 * 8760 / 1e6
    assert best(model, model.carbon.carbon_kt["p1"]) == pytest.approx(50 * energy_twh)
    capped = build(asking(case, "carbon", cap_kt=7.0), PREFIX)
    assert best(capped, capped.carbon.carbon_kt["p1"]) == pytest.approx(7)


def test_emissions_per_mwh_of_a_site_stay_under_the_cap(case: Case) -> None:
    model = build(asking(case, "carbon", cap_by="site"))
    days = {f"carbon.site_emitted_t[N1,p1,{day}]": 2190 / 1000 for day in ("d001", "d002")}
    capped = {name: -100 * energy for name, energy in ENERGY.items() if "N1" in name}
    rule = model.carbon.emissions_per_mwh_of_a_site_stay_under_the_cap["N1", "p1"]
    assert equation(rule) == pytest.approx({**days, **capped, "<=": 0})
