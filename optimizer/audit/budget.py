"""Audit of the budget: who pays."""

from collections.abc import Iterator

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_most, equal

BOOK = Registry()


@BOOK.rule("budget.every_cost_is_paid")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """The funds spend, in every period, what everything bought in it costs."""
    for period in account.periods:
        spent = sum(row.spent_meur for row in account.plan.spending if row.period == period)
        yield equal(period, spent, sum(each.cost_meur for each in account.purchases if each.period == period))


@BOOK.rule("budget.spending_stays_within_the_tranches")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """A fund has spent, up to any period, no more than its tranches released."""
    for fund in account.case.funds:
        for period in account.periods:
            past = account.until(period)
            spent = sum(row.spent_meur for row in account.plan.spending if row.fund == fund and row.period in past)
            yield at_most(f"{fund}, {period}", spent, account.released_meur(fund, period))


@BOOK.rule("budget.public_money_goes_to_sites")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """A public fund spends what it grants to sites; other funds grant nothing."""
    for row in account.plan.spending:
        granted = sum(aid.public_meur for aid in account.plan.aid if (aid.fund, aid.period) == (row.fund, row.period))
        public = account.case.funds[row.fund].kind == "public"
        yield equal(f"{row.fund}, {row.period}", granted, row.spent_meur if public else 0.0)


@BOOK.rule("budget.aid_stays_under_the_ceiling")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Money granted to a site <= aid_ceiling_share x capital spent at the site in the period."""
    for row in account.plan.aid:
        spent_meur = account.site_capital_meur.get((row.site, row.period), 0.0)
        ceiling_meur = account.case.funds[row.fund].aid_ceiling_share * spent_meur
        yield at_most(f"{row.site}, {row.fund}, {row.period}", row.public_meur, ceiling_meur)
