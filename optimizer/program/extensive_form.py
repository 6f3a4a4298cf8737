"""From a case to one programme: investment aspects compiled from Pyomo, the days of the dispatch instantiated below."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sparse
from pyomo.common.gc_manager import PauseGC

from models.case import Array, Case, Day
from models.couplings import Coupling
from models.formulation import build, couplings
from models.objective import SENSES
from optimizer.program.assemble import assemble_cost, assemble_matrix, assemble_rows
from optimizer.program.compile import Compiled, compile_model, compile_objective
from optimizer.program.day_template import ModifyDay, Template, compile_day, parameter_values
from optimizer.program.linear_program import LinearProgram, Positions
from optimizer.program.linking_variables import ExtraLink, link_columns
from optimizer.program.nodes import BASE, Future, Node
from optimizer.program.row_names import BlockNames


@dataclass(frozen=True)
class Objective:
    """An objective of the case, to be minimised, over the investments and the operating cost of every node."""

    name: str
    sign: float
    """-1 for one that people maximise."""
    cost: Array
    """Coefficients of the investment columns, those of operating cost among them."""
    constant: float

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
    day_weights: Array
    """Weight of each day's running cost, which the coefficients of the days' columns already contain."""

    def value(self, point: Array) -> float:
        """Return the objective as people read it."""
        return self.sign * (float(self.cost @ point) + self.constant)


@dataclass(frozen=True)
class FutureModel:
    """The investments' model of a future, and where its variables stand among the columns."""

    future: Future
    model: pyo.ConcreteModel
    columns: Mapping[int, int]
    """id of a Pyomo variable -> column."""


@dataclass(frozen=True)
class DayPart:
    """The part of the programme that the days have, seen in its arrays."""

    row_lower: Array
    row_upper: Array
    lower: Array
    upper: Array
    cost: Array
    """Running cost of the days' own columns, MEUR per year."""


