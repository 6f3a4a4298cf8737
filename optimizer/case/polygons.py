"""The polygons of the zones, from GeoJSON in degrees: one per zone, valid, on this globe."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from optimizer.case.faults import Fault, capped, suggestion


def read_polygons(
    path: Path, zones: Collection[str], hidden: str | None = None
) -> tuple[dict[str, BaseGeometry], list[Fault]]:
    """Return the polygon of each zone that has one, and every fault; nothing where there is no file.

    `hidden` is the file that may hold more zones than are known.
    """
    if not path.is_file():
        return {}, []
    try:
        features = json.loads(path.read_bytes())["features"]
        if not isinstance(features, list):
            raise TypeError("`features` is no list")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return {}, [Fault(path.name, f"is no GeoJSON with features: {error!r:.200}")]
    shapes: dict[str, BaseGeometry] = {}
    faults: list[Fault] = []
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        zone = properties.get("zone") if isinstance(properties, dict) else None
        column = f"feature {number}: zone"
        if not isinstance(zone, str):
            faults.append(Fault(path.name, "no such row in the table of zones", column=column, value=str(zone)))
        elif zone not in zones:
            rule = "no such row in the table of zones" + suggestion(zone, zones)
            faults.append(Fault(path.name, rule, column=column, value=zone, follows=hidden))
        elif zone in shapes:
            faults.append(Fault(path.name, "has a polygon already", column=column, value=zone))
        else:
            shapes[zone], rules = _polygon(feature.get("geometry"))
            faults += [Fault(path.name, rule, column=column, value=zone) for rule in rules]
    return {zone: shape for zone, shape in shapes.items() if not shape.is_empty}, capped(
        faults, "features", alike=lambda fault: fault.follows
    )


def _polygon(geometry: Any) -> tuple[BaseGeometry, list[str]]:
    """Return a feature's polygon and no rule, or an empty one and the first rule that it breaks."""
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except (shapely.errors.ShapelyError, TypeError, ValueError, RecursionError) as error:
        return shapely.Polygon(), [f"its geometry cannot be read: {error!s:.200}"]
    rule = _broken_rule(shape)
    return (shapely.Polygon(), [rule]) if rule else (shape, [])


def _broken_rule(shape: BaseGeometry) -> str | None:
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon) or shape.is_empty:
        return "its geometry must be a Polygon or MultiPolygon that is not empty"
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return "its coordinates must be degrees: longitude -180 .. 180, then latitude -90 .. 90"
    return None if shape.is_valid else f"its polygon is none: {shapely.is_valid_reason(shape):.200}"
