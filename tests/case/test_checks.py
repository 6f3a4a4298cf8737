"""Rules across tables: one wrong cell of the tutorial at a time, and the fault that names it."""

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.case import HOURLY_TABLES, TABLES
from models.settings import Settings
from optimizer.case.checks import RULES
from optimizer.case.checks_coordinates import coordinate_faults
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.polygons import read_polygons
from optimizer.case.read import read_inputs
from optimizer.case.settings import load_settings
from optimizer.case.table import read_table

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"
MADE_UP = ",made up for the tutorial,estimate"


@pytest.fixture
def tutorial(tmp_path: Path) -> Path:
    """Copy the tutorial case to where it may be damaged."""
    return Path(shutil.copytree(TUTORIAL, tmp_path / "tutorial"))


def faults_of(case_dir: Path, settings: Settings | None = None) -> list[Fault]:
    try:
        read_inputs(case_dir, settings or load_settings(case_dir))
    except CaseRefused as refused:
        return list(refused.faults)
    return []


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{old!r} appears {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new))


EDITS = [
    # file, old, new, line, column, rule
    ("zones", "Eastern zone,PL", "Eastern zone,DE", 2, "country", "no such row in countries.csv"),
    ("fleets", "WEST,nuclear", "WEST,nuclaer", 9, "technology", "technologies.csv (did you mean 'nuclear'?)"),
    ("demand", "stockholm,training,p2", "stockholm,training,p3", 9, "period", "no such row in periods.csv"),
    ("latency", "LULEA,", "LULE,", 2, "site", "no such row in sites.csv (did you mean 'LULEA'?)"),
    ("tranches", "public,p1", "publik,p1", 4, "fund", "no such row in funds.csv (did you mean 'public'?)"),
    ("periods", "p1,2026", "p1,2025", 2, "first_year", "before the base year 2026"),
    ("periods", "p2,2031", "p2,2032", 3, "first_year", "must be 2031, the year after the period before it"),
    ("periods", "p2,2031", "p2,2030", 3, "first_year", "must be 2031, the year after the period before it"),
    ("sites", "2026,20,gpu_a,airside", "2026,0,gpu_a,airside", 6, "committed_mw", "must state the server power"),
    ("sites", "2026,20,gpu_a,airside", "2026,20,,airside", 6, "committed_chip", "no such row in chips.csv"),
    ("sites", "2026,20,gpu_a,airside", "2026,20,gpu_a,air", 6, "committed_cooling", "no such row in cooling.csv"),
    ("sites", "40,0,2026,0,,", "40,0,2026,5,,", 5, "committed_mw", "must be 0 for a candidate"),
    ("sites", "40,0,2026,0,,", "40,0,2026,0,gpu_a,", 5, "committed_chip", "must be empty for a candidate"),
    ("sites", "40,0,2026,0,,", "40,0,2026,0,,airside", 5, "committed_cooling", "must be empty for a candidate"),
    ("sites", "true,home,0", "true,nobody,0", 6, "operator", "no such row in operators.csv"),
    ("sites", "40,0,2026,0,,,false,,0", "40,0,2026,0,,,false,home,0", 5, "operator", "must be empty for a candidate"),
    ("operators", "US,US,US,,60", "US,US,US,nowhere,60", 2, "accepts", "no such bloc in jurisdictions.csv"),
    ("sites", "4.95,40,10", "4.95,40,50", 5, "minimum_mw", "more than land_mw = 40, so the site could never open"),
    ("sites", "WEST,SEINE", "WEST,LULE", 6, "zone", "its substation LULE is in zone NORTH"),
    ("sites", "65.58,22.15", "22.15,65.58", 4, "latitude", "(latitude and longitude swapped?)"),
    ("sites", "65.58,22.15", "65.58,-22.15", 4, "latitude, longitude", "the sign of the longitude is lost?"),
    ("sites", "48.6,2.2", "48.6,-2.2", 6, "latitude, longitude", "its line is 5 km long: the sign of the longitude"),
    ("sites", "48.6,2.2", "49.6,2.2", 6, "latitude, longitude", "111 km from its substation SEINE, to which its"),
    ("zones", "46.5,4.5", "4.5,46.5", 4, "latitude", "(latitude and longitude swapped?)"),
    ("regions", "52.23,21.01", "21.01,52.23", 4, "longitude", "(latitude and longitude swapped?)"),
    ("regions", "52.23,21.01", "31,48", 4, "latitude, longitude", "km from the nearest zone, EAST: latitude and longi"),
    ("sites", "65.58,22.15", "35.58,22.15", 4, "latitude, longitude", "km from the point of its zone NORTH"),
    ("substations", "65.6,22", "22,65.6", 3, "latitude", "(latitude and longitude swapped?)"),
    ("stations", "65.5,22.1", "22.1,65.5", 3, "latitude", "(latitude and longitude swapped?)"),
    ("stations", "65.5,22.1", "45.5,22.1", None, "latitude, longitude", "km from its climate station lulea"),
    ("stations", "28,19", "18,19", 3, "design_wetbulb_c", "above design_drybulb_c = 18"),
    ("reinforcements", "RHONE,1", "RHONE,2", 2, "step", "the substation has no step 1"),
    ("reservoirs", "NORTH,hydro", "NORTH,wind", None, "technology", "is of kind generation, not reservoir"),
    ("inflows", "hydro,3,0.06", "hydro,3,0.6", None, "inflow_share", "twelve months sum to 1.54 instead of 1"),
    ("inflows", "hydro,12,0.05,0.3,1", "hydro,12,0.05,0.3,0.2", 13, "level_min_share", "above level_max_share"),
    ("inflows", "NORTH,hydro,12", "WEST,hydro,12", None, "month", "month 12 of NORTH,hydro is missing"),
    ("inflows", "NORTH,hydro,12", "WEST,hydro,12", 13, "technology", "no row WEST,hydro in reservoirs.csv"),
    (
        "inflows",
        "hydro,7,0.12,0.1,1,10",
        "hydro,7,0.12,0.1,1,9000",
        None,
        "level_min_share",
        "cannot be kept: too lit",
    ),
    ("reservoirs", "NORTH,hydro", "WEST,hydro", 6, "technology", "no row NORTH,hydro in reservoirs.csv"),
    ("technologies", "0.02,25,4,2,", "0.02,25,4,5,", 7, "construction_years", "must be at most lead_years = 4"),
    ("technologies", "0,4,0.9", "0,0,0.9", 2, "duration_hours", "must be above 0 for storage"),
    ("technologies", "0,4,0.9", "0,4,0", 2, "efficiency_share", "must be above 0 for storage"),
    ("technologies", "0,4,0.9,0", "0,4,0.9,0.5", 2, "minimum_load_share", "must be 0 for kind storage"),
    (
        "technologies",
        "1,0.03,30,4,3,0,0,0,1,0,1",
        "1,0.03,30,4,3,0,0,0,1,0,0.5",
        4,
        "ramp_share_per_hour",
        "needs a minimum",
    ),
    (
        "fleets",
        "NORTH,hydro,2026,1500,0.2,0",
        "NORTH,hydro,2026,1500,0.2,0.5",
        6,
        "must_run_share",
        "for kind reservoir",
    ),
    ("fleets", "2000,0.1,0", "2000,0.1,0.9", 9, "must_run_share", "above the minimum load and the ramp of an hour"),
    ("lines", "WEST,EAST", "WEST,WEST", 3, "to_zone", "the zone from which the line comes"),
    ("lines", "0.02,0,", "0.02,0.1,", 3, "loss_share", "must be 0 for a line with a reactance"),
    ("chips", "2024,2030", "2024,2023", 2, "last_year", "before first_year = 2024"),
    ("chip_supply", "gpu_a,tier2", "gpu_a,tier3", 3, "tier", "it is not `any` (did you mean 'tier2'?)"),
    (
        "export_caps",
        "US,tier2,p1",
        "US,tier3,p1",
        3,
        "place",
        "no country has this export_tier (did you mean 'tier2'?)",
    ),
    ("export_caps", "US,tier2,p1", "CN,tier2,p1", 3, "jurisdiction", "no chip has this jurisdiction"),
    ("programmes", "2028,10,1", "2028,0,0", 2, "floor_kh100e", "the programme asks for nothing"),
    ("programmes", "2028,10,1,true,2100", "2028,10,1,true,2027", 2, "last_year", "before first_year = 2028"),
    ("programmes", "2028,10", "2040,10", 2, "first_year", "after the last period, which ends with 2036"),
    ("cooling", "airside,50", "fixed,50", 2, "pue_fixed", "must be at least 1 for the family fixed"),
    (
        "cooling",
        "0.4,0,0,0.1",
        "0.4,1.1,0,0.1",
        2,
        "pue_fixed",
        "must be 0: the climate decides for the family airside",
    ),
    (
        "technologies",
        "0.02,15,2,1,0,0,4",
        "0.02,8,2,1,0,0,4",
        2,
        "life_years",
        "must be at least 10, the years of all periods",
    ),
    ("wetbulb", "\n9,-3,", "\n9,-2,", None, "lodz", "above the dry bulb, -2.5, in hour 9"),
]


