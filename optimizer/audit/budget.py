"""Audit of the budget: who pays."""

from collections.abc import Iterator

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_least, at_most, equal

CHECKS = Registry(__name__)
UNLIMITED = 1e12
"""Money without a ceiling, MEUR."""


@CHECKS.rule()
def every_cost_is_paid(audited: AuditedPlan) -> Iterator[Residual]:
    """The funds spend, and earnings pay, in every period, what everything bought in it costs."""
    for period in audited.periods:
        spent = sum(row.spent_meur for row in audited.plan.spending if row.period == period)
        spent += sum(row.reinvested_meur for row in audited.plan.cash if row.period == period)
        yield equal(period, spent, sum(each.cost_meur for _, each in audited.purchases if each.period == period))


@CHECKS.rule()
def spending_stays_within_the_tranches(audited: AuditedPlan) -> Iterator[Residual]:
    """A fund has spent, up to any period, no more than its tranches released."""
    for fund in audited.case.funds:
        for period in audited.periods:
            past = audited.until(period)
            rows = [row for row in audited.plan.spending if row.fund == fund and row.period in past]
            spent = sum(row.spent_meur + row.supported_meur for row in rows)
            yield at_most(f"{fund}, {period}", spent, audited.released_meur(fund, period))


@CHECKS.rule()
def public_money_goes_to_sites(audited: AuditedPlan) -> Iterator[Residual]:
    """A public fund spends what it grants to sites; other funds grant nothing."""
    for row in audited.plan.spending:
        granted = sum(aid.public_meur for aid in audited.plan.aid if (aid.fund, aid.period) == (row.fund, row.period))
        public = row.fund in audited.case.public_funds
        yield equal(f"{row.fund}, {row.period}", granted, row.spent_meur if public else 0.0)


@CHECKS.rule()
def aid_stays_under_the_ceiling(audited: AuditedPlan) -> Iterator[Residual]:
    """Money granted to a site <= aid_ceiling_share x capital spent at the site in the period."""
    for row in audited.plan.aid:
        spent_meur = audited.site_capital_meur.get((row.site, row.period), 0.0)
        ceiling_meur = audited.case.funds[row.fund].aid_ceiling_share * spent_meur
        yield at_most(f"{row.site}, {row.fund}, {row.period}", row.public_meur, ceiling_meur)


@CHECKS.rule()
def all_public_money_stays_under_the_ceiling(audited: AuditedPlan) -> Iterator[Residual]:
    """Money of all public funds granted to a site <= money.aid_ceiling_share x capital spent there in the period."""
    for (site, period), granted_meur in audited.site_public_meur.items():
        spent_meur = audited.site_capital_meur.get((site, period), 0.0)
        yield at_most(f"{site}, {period}", granted_meur, audited.case.settings.money.aid_ceiling_share * spent_meur)


@CHECKS.rule()
def fund_pays_no_more_at_a_site_than_its_ceiling(audited: AuditedPlan) -> Iterator[Residual]:
    """What a fund grants to a site in all periods <= its site_ceiling_meur."""
    for (site, fund), granted in audited.granted_meur.items():
        yield at_most(f"{site}, {fund}", sum(granted.values()), audited.case.funds[fund].site_ceiling_meur or UNLIMITED)


@CHECKS.rule()
def public_money_is_matched(audited: AuditedPlan) -> Iterator[Residual]:
    """Up to any period the matching fund has granted to a site match_factor x what the fund has."""
    for (site, fund), granted in audited.granted_meur.items():
        row = audited.case.funds[fund]
        beside = audited.granted_meur.get((site, row.matched_by), {})
        for period in audited.periods if row.matched_by else ():
            past = audited.until(period)
            asked, found = (sum(each.get(when, 0.0) for when in past) for each in (granted, beside))
            yield at_least(f"{site}, {fund}, {period}", found, row.match_factor * asked)


@CHECKS.rule()
def country_gets_its_floor(audited: AuditedPlan) -> Iterator[Residual]:
    """What a fund pays at the sites of a country in all periods >= its floor there."""
    for place, row in audited.case.fund_countries.items():
        yield at_least(", ".join(place), _paid_in(audited, *place), row.floor_meur)


@CHECKS.rule()
def country_gets_no_more_than_its_ceiling(audited: AuditedPlan) -> Iterator[Residual]:
    """What a fund pays at the sites of a country in all periods <= its ceiling there."""
    for place, row in audited.case.fund_countries.items():
        yield at_most(", ".join(place), _paid_in(audited, *place), row.ceiling_meur or UNLIMITED)


@CHECKS.rule()
def fund_pays_where_it_may(audited: AuditedPlan) -> Iterator[Residual]:
    """A fund that lists countries pays in these alone."""
    case = audited.case
    choosy = {fund for fund, _ in case.fund_countries}
    for (site, fund), granted in audited.granted_meur.items():
        fits = fund not in choosy or (fund, case.sites[site].country) in case.fund_countries
        yield at_most(f"{site}, {fund}", 0.0 if fits else sum(granted.values()), 0.0)


def _paid_in(audited: AuditedPlan, fund: str, country: str) -> float:
    """Return what a fund pays at the sites of a country in all periods."""
    of_fund = ((site, granted) for (site, owner), granted in audited.granted_meur.items() if owner == fund)
    return sum(sum(granted.values()) for site, granted in of_fund if audited.case.sites[site].country == country)
