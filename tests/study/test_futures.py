"""A case under futures, from its scenario to a plan per future and the page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from models.settings import Settings
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.benders.solution import Solution
from optimizer.case.faults import CaseRefused
from optimizer.cli import app
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from optimizer.session import Session
from optimizer.solver import whole_totals
from optimizer.study.futures import FuturePlan, FuturesAnswer, Value, effect, read_futures, solve_futures
from optimizer.study.futures_page import futures_page, write_futures_page
from tests.drafts import Draft, row, rows
from tests.networks import PLACE, nowhere, one_hour

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"
GIVEN = {
    "futures.usual.probability": "0.6",
    "futures.low.probability": "0.4",
    'futures.low.factors."chips.price_eur_per_chip"': "1.3",
    'futures.low.factors."demand.demand_kh100e"': "0.7",
    "sovereignty.operators": "true",
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
    openings = {f"siting.open_in[{site},{period}]" for site, period in opened[0]}
    assert openings == {name for name in answer.decided if not name.startswith("operators.")}
    assert all(each.report.sound for each in told), [check for each in told for check in each.report.checks]
    assert told[0].values["compute"] > told[1].values["compute"]


def test_futures_share_who_runs_each_site(answered: tuple[FuturesAnswer, list[FuturePlan]]) -> None:
    answer, told = answered
    run = [{(row.site, row.operator) for row in each.plan.operators if row.site != "PARIS"} for each in told]
    assert run[0]
    assert run[0] == run[1]
    decided = {name for name in answer.decided if name.startswith("operators.runs[")}
    assert decided == {f"operators.runs[{site},{operator}]" for site, operator in run[0]}


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


def test_a_plan_to_set_out_from_is_that_of_the_case_without_futures_in_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_totals, "LEAST_COLUMNS", 3)
    uncertain = read_futures(TUTORIAL, "base", GIVEN)
    form = build_extensive_form(uncertain.futures[0].case, futures=uncertain.futures)
    families = whole_totals.families_of(form.compiled.program)
    assert {"sizing.halls", "sizing.halls@low"} <= {*families}, "a total of each future"
    started: list[IntegerPlan] = []

    def solve(self: Session, *_: object, starts: Sequence[IntegerPlan] = (), **other: Any) -> Solution:
        started.extend(starts)
        return searched(self, *_, starts=starts, **other)

    searched = Session.solve
    monkeypatch.setattr(Session, "solve", solve)
    answer = solve_futures(uncertain, TUTORIAL, "base", RunMonitor(), compare=False)
    assert answer.status == "solved"
    (start,) = started
    assert start.decisions(form.compiled.program) is not None
    halls = {name for name in start.numbers if name.startswith("sizing.halls[")}
    assert {name.endswith("@low") for name in halls} == {True, False}


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
    with pytest.raises(CaseRefused, match="a price or an efficiency"):
        read_futures(TUTORIAL, "base", GIVEN | {'futures.low.factors."technologies.marginal_eur_per_mwh"': "2"})


def test_check_lists_the_faults_of_all_futures_with_their_names() -> None:
    wrong = {
        'inputs.cells."sites.NOWHERE.land_mw"': "1",
        'futures.low.cells."sites.LYON.land_mw"': "-1",
        'futures.usual.cells."sites.ELSEWHERE.land_mw"': "1",
    }

    def checked(given: dict[str, str]) -> tuple[int, str]:
        words = [word for key, text in given.items() for word in ("--set", f"{key}={text}")]
        result = CliRunner().invoke(app, ["check", str(TUTORIAL), *words])
        return result.exit_code, result.output

    code, text = checked(GIVEN | wrong)
    assert code == 3
    lines = text.splitlines()
    assert [line.count("in the future") for line in lines if "NOWHERE" in line] == [0], "told once, of the case itself"
    assert [line.count("(in the future usual)") for line in lines if "ELSEWHERE" in line] == [1]
    assert "(in the future low)" in text
    code, text = checked(GIVEN)
    assert code == 0
    assert "No fault in its futures either: usual, low" in text


LATE = """
title = "One site; the larger may come two years late"
question.objectives = ["compute"]
time.hours_per_day = 1
money.discount_share = 0
power.cover_share = 0
carbon.cap_kg_per_mwh = 2000
halls.hall_mw = 5
siting.sites_max = 1
solve.gap_share = 1e-7
futures.in_time.probability = 0.5
futures.late.probability = 0.5
futures.late.cells."sites.LARGE.late_years" = 2
"""


def test_where_a_site_may_come_late_a_smaller_one_that_does_not_is_the_hedge(tmp_path: Path) -> None:
    """30 kH100e for four years or, late, for two: 90 on the mean; 25 for four years are 100 for sure.

    Who knows what comes has 120 or 100. Without futures nothing is late, and the larger is chosen.
    """
    sites = [row("sites", site=name, **PLACE, land_mw=land) for name, land in (("LARGE", 30), ("SMALL", 25))]
    periods = [
        row("periods", period=name, first_year=year, length_years=2) for name, year in (("P", 2026), ("Q", 2028))
    ]
    tables = nowhere() | {
        "periods": periods,
        "zones": rows("zones", "zone", ["Z"], country="C"),
        "workloads": rows("workloads", "workload", ["W"]),
        "technologies": rows("technologies", "technology", ["plant"]),
        "fleets": rows("fleets", "zone", ["Z"], technology="plant", capacity_mw=1000),
        "sites": sites,
        "regions": rows("regions", "region", ["R"]),
        "demand": [row("demand", region="R", workload="W", period=name, demand_kh100e=100) for name in ("P", "Q")],
    }
    Draft(tables, {"load": {"Z": [100]}, "carbon": {"Z": [0]}}, one_hour("late")).write(tmp_path)
    (tmp_path / "scenario.toml").write_text(LATE, encoding="utf-8")
    uncertain = read_futures(tmp_path, "base", {})
    answer = solve_futures(uncertain, tmp_path, "base", RunMonitor())
    assert answer.decided == ("siting.open_in[SMALL,P]",)
    assert answer.without_decided == ("siting.open_in[LARGE,P]",)
    assert answer.knowing is not None
    assert answer.without is not None
    found = [each["compute"].found for each in (answer.values, answer.knowing, answer.without)]
    assert found == pytest.approx([100, 110, 90], rel=1e-5)
    assert all(each.report.sound for each in answer.plans)
