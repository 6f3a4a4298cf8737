"""By how much a point violates its programme: every row, bound and integer, without trust in whoever solved it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

import numpy as np

from models.case import Array
from models.plan import Violation
from optimizer.program.linear_program import Programme

TOLERANCE = 1e-6
"""Largest violation of a plan, as a share of the largest of 1 and the terms of its row; the audit's own."""
UNDEFINED = float(np.finfo(float).max)
"""The violation of a number that is not one."""


@dataclass
class _Largest:
    """The largest violation of one kind so far."""

    kind: str
    tolerance: float
    absolute: float = 0.0
    relative: float = 0.0
    where: str = ""
    above: int = 0

    def add(self, excess: Array, size: Array, names: Sequence[str]) -> None:
        """Take by how much some rows or columns are violated, their sizes and their names."""
        shares = excess / size
        worst = int(np.argmax(shares)) if len(shares) else -1
        if worst >= 0 and shares[worst] > self.relative:
            self.relative, self.where = float(shares[worst]), names[worst]
        self.absolute = max(self.absolute, float(excess.max(initial=0.0)))
        self.above += int((shares > self.tolerance).sum())

    def violation(self) -> Violation:
        """Return what was found."""
        figures = {"absolute": self.absolute, "relative": self.relative, "where": self.where, "above": self.above}
        return Violation.model_validate({"kind": self.kind, **figures})


def max_violations(program: Programme, values: Array, tolerance: float = TOLERANCE) -> tuple[Violation, ...]:
    """Return the largest violation of the rows, of the bounds and of integrality at a point, in this order.

    Part by part, so that the coefficients of one part are held at a time. The sum of a row's terms is rounded once
    (Shewchuk, Discrete & Computational Geometry 18, 1997).
    """
    finite = np.isfinite(values)
    point = np.where(finite, values, 0.0)
    rows, bounds, integers = (_Largest(kind, tolerance) for kind in ("row", "bound", "integer"))
    for part in program.parts():
        matrix, own = part.matrix, point[part.columns]
        terms = matrix.data * point[matrix.indices]
        ends = matrix.indptr.tolist()
        activity = np.array([fsum(terms[first:end].tolist()) for first, end in pairwise(ends)], dtype=float)
        filled = np.flatnonzero(np.diff(matrix.indptr))
        size = np.ones(len(activity))
        if len(filled):
            size[filled] = np.maximum(1.0, np.maximum.reduceat(np.abs(terms), matrix.indptr[filled]))
        excess = np.where(finite[part.columns], _excess(own, part.lower, part.upper), UNDEFINED)
        fraction = np.where(part.integer, np.abs(own - np.round(own)), 0.0)
        rows.add(_excess(activity, part.row_lower, part.row_upper), size, part.row_names)
        bounds.add(excess, np.maximum(1.0, np.abs(own)), part.column_names)
        integers.add(fraction, np.ones(len(own)), part.column_names)
    return rows.violation(), bounds.violation(), integers.violation()


def objective_value(cost: Array, constant: float, values: Array) -> float:
    """Return `cost @ values + constant`, the sum rounded once."""
    return fsum([*(cost * values).tolist(), constant])


def describe(violations: Sequence[Violation]) -> str:
    """Return a message about a point's violations; empty if none is beyond the tolerance."""
    texts = {"row": "row(s) do not hold", "bound": "bound(s) are broken", "integer": "number(s) are not whole"}
    return "; ".join(
        f"{each.above} {texts[each.kind]}, worst {each.where} by {each.relative:.2g} of its size"
        for each in violations
        if each.above
    )


def _excess(values: Array, lower: Array, upper: Array) -> Array:
    """Return by how much values leave their range."""
    return np.maximum(0.0, np.maximum(lower - values, values - upper))
