"""Power that goes round within an hour and is lost on the way: both ways over a line, or into and out of a store.

A linear programme lets it where power is free, and gains by it where output is paid for; no linear row forbids it. So a
finished dispatch is looked at: where another costs the same and moves less, that one is taken
(`DayLP.with_least_flows`), and what remains is reported.
"""

import numpy as np

from models.case import Array, Case
from optimizer.program.day_structure import DayStructure
from optimizer.program.day_template import Integers

SMALLEST_MW = 1e-6
"""Less power that goes round is rounding."""
MOVING = ("forward_mw", "backward_mw", "charge_mw", "discharge_mw")
"""Variables of a day that carry power between zones or hours."""


class SimultaneousFlows:
    """The pairs of a day's dispatched columns by which power can go round in an hour."""

    def __init__(self, case: Case, structure: DayStructure, width: int) -> None:
        """Pair both directions of every line that loses some of what it carries, and both of every store.

        `width` is the number of columns of a day, the elastic ones included.
        """
        layout = structure.template.layout
        lossy = [place for place, line in enumerate(layout.lines) if case.lines[line].loss_share > 0]
        every = list(range(len(layout.stores)))

        def columns(variable: str, chosen: list[int]) -> Integers:
            first, end = structure.template.spans[variable]
            own = np.arange(first, end).reshape(-1, len(layout.hours))[chosen].ravel()
            return np.searchsorted(structure.columns, own)

        arriving = [1 - case.lines[layout.lines[place]].loss_share for place in lossy]
        one_way = [case.technologies[kind].efficiency_share ** 0.5 for _, kind in layout.stores]
        self._there = np.concatenate([columns("forward_mw", lossy), columns("charge_mw", every)])
        self._back = np.concatenate([columns("backward_mw", lossy), columns("discharge_mw", every)])
        self._kept = np.repeat(np.array([*arriving, *one_way]), len(layout.hours))
        # a store gives less than is taken out of it, a line takes all that is sent
        self._sent = np.repeat(np.array([1.0] * len(lossy) + one_way), len(layout.hours))
        self.moving = np.zeros(width)
        """1 for columns that carry power between zones or hours, 0 for others."""
        for variable in MOVING:
            first, end = structure.template.spans[variable]
            self.moving[np.searchsorted(structure.columns, np.arange(first, end))] = 1.0

    def circulating_mw(self, values: Array) -> Array:
        """Return what goes round, the smaller of what is sent there and back, (days, columns) -> (days, pairs)."""
        both: Array = np.minimum(values[:, self._there], values[:, self._back] / self._sent)
        return np.where(both > SMALLEST_MW, both, 0.0)

    def lost_mwh(self, circulating_mw: Array) -> Array:
        """Return what is lost of what goes round, both ways, by day."""
        lost: Array = circulating_mw @ (1 - self._kept**2)
        return lost
