"""The Frictionless data package of a case folder, from the row classes and the headers of its files."""

import json
import math
import tomllib
from pathlib import Path
from typing import Any

from models.case import HOURLY_TABLES, INPUT_TABLES, TABLES, HourlyTable, Row
from optimizer.case.case_location import path_text
from optimizer.case.columns import Column, columns_of
from optimizer.case.csv_sheet import read_sheet

DIALECT = {"delimiter": ",", "decimalChar": "."}
"""How we write CSV files."""


def datapackage(case_dir: Path, name: str | None = None) -> str:
    """Return the text of `datapackage.json` for the files a case folder holds; its name is the folder's unless told."""
    file = case_dir / "scenario.toml"
    scenario = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}  # an overlay asks nothing
    terms = {"name": "MIT", "title": "MIT License; the column `source` of each row says where its figures come from"}
    if (case_dir / "SOURCES.md").is_file():
        terms = {"name": "other-open", "title": "Terms of each source, listed in SOURCES.md", "path": "SOURCES.md"}
    resources = [
        _table(path, name, row_class)
        for name, row_class in INPUT_TABLES.items()
        if (path := case_dir / f"{name}.csv").is_file()
    ]
    for table in HOURLY_TABLES:
        if (path := case_dir / f"{table.name}.csv").is_file():
            resources.append(_hourly(path, table))
        if (case_dir / f"{table.name}.parquet").is_file():
            resources.append(_file(table))
    package = {
        "profile": "data-package",
        "name": path_text(name or case_dir.name),
        "title": scenario.get("title", name or case_dir.name),
        "licenses": [terms],
        "resources": resources,
    }
    return json.dumps(package, indent=1, ensure_ascii=False) + "\n"


def _resource(name: str, ending: str, meaning: str) -> dict[str, Any]:
    resource: dict[str, Any] = {"name": name, "path": f"{name}.{ending}", "description": meaning, "format": ending}
    if ending == "csv":
        resource |= {"profile": "tabular-data-resource", "mediatype": "text/csv", "encoding": "utf-8"}
        resource["dialect"] = DIALECT
    return resource


def _table(path: Path, name: str, row_class: type[Row]) -> dict[str, Any]:
    """Describe a CSV file by the columns it has, in their order, and by those it must have."""
    declared = columns_of(row_class)
    sheet, _ = read_sheet(path.read_bytes(), path.name, declared)
    must = [name for name, column in declared.items() if not column.may_be_absent]
    header = [name for name in (sheet.header if sheet else declared) if name in declared]
    keys = [
        {"fields": [column], "reference": {"resource": target, "fields": list(TABLES[target].key)}}
        for column, target in row_class.refers.items()
    ]
    schema: dict[str, Any] = {"fields": [_field(declared[name]) for name in dict.fromkeys([*header, *must])]}
    schema |= {"primaryKey": list(row_class.key), "missingValues": [""]} | ({"foreignKeys": keys} if keys else {})
    return _resource(name, "csv", (row_class.__doc__ or "").strip()) | {"schema": schema}


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": True} if not column.may_be_empty else {}
    if math.isfinite(column.low):
        constraints["minimum"] = _plain(column.low)
    if math.isfinite(column.high):
        constraints["maximum"] = _plain(column.high)
    if column.kind == "choice":
        constraints["enum"] = list(column.choices)
    if column.pattern:
        constraints["pattern"] = column.pattern.strip("^$")
    field: dict[str, Any] = {
        "name": column.name,
        "type": column.kind if column.numeric or column.kind == "boolean" else "string",
    }
    field |= {"description": column.meaning} | ({"unit": column.unit} if column.unit else {})
    return field | ({"constraints": constraints} if constraints else {})


def _hourly(path: Path, table: HourlyTable) -> dict[str, Any]:
    """Describe an hourly CSV file by the columns it has."""
    sheet, _ = read_sheet(path.read_bytes(), path.name, ["hour"])
    bounds = {"required": True, "minimum": _plain(table.low), "maximum": _plain(table.high)}
    hour: dict[str, Any] = {"name": "hour", "type": "integer", "description": "0, 1, 2, ...", "unit": "h"}
    hour["constraints"] = {"required": True, "unique": True, "minimum": 0}
    fields = [hour] + [
        {"name": name, "type": "number", "unit": table.unit, "constraints": bounds}
        for name in (sheet.header if sheet else [])
        if name != "hour"
    ]
    schema = {"fields": fields, "primaryKey": ["hour"], "missingValues": [""]}
    return _resource(table.name, "csv", table.meaning) | {"schema": schema}


def _file(table: HourlyTable) -> dict[str, Any]:
    meaning = f"{table.meaning} Columns: hour (0, 1, ...) and one per {table.columns}; unit: {table.unit}."
    return _resource(table.name, "parquet", meaning) | {"type": "file", "mediatype": "application/vnd.apache.parquet"}


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number
