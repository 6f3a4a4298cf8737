"""`gigasite new`: a copy of a case to start from, as a folder or as a workbook."""

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.case.case_location import WORKBOOK, hourly_folder, is_workbook, overlays_folder, scenarios_folder
from optimizer.monitor.heartbeat import heartbeat
from optimizer.runtime.exit_codes import refusals

ROOT = Path(__file__).parents[2]


def new(
    target: Annotated[
        Path, typer.Argument(metavar="CASE", help="Folder to make, or workbook if its name ends with .xlsx.")
    ],
    source: Annotated[
        str, typer.Option("--from", metavar="CASE", help="Case to copy: a name in inputs/, a folder or a workbook.")
    ] = "europe",
    hourly: Annotated[
        bool, typer.Option("--hourly", help="Hourly tables as sheets of the workbook, not as files in a folder beside.")
    ] = False,
) -> None:
    """Copy a case to start from."""
    human = Console(highlight=False)
    origin = _origin(source)
    book = target.suffix.lower() == WORKBOOK
    if hourly and not book:
        raise typer.BadParameter("only a workbook has sheets: name one that ends with .xlsx", param_hint="--hourly")
    if book:
        # the files beside a workbook are found by its name once it is there
        siblings = [target.with_suffix(ending) for ending in (".geojson", ".hourly", ".overlays")]
        for path in (target, *siblings):
            if path.exists():
                raise typer.BadParameter(f"{path} exists", param_hint="CASE")
    elif target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise typer.BadParameter(f"{target} exists and is not an empty folder", param_hint="CASE")
    with refusals(human), heartbeat(Console(stderr=True, highlight=False), f"writing {target}") as report_part:
        target.parent.mkdir(parents=True, exist_ok=True)
        if book:
            from optimizer.case.write_workbook import write_workbook

            write_workbook(origin, target, hourly, report_part)
        elif is_workbook(origin):
            from optimizer.case.write_folder import write_folder

            write_folder(origin, target, report_part)
        else:
            shutil.copytree(origin, target, dirs_exist_ok=True)
    text = f"{target} is a copy of {origin.name}. Change it, then: gigasite check {target}"
    human.print(text, markup=False, soft_wrap=True)
    if book and not hourly:
        human.print(f"Its hourly tables are the files in {hourly_folder(target)}; keep them together.", soft_wrap=True)
    _copy_variants(origin, target, human)

    if is_workbook(origin) or book:  # else they came with the folder
        from optimizer.case.overlays import overlay_names

        for name in overlay_names(origin):
            shutil.copytree(overlays_folder(origin) / name, overlays_folder(target) / name)


def _origin(source: str) -> Path:
    """Return the case that is to be copied."""
    for place in (Path(source), ROOT / "inputs" / source):
        if (place / "scenario.toml").is_file() or (place.suffix.lower() == WORKBOOK and is_workbook(place)):
            return place
    known = ", ".join(sorted(place.parent.name for place in ROOT.glob("inputs/*/scenario.toml")))
    rule = f"{source} is no workbook and holds no scenario.toml; there are {known}"
    raise typer.BadParameter(rule, param_hint="--from")


def _copy_variants(origin: Path, target: Path, human: Console) -> None:
    """Copy the case's own scenarios, unless they came with its folder or would mix with others."""
    variants, place = scenarios_folder(origin), scenarios_folder(target)
    with_its_folder = not is_workbook(origin) and not is_workbook(target)
    if with_its_folder or not variants.is_dir() or place.resolve() == variants.resolve():
        return
    if place.exists():
        human.print(f"The scenarios in {variants} are not copied: {place} is there.", markup=False, soft_wrap=True)
    else:
        shutil.copytree(variants, place)
