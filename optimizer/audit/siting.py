"""Audit of siting, sizing and demand: which sites open, what stands on them, whom they serve."""

import math
from collections.abc import Iterator

from pyproj import Geod

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_most, true

BOOK = Registry()


@BOOK.rule("siting.sites_open_when_they_can_be_ready")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Sites open or are extended once permit and connection can be ready, committed ones from their year on."""
    for (site, period), opens in account.opens.items():
        row = account.case.sites[site]
        exists = row.status == "candidate" or row.committed_year <= account.year[period]
        yield at_most(f"{site}, {period}", opens, float(exists and account.ready(site, period)))


@BOOK.rule("siting.opens_at_most_once")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """The openings of a site over all periods sum to at most 1."""
    for site in account.case.sites:
        yield at_most(site, sum(account.opens[site, period] for period in account.periods), 1)


@BOOK.rule("siting.only_an_open_site_is_closed")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """A candidate is closed at most once, in a period after the one it opens in, and only where the scenario allows."""
    closed = [(row.site, row.period) for row in account.plan.sites if row.closes]
    yield at_most("", len(closed) if not account.case.settings.siting.closing else 0, 0)
    for site, period in closed:
        before = account.periods[: account.periods.index(period)]
        open_before = bool(before) and account.opened(site, before[-1]) == 1
        yield true(f"{site}, {period}", open_before and account.case.sites[site].status == "candidate")


@BOOK.rule("siting.number_of_sites_stays_within_maximum")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Candidates that ever open <= sites_max."""
    new = [site for site in account.entering if account.case.sites[site].status == "candidate"]
    yield at_most("", len(new), account.case.settings.siting.sites_max)


@BOOK.rule("siting.number_of_sites_reaches_minimum")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """New sites open in the last period >= sites_min."""
    yield at_most("", account.case.settings.siting.sites_min, len(account.new_sites))


@BOOK.rule("siting.country_stays_within_maximum")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """New sites and extensions of a country <= its sites_max."""
    for country, row in account.case.countries.items():
        sites = [site for site in account.entering if account.case.sites[site].country == country]
        yield at_most(country, len(sites), row.sites_max)


@BOOK.rule("siting.host_has_a_site", "siting.enough_member_states_host")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Member states of the Union with a new site >= member_states_min."""
    hosts = {account.case.sites[site].country for site in account.new_sites}
    members = [country for country in hosts if account.case.countries[country].eu_member]
    yield at_most("", account.case.settings.siting.member_states_min, len(members))


@BOOK.rule("siting.close_sites_exclude_each_other")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """The geodesic (WGS 84) between any two sites that open or are extended >= separation_km."""
    geod, sites = Geod(ellps="WGS84"), account.case.sites
    for position, one in enumerate(account.entering):
        for other in account.entering[position + 1 :]:
            here, there = sites[one], sites[other]
            metres = geod.inv(here.longitude, here.latitude, there.longitude, there.latitude)[2]
            yield at_most(f"{one}, {other}", account.case.settings.siting.separation_km, metres / 1000)


@BOOK.rule("sizing.halls_suit_the_site")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Halls are built once permits and connection can be ready, and with a cooling whose water the site has."""
    for row in account.plan.halls:
        suits = account.ready(row.site, row.period) and row.cooling in account.suited(row.site)
        yield true(f"{row.site}, {row.cooling}, {row.period}", suits or row.built_halls == 0)


@BOOK.rule("sizing.halls_fit_on_the_land_of_an_open_site")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Halls standing x MW of a hall <= land_mw, and 0 at a site that was neither opened nor extended."""
    for site, period in account.opens:
        land_mw = account.case.sites[site].land_mw * account.entered(site, period)
        yield at_most(f"{site}, {period}", account.hall_mw * account.halls(site, period), land_mw)


@BOOK.rule("sizing.halls_draw_no_more_than_the_grid_could_bring")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Design-day draw of the halls <= headroom + every step that can be ready + own supply."""
    for site, period in account.opens:
        brought_mw = account.reach_mw(site, period) * account.entered(site, period)
        yield at_most(f"{site}, {period}", account.peak_mw(site, period), brought_mw)


