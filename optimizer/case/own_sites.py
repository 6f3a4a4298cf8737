"""Sites in short, the table `own_sites`: a row with its substation and headroom is written out as rows of three tables.

What a row leaves empty is taken from what is near, and told. Faults of the rows written out, whichever rule they break,
name the line of the short row.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from shapely.geometry.base import BaseGeometry

from models.case import EVERY_ROW, Headroom, OwnSite, Row, Site, Sourced, Statement, Substation, row_name
from optimizer.case.checks_coordinates import distance_km
from optimizer.case.faults import NO_FILE, NO_ROW, NO_SHEET, Fault
from optimizer.case.table import Table, Tables
from optimizer.case.zone_of_place import zone_of_place

WRITTEN = ("sites", "substations", "headrooms")
"""Tables that short rows are written out to; a case with short rows may leave them out."""


def without_absences(faults: list[Fault]) -> list[Fault]:
    """Return the faults of a table that short rows fill, but for that it is not there or empty."""
    return [fault for fault in faults if fault.rule not in (NO_FILE, NO_SHEET, NO_ROW)]


def write_out(
    own: Table, tables: Mapping[str, Table], polygons: Mapping[str, BaseGeometry]
) -> tuple[dict[str, Table], list[Fault]]:
    """Return the tables with the short rows written out, every fault of these, and notes on what was filled in."""
    names = (*WRITTEN, "sources")
    added: dict[str, dict[Any, Row]] = {name: {} for name in names}
    lines: dict[str, dict[Any, int]] = {name: {} for name in names}
    of_columns = [key for key in tables["sources"].rows if key[0] in WRITTEN and key[1] == EVERY_ROW]
    told: list[Fault] = []
    for site, line in own.lines.items():
        lines["sites"].setdefault(site, line)
        if site in tables["sites"].lines:
            rule = f"repeats the key of line {tables['sites'].lines[site]} of {tables['sites'].file}"
            told.append(Fault(own.file, rule, line, "site", site))
        elif site in own.rows:
            place, found = _filled(own, site, tables, polygons)
            told += found
            wrong = [*_substation_faults(own, site, tables, lines["substations"])]
            told += wrong
            if place is not None and not wrong:
                for name, key, row in _rows(own.rows[site], place, tables):
                    added[name][key], lines[name][key] = row, line
                    for said in _statements(own.rows[site], name, row_name(key), of_columns):
                        cell = (said.table, said.row, said.column)
                        added["sources"][cell], lines["sources"][cell] = said, line
    return {**tables, **{name: _joined(tables[name], own, added[name], lines[name]) for name in names}}, told


def _joined(table: Table, own: Table, rows: Mapping[Any, Row], lines: Mapping[Any, int]) -> Table:
    """Return a table with the rows written out, in the order of their keys."""
    new = {key: line for key, line in lines.items() if key not in table.lines}
    return replace(
        table,
        rows=dict(sorted({**rows, **table.rows}.items())),
        lines=dict(sorted({**new, **table.lines}.items())),
        files={**table.files, **dict.fromkeys(new, own.file)},
        keys_complete=own.keys_complete and (table.keys_complete or not table.lines),
    )


def _filled(
    own: Table, site: str, tables: Tables, polygons: Mapping[str, BaseGeometry]
) -> tuple[dict[str, str] | None, list[Fault]]:
    """Return country, zone, basin and station of a short row, and a note on what it left empty.

    There are none, and no fault of the row either, where a table that would say it has no sound row.
    """
    row, zones, stations = own.rows[site], tables["zones"].rows, tables["stations"].rows
    if not zones or not stations:
        return None, []
    place, filled = {name: getattr(row, name) for name in ("zone", "country", "station", "basin")}, []
    if not place["zone"]:
        feeding = tables["substations"].rows.get(row.substation)
        place["zone"] = feeding.zone if feeding else zone_of_place(row, zones, polygons)
        filled.append(f"zone {place['zone']}")
    if not place["country"]:
        place["country"] = zones[place["zone"]].country if place["zone"] in zones else ""
        filled.append(f"country {place['country']}")
    if not place["station"]:
        place["station"] = min(stations, key=lambda each: distance_km(row, stations[each]))
        filled.append(f"station {place['station']}, {distance_km(row, stations[place['station']]):,.0f} km away")
    if not place["basin"]:
        others = {**tables["sites"].rows, **own.rows}
        near = [each for each, other in others.items() if other.basin]
        if not near:
            rule = "is empty, and no other site shows which basin is near: name one"
            return None, [own.fault(site, "basin", rule)]
        nearest = min(near, key=lambda each: distance_km(row, others[each]))
        place["basin"] = others[nearest].basin
        filled.append(f"basin {place['basin']}, that of {nearest}, {distance_km(row, others[nearest]):,.0f} km away")
    if not row.substation:
        filled.append(f"a substation {site} of its own, with its headroom")
    note = Fault(own.file, f"left empty and read as: {'; '.join(filled)}", own.lines[site], "site", site, note=True)
    return (place if place["country"] else None), [note] if filled else []


def _substation_faults(own: Table, site: str, tables: Tables, new: Mapping[str, int]) -> Iterator[Fault]:
    """Yield what is wrong with the substation of a short row; `new` holds the lines of those written out before."""
    row, known = own.rows[site], tables["substations"]
    code = row.substation or site
    if code in known.lines and not row.substation:
        yield own.fault(site, "substation", f"is empty, and {known.file} has a substation {code}: name it, or another")
    elif code in known.lines and row.headroom_mw:
        yield own.fault(site, "headroom_mw", f"must be 0: {tables['headrooms'].file} has the headrooms of {code}")
    elif code in new:
        rule = f"is new on line {new[code]} already: write {code} into {known.file}, its headrooms into "
        yield own.fault(site, "substation", rule + tables["headrooms"].file)


def _rows(row: OwnSite, place: Mapping[str, str], tables: Tables) -> Iterator[tuple[str, Any, Row]]:
    """Yield table, key and row of what a short row is written out as."""
    code = row.substation or row.site
    origin = {name: getattr(row, name) for name in Sourced.model_fields}
    point = {"latitude": row.latitude, "longitude": row.longitude}
    if code not in tables["substations"].lines:
        yield "substations", code, Substation(substation=code, name=row.name, zone=place["zone"], **point, **origin)
        yield (
            "headrooms",
            (code, row.connection_year),
            Headroom(substation=code, from_year=row.connection_year, headroom_mw=row.headroom_mw, **origin),
        )
    stated = {name: getattr(row, name) for name in OwnSite.model_fields if name in Site.model_fields}
    candidate = {"status": "candidate", "committed_year": row.connection_year, "committed_mw": 0.0}
    candidate |= {"committed_chip": "", "committed_cooling": "", "substation": code}
    yield "sites", row.site, Site.model_validate({**stated, **candidate, **place})


def _statements(row: OwnSite, table: str, name: str, of_columns: Iterable[tuple[str, ...]]) -> Iterator[Statement]:
    """Yield that the cells of a row written out rest on what the short row says, whatever holds for their columns."""
    for _, _, column in (key for key in of_columns if key[0] == table):
        yield Statement(table=table, row=name, column=column, source=row.source, quality=row.quality)
