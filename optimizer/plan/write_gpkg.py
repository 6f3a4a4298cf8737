"""Writes the plan as a GeoPackage with layers sites, zones, lines and substations, which QGIS opens."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from models.plan import Answer, Plan
from optimizer.case.location import outlines_of
from optimizer.plan.headline import main_technologies, opening_periods, shown_period

WRITTEN_ON = "2000-01-01T00:00:00.000Z"
"""Date inside the file; fixed, so that the same plan gives the same bytes."""


def write_gpkg(plan: Plan, folder: Path, case_dir: Path | None = None) -> None:
    """Write `plan.gpkg` (EPSG:4326) with the answers of the period in which most compute is served.

    Zones are the polygons of the case's `zones.geojson` where it has them, else their representative points. Raises
    OSError if the file cannot be written.
    """
    period = shown_period(plan)
    opens, technologies = opening_periods(plan), main_technologies(plan)
    points = {row.zone: shapely.Point(row.longitude, row.latitude) for row in plan.zones}
    polygons = zone_polygons(case_dir)

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
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": WRITTEN_ON})
    try:
        for name, layer in {"sites": sites, "zones": zones, "lines": lines, "substations": substations}.items():
            if len(layer):
                # No spatial index: a few hundred shapes need none, and GDAL is silent if it fails as the file closes.
                layer.to_file(folder / "plan.gpkg", layer=name, driver="GPKG", engine="pyogrio", spatial_index=False)
    except (DataLayerError, DataSourceError) as fault:
        raise OSError(f"plan.gpkg: {str(fault)[:300]}") from fault
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def zone_polygons(case_dir: Path | None) -> dict[str, shapely.Geometry]:
    """Return the polygon of each zone from the case's outlines, in degrees; empty if the case has none."""
    file = outlines_of(case_dir) if case_dir else None
    if file is None or not file.is_file():
        return {}
    frame = gpd.read_file(file)
    return dict(zip(frame["zone"], frame.geometry, strict=True))


def _frame(rows: Sequence[Answer], geometry: Iterable[shapely.Geometry]) -> gpd.GeoDataFrame:
    shapes = list(geometry)
    return gpd.GeoDataFrame([row.model_dump() for row in rows], geometry=shapes, crs=4326)
