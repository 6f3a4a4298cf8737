"""Writes `places.csv`: what the place of every site is like: hazards, people, internet exchange points."""

from inputs.build.candidates import Candidate, candidates
from inputs.build.places import distance_km, locate, people_within
from inputs.build.table import FACTS, Cell, read_csv, write_table

SAID = {
    "seismic_g": "That of the nearest reference point of facts_seismic.csv: coarse, from general knowledge of "
    "ESHM13/ESHM20 and of national annexes to Eurocode 8; no map was opened",
    "flood": "Beside the river, lake or sea that could cool it: in reach of its floods where no dyke keeps them off; "
    "no flood map was read",
    "near_people": "Towns of GeoNames (CC-BY-4.0) within 50 km",
    "exchange_km": "Geodesic to the nearest city of facts_exchange_points.csv, a list typed from general knowledge",
}


def main() -> None:
    """Write the table; whether land is protected is left empty, as no register was read."""
    exchanges = [
        locate(f"city:{row['city']}", row["country"], "") for row in read_csv(FACTS / "facts_exchange_points.csv")
    ]
    exchange_points = [(each.latitude, each.longitude) for each in exchanges]
    hazards = [
        (float(row["latitude"]), float(row["longitude"]), float(row["seismic_g"]))
        for row in read_csv(FACTS / "facts_seismic.csv")
    ]
    write_table("places", (_place(one, exchange_points, hazards) for one in candidates()))


def _place(
    one: Candidate, exchanges: list[tuple[float, float]], hazards: list[tuple[float, float, float]]
) -> dict[str, object]:
    here = one.latitude, one.longitude
    distances = sorted(distance_km(*here, *there) for there in exchanges)
    nearest = min(hazards, key=lambda point: distance_km(*here, *point[:2]))
    return {
        "site": one.site,
        "seismic_g": Cell(nearest[2], "estimate", SAID["seismic_g"]),
        "flood": Cell("low" if one.water == "none" else "exposed", "estimate", SAID["flood"]),
        "protected": "",
        "near_people": Cell(people_within(*here, 50), "derived", SAID["near_people"]),
        "exchange_km": Cell(round(distances[0], 1), "derived", SAID["exchange_km"]),
        "exchanges": Cell(sum(km <= 100 for km in distances), "derived", SAID["exchange_km"]),
        "source": "Nothing is known of protected land: no register was read",
        "quality": "estimate",
    }


if __name__ == "__main__":
    main()
