"""Rules on coordinates: what belongs to a zone lies near its point and inside its polygon; a swapped pair is named."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

import shapely
from pyproj import Geod, Transformer
from shapely.geometry.base import BaseGeometry

from optimizer.case.faults import Fault
from optimizer.case.table import Table

FAR_KM = 1500.0
"""No site or substation is farther than this from its zone's point, no region from every zone's: zones are smaller."""
STATION_KM = 750.0
"""A station that is farther than this from a site tells nothing of its weather."""
POINT_KM = 100.0
"""A zone's point may lie off its polygon by that much, among islands and fjords."""
BORDER_KM = 25.0
"""Simplified polygons lose that much of a coast or border; rounded coordinates, that much of a line's length."""

_GLOBE = Geod(ellps="WGS84")


def coordinate_faults(tables: Mapping[str, Table], polygons: Mapping[str, BaseGeometry]) -> Iterator[Fault]:
    """Yield the faults of places that lie where they cannot, the first one of each place.

    A zone's point lies in its polygon, a substation and a site lie in their zone, a site lies within its line's length
    of its substation and near its station, a region lies near some zone.
    """
    zones = tables["zones"].rows
    flat = {zone: _projected(polygon) for zone, polygon in polygons.items()}
    wrong = {name: dict(_misplaced(tables[name].rows, zones, flat)) for name in ("substations", "sites")}
    sound = {key: row for key, row in tables["substations"].rows.items() if key not in wrong["substations"]}
    for key, row in tables["sites"].rows.items():
        if key not in wrong["sites"] and (rule := _unreachable_rule(row, sound, tables["stations"].rows)):
            wrong["sites"][key] = rule
    wrong["zones"] = {
        key: rule for key in zones.keys() & flat if (rule := _outside_rule(zones[key], flat[key], POINT_KM))
    }
    if zones and not tables["zones"].rows_refused:
        wrong["regions"] = {
            key: rule for key, row in tables["regions"].rows.items() if (rule := _remote_rule(row, zones.values()))
        }
    for name, rules in wrong.items():
        for key, rule in sorted(rules.items()):
            table, row = tables[name], tables[name].rows[key]
            coordinates = f"{row.latitude:g}, {row.longitude:g}"
            yield Fault(table.file_of(key), rule, table.lines[key], "latitude, longitude", coordinates)


def _misplaced(
    rows: Mapping[str, Any], zones: Mapping[str, Any], flat: Mapping[str, BaseGeometry]
) -> Iterator[tuple[str, str]]:
    """Yield (key, rule) of the places that are far from their zone's point or outside its polygon."""
    for key, row in rows.items():
        zone = zones.get(row.zone)
        rule = _far_rule(row, zone, FAR_KM, f"the point of its zone {row.zone}") if zone else None
        if not rule and row.zone in flat:
            rule = _outside_rule(row, flat[row.zone], BORDER_KM)
        if rule:
            yield key, rule


def _unreachable_rule(site: Any, substations: Mapping[str, Any], stations: Mapping[str, Any]) -> str | None:
    substation, station = substations.get(site.substation), stations.get(site.station)
    rule = None
    if substation:
        name = f"its substation {site.substation}, to which its line is {site.distance_km:g} km long"
        rule = _far_rule(site, substation, site.distance_km + BORDER_KM, name)
    if not rule and station:
        rule = _far_rule(site, station, STATION_KM, f"its climate station {site.station}")
    return rule


def _remote_rule(region: Any, zones: Collection[Any]) -> str | None:
    if any(distance_km(region, zone) <= FAR_KM for zone in zones):
        return None
    nearest = min(zones, key=lambda zone: distance_km(region, zone))
    return _far_rule(region, nearest, FAR_KM, f"the nearest zone, {nearest.zone}")


def _far_rule(row: Any, anchor: Any, limit_km: float, name: str) -> str | None:
    away = distance_km(row, anchor)
    if away <= limit_km:
        return None
    slips = {
        "latitude and longitude are swapped?": (row.latitude, row.longitude),
        "the sign of the longitude is lost?": (-row.longitude, row.latitude),
    }
    near = [
        slip
        for slip, (longitude, latitude) in slips.items()
        if abs(latitude) <= 90 and _km(longitude, latitude, anchor.longitude, anchor.latitude) <= limit_km
    ]
    return f"{away:,.0f} km from {name}" + "".join(f": {slip}" for slip in near[:1])


def _outside_rule(row: Any, polygon: BaseGeometry, limit_km: float) -> str | None:
    away = shapely.distance(_projected(shapely.Point(row.longitude, row.latitude)), polygon) / 1000
    zone = f"of its zone {row.zone}"
    return None if away <= limit_km else f"{away:,.0f} km outside the polygon {zone}"


def distance_km(row: Any, anchor: Any) -> float:
    """Return the length of the geodesic between two rows with latitude and longitude."""
    return _km(row.longitude, row.latitude, anchor.longitude, anchor.latitude)


def _km(longitude: float, latitude: float, other_longitude: float, other_latitude: float) -> float:
    return float(_GLOBE.inv(longitude, latitude, other_longitude, other_latitude)[2]) / 1000


def _projected(shape: BaseGeometry) -> BaseGeometry:
    """Project degrees onto the plane of EPSG:3035, metres."""
    return shapely.transform(shape, projection().transform, interleaved=False)


@cache
def projection() -> Transformer:
    """Return what projects degrees east and north onto the plane of EPSG:3035, metres; it takes long to make."""
    return Transformer.from_crs(4326, 3035, always_xy=True)
