"""How good the cells are that decide which site, how large or when: real, derived or estimates, by column."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from models.case import HOURLY_TABLES, TABLES, WHOLE_COLUMN, Case, Quality
from optimizer.case.columns import columns_of

QUALITIES: tuple[Quality, ...] = get_args(Quality)
Shares = dict[Quality, float]
"""Quality -> share of the cells that are of it, 0..1."""


def decisive_columns() -> Iterator[tuple[str, str]]:
    """Yield table and column of all that decides; every hourly table does."""
    for name, kind in TABLES.items():
        yield from ((name, column.name) for column in columns_of(kind).values() if column.decisive)
    yield from ((each.name, WHOLE_COLUMN) for each in HOURLY_TABLES)


def quality_counts(case: Case) -> dict[tuple[str, str], Counter[Quality]]:
    """Return how many cells of every decisive column that has any are of each quality; hourly ones by whole columns."""
    counts = {}
    for table, column in decisive_columns():
        rows: Mapping[Any, object] = getattr(case, table) if table in TABLES else case.hourly[table]
        if rows:
            counts[table, column] = Counter(case.quality(table, key, column) for key in rows)
    return counts


def shares_of(counted: Counter[Quality]) -> Shares:
    """Return counted cells as shares."""
    return {quality: counted[quality] / counted.total() for quality in QUALITIES}


def quality_shares(case: Case) -> dict[str, Shares]:
    """Return `table.column` of every decisive column that has cells -> what share of them is of each quality."""
    return {".".join(place): shares_of(counted) for place, counted in quality_counts(case).items()}


def table_counts(counts: Mapping[tuple[str, str], Counter[Quality]]) -> dict[str, Counter[Quality]]:
    """Return the same by table, all decisive columns together, those with the largest share of estimates first."""
    tables: dict[str, Counter[Quality]] = {}
    for (table, _), counted in counts.items():
        tables.setdefault(table, Counter()).update(counted)
    return dict(sorted(tables.items(), key=lambda item: -shares_of(item[1])["estimate"]))


def quality_lines(case: Case) -> Iterator[str]:
    """Yield in words what the decisive cells rest on: in all, and by table with its columns, most estimates first."""
    counts = quality_counts(case)
    total = sum(counts.values(), Counter())
    yield f"Of {total.total():,} cells that decide {_words(total)}; columns: real/derived/estimate, %."
    for table, counted in table_counts(counts).items():
        alike: dict[tuple[float, ...], list[str]] = {}
        for (owner, column), each in counts.items():
            if owner == table:
                alike.setdefault(tuple(round(100 * share) for share in shares_of(each).values()), []).append(column)
        columns = (
            f"{'/'.join(map(str, key))} {', '.join(alike[key])}" for key in sorted(alike, key=lambda key: -key[-1])
        )
        yield f"  {table}: {_words(counted)} of {counted.total():,}: {'; '.join(columns)}"


def _words(counted: Counter[Quality]) -> str:
    """Return shares in words: 40 % real, 35 % derived, 25 % estimates."""
    shares = shares_of(counted)
    return f"{shares['real']:.0%} real, {shares['derived']:.0%} derived, {shares['estimate']:.0%} estimates".replace(
        "%", " %"
    )
