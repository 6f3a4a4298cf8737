"""Puts together what is known and what is judged of every site: place, zone, land, years.

The rules are judgement, drawn from public figures on connection times and reuse of plants; `SOURCES.md` gives reasons.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import shapely

from inputs.build.borders import polygons
from inputs.build.places import locate, people_within
from inputs.build.table import FACTS, read_csv

NOW = 2026
HEAT_KW_PER_PERSON = 4900 / 8760  # 4.9 MWh of heat a year per head of the EU (Eurostat, households, 2022)
HEAT_REACHED_SHARE = 0.5  # of the network's mean load, at the temperature of server heat


@dataclass(frozen=True)
class Candidate:
    """A site with everything its row needs."""

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
    ready_year: int
    """Year from which the ground is free and, in the old hubs, from which connections are given again."""
    land_mw: float
    heat_sink_mw: float
    remark: str
    fact: Mapping[str, str]

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
    """Give every site, in order of its key."""
    facts = read_csv(FACTS / "facts_sites.csv") + read_csv(FACTS / "facts_committed.csv")
    return tuple(sorted((_candidate(fact) for fact in facts), key=lambda one: one.site))


def _candidate(fact: dict[str, str]) -> Candidate:
    country, kind = fact["country"], fact["kind"]
    point = locate(fact["anchor"], country, kind)
    plant_mw = float(fact.get("plant_mw") or point.plant_mw)
    permit_year, ready_year = _years(fact)
    served = people_within(point.latitude, point.longitude, 25) * float(countries()[country]["heat_share"])
    return Candidate(
        fact["site"],
        fact["name"],
        kind,
        country,
        zone_of(country, point.latitude, point.longitude),
        round(point.latitude, 4),
        round(point.longitude, 4),
        point.source,
        plant_mw,
        fact["water"],
        fact["basin"],
        permit_year,
        ready_year,
        _land(fact, plant_mw),
        round(min(300.0, served * HEAT_KW_PER_PERSON / 1000 * HEAT_REACHED_SHARE), 1),
        fact.get("remark") or fact.get("publisher") or "",
        fact,
    )


def _years(fact: Mapping[str, str]) -> tuple[int, int]:
    """Judge the years of the permit and of free ground: typed where known, else by country and closing year."""
    known = fact.get("ready_year") or fact.get("year")
    if known:
        return max(int(known), NOW + 1), max(int(known), NOW + 1)
    permit = NOW + int(countries()[fact["country"]]["permit_years"])
    return permit, int(fact["closing_year"]) + 1 if fact["kind"] == "coal" else NOW


def _land(fact: Mapping[str, str], plant_mw: float) -> float:
    """Judge the land: typed, else a quarter of a coal plant's MW, 400 MW at French reactors, 200 at others."""
    if fact.get("land_mw"):
        return float(fact["land_mw"])
    if fact["kind"] == "coal":
        return min(600.0, max(150.0, 50 * round(plant_mw / 200)))
    if fact["kind"] == "nuclear":
        return 400.0 if fact["country"] == "FR" else 200.0
    return 120.0


def zone_of(country: str, latitude: float, longitude: float) -> str:
    """Find the zone of the country that holds the point, or lies next to it (coasts are drawn coarsely)."""
    host = "DE" if country == "LU" else country
    listed = [row["zone"] for row in read_csv(FACTS / "facts_zones.csv") if row["country"] == host]
    point = shapely.Point(longitude, latitude)
    return min(listed, key=lambda zone: (shapely.distance(polygons()[zone], point), zone))
