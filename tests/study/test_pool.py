from itertools import pairwise

import pandas as pd
import pytest

from optimizer.benders.integer_plan import IntegerPlan
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.session import Session
from optimizer.study.pool import best_of, pool_of, prices_frame
from optimizer.study.results import FinishedRun, Row, RunPrices, StudyResults, read_results
from optimizer.study.study_file import check_study
from optimizer.study.sweep import Planned, finished_runs, plan_runs, sweep
from tests.study.studies import study_file

LOOSE = "[set]\nsolve.gap_share = 0.3\nquestion.levels.compute = 150\n"
"""A gap so wide that what a search finds is a matter of luck, and one level of compute, so that costs compare."""
FACTORS = """
[factors.budget]
of = "tranches.amount_meur"
relative = true
values = [0.6, 1, 1.01, 1.5]
[factors.cap]
of = "carbon.cap_kg_per_mwh"
values = [0, 1, 70]
[factors.headroom]
of = "headrooms.headroom_mw"
relative = true
values = [0.1, 0.3, 1.3]
[factors.seed]
of = "solve.seed"
values = [1, 2]
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Planned, StudyResults]:
    """Give a study of the tutorial at wide gaps, its plans priced."""
    place = tmp_path_factory.mktemp("pool")
    planned = plan_runs(*check_study(study_file(place, FACTORS, top=f"plans = 100\n{LOOSE}")))
    sweep(planned, place / "out", RunMonitor(), 2)
    return planned, read_results(place / "out")


def values(results: StudyResults, factor: str, objective: str) -> list[float]:
    """Give the values of the runs in which one factor moves, in its order, the base run among them."""
    others = [name for name in results.factors if name != factor]
    moved = results.measure(objective)
    moved = moved[(moved[others] == moved.loc[0, others]).all(axis=1)].drop_duplicates(factor)
    return [*moved.sort_values(factor).value]


@pytest.mark.parametrize("factor", ["budget", "cap", "headroom"])
def test_relaxing_a_limit_makes_no_answer_worse(study: tuple[Planned, StudyResults], factor: str) -> None:
    compute, cost = (values(study[1], factor, objective) for objective in ("compute", "cost"))
    assert len(compute) == len(cost) >= 3
    assert all(looser >= tighter * (1 - 1e-6) for tighter, looser in pairwise(compute))
    assert all(looser <= tighter * (1 + 1e-6) for tighter, looser in pairwise(cost))
    assert compute[-1] > compute[0] or factor == "cap"  # which does not bind


def test_seeds_have_the_same_answer(study: tuple[Planned, StudyResults]) -> None:
    for objective in ("compute", "cost"):
        assert values(study[1], "seed", objective) == pytest.approx(
            [study[1].measure(objective).value[0]] * 3, rel=1e-6
        )


def test_a_price_is_what_a_session_of_its_own_says(study: tuple[Planned, StudyResults]) -> None:
    planned, results = study
    run = planned.runs[2]
    assert run.variant is not None
    with Session(run.variant.case(planned.variants.read(run.variant.settings))) as session:
        alone = session.price([IntegerPlan(numbers) for numbers in results.plans.values()])
    prices = results.prices[results.prices.run == 2]
    for place, objective in enumerate(alone.objectives):
        found = prices[prices.objective == objective].set_index("plan").value
        expected = pd.Series(alone.values[:, place], [*results.plans])
        pd.testing.assert_series_equal(found[expected.index], expected, check_names=False, rtol=2e-6)


def test_measures_are_those_of_the_plan_that_is_best(study: tuple[Planned, StudyResults]) -> None:
    planned, results = study
    prices = results.prices[(results.prices.objective == "cost") & (results.prices.run == 0)].set_index("plan")
    best = prices.index[prices.regret == 0][0]
    own = finished_runs(results.folder, planned.keys)[planned.keys[0]]
    assert results.plans[best] != own.plan  # else this proves nothing
    base = results.results[results.results.run == 0]
    found = base[base.measure == "site_mw"]
    opened = {name.split("[")[1].split(",")[0] for name in results.plans[best] if name.startswith("sizing.halls[")}
    assert {*found.entity} == opened
    variant = planned.runs[0].variant
    assert variant is not None
    with Session(variant.case(planned.variants.read(variant.settings))) as session:
        finished = session.finish(IntegerPlan(results.plans[best]), floors=own.floors)
    assert finished.point is not None
    assert finished.baseline is not None
    cost = finished.form.objective_value("cost", finished.point, finished.baseline.node_meur)
    assert cost == pytest.approx(prices.value[best], rel=1e-5)


def test_no_plan_is_better_than_the_bound(study: tuple[Planned, StudyResults]) -> None:
    prices = study[1].prices
    compute, cost = (prices[prices.objective == name] for name in ("compute", "cost"))
    assert (compute.value.dropna() <= compute.bound[compute.value.notna()] * (1 + 1e-6)).all()
    assert (cost.value.dropna() >= cost.bound[cost.value.notna()] * (1 - 1e-6)).all()
    assert (prices.regret.dropna() >= 0).all()
    best = prices.groupby(["run", "objective"]).regret.min()
    assert (best.dropna() == 0).all()


def run(key: str, plan: dict[str, int], *rows: Row) -> FinishedRun:
    return FinishedRun(key, "solved", "", 1.0, rows, plan)


def test_the_pool_begins_with_the_base_run_and_what_most_runs_found() -> None:
    runs = [run("a", {"x": 1}), run("b", {"x": 2}), run("c", {"x": 3}), run("d", {"x": 3}), run("e", {})]
    for order in (runs, runs[::-1]):
        assert [each.numbers["x"] for each in pool_of(runs[0], order, 2).values()] == [1, 3]
        assert len(pool_of(runs[0], order, 9)) == 3


def test_a_run_is_worth_the_best_of_the_pool_and_bounded_by_the_tighter_bound() -> None:
    rows = (Row("compute", 90.0, bound=100.0, gap_share=1 / 9), Row("cost", 50.0, bound=40.0, gap_share=0.2))
    prices = RunPrices("a", {"compute": 110.0, "cost": 45.0}, {"p": (95.0, None), "q": (80.0, 48.0)})
    best = best_of(run("a", {"x": 1}, *rows), prices)
    assert [(row.value, row.bound) for row in best.rows] == [(95, 100), (48, 45)]
    assert [row.gap_share for row in best.rows] == pytest.approx([5 / 95, 3 / 48])
    frame = prices_frame([0], ["a"], {"a": best}, {"a": prices})
    assert frame.regret.fillna(-1).tolist() == [0, 15, -1, 0]
    assert frame.bound.tolist() == [100, 100, 45, 45]
