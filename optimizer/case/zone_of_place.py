"""The zone in which a place lies: the one whose polygon holds it, else the one whose point is nearest."""

from collections.abc import Mapping
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from models.case import Zone
from optimizer.case.checks_coordinates import distance_km


def zone_of_place(row: Any, zones: Mapping[str, Zone], polygons: Mapping[str, BaseGeometry]) -> str:
    """Return the zone of a row with latitude and longitude in degrees; there is at least one zone."""
    point = shapely.Point(row.longitude, row.latitude)
    inside = (zone for zone, polygon in polygons.items() if zone in zones and polygon.covers(point))
    return next(inside, "") or min(zones, key=lambda zone: distance_km(row, zones[zone]))
