import math
from dataclasses import replace

import pyomo.environ as pyo
import pytest

from models import compute, cooling, power, siting, sizing
from models.case import Case
from models.formulation import build
from tests.models.paper import asking, best, changed, equation, terms

PREFIX = (siting, sizing, compute, cooling, power)
HYDRO, WIND = "power.contracted_mw[NEAR,hydro,p2]", "power.plant_mw[NEAR,wind,p2]"
BATTERY = "power.plant_mw[FAR,battery,p1]"
FORWARD, BACKWARD = "power.forward_mw[N-F,p2]", "power.backward_mw[N-F,p2]"


def test_contracts_and_plants_are_bounded_by_what_is_free_and_what_fits(model: pyo.ConcreteModel) -> None:
    assert [*model.power.contracted_mw] == [("NEAR", "hydro", period) for period in ("p1", "p2")]
    assert model.power.contracted_mw["NEAR", "hydro", "p1"].bounds == (0, 100)
    assert ("NEAR", "wind", "p1") not in model.power.plant_mw  # five years to build
    assert model.power.plant_mw["NEAR", "wind", "p2"].bounds == (0, 100)


def test_only_listed_technologies_are_contracted_or_built_for_cover(case: Case) -> None:
    model = build(asking(case, "power", cover_technologies=("battery",)), PREFIX)
    assert not [*model.power.contracted_mw]
    assert {technology for _, technology, _ in model.power.built_mw} == {"wind", "battery"}  # which give no cover
    assert [*build(asking(case, "power", cover_technologies=("hydro",)), PREFIX).power.contracted_mw]


def test_plants_standing_are_those_built(model: pyo.ConcreteModel) -> None:
    built = {f"power.built_mw[FAR,battery,{period}]": -1 for period in ("p1", "p2")}
    rule = model.power.plants_standing_are_those_built["FAR", "battery", "p2"]
    assert equation(rule) == {"power.plant_mw[FAR,battery,p2]": 1, **built, "==": 0}


def test_new_plants_yield_no_more_than_the_data_centres_draw(model: pyo.ConcreteModel) -> None:
    drawn = {
        f"compute.alive_mw[N1,{kind},p2]": -pue * 0.8 * 8760 / 1e6 for kind, pue in (("air", 1.2), ("liquid", 1.1))
    }
    rule = model.power.new_plants_yield_no_more_than_the_data_centres_draw
    assert [*rule] == [("NEAR", "p2")]
    assert equation(rule["NEAR", "p2"]) == pytest.approx(
        {WIND: 0.3 * 8760 / 1e6, **drawn, "<=": 0}
    )  # blows 0.3 on average


def test_new_storage_stays_within_the_peak_of_the_data_centres(model: pyo.ConcreteModel) -> None:
    peak = {"sizing.halls[F1,air,p1]": -24, "sizing.halls[F1,liquid,p1]": -22}
    rule = model.power.new_storage_stays_within_the_peak_of_the_data_centres["FAR", "p1"]
    assert equation(rule) == pytest.approx({BATTERY: 1, **peak, "<=": 0})


def test_cover_is_own_capacity_and_what_lines_bring(model: pyo.ConcreteModel) -> None:
    assert terms(model.power.own_cover_mw["NEAR", "p2"]) == {HYDRO: 0.8}  # wind is not dispatchable
    near = {HYDRO: 0.8, FORWARD: -1, BACKWARD: 0.98}
    assert terms(model.power.cover_mw["NEAR", "p2"]) == pytest.approx(near)
    assert terms(model.power.cover_mw["FAR", "p2"]) == pytest.approx({FORWARD: 0.98, BACKWARD: -1})
    assert model.power.forward_mw["N-F", "p2"].bounds == pytest.approx((0, 0.3 * 100))
    assert model.power.backward_mw["N-F", "p2"].bounds == pytest.approx((0, 0.3 * 50))


def test_cover_fits_into_what_the_system_leaves_free(case: Case, model: pyo.ConcreteModel) -> None:
    assert not [*model.power.cover_fits_into_what_the_system_leaves_free]
    limited = build(asking(case, "power", cover_spare_lines=True), PREFIX)
    limited.power.spare_mw["N-F", "p2", "backward"] = 7.5
    rule = limited.power.cover_fits_into_what_the_system_leaves_free
    assert equation(rule["N-F", "p2", "backward"]) == {BACKWARD: 1, "<=": 7.5}
    assert equation(rule["N-F", "p2", "forward"]) == {FORWARD: 1, "<=": pytest.approx(30)}  # until that is known


