"""From a case to one programme: investment aspects compiled from Pyomo, the days of the dispatch instantiated below."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sparse
from pyomo.common.gc_manager import PauseGC

from models.case import Array, Case, Day
from models.formulation import build
from models.objective import expression_of
from models.settings import OBJECTIVES
from optimizer.program.assemble import assemble_cost, assemble_matrix, assemble_rows
from optimizer.program.compile import Compiled, compile_model, compile_objectives
from optimizer.program.day_template import Template, compile_day, parameter_values
from optimizer.program.linear_program import LinearProgram, Positions
from optimizer.program.linking_variables import ExtraLink, link_columns
from optimizer.program.row_names import BlockNames


@dataclass(frozen=True)
class Objective:
    """An objective over the investments alone, to be minimised; the days' operating cost is counted by period."""

    name: str
    sign: float
    """-1 for an objective that people maximise."""
    cost: Array
    """Coefficients of the investment columns."""
    constant: float
    weights: Mapping[str, float]
    """Period -> weight of its running cost, MEUR per year."""

    def value(self, point: Array, running_meur: Mapping[str, float]) -> float:
        """Return the objective as people read it, for the investment columns and the running cost of each period."""
        running = sum(weight * running_meur[period] for period, weight in self.weights.items())
        return self.sign * (float(self.cost @ point) + running + self.constant)


@dataclass(frozen=True)
class FullObjective:
    """An objective of the case over the whole programme, to be minimised."""

    name: str
    sign: float
    """-1 for an objective that people maximise."""
    cost: Array
    """Coefficients of all columns."""
    constant: float
    day_weights: Array
    """Weight of each day's running cost, which the coefficients of the days' columns already contain."""

    def value(self, point: Array) -> float:
        """Return the objective as people read it."""
        return self.sign * (float(self.cost @ point) + self.constant)


@dataclass(frozen=True)
class ExtensiveForm:
    """A case as one programme, with what is needed to read its solution.

    All whose size is that of every day is made when first asked for, and then kept.
    """

    case: Case
    model: pyo.ConcreteModel
    compiled: Compiled
    template: Template
    blocks: tuple[tuple[str, Day], ...]
    extra_links: tuple[ExtraLink, ...] = ()
    """Investments that add to a row of every day, beyond what the template has."""

    @property
    def investments(self) -> int:
        """Number of investment columns; the days' columns follow."""
        return len(self.compiled.variables)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns of the programme."""
        blocks, above = len(self.blocks), len(self.compiled.program.row_lower)
        return above + blocks * len(self.template.rows), self.investments + blocks * len(self.template.columns)

    @cached_property
    def values(self) -> Array:
        """Parameters' values, shape (blocks, parameters + 1)."""
        return parameter_values(self.case, self.template, self.blocks)

    @cached_property
    def operating_cost(self) -> Array:
        """Running cost of the days' own columns, MEUR per year."""
        return assemble_cost(self.template, self.values)

    @cached_property
    def program(self) -> LinearProgram:
        """All rows and columns, without a cost: the investments', and beside and below them those of every block."""
        top, template, blocks = self.compiled.program, self.template, len(self.blocks)
        links = link_columns(self.model, self.compiled.columns, template, self.blocks)
        matrix = assemble_matrix(template, self.values, links, top.matrix)
        prefixes = [f"dispatch.days[{period},{day.day}]." for period, day in self.blocks]
        return replace(
            top,
            cost=np.zeros(matrix.shape[1]),
            lower=np.concatenate([top.lower, *[template.lower] * blocks]),
            upper=np.concatenate([top.upper, *[template.upper] * blocks]),
            integer=np.concatenate([top.integer, np.zeros(blocks * len(template.columns), dtype=bool)]),
            matrix=self._with_extra_links(matrix),
            row_lower=assemble_rows(template, self.values, top.row_lower, template.row_lower),
            row_upper=assemble_rows(template, self.values, top.row_upper, template.row_upper),
            column_names=BlockNames(top.column_names, prefixes, template.columns),
            row_names=BlockNames(top.row_names, prefixes, template.rows),
        )

    def _with_extra_links(self, matrix: sparse.csr_array) -> sparse.csr_array:
        """Return a matrix with what extra links add to the rows of every day."""
        for extra in self.extra_links:
            rows = np.array([self.block_rows(block)[extra.row] for block in range(len(self.blocks))])
            entries = (extra.amount.ravel(), (rows, np.full(len(rows), extra.column)))
            matrix = (matrix + sparse.coo_array(entries, shape=self.shape)).tocsr()
        return matrix

    def investment_objective(self, name: str) -> Objective:
        """Return an objective over the investments, to be minimised (compute is negated)."""
        expression = expression_of(self.model.objective, name)
        vector, constant = compile_objectives(self.compiled, {name: expression})[name]
        sign = -1.0 if OBJECTIVES[name].sense == "maximise" else 1.0
        cost, weights = sign * vector, {}
        for period, variable in self.model.dispatch.operating_meur.items():
            column = self.compiled.columns[id(variable)]
            weights[period], cost[column] = float(cost[column]), 0.0
        return Objective(name, sign, cost, sign * constant, weights)

    def full_objective(self, name: str) -> FullObjective:
        """Return an objective over the whole programme, to be minimised (compute is negated)."""
        objective = self.investment_objective(name)
        weights = np.array([objective.weights[period] for period, _ in self.blocks])
        running = self.operating_cost.reshape(len(self.blocks), -1) * weights[:, None]
        return FullObjective(
            name, objective.sign, np.concatenate([objective.cost, running.ravel()]), objective.constant, weights
        )

    def operating_meur(self, values: Array) -> dict[str, float]:
        """Return the running cost of the system per year of each period at a solution, MEUR."""
        own = len(self.template.columns)
        days = (self.operating_cost * values[self.investments :]).reshape(len(self.blocks), own).sum(axis=1)
        totals = dict.fromkeys(self.case.periods, 0.0)
        for (period, _), cost in zip(self.blocks, days.tolist(), strict=True):
            totals[period] += cost
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


def build_extensive_form(case: Case, modify: Callable[[pyo.ConcreteModel], None] = lambda _: None) -> ExtensiveForm:
    """Return a case as one programme; `amend` may change the model of its investments before it is compiled."""
    with PauseGC():  # nothing made here is garbage
        model = build(case, outline=True)
        modify(model)
        for variable in model.dispatch.operating_meur.values():
            variable.setlb(0)
            variable.setub(0)
        compiled = compile_model(model)
        template = compile_day(case)
    blocks = tuple((period, day) for period in case.periods for day in case.days)
    return ExtensiveForm(case, model, compiled, template, blocks)
