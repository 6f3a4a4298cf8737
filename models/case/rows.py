"""What rows of input tables are made of: keys, sources, quality, and statements on single cells."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_+\-]{0,47}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=600)]
Quality = Literal["real", "derived", "estimate"]
Array = NDArray[np.float64]
DECISIVE = "decides which site, how large or when"
"""Marks a column that enters the choice between sites: `optimizer/case/quality.py` counts what its cells rest on."""
EVERY_ROW = "*"
"""Row of a statement that holds for every row of its table."""
WHOLE_COLUMN = "(hours)"
"""Column of a statement on an hourly table, whose rows are named after the table's columns."""


class Row(BaseModel):
    """One row of an input table."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    key: ClassVar[tuple[str, ...]]
    """The columns that identify a row."""
    refers: ClassVar[Mapping[str, str]] = {}
    """Foreign keys: column -> table whose (single) key it must name."""
    optional: ClassVar[bool] = False
    """Whether a case may leave the table out."""
    blanks: ClassVar[bool] = False
    """Whether an empty cell means the default of its column, where the column may be left out."""


class Sourced(Row):
    """A row whose numbers carry where they come from."""

    source: Source
    """Where the numbers of this row come from."""
    quality: Quality
    """real (published as is), derived (computed from published figures) or estimate (judgement)."""


class Statement(Sourced):
    """What single cells rest on, where that is not what their row says of itself."""

    key = ("table", "row", "column")
    optional = True
    table: Name
    """Table, or hourly table."""
    row: Name
    """Key of the row, its parts joined by dots; of an hourly table the name of a column; `*` for all that have none."""
    column: Name
    """Column; `(hours)` for all hours of an hourly table."""


def row_name(key: object) -> str:
    """Return how a statement names the row with a key: its parts joined by dots."""
    return ".".join(map(str, key)) if isinstance(key, tuple) else str(key)


def same(one: object, other: object) -> bool:
    """Tell whether two values are the same, number by number in arrays, which mappings may hold."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return one is other or one == other
