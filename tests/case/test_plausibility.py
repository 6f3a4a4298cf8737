"""Plausibility warnings: one cell of the tutorial, or one column of Europe's record, changed at a time."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from models.case import HOURLY_TABLES, Array, Case, HourlyTable
from models.units import SLIPS
from optimizer.case import plausibility_hourly, plausibility_weather
from optimizer.case.faults import Fault, rules_in
from optimizer.case.number_parsing import within_limits
from optimizer.case.plausibility import PLAUSIBILITY_CHECKS, SHOWN, plausibility_warnings, warning_lines
from optimizer.case.read import read_inputs, read_with_warnings
from optimizer.case.settings import load_settings
from optimizer.case.table import Tables
from optimizer.cli import app
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.run import Request, run
from optimizer.runtime.worker import TaskResult

INPUTS = Path(__file__).parents[2] / "inputs"
TUTORIAL, EUROPE = INPUTS / "tutorial", INPUTS / "europe"
MADE_UP = ",made up for the tutorial,estimate\n"


@pytest.fixture
def tutorial(tmp_path: Path) -> Path:
    """Copy the tutorial case to where it may be damaged."""
    return Path(shutil.copytree(TUTORIAL, tmp_path / "tutorial"))


def warnings_of(case_dir: Path, **sections: object) -> tuple[Fault, ...]:
    return read_with_warnings(case_dir, load_settings(case_dir, overrides=sections))[1]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{old!r} appears {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new))


EDITS = [
    # file, old, new, file of the warning, column, rule
    ("sites", "10,2026,2026,15,40", "10,2026,2024,15,40", "sites", "connection_year", "before the base year 2026"),
    ("sites", "10,2026,2026,15,40", "10,2020,2026,15,40", "sites", "permit_year", "before the base year 2026"),
    ("sites", "10,2026,2026,5,30", "10,2026,2032,5,30", "sites", "connection_year", "the site can never open"),
    ("sites", "10,2026,2026,5,30", "10,2040,2026,5,30", "sites", "permit_year", "the site can never open"),
    ("sites", "10,2026,2026,15,40", "10,2028,2026,15,40", "sites", "permit_year", "the site waits until 2031"),
    ("sites", "10,2026,2026,15,40", "10,2026,2028,15,40", "sites", "connection_year", "the site waits until 2031"),
    ("sites", "40,10,2026,2026,15,40", "40,0,2026,2026,15,40", "sites", "minimum_mw", "with hardly anything on it"),
    ("sites", "100,10,2026,2026,5,30", "100,90,2026,2026,5,30", "sites", "minimum_mw", "no plan can open the site"),
    ("sites", "none,20,0,2026,20,", "none,20,0,2034,20,", "sites", "committed_year", "it serves in none"),
    ("sites", "2026,20,gpu_a", "2026,20,gpu_b", "sites", "committed_year", "gpu_b is sold only from 2031"),
    (
        "countries",
        "1.1,15,0,0,1,10,0.1,5",
        "1.1,15,0,0,1,1.01,0.1,5",
        "sites",
        "country",
        "allows a PUE of 1.01, the best hall here",
    ),
    ("sites", "river,40,0,2026", "river,0,0,2026", "sites", "heat_sink_mw", "nobody here takes any"),
    ("headrooms", "LODZ,2026", "LODZ,2029", "sites", "connection_year", "LODZ has headroom only from 2029"),
    ("headrooms", "LODZ,2026,100", "LODZ,2026,0", "sites", "connection_year", "LODZ has headroom in no year"),
    ("headrooms", "RHONE,2031", "RHONE,2036", "headrooms", "from_year", "says nothing: the periods end with 2035"),
    ("fleets", "EAST,coal,2031", "EAST,coal,2036", "fleets", "from_year", "says nothing: the periods end with 2035"),
    ("fleets", "EAST,gas,2026,500", "EAST,gas,2026,50000", "fleets", "capacity_mw", "times the zone's peak load"),
    ("fleets", "EAST,coal,2031,1000", "EAST,coal,2031,5", "fleets", "capacity_mw", "was 1500 in 2026 (another unit?)"),
    ("demand", "paris,inference,p2,20", "paris,inference,p2,20000", "demand", "demand_kh100e", "was 10 in 2026"),
    ("tranches", "private,p2,600", "private,p2,600000", "tranches", "amount_meur", "was 1400 in 2026"),
    ("lines", "500,500", "500,5", "lines", "backward_mw", "forward_mw is 500 (another unit?)"),
    ("potentials", "WEST,wind,500", "WEST,nuclear,500", "potentials", "technology", "ready after 2031"),
    ("potentials", "WEST,wind,500", "WEST,wind,90000", "potentials", "potential_mw", "times the zone's peak load"),
    ("reinforcements", "100,30,5", "100,30,6", "reinforcements", "lead_years", "it is ready after 2031"),
    ("reservoirs", "NORTH,hydro,8", "NORTH,hydro,80", "reservoirs", "energy_twh", "h a year at full power"),
    ("reservoirs", "NORTH,hydro,8", "NORTH,hydro,0.09", "reservoirs", "energy_twh", "h a year at full power"),
    ("chips", "2031,2040", "2032,2040", "chips", "first_year", "can never be bought"),
    ("chips", "2,120,2.5", "2,200,2.5", "chips", "rack_kw", "no cooling carries over 150 kW"),
    ("chip_supply", "gpu_b,any,p2", "gpu_b,any,p1", "chip_supply", "period", "says nothing: gpu_b is sold 2031 - 2040"),
    ("chips", "1,30000,5", "1,500000,5", "chips", "price_eur_per_chip", "EUR per H100-equivalent"),
    ("chips", "1,40,1,30000", "1,40,60,30000", "chips", "throughput_h100e", "H100-equivalents per kW"),
    ("funds", "public,0.35", "public,0", "funds", "aid_ceiling_share", "it is spent nowhere"),
    ("funds", "private,1", "private,0.4", "funds", "aid_ceiling_share", "the ceiling holds for public funds"),
    ("technologies", "0.9,80,900", "0.9,8,900", "technologies", "marginal_eur_per_mwh", "cent per kWh written?"),
    ("technologies", "0.9,80,900", "0.9,80,9", "technologies", "emission_kg_per_mwh", "what is not low_carbon"),
    ("technologies", "0,4,0.9", "0,0.2,0.9", "technologies", "duration_hours", "(days written?)"),
    ("sites", "2026,2026,15,40", "2026,2026,150,40", "sites", "distance_km", "(m written?)"),
    ("latency", "paris,30", "paris,3", "latency", "round_trip_ms", "there and as many back take"),
    ("latency", "paris,30", "paris,1900", "latency", "round_trip_ms", "there and as many back take"),
    ("workloads", "people,25", "people,1", "demand", "region", "its share cannot be served"),
]


@pytest.mark.parametrize(("table", "old", "new", "file", "column", "rule"), EDITS)
def test_each_warning_names_the_cell(
    tutorial: Path, table: str, old: str, new: str, file: str, column: str, rule: str
) -> None:
    edit(tutorial / f"{table}.csv", old, new)
    reported = [each for each in warnings_of(tutorial) if (each.file, each.column) == (f"{file}.csv", column)]
    assert any(rule in each.rule for each in reported), warnings_of(tutorial)
    assert any(each.line and each.value for each in reported if rule in each.rule)


def test_the_tutorial_raises_no_warning() -> None:
    assert warnings_of(TUTORIAL) == ()
    assert len(PLAUSIBILITY_CHECKS) == len({check.__name__ for check in PLAUSIBILITY_CHECKS})
    assert all(check.__doc__ for check in PLAUSIBILITY_CHECKS)


def test_headroom_raised_before_its_site_can_connect_is_reported(tutorial: Path) -> None:
    """RHONE is raised in 2031; one of its two sites connects in 2031, the other in 2026."""
    edit(tutorial / "sites.csv", "40,10,2026,2026,15", "40,10,2026,2036,15")
    edit(tutorial / "sites.csv", "10,2028,2031,10,40", "10,2028,2033,10,40")
    edit(tutorial / "periods.csv", "p2,2031,5\n", "p2,2031,5\np3,2036,1\n")
    reported = [str(each) for each in warnings_of(tutorial) if each.file == "headrooms.csv"]
    assert reported == [
        "headrooms.csv, line 5, from_year = '2031': changed in 2031, but no candidate here can connect before 2033"
    ]


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [
        ("countries", "DE,Germany,true,tier1,1,15,0,0,1,10,0,5", "country"),
        ("stations", "berlin,Berlin,52.5,13.4,34,36,24", "station"),
        ("basins", "elbe,Elbe,5,0.1", "basin"),
        ("substations", "SPARE,Spare,EAST,51.8,19.5", "substation"),
        (
            "technologies",
            "oil,Oil,generation,false,false,0.9,200,700,1,0.03,30,4,2,0,0,0,1,0,1,0,0,false,0,0,false",
            "technology",
        ),
        ("regions", "berlin,Berlin,52.5,13.4,4000000", "region"),
        ("workloads", "video,Video,50,0,0", "workload"),
        ("reservoirs", "WEST,hydro,3,0", "technology"),
        ("funds", "spare,Spare,private,1,0,,1,0,0", "fund"),
    ],
)
def test_rows_that_no_plan_could_use_are_reported(tutorial: Path, table: str, row: str, column: str) -> None:
    path = tutorial / f"{table}.csv"
    path.write_text(path.read_text() + row + MADE_UP)
    reported = [each for each in warnings_of(tutorial) if (each.file, each.column) == (path.name, column)]
    assert [each.line for each in reported] == [len(path.read_text().splitlines())]


def test_rules_of_the_scenario_that_leave_nothing_are_reported(tutorial: Path) -> None:
    (no_room,) = warnings_of(tutorial, siting={"must": ["PARIS"]})
    assert str(no_room).startswith("scenario, siting.must = 'PARIS': must be chosen, and dates, land, headroom")
    (nobody,) = warnings_of(tutorial, siting={"only": ["PARIS"]})
    assert str(nobody) == "scenario, siting.only: siting.only leave no site that a plan could choose"
    (few,) = warnings_of(tutorial, siting={"only": ["LYON"], "sites_min": 2})
    assert str(few).startswith("scenario, siting.sites_min = '2': siting.only leave 1 candidates")
    assert not warnings_of(tutorial, siting={"only": ["LYON"], "must": ["LYON"], "must_not": ["LODZ"], "sites_min": 1})


def test_a_zone_with_load_and_no_supply_is_reported_by_name(tutorial: Path) -> None:
    for name in ("fleets", "lines"):
        path = tutorial / f"{name}.csv"
        path.write_text("".join(line for line in path.read_text().splitlines(True) if "EAST" not in line))
    (reported,) = (each for each in warnings_of(tutorial) if each.file == "zones.csv")
    assert reported.line == 2
    assert "zone EAST has load but no fleet and no line" in reported.rule


def test_a_zone_with_too_little_supply_is_reported(tutorial: Path) -> None:
    path = tutorial / "fleets.csv"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "EAST" not in line))
    (reported,) = (each for each in warnings_of(tutorial) if each.file == "zones.csv")
    assert "fleets and lines bring at most 400 MW" in reported.rule


def test_reactances_that_cancel_around_a_cycle_are_reported(tutorial: Path) -> None:
    path = tutorial / "lines.csv"
    twins = "A,NORTH,WEST,500,500,0,{0},1900" + MADE_UP + "B,NORTH,WEST,500,500,0,{1},1900" + MADE_UP
    whole = path.read_text()
    path.write_text(whole + twins.format(0.1, -0.05))
    assert warnings_of(tutorial) == ()
    path.write_text(whole + twins.format(0.1, -0.1))
    (reported,) = warnings_of(tutorial)
    assert (reported.file, reported.column) == ("lines.csv", "reactance_pu")
    assert "cancel around a cycle" in reported.rule


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("solve", "gap_share", 0.5),
        ("question", "tolerance_share", 0.5),
        ("power", "shed_share", 0.01),
        ("money", "discount_share", 0.3),
    ],
)
def test_percent_in_the_scenario_is_reported(section: str, key: str, value: float) -> None:
    (reported,) = warnings_of(TUTORIAL, **{section: {key: value}})
    assert (reported.file, reported.column) == ("scenario", f"{section}.{key}")


# Hourly columns of Europe's record, one at a time.


@pytest.fixture(scope="module")
def europe() -> tuple[Tables, Case]:
    settings = load_settings(EUROPE)
    case, _ = read_with_warnings(EUROPE, settings)
    return read_inputs(EUROPE, settings).tables, case


HOURLY_CHECKS = [
    check for file in (plausibility_hourly, plausibility_weather) for check in rules_in(vars(file), "tables", "case")
]


def hourly_warnings(europe: tuple[Tables, Case], table: str, column: str, values: Array) -> list[Fault]:
    """Return what the hourly rules say of Europe with another column."""
    tables, case = europe
    changed = replace(case, hourly={**case.hourly, table: {**case.hourly[table], column: values}})
    return [each for check in HOURLY_CHECKS for each in check(tables, changed)]


def test_europe_raises_no_warning_about_its_hourly_tables(europe: tuple[Tables, Case]) -> None:
    tables, case = europe
    assert [each for check in HOURLY_CHECKS for each in check(tables, case)] == []


@pytest.mark.parametrize("step", [20, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("hourly", HOURLY_TABLES, ids=[table.name for table in HOURLY_TABLES])
def test_any_column_of_europe_in_another_unit_is_refused_or_reported(
    europe: tuple[Tables, Case], hourly: HourlyTable, step: int
) -> None:
    silent = []
    for column, values in list(europe[1].hourly[hourly.name].items())[::step]:
        for slip in SLIPS[hourly.unit]:
            slipped = values * slip.times + slip.plus
            if within_limits(slipped, hourly).all():
                reported = hourly_warnings(europe, hourly.name, column, slipped)
                if (hourly.name, column) not in {(each.file, each.column) for each in reported}:
                    silent.append((column, slip.unit))
    assert silent == []


SHIFT = 6
MISFITS: dict[str, tuple[str, str, Callable[[Case], Array]]] = {
    "load of another zone": ("load", "DE", lambda case: case.hourly["load"]["EE"]),
    "load of twelve hours later": ("load", "FR", lambda case: np.roll(case.hourly["load"]["FR"], 12)),
    "an hour in GW": ("load", "FR", lambda case: np.where(np.arange(8760) == 99, 50.0, case.hourly["load"]["FR"])),
    "solar from another side": (
        "availability",
        "PT.solar",
        lambda case: np.roll(case.hourly["availability"]["PT.solar"], SHIFT),
    ),
    "solar at night": ("availability", "FR.solar", lambda case: case.hourly["availability"]["FR.wind_onshore"]),
    "solar all day": ("availability", "FR.solar", lambda case: np.full(8760, 0.15)),
    "wind like nuclear": ("availability", "FR.wind_onshore", lambda case: case.hourly["availability"]["FR.nuclear"]),
    "nuclear like solar": ("availability", "FR.nuclear", lambda case: case.hourly["availability"]["FR.solar"]),
    "carbon of hydro in a zone of coal": ("carbon", "PL", lambda case: case.hourly["carbon"]["SE2"]),
    "carbon of coal in a zone of hydro": ("carbon", "NO2", lambda case: case.hourly["carbon"]["PL"]),
    "Andalusia in Lapland": ("drybulb", "lulea-ap", lambda case: case.hourly["drybulb"]["almeria-ap"]),
    "Lapland in Andalusia": ("drybulb", "almeria-ap", lambda case: case.hourly["drybulb"]["lulea-ap"]),
    "noon at midnight": (
        "drybulb",
        "madrid-barajas-suarez-ap",
        lambda case: np.roll(case.hourly["drybulb"]["madrid-barajas-suarez-ap"], 12),
    ),
    "a wet bulb too low": (
        "wetbulb",
        "madrid-barajas-suarez-ap",
        lambda case: case.hourly["wetbulb"]["madrid-barajas-suarez-ap"] - 15,
    ),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_a_column_that_does_not_fit_is_reported(europe: tuple[Tables, Case], misfit: str) -> None:
    table, column, values = MISFITS[misfit]
    reported = hourly_warnings(europe, table, column, values(europe[1]))
    assert (table, column) in {(each.file, each.column) for each in reported}


def test_solar_without_a_column_is_reported(europe: tuple[Tables, Case]) -> None:
    tables, case = europe
    columns = {pair: values for pair, values in case.hourly["availability"].items() if pair != "FR.solar"}
    changed = replace(case, hourly={**case.hourly, "availability": columns})
    reported = [
        each
        for each in plausibility_warnings(tables, changed, {"availability": "availability.parquet"})
        if "hour" in each.rule
    ]
    assert [(each.file, each.column) for each in reported if "no such column" in each.rule] == [
        ("availability.parquet", "FR.solar")
    ]


def test_a_small_load_in_kw_is_reported(tutorial: Path) -> None:
    path = tutorial / "load.csv"
    lines = [line.split(",") for line in path.read_text().splitlines()]
    shown = [[hour, east, str(100 * float(north)), west] for hour, east, north, west in lines[1:]]
    path.write_text("\n".join(",".join(cells) for cells in [lines[0], *shown]) + "\n")
    assert ("load.csv", "NORTH") in {(each.file, each.column) for each in warnings_of(tutorial)}


# How they are shown.


def test_many_of_a_kind_are_folded_into_one_line() -> None:
    faults = [Fault("sites.csv", "before 2026: ready at once", line, "permit_year", "2020") for line in range(2, 40)]
    lines = [*warning_lines(faults)]
    assert len(lines) == SHOWN + 1
    assert lines[-1].startswith(f"sites.csv: and {38 - SHOWN} more like it (line ")


def test_those_about_rows_in_short_come_first() -> None:
    faults = [Fault(name, "no least size", 2, "minimum_mw", "0") for name in ("sites.csv", "own_sites.csv", "x.csv")]
    assert [line.partition(",")[0] for line in warning_lines(faults)] == ["own_sites.csv", "sites.csv", "x.csv"]


def test_check_prints_warnings_and_ends_well(tutorial: Path) -> None:
    edit(tutorial / "sites.csv", "10,2026,2026,15,40", "10,2026,2024,15,40")
    plain = CliRunner().invoke(app, ["check", str(tutorial)])
    assert plain.exit_code == 0
    assert "warning: sites.csv, line 5, connection_year = '2024': before the base year 2026" in plain.stdout
    assert "1 warning, no fault." in plain.stdout
    answer = json.loads(CliRunner().invoke(app, ["check", str(tutorial), "--json"]).stdout)
    assert answer["exit_code"] == 0
    (reported,) = answer["warnings"]
    assert (reported["file"], reported["line"], reported["column"]) == ("sites.csv", 5, "connection_year")


def test_solve_says_how_many_there_are(tutorial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(tutorial / "sites.csv", "10,2026,2026,15,40", "10,2026,2024,15,40")
    monkeypatch.setattr("optimizer.run.solve_in_subprocess", lambda *_: TaskResult("infeasible", "for a test"))
    reported: list[Progress] = []
    outcome = run(Request(tutorial, "base", tmp_path / "out"), RunMonitor(reported.append))
    assert outcome.warnings == 1
    assert [event.note for event in reported if event.stage == "warnings"] == [
        f"1 about the inputs: gigasite check {tutorial} shows them"
    ]
    result = CliRunner().invoke(app, ["solve", str(tutorial), "--json", "--no-explain", "--out", str(tmp_path / "out")])
    assert json.loads(result.stdout)["warnings"] == 1


def test_check_lists_faults_in_json_too(tutorial: Path) -> None:
    edit(tutorial / "sites.csv", "10,2026,2026,15,40", "10,2026,24,15,40")
    result = CliRunner().invoke(app, ["check", str(tutorial), "--json"])
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["exit_code"]) == (3, 3)
    assert answer["faults"][0]["column"] == "connection_year"
