"""From a case's folder or workbook to a checked, immutable `Case`; every fault of every table is told in one go."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from models.case import HOURLY_TABLES, TABLES, Array, Case, Climate, HourlyTable, Row
from models.scenario import Scenario
from optimizer.case.check import check_case
from optimizer.case.climate import compute_climate
from optimizer.case.doubts import doubts_of
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.folder import Folder
from optimizer.case.hours import choose_days
from optimizer.case.latency import round_trips
from optimizer.case.location import case_name, is_workbook, outlines_of
from optimizer.case.outlines import read_outlines
from optimizer.case.table import Table

Tables = dict[str, Table]
Hourly = dict[str, dict[str, Array]]


class Source(Protocol):
    """Where the tables of a case come from."""

    def called(self, name: str) -> str:
        """Return how a fault names a table."""

    def strays(self) -> list[Fault]:
        """Return the faults of what would be ignored in silence."""

    def table(self, name: str, row_class: type[Row]) -> tuple[Table, list[Fault]]:
        """Return the sound rows of a table and every fault."""

    def hourly(
        self, table: HourlyTable, known: Collection[str], required: Collection[str]
    ) -> tuple[dict[str, Array], list[Fault]]:
        """Return the columns of an hourly table and every fault."""

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file that was read."""


def read_case(case_dir: Path, scenario: Scenario) -> Case:
    """Return the case a folder or workbook holds, for a scenario; raises CaseRefused with every fault."""
    return _case_of(case_dir, scenario, *read_tables(case_dir, scenario))


def read_with_warnings(case_dir: Path, scenario: Scenario) -> tuple[Case, tuple[Fault, ...]]:
    """Return the case and what in it is doubtful but no fault; raises CaseRefused with every fault."""
    tables, hourly, files = read_tables(case_dir, scenario)
    case = _case_of(case_dir, scenario, tables, hourly, files)
    sheets = {each.name: f"{case_dir.name}, sheet {each.name}" for each in HOURLY_TABLES}
    named = {Path(file).stem: file for file in files}
    return case, doubts_of(tables, case, sheets | {name: named[name] for name in sheets if name in named})


def _case_of(case_dir: Path, scenario: Scenario, tables: Tables, hourly: Hourly, files: dict[str, str]) -> Case:
    rows: dict[str, dict[Any, Any]] = {name: dict(table.rows) for name, table in tables.items()}
    rows["periods"] = dict(sorted(rows["periods"].items(), key=lambda item: item[1].first_year))
    try:
        climate = _climate(rows, hourly)
    except ValueError as error:
        raise CaseRefused([Fault(tables["cooling"].file, None, None, None, str(error))]) from None
    return Case(
        name=case_name(case_dir),
        scenario=scenario,
        **rows,
        hourly=hourly,
        days=choose_days(hourly, rows["fleets"], scenario.time),
        climate=climate,
        round_trip_ms=round_trips(rows["sites"], rows["regions"], rows["latency"], scenario.service.route_factor),
        files=files,
    )


def read_tables(case_dir: Path, scenario: Scenario) -> tuple[Tables, Hourly, dict[str, str]]:
    """Return the tables, the hourly columns and the SHA-256 of the files of a case; raises CaseRefused."""
    source = source_of(case_dir)
    faults = source.strays()
    tables: Tables = {}
    for name, row_class in TABLES.items():
        tables[name], wrong = source.table(name, row_class)
        faults += wrong
    hourly: Hourly = {}
    for hourly_table in HOURLY_TABLES:
        known, required = _columns(hourly_table, tables)
        hourly[hourly_table.name], wrong = source.hourly(hourly_table, known, required)
        faults += wrong
    polygons, wrong = read_outlines(outlines_of(case_dir), tables["zones"].lines)
    faults += wrong
    names = {table.name: source.called(table.name) for table in HOURLY_TABLES}
    across = check_case(tables, hourly, scenario, polygons)
    faults += [replace(fault, file=names.get(fault.file, fault.file)) for fault in across]
    if faults:
        raise CaseRefused(sorted(faults, key=lambda fault: (fault.file, fault.line or 0)))
    return tables, hourly, source.digests()


def source_of(case_dir: Path) -> Source:
    """Return where the tables of a case come from."""
    if not is_workbook(case_dir):
        return Folder(case_dir)
    from optimizer.case.workbook import Workbook

    return Workbook(case_dir)


def _columns(table: HourlyTable, tables: Mapping[str, Table]) -> tuple[list[str], list[str]]:
    """Return the columns an hourly table may have, and those it must have."""
    zones, technologies = tables["zones"].lines, tables["technologies"].lines
    if table.columns == "zones":
        return [*zones], [*zones]
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
