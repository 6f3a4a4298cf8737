"""Published instances, from the folder that GIGASITE_BENCHMARKS names; `make test-long` takes them where it does."""

from pathlib import Path

import pytest

from optimizer.case.provenance import provenance_of
from optimizer.case.read import read_case
from optimizer.extract.extract import extract
from optimizer.proof.certify import certify
from optimizer.session import solve_case
from tests.locations import location_draft, or_library

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    ("name", "optimum"),
    [("cap41", 1040444.375), ("cap71", 932615.75), ("cap101", 796648.4375), ("cap131", 793439.5625)],
)
def test_warehouses_of_or_library_cost_their_published_optimum_by_any_arithmetic(
    name: str, optimum: float, tmp_path: Path
) -> None:
    draft = location_draft(or_library(name))
    draft.write(tmp_path)
    case = read_case(tmp_path, draft.settings)
    solution = solve_case(case)
    (stage,) = solution.stages
    assert solution.status == "solved"
    assert stage.value * 1000 == pytest.approx(optimum, rel=1e-6)
    assert stage.bound * 1000 == pytest.approx(optimum, rel=1e-6)
    plan = extract(case, solution, provenance_of(case, tmp_path, "base", {}))
    (proof,) = (proved for proved in certify(case, plan, seconds=60) if proved.figure == "cost")
    assert proof.passed
    assert proof.at_least is not None
    assert proof.at_least * 1000 == pytest.approx(optimum, rel=2e-6)
    assert proof.at_least * 1000 <= optimum * (1 + 1e-9), "a bound that believes no solver"
