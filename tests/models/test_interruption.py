"""N1 on 60 MW of headroom and 6 MW of its own; 50 MW more may be interrupted, a fifth is there in hour 1."""

from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest

from models.case import Case
from models.day_parameters import uninterrupted_share
from models.formulation import build
from models.upper_bounds import most_power_mw
from optimizer.session import solve_case
from tests.cases import drafts
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, near, often, worth
from tests.models.paper import asking, best, changed, equation, terms
from tests.variants import with_cells, with_section
from tests.written import optimum, written_out

OFFER = {"interruptible_mw": 50.0, "interrupted_share": 0.05}
LOST = [f"interruption.interrupted_mwh[N1,p2,{day}]" for day in ("d001", "d002")]
AIR, LIQUID = "compute.alive_mw[N1,air,p2]", "compute.alive_mw[N1,liquid,p2]"


@pytest.fixture(scope="module")
def offering(case: Case) -> Case:
    told = replace(case, hourly={**case.hourly, "uninterrupted": {"UN": np.array([1.0, 0.2, 1.0, 1.0])}})
    return changed(told, "headrooms", ("UN", 2026), **OFFER)


@pytest.fixture(scope="module")
def parted(offering: Case) -> pyo.ConcreteModel:
    return build(offering)


def test_nothing_exists_where_nothing_is_offered(case: Case, offering: Case) -> None:
    for model in (build(case), build(asking(offering, "power", interruptible=False))):
        for component in (model.grid.interruptible_mw, model.grid.firm_mw, model.interruption.interrupted_mwh):
            assert not component
        assert not model.dispatch.days["p2", "d001"].lacking_mw
    assert most_power_mw(offering, "N1", "p1") == 60 + 50 + 6


def test_a_later_row_without_an_offer_ends_it(offering: Case) -> None:
    later = offering.headrooms["UN", 2026].model_copy(update={"from_year": 2033, "interruptible_mw": 0.0})
    model = build(replace(offering, headrooms={**offering.headrooms, ("UN", 2033): later}))
    assert model.grid.interruptible_mw["N1", "p1"].ub == 50
    assert model.grid.interruptible_mw["N1", "p2"].ub == 0  # the least of the years 2031 to 2035


def test_connections_have_a_firm_part(parted: pyo.ConcreteModel) -> None:
    grid = parted.grid
    made = {"grid.connected_mw[N1,p1]": -1, "grid.connected_mw[N1,p2]": -1}
    split = {"grid.firm_mw[N1,p2]": 1, **made, "grid.interruptible_mw[N1,p2]": 1, "==": 0}
    assert equation(grid.connection_is_firm_but_for_what_may_be_interrupted["N1", "p2"]) == split
    firm = {**dict.fromkeys(made, 1), "grid.interruptible_mw[N1,p2]": -1, "<=": 60}
    assert equation(grid.sites_share_the_substation_queue["UN", "p2"]) == firm
    assert equation(grid.sites_share_what_may_be_interrupted["UN", "p2"]) == {
        "grid.interruptible_mw[N1,p2]": 1,
        "<=": 50,
    }


def test_an_interruptible_connection_saves_fees(offering: Case, parted: pyo.ConcreteModel) -> None:
    saving = terms(build(asking(offering, "money", interruptible_meur_per_mw=0.03)).grid.opex_meur["p2"])
    assert saving == {**terms(parted.grid.opex_meur["p2"]), "grid.interruptible_mw[N1,p2]": -0.03}


def test_what_is_lacking(parted: pyo.ConcreteModel) -> None:
    day = parted.dispatch.days["p2", "d001"]
    rule = equation(day.interruptions_lack_what_the_connection_does_not_carry["N1", 1])
    carried = {"grid.firm_mw[N1,p2]": -1, "grid.interruptible_mw[N1,p2]": -0.2}
    lacking = {f"dispatch.days[p2,d001].lacking_mw[N1,{hour}]": 1 for hour in (0, 1)}
    now = {"dispatch.days[p2,d001].lacking_mw[N1,1]": -1}
    assert rule == pytest.approx({AIR: 1.2 * 0.8, LIQUID: 1.1 * 0.8, **carried, **now, "<=": 6})
    assert equation(day.interruptions_are_accounted_for["N1"]) == {**lacking, LOST[0]: -1, "<=": 0}


