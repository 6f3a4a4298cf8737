"""Rules on coordinates: what belongs to a zone lies near its point and inside its polygon; swapped ones are told."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import shapely
from pyproj import Geod, Transformer
from shapely.geometry.base import BaseGeometry

from optimizer.case.faults import Fault
from optimizer.case.table import Table

FAR_KM = 1500.0
"""No site, substation or station is farther than this from its zone's point: the zones of Europe are smaller."""
BORDER_KM = 25.0
"""Simplified polygons lose that much of a coast or border."""

_GLOBE = Geod(ellps="WGS84")


def coordinate_faults(tables: Mapping[str, Table], polygons: Mapping[str, BaseGeometry]) -> Iterator[Fault]:
    """Yield the faults of sites and substations that lie outside their zones, and of sites far from their stations."""
    zones, stations = tables["zones"].rows, tables["stations"].rows
    flat = {zone: _flat(polygon) for zone, polygon in polygons.items()}
    for name in ("sites", "substations"):
        table = tables[name]
        for key, row in table.rows.items():
            zone = zones.get(row.zone)
            rule = zone and _far_rule(row, zone, f"the point of its zone {row.zone}")
            if not rule and row.zone in flat:
                rule = _outside_rule(row, flat[row.zone])
            if rule:
                yield _fault(table, key, rule)
    for key, row in tables["sites"].rows.items():
        station = stations.get(row.station)
        rule = station and _far_rule(row, station, f"its climate station {row.station}")
        if rule and not (row.zone in zones and _far_rule(row, zones[row.zone], "")):
            yield _fault(tables["sites"], key, rule)


def _fault(table: Table, key: str, rule: str) -> Fault:
    row = table.rows[key]
    return Fault(table.file, table.lines[key], "latitude, longitude", f"{row.latitude:g}, {row.longitude:g}", rule)


def _far_rule(row: Any, anchor: Any, name: str) -> str | None:
    away = _km(row.longitude, row.latitude, anchor.longitude, anchor.latitude)
    if away <= FAR_KM:
        return None
    swapped = abs(row.longitude) <= 90 and _km(row.latitude, row.longitude, anchor.longitude, anchor.latitude) <= FAR_KM
    return f"{away:,.0f} km from {name}" + (": latitude and longitude are swapped?" if swapped else "")


def _outside_rule(row: Any, polygon: BaseGeometry) -> str | None:
    away = shapely.distance(_flat(shapely.Point(row.longitude, row.latitude)), polygon) / 1000
    return f"{away:,.0f} km outside the polygon of its zone {row.zone} in zones.geojson" if away > BORDER_KM else None


def _km(longitude: float, latitude: float, other_longitude: float, other_latitude: float) -> float:
    return float(_GLOBE.inv(longitude, latitude, other_longitude, other_latitude)[2]) / 1000


def _flat(shape: BaseGeometry) -> BaseGeometry:
    """Project degrees onto the plane of EPSG:3035, metres."""
    return shapely.transform(shape, _projection().transform, interleaved=False)


@cache
def _projection() -> Transformer:
    return Transformer.from_crs(4326, 3035, always_xy=True)
