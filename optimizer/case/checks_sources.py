"""Rules on the table `sources`: a statement is about cells that there are."""

from collections.abc import Iterator, Mapping

from models.case import EVERY_ROW, HOURLY_TABLES, TABLES, WHOLE_COLUMN, Array, Sourced, row_name
from optimizer.case.columns import columns_of
from optimizer.case.faults import Fault, suggestion
from optimizer.case.table import Tables


def statement_faults(tables: Tables, hourly: Mapping[str, Mapping[str, Array]]) -> Iterator[Fault]:
    """Yield the statements that name no table, no column of it, or no row."""
    listed = tables["sources"]
    known: dict[str, tuple[list[str], list[str], str | None]] = {
        each.name: ([WHOLE_COLUMN], [*hourly[each.name]], None) for each in HOURLY_TABLES
    }
    for name, table in tables.items():
        if table is not listed:
            columns = [column for column in columns_of(TABLES[name]) if column not in Sourced.model_fields]
            rows = [row_name(key) for key in table.lines]
            known[name] = columns, rows, table.hidden_keys
    for key, row in listed.rows.items():
        if row.table not in known:
            yield listed.fault(key, "table", "no table of a case" + suggestion(row.table, known))
            continue
        columns, rows, hidden = known[row.table]
        if row.column not in columns:
            yield listed.fault(key, "column", f"no column of {row.table}" + suggestion(row.column, columns))
        if row.row not in (EVERY_ROW, *rows) and (rows or row.table in tables):  # the hours may be refused themselves
            yield listed.fault(
                key, "row", f"no row of {row.table}, nor {EVERY_ROW}" + suggestion(row.row, rows), hidden
            )
