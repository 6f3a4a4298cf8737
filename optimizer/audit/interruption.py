"""Audit of interruptions: the energy that interruptible connections lose, and the compute lost with it."""

from collections.abc import Iterator

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.parameters import YEAR_HOURS
from optimizer.audit.registry import Registry, Residual, at_most

CHECKS = Registry(__name__)


@CHECKS.rule()
def interruptions_stay_within_their_share(audited: AuditedPlan) -> Iterator[Residual]:
    """Energy lost of a year <= interrupted_share x electricity of the site."""
    for row in audited.plan.connections:
        share = audited.interrupted_share(audited.case.sites[row.site].substation, row.period)
        limit_twh = share * audited.energy_twh(row.site, row.period)
        yield at_most(f"{row.site}, {row.period}", row.lost_twh, limit_twh)._replace(value=None)


@CHECKS.rule()
def compute_lost_is_not_served(audited: AuditedPlan) -> Iterator[Residual]:
    """Served from a site <= its compute - mean MW lost x most compute per MW drawn, of every chip in every cooling."""
    case, used = audited.case, audited.case.settings.halls.utilisation_share
    for row in audited.plan.connections:
        if not row.lost_twh:
            continue
        per_mw = max(
            audited.kh100e_per_mw(chip) / (used * case.climate.pue_annual[row.site, cooling])
            for cooling, kind in case.cooling.items()
            for chip, sold in case.chips.items()
            if sold.rack_kw <= kind.rack_limit_kw
            and any(sold.first_year <= year <= sold.last_year for year in audited.year.values())
        )
        place = row.site, row.period
        left_kh100e = audited.compute_kh100e(*place) - per_mw * row.lost_twh * 1e6 / YEAR_HOURS
        yield at_most(", ".join(place), audited.site_served_kh100e[place], left_kh100e)._replace(value=None)
