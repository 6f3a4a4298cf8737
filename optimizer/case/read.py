"""From a case's folder or workbook to a checked, immutable `Case`; every fault of every table is listed at once."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from models.case import HOURLY_TABLES, SHORT_TABLES, TABLES, Case, HourlyTable
from models.settings import Settings
from optimizer.case.case_folder import CaseFolder
from optimizer.case.case_inputs import CaseInputs, Hourly
from optimizer.case.case_location import case_name, is_workbook, polygons_file
from optimizer.case.changes import as_asked
from optimizer.case.faults import CaseRefused, Fault, causes_first
from optimizer.case.overlays import OverlaidCase
from optimizer.case.own_sites import WRITTEN, without_absences, write_out
from optimizer.case.plausibility import plausibility_warnings
from optimizer.case.polygons import read_polygons
from optimizer.case.table import Table

if TYPE_CHECKING:
    from optimizer.case.workbook import Workbook

OWN_SITES = "own_sites"
"""The table of sites in short."""
CaseSource: TypeAlias = "CaseFolder | Workbook | OverlaidCase"


def read_case(case_dir: Path, settings: Settings) -> Case:
    """Return the case a folder or workbook holds, for a scenario; raises CaseRefused with every fault."""
    return read_inputs(case_dir, settings).case(settings)


def read_with_warnings(case_dir: Path, settings: Settings) -> tuple[Case, tuple[Fault, ...]]:
    """Return the case and its plausibility warnings; raises CaseRefused with every fault."""
    inputs = read_inputs(case_dir, settings)
    case = inputs.case(settings)
    sheets = {each.name: f"{case_dir.name}, sheet {each.name}" for each in HOURLY_TABLES}
    named = {Path(file).stem: file for file in case.files}
    names = sheets | {name: named[name] for name in sheets if name in named}
    return case, plausibility_warnings(inputs.tables, case, names)


def read_inputs(case_dir: Path, settings: Settings, source: "CaseSource | None" = None) -> CaseInputs:
    """Return what the files of a case hold, checked; raises CaseRefused, causes first.

    `source` gives its tables, by default those of the case under the overlays of the scenario.
    """
    source = source or case_source(case_dir, settings.inputs.overlays)
    found = source.unknown_files()
    own, wrong = source.table(OWN_SITES, SHORT_TABLES[OWN_SITES])
    found += wrong
    tables: dict[str, Table] = {}
    for name, row_class in TABLES.items():
        tables[name], wrong = source.table(name, row_class)
        found += without_absences(wrong) if own.lines and name in WRITTEN else wrong
    zones = tables["zones"]
    polygons, wrong = read_polygons(polygons_file(case_dir), zones.lines, zones.hidden_keys)
    found += wrong
    if own.lines:
        tables, wrong = write_out(own, tables, polygons)
        found += wrong
    unread = {table.file for table in tables.values() if not table.keys_complete}
    hourly: Hourly = {}
    refused: set[str] = set()
    for hourly_table in HOURLY_TABLES:
        known, required = hourly_columns(hourly_table, tables)
        columns, wrong = source.hourly(hourly_table, known, required)
        if hidden := _named_after(hourly_table, tables):  # then a column that none is named after may be sound
            strange = [fault.column not in (None, "hour", *known) for fault in wrong]
            wrong = [replace(each, follows=hidden) if odd else each for each, odd in zip(wrong, strange, strict=True)]
        hourly[hourly_table.name] = columns
        if any(fault.follows is None and not fault.note for fault in wrong):
            refused.add(hourly_table.name)
        found += wrong
    labels = {table.name: source.label(table.name) for table in HOURLY_TABLES}
    inputs = CaseInputs(case_name(case_dir), tables, hourly, polygons, {}, labels)
    try:
        inputs = as_asked(inputs, settings)
    except CaseRefused as wrong_changes:
        found += wrong_changes.faults
    found += inputs.faults(settings, refused)
    if faults := [fault for fault in found if not fault.note]:
        raise CaseRefused(causes_first(faults, unread))
    return replace(inputs, files=source.digests(), notes=tuple(str(fault) for fault in found))


def _named_after(table: HourlyTable, tables: Mapping[str, Table]) -> str | None:
    """Return the file that may hold more names of an hourly table's columns than are known, if any does."""
    names = ("zones", "technologies") if table.columns == "zone.technology" else (table.columns,)
    return next((file for name in names if (file := tables[name].hidden_keys)), None)


def case_source(case_dir: Path, overlays: Collection[str]) -> CaseSource:
    """Return where a case's tables come from under a scenario's overlays; raises CaseRefused if one is not there."""
    own: CaseFolder | Workbook = CaseFolder(case_dir) if not is_workbook(case_dir) else _workbook(case_dir)
    return OverlaidCase(own, case_dir, overlays) if overlays else own


def _workbook(path: Path) -> "Workbook":
    from optimizer.case.workbook import Workbook

    return Workbook(path)


def hourly_columns(table: HourlyTable, tables: Mapping[str, Table]) -> tuple[list[str], list[str]]:
    """Return the columns an hourly table may have, and those it must have."""
    zones, technologies = tables["zones"].lines, tables["technologies"].lines
    if table.columns == "zones":
        return [*zones], [*tables["zones"].rows]
    if table.columns == "stations":
        known = tables["stations"].lines
        felt = any(row.family != "fixed" for row in tables["cooling"].rows.values())
        return [*known], sorted({row.station for row in tables["sites"].rows.values()} & {*known}) if felt else []
    if table.columns == "substations":
        return [*tables["substations"].lines], []
    return [f"{zone}.{technology}" for zone in zones for technology in technologies], []
