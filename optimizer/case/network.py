"""Rules on lines: two ends, and numbers by which Kirchhoff's voltage law can hold in a linear programme."""

from collections.abc import Iterator

from optimizer.case.faults import Fault
from optimizer.case.table import Table

LEAST_PU = 0.0001


def line_faults(table: Table) -> Iterator[Fault]:
    """Give the faults of lines.

    The law is that of lines without losses. With losses a linear programme could send power both ways at once and burn
    it where the law makes more load worth money, so that the flows would obey no law of physics.
    """
    for key, row in table.rows.items():
        if row.from_zone == row.to_zone:
            yield table.fault(key, "to_zone", "is the zone from which the line comes")
        if row.reactance_pu > 0 and row.loss_share > 0:
            yield table.fault(
                key, "loss_share", "must be 0 for a line with a reactance: the voltage law knows no losses"
            )
        if 0 < row.reactance_pu < LEAST_PU:
            yield table.fault(key, "reactance_pu", f"must be 0 (no reactance) or at least {LEAST_PU:g}")
