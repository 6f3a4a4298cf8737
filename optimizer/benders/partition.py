"""Cells: the plans of a master problem by how many whole numbers of each family they have in all.

Nearly alike sites let a search round one up for another that it rounds down, and its bound stays where it was. Split by
the total of all halls, or of all openings, the relaxations differ at once: most cells cannot hold a better plan, and in
the others the solver's own cuts are tighter. The total to split by is chosen by strong branching (Applegate, Bixby,
Chvatal and Cook, 1995), among totals instead of single columns.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from models.case import Array
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import Relaxation
from optimizer.solver.whole_totals import whole_sums, with_whole_totals

MOST_CELLS = 12
"""Cells at which splitting ends: each is a search of its own."""
WORTH = 0.02
"""Share of the way to the cutoff by which the bound must rise beside the total of the relaxation for a split."""
WHOLE = 1e-6
"""Distance to a whole number that is rounding."""


@dataclass(eq=False)
class Cell:
    """Plans whose totals lie within limits."""

    lower: Array
    """Least total of each family, (families,)."""
    upper: Array
    bound: float
    """No plan of the cell has a lower value (to be minimised)."""
    totals: Array
    """Of its relaxation."""

    def within(self, program: LinearProgram) -> LinearProgram:
        """Return a programme that holds the plans of the cell alone."""
        return program.with_rows(whole_sums(program), self.lower, self.upper, ["cell"] * len(self.lower))


def partition(program: LinearProgram, cutoff: float, monitor: RunMonitor, seconds: float) -> list[Cell]:
    """Return the cells that may hold plans of a value (to be minimised) below a cutoff, the most promising first.

    A cell of which nothing is known, for want of time, has a bound of minus infinity.
    """
    wide, sums = with_whole_totals(program)
    families = np.arange(len(program.cost), len(wide.cost))
    relaxation, deadline = Relaxation(wide, monitor), time.perf_counter() + seconds

    def relaxed(lower: Array, upper: Array) -> Cell | None:
        relaxation.change_bounds(families, lower, upper)
        outcome = relaxation.run(deadline - time.perf_counter())
        if outcome.status == "infeasible":
            return None
        totals = np.zeros(len(families)) if outcome.values is None else sums @ outcome.values[: len(program.cost)]
        return Cell(lower, upper, -np.inf if outcome.values is None else outcome.objective, totals)

    def split(cell: Cell, family: int) -> list[Cell]:
        """Return the cells below and above a total of the relaxation, and of that total where it is whole."""
        total = np.round(cell.totals[family])
        whole = abs(cell.totals[family] - total) <= WHOLE
        ends = (total - 1, total + 1) if whole else (np.floor(cell.totals[family]), np.ceil(cell.totals[family]))
        below, above, lower, upper = (limit.copy() for limit in (cell.upper, cell.lower, cell.lower, cell.upper))
        below[family], above[family], lower[family], upper[family] = *ends, total, total
        parts = [(cell.lower, below), (above, cell.upper)]
        found = [relaxed(*limits) for limits in parts if np.all(limits[0] <= limits[1])]
        rest = [replace(part, bound=max(part.bound, cell.bound)) for part in found if part is not None]
        if min((part.bound for part in rest), default=np.inf) < cell.bound + WORTH * (cutoff - cell.bound):
            return []
        return [*rest, replace(cell, lower=lower, upper=upper)] if whole else rest

    first = relaxed(wide.lower[families], wide.upper[families])
    done, left = list[Cell](), [] if first is None else [first]
    while left:
        cell = min(left, key=lambda each: each.bound)
        left.remove(cell)
        if len(done) + len(left) + 1 >= MOST_CELLS or monitor.stopped():
            done.append(cell)
            continue
        wide_families = np.flatnonzero(cell.lower < cell.upper).tolist()
        splits = [parts for parts in (split(cell, family) for family in wide_families) if parts]
        # the bound of what remains rises most; a cell of one total keeps its bound, so all others are looked at
        best = max(splits, key=lambda parts: sorted(part.bound for part in parts)[:2], default=[])
        left += [part for part in best if part.bound < cutoff]
        if not best:
            done.append(cell)
    return sorted(done, key=lambda each: each.bound)
