"""Writes `sites.csv` and `basins.csv`: candidate and committed sites, the waters they draw from."""

from inputs.build.candidates import Candidate, candidates, countries
from inputs.build.chips import server_kw
from inputs.build.climate_stations import station_of
from inputs.build.places import distance_km
from inputs.build.table import FACTS, read_csv, write_table

OPENING_MEUR = {"nuclear": 70, "coal": 80, "other": 75, "hydro": 80, "campus": 60, "hub": 100, "ai_factory": 45}
MINIMUM_MW = {"ai_factory": 40, "hub": 40, "hydro": 40}
OTHER_MINIMUM_MW = 60
LINE_KM = {"nuclear": 3, "coal": 1, "other": 2, "hydro": 5, "campus": 3, "hub": 4, "ai_factory": 3}
SATURATED_MEUR = 150.0
SATURATED = ("NL-AMSTERDAM", "IE-DUBLIN", "DE-FRANKFURT", "GB-LONDON", "FR-PARIS")
DRAWN_SHARE = 0.0005
STRESS_SHARE = {"low": 0.05, "low-medium": 0.15, "medium-high": 0.3, "high": 0.6, "extreme": 0.9}


def main() -> None:
    """Write both tables."""
    write_table("sites", (_site(one) for one in candidates()))
    used = {one.basin for one in candidates()}
    write_table("basins", (_basin(fact) for fact in read_csv(FACTS / "facts_basins.csv") if fact["basin"] in used))


def _site(one: Candidate) -> dict[str, object]:
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
        "station": station_of(one.latitude, one.longitude),
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
        "committed_mw": round(int(one.fact["chips"]) * server_kw(chip) / 1000, 1) if committed else 0,
        "committed_chip": chip,
        "committed_cooling": one.fact["cooling"] if committed else "",
        "renewed": "true" if committed and one.kind != "campus" else "false",
        "source": _source(one),
        "quality": "estimate",
    }


def _line_km(one: Candidate) -> float:
    """Judge the line to the substation: short on the plant's own ground, else 1.2 times the way to the shared one."""
    anchor = next(other for other in candidates() if other.site == one.substation)
    way = distance_km(one.latitude, one.longitude, anchor.latitude, anchor.longitude)
    return round(max(float(LINE_KM[one.kind]), 1.2 * way), 1)


def _source(one: Candidate) -> str:
    network = 100 * float(countries()[one.country]["heat_share"])
    people = f"{network:.0f} % district heat (PyPSA-Eur), towns within 25 km (GeoNames)"
    parts = [f"Coordinates: {one.place_source}"]
    if one.plant_mw:
        parts.append(f"plant of {one.plant_mw:,.0f} MW: powerplantmatching 0.9.1 or operator")
    if one.committed:
        parts.append(f"{one.fact['chips']} chips: {one.remark}")
    elif one.remark:
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
