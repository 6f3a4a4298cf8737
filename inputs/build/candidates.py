"""Puts together what is known and what is judged of every site: place, zone, years, headroom, substation.

The rules are judgement, drawn from public figures on connection times and reuse of plants; `SOURCES.md` gives reasons.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import shapely

from inputs.build.borders import polygons
from inputs.build.places import distance_km, locate, people_within
from inputs.build.table import FACTS, read_csv

NOW = 2026
SHARED_KM = 15.0
HEAT_KW_PER_PERSON = 4900 / 8760  # 4.9 MWh of heat a year per head of the EU (Eurostat, households, 2022)
HEAT_REACHED_SHARE = 0.5  # of the network's mean load, at the temperature of server heat
RANK = ("nuclear", "coal", "other", "hydro", "campus", "hub", "ai_factory")


@dataclass(frozen=True)
class Candidate:
    """A site with everything its row and its substation need."""

    site: str
    name: str
    kind: str
    country: str
    zone: str
    latitude: float
    longitude: float
    place_source: str
    plant_mw: float
    water: str
    basin: str
    permit_year: int
    connection_year: int
    headrooms: tuple[tuple[int, float], ...]
    """(from year, MW) of this site's share of the substation."""
    land_mw: float
    heat_sink_mw: float
    remark: str
    fact: Mapping[str, str]
    substation: str = ""

    @property
    def committed(self) -> bool:
        """Whether the site stands or is being built."""
        return "chip" in self.fact


@cache
def countries() -> dict[str, dict[str, str]]:
    """Give the typed facts of each country."""
    return {row["country"]: row for row in read_csv(FACTS / "facts_countries.csv")}


@cache
def candidates() -> tuple[Candidate, ...]:
    """Give every site, in order of its key, with its substation."""
    facts = read_csv(FACTS / "facts_sites.csv") + read_csv(FACTS / "facts_committed.csv")
    return tuple(_connected(sorted((_candidate(fact) for fact in facts), key=lambda one: one.site)))


def _candidate(fact: dict[str, str]) -> Candidate:
    country, kind = fact["country"], fact["kind"]
    point = locate(fact["anchor"], country, kind)
    plant_mw = float(fact.get("plant_mw") or point.plant_mw)
    permit_year, connection_year = _years(fact)
    served = people_within(point.latitude, point.longitude, 25) * float(countries()[country]["heat_share"])
    return Candidate(
        fact["site"],
        fact["name"],
        kind,
        country,
        _zone(country, point.latitude, point.longitude),
        round(point.latitude, 4),
        round(point.longitude, 4),
        point.source,
        plant_mw,
        fact["water"],
        fact["basin"],
        permit_year,
        connection_year,
        _headrooms(fact, plant_mw, connection_year),
        _land(fact, plant_mw),
        round(min(300.0, served * HEAT_KW_PER_PERSON / 1000 * HEAT_REACHED_SHARE), 1),
        fact.get("remark") or fact.get("publisher") or "",
        fact,
    )


def _years(fact: Mapping[str, str]) -> tuple[int, int]:
    """Judge the years of permit and connection: typed where something is known, else by kind and country."""
    known = fact.get("ready_year") or fact.get("year")
    if known:
        return max(int(known), NOW + 1), max(int(known), NOW + 1)
    country = countries()[fact["country"]]
    permit = NOW + int(country["permit_years"])
    if fact["kind"] == "coal":
        closed = int(fact["closing_year"])
        connection = closed + 1 if closed > NOW else NOW + int(country["coal_years"])
        return permit, max(connection, NOW + 2)
    if fact["kind"] == "nuclear":
        return permit, NOW + int(country["nuclear_years"])
    return permit, NOW + (3 if fact["country"] in ("NO", "SE", "FI") else 4)


def _headrooms(fact: Mapping[str, str], plant_mw: float, year: int) -> tuple[tuple[int, float], ...]:
    """Judge the headroom and its growth: typed, else 80 % of a retired plant, 10-20 % of a reactor, 20 % of hydro."""
    if fact.get("headroom_mw"):
        return (year, float(fact["headroom_mw"])), (year + 3, float(fact["later_mw"]))
    if fact["kind"] == "coal":
        kept = 0.4 if int(fact["closing_year"]) < 2018 else 0.8
        return ((year, _bounded(kept * plant_mw, 1000)),)
    if fact["kind"] == "nuclear":
        return (year, _bounded(0.1 * plant_mw, 1000)), (year + 3, _bounded(0.2 * plant_mw, 1000))
    return ((year, _bounded(0.2 * plant_mw, 200)),)


def _bounded(megawatts: float, most: float) -> float:
    return min(most, max(60.0, 10 * round(megawatts / 10)))


def _land(fact: Mapping[str, str], plant_mw: float) -> float:
    """Judge the land: typed, else a quarter of a coal plant's MW, 400 MW at French reactors, 200 at others."""
    if fact.get("land_mw"):
        return float(fact["land_mw"])
    if fact["kind"] == "coal":
        return min(600.0, max(150.0, 50 * round(plant_mw / 200)))
    if fact["kind"] == "nuclear":
        return 400.0 if fact["country"] == "FR" else 200.0
    return 120.0


def _zone(country: str, latitude: float, longitude: float) -> str:
    """Find the zone of the country that holds the point, or lies next to it (coasts are drawn coarsely)."""
    host = "DE" if country == "LU" else country
    listed = [row["zone"] for row in read_csv(FACTS / "facts_zones.csv") if row["country"] == host]
    point = shapely.Point(longitude, latitude)
    return min(listed, key=lambda zone: (shapely.distance(polygons()[zone], point), zone))


def _connected(found: list[Candidate]) -> list[Candidate]:
    """Let sites of a zone within 15 km of an anchor site share its substation; strong old connections come first."""
    order = sorted(found, key=lambda one: (one.committed, RANK.index(one.kind), -one.plant_mw, one.site))
    anchors: list[Candidate] = []
    chosen: dict[str, str] = {}
    for one in order:
        near = [
            (away, anchor.site)
            for anchor in anchors
            if anchor.zone == one.zone
            and (away := distance_km(one.latitude, one.longitude, anchor.latitude, anchor.longitude)) <= SHARED_KM
        ]
        if near:
            chosen[one.site] = min(near)[1]
        else:
            chosen[one.site] = one.site
            anchors.append(one)
    return [replace(one, substation=chosen[one.site]) for one in found]
