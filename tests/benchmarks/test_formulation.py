"""Every variant of the siting core has the same optimum: what is measured is a formulation, not another question."""

from dataclasses import replace

import numpy as np
import pytest

from models.case import Array, Case
from optimizer.explain.limit_input import with_setting
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import run_highs
from tests.benchmarks.formulation import VARIANTS, core, varied
from tests.benchmarks.siting_core import mean_price_eur_per_mwh

Core = tuple[LinearProgram, dict[str, tuple[Array, float]]]


@pytest.fixture(scope="module")
def cores(tutorial_case: Case) -> list[Core]:
    """Give the core of the tutorial, and of one without committed compute whose regions all need a site in reach."""
    sites = {
        name: row.model_copy(update={"committed_mw": 0.0} if row.status == "committed" else {})
        for name, row in tutorial_case.sites.items()
    }
    asking = with_setting(tutorial_case.settings, "siting.sites_min", 1)
    return [core(tutorial_case), core(replace(tutorial_case, sites=sites, settings=asking))]


def optimum(program: LinearProgram, goals: dict[str, tuple[Array, float]], goal: str) -> float:
    """Return the best value of a goal."""
    vector, constant = goals[goal]
    sign = -1.0 if goal == "compute" else 1.0
    wide = np.zeros(len(program.lower))
    wide[: len(vector)] = sign * vector
    outcome = run_highs(replace(program, cost=wide, offset=sign * constant), monitor=RunMonitor(), seconds=60, gap=1e-9)
    assert outcome.status == "optimal"
    return outcome.objective


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_has_the_optimum_of_the_formulation(cores: list[Core], name: str) -> None:
    for program, goals in cores:
        for goal in ("compute", "cost"):
            usual = optimum(varied(program, VARIANTS["as formulated"]), goals, goal)
            assert optimum(varied(program, VARIANTS[name]), goals, goal) == pytest.approx(usual, rel=1e-6)


def test_a_variant_differs_from_the_formulation(cores: list[Core]) -> None:
    usual = varied(cores[1][0], VARIANTS["as formulated"]).row_names
    others = [varied(cores[1][0], variant) for name, variant in VARIANTS.items() if name != "as formulated"]
    assert all(other.row_names != usual for other in others)


def test_the_mean_price_is_that_of_a_plant(tutorial_case: Case) -> None:
    dearest = max(row.marginal_eur_per_mwh for row in tutorial_case.technologies.values())
    for period in tutorial_case.periods:
        assert 0 < mean_price_eur_per_mwh(tutorial_case, period) <= dearest
