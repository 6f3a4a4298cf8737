r"""Grid: what the connection allows.

Needs     sizing.standing, cooling.peak_mw, cooling.energy_twh
Decides   connected_mw     connection added in the period                          MW
          reinforced       the substation's step is decided in the period          binary
Offers    connection_mw    connection standing                                     MW
          drawn_mw         connections standing at the substation                  MW
          headroom_mw      headroom of the substation with the steps finished      MW
Adds to   site_capex_meur, capex_meur, interest_meur, opex_meur, residual_meur
Symbols   $s$ site, $u$ substation, $e$ step, $p, q$ period, $g_{sp}$ connected_mw, $r_{uep}$ reinforced, $P_{sp}$ peak_mw,
          $M_s$ supply behind the meter, $Q_{up}$ headroom, $q_{ue}$ MW of a step, $l_{ue}$ lead time
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from models.case import Case, Reinforcement
from models.terms import get_or_zero
from models.timeline import first_year, interest_share, last_period, residual_share, until
from models.upper_bounds import headroom_mw as free_mw
from models.upper_bounds import most_power_mw


def add(model: pyo.ConcreteModel, grid: pyo.Block, case: Case) -> None:
    """Add connections and reinforcements."""
    money = case.settings.money
    places = sorted({(site, period) for site, _, period in model.sizing.standing})
    grid.connected_mw = pyo.Var(places, bounds=lambda _, site, period: (0, most_power_mw(case, site, period)))
    served_sites: dict[str, list[str]] = {}
    for site in sorted({site for site, _ in places}):
        served_sites.setdefault(case.sites[site].substation, []).append(site)
    final_year = first_year(case, last_period(case))
    steps = [
        (substation, step, period)
        for (substation, step), row in case.reinforcements.items()
        for period in case.periods
        if substation in served_sites and first_year(case, period) + row.lead_years <= final_year
    ]
    grid.reinforced = pyo.Var(steps, domain=pyo.Binary)
    decided: dict[tuple[str, int], list[str]] = {}
    for substation, step, period in steps:
        decided.setdefault((substation, step), []).append(period)

    @grid.Expression(places)
    def connection_mw(_, site, period):
        """Connection standing in the period."""
        return pyo.quicksum(
            grid.connected_mw[site, past] for past in until(case, period) if (site, past) in grid.connected_mw
        )

    @grid.Expression(list(served_sites), model.periods)
    def drawn_mw(_, substation, period):
        """Connections of all sites of the substation standing in the period."""
        return pyo.quicksum(
            grid.connection_mw[site, period] for site in served_sites[substation] if (site, period) in grid.connected_mw
        )

    @grid.Expression(list(served_sites), model.periods)
    def headroom_mw(_, substation, period):
        """Least headroom over the period's years plus the steps finished by its start."""
        year = first_year(case, period)
        finished = [
            (row.adds_mw, grid.reinforced[substation, step, past])
            for step, row in case.substation_steps.get(substation, {}).items()
            for past in decided.get((substation, step), [])
            if first_year(case, past) + row.lead_years <= year
        ]
        return free_mw(case, substation, period) + pyo.quicksum(adds * taken for adds, taken in finished)

    @grid.Constraint(places)
    def peak_stays_within_connection(_, site, period):
        r"""The peak stays within connection and own supply: $P_{sp} \le \sum_{q \le p} g_{sq} + M_s$."""
        own = case.sites[site].behind_meter_mw
        return model.cooling.peak_mw[site, period] <= grid.connection_mw[site, period] + own

    @grid.Constraint(
        [
            (u, p)
            for u in served_sites
            for p in case.periods
            if any((s, p) in grid.connected_mw for s in served_sites[u])
        ]
    )
    def sites_share_the_substation_queue(_, substation, period):
        r"""All sites of a substation share its headroom: $\sum_{s \in u} \sum_{q \le p} g_{sq} \le Q_{up} + \sum_{e,q + l_{ue} \le p} q_{ue} r_{ueq}$.

        Set by headrooms.headroom_mw.
        """
        return grid.drawn_mw[substation, period] <= grid.headroom_mw[substation, period]

    @grid.Constraint(list(decided))
    def step_is_taken_at_most_once(_, substation, step):
        r"""A step is taken at most once: $\sum_p r_{uep} \le 1$."""
        return pyo.quicksum(grid.reinforced[substation, step, period] for period in decided[substation, step]) <= 1

    @grid.Constraint([(u, e, p) for u, e, p in steps if e > 1])
    def steps_are_taken_in_order(_, substation, step, period):
        r"""Steps are taken in order: $\sum_{q \le p} r_{ueq} \le \sum_{q \le p} r_{u,e-1,q}$."""
        return pyo.quicksum(
            grid.reinforced[substation, step, past] for past in until(case, period) if past in decided[substation, step]
        ) <= pyo.quicksum(
            grid.reinforced[substation, step - 1, past]
            for past in until(case, period)
            if past in decided.get((substation, step - 1), [])
        )

    @grid.Expression(model.sites, model.periods)
    def site_capex_meur(_, site, period):
        """Connection: cost and the country's charge per MW, and per MW and km of line."""
        here = case.sites[site]
        per_mw = (
            money.connection_meur_per_mw
            + case.countries[here.country].connection_charge_meur_per_mw
            + money.connection_meur_per_mw_km * here.distance_km
        )
        return per_mw * get_or_zero(grid.connected_mw, site, period)

    interest = interest_share(case, money.connection_construction_years)

    def connections_meur(period: str) -> Any:
        return pyo.quicksum(grid.site_capex_meur[site, period] for site in case.sites)

    def steps_meur(period: str, share: Callable[[Reinforcement], float]) -> Any:
        return pyo.quicksum(
            share(row) * row.capex_meur * grid.reinforced[row.substation, row.step, period]
            for row in (case.reinforcements[substation, step] for substation, step, when in steps if when == period)
        )

    @grid.Expression(model.periods)
    def capex_meur(_, period):
        """Connections and reinforcement steps decided."""
        return connections_meur(period) + steps_meur(period, lambda _: 1.0)

    @grid.Expression(model.periods)
    def interest_meur(_, period):
        """Interest on connections while they are built; steps are paid after they are decided, which takes off."""
        return interest * connections_meur(period) + steps_meur(period, lambda row: _worth_decided(case, row) - 1)

    @grid.Expression(model.periods)
    def opex_meur(_, period):
        """Grid fees, levies and tax on the energy drawn, those of the site too, per year."""
        due = {
            country: row.grid_fee_eur_per_mwh + row.electricity_tax_eur_per_mwh
            for country, row in case.countries.items()
        }
        return pyo.quicksum(
            (due[row.country] + row.fee_eur_per_mwh) * model.cooling.energy_twh[site, period]
            for site, row in case.sites.items()
        )

    @grid.Expression(model.periods)
    def residual_meur(_, period):
        """What of connections and steps is not paid off at the end."""
        life = money.grid_life_years
        connections = (1 + interest) * residual_share(case, period, life) * connections_meur(period)
        return connections + steps_meur(
            period,
            lambda row: (1 + interest_share(case, row.lead_years)) * residual_share(case, period, life, row.lead_years),
        )


def _worth_decided(case: Case, row: Reinforcement) -> float:
    """Return what a euro of a step, paid evenly over its lead time, is worth when the step is decided."""
    return (1 + interest_share(case, row.lead_years)) / float(
        (1 + case.settings.money.discount_share) ** row.lead_years
    )