def test_energy_lost_stays_within_its_share(parted: pyo.ConcreteModel) -> None:
    year = dict.fromkeys(LOST, 2190 / 1e6)
    energy = {AIR: -0.05 * 1.2 * 0.8 * 8760 / 1e6, LIQUID: -0.05 * 1.1 * 0.8 * 8760 / 1e6}
    rule = parted.interruption.interruptions_stay_within_their_share["N1", "p2"]
    assert equation(rule) == pytest.approx({**year, **energy, "<=": 0})
    assert terms(parted.interruption.lost_twh["N1", "p2"]) == pytest.approx(year)


def test_compute_lost_is_not_served(parted: pyo.ConcreteModel) -> None:
    """Most compute of a MW drawn: the large chip, 1.125 kH100e per MW, in liquid cooling, at 0.8 x 1.1 MW."""
    rule = equation(parted.interruption.compute_lost_is_not_served["N1", "p2"])
    assert {name: rule[name] for name in LOST} == pytest.approx(dict.fromkeys(LOST, 2190 * 1.125 / 0.88 / 8760))
    assert rule["demand.served_kh100e[N1,town,training,p2]"] == 1
    assert rule["compute.fitted_mw[N1,large,liquid,p2]"] == -1.125


@pytest.mark.parametrize(("share", "expected"), [(0.0, 76 / 0.88), (0.02, 76 / (0.88 * 0.92)), (0.05, 100.0)])
def test_most_servers_on_paper(offering: Case, share: float, expected: float) -> None:
    """In one of four hours 60 + 0.2 x 50 + 6 MW carry 0.88 MW a MW of servers; all the land holds 100 MW."""
    rich = changed(offering, "tranches", ("private", "p1"), amount_meur=100_000.0)
    rich = changed(asking(rich, "power", cover_share=0.0), "headrooms", ("UN", 2026), interrupted_share=share)
    model = build(rich)
    assert best(model, model.compute.alive_mw["N1", "liquid", "p2"]) == pytest.approx(expected)
    lost = pyo.value(model.interruption.lost_twh["N1", "p2"])
    assert lost >= (0.88 * expected - 76) * 2190 / 1e6 - 1e-9


def test_hours_of_highest_residual_load_are_away_where_nothing_is_told(case: Case) -> None:
    """NEAR: load 100, 100, 150, 150 MW; 100 MW of wind would give 40, 20, 30, 30 of them."""
    quiet = changed(case, "headrooms", ("UN", 2026), **OFFER)
    half = asking(quiet, "power", interrupted_hours=4380.0)
    assert uninterrupted_share(half, "N1", "p2").tolist() == [1, 1, 0, 0]
    assert uninterrupted_share(asking(quiet, "power", interrupted_hours=2190.0), "N1", "p2").tolist() == [1, 1, 0, 1]
    wind = case.fleets["NEAR", "hydro", 2026].model_copy(update={"technology": "wind", "capacity_mw": 1000.0})
    windy = replace(half, fleets={**half.fleets, ("NEAR", "wind", 2026): wind})
    assert uninterrupted_share(windy, "N1", "p2").tolist() == [1, 0, 0, 1]  # -300, -100, -150, -150


@often(6, 150)
def test_decomposed_it_is_what_is_written_out(number: int) -> None:
    """Where headroom is short, so that interruptible connections are worth their losses."""
    taken = []

    def law(draft: Draft) -> None:
        offer = {"headroom_mw": 25, "interruptible_mw": 60, "interrupted_share": 0.1}
        short = with_cells(draft, "headrooms", lambda _: offer)
        untold = replace(short, hourly={**short.hourly, "uninterrupted": {}})
        free = with_section(untold, "power", lambda _: {"cover_share": 0.0, "cover_energy_share": 0.0})
        case = with_section(free, "question", lambda _: {"objectives": ["compute"]}).case()
        solution = solve_case(case)
        assert optimum(written_out(case, solution.baseline)["compute"]) == near(worth(solution))
        if solution.has_plan:
            other = solve_case(asking(case, "power", interruptible=False))
            taken.append(not other.has_plan or worth(other) > worth(solution) + 1e-3)

    for_all(number, drafts(FLOORS, sites=3, zones=2), law)
    assert any(taken)
