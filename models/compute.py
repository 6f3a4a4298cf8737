r"""Compute: which chips fill the halls, and what they deliver.

Needs     siting.opened, siting.entered, siting.close_in, sizing.standing
Decides   fitted_mw        server power of chips bought in the period, by cooling of their hall        MW
          alive_mw         server power of new chips in service, mean of the period                    MW
          gigafactory      the site counts as a gigafactory                                            binary
Offers    compute_kh100e   compute of the site, committed chips included                               kH100e
          site_servers_mw  power of new servers in service at the site                                 MW
          site_kchips      new chips in service at the site                                            thousand chips
          bought_kchips    chips bought in the period                                                  thousand chips
Adds to   site_capex_meur, capex_meur, opex_meur, residual_meur
Symbols   $s$ site, $c$ chip, $k$ cooling, $p$ period, $f_{sckp}$ fitted_mw, $a_{skp}$ alive_mw, $N_{skp}$ standing, $H$ MW of a
          hall, $e_c$ kW per chip, $\ell_c$ life of a chip, $t$ export tier, $L_{ctp}$ supply limit, $X_{jnp}$ cap of a jurisdiction $j$ on a country $n$, $q$ period of purchase,
          $Y_p$ first year, $L_p$ length of a period, $S_{cqp}$ share of period $p$ that a chip of period $q$ serves:
          $\min(1, \max(0, (Y_q + \ell_c - Y_p) / L_p))$ from $q$ on, $\underline a_s$ least power of an open site,
          $C_{sp}$ power of a committed site's own chips, $U_{sp}$ opened or, at a committed site, entered,
          $O_{sp}$ opened, $\bar a_s$ power for which there is land,
          $P$ last period, $K$ least chips of a new site, $y_s$ gigafactory, $G$ what makes a gigafactory (chips or H100e), $N^{giga}$ least gigafactories,
          $E_{sp}$ entered, $g_c$ what a MW of a chip counts for in a gigafactory: $1 / e_c$ chips or $\delta_c$ H100e, 0 if it is not advanced
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import pyomo.environ as pyo

from models.case import Case
from models.timeline import first_year, last_period, service_share
from models.upper_bounds import (
    chip_residual_meur_per_mw,
    committed_kh100e,
    committed_mw,
    density_kh100e_per_mw,
    export_caps,
    gigafactory_density,
    may_be_gigafactory,
    operation_meur_per_mw,
    price_meur_per_mw,
)

Choice = tuple[str, str, str, str]
"""Site, chip, cooling, period of purchase."""


def add(model: pyo.ConcreteModel, compute: pyo.Block, case: Case) -> None:
    """Add the chips."""
    hall_mw = case.settings.halls.hall_mw
    places = list(model.sizing.standing)
    choices = [
        (site, chip, cooling, period) for site, cooling, period in places for chip in case.chips_sold[cooling][period]
    ]
    compute.fitted_mw = pyo.Var(choices, domain=pyo.NonNegativeReals)
    compute.alive_mw = pyo.Var(places, domain=pyo.NonNegativeReals)
    alive: dict[tuple[str, str, str], list[tuple[Choice, float]]] = {place: [] for place in places}
    bought_here: dict[tuple[str, str], list[Choice]] = {}
    for choice in choices:
        site, chip, cooling, bought = choice
        bought_here.setdefault((site, bought), []).append(choice)
        for now in case.periods:
            share = service_share(case, first_year(case, bought), case.chips[chip].life_years, now)
            if (site, cooling, now) in alive and share > 0:
                alive[site, cooling, now].append((choice, share))
    alive_at = {
        (site, period): [each for cooling in case.cooling for each in alive.get((site, cooling, period), [])]
        for site in case.sites
        for period in case.periods
    }

    def kchips_per_mw(choice: Choice) -> float:
        return 1 / case.chips[choice[1]].server_kw

    @compute.Constraint(places)
    def servers_in_service_are_those_bought_and_not_yet_worn_out(_, site, cooling, period):
        r"""Servers in service are those bought, for the share of the period that their chips live: $a_{skp} = \sum_{c,q \le p} S_{cqp} f_{sckq}$."""
        serving = pyo.quicksum(share * compute.fitted_mw[choice] for choice, share in alive[site, cooling, period])
        return compute.alive_mw[site, cooling, period] == serving

    @compute.Constraint(places)
    def servers_fit_in_halls(_, site, cooling, period):
        r"""Servers fit in the halls built; a place is held in every period in which its chip serves: $\sum_{c,q \le p : S_{cqp} > 0} f_{sckq} \le H N_{skp}$."""
        held = pyo.quicksum(compute.fitted_mw[choice] for choice, _ in alive[site, cooling, period])
        return held <= hall_mw * model.sizing.standing[site, cooling, period]

    @compute.Expression(model.sites, model.periods)
    def compute_kh100e(_, site, period):
        """Compute of the chips in service, committed ones included."""
        return committed_kh100e(case, site, period) + pyo.quicksum(
            density_kh100e_per_mw(case, choice[1]) * share * compute.fitted_mw[choice]
            for choice, share in alive_at[site, period]
        )

    @compute.Expression(model.sites, model.periods)
    def site_servers_mw(_, site, period):
        """New servers in service at the site, mean of the period."""
        return pyo.quicksum(
            compute.alive_mw[site, cooling, period] for cooling in case.cooling if (site, cooling, period) in alive
        )

    sized = [
        (site, period)
        for site, period in dict.fromkeys((site, period) for site, _, period in places)
        if case.sites[site].minimum_mw > committed_mw(case, site, period)
    ]

    @compute.Constraint(sized)
    def open_site_runs_servers_of_its_least_size(_, site, period):
        r"""Servers in service at an open or extended site reach its least size, a committed site's own included: $\sum_k a_{skp} + C_{sp} \ge \underline a_s U_{sp}$.

        Set by sites.minimum_mw.
        """
        row = case.sites[site]
        stands = model.siting.opened if row.status == "candidate" else model.siting.entered
        least = row.minimum_mw - committed_mw(case, site, period)
        return compute.site_servers_mw[site, period] >= least * stands[site, period]

    with_servers = {(site, period) for site, _, period in places}

    @compute.Constraint([place for place in model.siting.close_in if place in with_servers])
    def closed_site_runs_no_servers(_, site, period):
        r"""A site that is closed down runs no servers: $\sum_k a_{skp} \le \bar a_s O_{sp}$."""
        land_mw = case.sites[site].land_mw
        return compute.site_servers_mw[site, period] <= land_mw * model.siting.opened[site, period]

    @compute.Expression(model.sites, model.periods)
    def site_kchips(_, site, period):
        """New chips in service at the site, mean of the period."""
        return pyo.quicksum(
            kchips_per_mw(choice) * share * compute.fitted_mw[choice] for choice, share in alive_at[site, period]
        )

    new_sites = [place for place in sorted(with_servers) if case.sites[place[0]].status == "candidate"]

    @compute.Constraint(new_sites if case.settings.siting.site_min_kchips else [])
    def new_site_holds_its_least_chips(_, site, period):
        r"""A new site holds the chips asked of each while it is open: $\sum_{c,k,q} S_{cqp} f_{sckq} / e_c \ge K O_{sp}$.

        Set by siting.site_min_kchips.
        """
        least_kchips = case.settings.siting.site_min_kchips
        return compute.site_kchips[site, period] >= least_kchips * model.siting.opened[site, period]

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
        return pyo.quicksum(bought) + model.zero <= case.chip_supply[chip, tier, period].limit_kchips

    @compute.Constraint(list(export_caps(case)))
    def country_buys_no_more_than_its_export_cap(_, jurisdiction, country, period):
        r"""A country buys no more chips of a jurisdiction's vendors than that lets it have: $\sum_{s \in n, c \in j, k} f_{sckp} / e_c \le X_{jnp}$.

        Set by export_caps.limit_kchips.
        """
        bought = [
            compute.bought_kchips[choice]
            for choice in choices
            if choice[3] == period
            and case.sites[choice[0]].country == country
            and case.chips[choice[1]].jurisdiction == jurisdiction
        ]
        key = export_caps(case)[jurisdiction, country, period]
        return pyo.quicksum(bought) + model.zero <= case.export_caps[key].limit_kchips

    rules, final = case.settings.siting, last_period(case)
    factories = [site for site in case.sites if may_be_gigafactory(case, site) and alive_at[site, final]]
    compute.gigafactory = pyo.Var(factories if rules.gigafactories_min else [], domain=pyo.Binary)

    @compute.Constraint(compute.gigafactory.index_set(), model.periods)
    def gigafactory_holds_its_chips(_, site, period):
        r"""A gigafactory holds the stated advanced chips in every period from the opening of its site, and has one: $\sum_{c,k,q} S_{cqp} g_c f_{sckq} \ge G (y_s - E_{sP} + E_{sp})$.

        Set by siting.gigafactory_kchips, siting.gigafactory_kh100e.
        """
        entered = model.siting.entered
        held = pyo.quicksum(
            gigafactory_density(case, choice[1]) * share * compute.fitted_mw[choice]
            for choice, share in alive_at[site, period]
        )
        begun = compute.gigafactory[site] - entered[site, final] + entered[site, period]
        return held + model.zero >= rules.gigafactory_size * begun

    @compute.Constraint([0] if rules.gigafactories_min else [])
    def enough_gigafactories_stand(_, __):
        r"""There are as many gigafactories as asked: $\sum_s y_s \ge N^{giga}$.

        Set by siting.gigafactories_min.
        """
        return pyo.quicksum(compute.gigafactory.values()) + model.zero >= rules.gigafactories_min

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
        """Staff, software and spares at the country's wages, per year."""
        return pyo.quicksum(
            operation_meur_per_mw(case, place[0]) * compute.alive_mw[place] for place in places if place[2] == period
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
