"""`gigasite cut`: lists as people write them, and a case that solves."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import gigasite
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.cli import app

TUTORIAL = str(Path(__file__).parents[2] / "inputs" / "tutorial")


def call(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["cut", TUTORIAL, *words])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    "words",
    [
        ("--countries", "FR", "PL", "--out", "{}"),
        ("--out", "{}", "--countries", "FR", "PL"),
        ("--countries=FR", "--countries=PL", "--out", "{}"),
        ("--countries", "FR,PL", "--neighbours", "keep", "--out={}"),
    ],
)
def test_lists_are_read_however_they_are_written(words: tuple[str, ...], tmp_path: Path) -> None:
    target = tmp_path / "cut"
    code, said = call(*(word.format(target) for word in words))
    assert code == 0, said
    assert {row.country for row in read_case(target, load_settings(target)).sites.values()} == {"FR", "PL"}
    assert "Kept: " in said
    assert f"gigasite check {target}" in said.replace("\n", "")


def test_a_cut_solves_and_passes_its_audit(tmp_path: Path) -> None:
    assert call("--sites", "LODZ", "LYON", "--neighbours", "drop", "--out", str(tmp_path / "cut"))[0] == 0
    case = gigasite.read_case(tmp_path / "cut")
    plan = gigasite.solve(case)
    assert plan.proof.status == "solved"
    assert gigasite.audit(case, plan).sound
    assert {row.site for row in plan.sites} <= {"LODZ", "LYON"}


def test_wrong_usage_and_wrong_names_write_nothing(tmp_path: Path) -> None:
    target = tmp_path / "cut"
    assert call("--out", str(target))[0] == 2
    code, said = call("--zones", "EASTT", "--out", str(target))
    assert code == 3
    assert "--zones = 'EASTT': no such row in zones.csv (did you mean 'EAST'?)" in said
    assert not [*tmp_path.iterdir()]
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    code, said = call("--zones", "EAST", "--out", str(target))
    assert code == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["cut", "mine.txt"]


def test_a_cut_does_not_go_into_its_case(tmp_path: Path) -> None:
    case = Path(shutil.copytree(TUTORIAL, tmp_path / "case"))
    result = CliRunner().invoke(app, ["cut", str(case), "--zones", "EAST", "--out", str(case / "east")])
    assert result.exit_code == 2
    assert not (case / "east").exists()
