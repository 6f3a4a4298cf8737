"""`gigasite table`: one table of a case as a CSV file, and an hourly one back again."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from optimizer.commands.arguments import CaseFolder
from optimizer.monitor.heartbeat import heartbeat
from optimizer.runtime.exit_codes import refusals


def table(
    case: CaseFolder,
    name: Annotated[
        str | None, typer.Argument(metavar="[TABLE]", help="A table, such as `load`; without one all are listed.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", dir_okay=False, help="Write the table as this CSV file.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Take an hourly table from this CSV or parquet file.",
        ),
    ] = None,
) -> None:
    """List the tables of a case, write one as CSV (hourly ones are often parquet), or take an hourly one back."""
    human = Console(highlight=False)
    if name is None and (csv or source):
        raise typer.BadParameter("name a table", param_hint="TABLE")
    if name is not None and (csv is None) == (source is None):
        raise typer.BadParameter("say either --csv FILE or --from FILE")
    with refusals(human), heartbeat(Console(stderr=True, highlight=False), f"reading {case}"):
        from optimizer.case.table_files import list_tables, take_back, write_out

        if name is None:
            listed = Table("table", "file", "rows", "columns", "key, unit", title=case.name)
            for row in list_tables(case):
                listed.add_row(*row)
        elif csv:
            rows = write_out(case, name, csv)
            said = f"{csv}: {name}, {rows:,} rows. An hourly one goes back: gigasite table {case} {name} --from {csv}"
        elif source:
            target, notes = take_back(case, name, source)
            said = "\n".join([f"{target} holds what {source} says, which has no fault.", *notes])
    human.print(listed if name is None else said, markup=False, soft_wrap=True)
