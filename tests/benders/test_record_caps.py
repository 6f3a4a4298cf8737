"""Caps on emissions are kept on every day of the record, not only on the days of the model."""

from dataclasses import replace

import numpy as np
import pytest

from models.case import Array, Case
from optimizer import session
from optimizer.benders.fix_and_reoptimise import fix_and_reoptimise
from optimizer.benders.full_year_dispatch import FullYearDispatch
from optimizer.benders.master_problem import Incumbent, MasterProblem
from optimizer.benders.solution import Solution
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings, parse_overrides
from optimizer.session import solve_case
from tests.conftest import TUTORIAL

CAP_KG_PER_MWH = 60.0


@pytest.fixture
def dirty() -> Case:
    """Give the tutorial on one of its days, its electricity 200 times as dirty as it is."""
    keys = ["time.representative_days=1", f"carbon.cap_kg_per_mwh={CAP_KG_PER_MWH}", "solve.gap_share=0.05"]
    case = read_case(TUTORIAL, load_settings(TUTORIAL, "base", parse_overrides(keys)))
    carbon = {zone: np.asarray(column) * 200 for zone, column in case.hourly["carbon"].items()}
    return replace(case, hourly={**case.hourly, "carbon": carbon})


def most_kg_per_mwh(case: Case, solution: Solution) -> float:
    """Return the highest mean of any period, over all days of the record."""
    assert solution.year is not None
    means = []
    for period in case.periods:
        days = [day for day in solution.year.days if day.period == period]
        means.append(1000 * sum(day.emission_t for day in days) / max(1.0, sum(day.draw_mwh for day in days)))
    return max(means)


def test_contracts_keep_the_cap_on_every_day_of_the_record(dirty: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = solve_case(dirty)

    def careless(master: MasterProblem, best: Incumbent, _: FullYearDispatch | None) -> tuple[Array, dict[str, float]]:
        return fix_and_reoptimise(master, best)

    monkeypatch.setattr(session, "fix_and_reoptimise", careless)
    broken = solve_case(dirty)
    assert most_kg_per_mwh(dirty, broken) > 1.1 * CAP_KG_PER_MWH
    assert most_kg_per_mwh(dirty, kept) <= CAP_KG_PER_MWH * (1 + 2e-4)
    dearer, cheaper = kept.stages[-1], broken.stages[-1]
    assert cheaper.plan_value < dearer.plan_value
    assert dearer.plan_gap_share <= dirty.settings.solve.gap_share
    assert [stage.bound for stage in kept.stages] == [stage.bound for stage in broken.stages]


def test_a_record_that_no_contract_can_clean_leaves_the_plan_as_it_is(
    dirty: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = solve_case(dirty)
    dirtier = FullYearDispatch.accounts

    def hopeless(record: FullYearDispatch, links: Array) -> object:
        results = dirtier(record, links)
        worse = [replace(each.accounts, value=each.accounts.value + 1e6) for each in results]
        return [replace(each, accounts=accounts) for each, accounts in zip(results, worse, strict=True)]

    monkeypatch.setattr(FullYearDispatch, "accounts", hopeless)
    left = solve_case(dirty)
    assert left.status == "solved"
    assert left.stages[-1].plan_value <= usual.stages[-1].plan_value
    assert most_kg_per_mwh(dirty, left) > CAP_KG_PER_MWH
