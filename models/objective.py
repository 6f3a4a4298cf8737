r"""Objective: what is best.

Needs     demand.site_served_kh100e, demand.region_served_kh100e, sovereignty.controlled_kh100e, carbon.counted_kt, cooling.water_mm3 (ledgers capex_meur, interest_meur, opex_meur, residual_meur)
Decides   evenly_served    share of what it asks that every region is served at least       0..1
Offers    compute_goal     new compute served, in discounted years          kH100e-years
          committed_compute  what committed sites could serve by themselves   kH100e-years
          cost_goal        net present cost                                 MEUR
          carbon_goal      attributional emissions over all periods         kt CO2
          water_goal       water drawn over all periods                     million m3
          sovereignty_goal  compute served from the Union, in discounted years   kH100e-years
          control_goal     compute served under the control of a bloc, in discounted years       kH100e-years
          even_goal        share of what it asks that every region is served at least, in the last period   share
          capital_goal     capital cost of all periods, not discounted      MEUR
Adds to   (nothing)
Symbols   $p$ period, $A_p$ annuity of a period, $\beta_p$ discount factor of its first year, $\beta_T$ discount factor of the year after the horizon,
          $V_p$ served, $V^0_p$ what committed sites could serve by themselves, $K_p$ capital, $J_p$ interest during construction, $O_p$ running cost per year, $R_p$ residual value, $\epsilon_p$ emissions, $M_p$ what a year counts for making the chips, $L_p$ years,
          $U$ sites in member states of the Union, $V_{sp}$ served from a site, $I_p$ controlled_kh100e, $v_{rwP}$ served to a region's workload in the last period, $D_{rwP}$ what it asks, $W_{sp}$ water_mm3, $e$ evenly_served
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from collections import defaultdict

import pyomo.environ as pyo

from models import ledger
from models.case import Case
from models.settings import OBJECTIVES
from models.timeline import annuity, discount_factor, first_year, horizon_year, last_period
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
        r"""Net present cost: $\sum_p (\beta_p (K_p + J_p) + A_p O_p - \beta_T R_p)$."""
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
        r"""Attributional emissions, and those of making the chips where the scenario counts them: $\sum_p L_p (\epsilon_p + M_p)$."""
        return pyo.quicksum(
            case.periods[period].length_years * model.carbon.counted_kt[period] for period in case.periods
        )

    @objective.Expression()
    def water_goal(_):
        r"""Water drawn: $\sum_p L_p \sum_s W_{sp}$."""
        return pyo.quicksum(
            case.periods[period].length_years * model.cooling.water_mm3[site, period]
            for site in case.sites
            for period in case.periods
        )

    @objective.Expression()
    def sovereignty_goal(_):
        r"""Compute served from the Union: $\sum_{s \in U, p} A_p V_{sp}$."""
        return pyo.quicksum(
            annuity(case, period) * model.demand.site_served_kh100e[site, period]
            for site, row in case.sites.items()
            if case.countries[row.country].eu_member
            for period in case.periods
        )

    @objective.Expression()
    def control_goal(_):
        r"""Compute served under the control of the bloc that is reported: $\sum_p A_p I_p$."""
        return pyo.quicksum(
            annuity(case, period) * model.sovereignty.controlled_kh100e[period] for period in case.periods
        )

    final = last_period(case)
    asked: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for (region, workload, period), row in case.demand.items():
        if period == final and row.demand_kh100e > 0:
            asked[region][workload] = row.demand_kh100e
    wanted = "even" in case.settings.question.objectives
    objective.evenly_served = pyo.Var([final] if wanted else [], bounds=(0, 1))

    @objective.Constraint(list(asked) if wanted else [])
    def every_region_is_served_the_even_share(_, region):
        r"""Every region is served the even share of what it asks in the last period: $\sum_w v_{rwP} \ge e \sum_w D_{rwP}$."""
        served = pyo.quicksum(model.demand.region_served_kh100e[region, workload, final] for workload in asked[region])
        return served + model.zero >= sum(asked[region].values()) * objective.evenly_served[final]

    @objective.Expression()
    def even_goal(_):
        r"""Share of what it asks that every region is served at least; 0 where nobody asks for it: $e$."""
        return pyo.quicksum(objective.evenly_served.values())

    @objective.Expression()
    def capital_goal(_):
        r"""Capital cost, as the funds pay it: $\sum_p K_p$."""
        return pyo.quicksum(ledger.total(model, "capex_meur", period) for period in case.periods)

    first = case.settings.question.objectives[0]
    sense = pyo.maximize if OBJECTIVES[first].sense == "maximise" else pyo.minimize
    objective.best = pyo.Objective(expr=expression_of(objective, first), sense=sense)
