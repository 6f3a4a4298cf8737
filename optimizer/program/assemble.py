"""The days of the dispatch side by side: the template's numbers of every block, written to where they stay.

A template's entries are brought into the order of their rows once; each block is then a product, a sieve for zeros and
a copy into the arrays of the whole programme, which are held once.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.program.day_template import Integers, Template


@dataclass(frozen=True)
class SparsityPattern:
    """A template's entries in the order of its rows, then of the columns of the programme."""

    constant: Array
    parameter: Integers
    starts: Integers
    """Position of the first entry of each coefficient; several entries may add up to one."""
    alone: bool
    """Whether every coefficient has one entry."""
    row_starts: Integers
    """Position of the first coefficient of each row and, at last, their number."""
    column: Integers
    """Column of each coefficient in the first block; that of a link is none."""
    linked: Integers
    """Positions of the coefficients of links, ..."""
    link: Integers
    """... and these links."""

    def numbers(self, values: Array) -> Array:
        """Return the coefficients of a block, zeros among them, for its parameters' values."""
        terms = self.constant * values[self.parameter]
        return terms if self.alone else np.add.reduceat(terms, self.starts)


def sparsity_pattern(template: Template, links: Integers, investment_columns: int) -> SparsityPattern:
    """Return the pattern of all blocks whose links exist and are ordered as those with these columns."""
    own, entries = len(template.columns), template.entries
    is_link = entries.column >= own
    column = np.where(is_link, -1, investment_columns + entries.column)
    column[is_link] = links[entries.column[is_link] - own]
    order = np.lexsort((column, entries.row))
    order = order[column[order] >= 0]
    row, column = entries.row[order], column[order]
    differs = np.append(True, (np.diff(row) != 0) | (np.diff(column) != 0))[: len(order)]
    starts = np.flatnonzero(differs)
    linked = np.flatnonzero(is_link[order][starts])
    return SparsityPattern(
        constant=entries.constant[order],
        parameter=entries.parameter[order],
        starts=starts,
        alone=len(starts) == len(order),
        row_starts=np.searchsorted(row[starts], np.arange(len(template.rows) + 1)),
        column=column[starts],
        linked=linked,
        link=entries.column[order][starts][linked] - own,
    )


def assemble_matrix(
    template: Template,
    values: Array,
    link_columns: np.ndarray[tuple[int, int], np.dtype[np.int64]],
    above: sparse.csr_array,
) -> sparse.csr_array:
    """Return the investments' rows and, below, those of every block, over the investments' and the blocks' columns.

    `values` is (blocks, parameters + 1); `link_columns` (blocks, links) holds the investment column of each link, -1
    where the variable does not exist in that period. Columns are in order within the blocks, zeros left out.
    """
    blocks, own, rows = len(values), len(template.columns), len(template.rows)
    investments = above.shape[1]
    width = investments + own * blocks
    room = above.nnz + len(template.entries.row) * blocks
    whole = np.int32 if max(room, width) <= np.iinfo(np.int32).max else np.int64
    # pages that are never written to take no memory
    coefficients, columns = np.empty(room), np.empty(room, dtype=whole)
    ends = np.empty(above.shape[0] + rows * blocks + 1, dtype=whole)
    end = above.nnz
    coefficients[:end], columns[:end], ends[: above.shape[0] + 1] = above.data, above.indices, above.indptr
    patterns: dict[bytes, SparsityPattern] = {}
    for block, (numbers, links) in enumerate(zip(values, link_columns, strict=True)):
        key = np.append(np.argsort(links, kind="stable"), links < 0).tobytes()
        if key not in patterns:
            patterns[key] = sparsity_pattern(template, links, investments)
        pattern = patterns[key]
        data = pattern.numbers(numbers)
        column = pattern.column + own * block
        column[pattern.linked] = links[pattern.link]
        kept = data != 0
        before = np.append(0, np.cumsum(kept))
        place = slice(end, end + int(before[-1]))
        coefficients[place], columns[place] = data[kept], column[kept]
        first = above.shape[0] + rows * block
        ends[first : first + rows + 1] = end + before[pattern.row_starts]
        end = place.stop
    return sparse.csr_array((coefficients[:end], columns[:end], ends), shape=(len(ends) - 1, width))


def assemble_rows(template: Template, values: Array, above: Array, fixed: Array) -> Array:
    """Return limits of the investments' rows and of those of every block, for the fixed part of a day's."""
    rows, limits = len(template.rows), np.empty(len(above) + len(template.rows) * len(values))
    limits[: len(above)] = above
    for block, numbers in enumerate(values):
        shift = template.shift.constant * numbers[template.shift.parameter]
        first = len(above) + rows * block
        limits[first : first + rows] = fixed - np.bincount(template.shift.row, shift, rows)
    return limits


def assemble_cost(template: Template, values: Array) -> Array:
    """Return the running cost of the blocks' own columns, MEUR per year."""
    own = len(template.columns)
    cost = np.empty((len(values), own))
    for block, numbers in enumerate(values):
        cost[block] = np.bincount(template.cost.column, template.cost.constant * numbers[template.cost.parameter], own)
    return cost.ravel()