def test_carried_cover_starts_where_it_is_contracted(model: pyo.ConcreteModel) -> None:
    rule = model.power.carried_cover_starts_where_it_is_contracted
    assert equation(rule["NEAR", "p2"]) == {FORWARD: 1, HYDRO: -0.8, "<=": 0}
    assert equation(rule["FAR", "p2"]) == {BACKWARD: 1, "<=": 0}


def test_sustained_low_carbon_power_covers_the_draw(case: Case, model: pyo.ConcreteModel) -> None:
    """Hydro runs half the year on its inflow and wind blows 0.3 on the mean; a battery sustains nothing."""
    assert terms(model.power.sustained_mw["NEAR", "p2"]) == pytest.approx({HYDRO: 0.5, WIND: 0.3})
    asked = build(asking(case, "power", cover_energy_share=0.9), PREFIX)
    mean, back = ("power.forward_mean_mw[N-F,p2]", "power.backward_mean_mw[N-F,p2]")
    drawn = {f"compute.alive_mw[N1,{kind},p2]": 0.9 * pue * 0.8 for kind, pue in (("air", 1.2), ("liquid", 1.1))}
    rule = asked.power.sustained_low_carbon_power_covers_the_draw["NEAR", "p2"]
    assert equation(rule) == pytest.approx({**drawn, HYDRO: -0.5, WIND: -0.3, mean: 1, back: -0.98, "<=": 0})
    own = HYDRO.replace("contracted", "own")
    sent = equation(asked.power.carried_energy_starts_where_it_is_contracted["NEAR", "p2"])
    assert sent == pytest.approx({mean: 1, HYDRO: -0.5, own: 0.5, "<=": 0})
    assert equation(asked.power.energy_is_carried_with_cover["N-F", "p2", "forward"]) == {mean: 1, FORWARD: -1, "<=": 0}


def test_storage_is_firm_as_long_as_it_lasts(case: Case) -> None:
    """A battery of four hours is half firm through a stress of eight, and keeps its credit through one of four."""
    firm = changed(case, "technologies", "battery", low_carbon=True, dispatchable=True, firm_credit_share=0.9)
    for hours, credit in ((0.0, 0.9), (4.0, 0.9), (8.0, 0.5)):
        model = build(asking(firm, "power", cover_duration_hours=hours), PREFIX)
        assert terms(model.power.own_cover_mw["FAR", "p1"])[BATTERY] == credit


def test_contracts_run_for_their_term(case: Case, model: pyo.ConcreteModel) -> None:
    signed = [f"power.signed_mw[NEAR,hydro,{period}]" for period in ("p1", "p2")]
    assert not [*model.power.signed_mw]
    longer = build(asking(case, "power", contract_years=6.0), PREFIX).power
    rule = longer.contracts_run_for_their_term["NEAR", "hydro", "p2"]
    assert equation(rule) == {HYDRO: 1, **dict.fromkeys(signed, -1), "==": 0}
    shorter = build(asking(case, "power", contract_years=5.0), PREFIX).power  # over when the second period begins
    assert equation(shorter.contracts_run_for_their_term["NEAR", "hydro", "p2"]) == {HYDRO: 1, signed[1]: -1, "==": 0}


def test_what_is_signed_is_there_until_its_term_is_over(case: Case) -> None:
    """Of 100 MW that are free in the first period 40 are in the second: no more can be signed for both."""
    row = case.fleets["NEAR", "hydro", 2026].model_copy(update={"from_year": 2031, "uncontracted_share": 0.1})
    less = replace(case, fleets={**case.fleets, ("NEAR", "hydro", 2031): row})
    for years, most in ((0.0, 100), (5.0, 100), (10.0, 40)):
        model = build(asking(less, "power", contract_years=years), PREFIX)
        assert best(model, model.power.contracted_mw["NEAR", "hydro", "p1"]) == pytest.approx(most)


