"""Plans compared: the tutorial under other money, chips and load; small games by hand."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from optimizer.audit.audit import audit
from optimizer.case.provenance import provenance_of
from optimizer.case.read import read_case, read_inputs
from optimizer.case.settings import load_settings
from optimizer.case.write_folder import write_folder
from optimizer.cli import app
from optimizer.extract.extract import extract
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.report.markdown import cell
from optimizer.report.period_figures import opening_periods
from optimizer.report.write_plan import write_plan
from optimizer.session import solve_case
from optimizer.store.plan_files import read_plan
from optimizer.study.attribution import coalitions, orders, share_ranges, shares, weights
from optimizer.study.changed_inputs import changes, groupings, part_of, read_sides, side_names
from optimizer.study.comparison import SEARCH, Pair, compared, explained
from optimizer.study.comparison_map import site_changes
from optimizer.study.comparison_page import comparison_page
from tests.conftest import TUTORIAL

Cell = tuple[str, str, float]
"""Table, column, factor."""
RICHER: Cell = ("tranches", "amount_meur", 1.5)
CHEAPER: Cell = ("chips", "price_eur_per_chip", 0.9)


def case_with(folder: Path, *changed: Cell, settings: Mapping[str, str] | None = None) -> Path:
    """Return a folder with the tutorial, some columns multiplied, some lines of its scenario replaced."""
    write_folder(TUTORIAL, folder, lambda *_: None) if not folder.exists() else None
    for table, column, factor in changed:
        frame = pd.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False)
        frame[column] = (frame[column].astype(float) * factor).map("{:g}".format)
        frame.to_csv(folder / f"{table}.csv", index=False)
    scenario = folder / "scenario.toml"
    for old, new in (settings or {}).items():
        assert old in scenario.read_text()
        scenario.write_text(scenario.read_text().replace(old, new))
    return folder


def solved(case_dir: Path, out: Path) -> Path:
    case = read_case(case_dir, load_settings(case_dir))
    plan = extract(case, solve_case(case), provenance_of(case, case_dir, "base", {}))
    write_plan(plan, audit(case, plan), out)
    return out


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with plans: `own` of the tutorial, `richer`, `both` with chips that cost less, `same` again."""
    place = tmp_path_factory.mktemp("compared")
    for name, changed in {"own": (), "richer": (RICHER,), "both": (RICHER, CHEAPER)}.items():
        solved(case_with(place / "cases" / name, *changed), place / name)
    return place


def pair_of(place: Path, first: str, second: str) -> Pair:
    one, other = read_sides([place / first, place / second])
    return explained([compared(one, other)], RunMonitor())[0]


@pytest.fixture(scope="module")
def forth(place: Path) -> Pair:
    return pair_of(place, "own", "both")


def test_every_changed_cell_is_told_with_both_values(forth: Pair) -> None:
    found = forth.changes.set_index(["table", "key", "column"])[["first", "second", "unit"]]
    assert found.T["tranches", "private.p1", "amount_meur"].tolist() == ["1400", "2100", "million EUR (2025)"]
    assert found["second"]["chips", "gpu_b", "price_eur_per_chip"] == "54000"
    assert len(found) == 6
    assert {*forth.changes["part"]} == {"tranches", "chips"}


def test_shares_sum_to_the_difference_in_every_figure(forth: Pair) -> None:
    assert forth.shares is not None
    assert forth.shares.groups == ("chips", "tranches")
    assert forth.shares.solved == 2
    summed = forth.shares.figures.sum(axis=1)
    assert summed.index.isin(forth.figures.index).all()
    np.testing.assert_allclose(summed.reindex(forth.figures.index), forth.figures["difference"], rtol=0, atol=1e-8)
    least, most = forth.shares.least.sum(axis=1), forth.shares.most.sum(axis=1)
    difference = forth.objectives.set_index("objective")["difference"]
    assert (least <= difference + 1e-9).all()
    assert (difference <= most + 1e-9).all()