@pytest.mark.parametrize(("table", "old", "new", "line", "column", "rule"), EDITS)
def test_each_rule_across_tables_names_the_cell(
    tutorial: Path, table: str, old: str, new: str, line: int | None, column: str, rule: str
) -> None:
    edit(tutorial / f"{table}.csv", old, new)
    reported = [
        fault
        for fault in faults_of(tutorial)
        if fault.column == column and rule in fault.rule and (line is None or fault.line == line)
    ]
    assert reported, faults_of(tutorial)
    assert reported[0].value is not None


def test_the_tutorial_keeps_every_rule(tutorial: Path) -> None:
    assert faults_of(tutorial) == []
    assert len(RULES) == len({rule.__name__ for rule in RULES})
    assert all(rule.__doc__ for rule in RULES)


def test_a_faulty_row_does_not_make_the_rows_that_name_it_faulty(tutorial: Path) -> None:
    edit(tutorial / "zones.csv", "51.8,19.5", "51.8,x")
    assert [(fault.file, fault.column) for fault in faults_of(tutorial)] == [("zones.csv", "longitude")]


@pytest.mark.parametrize("name", [table.name for table in HOURLY_TABLES])
def test_the_hourly_table_that_is_not_as_long_as_the_others_is_accused(tutorial: Path, name: str) -> None:
    path = tutorial / f"{name}.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert [str(fault) for fault in faults_of(tutorial)] == [f"{name}.csv, hour: has 47 hours, the others have 48"]


