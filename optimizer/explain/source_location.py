"""Where an input stands: file, line and column of a table, or the key of a scenario and the file that states it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.case import row_name
from optimizer.case.changes import CHANGED
from optimizer.case.read import read_inputs
from optimizer.case.settings import load_settings, merged_settings
from optimizer.case.table import Tables
from optimizer.explain.limit_input import SCENARIO, LimitInput


@dataclass(frozen=True)
class SourceLocation:
    """Where an input stands."""

    file: str
    line: int | None
    """Physical line, 1 is the first; None for a row or key that is not there yet."""
    column: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}, {self.column}"


class SourceLocations:
    """The locations of a case's inputs; its tables are read again when one of them is asked for."""

    def __init__(self, case_dir: Path, scenario: str, overrides: Mapping[str, object]) -> None:
        self._case_dir, self._scenario, self._overrides = case_dir, scenario, overrides
        self._tables: Tables = {}

    def of(self, given: LimitInput) -> SourceLocation:
        """Return the location of an input."""
        if given.table != SCENARIO:
            return self.cell(given.table, given.key, given.column)
        return self.key(given.column)

    def key(self, path: str) -> SourceLocation:
        """Return the location of a key of the scenario, `section.key`."""
        _, origins = merged_settings(self._case_dir, self._scenario, self._overrides)
        origin = origins.get(path)
        where = (origin.file, origin.line) if origin else ("scenario (by default)", None)
        return SourceLocation(*where, path)

    def cell(self, table: str, key: object, column: str) -> SourceLocation:
        """Return the location of a column of a table's row."""
        if not self._tables:
            settings = load_settings(self._case_dir, self._scenario, self._overrides)
            self._tables = read_inputs(self._case_dir, settings).tables
        said = self._tables["sources"].rows.get((table, row_name(key), column))
        if said and said.source == CHANGED:
            return SourceLocation("scenario, inputs", None, f"{table}.{row_name(key)}.{column}")
        found = self._tables[table]
        if key in found.lines:
            return SourceLocation(found.file_of(key), found.lines[key], column)
        shown = ",".join(map(str, key)) if isinstance(key, tuple) else str(key)
        return SourceLocation(f"{found.file} (a new row {shown})", None, column)
