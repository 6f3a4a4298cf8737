"""What a report is made of: sections of figures, tables, charts and sentences, which the templates lay out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

_PERCENT = re.compile(r"[+-]?[\d.,]+ ?%|")


@dataclass(frozen=True)
class Text:
    """A paragraph in Markdown; names of the inputs have gone through `markdown.plain`."""

    markdown: str
    kind: str = ""
    """`warning`, `note`, or nothing."""


@dataclass(frozen=True)
class Figure:
    """A number with what it is; `source` is the `table.column` of the plan that tells where it comes from."""

    label: str
    value: float | str
    unit: str
    source: str = ""
    hint: str = ""
    """What it is to be seen beside, such as the amount that there is."""


@dataclass(frozen=True)
class Table:
    """A table with numbers to the right; the first cell of a row is its head."""

    caption: str
    columns: Mapping[str, str]
    """Heading, with the unit -> the `table.column` of the plan that the cells come from, or nothing."""
    rows: Sequence[Sequence[object]]
    total: Sequence[object] | None = None
    folded: bool = False
    """Whether it is opened by the reader."""
    anchors: Sequence[str] = ()
    """Identifiers of the rows, so that other parts can point at them."""

    def is_number(self, column: int) -> bool:
        """Tell whether a column holds numbers, or shares in percent."""
        cells = [row[column] for row in self.rows]
        if any(isinstance(value, int | float) for value in cells):
            return True
        return any(cells) and all(_PERCENT.fullmatch(str(value)) for value in cells)


@dataclass(frozen=True)
class Chart:
    """A drawing with what it shows in words, its legend, and its figures as a table where no other block has them."""

    caption: str
    svg: Markup
    words: str
    """What somebody who cannot see it is told."""
    is_labelled: bool = False
    """Whether the drawing itself says the same, so that the words are for those alone."""
    legend: tuple[tuple[str, str], ...] = ()
    """Class of the swatch -> what it stands for."""
    table: Table | None = None


Block = Text | Table | Chart
Row = tuple[Chart | Table, ...]
"""What stands side by side where there is room."""


@dataclass(frozen=True)
class Section:
    """One question of the reader and its answer."""

    anchor: str
    title: str
    lead: str
    """The answer in a sentence, in Markdown."""
    blocks: tuple["Block | Row", ...] = ()
