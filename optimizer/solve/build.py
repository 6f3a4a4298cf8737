"""From a case to one programme: investment aspects compiled from Pyomo, the days of the dispatch stamped below."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sparse

from models.case import Array, Case, Day
from models.formulation import build
from models.objective import SENSES
from optimizer.solve.compile import Compiled, compile_goals, compile_model
from optimizer.solve.program import Positions, Program
from optimizer.solve.stamp import Stamped, Template, compile_day, gather, stamp

LINKS = {
    "alive_mw": ("compute", "alive_mw"),
    "plant_mw": ("power", "plant_mw"),
    "contracted_mw": ("power", "contracted_mw"),
    "allotted_mw": ("power", "allotted_mw"),
    "emitted_t": ("carbon", "emitted_t"),
}
BY_DAY = frozenset({"allotted_mw", "emitted_t"})


@dataclass(frozen=True)
class Goal:
    """A goal of the case over the whole programme, to be minimised."""

    name: str
    sign: float
    """-1 for a goal that people maximise."""
    cost: Array
    """Coefficients of all columns."""
    constant: float
    day_weights: Array
    """Weight of each day's running cost, which the coefficients of the days' columns already contain."""

    def value(self, point: Array) -> float:
        """Return the goal as people read it."""
        return self.sign * (float(self.cost @ point) + self.constant)


@dataclass(frozen=True)
class Assembly:
    """A case as one programme, with what is needed to read its solution."""

    case: Case
    model: pyo.ConcreteModel
    compiled: Compiled
    template: Template
    blocks: tuple[tuple[str, Day], ...]
    values: Array
    """Placeholders' values, shape (blocks, placeholders + 1)."""
    stamped: Stamped
    program: Program
    """All rows and columns, without a cost."""

    @property
    def investments(self) -> int:
        """Number of investment columns; the days' columns follow."""
        return len(self.compiled.variables)

    def goal(self, name: str) -> "Goal":
        """Return a goal, to be minimised (compute is negated)."""
        expression = self.model.objective.component(f"{name}_goal")
        vector, constant = compile_goals(self.compiled, {name: expression})[name]
        sign = -1.0 if SENSES[name] == pyo.maximize else 1.0
        cost = np.zeros(len(self.program.lower))
        cost[: self.investments] = sign * vector
        weights = np.zeros(len(self.blocks))
        own = len(self.template.columns)
        for position, (period, _) in enumerate(self.blocks):
            column = self.compiled.columns[id(self.model.dispatch.operating_meur[period])]
            weights[position] = sign * vector[column]
            days = slice(self.investments + position * own, self.investments + (position + 1) * own)
            cost[days] = (
                weights[position] * self.stamped.cost[days.start - self.investments : days.stop - self.investments]
            )
        for variable in self.model.dispatch.operating_meur.values():
            cost[self.compiled.columns[id(variable)]] = 0.0
        return Goal(name, sign, cost, sign * constant, weights)

    def operating_meur(self, values: Array) -> dict[str, float]:
        """Return the running cost of the system per year of each period at a solution, MEUR."""
        own = len(self.template.columns)
        days = (self.stamped.cost * values[self.investments :]).reshape(len(self.blocks), own).sum(axis=1)
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


def assemble(case: Case, amend: Callable[[pyo.ConcreteModel], None] = lambda _: None) -> Assembly:
    """Return a case as one programme; `amend` may change the model of its investments before it is compiled."""
    model = build(case, outline=True)
    amend(model)
    for variable in model.dispatch.operating_meur.values():
        variable.setlb(0)
        variable.setub(0)
    compiled = compile_model(model)
    template = compile_day(case)
    blocks = tuple((period, day) for period in case.periods for day in case.days)
    values = gather(case, template, blocks)
    links = link_columns(model, compiled.columns, template, blocks)
    stamped = stamp(template, values, links, len(compiled.variables))
    return Assembly(
        case, model, compiled, template, blocks, values, stamped, _joined(compiled, template, blocks, stamped)
    )


def link_columns(
    model: pyo.ConcreteModel, columns: Mapping[int, int], template: Template, blocks: tuple[tuple[str, Day], ...]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the investment column of every link in every block, shape (blocks, links); -1 where there is none."""
    found = np.full((len(blocks), len(template.links)), -1, dtype=np.int64)
    for position, (period, day) in enumerate(blocks):
        for place, (name, index) in enumerate(template.links):
            aspect, variable = LINKS[name]
            full = (*index, period, day.day) if name in BY_DAY else (*index, period)
            component = model.component(aspect).component(variable)
            if full in component:
                found[position, place] = columns[id(component[full])]
    return found


def _joined(compiled: Compiled, template: Template, blocks: tuple[tuple[str, Day], ...], stamped: Stamped) -> Program:
    """Return the investment programme with the stamped days beside and below it."""
    top = compiled.program
    width = stamped.matrix.shape[1]
    wide = sparse.csr_array(
        (top.matrix.data, top.matrix.indices, top.matrix.indptr), shape=(top.matrix.shape[0], width)
    )
    prefixes = [f"dispatch.days[{period},{day.day}]." for period, day in blocks]
    return replace(
        top,
        cost=np.zeros(width),
        lower=np.concatenate([top.lower, stamped.lower]),
        upper=np.concatenate([top.upper, stamped.upper]),
        integer=np.concatenate([top.integer, np.zeros(len(stamped.lower), dtype=bool)]),
        matrix=sparse.vstack([wide, stamped.matrix], format="csr"),
        row_lower=np.concatenate([top.row_lower, stamped.row_lower]),
        row_upper=np.concatenate([top.row_upper, stamped.row_upper]),
        column_names=[*top.column_names, *(prefix + name for prefix in prefixes for name in template.columns)],
        row_names=[*top.row_names, *(prefix + name for prefix in prefixes for name in template.rows)],
    )
