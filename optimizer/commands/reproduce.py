"""`gigasite reproduce`: an archive computed again from its own files, figure by figure."""

import tempfile
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.runtime.exit_codes import ExitCode

SHOWN = 40
"""Figures that differ which are shown; all are in the table of `--table`."""


def reproduce(
    archive: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="An archive of `gigasite publish`.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", file_okay=False, help="Where it is unpacked and stays; by default nowhere."),
    ] = None,
    table: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write every comparison, as CSV, there.")
    ] = None,
    only: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the first N runs of a study.")] = None,
) -> None:
    """Check an archive, compute it again from its own files, and tell which figures are equal within their gap."""
    from optimizer.runtime.watched_run import watched_run

    errors = Console(stderr=True, highlight=False)
    show = partial(errors.print, markup=False, soft_wrap=True)
    with (
        watched_run(errors, "unpacking") as monitor,
        nullcontext("") if out else tempfile.TemporaryDirectory(prefix="gigasite-") as place,
    ):
        folder = out or Path(place) / "archive"
        from optimizer.study.reproduce import reproduce as reproduced
        from optimizer.study.reproduce import verdict

        found = reproduced(archive, folder, monitor, lambda difference: show(f"Not as then: {difference}"), only)
    for fault in found.faults:
        show(str(fault))
    if table is not None:
        found.compared.to_csv(table, index=False, lineterminator="\n")
    print(verdict(found, SHOWN))
    if found.stopped:
        raise typer.Exit(ExitCode.INTERRUPTED)
    raise typer.Exit(ExitCode.SOLVED if found.equal else ExitCode.UNSOUND)
