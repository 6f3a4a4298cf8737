"""The page of a study's findings: made from its tables, and the committed one from those committed beside it."""

import hashlib
from pathlib import Path

import pytest
from SALib.sample import morris as morris_sample
from typer.testing import CliRunner

from optimizer.cli import app
from optimizer.runtime.exit_codes import ExitCode
from optimizer.study.figures import described_by
from optimizer.study.page import page_of
from tests.study.drawn import (
    BASE_ROW,
    MORRIS_SIZE,
    PROBLEM,
    SEED,
    design_of,
    prices_of,
    results_of,
    sample,
    write_study,
)

HEADLINE = Path(__file__).parents[2] / "outputs" / "headline.md"
DESIGNS = {
    "one_at_a_time": [BASE_ROW, [30.0, 5.0, 0.5], [80.0, 5.0, 0.5], [40.0, 6.0, 0.5], [40.0, 5.0, 1.0]],
    "morris": [BASE_ROW, *morris_sample.sample(PROBLEM, MORRIS_SIZE, seed=SEED).tolist()],
    "latin_hypercube": [BASE_ROW, *sample()],
}


def written(folder: Path, method: str = "latin_hypercube", gap: float = 20.0) -> Path:
    """Return the folder of a study without prices, in which dear caps leave no plan."""
    design = design_of(DESIGNS[method])
    results = results_of(design, gap, lambda row: method == "latin_hypercube" and row["cap"] > 8)
    write_study(folder, method, design, results, prices_of(design).iloc[:0])
    return folder


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["sensitivity", *map(str, arguments)])
    assert result.exit_code == ExitCode.SOLVED, result.output
    return result.stdout


@pytest.mark.parametrize("method", [*DESIGNS])
def test_the_page_follows_from_the_tables_beside_it(method: str, tmp_path: Path) -> None:
    shown = run(written(tmp_path / "study", method), "--page", tmp_path / "found.md")
    page = (tmp_path / "found.md").read_text(encoding="utf-8")
    assert page == page_of(tmp_path / "found")
    assert shown == f"{page}\n"
    for name in ("effects", "sites", "flips" if method == "one_at_a_time" else "drivers"):
        assert {(tmp_path / "found" / f"{name}.{ending}").is_file() for ending in ("csv", "parquet")} == {True}
    for picture in (tmp_path / "found").glob("*.svg"):
        assert f"]({picture.parent.name}/{picture.stem}.png)" in page


def test_the_page_says_what_decides_what_does_not_and_which_site_is_sure(tmp_path: Path) -> None:
    page = run(written(tmp_path / "study"), "--page", tmp_path / "found.md")
    decides = next(line for line in page.splitlines() if line.startswith("**cost**"))
    before, _, after = decides.partition("Within the gap")
    assert "`price`" in before
    assert "`cap`" in before
    assert "`idle`" in after
    assert "1 of the 2 sites that any run chose is in every plan found: ALWAYS." in page
    assert "| infeasible | 8 | no plan keeps every rule |" in page
    assert "| DEAR | price |" in page


def test_where_the_gap_is_wide_no_factor_decides(tmp_path: Path) -> None:
    page = run(written(tmp_path / "study", gap=900.0), "--page", tmp_path / "found.md")
    assert "**cost**: No factor has an effect larger than the gap. Within the gap: `price`, `cap`, `idle`." in page


def test_what_is_proved_for_one_run_stands_beside_the_frequency(tmp_path: Path) -> None:
    (tmp_path / "proved.csv").write_text("site,stands\nALWAYS,all\nDEAR,some\n")
    study = written(tmp_path / "study")
    page = run(study, "--page", tmp_path / "found.md", "--alternatives", tmp_path / "proved.csv")
    assert "| all |" in next(line for line in page.splitlines() if line.startswith("| ALWAYS |"))


def test_a_measure_may_be_asked_for(tmp_path: Path) -> None:
    run(written(tmp_path / "study"), "--measure", "new_mw")
    effects = (tmp_path / "study" / "sensitivity" / "effects.csv").read_text()
    assert "new_mw" in effects
    assert "cost" not in effects


def test_pictures_are_the_same_bytes_for_the_same_data_and_name_it(tmp_path: Path) -> None:
    study = written(tmp_path / "study")
    hashes = []
    for page in ("one/found.md", "two/found.md"):
        (tmp_path / page).parent.mkdir()
        run(study, "--page", tmp_path / page)
        folder = (tmp_path / page).with_suffix("")
        hashes.append({each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()})
        assert_pictures_show(folder)
    assert hashes[0] == hashes[1]
    assert {"effects.png", "effects.svg", "sites.png", "drivers.svg"} <= {*hashes[0]}


def assert_pictures_show(folder: Path) -> None:
    """Every picture names the table beside it as it is now."""
    pictures = [*folder.glob("*.png")]
    assert pictures
    for picture in pictures:
        told = described_by(picture.with_suffix(".csv"))
        assert all(told.encode() in path.read_bytes() for path in (picture, picture.with_suffix(".svg")))


def test_a_folder_that_holds_no_study_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["sensitivity", str(tmp_path)])
    assert result.exit_code == ExitCode.USAGE
    assert "holds no study with results" in result.output


def test_the_committed_findings_follow_from_the_data_committed_beside_them() -> None:
    """Before the shipped study has run there is neither page nor data; never one without the other."""
    folder = HEADLINE.with_suffix("")
    assert HEADLINE.is_file() == folder.is_dir()
    if HEADLINE.is_file():
        assert HEADLINE.read_text(encoding="utf-8") == page_of(folder)
        assert_pictures_show(folder)
