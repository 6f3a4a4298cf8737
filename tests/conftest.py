"""The tutorial case, read and solved once for all tests."""

import os
from pathlib import Path

import pytest

from models.case import Case
from models.plan import Plan
from optimizer.benders.solution import Solution
from optimizer.case.provenance import provenance_of
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.extract.extract import extract
from optimizer.extract.full_year import with_year
from optimizer.session import solve_case
from tests.locations import NAMED
from tests.skips import pytest_make_collect_report, pytest_runtest_makereport
from tests.years import brute_year

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]
collect_ignore = [] if NAMED in os.environ else ["test_published.py"]
"""What lacks a folder of published instances is not there, rather than skipped."""
TUTORIAL = Path(__file__).parents[1] / "inputs" / "tutorial"


@pytest.fixture(scope="session")
def tutorial_case() -> Case:
    """Give the tutorial, read."""
    return read_case(TUTORIAL, load_settings(TUTORIAL))


@pytest.fixture(scope="session")
def tutorial_solution(tutorial_case: Case) -> Solution:
    """Give the tutorial, solved to its own gap."""
    return solve_case(tutorial_case)


@pytest.fixture(scope="session")
def tutorial_plan(tutorial_case: Case, tutorial_solution: Solution) -> Plan:
    """Give the plan of the tutorial, its record replayed."""
    plan = extract(tutorial_case, tutorial_solution, provenance_of(tutorial_case, TUTORIAL, "base", {}))
    return with_year(tutorial_case, plan, brute_year(tutorial_case, plan))
