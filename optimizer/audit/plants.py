"""Audit of plants: whole units, and the energy of stores that is chosen apart from their power."""

from collections import defaultdict
from collections.abc import Iterator

from optimizer.audit.capacities import Triple
from optimizer.audit.costs import AuditedPlan, Purchase
from optimizer.audit.registry import Registry, Residual, at_least, at_most, equal, true

CHECKS = Registry(__name__)
LEDGERS = ("capex", "interest", "opex", "residual")


@CHECKS.rule()
def plants_are_built_in_whole_units(audited: AuditedPlan) -> Iterator[Residual]:
    """Power built in a period = units x MW of a unit; there are no units of what has none."""
    for row in audited.plan.supply:
        unit_mw = audited.case.technologies[row.technology].unit_mw
        where = f"{row.zone}, {row.technology}, {row.period}"
        yield equal(where, row.built_mw if unit_mw else 0.0, row.built_units * (unit_mw or 1.0))


@CHECKS.rule()
def units_on_sites_are_plants_of_their_zone(audited: AuditedPlan) -> Iterator[Residual]:
    """MW of the units that stand on the sites of a zone <= new plant standing; they stand where they may."""
    placed_mw: defaultdict[Triple, float] = defaultdict(float)
    for (site, kind, period), number in audited.on_site.items():
        yield true(f"{site}, {kind}, {period}", number == 0 or audited.case.technologies[kind].on_site)
        placed_mw[audited.case.sites[site].zone, kind, period] += number * audited.case.technologies[kind].unit_mw
    for index, units_mw in placed_mw.items():
        yield at_most(", ".join(index), units_mw, audited.plant_mw[index])._replace(value=None)


@CHECKS.rule("stores_standing_are_those_built")
def stores_hold_their_least_hours(audited: AuditedPlan) -> Iterator[Residual]:
    """Energy built in a period >= least hours x power built."""
    for row in audited.plan.supply:
        kind = audited.case.technologies[row.technology]
        if kind.duration_max_hours:
            where = f"{row.zone}, {row.technology}, {row.period}"
            yield at_least(where, row.built_mwh, kind.duration_hours * row.built_mw)._replace(value=None)


@CHECKS.rule()
def stores_hold_no_more_than_their_most_hours(audited: AuditedPlan) -> Iterator[Residual]:
    """Energy built in a period <= most hours x power built."""
    for row in audited.plan.supply:
        most_mwh = audited.case.technologies[row.technology].duration_max_hours * row.built_mw
        where = f"{row.zone}, {row.technology}, {row.period}"
        yield at_most(where, row.built_mwh, most_mwh)._replace(value=None)


def purchases(audited: AuditedPlan) -> Iterator[Purchase]:
    """Yield the energy of new stores."""
    for row in audited.plan.supply:
        if row.built_mwh:
            kind = audited.case.technologies[row.technology]
            cost_meur = kind.capex_meur_per_mwh * row.built_mwh
            yield audited.built_over("", row.period, cost_meur, kind.construction_years, kind.life_years)


def running_costs(audited: AuditedPlan) -> Iterator[tuple[str, float]]:
    """Yield the fixed operation of the energy of new stores, MEUR per year of a period."""
    for row in audited.plan.supply:
        kind = audited.case.technologies[row.technology]
        if kind.duration_max_hours:
            standing_mwh = audited.store_mwh(row.zone, row.technology, row.period)
            yield row.period, kind.fixed_share * kind.capex_meur_per_mwh * standing_mwh
