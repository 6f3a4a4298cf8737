"""Writes the last section of `inputs/europe/SOURCES.md`: what every column rests on, and how its numbers were tested.

Run it last: it counts the cells of the case as built. How a column was tested is typed in `facts_columns.csv`.
"""

from collections import Counter
from collections.abc import Iterator

from inputs.build.table import EUROPE, FACTS, read_csv
from models.case import HOURLY_TABLES, TABLES, WHOLE_COLUMN, Case, Quality, Sourced
from optimizer.case.columns import columns_of
from optimizer.case.quality import decisive_columns, shares_of
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.report.markdown import table

HEADING = "## Column by column"
INTRODUCTION = """\
Written by `inputs/build/columns.py`. Shares are of the cells, real / derived / estimate in %; of an hourly table, of
its columns. A column in bold decides which site, how large or when."""


def columns(case: Case) -> Iterator[tuple[str, str]]:
    """Yield table and column of all that the case states: keys, names and references only where they decide."""
    decisive = {*decisive_columns()}
    for name, kind in TABLES.items():
        bare = {*kind.key, *kind.refers, *Sourced.model_fields, "name"}
        for column in columns_of(kind) if getattr(case, name) else ():
            if column not in bare or (name, column) in decisive:
                yield name, column
    yield from ((each.name, WHOLE_COLUMN) for each in HOURLY_TABLES if case.hourly[each.name])


def tested() -> dict[tuple[str, str], str]:
    """Return how each column was tested, as typed: (table, column) -> sentence."""
    return {(row["table"], row["column"]): row["tested"] for row in read_csv(FACTS / "facts_columns.csv")}


def column_section() -> str:
    """Return the section of the reference case as it is."""
    case = read_case(EUROPE, load_settings(EUROPE))
    said, decisive, rows = tested(), {*decisive_columns()}, []
    for name, column in columns(case):
        cells = getattr(case, name) if name in TABLES else case.hourly[name]
        counted: Counter[Quality] = Counter(case.quality(name, key, column) for key in cells)
        shares = " / ".join(f"{100 * share:.0f}" for share in shares_of(counted).values())
        title = f"`{name}.{column}`"
        shown = f"**{title}**" if (name, column) in decisive else title
        rows.append([shown, shares if name != "periods" else "", said.get((name, column), "")])
    header = ["column", "real / derived / estimate", "how it was tested, and what was found"]
    return f"{HEADING}\n\n{INTRODUCTION}\n\n{table(header, rows, marked=True)}\n"


def main() -> None:
    """Put the section behind what people wrote."""
    path = EUROPE / "SOURCES.md"
    written = path.read_text(encoding="utf-8").partition(HEADING)[0].rstrip("\n")
    path.write_text(f"{written}\n\n{column_section()}", encoding="utf-8", newline="\n")
