"""A mixed-integer linear programme as arrays, with a readable name for every row and column."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import scipy.sparse as sparse

from models.case import Array

Positions = np.ndarray[tuple[int], np.dtype[np.int64]]
"""Positions of rows or columns."""
SMALLEST, LARGEST, INFINITE = 1e-9, 1e9, 1e20
"""Coefficients HiGHS would drop or distort are refused; bounds from INFINITE on mean none."""


class NumbersRefused(Exception):
    """A programme has a coefficient or bound that a solver would drop, round or misread."""


@dataclass(frozen=True, kw_only=True)
class ProgramPart:
    """Some rows of a programme, over all its columns, and some of its columns; a programme is a part of itself."""

    matrix: sparse.csr_array
    """The rows, shape (rows of the part, columns of the programme)."""
    row_lower: Array
    row_upper: Array
    row_names: Sequence[str]
    columns: slice = field(default_factory=lambda: slice(None))
    """The part's columns, ..."""
    lower: Array
    """... their bounds, integrality and names."""
    upper: Array
    integer: np.ndarray[tuple[int], np.dtype[np.bool_]]
    column_names: Sequence[str]


class Programme(Protocol):
    """A programme that can be seen part by part: each row and each column is in one of them."""

    def parts(self) -> Iterable[ProgramPart]:
        """Return the parts, in the order of the rows and of the columns."""


def coefficient_range(program: Programme) -> tuple[int, float, float]:
    """Return the number of coefficients, the smallest and the largest in size (0, 0, 0 without any)."""
    number, smallest, largest = 0, np.inf, 0.0
    for part in program.parts():
        sizes = np.abs(part.matrix.data)
        number += len(sizes)
        smallest, largest = min(smallest, sizes.min(initial=np.inf)), max(largest, sizes.max(initial=0.0))
    return number, float(smallest) if number else 0.0, float(largest)


@dataclass(frozen=True, kw_only=True)
class LinearProgram(ProgramPart):
    """Minimise `cost @ x + offset`: `row_lower <= matrix @ x <= row_upper`, `lower <= x <= upper`, some x integer."""

    cost: Array
    offset: float

    def parts(self) -> Iterator[ProgramPart]:
        """Yield the programme as its one part."""
        yield self

    def relaxed(self) -> "LinearProgram":
        """Return the same programme without integrality."""
        return replace(self, integer=np.zeros_like(self.integer))

    def with_bounds(self, lower: Array, upper: Array) -> "LinearProgram":
        """Return the same programme with other bounds on its columns."""
        return replace(self, lower=lower, upper=upper)

    def with_fixed_integers(self, point: Array) -> "LinearProgram":
        """Return the linear programme with the integer columns fixed at a point's values, rounded."""
        numbers = np.round(point)
        lower, upper = (np.where(self.integer, numbers, limit) for limit in (self.lower, self.upper))
        return self.with_bounds(lower, upper).relaxed()

    def with_rows(self, matrix: sparse.csr_array, lower: Array, upper: Array, names: Sequence[str]) -> "LinearProgram":
        """Return the programme with further rows below its own."""
        return replace(
            self,
            matrix=sparse.vstack([self.matrix, matrix], format="csr"),
            row_lower=np.concatenate([self.row_lower, lower]),
            row_upper=np.concatenate([self.row_upper, upper]),
            row_names=[*self.row_names, *names],
        )

    def with_columns(self, lower: Array, upper: Array, integer: Array, names: Sequence[str]) -> "LinearProgram":
        """Return the programme with further columns behind its own, which cost nothing and stand in no row."""
        matrix, (rows, width) = self.matrix, self.matrix.shape
        return replace(
            self,
            cost=np.concatenate([self.cost, np.zeros(len(lower))]),
            lower=np.concatenate([self.lower, lower]),
            upper=np.concatenate([self.upper, upper]),
            integer=np.concatenate([self.integer, integer]),
            matrix=sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(rows, width + len(lower))),
            column_names=[*self.column_names, *names],
        )

    def submatrix(self, rows: Positions, columns: Positions, cost: Array) -> "LinearProgram":
        """Return the programme of some rows over some columns, with a cost of its own."""
        return LinearProgram(
            cost=cost,
            offset=0.0,
            lower=self.lower[columns],
            upper=self.upper[columns],
            integer=self.integer[columns],
            matrix=self.matrix[rows][:, columns],
            row_lower=self.row_lower[rows],
            row_upper=self.row_upper[rows],
            column_names=[self.column_names[column] for column in columns.tolist()],
            row_names=[self.row_names[row] for row in rows.tolist()],
        )


CHUNK_SIZE = 100_000
"""Numbers looked at together: they fit a processor's cache, and looking takes next to no memory."""


def check_numbers(program: LinearProgram) -> None:
    """Raise NumbersRefused, naming rows and columns, if a number would be dropped, rounded or misread by the solver."""
    faults: list[str] = []
    matrix = program.matrix
    for position in _faulty(matrix.data, SMALLEST, infinite=False):
        row = program.row_names[int(np.searchsorted(matrix.indptr, position, side="right")) - 1]
        column = program.column_names[int(matrix.indices[position])]
        faults.append(f"{row}: coefficient {matrix.data[position]!r} of {column}")
    for label, values, names, infinite in (
        ("cost", program.cost, program.column_names, False),
        ("lower bound", program.lower, program.column_names, True),
        ("upper bound", program.upper, program.column_names, True),
        ("lower limit", program.row_lower, program.row_names, True),
        ("upper limit", program.row_upper, program.row_names, True),
    ):
        faults += [f"{names[place]}: {label} {values[place]!r}" for place in _faulty(values, 0.0, infinite)]
    if faults:
        raise NumbersRefused(
            "numbers that no solver would treat rightly (allowed: "
            f"{SMALLEST:g} .. {LARGEST:g} in size):\n  " + "\n  ".join(faults)
        )


def _faulty(values: Array, least: float, infinite: bool) -> list[int]:
    """Return the first ten positions of what is no number, below the least, or too large but not infinite."""
    found: list[int] = []
    for start in range(0, len(values), CHUNK_SIZE):
        part = values[start : start + CHUNK_SIZE]
        sizes = np.abs(part)
        bad = ~((sizes >= least) & (sizes <= LARGEST))
        if infinite:
            bad &= ~np.isinf(part)
        found += (start + np.flatnonzero(bad)).tolist()
    return found[:10]
