"""Audit of the grid: connections, the headroom of substations and its steps."""

from collections import Counter
from collections.abc import Iterator

from models.terms import totals
from optimizer.audit.costs import AuditedPlan, Purchase
from optimizer.audit.registry import Registry, Residual, at_most, true

CHECKS = Registry(__name__)
LEDGERS = ("capex", "interest", "opex", "residual")


@CHECKS.rule()
def connections_wait_for_their_year(audited: AuditedPlan) -> Iterator[Residual]:
    """A connection is made once permits and connection can be ready."""
    for row in audited.plan.connections:
        yield true(f"{row.site}, {row.period}", audited.ready(row.site, row.period) or row.connected_mw == 0)


@CHECKS.rule()
def peak_stays_within_connection(audited: AuditedPlan) -> Iterator[Residual]:
    """Design-day peak of the new halls <= connections made so far + own supply + what units on the site secure."""
    for site, period in audited.opens:
        peak_mw, connected_mw = audited.peak_mw(site, period), audited.connected_mw.get((site, period), 0.0)
        own_mw, units_mw = audited.case.sites[site].behind_meter_mw, audited.secured_mw_of.get((site, period), 0.0)
        connected_mw += units_mw
        yield at_most(f"{site}, {period}", peak_mw - connected_mw, own_mw, peak_mw, connected_mw + own_mw)


@CHECKS.rule("units_stand_where_there_are_any")
def secured_supply_is_that_of_all_units_but_one(audited: AuditedPlan) -> Iterator[Residual]:
    """What units on a site secure <= their power less the largest unit that may stand there; 0 without units."""
    for (site, period), secured_mw in audited.secured_mw_of.items():
        standing = {kind: audited.on_site[site, kind, period] for kind in audited.case.technologies}
        power_mw = sum(number * audited.case.technologies[kind].unit_mw for kind, number in standing.items())
        left_mw = power_mw - audited.largest_unit_mw(site) if any(standing.values()) else 0.0
        yield at_most(f"{site}, {period}", secured_mw, left_mw)._replace(value=None)


@CHECKS.rule()
def sites_share_the_substation_queue(audited: AuditedPlan) -> Iterator[Residual]:
    """Firm connections of all sites of a substation <= its headroom + steps finished."""
    for substation in audited.case.substations:
        for period in audited.periods:
            drawn_mw, stepped_mw = audited.drawn_mw(substation, period), audited.stepped_mw(substation, period)
            headroom_mw = audited.headroom_mw(substation, period)
            beyond_steps_mw = drawn_mw - (stepped_mw - headroom_mw)
            yield at_most(f"{substation}, {period}", beyond_steps_mw, headroom_mw, drawn_mw, stepped_mw)


@CHECKS.rule()
def connection_is_firm_but_for_what_may_be_interrupted(audited: AuditedPlan) -> Iterator[Residual]:
    """The part of a connection that may be interrupted <= connections made so far."""
    for (site, period), part_mw in audited.interruptible_mw_of.items():
        yield at_most(f"{site}, {period}", part_mw, audited.connected_mw.get((site, period), 0.0))._replace(value=None)


@CHECKS.rule()
def sites_share_what_may_be_interrupted(audited: AuditedPlan) -> Iterator[Residual]:
    """Interruptible connections of all sites of a substation <= what it has for them."""
    parts, sites = audited.interruptible_mw_of.items(), audited.case.sites
    taken_mw = totals(((sites[site].substation, period), part_mw) for (site, period), part_mw in parts)
    for (substation, period), part_mw in taken_mw.items():
        yield at_most(f"{substation}, {period}", part_mw, audited.interruptible_mw(substation, period))


@CHECKS.rule()
def step_is_taken_at_most_once(audited: AuditedPlan) -> Iterator[Residual]:
    """No step of a substation is decided twice."""
    for step, times in Counter((row.substation, row.step) for row in audited.plan.reinforcements).items():
        yield at_most(f"{step[0]}, {step[1]}", times, 1)


@CHECKS.rule()
def steps_are_taken_in_order(audited: AuditedPlan) -> Iterator[Residual]:
    """A step is decided no earlier than the step before it."""
    decided = {(row.substation, row.step): audited.year[row.period] for row in audited.plan.reinforcements}
    for (substation, step), year in decided.items():
        if step > 1:
            earlier = decided.get((substation, step - 1))
            yield true(f"{substation}, {step}", earlier is not None and earlier <= year)


def purchases(audited: AuditedPlan) -> Iterator[Purchase]:
    """Yield connections, and the steps of substations, which are paid over their lead time once decided."""
    case, money = audited.case, audited.case.settings.money
    years, life_years = money.connection_construction_years, money.grid_life_years
    for link in audited.plan.connections:
        line_meur = money.connection_meur_per_mw_km * case.sites[link.site].distance_km
        charge_meur = case.countries[case.sites[link.site].country].connection_charge_meur_per_mw
        cost_meur = (money.connection_meur_per_mw + charge_meur + line_meur) * link.connected_mw
        yield audited.built_over(link.site, link.period, cost_meur, years, life_years)
    for step in audited.plan.reinforcements:
        row = case.reinforcements[step.substation, step.step]
        yield audited.built_over("", step.period, row.capex_meur, row.lead_years, life_years, row.lead_years)


def running_costs(audited: AuditedPlan) -> Iterator[tuple[str, float]]:
    """Yield fees, levies and tax on the energy drawn, less what interruptible MW save, MEUR per year of a period."""
    for (_, period), part_mw in audited.interruptible_mw_of.items():
        yield period, -audited.case.settings.money.interruptible_meur_per_mw * part_mw
    for row in audited.plan.sites:
        here = audited.case.sites[row.site]
        country = audited.case.countries[here.country]
        due = country.grid_fee_eur_per_mwh + country.electricity_tax_eur_per_mwh + here.fee_eur_per_mwh
        yield row.period, due * audited.energy_twh(row.site, row.period)
