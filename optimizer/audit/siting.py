"""Audit of siting: which sites open, and when."""

from collections.abc import Iterator
from itertools import combinations

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_least, at_most, true

CHECKS = Registry(__name__)


@CHECKS.rule()
def sites_open_when_they_can_be_ready(audited: AuditedPlan) -> Iterator[Residual]:
    """Sites open or are extended once permit and connection can be ready, committed ones from their year on.

    What would come after the last period has begun is not decided.
    """
    for (site, period), opens in audited.opens.items():
        row = audited.case.sites[site]
        exists = row.status == "candidate" or row.committed_year <= audited.year[period]
        comes = audited.year[period] + row.late_years <= audited.year[audited.final]
        yield at_most(f"{site}, {period}", opens, float(exists and comes and audited.ready(site, period)))


@CHECKS.rule()
def sites_are_those_allowed(audited: AuditedPlan) -> Iterator[Residual]:
    """What opens or is extended is not ruled out: by its name, its country, or its distance to a point."""
    for site in audited.entering_sites:
        yield true(site, not audited.ruled_out(site))


@CHECKS.rule()
def site_asked_for_is_chosen(audited: AuditedPlan) -> Iterator[Residual]:
    """A site that has to be chosen is a new one open in the last period, or a committed one that is extended."""
    for site in audited.case.settings.siting.must:
        extended = site in audited.entering_sites and audited.case.sites[site].status == "committed"
        yield at_least(site, float(extended or site in audited.new_sites), 1)


@CHECKS.rule()
def opens_at_most_once(audited: AuditedPlan) -> Iterator[Residual]:
    """The openings of a site over all periods sum to at most 1."""
    for site in audited.case.sites:
        yield at_most(site, sum(audited.opens[site, period] for period in audited.periods), 1)


@CHECKS.rule()
def only_an_open_site_is_closed(audited: AuditedPlan) -> Iterator[Residual]:
    """A candidate is closed at most once, in a period after the one it opens in, and only where the scenario allows."""
    closed = [(row.site, row.period) for row in audited.plan.sites if row.closes]
    yield at_most("", len(closed) if not audited.case.settings.siting.closing else 0, 0)
    for site, period in closed:
        before = audited.periods[: audited.periods.index(period)]
        open_before = bool(before) and audited.opened(site, before[-1]) == 1
        yield true(f"{site}, {period}", open_before and audited.case.sites[site].status == "candidate")


@CHECKS.rule()
def number_of_sites_stays_within_maximum(audited: AuditedPlan) -> Iterator[Residual]:
    """Candidates that ever open <= sites_max."""
    new = [site for site in audited.entering_sites if audited.case.sites[site].status == "candidate"]
    yield at_most("", len(new), audited.case.settings.siting.sites_max)


@CHECKS.rule()
def number_of_sites_reaches_minimum(audited: AuditedPlan) -> Iterator[Residual]:
    """New sites open in the last period >= sites_min."""
    yield at_least("", len(audited.new_sites), audited.case.settings.siting.sites_min)


@CHECKS.rule()
def country_stays_within_maximum(audited: AuditedPlan) -> Iterator[Residual]:
    """New sites and extensions of a country <= its sites_max."""
    for country, row in audited.case.countries.items():
        sites = [site for site in audited.entering_sites if audited.case.sites[site].country == country]
        yield at_most(country, len(sites), row.sites_max)


@CHECKS.rule("host_has_a_site")
def enough_member_states_host(audited: AuditedPlan) -> Iterator[Residual]:
    """Member states of the Union with a new site >= member_states_min."""
    hosts = {audited.case.sites[site].country for site in audited.new_sites}
    members = [country for country in hosts if audited.case.countries[country].eu_member]
    yield at_least("", len(members), audited.case.settings.siting.member_states_min)


@CHECKS.rule()
def close_sites_exclude_each_other(audited: AuditedPlan) -> Iterator[Residual]:
    """The geodesic (WGS 84) between any two sites that open or are extended >= separation_km."""
    for one, other in combinations(audited.entering_sites, 2):
        there = audited.case.sites[other]
        away_km = audited.km_from(one, there.latitude, there.longitude)
        yield at_least(f"{one}, {other}", away_km, audited.case.settings.siting.separation_km)
