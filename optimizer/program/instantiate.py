"""One block of the full programme, from the numbers of the template."""

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.program.day_template import Integers, Template


def block_matrix(template: Template, parameters: Array, columns: Integers, width: int) -> sparse.csr_array:
    """Return the rows of a block for its parameters' values, over the full programme's columns; zeros are left out.

    `columns` are the block's own columns and, behind them, the investment column of each link, -1 where there is none.
    """
    entries, column = template.entries, columns[template.entries.column]
    exists = column >= 0
    numbers = entries.constant[exists] * parameters[entries.parameter[exists]]
    places = entries.row[exists], column[exists]
    matrix = sparse.coo_array((numbers, places), shape=(len(template.rows), width)).tocsr()
    matrix.eliminate_zeros()
    return matrix


def row_shift(template: Template, parameters: Array) -> Array:
    """Return what the constants of a block's rows take from both limits, for its parameters' values."""
    shift = template.shift
    constants = shift.constant * parameters[shift.parameter]
    return np.bincount(shift.row, constants, len(template.rows)).astype(float, copy=False)


def operating_cost(template: Template, parameters: Array) -> Array:
    """Return the operating cost of a block's own columns for its parameters' values, MEUR per year."""
    terms = template.cost.constant * parameters[template.cost.parameter]
    return np.bincount(template.cost.column, terms, len(template.columns)).astype(float, copy=False)
