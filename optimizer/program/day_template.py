"""The dispatch of one day, compiled once with parameters for its numbers, and the numbers of all periods and days.

Every coefficient, limit and cost of the template is a sum of constants times one parameter (or one). Numpy computes
the parameters' values of all days; `instantiate.py` makes a day of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from models.case import Array, Case, Day
from models.day_parameters import DayLayout, day_layout, number_keys, numbers_from, period_values
from models.dispatch import Links, write_day
from optimizer.program.linear_visitor import CONSTANT, Terms, linear_terms, named_components

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
ModifyDay = Callable[[pyo.Block, DayLayout, Callable[[str], Any]], None]
"""Adds variables and rules to a day's block; `link("aspect.variable")(*index)` is a variable of the investments."""


@dataclass(frozen=True)
class Affine:
    """Numbers at (row, column) that are constants times parameters; parameter -1 stands for one."""

    row: Integers
    column: Integers
    constant: Array
    parameter: Integers

    def instantiate(self, values: Array) -> Array:
        """Return the numbers, shape (days, entries), for parameters' values of shape (days, parameters + 1)."""
        return self.constant * values[:, self.parameter]

    def subset(self, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> "Affine":
        """Return some of the numbers."""
        return Affine(self.row[chosen], self.column[chosen], self.constant[chosen], self.parameter[chosen])


@dataclass(frozen=True)
class Template:
    """A day as sparse arrays in which every number is affine in the parameters."""

    layout: DayLayout
    keys: dict[str, list[Any]]
    columns: tuple[str, ...]
    """Names of the day's own columns."""
    lower: Array
    upper: Array
    links: tuple[tuple[str, tuple[str, ...]], ...]
    """(link, index) of the investment columns; they follow the day's own."""
    rows: tuple[str, ...]
    entries: Affine
    row_lower: Array
    """Fixed part of the rows' lower limits, infinite where there is none."""
    row_upper: Array
    shift: Affine
    """What the rows' constants take from both limits (column unused)."""
    cost: Affine
    """Running cost (row unused)."""
    spans: dict[str, tuple[int, int]]
    """Name of a day's variable -> its first column and the one after its last; both equal where it has no index."""

    def position(self, field: str) -> int:
        """Return the first parameter of a field of `DayParameters`."""
        before = list(self.keys)[: list(self.keys).index(field)]
        return sum(len(self.keys[each]) for each in before)

    def cost_of(self, columns: Integers) -> bool:
        """Tell whether any of some columns has a running cost."""
        return bool(np.isin(self.cost.column, columns).any())


def compile_day(case: Case, modify: ModifyDay | None = None, layout: DayLayout | None = None) -> Template:
    """Return the template of a case's days; `modify` may add to a day what no aspect has.

    `layout` is that of another case with the same plants and lines, and all places of this one.
    """
    layout = layout or day_layout(case)
    keys = number_keys(case, layout)
    scratch = pyo.ConcreteModel()
    scratch.numbers = pyo.Var(range(sum(len(each) for each in keys.values())))
    parameters = list(scratch.numbers.values())
    place = {id(variable): position for position, variable in enumerate(parameters)}
    slices, start = {}, 0
    for field, listed in keys.items():
        slices[field] = parameters[start : start + len(listed)]
        start += len(listed)
    scratch.links = pyo.VarList()
    linked: dict[tuple[str, tuple[str, ...]], Any] = {}

    def link(name: str) -> Any:
        def take(*index: str) -> Any:
            if (name, index) not in linked:
                linked[name, index] = scratch.links.add()
            return linked[name, index]

        return take

    scratch.day = pyo.Block(concrete=True)
    links = Links(**{name: link(name) for name in Links.__dataclass_fields__})
    write_day(scratch.day, case, layout, links, numbers_from(keys, slices))
    if modify is not None:
        modify(scratch.day, layout, link)

    own, rows = dict(named_components(scratch.day, pyo.Var)), dict(named_components(scratch.day, pyo.Constraint))
    column_of = {id(variable): column for column, variable in enumerate([*own.values(), *linked.values()])}
    standard = [constraint.to_bounded_expression(evaluate_bounds=True) for constraint in rows.values()]
    bodies = _affine([linear_terms(body, column_of, place) for _, body, _ in standard])
    free = bodies.column == CONSTANT
    spans, start = {}, 0
    for component in scratch.day.component_objects(pyo.Var):
        spans[component.local_name] = (start, start + len(component))
        start += len(component)
    cost = _affine([linear_terms(scratch.day.operating_meur, column_of, place)])
    if (cost.column == CONSTANT).any():
        raise ValueError("the running cost of a day has a part that no variable decides")
    lower, upper = _limits([variable.bounds for variable in own.values()])
    row_lower, row_upper = _limits([(low, high) for low, _, high in standard])
    return Template(
        layout=layout,
        keys=keys,
        columns=tuple(name.removeprefix("day.") for name in own),
        lower=lower,
        upper=upper,
        links=tuple(linked),
        rows=tuple(name.removeprefix("day.") for name in rows),
        entries=bodies.subset(~free),
        row_lower=row_lower,
        row_upper=row_upper,
        shift=bodies.subset(free),
        cost=cost,
        spans=spans,
    )


def _affine(rows: Sequence[Terms]) -> Affine:
    """Return rows of terms as arrays."""
    listed = [(row, *where, number) for row, terms in enumerate(rows) for where, number in terms.items()]
    array = np.array(listed, dtype=float).reshape(len(listed), 4)
    row, column, parameter = array[:, :3].T.astype(np.int64, order="C")
    return Affine(row, column, array[:, 3].copy(), parameter)


def _limits(pairs: Sequence[tuple[float | None, float | None]]) -> tuple[Array, Array]:
    """Return lower and upper limits, infinite where there is none."""
    lower = np.array([-np.inf if low is None else low for low, _ in pairs], dtype=float)
    return lower, np.array([np.inf if high is None else high for _, high in pairs], dtype=float)


def parameter_values(case: Case, template: Template, blocks: Sequence[tuple[str, Day]]) -> Array:
    """Return the parameters' values of all blocks, shape (blocks, parameters + 1); the last is one."""
    table = np.ones((len(blocks), sum(len(each) for each in template.keys.values()) + 1))
    for period in dict.fromkeys(period for period, _ in blocks):
        here = [position for position, (each, _) in enumerate(blocks) if each == period]
        values = period_values(case, template.layout, period, [blocks[position][1] for position in here])
        start = 0
        for field in template.keys:
            end = start + values[field].shape[1]
            table[here, start:end] = values[field]
            start = end
    return table
