from pathlib import Path
from threading import Event

import numpy as np
import pytest
from hypothesis import strategies as st

from models.case import Case
from models.plan import Plan
from optimizer.audit.audit import audit
from optimizer.benders.solution import Solution
from optimizer.case.provenance import provenance_of
from optimizer.extract.extract import extract
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.session import solve_case
from tests.cases import drafts
from tests.drafts import Draft
from tests.laws import FLOORS, for_all, often, worth


@often(40, 800)
def test_the_audit_finds_no_fault_and_the_money_sums_to_the_cost(number: int) -> None:
    def law(draft: Draft) -> None:
        case = draft.case()
        solution = solve_case(case)
        if np.isinf(worth(solution)):
            return
        plan = sound_plan(case, solution)
        parts = [entry.present_meur for entry in plan.money]
        assert solution.point is not None
        assert solution.baseline is not None
        baseline = np.array(list(solution.baseline.running_meur.values()))
        cost = solution.form.objective_value("cost", solution.point, baseline)
        assert sum(parts) == pytest.approx(cost, rel=1e-9, abs=1e-7)

    for_all(number, drafts(FLOORS), law)


def sound_plan(case: Case, solution: Solution) -> Plan:
    """Return the plan of a solution, in which the audit finds no fault."""
    plan = extract(case, solution, provenance_of(case, Path("draft"), "base", {}))
    assert [check for check in audit(case, plan).checks if not check.passed] == []
    return plan


@often(20, 800)
def test_a_run_stopped_at_any_time_leaves_a_sound_plan_or_none(number: int) -> None:
    def law(draft: Draft, reports: int) -> None:
        heard: list[Progress] = []
        stop = Event()

        def listen(report: Progress) -> None:
            heard.append(report)
            if len(heard) == reports:
                stop.set()

        case = draft.case()
        solution = solve_case(case, RunMonitor(listen, stop))
        if solution.has_plan:
            assert sound_plan(case, solution).proof.status in ("interrupted", "solved")
        else:
            assert solution.status in ("interrupted", "infeasible")

    for_all(number, st.tuples(drafts(FLOORS), st.integers(1, 15)), lambda both: law(*both))
