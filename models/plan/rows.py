"""What rows of result tables are made of, and where their columns come from."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict

Number = float
MAY_BE_NEGATIVE = "may be negative"
Signed = Annotated[float, MAY_BE_NEGATIVE]


@dataclass(frozen=True)
class From:
    """The column is a variable or a named expression of an aspect, or 0 where a row has none."""

    component: str
    """`aspect.name`."""
    over: tuple[str, ...] = ()
    """Columns that it is indexed by; those of the row's index unless stated."""


@dataclass(frozen=True)
class Input:
    """The column is that of an input table, of the row whose key it shares."""

    table: str


@dataclass(frozen=True)
class Yearly:
    """The column is the energy of a year, from series of the dispatch named by all of the row's index but the period."""

    kinds: tuple[str, ...]


class ResultRow(BaseModel):
    """One row of a result table, and where its columns come from; what is not declared `optimizer/extract` works out."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    key: ClassVar[tuple[str, ...]]
    """The columns that identify a row."""
    rows: ClassVar[tuple[str, ...]] = ()
    """What there is a row for: the index of an `aspect.name`, or input tables, every combination of their keys."""
    rows_over: ClassVar[tuple[str, ...]] = ()
    """The columns that this index fills, where it is more than the key."""
    sparse: ClassVar[bool] = False
    """Whether rows are left out of which nothing in the solution differs from 0."""


class PlantRow(ResultRow):
    """A row of the plants of a technology in a zone."""

    zone: str
    """Zone."""
    technology: str
    """Technology."""
    period: str
    """Period."""
