import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.case import HOURLY_TABLES, Case
from models.plan import Plan
from optimizer.audit import full_year
from optimizer.audit.audit import audit
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.full_year import DRAWN_DAYS, SUMMED, sample
from optimizer.audit.redispatch import Redispatch, RedispatchRequest
from optimizer.benders import full_year_dispatch
from optimizer.benders.full_year_dispatch import DispatchedYear
from optimizer.case.provenance import provenance_of
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.explain.limit_input import with_setting
from optimizer.extract.extract import extract
from optimizer.extract.full_year import with_year
from optimizer.session import solve_case
from tests.cases import drafts
from tests.conftest import TUTORIAL
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, often
from tests.variants import with_section
from tests.years import Unservable, brute_year


@pytest.fixture(scope="module")
def one_day() -> Case:
    """Give the tutorial with one of its two days for both."""
    return read_case(TUTORIAL, load_settings(TUTORIAL, "base", {"time": {"representative_days": 1}}))


@pytest.fixture(scope="module")
def untold(one_day: Case) -> Plan:
    """Give its plan, not replayed."""
    return extract(one_day, solve_case(one_day), provenance_of(one_day, TUTORIAL, "base", {}))


@pytest.fixture(scope="module")
def year(one_day: Case, untold: Plan) -> DispatchedYear:
    """Give the year of that plan, both days."""
    return brute_year(one_day, untold)


@pytest.fixture(scope="module")
def told(one_day: Case, untold: Plan, year: DispatchedYear) -> Plan:
    """Give the plan with its year."""
    return with_year(one_day, untold, year)


def failed(case: Case, plan: Plan) -> set[str]:
    return {check.rule for check in audit(case, plan).checks if not check.passed}


def with_day(plan: Plan, at: int, **columns: float) -> Plan:
    """Return the plan with a day changed, and with it the totals of its period."""
    days = list(plan.year_days)
    before = days[at]
    days[at] = before.model_copy(update=columns)
    each = 8760 / 24 / 2
    totals = [
        row.model_copy(
            update={
                column: getattr(row, column) + each * unit * (columns[daily] - getattr(before, daily))
                for column, (daily, unit) in SUMMED.items()
                if daily in columns
            }
        )
        if row.period == before.period
        else row
        for row in plan.year
    ]
    return plan.model_copy(update={"year_days": tuple(days), "year": tuple(totals)})


def test_a_plan_is_sound_with_its_year_and_without(one_day: Case, untold: Plan, told: Plan) -> None:
    assert failed(one_day, untold) == failed(one_day, told) == set()
    names = {check.rule for check in audit(one_day, untold).checks}
    assert {check.rule for check in audit(one_day, told).checks} - names == set(full_year.CHECKS)


def test_the_year_is_its_days_each_as_often_as_it_comes(one_day: Case, told: Plan, year: DispatchedYear) -> None:
    for row in told.year:
        days = [day for day in year.days if day.period == row.period]
        assert len(days) == 2
        assert row.system_meur == pytest.approx(182.5 * sum(day.running_meur for day in days))
        assert row.attributional_kt == pytest.approx(182.5 / 1000 * sum(day.emission_t for day in days))
        model = next(each for each in told.carbon if each.period == row.period)
        years = AuditedPlan(one_day, told).annuity(row.period)
        more_meur = row.system_meur - row.baseline_meur - model.system_meur + model.baseline_meur
        assert row.present_meur == pytest.approx(years * more_meur)
        assert row.servers_twh == pytest.approx(model.energy_twh)
    assert any(abs(row.present_meur) > 1 for row in told.year)


def long_record(tmp_path: Path, times: int, representative_days: int) -> Case:
    """Return the tutorial with its two days so many times over."""
    shutil.copytree(TUTORIAL, tmp_path / "long")
    for table in HOURLY_TABLES:
        file = tmp_path / "long" / f"{table.name}.csv"
        if file.exists():
            head, *rows = file.read_text(encoding="utf-8").splitlines()
            cells = [row.split(",", 1)[1] for row in rows] * times
            lines = [f"{hour},{rest}" for hour, rest in enumerate(cells)]
            file.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
    settings = load_settings(tmp_path / "long", "base", {"time": {"representative_days": representative_days}})
    return read_case(tmp_path / "long", settings)


def test_a_model_of_every_day_of_a_long_record_is_replayed_too(tmp_path: Path) -> None:
    case = long_record(tmp_path, times=10, representative_days=20)
    assert len(case.days) == 20
    solution = solve_case(case)
    assert solution.status == "solved"
    assert solution.year is not None
    assert len(solution.year.days) == 20 * len(case.periods)