def test_an_hourly_table_that_is_refused_makes_no_other_faulty(tutorial: Path) -> None:
    path = tutorial / "load.csv"
    path.write_text(path.read_text().replace("\n7,", "\n7,7,"))
    (fault,) = faults_of(tutorial)
    assert (fault.file, fault.line) == ("load.csv", 9)


def test_a_table_without_rows_is_the_only_fault(tutorial: Path) -> None:
    path = tutorial / "zones.csv"
    path.write_text(path.read_text().partition("\n")[0] + "\n")
    assert faults_of(tutorial)[0].rule == "has a header and no row"


@pytest.mark.parametrize(
    ("time", "reported"),
    [
        ({"hours_per_day": 168}, "load.csv, hour: has 48 hours, no multiple of 168 a day"),
        (
            {"representative_days": 3},
            "scenario, time.representative_days = '3': the hourly tables hold only 2 days of 24 hours",
        ),
        (
            {"replay_hours": 36},
            "scenario, time.replay_hours = '36': the hourly tables hold 48 hours, no multiple of it",
        ),
        (
            {"representative_days": 2, "worst_zones": ["NORTH"]},
            "scenario, time.worst_zones = 'NORTH': no day is left to choose: 2 are asked for",
        ),
    ],
)
def test_days_fit_the_hourly_tables(time: dict[str, int], reported: str) -> None:
    assert [str(fault) for fault in faults_of(TUTORIAL, load_settings(TUTORIAL, overrides={"time": time}))] == [
        reported
    ]


@pytest.mark.parametrize(
    ("section", "keys", "reported"),
    [
        ("siting", {"must": ["LYONN"]}, "siting.must = 'LYONN': no such row in sites.csv (did you mean 'LYON'?)"),
        ("siting", {"only": ["LYON", "LYON"]}, "siting.only = 'LYON': is listed twice"),
        ("siting", {"countries_not": ["FRA"]}, "siting.countries_not = 'FRA': no such row in countries.csv"),
        ("siting", {"must": ["LYON"], "must_not": ["LYON"]}, "siting.must = 'LYON': siting.must_not rules it out"),
        ("siting", {"must": ["LYON"], "only": ["LODZ"]}, "siting.must = 'LYON': siting.only rules it out"),
        ("siting", {"must": ["LYON"], "countries_not": ["FR"]}, "'LYON': siting.countries_not rules it out"),
        (
            "time",
            {"worst_zones": ["NORD"], "extremes": False},
            "time.worst_zones = 'NORD': no such row in zones.csv (did you mean 'NORTH'?)",
        ),
        ("power", {"cover_technologies": ["nuclaer"]}, "technologies.csv (did you mean 'nuclear'?)"),
    ],
)
def test_rules_of_the_scenario_name_rows_and_do_not_contradict(
    section: str, keys: dict[str, Any], reported: str
) -> None:
    (fault,) = faults_of(TUTORIAL, load_settings(TUTORIAL, overrides={section: keys}))
    assert reported in str(fault)


