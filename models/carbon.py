r"""Carbon: what the data centres' electricity emits, by the attributional account.

Needs     cooling.energy_twh, compute.bought_kchips
Decides   emitted_t        emissions of the data centres' unmatched load on the day         t CO2
          zone_emitted_t   those of one zone, where each has a cap of its own               t CO2
          site_emitted_t   those of one site, where each has a cap of its own               t CO2
Offers    carbon_kt        emissions per year                                               kt CO2
          embodied_kt      emissions of making the chips bought in the period               kt CO2
          counted_kt       what caps and objective count of a year                          kt CO2
          energy_twh       electricity of all new servers per year                          TWh
          zone_energy_twh  that of a zone's                                                 TWh
Adds to   (nothing)
Symbols   $p$ period, $d$ day, $\epsilon_{pd}$ emitted_t, $\epsilon_{zpd}$ zone_emitted_t, $\epsilon_{spd}$ site_emitted_t, $z$ zone, $s$ site, $E_{sp}$ electricity of a site, $n_d$ number of such days in a year, $E_p$ energy_twh,
          $\Gamma$ cap per MWh, $\Gamma^{kt}$ cap per year, $\mu_c$ emissions of making a chip, $f_{sckp}$ fitted_mw, $e_c$ kW per chip, $L_p$ years,
          $M_p$ what is counted of a year for the chips bought: $\sum_{s,c,k} \mu_c f_{sckp} / (e_c L_p)$ where the scenario asks for it, else 0; $M_{zp}$ that at the sites of a zone, $M_{sp}$ at a site
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from collections.abc import Collection
from typing import Any

import pyomo.environ as pyo

from models.case import Case
from models.couplings import YearlyAccount
from models.day_parameters import day_layout

COUPLINGS = tuple(YearlyAccount(f"carbon.{each}emitted_t") for each in ("", "zone_", "site_"))


def add(model: pyo.ConcreteModel, carbon: pyo.Block, case: Case) -> None:
    """Add the attributional account and its caps; the day's emissions are bounded below in `dispatch`."""
    caps = case.settings.carbon
    layout, days = day_layout(case), [day.day for day in case.days]
    capped, sites = list(layout.capped), list(layout.capped_sites)
    carbon.emitted_t = pyo.Var(model.periods, days, domain=pyo.NonNegativeReals)
    carbon.zone_emitted_t = pyo.Var(capped, model.periods, days, domain=pyo.NonNegativeReals)

    carbon.site_emitted_t = pyo.Var(sites, model.periods, days, domain=pyo.NonNegativeReals)

    @carbon.Expression(model.periods)
    def carbon_kt(_, period):
        """Emissions of a year of the period."""
        return pyo.quicksum(day.weight / 1000 * carbon.emitted_t[period, day.day] for day in case.days)

    bought = model.compute.bought_kchips

    def made_kt(period: str, sites: Collection[str]) -> Any:
        return pyo.quicksum(
            case.chips[index[1]].embodied_kg_per_chip / 1000 * bought[index]
            for index in bought
            if index[3] == period and index[0] in sites
        )

    def counted_of_a_year(period: str, sites: Collection[str]) -> Any:
        return made_kt(period, sites) / case.periods[period].length_years if caps.embodied else 0.0

    @carbon.Expression(model.periods)
    def embodied_kt(_, period):
        """Emissions of making the chips bought in the period."""
        return made_kt(period, case.sites)

    @carbon.Expression(model.periods)
    def counted_kt(_, period):
        """Emissions of a year of the period and, where the scenario asks for it, what of its chips' making falls on the year."""
        return carbon.carbon_kt[period] + counted_of_a_year(period, case.sites)

    @carbon.Expression(model.periods)
    def energy_twh(_, period):
        """Electricity of a year of the period."""
        return pyo.quicksum(model.cooling.energy_twh[site, period] for site in case.sites)

    @carbon.Constraint(model.periods)
    def emissions_per_mwh_stay_under_the_cap(_, period):
        r"""Emissions per MWh drawn stay under the cap: $\sum_d n_d \epsilon_{pd} + M_p \le \Gamma E_p$.

        Set by carbon.cap_kg_per_mwh.
        """
        return carbon.counted_kt[period] <= caps.cap_kg_per_mwh * carbon.energy_twh[period]

    @carbon.Constraint(model.periods)
    def emissions_per_year_stay_under_the_cap(_, period):
        r"""Emissions per year stay under the cap: $\sum_d n_d \epsilon_{pd} + M_p \le \Gamma^{kt}$.

        Set by carbon.cap_kt.
        """
        return carbon.counted_kt[period] <= caps.cap_kt

    @carbon.Expression(capped, model.periods)
    def zone_energy_twh(_, zone, period):
        """Electricity of a year of the period in a zone whose emissions have a cap of their own."""
        return pyo.quicksum(
            model.cooling.energy_twh[site, period] for site, row in case.sites.items() if row.zone == zone
        )

    @carbon.Constraint(capped, model.periods)
    def emissions_per_mwh_of_a_zone_stay_under_the_cap(_, zone, period):
        r"""Emissions per MWh drawn in a zone stay under the cap: $\sum_d n_d \epsilon_{zpd} + M_{zp} \le \Gamma \sum_{s \in z} E_{sp}$.

        Set by carbon.cap_kg_per_mwh.
        """
        emitted_kt = pyo.quicksum(day.weight / 1000 * carbon.zone_emitted_t[zone, period, day.day] for day in case.days)
        made = counted_of_a_year(period, {site for site, row in case.sites.items() if row.zone == zone})
        return emitted_kt + made <= caps.cap_kg_per_mwh * carbon.zone_energy_twh[zone, period] + model.zero

    @carbon.Constraint(sites, model.periods)
    def emissions_per_mwh_of_a_site_stay_under_the_cap(_, site, period):
        r"""Emissions per MWh drawn at a site, less what counts for it, stay under the cap: $\sum_d n_d \epsilon_{spd} + M_{sp} \le \Gamma E_{sp}$.

        Set by carbon.cap_kg_per_mwh.
        """
        emitted_kt = pyo.quicksum(day.weight / 1000 * carbon.site_emitted_t[site, period, day.day] for day in case.days)
        made = counted_of_a_year(period, {site})
        return emitted_kt + made <= caps.cap_kg_per_mwh * model.cooling.energy_twh[site, period] + model.zero
