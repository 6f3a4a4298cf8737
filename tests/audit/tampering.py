"""Changes of a case or a plan, each of which breaks a rule, and the test that the audit sees them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from models.case import Array, Case
from models.plan import Plan
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, check

Question = tuple[Case, Plan]
Tampering = Callable[[Case, Plan], Question]


def with_case(case: Case, table: str, key: object = None, **columns: object) -> Case:
    """Return the case with columns of a table changed, in every row or in one."""
    rows = getattr(case, table)
    changed: dict[str, Any] = {
        table: {index: row.model_copy(update=columns) if key in (None, index) else row for index, row in rows.items()}
    }
    return replace(case, **changed)


def with_plan(plan: Plan, table: str, where: Callable[[Any], bool] = lambda _: True, **columns: object) -> Plan:
    """Return the plan with columns of a table changed, in every row or in some."""
    rows = tuple(row.model_copy(update=columns) if where(row) else row for row in getattr(plan, table))
    return plan.model_copy(update={table: rows})


def with_hours(plan: Plan, kind: str, hourly_value: float) -> Plan:
    """Return the plan with the first hour of every series of a kind changed."""
    array = plan.hourly.values[kind].copy()
    array[:, 0, 0, 0] = hourly_value
    return with_array(plan, kind, array)


def with_array(plan: Plan, kind: str, array: Array) -> Plan:
    values = {**plan.hourly.values, kind: array}
    return plan.model_copy(update={"hourly": plan.hourly.model_copy(update={"values": values})})


def inputs(table: str, key: object = None, **columns: object) -> Tampering:
    return lambda case, plan: (with_case(case, table, key, **columns), plan)


def answers(table: str, **columns: Any) -> Tampering:
    return lambda case, plan: (case, with_plan(plan, table, **columns))


def hours(kind: str, hourly_value: float) -> Tampering:
    return lambda case, plan: (case, with_hours(plan, kind, hourly_value))


def settings(section: str, **keys: object) -> Tampering:
    """Change the scenario of the case, and of the plan lest the form be what fails."""

    def tamper(case: Case, plan: Plan) -> Question:
        changed = getattr(case.settings, section).model_copy(update=keys)
        asked = case.settings.model_copy(update={section: changed})
        provenance = plan.provenance.model_copy(update={"scenario": asked.model_dump(mode="json")})
        return replace(case, settings=asked), plan.model_copy(update={"provenance": provenance})

    return tamper


def changes_of(number: float, kind: type) -> set[float]:
    if kind is int:
        return {number + 1, number - 1, -number} - {number}
    step = max(0.01, 0.01 * abs(number))
    return {number + step, number - step} | ({-number} if abs(number) > 1e-3 else set())


def breaking_test(checks: Registry, tamperings: Mapping[str, Tampering]) -> Callable[..., None]:
    """Return the test that each check of a registry fails where its rule is broken; every rule needs a change."""

    @pytest.mark.parametrize("rule", checks)
    def test(question: Question, rule: str) -> None:
        changes = {f"{rule.partition('.')[0]}.{name}": tampering for name, tampering in tamperings.items()}
        assert set(changes) == set(checks)
        assert not check(rule, checks[rule](AuditedPlan(*changes[rule](*question))), ()).passed

    return test
