r"""Siting: which sites open, and when.

Needs     (nothing)
Decides   open_in     the candidate, or a committed site's extension, is to enter service in the period   binary
          close_in    the candidate is closed down at the start of the period                       binary
          hosts       the member state has a new site (1) or not (0)                                0..1
Offers    entered     new halls may stand at the site                                               0 or 1
          opened      the site is open in the period                                                0 or 1
Adds to   (nothing)
Symbols   $s$ site, $p, q$ period, $P$ last period, $Y_p$ first year, $d_s$ years late, $c$ country, $Q$ group of close sites, $o_{sp}$ open_in, $x_{sp}$ close_in, $E_{sp}$ entered, $O_{sp}$ opened,
          $m_c$ hosts, $N^{max}$ most new sites, $N^{min}$ least new sites, $N_c$ most new sites of a country,
          $N^{states}$ least member states, $U_{sp}$ opened or, at a committed site, entered
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pyomo.environ as pyo
from pyproj import Geod

from models.case import Case
from models.timeline import first_year, last_period, service_share, until
from models.upper_bounds import most_halls, rules_against

FIRST_STAGE = ("siting.open_in", "siting.close_in")
"""Decided before a future is known."""
LEAST_M_PER_DEGREE = 110_000.0
"""Less than a degree of latitude anywhere on the ellipsoid (110,574 m at the equator)."""


def add(model: pyo.ConcreteModel, siting: pyo.Block, case: Case) -> None:
    """Add the decision which sites open, and when."""
    rules, final = case.settings.siting, last_period(case)
    candidates = [name for name, site in case.sites.items() if site.status == "candidate"]
    extensible = [
        (name, period)
        for name, site in case.sites.items()
        if site.status == "committed"
        for period in decided_until(case, name, final)
        if any(most_halls(case, name, cooling, period) for cooling in case.cooling)
    ]
    openings = [
        (name, period)
        for name in candidates
        if not rules_against(case, name)
        for period in decided_until(case, name, final)
        if first_year(case, period) >= max(case.sites[name].permit_year, case.sites[name].connection_year)
    ]
    siting.open_in = pyo.Var([*openings, *extensible], domain=pyo.Binary)
    closings = [
        (name, period)
        for name in candidates
        for period in case.periods
        if rules.closing and any((name, past) in siting.open_in for past in until(case, period)[:-1])
    ]
    siting.close_in = pyo.Var(closings, domain=pyo.Binary)

    @siting.Expression(model.sites, model.periods)
    def entered(_, site, period):
        r"""New halls may stand at the site: a candidate that opened, a committed site whose extension did, late or not: $E_{sp} = \sum_{q: Y_q + d_s \le Y_p} o_{sq}$."""
        return pyo.quicksum(
            siting.open_in[site, past] for past in decided_until(case, site, period) if (site, past) in siting.open_in
        )

    @siting.Expression(model.sites, model.periods)
    def opened(_, site, period):
        """The site is open: committed ones from the period of their year on, candidates until they are closed."""
        if case.sites[site].status == "committed":
            return 1.0 if service_share(case, case.sites[site].committed_year, math.inf, period) > 0 else 0.0
        return siting.entered[site, period] - pyo.quicksum(
            siting.close_in[site, past] for past in until(case, period) if (site, past) in siting.close_in
        )

    able = dict.fromkeys(site for site, _ in siting.open_in)
    entered_ever = {site: siting.entered[site, final] for site in able}
    new_ever = {site: entered_ever[site] for site in able if case.sites[site].status == "candidate"}
    open_at_end = {site: siting.opened[site, final] for site in new_ever}
    by_country: dict[str, list[str]] = {}
    for site in entered_ever:
        by_country.setdefault(case.sites[site].country, []).append(site)

    @siting.Constraint(list(able))
    def opens_at_most_once(_, site):
        r"""A site opens, or is extended, at most once: $\sum_p o_{sp} \le 1$."""
        return entered_ever[site] <= 1

    @siting.Constraint(closings)
    def only_an_open_site_is_closed(_, site, period):
        r"""A site is closed once, and only after it was open: $\sum_{q \le p} x_{sq} \le E_{s,p-1}$."""
        before = until(case, period)[-2]
        return siting.opened[site, period] >= siting.entered[site, period] - siting.entered[site, before]

    @siting.Constraint()
    def number_of_sites_stays_within_maximum(_):
        r"""There are no more new sites than wanted: $\sum_s E_{sP} \le N^{max}$.

        Set by siting.sites_max.
        """
        return pyo.quicksum(new_ever.values()) + model.zero <= rules.sites_max

    @siting.Constraint()
    def number_of_sites_reaches_minimum(_):
        r"""There are as many new sites as wanted: $\sum_s O_{sP} \ge N^{min}$.

        Set by siting.sites_min.
        """
        return pyo.quicksum(open_at_end.values()) + model.zero >= rules.sites_min

    @siting.Constraint(list(by_country))
    def country_stays_within_maximum(_, country):
        r"""A country receives no more new sites and extensions than it may: $\sum_{s \in c} E_{sP} \le N_c$.

        Set by countries.sites_max.
        """
        return pyo.quicksum(entered_ever[site] for site in by_country[country]) <= case.countries[country].sites_max

    @siting.Constraint(list(dict.fromkeys(rules.must)))
    def site_asked_for_is_chosen(_, site):
        r"""A site that has to be chosen is open in the last period, a committed one extended: $U_{sP} \ge 1$.

        Set by siting.must.
        """
        return open_at_end.get(site, entered_ever.get(site, 0.0)) + model.zero >= 1

    new_in = {name: [site for site in sites if site in open_at_end] for name, sites in by_country.items()}
    members = [name for name, sites in new_in.items() if sites and case.countries[name].eu_member]
    siting.hosts = pyo.Var(members if rules.member_states_min else [], bounds=(0, 1))

    @siting.Constraint(siting.hosts.index_set())
    def host_has_a_site(_, country):
        r"""A member state hosts only with a new site: $m_c \le \sum_{s \in c} O_{sP}$."""
        return siting.hosts[country] <= pyo.quicksum(open_at_end[site] for site in new_in[country])

    @siting.Constraint([0] if rules.member_states_min else [])
    def enough_member_states_host(_, __):
        r"""Enough member states host a new site: $\sum_c m_c \ge N^{states}$.

        Set by siting.member_states_min.
        """
        return pyo.quicksum(siting.hosts.values()) + model.zero >= rules.member_states_min

    cliques = close_groups(case, list(able))

    @siting.Constraint(range(len(cliques)))
    def close_sites_exclude_each_other(_, group):
        r"""Of sites all closer to each other than the separation, one opens or is extended: $\sum_{s \in Q} E_{sP} \le 1$.

        Set by siting.separation_km.
        """
        return pyo.quicksum(entered_ever[site] for site in cliques[group]) <= 1


def decided_until(case: Case, site: str, period: str) -> list[str]:
    """Return the periods for which a site may have been decided that is in service in a period."""
    ready = first_year(case, period) - case.sites[site].late_years
    return [past for past in until(case, period) if first_year(case, past) <= ready]


def close_groups(case: Case, sites: list[str]) -> list[tuple[str, ...]]:
    """Return groups of sites all closer to each other than the separation distance, covering every close pair.

    Distances are geodesic (WGS 84). Groups are grown greedily in the order of the sites, so each is maximal.
    """
    limit_km = case.settings.siting.separation_km
    if not limit_km:
        return []
    place = {site: position for position, site in enumerate(sites)}
    close: dict[str, set[str]] = {site: set() for site in sites}
    for one, other in _close_pairs(case, sites, 1000 * limit_km):
        close[one].add(other)
        close[other].add(one)
    groups: list[tuple[str, ...]] = []
    covered: set[frozenset[str]] = set()
    for one in sites:
        for other in sorted(close[one]):
            if frozenset((one, other)) in covered:
                continue
            group, near = [one, other], close[one] & close[other]
            while near:
                third = min(near, key=place.__getitem__)
                group.append(third)
                near = near & close[third]
            covered.update(frozenset(pair) for pair in combinations(group, 2))
            groups.append(tuple(sorted(group)))
    return groups


def _close_pairs(case: Case, sites: list[str], limit_m: float) -> Iterator[tuple[str, str]]:
    """Yield the pairs of sites closer than a distance; only those within its degrees of latitude are measured."""
    if not sites:
        return
    latitudes, longitudes = np.array([(case.sites[site].latitude, case.sites[site].longitude) for site in sites]).T
    order = np.argsort(latitudes, kind="stable")
    ends = np.searchsorted(latitudes[order], latitudes[order] + limit_m / LEAST_M_PER_DEGREE, side="right")
    counts = ends - np.arange(len(order)) - 1
    first = np.repeat(np.arange(len(order)), counts)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    one, other = order[first], order[second]
    metres = Geod(ellps="WGS84").inv(longitudes[one], latitudes[one], longitudes[other], latitudes[other])[2]
    for pair in np.flatnonzero(np.asarray(metres) < limit_m).tolist():
        yield sites[one[pair]], sites[other[pair]]
