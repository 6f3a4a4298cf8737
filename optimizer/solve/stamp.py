"""The dispatch of one day, compiled once with placeholders for its numbers, and the numbers of all periods and days.

`ParameterizedLinearRepnVisitor` walks the template: every coefficient, limit and cost comes out as a sum of constants
times one placeholder (or one). Numpy then gathers the placeholders' values; `lay.py` lays the days side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.parameterized import ParameterizedLinearRepnVisitor
from pyomo.repn.util import OrderedVarRecorder

from models.case import Array, Case, Day
from models.days import DayLayout, day_layout, number_keys, numbers_from, period_values
from models.dispatch import Links, write_day

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Affine:
    """Numbers at (row, column) that are constants times placeholders; placeholder -1 stands for one."""

    row: Integers
    column: Integers
    constant: Array
    placeholder: Integers

    def stamped(self, values: Array) -> Array:
        """Return the numbers, shape (days, entries), for placeholders' values of shape (days, placeholders + 1)."""
        return self.constant * values[:, self.placeholder]


@dataclass(frozen=True)
class Template:
    """A day as sparse arrays in which every number is affine in the placeholders."""

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
        """Return the first placeholder of a field of `DayNumbers`."""
        before = list(self.keys)[: list(self.keys).index(field)]
        return sum(len(self.keys[each]) for each in before)


def compile_day(case: Case) -> Template:
    """Return the template of a case's days."""
    layout = day_layout(case)
    keys = number_keys(case, layout)
    scratch = pyo.ConcreteModel()
    scratch.numbers = pyo.Var(range(sum(len(each) for each in keys.values())))
    placeholders = list(scratch.numbers.values())
    place = {id(variable): position for position, variable in enumerate(placeholders)}
    slices, start = {}, 0
    for field, listed in keys.items():
        slices[field] = placeholders[start : start + len(listed)]
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

    own = list(scratch.day.component_data_objects(pyo.Var))
    column_of = {id(variable): column for column, variable in enumerate([*own, *linked.values()])}
    recorder = OrderedVarRecorder({}, {}, None)
    walker = ParameterizedLinearRepnVisitor({}, wrt=placeholders, var_recorder=recorder)
    affine = LinearRepnVisitor({}, var_recorder=OrderedVarRecorder({}, {}, None))

    def terms(expression: Any) -> list[tuple[float, int]]:
        if expression.__class__ in (int, float):
            return [(float(expression), -1)] if expression else []
        found = affine.walk_expression(expression)
        if found.nonlinear is not None:
            raise ValueError(f"not affine in the numbers of a day: {expression}")
        listed = [(value * found.multiplier, place[key]) for key, value in found.linear.items()]
        return [*listed, (found.constant * found.multiplier, -1)] if found.constant else listed

    def walk(expression: Any, row: int, into: list[Any], constants: list[Any]) -> None:
        found = walker.walk_expression(expression)
        if found.nonlinear is not None:
            raise ValueError(f"not linear: {expression}")
        for variable, coefficient in found.linear.items():
            into += [(row, column_of[variable], value * found.multiplier, where) for value, where in terms(coefficient)]
        constants += [(row, 0, value * found.multiplier, where) for value, where in terms(found.constant)]

    entries: list[Any] = []
    shift: list[Any] = []
    names, lowers, uppers = [], [], []
    for row, constraint in enumerate(scratch.day.component_data_objects(pyo.Constraint)):
        low, body, high = constraint.to_bounded_expression()
        walk(body, row, entries, shift)
        lowers.append(-np.inf if low is None else pyo.value(low))
        uppers.append(np.inf if high is None else pyo.value(high))
        names.append(constraint.name.removeprefix("day."))
    cost: list[Any] = []
    walk(scratch.day.operating_meur, 0, cost, [])
    spans, start = {}, 0
    for component in scratch.day.component_objects(pyo.Var):
        spans[component.local_name] = (start, start + len(component))
        start += len(component)
    bounds = [variable.bounds for variable in own]
    return Template(
        layout=layout,
        keys=keys,
        columns=tuple(variable.name.removeprefix("day.") for variable in own),
        lower=np.array([-np.inf if low is None else low for low, _ in bounds], dtype=float),
        upper=np.array([np.inf if high is None else high for _, high in bounds], dtype=float),
        links=tuple(linked),
        rows=tuple(names),
        entries=_affine(entries),
        row_lower=np.array(lowers, dtype=float),
        row_upper=np.array(uppers, dtype=float),
        shift=_affine(shift),
        cost=_affine(cost),
        spans=spans,
    )


def _affine(listed: Sequence[tuple[int, int, float, int]]) -> Affine:
    """Return listed (row, column, constant, placeholder) as arrays."""
    array = np.array(listed, dtype=float).reshape(len(listed), 4)
    whole = array[:, [0, 1, 3]].astype(np.int64)
    return Affine(whole[:, 0], whole[:, 1], array[:, 2], whole[:, 2])


def gather(case: Case, template: Template, blocks: Sequence[tuple[str, Day]]) -> Array:
    """Return the placeholders' values of all blocks, shape (blocks, placeholders + 1); the last is one."""
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
