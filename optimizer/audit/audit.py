"""The audit: a second, independent account of a written plan, from the raw inputs, without the formulation.

Every rule of the formulation is checked under its own name against the plan's decisions, and every reported number is
worked out afresh, to 1e-6 of the limit or of the largest term. What needs a solver is taken as stated: emissions and
running cost of the system without data centres and the bounds of the proof (`optimizer/proof` proves those in exact
arithmetic), what a limit is worth, but for its sign, and of the whole year what the days outside a sample cost.
"""

from collections.abc import Mapping

from models.case import Case
from models.plan import Plan
from optimizer.audit import (
    binding_limits,
    budget,
    dispatch,
    full_year,
    objectives,
    power,
    result_tables,
    schema_checks,
    servers,
    siting,
)
from optimizer.audit.audit_report import AuditReport, Check
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Rule, check

BOOKS = (
    siting.BOOK,
    servers.BOOK,
    power.BOOK,
    dispatch.BOOK,
    budget.BOOK,
    objectives.BOOK,
    result_tables.BOOK,
    binding_limits.BOOK,
    full_year.BOOK,
)
"""The last one only where the plan was replayed."""


def audit(case: Case, plan: Plan) -> AuditReport:
    """Return the verdict on a plan, one check per rule; where its form is broken, the checks of the form only."""
    account = AuditedPlan(case, plan)
    checks = _run(schema_checks.BOOK, account)
    if all(each.passed for each in checks):
        for book in BOOKS if plan.replay else BOOKS[:-1]:
            checks += _run(book, account)
    return AuditReport(all(each.passed for each in checks), tuple(checks))


def _run(book: Mapping[str, Rule], account: AuditedPlan) -> list[Check]:
    hours = [f"hour {hour}" for hour in range(account.case.settings.time.hours_per_day)]
    axes = (account.periods, [day.day for day in account.case.days], hours)
    return [check(name, rule(account), axes) for name, rule in book.items()]