def test_the_order_of_two_plans_changes_signs_only(place: Path, forth: Pair) -> None:
    back = pair_of(place, "both", "own")
    assert back.shares is not None
    assert forth.shares is not None
    figures = forth.shares.figures
    pd.testing.assert_frame_equal(back.shares.figures.reindex(figures.index), -figures, check_exact=True)
    pd.testing.assert_frame_equal(back.shares.least, -forth.shares.most, check_exact=True)
    assert back.objectives["difference"].tolist() == [-each for each in forth.objectives["difference"]]
    key = ["plan", "inputs", "objective"]
    pd.testing.assert_frame_equal(
        back.kept.sort_values(key, ignore_index=True), forth.kept.sort_values(key, ignore_index=True)
    )


def test_one_change_gets_everything(place: Path) -> None:
    pair = pair_of(place, "own", "richer")
    assert pair.shares is not None
    assert pair.shares.groups == ("tranches",)
    assert pair.shares.solved == 0
    assert pair.shares.figures["tranches"].reindex(pair.figures.index).tolist() == pair.figures["difference"].tolist()
    assert not pair.none
    assert "due to tranches" in comparison_page([pair])


def test_no_difference_says_so(place: Path) -> None:
    pair = pair_of(place, "own", "own")
    assert pair.changes.empty
    assert pair.none
    assert pair.equal
    assert pair.shares is not None
    assert pair.shares.groups == (SEARCH,)
    page = comparison_page([pair])
    assert page.count("no difference:") == 2
    assert "Nothing." in page
    assert "a choice between equals" in page
    assert "+" not in page.split("### What came of it")[1].split("###")[0]


def test_a_difference_smaller_than_the_gaps_is_none(place: Path) -> None:
    one, other = read_sides([place / "own", place / "richer"])
    loose = [stage.model_copy(update={"bound": 2 * stage.plan_value}) for stage in one.plan.proof.stages]
    proof = one.plan.proof.model_copy(update={"stages": tuple(loose)})
    pair = compared(replace(one, plan=one.plan.model_copy(update={"proof": proof})), other)
    told = pair.objectives.set_index("objective")["none"]
    assert told["compute"]  # 328 of at most 656, and 481
    assert "no difference" in comparison_page([pair])


def test_a_plan_kept_is_worth_what_linear_programmes_say(forth: Pair) -> None:
    kept = forth.kept.set_index(["plan", "inputs", "objective"])
    row = kept.T["own", "both", "compute"]
    assert row["value"] < row["own"]
    assert row["worse"] == pytest.approx(row["own"] - row["value"])
    assert not row["equal"]
    assert kept["why"]["own", "both", "cost"] == "misses the level of compute"
    own = forth.first.plan.proof.stages[0].plan_value
    assert kept["own"]["both", "own", "compute"] == pytest.approx(own, rel=1e-5)


def test_settings_that_ask_for_no_other_plan_have_no_share(place: Path, tmp_path: Path) -> None:
    texts = {"gap_share = 0.0001": "gap_share = 0.0002", "Tutorial: where": "Tutorial again: where"}
    case_dir = case_with(tmp_path / "case", settings={**texts, "mwh = 50.0": "mwh = 49.0"})
    first = read_sides([place / "own"])[0]
    found = changes(first, replace(first, settings=load_settings(case_dir), inputs=first.inputs))
    told = found.set_index("column")["part"].to_dict()
    assert told == {"title": "", "carbon.cap_kg_per_mwh": part_of("carbon"), "solve.gap_share": ""}


