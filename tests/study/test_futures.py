"""A case under futures, from its scenario to a plan per future and the page."""

from pathlib import Path

import pytest

from models.settings import Settings
from optimizer.case.faults import CaseRefused
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.study.futures import FuturePlan, FuturesAnswer, Value, effect, read_futures, solve_futures
from optimizer.study.futures_page import futures_page, write_futures_page

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"
GIVEN = {
    "futures.usual.probability": "0.6",
    "futures.low.probability": "0.4",
    'futures.low.factors."chips.price_eur_per_chip"': "1.3",
    'futures.low.factors."demand.demand_kh100e"': "0.7",
}


@pytest.fixture(scope="module")
def answered() -> tuple[FuturesAnswer, list[FuturePlan]]:
    """Give the tutorial under two futures, and the plans as they were told."""
    told = list[FuturePlan]()
    uncertain = read_futures(TUTORIAL, "base", GIVEN)
    return solve_futures(uncertain, TUTORIAL, "base", RunMonitor(), on_plan=told.append), told


def test_a_plan_per_future_shares_its_sites_and_is_sound(answered: tuple[FuturesAnswer, list[FuturePlan]]) -> None:
    answer, told = answered
    assert answer.status == "solved"
    assert [each.future.name for each in told] == ["usual", "low"]
    opened = [{(row.site, row.period) for row in each.plan.sites if row.opens} for each in told]
    assert opened[0] == opened[1]
    assert {f"siting.open_in[{site},{period}]" for site, period in opened[0]} == set(answer.decided)
    assert all(each.report.sound for each in told), [check for each in told for check in each.report.checks]
    assert told[0].values["compute"] > told[1].values["compute"]


def test_the_mean_is_that_of_the_plans_and_knowing_more_is_never_worse(
    answered: tuple[FuturesAnswer, list[FuturePlan]],
) -> None:
    answer, told = answered
    for name, value in answer.values.items():
        mean = sum(each.future.probability * each.values[name] for each in told)
        assert mean == pytest.approx(value.found, rel=1e-5)
        for better, worse in ((answer.knowing, answer.values), (answer.values, answer.without)):
            assert better is not None
            assert worse is not None
            assert effect(name, better[name], worse[name]).most >= 0


def test_the_page_says_what_is_decided_and_what_it_is_worth(
    answered: tuple[FuturesAnswer, list[FuturePlan]], tmp_path: Path
) -> None:
    answer, _ = answered
    page = futures_page("The tutorial", answer)
    assert all(f"`{name}`" in page for name in answer.decided)
    assert "value of the stochastic solution" in page
    assert "expected value of perfect information" in page
    write_futures_page(tmp_path, "The tutorial", answer)
    assert {file.name for file in tmp_path.iterdir()} == {"futures.md", "sites.csv", "futures.csv", "values.csv"}


def test_an_effect_smaller_than_the_gap_is_none() -> None:
    found = effect("cost", Value(100.0, 99.0), Value(100.5, 99.8))
    assert (found.shown, found.most) == (False, 1.5)
    found = effect("cost", Value(100.0, 99.0), Value(103.0, 102.0))
    assert (found.shown, found.least, found.most) == (True, 2.0, 4.0)
    found = effect("compute", Value(10.0, 11.0), Value(5.0, 6.0))
    assert (found.shown, found.least, found.most) == (True, 4.0, 6.0)


def test_futures_are_a_distribution_and_each_is_read_or_refused() -> None:
    with pytest.raises(ValueError, match=r"are 0\.9 together"):
        Settings.model_validate({"title": "x", "futures": {"a": {"probability": 0.5}, "b": {"probability": 0.4}}})
    with pytest.raises(CaseRefused, match="two futures at least"):
        read_futures(TUTORIAL, "base", {})
    with pytest.raises(CaseRefused, match="in the future low"):
        read_futures(TUTORIAL, "base", GIVEN | {"futures.low.overlays": '["nowhere"]'})
