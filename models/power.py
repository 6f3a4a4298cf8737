r"""Power: contracts, new plants and firm cover; the dispatch of each day is the aspect `dispatch`.

**What a contract is.** A MW under contract costs its capacity, and a premium on what it can give in a year. It counts twice over for two
different things: by its firm credit for the peak, and, where `power.cover_energy_share` asks, by the mean power that it can sustain for
the draw (a reservoir: its inflow; storage: nothing). Its firm part may be sent to another zone, but what is sent away matches nothing
at home. With a term (`power.contract_years`) a contract signed at the start of a period runs until the period in which its term ends
is over, and must be free to contract for as long.

**What a line has free.** Cover over a line is worth something in the stress hours of the zone that it goes to: those of the highest
residual load (load less what supply that changes by the hour can give) among the representative days, `power.cover_stress_share` of
the year. Where `power.cover_spare_lines` is set, the engine dispatches the system without new data centres before anything else, and no
more cover counts over a line than that leaves free of it in every stress hour. Many dispatches cost the same; of them that counts
which leaves most free, all lines together, each day with the water that the year allots to it.

Needs     cooling.peak_mw, cooling.energy_twh
Decides   contracted_mw    existing low-carbon dispatchable capacity under contract          MW
          signed_mw        of which is signed in the period, where contracts have a term     MW
          own_mw           of which may be matched in its own zone                           MW
          built_mw         new plant that starts in the period                               MW
          plant_mw         new plant standing                                                MW
          forward_mw       firm cover carried from the line's first to its second zone       MW
          backward_mw      firm cover carried the other way                                  MW
          forward_mean_mw  mean power carried with it to the second zone                     MW
          backward_mean_mw mean power carried with it the other way                          MW
          allotted_mw      mean output that the day may take from the year's reservoir       MW
Offers    own_cover_mw     firm low-carbon capacity contracted and built in the zone         MW
          cover_mw         firm low-carbon capacity of the zone for its data centres         MW
          zone_peak_mw     peak of the zone's new halls                                      MW
          sustained_mw     mean power that the zone's low-carbon plant can sustain for it    MW
          zone_draw_mw     mean draw of the zone's new servers                               MW
          basis_meur       price basis of the zone on what new plant leaves of the draw      MEUR
          spare_mw         what the system leaves free of a line, set by the engine          MW
Adds to   capex_meur, interest_meur, opex_meur, residual_meur
Symbols   $z$ zone, $g$ technology, $p, q$ period, $l$ line, $d$ day, $s$ site, $x_{zgp}$ contracted_mw, $x^{own}_{zgp}$ own_mw, $v_{zgp}$ signed_mw, $T$ contract term, $Y_p$ first year, $b_{zgp}$ built_mw, $B_{zgp}$ plant_mw,
          $\phi_g$ firm credit, $c^{in}_{lp}, c^{out}_{lp}$ cover carried into and out of the zone, $\nu_l$ loss, $\hat c_{lp}$ spare_mw,
          $e^{in}_{lp}, e^{out}_{lp}$ mean power carried into and out of the zone, $e_{lp}$ either of them, $\bar e_{zgp}$ sustained mean power of a MW, $\chi_e$ cover energy share, $\chi$ cover share, $P_{sp}$ peak_mw, $t_{zgpd}$ allotted_mw,
          $E_{sp}$ energy_twh, $\omega$ excess that matching allows, $\rho$ peaks of new storage, $\pi_{zp}$ price basis,
          $\bar\alpha_{zg}$ mean availability, $w_d$ share of the year that the day stands for, $\bar t_{zgp}$ mean power of the reservoir's yearly energy
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators

from collections.abc import Callable, Mapping
from typing import Any

import pyomo.environ as pyo

from models.case import Case
from models.couplings import Budget
from models.inflows import seasonal_reservoirs
from models.ledger import plant_meur
from models.terms import get_or_zero
from models.timeline import first_year, interest_share, residual_share, until
from models.upper_bounds import (
    buildable_mw,
    contract_meur_per_mw,
    contractable_mw,
    firm_credit_share,
    mean_availability,
    price_basis_eur_per_mwh,
    sustained_share,
)

COUPLINGS = (Budget("power.allotted_mw"),)
DERIVED = ("reservoir_lasts_the_year", "cover_fits_into_what_the_system_leaves_free")
"""Rules whose number is no limit that anyone could move: the year's inflow, and what a dispatch leaves free (the rule itself can be left)."""
MEANS = ("power.forward_mean_mw", "power.backward_mean_mw")
PREFERRED, IN_EXCHANGE = ("power.own_mw",), ("power.forward_mw", "power.backward_mw", *MEANS)
"""What a finished plan has as much of as it can, as no cost depends on it, and what it may send less of for that."""
SPARE_LIMITS = (
    "power.cover_fits_into_what_the_system_leaves_free",
    "matching.matching_and_cover_fit_into_what_the_system_leaves_free",
)
"""Rules whose limits, by line, period and way, the engine sets once it knows the system without new data centres."""


