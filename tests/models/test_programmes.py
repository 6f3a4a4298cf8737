from dataclasses import replace
from typing import Any

import pyomo.environ as pyo
import pytest

from models import compute, programmes, siting, sizing
from models.case import Case, Programme, ProgrammeCountry, ProgrammeRegion
from models.formulation import build
from tests.models.paper import best, changed, equation, terms

PREFIX = (siting, sizing, compute, programmes)


def with_programme(case: Case, *countries: str, latency_ms: float = 0.0, **columns: Any) -> Case:
    """Return the case with a programme that asks for 20 kH100e by 2030, and what differs from that."""
    asked = {"first_year": 2030, "floor_kh100e": 20.0, "floor_sites": 0, "counts_committed": False, **columns}
    row = Programme(programme="g", name="G", source="test", quality="estimate", **asked)
    near = ProgrammeRegion(programme="g", region="town", latency_ms=latency_ms)
    return replace(
        case,
        programmes={"g": row},
        programme_countries={("g", each): ProgrammeCountry(programme="g", country=each) for each in countries},
        programme_regions={("g", "town"): near} if latency_ms else {},
    )


def test_a_programme_has_its_compute_from_the_period_of_its_year_on(case: Case) -> None:
    model = build(with_programme(case, "AA"), PREFIX)
    rule = model.programmes.programme_has_its_compute
    assert [*rule] == [("g", "p1"), ("g", "p2")]  # 2030 is the last year of the first period
    small = {f"compute.fitted_mw[N1,small,{cooling},p1]": 0.9 for cooling in ("air", "liquid")}
    extended = {name: 0.9 for name in terms(rule["g", "p1"].body) if "[C1," in name}
    assert equation(rule["g", "p1"]) == pytest.approx({**small, **extended, ">=": 20})  # the 9 of C1's own are left out
    own = build(with_programme(case, "AA", counts_committed=True), PREFIX)
    assert equation(own.programmes.programme_has_its_compute["g", "p1"])[">="] == pytest.approx(20 - 9)
    later = build(with_programme(case, "AA", first_year=2031), PREFIX)
    assert [*later.programmes.programme_has_its_compute] == [("g", "p2")]
    ended = build(with_programme(case, "AA", last_year=2030), PREFIX)
    assert [*ended.programmes.programme_has_its_compute] == [("g", "p1")]


@pytest.mark.parametrize(
    ("countries", "columns", "members"),
    [
        ((), {}, ["C1", "F1", "F2", "N1"]),
        (("AA",), {}, ["C1", "N1"]),
        (("AA", "BB"), {"latency_ms": 10}, ["F2", "N1"]),  # C1 is 50 ms away, F1 is 20
        ((), {"kind": "hub"}, []),
    ],
)
def test_a_programme_counts_sites_of_its_countries_kind_and_round_trips(
    case: Case, countries: tuple[str, ...], columns: dict[str, Any], members: list[str]
) -> None:
    asked = with_programme(case, *countries, **columns)
    asked = replace(asked, sites={site: row.model_copy(update={"kind": "campus"}) for site, row in asked.sites.items()})
    assert programmes.members_of(asked, "g") == members


def test_a_programme_counts_open_candidates_and_extended_committed_sites(case: Case) -> None:
    grown = changed(case, "sites", "C1", land_mw=40.0)
    model = build(with_programme(grown, "AA", floor_kh100e=0.0, floor_sites=2), PREFIX)
    assert not model.programmes.programme_has_its_compute
    opened = {f"siting.open_in[{site},p1]": 1 for site in ("C1", "N1")}
    assert equation(model.programmes.programme_has_its_sites["g", "p1"]) == {**opened, ">=": 2}
    every = build(with_programme(grown, "AA", floor_kh100e=0.0, floor_sites=2, counts_committed=True), PREFIX)
    assert equation(every.programmes.programme_has_its_sites["g", "p1"]) == {"siting.open_in[N1,p1]": 1, ">=": 1}


def test_a_joint_floor_is_met_wherever_it_costs_least(case: Case) -> None:
    """30 kH100e of 0.9 kH100e per MW need 33.3 MW: two halls of 20 MW, where N1 has 60 and BB 15 thousand chips."""
    asked = with_programme(case, "AA", "BB", first_year=2026, last_year=2030, floor_kh100e=30.0)
    model = build(asked, PREFIX)
    halls = pyo.quicksum(model.sizing.halls.values())
    assert best(model, halls, pyo.minimize) == pytest.approx(2)
    alone = build(with_programme(case, "BB", first_year=2026, last_year=2030, floor_kh100e=30.0), PREFIX)
    assert best(alone, 0 * alone.siting.open_in["F1", "p1"], pyo.minimize) is None  # 15 thousand chips are 13.5
