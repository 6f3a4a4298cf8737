"""`gigasite publish`: a plan or a study as one archive that anybody can compute again."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.runtime.exit_codes import refusals


def publish(
    folder: Annotated[
        Path, typer.Argument(metavar="STUDY", help="A study (its folder, or its name in outputs/studies), or a plan.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="The archive (.zip); by default named after the folder."),
    ] = None,
    paper: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A paper whose numbers are filled and checked; may be given more than once."),
    ] = None,
    case: Annotated[Path | None, typer.Option(metavar="CASE", exists=True, help="Where its case is now.")] = None,
) -> None:
    """Write a plan or a study, with all that is needed to compute it again, into one checksummed archive."""
    errors = Console(stderr=True, highlight=False)
    with refusals(errors), errors.status(f"publishing {folder}"):
        from optimizer.study.publish import place_of, publish_folder

        place = place_of(folder)
        found = publish_folder(place, out or Path(f"{place.resolve().name}.zip"), paper or [], case)
    for warning in found.warnings:
        errors.print(f"Warning: {warning}", markup=False, soft_wrap=True)
    print(f"{found.file}: {found.files} files, {found.size / 1e6:,.1f} MB\nSHA-256 {found.sha256}")
