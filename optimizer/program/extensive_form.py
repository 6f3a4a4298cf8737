"""From a case to one programme: investment aspects compiled from Pyomo, the days of the dispatch instantiated below."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import fsum
from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sparse
from pyomo.common.gc_manager import PauseGC

from models.case import Array, Case, Day
from models.couplings import Coupling
from models.day_parameters import day_layout
from models.formulation import build, couplings, first_stage
from models.objective import expression_of
from models.settings import OBJECTIVES, Risk
from optimizer.program.block_names import BlockNames
from optimizer.program.compile import Compiled, compile_model, compile_objective
from optimizer.program.day_template import ModifyDay, Template, compile_day, parameter_values
from optimizer.program.instantiate import BlockMatrices, operating_cost, row_shift
from optimizer.program.linear_program import LinearProgram, Positions, ProgramPart
from optimizer.program.linking_variables import ExtraLink, link_columns
from optimizer.program.nodes import BASE, Future, Node
from optimizer.program.two_stage import FutureProgram, Mask, TwoStageProgram, merged, with_risk

SAME_IN_FUTURES = [
    "generators",
    "stores",
    "carrying",
    "reservoirs",
    "clustered",
    "ramping",
    "must_run",
    "flowing",
    "apart",
    "growing",
    "matching",
    "lines",
    "limited_lines",
]
"""What of a day's layout the days of all futures share."""


@dataclass(frozen=True)
class Objective:
    """An objective of the case, to be minimised, over the investments and the operating cost of every node."""

    name: str
    sign: float
    """-1 for one that people maximise."""
    cost: Array
    """Coefficients of the investment columns, those of operating cost among them; of several futures those of the mean,
    as it counts beside the worst ones."""
    constant: float
    futures: tuple[tuple[float, Array, float], ...] = ()
    """Probability, coefficients and constant of each future."""

    def value(self, point: Array) -> float:
        """Return the objective as people read it, for the investment columns."""
        return self.sign * (float(self.cost @ point[: len(self.cost)]) + self.constant)


@dataclass(frozen=True)
class FullObjective:
    """An objective of the case, to be minimised, over all columns of the extensive form."""

    name: str
    sign: float
    """-1 for one that people maximise."""
    cost: Array
    """Coefficients of all columns."""
    constant: float


@dataclass(frozen=True)
class FutureModel:
    """The investments' model of a future, and where its variables stand among the columns."""

    future: Future
    model: pyo.ConcreteModel
    columns: Mapping[int, int]
    """id of a Pyomo variable -> column."""
    names: Sequence[str]
    """The names of its own columns, ..."""
    places: Positions
    """... and where they are."""


