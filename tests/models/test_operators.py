"""N1 in AA, F1 and F2 in BB; two operators of AA that are alike, of 50 and 20 MW, and one from abroad for BB alone."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pyomo.environ as pyo
import pytest

from models.case import TABLES, Case
from models.formulation import build
from models.jurisdictions import operator_classes, share_out
from optimizer.session import solve_case
from tests.cases import drafts
from tests.drafts import Draft, row
from tests.laws import FLOORS, for_all, near, often, worth
from tests.models.paper import asking, best, changed, equation, terms
from tests.variants import with_operators
from tests.written import optimum, written_out

OPERATORS: tuple[Mapping[str, object], ...] = (
    {"operator": "home", "jurisdiction": "AA", "capacity_mw": 50, "capex_spread_share": 0.1},
    {"operator": "near", "jurisdiction": "AA", "capacity_mw": 20, "capex_spread_share": 0.1},
    {"operator": "away", "jurisdiction": "US", "capacity_mw": 40, "accepts": "far", "disclosure": "US"},
    {"operator": "idle", "jurisdiction": "AA", "capacity_mw": 0},
)
BLOCS = {"ours": ("AA", "BB"), "far": ("BB",), "us": ("US",)}


def with_rows(case: Case, table: str, *rows: Mapping[str, object]) -> Case:
    """Return the case with the rows of a table in the place of its own."""
    kind = TABLES[table]
    made = [kind.model_validate(row(table, **cells)) for cells in rows]
    keyed = {tuple(getattr(each, part) for part in kind.key): each for each in made}
    tables: dict[str, Any] = {table: {key if len(key) > 1 else key[0]: each for key, each in sorted(keyed.items())}}
    return replace(case, **tables)


def with_blocs(case: Case, operators: tuple[Mapping[str, object], ...] = OPERATORS) -> Case:
    """Return the case with operators that may run its new sites, and blocs."""
    members = [{"bloc": bloc, "country": country} for bloc, listed in BLOCS.items() for country in listed]
    told = with_rows(with_rows(case, "jurisdictions", *members), "operators", *operators)
    return asking(told, "sovereignty", operators=True, bloc="ours")


@pytest.fixture(scope="module")
def run(case: Case) -> Case:
    limit = {"level": "operator", "bloc": "ours", "workload": "training", "period": "any", "floor_share": 0.5}
    return with_rows(with_blocs(case), "sovereignty_limits", limit)


@pytest.fixture(scope="module")
def model(run: Case) -> pyo.ConcreteModel:
    return build(run)


def test_nothing_exists_where_nobody_is_chosen(run: Case) -> None:
    off = asking(replace(run, sovereignty_limits={}), "sovereignty", operators=False)
    block = build(off).operators
    assert not any(len(each) for each in (block.runs, block.run_mw, block.served_kh100e, block.capital_meur))
    assert not any(len(each) for each in block.component_objects(pyo.Constraint))
    assert terms(block.capex_meur["p1"]) in ({}, {"1": 0})


def test_who_is_alike_is_one_class(run: Case) -> None:
    classes = operator_classes(run)
    assert {name: row.operators for name, row in classes.items()} == {"away": ("away",), "home": ("home", "near")}
    assert classes["home"].capacity_mw(run) == 70
    assert classes["away"].countries == {"BB"}
    exposed = changed(run, "operators", "near", disclosure="US")
    assert set(operator_classes(exposed)) == {"away", "home", "near"}


def test_a_site_is_run_by_one_class(model: pyo.ConcreteModel) -> None:
    rule = equation(model.operators.new_site_is_run_by_one_class["F1"])
    opened = {"siting.open_in[F1,p1]": -1, "siting.open_in[F1,p2]": -1}
    assert rule == {"operators.runs[F1,away]": 1, "operators.runs[F1,home]": 1, **opened, "==": 0}
    assert [kind for site, kind in model.operators.runs if site == "N1"] == ["home"]


def test_a_class_runs_what_it_can(model: pyo.ConcreteModel) -> None:
    block = model.operators
    run = {f"operators.run_mw[{site},home,p2]": 1 for site in ("N1", "F1", "F2")}
    assert equation(block.operators_run_no_more_than_they_can["home", "p2"]) == {**run, "<=": 70}
    assert equation(block.only_the_class_of_a_site_runs_servers["F1", "away", "p1"]) == {
        "operators.run_mw[F1,away,p1]": 1,
        "operators.runs[F1,away]": -60,
        "<=": 0,
    }
    whole = equation(block.servers_are_run_by_some_class["N1", "p1"])
    assert whole["operators.run_mw[N1,home,p1]"] == 1
    assert whole["compute.alive_mw[N1,air,p1]"] == -1


def test_what_a_class_serves_and_spends(model: pyo.ConcreteModel) -> None:
    block = model.operators
    served = equation(block.compute_is_served_by_the_class_of_its_site["F1", "training", "p1"])
    assert served["demand.served_kh100e[F1,town,training,p1]"] == -1
    assert served["operators.served_kh100e[F1,away,training,p1]"] == 1
    most = equation(block.only_the_class_of_a_site_serves["F1", "away", "training", "p1"])
    assert most["operators.runs[F1,away]"] == pytest.approx(-60 * 0.9)  # the land in small chips; 100 are asked for
    capital = equation(block.capital_of_a_site_is_split_by_class["F1", "p1"])
    assert capital["siting.open_in[F1,p1]"] == -30
    assert {name: factor for name, factor in terms(block.capex_meur["p1"]).items() if factor} == pytest.approx(
        {f"operators.capital_meur[{site},home,p1]": 0.1 for site in ("N1", "F1", "F2")}
    )


def test_one_spread_for_all_needs_no_split(run: Case, model: pyo.ConcreteModel) -> None:
    alone = build(changed(run, "operators", "away", capex_spread_share=0.1))
    assert not alone.operators.capital_meur
    assert terms(alone.operators.capex_meur["p1"])["siting.open_in[F1,p1]"] == pytest.approx(0.1 * 30)


def test_most_servers_on_paper(run: Case) -> None:
    """Of N1's 100 MW of land the class of 70 MW runs 70, if the grid carries them."""
    rich = changed(
        changed(run, "tranches", ("private", "p1"), amount_meur=100_000.0), "headrooms", ("UN", 2026), headroom_mw=500.0
    )
    free = build(asking(rich, "power", cover_share=0.0))
    assert best(free, free.compute.alive_mw["N1", "liquid", "p2"]) == pytest.approx(70)


