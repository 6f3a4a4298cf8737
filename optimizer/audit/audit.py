"""The audit: a second, independent recomputation of a written plan, from the raw inputs, without the formulation.

Every rule of the formulation is checked under its own name against the plan's decisions, and every reported number is
worked out afresh, to 1e-6 of the limit or of the largest term. What needs a solver is taken as stated: emissions and
running cost of the system without data centres and the bounds of the proof (`optimizer/proof` proves those in exact
arithmetic), what a limit is worth, but for its sign, and of the whole year what the days outside a sample cost.
"""

from collections.abc import Mapping

from models.case import Case
from models.plan import Plan
from optimizer.audit import binding_limits, full_year, result_tables, schema_checks
from optimizer.audit.audit_report import AuditReport, Check
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Rule, check, checks_of_aspects


def checks_of(plan: Plan) -> dict[str, Rule]:
    """Return the checks of a plan whose form is sound, by rule; those of the whole year where it was dispatched."""
    tables = checks_of_aspects() | result_tables.CHECKS | binding_limits.CHECKS
    return {**tables, **(full_year.CHECKS if plan.replay else {})}


def audit(case: Case, plan: Plan) -> AuditReport:
    """Return the report on a plan, one check per rule; where its form is broken, the checks of the form only."""
    audited = AuditedPlan(case, plan)
    checks = checks_by(audited, schema_checks.CHECKS)
    if all(each.passed for each in checks):
        checks += checks_by(audited, checks_of(plan))
    return AuditReport(all(each.passed for each in checks), tuple(checks))


def checks_by(audited: AuditedPlan, rules: Mapping[str, Rule]) -> list[Check]:
    """Return how some rules came out, in their order."""
    case = audited.case
    hours = [f"hour {hour}" for hour in range(case.settings.time.hours_per_day)]
    axes = (audited.periods, [day.day for day in case.days], hours)
    return [check(name, rule(audited), axes) for name, rule in rules.items()]
