"""The blocks of the full programme, one by one or one below the other, from the numbers of the template.

A template's entries are brought into the order of their rows once; each block is then a product and a sieve for zeros.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class BlockAssembler:
    """The rows of the blocks over the columns of the full programme, one block at a time."""

    template: Template
    link_columns: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    """Investment column of each link in each block, shape (blocks, links); -1 where the variable does not exist."""
    investments: int
    """Number of investment columns; those of the blocks follow."""
    patterns: dict[bytes, SparsityPattern] = field(default_factory=dict)

    def matrix(self, block: int, parameters: Array) -> sparse.csr_array:
        """Return the rows of a block for its parameters' values; columns are in order, zeros are left out."""
        links, own = self.link_columns[block], len(self.template.columns)
        key = np.append(np.argsort(links, kind="stable"), links < 0).tobytes()
        if key not in self.patterns:
            self.patterns[key] = sparsity_pattern(self.template, links, self.investments)
        pattern = self.patterns[key]
        data = pattern.numbers(parameters)
        column = pattern.column + own * block
        column[pattern.linked] = links[pattern.link]
        nonzero = data != 0
        starts = np.append(0, np.cumsum(nonzero))[pattern.row_starts]
        shape = len(self.template.rows), self.investments + own * len(self.link_columns)
        return sparse.csr_array((data[nonzero], column[nonzero], starts), shape=shape)


def assemble_matrix(blocks: Iterable[sparse.csr_array], width: int, space: int) -> sparse.csr_array:
    """Return rows over so many columns one below the other, in arrays with space for so many coefficients."""
    index = np.int32 if max(space, width) <= np.iinfo(np.int32).max else np.int64
    coefficients, columns = np.empty(space), np.empty(space, dtype=index)  # pages never written to take no memory
    ends, end = [np.zeros(1, dtype=index)], 0
    for block in blocks:
        place = slice(end, end + block.nnz)
        coefficients[place], columns[place] = block.data, block.indices
        ends.append(end + block.indptr[1:].astype(index))
        end = place.stop
    starts = np.concatenate(ends)
    return sparse.csr_array((coefficients[:end], columns[:end], starts), shape=(len(starts) - 1, width))


def row_shift(template: Template, parameters: Array) -> Array:
    """Return what the constants of a block's rows take from both limits, for its parameters' values."""
    shift = template.shift
    constants = shift.constant * parameters[shift.parameter]
    return np.bincount(shift.row, constants, len(template.rows)).astype(float, copy=False)


def operating_cost(template: Template, parameters: Array) -> Array:
    """Return the operating cost of a block's own columns for its parameters' values, MEUR per year."""
    terms = template.cost.constant * parameters[template.cost.parameter]
    return np.bincount(template.cost.column, terms, len(template.columns)).astype(float, copy=False)
