"""Cases that are little more than a network: zones with load and plants, lines, and a site that stays idle."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from models.case import Case
from models.settings import Settings
from optimizer.case.read import read_case
from tests.drafts import Cells, Draft, row, rows

PLACE = {"country": "C", "zone": "Z", "substation": "U", "basin": "B", "station": "S"}


def one_hour(title: str, **sections: object) -> Settings:
    """Return the question of the least cost of one hour, in which nothing but what tables tell costs anything."""
    return Settings.model_validate(
        {
            "title": title,
            "question": {"objectives": ["cost"]},
            "time": {"hours_per_day": 1},
            "money": {
                "discount_share": 0,
                "connection_meur_per_mw": 0,
                "connection_meur_per_mw_km": 0,
                "operation_meur_per_mw": 0,
            },
            "power": {"cover_share": 0, "shed_share": 0},
            "carbon": {"cap_kg_per_mwh": 2000},
            "solve": {"gap_share": 1e-7},
            **sections,
        }
    )


def read_back(draft: Draft, folder: Path) -> Case:
    """Return the draft as it is read from a folder of tables."""
    draft.write(folder)
    return read_case(folder, draft.settings)


def nowhere(zone: str = "Z") -> dict[str, list[Cells]]:
    """Return the tables of a place where nothing is scarce and nothing costs money, without a system and its load."""
    return {
        "periods": rows("periods", "period", ["P"]),
        "countries": rows("countries", "country", ["C"]),
        "stations": rows("stations", "station", ["S"]),
        "basins": rows("basins", "basin", ["B"]),
        "substations": rows("substations", "substation", ["U"], zone=zone),
        "headrooms": rows("headrooms", "substation", ["U"], headroom_mw=10_000),
        "cooling": rows("cooling", "cooling", ["K"]),
        "chips": rows("chips", "chip", ["H"]),
        "workloads": rows("workloads", "workload", ["W"], coverage_share=1),
        "funds": rows("funds", "fund", ["F"]),
        "tranches": rows("tranches", "fund", ["F"], period="P", amount_meur=1_000_000),
    }


def network(
    title: str, load_mw: Mapping[str, float], plants: Iterable[tuple[str, str, float, float]], lines: list[Cells]
) -> Draft:
    """Return one hour of a system; a plant is its name, zone, MW and EUR per MWh."""
    first, *_ = load_mw
    tables = nowhere(first) | {
        "zones": rows("zones", "zone", load_mw, country="C"),
        "technologies": [row("technologies", technology=name, marginal_eur_per_mwh=eur) for name, _, _, eur in plants],
        "fleets": [row("fleets", zone=zone, technology=name, capacity_mw=power) for name, zone, power, _ in plants],
        "lines": lines,
        "sites": [row("sites", site="IDLE", **PLACE | {"zone": first}, land_mw=20)],
        "regions": rows("regions", "region", ["R"]),
        "demand": rows("demand", "region", ["R"], workload="W", period="P"),
    }
    load = {zone: [power] for zone, power in load_mw.items()}
    return Draft(tables, {"load": load, "carbon": {zone: [0] for zone in load}}, one_hour(title))
