"""Audit of power: contracts, new plant, firm cover and the sharing of reservoirs."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from optimizer.audit.costs import AuditedPlan, Purchase
from optimizer.audit.parameters import YEAR_HOURS
from optimizer.audit.redispatch import Redispatch, RedispatchRequest, drawn
from optimizer.audit.registry import Registry, Residual, at_least, at_most, equal, true

CHECKS = Registry(__name__)
LEDGERS = ("capex", "interest", "opex", "residual")
SAMPLED_DAYS = 3
"""Days on which it is tried whether the system can do without what lines leave free."""


@CHECKS.rule()
def contracts_stay_within_what_is_uncontracted(audited: AuditedPlan) -> Iterator[Residual]:
    """Contracts <= existing low-carbon dispatchable capacity x uncontracted_share."""
    for row in audited.plan.supply:
        limit_mw = audited.contractable_mw(row.zone, row.technology, row.period)
        yield at_most(f"{row.zone}, {row.technology}, {row.period}", row.contracted_mw, limit_mw)


@CHECKS.rule()
def contracts_run_for_their_term(audited: AuditedPlan) -> Iterator[Residual]:
    """Contracts = those signed whose term, from the start of their period, is not over when a period starts."""
    term_years, year = audited.case.settings.power.contract_years, audited.year
    signed_mw = {(row.zone, row.technology, row.period): row.signed_mw for row in audited.plan.supply}
    for row in audited.plan.supply if term_years > 0 else ():
        running_mw = sum(
            signed_mw[row.zone, row.technology, past]
            for past in audited.until(row.period)
            if past == row.period or year[past] + term_years > year[row.period]
        )
        yield equal(f"{row.zone}, {row.technology}, {row.period}", row.contracted_mw, running_mw)


@CHECKS.rule()
def own_part_is_contracted(audited: AuditedPlan) -> Iterator[Residual]:
    """What may be matched in its own zone <= what is contracted there."""
    for row in audited.plan.supply:
        yield at_most(f"{row.zone}, {row.technology}, {row.period}", row.own_mw, row.contracted_mw)


@CHECKS.rule()
def plants_standing_are_those_built(audited: AuditedPlan) -> Iterator[Residual]:
    """New plant reported standing = new plant built so far."""
    for row in audited.plan.supply:
        index = (row.zone, row.technology, row.period)
        yield equal(", ".join(index), row.plant_mw, audited.plant_mw[index])


@CHECKS.rule()
def plants_stay_within_the_potential(audited: AuditedPlan) -> Iterator[Residual]:
    """New plant standing <= potential, and 0 until its lead time has passed since the base year."""
    for index, plant_mw in audited.plant_mw.items():
        yield at_most(", ".join(index), plant_mw, audited.buildable_mw(*index))


@CHECKS.rule()
def new_plants_yield_no_more_than_the_data_centres_draw(audited: AuditedPlan) -> Iterator[Residual]:
    """What new plants of a zone can yield in a year <= what its new servers draw, and the excess allowed."""
    rules = audited.case.settings.matching
    allowed = 1 + (rules.excess_share if rules.target_share else 0.0)
    for zone, period in product(audited.case.zones, audited.periods):
        yields_twh = sum(
            audited.mean_share(*pair, period) * audited.plant_mw[*pair, period] * YEAR_HOURS / 1e6
            for pair in audited.generators
            if pair[0] == zone
        )
        drawn_twh = sum(audited.energy_twh(site, period) for site in audited.sites_in(zone))
        yield at_most(f"{zone}, {period}", yields_twh, allowed * drawn_twh)


@CHECKS.rule()
def new_storage_stays_within_the_peak_of_the_data_centres(audited: AuditedPlan) -> Iterator[Residual]:
    """New storage of a zone <= so many design-day peaks of its new halls."""
    peaks = audited.case.settings.matching.storage_peaks
    for zone, period in product(audited.case.zones, audited.periods):
        stores_mw = sum(audited.plant_mw[*pair, period] for pair in audited.stores if pair[0] == zone)
        yield at_most(f"{zone}, {period}", stores_mw, peaks * audited.zone_peak_mw(zone, period))


@CHECKS.rule()
def cover_carried_stays_within_the_lines(audited: AuditedPlan) -> Iterator[Residual]:
    """Firm cover over a line, each way, <= cover_import_share x its capacity; 0 unless it serves all the period."""
    for row in audited.plan.lines:
        line = audited.case.lines[row.line]
        whole = audited.line_share(row.line, row.period) == 1
        share = audited.case.settings.power.cover_import_share if whole else 0.0
        yield at_most(f"{row.line} forward, {row.period}", row.cover_forward_mw, share * line.forward_mw)
        yield at_most(f"{row.line} backward, {row.period}", row.cover_backward_mw, share * line.backward_mw)


@CHECKS.rule()
def cover_fits_into_what_the_system_leaves_free(audited: AuditedPlan) -> Iterator[Residual]:
    """Firm cover over a line, each way, <= what the system without data centres leaves free of it; that <= the line."""
    if audited.case.settings.power.cover_spare_lines:
        for row in audited.plan.lines:
            line, where = audited.case.lines[row.line], f"{row.line} {{}}, {row.period}"
            ways = (
                ("forward", row.cover_forward_mw, row.spare_forward_mw, line.forward_mw),
                ("backward", row.cover_backward_mw, row.spare_backward_mw, line.backward_mw),
            )
            for way, cover_mw, free_mw, capacity_mw in ways:
                yield true(f"{where.format(way)}: what is free is not stated", free_mw is not None)
                yield at_most(where.format(way), cover_mw, free_mw or 0.0)
                yield at_most(f"{where.format(way)}, free", free_mw or 0.0, capacity_mw)


@CHECKS.rule()
def what_lines_leave_free_costs_the_system_nothing(audited: AuditedPlan) -> Iterator[Residual]:
    """On sampled days without data centres, held to what is not free in stress hours, the system costs no more.

    Where stores carry energy from day to day no day stands by itself, and what they hold in it without data centres is
    not in the plan: nothing is tried then.
    """
    case = audited.case
    if not case.settings.power.cover_spare_lines or audited.carrying:
        return
    hours, days = case.settings.time.hours_per_day, [day.day for day in case.days]
    given_mw = {(r.zone, r.technology, r.period, r.day): r.baseline_allotted_mw or 0.0 for r in audited.plan.reservoirs}
    for (zone, kind), period in product(case.reservoirs, audited.periods):
        taken_mwh = hours * audited.weights @ [given_mw[zone, kind, period, day] for day in days]
        energy_mwh = case.reservoirs[zone, kind].energy_twh * 1e6
        yield at_most(f"{zone}, {kind}, {period}, without data centres", taken_mwh, energy_mwh)
    stressed = {at: audited.stress_hours(*at) for at in product(case.zones, audited.periods)}
    when = [
        (period, position)
        for period, position in product(audited.periods, range(len(days)))
        if any(stressed[zone, period][position].any() for zone in case.zones)
    ]
    dispatch = Redispatch(audited)
    for period, position in dict.fromkeys(drawn(audited, when, SAMPLED_DAYS) if len(when) > SAMPLED_DAYS else when):
        place, day = audited.periods.index(period), days[position]
        water_mwh = hours * np.array([given_mw[*pair, period, day] for pair in case.reservoirs])
        limits_mw = {}
        for row in (row for row in audited.plan.lines if row.period == period):
            line = case.lines[row.line]
            for way, zone, capacity_mw, free_mw in (
                ("forward", line.to_zone, line.forward_mw, row.spare_forward_mw),
                ("backward", line.from_zone, line.backward_mw, row.spare_backward_mw),
            ):
                hours_held = stressed[zone, period][position]
                usable_mw = audited.usable_share[position] * capacity_mw
                limits_mw[way, row.line] = np.where(hours_held, usable_mw - (free_mw or 0.0), np.inf)
        request = RedispatchRequest(place, position, False, water_mwh, audited.shed_limit_mwh[place, position])
        cheapest, held = dispatch.cheapest(request), dispatch.cheapest(replace(request, flow_limit_mw=limits_mw))
        yield true(f"{period}, {day}: no dispatch leaves as much free", cheapest is not None and held is not None)
        if cheapest is not None and held is not None:
            yield at_most(f"{period}, {day}", held.system_meur, cheapest.system_meur)


@CHECKS.rule()
def carried_cover_starts_where_it_is_contracted(audited: AuditedPlan) -> Iterator[Residual]:
    """Cover a zone sends <= its own firm capacity contracted and built."""
    for zone, period in product(audited.case.zones, audited.periods):
        sent = audited.carried_mw(zone, period)[1]
        yield at_most(f"{zone}, {period}", sent, audited.own_cover_mw[zone, period])


@CHECKS.rule()
def carried_cover_is_not_matched_at_home(audited: AuditedPlan) -> Iterator[Residual]:
    """Cover a zone sends <= firm credit x what is contracted there and not matched there."""
    if not audited.case.settings.power.cover_counted_once:
        return
    for zone, period in product(audited.case.zones, audited.periods):
        rows = (row for row in audited.plan.supply if (row.zone, row.period) == (zone, period))
        for_others_mw = sum(audited.firm_share(row.technology) * (row.contracted_mw - row.own_mw) for row in rows)
        yield at_most(f"{zone}, {period}", audited.carried_mw(zone, period)[1], for_others_mw)


@CHECKS.rule()
def firm_low_carbon_capacity_covers_the_peak(audited: AuditedPlan) -> Iterator[Residual]:
    """Firm capacity contracted and built + cover carried in - out >= cover_share x peak of the zone's new halls."""
    for zone in audited.case.zones:
        for period in audited.periods:
            needed_mw = audited.case.settings.power.cover_share * audited.zone_peak_mw(zone, period)
            yield at_least(f"{zone}, {period}", audited.cover_mw(zone, period), needed_mw)


