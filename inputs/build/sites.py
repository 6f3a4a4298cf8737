"""Writes `sites.csv` and `basins.csv`: candidate and committed sites, the waters they draw from."""

from collections.abc import Mapping

from inputs.build.borders import outside_km
from inputs.build.candidates import Candidate, candidates, countries
from inputs.build.chips import server_kw
from inputs.build.places import distance_km, running_mw
from inputs.build.table import EUROPE, FACTS, read_csv, write_table

OPENING_MEUR = {"nuclear": 70, "coal": 80, "other": 75, "hydro": 80, "campus": 60, "hub": 100, "ai_factory": 45}
MINIMUM_MW = {"ai_factory": 40, "hub": 40, "hydro": 40}
OTHER_MINIMUM_MW = 60
LINE_KM = {"nuclear": 3, "coal": 1, "other": 2, "hydro": 5, "campus": 3, "hub": 4, "ai_factory": 3}
SATURATED_MEUR = 150.0
SATURATED = ("NL-AMSTERDAM", "IE-DUBLIN", "DE-FRANKFURT", "GB-LONDON", "FR-PARIS")
CLOSED_BY = 2031
"""Plant that runs beyond this year keeps its connection."""
BORDER_KM = 15.0
METER_TO_SERVERS = 1.15
DRAWN_SHARE = 0.0005
STRESS_SHARE = {"low": 0.05, "low-medium": 0.15, "medium-high": 0.3, "high": 0.6, "extreme": 0.9}


def main() -> None:
    """Write both tables; raise ValueError on a candidate that a stated rule shuts out."""
    for one in candidates():
        if not one.committed:
            _check(one)
    stations = read_csv(EUROPE / "stations.csv")
    write_table("sites", (_site(one, stations) for one in candidates()))
    used = {one.basin for one in candidates()}
    write_table("basins", (_basin(fact) for fact in read_csv(FACTS / "facts_basins.csv") if fact["basin"] in used))


def _check(one: Candidate) -> None:
    """Refuse a closed plant whose place is half as strong in running plant, and a place beside a shut border."""
    running = running_mw(one.latitude, one.longitude, CLOSED_BY)
    if one.kind in ("coal", "other") and running > one.plant_mw / 2:
        raise ValueError(f"{one.site}: {running:.0f} MW run on beside {one.plant_mw:.0f} MW that closed")
    away = outside_km(one.latitude, one.longitude)
    if away < BORDER_KM:
        raise ValueError(f"{one.site}: {away:.0f} km from the border of Russia or Belarus")


def _site(one: Candidate, stations: list[dict[str, str]]) -> dict[str, object]:
    committed = one.committed
    chip = one.fact["chip"] if committed else ""
    return {
        "site": one.site,
        "name": one.name,
        "kind": one.kind,
        "status": "committed" if committed else "candidate",
        "country": one.country,
        "zone": one.zone,
        "substation": one.substation,
        "basin": one.basin,
        "station": _station(one, stations),
        "latitude": one.latitude,
        "longitude": one.longitude,
        "land_mw": one.land_mw,
        "minimum_mw": 0 if committed else MINIMUM_MW.get(one.kind, OTHER_MINIMUM_MW),
        "permit_year": one.permit_year,
        "connection_year": one.connection_year,
        "distance_km": _line_km(one),
        "opening_meur": SATURATED_MEUR if one.site in SATURATED else OPENING_MEUR[one.kind],
        "water_source": one.water,
        "heat_sink_mw": one.heat_sink_mw,
        "behind_meter_mw": 0,
        "committed_year": int(one.fact["year"]) if committed else 2026,
        "committed_mw": _servers_mw(one.fact) if committed else 0,
        "committed_chip": chip,
        "committed_cooling": one.fact["cooling"] if committed else "",
        "renewed": "true" if committed and one.kind != "campus" else "false",
        "source": _source(one),
        "quality": "estimate",
    }


def _servers_mw(fact: Mapping[str, str]) -> float:
    """Give the servers' MW of a machine: as published with its chips, by its chips, or from its campus's meter."""
    if fact["chips"]:
        return float(fact["mw"]) if fact["mw"] else round(int(fact["chips"]) * server_kw(fact["chip"]) / 1000, 1)
    return round(float(fact["mw"]) / METER_TO_SERVERS, 1)


def _line_km(one: Candidate) -> float:
    """Judge the line to the substation: short on the plant's own ground, else 1.2 times the way to the shared one."""
    anchor = next(other for other in candidates() if other.site == one.substation)
    way = distance_km(one.latitude, one.longitude, anchor.latitude, anchor.longitude)
    return round(max(float(LINE_KM[one.kind]), 1.2 * way), 1)


def _station(one: Candidate, stations: list[dict[str, str]]) -> str:
    """Choose the nearest climate station."""
    ways = [
        (distance_km(one.latitude, one.longitude, float(each["latitude"]), float(each["longitude"])), each["station"])
        for each in stations
    ]
    return min(ways)[1]


def _source(one: Candidate) -> str:
    network = 100 * float(countries()[one.country]["heat_share"])
    people = f"{network:.0f} % district heat (PyPSA-Eur), towns within 25 km (GeoNames)"
    parts = [f"Coordinates: {one.place_source}"]
    if one.plant_mw:
        parts.append(f"plant of {one.plant_mw:,.0f} MW: powerplantmatching 0.9.1 or operator")
    if one.committed or one.remark:
        parts.append(one.remark)
    known = one.fact.get("ready_year")
    parts.append(f"years: {'announcements and judgement' if known else 'rule by kind and country'} (estimate)")
    parts.append(
        f"land, cost, line: rule by kind (estimate); heat sink: {people} (estimate); zone and station: derived"
    )
    if one.committed:
        parts.append("renewal of its chips: owners of public programmes yes, of campuses under contract no (estimate)")
    return ". ".join(part[0].upper() + part[1:] for part in parts)


def _basin(fact: dict[str, str]) -> dict[str, object]:
    discharge = float(fact["discharge_m3_per_s"])
    return {
        "basin": fact["basin"],
        "name": fact["name"],
        "available_mm3": round(discharge * 31.536 * DRAWN_SHARE, 2),
        "stress_share": STRESS_SHARE[fact["stress"]],
        "source": f"0.05 % of a mean discharge of {discharge:g} m3/s (rounded, after the Global Runoff Data Centre); "
        f"stress: middle of Aqueduct 4.0's class '{fact['stress']}' (WRI, CC-BY-4.0; class from general knowledge)",
        "quality": "estimate",
    }


if __name__ == "__main__":
    main()
