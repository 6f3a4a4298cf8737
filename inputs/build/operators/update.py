"""Puts the figures of an operator's file into `headrooms.csv` of a case, touching no other line."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from inputs.build.operators.node import NodeHeadroom, Operator
from inputs.build.places import distance_km

NEAR_KM = 5.0


class Sheet:
    """A CSV of a case as it is written: its lines, what separates its cells, its decimal sign and its line ends."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        """Read a file; raise ValueError, with file and line, if a column is missing or a row has other cells."""
        self.path = path
        self.text = path.read_bytes().decode("utf-8")
        lines = self.text.splitlines(keepends=True) or [""]
        self.head = lines[0]
        self.delimiter = ";" if ";" in self.head and "," not in self.head else ","
        self.ending = "\r\n" if self.head.endswith("\r\n") else "\n"
        self.header = next(csv.reader([self.head.lstrip("\ufeff")], delimiter=self.delimiter), [])
        if missing := [column for column in columns if column not in self.header]:
            raise ValueError(f"{path.name}, line 1: the columns {', '.join(missing)} are missing")
        self.rows = [self._row(number, line) for number, line in enumerate(lines[1:], start=2) if line.strip()]
        numbers = [row["headroom_mw"] for _, row in self.rows if "headroom_mw" in row]
        self.sign = "," if any("," in number for number in numbers) else "."

    def number(self, row: Mapping[str, str], column: str) -> float:
        """Return the number of a cell; raise ValueError, with what stands there, if it is none."""
        try:
            return float(row[column].replace(self.sign, "."))
        except ValueError as error:
            raise ValueError(
                f"{self.path.name}, {column} of {row['substation']}: {row[column]!r} is no number"
            ) from error

    def same(self, row: Mapping[str, str], best: NodeHeadroom) -> bool:
        """Tell whether a row says already what the operator says."""
        return self.number(row, "headroom_mw") == best.free_mw and self.number(row, "from_year") <= best.from_year

    def line(self, values: Mapping[str, str]) -> str:
        """Write a row as the file writes its own."""
        written = io.StringIO()
        cells = [values.get(column, "") for column in self.header]
        csv.writer(written, delimiter=self.delimiter, lineterminator=self.ending).writerow(cells)
        return written.getvalue()

    def write(self, rows: Sequence[tuple[str, Mapping[str, str]]]) -> None:
        """Write the file with other rows, if they are others."""
        if rows != self.rows:
            lines = [
                line if line.endswith("\n") else line + self.ending for line in (self.head, *(line for line, _ in rows))
            ]
            self.path.write_bytes("".join(lines).encode("utf-8"))

    def _row(self, number: int, line: str) -> tuple[str, dict[str, str]]:
        cells = next(csv.reader([line], delimiter=self.delimiter), [])
        if len(cells) != len(self.header):
            rule = f"{len(cells)} cells, where the header has {len(self.header)}"
            raise ValueError(f"{self.path.name}, line {number}: {rule}")
        return line, dict(zip(self.header, cells, strict=True))


def granted(nodes: Iterable[NodeHeadroom]) -> NodeHeadroom | None:
    """Choose, of a station's busbars, the one that grants most: a site connects to one. None if none has a figure."""
    known = [one for one in nodes if one.free_mw is not None]
    return max(known, key=lambda one: (one.free_mw or 0.0, one.node)) if known else None


def statement(operator: Operator, one: NodeHeadroom) -> str:
    """Say where a figure comes from, in the words of a `source`."""
    why = f": {one.note}" if one.note else ""
    tender = " (node kept for a tender)" if one.tender else ""
    return f"{operator.label}, {one.as_of:%d %B %Y}, node {one.node}{tender}{why}"


def matched(substations: Sequence[Mapping[str, str]], nodes: Sequence[NodeHeadroom]) -> dict[str, list[str]]:
    """Match substations to nodes by name and voltage, and by place where the operator gives it; to areas by their zone.

    A substation's name must hold its voltages, `Almaraz 400/220 kV`. Raises ValueError where a node suits several.
    """
    taken: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for row in substations:
        name, _, volts = row["name"].removesuffix(" kV").rpartition(" ")
        areas = [one.node for one in nodes if one.kv is None and one.node == row["zone"]]
        if areas:
            found[row["substation"]] = areas
        for one in nodes:
            if _folded(one.name) != _folded(name) or one.kv is None or f"{one.kv:g}" not in volts.split("/"):
                continue
            if one.latitude is not None and one.longitude is not None:
                place = float(row["latitude"]), float(row["longitude"])
                if distance_km(*place, one.latitude, one.longitude) > NEAR_KM:
                    continue
            if one.node in taken:
                rule = f"suits {taken[one.node]} and {row['substation']}: say which in a table of nodes"
                raise ValueError(f"node {one.node} {rule}")
            taken[one.node] = row["substation"]
            found.setdefault(row["substation"], []).append(one.node)
    return found


def update(
    case: Path, operator: Operator, nodes: Sequence[NodeHeadroom], mapping: Mapping[str, Sequence[str]]
) -> list[str]:
    """Update `headrooms.csv` of a case; return what was done, in sentences.

    `mapping` gives the nodes of each substation. A substation whose nodes are not in the file, or without a figure
    there, keeps its rows. A row whose figure stays keeps its bytes. Rows of later years from other sources stay.
    """
    sheet = Sheet(case / "headrooms.csv", ("substation", "from_year", "headroom_mw", "source", "quality"))
    rows = list(sheet.rows)
    by_name = {one.node: one for one in nodes}
    said: list[str] = []
    for substation, names in sorted(mapping.items()):
        missing = [name for name in names if name not in by_name]
        best = granted(by_name[name] for name in names if name in by_name)
        if missing:
            said.append(f"{substation}: not in the file: {', '.join(missing)}")
        if best is None:
            reasons = sorted({by_name[name].note for name in names if name in by_name} - {""})
            said.append(f"{substation}: no figure ({'; '.join(reasons) or 'no node'}), rows left as they are")
            continue
        free_mw = best.free_mw or 0.0
        here = [at for at, (_, row) in enumerate(rows) if row["substation"] == substation]
        own = [at for at in here if rows[at][1]["source"].startswith(operator.label)]
        if len(own) == 1 and sheet.same(rows[own[0]][1], best):
            said.append(f"{substation}: {free_mw:g} MW, as before")
            continue
        dropped = {*own, *(at for at in here if rows[at][1]["from_year"].strip() == str(best.from_year))}
        values = {
            "substation": substation,
            "from_year": str(best.from_year),
            "headroom_mw": f"{free_mw:g}".replace(".", sheet.sign),
            "source": statement(operator, best),
            "quality": "real",
        }
        was = ", ".join(f"{rows[at][1]['headroom_mw']} from {rows[at][1]['from_year']}" for at in sorted(dropped))
        lower = [
            f"; the row of {rows[at][1]['from_year']} from another source says {rows[at][1]['headroom_mw']}"
            for at in here
            if at not in dropped and sheet.number(rows[at][1], "headroom_mw") < free_mw
        ]
        said.append(f"{substation}: {free_mw:g} MW from {best.from_year} (was: {was or 'no row'}){''.join(lower)}")
        rows = [each for at, each in enumerate(rows) if at not in dropped]
        key = (substation, best.from_year)
        at = sum((row["substation"], sheet.number(row, "from_year")) < key for _, row in rows)
        rows.insert(at, (sheet.line(values), values))
    sheet.write(rows)
    return said


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return " ".join(plain.upper().replace(".", " ").split())
