"""Audit of the budget: who pays."""

from collections.abc import Iterator

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_most, equal

CHECKS = Registry(__name__)


@CHECKS.rule()
def every_cost_is_paid(audited: AuditedPlan) -> Iterator[Residual]:
    """The funds spend, in every period, what everything bought in it costs."""
    for period in audited.periods:
        spent = sum(row.spent_meur for row in audited.plan.spending if row.period == period)
        yield equal(period, spent, sum(each.cost_meur for _, each in audited.purchases if each.period == period))


@CHECKS.rule()
def spending_stays_within_the_tranches(audited: AuditedPlan) -> Iterator[Residual]:
    """A fund has spent, up to any period, no more than its tranches released."""
    for fund in audited.case.funds:
        for period in audited.periods:
            past = audited.until(period)
            spent = sum(row.spent_meur for row in audited.plan.spending if row.fund == fund and row.period in past)
            yield at_most(f"{fund}, {period}", spent, audited.released_meur(fund, period))


@CHECKS.rule()
def public_money_goes_to_sites(audited: AuditedPlan) -> Iterator[Residual]:
    """A public fund spends what it grants to sites; other funds grant nothing."""
    for row in audited.plan.spending:
        granted = sum(aid.public_meur for aid in audited.plan.aid if (aid.fund, aid.period) == (row.fund, row.period))
        public = audited.case.funds[row.fund].kind == "public"
        yield equal(f"{row.fund}, {row.period}", granted, row.spent_meur if public else 0.0)


@CHECKS.rule()
def aid_stays_under_the_ceiling(audited: AuditedPlan) -> Iterator[Residual]:
    """Money granted to a site <= aid_ceiling_share x capital spent at the site in the period."""
    for row in audited.plan.aid:
        spent_meur = audited.site_capital_meur.get((row.site, row.period), 0.0)
        ceiling_meur = audited.case.funds[row.fund].aid_ceiling_share * spent_meur
        yield at_most(f"{row.site}, {row.fund}, {row.period}", row.public_meur, ceiling_meur)
