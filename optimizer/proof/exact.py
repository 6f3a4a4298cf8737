"""A bound on a programme, proved in whole numbers: whatever multipliers it is given, the bound holds.

For any y, weak duality bounds `cost @ x` over `row_lower <= A x <= row_upper`, `lower <= x <= upper` from below:
    sum_i min(y_i L_i, y_i U_i)  +  sum_j min over [l_j, u_j] of (c - A'y)_j x_j
with y_i <= 0 where a row has no lower limit and y_i >= 0 where it has no upper one (Neumaier and Shcherbina, 2004,
doi:10.1007/s10107-003-0433-3). Every float is a whole number over a power of two, so nothing here is rounded.
"""

from fractions import Fraction

import numpy as np

from models.case import Array
from optimizer.program.linear_program import LinearProgram

MANTISSA = 53
"""Bits of a float's mantissa."""
NEGLIGIBLE = 2.0**-60
"""Multipliers smaller than this share of the largest are left out: they would only make the whole numbers longer."""


def binary_places(*arrays: Array) -> int:
    """Return how many binary places the finite numbers of all arrays need at most."""
    finite = np.concatenate([values[np.isfinite(values) & (values != 0)] for values in arrays])
    return max(0, MANTISSA - int(np.frexp(finite)[1].min())) if finite.size else 0


def as_integers(values: Array, places: int) -> list[int]:
    """Return finite numbers times 2^places, exactly; infinite ones, which no sum may use, become 0."""
    mantissas, exponents = np.frexp(np.where(np.isfinite(values), values, 0.0))
    digits = (mantissas * 2.0**MANTISSA).astype(np.int64).tolist()
    shifts = np.where(mantissas == 0, 0, exponents - MANTISSA + places).tolist()
    return [digit << shift for digit, shift in zip(digits, shifts, strict=True)]


def usable_multipliers(program: LinearProgram, multipliers: Array) -> Array:
    """Return multipliers that a bound can use: finite, none where the row has no limit on that side, no dust."""
    found = np.where(np.isfinite(multipliers), multipliers, 0.0)
    found = np.where(np.isneginf(program.row_lower), np.minimum(found, 0.0), found)
    found = np.where(np.isposinf(program.row_upper), np.maximum(found, 0.0), found)
    return np.where(np.abs(found) < NEGLIGIBLE * np.abs(found).max(initial=0.0), 0.0, found)


def exact_bound(program: LinearProgram, multipliers: Array, lower: Array, upper: Array) -> Fraction | None:
    """Return a lower bound on the programme over columns in [lower, upper], as proved by row multipliers.

    None where a column that pulls the value down has no limit: then these multipliers prove nothing.
    """
    prices = usable_multipliers(program, multipliers)
    numbers = (program.cost, program.matrix.data, program.row_lower, program.row_upper, lower, upper)
    places, multiplier_places = binary_places(*numbers, np.array([program.offset])), binary_places(prices)
    weights = as_integers(prices, multiplier_places)
    reduced_costs = [cost << multiplier_places for cost in as_integers(program.cost, places)]
    coefficients, columns = as_integers(program.matrix.data, places), program.matrix.indices.tolist()
    starts = program.matrix.indptr.tolist()
    sides = np.where(prices > 0, program.row_lower, program.row_upper)
    total = as_integers(np.array([program.offset]), places)[0] << multiplier_places
    for row, (weight, side) in enumerate(zip(weights, as_integers(sides, places), strict=True)):
        if weight:
            total += weight * side
            for entry in range(starts[row], starts[row + 1]):
                reduced_costs[columns[entry]] -= weight * coefficients[entry]
    total <<= places
    least, most = as_integers(lower, places), as_integers(upper, places)
    infinite = np.isinf(lower), np.isinf(upper)
    for column, reduced_cost in enumerate(reduced_costs):
        if reduced_cost:
            if infinite[reduced_cost < 0][column]:
                return None
            total += reduced_cost * (most if reduced_cost < 0 else least)[column]
    return Fraction(total, 1 << (2 * places + multiplier_places))
