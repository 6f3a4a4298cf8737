"""From a Pyomo model to arrays: every active constraint, variable and goal, by Pyomo's own linear walker."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sparse
from pyomo.repn.linear import LinearRepnVisitor
from pyomo.repn.util import OrderedVarRecorder

from models.case import Array
from optimizer.solve.program import Program


@dataclass(frozen=True)
class Compiled:
    """A model as arrays: its programme without a cost, and its columns."""

    program: Program
    columns: Mapping[int, int]
    """id of a Pyomo variable -> column."""
    variables: tuple[Any, ...]
    """The Pyomo variables, by column."""


def compile_model(model: pyo.ConcreteModel) -> Compiled:
    """Return a linear model as arrays; raises ValueError, naming the rule, on anything that is not linear.

    Fixed variables are columns with equal bounds, as any others. A row without variables stays, so that one that cannot
    hold makes the programme infeasible instead of vanishing.
    """
    variables = tuple(model.component_data_objects(pyo.Var, active=True, descend_into=True))
    columns = {id(variable): column for column, variable in enumerate(variables)}
    walker = _walker(variables)
    indptr: list[int] = [0]
    indices: list[int] = []
    coefficients: list[float] = []
    row_lower, row_upper, row_names = [], [], []
    for constraint in model.component_data_objects(pyo.Constraint, active=True, descend_into=True):
        lower, body, upper = constraint.to_bounded_expression(evaluate_bounds=True)
        linear, constant = _linear(walker, body, constraint.name)
        indices += [columns[variable] for variable in linear]
        coefficients += linear.values()
        indptr.append(len(indices))
        row_lower.append(-np.inf if lower is None else lower - constant)
        row_upper.append(np.inf if upper is None else upper - constant)
        row_names.append(constraint.name)
    bounds = [variable.bounds for variable in variables]
    matrix = sparse.csr_array((coefficients, indices, indptr), shape=(len(row_names), len(variables)), dtype=float)
    matrix.eliminate_zeros()
    program = Program(
        cost=np.zeros(len(variables)),
        offset=0.0,
        lower=np.array([-np.inf if low is None else low for low, _ in bounds], dtype=float),
        upper=np.array([np.inf if high is None else high for _, high in bounds], dtype=float),
        integer=np.array([not variable.is_continuous() for variable in variables], dtype=bool),
        matrix=matrix,
        row_lower=np.array(row_lower, dtype=float),
        row_upper=np.array(row_upper, dtype=float),
        column_names=[variable.name for variable in variables],
        row_names=row_names,
    )
    return Compiled(program, columns, variables)


def compile_goals(compiled: Compiled, goals: Mapping[str, Any]) -> dict[str, tuple[Array, float]]:
    """Return each goal, a linear expression, as its coefficients by column and its constant."""
    walker = _walker(compiled.variables)
    vectors = {}
    for goal, expression in goals.items():
        linear, constant = _linear(walker, expression, goal)
        vector = np.zeros(len(compiled.variables))
        vector[[compiled.columns[variable] for variable in linear]] = list(linear.values())
        vectors[goal] = (vector, constant)
    return vectors


def _walker(variables: tuple[Any, ...]) -> LinearRepnVisitor:
    """Return Pyomo's linear walker over the variables of a model."""
    known = {id(variable): variable for variable in variables}
    order = {key: position for position, key in enumerate(known)}
    return LinearRepnVisitor({}, var_recorder=OrderedVarRecorder(known, order, None))


def _linear(walker: LinearRepnVisitor, expression: Any, name: str) -> tuple[dict[int, float], float]:
    """Return the coefficients of an expression by variable id, and its constant."""
    found = walker.walk_expression(expression)
    if found.nonlinear is not None:
        raise ValueError(f"{name} is not linear: {found.nonlinear}")
    return {key: value * found.multiplier for key, value in found.linear.items()}, float(
        found.constant * found.multiplier
    )


def load(variables: Iterable[Any], values: Array) -> None:
    """Give Pyomo variables their values, so that named expressions can be read."""
    for variable, value in zip(variables, values.tolist(), strict=True):
        variable.set_value(value, skip_validation=True)
