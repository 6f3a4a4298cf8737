import pyomo.environ as pyo
import pytest

from models.case import Case
from models.formulation import build
from tests.models.paper import paper_case


@pytest.fixture(scope="session")
def case() -> Case:
    """Give the case that fits on paper."""
    return paper_case()


@pytest.fixture(scope="session")
def model(case: Case) -> pyo.ConcreteModel:
    """Give its whole model, every day written out; tests read it and leave it as it is."""
    return build(case)
