"""A chunk: some days of one period, dispatched one after another at given investments; the work of a crew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.case import Array, Case, Day
from optimizer.solve.account import Account, Accounted, direct_emission_rates, indicator
from optimizer.solve.daily import DayProgramme, Dispatched, Limits, lack_eur_per_mwh
from optimizer.solve.shape import Shape
from optimizer.solve.stamp import Integers, gather

Aim = Literal["cost", "lack", "nothing"]
"""What is minimised: running cost, or the load that lacks beyond the stated share; or only the account is asked for."""


@dataclass(frozen=True)
class Question:
    """The days of a period from `first` up to `end` at given investments, their water allotted or priced."""

    period: str
    first: int
    end: int
    links: Array
    """The investments as a day sees them, in the order of the template's links."""
    allotted_mwh: Array | None
    """Water that each day may use, shape (days, reservoirs)."""
    water_eur: Array | None = None
    """Else its price, EUR/MWh, shape (reservoirs,)."""
    aim: Aim = "cost"
    values: bool = False
    """Whether the dispatch itself is asked for."""


@dataclass(frozen=True)
class Reply:
    """The days of a question; arrays of shape (days, ...)."""

    cost: Array
    """EUR of each day, with priced water and the penalty of any lack; MWh that lack, where that is the aim."""
    slope: Array
    """What one more unit of each link adds to it, (days, links)."""
    used_mwh: Array
    """Water used, (days, reservoirs)."""
    worth: Array
    """What one more MWh of water saves where it is allotted, else its price, (days, reservoirs)."""
    most_mwh: Array
    """Water that the reservoirs' plant could use at most, (days, reservoirs)."""
    shed_mwh: Array
    """Load not served, ..."""
    lack_mwh: Array
    """... and of that what is lost beyond the stated share."""
    direct_kg: Array
    """Direct emissions of the whole system, CO2."""
    drawn_mwh: Array
    """Draw of the new servers, ..."""
    matched_mwh: Array
    """... and of that what is matched."""
    emission_t: Array
    """Emissions of the new servers' unmatched draw by zone, (days, zones)."""
    emission_slope_t: Array
    """What one more unit of each link adds to those of its zone, (days, links)."""
    values: Array | None
    """The days' own columns, (days, columns)."""


