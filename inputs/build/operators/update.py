"""Puts the figures of an operator's file into `headrooms.csv` of a case, touching no other line."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from inputs.build.operators.node import NodeHeadroom, Operator
from inputs.build.places import distance_km

NEAR_KM = 5.0


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
    path = case / "headrooms.csv"
    text = path.read_bytes().decode("utf-8")
    lines = text.splitlines(keepends=True)
    delimiter = ";" if ";" in lines[0] and "," not in lines[0] else ","
    header = next(csv.reader([lines[0].lstrip("\ufeff")], delimiter=delimiter))
    rows = [_row(path, number, line, header, delimiter) for number, line in enumerate(lines[1:], start=2)]
    ending = "\r\n" if lines[0].endswith("\r\n") else "\n"
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
        if len(own) == 1 and _same(rows[own[0]][1], best):
            said.append(f"{substation}: {free_mw:g} MW, as before")
            continue
        dropped = {*own, *(at for at in here if rows[at][1]["from_year"].strip() == str(best.from_year))}
        values = {
            "substation": substation,
            "from_year": str(best.from_year),
            "headroom_mw": f"{free_mw:g}",
            "source": statement(operator, best),
            "quality": "real",
        }
        was = ", ".join(f"{rows[at][1]['headroom_mw']} from {rows[at][1]['from_year']}" for at in sorted(dropped))
        lower = [
            f"; the row of {rows[at][1]['from_year']} from another source says {rows[at][1]['headroom_mw']}"
            for at in here
            if at not in dropped and float(rows[at][1]["headroom_mw"]) < free_mw
        ]
        said.append(f"{substation}: {free_mw:g} MW from {best.from_year} (was: {was or 'no row'}){''.join(lower)}")
        rows = [each for at, each in enumerate(rows) if at not in dropped]
        key = (substation, best.from_year)
        at = sum((row["substation"], int(row["from_year"])) < key for _, row in rows)
        rows.insert(at, (_line([values.get(column, "") for column in header], delimiter, ending), values))
    joined = lines[0] + "".join(line if line.endswith("\n") else line + ending for line, _ in rows)
    if joined not in (text, text + ending):
        path.write_bytes(joined.encode("utf-8"))
    return said


def _same(row: Mapping[str, str], best: NodeHeadroom) -> bool:
    return float(row["headroom_mw"]) == best.free_mw and int(row["from_year"]) <= best.from_year


def _row(path: Path, number: int, line: str, header: list[str], delimiter: str) -> tuple[str, dict[str, str]]:
    cells = next(csv.reader([line], delimiter=delimiter), [])
    if len(cells) != len(header):
        raise ValueError(f"{path.name}, line {number}: {len(cells)} cells, where the header has {len(header)}")
    return line, dict(zip(header, cells, strict=True))


def _line(cells: list[str], delimiter: str, ending: str) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator=ending).writerow(cells)
    return written.getvalue()


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return " ".join(plain.upper().replace(".", " ").split())
