"""Pyomo's expressions as sums of terms, each a number times a placeholder (or one) times a variable (or one).

Pyomo's own walkers make an object for every node. The models here are sums of products, which one loop takes apart in a
fraction of the time; `tests/test_walk.py` holds it to Pyomo's walker.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pyomo.environ as pyo
from pyomo.common.numeric_types import native_numeric_types
from pyomo.core.base.component_namer import index_repr
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

ONE = -1
"""Stands for no variable and for no placeholder."""
VARIABLES = frozenset({VarData, ScalarVar})
SUMS = frozenset({SumExpression, LinearExpression})
PRODUCTS = frozenset({ProductExpression, MonomialTermExpression})
NAMED = frozenset({ExpressionData, ScalarExpression})

Terms = dict[tuple[int, int], float]
"""(position of the variable, position of the placeholder) -> number."""


def terms_of(expression: Any, variables: Mapping[int, int], placeholders: Mapping[int, int]) -> Terms:
    """Return an expression's terms in the order in which it names them, without those that cancel.

    `variables` and `placeholders` (variables that stand for numbers) tell positions by id; fixed variables stay
    variables. Raises ValueError where a term has two variables or two placeholders, or is no product of them at all.
    """
    found: Terms = {}
    waiting = [(expression, 1.0, ONE)]
    while waiting:
        node, factor, placeholder = waiting.pop()
        kind = node.__class__
        if kind in VARIABLES:
            key = (variables.get(id(node), ONE), placeholder)
            if key[0] == ONE:
                key = (ONE, _only(placeholder, placeholders[id(node)], expression))
            found[key] = found.get(key, 0.0) + factor
        elif kind in native_numeric_types:
            key = (ONE, placeholder)
            found[key] = found.get(key, 0.0) + factor * node
        elif kind in SUMS:
            waiting += [(part, factor, placeholder) for part in reversed(node.args)]
        elif kind in PRODUCTS:
            known, rest = node.args
            if known.__class__ in native_numeric_types:
                waiting.append((rest, factor * known, placeholder))
                continue
            numbers = terms_of(known, variables, placeholders)
            if any(variable != ONE for variable, _ in numbers):
                numbers, rest = terms_of(rest, variables, placeholders), known
            for (variable, place), number in reversed(numbers.items()):
                if variable != ONE:
                    raise ValueError(f"not linear: {node}")
                waiting.append((rest, factor * number, _only(placeholder, place, expression)))
        elif kind is NegationExpression:
            waiting.append((node.args[0], -factor, placeholder))
        elif kind in NAMED:
            waiting.append((node.expr, factor, placeholder))
        elif kind is DivisionExpression and not _varies(node.args[1]):
            waiting.append((node.args[0], factor / pyo.value(node.args[1]), placeholder))
        elif not _varies(node):
            waiting.append((float(pyo.value(node)), factor, placeholder))
        else:
            raise ValueError(f"not linear: {node}")
    return {key: value for key, value in found.items() if value}


def _only(one: int, two: int, expression: Any) -> int:
    """Return the placeholder of two of which one at most is any."""
    if one != ONE and two != ONE:
        raise ValueError(f"not linear in its placeholders: {expression}")
    return max(one, two)


def _varies(node: Any) -> bool:
    """Tell whether an expression may have a variable."""
    return node.__class__ not in native_numeric_types and bool(node.is_potentially_variable())


def named(model: pyo.Block, kind: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name and the object of every active component of a kind, in Pyomo's order, named as Pyomo names it."""
    known: dict[Any, str] = {}
    for component in model.component_objects(kind, active=True, descend_into=True):
        name = component.name
        if not component.is_indexed():
            yield from ((name, each) for each in component.values() if each.active)
            continue
        for index, each in component.items():
            if each.active:
                if index not in known:
                    known[index] = index_repr(index)
                yield name + known[index], each