@dataclass(frozen=True)
class ExtensiveForm:
    """A case as one programme, part by part or as a whole, with what is needed to read its solution.

    Arrays with numbers of every day are made when first asked for, and then cached.
    """

    case: Case
    compiled: Compiled
    """The investments: of all futures as one programme, with the variables of the first, which come first."""
    template: Template
    futures: tuple[FutureModel, ...]
    couplings: tuple[Coupling, ...]
    with_futures: "Callable[[Sequence[Future]], ExtensiveForm]"
    """Returns the same form for other days, longer ones too."""
    decided: Mapping[str, int] = field(default_factory=dict)
    """First-stage decision -> its column, where there are several futures."""
    lost: tuple[Positions, ...] = ()
    """By future, the first-stage columns that are given up in it."""
    extra_links: tuple[ExtraLink, ...] = ()
    """Investments that add to a row of every day, beyond what the template has."""

    @property
    def model(self) -> pyo.ConcreteModel:
        """The investments' model, that of the first future."""
        return self.futures[0].model

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every period under every future."""
        return tuple(
            Node(period, each.future.name, each.future.probability)
            for each in self.futures
            for period in each.future.case.periods
        )

    def case_of(self, node: Node) -> Case:
        """Return the case whose numbers a node has."""
        return self.of(node).future.case

    def of(self, node: Node) -> FutureModel:
        """Return the model of a node's future."""
        return next(each for each in self.futures if each.future.name == node.future)

    @cached_property
    def node_blocks(self) -> tuple[tuple[Node, Day], ...]:
        """Every day of every node, in the order of their columns."""
        return tuple((node, day) for node in self.nodes for day in self.case_of(node).days)

    @cached_property
    def node_of_block(self) -> Positions:
        """The position of every block's node."""
        return np.array([self.nodes.index(node) for node, _ in self.node_blocks], dtype=np.int64)

    @cached_property
    def blocks(self) -> tuple[tuple[str, Day], ...]:
        """Period and day of every block, in the order of their columns."""
        return tuple((node.period, day) for node, day in self.node_blocks)

    @cached_property
    def operating(self) -> Positions:
        """The column of every node's operating cost, which counts what it is above the baseline."""
        found = [
            self.of(node).columns[id(self.of(node).model.dispatch.operating_meur[node.period])] for node in self.nodes
        ]
        return np.array(found, dtype=np.int64)

    @property
    def investments(self) -> int:
        """Number of investment columns; the days' columns follow."""
        return len(self.compiled.program.lower)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns of the programme."""
        blocks, above = len(self.blocks), len(self.compiled.program.row_lower)
        return above + blocks * len(self.template.rows), self.investments + blocks * len(self.template.columns)

    @cached_property
    def values(self) -> Array:
        """Parameters' values, shape (blocks, parameters + 1)."""
        parts = [
            parameter_values(
                each.future.case,
                self.template,
                [(period, day) for period in each.future.case.periods for day in each.future.case.days],
            )
            for each in self.futures
        ]
        return np.concatenate(parts)

    @cached_property
    def operating_cost(self) -> Array:
        """Operating cost of the days' own columns, MEUR per year."""
        return np.concatenate([operating_cost(self.template, each) for each in self.values])

    @cached_property
    def link_columns(self) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """Investment column of every link in every block, shape (blocks, links); -1 where there is none."""
        parts = []
        for each in self.futures:
            case = each.future.case
            blocks = [(period, day) for period in case.periods for day in case.days]
            parts.append(link_columns(each.model, each.columns, self.template, blocks))
        return np.concatenate(parts)

    def node_links(self, node: Node) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """Return the investment column of every link in every day of a node, shape (days, links)."""
        return self.link_columns[np.flatnonzero(self.node_of_block == self.nodes.index(node))]

    def prefix(self, block: int) -> str:
        """Return what the names of a block's rows and columns begin with."""
        node, day = self.node_blocks[block]
        future = "" if node.future == self.nodes[0].future else f"@{node.future}"
        return f"dispatch.days[{node.period},{day.day}]{future}."

    def _without_operating(self, limits: Array) -> Array:
        """Return limits of the investment columns with 0 for those of operating cost: here the days have it."""
        limits = limits.copy()
        limits[self.operating] = 0.0
        return limits

    @cached_property
    def _matrices(self) -> BlockMatrices:
        return BlockMatrices(self.template)

    def investment_part(self) -> ProgramPart:
        """Return the rows and columns of the investments."""
        top, matrix = self.compiled.program, self.compiled.program.matrix
        wide = sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], self.shape[1]))
        lower, upper = self._without_operating(top.lower), self._without_operating(top.upper)
        return replace(top, matrix=wide, lower=lower, upper=upper, columns=slice(0, self.investments))

    def day_part(self, block: int) -> ProgramPart:
        """Return the rows and columns of a block's day, instantiated from the template."""
        template, (node, day) = self.template, self.node_blocks[block]
        columns = np.concatenate([self.block_columns(block), self.link_columns[block]])
        matrix = self._matrices.matrix(self.values[block], columns, self.shape[1])
        shift = row_shift(template, self.values[block])
        for extra in self.extra_links:
            position = self.node_of_block[block], self.case_of(node).days.index(day)
            entry = (extra.amount[position].reshape(1), ([extra.row], [extra.column]))
            matrix = (matrix + sparse.coo_array(entry, shape=matrix.shape)).tocsr()
        prefix, first = [self.prefix(block)], self.investments + block * len(template.columns)
        return ProgramPart(
            matrix=matrix,
            row_lower=template.row_lower - shift,
            row_upper=template.row_upper - shift,
            row_names=BlockNames([], prefix, template.rows),
            columns=slice(first, first + len(template.columns)),
            lower=template.lower,
            upper=template.upper,
            integer=np.zeros(len(template.columns), dtype=bool),
            column_names=BlockNames([], prefix, template.columns),
        )

    def parts(self) -> Iterator[ProgramPart]:
        """Yield the investments, then day by day; each part may be dropped before the next is made."""
        yield self.investment_part()
        yield from map(self.day_part, range(len(self.blocks)))

    @cached_property
    def program(self) -> LinearProgram:
        """All rows and columns, without a cost: the investments', then those of every block.

        For what needs all coefficients at once; of every day of a year they take gigabytes.
        """
        top, template, (rows, columns) = self.compiled.program, self.template, self.shape
        most = top.matrix.nnz + len(self.blocks) * (len(template.entries.row) + len(self.extra_links))
        kind = np.int32 if max(most, columns) <= np.iinfo(np.int32).max else np.int64
        data, indices, counts = np.empty(most), np.empty(most, dtype=kind), np.empty(rows, dtype=kind)
        names = "row_lower", "row_upper", "lower", "upper", "integer"
        arrays: dict[str, list[Any]] = {name: [] for name in names}
        row = filled = 0
        for part in self.parts():  # none is kept: all at once they would be there twice
            matrix = part.matrix
            end, last = filled + matrix.nnz, row + matrix.shape[0]
            data[filled:end], indices[filled:end], counts[row:last] = (
                matrix.data,
                matrix.indices,
                np.diff(matrix.indptr),
            )
            filled, row = end, last
            for name in names:
                arrays[name].append(getattr(part, name))
        starts = np.concatenate([np.zeros(1, dtype=kind), np.cumsum(counts, dtype=kind)])
        joined: dict[str, Any] = {name: np.concatenate(listed) for name, listed in arrays.items()}
        prefixes = [self.prefix(block) for block in range(len(self.blocks))]
        return replace(
            top,
            cost=np.zeros(columns),
            matrix=sparse.csr_array((data[:filled], indices[:filled], starts), shape=(rows, columns)),
            column_names=BlockNames(top.column_names, prefixes, template.columns),
            row_names=BlockNames(top.row_names, prefixes, template.rows),
            **joined,
        )

    @property
    def risk(self) -> Risk:
        """Return how the futures are weighed."""
        return self.case.settings.risk

    def objective(self, name: str) -> Objective:
        """Return an objective over the investments, to be minimised (compute is negated)."""
        sign = -1.0 if OBJECTIVES[name].sense == "maximise" else 1.0
        costs, constants = [], []
        for each in self.futures:
            expression = expression_of(each.model.objective, name)
            columns, coefficients, rest = compile_objective(name, expression, each.columns)
            cost = np.zeros(self.investments)
            np.add.at(cost, columns, sign * coefficients)
            costs.append(cost)
            constants.append(sign * rest)
        if len(self.futures) > 1:
            costs = TwoStageProgram(self.compiled.program, (), {}, self.lost).with_losses(costs)
        shares = [each.future.probability for each in self.futures]
        futures = tuple(zip(shares, costs, constants, strict=True))
        weight = self.risk.weight_of(len(futures))
        mean = sum((share * cost for share, cost, _ in futures), np.zeros(self.investments))
        constant = sum(share * rest for share, _, rest in futures)
        return Objective(name, sign, (1 - weight) * mean, (1 - weight) * constant, futures)

    def full_objective(self, name: str, baseline_meur: Array | None = None) -> FullObjective:
        """Return an objective over all columns, to be minimised; operating cost is above a baseline of each node.

        Of several futures it is the mean, as it counts beside the worst ones.
        """
        objective = self.objective(name)
        cost, constant = self._over_all_columns(objective.cost, objective.constant, baseline_meur)
        return FullObjective(name, objective.sign, cost, constant)

    def whole(self, name: str, baseline_meur: Array | None = None) -> LinearProgram:
        """Return the programme with the cost of an objective, to be minimised, its worst futures weighed as asked."""
        costs = [
            (share, *self._over_all_columns(cost, rest, baseline_meur))
            for share, cost, rest in self.objective(name).futures
        ]
        return with_risk(self.program, costs, self.risk)

    def _over_all_columns(self, cost: Array, constant: float, baseline_meur: Array | None) -> tuple[Array, float]:
        """Return coefficients over all columns, and the constant, of those over the investments."""
        of_node = cost[self.operating]
        weights = of_node[self.node_of_block]
        running = self.operating_cost.reshape(len(self.blocks), -1) * weights[:, None]
        every = np.concatenate([self._without_operating(cost), running.ravel()])
        return every, constant - (0.0 if baseline_meur is None else float(of_node @ baseline_meur))

    def future_values(self, name: str, point: Array, baseline_meur: Array | None = None) -> list[float]:
        """Return an objective, to be minimised, in each future at a point of all columns, each sum rounded once."""
        own = len(self.template.columns)

        def terms(future: Array, constant: float) -> Iterator[float]:
            of_node = future[self.operating]
            yield from (self._without_operating(future) * point[: self.investments]).tolist()
            for block, weight in enumerate(of_node[self.node_of_block].tolist()):
                if weight:
                    cost = self.operating_cost[block * own : (block + 1) * own] * weight
                    yield from (cost * point[self.block_columns(block)]).tolist()
            yield constant
            yield from [] if baseline_meur is None else (-of_node * baseline_meur).tolist()

        return [fsum(terms(cost, rest)) for _, cost, rest in self.objective(name).futures]

    def objective_value(self, name: str, point: Array, baseline_meur: Array | None = None) -> float:
        """Return an objective as people read it at a point of all columns, the worst futures weighed as asked."""
        sign = -1.0 if OBJECTIVES[name].sense == "maximise" else 1.0
        shares = [each.future.probability for each in self.futures]
        return sign * self.risk.worth(self.future_values(name, point, baseline_meur), shares)

    def operating_meur(self, values: Array) -> dict[str, float]:
        """Return the operating cost of the system in a year of each period, MEUR; its mean over futures."""
        own = len(self.template.columns)
        days = (self.operating_cost * values[self.investments :]).reshape(len(self.blocks), own).sum(axis=1)
        totals = dict.fromkeys(self.case.periods, 0.0)
        for node, cost in zip(self.nodes, np.bincount(self.node_of_block, days, len(self.nodes)).tolist(), strict=True):
            totals[node.period] += node.probability * cost
        return totals

    def block_columns(self, block: int) -> Positions:
        """Return a block's columns; they follow the investments'."""
        own = len(self.template.columns)
        return self.investments + block * own + np.arange(own)

    def day_columns(self, variable: str, block: int) -> slice:
        """Return the columns of a day's variable in a block, in the order of its index."""
        first, end = self.template.spans[variable]
        start = self.investments + block * len(self.template.columns)
        return slice(start + first, start + end)