def test_water_shared_by_more_prices_is_shared_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a record of 80 days 8 stand in the model; the days of the year mix what they do at some prices."""
    case = long_record(tmp_path, times=40, representative_days=8)
    found = []
    for close in (2e-3, 1e-5):
        monkeypatch.setattr(full_year_dispatch, "CLOSE_ENOUGH", close)
        solution = solve_case(case)
        assert solution.year is not None
        assert len(solution.year.days) == 80 * len(case.periods)
        assert solution.year.gap_share <= close
        found.append(solution.year)
    before, after = (sum(day.running_meur for day in year.days) for year in found)
    assert after <= before * (1 + 1e-6)


@pytest.mark.parametrize("times", [1, 20])
def test_days_in_order_carry_energy_from_one_to_the_next(tmp_path: Path, times: int) -> None:
    """Of days that are two days long the tables hold 20, which prices share, or one; others end as they began."""
    case = long_record(tmp_path, times=times, representative_days=1)
    stored = case.fleets["EAST", "gas", 2026].model_copy(update={"technology": "battery", "capacity_mw": 300.0})
    calm = np.tile(np.repeat([1.0, 0.5], 24), times)  # every other day asks for half as much
    load = {zone: hours * calm for zone, hours in case.hourly["load"].items()}
    hourly = {**case.hourly, "load": load}
    case = replace(case, fleets={**case.fleets, ("EAST", "battery", 2026): stored}, hourly=hourly)
    running = []
    for hours in (24, 48):
        asked = with_setting(case.settings, "time.replay_hours", hours)
        long = replace(case, settings=asked)
        solution = solve_case(long)
        plan = extract(long, solution, provenance_of(long, TUTORIAL, "base", {}))
        assert solution.year is not None
        assert failed(long, with_year(long, plan, solution.year)) == set()
        if times == 1:
            best = brute_year(long, plan)
            least, found = (sum(day.running_meur for day in year.days) for year in (best, solution.year))
            assert found == pytest.approx(least, rel=1e-6)
        running.append(sum(row.system_meur for row in with_year(long, plan, solution.year).year))
    assert running[1] < running[0] * (1 - 1e-5)


def test_the_system_without_data_centres_has_water_of_its_own(one_day: Case, year: DispatchedYear) -> None:
    """Both are shared the year's water exactly, so nothing of their difference is noise."""
    solution = solve_case(one_day)
    assert solution.year is not None
    for period in one_day.periods:
        mine, brute = ([day for day in each.days if day.period == period] for each in (solution.year, year))
        for column in ("running_meur", "baseline_meur"):
            found, expected = (sum(getattr(day, column) for day in days) for days in (mine, brute))
            assert found == pytest.approx(expected, rel=1e-7)
    assert solution.year.noise_meur == pytest.approx((0.0,) * len(one_day.periods), abs=1e-4)
    assert all(noise == pytest.approx(0.0, abs=1e-4) for noise in solution.noise_meur.values())
    assert not np.allclose(solution.year.allotted_mwh, solution.year.baseline_allotted_mwh)


@pytest.mark.parametrize("which", ["allotted_mwh", "baseline_allotted_mwh"])
def test_both_waters_are_held_to_the_year(which: str, one_day: Case, told: Plan) -> None:
    assert told.replay is not None
    more = {key: tuple(1.5 * each for each in given) for key, given in getattr(told.replay, which).items()}
    changed = told.model_copy(update={"replay": told.replay.model_copy(update={which: more})})
    assert "year.reservoirs_last_the_year" in failed(one_day, changed)


def test_the_year_of_all_days_is_that_of_the_model(tutorial_plan: Plan) -> None:
    for row in tutorial_plan.year:
        model = next(each for each in tutorial_plan.carbon if each.period == row.period)
        assert row.system_meur == pytest.approx(model.system_meur, rel=1e-6)
        assert row.attributional_kt == pytest.approx(model.attributional_kt, abs=1e-6)


@often(6, 200)
def test_an_own_dispatch_finds_the_same_days(number: int) -> None:
    found: list[int] = []

    def law(draft: Draft) -> None:
        case = with_section(draft, "time", lambda _: {"representative_days": 1}).case()
        solution = solve_case(case)
        if not solution.has_plan:
            return
        plan = extract(case, solution, provenance_of(case, Path("draft"), "base", {}))
        try:
            told = with_year(case, plan, brute_year(case, plan))
        except Unservable:
            return
        assert failed(case, told) == set()
        found.append(len(told.year_days))

    for_all(number, drafts(FLOORS), law)
    assert len(found) > number / 4
    print(f"{sum(found)} days of {len(found)} plans, each dispatched twice")


