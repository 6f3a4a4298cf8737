r"""Siting: which sites open, and when.

Needs     (nothing)
Decides   open_in     the candidate enters service in the period               binary
          hosts       the member state has a new site (1) or not (0)            0..1
Offers    opened      the site is open in the period                            0 or 1
Adds to   (nothing)
Symbols   $s$ site, $p$ period, $P$ last period, $c$ country, $Q$ group of close sites, $o_{sp}$ open_in, $O_{sp}$ opened,
          $m_c$ hosts, $N^{max}$ most new sites, $N^{min}$ least new sites, $N_c$ most new sites of a country,
          $N^{states}$ least member states
"""

import pyomo.environ as pyo
from pyproj import Geod

from models.case import Case
from models.timeline import first_year, last_period, until


def add(model: pyo.ConcreteModel, siting: pyo.Block, case: Case) -> None:
    """Add the decision which sites open, and when."""
    rules = case.scenario.siting
    candidates = [name for name, site in case.sites.items() if site.status == "candidate"]
    openings = [
        (name, period)
        for name in candidates
        for period in case.periods
        if first_year(case, period) >= max(case.sites[name].permit_year, case.sites[name].connection_year)
    ]
    siting.open_in = pyo.Var(openings, domain=pyo.Binary)

    @siting.Expression(model.sites, model.periods)
    def opened(_, site, period):
        """The site is open: committed ones from their year on, candidates from the period they open in."""
        if case.sites[site].status == "committed":
            return 1.0 if case.sites[site].committed_year <= first_year(case, period) else 0.0
        return pyo.quicksum(
            siting.open_in[site, past] for past in until(case, period) if (site, past) in siting.open_in
        )

    final = last_period(case)
    opened_new = {
        site: siting.opened[site, final]
        for site in candidates
        if (site, final) in siting.opened and any((site, period) in siting.open_in for period in case.periods)
    }
    by_country: dict[str, list[str]] = {}
    for site in opened_new:
        by_country.setdefault(case.sites[site].country, []).append(site)

    @siting.Constraint(list(opened_new))
    def opens_at_most_once(_, site):
        r"""A site opens at most once: $\sum_p o_{sp} \le 1$."""
        return opened_new[site] <= 1

    @siting.Constraint()
    def number_of_sites_stays_within_maximum(_):
        r"""There are no more new sites than wanted: $\sum_s O_{sP} \le N^{max}$.

        Set by siting.sites_max.
        """
        return pyo.quicksum(opened_new.values()) + model.nothing <= rules.sites_max

    @siting.Constraint()
    def number_of_sites_reaches_minimum(_):
        r"""There are as many new sites as wanted: $\sum_s O_{sP} \ge N^{min}$.

        Set by siting.sites_min.
        """
        return pyo.quicksum(opened_new.values()) + model.nothing >= rules.sites_min

    @siting.Constraint(list(by_country))
    def country_stays_within_maximum(_, country):
        r"""A country receives no more new sites than it may: $\sum_{s \in c} O_{sP} \le N_c$.

        Set by countries.sites_max.
        """
        return pyo.quicksum(opened_new[site] for site in by_country[country]) <= case.countries[country].sites_max

    members = [name for name in by_country if case.countries[name].eu_member]
    siting.hosts = pyo.Var(members if rules.member_states_min else [], bounds=(0, 1))

    @siting.Constraint(siting.hosts.index_set())
    def host_has_a_site(_, country):
        r"""A member state hosts only with a new site: $m_c \le \sum_{s \in c} O_{sP}$."""
        return siting.hosts[country] <= pyo.quicksum(opened_new[site] for site in by_country[country])

    @siting.Constraint([0] if rules.member_states_min else [])
    def enough_member_states_host(_, __):
        r"""Enough member states host a new site: $\sum_c m_c \ge N^{states}$.

        Set by siting.member_states_min.
        """
        return pyo.quicksum(siting.hosts.values()) + model.nothing >= rules.member_states_min

    cliques = close_groups(case, list(opened_new))

    @siting.Constraint(range(len(cliques)))
    def close_sites_exclude_each_other(_, group):
        r"""Of new sites all closer to each other than the separation, one opens: $\sum_{s \in Q} O_{sP} \le 1$.

        Set by siting.separation_km.
        """
        return pyo.quicksum(opened_new[site] for site in cliques[group]) <= 1


def close_groups(case: Case, sites: list[str]) -> list[tuple[str, ...]]:
    """Return groups of sites all closer to each other than the separation distance, covering every close pair.

    Distances are geodesic (WGS 84). Groups are grown greedily in the order of the sites, so each is maximal.
    """
    limit_km = case.scenario.siting.separation_km
    if not limit_km:
        return []
    geod = Geod(ellps="WGS84")
    close: dict[str, set[str]] = {site: set() for site in sites}
    for position, one in enumerate(sites):
        others = sites[position + 1 :]
        here = case.sites[one]
        there = [case.sites[other] for other in others]
        if not others:
            continue
        metres = geod.inv(
            [here.longitude] * len(others),
            [here.latitude] * len(others),
            [site.longitude for site in there],
            [site.latitude for site in there],
        )[2]
        for other, distance in zip(others, metres, strict=True):
            if distance < limit_km * 1000:
                close[one].add(other)
                close[other].add(one)
    groups: list[tuple[str, ...]] = []
    covered: set[frozenset[str]] = set()
    for one in sites:
        for other in sorted(close[one]):
            if frozenset((one, other)) in covered:
                continue
            group = [one, other]
            for third in sites:
                if third not in group and all(third in close[member] for member in group):
                    group.append(third)
            covered.update(frozenset((a, b)) for a in group for b in group if a != b)
            groups.append(tuple(sorted(group)))
    return groups