def master_part(case: Case) -> pyo.ConcreteModel:
    """Return the model of a case's investments."""
    return build(case, master_part=True)


def build_extensive_form(
    case: Case,
    modify: Callable[[pyo.ConcreteModel], None] = lambda _: None,
    *,
    futures: Sequence[Future] = (),
    modify_day: ModifyDay | None = None,
    further_couplings: Sequence[Coupling] = (),
    write: Callable[[Case], pyo.ConcreteModel] = master_part,
    shared: Collection[str] | None = None,
) -> ExtensiveForm:
    """Return a case as one programme, under one future or several.

    Futures share the variables named (`aspect.variable`), by default those of the first stage; all else each has for
    itself. `modify` may change the model of the investments before it is compiled, `modify_day` what every day holds;
    what they couple is declared in `further_couplings`. `write` makes the model of the investments. Raises ValueError
    where the days of futures differ in more than numbers by the hour and by the day.
    """
    shared = first_stage() if shared is None else shared
    known = (*couplings(), *further_couplings)
    listed = futures or (Future(BASE, 1.0, case),)
    with PauseGC():  # nothing made here is garbage
        models = []
        for future in listed:
            model = write(future.case)
            modify(model)
            models.append((future, model, compile_model(model)))
        template = common_template([each.case for each in listed], modify_day)
        both = merged(
            [
                FutureProgram(
                    future.name, future.probability, compiled.program, first_stage_mask(compiled.program, shared)
                )
                for future, _, compiled in models
            ]
        )
        parts = []
        for (future, model, each), places in zip(models, both.places, strict=True):
            columns = {key: int(places[column]) for key, column in each.columns.items()}
            parts.append(FutureModel(future, model, columns, each.program.column_names, places))
        compiled = replace(models[0][2], program=both.program)

    def with_futures(others: Sequence[Future]) -> ExtensiveForm:
        return build_extensive_form(
            others[0].case,
            modify,
            futures=others,
            modify_day=modify_day,
            further_couplings=further_couplings,
            write=write,
            shared=shared,
        )

    return ExtensiveForm(case, compiled, template, tuple(parts), known, with_futures, both.decided, both.lost)


