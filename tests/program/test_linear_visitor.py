"""The visitor of expressions agrees with Pyomo's own walkers, and refuses what is no sum of products."""

from typing import Any

import pyomo.environ as pyo
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.parameterized import ParameterizedLinearRepnVisitor
from pyomo.repn.util import OrderedVarRecorder

from models.case import Case
from models.formulation import build
from optimizer.program.linear_visitor import CONSTANT, linear_terms, named_components

MODEL = pyo.ConcreteModel()
MODEL.x = pyo.Var([1, 2, 3])
MODEL.y = pyo.Var()
MODEL.numbers = pyo.Var([1, 2])
MODEL.share = pyo.Param(mutable=True, initialize=0.375)
MODEL.later = pyo.Expression(expr=2 * MODEL.x[1] - MODEL.x[2] + 1)
MODEL.each = pyo.Expression([1, 2], rule=lambda model, place: model.share * model.x[place] - model.y)
VARIABLES = {id(variable): place for place, variable in enumerate([*MODEL.x.values(), MODEL.y])}
PLACEHOLDERS = {id(variable): place for place, variable in enumerate(MODEL.numbers.values())}
LEAVES: list[Any] = [*MODEL.x.values(), MODEL.y, MODEL.later, *MODEL.each.values(), MODEL.share, 0, 1, 2.5, -4]


def unary(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Make greater expressions of smaller ones."""
    known = st.sampled_from([0, -1, 0.25, 3, MODEL.share, MODEL.share + 1, MODEL.share * 2])
    return st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] - pair[1]),
        st.lists(inner, max_size=4).map(pyo.quicksum),
        st.tuples(known, inner).map(lambda pair: pair[0] * pair[1]),
        st.tuples(inner, known).map(lambda pair: pair[0] * pair[1]),
        st.tuples(inner, st.sampled_from([2, 0.5, MODEL.share])).map(lambda pair: pair[0] / pair[1]),
        inner.map(lambda expression: -expression),
    )


LINEAR = st.recursive(st.sampled_from(LEAVES), unary, max_leaves=12)


def by_pyomo(expression: Any) -> dict[int, float]:
    """Return an expression's numbers by position of the variable, as Pyomo's walker tells them."""
    found = LinearRepnVisitor({}, var_recorder=OrderedVarRecorder({}, {}, None)).walk_expression(expression)
    assert found.nonlinear is None
    parts = {VARIABLES[key]: value * found.multiplier for key, value in found.linear.items()}
    return {**parts, CONSTANT: found.constant * found.multiplier}


def close(one: dict[Any, float], other: dict[Any, float]) -> bool:
    """Tell whether two sums are the same but for rounding; what is missing is zero."""
    return all(one.get(key, 0.0) == pytest.approx(other.get(key, 0.0), abs=1e-9) for key in {*one, *other})


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(expression=LINEAR)
def test_linear_expressions(expression: Any) -> None:
    found = linear_terms(expression, VARIABLES, {})
    assert all(found.values())
    assert {place for _, place in found} <= {CONSTANT}
    assert close({variable: value for (variable, _), value in found.items()}, by_pyomo(expression))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(parts=st.lists(st.tuples(st.sampled_from([1, 2]), LINEAR, st.booleans()), min_size=1, max_size=4), rest=LINEAR)
def test_parameters(parts: list[tuple[int, Any, bool]], rest: Any) -> None:
    factors = [(MODEL.numbers[place] - 3 * MODEL.share) / 2 for place, _, _ in parts]
    expression = rest - pyo.quicksum(
        factor * inner if first else inner * factor for factor, (_, inner, first) in zip(factors, parts, strict=True)
    )
    walker = ParameterizedLinearRepnVisitor(
        {}, wrt=list(MODEL.numbers.values()), var_recorder=OrderedVarRecorder({}, {}, None)
    )
    found = walker.walk_expression(expression)
    assert found.nonlinear is None
    values = {1: 0.6, 2: -1.7}
    for place, value in values.items():
        MODEL.numbers[place].set_value(value)
    theirs = {VARIABLES[key]: pyo.value(number * found.multiplier) for key, number in found.linear.items()}
    theirs[CONSTANT] = pyo.value(found.constant * found.multiplier)
    ours: dict[int, float] = {}
    for (variable, place), number in linear_terms(expression, VARIABLES, PLACEHOLDERS).items():
        ours[variable] = ours.get(variable, 0.0) + number * (1.0 if place == CONSTANT else values[place + 1])
    assert close(ours, theirs)


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        (MODEL.y * MODEL.x[1], "not linear"),
        ((MODEL.y + 1) * (2 - MODEL.x[1]), "not linear"),
        (MODEL.later * MODEL.y, "not linear"),
        (MODEL.x[1] ** 2, "not linear"),
        (1 / MODEL.y, "not linear"),
        (abs(MODEL.y), "not linear"),
        (MODEL.numbers[1] * MODEL.numbers[2], "not linear in its parameters"),
        (MODEL.numbers[1] * (MODEL.y * MODEL.numbers[2]), "not linear in its parameters"),
        (MODEL.y / MODEL.numbers[2], "not linear"),
    ],
)
def test_anything_else_is_refused(expression: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        linear_terms(expression, VARIABLES, PLACEHOLDERS)


def test_names_are_those_of_pyomo(tutorial_case: Case) -> None:
    model = build(tutorial_case)
    model.odd = pyo.Var(["a b", "c,d", "7", "it's"], [(1, 2.5), ("x", "7e3")], dense=True)
    model.alone = pyo.Constraint(expr=model.odd["7", 1, 2.5] <= 1)
    model.idle = pyo.Constraint(expr=model.odd["7", 1, 2.5] <= 2)
    model.idle.deactivate()
    model.odd_rows = pyo.Constraint([1, 2], rule=lambda model, place: model.odd["7", 1, 2.5] >= -place)
    model.odd_rows[1].deactivate()
    for kind in (pyo.Var, pyo.Constraint):
        theirs = list(model.component_data_objects(kind, active=True, descend_into=True))
        ours = list(named_components(model, kind))
        assert [id(each) for _, each in ours] == [id(each) for each in theirs]
        assert [name for name, _ in ours] == [each.name for each in theirs]