def test_risks_that_may_come_true_are_listed(tutorial: Path) -> None:
    asked = load_settings(TUTORIAL, overrides={"resilience": {"risks_lost": 1}})
    assert faults_of(tutorial, asked) == []
    (tutorial / "shared_risks.csv").unlink()
    (fault,) = faults_of(tutorial, asked)
    assert "resilience.risks_lost = '1': the table shared_risks lists none" in str(fault)


def test_a_limit_on_places_needs_what_they_are_like(tutorial: Path) -> None:
    path, every = tutorial / "places.csv", {"seismic_max_g": 0.1, "protected_not": True, "workforce_min_people": 1000}
    asked = load_settings(tutorial, overrides={"siting": every})
    assert not faults_of(tutorial, asked)
    path.write_text(path.read_text().replace("LODZ,0.02,low,no", "LODZ,0.02,low,"))
    (fault,) = faults_of(tutorial, asked)
    assert "siting.protected_not = 'True': places.csv says nothing of 1 sites, such as LODZ" in str(fault)
    path.unlink()
    assert {fault.column for fault in faults_of(tutorial, asked)} == {f"siting.{key}" for key in every}
    assert not faults_of(tutorial, load_settings(tutorial))


def test_a_law_ends_after_it_begins(tutorial: Path) -> None:
    path = tutorial / "laws.csv"
    path.write_text(path.read_text().replace("SE,2026,2030", "SE,2026,2025"))
    (fault,) = faults_of(tutorial, load_settings(tutorial))
    assert "laws.csv, line 3, until_year = '2025': before from_year = 2026" in str(fault)


def test_cooling_of_fixed_pue_needs_no_weather(tutorial: Path) -> None:
    path = tutorial / "cooling.csv"
    path.write_text(path.read_text().replace(",airside,", ",fixed,").replace("0.4,0,0,", "0.4,1.1,0.2,"))
    path.write_text(path.read_text().replace(",liquid_dry,", ",fixed,"))
    for name in ("drybulb", "wetbulb"):
        (tutorial / f"{name}.csv").unlink()
    assert faults_of(tutorial) == []


