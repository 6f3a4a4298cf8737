"""Totals of whole numbers as columns of their own, so that branch and bound can branch on them.

Where many sites are nearly alike, to round one up or down leaves the bound where it was: another takes its place. The
total of all halls leaves no such way out (constraint branching: Ryan and Foster, 1981; here on the sum of a family).
"""

from collections import defaultdict

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.program.linear_program import LinearProgram

LEAST_COLUMNS = 100
"""A family of fewer whole columns has no total: a search over them needs no help."""


def with_whole_totals(program: LinearProgram) -> tuple[LinearProgram, sparse.csr_array]:
    """Return a programme with the total of each family of whole columns behind its own, and the sums.

    The sums have the shape (families, columns of the programme given).
    """
    sums, families = whole_sums(program), families_of(program)
    count = len(families)
    totals = [f"{name}.total" for name in families]
    wide = program.with_columns(sums @ program.lower, sums @ program.upper, np.ones(count, dtype=bool), totals)
    rows = sparse.hstack([sums, -sparse.eye_array(count)], format="csr")
    return wide.with_rows(rows, np.zeros(count), np.zeros(count), [f"{name}.sum" for name in families]), sums


def whole_sums(program: LinearProgram) -> sparse.csr_array:
    """Return the sum of each large family of whole columns, (families, columns)."""
    families = families_of(program)
    row = np.repeat(np.arange(len(families)), [len(places) for places in families.values()])
    column = np.array([place for places in families.values() for place in places], dtype=np.int64)
    return sparse.csr_array((np.ones(len(row)), (row, column)), shape=(len(families), len(program.cost)))


def families_of(program: LinearProgram) -> dict[str, list[int]]:
    """Return the large families of whole columns: what the same variable holds, in the same future.

    Their names agree up to the bracket, and behind it: a total over futures would say little of any of them.
    """
    every = defaultdict(list)
    for place in np.flatnonzero(program.integer).tolist():
        name = program.column_names[place]
        every[name.partition("[")[0] + name[name.rfind("]") + 1 :]].append(place)
    return {name: places for name, places in every.items() if len(places) >= LEAST_COLUMNS}


def with_totals_of(sums: sparse.csr_array, point: Array) -> Array:
    """Return a point of a programme with its totals behind it."""
    return np.concatenate([point, sums @ point])
