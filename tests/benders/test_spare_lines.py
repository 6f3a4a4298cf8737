"""Cover over lines within what the system without new data centres leaves free."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from models.case import Case
from models.day_parameters import day_layout
from models.plan import Plan
from models.stress_hours import stress_hours
from optimizer.audit.audit import audit
from optimizer.audit.operation import Operation
from optimizer.benders.solution import Solution
from optimizer.case.provenance import provenance_of
from optimizer.extract.extract import extract
from optimizer.session import Session, solve_case
from tests.audit.tampering import with_plan
from tests.cases import drafts
from tests.drafts import Draft, row
from tests.laws import FLOORS, for_all, near, often, worth, worth_of
from tests.networks import network
from tests.test_properties import sound_plan
from tests.variants import with_section
from tests.written import optimum, written_out


def limited(draft: Draft, **power: object) -> Draft:
    """Return the draft with cover over lines limited to what is spare."""
    return with_section(draft, "power", lambda _: {"cover_spare_lines": True, **power})


@pytest.mark.parametrize(
    ("own_mw", "forward_mw"),
    [
        (0.0, 10.0),  # all 50 MW of the load come over the line of 60
        (25.0, 35.0),  # as cheap at home: of the dispatches that cost the same, that which leaves most free
    ],
)
def test_what_a_line_has_free_by_hand(own_mw: float, forward_mw: float) -> None:
    plants = [("cheap", "A", 200.0, 10.0), ("alike", "B", own_mw, 10.0), ("dear", "B", 100.0, 90.0)]
    line = row("lines", line="A-B", from_zone="A", to_zone="B", forward_mw=60, backward_mw=40)
    draft = limited(network("free", {"A": 20.0, "B": 50.0}, plants, [line]))
    baseline = solve_case(draft.case()).baseline
    assert baseline is not None
    free = {key: pytest.approx(mw) for key, mw in baseline.spare_mw.items()}
    assert free == {("A-B", "P", "forward"): forward_mw, ("A-B", "P", "backward"): 40.0}


@often(12, 400)
def test_the_engine_agrees_with_the_formulation_and_the_audit_with_the_engine(number: int) -> None:
    def law(draft: Draft, share: float) -> None:
        case = limited(draft, cover_stress_share=share, cover_share=1.0, cover_import_share=1.0).case()
        solution = solve_case(case)
        goal = case.settings.question.objectives[0]
        assert optimum(written_out(case, solution.baseline)[goal]) == near(worth(solution))
        if solution.has_plan:
            sound_plan(case, solution)

    for_all(number, st.tuples(drafts(FLOORS), st.sampled_from([0.05, 0.5, 1.0])), lambda drawn: law(*drawn))


@often(10, 400)
def test_the_auditor_finds_the_same_stress_hours(number: int) -> None:
    def law(draft: Draft, share: float) -> None:
        case = limited(draft, cover_stress_share=share).case()
        audited = Operation(case, Plan.model_construct())  # type: ignore[call-arg]  # no plan is read
        for period in case.periods:
            for zone, stressed in stress_hours(case, day_layout(case), period).items():
                assert np.array_equal(stressed, audited.stress_hours(zone, period))

    for_all(number, st.tuples(drafts(FLOORS), st.sampled_from([0.05, 0.3, 1.0])), lambda drawn: law(*drawn))


@often(6, 300)
def test_less_room_never_helps(number: int) -> None:
    def law(draft: Draft) -> None:
        free = with_section(draft, "power", lambda _: {"cover_share": 1.0, "cover_import_share": 1.0})
        held, most = worth_of(limited(free)), worth_of(free)
        assert held >= most or held == near(most)

    for_all(number, drafts(FLOORS), law)


@pytest.fixture(scope="module")
def spare(tutorial_case: Case) -> tuple[Case, Solution, Plan]:
    """Give the tutorial with the rule, solved."""
    power = tutorial_case.settings.power.model_copy(update={"cover_spare_lines": True, "cover_import_share": 1.0})
    case = replace(tutorial_case, settings=tutorial_case.settings.model_copy(update={"power": power}))
    solution = solve_case(case)
    return case, solution, extract(case, solution, provenance_of(case, Path("draft"), "base", {}))


def test_more_than_is_free_costs_the_system_and_the_audit_finds_it(spare: tuple[Case, Solution, Plan]) -> None:
    case, _, plan = spare
    assert audit(case, plan).sound
    for column in ("spare_forward_mw", "spare_backward_mw"):
        scarce = [row for row in plan.lines if getattr(row, column) < getattr(case.lines[row.line], column[6:])]
        assert scarce
        for line in scarce:
            more = with_plan(plan, "lines", line.__eq__, **{column: getattr(line, column) + 20})
            broken = [check.rule for check in audit(case, more).checks if not check.passed]
            assert "power.what_lines_leave_free_costs_the_system_nothing" in broken


def test_a_session_answers_with_the_rule_and_without_as_if_asked_alone(spare: tuple[Case, Solution, Plan]) -> None:
    case, alone, _ = spare
    power = case.settings.power.model_copy(update={"cover_spare_lines": False})
    free = replace(case, settings=case.settings.model_copy(update={"power": power}))
    with Session(free) as session:
        values = [[stage.value for stage in session.solve(each).stages] for each in (None, case, None)]
    assert values[0] == values[2]
    assert values[1] == pytest.approx([stage.value for stage in alone.stages], rel=1e-6)
    assert np.isfinite(values).all()