@BOOK.rule("sizing.open_site_reaches_its_minimum")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Halls standing at an open candidate >= minimum_mw / MW of a hall, rounded up."""
    for site in account.entering:
        row = account.case.sites[site]
        least = math.ceil(row.minimum_mw / account.hall_mw - 1e-9) if row.status == "candidate" else 0
        for period in account.periods:
            yield at_most(f"{site}, {period}", least * account.entered(site, period), account.halls(site, period))


@BOOK.rule("sizing.site_without_room_stays_closed")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """A site opens only in a period in which land and grid have room for one hall of a cooling that suits it."""
    for (site, period), opens in account.opens.items():
        row, room = account.case.sites[site], account.reach_mw(site, period)
        pues = [account.case.climate.pue_design[site, cooling] for cooling in account.suited(site)]
        draws_mw = [pue * account.hall_mw for pue in pues]
        roomy = row.land_mw >= account.hall_mw * (1 - 1e-9) and any(draw <= room * (1 + 1e-9) for draw in draws_mw)
        yield true(f"{site}, {period}", roomy or opens == 0)


@BOOK.rule("demand.service_keeps_the_latency")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """A site serves a region's workload only within the workload's round trip."""
    for row in account.plan.service:
        served = f"{row.site}, {row.region}, {row.workload}, {row.period}"
        limit_ms = account.case.workloads[row.workload].latency_ms
        yield true(served, account.case.round_trip_ms[row.site, row.region] <= limit_ms or row.served_kh100e == 0)


@BOOK.rule("demand.only_open_sites_serve")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """A site serves a region's workload no more than is asked, and nothing unless it is open."""
    for row in account.plan.service:
        index = (row.region, row.workload, row.period)
        asked = account.case.demand[index].demand_kh100e * account.opened(row.site, row.period)
        yield at_most(f"{row.site}, {', '.join(index)}", row.served_kh100e, asked)


@BOOK.rule("demand.site_serves_no_more_than_it_computes")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Compute served from a site <= its compute."""
    for site, period in account.opens:
        served = account.site_served_kh100e.get((site, period), 0.0)
        yield at_most(f"{site}, {period}", served, account.compute_kh100e(site, period))


@BOOK.rule("demand.region_gets_no_more_than_it_asks")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Compute served to a region's workload <= its demand."""
    for index, row in account.case.demand.items():
        yield at_most(", ".join(index), account.region_served_kh100e.get(index, 0.0), row.demand_kh100e)


@BOOK.rule("demand.region_gets_its_coverage")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Compute served to a region's workload >= coverage_share x demand."""
    for index, row in account.case.demand.items():
        floor = account.case.workloads[row.workload].coverage_share * row.demand_kh100e
        yield at_most(", ".join(index), floor, account.region_served_kh100e.get(index, 0.0))


@BOOK.rule("demand.coverage_beyond_committed_compute_has_a_site_in_reach")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Where committed sites in reach compute less than the coverage, one of them is extended or a candidate is open."""
    sites = account.case.sites
    new = {
        (site, period): account.opened(site, period) if row.status == "candidate" else account.entered(site, period)
        for site, row in sites.items()
        for period in account.periods
    }
    for index, row in account.case.demand.items():
        workload = account.case.workloads[row.workload]
        near = [site for site in sites if account.case.round_trip_ms[site, row.region] <= workload.latency_ms]
        committed = sum(account.committed_kh100e(site, row.period) for site in near)
        short = workload.coverage_share * row.demand_kh100e > committed * (1 + 1e-9)
        yield at_most(", ".join(index), float(short), sum(new[site, row.period] for site in near))