def test_tables_with_other_rows_go_together(place: Path, tmp_path: Path) -> None:
    case_dir = case_with(tmp_path / "case", CHEAPER)
    for name in ("sites", "places", "latency"):
        lines = (case_dir / f"{name}.csv").read_text().splitlines(keepends=True)
        (case_dir / f"{name}.csv").write_text("".join(line for line in lines if "LODZ" not in line))
    settings = load_settings(case_dir)
    first = read_sides([place / "own"])[0]
    found = changes(first, replace(first, name="less", inputs=read_inputs(case_dir, settings), settings=settings))
    assert found.loc[found["second"] == "no row", "key"].str.contains("LODZ").any()
    together = {*found.loc[found["second"] == "no row", "part"]}
    ladder = [[group.parts for group in groups] for groups in groupings(found)]
    assert frozenset({"chips"}) in ladder[0]
    assert frozenset(together) in ladder[0]
    assert ladder[-1] == [frozenset({"chips", *together})]
    assert [len(each) for each in ladder] == sorted({len(each) for each in ladder}, reverse=True)


def test_inputs_that_are_gone_leave_the_rest_of_the_comparison(place: Path, tmp_path: Path) -> None:
    case_dir = case_with(tmp_path / "case", CHEAPER)
    solved(case_dir, tmp_path / "plan")
    case_with(case_dir, RICHER)
    one, other = read_sides([place / "own", tmp_path / "plan"])
    assert other.inputs is None
    assert "tranches.csv" in other.why
    pair = explained([compared(one, other)], RunMonitor())[0]
    assert pair.shares is None
    assert [*pair.changes["table"]] == ["chips.csv"]
    assert "are not what they were" in comparison_page([pair])
    kept = case_with(tmp_path / "kept", CHEAPER)
    assert read_sides([place / "own", tmp_path / "plan"], [place / "cases" / "own", kept])[1].inputs is not None


def test_a_plan_that_breaks_its_own_rules_is_not_priced_and_the_page_says_so(place: Path) -> None:
    one, other = read_sides([place / "own", place / "richer"])
    asked = one.settings.siting.model_copy(update={"gigafactories_min": 1, "gigafactory_kchips": 25.0})
    odd = replace(one, name="odd", settings=one.settings.model_copy(update={"siting": asked}))
    pair = explained([compared(odd, other)], RunMonitor())[0]
    assert {*pair.kept["inputs"]} == {"richer"}
    assert any("as it is read back, odd breaks" in note for note in pair.notes)
    assert "is not known" in comparison_page([pair])


def test_a_stop_leaves_the_comparison_without_shares(place: Path) -> None:
    monitor = RunMonitor()
    monitor.stop.set()
    one, other = read_sides([place / "own", place / "both"])
    pair = explained([compared(one, other)], monitor)[0]
    assert pair.shares is None
    assert "not known" in pair.notes[-1]


def test_the_command_writes_page_tables_and_map_of_several_plans(place: Path, tmp_path: Path) -> None:
    words = ["compare", *(str(place / name) for name in ("own", "richer", "both")), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, [*words, "--no-shares"])
    assert result.exit_code == 0
    names = {each.name for each in (tmp_path / "out").iterdir()}
    assert {"compare.md", "figures.csv", "inputs.csv", "kept.csv", "sites.csv", "sites.png", "sites.svg"} <= names
    page = (tmp_path / "out" / "compare.md").read_text()
    assert page.startswith("# own, richer and both compared")
    assert "## both against own" in page
    plans = {name: read_plan(place / name) for name in ("own", "richer")}
    for name, plan in plans.items():
        assert f"- {name}: {plan.title} (case `{plan.provenance.case}`, scenario `base`" in page
        assert any(f"| {opens} | " in page for opens in opening_periods(plan).values())
    assert "| site | own, from | MW in " in page
    spent = sum(row.spent_meur for row in plans["own"].spending)
    assert f"| money | capital spent in all periods | MEUR | {cell(spent)} |" in page
    figures = pd.read_csv(tmp_path / "out" / "figures.csv")
    assert {*figures["plan"]} == {"richer", "both"}
    assert CliRunner().invoke(app, words[:2]).exit_code == 2
    assert CliRunner().invoke(app, [*words[:3], "--out", str(place / "own" / "in")]).exit_code == 2


