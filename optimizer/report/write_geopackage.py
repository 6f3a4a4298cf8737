"""Writes the plan as a GeoPackage with layers sites, zones, lines and substations, which QGIS opens."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from models.plan import Plan, ResultRow
from optimizer.case.case_location import polygons_file
from optimizer.case.polygons import read_polygons
from optimizer.report.key_figures import main_technologies
from optimizer.report.period_figures import opening_periods, shown_period

WRITTEN_ON = "2000-01-01T00:00:00.000Z"
"""Date inside the file; fixed, so that the same plan gives the same bytes."""


def write_gpkg(plan: Plan, folder: Path, case_dir: Path | None = None) -> None:
    """Write `plan.gpkg` with the layers of a plan that have rows."""
    layers = {name: layer for name, layer in layer_frames(plan, case_dir).items() if len(layer)}
    (folder / "plan.gpkg").write_bytes(_package(layers))


def layer_frames(plan: Plan, case_dir: Path | None = None) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of a plan by name (EPSG:4326), with the answers of the last period.

    Zones are the polygons of the case's `zones.geojson` where it has them, else their representative points.
    """
    period = shown_period(plan)
    opens, technologies = opening_periods(plan), main_technologies(plan)
    points = {row.zone: shapely.Point(row.longitude, row.latitude) for row in plan.zones}
    polygons = zone_polygons(plan, case_dir)

    sites = _frame(
        rows := [row for row in plan.sites if row.period == period],
        [shapely.Point(row.longitude, row.latitude) for row in rows],
    )
    sites["opening_period"] = [opens.get(row.site, "") for row in rows]
    sites["chosen"] = [int(row.site in opens) for row in rows]
    sites["main_technology"] = [technologies.get(row.zone, "") if row.servers_mw > 0 else "" for row in rows]
    zones = _frame(
        zone_rows := [row for row in plan.zones if row.period == period],
        [polygons.get(row.zone, points[row.zone]) for row in zone_rows],
    )
    zones["main_technology"] = [technologies.get(row.zone, "") for row in zone_rows]
    lines = _frame(
        line_rows := [row for row in plan.lines if row.period == period],
        [shapely.LineString([points[row.from_zone], points[row.to_zone]]) for row in line_rows],
    )
    substations = _frame(
        substation_rows := [row for row in plan.substations if row.period == period],
        [shapely.Point(row.longitude, row.latitude) for row in substation_rows],
    )
    return {"sites": sites, "zones": zones, "lines": lines, "substations": substations}


def zone_polygons(plan: Plan, case_dir: Path | None) -> dict[str, BaseGeometry]:
    """Return the polygon of each zone of a plan, in degrees; empty if the case has none."""
    return read_polygons(polygons_file(case_dir), {row.zone for row in plan.zones})[0] if case_dir else {}


def _frame(rows: Sequence[ResultRow], geometry: Iterable[BaseGeometry]) -> gpd.GeoDataFrame:
    shapes = list(geometry)
    return gpd.GeoDataFrame([row.model_dump() for row in rows], geometry=shapes, crs=4326)


def _package(layers: dict[str, gpd.GeoDataFrame]) -> bytes:
    """Return a GeoPackage, which is an SQLite file; made in memory, for GDAL is silent about some faults of a disk."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN_ON})
    try:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as package:
            package.execute("ATTACH ':memory:' AS next")
            for number, (name, layer) in enumerate(layers.items()):
                memory = BytesIO()
                pyogrio.write_dataframe(layer, memory, layer=name, driver="GPKG", SPATIAL_INDEX="NO")
                package.deserialize(memory.getvalue(), name="next" if number else "main")
                if number:
                    _copy_layer(package, name)
            return package.serialize()
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _copy_layer(package: sqlite3.Connection, layer: str) -> None:
    """Copy a layer, and what is said of it, from the database `next`; its triggers last, for they count rows."""
    found = "SELECT sql FROM next.sqlite_master WHERE tbl_name = ? AND type = ?"
    for (table,) in package.execute(found, (layer, "table")).fetchall():
        package.execute(table)
    for name in (layer, "gpkg_contents", "gpkg_geometry_columns", "gpkg_ogr_contents"):
        package.execute(f'INSERT INTO main."{name}" SELECT * FROM next."{name}"')
    for (trigger,) in package.execute(found, (layer, "trigger")).fetchall():
        package.execute(trigger)
