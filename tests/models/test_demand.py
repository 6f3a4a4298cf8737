import itertools
from dataclasses import replace
from typing import Any

import pyomo.environ as pyo
import pytest

from models import compute, demand, siting, sizing
from models.case import Case
from models.formulation import build
from tests.models.paper import best, changed, equation, terms

PREFIX = (siting, sizing, compute, demand)


def served(*indices: str) -> list[str]:
    return [f"demand.served_kh100e[{index}]" for index in indices]


def test_pairs_are_within_the_latency_of_the_workload(model: pyo.ConcreteModel) -> None:
    answering = [site for site, _, workload, _ in model.demand.served_kh100e if workload == "inference"]
    assert answering == ["F2", "N1"]  # 10 and 5 ms; F1 has 20, C1 has 50
    training = [
        site for site, _, workload, period in model.demand.served_kh100e if (workload, period) == ("training", "p1")
    ]
    assert training == ["C1", "F1", "N1"]  # F2 opens in 2031


def test_site_serves_no_more_than_it_computes(model: pyo.ConcreteModel) -> None:
    rule = model.demand.site_serves_no_more_than_it_computes
    (training,) = served("C1,town,training,p1")
    assert equation(rule["C1", "p1"]) == pytest.approx({training: 1, "<=": 9})
    pair = served("F2,town,inference,p2", "F2,town,training,p2")
    chips = {"compute.fitted_mw[F2,large,liquid,p2]": -1.125}
    assert equation(rule["F2", "p2"]) == pytest.approx({**dict.fromkeys(pair, 1), **chips, "<=": 0})


def test_region_gets_no_more_than_it_asks(model: pyo.ConcreteModel) -> None:
    pair = served("F2,town,inference,p2", "N1,town,inference,p2")
    rule = model.demand.region_gets_no_more_than_it_asks["town", "inference", "p2"]
    assert equation(rule) == {**dict.fromkeys(pair, 1), "<=": 20}
    assert terms(model.demand.region_served_kh100e["town", "inference", "p2"]) == dict.fromkeys(pair, 1)


def test_region_gets_its_coverage(model: pyo.ConcreteModel) -> None:
    pair = served("F2,town,inference,p2", "N1,town,inference,p2")
    assert [*model.demand.region_gets_its_coverage] == [("town", "inference", "p2")]
    rule = model.demand.region_gets_its_coverage["town", "inference", "p2"]
    assert equation(rule) == {**dict.fromkeys(pair, 1), ">=": 0.2 * 20}


def test_coverage_that_nobody_can_give_makes_the_case_infeasible(case: Case) -> None:
    model = build(changed(case, "workloads", "inference", coverage_share=0.2, latency_ms=1.0), PREFIX)
    assert equation(model.demand.region_gets_its_coverage["town", "inference", "p2"]) == {">=": 4}
    assert best(model, sum(model.demand.served_kh100e.values())) is None


def sites_in_reach(model: pyo.ConcreteModel) -> Any:
    return model.demand.coverage_beyond_committed_compute_has_a_site_in_reach


def test_coverage_beyond_committed_compute_has_a_site_in_reach(case: Case, model: pyo.ConcreteModel) -> None:
    opened = dict.fromkeys([f"siting.open_in[{each}]" for each in ("N1,p1", "N1,p2", "F2,p2")], 1)
    assert [*sites_in_reach(model)] == [("town", "inference", "p2")]
    assert equation(sites_in_reach(model)["town", "inference", "p2"]) == {**opened, ">=": 1}
    near = replace(case, round_trip_ms={**case.round_trip_ms, ("C1", "town"): 5.0})  # C1 computes 9 of 20
    assert [*sites_in_reach(build(near, PREFIX))] == []
    roomy = changed(changed(near, "sites", "C1", land_mw=40.0), "workloads", "inference", coverage_share=0.5)
    more = build(roomy, PREFIX)
    extended = {"siting.open_in[C1,p1]": 1, "siting.open_in[C1,p2]": 1}
    assert equation(sites_in_reach(more)["town", "inference", "p2"]) == {**opened, **extended, ">=": 1}


@pytest.mark.parametrize("covered", [0.2, 0.44, 0.46, 0.9])
def test_sites_in_reach_forbid_nothing_that_coverage_allows(case: Case, covered: float) -> None:
    near = replace(case, round_trip_ms={**case.round_trip_ms, ("C1", "town"): 5.0})
    for each in (case, near, changed(near, "sites", "C1", land_mw=40.0)):
        model = build(changed(each, "workloads", "inference", coverage_share=covered), PREFIX)
        rows = sites_in_reach(model)
        rows.deactivate()
        opening = [*model.siting.open_in.values()]
        allowed = 0
        for choice in itertools.product((0, 1), repeat=len(opening)):
            for variable, value in zip(opening, choice, strict=True):
                variable.fix(value)
            for row in rows.values():
                least = best(model, row.body, pyo.minimize)
                assert least is None or least >= 1 - 1e-9
                allowed += least is not None
        assert allowed or not rows


def test_only_open_sites_serve(case: Case, model: pyo.ConcreteModel) -> None:
    # N1 and F1 could hold 54 kH100e: below the 100 asked for training, their own compute says as much
    assert [*model.demand.only_open_sites_serve] == []
    fewer = changed(case, "demand", ("town", "training", "p1"), demand_kh100e=50.0)
    rule = build(fewer, PREFIX).demand.only_open_sites_serve
    assert [*rule] == [(site, "town", "training", "p1") for site in ("F1", "N1")]  # answers are carried for nothing
    (trained,) = served("N1,town,training,p1")
    opened = {"siting.open_in[N1,p1]": -50}
    assert equation(rule["N1", "town", "training", "p1"]) == {trained: 1, **opened, "<=": 0}
    freely = build(replace(fewer, transfers={}), PREFIX)
    assert [*freely.demand.only_open_sites_serve] == []


def test_transfers_cost(model: pyo.ConcreteModel) -> None:
    (carried,) = served("F1,town,training,p1")
    assert terms(model.demand.opex_meur["p1"]) == {carried: 0.5}


def test_most_served_on_paper(case: Case) -> None:
    model = build(case, PREFIX)
    first = sum(model.demand.site_served_kh100e[site, "p1"] for site in case.sites)
    assert best(model, first) == pytest.approx(0.9 * (60 + 15 + 10))  # all that can be computed, of 100 asked
    town = build(changed(case, "demand", ("town", "training", "p1"), demand_kh100e=50.0), PREFIX)
    assert best(town, sum(town.demand.site_served_kh100e[site, "p1"] for site in case.sites)) == pytest.approx(50)


def test_unused_compute_serves_nobody(case: Case) -> None:
    model = build(changed(case, "workloads", "training", latency_ms=1.0), PREFIX)
    second = sum(model.demand.site_served_kh100e[site, "p2"] for site in case.sites)
    assert best(model, second) == pytest.approx(20)  # answers only, however much is computed