def add(model: pyo.ConcreteModel, power: pyo.Block, case: Case) -> None:
    """Add contracts, new plants, firm cover and the sharing of reservoirs between days."""
    rules, kinds = case.settings.power, case.technologies
    firm = {technology: firm_credit_share(case, technology) for technology in kinds}
    term_years = rules.contract_years
    zones_periods = [(zone, period) for zone in case.zones for period in case.periods]
    pairs = case.supplies
    contracts = {(z, g, p): contractable_mw(case, z, g, p) for z, g in pairs for p in case.periods}
    contracts = {index: limit for index, limit in contracts.items() if limit > 0}
    builds = {(z, g, p): buildable_mw(case, z, g, p) for z, g in case.potentials for p in case.periods}
    builds = {index: limit for index, limit in builds.items() if limit > 0}
    power.contracted_mw = pyo.Var(list(contracts), bounds=lambda _, *index: (0, contracts[index]))
    matching = {index: limit for index, limit in contracts.items() if kinds[index[1]].kind != "storage"}
    power.own_mw = pyo.Var(list(matching), bounds=lambda _, *index: (0, matching[index]))
    power.built_mw = pyo.Var(list(builds), bounds=lambda _, *index: (0, builds[index]))
    power.plant_mw = pyo.Var(list(builds), bounds=lambda _, *index: (0, builds[index]))

    def runs(signed: str, period: str) -> bool:
        """Tell whether a contract signed at the start of a period still runs at the start of another."""
        start, year = first_year(case, signed), first_year(case, period)
        return start <= year < max(start + term_years, start + 1)

    # what is signed must be there as long as it runs
    signable = {
        (z, g, q): min(contracts.get((z, g, p), 0.0) for p in case.periods if runs(q, p))
        for z, g, q in (contracts if term_years else ())
    }
    signable = {index: limit for index, limit in signable.items() if limit > 0}
    power.signed_mw = pyo.Var(list(signable), bounds=lambda _, *index: (0, signable[index]))

    @power.Constraint(list(contracts) if term_years else [])
    def contracts_run_for_their_term(_, zone, technology, period):
        r"""Contracts are those signed so far that still run: $x_{zgp} = \sum_{q: Y_q \le Y_p < Y_q + T} v_{zgq}$."""
        return power.contracted_mw[zone, technology, period] == pyo.quicksum(
            get_or_zero(power.signed_mw, zone, technology, past) for past in case.periods if runs(past, period)
        )

    @power.Constraint(list(matching))
    def own_part_is_contracted(_, zone, technology, period):
        r"""What is matched in its own zone is contracted there: $x^{own}_{zgp} \le x_{zgp}$."""
        return power.own_mw[zone, technology, period] <= power.contracted_mw[zone, technology, period]

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
        r"""New plants serve the zone's data centres, not the market: $\sum_g 8760\,\bar\alpha_{zg} B_{zgp} \le (1 + \omega) \sum_{s \in z} E_{sp}$."""
        excess = case.settings.matching.excess_allowed
        return yielded_twh(zone, period) <= (1 + excess) * drawn_twh(zone, period) + model.zero

    @power.Constraint(sorted({(z, p) for z, g, p in builds if kinds[g].kind == "storage"}))
    def new_storage_stays_within_the_peak_of_the_data_centres(_, zone, period):
        r"""New storage serves the zone's data centres, not the market: $\sum_g B_{zgp} \le \rho \sum_{s \in z} P_{sp}$."""
        peak = pyo.quicksum(model.cooling.peak_mw[site, period] for site, row in case.sites.items() if row.zone == zone)
        return (
            standing(zone, period, "storage", lambda _: 1.0) <= case.settings.matching.storage_peaks * peak + model.zero
        )

    share = rules.cover_import_share
    carried = [(line, period) for line in case.lines for period in case.periods if share > 0]

    # cover is there in every year of a period, and so is the line it comes over
    most = {
        (line, period): share * (case.lines[line].first_year <= first_year(case, period)) for line, period in carried
    }
    power.forward_mw = pyo.Var(carried, bounds=lambda _, *at: (0, most[at] * case.lines[at[0]].forward_mw))
    power.backward_mw = pyo.Var(carried, bounds=lambda _, *at: (0, most[at] * case.lines[at[0]].backward_mw))
    ways = {"forward": power.forward_mw, "backward": power.backward_mw}
    limited = [(*at, way) for at in carried for way in ways] if rules.cover_spare_lines else []
    with_energy = carried if rules.cover_energy_share else []
    power.forward_mean_mw = pyo.Var(with_energy, domain=pyo.NonNegativeReals)
    power.backward_mean_mw = pyo.Var(with_energy, domain=pyo.NonNegativeReals)
    means = {"forward": power.forward_mean_mw, "backward": power.backward_mean_mw}
    power.spare_mw = pyo.Param(
        limited, mutable=True, initialize=lambda _, line, period, way: ways[way][line, period].ub
    )

    @power.Constraint(limited)
    def cover_fits_into_what_the_system_leaves_free(_, line, period, way):
        r"""Cover over a line is no more than the cheapest system without new data centres leaves free in the stress hours of the zone it goes to: $c_{lp} \le \hat c_{lp}$.

        Set by power.cover_spare_lines.
        """
        return ways[way][line, period] <= power.spare_mw[line, period, way]

    @power.Expression(zones_periods)
    def own_cover_mw(_, zone, period):
        """Firm low-carbon capacity contracted and built in the zone."""
        return pyo.quicksum(
            firm[g] * power.contracted_mw[z, g, p] for z, g, p in contracts if (z, p) == (zone, period)
        ) + pyo.quicksum(
            firm[g] * power.plant_mw[z, g, p]
            for z, g, p in builds
            if (z, p) == (zone, period) and kinds[g].low_carbon and kinds[g].dispatchable
        )

    def sent(zone: str, period: str, what: Mapping[str, Any] = ways) -> list[Any]:
        return [
            what["forward" if row.from_zone == zone else "backward"][line, period]
            for line, row in case.lines.items()
            if share > 0 and zone in (row.from_zone, row.to_zone)
        ]

    def received(zone: str, period: str, what: Mapping[str, Any] = ways) -> list[Any]:
        return [
            (1 - row.loss_share) * what["forward" if row.to_zone == zone else "backward"][line, period]
            for line, row in case.lines.items()
            if share > 0 and zone in (row.from_zone, row.to_zone)
        ]

    @power.Expression(zones_periods)
    def cover_mw(_, zone, period):
        """The zone's own firm capacity, plus what lines bring after losses, minus what they take."""
        return (
            power.own_cover_mw[zone, period] + pyo.quicksum(received(zone, period)) - pyo.quicksum(sent(zone, period))
        )

    senders = [(z, p) for z, p in zones_periods if sent(z, p)]

    @power.Constraint(senders)
    def carried_cover_starts_where_it_is_contracted(_, zone, period):
        r"""A zone sends no more cover than its own, so none passes through: $\sum_l c^{out}_{lp} \le \sum_g \phi_g (x_{zgp} + B_{zgp})$."""
        return pyo.quicksum(sent(zone, period)) <= power.own_cover_mw[zone, period]

    @power.Constraint(senders if rules.cover_counted_once else [])
    def carried_cover_is_not_matched_at_home(_, zone, period):
        r"""What a zone sends as cover is contracted and not matched there, new plants serve the zone: $\sum_l c^{out}_{lp} \le \sum_g \phi_g (x_{zgp} - x^{own}_{zgp})$."""
        return pyo.quicksum(sent(zone, period)) <= pyo.quicksum(
            firm[g] * (power.contracted_mw[z, g, p] - get_or_zero(power.own_mw, z, g, p))
            for z, g, p in contracts
            if (z, p) == (zone, period)
        )

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

    def sustained(zone: str, period: str, capacity: Any) -> Any:
        return pyo.quicksum(
            sustained_share(case, zone, g, p) * capacity[z, g, p]
            for z, g, p in capacity
            if (z, p) == (zone, period) and kinds[g].low_carbon
        )

    @power.Expression(zones_periods)
    def zone_draw_mw(_, zone, period):
        """Mean draw of the zone's new servers over a year."""
        return drawn_twh(zone, period) * 1e6 / 8760

    @power.Expression(zones_periods)
    def sustained_mw(_, zone, period):
        """Mean power that contracts and new low-carbon plants of the zone can sustain, plus what lines bring, minus what they take."""
        own = sustained(zone, period, power.contracted_mw) + sustained(zone, period, power.plant_mw)
        if not with_energy:
            return own
        return own + pyo.quicksum(received(zone, period, means)) - pyo.quicksum(sent(zone, period, means))

    @power.Constraint(zones_periods if rules.cover_energy_share else [])
    def sustained_low_carbon_power_covers_the_draw(_, zone, period):
        r"""What low-carbon plant can sustain covers the mean draw: $\sum_g \bar e_{zgp} (x_{zgp} + B_{zgp}) + \sum_l (1 - \nu_l) e^{in}_{lp} - e^{out}_{lp} \ge \chi_e \sum_{s \in z} E_{sp} / 8760$.

        Set by power.cover_energy_share.
        """
        needed = rules.cover_energy_share * power.zone_draw_mw[zone, period]
        return power.sustained_mw[zone, period] + model.zero >= needed

    @power.Constraint(senders if with_energy else [])
    def carried_energy_starts_where_it_is_contracted(_, zone, period):
        r"""A zone sends no more than its contracts can sustain beyond what is matched there: $\sum_l e^{out}_{lp} \le \sum_g \bar e_{zgp} (x_{zgp} - x^{own}_{zgp})$."""
        kept = sustained(zone, period, power.own_mw) if rules.cover_counted_once else 0.0
        return pyo.quicksum(sent(zone, period, means)) <= sustained(zone, period, power.contracted_mw) - kept

    @power.Constraint([(*at, way) for at in with_energy for way in ways])
    def energy_is_carried_with_cover(_, line, period, way):
        r"""Over a line goes no more on the mean than there is cover over it: $e_{lp} \le c_{lp}$."""
        return means[way][line, period] <= ways[way][line, period]

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

    capex = {g: row.capex_meur_per_mw for g, row in kinds.items()}

    @power.Expression(model.periods)
    def capex_meur(_, period):
        """New plants."""
        return plant_meur(power.built_mw, period, capex)

    interest = {g: interest_share(case, row.construction_years) for g, row in kinds.items()}

    @power.Expression(model.periods)
    def interest_meur(_, period):
        """Interest on new plants while they are built."""
        return plant_meur(power.built_mw, period, {g: interest[g] * capex[g] for g in kinds})

    @power.Expression(model.periods)
    def opex_meur(_, period):
        """Capacity and premium of the contracts, fixed operation of new plants and the price basis, per year."""
        contracted = pyo.quicksum(
            contract_meur_per_mw(case, z, g, p) * power.contracted_mw[z, g, p] for z, g, p in contracts if p == period
        )
        fixed = plant_meur(power.plant_mw, period, {g: row.fixed_share * capex[g] for g, row in kinds.items()})
        return contracted + fixed + pyo.quicksum(power.basis_meur[zone, period] for zone in case.zones)

    @power.Expression(model.periods)
    def residual_meur(_, period):
        """What of the new plants is not paid off at the end."""
        left = {g: (1 + interest[g]) * residual_share(case, period, row.life_years) for g, row in kinds.items()}
        return plant_meur(power.built_mw, period, {g: left[g] * capex[g] for g in kinds})
