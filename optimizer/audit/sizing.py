"""Audit of sizing: the halls of a site, their land and their power."""

import math
from collections.abc import Iterator

from models.case import Case
from optimizer.audit.costs import AuditedPlan, Purchase
from optimizer.audit.registry import Registry, Residual, at_least, at_most, true

CHECKS = Registry(__name__)
LEDGERS = ("capex", "interest", "opex", "residual")


@CHECKS.rule()
def halls_suit_the_site(audited: AuditedPlan) -> Iterator[Residual]:
    """Halls are built once permits and connection can be ready, and with a cooling whose water the site has."""
    for row in audited.plan.halls:
        suits = audited.ready(row.site, row.period) and row.cooling in audited.suitable_cooling(row.site)
        yield true(f"{row.site}, {row.cooling}, {row.period}", suits or row.built_halls == 0)


@CHECKS.rule()
def halls_fit_on_the_land_of_an_open_site(audited: AuditedPlan) -> Iterator[Residual]:
    """Halls standing x MW of a hall <= land_mw, and 0 at a site that was neither opened nor extended."""
    for site, period in audited.opens:
        land_mw = audited.case.sites[site].land_mw * audited.entered(site, period)
        yield at_most(f"{site}, {period}", audited.hall_mw * audited.halls(site, period), land_mw)


@CHECKS.rule()
def halls_draw_no_more_than_the_grid_could_bring(audited: AuditedPlan) -> Iterator[Residual]:
    """Design-day draw of the halls <= headroom + every step that can be ready + own supply."""
    for site, period in audited.opens:
        brought_mw = audited.grid_limit_mw(site, period) * audited.entered(site, period)
        yield at_most(f"{site}, {period}", audited.peak_mw(site, period), brought_mw)


@CHECKS.rule()
def open_site_reaches_its_minimum(audited: AuditedPlan) -> Iterator[Residual]:
    """Halls standing at an open candidate >= minimum_mw / MW of a hall, rounded up."""
    for site in audited.entering_sites:
        row = audited.case.sites[site]
        least = math.ceil(row.minimum_mw / audited.hall_mw - 1e-9) if row.status == "candidate" else 0
        for period in audited.periods:
            yield at_least(f"{site}, {period}", audited.halls(site, period), least * audited.entered(site, period))


@CHECKS.rule()
def site_without_room_stays_closed(audited: AuditedPlan) -> Iterator[Residual]:
    """A site opens only in a period in which land and grid have room for one hall of a cooling that suits it."""
    for (site, period), opens in audited.opens.items():
        row, room = audited.case.sites[site], audited.grid_limit_mw(site, period)
        pues = [audited.case.climate.pue_design[site, cooling] for cooling in audited.suitable_cooling(site)]
        draws_mw = [pue * audited.hall_mw for pue in pues]
        roomy = row.land_mw >= audited.hall_mw * (1 - 1e-9) and any(draw <= room * (1 + 1e-9) for draw in draws_mw)
        yield true(f"{site}, {period}", roomy or opens == 0)


def purchases(audited: AuditedPlan) -> Iterator[Purchase]:
    """Yield opening costs, which are lost, and halls."""
    case = audited.case
    years = case.settings.halls.construction_years
    for site in audited.plan.sites:
        yield audited.built_over(site.site, site.period, case.sites[site.site].opening_meur * site.opens, years, 0)
    for hall in audited.plan.halls:
        cost_meur = hall_meur(case, hall.site, hall.cooling) * hall.built_halls
        yield audited.built_over(hall.site, hall.period, cost_meur, years, case.cooling[hall.cooling].life_years)


def running_costs(audited: AuditedPlan) -> Iterator[tuple[str, float]]:
    """Yield operation and maintenance of the halls, MEUR per year of a period."""
    for (site, cooling, period), halls in audited.installed_halls.items():
        yield period, audited.case.cooling[cooling].fixed_share * hall_meur(audited.case, site, cooling) * halls


def hall_meur(case: Case, site: str, cooling: str) -> float:
    """Return the cost of a hall: MW x cost per MW x factor of the country."""
    factor = case.countries[case.sites[site].country].building_factor
    return case.settings.halls.hall_mw * case.cooling[cooling].capex_meur_per_mw * factor
