import pyomo.environ as pyo
import pytest

from models import siting, sizing
from models.case import Case
from models.formulation import build
from tests.models.paper import BUILT, asking, best, changed, equation, terms

HALLS = [f"sizing.halls[N1,{cooling},{period}]" for cooling in ("air", "liquid") for period in ("p1", "p2")]
OPENED = ["siting.open_in[N1,p1]", "siting.open_in[N1,p2]"]


def test_halls_stand_once_built(model: pyo.ConcreteModel) -> None:
    assert terms(model.sizing.standing["N1", "air", "p1"]) == {HALLS[0]: 1}
    assert terms(model.sizing.standing["N1", "air", "p2"]) == {HALLS[0]: 1, HALLS[1]: 1}
    assert terms(model.sizing.site_halls["N1", "p2"]) == dict.fromkeys(HALLS, 1)


def test_bounds_are_the_tightest_of_land_grid_and_dates(model: pyo.ConcreteModel) -> None:
    assert model.sizing.halls["N1", "air", "p1"].bounds == (0, 2)  # (60 + 6) / (20 x 1.2) = 2.75
    assert model.sizing.halls["N1", "liquid", "p1"].bounds == (0, 3)  # (60 + 6) / (20 x 1.1) = 3
    assert model.sizing.halls["F1", "air", "p1"].bounds == (0, 3)  # land: 60 / 20, the grid 80 / 24
    assert ("F2", "air", "p1") not in model.sizing.halls  # permits in 2028


def test_halls_fit_on_the_land_of_an_open_site(model: pyo.ConcreteModel) -> None:
    expected = {**dict.fromkeys(HALLS, 1), **dict.fromkeys(OPENED, -3), "<=": 0}
    assert equation(model.sizing.halls_fit_on_the_land_of_an_open_site["N1", "p2"]) == expected


def test_halls_draw_no_more_than_the_grid_could_bring(model: pyo.ConcreteModel) -> None:
    draw = {HALLS[0]: 20 * 1.2, HALLS[2]: 20 * 1.1}
    rule = model.sizing.halls_draw_no_more_than_the_grid_could_bring["N1", "p1"]
    assert equation(rule) == pytest.approx({**draw, OPENED[0]: -66, "<=": 0})
    later = equation(model.sizing.halls_draw_no_more_than_the_grid_could_bring["F1", "p2"])
    assert later["siting.open_in[F1,p1]"] == -(30 + 40 + 50)  # both steps of UF can be ready by 2031


def test_open_site_reaches_its_minimum(model: pyo.ConcreteModel) -> None:
    rule = model.sizing.open_site_reaches_its_minimum["N1", "p1"]
    assert equation(rule) == {OPENED[0]: 2, HALLS[0]: -1, HALLS[2]: -1, "<=": 0}  # 30 MW are two halls of 20
    assert ("F1", "p1") not in model.sizing.open_site_reaches_its_minimum


def test_site_without_room_stays_closed(case: Case) -> None:
    model = build(changed(case, "sites", "N1", land_mw=19.0), (siting, sizing))
    assert equation(model.sizing.site_without_room_stays_closed["N1", "p1"]) == {OPENED[0]: 1, "<=": 0}
    assert ("N1", "p1") not in model.sizing.halls_fit_on_the_land_of_an_open_site


def test_money(model: pyo.ConcreteModel) -> None:
    built = {HALLS[0]: 20 * 10, HALLS[2]: 20 * 11, OPENED[0]: 50}
    assert terms(model.sizing.site_capex_meur["N1", "p1"]) == built
    assert terms(model.sizing.site_capex_meur["F1", "p1"])["sizing.halls[F1,air,p1]"] == 20 * 10 * 0.8
    assert terms(model.sizing.capex_meur["p1"]).items() >= built.items()
    assert terms(model.sizing.opex_meur["p2"])[HALLS[0]] == pytest.approx(0.03 * 200)
    left = [terms(model.sizing.residual_meur[period])[HALLS[at]] for at, period in enumerate(("p1", "p2"))]
    owed = [
        BUILT * 200 * (1 - 1.1**-years) / (1 - 1.1**-20) for years in (10, 15)
    ]  # of twenty; the horizon ends in 2036
    assert left == pytest.approx(owed)
    assert not {*OPENED} & terms(model.sizing.residual_meur["p1"]).keys()
    interest = terms(model.sizing.interest_meur["p1"])
    assert interest == pytest.approx(
        {name: (BUILT - 1) * cost for name, cost in terms(model.sizing.capex_meur["p1"]).items()}
    )


def test_halls_that_stand_at_once_bear_no_interest(case: Case) -> None:
    model = build(asking(case, "halls", construction_years=0.0), (siting, sizing))
    assert terms(model.sizing.interest_meur["p1"]) == {}
    assert terms(model.sizing.residual_meur["p2"])[HALLS[1]] == pytest.approx(200 * (1 - 1.1**-15) / (1 - 1.1**-20))


@pytest.mark.parametrize(
    ("columns", "most"),
    [({}, 3), ({"land_mw": 45.0}, 2), ({"behind_meter_mw": 5.0}, 2), ({"connection_year": 2032}, 0)],
)
def test_most_halls_on_paper(case: Case, columns: dict[str, object], most: int) -> None:
    model = build(changed(case, "sites", "N1", **columns), (siting, sizing))
    assert best(model, model.sizing.site_halls["N1", "p2"]) == most


def test_a_site_below_its_minimum_stays_closed(case: Case) -> None:
    model = build(changed(case, "sites", "N1", behind_meter_mw=0, minimum_mw=50.0), (siting, sizing))
    assert best(model, model.sizing.site_halls["N1", "p2"]) == 0  # 60 MW carry two halls, three are asked
