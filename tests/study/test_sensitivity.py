"""What decides, found again in studies of functions whose answer is known."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample

from optimizer.study.results import BASE
from optimizer.study.sensitivity import (
    StudyTables,
    chosen,
    drivers,
    effects,
    flips,
    near_plans,
    sites,
)
from tests.study.drawn import BASE_ROW, BOUNDS, PLANS, PROBLEM, Row, design_of, prices_of, results_of, sample


def study(
    method: str,
    values: Sequence[Sequence[float]],
    gap: float = 1.0,
    no_plan: Callable[[Row], bool] = lambda _: False,
    levels: int = 4,
    second_order: bool = False,
) -> StudyTables:
    """Return a study whose runs nobody priced."""
    design = design_of(values, BASE if method == "one_at_a_time" else BASE + 1)
    none = prices_of(design).iloc[:0]
    low, high = np.array(BOUNDS).T
    shares = (design.to_numpy() - low) / (high - low)
    return StudyTables(method, design, results_of(design, gap, no_plan), none, {}, shares, levels, second_order)


def found(table: pd.DataFrame, statistic: str, measure: str = "cost") -> pd.DataFrame:
    return table[(table["statistic"] == statistic) & (table["measure"] == measure)].set_index("factor")


MOVED = [[30.0, 5.0, 0.5], [80.0, 5.0, 0.5], [40.0, 6.0, 0.5], [40.0, 5.0, 1.0]]


def test_tornado_says_what_each_move_changes_and_which_is_within_the_gap() -> None:
    table = effects(study("one_at_a_time", [BASE_ROW, *MOVED], gap=10.0), ("cost",))
    moves = {(row.factor, row.at): (row.effect, row.verdict) for row in table.itertuples()}
    assert moves == {
        ("price", "30.0"): (-40.0, "effect"),
        ("price", "80.0"): (160.0, "effect"),
        ("cap", "6.0"): (10.0, "within the gap"),
        ("idle", "1.0"): (0.0, "within the gap"),
    }


def test_the_gap_of_a_move_is_that_of_the_worse_run() -> None:
    """As the bounds prove it: the worse run may be as good as its bound, and the better one is no worse than it is."""
    tables = study("one_at_a_time", [BASE_ROW, *MOVED], gap=1.0)
    own = tables.results["measure"] == "cost"
    for run, gap in ((0, 7.0), (1, 90.0), (2, 20.0)):
        here = own & (tables.results["run"] == run)
        tables.results.loc[here, "bound"] = tables.results.loc[here, "value"] - gap
    table = effects(tables, ("cost",)).set_index("at")
    assert (table["gap"]["30.0"], table["gap"]["80.0"]) == (7.0, 20.0)


def test_a_move_to_a_run_without_a_plan_is_no_effect() -> None:
    table = effects(study("one_at_a_time", [BASE_ROW, *MOVED], no_plan=lambda row: row["price"] == 80), ("cost",))
    assert ("price", "80.0") not in set(zip(table["factor"], table["at"], strict=True))
    assert len(table) == len(MOVED) - 1


def test_sites_flip_where_one_factor_moves_them() -> None:
    table = flips(study("one_at_a_time", [BASE_ROW, *MOVED]))
    assert table.to_dict("records") == [{"site": "DEAR", "factor": "price", "at": "80.0", "chosen": True}]
    assert BASE == 0


@pytest.mark.parametrize("levels", [4, 6])
def test_elementary_effects_of_a_linear_measure_are_its_slopes_over_the_range(levels: int) -> None:
    values = morris_sample.sample(PROBLEM, 6, num_levels=levels, seed=2)
    table = effects(study("morris", values, gap=30.0, levels=levels), ("cost",))
    mean, deviation = found(table, "mu_star"), found(table, "sigma")
    np.testing.assert_allclose(mean["value"].loc[["price", "cap", "idle"]], [200.0, 100.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(deviation["value"], 0.0, atol=1e-9)
    step = levels / (2 * (levels - 1))
    np.testing.assert_allclose(mean["gap"], 30.0 / step)
    assert [*mean["verdict"]] == ["effect", "effect", "within the gap"]


def test_trajectories_with_a_run_without_a_plan_are_left_out() -> None:
    values = morris_sample.sample(PROBLEM, 8, num_levels=4, seed=2)
    table = effects(study("morris", values, no_plan=lambda row: row["price"] == 80 and row["cap"] == 10), ("cost",))
    np.testing.assert_allclose(found(table, "mu_star")["value"]["price"], 200.0)


@pytest.mark.parametrize("second_order", [False, True])
def test_variance_shares_of_a_sum_are_those_of_its_parts(second_order: bool) -> None:
    values = sobol_sample.sample(PROBLEM, 512, calc_second_order=second_order, seed=3)
    table = effects(study("sobol", values, gap=5.0, second_order=second_order), ("cost",))
    for statistic in ("S1", "ST"):
        shares = found(table, statistic)
        np.testing.assert_allclose(shares["value"].loc[["price", "cap", "idle"]], [0.8, 0.2, 0.0], atol=0.02)
        assert (shares["low"] <= shares["value"] + 1e-12).all()
        np.testing.assert_allclose(shares["effect"]["price"], np.sqrt(200**2 / 12), rtol=0.02)
    assert found(table, "ST")["verdict"]["idle"] == "within the gap"


def test_rank_regression_tells_a_factor_that_counts_from_one_that_does_not() -> None:
    table = found(effects(study("latin_hypercube", sample(), gap=5.0), ("cost",)), "SRRC")
    np.testing.assert_allclose(table["effect"].loc[["price", "cap"]], [200.0, 100.0], rtol=0.05)
    assert [*table["verdict"]] == ["effect", "effect", "within the gap"]
    assert table["value"]["price"] > table["value"]["cap"] > abs(table["value"]["idle"])


def test_every_effect_is_within_a_gap_as_wide_as_all_of_them() -> None:
    assert set(effects(study("grid", sample(), gap=500.0), ("cost",))["verdict"]) == {"within the gap"}


def test_a_measure_without_a_bound_has_the_gap_of_its_run_as_a_share() -> None:
    narrow, wide = (
        found(effects(study("grid", sample(), gap=gap), ("new_mw",)), "SRRC", "new_mw") for gap in (1.0, 4000.0)
    )
    assert narrow["verdict"]["cap"] == "effect"
    assert wide["verdict"]["cap"] == "within the gap"


def test_texts_are_factors_too() -> None:
    tables = study("grid", sample())
    tables.design["idle"] = np.where(tables.design["price"] > 55, "wet", "dry")
    table = found(effects(tables, ("cost",)), "SRRC")
    assert {"price", "cap", "idle"} == {*table.index}


def test_a_measure_that_nothing_moves_has_no_effects() -> None:
    still = study("sobol", sobol_sample.sample(PROBLEM, 8, calc_second_order=False, seed=3).tolist())
    still.results["value"] = 7.0
    assert effects(still, ("cost",)).empty


def test_sites_are_counted_over_the_runs_with_a_plan() -> None:
    tables = study("grid", sample(), no_plan=lambda row: row["cap"] > 9)
    table = sites(tables).set_index("site")
    assert table["frequency"]["ALWAYS"] == 1.0
    assert (table["runs"] == (tables.design["cap"] <= 9).sum()).all()
    dear = (tables.design["price"] > 55) & (tables.design["cap"] <= 9)
    assert table["chosen"]["DEAR"] == dear.sum()
    assert table["low"]["DEAR"] < table["frequency"]["DEAR"] < table["high"]["DEAR"]
    assert [*chosen(tables).index] == [*tables.design.index[tables.design["cap"] <= 9]]


def test_a_site_is_driven_by_the_factor_it_hangs_on_and_the_want_of_a_plan_by_its_own() -> None:
    table = drivers(study("latin_hypercube", sample(), no_plan=lambda row: row["cap"] > 6))
    driven = table[table["verdict"] == "drives"]
    assert {*zip(driven["site"], driven["factor"], strict=True)} == {("DEAR", "price"), ("(no plan)", "cap")}
    assert (driven["low"] > 0).all()
    assert "ALWAYS" not in {*table["site"]}


def test_newcombes_interval_is_the_published_one() -> None:
    """Newcombe (1998), example (a), method 10: 56/70 less 48/80 lies between 0.0524 and 0.3339."""
    one = [[80.0, 0.0, 0.0]] * 56 + [[30.0, 0.0, 0.0]] * 14
    other = [[80.0, 10.0, 0.0]] * 48 + [[30.0, 10.0, 0.0]] * 32
    table = drivers(study("grid", [*one, *other]))
    row = table[(table["site"] == "DEAR") & (table["factor"] == "cap")][["difference", "high", "low"]]
    np.testing.assert_allclose(-row.to_numpy()[0], [0.2, 0.0524, 0.3339], atol=5e-5)


def priced(tables: StudyTables) -> StudyTables:
    return StudyTables(tables.method, tables.design, tables.results, prices_of(tables.design), PLANS)


def test_a_site_is_certain_where_every_plan_within_the_gap_has_it() -> None:
    tables = priced(study("grid", sample()))
    assert {*near_plans(tables)["plan"]} == {"own", "near"}
    table = sites(tables).set_index("site")
    assert (table["certain"]["ALWAYS"], table["possible"]["ALWAYS"]) == (1.0, 1.0)
    assert (table["certain"]["DEAR"], table["possible"]["DEAR"]) == (0.0, 1.0)


def test_a_plan_that_is_as_good_as_its_bound_is_near_the_best() -> None:
    tables = priced(study("grid", sample()))
    exact = tables.prices.assign(bound=tables.prices.groupby("run")["value"].transform("min") * (1 + 1e-9))
    table = sites(StudyTables(tables.method, tables.design, tables.results, exact, PLANS)).set_index("site")
    assert (table["certain"]["ALWAYS"], table["possible"]["DEAR"]) == (1.0, 0.0)
