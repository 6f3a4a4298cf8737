"""Nothing is asked for that nothing reads: every column and every key serves a rule, the model or a page."""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel

from models.case import TABLES, FundCountry, Row, SovereigntyLimit
from models.settings import Section
from optimizer.audit.audit import audit
from optimizer.case.plausibility import PLAUSIBILITY_CHECKS
from optimizer.case.plausibility_units import numbers_are_of_the_usual_size
from optimizer.case.provenance import provenance_of
from optimizer.case.read import read_case, read_inputs
from optimizer.case.settings import load_settings, setting_fields
from optimizer.extract.extract import extract
from optimizer.program.extensive_form import build_extensive_form
from optimizer.report.write_plan import fill_folder
from optimizer.runtime.estimate import check_size
from optimizer.session import solve_case
from tests.conftest import TUTORIAL
from tests.drafts import row

FOR_THE_READER = {"name", "source", "quality", "title"}
"""What only people read, and the writers copy."""
SELDOM: dict[str, dict[str, float]] = {
    "time": {"representative_days": 1},
    "matching": {"target_share": 0.1, "storage": True, "import_share": 0.1},
    "money": {"operation_paid": True},
    "siting": {"gigafactories_min": 1, "gigafactory_kchips": 1.0, "gigafactories_weighed": 1},
    "solve": {"memory_gb": 0.001, "allow_large": True},
    "risk": {"cvar_weight": 0.5},
    "resilience": {"sites_lost": 1, "share": 0.1},
}
"""A question of what only some ask for: days chosen, matching, gigafactories, too little memory, futures, losses."""
LEFT_OUT = {"shared_risks.kind", "operators.seat", "regions.population_people"}
"""Columns that nothing is computed from: a table may leave them out, and their description says so."""


@pytest.fixture
def seen() -> Iterator[set[tuple[str, str]]]:
    """Note every attribute of a row or a section that is read from now on."""
    found: set[tuple[str, str]] = set()

    def noting(self: BaseModel, name: str) -> object:
        found.add((type(self).__name__, name))
        return object.__getattribute__(self, name)

    for kind in (Row, Section):
        kind.__getattribute__ = noting  # type: ignore[method-assign,assignment]
    yield found
    for kind in (Row, Section):
        del kind.__getattribute__


def test_every_column_and_key_is_read_between_the_tables_and_the_plan(
    seen: set[tuple[str, str]], tmp_path: Path
) -> None:
    """The rule on believable sizes reads every number, and so counts for none."""
    settings = load_settings(TUTORIAL, overrides={"power": {"cover_spare_lines": True}})
    case = read_case(TUTORIAL, settings)
    tables = read_inputs(TUTORIAL, settings).tables
    for doubt in PLAUSIBILITY_CHECKS:
        if doubt is not numbers_are_of_the_usual_size:
            assert [*doubt(tables, case)] == []
    check_size(read_case(TUTORIAL, load_settings(TUTORIAL, overrides=SELDOM)))
    build_extensive_form(read_case(TUTORIAL, load_settings(TUTORIAL, overrides=SELDOM)))
    by_compute = {"siting": {**SELDOM["siting"], "gigafactory_by": "h100e"}}
    build_extensive_form(read_case(TUTORIAL, load_settings(TUTORIAL, overrides={**SELDOM, **by_compute})))
    assert load_settings(TUTORIAL, overrides=SELDOM).risk.worth([0.0, 2.0], [0.5, 0.5]) == 1.5
    offered = {key: row.model_copy(update={"interruptible_mw": 5.0}) for key, row in case.headrooms.items()}
    assert build_extensive_form(
        replace(case, headrooms=offered, hourly={**case.hourly, "uninterrupted": {}})
    ).values.size
    cells = {"level": "control", "bloc": "union", "workload": "any", "period": "any", "floor_share": 0.1}
    limit = SovereigntyLimit.model_validate(row("sovereignty_limits", **cells))
    run = read_case(TUTORIAL, load_settings(TUTORIAL, overrides={"sovereignty": {"operators": True}}))
    assert build_extensive_form(
        replace(run, sovereignty_limits={("control", "union", "any", "any"): limit})
    ).values.size
    public = case.funds["public"].model_copy(update={"matched_by": "state"})
    state = public.model_copy(update={"fund": "state", "kind": "state", "matched_by": ""})
    paid = FundCountry(fund="public", country="SE", floor_meur=10, source="test", quality="estimate")
    matched = {**case.funds, "public": public, "state": state}
    assert build_extensive_form(replace(case, funds=matched, fund_countries={("public", "SE"): paid})).values.size
    plan = extract(case, solve_case(case), provenance_of(case, TUTORIAL, "base", {}))
    fill_folder(tmp_path, plan, audit(case, plan), TUTORIAL)
    unread = [
        f"{name}.{column}"
        for name, kind in TABLES.items()
        for column, field in kind.model_fields.items()
        if (kind.__name__, column) not in seen and column not in {*kind.key, *FOR_THE_READER}
    ]
    read = {name for _, name in seen} | FOR_THE_READER
    keys = [path for path in setting_fields() if path.rpartition(".")[2] not in read]
    assert {*unread} == LEFT_OUT
    assert keys == [], keys


def test_what_nothing_is_computed_from_may_be_left_out(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TUTORIAL, tmp_path / "case"))
    for place in LEFT_OUT:
        name, column = place.split(".")
        field = TABLES[name].model_fields[column]
        assert not field.is_required()
        assert "for the reader" in str(field.description)
        rows = [*csv.reader((folder / f"{name}.csv").read_text().splitlines())]
        kept = [position for position, title in enumerate(rows[0]) if title != column]
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([[row[position] for position in kept] for row in rows])
    case = read_case(folder, load_settings(folder))
    assert case.regions["paris"].population_people == 0
    assert case.operators["home"].seat == ""
    assert case.chips["gpu_a"].server_kw == 1
    assert len(case.sites) == 5
