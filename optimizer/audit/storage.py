"""Audit of storage: energy carried from day to day stays in the store, through every day of the record."""

from collections.abc import Iterator

import numpy as np

from models.case import Array
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.parameters import Pair
from optimizer.audit.registry import Registry, Residual, at_least, at_most, equal

CHECKS = Registry(__name__)


@CHECKS.rule()
def days_do_what_they_carry_over(audited: AuditedPlan) -> Iterator[Residual]:
    """Level of the last hour = dip + change; level of every hour <= dip + rise."""
    for pair in audited.carrying:
        level = audited.hourly("level_mwh", ".".join(pair))
        change, dip, rise = (audited.carried_mwh[pair, kind] for kind in ("change", "dip", "rise"))
        yield equal(", ".join(pair), level[:, :, -1], dip + change, dip, rise)
        yield at_most(f"{', '.join(pair)}, highest", level.max(axis=2), dip + rise)


@CHECKS.rule()
def level_follows_the_days(audited: AuditedPlan) -> Iterator[Residual]:
    """Level before the next row of days = level before a row + its days x their change; the record is a circle."""
    counts = np.array([count for _, count in audited.rows_of_days])
    for pair in audited.carrying:
        level, change, _, _ = _rows(audited, pair)
        yield equal(", ".join(pair), np.roll(level, -1, axis=1), level + counts * change, counts * change)


@CHECKS.rule()
def energy_carried_over_stays_within_the_store(audited: AuditedPlan) -> Iterator[Residual]:
    """0 <= level - dip and level + rise <= the store, before the first and the last day of every row."""
    counts = np.array([count for _, count in audited.rows_of_days])
    for pair in audited.carrying:
        level, change, dip, rise = _rows(audited, pair)
        size = audited.case.technologies[pair[1]].duration_hours * audited.capacity_mw(pair)[:, :, 0]
        for passed in (np.zeros(len(counts)), counts - 1):
            before = level + passed * change
            yield at_least(", ".join(pair), before, dip)
            yield at_most(", ".join(pair), before + rise, size)


def _rows(audited: AuditedPlan, pair: Pair) -> tuple[Array, ...]:
    """Return level, change, dip and rise by row of days, shape (periods, rows)."""
    levels = {(row.zone, row.technology, row.period, row.row): row.level_mwh for row in audited.plan.carried_levels}
    days = [day for day, _ in audited.rows_of_days]
    level = np.array([[levels[*pair, period, row] for row in range(len(days))] for period in audited.periods])
    return level, *(audited.carried_mwh[pair, kind][:, days] for kind in ("change", "dip", "rise"))
