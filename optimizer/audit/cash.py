"""Audit of cash: what is earned pays running costs and debt, year by year."""

from collections.abc import Iterator

from models.plan import CashRow
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.earnings import service_meur, year_meur
from optimizer.audit.registry import Registry, Residual, at_least, at_most

CHECKS = Registry(__name__)


def _years(audited: AuditedPlan) -> Iterator[tuple[CashRow, float, float, float]]:
    """Yield the years of the account, where there is one, with what is earned, due, and was kept before."""
    kept, money = 0.0, audited.case.settings.money
    for row in sorted(audited.plan.cash, key=lambda row: row.year) if audited.case.keeps_accounts else ():
        part = audited.calendar_years(row.period).get(row.year, 0.0)
        revenue, running = year_meur(audited, row.period)
        yield row, part * (revenue + money.operating_grant_meur), part * running, (1 + money.cash_interest_share) * kept
        kept = row.cash_meur


@CHECKS.rule()
def cash_pays_what_is_due(audited: AuditedPlan) -> Iterator[Residual]:
    """Cash kept, running costs, service, reinvested <= earned, grant, private money, cash kept before with interest."""
    for row, earned, running, kept in _years(audited):
        starts = row.year == audited.year[row.period]
        paid_in = sum(each.supported_meur for each in audited.plan.spending if each.period == row.period and starts)
        due = (running if audited.case.settings.money.operation_paid else 0.0) + service_meur(audited, row.year)
        reinvested = row.reinvested_meur if starts else 0.0
        yield at_most(str(row.year), row.cash_meur + due + reinvested, earned + paid_in + kept, due, earned)


@CHECKS.rule()
def earnings_are_kept_before_they_pay_capital(audited: AuditedPlan) -> Iterator[Residual]:
    """What pays capital was there when the year began."""
    for row, _, _, kept in _years(audited):
        yield at_most(str(row.year), row.reinvested_meur, kept)


@CHECKS.rule()
def earnings_cover_the_debt_service(audited: AuditedPlan) -> Iterator[Residual]:
    """Earnings and grant less running costs >= dscr_min x debt service."""
    least = audited.case.settings.money.dscr_min
    for row, earned, running, _ in _years(audited) if least else ():
        due = service_meur(audited, row.year)
        yield at_least(str(row.year), earned - running if due else 0.0, least * due, earned)
