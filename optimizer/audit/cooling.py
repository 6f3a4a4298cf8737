"""Audit of cooling: water, the law on PUE, and heat given to neighbours."""

from collections.abc import Iterator

from optimizer.audit.costs import AuditedPlan, Purchase
from optimizer.audit.registry import Registry, Residual, at_least, at_most

CHECKS = Registry(__name__)
LEDGERS = ("capex", "interest", "opex", "residual")

NO_PUE_LIMIT = 10
"""As good as no limit on PUE."""


@CHECKS.rule()
def withdrawal_stays_within_basin(audited: AuditedPlan) -> Iterator[Residual]:
    """Water drawn by all sites of a basin <= what its stress leaves."""
    for basin in audited.case.basins:
        for period in audited.periods:
            yield at_most(f"{basin}, {period}", audited.basin_mm3(basin, period), audited.basin_limit_mm3(basin))


@CHECKS.rule()
def new_halls_keep_the_legal_pue(audited: AuditedPlan) -> Iterator[Residual]:
    """Sum over new halls of (annual PUE - legal PUE) x MW <= 0, where the law sets a limit."""
    for site, period in audited.opens:
        limit = audited.case.countries[audited.case.sites[site].country].pue_limit
        if limit < NO_PUE_LIMIT:
            above_mw = sum(
                (audited.case.climate.pue_annual[site, cooling] - limit)
                * audited.hall_mw
                * audited.installed_halls.get((site, cooling, period), 0.0)
                for cooling in audited.case.cooling
            )
            yield at_most(f"{site}, {period}", above_mw, 0.0, limit * audited.hall_mw * audited.halls(site, period))


@CHECKS.rule()
def heat_reused_stays_within_the_sink(audited: AuditedPlan) -> Iterator[Residual]:
    """Heat reused <= what the neighbours can take."""
    for row in audited.plan.sites:
        yield at_most(f"{row.site}, {row.period}", row.reused_mw, audited.case.sites[row.site].heat_sink_mw)


@CHECKS.rule()
def heat_reused_is_heat_the_halls_deliver(audited: AuditedPlan) -> Iterator[Residual]:
    """Heat reused <= sum over cooling of its reuse_share x use x servers in service."""
    for row in audited.plan.sites:
        yield at_most(f"{row.site}, {row.period}", row.reused_mw, audited.recoverable_heat_mw(row.site, row.period))


@CHECKS.rule()
def heat_reused_passes_the_recovery_built(audited: AuditedPlan) -> Iterator[Residual]:
    """Heat reused <= heat recovery built so far."""
    built = {(row.site, row.period): row.recovery_mw for row in audited.plan.sites}
    for row in audited.plan.sites:
        so_far_mw = sum(built[row.site, past] for past in audited.until(row.period))
        yield at_most(f"{row.site}, {row.period}", row.reused_mw, so_far_mw)


@CHECKS.rule()
def law_on_heat_reuse_is_kept(audited: AuditedPlan) -> Iterator[Residual]:
    """Heat reused in a year >= the country's reuse_share x electricity of the new servers and their cooling."""
    hours = audited.case.settings.money.heat_hours
    for row in audited.plan.sites:
        law = audited.case.countries[audited.case.sites[row.site].country]
        demanded_twh = law.reuse_share * audited.energy_twh(row.site, row.period)
        yield at_least(f"{row.site}, {row.period}", row.reused_mw * hours / 1e6, demanded_twh)


def purchases(audited: AuditedPlan) -> Iterator[Purchase]:
    """Yield heat recovery."""
    money, years = audited.case.settings.money, audited.case.settings.halls.construction_years
    for row in audited.plan.sites:
        cost_meur = money.heat_meur_per_mw * row.recovery_mw
        yield audited.built_over(row.site, row.period, cost_meur, years, money.grid_life_years)


def running_costs(audited: AuditedPlan) -> Iterator[tuple[str, float]]:
    """Yield what the heat earns, below zero, MEUR per year of a period."""
    money = audited.case.settings.money
    for row in audited.plan.sites:
        yield row.period, -money.heat_eur_per_mwh * money.heat_hours * row.reused_mw / 1e6
