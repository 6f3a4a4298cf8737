r"""Grid: what the connection allows.

Needs     sizing.standing, cooling.peak_mw, cooling.energy_twh
Decides   connected_mw     connection added in the period                          MW
          reinforced       the substation's step is decided in the period          binary
          interruptible_mw  part of the connection that the operator may interrupt  MW
          firm_mw          the rest of it, where there may be such a part          MW
          on_site_units    units that start behind the meter of the site           count
          has_units        units stand at the site                                 binary
          secured_mw       supply of all units of the site but the largest         MW
Offers    connection_mw    connection standing                                     MW
          drawn_mw         firm connections standing at the substation             MW
          headroom_mw      headroom of the substation with the steps finished      MW
Adds to   site_capex_meur, capex_meur, interest_meur, opex_meur, residual_meur
Symbols   $s$ site, $u$ substation, $e$ step, $p, q$ period, $g_{sp}$ connected_mw, $r_{uep}$ reinforced, $P_{sp}$ peak_mw,
          $M_s$ supply behind the meter, $Q_{up}$ headroom, $q_{ue}$ MW of a step, $l_{ue}$ lead time,
          $g^{N}_{sp}$ interruptible_mw, $g^{F}_{sp}$ firm_mw, $I_{up}$ power for interruptible connections,
          $g$ technology, $m_{sgp}$ on_site_units, $U_g$ MW of a unit, $\hat U_s$ MW of the largest unit that may stand at the site,
          $y_{sp}$ has_units, $o_{sp}$ secured_mw, $\bar m_{sg}$ most units
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from models.case import Case, Reinforcement
from models.terms import get_or_zero
from models.timeline import first_year, interest_share, last_period, residual_share, until
from models.upper_bounds import headroom_mw as free_mw
from models.upper_bounds import interruptible_mw as offered_mw
from models.upper_bounds import interruptible_sites, largest_unit_mw, most_power_mw, on_site_units, secured_mw

FIRST_STAGE = ("grid.reinforced",)
"""Decided before a future is known: steps take years."""


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

    offered = {(site, period): offered_mw(case, case.sites[site].substation, period) for site, period in places}
    able = set(interruptible_sites(case))
    parted = [place for place in places if place[0] in able]
    grid.interruptible_mw = pyo.Var(parted, bounds=lambda _, *place: (0, offered[place]))
    grid.firm_mw = pyo.Var(parted, domain=pyo.NonNegativeReals)

    @grid.Constraint(parted)
    def connection_is_firm_but_for_what_may_be_interrupted(_, site, period):
        r"""A connection is firm but for the part that the operator may interrupt, which is chosen anew in every period: $g^{F}_{sp} = \sum_{q \le p} g_{sq} - g^{N}_{sp}$."""
        interruptible = grid.interruptible_mw[site, period]
        return grid.firm_mw[site, period] == grid.connection_mw[site, period] - interruptible

    @grid.Expression(list(served_sites), model.periods)
    def drawn_mw(_, substation, period):
        """Firm connections of all sites of the substation standing in the period."""
        return pyo.quicksum(
            grid.connection_mw[site, period] - get_or_zero(grid.interruptible_mw, site, period)
            for site in served_sites[substation]
            if (site, period) in grid.connected_mw
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

    units = {place: on_site_units(case, *place) for place in places}
    sited = [(site, kind, period) for (site, period), most in units.items() for kind in most]
    with_units = [place for place, most in units.items() if most]
    grid.on_site_units = pyo.Var(
        sited, domain=pyo.NonNegativeIntegers, bounds=lambda _, site, kind, period: (0, units[site, period][kind])
    )
    grid.has_units = pyo.Var(with_units, domain=pyo.Binary)
    grid.secured_mw = pyo.Var(with_units, bounds=lambda _, *place: (0, secured_mw(case, *place)))

    def units_until(site: str, kind: str, period: str) -> Any:
        return pyo.quicksum(get_or_zero(grid.on_site_units, site, kind, past) for past in until(case, period))

    @grid.Constraint(sited)
    def units_stand_where_there_are_any(_, site, technology, period):
        r"""Where units stand, the largest of them may fail: $\sum_{q \le p} m_{sgq} \le \bar m_{sg} y_{sp}$."""
        most = units[site, period][technology]
        return units_until(site, technology, period) <= most * grid.has_units[site, period]

    @grid.Constraint(with_units)
    def secured_supply_is_that_of_all_units_but_one(_, site, period):
        r"""All units of a site but the largest are secured: $o_{sp} \le \sum_{g, q \le p} U_g m_{sgq} - \hat U_s y_{sp}$."""
        standing = [case.technologies[kind].unit_mw * units_until(site, kind, period) for kind in units[site, period]]
        left = pyo.quicksum(standing) - largest_unit_mw(case, site) * grid.has_units[site, period]
        return grid.secured_mw[site, period] <= left

    @grid.Constraint(places)
    def peak_stays_within_connection(_, site, period):
        r"""The peak stays within connection and own supply: $P_{sp} \le \sum_{q \le p} g_{sq} + M_s + o_{sp}$."""
        own = case.sites[site].behind_meter_mw + get_or_zero(grid.secured_mw, site, period)
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
        r"""All sites of a substation share its headroom: $\sum_{s \in u} (\sum_{q \le p} g_{sq} - g^{N}_{sp}) \le Q_{up} + \sum_{e,q + l_{ue} \le p} q_{ue} r_{ueq}$.

        Set by headrooms.headroom_mw.
        """
        return grid.drawn_mw[substation, period] <= grid.headroom_mw[substation, period]

    @grid.Constraint(sorted({(case.sites[site].substation, period) for site, period in parted}))
    def sites_share_what_may_be_interrupted(_, substation, period):
        r"""All sites of a substation share its power for interruptible connections: $\sum_{s \in u} g^{N}_{sp} \le I_{up}$.

        Set by headrooms.interruptible_mw.
        """
        taken = [get_or_zero(grid.interruptible_mw, site, period) for site in served_sites[substation]]
        return pyo.quicksum(taken) <= offered_mw(case, substation, period)

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
        """Grid fees, levies and tax on the energy drawn, those of the site too, less what interruptible connections save, per year."""
        due = {
            country: row.grid_fee_eur_per_mwh + row.electricity_tax_eur_per_mwh
            for country, row in case.countries.items()
        }
        return pyo.quicksum(
            (due[row.country] + row.fee_eur_per_mwh) * model.cooling.energy_twh[site, period]
            for site, row in case.sites.items()
        ) - money.interruptible_meur_per_mw * pyo.quicksum(
            grid.interruptible_mw[place] for place in parted if place[1] == period
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
