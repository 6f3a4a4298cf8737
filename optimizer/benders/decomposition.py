"""A case cut in two: a master that holds every investment, and the days, dispatched period by period at given ones.

What a period's days cost and emit, as a function of the investments, is convex: every time they are dispatched they
give supporting planes (Benders, Numerische Mathematik 4, 1962), valid for the relaxation and for the mixed-integer
master alike. The master has one column for the running cost of each period, however many its days, and one for the
emissions of each zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.benders.budget_allocation import Bound
from optimizer.benders.dispatch import CancelToken, Dispatcher, SubproblemEvaluation
from optimizer.benders.emissions_accounting import zone_of_links
from optimizer.program.day_structure import day_structure
from optimizer.program.day_template import Integers
from optimizer.program.extensive_form import ExtensiveForm
from optimizer.program.linear_program import LinearProgram, Positions
from optimizer.program.linking_variables import BY_DAY, link_columns


@dataclass(frozen=True)
class Cut:
    """`value + slope @ (x - at)` bounds a period's cost, emissions or lack from below, over the master's columns."""

    value: float
    slope: Array
    at: Array


@dataclass(frozen=True)
class Decomposition:
    """An assembly cut into its master and its days."""

    master: LinearProgram
    """The investments, then a column for the running cost of each period, then for what each zone emits in it."""
    investments: int
    dispatcher: Dispatcher
    links: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    """The master's column of every link in every period, shape (periods, links); -1 where there is none."""
    emitted: Positions
    """The master's column that stands for the emissions of each period: those of its first day."""
    zones: Integers
    """Zone, among the hosts, of each link; -1 where it has none."""
    hosts: int
    """Number of zones in which new servers could stand."""
    days: Array
    """Days of a year that the first day of each period stands for."""

    def links_at(self, decisions: Array) -> Array:
        """Return the links at the master's columns, shape (periods, links)."""
        return np.where(self.links >= 0, decisions[self.links], 0.0)

    def at(self, decisions: Array, watcher: CancelToken, served: bool = True) -> list[SubproblemEvaluation]:
        """Return every period at the master's columns; many days are only bounded unless to be `served`."""
        return self.dispatcher.at(self.links_at(decisions), watcher, served)

    def accounts(self, decisions: Array) -> list[SubproblemEvaluation]:
        """Return the emissions of every period at the master's columns, nothing dispatched."""
        return self.dispatcher.accounts(self.links_at(decisions))

    def plane(self, period: int, bound: Bound, decisions: Array) -> Cut:
        """Return a plane of a period over its links, found at decisions, as one over the investments."""
        own = self.links[period] >= 0
        slope = np.bincount(self.links[period][own], bound.slope[own], self.investments).astype(float)
        return Cut(bound.value, slope, decisions[: self.investments])

    @property
    def costs(self) -> slice:
        """Return the master's columns of running cost."""
        return slice(self.investments, self.investments + len(self.days))

    def zone_column(self, period: int, zone: int) -> int:
        """Return the master's column of what a zone emits in a period, on such a day as its first."""
        return self.investments + len(self.days) + period * self.hosts + zone

    def emissions(self, results: Sequence[SubproblemEvaluation]) -> Array:
        """Return what the zones emit in the periods, in the order of their columns."""
        by_zone = [result.emission.value / days for result, days in zip(results, self.days, strict=True)]
        return np.concatenate(by_zone)

    def whole(self, assembly: ExtensiveForm, decisions: Array, results: Sequence[SubproblemEvaluation]) -> Array:
        """Return the whole programme's columns: the days dispatched at decisions with the water of results."""
        daily = self.dispatcher.dispatch(self.links_at(decisions), results, values=True)
        point = np.concatenate([decisions[: self.investments], *(each.values.ravel() for each in daily)])
        hours, columns = assembly.case.settings.time.hours_per_day, assembly.compiled.columns
        by_period = dict(zip(self.dispatcher.periods, daily, strict=True))
        days = {day.day: place for place, day in enumerate(assembly.case.days)}
        pairs = {pair: place for place, pair in enumerate(assembly.template.layout.reservoirs)}
        for (zone, technology, period, day), variable in assembly.model.power.allotted_mw.items():
            water = by_period[period].used_mwh[days[day], pairs[zone, technology]]
            point[columns[id(variable)]] = water / hours
        return point


def decompose(assembly: ExtensiveForm, seconds: float, cluster: str | None = None) -> Decomposition:
    """Cut an assembly into its master and its days; the columns of running cost start without any lower limit."""
    top, model, columns = assembly.compiled.program, assembly.model, assembly.compiled.columns
    periods, first = tuple(assembly.case.periods), assembly.case.days[0]
    upper = top.upper.copy()
    for (_, day), variable in model.carbon.emitted_t.items():
        if day != first.day:
            upper[columns[id(variable)]] = 0.0
    count, hosts = len(periods), len(assembly.template.layout.hosts)
    more, wide = count + count * hosts, assembly.investments + count + count * hosts
    emitted = np.array([columns[id(model.carbon.emitted_t[period, first.day])] for period in periods], dtype=np.int64)
    zones = np.arange(count * hosts)
    sums = sparse.coo_array(
        (
            np.concatenate([np.ones(count), -np.ones(count * hosts)]),
            (
                np.concatenate([np.arange(count), zones // max(hosts, 1)]),
                np.concatenate([emitted, assembly.investments + count + zones]),
            ),
        ),
        shape=(count, wide),
    ).tocsr()
    names = [f"dispatch.cost_meur[{period}]" for period in periods]
    names += [f"carbon.emitted_t[{period},{zone}]" for period in periods for zone in assembly.template.layout.hosts]
    master = replace(
        top,
        cost=np.zeros(wide),
        lower=np.concatenate([top.lower, np.full(count, -np.inf), np.zeros(count * hosts)]),
        upper=np.concatenate([upper, np.full(more, np.inf)]),
        integer=np.concatenate([top.integer, np.zeros(more, dtype=bool)]),
        matrix=sparse.hstack([top.matrix, sparse.csr_array((top.matrix.shape[0], more))], format="csr"),
        column_names=[*top.column_names, *names],
    ).with_rows(sums, np.zeros(count), np.full(count, np.inf), [f"carbon.zones_emit[{period}]" for period in periods])
    links = link_columns(model, columns, assembly.template, tuple((period, first) for period in periods))
    links[:, [name in BY_DAY for name, _ in assembly.template.links]] = -1
    extra_links = [np.full((count, 1), each.column) for each in assembly.extra_links]
    shape = day_structure(assembly.template, assembly.extra_links)
    return Decomposition(
        master=master,
        investments=assembly.investments,
        dispatcher=Dispatcher(assembly.case, shape, seconds, cluster),
        links=np.hstack([links, *extra_links]),
        emitted=emitted,
        zones=zone_of_links(shape),
        hosts=hosts,
        days=np.full(count, first.weight),
    )
