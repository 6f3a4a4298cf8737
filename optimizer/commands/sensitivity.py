"""`gigasite sensitivity`: what decides in a study, and which of its sites are sure."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.runtime.exit_codes import refusals


def sensitivity(
    study: Annotated[
        Path, typer.Argument(metavar="STUDY_FOLDER", exists=True, file_okay=False, help="What `gigasite sweep` wrote.")
    ],
    measure: Annotated[
        list[str] | None, typer.Option("--measure", metavar="NAME", help="Only this measure; may be repeated.")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(metavar="FILE.md", help="The page; tables and pictures go into a folder of its name beside it."),
    ] = None,
    alternatives: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV", exists=True, dir_okay=False, help="Sites table of `gigasite alternatives`, to stand beside."
        ),
    ] = None,
) -> None:
    """Tell which factors of a study decide, each beside the gap, how often each site is chosen and what it hangs on."""
    target = page or study / "sensitivity.md"
    if target.suffix != ".md":
        raise typer.BadParameter("name a file that ends in .md", param_hint="--page")
    with refusals(Console(stderr=True, highlight=False)):
        from optimizer.study.analysis import analyse

        analyse(study, target, tuple(measure or ()), alternatives)
        print(target.read_text(encoding="utf-8"))
