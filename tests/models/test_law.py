from dataclasses import replace
from typing import Any

import pyomo.environ as pyo
import pytest

from models.case import Case, Law
from models.formulation import ASPECTS, build, name_of
from models.upper_bounds import laws_over, strictest_law
from tests.drafts import row
from tests.models.paper import best, changed, equation, terms

PREFIX = ASPECTS[: [name_of(aspect) for aspect in ASPECTS].index("law") + 1]
YEARS = 4000 / 8760
"""Of the year in which neighbours take heat."""


def under(case: Case, **laws: dict[str, Any]) -> Case:
    """Return the case with laws, each in the country BB unless it says otherwise, and none of no date."""
    rows = {
        law: Law.model_validate(row("laws", law=law, **{"country": "BB", "from_year": 2026, **cells}))
        for law, cells in laws.items()
    }
    bare = changed(case, "countries", "BB", pue_limit=10.0, reuse_share=0.0)
    return replace(bare, laws=rows)


def built(case: Case) -> pyo.ConcreteModel:
    return build(case, PREFIX)


def test_a_law_holds_in_its_years_and_around_its_point(case: Case) -> None:
    held = under(
        case, a={"until_year": 2030}, b={"from_year": 2031}, c={"latitude": 10, "longitude": 0, "radius_km": 19.8}
    )
    assert [laws_over(held, "F1", period) for period in ("p1", "p2")] == [["a", "c"], ["b", "c"]]
    assert laws_over(held, "F2", "p1") == ["a"]  # 19.9 km away
    assert laws_over(held, "N1", "p1") == []


def test_the_strictest_law_counts_and_is_named(case: Case) -> None:
    laws = under(case, a={"pue_limit": 1.3, "reuse_share": 0.05}, b={"pue_limit": 1.2, "most_mw": 40})
    assert strictest_law(laws, "F1", "p1") == {
        "pue_limit": (1.2, "laws"), "reuse_share": (0.05, "laws"), "most_mw": (40, "laws")
    }  # fmt: skip
    older = changed(laws, "countries", "BB", pue_limit=1.2, reuse_share=0.1)
    found = strictest_law(older, "F1", "p1")
    assert (found["pue_limit"], found["reuse_share"]) == ((1.2, "countries"), (0.1, "countries"))


def test_no_more_is_built_than_a_law_allows_while_it_holds(case: Case) -> None:
    model = built(under(case, pause={"country": "AA", "most_mw": 20, "until_year": 2030}))
    rule = equation(model.law.halls_stay_within_what_the_law_allows["N1", "pause"])
    assert rule == {"sizing.halls[N1,air,p1]": 20, "sizing.halls[N1,liquid,p1]": 20, "<=": 20}
    assert best(model, model.sizing.site_halls["N1", "p1"]) == 0  # its least size is two halls
    assert best(model, model.sizing.site_halls["N1", "p2"]) == 3  # none of them of the first period
    free = built(under(case))
    assert best(free, free.sizing.site_halls["N1", "p1"]) == 3


def test_a_hall_keeps_the_pue_of_its_year(case: Case) -> None:
    model = built(under(case, old={"pue_limit": 1.2, "until_year": 2030}, new={"pue_limit": 1.15, "from_year": 2031}))
    rule = model.law.halls_keep_the_pue_of_their_year
    kept = {"sizing.halls[F1,air,p2]": 20 * (1.2 - 1.15), "sizing.halls[F1,liquid,p2]": 20 * (1.1 - 1.15), "<=": 0}
    assert equation(rule["F1", "p2", "new"]) == pytest.approx(kept)
    assert ("F1", "p2", "old") not in rule


def test_halls_of_2027_and_2029_keep_different_shares(case: Case) -> None:
    """A hall of the first period owes a tenth of its energy, one of the second a fifth; the older are filled first."""
    years = {"p1": {"first_year": 2027, "length_years": 2}, "p2": {"first_year": 2029, "length_years": 5}}
    for period, when in years.items():
        case = changed(case, "periods", period, **when)
    laws = under(case, a={"reuse_share": 0.1, "until_year": 2027}, b={"reuse_share": 0.2, "from_year": 2028})
    rule = built(laws).law.heat_is_reused_as_the_law_of_every_hall_asks
    assert {index for index in rule if index[0] == "F1"} == {
        ("F1", "p1", "a"), ("F1", "p2", "a"), ("F1", "p2", "b")
    }  # fmt: skip
    draw = {"compute.alive_mw[F1,air,p2]": 1.2 * 0.8, "compute.alive_mw[F1,liquid,p2]": 1.1 * 0.8}
    heat = {"cooling.reused_mw[F1,p2]": -YEARS, "<=": 0}
    least = {name: 0.1 * mw for name, mw in draw.items()}
    assert equation(rule["F1", "p2", "a"]) == pytest.approx({**least, **heat})
    older = {f"sizing.halls[F1,{kind},p1]": -0.1 * pue * 0.8 * 20 for kind, pue in (("air", 1.2), ("liquid", 1.1))}
    higher = {name: 0.2 * mw for name, mw in draw.items()}
    assert equation(rule["F1", "p2", "b"]) == pytest.approx({**higher, **older, **heat})


def test_dispatchable_plant_near_new_connections(case: Case) -> None:
    """A battery counts at its firm credit, wind never."""
    laws = under(
        case, grid={"dispatchable_share": 0.5, "from_year": 2031}, home={"country": "AA", "dispatchable_share": 1}
    )
    credited = changed(laws, "technologies", "battery", firm_credit_share=0.4)
    model = built(credited)
    rule = model.law.connections_have_dispatchable_plant
    plant = {"power.plant_mw[FAR,battery,p2]": -0.4}
    connected = {f"grid.connected_mw[{site},p2]": 0.5 for site in ("F1", "F2")}  # those of the first period are free
    assert equation(rule["grid", "p2"]) == pytest.approx({**plant, **connected, "<=": 0})
    assert terms(model.law.covered_mw["grid", "p1"]) == {}
    opened = {"siting.open_in[N1,p1]": -6}  # its supply behind the meter
    assert equation(rule["home", "p1"]) == pytest.approx({"grid.connected_mw[N1,p1]": 1, **opened, "<=": 0})
