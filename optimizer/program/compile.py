"""From a Pyomo model to arrays: every active constraint, variable and objective."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sparse

from models.case import Array
from optimizer.program.linear_program import LinearProgram, Positions
from optimizer.program.linear_visitor import CONSTANT, Terms, linear_terms, named_components


@dataclass(frozen=True)
class Compiled:
    """A model as arrays: its programme without a cost, and its columns."""

    program: LinearProgram
    columns: Mapping[int, int]
    """id of a Pyomo variable -> column."""
    variables: tuple[Any, ...]
    """The Pyomo variables, by column."""


def compile_model(model: pyo.ConcreteModel) -> Compiled:
    """Return a linear model as arrays; raises ValueError, naming the rule, on anything that is not linear.

    Fixed variables are columns with equal bounds, as any others. A row without variables stays, so that one that cannot
    hold makes the programme infeasible instead of vanishing.
    """
    variables = dict(named_components(model, pyo.Var))
    columns = {id(variable): column for column, variable in enumerate(variables.values())}
    indptr: list[int] = [0]
    indices: list[int] = []
    coefficients: list[float] = []
    row_lower, row_upper, row_names = [], [], []
    for name, constraint in named_components(model, pyo.Constraint):
        lower, body, upper = constraint.to_bounded_expression(evaluate_bounds=True)
        constant = 0.0
        for (column, _), value in _linear(body, columns, name).items():
            if column == CONSTANT:
                constant = value
            else:
                indices.append(column)
                coefficients.append(value)
        indptr.append(len(indices))
        row_lower.append(-np.inf if lower is None else lower - constant)
        row_upper.append(np.inf if upper is None else upper - constant)
        row_names.append(name)
    bounds = [(each.value, each.value) if each.fixed else each.bounds for each in variables.values()]
    matrix = sparse.csr_array((coefficients, indices, indptr), shape=(len(row_names), len(variables)), dtype=float)
    program = LinearProgram(
        cost=np.zeros(len(variables)),
        offset=0.0,
        lower=np.array([-np.inf if low is None else low for low, _ in bounds], dtype=float),
        upper=np.array([np.inf if high is None else high for _, high in bounds], dtype=float),
        integer=np.array([not variable.is_continuous() for variable in variables.values()], dtype=bool),
        matrix=matrix,
        row_lower=np.array(row_lower, dtype=float),
        row_upper=np.array(row_upper, dtype=float),
        column_names=list(variables),
        row_names=row_names,
    )
    return Compiled(program, columns, tuple(variables.values()))


def compile_objective(name: str, expression: Any, columns: Mapping[int, int]) -> tuple[Positions, Array, float]:
    """Return a linear expression as columns, their coefficients and a constant; raises ValueError with its name."""
    terms = _linear(expression, columns, name)
    constant = terms.pop((CONSTANT, CONSTANT), 0.0)
    return np.array([column for column, _ in terms], dtype=np.int64), np.array(list(terms.values())), constant


def compile_objectives(compiled: Compiled, objectives: Mapping[str, Any]) -> dict[str, tuple[Array, float]]:
    """Return each objective, a linear expression, as its coefficients by column and its constant."""
    vectors = {}
    for name, expression in objectives.items():
        columns, coefficients, constant = compile_objective(name, expression, compiled.columns)
        vector = np.zeros(len(compiled.program.lower))
        vector[columns] = coefficients
        vectors[name] = (vector, constant)
    return vectors


def _linear(expression: Any, columns: Mapping[int, int], name: str) -> Terms:
    """Return the terms of an expression; raises ValueError with its name."""
    try:
        return linear_terms(expression, columns, {})
    except ValueError as error:
        raise ValueError(f"{name} is {error}") from None


def load_values(variables: Iterable[Any], values: Array) -> None:
    """Give Pyomo variables their values, so that named expressions can be read."""
    for variable, value in zip(variables, values.tolist(), strict=True):
        variable.set_value(value, skip_validation=True)
