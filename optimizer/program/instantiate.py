"""One block of the full programme, from the numbers of the template."""

from typing import Any

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.program.day_template import Integers, Template


class BlockMatrices:
    """The rows of the blocks of a template; the order of their coefficients serves one block after another."""

    def __init__(self, template: Template) -> None:
        """Take a template."""
        self._template = template
        self._order: Integers = np.zeros(0, dtype=np.int64)
        self._same_row = np.zeros(0, dtype=bool)

    def matrix(self, parameters: Array, columns: Integers, width: int) -> sparse.csr_array:
        """Return the rows of a block for its parameters' values, over the full programme's columns; zeros are left out.

        `columns` are the block's own columns and, behind them, the investment column of each link, -1 where there is
        none.
        """
        entries, rows = self._template.entries, len(self._template.rows)
        kind = np.int32 if width <= np.iinfo(np.int32).max else np.int64
        places: Any = columns.astype(kind)[entries.column]
        steps = self._steps(places)
        if steps is None or (steps < 0).any():
            order = np.lexsort((places, entries.row))
            self._order = order[places[order] >= 0]
            row = entries.row[self._order]
            self._same_row = row[1:] == row[:-1]
            steps = np.diff(places[self._order])[self._same_row]
        order = self._order
        numbers, column = entries.constant[order] * parameters[entries.parameter[order]], places[order]
        if not steps.all():  # some terms share a coefficient
            matrix = sparse.coo_array((numbers, (entries.row[order], column)), shape=(rows, width)).tocsr()
            matrix.eliminate_zeros()
            return matrix
        kept = np.flatnonzero(numbers)
        ends = np.cumsum(np.bincount(entries.row[order[kept]], minlength=rows))
        starts = np.concatenate([[0], ends]).astype(column.dtype)
        return sparse.csr_array((numbers[kept], column[kept], starts), shape=(rows, width))

    def _steps(self, places: Any) -> Any:
        """Return the steps from column to column within rows in the order known; None if other terms exist."""
        column = places[self._order]
        if len(column) != np.count_nonzero(places >= 0) or (column < 0).any():
            return None
        return np.diff(column)[self._same_row] if len(column) else column


def row_shift(template: Template, parameters: Array) -> Array:
    """Return what the constants of a block's rows take from both limits, for its parameters' values."""
    shift = template.shift
    constants = shift.constant * parameters[shift.parameter]
    return np.bincount(shift.row, constants, len(template.rows)).astype(float, copy=False)


def operating_cost(template: Template, parameters: Array) -> Array:
    """Return the operating cost of a block's own columns for its parameters' values, MEUR per year."""
    terms = template.cost.constant * parameters[template.cost.parameter]
    return np.bincount(template.cost.column, terms, len(template.columns)).astype(float, copy=False)
