import pyomo.environ as pyo
import pytest

from models import carbon, compute, cooling, siting, sizing
from models.case import Case
from models.formulation import build
from tests.models.paper import asking, best, equation, terms

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


def test_most_emissions_on_paper(case: Case) -> None:
    model = build(asking(case, "carbon", cap_kg_per_mwh=50.0), PREFIX)
    # N1 has 60 MW under liquid; BB imports 15,000 chips of 1 kW, all cooled at a PUE of 1.2 (one hall of each kind)
    energy_twh = (60 * 1.1 + 15 * 1.2) * 0.8 * 8760 / 1e6
    assert best(model, model.carbon.carbon_kt["p1"]) == pytest.approx(50 * energy_twh)
    capped = build(asking(case, "carbon", cap_kt=7.0), PREFIX)
    assert best(capped, capped.carbon.carbon_kt["p1"]) == pytest.approx(7)


def test_emissions_per_mwh_of_a_site_stay_under_the_cap(case: Case) -> None:
    model = build(asking(case, "carbon", cap_by="site"))
    days = {f"carbon.site_emitted_t[N1,p1,{day}]": 2190 / 1000 for day in ("d001", "d002")}
    capped = {name: -100 * energy for name, energy in ENERGY.items() if "N1" in name}
    rule = model.carbon.emissions_per_mwh_of_a_site_stay_under_the_cap["N1", "p1"]
    assert equation(rule) == pytest.approx({**days, **capped, "<=": 0})
