"""Every column of the reference case says how it was tested, and the page of sources what its cells rest on."""

import pytest

from inputs.build import columns
from inputs.build.table import EUROPE, FACTS, read_csv
from models.case import Case
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings


@pytest.fixture(scope="module")
def europe() -> Case:
    return read_case(EUROPE, load_settings(EUROPE))


def test_every_column_is_listed_once(europe: Case) -> None:
    listed = [(row["table"], row["column"]) for row in read_csv(FACTS / "facts_columns.csv")]
    assert len({*listed}) == len(listed)
    assert {*listed} == {*columns.columns(europe)}


def test_every_column_says_how_it_was_tested() -> None:
    silent = [place for place, tested in columns.tested().items() if not tested.strip()]
    assert silent == [], "say in inputs/build/facts_columns.csv how they were tested, and what was found"


def test_the_section_on_columns_is_fresh() -> None:
    text = (EUROPE / "SOURCES.md").read_text(encoding="utf-8")
    assert text.count(columns.HEADING) == 1
    assert text.endswith("\n\n" + columns.column_section()), "stale: run `python inputs/build/all.py columns`"
