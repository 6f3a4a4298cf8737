"""A case cut in two: a master that holds every investment, and the days, dispatched period by period at given ones.

What a period's days cost and emit, as a function of the investments, is convex: every time they are dispatched they
give supporting planes (Benders, Numerische Mathematik 4, 1962), valid for the relaxation and for the mixed-integer
master alike. The master has one column for the running cost of each period, however many its days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.solve.build import Assembly
from optimizer.solve.dispatcher import Dispatcher, PeriodResult, Watcher
from optimizer.solve.links import BY_DAY, link_columns
from optimizer.solve.program import Positions, Program
from optimizer.solve.shape import shape_of
from optimizer.solve.water import Bound


@dataclass(frozen=True)
class Plane:
    """`value + slope @ (x - at)` bounds a period's cost, emissions or lack from below, over the master's columns."""

    value: float
    slope: Array
    at: Array


@dataclass(frozen=True)
class Split:
    """An assembly cut into its master and its days."""

    master: Program
    """The investments, and at the end one column for the running cost of each period; without a cost."""
    investments: int
    dispatcher: Dispatcher
    links: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    """The master's column of every link in every period, shape (periods, links); -1 where there is none."""
    emitted: Positions
    """The master's column that stands for the emissions of each period: those of its first day."""
    days: Array
    """Days of a year that the first day of each period stands for."""

    def links_at(self, decisions: Array) -> Array:
        """Return the links at the master's columns, shape (periods, links)."""
        return np.where(self.links >= 0, decisions[self.links], 0.0)

    def at(self, decisions: Array, watcher: Watcher, served: bool = True) -> list[PeriodResult]:
        """Return every period at the master's columns; many days are only bounded unless to be `served`."""
        return self.dispatcher.at(self.links_at(decisions), watcher, served)

    def accounts(self, decisions: Array) -> list[PeriodResult]:
        """Return the emissions of every period at the master's columns, nothing dispatched."""
        return self.dispatcher.accounts(self.links_at(decisions))

    def plane(self, period: int, bound: Bound, decisions: Array) -> Plane:
        """Return a plane of a period over its links, found at decisions, as one over the investments."""
        own = self.links[period] >= 0
        slope = np.bincount(self.links[period][own], bound.slope[own], self.investments).astype(float)
        return Plane(bound.value, slope, decisions[: self.investments])

    def whole(self, assembly: Assembly, decisions: Array, results: Sequence[PeriodResult]) -> Array:
        """Return the whole programme's columns: the days dispatched at decisions with the water of results."""
        point = np.concatenate(
            [decisions[: self.investments], self.dispatcher.dispatch(self.links_at(decisions), results).ravel()]
        )
        hours, columns = assembly.case.scenario.time.hours_per_day, assembly.compiled.columns
        by_period = dict(zip(self.dispatcher.periods, results, strict=True))
        days = {day.day: place for place, day in enumerate(assembly.case.days)}
        pairs = {pair: place for place, pair in enumerate(assembly.template.layout.reservoirs)}
        for (zone, technology, period, day), variable in assembly.model.power.allotted_mw.items():
            water = by_period[period].allotted_mwh[days[day], pairs[zone, technology]]
            point[columns[id(variable)]] = water / hours
        return point


def split(assembly: Assembly, seconds: float, cluster: str | None = None) -> Split:
    """Cut an assembly into its master and its days; the columns of running cost start without any lower limit."""
    top, model, columns = assembly.compiled.program, assembly.model, assembly.compiled.columns
    periods, first = tuple(assembly.case.periods), assembly.case.days[0]
    upper = top.upper.copy()
    for (_, day), variable in model.carbon.emitted_t.items():
        if day != first.day:
            upper[columns[id(variable)]] = 0.0
    count = len(periods)
    master = replace(
        top,
        cost=np.zeros(assembly.investments + count),
        lower=np.concatenate([top.lower, np.full(count, -np.inf)]),
        upper=np.concatenate([upper, np.full(count, np.inf)]),
        integer=np.concatenate([top.integer, np.zeros(count, dtype=bool)]),
        matrix=sparse.hstack([top.matrix, sparse.csr_array((top.matrix.shape[0], count))], format="csr"),
        column_names=[*top.column_names, *(f"dispatch.cost_meur[{period}]" for period in periods)],
    )
    links = link_columns(model, columns, assembly.template, tuple((period, first) for period in periods))
    links[:, [name in BY_DAY for name, _ in assembly.template.links]] = -1
    lent = [np.full((count, 1), each.column) for each in assembly.lent]
    emitted = [columns[id(model.carbon.emitted_t[period, first.day])] for period in periods]
    return Split(
        master=master,
        investments=assembly.investments,
        dispatcher=Dispatcher(assembly.case, shape_of(assembly.template, assembly.lent), seconds, cluster),
        links=np.hstack([links, *lent]),
        emitted=np.array(emitted, dtype=np.int64),
        days=np.full(count, first.weight),
    )
