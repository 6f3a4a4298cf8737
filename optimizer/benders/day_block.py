"""A chunk: some days of one period, dispatched together or one after another at given investments; a crew's work."""

from collections.abc import Sequence
from dataclasses import replace

import highspy
import numpy as np

from models.case import Array, Case, Day
from optimizer.benders.day_lp import DayLP, LPSolution, lack_eur_per_mwh
from optimizer.benders.emissions_accounting import EmissionsAccounting, HourlyAccount, direct_emission_rates, indicator
from optimizer.benders.multi_day_lp import MultiDayLP
from optimizer.benders.simultaneous_flows import SimultaneousFlows
from optimizer.benders.subproblem import DailyResults, SubproblemRequest, SubproblemResult
from optimizer.program.day_structure import DayStructure
from optimizer.program.day_template import Integers, parameter_values
from optimizer.solver.duality import Bounds
from optimizer.solver.solve_result import SOLVER_TOLERANCE


class DayBlock:
    """Some days of a period, with their numbers, their solver and its bases."""

    def __init__(
        self,
        case: Case,
        shape: DayStructure,
        period: str,
        days: Sequence[Day],
        seconds: float,
        start: highspy.HighsBasis | None = None,
        together: dict[bytes, MultiDayLP] | None = None,
    ) -> None:
        """Gather the numbers of the days.

        `seconds` is the most time of one solve, `start` the basis to begin with; the programmes of as many days kept
        `together`, by the weights of the days, serve other chunks too.
        """
        self.shape = shape
        template = shape.template
        self.numbers = parameter_values(case, template, [(period, day) for day in days])
        self.weights = self.numbers[:, shape.weight] * 1e6
        self.account = EmissionsAccounting(shape, self.numbers)
        self._programme, self._seconds = DayLP(shape, lack_eur_per_mwh(case), seconds, start), seconds
        self._together: dict[bytes, MultiDayLP] = {} if together is None else together
        shift = np.zeros((len(template.rows), len(days)))
        np.add.at(shift, template.shift.row, template.shift.instantiate(self.numbers).T)
        self._lower, self._upper = template.row_lower - shift.T, template.row_upper - shift.T
        self._linked_row, self._linked_link, self._amount = self._links(case, period, days)
        water = shape.matrix[shape.reservoirs]
        self._direct = direct_emission_rates(case, template)[shape.columns]
        self._sheds = np.array([template.columns[column].startswith("shed_mw[") for column in shape.columns])
        self._outputs = (water.tocoo().row, water.tocoo().col)
        self._by_link = indicator(self._linked_link, shape.links)
        self._circles = SimultaneousFlows(case, shape)

    def answer(self, question: SubproblemRequest) -> SubproblemResult:
        """Return the days at the investments asked for."""
        shape, links = self.shape, self._seen(question.links)
        accounted = self.account.at(links)
        if question.aim == "nothing":
            return self._undispatched(accounted)
        lower, upper = self._limits(links)
        drawn = accounted.drawn_mw @ shape.drawn.T
        bounds = self._bounds(lower, upper)
        limits = [
            Bounds(*each)
            for each in zip(lower[:, shape.rows] - drawn, upper[:, shape.rows] - drawn, *bounds, strict=True)
        ]
        solved, worth, paid = self._dispatched(question, limits)
        if question.daily and (question.water_mwh is not None or question.allotted_mwh is not None):
            solved = self._still(solved, limits, self._programme.costs(question.aim))
        values = np.array([each.values for each in solved])
        duals = np.array([self._duals(day, each, lower, upper, bounds) for day, each in enumerate(solved)])
        most = self._of_reservoirs(bounds[1])
        return self._of_year(
            cost=np.array([each.cost for each in solved]),
            bound=np.array([each.bound for each in solved]) - paid / self.weights.sum(),
            slope=self._slope(duals),
            used_mwh=self._of_reservoirs(values),
            most_mwh=most,
            lack_mwh=values[:, -1],
            emission_t=accounted.emission_t,
            emission_slope_t=accounted.slope_t,
            worth=worth,
            daily=self._daily(solved, values, most, accounted, question.values) if question.daily else None,
        )

    def first_basis(self) -> highspy.HighsBasis:
        """Return the basis of the first day as it is without new data centres, its water free."""
        nothing, none = np.zeros(self.shape.links), np.zeros(len(self.shape.reservoirs))
        self.answer(SubproblemRequest("", 0, 1, nothing, price_eur=none))
        return self._programme.basis(0)

    def _seen(self, links: Array) -> Array:
        """Return the investments without what a solver's tolerance leaves below 0; raises ValueError if one is less."""
        if (links < -SOLVER_TOLERANCE).any():
            least = int(links.argmin())
            names = [
                *self.shape.template.links,
                *(("extra", (str(each.column),)) for each in self.shape.extra_links),
            ]
            name, index = names[least]
            raise ValueError(f"a day cannot see less than none of {name}[{','.join(index)}]: {links[least]:g}")
        return np.maximum(links, 0.0)

    def _dispatched(self, question: SubproblemRequest, limits: list[Bounds]) -> tuple[list[LPSolution], Array, float]:
        """Return every day's dispatch, what a MWh of water is worth, and the worth of all that their bounds pay for."""
        water, price, cost = question.water_mwh, question.price_eur, self._programme.costs(question.aim)
        if question.allotted_mwh is not None:
            solved = self._one_by_one(limits, cost, question.allotted_mwh)
            return solved, self._mean_worth(solved), 0.0
        if water is None:
            assert price is not None
            return self._one_by_one(limits, self._priced(cost, price), None), price, 0.0
        if len(limits) == 1 or not len(water):
            solved = self._one_by_one(limits, cost, np.tile(water / self.weights.sum(), (len(limits), 1)))
            return solved, self._mean_worth(solved), 0.0
        alike = self.weights.tobytes()
        if alike not in self._together:
            shared = self._programme.programme.matrix[self.shape.reservoirs]
            self._together[alike] = MultiDayLP(self._programme.programme, shared, self.weights, self._seconds)
        together, name = self._together[alike], (id(self), question.aim)
        if not together.knows(name):
            if price is None or question.aim == "lack":
                even = np.tile(water / self.weights.sum(), (len(limits), 1))
                price = self._mean_worth(self._one_by_one(limits, cost, even))
            self._one_by_one(limits, self._priced(cost, price), None)
            together.start(name, [self._programme.basis(day) for day in range(len(limits))])
        solved, worth = together.solve(name, [self._watered(each, np.inf) for each in limits], water, cost)
        return solved, worth, float(worth @ water)

    def _one_by_one(self, limits: list[Bounds], cost: Array, allotted_mwh: Array | None) -> list[LPSolution]:
        """Return every day's dispatch with the water allotted to it, or with as much as it likes."""
        water = np.full((len(limits), 1), np.inf) if allotted_mwh is None else allotted_mwh
        return [self._programme.solve(day, self._watered(each, water[day]), cost) for day, each in enumerate(limits)]

    def _still(self, solved: list[LPSolution], limits: list[Bounds], cost: Array) -> list[LPSolution]:
        """Return the days' dispatch without power that goes round, where one that costs the same has less of it."""
        values = np.array([each.values for each in solved])
        used, found = self._of_reservoirs(values), list(solved)
        for day in np.flatnonzero(self._circles.round_mw(values).any(axis=1)).tolist():
            watered = self._watered(limits[day], used[day])
            found[day] = self._programme.stiller(day, watered, cost, solved[day], self._circles.moving)
        return found

    def _watered(self, limits: Bounds, water_mwh: Array | float) -> Bounds:
        """Return limits of a day that has some water."""
        upper = limits.row_upper.copy()
        upper[self.shape.reservoirs] = water_mwh
        return replace(limits, row_upper=upper)

    def _priced(self, cost: Array, price: Array) -> Array:
        """Return costs with those of the water."""
        cost = cost.copy()
        cost[self._outputs[1]] += price[self._outputs[0]]
        return cost

    def _mean_worth(self, solved: list[LPSolution]) -> Array:
        """Return what a MWh of water saves on the mean of the days dispatched."""
        worth: Array = -np.array([each.row_duals[self.shape.reservoirs] for each in solved])
        return np.average(worth, axis=0, weights=self.weights)

    def _of_year(self, *, worth: Array, daily: DailyResults | None, **days: Array) -> SubproblemResult:
        """Return a reply from figures of the days, each of which counts as often as it comes."""
        return SubproblemResult(
            worth=worth[None], daily=daily, **{name: (self.weights @ each)[None] for name, each in days.items()}
        )

    def _daily(
        self, solved: list[LPSolution], values: Array, most_mwh: Array, accounted: HourlyAccount, whole: bool
    ) -> DailyResults:
        """Return the figures of every day."""
        rounds_mw = self._circles.round_mw(values)
        return DailyResults(
            cost=np.array([each.cost for each in solved]),
            used_mwh=self._of_reservoirs(values),
            most_mwh=most_mwh,
            shed_mwh=values[:, :-1][:, self._sheds].sum(axis=1),
            lack_mwh=values[:, -1],
            burnt_hours=(rounds_mw > 0).sum(axis=1).astype(float),
            burnt_mwh=self._circles.lost_mwh(rounds_mw),
            direct_kg=values[:, :-1] @ self._direct,
            drawn_mwh=accounted.drawn_mw.sum(axis=1),
            matched_mwh=accounted.matched_mw.sum(axis=1),
            emission_t=accounted.emission_t,
            values=self._whole(values, accounted) if whole else np.zeros((len(values), 0)),
        )

    def _undispatched(self, accounted: HourlyAccount) -> SubproblemResult:
        """Return the account alone."""
        count, reservoirs = len(self.numbers), len(self.shape.reservoirs)
        water, none, slope = np.zeros((count, reservoirs)), np.zeros(count), np.zeros((count, self.shape.links))
        return self._of_year(
            cost=none,
            bound=none,
            slope=slope,
            used_mwh=water,
            most_mwh=water,
            lack_mwh=none,
            emission_t=accounted.emission_t,
            emission_slope_t=accounted.slope_t,
            worth=np.zeros(reservoirs),
            daily=None,
        )

    def _links(self, case: Case, period: str, days: Sequence[Day]) -> tuple[Integers, Integers, Array]:
        """Return what links add to rows: row, link and, by day, amount; extra links come last."""
        linked, template, extra_links = self.shape.linked, self.shape.template, self.shape.extra_links
        place, first = list(case.periods).index(period), case.days.index(days[0])
        amounts = [each.amount[place, first : first + len(days), None] for each in extra_links]
        return (
            np.append(linked.row, [each.row for each in extra_links]).astype(np.int64),
            np.append(linked.column, len(template.links) + np.arange(len(extra_links))).astype(np.int64),
            np.hstack([linked.instantiate(self.numbers), *amounts]),
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

    def _duals(self, day: int, solved: LPSolution, lower: Array, upper: Array, bounds: tuple[Array, Array]) -> Array:
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

    def _whole(self, values: Array, accounted: HourlyAccount) -> Array:
        """Return the days' own columns, dispatched or accounted, shape (days, columns)."""
        shape = self.shape
        template = shape.template
        whole = np.zeros((len(values), len(template.columns)))
        whole[:, shape.columns] = values[:, :-1]
        for name, account in (("servers_mw", accounted.drawn_mw), ("matched_mw", accounted.matched_mw)):
            first, end = template.spans[name]
            whole[:, first:end] = account
        return whole
