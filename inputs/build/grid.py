"""Writes `substations.csv`, `headrooms.csv`, `reinforcements.csv`: connections, what is free, what can be added."""

from collections.abc import Iterator
from typing import NamedTuple

from inputs.build.candidates import Candidate, candidates
from inputs.build.table import write_table

MOST_MW = 1000.0
SATURATED = ("IE", "NL", "GB", "DE", "BE", "CH")
PROXY = {
    "nuclear": "10 % of the plant's MW at first, 20 % three years on",
    "coal": "80 % of the retired plant's MW (40 % if closed before 2018, the rest being reassigned by now)",
    "hydro": "20 % of the plants' MW, at most 200",
    "other": "part of a closed plant's connection",
    "ai_factory": "30-60 MW at a seat of a supercomputer",
    "hub": "little until the year of the queue's end",
    "campus": "as announced, in steps",
}


class Step(NamedTuple):
    """A step of reinforcement."""

    adds_mw: int
    meur_per_mw: float
    lead_years: int
    what: str


STEPS = (
    Step(150, 0.10, 3, "one more transformer and its bays"),
    Step(250, 0.25, 5, "transformers and about 30 km of 400 kV line"),
    Step(400, 0.35, 6, "a new station with about 60 km of 400 kV line"),
)
NUMBER_OF_STEPS = {"nuclear": 3, "coal": 3, "campus": 3, "other": 2, "hub": 2, "hydro": 2, "ai_factory": 1}


def main() -> None:
    """Write the three tables."""
    groups: dict[str, list[Candidate]] = {}
    for one in candidates():
        groups.setdefault(one.substation, []).append(one)
    anchors = {key: next(one for one in sites if one.site == key) for key, sites in groups.items()}
    write_table("substations", (_substation(anchors[key], sites) for key, sites in groups.items()))
    write_table("headrooms", (row for key, sites in groups.items() for row in _headrooms(key, sites)))
    write_table("reinforcements", (row for anchor in anchors.values() for row in _steps(anchor)))


def _substation(anchor: Candidate, sites: list[Candidate]) -> dict[str, object]:
    return {
        "substation": anchor.site,
        "name": f"{anchor.name} substation",
        "zone": anchor.zone,
        "latitude": anchor.latitude,
        "longitude": anchor.longitude,
        "source": f"The station that serves {anchor.name}, placed at its coordinates ({anchor.place_source}); "
        f"sites within 15 km share it: {len(sites)}",
        "quality": "estimate",
    }


def _headrooms(key: str, sites: list[Candidate]) -> Iterator[dict[str, object]]:
    years = sorted({year for one in sites for year, _ in one.headrooms})
    kinds = sorted({one.kind for one in sites})
    for year in years:
        free = sum(max((mw for start, mw in one.headrooms if start <= year), default=0.0) for one in sites)
        yield {
            "substation": key,
            "from_year": year,
            "headroom_mw": min(free, MOST_MW),
            "source": "No operator publishes it for all of Europe; proxy: " + "; ".join(PROXY[kind] for kind in kinds),
            "quality": "estimate",
        }


def _steps(anchor: Candidate) -> Iterator[dict[str, object]]:
    slow = 2 if anchor.country in SATURATED else 0
    for number, step in enumerate(STEPS[: NUMBER_OF_STEPS[anchor.kind]], start=1):
        lead = min(step.lead_years + slow, 8)
        yield {
            "substation": anchor.site,
            "step": number,
            "adds_mw": step.adds_mw,
            "capex_meur": round(step.adds_mw * step.meur_per_mw, 1),
            "lead_years": lead,
            "source": f"{step.what[0].upper()}{step.what[1:]}: judgement from ACER's unit costs (2023) and 750 EUR per "
            f"MW and km of overhead line (PyPSA technology-data); {lead} years{' in a saturated grid' if slow else ''} "
            "(Ember: 4 on average, 7-10 in the old hubs)",
            "quality": "estimate",
        }


if __name__ == "__main__":
    main()
