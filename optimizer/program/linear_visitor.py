"""Pyomo's expressions as sums of terms, each a number times a parameter (or one) times a variable (or one).

Pyomo's own walkers make an object for every node. The models here are sums of products, which one visitor takes apart
in a fraction of the time; `tests/program/test_linear_visitor.py` compares it with Pyomo's walkers.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pyomo.environ as pyo
from pyomo.common.numeric_types import native_numeric_types
from pyomo.core.base.component_namer import name_repr
from pyomo.core.base.expression import ExpressionData, ScalarExpression
from pyomo.core.base.var import ScalarVar, VarData
from pyomo.core.expr.numeric_expr import (
    DivisionExpression,
    LinearExpression,
    MonomialTermExpression,
    NegationExpression,
    ProductExpression,
    SumExpression,
)

CONSTANT = -1
"""Stands for no variable and for no parameter."""
VARIABLES = frozenset({VarData, ScalarVar})
SUMS = frozenset({SumExpression, LinearExpression})
PRODUCTS = frozenset({ProductExpression, MonomialTermExpression})
NAMED = frozenset({ExpressionData, ScalarExpression})

Terms = dict[tuple[int, int], float]
"""(position of the variable, position of the parameter) -> number."""


def linear_terms(expression: Any, variables: Mapping[int, int], parameters: Mapping[int, int]) -> Terms:
    """Return an expression's terms in the order in which it names them, without those that cancel.

    `variables` and `parameters` (variables that stand for numbers) give positions by id; fixed variables stay
    variables. Raises ValueError where a term has two variables or two parameters, or is no product of them at all.
    """
    found: Terms = {}

    def add(node: Any, factor: float, parameter: int) -> None:
        kind = node.__class__
        if kind in SUMS:
            for part in node.args:
                add(part, factor, parameter)
        elif kind in VARIABLES:
            column = variables.get(id(node), CONSTANT)
            where = parameter if column != CONSTANT else _one_of(parameter, parameters[id(node)])
            found[column, where] = found.get((column, where), 0.0) + factor
        elif kind in PRODUCTS:
            known, rest = node.args
            if known.__class__ in native_numeric_types:
                add(rest, factor * known, parameter)
                return
            if (place := parameters.get(id(known))) is not None:
                add(rest, factor, _one_of(parameter, place))
                return
            numbers = linear_terms(known, variables, parameters)
            if any(variable != CONSTANT for variable, _ in numbers):
                numbers, rest = linear_terms(rest, variables, parameters), known
            for (variable, place), number in numbers.items():
                if variable != CONSTANT:
                    raise ValueError(f"not linear: {node}")
                add(rest, factor * number, _one_of(parameter, place))
        elif kind in native_numeric_types:
            found[CONSTANT, parameter] = found.get((CONSTANT, parameter), 0.0) + factor * node
        elif kind in NAMED:
            add(node.args[0], factor, parameter)
        elif kind is NegationExpression:
            add(node.args[0], -factor, parameter)
        elif kind is DivisionExpression and not _has_variables(node.args[1]):
            add(node.args[0], factor / pyo.value(node.args[1]), parameter)
        elif not _has_variables(node):
            add(float(pyo.value(node)), factor, parameter)
        else:
            raise ValueError(f"not linear: {node}")

    add(expression, 1.0, CONSTANT)
    return {key: value for key, value in found.items() if value}


def _one_of(one: int, two: int) -> int:
    """Return the parameter of two of which one at most is any."""
    if one != CONSTANT and two != CONSTANT:
        raise ValueError("not linear in its parameters")
    return max(one, two)


def _has_variables(node: Any) -> bool:
    """Tell whether an expression may have a variable."""
    return node.__class__ not in native_numeric_types and bool(node.is_potentially_variable())


def named_components(model: pyo.Block, kind: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name and the object of every active component of a kind, in Pyomo's order, named as Pyomo names it."""
    known: dict[str, str] = {}

    def label(part: Any) -> str:
        if part.__class__ is not str:
            return name_repr(part)  # type: ignore[no-any-return]
        if part not in known:
            known[part] = name_repr(part)
        return known[part]

    for component in model.component_objects(kind, active=True, descend_into=True):
        name = component.name
        if not component.is_indexed():
            yield from ((name, each) for each in component.values() if each.active)
            continue
        for index, each in component.items():
            if each.active:
                parts = index if index.__class__ is tuple and len(index) > 1 else (index,)
                yield f"{name}[{','.join(map(label, parts))}]", each