def test_carried_cover_is_not_matched_at_home(case: Case, model: pyo.ConcreteModel) -> None:
    own = HYDRO.replace("contracted", "own")
    assert equation(model.power.own_part_is_contracted["NEAR", "hydro", "p2"]) == {own: 1, HYDRO: -1, "<=": 0}
    rule = model.power.carried_cover_is_not_matched_at_home
    assert equation(rule["NEAR", "p2"]) == {FORWARD: 1, HYDRO: -0.8, own: 0.8, "<=": 0}
    assert equation(rule["FAR", "p2"]) == {BACKWARD: 1, "<=": 0}
    twice = build(asking(case, "power", cover_counted_once=False), PREFIX)
    assert not [*twice.power.carried_cover_is_not_matched_at_home]


def test_firm_low_carbon_capacity_covers_the_peak(case: Case) -> None:
    model = build(asking(case, "power", cover_share=0.9), PREFIX)
    halls = {"sizing.halls[F1,air,p1]": 24, "sizing.halls[F1,liquid,p1]": 22}
    assert terms(model.power.zone_peak_mw["FAR", "p1"]) == pytest.approx(halls)
    lines = {FORWARD.replace("p2", "p1"): -0.98, BACKWARD.replace("p2", "p1"): 1}
    needed = {name: 0.9 * mw for name, mw in halls.items()}
    rule = model.power.firm_low_carbon_capacity_covers_the_peak["FAR", "p1"]
    assert equation(rule) == pytest.approx({**needed, **lines, "<=": 0})


def test_reservoir_lasts_the_year(model: pyo.ConcreteModel) -> None:
    half_a_year = {f"power.allotted_mw[NEAR,hydro,p1,{day}]": 0.5 for day in ("d001", "d002")}
    rule = model.power.reservoir_lasts_the_year["NEAR", "hydro", "p1"]
    assert equation(rule) == pytest.approx({**half_a_year, "<=": 200})  # 1.752 TWh over 8,760 h


def test_a_case_without_reservoirs_lines_or_potentials_builds(case: Case) -> None:
    fleets = {key: row for key, row in case.fleets.items() if key[1] != "hydro"}
    model = build(replace(case, reservoirs={}, lines={}, potentials={}, fleets=fleets), PREFIX)
    assert terms(model.power.cover_mw["NEAR", "p1"]) == {}
    assert best(model, sum(model.sizing.halls.values())) == 0  # no firm power, no hall


def test_a_contract_costs_its_capacity_and_a_premium(case: Case) -> None:
    """40 EUR per kW are 0.04 MEUR per MW; 10 EUR/MWh on half of 8,760 MWh are 0.0438."""
    priced = changed(case, "technologies", "hydro", contract_eur_per_kw_year=40.0)
    model = build(priced, PREFIX)
    assert terms(model.power.opex_meur["p2"])[HYDRO] == pytest.approx(0.04 + 0.0438)


def test_money(model: pyo.ConcreteModel) -> None:
    assert terms(model.power.capex_meur["p2"]) == {
        "power.built_mw[NEAR,wind,p2]": 1.5,
        "power.built_mw[FAR,battery,p2]": 1,
    }
    premium = 10 * 0.5 * 8760 / 1e6  # EUR/MWh on the reservoir's mean output of half a MW per MW
    fixed = {WIND: 0.02 * 1.5, "power.plant_mw[FAR,battery,p2]": 0.02}
    basis = terms(model.power.basis_meur["FAR", "p2"])
    assert terms(model.power.opex_meur["p2"]) == pytest.approx({HYDRO: premium, **fixed, **basis})
    assert terms(model.power.residual_meur["p1"]) == {}  # batteries live ten years
    built = (1.1**4 - 1) / (4 * math.log(1.1))  # wind is paid over four years, batteries at once
    assert terms(model.power.interest_meur["p2"]) == pytest.approx({"power.built_mw[NEAR,wind,p2]": 1.5 * (built - 1)})
    left = {
        "power.built_mw[NEAR,wind,p2]": built * 1.5 * (1 - 1.1**-20) / (1 - 1.1**-25),
        "power.built_mw[FAR,battery,p2]": (1 - 1.1**-5) / (1 - 1.1**-10),
    }
    assert terms(model.power.residual_meur["p2"]) == pytest.approx(left)


