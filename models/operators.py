r"""Operators: who runs each new site, as far as it counts.

Operators that no rule and no cost tells apart are one class (`models/jurisdictions.py`): its capacities are one sum, and who of
them runs what is shared out afterwards. A site is run by one class, by several of its operators where one alone cannot.

Needs     siting.open_in, siting.entered, compute.site_servers_mw, demand.served_kh100e (ledgers site_capex_meur)
Decides   runs           the class runs the new site                                               binary
          run_mw         new servers in service that the class runs at the site                    MW
          served_kh100e  compute of a workload, or of any, served from the site by the class       kH100e
          capital_meur   capital spent at the site in the period, by the class that runs it        MEUR
Offers    (nothing)
Adds to   capex_meur
Symbols   $s$ site, $k$ class of operators, $o$ operator, $p$ period, $P$ last period, $w$ workload or any, $r$ region, $E_{sP}$ entered, $n_{sk}$ runs,
          $a_{skp}$ run_mw, $A_{sp}$ new servers at the site, $\bar a_s$ power for which there is land, $L_o$ capacity of an operator,
          $u_{skwp}$ served_kh100e, $v_{srwp}$ served from the site, $\bar u_{swp}$ most that it could serve, $c_{skp}$ capital_meur,
          $K_{sp}$ capital of the site, $\bar K_{sp}$ most capital that its land can take
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import pyomo.environ as pyo

from models import ledger
from models.case import Case
from models.jurisdictions import ANY, BY_OPERATOR, operator_classes
from models.upper_bounds import most_compute_kh100e, most_power_mw, price_meur_per_mw

FIRST_STAGE = ("operators.runs",)
"""Decided before a future is known, with the site; a class that some future lacks is not chosen."""


def add(model: pyo.ConcreteModel, operators: pyo.Block, case: Case) -> None:
    """Add who runs new sites, where that is asked."""
    classes, final = operator_classes(case), list(case.periods)[-1]
    new = dict.fromkeys(site for site, _ in model.siting.open_in if case.sites[site].status == "candidate")
    sites = list(new) if case.settings.sovereignty.operators else []
    places = [
        (site, kind) for site in sites for kind, row in classes.items() if case.sites[site].country in row.countries
    ]
    by_site: dict[str, list[str]] = {site: [kind for place, kind in places if place == site] for site in sites}
    operators.runs = pyo.Var(places, domain=pyo.Binary)
    # What is split by class has a variable only where a limit, the goal or a cost asks for the split.
    workloads = {row.workload for row in case.sovereignty_limits.values() if row.level in BY_OPERATOR}
    workloads |= {ANY} if "control" in case.settings.question.objectives else set()
    dear = len({row.spread_share for row in classes.values()}) > 1
    split = [(site, kind, period) for site, kind in places for period in case.periods]
    served = [(site, kind, workload, period) for site, kind, period in split for workload in sorted(workloads)]
    operators.run_mw = pyo.Var(split, domain=pyo.NonNegativeReals)
    operators.served_kh100e = pyo.Var(served, domain=pyo.NonNegativeReals)
    operators.capital_meur = pyo.Var(split if dear else [], domain=pyo.NonNegativeReals)
    pairs: dict[tuple[str, str, str], list[tuple[str, str, str, str]]] = {}
    for pair in model.demand.served_kh100e if workloads else ():
        for workload in {pair[2], ANY} & workloads:
            pairs.setdefault((pair[0], workload, pair[3]), []).append(pair)
    asked = {
        (workload, period): sum(
            row.demand_kh100e
            for row in case.demand.values()
            if row.period == period and workload in (row.workload, ANY)
        )
        for workload in workloads
        for period in case.periods
    }

    @operators.Constraint(sites)
    def new_site_is_run_by_one_class(_, site):
        r"""A site that opens is run by one class of operators: $\sum_k n_{sk} = E_{sP}$."""
        return pyo.quicksum(operators.runs[site, kind] for kind in by_site[site]) == model.siting.entered[site, final]

    @operators.Constraint(sites, model.periods)
    def servers_are_run_by_some_class(_, site, period):
        r"""All new servers of a new site are run: $\sum_k a_{skp} = A_{sp}$."""
        run = pyo.quicksum(operators.run_mw[site, kind, period] for kind in by_site[site])
        return run + model.zero == model.compute.site_servers_mw[site, period]

    @operators.Constraint(split)
    def only_the_class_of_a_site_runs_servers(_, site, kind, period):
        r"""Only the class that runs a site runs its servers: $a_{skp} \le \bar a_s n_{sk}$."""
        return operators.run_mw[site, kind, period] <= case.sites[site].land_mw * operators.runs[site, kind]

    @operators.Constraint(list(classes), model.periods)
    def operators_run_no_more_than_they_can(_, kind, period):
        r"""Operators of a class run no more than they can together: $\sum_s a_{skp} \le \sum_{o \in k} L_o$.

        Set by operators.capacity_mw.
        """
        run = pyo.quicksum(operators.run_mw[site, kind, period] for site in sites if kind in by_site[site])
        return run + model.zero <= classes[kind].capacity_mw(case)

    @operators.Constraint(list(dict.fromkeys((site, workload, period) for site, _, workload, period in served)))
    def compute_is_served_by_the_class_of_its_site(_, site, workload, period):
        r"""What a new site serves is served by some class: $\sum_k u_{skwp} = \sum_r v_{srwp}$."""
        by_class = pyo.quicksum(operators.served_kh100e[site, kind, workload, period] for kind in by_site[site])
        found = pairs.get((site, workload, period), [])
        return by_class == pyo.quicksum(model.demand.served_kh100e[pair] for pair in found) + model.zero

    @operators.Constraint(served)
    def only_the_class_of_a_site_serves(_, site, kind, workload, period):
        r"""Only the class that runs a site serves from it: $u_{skwp} \le \bar u_{swp} n_{sk}$."""
        most = min(most_compute_kh100e(case, site, period), asked[workload, period])
        return operators.served_kh100e[site, kind, workload, period] <= most * operators.runs[site, kind]

    @operators.Constraint(list(dict.fromkeys((site, period) for site, _, period in operators.capital_meur)))
    def capital_of_a_site_is_split_by_class(_, site, period):
        r"""The capital of a new site is that of some class: $\sum_k c_{skp} = K_{sp}$."""
        by_class = pyo.quicksum(operators.capital_meur[site, kind, period] for kind in by_site[site])
        return by_class == ledger.total(model, "site_capex_meur", site, period) + model.zero

    @operators.Constraint(operators.capital_meur.index_set())
    def only_the_class_of_a_site_spends(_, site, kind, period):
        r"""Only the class that runs a site spends on it: $c_{skp} \le \bar K_{sp} n_{sk}$."""
        return operators.capital_meur[site, kind, period] <= _most_meur(case, site, period) * operators.runs[site, kind]

    @operators.Expression(model.periods)
    def capex_meur(_, period):
        """What operators pay more than others for the capital of their sites: their spread on it."""
        if dear:
            parts = [(kind, operators.capital_meur[site, kind, when]) for site, kind, when in split if when == period]
            return pyo.quicksum(classes[kind].spread_share * part for kind, part in parts)
        spread = next((row.spread_share for row in classes.values()), 0.0)
        total = pyo.quicksum(ledger.total(model, "site_capex_meur", site, period) for site in sites if spread)
        return spread * total


def _most_meur(case: Case, site: str, period: str) -> float:
    """Return more than the capital that a site can take in a period, MEUR: all its land, in the dearest way."""
    row, money, country = case.sites[site], case.settings.money, case.countries[case.sites[site].country]
    hall = max(kind.capex_meur_per_mw for kind in case.cooling.values()) * country.building_factor
    chip = max(
        (price_meur_per_mw(case, each) for kind in case.chips_sold.values() for each in kind[period]), default=0.0
    )
    works = money.connection_meur_per_mw + money.connection_meur_per_mw_km * row.distance_km
    works += country.connection_charge_meur_per_mw
    land = row.land_mw * (hall + chip + money.heat_meur_per_mw)
    return row.opening_meur + land + works * most_power_mw(case, site, period)
