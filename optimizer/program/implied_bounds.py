"""Limits of columns that follow from rows, rounded outwards, so that they hold in exact arithmetic too."""

import numpy as np

from models.case import Array
from optimizer.program.linear_program import LinearProgram

UNIT = 2.0**-52
"""Twice the largest relative error of one operation on floats."""
MAX_ROUNDS = 30
"""Most rounds in which limits are passed on from row to row; fewer where nothing follows any more."""


def implied_bounds(program: LinearProgram) -> tuple[Array, Array]:
    """Return lower and upper limits that every feasible point satisfies: the columns' own, or implied ones.

    In a row sum a x <= U, a x_j <= U - (least of the rest); the error of the sum is at most its length times the unit
    times the sum of sizes, and is added.
    """
    lower, upper = program.lower.copy(), program.upper.copy()
    entries = program.matrix.tocoo()
    row, column, factor = entries.coords[0], entries.coords[1], entries.data
    for _ in range(MAX_ROUNDS):
        infinite_before = np.isinf(lower).sum() + np.isinf(upper).sum()
        for sign, limit in ((1.0, program.row_upper), (-1.0, -program.row_lower)):
            slope = sign * factor
            slack, finite = _slack(row, slope, limit, np.where(slope > 0, lower[column], upper[column]))
            bound = slack / slope
            bound += np.sign(slope) * np.abs(bound) * 4 * UNIT
            above, below = finite & (slope > 0), finite & (slope < 0)
            wide_upper, wide_lower = np.isposinf(upper), np.isneginf(lower)
            above &= wide_upper[column]
            below &= wide_lower[column]
            np.minimum.at(upper, column[above], bound[above])
            np.maximum.at(lower, column[below], bound[below])
        if np.isinf(lower).sum() + np.isinf(upper).sum() == infinite_before:
            break
    return lower, upper


def _slack(row: Array, slope: Array, limit: Array, at: Array) -> tuple[Array, Array]:
    """Return for each entry what its row leaves it at most, and whether that is known; arrays over entries."""
    term = slope * at
    infinite = np.isinf(term)
    finite = np.where(infinite, 0.0, term)
    rows = len(limit)
    total = np.bincount(row, finite, rows)
    size = np.bincount(row, np.abs(finite), rows) + np.where(np.isfinite(limit), np.abs(limit), 0.0)
    length = np.bincount(row, minlength=rows)
    others_infinite = np.bincount(row, infinite, rows)[row] - infinite
    margin = (length + 8) * UNIT * size
    return limit[row] - (total[row] - finite) + margin[row], (others_infinite == 0) & np.isfinite(limit[row])
