r"""Demand: who is served, from where.

Needs     siting.opened, siting.entered, compute.compute_kh100e
Decides   served_kh100e        compute served to a region's workload from a site           kH100e
Offers    site_served_kh100e   compute served from a site                                  kH100e
          region_served_kh100e compute served to a region's workload                       kH100e
Adds to   opex_meur
Symbols   $s$ site, $r$ region, $w$ workload, $p$ period, $v_{srwp}$ served_kh100e, $C_{sp}$ compute_kh100e,
          $D_{rwp}$ demand, $\kappa_w$ coverage, $\bar C_{sp}$ most compute the site could hold, $O_{sp}$ opened,
          $S_{rw}$ candidates within reach of the workload, $B_{rw}$ committed sites within reach, $E_{sp}$ entered
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import pyomo.environ as pyo

from models.case import Case
from models.upper_bounds import committed_kh100e, most_compute_kh100e

DERIVED = ("site_serves_no_more_than_it_computes",)
"""Rules whose number is no limit that anyone could move: a committed site's compute."""


def add(model: pyo.ConcreteModel, demand: pyo.Block, case: Case) -> None:
    """Add who is served."""
    asked = {index: row.demand_kh100e for index, row in case.demand.items() if row.demand_kh100e > 0}
    most = {(site, period): most_compute_kh100e(case, site, period) for site in case.sites for period in case.periods}
    pairs = [
        (site, region, workload, period)
        for region, workload, period in asked
        for site in case.sites
        if most[site, period] > 0 and case.round_trip_ms[site, region] <= case.workloads[workload].latency_ms
    ]
    demand.served_kh100e = pyo.Var(pairs, domain=pyo.NonNegativeReals)
    from_site: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    to_region: dict[tuple[str, str, str], list[tuple[str, str, str, str]]] = {index: [] for index in asked}
    for pair in pairs:
        from_site.setdefault((pair[0], pair[3]), []).append(pair)
        to_region[pair[1:]].append(pair)

    @demand.Expression(model.sites, model.periods)
    def site_served_kh100e(_, site, period):
        """Compute served from the site."""
        return pyo.quicksum(demand.served_kh100e[pair] for pair in from_site.get((site, period), []))

    @demand.Expression(list(asked))
    def region_served_kh100e(_, region, workload, period):
        """Compute served to the region's workload."""
        return pyo.quicksum(demand.served_kh100e[pair] for pair in to_region[region, workload, period])

    @demand.Constraint(list(from_site))
    def site_serves_no_more_than_it_computes(_, site, period):
        r"""No site serves more than it computes: $\sum_{rw} v_{srwp} \le C_{sp}$."""
        return demand.site_served_kh100e[site, period] <= model.compute.compute_kh100e[site, period]

    @demand.Constraint([index for index in asked if to_region[index]])
    def region_gets_no_more_than_it_asks(_, region, workload, period):
        r"""No region is served more than it asks: $\sum_s v_{srwp} \le D_{rwp}$."""
        return demand.region_served_kh100e[region, workload, period] <= asked[region, workload, period]

    @demand.Constraint([index for index in asked if case.workloads[index[1]].coverage_share > 0])
    def region_gets_its_coverage(_, region, workload, period):
        r"""Every region gets the coverage promised to the workload: $\sum_s v_{srwp} \ge \kappa_w D_{rwp}$.

        Set by workloads.coverage_share, demand.demand_kh100e.
        """
        floor = case.workloads[workload].coverage_share * asked[region, workload, period]
        return demand.region_served_kh100e[region, workload, period] + model.zero >= floor

    # Without it a relaxation opens such a small part of a site as computes the coverage.
    @demand.Constraint(
        [
            (region, workload, period)
            for (region, workload, period), sites in to_region.items()
            if case.workloads[workload].coverage_share * asked[region, workload, period]
            > sum(committed_kh100e(case, pair[0], period) for pair in sites) * (1 + 1e-9)
        ]
    )
    def coverage_beyond_committed_compute_has_a_site_in_reach(_, region, workload, period):
        r"""Coverage beyond what committed sites compute needs a new site, or an extension, in reach: $\sum_{s \in S_{rw}} O_{sp} + \sum_{s \in B_{rw}} E_{sp} \ge 1$.

        Set by workloads.coverage_share, demand.demand_kh100e.
        """
        served_from = [pair[0] for pair in to_region[region, workload, period]]
        stands = {"candidate": model.siting.opened, "committed": model.siting.entered}
        started = pyo.quicksum(stands[case.sites[site].status][site, period] for site in served_from)
        return started + model.zero >= 1

    # Where carrying costs nothing, regions share what is open, and these rows only slow the search; where demand exceeds
    # what the site could ever hold, the row on the site's compute says the same.
    carried = {(region, workload) for _, region, workload in case.transfers}
    strong = [
        pair
        for pair in pairs
        if case.sites[pair[0]].status == "candidate"
        and pair[1:3] in carried
        and asked[pair[1:]] < most[pair[0], pair[3]]
    ]

    @demand.Constraint(strong)
    def only_open_sites_serve(_, site, region, workload, period):
        r"""Only open sites serve, and at most what is asked, where carrying costs: $v_{srwp} \le \min(D_{rwp}, \bar C_{sp}) O_{sp}$."""
        return (
            demand.served_kh100e[site, region, workload, period]
            <= asked[region, workload, period] * model.siting.opened[site, period]
        )

    @demand.Expression(model.periods)
    def opex_meur(_, period):
        """Cost of carrying the work between region and site, per year."""
        return pyo.quicksum(
            case.transfers[pair[:3]].cost_meur_per_kh100e_year * demand.served_kh100e[pair]
            for pair in pairs
            if pair[3] == period and pair[:3] in case.transfers
        )
