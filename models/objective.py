r"""Objective: what is best.

Needs     demand.site_served_kh100e, carbon.carbon_kt (ledgers capex_meur, interest_meur, opex_meur, residual_meur)
Decides   (nothing)
Offers    compute_goal     new compute served, in discounted years          kH100e-years
          committed_compute  what committed sites could serve by themselves   kH100e-years
          cost_goal        net present cost                                 MEUR
          carbon_goal      attributional emissions over all periods         kt CO2
Adds to   (nothing)
Symbols   $p$ period, $A_p$ annuity of a period, $\beta_p$ discount factor of its first year, $\beta_T$ discount factor of the year after the horizon,
          $V_p$ served, $V^0_p$ what committed sites could serve by themselves, $K_p$ capital, $I_p$ interest during construction, $O_p$ running cost per year, $R_p$ residual value, $\epsilon_p$ emissions, $L_p$ years
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import pyomo.environ as pyo

from models import ledger
from models.case import Case
from models.settings import OBJECTIVES
from models.timeline import annuity, discount_factor, first_year, horizon_year
from models.upper_bounds import committed_service_kh100e


def expression_of(objective: pyo.Block, name: str) -> pyo.Expression:
    """Return the expression of an objective of `models.settings.OBJECTIVES`."""
    return objective.component(f"{name}_goal")


def add(model: pyo.ConcreteModel, objective: pyo.Block, case: Case) -> None:
    """Add the goals, and the first of them as the objective; the engine takes the others in their order."""

    @objective.Expression()
    def committed_compute(_):
        r"""What committed sites could serve by themselves: $\sum_p A_p V^0_p$."""
        return sum(annuity(case, period) * committed_service_kh100e(case, period) for period in case.periods)

    @objective.Expression()
    def compute_goal(_):
        r"""New compute: what is served beyond what committed sites could serve by themselves: $\sum_p A_p (V_p - V^0_p)$."""
        served = pyo.quicksum(
            annuity(case, period) * model.demand.site_served_kh100e[site, period]
            for site in case.sites
            for period in case.periods
        )
        return served - objective.committed_compute

    @objective.Expression()
    def cost_goal(_):
        r"""Net present cost: $\sum_p (\beta_p (K_p + I_p) + A_p O_p - \beta_T R_p)$."""
        end = discount_factor(case, horizon_year(case))
        return pyo.quicksum(
            discount_factor(case, first_year(case, period))
            * (ledger.total(model, "capex_meur", period) + ledger.total(model, "interest_meur", period))
            + annuity(case, period) * ledger.total(model, "opex_meur", period)
            - end * ledger.total(model, "residual_meur", period)
            for period in case.periods
        )

    @objective.Expression()
    def carbon_goal(_):
        r"""Attributional emissions: $\sum_p L_p \epsilon_p$."""
        return pyo.quicksum(
            case.periods[period].length_years * model.carbon.carbon_kt[period] for period in case.periods
        )

    first = case.settings.question.objectives[0]
    sense = pyo.maximize if OBJECTIVES[first].sense == "maximise" else pyo.minimize
    objective.best = pyo.Objective(expr=expression_of(objective, first), sense=sense)
