r"""Sizing: how many halls each site builds, with which cooling.

Needs     siting.open_in, siting.entered
Decides   halls            standard halls built in the period                            count
Offers    standing         halls standing                                               count
          site_halls       halls standing at the site, whatever their cooling            count
Adds to   site_capex_meur, capex_meur, interest_meur, opex_meur, residual_meur
Symbols   $s$ site, $k$ cooling, $p$ period, $o_{sp}$ open_in, $n_{skp}$ halls, $N_{skp}$ standing, $E_{sp}$ entered, $H$ MW of a hall,
          $\bar n_{skp}$ most halls that land and grid allow, 0 where no chip on sale once the site could have halls fits their racks (such halls are
          never built), $\underline n_s$ least halls of an open site,
          $G_{sp}$ power that grid and steps could ever bring, $\hat\pi_{sk}$ design-day PUE
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import math

import pyomo.environ as pyo

from models.case import Case
from models.terms import get_or_zero
from models.timeline import interest_share, residual_share, until
from models.upper_bounds import most_halls, most_power_mw


def add(model: pyo.ConcreteModel, sizing: pyo.Block, case: Case) -> None:
    """Add the halls."""
    hall_mw = case.settings.halls.hall_mw
    limits = {
        (site, cooling, period): most_halls(case, site, cooling, period)
        for site in case.sites
        for cooling in case.cooling
        for period in case.periods
    }
    sizing.halls = pyo.Var(
        [index for index, limit in limits.items() if limit],
        domain=pyo.NonNegativeIntegers,
        bounds=lambda _, *index: (0, limits[index]),
    )
    by_site = {
        (site, period): [cooling for cooling in case.cooling if limits[site, cooling, period]]
        for site in case.sites
        for period in case.periods
    }
    built_at = [index for index, choices in by_site.items() if choices]

    @sizing.Expression([index for index, limit in limits.items() if limit])
    def standing(_, site, cooling, period):
        """Halls of a cooling standing in the period."""
        return pyo.quicksum(
            sizing.halls[site, cooling, past] for past in until(case, period) if limits[site, cooling, past]
        )

    @sizing.Expression(model.sites, model.periods)
    def site_halls(_, site, period):
        """Halls standing at the site in the period."""
        return pyo.quicksum(sizing.standing[site, cooling, period] for cooling in by_site[site, period])

    @sizing.Constraint(built_at)
    def halls_fit_on_the_land_of_an_open_site(_, site, period):
        r"""Halls stand only where the site was opened or extended, and the land holds them: $\sum_k N_{skp} \le \max_k \bar n_{skp} E_{sp}$.

        Set by sites.land_mw.
        """
        most = max(limits[site, cooling, period] for cooling in by_site[site, period])
        return sizing.site_halls[site, period] <= most * model.siting.entered[site, period]

    @sizing.Constraint(built_at)
    def halls_draw_no_more_than_the_grid_could_bring(_, site, period):
        r"""Halls draw no more than the substation could bring with every step: $\sum_k \hat\pi_{sk} H N_{skp} \le G_{sp} E_{sp}$.

        Set by headrooms.headroom_mw.
        """
        draw = pyo.quicksum(
            case.climate.pue_design[site, cooling] * hall_mw * sizing.standing[site, cooling, period]
            for cooling in by_site[site, period]
        )
        return draw <= most_power_mw(case, site, period) * model.siting.entered[site, period]

    @sizing.Constraint(
        [(s, p) for s, p in built_at if case.sites[s].status == "candidate" and case.sites[s].minimum_mw]
    )
    def open_site_reaches_its_minimum(_, site, period):
        r"""An open site has its least size: $\sum_k N_{skp} \ge \underline n_s E_{sp}$.

        Set by sites.minimum_mw.
        """
        least = math.ceil(case.sites[site].minimum_mw / hall_mw - 1e-9)
        return sizing.site_halls[site, period] >= least * model.siting.entered[site, period]

    @sizing.Constraint(
        [(s, p) for (s, p) in model.siting.open_in if not by_site[s, p]],
    )
    def site_without_room_stays_closed(_, site, period):
        r"""A site where no hall could stand in the period does not open in it: $o_{sp} = 0$.

        Set by sites.land_mw, headrooms.headroom_mw.
        """
        return model.siting.open_in[site, period] <= 0

    def hall_meur(site: str, cooling: str) -> float:
        factor = case.countries[case.sites[site].country].building_factor
        return hall_mw * case.cooling[cooling].capex_meur_per_mw * factor

    @sizing.Expression(model.sites, model.periods)
    def site_capex_meur(_, site, period):
        """Opening cost and halls."""
        opening = get_or_zero(model.siting.open_in, site, period)
        halls = pyo.quicksum(
            hall_meur(site, cooling) * sizing.halls[site, cooling, period] for cooling in by_site[site, period]
        )
        return case.sites[site].opening_meur * opening + halls

    @sizing.Expression(model.periods)
    def capex_meur(_, period):
        """Opening cost and halls of all sites."""
        return pyo.quicksum(sizing.site_capex_meur[site, period] for site in case.sites)

    interest = interest_share(case, case.settings.halls.construction_years)

    @sizing.Expression(model.periods)
    def interest_meur(_, period):
        """Interest on opening costs and halls while they are built."""
        return interest * sizing.capex_meur[period]

    @sizing.Expression(model.periods)
    def opex_meur(_, period):
        """Operation and maintenance of the halls, per year."""
        return pyo.quicksum(
            case.cooling[cooling].fixed_share * hall_meur(site, cooling) * sizing.standing[site, cooling, period]
            for site in case.sites
            for cooling in by_site[site, period]
        )

    @sizing.Expression(model.periods)
    def residual_meur(_, period):
        """What of the halls is not paid off at the end; opening costs are lost."""
        return pyo.quicksum(
            (1 + interest)
            * residual_share(case, period, case.cooling[cooling].life_years)
            * hall_meur(site, cooling)
            * sizing.halls[site, cooling, period]
            for site in case.sites
            for cooling in by_site[site, period]
        )
