"""What the papers say is so, as far as a program can tell."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.plan import SCHEMA_VERSION
from optimizer.cli import app
from optimizer.report.write_tables import FILES
from optimizer.runtime.exit_codes import MEANINGS, ExitCode

ROOT = Path(__file__).parents[1]
PAPERS = ("README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md", "docs/using.md", "docs/trust.md")
MEASURED = r"\d[\d.,]*(?: |-| to )?(?:ms|s|min|minutes|seconds|hours|kB|MB|GB|MiB|GiB|%)(?![\w/%])"
"""A number with a unit of time, memory or gap."""
NO_MEASUREMENTS = {"1 GB", "8,760 hours"}
"""What a machine needs, and the hours of a year."""


def text_of(paper: str) -> str:
    return (ROOT / paper).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """Return a paper without what is quoted: commands, output, names."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("paper", PAPERS)
def test_no_section_stands_twice(paper: str) -> None:
    sections: list[tuple[str, str]] = []
    for marks, title in re.findall(r"^(##+) (.*)$", prose(text_of(paper)), flags=re.MULTILINE):
        above = sections[-1][0] if marks == "###" else title
        sections.append((above, title))
    assert len(sections) == len(set(sections)), sorted(sections)


@pytest.mark.parametrize("paper", PAPERS)
def test_what_was_measured_stands_on_the_page_that_a_script_makes(paper: str) -> None:
    assert set(re.findall(MEASURED, prose(text_of(paper)))) <= NO_MEASUREMENTS


@pytest.mark.parametrize("figure", ["takes 0.4 s", "20 to 40 ms from", "1.2 GB", "a gap of 0.33%", "13 % less", "98s."])
def test_a_measured_figure_is_seen(figure: str) -> None:
    assert re.search(MEASURED, figure)


@pytest.mark.parametrize("words", ["0..1", "20 EUR/MWh", "3.11", "to 1e-6", "16 days", "50 sites", "2 steps", "4a s"])
def test_other_numbers_are_none(words: str) -> None:
    assert not re.search(MEASURED, words)


@pytest.mark.parametrize("paper", PAPERS)
def test_files_that_are_named_exist(paper: str) -> None:
    names = re.findall(r"`((?:gigasite|models|optimizer|tests|inputs)/[\w./*]+)`", text_of(paper))
    assert [name for name in names if "NAME" not in name and not list(ROOT.glob(name))] == []


def test_outputs_that_the_readme_names_are_written() -> None:
    others = {
        "report.html",
        "plan.xlsx",
        "summary.md",
        "map.png",
        "plan.gpkg",
        "plan.json",
        "audit.json",
        "dispatch.parquet",
    }
    named = set(re.findall(r"^\| (`.*?) \|", text_of("docs/using.md"), flags=re.M))
    files = {file for cell in named for file in re.findall(r"`([\w.]+\.\w+)`", cell)}
    assert {file for file in files if "." in file} <= others | set(FILES.values())
    assert others <= files


def test_exit_codes_are_those_of_the_program() -> None:
    told = dict(re.findall(r"^\| (\d+) \| (.*) \|$", text_of("docs/using.md"), flags=re.M))
    meanings = dict(re.findall(r"(\d+) ([^·]+?)(?: ·|$)", MEANINGS))
    assert {int(code) for code in told} == {int(code) for code in meanings} == set(ExitCode)
    assert [code for code in told if not told[code].startswith(meanings[code])] == []


def test_the_schema_is_that_of_the_program() -> None:
    unreleased = text_of("CHANGELOG.md").split("\n## ")[1]
    assert re.findall(r"schema of plans is (\d+)", unreleased) == [str(SCHEMA_VERSION)]


@pytest.mark.long
def test_the_example_without_a_plan_is_what_the_program_prints(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"`--set siting.gigafactories_min=1`\):\n\n  ```\n(.*?) \.\.\.\n  ```", text_of("docs/trust.md"), re.S
    )
    words = [
        "solve",
        str(ROOT / "inputs/tutorial"),
        "--set",
        "siting.gigafactories_min=1",
        "--out",
        str(tmp_path / "plan"),
    ]
    printed = CliRunner().invoke(app, words)
    assert printed.exit_code == ExitCode.INFEASIBLE
    assert " ".join(example.split()) in " ".join(printed.output.split())
