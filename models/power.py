r"""Power: contracts, new plants and firm cover; the dispatch of each day is the aspect `dispatch`.

Needs     cooling.peak_mw, cooling.energy_twh
Decides   contracted_mw    existing low-carbon dispatchable capacity under contract          MW
          built_mw         new plant that starts in the period                               MW
          plant_mw         new plant standing                                                MW
          forward_mw       firm cover carried from the line's first to its second zone       MW
          backward_mw      firm cover carried the other way                                  MW
          allotted_mw      mean output that the day may take from the year's reservoir       MW
Offers    own_cover_mw     firm low-carbon capacity contracted and built in the zone         MW
          cover_mw         firm low-carbon capacity of the zone for its data centres         MW
          zone_peak_mw     peak of the zone's new halls                                      MW
          basis_meur       price basis of the zone on what new plant leaves of the draw      MEUR
Adds to   capex_meur, interest_meur, opex_meur, residual_meur
Symbols   $z$ zone, $g$ technology, $p, q$ period, $l$ line, $d$ day, $s$ site, $x_{zgp}$ contracted_mw, $b_{zgp}$ built_mw, $B_{zgp}$ plant_mw,
          $\phi_g$ firm credit, $c^{in}_{lp}, c^{out}_{lp}$ cover carried into and out of the zone, $\nu_l$ loss, $\chi$ cover share, $P_{sp}$ peak_mw, $t_{zgpd}$ allotted_mw,
          $E_{sp}$ energy_twh, $\pi_{zp}$ price basis,
          $\bar\alpha_{zg}$ mean availability, $w_d$ share of the year that the day stands for, $\bar t_{zgp}$ mean power of the reservoir's yearly energy
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from models.case import Case
from models.couplings import Budget
from models.inflows import seasonal_reservoirs
from models.timeline import first_year, interest_share, residual_share, until
from models.upper_bounds import buildable_mw, contractable_mw, mean_availability, price_basis_eur_per_mwh

COUPLINGS = (Budget("power.allotted_mw"),)
DERIVED = ("reservoir_lasts_the_year",)
"""Rules whose number is no limit that anyone could move: the year's inflow."""