def test_a_site_stands_in_the_first_plan_the_other_or_both(forth: Pair) -> None:
    found = site_changes(forth).set_index("site")
    assert {*found["stands_in"]} <= {"first", "second", "both"}
    sizes = found[["first_mw", "second_mw"]].to_numpy()
    assert (sizes.max(axis=1) > 0).all()
    assert [*-np.sort(-sizes.max(axis=1))] == [*sizes.max(axis=1)]


def worths(value: Callable[[frozenset[int]], float], count: int) -> list["pd.Series[float]"]:
    return [pd.Series({"x": value(each)}) for each in coalitions(count)]


def test_shares_of_a_game_by_hand() -> None:
    # a glove market: 0 has the left one, 1 and 2 a right one each; Shapley (1953): 2/3, 1/6, 1/6
    found = shares(worths(lambda each: float(0 in each and bool(each & {1, 2})), 3), ["a", "b", "c"])
    np.testing.assert_allclose(found.loc["x"], [2 / 3, 1 / 6, 1 / 6])


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7])
def test_shares_sum_exactly_and_give_a_group_alone_what_it_adds(count: int) -> None:
    matrix = weights(count)
    ends = np.zeros(len(coalitions(count)))
    ends[[0, -1]] = -1, 1
    np.testing.assert_allclose(matrix.sum(axis=0), ends, atol=1e-12)
    sizes = 2.0 ** np.arange(count)
    added = shares(worths(lambda each: float(sum(sizes[list(each)])), count), [*map(str, range(count))])
    np.testing.assert_allclose(added.loc["x"], sizes)
    assert all(len(after - before) == 1 for order in orders(count) for before, after in pairwise(
        [frozenset(order[:joined]) for joined in range(count + 1)]
    ))  # fmt: skip
    assert len(coalitions(count)) == (2**count if count <= 4 else 2 * count)


@pytest.mark.parametrize("count", [2, 3, 6])
def test_the_way_back_gives_the_same_shares_with_other_signs(count: int) -> None:
    every = frozenset(range(count))

    def value(each: frozenset[int]) -> float:
        return float(sum(2**group for group in each) ** 2 + len(each) % 3)

    there = shares(worths(value, count), [*map(str, range(count))])
    back = shares(worths(lambda each: value(every - each), count), [*map(str, range(count))])
    np.testing.assert_allclose(back, -there)


def test_ranges_of_shares_hold_the_shares_and_an_unknown_bound_leaves_them_open() -> None:
    games: list[Mapping[str, float]] = [{"x": low} for low in (0.0, 3.0, 4.0, 9.0)]
    highs = [{"x": each["x"] + 1.0} for each in games]
    least, most = share_ranges(games, highs, ["a", "b"])
    found = shares([pd.Series(each) for each in games], ["a", "b"])
    np.testing.assert_allclose(least.loc["x"], found.loc["x"] - 1.0)
    np.testing.assert_allclose(most.loc["x"], found.loc["x"] + 1.0)
    highs[1] = {"x": float("inf")}
    least, most = share_ranges(games, highs, ["a", "b"])
    assert most.loc["x", "a"] == float("inf")
    assert least.loc["x", "b"] == -float("inf")
    assert np.isfinite(least["a"]["x"])


def test_plans_have_the_names_of_their_folders_and_of_those_above_where_they_need_them() -> None:
    assert side_names([Path("a/base"), Path("a/other")]) == ["base", "other"]
    assert side_names([Path("a/base"), Path("b/base"), Path("b/c")]) == ["a/base", "b/base", "c"]
    assert side_names([Path("a/base"), Path("a/base")]) == ["a/base (1)", "a/base (2)"]


def test_names_of_a_case_mark_nothing_up(place: Path) -> None:
    one, other = read_sides([place / "own", place / "richer"])
    page = comparison_page([compared(replace(one, name="<b>|x"), other)])
    assert "<b>" not in page
