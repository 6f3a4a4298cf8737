"""Draws the map layers: polygons of the bidding zones and the land behind them (`zones.geojson`, `borders.geojson`)."""

import io
import json
from collections.abc import Mapping
from functools import cache

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from inputs.build.fetch import opened
from inputs.build.table import EUROPE, FACTS, read_csv

SHUT = ("Russia", "Belarus")
"""Neighbours next to whose border nobody builds a public data centre."""

WINDOW = (-25.0, 33.0, 60.0, 72.5)
"""West, south, east and north end of the map, degrees."""


@cache
def polygons() -> dict[str, shapely.Geometry]:
    """Give the exact polygon of every zone, in degrees, from entsoe-py (MIT) or Natural Earth through world-atlas."""
    land = _countries()
    found = {}
    for fact in read_csv(FACTS / "facts_zones.csv"):
        names = fact["polygon"].split("+")
        parts = [land[name] if name in land else _bidding_zone(name) for name in names]
        found[fact["zone"]] = shapely.make_valid(shapely.union_all(parts))
    return found


def outside_km(latitude: float, longitude: float) -> float:
    """Compute the way to the border of Russia or Belarus, km, in the equal-area projection of Europe."""
    shut = shapely.union_all([_countries()[name] for name in SHUT])
    ends = gpd.GeoSeries([shut, shapely.Point(longitude, latitude)], crs=4326).clip(shapely.box(*WINDOW)).to_crs(3035)
    return float(shapely.distance(*ends)) / 1000


def main() -> None:
    """Write both layers, simplified to about 2 km (zones) and 3 km (land)."""
    window = shapely.box(*WINDOW)
    zones = {zone: _lightened(shape.intersection(window), 0.02) for zone, shape in polygons().items()}
    shore = _countries()["Norway"].buffer(0.02)  # the Norwegian polygons reach far out to sea
    zones |= {zone: shape.intersection(shore) for zone, shape in zones.items() if zone.startswith("NO")}
    _write("zones", "zone", zones)
    land = {name: shape.intersection(window) for name, shape in sorted(_countries().items())}
    land = {name: shape for name, shape in land.items() if shape.area > 0.001}
    simplified = gpd.GeoSeries(land, crs=4326).simplify_coverage(0.03)
    _write("borders", "name", {name: shapely.make_valid(shape) for name, shape in simplified.items()})


def _lightened(shape: shapely.Geometry, tolerance: float) -> shapely.Geometry:
    """Simplify a shape and leave out islands below about 20 km2, unless nothing would remain."""
    simple = shapely.make_valid(shape.simplify(tolerance))
    large = [part for part in shapely.get_parts(simple) if part.area > 0.003]
    return shapely.union_all(large) if large else simple


@cache
def _countries() -> dict[str, shapely.Geometry]:
    frame = gpd.read_file(io.BytesIO(opened("world-atlas", "package/countries-50m.json")), layer="countries")
    return {
        name: shapely.make_valid(_unwrapped(shape)) for name, shape in zip(frame["name"], frame.geometry, strict=True)
    }


def _bidding_zone(name: str) -> shapely.Geometry:
    return gpd.read_file(io.BytesIO(opened("entsoe-py", f"entsoe/geo/geojson/{name}.geojson"))).union_all()


def _unwrapped(shape: shapely.Geometry) -> shapely.Geometry:
    """Move what lies beyond the date line (eastern Russia) to its neighbours' side."""
    if not (shape.bounds[0] < -170 and shape.bounds[2] > 170):
        return shape

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([np.where(points[:, 0] < -25, points[:, 0] + 360, points[:, 0]), points[:, 1]])

    return shapely.transform(shape, move)


def _write(name: str, label: str, shapes: Mapping[str, shapely.Geometry]) -> None:
    features = []
    for key in sorted(shapes):
        flat = [part for part in shapely.get_parts(shapes[key]) if part.geom_type == "Polygon"]
        rounded = shapely.set_precision(shapely.MultiPolygon(flat), 0.01)
        if not rounded.is_empty:
            geometry = json.loads(shapely.to_geojson(rounded))
            geometry["coordinates"] = _rounded(geometry["coordinates"])
            features.append({"type": "Feature", "properties": {label: key}, "geometry": geometry})
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    text = f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'
    (EUROPE / f"{name}.geojson").write_text(text, encoding="utf-8")


def _rounded(nested: list[object]) -> list[object]:
    return [_rounded(one) if isinstance(one, list) else round(float(one), 2) for one in nested]  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
