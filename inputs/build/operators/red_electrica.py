"""Red Eléctrica (Spain): the monthly file of access capacity for demand, `YYYY_MM_DD_GRT_demanda.csv`.

Semicolons, four lines of headings one above the other, Spanish numbers (1.410 is one thousand four hundred and ten).
Read is the last block, *capacidad de acceso disponible para solicitudes criterio general*: MW that are granted by
order of request, after what is connected, granted and kept for tenders. A data centre is demand behind power
electronics (CEP) that rides through voltage dips (CH); what does not ride through them gets nothing at any node. A
blank means that no figure is given, mostly because operator and distributor have not agreed on the load of the
distribution grid; nothing can be granted there until they have. A node marked for a tender (*nudo de concurso*)
grants nothing outside of it.
"""

import csv
import re
from datetime import date
from pathlib import Path

from inputs.build.operators.node import FormatError, NodeHeadroom, unique

HEADINGS = 4
NODE = "Nombre y tensión del nudo"
REGION = "Comunidad Autónoma"
FREE = "CAPACIDAD DE ACCESO DISPONIBLE PARA SOLICITUDES CRITERIO GENERAL / DEMANDA / CEP / CH"
REASON = "CAPACIDAD DE ACCESO NO OTORGABLE EN RDT / Motivo capacidad no otorgable en RdT"
TENDER = "Nudo de concurso"
NUMBER = re.compile(r"\d{1,3}(\.\d{3})*(,\d+)?|\d+(,\d+)?")
NAMED = re.compile(r"(?P<name>.+) (?P<kv>\d{2,3})")
DATED = re.compile(r"(\d{4})_(\d{2})_(\d{2})_")


def read(path: Path) -> list[NodeHeadroom]:
    """Read a file of the operator; raise FormatError on headings, numbers, marks or nodes that are not as above."""
    as_of = _date(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(path, 1, "", str(error.object[error.start : error.end]), "text is not UTF-8") from error
    lines = list(csv.reader(text.splitlines(), delimiter=";"))
    if len(lines) <= HEADINGS:
        raise FormatError(path, len(lines), "", "", f"{HEADINGS} lines of headings and a line per node are expected")
    places = _columns(path, lines[:HEADINGS])
    found: list[tuple[int, NodeHeadroom]] = []
    for number, cells in enumerate(lines[HEADINGS:], start=HEADINGS + 1):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(lines[0]):
            rule = f"{len(cells)} cells, where the headings have {len(lines[0])}"
            raise FormatError(path, number, NODE, cells[0], rule)
        found.append((number, _node(path, number, {name: cells[at].strip() for name, at in places.items()}, as_of)))
    return unique(path, found, NODE)


def _date(path: Path) -> date:
    parts = DATED.match(path.name)
    try:
        return date(*(int(part) for part in parts.groups())) if parts else date.fromisoformat(path.name)
    except ValueError as error:
        rule = "the operator's file names begin with the day, YYYY_MM_DD_"
        raise FormatError(path, 1, "file name", path.name, rule) from error


def _columns(path: Path, headings: list[list[str]]) -> dict[str, int]:
    """Find the columns by all their headings from top to bottom, in whatever order they come."""
    width = len(headings[0])
    if any(len(line) != width for line in headings):
        raise FormatError(path, 1, "", f"{[len(line) for line in headings]} cells", "headings differ in length")
    names: list[str] = []
    above = [""] * HEADINGS
    for column in range(width):
        for depth in range(HEADINGS):
            heading = " ".join(headings[depth][column].split())
            if heading:
                above[depth:] = [heading, *[""] * (HEADINGS - depth - 1)]
        names.append(" / ".join(part for part in above if part))
    places = {}
    for name in (NODE, REGION, FREE, REASON, TENDER):
        at = [column for column, each in enumerate(names) if each == name]
        if len(at) != 1:
            raise FormatError(path, 1, name, f"{len(at)} columns", "exactly one column with these headings is expected")
        places[name] = at[0]
    return places


def _node(path: Path, line: int, cells: dict[str, str], as_of: date) -> NodeHeadroom:
    named = NAMED.fullmatch(" ".join(cells[NODE].split()))
    if not named:
        raise FormatError(path, line, NODE, cells[NODE], "a name and a voltage in kV are expected")
    if cells[TENDER].upper() not in {"", "SI", "SÍ", "NO"}:
        raise FormatError(path, line, TENDER, cells[TENDER], "SI, NO or blank is expected")
    free = cells[FREE]
    if free and not NUMBER.fullmatch(free):
        rule = "MW with points between thousands and a decimal comma, or blank, are expected"
        raise FormatError(path, line, FREE, free, rule)
    tender = cells[TENDER].upper() in {"SI", "SÍ"}
    granted = float(free.replace(".", "").replace(",", ".")) if free else None
    return NodeHeadroom(
        named[0],
        named["name"],
        float(named["kv"]),
        cells[REGION],
        0.0 if tender else granted,
        tender,
        as_of.year,
        " ".join(cells[REASON].split()).rstrip("."),
        as_of,
    )
