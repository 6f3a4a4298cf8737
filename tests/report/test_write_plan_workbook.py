import re
from itertools import combinations
from pathlib import Path
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook

from models.plan import RESULT_TABLES, Plan
from optimizer.report.headings import UNITS, heading_of, input_in_words
from optimizer.report.write_plan_workbook import TOTALS, sheet_of, write_plan_workbook
from tests.plans import hand_made_plan

FORMULAS = ('=cmd|" /C calc"!A0', "+1+1", "-2+3", "@SUM(1)", "\t=1", "https://example.org/")


@pytest.fixture
def book(tutorial_plan: Plan, tmp_path: Path) -> CalamineWorkbook:
    write_plan_workbook(tutorial_plan, tmp_path)
    return CalamineWorkbook.from_path(tmp_path / "plan.xlsx")


def formulas(file: Path) -> list[str]:
    with ZipFile(file) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        return [found for name in sheets for found in re.findall(r"<f>(.*?)</f>", parts.read(name).decode())]


def test_every_table_with_rows_is_a_sheet_with_every_cell_as_what_it_is(
    tutorial_plan: Plan, book: CalamineWorkbook
) -> None:
    filled = [name for name in RESULT_TABLES if getattr(tutorial_plan, name)]
    assert book.sheet_names == ["answer", "columns", *map(sheet_of, filled)]
    for name in filled:
        header, *rows = book.get_sheet_by_name(sheet_of(name)).to_python()
        fields = [*RESULT_TABLES[name].model_fields]
        assert header == [heading_of(field) for field in fields]
        found = sorted(tuple(row) for row in rows)
        expected = sorted(tuple(getattr(row, field) for field in fields) for row in getattr(tutorial_plan, name))
        for one, other in zip(found, expected, strict=True):
            for cell, value in zip(one, other, strict=True):
                if value is None:
                    assert cell == ""
                else:
                    assert cell == (value if isinstance(value, str) else pytest.approx(value, rel=1e-14, abs=1e-14))


def test_sheets_are_filtered_and_frozen(book: CalamineWorkbook, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "plan.xlsx") as parts:
        for number in range(2, len(book.sheet_names) + 1):
            sheet = parts.read(f"xl/worksheets/sheet{number}.xml").decode()
            assert "<autoFilter " in sheet
            assert 'state="frozen"' in sheet


def test_totals_alone_are_formulas_and_say_what_their_columns_add_up_to(
    tutorial_plan: Plan, book: CalamineWorkbook, tmp_path: Path
) -> None:
    found = formulas(tmp_path / "plan.xlsx")
    assert len(found) == sum(bool(getattr(tutorial_plan, table)) for table, _ in TOTALS.values())
    answer = {row[0]: row[1] for row in book.get_sheet_by_name("answer").to_python()}
    for formula, (label, (table, field)) in zip(found, TOTALS.items(), strict=False):
        sheet, first, last = re.fullmatch(r"SUM\((\w+)!([A-Z]+)2:\2(\d+)\)", formula).groups()  # type: ignore[union-attr]
        assert sheet == sheet_of(table)
        rows = book.get_sheet_by_name(sheet).to_python()
        column = ord(first) - ord("A")
        assert (rows[0][column], len(rows)) == (heading_of(field), int(last))
        assert answer[label] == pytest.approx(sum(getattr(row, field) for row in getattr(tutorial_plan, table)))


def test_nothing_in_a_name_is_computed(tmp_path: Path) -> None:
    plan = hand_made_plan()
    sites = tuple(row.model_copy(update={"name": FORMULAS[place]}) for place, row in enumerate(plan.sites))
    write_plan_workbook(plan.model_copy(update={"sites": sites, "title": FORMULAS[0]}), tmp_path)
    assert all(formula.startswith("SUM(") for formula in formulas(tmp_path / "plan.xlsx"))
    with ZipFile(tmp_path / "plan.xlsx") as parts:
        assert not [name for name in parts.namelist() if "vba" in name.lower() or "external" in name.lower()]
        assert not [name for name in parts.namelist() if b"<hyperlink" in parts.read(name)]
        assert b'quotePrefix="1"' in parts.read("xl/styles.xml")
    rows = CalamineWorkbook.from_path(tmp_path / "plan.xlsx").get_sheet_by_name("sites").to_python()
    assert {row[2] for row in rows[1:]} == set(FORMULAS)


def test_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        write_plan_workbook(hand_made_plan(), tmp_path / name)
    assert (tmp_path / "one" / "plan.xlsx").read_bytes() == (tmp_path / "other" / "plan.xlsx").read_bytes()


def test_headings_hold_the_unit_that_ends_a_field() -> None:
    assert heading_of("servers_mw") == "servers (MW)"
    assert heading_of("price_eur_per_mwh") == "price (EUR/MWh)"
    assert heading_of("pue_annual") == "PUE annual"
    assert heading_of("site") == "site"
    assert input_in_words("countries.building_factor") == "building factor (countries)"
    assert input_in_words("sites.station") == "climate"
    quantities = {field for kind in RESULT_TABLES.values() for field in kind.model_fields if field.endswith("_mwh")}
    assert all(heading_of(field).endswith("MWh)") for field in quantities)
    assert not [(one, other) for one, other in combinations(UNITS, 2) if other.endswith(f"_{one}")]
