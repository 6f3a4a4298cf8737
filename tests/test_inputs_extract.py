"""The reference case is built from raw files: extractors first, all of them, and what is missing is named before."""

import inspect
import sys
from pathlib import Path
from types import ModuleType

import pytest

from inputs.build import all as build
from inputs.build import extract_aqueduct, table
from inputs.build.places import COUNTRIES
from inputs.build.table import EUROPE, read_csv

ROOT = EUROPE.parents[1]


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder that holds the scores of water stress alone, all of class 2; facts go into its folder `facts`."""
    (tmp_path / "facts").mkdir()
    monkeypatch.setattr(table, "FACTS", tmp_path / "facts")
    names = [*COUNTRIES.values(), *extract_aqueduct.ALIASES]
    (tmp_path / "water").mkdir()
    lines = ["name_0,bws_cat_0_4", *(f"{name},2" for name in names)]
    (tmp_path / "water" / "aqueduct_country_scores.csv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def builder(monkeypatch: pytest.MonkeyPatch, raw: Path) -> list[int]:
    """Put a script in place of all others; it notes how many facts it finds extracted."""
    found: list[int] = []
    script = ModuleType("counting")
    script.main = lambda: found.append(len([*(raw / "facts").iterdir()]))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "inputs.build.counting", script)
    monkeypatch.setattr(build, "SCRIPTS", ("counting",))
    return found


def test_facts_are_extracted_before_anything_is_built(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "EXTRACTORS", ("extract_aqueduct",))
    found = builder(monkeypatch, raw)
    build.main(["--raw", str(raw)])
    assert found == [1]
    assert {row["stress_class"] for row in read_csv(raw / "facts" / "facts_stress.csv")} == {"2"}


def test_without_a_raw_folder_nothing_is_extracted(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = builder(monkeypatch, raw)
    build.main([])
    assert found == [0]


def test_every_missing_file_is_named_and_nothing_is_built(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = builder(monkeypatch, raw)
    with pytest.raises(SystemExit) as end:
        build.main(["--raw", str(raw)])
    head, *told = str(end.value.code).splitlines()
    assert "missing" in head
    assert [line.partition(":")[0] for line in told] == [one for one in build.EXTRACTORS if one != "extract_aqueduct"]
    assert [line for line in told if str(raw) not in line or "from" not in line] == []
    assert found == []


@pytest.mark.parametrize("name", build.EXTRACTORS)
def test_an_extractor_takes_the_raw_folder(name: str) -> None:
    module = __import__(f"inputs.build.{name}", fromlist=["main"])
    first, *others = inspect.signature(module.main).parameters.values()
    assert (first.name, first.annotation) == ("raw", Path)
    assert all(one.default is not one.empty for one in others)


def test_the_table_of_sources_names_every_extractor() -> None:
    text = (EUROPE / "SOURCES.md").read_text(encoding="utf-8")
    assert [name for name in build.EXTRACTORS if f"`{name}.py`" not in text] == []
    assert '--raw "$(RAW)"' in (ROOT / "Makefile").read_text(encoding="utf-8")
