"""Builds the climate: `stations`, hourly `drybulb` and `wetbulb` of the weather year 2019 (UTC)."""

from pathlib import Path

import numpy as np
from pyproj import Geod

from inputs.build.fetch import opened
from inputs.build.table import read_csv, write_hourly, write_table
from models.case import Array
from optimizer.prepare.psychrometrics import saturation_pressure_pa, standard_pressure_pa, wet_bulb

FACTS = Path(__file__).with_name("facts_design.csv")
SHAPES = "hisim"
"""The package whose stations, all of the year 2019, lend their hours to places nearby."""
DESIGN_PERCENTILE = 99.6
"""Wet bulb exceeded in 35 hours a year, the usual criterion for cooling towers (ASHRAE's 0.4 %)."""
ARID_SHARE = 0.3
ARID_FROM_K = 8.0
"""Without humidity, the dew point is the day's least temperature, less 0.3 K per K of daily range above 8 K."""
NO_HUMIDITY = "wet bulb from a dew point estimated by the day's least temperature and range"
SOURCES = {
    "hisim": f"NREL NSRDB 2019, from PyPI hisim 1.2.4 (MIT); {NO_HUMIDITY}",
    "dibs_data": "TMYx 2007-2021 of Climate.OneBuilding.org (ISD, ERA5), from PyPI dibs_data 1.0.1",
    "nearest": "99 % heating and 1 % cooling dry bulb of {reference}, TMYx 2007-2021 (Climate.OneBuilding.org); hours "
    f"of {{nearest}} 2019 (NREL NSRDB, from PyPI hisim 1.2.4) rescaled to them; {NO_HUMIDITY}",
}


def main() -> None:
    """Write the three climate tables."""
    places = {place["station"]: place for place in read_csv(FACTS)}
    records = {key: _record(place) for key, place in places.items() if place["file"]}
    drybulb: dict[str, Array] = {}
    wetbulb: dict[str, Array] = {}
    rows: list[dict[str, object]] = []
    for key, place in places.items():
        nearest = key if place["file"] else _nearest(place, places)
        dry, dewpoint = records[nearest]
        if not place["file"]:
            dry = _rescaled(dry, float(place["heating_99_c"]), float(place["cooling_1_c"]))
        dry = drybulb[key] = np.round(dry, 1)
        if dewpoint is None:
            dewpoint = estimated_dewpoint(dry)
        wet = wet_bulb(dry, dewpoint, standard_pressure_pa(float(place["elevation_m"])))
        wet = wetbulb[key] = np.minimum(np.round(wet, 1), dry)
        row: dict[str, object] = {
            part: place[part] for part in ("station", "name", "latitude", "longitude", "elevation_m")
        }
        row["design_drybulb_c"] = dry.max()
        row["design_wetbulb_c"] = round(float(np.percentile(wet, DESIGN_PERCENTILE)), 1)
        row["source"] = SOURCES[place["origin"]].format(reference=place["reference"], nearest=places[nearest]["name"])
        rows.append(row | {"quality": "derived"})
    write_table("stations", rows)
    note = "Weather year 2019, UTC; see SOURCES.md, Climate and cooling"
    write_hourly("drybulb", drybulb, 1, note)
    write_hourly("wetbulb", wetbulb, 1, note)


def estimated_dewpoint(drybulb_c: Array) -> Array:
    """Estimate the dew point from the dry bulb alone, shape (8760,): near the day's minimum, lower on dry days."""
    days = drybulb_c.reshape(-1, 24)
    least, range_k = days.min(axis=1), np.ptp(days, axis=1)
    return np.repeat(least - ARID_SHARE * np.maximum(range_k - ARID_FROM_K, 0.0), 24)


def _record(place: dict[str, str]) -> tuple[Array, Array | None]:
    """Read a packaged station: hourly dry bulb in UTC and, where humidity was measured, dew point; shape (8760,)."""
    lines = opened(place["origin"], place["file"]).decode("utf-8-sig").splitlines()
    if place["file"].endswith(".epw"):
        hours = [line.split(",") for line in lines[8:]]
        ahead = round(float(lines[0].split(",")[8]))
        dry, humidity = (np.array([float(hour[column]) for hour in hours]) for column in (6, 8))
        return np.roll(dry, -ahead), np.roll(_dewpoint(dry, humidity), -ahead)
    header = next(number for number, line in enumerate(lines) if line.startswith("Year"))
    column = lines[header].split(",").index("Temperature")
    dry = np.array([float(line.split(",")[column]) for line in lines[header + 1 :] if line])
    # the quarter-hourly files say in their second line by how many hours they were turned to local time
    ahead = int(lines[1].split(",")[7]) if place["file"].endswith(".csv") else 0
    return np.roll(dry.reshape(8760, -1).mean(axis=1), -ahead), None


def _dewpoint(drybulb_c: Array, humidity_percent: Array) -> Array:
    """Invert the saturation pressure by bisection; shape (8760,)."""
    wanted = saturation_pressure_pa(drybulb_c) * humidity_percent / 100.0
    low, high = drybulb_c - 60.0, drybulb_c.copy()
    for _ in range(20):
        middle = (low + high) / 2.0
        damp = saturation_pressure_pa(middle) > wanted
        low, high = np.where(damp, low, middle), np.where(damp, middle, high)
    return (low + high) / 2.0


def _rescaled(shape_c: Array, heating_c: float, cooling_c: float) -> Array:
    """Stretch a record so that its 1st and 99th percentile become the design temperatures; shape (8760,)."""
    low, high = np.percentile(shape_c, [1.0, 99.0])
    return np.asarray(heating_c + (shape_c - low) * (cooling_c - heating_c) / (high - low))


def _nearest(place: dict[str, str], places: dict[str, dict[str, str]]) -> str:
    """Give the station of the weather year nearest to a place."""
    geod = Geod(ellps="WGS84")
    here = float(place["longitude"]), float(place["latitude"])
    distances = {
        key: geod.inv(*here, float(other["longitude"]), float(other["latitude"]))[2]
        for key, other in places.items()
        if other["origin"] == SHAPES
    }
    return min(distances, key=distances.__getitem__)


if __name__ == "__main__":
    main()
