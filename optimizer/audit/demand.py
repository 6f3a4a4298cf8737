"""Audit of demand: who is served, from where."""

from collections.abc import Iterator

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_least, at_most, true

CHECKS = Registry(__name__)
LEDGERS = ("opex",)


@CHECKS.rule()
def service_keeps_the_latency(audited: AuditedPlan) -> Iterator[Residual]:
    """A site serves a region's workload only within the workload's round trip."""
    for row in audited.plan.service:
        served = f"{row.site}, {row.region}, {row.workload}, {row.period}"
        limit_ms = audited.case.workloads[row.workload].latency_ms
        yield true(served, audited.case.round_trip_ms[row.site, row.region] <= limit_ms or row.served_kh100e == 0)


@CHECKS.rule()
def only_open_sites_serve(audited: AuditedPlan) -> Iterator[Residual]:
    """A site serves a region's workload no more than is asked, and nothing unless it is open."""
    for row in audited.plan.service:
        index = (row.region, row.workload, row.period)
        asked = audited.case.demand[index].demand_kh100e * audited.opened(row.site, row.period)
        yield at_most(f"{row.site}, {', '.join(index)}", row.served_kh100e, asked)


@CHECKS.rule()
def site_serves_no_more_than_it_computes(audited: AuditedPlan) -> Iterator[Residual]:
    """Compute served from a site <= its compute."""
    for site, period in audited.opens:
        served = audited.site_served_kh100e.get((site, period), 0.0)
        yield at_most(f"{site}, {period}", served, audited.compute_kh100e(site, period))


@CHECKS.rule()
def region_gets_no_more_than_it_asks(audited: AuditedPlan) -> Iterator[Residual]:
    """Compute served to a region's workload <= its demand."""
    for index, row in audited.case.demand.items():
        yield at_most(", ".join(index), audited.region_served_kh100e.get(index, 0.0), row.demand_kh100e)


@CHECKS.rule()
def region_gets_its_coverage(audited: AuditedPlan) -> Iterator[Residual]:
    """Compute served to a region's workload >= coverage_share x demand."""
    for index, row in audited.case.demand.items():
        floor = audited.case.workloads[row.workload].coverage_share * row.demand_kh100e
        yield at_least(", ".join(index), audited.region_served_kh100e.get(index, 0.0), floor)


@CHECKS.rule()
def coverage_beyond_committed_compute_has_a_site_in_reach(audited: AuditedPlan) -> Iterator[Residual]:
    """Where committed sites in reach compute less than the coverage, one of them is extended or a candidate is open."""
    sites = audited.case.sites
    new = {
        (site, period): audited.opened(site, period) if row.status == "candidate" else audited.entered(site, period)
        for site, row in sites.items()
        for period in audited.periods
    }
    for index, row in audited.case.demand.items():
        workload = audited.case.workloads[row.workload]
        near = [site for site in sites if audited.case.round_trip_ms[site, row.region] <= workload.latency_ms]
        committed = sum(audited.committed_kh100e(site, row.period) for site in near)
        short = workload.coverage_share * row.demand_kh100e > committed * (1 + 1e-9)
        yield at_least(", ".join(index), sum(new[site, row.period] for site in near), float(short))


def running_costs(audited: AuditedPlan) -> Iterator[tuple[str, float]]:
    """Yield what it costs to carry the work between region and site, MEUR per year of a period."""
    for row in audited.plan.service:
        transfer = audited.case.transfers.get((row.site, row.region, row.workload))
        yield row.period, transfer.cost_meur_per_kh100e_year * row.served_kh100e if transfer else 0.0
