"""From a case to one programme: investment aspects compiled from Pyomo, the days of the dispatch instantiated below."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import fsum
from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sparse
from pyomo.common.gc_manager import PauseGC

from models.case import Array, Case, Day
from models.formulation import build
from models.objective import expression_of
from models.settings import OBJECTIVES
from optimizer.program.block_names import BlockNames
from optimizer.program.compile import Compiled, compile_model, compile_objectives
from optimizer.program.day_template import Template, compile_day, parameter_values
from optimizer.program.instantiate import block_matrix, operating_cost, row_shift
from optimizer.program.linear_program import LinearProgram, Positions, ProgramPart
from optimizer.program.linking_variables import ExtraLink, link_columns


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
    """Period -> weight of its operating cost, MEUR per year."""


@dataclass(frozen=True)
class FullObjective:
    """An objective of the case over the full programme, to be minimised."""

    name: str
    sign: float
    """-1 for an objective that people maximise."""
    cost: Array
    """Coefficients of all columns."""
    constant: float


@dataclass(frozen=True)
class ExtensiveForm:
    """A case as one programme, part by part or as a whole, with what is needed to read its solution.

    Arrays with numbers of every day are made when first asked for, and then cached.
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
        """Operating cost of the days' own columns, MEUR per year."""
        return np.concatenate([operating_cost(self.template, each) for each in self.values])

    @cached_property
    def link_columns(self) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        """Investment column of every link in every block, shape (blocks, links); -1 where there is none."""
        return link_columns(self.model, self.compiled.columns, self.template, self.blocks)

    def investment_part(self) -> ProgramPart:
        """Return the rows and columns of the investments."""
        top, matrix = self.compiled.program, self.compiled.program.matrix
        wide = sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], self.shape[1]))
        return replace(top, matrix=wide, columns=slice(0, self.investments))

    def day_part(self, block: int) -> ProgramPart:
        """Return the rows and columns of a block's day, instantiated from the template."""
        template, (period, day) = self.template, self.blocks[block]
        columns = np.concatenate([self.block_columns(block), self.link_columns[block]])
        matrix = block_matrix(template, self.values[block], columns, self.shape[1])
        shift = row_shift(template, self.values[block])
        for extra in self.extra_links:
            place = [*self.case.periods].index(period), self.case.days.index(day)
            entry = (extra.amount[place].reshape(1), ([extra.row], [extra.column]))
            matrix = (matrix + sparse.coo_array(entry, shape=matrix.shape)).tocsr()
        prefix, first = [f"dispatch.days[{period},{day.day}]."], self.investments + block * len(template.columns)
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
        top, template, parts = self.compiled.program, self.template, [*self.parts()]
        names = "row_lower", "row_upper", "lower", "upper", "integer"
        arrays: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        prefixes = [f"dispatch.days[{period},{day.day}]." for period, day in self.blocks]
        return replace(
            top,
            cost=np.zeros(self.shape[1]),
            matrix=sparse.vstack([part.matrix for part in parts], format="csr"),
            column_names=BlockNames(top.column_names, prefixes, template.columns),
            row_names=BlockNames(top.row_names, prefixes, template.rows),
            **arrays,
        )

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
        """Return an objective over the full programme, to be minimised (compute is negated)."""
        objective = self.investment_objective(name)
        weights = np.repeat([objective.weights[period] for period, _ in self.blocks], len(self.template.columns))
        cost = np.concatenate([objective.cost, self.operating_cost * weights])
        return FullObjective(name, objective.sign, cost, objective.constant)

    def objective_value(self, name: str, point: Array) -> float:
        """Return an objective as people read it at a point of the full programme, the sum rounded once."""
        objective, own = self.investment_objective(name), len(self.template.columns)

        def terms() -> Iterator[float]:
            yield from (objective.cost * point[: self.investments]).tolist()
            for block, (period, _) in enumerate(self.blocks):
                cost = self.operating_cost[block * own : (block + 1) * own] * objective.weights[period]
                yield from (cost * point[self.block_columns(block)]).tolist()
            yield objective.constant

        return objective.sign * fsum(terms())

    def operating_meur(self, values: Array) -> dict[str, float]:
        """Return the operating cost of the system per year of each period at a solution, MEUR."""
        own = len(self.template.columns)
        days = (self.operating_cost * values[self.investments :]).reshape(len(self.blocks), own).sum(axis=1)
        totals = dict.fromkeys(self.case.periods, 0.0)
        for (period, _), cost in zip(self.blocks, days.tolist(), strict=True):
            totals[period] += cost
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


def build_extensive_form(case: Case, modify: Callable[[pyo.ConcreteModel], None] = lambda _: None) -> ExtensiveForm:
    """Return a case as one programme; `modify` may change the model of its investments before it is compiled."""
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