@CHECKS.rule()
def sustained_low_carbon_power_covers_the_draw(audited: AuditedPlan) -> Iterator[Residual]:
    """Mean power of plant contracted and built + carried in - out >= cover_energy_share x mean draw."""
    share = audited.case.settings.power.cover_energy_share
    for zone, period in product(audited.case.zones, audited.periods) if share > 0 else ():
        needed_mw = share * audited.zone_draw_mw(zone, period)
        yield at_least(f"{zone}, {period}", audited.sustained_mw(zone, period), needed_mw)


@CHECKS.rule()
def carried_energy_starts_where_it_is_contracted(audited: AuditedPlan) -> Iterator[Residual]:
    """Mean power a zone sends <= what its contracts can sustain beyond what is matched there."""
    kept = 1.0 if audited.case.settings.power.cover_counted_once else 0.0
    for zone, period in product(audited.case.zones, audited.periods):
        rows = [row for row in audited.plan.supply if (row.zone, row.period) == (zone, period)]
        for_others_mw = sum(
            audited.mean_share(zone, row.technology, period) * (row.contracted_mw - kept * row.own_mw)
            for row in rows
            if (zone, row.technology) not in audited.stores
        )
        yield at_most(f"{zone}, {period}", audited.carried_mw(zone, period, "mean")[1], for_others_mw)


