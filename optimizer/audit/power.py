"""Audit of power and carbon: contracts, new plant, firm cover, the sharing of reservoirs, and the caps on emissions."""

from collections.abc import Iterator
from itertools import product

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.parameters import YEAR_HOURS
from optimizer.audit.registry import Registry, Residual, at_most, equal

BOOK = Registry()


@BOOK.rule("power.contracts_stay_within_what_is_uncontracted")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Contracts <= existing low-carbon dispatchable capacity x uncontracted_share."""
    for row in account.plan.supply:
        limit_mw = account.contractable_mw(row.zone, row.technology, row.period)
        yield at_most(f"{row.zone}, {row.technology}, {row.period}", row.contracted_mw, limit_mw)


@BOOK.rule("power.plants_standing_are_those_built")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """New plant reported standing = new plant built so far."""
    for row in account.plan.supply:
        index = (row.zone, row.technology, row.period)
        yield equal(", ".join(index), row.plant_mw, account.plant_mw[index])


@BOOK.rule("power.plants_stay_within_the_potential")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """New plant standing <= potential, and 0 until its lead time has passed since the base year."""
    for index, plant_mw in account.plant_mw.items():
        yield at_most(", ".join(index), plant_mw, account.buildable_mw(*index))


@BOOK.rule("power.new_plants_yield_no_more_than_the_data_centres_draw")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """What new plants of a zone can yield in a year <= what its new servers and their cooling draw."""
    for zone, period in product(account.case.zones, account.periods):
        yields_twh = sum(
            account.mean_share(*pair, period) * account.plant_mw[*pair, period] * YEAR_HOURS / 1e6
            for pair in account.generators
            if pair[0] == zone
        )
        drawn_twh = sum(
            account.energy_twh(site, period) for site, row in account.case.sites.items() if row.zone == zone
        )
        yield at_most(f"{zone}, {period}", yields_twh, drawn_twh)


@BOOK.rule("power.new_storage_stays_within_the_peak_of_the_data_centres")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """New storage of a zone <= design-day peak of its new halls."""
    for zone, period in product(account.case.zones, account.periods):
        stores_mw = sum(account.plant_mw[*pair, period] for pair in account.stores if pair[0] == zone)
        yield at_most(f"{zone}, {period}", stores_mw, account.zone_peak_mw(zone, period))


@BOOK.rule("power.cover_carried_stays_within_the_lines")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Firm cover carried over a line, each way, <= cover_import_share x its capacity."""
    share = account.case.settings.power.cover_import_share
    for row in account.plan.lines:
        line = account.case.lines[row.line]
        yield at_most(f"{row.line} forward, {row.period}", row.cover_forward_mw, share * line.forward_mw)
        yield at_most(f"{row.line} backward, {row.period}", row.cover_backward_mw, share * line.backward_mw)


@BOOK.rule("power.carried_cover_starts_where_it_is_contracted")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Cover a zone sends <= its own firm capacity contracted and built."""
    for zone, period in product(account.case.zones, account.periods):
        sent = account.carried_mw(zone, period)[1]
        yield at_most(f"{zone}, {period}", sent, account.own_cover_mw[zone, period])


@BOOK.rule("power.firm_low_carbon_capacity_covers_the_peak")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Firm capacity contracted and built + cover carried in - out >= cover_share x peak of the zone's new halls."""
    for zone in account.case.zones:
        for period in account.periods:
            needed_mw = account.case.settings.power.cover_share * account.zone_peak_mw(zone, period)
            yield at_most(f"{zone}, {period}", needed_mw, account.cover_mw(zone, period))


@BOOK.rule("power.reservoir_lasts_the_year")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Energy allotted to all days of the year <= the reservoir's yearly energy (compared as mean power)."""
    hours = account.case.settings.time.hours_per_day
    for pair, reservoir in account.case.reservoirs.items():
        mean_mw = account.allotted_mw[pair] @ account.weights * hours / YEAR_HOURS
        yield at_most(", ".join(pair), mean_mw, reservoir.energy_twh * 1e6 / YEAR_HOURS)


@BOOK.rule("carbon.emissions_per_mwh_stay_under_the_cap")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Emissions of a year <= cap_kg_per_mwh x electricity of the new servers and their cooling (kg/MWh = kt/TWh)."""
    for period in account.periods:
        energy_twh = sum(account.energy_twh(site, period) for site in account.case.sites)
        cap_kt = account.case.settings.carbon.cap_kg_per_mwh * energy_twh
        yield at_most(period, account.emitted_kt(period), cap_kt)


@BOOK.rule("carbon.emissions_per_year_stay_under_the_cap")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Emissions of a year <= cap_kt."""
    for period in account.periods:
        yield at_most(period, account.emitted_kt(period), account.case.settings.carbon.cap_kt)
