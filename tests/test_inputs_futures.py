"""What the reference case says of the future: who is late, and what fails together."""

import tomllib
from pathlib import Path

from inputs.build.late import FUTURES, LATE_YEARS, fifths, late_futures
from inputs.build.shared_risks import shared_risks
from inputs.build.table import EUROPE, read_csv

CANDIDATES = [row["site"] for row in read_csv(EUROPE / "sites.csv") if row["status"] == "candidate"]


def test_another_fifth_of_the_projects_is_late_in_each_future() -> None:
    scenario = tomllib.loads((EUROPE / "scenarios" / "late_futures.toml").read_text(encoding="utf-8"))
    late = [{*future["cells"]} for future in scenario["futures"].values()]
    assert all(abs(len(each) - len(CANDIDATES) / FUTURES) < 1 for each in late)
    assert sorted(cell for each in late for cell in each) == sorted(f"sites.{site}.late_years" for site in CANDIDATES)
    assert {years for future in scenario["futures"].values() for years in future["cells"].values()} == {LATE_YEARS}
    assert [future["probability"] for future in scenario["futures"].values()] == [0.2] * FUTURES


def test_the_draw_is_the_same_whenever_it_is_made_and_hardly_moved_by_another_site() -> None:
    text = Path(EUROPE / "scenarios" / "late_futures.toml").read_text(encoding="utf-8")
    assert text == late_futures(CANDIDATES), "stale: run `python inputs/build/all.py late`"
    assert fifths(reversed(CANDIDATES)) == fifths(CANDIDATES)


def test_what_sites_share_by_hand() -> None:
    def site(name: str, **other: str) -> dict[str, str]:
        near = {"latitude": "45", "longitude": "10", "zone": "Z", "water_source": "none", "basin": "B"}
        return {"site": name, **near, **other}

    sites = [
        site("RIVER_1", water_source="river"),
        site("RIVER_2", water_source="river", zone="Y"),
        site("SEA", water_source="sea", zone="Y"),
        site("ALONE", water_source="river", basin="C", latitude="50"),
        site("NEAR", latitude="45.4"),  # 44 km from the first
        site("FAR", latitude="45.6"),  # 67 km
    ]
    shaken = {row["site"]: 0.1 for row in sites} | {"RIVER_1": 0.15, "NEAR": 0.2, "FAR": 0.15}
    grids = [{"risk": "GRID", "kind": "line", "zones": "Y X", "source": "seen", "quality": "estimate"}]
    found = {(row["risk"], row["site"]) for row in shared_risks(sites, shaken, grids)}
    assert found == {
        *(("RIVER-B", name) for name in ("RIVER_1", "RIVER_2")),
        *(("GRID", name) for name in ("RIVER_2", "SEA")),
        *(("QUAKE-RIVER_1", name) for name in ("RIVER_1", "NEAR")),
        *(("QUAKE-NEAR", name) for name in ("NEAR", "FAR")),
    }


def test_the_table_of_shared_risks_follows_from_the_others() -> None:
    seismic = {row["site"]: float(row["seismic_g"]) for row in read_csv(EUROPE / "places.csv")}
    grids = read_csv(EUROPE.parent / "build" / "facts_shared_risks.csv")
    made = sorted(
        (str(row["risk"]), str(row["site"])) for row in shared_risks(read_csv(EUROPE / "sites.csv"), seismic, grids)
    )
    assert made == [(row["risk"], row["site"]) for row in read_csv(EUROPE / "shared_risks.csv")]
    zones = {row["zone"] for row in read_csv(EUROPE / "zones.csv")}
    assert {zone for grid in grids for zone in grid["zones"].split()} <= zones