def first_stage_mask(program: LinearProgram, shared: Collection[str]) -> Mask:
    """Return which columns belong to some variables."""
    return np.array([name.partition("[")[0] in shared for name in program.column_names], dtype=bool)


def common_template(cases: Sequence[Case], modify: ModifyDay | None = None) -> Template:
    """Return the template of the days of several futures: of that in which most could stand.

    Raises ValueError where days of another future have a plant, line or place that it has not, or a number that is
    the same on every day.
    """
    if len(cases) == 1:
        return compile_day(cases[0], modify)
    layouts = [day_layout(case) for case in cases]
    most = max(range(len(cases)), key=lambda place: sum(map(len, layouts[place].places.values())))
    template = compile_day(cases[most], modify, layouts[most])
    for case, layout in zip(cases, layouts, strict=True):
        if layout is template.layout:
            continue
        known = {place for places in template.layout.places.values() for place in places}
        if (
            any(getattr(layout, name) != getattr(template.layout, name) for name in SAME_IN_FUTURES)
            or {place for places in layout.places.values() for place in places} - known
        ):
            raise ValueError("the futures have other plants, lines or places in their days")
        other = compile_day(case, modify, template.layout)
        for name in ("lower", "upper", "row_lower", "row_upper"):
            if not np.array_equal(getattr(template, name), getattr(other, name)):
                raise ValueError("the futures differ in a limit that all their days have: a line's capacity, or a rule")
        for name in ("entries", "shift", "cost"):
            if not np.array_equal(getattr(template, name).constant, getattr(other, name).constant):
                raise ValueError("the futures differ in a number that all their days have: a price or an efficiency")
    return template