@pytest.mark.parametrize(
    "column",
    ["system_meur", "baseline_meur", "shed_mwh", "baseline_shed_mwh", "system_kt", "system_without_kt", "servers_mwh",
     "matched_mwh", "emitted_t"],
)  # fmt: skip
def test_no_sampled_day_can_be_changed_together_with_its_year(column: str, one_day: Case, told: Plan) -> None:
    for at, row in enumerate(told.year_days):
        for number in (getattr(row, column) * 1.01 + 0.01, getattr(row, column) * 0.99):
            if number != getattr(row, column):
                assert failed(one_day, with_day(told, at, **{column: number})), (row, number)


def test_days_drawn_follow_from_the_halls_and_hold_the_worst(one_day: Case, told: Plan) -> None:
    rows = tuple(
        row.model_copy(update={"period": period, "first_hour": 24 * day, "shed_mwh": float(day == 9)})
        for period in one_day.periods
        for day in range(200)
        for row in told.year_days[:1]
    )
    dear = rows[57].model_copy(update={"system_meur": 1e6})
    many = told.model_copy(update={"year_days": (*rows[:57], dear, *rows[58:])})
    drawn = sample(AuditedPlan(one_day, many))
    assert sample(AuditedPlan(one_day, many)) == drawn
    assert {row.first_hour for row in drawn} >= {9 * 24, 57 * 24}
    assert len(drawn) == DRAWN_DAYS + 2
    halls = tuple(row.model_copy(update={"built_halls": row.built_halls + 1}) for row in many.halls)
    assert sample(AuditedPlan(one_day, many.model_copy(update={"halls": halls}))) != drawn


def test_more_lost_than_is_allowed_is_unsound_and_told(one_day: Case, told: Plan) -> None:
    rule = "year.hardly_any_load_is_shed_on_any_day"
    assert rule in failed(one_day, with_day(told, 0, shed_mwh=1e4))
    assert told.replay is not None
    lost = told.model_copy(update={"replay": told.replay.model_copy(update={"unserved_mwh": 5.0})})
    assert failed(one_day, lost) == {rule}


@pytest.mark.parametrize(
    "allotted", [{}, {"NORTH.hydro": (1.0,)}, {"NORTH.hydro": (math.nan,) * 4}, {"NORTH.hydro": (-1.0,) * 4}]
)
def test_water_that_is_not_there_is_refused(allotted: dict[str, tuple[float, ...]], one_day: Case, told: Plan) -> None:
    assert told.replay is not None
    assert set(told.replay.allotted_mwh) == {"NORTH.hydro"}
    changed = told.replay.model_copy(update={"allotted_mwh": allotted})
    assert failed(one_day, told.model_copy(update={"replay": changed})) == {"form.every_day_of_a_replay_is_there"}


@pytest.mark.parametrize("table", ["year", "year_days"])
def test_a_replay_has_its_rows_and_nothing_else_has(table: str, one_day: Case, told: Plan) -> None:
    assert failed(one_day, told.model_copy(update={table: ()})) == {"form.every_row_is_there_once"}
    assert failed(one_day, told.model_copy(update={"replay": None})) == {"form.every_row_is_there_once"}


def test_a_day_without_a_dispatch_has_none(one_day: Case, told: Plan) -> None:
    account = AuditedPlan(one_day, told)
    dispatch, dry = Redispatch(account.full_year), np.array([24 * 10.0])  # its least output and no more
    assert dispatch.cheapest(RedispatchRequest(0, 0, True, 0.9 * dry, 1e6)) is None
    assert dispatch.cheapest(RedispatchRequest(0, 0, True, dry, 0.0)) is None
    lost = dispatch.cheapest(RedispatchRequest(0, 0, True, dry, 1e6))
    assert lost is not None
    assert lost.shed_mwh > 0
    assert dispatch.cheapest(RedispatchRequest(0, 0, True, dry, 1e6), replace(lost, system_kt=1e3), 1e-6) is None
    held = dispatch.cheapest(RedispatchRequest(0, 0, True, dry, 1e6), lost, 1e-6)
    assert held is not None
    assert held.system_meur == pytest.approx(lost.system_meur)
