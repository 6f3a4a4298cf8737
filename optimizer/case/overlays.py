"""A case with overlays: folders of tables that take the place of the case's own, as a scenario asks for them."""

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from models.case import HOURLY_TABLES, INPUT_TABLES, Array, HourlyTable, Row
from optimizer.case.case_folder import CaseFolder
from optimizer.case.case_location import overlays_folder
from optimizer.case.faults import CaseRefused, Fault, suggestion
from optimizer.case.table import Table

if TYPE_CHECKING:
    from optimizer.case.workbook import Workbook

KEY = "inputs.overlays"
SCENARIO = "scenario.toml"
STATEMENTS = "sources"
"""The table whose rows come from wherever the tables come from that they are about."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,3}")
NAMES = (*INPUT_TABLES, *(each.name for each in HOURLY_TABLES))


class OverlaidCase:
    """The tables of a case and of its overlays, later ones first; raises CaseRefused if one is no folder of it."""

    def __init__(self, own: "CaseFolder | Workbook", case_dir: Path, overlays: Collection[str]) -> None:
        self._own = own
        root = overlays_folder(case_dir)
        self._layers: dict[str, CaseFolder] = {}
        for name in reversed([*overlays]):
            folder = root / name
            if not (NAME.fullmatch(name) and folder.is_dir() and _inside(folder, root) and _tables_in(folder)):
                known = overlay_names(case_dir)
                hint = suggestion(name, known) or f"; there are {', '.join(known) or 'none'}"
                rule = "no folder with tables in the case" + hint
                raise CaseRefused([Fault("scenario", rule, column=KEY, value=name)])
            self._layers[name] = CaseFolder(folder)
        self._holders = {name: layer for layer in reversed(self._layers) for name in _tables_in(root / layer)}

    def label(self, name: str) -> str:
        """Return how a fault names a table."""
        layer = self._holders.get(name)
        return f"{layer}/{self._layers[layer].label(name)}" if layer else self._own.label(name)

    def unknown_files(self) -> list[Fault]:
        """Return a fault for every file or sheet that would be ignored in silence."""
        found = self._own.unknown_files()
        for name, layer in self._layers.items():
            found = found + _within(name, layer.unknown_files())
            if (layer.path / SCENARIO).exists():
                found.append(Fault(f"{name}/{SCENARIO}", "an overlay holds tables: the file would be ignored"))
        return found

    def table(self, name: str, row_class: type[Row]) -> tuple[Table, list[Fault]]:
        """Return the sound rows of a table and every fault."""
        if name == STATEMENTS:
            return self._statements(row_class)
        if layer := self._holders.get(name):
            table, faults = self._layers[layer].table(name, row_class)
            return replace(table, file=f"{layer}/{table.file}"), _within(layer, faults)
        return self._own.table(name, row_class)

    def hourly(
        self, table: HourlyTable, known: Collection[str], required: Collection[str]
    ) -> tuple[dict[str, Array], list[Fault]]:
        """Return the columns of an hourly table and every fault."""
        if layer := self._holders.get(table.name):
            columns, faults = self._layers[layer].hourly(table, known, required)
            return columns, _within(layer, faults)
        return self._own.hourly(table, known, required)

    def digests(self) -> dict[str, str]:
        """Return the SHA-256 of every file that was read."""
        replaced = {name for name in self._holders if name != STATEMENTS}
        own = {file: digest for file, digest in self._own.digests().items() if Path(file).stem not in replaced}
        for name, layer in self._layers.items():
            own |= {
                f"{name}/{file}": digest
                for file, digest in layer.digests().items()
                if Path(file).stem == STATEMENTS or self._holders.get(Path(file).stem) == name
            }
        return own

    def _statements(self, row_class: type[Row]) -> tuple[Table, list[Fault]]:
        """Return what is said of cells, each by the case or the overlay whose table it is about."""
        merged, faults = self._own.table(STATEMENTS, row_class)
        rows = {key: row for key, row in merged.rows.items() if key[0] not in self._holders}
        lines = {key: line for key, line in merged.lines.items() if key[0] not in self._holders}
        files, complete = dict[object, str](), merged.keys_complete
        for name, layer in self._layers.items():
            table, wrong = layer.table(STATEMENTS, row_class)
            faults += _within(name, wrong)
            complete &= table.keys_complete
            for key, row in table.rows.items():
                if self._holders.get(key[0]) == name:
                    rows[key], lines[key], files[key] = row, table.lines[key], f"{name}/{table.file}"
                elif key[0] not in _tables_in(layer.path):
                    faults += _within(name, [table.fault(key, "table", "the overlay does not hold this table")])
        return replace(merged, rows=rows, lines=lines, files=files, keys_complete=complete), faults


def overlay_names(case_dir: Path) -> list[str]:
    """Return the folders of a case that hold tables, by their way from it."""
    root = overlays_folder(case_dir)
    folders = sorted(path for path in root.rglob("*") if path.is_dir()) if root.is_dir() else []
    return [path.relative_to(root).as_posix() for path in folders if _tables_in(path)]


def _inside(folder: Path, root: Path) -> bool:
    """Tell whether a folder lies in another one, and no link leads out of it."""
    return folder.resolve().is_relative_to(root.resolve())


def _tables_in(folder: Path) -> set[str]:
    """Return the tables that a folder holds as files."""
    return {path.stem for path in folder.iterdir() if path.suffix in (".csv", ".parquet") and path.stem in NAMES}


def _within(name: str, faults: list[Fault]) -> list[Fault]:
    """Return faults of an overlay's files with the overlay before the file."""
    return [replace(fault, file=f"{name}/{fault.file}") for fault in faults]
