"""Wind of NEAR in units of 30 MW; the battery of FAR with 4 to 10 hours, at 0.2 MEUR a MWh beside 1 a MW."""

from dataclasses import replace

import pyomo.environ as pyo
import pytest

from models.case import Case
from models.formulation import build
from models.upper_bounds import buildable_mw
from optimizer.session import solve_case
from tests.cases import drafts
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, near, often, worth, worth_of
from tests.models.paper import asking, best, changed, equation, terms
from tests.variants import with_cells
from tests.written import optimum, written_out

BUILT = [f"plants.built_mwh[FAR,battery,{period}]" for period in ("p1", "p2")]
POWER = [f"power.built_mw[FAR,battery,{period}]" for period in ("p1", "p2")]


@pytest.fixture(scope="module")
def chosen(case: Case) -> Case:
    apart = changed(case, "technologies", "battery", duration_max_hours=10.0, capex_meur_per_mwh=0.2)
    return changed(apart, "technologies", "wind", unit_mw=30.0)


@pytest.fixture(scope="module")
def palette(chosen: Case) -> pyo.ConcreteModel:
    return build(chosen)


def test_nothing_exists_where_nothing_is_chosen(model: pyo.ConcreteModel) -> None:
    assert not model.plants.units
    assert not model.plants.built_mwh


def test_wind_in_units(palette: pyo.ConcreteModel) -> None:
    units = palette.plants.units["NEAR", "wind", "p2"]
    assert (units.is_integer(), units.bounds) == (True, (0, 3))  # 100 MW hold three of 30
    whole = {"power.built_mw[NEAR,wind,p2]": 1, "plants.units[NEAR,wind,p2]": -30, "==": 0}
    assert equation(palette.plants.plants_are_built_in_whole_units["NEAR", "wind", "p2"]) == whole
    assert ("FAR", "battery", "p2") not in palette.plants.units


def test_energy_of_stores(palette: pyo.ConcreteModel) -> None:
    plants = palette.plants
    least = equation(plants.stores_hold_their_least_hours["FAR", "battery", "p1"])
    assert least == {POWER[0]: 4, BUILT[0]: -1, "<=": 0}
    most = equation(plants.stores_hold_no_more_than_their_most_hours["FAR", "battery", "p1"])
    assert most == {BUILT[0]: 1, POWER[0]: -10, "<=": 0}
    standing = equation(plants.stores_standing_are_those_built["FAR", "battery", "p2"])
    assert standing == {"plants.store_mwh[FAR,battery,p2]": 1, **dict.fromkeys(BUILT, -1), "==": 0}
    level = equation(palette.dispatch.days["p2", "d001"].level_stays_within_the_store["FAR", "battery", 0])
    name = "dispatch.days[p2,d001].level_mwh[FAR,battery,0]"
    assert level == {name: 1, "plants.store_mwh[FAR,battery,p2]": -1, "<=": 4 * 10}


def test_money(palette: pyo.ConcreteModel) -> None:
    plants = palette.plants
    assert terms(plants.capex_meur["p1"]) == {BUILT[0]: 0.2}
    assert terms(plants.opex_meur["p2"]) == pytest.approx({"plants.store_mwh[FAR,battery,p2]": 0.02 * 0.2})
    left = 0.2 * (1 - 1.1**-5) / (1 - 1.1**-10)
    assert terms(plants.residual_meur["p2"]) == pytest.approx({BUILT[1]: left})


def test_a_first_year_of_a_potential(case: Case) -> None:
    for year, expected in ((1900, 20), (2026, 20), (2027, 0)):
        later = changed(case, "potentials", ("FAR", "battery"), first_year=year)
        assert buildable_mw(later, "FAR", "battery", "p1") == expected
        assert buildable_mw(later, "FAR", "battery", "p2") == 20


@pytest.fixture(scope="module")
def sited(case: Case) -> pyo.ConcreteModel:
    """Give the case with reactors of 20 MW, up to three of which may stand on N1."""
    kind = {"unit_mw": 20.0, "on_site": True, "lead_years": 0.0, "construction_years": 0.0}
    small = case.technologies["hydro"].model_copy(update={**kind, "technology": "small", "kind": "generation"})
    potential = case.potentials["NEAR", "wind"].model_copy(update={"technology": "small", "potential_mw": 65.0})
    technologies = {**case.technologies, "small": small}
    rich = asking(changed(case, "tranches", ("private", "p1"), amount_meur=100_000.0), "power", cover_share=0.0)
    return build(replace(rich, technologies=technologies, potentials={("NEAR", "small"): potential}))


def test_units_behind_the_meter(sited: pyo.ConcreteModel) -> None:
    grid, stand = sited.grid, [f"grid.on_site_units[N1,small,{period}]" for period in ("p1", "p2")]
    assert grid.on_site_units["N1", "small", "p1"].bounds == (0, 3)
    secured, there = "grid.secured_mw[N1,p2]", "grid.has_units[N1,p2]"
    peak = equation(grid.peak_stays_within_connection["N1", "p2"])
    assert (peak[secured], peak["grid.connected_mw[N1,p2]"], peak["<="]) == (-1, -1, 6)
    any_there = equation(grid.units_stand_where_there_are_any["N1", "small", "p2"])
    assert any_there == {**dict.fromkeys(stand, 1), there: -3, "<=": 0}
    all_but_one = equation(grid.secured_supply_is_that_of_all_units_but_one["N1", "p2"])
    assert all_but_one == {secured: 1, **dict.fromkeys(stand, -20), there: 20, "<=": 0}
    placed = equation(sited.plants.units_on_sites_are_plants_of_their_zone["NEAR", "small", "p2"])
    assert placed == {**dict.fromkeys(stand, 20), "power.plant_mw[NEAR,small,p2]": -1, "<=": 0}


def test_units_spare_connection_while_one_fails(sited: pyo.ConcreteModel) -> None:
    """Halls of 60 MW need 66 and draw 52.8: two units serve them, of which one is secured; 6 MW stand anyway."""
    halls = sited.sizing.halls["N1", "liquid", "p1"]
    halls.fix(3)
    least = best(sited, 1.0 * sited.grid.connected_mw["N1", "p1"], pyo.minimize)
    halls.unfix()
    assert least == pytest.approx(66 - 6 - 20)


@often(3, 150)
def test_hours_that_may_be_chosen_never_hurt_and_units_never_help(number: int) -> None:
    """A battery of 2 h at 0.6 MEUR a MW may be one of 2 to 6 h at 0.4 a MW and 0.1 a MWh."""

    def batteries(draft: Draft, **columns: float) -> Draft:
        ready = {"duration_hours": 2.0, "lead_years": 0.0, **columns}
        return with_cells(draft, "technologies", lambda cells: ready if cells["technology"] == "battery" else {})

    def law(draft: Draft) -> None:
        fixed = batteries(draft, capex_meur_per_mw=0.6, duration_max_hours=0.0, capex_meur_per_mwh=0.0)
        chosen = batteries(draft, capex_meur_per_mw=0.4, duration_max_hours=6.0, capex_meur_per_mwh=0.1)
        whole = batteries(draft, capex_meur_per_mw=0.4, duration_max_hours=6.0, capex_meur_per_mwh=0.1, unit_mw=15.0)
        values = [worth_of(each) for each in (chosen, fixed, whole)]
        assert values[0] <= min(values) or values[0] == near(min(values))
        solution = solve_case(whole.case())
        goal = whole.settings.question.objectives[0]
        assert optimum(written_out(whole.case(), solution.baseline)[goal]) == near(worth(solution))

    for_all(number, drafts(FLOORS, sites=3, zones=2), law)
