"""Where the parts of a case lie: in its folder, or in one workbook and next to it."""

import os
import re
from pathlib import Path

WORKBOOK = ".xlsx"
"""The ending of a workbook; every other file is refused as a case."""


def is_workbook(case: Path) -> bool:
    """Tell whether a case is one file, not a folder; `optimizer/case/workbook.py` says if it is a sound one."""
    return case.is_file()


def case_name(case: Path) -> str:
    """Return the name of a case: its folder's, or its workbook's without the ending."""
    path = case.resolve()
    return path_text(path.stem if is_workbook(case) else path.name)


def path_text(path: Path | str) -> str:
    r"""Return a path or name as a text that every file can hold: a byte that is no UTF-8 is written `\xe9`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def path_from_text(text: str) -> Path:
    """Return the path that was written as a text by `path_text`."""
    raw = re.sub(rb"\\x([89a-f][0-9a-f])", lambda found: bytes.fromhex(found[1].decode()), os.fsencode(text))
    path = Path(os.fsdecode(raw))
    return path if path.exists() else Path(text)


def polygons_file(case: Path) -> Path:
    """Return the file that holds the polygons of a case's zones, if there is one."""
    return case.with_suffix(".geojson") if is_workbook(case) else case / "zones.geojson"


def hourly_folder(case: Path) -> Path:
    """Return the folder that holds the hourly tables of a case, for a workbook those that are no sheets of it."""
    return case.with_suffix(".hourly") if is_workbook(case) else case


def overlays_folder(case: Path) -> Path:
    """Return the folder that holds the overlays of a case, each a folder with tables."""
    return case.with_suffix(".overlays") if is_workbook(case) else case


def scenarios_folder(case: Path) -> Path:
    """Return the folder that holds a case's own scenarios, if there is one."""
    return (case.parent if is_workbook(case) else case) / "scenarios"
