"""Audit of laws with dates: what halls and connections keep that entered service while a law held."""

from collections.abc import Iterator

import numpy as np

from models.case import Law
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.parameters import YEAR_HOURS
from optimizer.audit.registry import Registry, Residual, at_least, at_most

CHECKS = Registry(__name__)


@CHECKS.rule()
def halls_stay_within_what_the_law_allows(audited: AuditedPlan) -> Iterator[Residual]:
    """Server power of the halls built at a site while a law holds <= its most_mw."""
    for law, site in _covered(audited):
        built = _built_halls(audited, site)
        new_mw = sum(audited.hall_mw * halls for (_, period), halls in built.items() if _holds(audited, law, period))
        if law.most_mw < 5_000:
            yield at_most(f"{site}, {law.law}", new_mw, law.most_mw)


@CHECKS.rule()
def halls_keep_the_pue_of_their_year(audited: AuditedPlan) -> Iterator[Residual]:
    """Sum over the halls built in a period of (annual PUE - PUE of the law that holds then) x MW <= 0."""
    for law, site in _covered(audited):
        for period in (each for each in audited.periods if _holds(audited, law, each) and law.pue_limit < 10):
            built = {kind: halls for (kind, when), halls in _built_halls(audited, site).items() if when == period}
            pue = {kind: float(audited.case.climate.pue[site, kind].mean()) for kind in built}
            above_mw = audited.hall_mw * sum((pue[kind] - law.pue_limit) * halls for kind, halls in built.items())
            allowed_mw = law.pue_limit * audited.hall_mw * sum(built.values())
            yield at_most(f"{site}, {period}, {law.law}", above_mw, 0.0, allowed_mw)


@CHECKS.rule()
def heat_is_reused_as_the_law_of_every_hall_asks(audited: AuditedPlan) -> Iterator[Residual]:
    """Heat reused in a year >= sum over shares of the law, the lowest first, of share x energy its halls could take."""
    hours = audited.case.settings.money.heat_hours
    for row in audited.plan.sites:
        left_mw, asked_mw = audited.energy_twh(row.site, row.period) * 1e6 / YEAR_HOURS, 0.0
        held: list[tuple[float, float]] = []
        for (kind, period), halls in _built_halls(audited, row.site).items():
            pue = audited.case.climate.pue_annual[row.site, kind]
            if audited.year[period] <= audited.year[row.period]:
                full_mw = pue * audited.used_share * audited.hall_mw * halls
                held.append((audited.law(row.site, period)["reuse_share"][0], full_mw))
        for share, full_mw in sorted(held):
            asked_mw += share * min(left_mw, full_mw)
            left_mw -= min(left_mw, full_mw)
        asked_mw += max((share for share, _ in held), default=0.0) * left_mw
        yield at_least(f"{row.site}, {row.period}", row.reused_mw * hours / YEAR_HOURS, asked_mw)


@CHECKS.rule()
def connections_have_dispatchable_plant(audited: AuditedPlan) -> Iterator[Residual]:
    """Firm power of new plant that does not vary, and supply behind the meter >= share x connections under the law."""
    case = audited.case
    for law in (each for each in case.laws.values() if each.dispatchable_share):
        sites = [site for each, site in _covered(audited) if each is law]
        zones = {case.sites[site].zone for site in sites}
        for period in audited.periods:
            so_far = audited.until(period)
            covered_mw = sum(
                row.connected_mw
                for row in audited.plan.connections
                if row.site in sites and row.period in so_far and _holds(audited, law, row.period)
            )
            firm_mw = sum(
                audited.credit_share(row.technology) * row.plant_mw
                for row in audited.plan.supply
                if row.zone in zones and row.period == period and not _varies(audited, row.zone, row.technology)
            )
            entered = [site for site in sites if audited.entered(site, period)]
            firm_mw += sum(case.sites[site].behind_meter_mw for site in entered)
            yield at_least(f"{law.law}, {period}", firm_mw, law.dispatchable_share * covered_mw)


def _covered(audited: AuditedPlan) -> list[tuple[Law, str]]:
    """Return every law with dates and the sites that lie where it holds."""
    laws = audited.case.laws.values()
    return [(law, site) for law in laws for site in audited.case.sites if audited.lies_under(site, law)]


def _holds(audited: AuditedPlan, law: Law, period: str) -> bool:
    return law.from_year <= audited.year[period] <= law.until_year


def _built_halls(audited: AuditedPlan, site: str) -> dict[tuple[str, str], float]:
    """Return (cooling, period) -> halls that enter service at a site."""
    return {(row.cooling, row.period): row.built_halls for row in audited.plan.halls if row.site == site}


def _varies(audited: AuditedPlan, zone: str, kind: str) -> bool:
    column = audited.case.hourly["availability"].get(f"{zone}.{kind}")
    return column is not None and bool(np.max(column) > np.min(column))
