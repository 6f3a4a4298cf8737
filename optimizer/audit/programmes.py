"""Audit of programmes: their compute and their sites, from their year on."""

from collections.abc import Iterator

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_least

CHECKS = Registry(__name__)


@CHECKS.rule()
def programme_has_its_compute(audited: AuditedPlan) -> Iterator[Residual]:
    """New chips, and committed ones where they count, at the sites counted >= floor_kh100e from first_year on."""
    for programme in audited.case.programmes:
        for period in audited.periods:
            expected = expected_programme(audited, programme, period)
            yield at_least(f"{programme}, {period}", expected["compute_kh100e"], expected["asked_kh100e"])


@CHECKS.rule()
def programme_has_its_sites(audited: AuditedPlan) -> Iterator[Residual]:
    """Open candidates and extended committed sites (open ones, where these count) >= floor_sites from first_year on."""
    for programme in audited.case.programmes:
        for period in audited.periods:
            expected = expected_programme(audited, programme, period)
            yield at_least(f"{programme}, {period}", expected["sites"], expected["asked_sites"])


def expected_programme(audited: AuditedPlan, programme: str, period: str) -> dict[str, float]:
    """Return what a programme asks for and has in a period, by column of the plan's table."""
    case, row = audited.case, audited.case.programmes[programme]
    compute, sites = 0.0, 0.0
    for site, here in case.sites.items():
        listed = [each.country for each in case.programme_countries.values() if each.programme == programme]
        limits = [each for each in case.programme_regions.values() if each.programme == programme]
        far = any(case.round_trip_ms[site, each.region] > each.latency_ms for each in limits)
        if far or (listed and here.country not in listed) or (row.kind and row.kind != here.kind):
            continue
        compute += audited.new_kh100e.get((site, period), 0.0)
        stands = audited.opened if here.status == "candidate" or row.counts_committed else audited.entered
        sites += stands(site, period)
        if row.counts_committed:
            compute += audited.compute_kh100e(site, period) - audited.new_kh100e.get((site, period), 0.0)
    start = audited.year[period]
    due = row.first_year < start + case.periods[period].length_years and start <= row.last_year
    return {
        "asked_kh100e": row.floor_kh100e * due,
        "compute_kh100e": compute,
        "asked_sites": row.floor_sites * due,
        "sites": sites,
    }
