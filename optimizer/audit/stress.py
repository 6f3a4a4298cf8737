"""Audit of stress: in every hour of it low-carbon plant, by what it has then, feeds the share of the draw asked for."""

from collections.abc import Iterator

import numpy as np

from models.case import Array
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_least

CHECKS = Registry(__name__)
Hours = np.ndarray[tuple[int], np.dtype[np.int64]]


@CHECKS.rule()
def low_carbon_plant_feeds_the_data_centres_in_hours_of_stress(audited: AuditedPlan) -> Iterator[Residual]:
    """Availability of the hour x plant contracted and built + cover carried in - out >= share x draw, hour by hour.

    A reservoir counts by its mean, a store by the part of the zone's longest stretch that it lasts.
    """
    share = audited.case.settings.power.stress_share
    for row in audited.case.stress_days.values() if share > 0 else ():
        hours = np.arange(row.first_hour, row.first_hour + row.hours, dtype=np.int64)
        for period in audited.periods:
            fed, drawn = fed_and_drawn_mw(audited, row.zone, period, hours)
            where = f"{row.zone}, {period}, from hour {row.first_hour}"
            drawn = share * drawn
            worst = int(np.argmin(fed - drawn))
            yield at_least(f"{where}, hour {worst}", float(fed[worst]), float(drawn[worst]))


def fed_and_drawn_mw(audited: AuditedPlan, zone: str, period: str, hours: Hours) -> tuple[Array, Array]:
    """Return what low-carbon plant and cover over lines can feed in a zone, and what its servers draw, (hours,)."""
    brought, sent = audited.carried_mw(zone, period)
    return _own_mw(audited, zone, period, hours) + brought - sent, _drawn_mw(audited, zone, period, hours)


def _own_mw(audited: AuditedPlan, zone: str, period: str, hours: Hours) -> Array:
    """Return what contracted and built plant of a zone can give, shape (hours,)."""
    case, own = audited.case, np.zeros(len(hours))
    longest = max(row.hours for row in case.stress_days.values() if row.zone == zone)
    contracts = {(row.zone, row.technology, row.period): row.contracted_mw for row in audited.plan.supply}
    for pair in audited.pairs:
        kind = case.technologies[pair[1]]
        if pair[0] != zone or not (kind.low_carbon or pair in audited.stores):
            continue
        known = case.hourly["availability"].get(".".join(pair))
        given = np.ones(len(hours)) if known is None else known[hours]
        if pair in audited.stores:
            given = np.full(len(hours), min(1.0, kind.duration_hours / longest))
        elif pair in case.reservoirs:
            given = np.full(len(hours), audited.mean_share(*pair, period))
        own += given * (contracts[*pair, period] + audited.plant_mw[*pair, period])
    return own


def _drawn_mw(audited: AuditedPlan, zone: str, period: str, hours: Hours) -> Array:
    """Return what the new servers of a zone draw, shape (hours,)."""
    drawn = np.zeros(len(hours))
    for (site, cooling, of), servers_mw in audited.in_service_mw.items():
        if of == period and audited.case.sites[site].zone == zone:
            drawn += audited.used_share * servers_mw * audited.case.climate.pue[site, cooling][hours]
    return drawn
