"""Writes `sites.csv` and `basins.csv`: candidate and committed sites, the waters they draw from."""

from collections import Counter
from collections.abc import Mapping

from inputs.build.borders import outside_km
from inputs.build.candidates import Candidate, candidates
from inputs.build.chips import server_kw
from inputs.build.climate_stations import station_of
from inputs.build.grid import NEAREST, connection_year, line_km
from inputs.build.places import people_within, running_mw
from inputs.build.stations import connections
from inputs.build.table import FACTS, Cell, read_csv, write_table

MINIMUM_MW = 40
PREPARATION_MEUR = 20.0
PLOT_HA = 20.0
LAND_MEUR_PER_HA, CITY_MEUR_PER_HA, OLD_HUB_MEUR_PER_HA = 0.5, 2.0, 5.0
CITY_PEOPLE = 500_000
"""Inhabitants within 25 km from which land has a city's price."""
SAID = {
    "station": "Nearest of the listed stations, 100 m of elevation counting as 10 km",
    "land_mw": "Typed where a plot is known; else a quarter of a coal plant's MW (150-600), 400 at French reactors, "
    "200 at others, 120 elsewhere: judgement",
    "minimum_mw": "One size for all kinds: 20,000 chips, the Black Sea bid's first phase; 0 where a machine stands",
    "permit_year": "Years by country from cases of the press (facts_countries.csv), or announced",
    "opening_meur": "EUR 20 million (fibre, access, clearing, permits) and 20 ha at 0.5 million, 2 near half a million "
    "people, 5 in the old hubs: judgement; 53 ha cost 27 million at Bielsko-Biała in 2024 (geekweek.interia.pl)",
    "heat_sink_mw": "People within 25 km (GeoNames) x district heat (PyPSA-Eur) x 4.9 MWh (Eurostat) x one half, "
    "at most 300 MW",
}
"""What columns rest on that have one basis for every site."""
OLD_HUBS = ("NL-AMSTERDAM", "IE-DUBLIN", "DE-FRANKFURT", "GB-LONDON", "FR-PARIS")
CLOSED_BY = 2031
"""Plant that runs beyond this year keeps its connection."""
BORDER_KM = 15.0
METER_TO_SERVERS = 1.15
DRAWN_SHARE = 0.0005
STRESS_SHARE = (0.05, 0.15, 0.3, 0.6, 0.9)
"""Middle of each class of Aqueduct, share of the renewable water withdrawn."""


def main() -> None:
    """Write both tables; raise ValueError on a candidate that a stated rule shuts out."""
    for one in candidates():
        if not one.committed:
            _check(one)
    write_table("sites", (_site(one) for one in candidates()))
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
        "substation": Cell(connections()[one.site].station.key, "derived", NEAREST),
        "basin": one.basin,
        "station": Cell(station_of(one.latitude, one.longitude), "derived", SAID["station"]),
        "latitude": _placed(one, one.latitude),
        "longitude": _placed(one, one.longitude),
        "land_mw": Cell(one.land_mw, "estimate", SAID["land_mw"]),
        "minimum_mw": Cell(0 if committed else MINIMUM_MW, "estimate", SAID["minimum_mw"]),
        "permit_year": Cell(one.permit_year, "estimate", SAID["permit_year"]),
        "connection_year": connection_year(one),
        "distance_km": line_km(one),
        "opening_meur": Cell(_opening_meur(one), "estimate", SAID["opening_meur"]),
        "water_source": one.water,
        "heat_sink_mw": Cell(one.heat_sink_mw, "estimate", SAID["heat_sink_mw"]),
        "behind_meter_mw": 0,
        "committed_year": int(one.fact["year"]) if committed else 2026,
        "committed_mw": _servers_mw(one.fact) if committed else 0.0,
        "committed_chip": chip,
        "committed_cooling": one.fact["cooling"] if committed else "",
        "operator": one.fact.get("operator", ""),
        "renewed": "true" if committed and one.kind != "campus" else "false",
        "fee_eur_per_mwh": 0,
        "source": _source(one),
        "quality": "estimate",
    }


def _opening_meur(one: Candidate) -> float:
    """Judge the cost of opening: fibre, access, clearing and permits anywhere, and land at the price of its place."""
    city = people_within(one.latitude, one.longitude, 25) >= CITY_PEOPLE
    per_ha = OLD_HUB_MEUR_PER_HA if one.site in OLD_HUBS else CITY_MEUR_PER_HA if city else LAND_MEUR_PER_HA
    return PREPARATION_MEUR + PLOT_HA * per_ha


def _placed(one: Candidate, degrees: float) -> Cell:
    """Say of a coordinate whether it was published."""
    real = one.place_source.startswith("real")
    return Cell(degrees, "real" if real else "derived", one.place_source.removeprefix("real, "))


def _servers_mw(fact: Mapping[str, str]) -> Cell:
    """Give the servers' MW of a machine: as published with its chips, by its chips, or from its campus's meter."""
    if not fact["chips"]:
        megawatts = round(float(fact["mw"]) / METER_TO_SERVERS, 1)
        return Cell(
            megawatts, "derived", f"{fact['mw']} MW at the campus's meter over {METER_TO_SERVERS}; chip: see the row"
        )
    if fact["mw"]:
        return Cell(float(fact["mw"]), "real", "Epoch AI GPU clusters (CC-BY-4.0)")
    return Cell(
        round(int(fact["chips"]) * server_kw(fact["chip"]) / 1000, 1), "derived", f"{fact['chips']} chips announced"
    )


def _source(one: Candidate) -> str:
    parts = [one.remark]
    if one.plant_mw:
        parts.append(f"plant of {one.plant_mw:,.0f} MW: powerplantmatching 0.9.1 or operator")
    if one.committed:
        parts.append("renewal of its chips: owners of public programmes yes, of campuses under contract no (judgement)")
    return ". ".join(part[0].upper() + part[1:] for part in parts)


def _basin(fact: dict[str, str]) -> dict[str, object]:
    discharge = float(fact["discharge_m3_per_s"])
    classes = {row["country"]: int(row["stress_class"]) for row in read_csv(FACTS / "facts_stress.csv")}
    hosts = Counter(one.country for one in candidates() if one.basin == fact["basin"])
    stress = sum(STRESS_SHARE[classes[country]] * sites for country, sites in hosts.items()) / hosts.total()
    stated = ", ".join(f"{country} {classes[country]}" for country in sorted(hosts))
    return {
        "basin": fact["basin"],
        "name": fact["name"],
        "available_mm3": round(discharge * 31.536 * DRAWN_SHARE, 2),
        "stress_share": Cell(
            round(stress, 3), "derived", f"Aqueduct 4.0 (WRI, CC-BY-4.0), class of its sites' countries: {stated}"
        ),
        "source": f"0.05 % of a mean discharge of {discharge:g} m3/s (general knowledge of yearbooks, rounded): about "
        "a tenth of what France lets be drawn undeclared (2 % of the dry month of one year in five, Code de "
        "l'environnement R. 214-1, 1.2.1.0; such a month taken as a quarter of the mean)",
        "quality": "estimate",
    }


if __name__ == "__main__":
    main()
