"""A point held against its programme: every row, bound and whole number, without trust in whoever solved it."""

from collections.abc import Sequence
from itertools import pairwise
from math import fsum

import numpy as np

from models.case import Array
from models.plan import Violation
from optimizer.program.linear_program import LinearProgram

TOLERANCE = 1e-6
"""Largest violation of a plan, as a share of the largest of 1 and the terms of its row; the audit's own."""
UNDEFINED = float(np.finfo(float).max)
"""The violation of a number that is not one."""


def max_violations(program: LinearProgram, values: Array, tolerance: float = TOLERANCE) -> tuple[Violation, ...]:
    """Return the worst violation of the rows, of the bounds and of the whole numbers at a point, in this order.

    The sum of a row's terms is rounded once (Shewchuk, Discrete & Computational Geometry 18, 1997).
    """
    matrix, numbers = program.matrix, np.isfinite(values)
    point = np.where(numbers, values, 0.0)
    terms = matrix.data * point[matrix.indices]
    ends = matrix.indptr.tolist()
    activity = np.array([fsum(terms[first:end].tolist()) for first, end in pairwise(ends)], dtype=float)
    filled = np.flatnonzero(np.diff(matrix.indptr))
    size = np.ones(len(activity))
    if len(filled):
        size[filled] = np.maximum(1.0, np.maximum.reduceat(np.abs(terms), matrix.indptr[filled]))
    columns = np.where(numbers, _excess(point, program.lower, program.upper), UNDEFINED)
    whole = np.where(program.integer, np.abs(point - np.round(point)), 0.0)
    return (
        _worst("row", _excess(activity, program.row_lower, program.row_upper), size, program.row_names, tolerance),
        _worst("bound", columns, np.maximum(1.0, np.abs(point)), program.column_names, tolerance),
        _worst("integer", whole, np.ones(len(whole)), program.column_names, tolerance),
    )


def objective_value(cost: Array, constant: float, values: Array) -> float:
    """Return `cost @ values + constant`, the sum rounded once."""
    return fsum([*(cost * values).tolist(), constant])


def describe(violations: Sequence[Violation]) -> str:
    """Return what is wrong with a point, in words; empty if nothing is beyond the tolerance."""
    words = {"row": "row(s) do not hold", "bound": "bound(s) are broken", "integer": "number(s) are not whole"}
    return "; ".join(
        f"{each.above} {words[each.kind]}, worst {each.where} by {each.relative:.2g} of its size"
        for each in violations
        if each.above
    )


def _excess(values: Array, lower: Array, upper: Array) -> Array:
    """Return by how much values leave their range."""
    return np.maximum(0.0, np.maximum(lower - values, values - upper))


def _worst(kind: str, excess: Array, size: Array, names: Sequence[str], tolerance: float) -> Violation:
    """Return the worst of one kind."""
    shares = excess / size
    worst = int(np.argmax(shares)) if len(shares) else -1
    broken = worst >= 0 and shares[worst] > 0
    return Violation.model_validate(
        {
            "kind": kind,
            "absolute": float(excess.max(initial=0.0)),
            "relative": float(shares.max(initial=0.0)),
            "where": names[worst] if broken else "",
            "above": int((shares > tolerance).sum()),
        }
    )
