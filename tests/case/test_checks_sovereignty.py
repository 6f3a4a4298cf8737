"""Floors and ceilings of blocs that say nothing, or contradict the case: each is refused by its cell."""

import shutil
from pathlib import Path

import pytest

from optimizer.case.faults import CaseRefused
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from tests.conftest import TUTORIAL

HEADER = "level,bloc,workload,period,floor_share,ceiling_share,source,quality"
DECIDED = {"operators": True, "bloc": "union"}


def faults(folder: Path, row: str, sovereignty: dict[str, object], **question: object) -> str:
    """Return what the tutorial is refused for with a limit and keys of the scenario."""
    case = Path(shutil.copytree(TUTORIAL, folder / "case"))
    (case / "sovereignty_limits.csv").write_text(f"{HEADER}\n{row},test,estimate\n", encoding="utf-8")
    asked = {"sovereignty": sovereignty, "question": question}
    with pytest.raises(CaseRefused) as refused:
        read_case(case, load_settings(case, overrides=asked))
    return str(refused.value)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("territory,nowhere,any,any,0.5,1", "no such bloc in jurisdictions.csv"),
        ("territory,union,baking,any,0.5,1", "no such row in workloads.csv, and it is not `any`"),
        ("territory,union,any,p9,0.5,1", "no such row in periods.csv, and it is not `any`"),
        ("territory,union,any,any,0.5,0.4", "is above the ceiling_share of the same row, 0.4"),
        ("chip,union,training,any,0.5,1", "must be `any` at the level chip"),
    ],
)
def test_a_limit_of_what_there_is_not_is_refused(row: str, rule: str, tmp_path: Path) -> None:
    assert rule in faults(tmp_path, row, DECIDED)


def test_who_runs_a_site_must_be_decided_to_be_limited(tmp_path: Path) -> None:
    assert "needs sovereignty.operators = true" in faults(tmp_path, "operator,union,any,any,0.5,1", {})


def test_control_needs_operators_and_a_bloc_with_members(tmp_path: Path) -> None:
    found = faults(tmp_path, "territory,union,any,any,0,1", {"bloc": "unoin"}, objectives=["control", "cost"])
    assert "the objective control needs sovereignty.operators = true" in found
    assert "no such bloc in jurisdictions.csv" in found