@CHECKS.rule()
def energy_is_carried_with_cover(audited: AuditedPlan) -> Iterator[Residual]:
    """Mean power over a line, each way, <= firm cover over it."""
    for row in audited.plan.lines:
        yield at_most(f"{row.line} forward, {row.period}", row.mean_forward_mw, row.cover_forward_mw)
        yield at_most(f"{row.line} backward, {row.period}", row.mean_backward_mw, row.cover_backward_mw)


@CHECKS.rule()
def reservoir_lasts_the_year(audited: AuditedPlan) -> Iterator[Residual]:
    """Energy allotted to all days of the year <= the reservoir's yearly energy (compared as mean power)."""
    hours = audited.case.settings.time.hours_per_day
    for pair, reservoir in audited.case.reservoirs.items():
        mean_mw = audited.allotted_mw[pair] @ audited.weights * hours / YEAR_HOURS
        yield at_most(", ".join(pair), mean_mw, reservoir.energy_twh * 1e6 / YEAR_HOURS)


def purchases(audited: AuditedPlan) -> Iterator[Purchase]:
    """Yield new plants."""
    for row in audited.plan.supply:
        kind = audited.case.technologies[row.technology]
        cost_meur = kind.capex_meur_per_mw * row.built_mw
        yield audited.built_over("", row.period, cost_meur, kind.construction_years, kind.life_years)


def running_costs(audited: AuditedPlan) -> Iterator[tuple[str, float]]:
    """Yield the price basis, the contracts and fixed operation of new plants, MEUR per year of a period."""
    for zone, period in product(audited.case.price_basis, audited.periods):
        yield period, audited.basis_meur(zone, period)
    for row in audited.plan.supply:
        kind, index = audited.case.technologies[row.technology], (row.zone, row.technology, row.period)
        yield row.period, audited.contract_meur(*index) * row.contracted_mw
        yield row.period, kind.fixed_share * kind.capex_meur_per_mw * audited.plant_mw[index]
