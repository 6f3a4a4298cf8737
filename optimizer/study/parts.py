"""The parts of an archive: the files of a case that a result rests on, and what a plan or a study adds to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from optimizer.case.case_folder import DESCRIPTION
from optimizer.case.case_location import hourly_folder, is_workbook, overlays_folder, scenarios_folder
from optimizer.case.setting_layers import setting_layers
from optimizer.study.archive import Content
from optimizer.study.named_figure import Results
from optimizer.study.publication import INPUTS, Publication

NOTES = ("SOURCES.md", "README.md")
"""Files that say where a case comes from."""


@dataclass(frozen=True)
class Collected:
    """What goes into an archive, before the papers and what describes it."""

    publication: Publication
    files: Mapping[str, Content]
    results: Results


def inputs_of(case: Path, names: Iterable[str], scenarios: Iterable[str]) -> dict[str, Content]:
    """Return the files of a case by their names in an archive: those that were read, its scenarios, its sources."""
    above = case.resolve().parent
    roots = [above, hourly_folder(case.resolve()), overlays_folder(case.resolve())]
    if not is_workbook(case):
        roots = roots[1:]
    found = [next(path for root in roots if (path := root / name).is_file()) for name in names]
    described = {file.parent / DESCRIPTION for file in found if file.parent != above}
    beside = [case.resolve() / name for name in NOTES] if not is_workbook(case) else []
    shipped = {f"{INPUTS}/{file.relative_to(above).as_posix()}": file for file in [*found, *described, *beside]}
    for scenario in scenarios:
        for layer in setting_layers(case, scenario)[0]:
            if layer.path is not None and layer.path.name != "scenario.toml":
                folder = scenarios_folder(case.resolve()).relative_to(above).as_posix()
                shipped[f"{INPUTS}/{folder}/{layer.path.name}"] = layer.path
    return {name: file for name, file in shipped.items() if file.is_file()}
