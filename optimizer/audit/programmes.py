"""Audit of programmes: their compute and their sites, from their year on."""

from collections.abc import Iterator

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_least

CHECKS = Registry(__name__)


@CHECKS.rule()
def programme_has_its_compute(audited: AuditedPlan) -> Iterator[Residual]:
    """New chips >= floor_kh100e, less what committed ones give where they count, from first_year on."""
    for programme in audited.case.programmes:
        for period in audited.periods:
            expected = expected_programme(audited, programme, period)
            given = sum(audited.committed_kh100e(site, period) for site in _committed(audited, programme))
            compute, asked = expected["compute_kh100e"], expected["asked_kh100e"]
            yield at_least(f"{programme}, {period}", compute - given, asked - given, compute)


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
    compute = sum(audited.committed_kh100e(site, period) for site in _committed(audited, programme))
    sites = 0.0
    for site in _members(audited, programme):
        compute += audited.new_kh100e.get((site, period), 0.0)
        whole = case.sites[site].status == "candidate" or row.counts_committed
        sites += (audited.opened if whole else audited.entered)(site, period)
    start = audited.year[period]
    due = row.first_year < start + case.periods[period].length_years and start <= row.last_year
    return {
        "asked_kh100e": row.floor_kh100e * due,
        "compute_kh100e": compute,
        "asked_sites": row.floor_sites * due,
        "sites": sites,
    }


def _members(audited: AuditedPlan, programme: str) -> list[str]:
    """Return the sites that a programme counts."""
    case, kind = audited.case, audited.case.programmes[programme].kind
    listed = [each.country for each in case.programme_countries.values() if each.programme == programme]
    limits = [each for each in case.programme_regions.values() if each.programme == programme]
    return [
        site
        for site, here in case.sites.items()
        if not any(case.round_trip_ms[site, each.region] > each.latency_ms for each in limits)
        and (not listed or here.country in listed)
        and kind in ("", here.kind)
    ]


def _committed(audited: AuditedPlan, programme: str) -> list[str]:
    """Return those of which the committed chips count."""
    return _members(audited, programme) if audited.case.programmes[programme].counts_committed else []
