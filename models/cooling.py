r"""Cooling: how each hall's heat leaves, and the power and water that takes.

Needs     sizing.standing, compute.alive_mw
Decides   reused_mw        server heat given to neighbours while they take it                   MW
          recovery_mw      heat recovery built in the period                                    MW
Offers    peak_mw          power of the new halls on the design day                             MW
          energy_twh       electricity that the new servers and their cooling take in a year    TWh
          draw_mw          mean power of that electricity                                       MW
          water_mm3        water that the new halls draw in a year                              million m3
          basin_limit_mm3  water that the basin's stress leaves                                   million m3
          basin_mm3        water drawn from the basin in a year                                 million m3
Adds to   site_capex_meur, capex_meur, interest_meur, opex_meur, residual_meur
Symbols   $s$ site, $k$ cooling, $p, q$ period, $b$ basin, $c$ country, $a_{skp}$ alive_mw, $N_{skp}$ standing, $H$ MW of a hall, $u$ utilisation,
          $\pi_{sk}$ annual PUE, $\hat\pi_{sk}$ design-day PUE, $\omega_{sk}$ annual WUE, $W_b$ water left by the basin's stress,
          $h_{sp}$ reused_mw, $\rho_k$ share of heat the cooling can deliver, $\theta_c$ share of the year's energy that the law wants reused,
          $h$ full-load hours of heat a year,
          $\pi_c$ PUE the law allows, $R_{sp}$ recovery_mw
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import pyomo.environ as pyo

from models.case import Case
from models.terms import get_or_zero
from models.timeline import interest_share, residual_share, until

NO_PUE_LIMIT = 10.0


def add(model: pyo.ConcreteModel, cooling: pyo.Block, case: Case) -> None:
    """Add the load, water and heat of every site's cooling."""
    hall_mw, used = case.settings.halls.hall_mw, case.settings.halls.utilisation_share
    climate, money = case.climate, case.settings.money
    halls_at: dict[tuple[str, str], list[str]] = {}
    servers_at: dict[tuple[str, str], list[str]] = {}
    for site, kind, period in model.sizing.standing:
        halls_at.setdefault((site, period), []).append(kind)
    for site, kind, period in model.compute.alive_mw:
        servers_at.setdefault((site, period), []).append(kind)

    @cooling.Expression(model.sites, model.periods)
    def peak_mw(_, site, period):
        """Power of the new halls, fully used, on the design day."""
        return pyo.quicksum(
            climate.pue_design[site, kind] * hall_mw * model.sizing.standing[site, kind, period]
            for kind in halls_at.get((site, period), [])
        )

    @cooling.Expression(model.sites, model.periods)
    def energy_twh(_, site, period):
        """Electricity a year: annual PUE x utilisation x server power x 8,760 h."""
        return pyo.quicksum(
            climate.pue_annual[site, kind] * used * 8760 / 1e6 * model.compute.alive_mw[site, kind, period]
            for kind in servers_at.get((site, period), [])
        )

    @cooling.Expression(model.sites, model.periods)
    def draw_mw(_, site, period):
        """Mean power of that electricity over the year."""
        return pyo.quicksum(
            climate.pue_annual[site, kind] * used * model.compute.alive_mw[site, kind, period]
            for kind in servers_at.get((site, period), [])
        )

    @cooling.Expression(model.sites, model.periods)
    def water_mm3(_, site, period):
        """Water a year: annual WUE x energy of the servers (1 MWh x 1 L/kWh = 1 m3)."""
        return pyo.quicksum(
            climate.wue_annual_l_per_kwh[site, kind] * used * 8760 / 1e6 * model.compute.alive_mw[site, kind, period]
            for kind in servers_at.get((site, period), [])
        )

    @cooling.Expression(model.basins, model.periods)
    def basin_mm3(_, basin, period):
        """Water drawn from the basin by all its sites."""
        return pyo.quicksum(cooling.water_mm3[site, period] for site, row in case.sites.items() if row.basin == basin)

    @cooling.Expression(model.basins)
    def basin_limit_mm3(_, basin):
        """What the basin's stress leaves."""
        return case.basins[basin].available_mm3 * (1 - case.basins[basin].stress_share)

    @cooling.Constraint(model.basins, model.periods)
    def withdrawal_stays_within_basin(_, basin, period):
        r"""A basin gives no more than its stress leaves: $\sum_{s \in b,k} 8760\,\omega_{sk} u\,a_{skp} \le W_b$.

        Set by basins.available_mm3, basins.stress_share.
        """
        return cooling.basin_mm3[basin, period] + model.zero <= cooling.basin_limit_mm3[basin]

    law = {site: case.countries[row.country] for site, row in case.sites.items()}

    @cooling.Constraint([index for index in halls_at if law[index[0]].pue_limit < NO_PUE_LIMIT])
    def new_halls_keep_the_legal_pue(_, site, period):
        r"""The new halls of a site keep the law's annual PUE: $\sum_k (\pi_{sk} - \pi_c) H N_{skp} \le 0$.

        Set by countries.pue_limit.
        """
        return (
            pyo.quicksum(
                (climate.pue_annual[site, kind] - law[site].pue_limit)
                * hall_mw
                * model.sizing.standing[site, kind, period]
                for kind in halls_at[site, period]
            )
            + model.zero
            <= 0
        )

    warm = [index for index in servers_at if case.sites[index[0]].heat_sink_mw > 0 or law[index[0]].reuse_share > 0]
    cooling.reused_mw = pyo.Var(warm, bounds=lambda _, site, period: (0, case.sites[site].heat_sink_mw))
    cooling.recovery_mw = pyo.Var(warm, domain=pyo.NonNegativeReals)

    @cooling.Constraint(warm)
    def heat_reused_is_heat_the_halls_deliver(_, site, period):
        r"""Reused heat is heat the halls deliver: $h_{sp} \le \sum_k \rho_k u\,a_{skp}$."""
        return cooling.reused_mw[site, period] <= pyo.quicksum(
            case.cooling[kind].reuse_share * used * model.compute.alive_mw[site, kind, period]
            for kind in servers_at[site, period]
        )

    @cooling.Constraint(warm)
    def heat_reused_passes_the_recovery_built(_, site, period):
        r"""Reused heat passes the heat recovery built so far: $h_{sp} \le \sum_{q \le p} R_{sq}$."""
        return cooling.reused_mw[site, period] <= pyo.quicksum(
            cooling.recovery_mw[site, past] for past in until(case, period) if (site, past) in cooling.recovery_mw
        )

    @cooling.Constraint([index for index in warm if law[index[0]].reuse_share > 0])
    def law_on_heat_reuse_is_kept(_, site, period):
        r"""The share of the year's energy that the law demands is reused as heat: $h\,h_{sp} \ge 8760\,\theta_c \sum_k \pi_{sk} u\,a_{skp}$.

        Set by countries.reuse_share.
        """
        reused_mw = money.heat_hours / 8760 * cooling.reused_mw[site, period]
        return reused_mw >= law[site].reuse_share * cooling.draw_mw[site, period]

    @cooling.Expression(model.sites, model.periods)
    def site_capex_meur(_, site, period):
        """Heat recovery built."""
        return money.heat_meur_per_mw * get_or_zero(cooling.recovery_mw, site, period)

    @cooling.Expression(model.periods)
    def capex_meur(_, period):
        """Heat recovery built at all sites."""
        return pyo.quicksum(cooling.site_capex_meur[site, period] for site in case.sites)

    interest = interest_share(case, case.settings.halls.construction_years)

    @cooling.Expression(model.periods)
    def interest_meur(_, period):
        """Interest on the heat recovery while it is built."""
        return interest * cooling.capex_meur[period]

    @cooling.Expression(model.periods)
    def opex_meur(_, period):
        """Less what the heat earns, per year."""
        return (
            -money.heat_eur_per_mwh
            * money.heat_hours
            / 1e6
            * pyo.quicksum(cooling.reused_mw[index] for index in warm if index[1] == period)
        )

    @cooling.Expression(model.periods)
    def residual_meur(_, period):
        """What of the heat recovery is not paid off at the end."""
        return (1 + interest) * residual_share(case, period, money.grid_life_years) * cooling.capex_meur[period]
