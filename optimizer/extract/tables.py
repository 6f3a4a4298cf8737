"""Fills the result tables of a plan from a solved model, row by row and column by column, as they are declared."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

from models.case import TABLES, Case
from models.plan import From, Input, ResultRow, Yearly
from models.terms import component_of, get_or_zero
from optimizer.extract.dispatch import Dispatch
from optimizer.extract.solution_values import clean, count, read

Computed = Mapping[str, Callable[..., Any]]
"""Column that is no plain copy -> what works it out from the row's index."""


def rows_of(
    kind: type[ResultRow], case: Case, model: Any, dispatch: Dispatch, computed: Computed
) -> Iterator[ResultRow]:
    """Yield the rows of a result table; raises ValueError if something that is counted is not whole."""
    sources = {
        column: source
        for column, field in kind.model_fields.items()
        for source in field.metadata
        if isinstance(source, From | Input | Yearly)
    }
    for index in indices(kind, case, model):
        row: dict[str, Any] = dict(zip(kind.rows_over or kind.key, index, strict=True))
        found = [read(component_of(model, kind.rows[0])[index])] if kind.sparse else [1.0]
        for column, source in sources.items():
            match source:
                case From(name, over):
                    number = count if kind.model_fields[column].annotation is int else read
                    key = tuple(row[part] for part in over) or index
                    row[column] = number(get_or_zero(component_of(model, name), *key))
                    found.append(row[column])
                case Input(table):
                    key = tuple(row[part] for part in TABLES[table].key)
                    row[column] = getattr(getattr(case, table)[key if len(key) > 1 else key[0]], column)
                case Yearly(kinds):
                    row[column] = clean(dispatch.yearly_twh(kinds, ".".join(index[:-1]), index[-1]))
        if any(found):
            yield kind(**row, **{column: work_out(*index) for column, work_out in computed.items()})


def indices(kind: type[ResultRow], case: Case, model: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the index of every row that a table may have."""
    for keys in product(*(component_of(model, name) if "." in name else getattr(case, name) for name in kind.rows)):
        yield tuple(part for key in keys for part in (key if isinstance(key, tuple) else (key,)))