@dataclass(frozen=True)
class ExtensiveForm:
    """A case as one programme, with what is needed to read its solution.

    All whose size is that of every day is made when first asked for, and then kept.
    """

    case: Case
    compiled: Compiled
    """The investments: of all futures as one programme, with the variables of the first."""
    template: Template
    futures: tuple[FutureModel, ...]
    couplings: tuple[Coupling, ...]
    with_futures: "Callable[[Sequence[Future]], ExtensiveForm]"
    """Returns the same form for other numbers of the days."""
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

    def links(self, blocks: Sequence[tuple[Node, Day]]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """Return the column of every link in blocks of nodes, shape (blocks, links); -1 where there is none."""
        parts = [
            link_columns(
                each.model,
                each.columns,
                self.template,
                [(node.period, day) for node, day in blocks if node.future == each.future.name],
            )
            for each in self.futures
        ]
        return np.concatenate(parts)

    @cached_property
    def operating_cost(self) -> Array:
        """Running cost of the days' own columns, MEUR per year."""
        return assemble_cost(self.template, self.values)

    @cached_property
    def program(self) -> LinearProgram:
        """All rows and columns, without a cost: the investments', and beside and below them those of every block."""
        top, template, blocks = self.compiled.program, self.template, len(self.blocks)
        matrix = assemble_matrix(template, self.values, self.links(self.node_blocks), top.matrix)
        prefixes = [f"dispatch.days[{period},{day.day}]." for period, day in self.blocks]
        return replace(
            top,
            cost=np.zeros(matrix.shape[1]),
            lower=np.concatenate([self._without_operating(top.lower), *[template.lower] * blocks]),
            upper=np.concatenate([self._without_operating(top.upper), *[template.upper] * blocks]),
            integer=np.concatenate([top.integer, np.zeros(blocks * len(template.columns), dtype=bool)]),
            matrix=self._with_extra_links(matrix),
            row_lower=assemble_rows(template, self.values, top.row_lower, template.row_lower),
            row_upper=assemble_rows(template, self.values, top.row_upper, template.row_upper),
            column_names=BlockNames(top.column_names, prefixes, template.columns),
            row_names=BlockNames(top.row_names, prefixes, template.rows),
        )

    def _without_operating(self, limits: Array) -> Array:
        """Return limits of the investment columns with 0 for those of operating cost: here the days have it."""
        limits = limits.copy()
        limits[self.operating] = 0.0
        return limits

    def _with_extra_links(self, matrix: sparse.csr_array) -> sparse.csr_array:
        """Return a matrix with what the extra links add to the rows of every day."""
        for link in self.extra_links:
            rows = np.array([self.block_rows(block)[link.row] for block in range(len(self.blocks))])
            entries = (link.amount.ravel(), (rows, np.full(len(rows), link.column)))
            matrix = (matrix + sparse.coo_array(entries, shape=self.shape)).tocsr()
        return matrix

    @cached_property
    def stamped(self) -> DayPart:
        """The days' part of the programme, in its own arrays."""
        program, above = self.program, len(self.compiled.program.row_lower)
        return DayPart(
            row_lower=program.row_lower[above:],
            row_upper=program.row_upper[above:],
            lower=program.lower[self.investments :],
            upper=program.upper[self.investments :],
            cost=self.operating_cost,
        )

    def objective(self, name: str) -> Objective:
        """Return an objective over the investments, to be minimised (compute is negated); its mean over the futures."""
        sign = -1.0 if SENSES[name] == pyo.maximize else 1.0
        cost, constant = np.zeros(self.investments), 0.0
        for each in self.futures:
            expression = each.model.objective.component(f"{name}_goal")
            columns, coefficients, rest = compile_objective(name, expression, each.columns)
            np.add.at(cost, columns, sign * each.future.probability * coefficients)
            constant += sign * each.future.probability * rest
        return Objective(name, sign, cost, constant)

    def full_objective(self, name: str, baseline_meur: Array | None = None) -> FullObjective:
        """Return an objective over all columns, to be minimised; operating cost is above a baseline of each node."""
        objective = self.objective(name)
        of_node = objective.cost[self.operating]
        weights = np.array([of_node[self.nodes.index(node)] for node, _ in self.node_blocks])
        running = self.operating_cost.reshape(len(self.blocks), -1) * weights[:, None]
        cost = np.concatenate([self._without_operating(objective.cost), running.ravel()])
        constant = objective.constant - (0.0 if baseline_meur is None else float(of_node @ baseline_meur))
        return FullObjective(name, objective.sign, cost, constant, weights)

    def operating_meur(self, values: Array) -> dict[str, float]:
        """Return the running cost of the system per year of each period at a solution, MEUR: its mean over futures."""
        own = len(self.template.columns)
        days = (self.operating_cost * values[self.investments :]).reshape(len(self.blocks), own).sum(axis=1)
        of_node = np.array([self.nodes.index(node) for node, _ in self.node_blocks])
        totals = dict.fromkeys(self.case.periods, 0.0)
        for node, cost in zip(self.nodes, np.bincount(of_node, days, len(self.nodes)).tolist(), strict=True):
            totals[node.period] += node.probability * cost
        return totals

    def block_columns(self, block: int) -> Positions:
        """Return the columns of a block's own day."""
        own = len(self.template.columns)
        return self.investments + block * own + np.arange(own)

    def block_rows(self, block: int) -> Positions:
        """Return the rows of a block's day; they follow the investment rows."""
        rows = len(self.template.rows)
        return len(self.compiled.program.row_names) + block * rows + np.arange(rows)

    def day_columns(self, variable: str, block: int) -> slice:
        """Return the columns of a day's variable in a block, in the order of its index."""
        first, end = self.template.spans[variable]
        start = self.investments + block * len(self.template.columns)
        return slice(start + first, start + end)


def outline(case: Case) -> pyo.ConcreteModel:
    """Return the model of a case's investments."""
    return build(case, outline=True)


def build_extensive_form(
    case: Case,
    modify: Callable[[pyo.ConcreteModel], None] = lambda _: None,
    *,
    futures: Sequence[Future] = (),
    modify_day: ModifyDay | None = None,
    further_couplings: Sequence[Coupling] = (),
    write: Callable[[Case], pyo.ConcreteModel] = outline,
) -> ExtensiveForm:
    """Return a case as one programme, under one future or several.

    `modify` may change the model of the investments before it is compiled, `modify_day` what every day holds; what
    they couple is declared in `further_couplings`. `write` makes the model of the investments.
    """
    known = (*couplings(), *further_couplings)
    with PauseGC():  # nothing made here is garbage
        models = []
        for future in futures or (Future(BASE, 1.0, case),):
            model = write(future.case)
            modify(model)
            models.append((future, model, compile_model(model)))
        template = compile_day(case, modify_day)
        compiled, columns = joined(models, known)
        parts = [FutureModel(future, model, each) for (future, model, _), each in zip(models, columns, strict=True)]

    def with_futures(others: Sequence[Future]) -> ExtensiveForm:
        return build_extensive_form(
            case, modify, futures=others, modify_day=modify_day, further_couplings=further_couplings, write=write
        )

    return ExtensiveForm(case, compiled, template, tuple(parts), known, with_futures)


def joined(
    models: Sequence[tuple[Future, pyo.ConcreteModel, Compiled]], known: Sequence[Coupling]
) -> tuple[Compiled, list[Mapping[int, int]]]:
    """Return the investments of all futures as one programme, and the columns of each future's variables in it.

    What a node has of its own (operating cost, shares, levels, totals) exists once per future, with the rows that hold
    it: a cap holds in every future. Raises ValueError if the futures do not share their investments.
    """
    (_, _, first), *others = models
    program, columns = first.program, [first.columns]
    for future, model, compiled in others:
        own = np.zeros(len(compiled.variables), dtype=bool)
        own[[compiled.columns[id(variable)] for variable in _node_variables(model, known)]] = True
        names, fresh = {name: place for place, name in enumerate(first.program.column_names)}, np.flatnonzero(own)
        place = np.array([names.get(name, -1) for name in compiled.program.column_names], dtype=np.int64)
        if (place[~own] < 0).any():
            raise ValueError(f"the future {future.name} does not have the investments of the first one")
        place[fresh] = len(program.lower) + np.arange(len(fresh))
        rows = np.flatnonzero(np.diff(compiled.program.matrix[:, fresh].tocsr().indptr))
        entries = compiled.program.matrix[rows].tocoo()
        width = len(program.lower) + len(fresh)
        wider = sparse.csr_array(
            (program.matrix.data, program.matrix.indices, program.matrix.indptr),
            shape=(program.matrix.shape[0], width),
        )
        program = replace(
            program,
            cost=np.zeros(width),
            lower=np.concatenate([program.lower, compiled.program.lower[fresh]]),
            upper=np.concatenate([program.upper, compiled.program.upper[fresh]]),
            integer=np.concatenate([program.integer, compiled.program.integer[fresh]]),
            matrix=wider,
            column_names=[
                *program.column_names,
                *(f"{compiled.program.column_names[each]}@{future.name}" for each in fresh.tolist()),
            ],
        ).with_rows(
            sparse.coo_array(
                (entries.data, (entries.coords[0], place[entries.coords[1]])), shape=(len(rows), width)
            ).tocsr(),
            compiled.program.row_lower[rows],
            compiled.program.row_upper[rows],
            [f"{compiled.program.row_names[row]}@{future.name}" for row in rows.tolist()],
        )
        columns.append({key: int(place[column]) for key, column in compiled.columns.items()})
    return replace(first, program=program), columns


def _node_variables(model: pyo.ConcreteModel, known: Sequence[Coupling]) -> Iterator[pyo.Var]:
    """Yield the variables that each node has of its own."""
    yield from model.dispatch.operating_meur.values()
    for coupling in known:
        for name in vars(coupling).values():
            aspect, variable = name.split(".")
            yield from model.component(aspect).component(variable).values()
