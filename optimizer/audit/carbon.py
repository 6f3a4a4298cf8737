"""Audit of carbon: the caps on emissions."""

from collections.abc import Iterator

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_most

CHECKS = Registry(__name__)


@CHECKS.rule()
def emissions_per_mwh_stay_under_the_cap(audited: AuditedPlan) -> Iterator[Residual]:
    """Emissions of a year <= cap_kg_per_mwh x electricity of the new servers and their cooling (kg/MWh = kt/TWh)."""
    for period in audited.periods:
        energy_twh = sum(audited.energy_twh(site, period) for site in audited.case.sites)
        cap_kt = audited.case.settings.carbon.cap_kg_per_mwh * energy_twh
        yield at_most(period, audited.counted_kt(period, audited.emitted_kt(period)), cap_kt)


@CHECKS.rule()
def emissions_per_year_stay_under_the_cap(audited: AuditedPlan) -> Iterator[Residual]:
    """Emissions of a year <= cap_kt."""
    for period in audited.periods:
        counted_kt = audited.counted_kt(period, audited.emitted_kt(period))
        cap = at_most(period, counted_kt, audited.case.settings.carbon.cap_kt)
        yield cap._replace(value=None)  # draw is matched in full once a plan is found: a cap that bound may have room


@CHECKS.rule()
def emissions_per_mwh_of_a_zone_stay_under_the_cap(audited: AuditedPlan) -> Iterator[Residual]:
    """Where every zone has a cap: its emissions of a year <= cap_kg_per_mwh x electricity of its new servers."""
    caps = audited.case.settings.carbon
    for zone in audited.host_zones if caps.cap_by == "zone" else []:
        emitted_kt = audited.zone_emitted_t(zone) @ audited.weights / 1000
        for period, found in zip(audited.periods, emitted_kt.tolist(), strict=True):
            cap_kt = caps.cap_kg_per_mwh * audited.zone_energy_twh({zone}, period)
            counted_kt = audited.counted_kt(period, found, audited.sites_in(zone))
            yield at_most(f"{zone}, {period}", counted_kt, cap_kt)._replace(value=None)


@CHECKS.rule()
def emissions_per_mwh_of_a_site_stay_under_the_cap(audited: AuditedPlan) -> Iterator[Residual]:
    """Where every site has a cap: its emissions of a year, less what counts, <= cap_kg_per_mwh x its draw."""
    caps = audited.case.settings.carbon
    for site in audited.case.sites if caps.cap_by == "site" else []:
        emitted_kt = audited.site_emitted_t(site) @ audited.weights / 1000
        for period, found in zip(audited.periods, emitted_kt.tolist(), strict=True):
            cap_kt = caps.cap_kg_per_mwh * audited.energy_twh(site, period)
            yield at_most(f"{site}, {period}", audited.counted_kt(period, found, [site]), cap_kt)._replace(value=None)
