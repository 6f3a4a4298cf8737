"""Committed C1 in AA and N1 beside it, F1 and F2 in BB: what blocs hold of the compute, by every level."""

import pyomo.environ as pyo
import pytest
from hypothesis import strategies as st

from models.case import Case
from models.formulation import build
from models.jurisdictions import members
from optimizer.session import solve_case
from tests.cases import drafts
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, near, often, worth
from tests.limits import apart
from tests.models.paper import asking, changed, equation, terms
from tests.models.test_operators import with_blocs, with_rows

CELLS = {"workload": "any", "period": "p1"}


@pytest.fixture(scope="module")
def told(case: Case) -> Case:
    run = changed(with_blocs(case), "sites", "C1", operator="home")
    return changed(changed(run, "chips", "small", jurisdiction="US"), "chips", "large", jurisdiction="AA")


def rule(case: Case, sense: str = "floor", **cells: object) -> dict[str, float]:
    """Return the row of a limit of p1."""
    limited = with_rows(case, "sovereignty_limits", {**CELLS, **cells})
    block = build(limited).sovereignty
    (found,) = (block.bloc_holds_its_floor if sense == "floor" else block.bloc_stays_under_its_ceiling).values()
    return equation(found)


def test_the_empty_bloc_is_the_union(case: Case) -> None:
    assert members(changed(case, "countries", "BB", eu_member=False), "") == {"AA"}


def test_territory_counts_by_host_country(told: Case) -> None:
    found = rule(told, level="territory", bloc="far", floor_share=0.4)
    served = {"C1": -0.4, "N1": -0.4, "F1": 0.6}
    assert {site: found[f"demand.served_kh100e[{site},town,training,p1]"] for site in served} == pytest.approx(served)
    assert found[">="] == 0


def test_operators_count_by_owner(told: Case) -> None:
    """C1 is the home operator's; of new sites it counts what its class serves."""
    found = rule(told, level="operator", bloc="ours", floor_share=0.4)
    assert found["demand.served_kh100e[C1,town,training,p1]"] == pytest.approx(0.6)
    assert found["demand.served_kh100e[F1,town,training,p1]"] == pytest.approx(-0.4)
    assert found["operators.served_kh100e[F1,home,any,p1]"] == 1
    assert "operators.served_kh100e[F1,away,any,p1]" not in found


def test_control_asks_for_soil_owner_and_no_law_from_outside(told: Case) -> None:
    spied = changed(told, "operators", "near", disclosure="US")
    found = rule(spied, level="control", bloc="ours", floor_share=0.4)
    classes = {name.split(",")[1] for name in found if name.startswith("operators.served")}
    assert classes == {"home"}
    outside = rule(told, level="control", bloc="far", floor_share=0.4)  # the owner's AA is no member
    assert not [name for name in outside if name.startswith("operators.served")]


def test_ceilings_count_the_same(told: Case) -> None:
    found = rule(told, "ceiling", level="operator", bloc="us", ceiling_share=0.3, workload="training")
    assert found["operators.served_kh100e[F1,away,training,p1]"] == 1
    assert found["demand.served_kh100e[N1,town,training,p1]"] == pytest.approx(-0.3)
    assert found["<="] == 0


def test_chips_count_by_vendor(told: Case) -> None:
    """C1 holds 10 MW of small chips, 9 kH100e; all of p1 are small ones."""
    found = rule(told, "ceiling", level="chip", bloc="us", ceiling_share=0.8)
    assert found["compute.fitted_mw[N1,small,air,p1]"] == pytest.approx(0.9 * 0.2)
    assert found["<="] == pytest.approx(-9 * 0.2)


def test_any_period_is_each(told: Case) -> None:
    limited = with_rows(
        told,
        "sovereignty_limits",
        {"level": "territory", "bloc": "far", "workload": "any", "period": "any", "floor_share": 0.1},
    )
    assert [index[-1] for index in build(limited).sovereignty.bloc_holds_its_floor] == ["p1", "p2"]


def test_the_objective_counts_control(told: Case) -> None:
    model = build(asking(told, "question", objectives=("control", "cost")))
    goal = terms(model.objective.control_goal)
    assert goal["operators.served_kh100e[F1,home,any,p1]"] == goal["demand.served_kh100e[C1,town,training,p1]"] > 0
    assert "operators.served_kh100e[F1,away,any,p1]" not in goal
    assert model.objective.best.sense == pyo.maximize


@often(3, 100)
def test_a_tighter_floor_never_improves_the_objective(number: int) -> None:
    def law(draft: Draft, seed: int) -> None:
        tight, loose = (each.case() for each in apart(draft, "sovereignty_limits.floor_share", seed))
        harder, easier = worth(solve_case(tight)), worth(solve_case(loose))
        assert harder >= easier or harder == near(easier)

    for_all(number, st.tuples(drafts(FLOORS, sites=3, zones=2), st.integers(0, 99)), lambda drawn: law(*drawn))
