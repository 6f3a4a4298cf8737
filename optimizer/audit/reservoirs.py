"""Audit of reservoirs: what days use is held to what has flown in, month by month, and to what the store keeps."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from models.case import Array
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.parameters import Pair
from optimizer.audit.registry import Registry, Residual, at_least, at_most

CHECKS = Registry(__name__)


@CHECKS.rule()
def reservoir_keeps_what_flows_in_and_is_not_used(audited: AuditedPlan) -> Iterator[Residual]:
    """Level at the start of the next month <= level + inflow - what is allotted to days; the year is a circle."""
    levels = {(row.zone, row.technology, row.period, row.month): row.level_mwh for row in audited.plan.levels}
    for pair in audited.seasonal:
        used_mwh = allotted_by_month(audited, pair)
        inflow_mwh = audited.inflow_mwh(pair)
        for (place, period), month in product(enumerate(audited.periods), range(1, 13)):
            level, after = (levels[*pair, period, each] for each in (month, month % 12 + 1))
            gained = float(inflow_mwh[month - 1] - used_mwh[place, month - 1])
            yield at_most(f"{', '.join(pair)}, {period}, month {month}", after, level + gained, float(inflow_mwh.sum()))


@CHECKS.rule()
def level_stays_within_the_reservoir(audited: AuditedPlan) -> Iterator[Residual]:
    """Least share of the store <= level at the start of each month <= highest share."""
    for row in audited.plan.levels:
        pair = row.zone, row.technology
        store_mwh = audited.case.reservoirs[pair].store_twh * 1e6
        where = f"{row.zone}, {row.technology}, {row.period}, month {row.month}"
        least, most = (
            audited.of_months(pair, column)[row.month - 1] for column in ("level_min_share", "level_max_share")
        )
        yield at_most(where, row.level_mwh, most * store_mwh)
        yield at_least(where, row.level_mwh, least * store_mwh)


def allotted_by_month(audited: AuditedPlan, pair: Pair) -> Array:
    """Return the energy allotted to a reservoir's days in each month, MWh, shape (periods, 12)."""
    hours = audited.case.settings.time.hours_per_day
    return np.asarray(audited.allotted_mw[pair] @ audited.month_days * hours)
