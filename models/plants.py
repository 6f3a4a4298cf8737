r"""Plants: new plant in whole units, and stores whose energy is chosen apart from their power.

A technology with `unit_mw` is built in whole units of it. A store with `duration_max_hours` holds as many hours of its power as the plan
chooses, from `duration_hours` up, and pays for each MWh beside each MW; what stands already keeps its `duration_hours`.
Units of a technology with `on_site` may stand at sites of their zone, behind the meter: they are plants as all others are, for cover, matching
and dispatch, and spare their site connection besides (`grid`). What fees they spare is left out.

Needs     power.built_mw, power.plant_mw, grid.on_site_units
Decides   units            units that start in the period                                    count
          built_mwh        energy of new stores that start in the period                     MWh
          store_mwh        energy of new stores standing                                     MWh
Offers    (nothing)
Adds to   capex_meur, interest_meur, opex_meur, residual_meur
Symbols   $z$ zone, $g$ technology, $p, q$ period, $b_{zgp}$ built_mw, $B_{zgp}$ plant_mw, $n_{zgp}$ units, $U_g$ MW of a unit,
          $w_{zgp}$ built_mwh, $W_{zgp}$ store_mwh, $\tau_g$ least hours of storage, $\bar\tau_g$ most hours,
          $s$ site, $m_{sgp}$ on_site_units
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

import math

import pyomo.environ as pyo

from models.case import Case
from models.ledger import plant_meur
from models.timeline import interest_share, residual_share, until


def add(model: pyo.ConcreteModel, plants: pyo.Block, case: Case) -> None:
    """Add units and the energy of stores."""
    kinds, builds = case.technologies, list(model.power.built_mw)
    whole = [index for index in builds if kinds[index[1]].unit_mw]
    apart = [index for index in builds if kinds[index[1]].duration_max_hours]

    def most_units(_, *index):
        return 0, math.floor(model.power.built_mw[index].ub / kinds[index[1]].unit_mw + 1e-9)

    plants.units = pyo.Var(whole, domain=pyo.NonNegativeIntegers, bounds=most_units)
    plants.built_mwh = pyo.Var(apart, domain=pyo.NonNegativeReals)
    plants.store_mwh = pyo.Var(apart, domain=pyo.NonNegativeReals)

    @plants.Constraint(whole)
    def plants_are_built_in_whole_units(_, zone, technology, period):
        r"""What is built of a technology that has units is whole units: $b_{zgp} = U_g n_{zgp}$."""
        built_mw = kinds[technology].unit_mw * plants.units[zone, technology, period]
        return model.power.built_mw[zone, technology, period] == built_mw

    by_pair: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {}
    for site, kind, period in model.grid.on_site_units:
        by_pair.setdefault((case.sites[site].zone, kind, period), []).append((site, kind, period))

    @plants.Constraint(list(by_pair))
    def units_on_sites_are_plants_of_their_zone(_, zone, technology, period):
        r"""Units that stand on sites are plants of their zone: $\sum_{s \in z, q \le p} U_g m_{sgq} \le B_{zgp}$."""
        placed = pyo.quicksum(
            model.grid.on_site_units[index]
            for past in until(case, period)
            for index in by_pair.get((zone, technology, past), [])
        )
        return kinds[technology].unit_mw * placed <= model.power.plant_mw[zone, technology, period]

    @plants.Constraint(apart)
    def stores_standing_are_those_built(_, zone, technology, period):
        r"""The energy of stores standing is that of those built so far: $W_{zgp} = \sum_{q \le p} w_{zgq}$."""
        built_mwh = [
            plants.built_mwh[zone, technology, past]
            for past in until(case, period)
            if (zone, technology, past) in apart
        ]
        return plants.store_mwh[zone, technology, period] == pyo.quicksum(built_mwh)

    @plants.Constraint(apart)
    def stores_hold_their_least_hours(_, zone, technology, period):
        r"""Stores built hold their least hours: $w_{zgp} \ge \tau_g b_{zgp}$."""
        least_mwh = kinds[technology].duration_hours * model.power.built_mw[zone, technology, period]
        return plants.built_mwh[zone, technology, period] >= least_mwh

    @plants.Constraint(apart)
    def stores_hold_no_more_than_their_most_hours(_, zone, technology, period):
        r"""Stores built hold no more than their most hours: $w_{zgp} \le \bar\tau_g b_{zgp}$."""
        most_mwh = kinds[technology].duration_max_hours * model.power.built_mw[zone, technology, period]
        return plants.built_mwh[zone, technology, period] <= most_mwh

    capex = {g: row.capex_meur_per_mwh for g, row in kinds.items()}

    @plants.Expression(model.periods)
    def capex_meur(_, period):
        """Energy of new stores."""
        return plant_meur(plants.built_mwh, period, capex)

    interest = {g: interest_share(case, row.construction_years) for g, row in kinds.items()}

    @plants.Expression(model.periods)
    def interest_meur(_, period):
        """Interest on it while it is built."""
        return plant_meur(plants.built_mwh, period, {g: interest[g] * capex[g] for g in kinds})

    @plants.Expression(model.periods)
    def opex_meur(_, period):
        """Its fixed operation, per year."""
        return plant_meur(plants.store_mwh, period, {g: row.fixed_share * capex[g] for g, row in kinds.items()})

    @plants.Expression(model.periods)
    def residual_meur(_, period):
        """What of it is not paid off at the end."""
        left = {g: (1 + interest[g]) * residual_share(case, period, row.life_years) for g, row in kinds.items()}
        return plant_meur(plants.built_mwh, period, {g: left[g] * capex[g] for g in kinds})
