r"""Carbon: what the data centres' electricity emits, by the attributional account.

Needs     cooling.energy_twh
Decides   emitted_t        emissions of the data centres' unmatched load on the day         t CO2
Offers    carbon_kt        emissions per year                                               kt CO2
          energy_twh       electricity of all new servers per year                          TWh
Adds to   (nothing)
Symbols   $p$ period, $d$ day, $\epsilon_{pd}$ emitted_t, $n_d$ number of such days in a year, $E_p$ energy_twh,
          $\Gamma$ cap per MWh, $\Gamma^{kt}$ cap per year
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import pyomo.environ as pyo

from models.case import Case
from models.couplings import YearlyAccount

COUPLINGS = (YearlyAccount("carbon.emitted_t"),)


def add(model: pyo.ConcreteModel, carbon: pyo.Block, case: Case) -> None:
    """Add the attributional account and its caps; the day's emissions are bounded below in `dispatch`."""
    caps = case.settings.carbon
    carbon.emitted_t = pyo.Var(model.periods, [day.day for day in case.days], domain=pyo.NonNegativeReals)

    @carbon.Expression(model.periods)
    def carbon_kt(_, period):
        """Emissions of a year of the period."""
        return pyo.quicksum(day.weight / 1000 * carbon.emitted_t[period, day.day] for day in case.days)

    @carbon.Expression(model.periods)
    def energy_twh(_, period):
        """Electricity of a year of the period."""
        return pyo.quicksum(model.cooling.energy_twh[site, period] for site in case.sites)

    @carbon.Constraint(model.periods)
    def emissions_per_mwh_stay_under_the_cap(_, period):
        r"""Emissions per MWh drawn stay under the cap: $\sum_d n_d \epsilon_{pd} \le \Gamma E_p$.

        Set by carbon.cap_kg_per_mwh.
        """
        return carbon.carbon_kt[period] <= caps.cap_kg_per_mwh * carbon.energy_twh[period]

    @carbon.Constraint(model.periods)
    def emissions_per_year_stay_under_the_cap(_, period):
        r"""Emissions per year stay under the cap: $\sum_d n_d \epsilon_{pd} \le \Gamma^{kt}$.

        Set by carbon.cap_kt.
        """
        return carbon.carbon_kt[period] <= caps.cap_kt
