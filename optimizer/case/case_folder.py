"""A folder as a case: a CSV file per table, hourly tables as CSV or parquet."""

import hashlib
import json
from collections.abc import Collection
from pathlib import Path

from models.case import HOURLY_TABLES, INPUT_TABLES, Array, HourlyTable, Row
from optimizer.case.case_location import polygons_file
from optimizer.case.faults import NO_FILE, CaseRefused, Fault, suggestion
from optimizer.case.hourly_table import read_hourly
from optimizer.case.table import Table, read_table

DESCRIPTION = "datapackage.json"


class CaseFolder:
    """The files of a case's folder; raises CaseRefused if there is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_dir():
            raise CaseRefused([Fault(str(path), "is not a folder, nor a workbook")])
        self._dialects, self._faults = _declared_dialects(path)

    def label(self, name: str) -> str:
        """Return how a fault names a table."""
        parquet = f"{name}.parquet"
        return parquet if parquet in hourly_file_names() and (self.path / parquet).is_file() else f"{name}.csv"

    def unknown_files(self, declared: Collection[str] | None = None) -> list[Fault]:
        """Return the faults of the data package, and one for every table-like file that would be ignored in silence."""
        declared = _declared_files() if declared is None else declared
        found = sorted(path.name for path in self.path.iterdir() if path.suffix.lower() in (".csv", ".parquet"))
        rule = "no such table: the file would be ignored"
        return self._faults + [Fault(name, rule + suggestion(name, declared)) for name in found if name not in declared]

    def table(self, name: str, row_class: type[Row]) -> tuple[Table, list[Fault]]:
        """Return the sound rows of a table and every fault."""
        path = self.path / f"{name}.csv"
        if path.is_file():
            return read_table(path, row_class, *self._dialects.get(path.name, ()))
        missing = Fault(path.name, NO_FILE)
        return Table(path.name, row_class, {}, {}, keys_complete=row_class.optional), [] if row_class.optional else [
            missing
        ]

    def hourly(
        self, table: HourlyTable, known: Collection[str], required: Collection[str]
    ) -> tuple[dict[str, Array], list[Fault]]:
        """Return the columns of an hourly table and every fault."""
        endings = [f"{table.name}.{ending}" for ending in ("parquet", "csv")]
        paths = [path for name in endings if (path := self.path / name).is_file()]
        if len(paths) == 2:
            return {}, [Fault(paths[1].name, f"{paths[0].name} is there too: keep one of them")]
        if not paths:
            rule = f"the file is missing ({table.name}.parquet would do as well)"
            return {}, [Fault(f"{table.name}.csv", rule)] if required else []
        return read_hourly(paths[0], table, known, required, *self._dialects.get(paths[0].name, ()))

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file that was read."""
        read = {*_declared_files(), polygons_file(self.path).name, "scenario.toml"}
        paths = sorted(path for path in self.path.iterdir() if path.name in read)
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _declared_files() -> list[str]:
    return [*(f"{name}.csv" for name in INPUT_TABLES), *hourly_file_names()]


def hourly_file_names() -> list[str]:
    """Return the names that files of hourly tables have."""
    return [f"{table.name}.{ending}" for table in HOURLY_TABLES for ending in ("csv", "parquet")]


def _declared_dialects(case_dir: Path) -> tuple[dict[str, tuple[str, str | None]], list[Fault]]:
    """Return the decimal sign, and the delimiter if any, that datapackage.json declares for files, by file name."""
    path = case_dir / DESCRIPTION
    if not path.is_file():
        return {}, []
    try:
        resources = json.loads(path.read_bytes())["resources"]
        dialects = {resource["path"]: resource.get("dialect", {}) for resource in resources}
        signs = {file: dialect["decimalChar"] for file, dialect in dialects.items() if dialect.get("decimalChar")}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return {}, [Fault(path.name, f"is no data package: {error!r:.200}")]
    rule = 'must be "." or ","'
    wrong = {file: sign for file, sign in signs.items() if sign not in (".", ",")}
    faults = [Fault(path.name, rule, column=f"{file}: decimalChar", value=str(sign)) for file, sign in wrong.items()]
    return {file: (sign, dialects[file].get("delimiter")) for file, sign in signs.items() if file not in wrong}, faults