class Chunk:
    """Some days of a period, with their numbers, their solver and its bases."""

    def __init__(self, case: Case, shape: Shape, period: str, days: Sequence[Day], seconds: float) -> None:
        """Gather the numbers of the days; `seconds` is the most time of one solve."""
        self.shape = shape
        template = shape.template
        self.numbers = gather(case, template, [(period, day) for day in days])
        self.weights = self.numbers[:, shape.weight] * 1e6
        self.account = Account(shape, self.numbers)
        self._programme = DayProgramme(shape, lack_eur_per_mwh(case), seconds)
        shift = np.zeros((len(template.rows), len(days)))
        np.add.at(shift, template.shift.row, template.shift.stamped(self.numbers).T)
        self._lower, self._upper = template.row_lower - shift.T, template.row_upper - shift.T
        self._linked_row, self._linked_link, self._amount = self._links(case, period, days)
        water = shape.matrix[shape.reservoirs]
        self._direct = direct_emission_rates(case, template)[shape.columns]
        self._sheds = np.array([template.columns[column].startswith("shed_mw[") for column in shape.columns])
        self._outputs = (water.tocoo().row, water.tocoo().col)
        self._by_link = indicator(self._linked_link, shape.links)

    def answer(self, question: Question) -> Reply:
        """Return the days at the investments asked for."""
        shape, links, count = self.shape, np.maximum(question.links, 0.0), len(self.numbers)
        accounted = self.account.at(links)
        if question.aim == "nothing":
            return self._undispatched(accounted)
        lower, upper = self._limits(links)
        row_lower = lower[:, shape.rows] - accounted.drawn_mw @ shape.drawn.T
        row_upper = upper[:, shape.rows] - accounted.drawn_mw @ shape.drawn.T
        row_upper[:, shape.reservoirs] = np.inf if question.allotted_mwh is None else question.allotted_mwh
        cost, price = self._programme.costs(question.aim), np.zeros(len(shape.reservoirs))
        if question.water_eur is not None:
            price = question.water_eur
            cost[self._outputs[1]] += price[self._outputs[0]]
        bounds = self._bounds(lower, upper)
        solved = [
            self._programme.solve(day, Limits(row_lower[day], row_upper[day], bounds[0][day], bounds[1][day]), cost)
            for day in range(count)
        ]
        values = np.array([each.values for each in solved])
        duals = np.array([self._duals(day, each, lower, upper, bounds) for day, each in enumerate(solved)])
        return Reply(
            cost=np.array([each.cost for each in solved]),
            slope=self._slope(duals),
            used_mwh=self._of_reservoirs(values),
            worth=-np.array([each.row_duals[shape.reservoirs] for each in solved]) + price,
            most_mwh=self._of_reservoirs(bounds[1]),
            shed_mwh=values[:, :-1][:, self._sheds].sum(axis=1),
            lack_mwh=values[:, -1],
            direct_kg=values[:, :-1] @ self._direct,
            drawn_mwh=accounted.drawn_mw.sum(axis=1),
            matched_mwh=accounted.matched_mw.sum(axis=1),
            emission_t=accounted.emission_t,
            emission_slope_t=accounted.slope_t,
            values=self._whole(values, accounted.drawn_mw, accounted.matched_mw) if question.values else None,
        )

    def _undispatched(self, accounted: Accounted) -> Reply:
        """Return the account alone."""
        count, reservoirs, links = len(self.numbers), len(self.shape.reservoirs), self.shape.links
        water, none = np.zeros((count, reservoirs)), np.zeros(count)
        emitted = accounted.emission_t, accounted.slope_t
        sums = accounted.drawn_mw.sum(axis=1), accounted.matched_mw.sum(axis=1)
        return Reply(none, np.zeros((count, links)), water, water, water, none, none, none, *sums, *emitted, None)

    def _links(self, case: Case, period: str, days: Sequence[Day]) -> tuple[Integers, Integers, Array]:
        """Return what links add to rows: row, link and, by day, amount; the links lent to the days come last."""
        linked, template, lent = self.shape.linked, self.shape.template, self.shape.lent
        place, first = list(case.periods).index(period), case.days.index(days[0])
        amounts = [each.amount[place, first : first + len(days), None] for each in lent]
        return (
            np.append(linked.row, [each.row for each in lent]).astype(np.int64),
            np.append(linked.column, len(template.links) + np.arange(len(lent))).astype(np.int64),
            np.hstack([linked.stamped(self.numbers), *amounts]),
        )

    def _of_reservoirs(self, columns: Array) -> Array:
        """Return the sum of each reservoir's outputs, (days, columns) -> (days, reservoirs)."""
        total = np.zeros((len(self.shape.reservoirs), len(columns)))
        np.add.at(total, self._outputs[0], columns[:, self._outputs[1]].T)
        return total.T

    def _limits(self, links: Array) -> tuple[Array, Array]:
        """Return the limits of all the days' rows, with what the links add to them, shape (days, rows)."""
        given = np.zeros(self._lower.T.shape)
        on = np.flatnonzero(links[self._linked_link])
        np.add.at(given, self._linked_row[on], (self._amount[:, on] * links[self._linked_link[on]]).T)
        return self._lower - given.T, self._upper - given.T

    def _bounds(self, lower: Array, upper: Array) -> tuple[Array, Array]:
        """Return the bounds of the dispatched columns and of the lack, shape (days, columns + 1)."""
        shape, count = self.shape, len(lower)
        columns, template = len(shape.columns), shape.template
        low, high = self._given(lower, upper)
        least = np.tile(np.append(template.lower[shape.columns], 0.0), (count, 1))
        most = np.tile(np.append(template.upper[shape.columns], np.inf), (count, 1))
        np.maximum.at(least.T, shape.bounded, low.T)
        np.minimum.at(most.T, shape.bounded, high.T)
        assert least.shape == (count, columns + 1)
        return least, np.maximum(most, least)

    def _given(self, lower: Array, upper: Array) -> tuple[Array, Array]:
        """Return the limits that rows set to the one column each of them bounds."""
        shape = self.shape
        one, other = lower[:, shape.bounding] / shape.factor, upper[:, shape.bounding] / shape.factor
        return np.where(shape.factor > 0, one, other), np.where(shape.factor > 0, other, one)

    def _duals(self, day: int, solved: Dispatched, lower: Array, upper: Array, bounds: tuple[Array, Array]) -> Array:
        """Return the dual values of all rows of a day; a row that bounds a column has that of the bound."""
        shape = self.shape
        duals = np.zeros(lower.shape[1])
        duals[shape.rows] = solved.row_duals
        low, high = self._given(lower[day : day + 1], upper[day : day + 1])
        reduced = solved.reduced[shape.bounded]
        binding = np.flatnonzero(
            ((reduced < 0) & (high[0] <= bounds[1][day, shape.bounded]))
            | ((reduced > 0) & (low[0] >= bounds[0][day, shape.bounded]))
        )
        _, first = np.unique(shape.bounded[binding], return_index=True)
        binding = binding[first]
        duals[shape.bounding[binding]] = reduced[binding] / shape.factor[binding]
        return duals

    def _slope(self, duals: Array) -> Array:
        """Return what one more unit of each link adds: duals of shape (days, rows) -> (days, links)."""
        shape = self.shape
        tied: Array = (self._amount * duals[:, self._linked_row]) @ self._by_link
        slope: Array = self.account.draw.pulled(-duals[:, shape.rows] @ shape.drawn) - tied
        return slope

    def _whole(self, values: Array, drawn: Array, matched: Array) -> Array:
        """Return the days' own columns, dispatched or accounted, shape (days, columns)."""
        shape = self.shape
        template = shape.template
        whole = np.zeros((len(values), len(template.columns)))
        whole[:, shape.columns] = values[:, :-1]
        for name, account in (("servers_mw", drawn), ("matched_mw", matched)):
            first, end = template.spans[name]
            whole[:, first:end] = account
        return whole
