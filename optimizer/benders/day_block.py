"""A block: some days of one node, dispatched together or one after another at given investments; a worker's task."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np

from models.case import Array, Case, Day
from models.dispatch import BALANCE
from optimizer.benders.day_lp import DayLP, LPSolution, penalty_eur_per_mwh
from optimizer.benders.direct_emissions import direct_emission_rates
from optimizer.benders.multi_day_lp import Coupled, CoupledSystem, MultiDayLP
from optimizer.benders.simultaneous_flows import SimultaneousFlows
from optimizer.benders.subproblem import DailyResults, SubproblemRequest, SubproblemResult
from optimizer.benders.yearly_accounts import AccountParts, AccountValues, YearlyAccounts, indicator
from optimizer.program.day_structure import DayStructure
from optimizer.program.day_template import Integers, parameter_values
from optimizer.program.node_couplings import NodeCouplings
from optimizer.program.nodes import Node
from optimizer.solver.duality import Bounds
from optimizer.solver.solve_result import SOLVER_TOLERANCE

ENDLESS = 1e9
"""What counts as no bound on a column where the range of a share is worked out."""


@dataclass(frozen=True)
class BlockStructure:
    """What all blocks share."""

    day: DayStructure
    budgets: Integers
    """Shares of a day that are plain budgets, by their place among its shares, ..."""
    general: Integers
    """... and all others."""
    parts: AccountParts
    budget_rows: Integers
    """Position among the day's rows of the row that holds the use of each plain budget."""