def add(model: pyo.ConcreteModel, power: pyo.Block, case: Case) -> None:
    """Add contracts, new plants, firm cover and the sharing of reservoirs between days."""
    rules, kinds = case.settings.power, case.technologies
    zones_periods = [(zone, period) for zone in case.zones for period in case.periods]
    pairs = case.supplies
    contracts = {(z, g, p): contractable_mw(case, z, g, p) for z, g in pairs for p in case.periods}
    contracts = {index: limit for index, limit in contracts.items() if limit > 0}
    builds = {(z, g, p): buildable_mw(case, z, g, p) for z, g in case.potentials for p in case.periods}
    builds = {index: limit for index, limit in builds.items() if limit > 0}
    power.contracted_mw = pyo.Var(list(contracts), bounds=lambda _, *index: (0, contracts[index]))
    power.built_mw = pyo.Var(list(builds), bounds=lambda _, *index: (0, builds[index]))
    power.plant_mw = pyo.Var(list(builds), bounds=lambda _, *index: (0, builds[index]))

    @power.Constraint(list(builds))
    def plants_standing_are_those_built(_, zone, technology, period):
        r"""Plants standing are those built so far: $B_{zgp} = \sum_{q \le p} b_{zgq}$."""
        return power.plant_mw[zone, technology, period] == pyo.quicksum(
            power.built_mw[zone, technology, past] for past in until(case, period) if (zone, technology, past) in builds
        )

    def standing(zone: str, period: str, kind: str, per_mw: Callable[[str], float]) -> Any:
        return pyo.quicksum(
            per_mw(g) * power.plant_mw[z, g, p]
            for z, g, p in builds
            if (z, p) == (zone, period) and (kinds[g].kind == "storage") == (kind == "storage")
        )

    def drawn_twh(zone: str, period: str) -> Any:
        return pyo.quicksum(
            model.cooling.energy_twh[site, period] for site, row in case.sites.items() if row.zone == zone
        )

    def yielded_twh(zone: str, period: str) -> Any:
        return standing(zone, period, "generation", lambda g: mean_availability(case, zone, g, period) * 8760 / 1e6)

    @power.Constraint(sorted({(z, p) for z, g, p in builds if kinds[g].kind != "storage"}))
    def new_plants_yield_no_more_than_the_data_centres_draw(_, zone, period):
        r"""New plants serve the zone's data centres, not the market: $\sum_g 8760\,\bar\alpha_{zg} B_{zgp} \le \sum_{s \in z} E_{sp}$."""
        return yielded_twh(zone, period) <= drawn_twh(zone, period) + model.zero

    @power.Constraint(sorted({(z, p) for z, g, p in builds if kinds[g].kind == "storage"}))
    def new_storage_stays_within_the_peak_of_the_data_centres(_, zone, period):
        r"""New storage serves the zone's data centres, not the market: $\sum_g B_{zgp} \le \sum_{s \in z} P_{sp}$."""
        peak = pyo.quicksum(model.cooling.peak_mw[site, period] for site, row in case.sites.items() if row.zone == zone)
        return standing(zone, period, "storage", lambda _: 1.0) <= peak + model.zero

    share = rules.cover_import_share
    carried = [(line, period) for line in case.lines for period in case.periods if share > 0]

    # cover is there in every year of a period, and so is the line it comes over
    most = {
        (line, period): share * (case.lines[line].first_year <= first_year(case, period)) for line, period in carried
    }
    power.forward_mw = pyo.Var(carried, bounds=lambda _, *at: (0, most[at] * case.lines[at[0]].forward_mw))
    power.backward_mw = pyo.Var(carried, bounds=lambda _, *at: (0, most[at] * case.lines[at[0]].backward_mw))

    @power.Expression(zones_periods)
    def own_cover_mw(_, zone, period):
        """Firm low-carbon capacity contracted and built in the zone."""
        return pyo.quicksum(
            kinds[g].firm_credit_share * power.contracted_mw[z, g, p]
            for z, g, p in contracts
            if (z, p) == (zone, period)
        ) + pyo.quicksum(
            kinds[g].firm_credit_share * power.plant_mw[z, g, p]
            for z, g, p in builds
            if (z, p) == (zone, period) and kinds[g].low_carbon and kinds[g].dispatchable
        )

    def sent(zone: str, period: str) -> list[Any]:
        return [
            power.forward_mw[line, period] if row.from_zone == zone else power.backward_mw[line, period]
            for line, row in case.lines.items()
            if share > 0 and zone in (row.from_zone, row.to_zone)
        ]

    def received(zone: str, period: str) -> list[Any]:
        return [
            (1 - row.loss_share)
            * (power.forward_mw[line, period] if row.to_zone == zone else power.backward_mw[line, period])
            for line, row in case.lines.items()
            if share > 0 and zone in (row.from_zone, row.to_zone)
        ]

    @power.Expression(zones_periods)
    def cover_mw(_, zone, period):
        """The zone's own firm capacity, plus what lines bring after losses, minus what they take."""
        return (
            power.own_cover_mw[zone, period] + pyo.quicksum(received(zone, period)) - pyo.quicksum(sent(zone, period))
        )

    @power.Constraint([(z, p) for z, p in zones_periods if sent(z, p)])
    def carried_cover_starts_where_it_is_contracted(_, zone, period):
        r"""A zone sends no more cover than its own, so none passes through: $\sum_l c^{out}_{lp} \le \sum_g \phi_g (x_{zgp} + B_{zgp})$."""
        return pyo.quicksum(sent(zone, period)) <= power.own_cover_mw[zone, period]

    @power.Expression(zones_periods)
    def zone_peak_mw(_, zone, period):
        """Peak of the zone's new halls."""
        return pyo.quicksum(model.cooling.peak_mw[site, period] for site, row in case.sites.items() if row.zone == zone)

    @power.Constraint(zones_periods)
    def firm_low_carbon_capacity_covers_the_peak(_, zone, period):
        r"""Firm low-carbon capacity covers the peak: $\sum_g \phi_g (x_{zgp} + B_{zgp}) + \sum_l (1 - \nu_l) c^{in}_{lp} - c^{out}_{lp} \ge \chi \sum_{s \in z} P_{sp}$.

        Set by power.cover_share.
        """
        needed = rules.cover_share * power.zone_peak_mw[zone, period]
        return power.cover_mw[zone, period] + model.zero >= needed

    @power.Expression(zones_periods)
    def basis_meur(_, zone, period):
        r"""New plant earns what its zone earns, so that the basis is paid on net draw: $\pi_{zp} (\sum_{s \in z} E_{sp} - \sum_g 8760\,\bar\alpha_{zg} B_{zgp})$."""
        basis = price_basis_eur_per_mwh(case, zone, period)
        return basis * (drawn_twh(zone, period) - yielded_twh(zone, period)) if basis else 0.0

    hours = case.settings.time.hours_per_day
    allotments = [(z, g, p, day.day) for z, g in case.reservoirs for p in case.periods for day in case.days]
    power.allotted_mw = pyo.Var(allotments, domain=pyo.NonNegativeReals)

    seasonal = seasonal_reservoirs(case)

    @power.Constraint([pair for pair in case.reservoirs if pair not in seasonal], model.periods)
    def reservoir_lasts_the_year(_, zone, technology, period):
        r"""The days share the reservoir's yearly energy: $\sum_d w_d t_{zgpd} \le \bar t_{zgp}$."""
        mean_mw = case.reservoirs[zone, technology].energy_twh * 1e6 / 8760
        return (
            pyo.quicksum(
                day.weight * hours / 8760 * power.allotted_mw[zone, technology, period, day.day] for day in case.days
            )
            <= mean_mw
        )

    @power.Expression(model.periods)
    def capex_meur(_, period):
        """New plants."""
        return pyo.quicksum(kinds[g].capex_meur_per_mw * power.built_mw[z, g, p] for z, g, p in builds if p == period)

    interest = {g: interest_share(case, row.construction_years) for g, row in kinds.items()}

    @power.Expression(model.periods)
    def interest_meur(_, period):
        """Interest on new plants while they are built."""
        return pyo.quicksum(
            interest[g] * kinds[g].capex_meur_per_mw * power.built_mw[z, g, p] for z, g, p in builds if p == period
        )

    @power.Expression(model.periods)
    def opex_meur(_, period):
        """Premium of the contracts, fixed operation of new plants and the price basis, per year."""
        premium = pyo.quicksum(
            kinds[g].contract_eur_per_mwh * mean_availability(case, z, g, p) * 8760 / 1e6 * power.contracted_mw[z, g, p]
            for z, g, p in contracts
            if p == period
        )
        fixed = pyo.quicksum(
            kinds[g].fixed_share * kinds[g].capex_meur_per_mw * power.plant_mw[z, g, p]
            for z, g, p in builds
            if p == period
        )
        return premium + fixed + pyo.quicksum(power.basis_meur[zone, period] for zone in case.zones)

    @power.Expression(model.periods)
    def residual_meur(_, period):
        """What of the new plants is not paid off at the end."""
        return pyo.quicksum(
            (1 + interest[g])
            * residual_share(case, period, kinds[g].life_years)
            * kinds[g].capex_meur_per_mw
            * power.built_mw[z, g, p]
            for z, g, p in builds
            if p == period
        )
