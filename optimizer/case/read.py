"""From a case's folder or workbook to a checked, immutable `Case`; every fault of every table is listed at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from shapely.geometry.base import BaseGeometry

from models.case import HOURLY_TABLES, TABLES, Array, Case, Climate, HourlyTable
from models.settings import Settings
from optimizer.case.case_folder import CaseFolder
from optimizer.case.case_location import case_name, is_workbook, polygons_file
from optimizer.case.checks import check_case
from optimizer.case.faults import CaseRefused, Fault, causes_first
from optimizer.case.overlays import OverlaidCase
from optimizer.case.plausibility import plausibility_warnings
from optimizer.case.polygons import read_polygons
from optimizer.case.table import Table, Tables
from optimizer.prepare.climate import compute_climate
from optimizer.prepare.latency import round_trips
from optimizer.prepare.representative_days import choose_days, whole_days

if TYPE_CHECKING:
    from optimizer.case.workbook import Workbook

Hourly = dict[str, dict[str, Array]]
CaseSource: TypeAlias = "CaseFolder | Workbook | OverlaidCase"


@dataclass(frozen=True)
class CaseInputs:
    """What the files of a case hold under some overlays, before anything is worked out from it."""

    name: str
    tables: Tables
    hourly: Hourly
    """Hourly table -> column -> values, as long as the files are."""
    polygons: Mapping[str, BaseGeometry]
    files: Mapping[str, str]
    """File -> SHA-256."""
    labels: Mapping[str, str]
    """How faults name hourly tables."""
    notes: tuple[str, ...] = ()

    def faults(self, settings: Settings, refused: Collection[str] = ()) -> list[Fault]:
        """Return the faults across tables; hourly tables that are `refused` themselves show nothing of what else is."""
        hourly = {name: {} if name in refused else columns for name, columns in self.hourly.items()}
        across = check_case(self.tables, hourly, settings, self.polygons)
        return [replace(fault, file=self.labels.get(fault.file, fault.file)) for fault in across]

    def case(self, settings: Settings) -> Case:
        """Return the case for a scenario; raises CaseRefused where the climate of a site cannot be worked out."""
        hourly, left_out = whole_days(self.hourly, settings.time)
        rows: dict[str, dict[Any, Any]] = {name: dict(table.rows) for name, table in self.tables.items()}
        rows["periods"] = dict(sorted(rows["periods"].items(), key=lambda item: item[1].first_year))
        try:
            climate = _climate(rows, hourly)
        except ValueError as error:
            raise CaseRefused([Fault(self.tables["cooling"].file, str(error))]) from None
        return Case(
            name=self.name,
            settings=settings,
            **rows,
            hourly=hourly,
            days=choose_days(hourly, rows["fleets"], settings.time),
            climate=climate,
            round_trip_ms=round_trips(rows["sites"], rows["regions"], rows["latency"], settings.service.route_factor),
            files=self.files,
            notes=(*self.notes, *left_out),
        )


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


def read_inputs(case_dir: Path, settings: Settings) -> CaseInputs:
    """Return what the files of a case hold, checked; raises CaseRefused, causes first."""
    source = case_source(case_dir, settings.inputs.overlays)
    found = source.unknown_files()
    tables: dict[str, Table] = {}
    for name, row_class in TABLES.items():
        tables[name], wrong = source.table(name, row_class)
        found += wrong
    unread = {table.file for table in tables.values() if not table.keys_complete}
    hourly: Hourly = {}
    refused: set[str] = set()
    for hourly_table in HOURLY_TABLES:
        known, required = _columns(hourly_table, tables)
        columns, wrong = source.hourly(hourly_table, known, required)
        if hidden := _named_after(hourly_table, tables):  # then a column that none is named after may be sound
            strange = [fault.column not in (None, "hour", *known) for fault in wrong]
            wrong = [replace(each, follows=hidden) if odd else each for each, odd in zip(wrong, strange, strict=True)]
        hourly[hourly_table.name] = columns
        if any(fault.follows is None and not fault.note for fault in wrong):
            refused.add(hourly_table.name)
        found += wrong
    zones = tables["zones"]
    polygons, wrong = read_polygons(polygons_file(case_dir), zones.lines, zones.hidden_keys)
    found += wrong
    labels = {table.name: source.label(table.name) for table in HOURLY_TABLES}
    inputs = CaseInputs(case_name(case_dir), tables, hourly, polygons, {}, labels)
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


def _columns(table: HourlyTable, tables: Mapping[str, Table]) -> tuple[list[str], list[str]]:
    """Return the columns an hourly table may have, and those it must have."""
    zones, technologies = tables["zones"].lines, tables["technologies"].lines
    if table.columns == "zones":
        return [*zones], [*tables["zones"].rows]
    if table.columns == "stations":
        known = tables["stations"].lines
        felt = any(row.family != "fixed" for row in tables["cooling"].rows.values())
        return [*known], sorted({row.station for row in tables["sites"].rows.values()} & {*known}) if felt else []
    return [f"{zone}.{technology}" for zone in zones for technology in technologies], []


def _climate(rows: Mapping[str, Mapping[Any, Any]], hourly: Mapping[str, Mapping[str, Array]]) -> Climate:
    hours = len(next(iter(hourly["load"].values())))
    return compute_climate(
        rows["sites"], rows["stations"], rows["cooling"], hourly["drybulb"], hourly["wetbulb"], hours
    )
