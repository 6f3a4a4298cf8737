r"""Compute: which chips fill the halls, and what they deliver.

Needs     sizing.standing
Decides   fitted_mw        server power of chips bought in the period, by cooling of their hall        MW
          alive_mw         server power of new chips alive in the period                               MW
          gigafactory      the site counts as a gigafactory                                            binary
Offers    compute_kh100e   compute of the site, committed chips included                               kH100e
          site_servers_mw  power of new servers alive at the site                                      MW
          site_kchips      new chips alive at the site                                                 thousand chips
          bought_kchips    chips bought in the period                                                  thousand chips
Adds to   site_capex_meur, capex_meur, opex_meur, residual_meur
Symbols   $s$ site, $c$ chip, $k$ cooling, $p$ period, $f_{sckp}$ fitted_mw, $a_{skp}$ alive_mw, $N_{skp}$ standing, $H$ MW of a
          hall, $e_c$ kW per chip, $\ell_c$ life of a chip, $t$ export tier, $L_{ctp}$ supply limit, $q$ period of purchase,
          $P$ last period, $y_s$ gigafactory, $G$ chips of a gigafactory, $N^{giga}$ least gigafactories
"""

import pyomo.environ as pyo

from models.case import Case
from models.reach import (
    chip_residual_meur_per_mw,
    committed_kh100e,
    density_kh100e_per_mw,
    price_meur_per_mw,
)
from models.timeline import first_year, last_period, serves


def add(model: pyo.ConcreteModel, compute: pyo.Block, case: Case) -> None:
    """Add the chips."""
    hall_mw = case.scenario.halls.hall_mw
    places = list(model.sizing.standing)
    choices = [
        (site, chip, cooling, period)
        for site, cooling, period in places
        for chip, model_row in case.chips.items()
        if model_row.first_year <= first_year(case, period) <= model_row.last_year
        and model_row.rack_kw <= case.cooling[cooling].rack_limit_kw
    ]
    compute.fitted_mw = pyo.Var(choices, domain=pyo.NonNegativeReals)
    compute.alive_mw = pyo.Var(places, domain=pyo.NonNegativeReals)
    alive: dict[tuple[str, str, str], list[tuple[str, str, str, str]]] = {place: [] for place in places}
    bought_here: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    for choice in choices:
        site, chip, cooling, bought = choice
        bought_here.setdefault((site, bought), []).append(choice)
        for now in case.periods:
            if (site, cooling, now) in alive and serves(case, bought, case.chips[chip].life_years, now):
                alive[site, cooling, now].append(choice)
    alive_at = {
        (site, period): [choice for cooling in case.cooling for choice in alive.get((site, cooling, period), [])]
        for site in case.sites
        for period in case.periods
    }

    def kchips_per_mw(choice: tuple[str, str, str, str]) -> float:
        return 1 / case.chips[choice[1]].server_kw

    @compute.Constraint(places)
    def alive_servers_are_those_bought_and_not_yet_worn_out(_, site, cooling, period):
        r"""Servers alive are those bought within a chip's life: $a_{skp} = \sum_{c,q \le p < q + \ell_c} f_{sckq}$."""
        bought = pyo.quicksum(compute.fitted_mw[choice] for choice in alive[site, cooling, period])
        return compute.alive_mw[site, cooling, period] == bought

    @compute.Constraint(places)
    def servers_fit_in_halls(_, site, cooling, period):
        r"""Servers fit in the halls built: $a_{skp} \le H N_{skp}$."""
        return compute.alive_mw[site, cooling, period] <= hall_mw * model.sizing.standing[site, cooling, period]

    @compute.Expression(model.sites, model.periods)
    def compute_kh100e(_, site, period):
        """Compute of the chips alive, committed ones included."""
        return committed_kh100e(case, site, period) + pyo.quicksum(
            density_kh100e_per_mw(case, choice[1]) * compute.fitted_mw[choice] for choice in alive_at[site, period]
        )

    @compute.Expression(model.sites, model.periods)
    def site_servers_mw(_, site, period):
        """New servers alive at the site."""
        return pyo.quicksum(
            compute.alive_mw[site, cooling, period] for cooling in case.cooling if (site, cooling, period) in alive
        )

    @compute.Expression(model.sites, model.periods)
    def site_kchips(_, site, period):
        """New chips alive at the site."""
        return pyo.quicksum(kchips_per_mw(choice) * compute.fitted_mw[choice] for choice in alive_at[site, period])

    @compute.Expression(choices)
    def bought_kchips(_, site, chip, cooling, period):
        """Chips bought."""
        choice = site, chip, cooling, period
        return kchips_per_mw(choice) * compute.fitted_mw[choice]

    @compute.Constraint(list(case.chip_supply))
    def market_delivers_what_is_bought(_, chip, tier, period):
        r"""Chips bought stay within what the market delivers to the tier: $\sum_{s \in t,k} f_{sckp} / e_c \le L_{ctp}$.

        Set by chip_supply.limit_kchips.
        """
        bought = [
            compute.bought_kchips[choice]
            for choice in choices
            if choice[1] == chip
            and choice[3] == period
            and tier in ("any", case.countries[case.sites[choice[0]].country].export_tier)
        ]
        return pyo.quicksum(bought) + model.nothing <= case.chip_supply[chip, tier, period].limit_kchips

    rules, final = case.scenario.siting, last_period(case)
    factories = [site for site, row in case.sites.items() if row.status == "candidate" and alive_at[site, final]]
    compute.gigafactory = pyo.Var(factories if rules.gigafactories_min else [], domain=pyo.Binary)

    @compute.Constraint(compute.gigafactory.index_set())
    def gigafactory_holds_its_chips(_, site):
        r"""A gigafactory holds the stated number of chips in the last period: $\sum_{c,k,q \le P < q + \ell_c} f_{sckq} / e_c \ge G y_s$.

        Set by siting.gigafactory_kchips.
        """
        return compute.site_kchips[site, final] >= rules.gigafactory_kchips * compute.gigafactory[site]

    @compute.Constraint([0] if rules.gigafactories_min else [])
    def enough_gigafactories_stand(_, __):
        r"""There are as many gigafactories as asked: $\sum_s y_s \ge N^{giga}$.

        Set by siting.gigafactories_min.
        """
        return pyo.quicksum(compute.gigafactory.values()) + model.nothing >= rules.gigafactories_min

    @compute.Expression(model.sites, model.periods)
    def site_capex_meur(_, site, period):
        """Chips bought, with their servers and network."""
        return pyo.quicksum(
            price_meur_per_mw(case, choice[1]) * compute.fitted_mw[choice]
            for choice in bought_here.get((site, period), [])
        )

    @compute.Expression(model.periods)
    def capex_meur(_, period):
        """Chips bought at all sites."""
        return pyo.quicksum(compute.site_capex_meur[site, period] for site in case.sites)

    @compute.Expression(model.periods)
    def opex_meur(_, period):
        """Staff, software and spares, per year."""
        return case.scenario.money.operation_meur_per_mw * pyo.quicksum(
            compute.alive_mw[place] for place in places if place[2] == period
        )

    @compute.Expression(model.periods)
    def residual_meur(_, period):
        """What the chips' remaining compute costs in the cheapest chip sold at the end."""
        left_meur = {chip: chip_residual_meur_per_mw(case, chip, period) for chip in case.chips}
        return pyo.quicksum(
            left_meur[choice[1]] * compute.fitted_mw[choice]
            for site in case.sites
            for choice in bought_here.get((site, period), [])
        )
