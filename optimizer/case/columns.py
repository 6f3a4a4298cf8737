"""The columns of a row class, read off its annotations: kind, unit, plausible range, meaning."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from models.case import TABLES, Row
from models.case.rows import DECISIVE
from models.settings import Section
from models.units import SMALLEST, Plausible, Unit

Kind = Literal["number", "integer", "boolean", "choice", "key", "text"]


@dataclass(frozen=True)
class Column:
    """What a table's column may hold."""

    name: str
    kind: Kind
    meaning: str
    low: float
    high: float
    smallest: float
    """Least magnitude of a number that is not zero."""
    smallest_below_zero: float
    """The same of what is below zero."""
    unit: str
    choices: tuple[str, ...]
    pattern: str | None
    may_be_empty: bool
    may_be_absent: bool
    """Whether a table may leave the column out."""
    decisive: bool = False
    """Whether it decides which site, how large or when."""
    usual: tuple[float, float] | None = None
    """Magnitudes that are not warned about."""
    median: tuple[float, float] | None = None
    """Where the median magnitude is not warned about."""

    @property
    def numeric(self) -> bool:
        """Whether its cells are numbers."""
        return self.kind in ("number", "integer")


@cache
def columns_of(row_class: type[Row | Section]) -> Mapping[str, Column]:
    """Return the columns of a table by name, in the order of its templates: where the numbers come from goes last.

    The keys of a section of the scenario are read off likewise.
    """
    fields = row_class.model_fields
    names = sorted(fields, key=lambda name: name in ("source", "quality"))
    return {name: _column(name, fields[name]) for name in names}


def table_like(header: Collection[str]) -> tuple[str, float]:
    """Return the table most of whose columns are among some, and what share of them."""
    shares = {name: share_named(header, columns_of(row_class)) for name, row_class in TABLES.items()}
    best = max(shares, key=lambda name: shares[name])
    return best, shares[best]


def share_named(header: Collection[str], columns: Collection[str]) -> float:
    """Return the share of columns that a header names."""
    return len({*header} & {*columns}) / len(columns)


def _column(name: str, field: FieldInfo) -> Column:
    plain_types, marks = _parts(field.annotation)
    marks += field.metadata
    choices = [str(choice) for plain in plain_types if get_origin(plain) is Literal for choice in get_args(plain)]
    pattern = next((str(mark.pattern) for mark in marks if isinstance(mark, StringConstraints) and mark.pattern), None)
    ranges = [mark for mark in marks if isinstance(mark, Plausible)]
    kinds: dict[Any, Kind] = {float: "number", int: "integer", bool: "boolean"}
    fallback: Kind = "key" if pattern else "choice" if choices else "text"
    lows = [mark.low for mark in marks if isinstance(mark, Unit | Plausible)]
    highs = [mark.high for mark in marks if isinstance(mark, Unit | Plausible)]
    lows += [float(str(mark.ge)) for mark in marks if isinstance(mark, Ge)]
    highs += [float(str(mark.le)) for mark in marks if isinstance(mark, Le)]
    return Column(
        name=name,
        kind=kinds.get(plain_types[0], fallback),
        meaning=(field.description or "").strip(),
        low=max(lows, default=-math.inf),
        high=min(highs, default=math.inf),
        smallest=max((mark.smallest for mark in ranges), default=SMALLEST),
        smallest_below_zero=max((mark.least_below_zero for mark in ranges), default=SMALLEST),
        unit=next((mark.symbol for mark in marks if isinstance(mark, Unit)), ""),
        choices=tuple(choice for choice in choices if choice),
        pattern=pattern,
        may_be_empty="" in choices,
        may_be_absent=not field.is_required(),
        decisive=DECISIVE in marks,
        usual=next((mark.usual for mark in ranges if mark.usual), None),
        median=next((mark.median for mark in ranges if mark.median), None),
    )


def _parts(annotation: Any) -> tuple[list[Any], list[Any]]:
    """Split an annotation such as `Key | Literal[""]` into its plain types and the marks they carry."""
    if get_origin(annotation) is Annotated:
        return [get_args(annotation)[0]], list(get_args(annotation)[1:])
    if get_origin(annotation) is Literal or not get_args(annotation):
        return [annotation], []
    parts = [_parts(argument) for argument in get_args(annotation)]
    return [plain for types, _ in parts for plain in types], [mark for _, marks in parts for mark in marks]
