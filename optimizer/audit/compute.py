"""Audit of compute: chips in their halls, and what the market delivers."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product

from models.case import Case
from optimizer.audit.costs import AuditedPlan, Purchase
from optimizer.audit.registry import Registry, Residual, at_least, at_most, equal, true

CHECKS = Registry(__name__)
LEDGERS = ("capex", "opex", "residual")


@CHECKS.rule()
def chips_are_on_sale(audited: AuditedPlan) -> Iterator[Residual]:
    """A chip is bought from its first to its last year."""
    for row in audited.plan.chips:
        chip = audited.case.chips[row.chip]
        on_sale = chip.first_year <= audited.year[row.period] <= chip.last_year
        yield true(f"{row.site}, {row.chip}, {row.period}", on_sale or row.fitted_mw == 0)


@CHECKS.rule()
def racks_suit_the_cooling(audited: AuditedPlan) -> Iterator[Residual]:
    """A chip's rack is no denser than the cooling of its hall can carry."""
    for row in audited.plan.chips:
        carried = audited.case.chips[row.chip].rack_kw <= audited.case.cooling[row.cooling].rack_limit_kw
        yield true(f"{row.site}, {row.chip}, {row.cooling}, {row.period}", carried or row.fitted_mw == 0)


@CHECKS.rule()
def servers_in_service_are_those_bought_and_not_yet_worn_out(audited: AuditedPlan) -> Iterator[Residual]:
    """Servers reported in service = servers bought x share of the period within their chip's life."""
    for row in audited.plan.halls:
        in_service_mw = audited.in_service_mw.get((row.site, row.cooling, row.period), 0.0)
        yield equal(f"{row.site}, {row.cooling}, {row.period}", row.alive_mw, in_service_mw)


@CHECKS.rule()
def servers_fit_in_halls(audited: AuditedPlan) -> Iterator[Residual]:
    """Servers that serve for any part of the period <= MW of a hall x halls standing."""
    for site, cooling, period in sorted({*audited.occupied_mw}):
        room_mw = audited.hall_mw * audited.installed_halls.get((site, cooling, period), 0.0)
        yield at_most(f"{site}, {cooling}, {period}", audited.occupied_mw[site, cooling, period], room_mw)


@CHECKS.rule()
def open_site_runs_servers_of_its_least_size(audited: AuditedPlan) -> Iterator[Residual]:
    """New servers in service + a committed site's own >= minimum_mw at an open candidate and at an extended site."""
    for site in audited.entering_sites:
        row = audited.case.sites[site]
        for period in audited.periods:
            stands = audited.opened(site, period) if row.status == "candidate" else audited.entered(site, period)
            running_mw = audited.servers_mw(site, period) + audited.committed_mw(site, period)
            yield at_least(f"{site}, {period}", running_mw, row.minimum_mw * stands)


@CHECKS.rule()
def closed_site_runs_no_servers(audited: AuditedPlan) -> Iterator[Residual]:
    """New servers in service = 0 at a candidate that is not open."""
    for site, row in audited.case.sites.items():
        for period in audited.periods:
            if row.status == "candidate" and not audited.opened(site, period):
                yield equal(f"{site}, {period}", audited.servers_mw(site, period), 0.0)


@CHECKS.rule()
def market_delivers_what_is_bought(audited: AuditedPlan) -> Iterator[Residual]:
    """Thousand chips bought in a period, in all countries or those of a tier, <= limit_kchips."""
    for index, row in audited.case.chip_supply.items():
        yield at_most(", ".join(index), audited.market_kchips(*index), row.limit_kchips)


@CHECKS.rule()
def country_buys_no_more_than_its_export_cap(audited: AuditedPlan) -> Iterator[Residual]:
    """Thousand chips of a jurisdiction's vendors bought in a country <= its cap, or that of its tier."""
    case = audited.case
    bought: defaultdict[tuple[str, str, str], float] = defaultdict(float)
    for row in audited.plan.chips:
        chip = case.chips[row.chip]
        bought[chip.jurisdiction, case.sites[row.site].country, row.period] += row.fitted_mw / chip.server_kw
    capping = sorted({jurisdiction for jurisdiction, _, _ in case.export_caps})
    for jurisdiction, country, period in product(capping, case.countries, case.periods):
        kchips, places = bought[jurisdiction, country, period], (country, case.countries[country].export_tier)
        caps = [
            case.export_caps[jurisdiction, each, period]
            for each in places
            if (jurisdiction, each, period) in case.export_caps
        ]
        for cap in caps[:1]:
            yield at_most(f"{jurisdiction}, {country}, {period}", kchips, cap.limit_kchips)


@CHECKS.rule()
def new_site_holds_its_least_chips(audited: AuditedPlan) -> Iterator[Residual]:
    """New chips in service at a candidate that is open >= site_min_kchips."""
    least_kchips = audited.case.settings.siting.site_min_kchips
    for site, row in audited.case.sites.items():
        for period in audited.periods if row.status == "candidate" else ():
            asked_kchips = least_kchips * audited.opened(site, period)
            yield at_least(f"{site}, {period}", audited.kchips.get((site, period), 0.0), asked_kchips)


@CHECKS.rule("gigafactory_holds_its_chips")
def enough_gigafactories_stand(audited: AuditedPlan) -> Iterator[Residual]:
    """New sites of committed countries that hold what makes a gigafactory since they opened >= gigafactories_min."""
    asked, sizes = audited.case.settings.siting, audited.factory_sizes
    yield at_least("", len(sizes) if asked.gigafactories_min else 0, asked.gigafactories_min)
    for rank, amount in enumerate(sorted(sizes.values(), reverse=True)[: asked.gigafactories_min], start=1):
        size = {"chips": asked.gigafactory_kchips, "h100e": asked.gigafactory_kh100e}[asked.gigafactory_by]
        yield at_least(f"rank {rank}", amount, size)


def purchases(audited: AuditedPlan) -> Iterator[Purchase]:
    """Yield chips with their servers, worth what their remaining compute costs at the end."""
    for row in audited.plan.chips:
        cost_meur = audited.chip_meur_per_mw(row.chip) * row.fitted_mw
        residual_meur = audited.residual_chip_meur_per_mw(row.chip, row.period) * row.fitted_mw
        yield Purchase(row.site, row.period, cost_meur, residual_meur=residual_meur)


def running_costs(audited: AuditedPlan) -> Iterator[tuple[str, float]]:
    """Yield staff, software and spares, MEUR per year of a period."""
    for (site, _, period), servers_mw in audited.in_service_mw.items():
        yield period, operation_meur_per_mw(audited.case, site) * servers_mw


def operation_meur_per_mw(case: Case, site: str) -> float:
    """Return what a MW of servers costs to operate in a year: wages of the country for staff, the rest as it is."""
    money, wages = case.settings.money, case.countries[case.sites[site].country].wage_factor
    staff_meur = money.operation_staff_share * money.operation_meur_per_mw
    return staff_meur * wages + money.operation_meur_per_mw - staff_meur
