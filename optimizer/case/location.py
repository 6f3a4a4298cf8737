"""Where the parts of a case lie: in its folder, or in one workbook and beside it."""

from pathlib import Path

WORKBOOK = ".xlsx"
"""The ending of a workbook; every other file is refused as a case."""


def is_workbook(case: Path) -> bool:
    """Tell whether a case is one file, not a folder; `optimizer/case/workbook.py` says if it is a sound one."""
    return case.is_file()


def case_name(case: Path) -> str:
    """Return the name of a case: its folder's, or its workbook's without the ending."""
    place = case.resolve()
    return place.stem if is_workbook(case) else place.name


def outlines_of(case: Path) -> Path:
    """Return the file that holds the polygons of a case's zones, if there is one."""
    return case.with_suffix(".geojson") if is_workbook(case) else case / "zones.geojson"


def variants_of(case: Path) -> Path:
    """Return the folder that holds a case's own scenarios, if there is one."""
    return (case.parent if is_workbook(case) else case) / "scenarios"
