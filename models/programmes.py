r"""Programmes: what governments have promised by a year, as compute or as a number of sites.

Needs     compute.compute_kh100e, siting.opened, siting.entered
Decides   (nothing)
Offers    compute_kh100e   compute at the sites that the programme counts                   kH100e
          sites            sites that the programme counts                                  count
Adds to   (nothing)
Symbols   $g$ programme, $p$ period, $s$ site, $S_g$ sites in its countries, of its kind, within its round trips, $C_g$ candidates and $B_g$ committed sites among them,
          $z_{sp}$ compute_kh100e, $z^0_{sp}$ compute of a committed site's own chips, $O_{sp}$ opened, $E_{sp}$ entered, $F_g$ least compute, $N_g$ least sites,
          $b_g$ 1 where what committed sites have already counts
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import math

import pyomo.environ as pyo

from models.case import Case
from models.timeline import first_year, service_share
from models.upper_bounds import committed_kh100e


def add(model: pyo.ConcreteModel, programmes: pyo.Block, case: Case) -> None:
    """Add what every programme counts, and its floors."""
    members = {name: members_of(case, name) for name in case.programmes}

    @programmes.Expression(list(case.programmes), model.periods)
    def compute_kh100e(_, programme, period):
        """Compute at the sites that the programme counts."""
        own = 0.0 if case.programmes[programme].counts_committed else 1.0
        return pyo.quicksum(
            model.compute.compute_kh100e[site, period] - own * committed_kh100e(case, site, period)
            for site in members[programme]
        )

    @programmes.Expression(list(case.programmes), model.periods)
    def sites(_, programme, period):
        """Sites that the programme counts: open candidates and extended committed ones, or all open ones."""
        every = case.programmes[programme].counts_committed
        return pyo.quicksum(
            model.siting.opened[site, period]
            if every or case.sites[site].status == "candidate"
            else model.siting.entered[site, period]
            for site in members[programme]
        )

    def held(column: str) -> list[tuple[str, str]]:
        asking = [name for name, row in case.programmes.items() if getattr(row, column)]
        return [(name, period) for name in asking for period in case.periods if holds_in(case, name, period)]

    @programmes.Constraint(held("floor_kh100e"))
    def programme_has_its_compute(_, programme, period):
        r"""A programme has its compute from its year on: $\sum_{s \in S_g} (z_{sp} - (1 - b_g) z^0_{sp}) \ge F_g$.

        Set by programmes.floor_kh100e.
        """
        least = case.programmes[programme].floor_kh100e
        return programmes.compute_kh100e[programme, period] + model.zero >= least

    @programmes.Constraint(held("floor_sites"))
    def programme_has_its_sites(_, programme, period):
        r"""A programme has its sites from its year on: $\sum_{s \in C_g} O_{sp} + \sum_{s \in B_g} (b_g O_{sp} + (1 - b_g) E_{sp}) \ge N_g$.

        Set by programmes.floor_sites.
        """
        return programmes.sites[programme, period] + model.zero >= case.programmes[programme].floor_sites


def members_of(case: Case, programme: str) -> list[str]:
    """Return the sites that a programme counts: in its countries, of its kind, within its round trips."""
    row = case.programmes[programme]
    countries = {country for name, country in case.programme_countries if name == programme}
    near = {region: each.latency_ms for (name, region), each in case.programme_regions.items() if name == programme}
    return [
        site
        for site, here in case.sites.items()
        if (not countries or here.country in countries)
        and row.kind in ("", here.kind)
        and all(case.round_trip_ms[site, region] <= most for region, most in near.items())
    ]


def holds_in(case: Case, programme: str, period: str) -> bool:
    """Tell whether a programme has to be reached in a period: it has the programme's year or a later one, up to its last."""
    row = case.programmes[programme]
    return first_year(case, period) <= row.last_year and service_share(case, row.first_year, math.inf, period) > 0
