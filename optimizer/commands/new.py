"""`gigasite new`: a copy of a case to start from, as a folder or as a workbook."""

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.case.location import WORKBOOK
from optimizer.exits import refusals

ROOT = Path(__file__).parents[2]


def new(
    target: Annotated[
        Path, typer.Argument(metavar="CASE", help="Folder to make, or workbook if its name ends with .xlsx.")
    ],
    source: Annotated[
        str, typer.Option("--from", metavar="CASE", help="Case to copy: a name in inputs/ or a folder.")
    ] = "europe",
) -> None:
    """Copy a case to start from."""
    human = Console(highlight=False)
    origin = next(
        (place for place in (Path(source), ROOT / "inputs" / source) if (place / "scenario.toml").is_file()), None
    )
    if origin is None:
        known = ", ".join(sorted(place.parent.name for place in ROOT.glob("inputs/*/scenario.toml")))
        raise typer.BadParameter(f"{source} holds no scenario.toml; there are {known}", param_hint="--from")
    if target.suffix.lower() == WORKBOOK:
        _write(origin, target, human)
    else:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise typer.BadParameter(f"{target} exists and is not an empty folder", param_hint="CASE")
        shutil.copytree(origin, target, dirs_exist_ok=True)
    text = f"{target} is a copy of {origin.name}. Change it, then: gigasite check {target}"
    human.print(text, markup=False, soft_wrap=True)


def _write(origin: Path, target: Path, human: Console) -> None:
    """Write the case as a workbook that does not exist yet; inputs with faults are refused."""
    from optimizer.case.location import outlines_of

    for path in (target, outlines_of(target)):
        if path.exists():
            raise typer.BadParameter(f"{path} exists", param_hint="CASE")
    with refusals(human), human.status(f"writing {target}"):
        from optimizer.case.write_workbook import write_workbook

        target.parent.mkdir(parents=True, exist_ok=True)
        write_workbook(origin, target)
