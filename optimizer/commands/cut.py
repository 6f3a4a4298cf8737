"""`gigasite cut`: a smaller case of some countries, zones, sites or technologies of another."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperCommand

from optimizer.commands.arguments import CaseFolder
from optimizer.monitor.heartbeat import heartbeat
from optimizer.runtime.exit_codes import refusals

LISTS = ("--countries", "--zones", "--sites", "--technologies")


class Neighbours(StrEnum):
    """What becomes of the zones that are one line away from those kept."""

    KEEP = "keep"
    DROP = "drop"


class ListOptions(TyperCommand):
    """A command whose lists may be written `--countries ES PT FR`: names up to the next option belong to the last."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Write the option before every name of its list."""
        spread: list[str] = []
        option = ""
        for word in args:
            if word.startswith("-"):
                option = word if word in LISTS else ""
                spread += [] if option else [word]
            else:
                spread += [option, word] if option else [word]
        return super().parse_args(ctx, spread)


def cut(
    case: CaseFolder,
    out: Annotated[Path, typer.Option("--out", metavar="NEW", help="Folder to make.")],
    countries: Annotated[
        list[str] | None, typer.Option(metavar="KEY ...", help="Countries whose sites, zones and regions are kept.")
    ] = None,
    zones: Annotated[
        list[str] | None, typer.Option(metavar="KEY ...", help="Zones whose sites and regions are kept.")
    ] = None,
    sites: Annotated[list[str] | None, typer.Option(metavar="KEY ...", help="Sites that are kept.")] = None,
    technologies: Annotated[
        list[str] | None, typer.Option(metavar="KEY ...", help="Technologies that are kept; others lose their plants.")
    ] = None,
    neighbours: Annotated[
        Neighbours,
        typer.Option(help="Zones one line away: kept as borders, with load and plants but no sites, or dropped."),
    ] = Neighbours.KEEP,
) -> None:
    """Make a smaller case of some countries, zones, sites or technologies; a site stays if every list keeps it."""
    human = Console(highlight=False)
    chosen = {"countries": countries, "zones": zones, "sites": sites, "technologies": technologies}
    # names may be parted by commas as well
    named = {name: _split(words) for name, words in chosen.items() if words}
    if not named:
        raise typer.BadParameter(f"name what is kept: {', '.join(LISTS)}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise typer.BadParameter(f"{out} exists and is not an empty folder", param_hint="--out")
    if out.resolve().is_relative_to(case.resolve()):
        raise typer.BadParameter(f"{out} lies in the case", param_hint="--out")
    with refusals(human), heartbeat(Console(stderr=True, highlight=False), f"cutting {case}"):
        from optimizer.case.cut import Selection
        from optimizer.case.write_cut import write_cut

        told = write_cut(case, Selection(**named, neighbours=neighbours is Neighbours.KEEP), out)
    for line in told:
        human.print(line, markup=False, soft_wrap=True)
    human.print(f"{out}/CUT.md lists all that was left out. Then: gigasite check {out}", markup=False, soft_wrap=True)


def _split(words: list[str]) -> frozenset[str]:
    return frozenset(part.strip() for word in words for part in word.split(",") if part.strip())
