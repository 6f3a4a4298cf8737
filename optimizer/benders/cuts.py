"""Cuts: what dispatched days prove of every investment, kept sparse, by node and kind, with what they depend on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.program.linear_program import Positions

Kind = Literal["cost", "account", "feasibility", "full year"]
"""What a cut bounds: a node's operating cost (MEUR a year), a part of a yearly account, by how much limits are missed
(MWh a year), or a yearly account of all days of the record."""
SMALLEST_SLOPE = 1e-9
"""Smaller slopes of a cut (MEUR per MW) are dropped: no decision is large enough for them to matter."""


@dataclass(frozen=True)
class Cut:
    """`constant + slope @ x[columns]` bounds a quantity of a node from below, for all investments x."""

    node: int
    kind: Kind
    part: int
    """Of the yearly accounts; 0 for other kinds."""
    columns: Positions
    slope: Array
    constant: float

    def at(self, decisions: Array) -> float:
        """Return the bound at decisions."""
        return self.constant + float(self.slope @ decisions[self.columns])


def cut_at(node: int, kind: Kind, part: int, value: float, columns: Positions, slope: Array, at: Array) -> Cut:
    """Return the cut that has a value and a slope over columns at decisions; columns of -1 stand for nothing."""
    own = columns >= 0
    where, back = np.unique(columns[own], return_inverse=True)
    total: Array = np.bincount(back, slope[own], len(where)).astype(float)
    constant = value - float(total @ at[where])
    large = np.abs(total) >= SMALLEST_SLOPE
    return Cut(node, kind, part, where[large], total[large], constant)


@dataclass
class CutPool:
    """All cuts of a programme, in the order in which they were found."""

    cuts: list[Cut] = field(default_factory=list)

    def add(self, cuts: Iterable[Cut]) -> None:
        """Keep more cuts."""
        self.cuts.extend(cuts)

    def __len__(self) -> int:
        return len(self.cuts)

    def of(self, kinds: Sequence[Kind], since: int = 0) -> list[Cut]:
        """Return the cuts of some kinds from a number on, kind by kind."""
        return [cut for kind in kinds for cut in self.cuts[since:] if cut.kind == kind]

    def copy(self) -> "CutPool":
        """Return a pool of the same cuts that grows by itself."""
        return CutPool(list(self.cuts))

    def remap_columns(self, before: Sequence[str], now: Sequence[str]) -> "CutPool":
        """Return the same cuts over columns that stand elsewhere, by name; a column that is gone was one at 0."""
        place = {name: column for column, name in enumerate(now)}
        to = np.array([place.get(name, -1) for name in before], dtype=np.int64)
        moved = []
        for cut in self.cuts:
            columns = to[cut.columns]
            moved.append(replace(cut, columns=columns[columns >= 0], slope=cut.slope[columns >= 0]))
        return CutPool(moved)

    def drop(self, kind: Kind) -> None:
        """Forget the cuts of a kind."""
        self.cuts = [cut for cut in self.cuts if cut.kind != kind]


def cut_rows(
    cuts: Sequence[Cut], quantity: Sequence[int], offset: Sequence[float], width: int
) -> tuple[sparse.csr_array, Array, Array]:
    """Return cuts as rows: matrix, lower and upper limits, the column of each quantity >= cut - offset.

    A quantity of -1 stands for 0: the cut says that what it bounds must not be positive.
    """
    rows = np.repeat(np.arange(len(cuts)), [len(cut.columns) for cut in cuts])
    columns = np.concatenate([np.zeros(0, dtype=np.int64), *(cut.columns for cut in cuts)])
    slopes = np.concatenate([np.zeros(0), *(cut.slope for cut in cuts)])
    own = np.flatnonzero(np.array(quantity, dtype=np.int64) >= 0)
    where = (np.concatenate([rows, own]), np.concatenate([columns, np.array(quantity, dtype=np.int64)[own]]))
    amounts = np.concatenate([-slopes, np.ones(len(own))])
    matrix = sparse.coo_array((amounts, where), shape=(len(cuts), width)).tocsr()
    lower = np.array([cut.constant for cut in cuts]) - np.array(offset, dtype=float)
    return matrix, lower, np.full(len(cuts), np.inf)
