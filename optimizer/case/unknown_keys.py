"""What a key that no scenario has may have meant: another key, or a column of a table."""

from collections.abc import Iterator
from difflib import get_close_matches

from models.case import TABLES
from optimizer.case.columns import columns_of
from optimizer.case.faults import LONGEST, suggestion

SYNONYMS = {
    "budget": "tranches.amount_meur",
    "capital": "tranches.amount_meur",
    "money": "tranches.amount_meur",
    "ntc": "lines.forward_mw",
    "population": "regions.population_people",
}
"""Words of the field that begin or end the name of no column -> the column that holds what they say."""
UNITS = frozenset({"mw", "mwh", "twh", "meur", "eur", "share", "per", "kt", "kg", "km", "kw", "ms", "mm3", "c", "k"})
"""Parts of a name that say how a thing is counted, not what it is."""


def unknown_key_hint(path: str, known: list[str]) -> str:
    """Return what an unknown key may have meant, among the known ones and the columns of the tables; or nothing."""
    last, table = path.rpartition(".")[2], path.partition(".")[0]
    homes = [key for key in known if key.rpartition(".")[2] == last]
    if homes:
        return f" (did you mean {homes[0]!r}?)"
    exact = sorted(_columns(last), key=lambda column: not column.startswith(f"{table}."))
    if exact:
        return _columns_hint(exact)
    if path in TABLES:
        return f" (did you mean a table of the case? {path} is one: change its rows in {path}.csv)"
    near = sorted(similar_columns(last))
    ends = {key.rpartition(".")[2] for key in known}
    if near and not get_close_matches(last[:LONGEST], ends, n=1, cutoff=0.7):
        return _columns_hint(near)
    return suggestion(path, known)


def _columns(name: str) -> Iterator[str]:
    """Yield the tables' columns of a name, as `table.column`."""
    for table, rows in TABLES.items():
        if name in columns_of(rows):
            yield f"{table}.{name}"


def similar_columns(name: str) -> Iterator[str]:
    """Yield the columns that say all that a name says, units left out."""
    said = {_single(word) for word in name.casefold().split("_")} - UNITS
    for word in said & SYNONYMS.keys():
        yield SYNONYMS[word]
    for table, rows in TABLES.items():
        for column in columns_of(rows) if said else ():
            words = {_single(word) for word in (*column.split("_"), *table.split("_"))}
            if said <= words and said & {_single(word) for word in column.split("_")}:
                yield f"{table}.{column}"


def _single(word: str) -> str:
    """Return a word without the ending of its plural."""
    return word.removesuffix("s") if len(word) > 3 else word


def _columns_hint(columns: list[str]) -> str:
    """Return where columns are, three at most."""
    named = [f"{column} of {table}.csv" for table, _, column in (column.partition(".") for column in columns[:3])]
    return f" (tables hold it, not the scenario: {' or '.join(dict.fromkeys(named))})"