def square(west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def write_polygons(case_dir: Path, **polygons: list[list[list[float]]]) -> None:
    features = [
        {"type": "Feature", "properties": {"zone": zone}, "geometry": {"type": "Polygon", "coordinates": rings}}
        for zone, rings in polygons.items()
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (case_dir / "zones.geojson").write_text(text)


def test_a_site_outside_the_polygon_of_its_zone_is_reported(tutorial: Path) -> None:
    write_polygons(tutorial, WEST=square(-4, 43, 7, 50), NORTH=square(20, 65, 24, 67))
    assert faults_of(tutorial) == []
    write_polygons(tutorial, WEST=square(-4, 43, 7, 50), NORTH=square(20, 65.7, 24, 67))
    assert faults_of(tutorial) == []  # 13 km outside, which a simplified coast may cost
    write_polygons(tutorial, WEST=square(-4, 43, 7, 50), NORTH=square(20, 66, 24, 67))
    site, substation = faults_of(tutorial)
    assert (site.file, site.line, site.value) == ("sites.csv", 4, "65.58, 22.15")
    assert site.rule == "48 km outside the polygon of its zone NORTH"
    assert substation.file == "substations.csv"
    write_polygons(tutorial, WEST=square(-4, 43, 7, 50), NORTH=square(20, 67, 24, 69))
    assert [fault.file for fault in faults_of(tutorial)] == ["sites.csv", "substations.csv", "zones.csv"]


CORNERS = [[-4, 43], [7, 43], [7, 50], [-4, 50], [-4, 43]]


@pytest.mark.parametrize(
    ("features", "rule"),
    [
        ([{"properties": {}}], "feature 1: zone = 'None': no such row in the table of zones"),
        ([{"properties": {"zone": 5}}], "zone = '5': no such row in the table of zones"),
        ([{"properties": {"zone": ["WEST"]}}], "no such row in the table of zones"),
        ([{"properties": {"zone": "WESST"}}], "no such row in the table of zones (did you mean 'WEST'?)"),
        ([5], "no such row in the table of zones"),
        ([{"properties": {"zone": "WEST"}}], "its geometry cannot be read"),
        ([("WEST", "Point", [2, 48])], "its geometry must be a Polygon or MultiPolygon"),
        ([("WEST", "Polygon", [])], "its geometry must be a Polygon or MultiPolygon that is not empty"),
        ([("WEST", "Polygon", "x")], "its geometry cannot be read"),
        ([("WEST", "Polygon", [[[-4, 43], ["a", 43], [7, 50], [-4, 43]]])], "its geometry cannot be read"),
        ([("WEST", "Polygon", [[[-4, 43], [float("nan"), 43], [7, 50], [-4, 43]]])], "its geometry cannot be read"),
        ([("WEST", "Polygon", [CORNERS[:-1]])], "its geometry cannot be read"),
        ([("WEST", "Polygon", [[[1e300, 43], *CORNERS[1:-1], [1e300, 43]]])], "its coordinates must be degrees"),
        ([("WEST", "Polygon", [[[-4, 43], [7, 50], [7, 43], [-4, 50], [-4, 43]]])], "its polygon is none: Self-inters"),
        ([("WEST", "Polygon", [CORNERS])] * 2, "feature 2: zone = 'WEST': has a polygon already"),
        (
            [("NORTH", "Polygon", [[[65, 20], [67, 20], [67, 24], [65, 24], [65, 20]]])],
            "outside the polygon of its zone",
        ),
    ],
)
def test_polygons_that_are_none_are_refused(tutorial: Path, features: list[Any], rule: str) -> None:
    listed = [
        {"type": "Feature", "properties": {"zone": each[0]}, "geometry": {"type": each[1], "coordinates": each[2]}}
        if isinstance(each, tuple)
        else each
        for each in features
    ]
    (tutorial / "zones.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": listed}))
    assert rule in str(faults_of(tutorial)[0])


@pytest.mark.parametrize(
    "text", ["", "[", "5", "[]", "{}", '{"features": 5}', "[" * 100_000, "\0", '{"features": null}']
)
def test_polygons_that_are_no_json_are_refused(tutorial: Path, text: str) -> None:
    (tutorial / "zones.geojson").write_text(text)
    (fault,) = faults_of(tutorial)
    assert str(fault).startswith("zones.geojson: is no GeoJSON with features: ")


EUROPE = TUTORIAL.parent / "europe"


@pytest.mark.parametrize("with_polygons", [True, False])
@pytest.mark.parametrize(
    ("slip", "share"),
    [
        (lambda north, east: (east, north), 1.0),
        (lambda north, east: (-north, east), 1.0),
        (lambda north, east: (north, -east), 0.98),  # the others lie within 25 km of the meridian of Greenwich
        (lambda north, east: (north + 1, east), 1.0),
        (lambda north, east: (north, east + 1), 0.97),  # beyond 60 degrees it is 50 km, about as far as some lines
        (lambda north, east: (math.radians(north), math.radians(east)), 1.0),
    ],
    ids=["swapped", "south", "west", "a degree north", "a degree east", "radians"],
)
def test_sites_of_europe_at_a_slipped_place_are_reported(
    slip: Callable[[float, float], tuple[float, float]], share: float, with_polygons: bool
) -> None:
    names = ("sites", "substations", "stations", "zones", "regions")
    tables = {name: read_table(EUROPE / f"{name}.csv", TABLES[name])[0] for name in names}
    polygons = read_polygons(EUROPE / "zones.geojson", tables["zones"].rows)[0] if with_polygons else {}
    assert [*coordinate_faults(tables, polygons)] == []
    moved = {
        key: row.model_copy(update=dict(zip(("latitude", "longitude"), slip(row.latitude, row.longitude), strict=True)))
        for key, row in tables["sites"].rows.items()
    }
    faults = [*coordinate_faults(tables | {"sites": replace(tables["sites"], rows=moved)}, polygons)]
    assert {fault.file for fault in faults} == {"sites.csv"}
    assert len(faults) >= share * len(moved)