def test_the_price_basis_is_paid_on_what_new_plant_leaves_of_the_draw(case: Case) -> None:
    """NEAR at 40 EUR/MWh: a MW of air-cooled servers draws 0.96 MW, a MW of new wind blows 0.3 on average."""
    near = case.price_basis["FAR"].model_copy(update={"zone": "NEAR", "basis_eur_per_mwh": 40.0})
    steady = asking(replace(case, price_basis={"NEAR": near}), "power", price_basis_decay_share=0.0)
    model = build(steady, PREFIX)
    assert terms(model.power.basis_meur["NEAR", "p2"]) == pytest.approx(
        {
            "compute.alive_mw[N1,air,p2]": 40 * 1.2 * 0.8 * 8760 / 1e6,
            "compute.alive_mw[N1,liquid,p2]": 40 * 1.1 * 0.8 * 8760 / 1e6,
            WIND: -40 * 0.3 * 8760 / 1e6,
        }
    )
    assert terms(model.power.opex_meur["p2"])[WIND] == pytest.approx(0.02 * 1.5 - 40 * 0.3 * 8760 / 1e6)
    assert terms(model.power.basis_meur["FAR", "p2"]) == {}
    without = build(asking(steady, "power", price_basis_scale=0.0), PREFIX)
    assert terms(without.power.basis_meur["NEAR", "p2"]) == {}


@pytest.mark.parametrize(
    ("share", "uncontracted", "near", "far"),
    [
        (0.3, 0.25, 3, 1),  # NEAR: 80 MW firm for halls of 22; FAR: 30 MW over the line, 29.4 after losses
        (0.0, 0.25, 3, 0),
        (1.0, 0.25, 3, 3),  # 78.4 MW over the line, and no site takes more than three
        (1.0, 0.1, 1, 1),  # 40 MW contracted, 32 firm
        (1.0, 0.0, 0, 0),
    ],
)
def test_most_halls_on_paper(case: Case, share: float, uncontracted: float, near: int, far: int) -> None:
    here = changed(case, "fleets", ("NEAR", "hydro", 2026), uncontracted_share=uncontracted)
    lone = changed(here, "sites", "N1", minimum_mw=0.0)
    model = build(asking(lone, "power", cover_import_share=share), PREFIX)
    assert best(model, model.sizing.site_halls["N1", "p1"]) == near
    assert best(model, model.sizing.site_halls["F1", "p1"]) == far


def test_cover_does_not_pass_through(case: Case) -> None:
    """A third zone behind FAR gets nothing of NEAR's cover."""
    zones = {**case.zones, "LAST": case.zones["FAR"].model_copy(update={"zone": "LAST"})}
    line = case.lines["N-F"].model_copy(update={"line": "F-L", "from_zone": "FAR", "to_zone": "LAST"})
    chain = replace(case, zones=zones, lines={**case.lines, "F-L": line})
    chain = changed(chain, "sites", "F1", zone="LAST")
    model = build(chain, PREFIX)
    assert best(model, model.sizing.site_halls["F1", "p1"]) == 0


@pytest.mark.parametrize(("once", "own_mw"), [(True, 100 - 22 / 0.98 / 0.8), (False, 100)])
def test_what_covers_a_hall_abroad_matches_nothing_at_home(case: Case, once: bool, own_mw: float) -> None:
    """A hall at F1 draws 22 MW on the design day: 22.4 MW sent from NEAR, the firm part of 28.1 of its 100 MW."""
    model = build(asking(case, "power", cover_counted_once=once), PREFIX)
    model.sizing.halls["F1", "liquid", "p1"].fix(1)
    assert best(model, model.power.own_mw["NEAR", "hydro", "p1"]) == pytest.approx(own_mw)


def test_most_wind_on_paper(case: Case) -> None:
    model = build(case, PREFIX)
    most = 60 * 1.1 * 0.8 / 0.3  # all that N1 can draw, yielded at 0.3: 176 MW, more than the 100 there are
    assert best(model, model.power.plant_mw["NEAR", "wind", "p2"]) == pytest.approx(min(most, 100))
    for hall in model.sizing.halls.values():
        hall.setub(0)
    assert best(model, model.power.plant_mw["NEAR", "wind", "p2"]) == 0
