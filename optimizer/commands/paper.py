"""`gigasite paper`: the numbers of papers, filled from a study or a plan and held to it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.runtime.exit_codes import refusals


def paper(
    folder: Annotated[Path, typer.Argument(metavar="STUDY", help="A study, or a plan, as for `gigasite publish`.")],
    papers: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Markdown or LaTeX.")],
    again: Annotated[
        bool, typer.Option("--again", help="Write numbers that no longer follow from the results anew.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; an empty number is a fault.")] = False,
) -> None:
    """Fill the numbers of papers that name a run and a cell, and tell every one that is wrong."""
    errors = Console(stderr=True, highlight=False)
    with refusals(errors):
        from optimizer.study.publish import fill_papers, place_of

        found = fill_papers(place_of(folder), papers, again, check)
    for path, each in found.items():
        print(f"{path}: {each.references} figures, {each.filled} written")
