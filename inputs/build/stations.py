"""Chooses the station of the transmission grid that each site connects to: the nearest that carries what it asks."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from inputs.build.candidates import Candidate, candidates, zone_of
from inputs.build.places import GEOD, distance_km, towns
from inputs.build.table import FACTS, read_csv

LINES_WIND = 1.2
"""Length of a line over the way as the crow flies (judgement: usual values of routing studies are 1.1 to 1.3)."""
HIGH_KV = 300.0
MOST_MW = {"220": 300.0, "380": 1000.0}
"""What a site may draw from a station of 200-299 kV and from one above (judgement: one and three circuits)."""
NAMED_KM = 3.0
LEAST_KM = 0.1
PLANTS = ("nuclear", "coal", "hydro", "other")
LATIN = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "AE"})


@dataclass(frozen=True)
class Station:
    """A station of OpenStreetMap with all its voltages."""

    station: str
    country: str
    latitude: float
    longitude: float
    kv: tuple[float, ...]
    """Voltages, the highest first."""
    key: str = ""
    name: str = ""

    @property
    def high(self) -> bool:
        """Whether it has a busbar of 300 kV or more."""
        return self.kv[0] >= HIGH_KV

    @property
    def most_mw(self) -> float:
        """What one site may draw from it, MW."""
        return MOST_MW["380" if self.high else "220"]


@dataclass(frozen=True)
class Connection:
    """The station of a site, and the line to it in km."""

    station: Station
    line_km: float


@cache
def stations() -> dict[str, tuple[Station, ...]]:
    """List the stations of each country."""
    found: dict[str, list[Station]] = {}
    for row in read_csv(FACTS / "facts_substations.csv") + read_csv(FACTS / "facts_substations_added.csv"):
        kv = tuple(float(volts) for volts in row["kv"].split(";"))
        place = float(row["latitude"]), float(row["longitude"])
        found.setdefault(row["country"], []).append(Station(row["station"], row["country"], *place, kv))
    return {country: tuple(each) for country, each in found.items()}


@cache
def connections() -> dict[str, Connection]:
    """Give the connection of every site; raise ValueError if a zone has no station that carries it.

    What is granted to a site is no other's: where others connect to the same station, it has a substation of its own.
    """
    typed = {row["site"]: row["station"] for row in read_csv(FACTS / "facts_site_stations.csv")}
    chosen = {
        one.site: next(each for each in stations()[one.country] if each.station == typed[one.site])
        if one.site in typed
        else nearest(one.country, one.zone, one.latitude, one.longitude, one.land_mw)
        for one in candidates()
    }
    named = _named([(one, chosen[one.site]) for one in candidates()])
    granted = {row["site"] for row in read_csv(FACTS / "facts_connections.csv")}
    others = {chosen[one.site].station for one in candidates() if not (one.committed or one.site in granted)}
    linked = {}
    for one in candidates():
        station = named[chosen[one.site].station]
        if one.site in granted and station.station in others:
            station = replace(station, key=f"{station.key}-{one.site[3:]}", name=f"{station.name}, for {one.name}")
        linked[one.site] = Connection(station, round(max(LEAST_KM, LINES_WIND * _away_km(one, station)), 1))
    return linked


def nearest(country: str, zone: str, latitude: float, longitude: float, asked_mw: float) -> Station:
    """Find the nearest station of the zone that carries a load in MW (at most what the strongest carries)."""
    asked = min(asked_mw, max(MOST_MW.values()))
    ways = zip(_ways_km(stations()[country], latitude, longitude), stations()[country], strict=True)
    for _, station in sorted(ways, key=lambda way: way[0]):
        if station.most_mw >= asked and zone_of(country, station.latitude, station.longitude) == zone:
            return station
    raise ValueError(f"{country}, {zone}: no station carries {asked:g} MW")


@cache
def high_voltage_km(station: Station) -> float:
    """Measure the way from a station to the nearest other one of 300 kV or more, in any country, km."""
    others = [one for each in stations().values() for one in each if one.high and one.station != station.station]
    return min(_ways_km(others, station.latitude, station.longitude))


def _ways_km(listed: Sequence[Station], latitude: float, longitude: float) -> list[float]:
    places = np.array([(one.longitude, one.latitude) for one in listed])
    count = len(places)
    metres = GEOD.inv([longitude] * count, [latitude] * count, places[:, 0], places[:, 1])[2]
    return [float(way) / 1000 for way in metres]


def _away_km(one: Candidate, station: Station) -> float:
    return distance_km(one.latitude, one.longitude, station.latitude, station.longitude)


def _named(chosen: list[tuple[Candidate, Station]]) -> dict[str, Station]:
    """Name stations as the map did in 2017, else after the plant beside them, else after the nearest town."""
    typed = {row["station"]: row["name"] for row in read_csv(FACTS / "facts_station_names.csv")}
    beside = {
        station.station: one.name.partition(" (")[0]
        for one, station in sorted(chosen, key=lambda pair: -_away_km(*pair))
        if one.kind in PLANTS and _away_km(one, station) <= NAMED_KM
    }
    named: dict[str, Station] = {}
    for station in sorted({station for _, station in chosen}, key=lambda one: one.station):
        name = typed.get(station.station) or beside.get(station.station) or _town(station)
        key = _key(station, name, {one.key for one in named.values()})
        volts = "/".join(f"{each:g}" for each in station.kv)
        place = station.latitude, station.longitude
        named[station.station] = Station(
            station.station, station.country, *place, station.kv, key, f"{name} {volts} kV"
        )
    return named


def _town(station: Station) -> str:
    near = [town for town in towns() if abs(town.latitude - station.latitude) < 0.3 and town.country == station.country]
    place = station.latitude, station.longitude
    return min(near, key=lambda town: distance_km(*place, town.latitude, town.longitude)).name


def _key(station: Station, name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name.translate(LATIN)).encode("ascii", "ignore").decode()
    letters = "".join(letter for letter in plain.upper() if letter.isalnum())[:30]
    key = f"{station.country}-{letters}-{station.kv[0]:g}"
    return next(each for each in (key, *(f"{key}-{number}" for number in range(2, 9))) if each not in taken)


if __name__ == "__main__":
    for site, link in connections().items():
        print(site, link.station.key, link.station.name, link.line_km, link.station.station, sep=",")
