from collections.abc import Iterator
from dataclasses import replace

import pytest
from pyomo.environ import ConcreteModel

from models.case import Case
from models.formulation import build
from models.plan import RESULT_TABLES, From, Plan
from models.terms import component_of
from optimizer.extract.tables import indices
from tests.audit.tampering import with_case
from tests.models.paper import asking

DECLARED = [name for name, kind in RESULT_TABLES.items() if kind.rows]


def sources(table: str) -> Iterator[tuple[str, From]]:
    for column, field in RESULT_TABLES[table].model_fields.items():
        yield from ((column, source) for source in field.metadata if isinstance(source, From))


@pytest.fixture(scope="module")
def case(tutorial_case: Case) -> Case:
    matched = {"target_share": 0.5, "strict": True, "storage": True, "import_share": 0.1}
    found = asking(asking(tutorial_case, "matching", **matched), "siting", closing=True)
    found = asking(found, "power", contract_years=8.0, cover_energy_share=1.0)
    found = asking(found, "carbon", cap_by="site")
    found = asking(found, "money", operation_paid=True)
    found = with_case(found, "technologies", "battery", carries_over=True)
    found = with_case(found, "technologies", "nuclear", unit_mw=2.0, on_site=True, lead_years=0.0)
    small = found.potentials["WEST", "wind"].model_copy(update={"technology": "nuclear", "potential_mw": 4.0})
    found = replace(found, potentials=dict(sorted({**found.potentials, ("WEST", "nuclear"): small}.items())))
    return with_case(found, "headrooms", interruptible_mw=12.0, interrupted_share=0.2)


@pytest.fixture(scope="module")
def model(case: Case) -> ConcreteModel:
    return build(case, master_part=True)


@pytest.mark.parametrize("table", DECLARED)
def test_nothing_of_a_declared_component_is_left_out(table: str, case: Case, model: ConcreteModel) -> None:
    """Every entry of it has a row: one indexed otherwise than the table would be read as 0."""
    kind = RESULT_TABLES[table]
    columns = kind.rows_over or kind.key
    rows = [dict(zip(columns, index, strict=True)) for index in indices(kind, case, model)]
    for column, source in sources(table):
        keys = {tuple(row[part] for part in source.over or columns) for row in rows}
        listed = {key if isinstance(key, tuple) else (key,) for key in component_of(model, source.component)}
        assert listed, column
        assert listed <= keys, column


@pytest.mark.parametrize("table", [name for name in DECLARED if RESULT_TABLES[name].sparse])
def test_only_rows_that_say_something_are_there(table: str, tutorial_plan: Plan) -> None:
    columns = [column for column, _ in sources(table)]
    assert not columns or all(any(getattr(row, column) for column in columns) for row in getattr(tutorial_plan, table))


def test_a_line_is_congested_in_the_hours_in_which_it_is_full(tutorial_case: Case, tutorial_plan: Plan) -> None:
    weights = [day.weight for day in tutorial_case.days]
    for row in tutorial_plan.lines:
        place, line = tutorial_plan.hourly.periods.index(row.period), tutorial_case.lines[row.line]
        sent = {way: tutorial_plan.hourly.by_key(f"{way}_mw")[row.line][place] for way in ("forward", "backward")}
        full = (sent["forward"] >= line.forward_mw - 1e-3) | (sent["backward"] >= line.backward_mw - 1e-3)
        assert row.congested_hours == pytest.approx(float(weights @ full.sum(axis=1)))
    assert any(row.congested_hours for row in tutorial_plan.lines)
    assert not all(row.congested_hours for row in tutorial_plan.lines)
