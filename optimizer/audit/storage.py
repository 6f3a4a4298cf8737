"""Audit of storage: energy carried from day to day stays in the store, through every day of the record."""

from collections.abc import Iterator
from itertools import product

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_least, at_most, equal

CHECKS = Registry(__name__)


@CHECKS.rule()
def level_follows_the_days(audited: AuditedPlan) -> Iterator[Residual]:
    """Level before the next row of days = level before a row + its days x their change; the record is a circle."""
    for where, level, after, count, (change, _, _), _ in _rows(audited):
        yield equal(where, after, level + count * change, count * change)


@CHECKS.rule()
def store_is_not_drawn_below_nothing(audited: AuditedPlan) -> Iterator[Residual]:
    """What a day takes out at most <= level before it, of the first and the last day of every row."""
    for where, level, _, count, (change, dip, _), _ in _rows(audited):
        for passed in (0, count - 1):
            yield at_least(where, level + passed * change, dip)


@CHECKS.rule()
def store_is_not_filled_above_its_size(audited: AuditedPlan) -> Iterator[Residual]:
    """Level before a day + what it fills in at most <= the store, of the first and the last day of every row."""
    for where, level, _, count, (change, _, rise), size in _rows(audited):
        for passed in (0, count - 1):
            yield at_most(where, level + passed * change + rise, size)


def _rows(audited: AuditedPlan) -> Iterator[tuple[str, float, float, int, tuple[float, ...], float]]:
    """Yield of every store and row of days: where, levels before and after it, days, what each does, the store."""
    levels = {(row.zone, row.technology, row.period, row.row): row.level_mwh for row in audited.plan.carried_levels}
    rows = audited.rows_of_days
    for pair, (place, period) in product(audited.carrying, enumerate(audited.periods)):
        standing_mwh = audited.case.technologies[pair[1]].duration_hours * audited.fleet_mw(*pair, period)
        size = standing_mwh + audited.store_mwh(*pair, period)
        for row, (day, count) in enumerate(rows):
            level, after = (levels[*pair, period, each] for each in (row, (row + 1) % len(rows)))
            moved = tuple(float(audited.carried_mwh[pair, kind][place, day]) for kind in ("change", "dip", "rise"))
            yield f"{', '.join(pair)}, {period}, row {row}", level, after, count, moved, size
