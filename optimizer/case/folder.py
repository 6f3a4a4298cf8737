"""Every file of a case folder, read and checked; all that is wrong is told in one go."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from models.case import HOURLY_TABLES, TABLES, Array, HourlyTable
from models.scenario import Scenario
from optimizer.case.check import check_case
from optimizer.case.faults import CaseRefused, Fault, suggestion
from optimizer.case.hourly import read_hourly
from optimizer.case.table import Table, read_table

OUTLINES = "zones.geojson"
DESCRIPTION = "datapackage.json"


def read_folder(
    case_dir: Path, scenario: Scenario
) -> tuple[dict[str, Table], dict[str, dict[str, Array]], dict[str, str]]:
    """Return the tables, the hourly columns and the SHA-256 of the files of a folder; raises CaseRefused."""
    if not case_dir.is_dir():
        raise CaseRefused([Fault(str(case_dir), None, None, None, "is not a folder")])
    faults = _stray_files(case_dir)
    signs, wrong = _declared_signs(case_dir)
    faults += wrong
    tables: dict[str, Table] = {}
    for name, row_class in TABLES.items():
        path = case_dir / f"{name}.csv"
        tables[name] = Table(path.name, row_class, {}, {})
        if path.is_file():
            tables[name], wrong = read_table(path, row_class, signs.get(path.name))
            faults += wrong
        elif not row_class.optional:
            faults.append(Fault(path.name, None, None, None, "the file is missing"))
    hourly: dict[str, dict[str, Array]] = {}
    for hourly_table in HOURLY_TABLES:
        hourly[hourly_table.name], wrong = _hourly(case_dir, hourly_table, tables, signs)
        faults += wrong
    polygons, wrong = _outlines(case_dir / OUTLINES, tables["zones"])
    faults += wrong
    names = {Path(name).stem: name for name in (path.name for path in case_dir.iterdir()) if name in _hourly_files()}
    across = check_case(tables, hourly, scenario, polygons)
    faults += [replace(fault, file=names.get(fault.file, fault.file)) for fault in across]
    if faults:
        raise CaseRefused(sorted(faults, key=lambda fault: (fault.file, fault.line or 0)))
    read = {*_declared_files(), OUTLINES, "scenario.toml"}
    paths = sorted(path for path in case_dir.iterdir() if path.name in read)
    return tables, hourly, {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _declared_files() -> list[str]:
    return [*(f"{name}.csv" for name in TABLES), *_hourly_files()]


def _hourly_files() -> list[str]:
    return [f"{table.name}.{ending}" for table in HOURLY_TABLES for ending in ("csv", "parquet")]


def _stray_files(case_dir: Path) -> list[Fault]:
    """Return a fault for every table-like file that would be ignored in silence."""
    declared = _declared_files()
    found = sorted(path.name for path in case_dir.iterdir() if path.suffix.lower() in (".csv", ".parquet"))
    rule = "no such table: the file would be ignored"
    return [Fault(name, None, None, None, rule + suggestion(name, declared)) for name in found if name not in declared]


def _declared_signs(case_dir: Path) -> tuple[dict[str, str], list[Fault]]:
    """Return the decimal signs that the resources of datapackage.json declare, by file name."""
    path = case_dir / DESCRIPTION
    if not path.is_file():
        return {}, []
    try:
        resources = json.loads(path.read_bytes())["resources"]
        signs = {resource["path"]: resource.get("dialect", {}).get("decimalChar") for resource in resources}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return {}, [Fault(path.name, None, None, None, f"is no data package: {error!r}")]
    rule = 'must be "." or ","'
    wrong = {file: sign for file, sign in signs.items() if sign not in (None, ".", ",")}
    faults = [Fault(path.name, None, f"{file}: decimalChar", str(sign), rule) for file, sign in wrong.items()]
    return {file: sign for file, sign in signs.items() if sign and file not in wrong}, faults


def _hourly(
    case_dir: Path, table: HourlyTable, tables: Mapping[str, Table], signs: Mapping[str, str]
) -> tuple[dict[str, Array], list[Fault]]:
    """Read an hourly table; a zone must have its column, a station where some cooling of a site depends on it."""
    zones, technologies = tables["zones"].lines, tables["technologies"].lines
    known = [f"{zone}.{technology}" for zone in zones for technology in technologies]
    required: list[str] = []
    if table.columns == "zones":
        known = required = list(zones)
    elif table.columns == "stations":
        known = list(tables["stations"].lines)
        felt = any(row.family != "fixed" for row in tables["cooling"].rows.values())
        required = sorted({row.station for row in tables["sites"].rows.values()} & {*known}) if felt else []
    paths = [path for ending in ("parquet", "csv") if (path := case_dir / f"{table.name}.{ending}").is_file()]
    if len(paths) == 2:
        return {}, [Fault(paths[1].name, None, None, None, f"{paths[0].name} is there too: keep one of them")]
    if not paths:
        rule = f"the file is missing ({table.name}.parquet would do as well)"
        return {}, [Fault(f"{table.name}.csv", None, None, None, rule)] if required else []
    return read_hourly(paths[0], table, known, required, signs.get(paths[0].name))


def _outlines(path: Path, zones: Table) -> tuple[dict[str, BaseGeometry], list[Fault]]:
    """Return the polygons of the zones in degrees, where the case has them."""
    if not path.is_file():
        return {}, []
    try:
        features = json.loads(path.read_bytes())["features"]
        shapes = {feature["properties"]["zone"]: shapely.from_geojson(json.dumps(feature)) for feature in features}
    except (ValueError, KeyError, TypeError, shapely.errors.ShapelyError) as error:
        return {}, [Fault(path.name, None, None, None, f"is no GeoJSON whose features have a `zone`: {error!r}")]
    strange = [zone for zone in shapes if zone not in zones.lines]
    return shapes, [Fault(path.name, None, "zone", zone, "no such row in zones.csv") for zone in strange]