class DayBlock:
    """Some days of a node, with their numbers, their solver and its bases."""

    def __init__(
        self,
        case: Case,
        structure: BlockStructure,
        node: Node,
        position: int,
        days: Sequence[Day],
        seconds: float,
        couplings: NodeCouplings,
        start: highspy.HighsBasis | None = None,
        together: dict[bytes, MultiDayLP] | None = None,
    ) -> None:
        """Take the numbers of days that a case has, of the node at a position among all.

        `seconds` is the most time of one solve, `couplings` those of the node, `start` the basis to begin with; the
        programmes of as many days `together`, by the weights of the days, serve other blocks too.
        """
        self.shared, self.structure = structure, structure.day
        self._couplings, self._first = couplings, case.days.index(days[0])
        template = self.structure.template
        self.numbers = parameter_values(case, template, [(node.period, day) for day in days])
        self.weights = self.numbers[:, self.structure.weight] * 1e6
        self.accounts = YearlyAccounts(self.structure, structure.parts, self.numbers)
        self._penalty = penalty_eur_per_mwh(case)
        self._programme = DayLP(self.structure, structure.general, self._penalty, seconds, start)
        self._seconds = seconds
        self._together: dict[bytes, MultiDayLP] = {} if together is None else together
        shift = np.zeros((len(template.rows), len(days)))
        np.add.at(shift, template.shift.row, template.shift.instantiate(self.numbers).T)
        self._lower, self._upper = template.row_lower - shift.T, template.row_upper - shift.T
        self._linked_row, self._linked_link, self._amount = self._links(case, position, days)
        use = self.structure.matrix[structure.budget_rows]
        self._outputs = (use.tocoo().row, use.tocoo().col)
        self._of_share = self.structure.share_matrix[:, structure.general]
        self._direct = direct_emission_rates(case, template)[self.structure.columns]
        self._balance = np.flatnonzero([name.partition("[")[0] == BALANCE for name in template.rows])
        self._by_link = indicator(self._linked_link, self.structure.links)
        self._saved: tuple[dict[int, highspy.HighsBasis], dict[bytes, dict[Hashable, highspy.HighsBasis]]] = ({}, {})
        self._flows = SimultaneousFlows(case, self.structure, self._programme.programme.matrix.shape[1])

    def solve(self, request: SubproblemRequest) -> SubproblemResult:
        """Return the days at the investments of a request."""
        structure, links = self.structure, self._at_least_nothing(request.links)
        accounts = self.accounts.at(links)
        if request.mode == "accounting":
            return self._accounting(accounts)
        lower, upper = self._row_bounds(links)
        determined = accounts.determined @ structure.determined.T
        if request.shares is not None:
            determined = determined + request.shares @ self._of_share.T
        column_bounds = self._column_bounds(lower, upper)
        bounds = [
            Bounds(*each)
            for each in zip(
                lower[:, structure.rows] - determined,
                upper[:, structure.rows] - determined,
                *column_bounds,
                strict=True,
            )
        ]
        known = self._no_system(len(bounds))
        if request.system is not None:
            solved, value, known = self._coupled(request, bounds, column_bounds)
            paid = -known.bound
        else:
            solved, value, paid = self._dispatched(request, bounds)
        if request.daily and (request.budget is not None or request.allocated is not None):
            held = bounds if request.system is None else self._at_shares(bounds, known.shares)
            solved = self._with_least_flows(solved, held, self._programme.costs(request.mode))
        values = np.array([each.values for each in solved])
        duals = np.array([self._duals(day, each, lower, upper, column_bounds) for day, each in enumerate(solved)])
        most, missing = self._of_budgets(column_bounds[1]), self._missing_eur(request)
        least, largest = self._share_range(column_bounds)
        return self._of_year(
            cost=np.array([each.cost for each in solved]) + known.missed * missing / self.weights.sum(),
            bound=np.array([each.bound for each in solved]) - paid / self.weights.sum(),
            slope=self._slope(duals),
            used=self._of_budgets(values),
            most=most,
            unserved=values @ self._programme.missed + known.missed / self.weights.sum(),
            accounts=accounts,
            value=value,
            known=known,
            share_slope=-self.weights[:, None] * (duals[:, structure.rows] @ self._of_share),
            share_least=least,
            share_most=largest,
            daily=self._daily(solved, values, duals, most, accounts, known, request) if request.daily else None,
        )

    def _missing_eur(self, request: SubproblemRequest) -> float:
        """Return what a unit costs by which a row of the system is missed; in mode feasibility it counts as a MWh."""
        return self._penalty * float(self.weights.max()) if request.mode == "cost" else 1.0

    def _no_system(self, days: int) -> Coupled:
        """Return that no system was solved."""
        known = self._couplings
        shares, levels = np.zeros((days, len(known.general))), np.zeros(len(known.level_columns))
        return Coupled(shares, levels, 0.0, np.zeros(known.matrix.shape[0]), 0.0)

    def _coupled(
        self, request: SubproblemRequest, bounds: list[Bounds], column_bounds: tuple[Array, Array]
    ) -> tuple[list[LPSolution], Array, Coupled]:
        """Return every day's dispatch where all days of the node are held to its system together."""
        cost, alike, known = self._programme.costs(request.mode), f"system of {id(self)}".encode(), self._couplings
        assert request.budget is not None
        assert request.system is not None
        if alike not in self._together:
            system = CoupledSystem(
                of_share=self._of_share,
                matrix=known.matrix,
                lower=np.concatenate([known.share_lower.ravel(), known.level_lower]),
                upper=np.concatenate([known.share_upper.ravel(), known.level_upper]),
            )
            shared = self._programme.programme.matrix[self.shared.budget_rows]
            self._together[alike] = MultiDayLP(self._programme.programme, shared, self.weights, self._seconds, system)
        together, name = self._together[alike], (id(self), request.mode)
        if not together.has_basis(name):  # the days begin with half of what they could use
            least, most = self._share_range(column_bounds)
            of_days = self._at_shares(bounds, 0.5 * (least + most))
            even = np.tile(request.budget / self.weights.sum(), (len(bounds), 1))
            self._one_by_one(of_days, cost, even)
            together.start(name, [self._programme.basis(day) for day in range(len(bounds))])
        free = [self._with_budget(each, np.inf) for each in bounds]
        return together.solve_system(name, free, request.budget, cost, request.system, self._missing_eur(request))

    def save(self) -> None:
        """Remember the bases as they are now."""
        together = {weights: programme.bases(id(self)) for weights, programme in self._together.items()}
        self._saved = self._programme.bases(), together

    def restore(self) -> None:
        """Go back to the bases last remembered; whatever was solved since leaves no trace."""
        own, together = self._saved
        self._programme.restore(own)
        for weights, programme in self._together.items():
            programme.restore(id(self), together.get(weights, {}))

    def first_basis(self) -> highspy.HighsBasis:
        """Return the basis of the first day as it is without new data centres, its budgets free."""
        nothing, none = np.zeros(self.structure.links), np.zeros(len(self.shared.budgets))
        shares = np.zeros((1, len(self.shared.general)))
        self.solve(SubproblemRequest(Node(""), 0, 1, nothing, price_eur=none, shares=shares))
        return self._programme.basis(0)

    def _at_least_nothing(self, links: Array) -> Array:
        """Return the investments without what a solver's tolerance leaves below 0; raises ValueError if one is less."""
        if (links < -SOLVER_TOLERANCE).any():
            least = int(links.argmin())
            extra = (("extra", (str(each.column),)) for each in self.structure.extra_links)
            name, index = [*self.structure.template.links, *extra][least]
            raise ValueError(f"a day cannot see less than none of {name}[{','.join(index)}]: {links[least]:g}")
        return np.maximum(links, 0.0)

    def _dispatched(self, request: SubproblemRequest, bounds: list[Bounds]) -> tuple[list[LPSolution], Array, float]:
        """Return every day's dispatch, the value of a unit of each budget, and of all that their bounds pay for."""
        budget, price, cost = request.budget, request.price_eur, self._programme.costs(request.mode)
        if request.allocated is not None:
            solved = self._one_by_one(bounds, cost, request.allocated)
            return solved, self._mean_value(solved), 0.0
        if budget is None:
            assert price is not None
            costs, of_share = np.tile(self._priced(cost, price), (len(bounds), 1)), request.share_price_eur
            if of_share is not None:
                bounds = self._free_shares(bounds)
                costs[:, self._share_columns] = np.hstack([of_share, -of_share])
            return self._one_by_one(bounds, costs, None), price, 0.0
        if len(bounds) == 1 or not len(budget):
            solved = self._one_by_one(bounds, cost, np.tile(budget / self.weights.sum(), (len(bounds), 1)))
            return solved, self._mean_value(solved), 0.0
        alike = self.weights.tobytes()
        if alike not in self._together:
            shared = self._programme.programme.matrix[self.shared.budget_rows]
            self._together[alike] = MultiDayLP(self._programme.programme, shared, self.weights, self._seconds)
        together, name = self._together[alike], (id(self), request.mode)
        if not together.has_basis(name):
            if price is None or request.mode == "feasibility":
                even = np.tile(budget / self.weights.sum(), (len(bounds), 1))
                price = self._mean_value(self._one_by_one(bounds, cost, even))
            self._one_by_one(bounds, self._priced(cost, price), None)
            together.start(name, [self._programme.basis(day) for day in range(len(bounds))])
        solved, value = together.solve(name, [self._with_budget(each, np.inf) for each in bounds], budget, cost)
        return solved, value, float(value @ budget)

    def _at_shares(self, bounds: list[Bounds], shares: Array) -> list[Bounds]:
        """Return bounds of days whose general shares are given, (days, general)."""
        return [
            replace(each, row_lower=each.row_lower - own, row_upper=each.row_upper - own)
            for each, own in zip(bounds, shares @ self._of_share.T, strict=True)
        ]

    @property
    def _share_columns(self) -> slice:
        """Return the columns by how far the general shares are exceeded, then those by how far they are missed."""
        return slice(self._programme.own + 1, None)

    def _free_shares(self, bounds: list[Bounds]) -> list[Bounds]:
        """Return bounds of days that may choose their general shares, each within its bounds and what can be used."""
        known, found, own = self._couplings, [], slice(self._first, self._first + len(bounds))
        least, most = self._share_range(
            (np.array([each.lower for each in bounds]), np.array([each.upper for each in bounds]))
        )
        low, high = np.maximum(known.share_lower[own], least), np.minimum(known.share_upper[own], most)
        for day, each in enumerate(bounds):
            upper = each.upper.copy()
            upper[self._share_columns] = np.maximum(np.concatenate([high[day], -low[day]]), 0.0)
            found.append(replace(each, upper=upper))
        return found

    def _one_by_one(self, bounds: list[Bounds], cost: Array, allocated: Array | None) -> list[LPSolution]:
        """Return every day's dispatch with what is allocated to it of the budgets, or with as much as it likes.

        Costs are those of all days, or of each, (days, columns).
        """
        budget = np.full((len(bounds), 1), np.inf) if allocated is None else allocated
        costs = np.broadcast_to(cost, (len(bounds), cost.shape[-1]))
        return [
            self._programme.solve(day, self._with_budget(each, budget[day]), costs[day])
            for day, each in enumerate(bounds)
        ]

    def _with_least_flows(self, solved: list[LPSolution], bounds: list[Bounds], cost: Array) -> list[LPSolution]:
        """Return the days' dispatch without power that goes round, where one that costs the same has less of it."""
        values = np.array([each.values for each in solved])
        used, found = self._of_budgets(values), list(solved)
        for day in np.flatnonzero(self._flows.circulating_mw(values).any(axis=1)).tolist():
            with_budget = self._with_budget(bounds[day], used[day])
            found[day] = self._programme.with_least_flows(day, with_budget, cost, solved[day], self._flows.moving)
        return found

    def _with_budget(self, bounds: Bounds, budget: Array | float) -> Bounds:
        """Return bounds of a day that may use so much of the plain budgets."""
        upper = bounds.row_upper.copy()
        upper[self.shared.budget_rows] = budget
        return replace(bounds, row_upper=upper)

    def _priced(self, cost: Array, price: Array) -> Array:
        """Return costs with those of what is used of the budgets."""
        cost = cost.copy()
        cost[self._outputs[1]] += price[self._outputs[0]]
        return cost

    def _mean_value(self, solved: list[LPSolution]) -> Array:
        """Return what a unit of each budget saves on the mean of the days dispatched."""
        value: Array = -np.array([each.row_duals[self.shared.budget_rows] for each in solved])
        return np.average(value, axis=0, weights=self.weights)

    def _of_year(
        self,
        *,
        accounts: AccountValues,
        value: Array,
        share_slope: Array,
        share_least: Array,
        share_most: Array,
        known: Coupled,
        daily: DailyResults | None,
        **days: Array,
    ) -> SubproblemResult:
        """Return a result from figures of the days, each of which counts as often as it comes."""
        return SubproblemResult(
            value=value[None],
            share_slope=share_slope,
            share_least=share_least,
            share_most=share_most,
            shares=known.shares,
            levels=known.levels[None],
            system_value=known.value[None],
            accounts=(self.weights @ accounts.value)[None],
            account_slope=np.tensordot(self.weights, accounts.slope, axes=1)[None],
            daily=daily,
            **{name: (self.weights @ each)[None] for name, each in days.items()},
        )

    def _daily(
        self,
        solved: list[LPSolution],
        values: Array,
        duals: Array,
        most: Array,
        accounts: AccountValues,
        known: Coupled,
        request: SubproblemRequest,
    ) -> DailyResults:
        """Return the figures of every day."""
        rounds_mw, own = self._flows.circulating_mw(values), self._programme.own
        full = self._full(values, accounts)
        shares = known.shares if request.shares is None else request.shares
        if request.share_price_eur is not None:
            exceeded, missed = np.hsplit(values[:, self._share_columns], 2)
            shares = exceeded - missed
        spans = self.structure.template.spans.values()
        return DailyResults(
            cost=np.array([each.cost for each in solved]),
            used=self._of_budgets(values),
            most=most,
            shares=shares,
            levels=known.levels if request.system is not None else np.zeros(0),
            unserved=values @ self._programme.missed,
            totals=np.array([full[:, first:end].sum(axis=1) for first, end in spans]).T,
            burnt_hours=(rounds_mw > 0).sum(axis=1).astype(float),
            burnt_mwh=self._flows.lost_mwh(rounds_mw),
            direct_kg=values[:, :own] @ self._direct,
            accounts=accounts.value,
            values=full if request.values else np.zeros((len(values), 0)),
            price=duals[:, self._balance] if request.values else np.zeros((len(values), 0)),
        )

    def _accounting(self, accounts: AccountValues) -> SubproblemResult:
        """Return the yearly accounts alone."""
        count, budgets = len(self.numbers), len(self.shared.budgets)
        none, use = np.zeros(count), np.zeros((count, budgets))
        shares = np.zeros((count, len(self.shared.general)))
        return self._of_year(
            cost=none,
            bound=none,
            slope=np.zeros((count, self.structure.links)),
            used=use,
            most=use,
            unserved=none,
            accounts=accounts,
            value=np.zeros(budgets),
            share_slope=shares,
            share_least=shares,
            share_most=shares,
            known=self._no_system(count),
            daily=None,
        )

    def _links(self, case: Case, position: int, days: Sequence[Day]) -> tuple[Integers, Integers, Array]:
        """Return what links add to rows: row, link and, by day, amount; the extra links come last."""
        linked, template, extra = self.structure.linked, self.structure.template, self.structure.extra_links
        amounts = [each.amount[position, self._first : self._first + len(days), None] for each in extra]
        return (
            np.append(linked.row, [each.row for each in extra]).astype(np.int64),
            np.append(linked.column, len(template.links) + np.arange(len(extra))).astype(np.int64),
            np.hstack([linked.instantiate(self.numbers), *amounts]),
        )

    def _of_budgets(self, columns: Array) -> Array:
        """Return the use of each plain budget, (days, columns) -> (days, budgets)."""
        total = np.zeros((len(self.shared.budgets), len(columns)))
        np.add.at(total, self._outputs[0], columns[:, self._outputs[1]].T)
        return total.T

    def _share_range(self, bounds: tuple[Array, Array]) -> tuple[Array, Array]:
        """Return the least and the largest value that each general share can take up, (days, general)."""
        lower, upper = (each[:, : self._programme.own] for each in bounds)
        least, most = np.zeros((2, len(lower), len(self.shared.general)))
        shares = self._of_share.tocoo()
        for row, share, factor in zip(*shares.coords, shares.data, strict=True):
            use = self.structure.matrix[[row]].toarray()[0] / -factor
            ends = np.clip(lower, -ENDLESS, ENDLESS) * use, np.clip(upper, -ENDLESS, ENDLESS) * use
            least[:, share] += np.minimum(*ends).sum(axis=1)
            most[:, share] += np.maximum(*ends).sum(axis=1)
        return least, most

    def _row_bounds(self, links: Array) -> tuple[Array, Array]:
        """Return the bounds of all the days' rows, with what the links add to them, shape (days, rows)."""
        given = np.zeros(self._lower.T.shape)
        on = np.flatnonzero(links[self._linked_link])
        np.add.at(given, self._linked_row[on], (self._amount[:, on] * links[self._linked_link[on]]).T)
        return self._lower - given.T, self._upper - given.T

    def _column_bounds(self, lower: Array, upper: Array) -> tuple[Array, Array]:
        """Return the bounds of the dispatched columns and of the elastic ones, shape (days, columns)."""
        structure, count = self.structure, len(lower)
        template, elastic = structure.template, self._programme.programme.matrix.shape[1] - len(structure.columns)
        low, high = self._bounding(lower, upper)
        least = np.tile(np.concatenate([template.lower[structure.columns], np.zeros(elastic)]), (count, 1))
        most = np.tile(np.concatenate([template.upper[structure.columns], np.full(elastic, np.inf)]), (count, 1))
        np.maximum.at(least.T, structure.bounded, low.T)
        np.minimum.at(most.T, structure.bounded, high.T)
        return least, np.maximum(most, least)

    def _bounding(self, lower: Array, upper: Array) -> tuple[Array, Array]:
        """Return the limits that rows set to the one column each of them bounds."""
        structure = self.structure
        one, other = lower[:, structure.bounding] / structure.factor, upper[:, structure.bounding] / structure.factor
        return np.where(structure.factor > 0, one, other), np.where(structure.factor > 0, other, one)

    def _duals(self, day: int, solved: LPSolution, lower: Array, upper: Array, bounds: tuple[Array, Array]) -> Array:
        """Return the dual values of all rows of a day; a row that bounds a column has that of the bound."""
        structure = self.structure
        duals = np.zeros(lower.shape[1])
        duals[structure.rows] = solved.row_duals
        low, high = self._bounding(lower[day : day + 1], upper[day : day + 1])
        reduced = solved.reduced[structure.bounded]
        binding = np.flatnonzero(
            ((reduced < 0) & (high[0] <= bounds[1][day, structure.bounded]))
            | ((reduced > 0) & (low[0] >= bounds[0][day, structure.bounded]))
        )
        _, first = np.unique(structure.bounded[binding], return_index=True)
        binding = binding[first]
        duals[structure.bounding[binding]] = reduced[binding] / structure.factor[binding]
        return duals

    def _slope(self, duals: Array) -> Array:
        """Return what one more unit of each link adds: duals of shape (days, rows) -> (days, links)."""
        structure = self.structure
        tied: Array = (self._amount * duals[:, self._linked_row]) @ self._by_link
        slope: Array = (
            self.accounts.determining.transpose_product(-duals[:, structure.rows] @ structure.determined) - tied
        )
        return slope

    def _full(self, values: Array, accounts: AccountValues) -> Array:
        """Return the days' own columns, dispatched or accounted, shape (days, columns)."""
        structure = self.structure
        template = structure.template
        full = np.zeros((len(values), len(template.columns)))
        full[:, structure.columns] = values[:, : self._programme.own]
        full[:, structure.accounts.determined] = accounts.determined
        full[:, structure.accounts.free] = accounts.free
        return full
