"""`gigasite new`: a copy of a case to start from."""

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

ROOT = Path(__file__).parents[2]


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make.")],
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
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise typer.BadParameter(f"{folder} exists and is not an empty folder", param_hint="DIR")
    shutil.copytree(origin, folder, dirs_exist_ok=True)
    human.print(f"{folder} is a copy of {origin.name}. Change it, then: gigasite check {folder}", soft_wrap=True)