def test_a_class_is_shared_out_by_capacity(run: Case) -> None:
    """55 MW take all of the larger and 5 of the other, who has 15 left for the next; a site keeps whom it had."""
    kind = operator_classes(run)["home"]
    needed = {("N1", "p1"): 55.0, ("F1", "p1"): 15.0, ("F1", "p2"): 12.0, ("N1", "p2"): 0.0, ("F2", "p2"): 50.0}
    assert share_out(run, kind, needed) == {
        ("N1", "home", "p1"): 50,
        ("N1", "near", "p1"): 5,
        ("F1", "near", "p1"): 15,
        ("N1", "home", "p2"): 0,
        ("N1", "near", "p2"): 0,
        ("F1", "near", "p2"): 12,
        ("F2", "home", "p2"): 50,
    }


def test_a_floor_is_best_kept_as_the_best_assignment_keeps_it(tutorial_case: Case) -> None:
    """Lodz and Lulea by either operator: every assignment solved by itself, each operator bound to its countries."""
    exact = asking(tutorial_case, "solve", gap_share=0.0)
    free = asking(asking(exact, "siting", only=("LODZ", "LULEA")), "question", objectives=("compute",))
    floor = {"level": "control", "bloc": "union", "workload": "any", "period": "p2", "floor_share": 0.6}
    asked = with_rows(asking(free, "sovereignty", operators=True, bloc="union"), "sovereignty_limits", floor)
    values = []
    for runs in product(("home", "abroad"), repeat=2):
        lands = dict(zip(("PL", "SE"), runs, strict=True))
        told = [{"bloc": bloc, "country": country} for bloc, country in asked.jurisdictions]
        told += [{"bloc": operator, "country": country} for country, operator in lands.items()]
        bound = with_rows(
            asked, "jurisdictions", *told, *({"bloc": each, "country": "XX"} for each in ("home", "abroad"))
        )
        for operator in ("home", "abroad"):
            bound = changed(bound, "operators", operator, accepts=operator)
        values.append(worth(solve_case(bound)))
    assert worth(solve_case(asked)) == near(min(values))
    assert max(values) > min(values) + 1e-3


@often(3, 100)
def test_decomposed_it_is_what_is_written_out(number: int) -> None:
    def law(draft: Draft) -> None:
        case = with_operators(draft).case()
        solution = solve_case(case)
        goal = case.settings.question.objectives[0]
        assert optimum(written_out(case, solution.baseline)[goal]) == near(worth(solution))

    for_all(number, drafts(FLOORS, sites=3, zones=2), law)
