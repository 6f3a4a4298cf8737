"""Holds fleets, reservoirs and their overlays to published totals, to physics and to one another."""

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from numpy.typing import NDArray
from scipy.optimize import linprog

from inputs.build import extract_fleets, extract_hydro, extract_lines, extract_technologies
from inputs.build.hydro import YEARS, countries, generation_twh, reservoir_twh, run_of_river_share, usual_twh, water
from inputs.build.table import FACTS, read_csv

EUROPE = Path(__file__).parents[1] / "inputs" / "europe"
FROM_MW = 500
"""Fleets above this are held to their reference."""
GROUPS = {
    "all_biomass": ("biomass", "waste"),
    "all_coal": ("coal", "lignite"),
    "all_gas": ("gas", "gas_turbine"),
    "all_hydro": ("hydro_reservoir", "hydro_ror"),
    "all_wind": ("wind_onshore", "wind_offshore"),
}
INDEPENDENT_MW = {
    # Typed apart from the facts: national statistics and reports of 2025 and 2026, rounded.
    ("RO", "coal", "lignite"): 1650,
    ("RO", "gas", "gas_turbine"): 2275,
    ("DE", "battery"): 19000,
    ("DE", "oil"): 3800,
    ("ES", "solar"): 53700,
    ("CZ", "coal", "lignite"): 7600,
    ("RS", "hydro_pumped"): 640,
    ("BE", "gas", "gas_turbine"): 8400,
    ("IT", "solar"): 43500,
    ("IT", "wind_onshore", "wind_offshore"): 13600,
    ("PT", "hydro_ror", "hydro_reservoir", "hydro_pumped"): 8250,
    ("IT", "hydro_ror", "hydro_reservoir", "hydro_pumped"): 22900,
    ("GB", "coal"): 0,
    ("PT", "coal"): 0,
}
UNION_2031_GW = {"wind_onshore": 298, "wind_offshore": 46}
"""WindEurope, outlook for the end of 2030 (September 2025)."""
UNION_SOLAR_2031_GW = (500, 720)
"""Inverters behind 718 GW of modules (SolarPower Europe, outlook for the end of 2030): some 1.0 to 1.4 W a W."""
FIRM = {"hydro_reservoir": 0.9, "hydro_pumped": 0.9, "battery": 0.5}
"""Share of the MW that stores give in a bad hour."""
ASKEW = ("BE-DE", "BG-GR", "FR-ITN", "CH-ITN", "GB-IE")
OUTSIDE = ("GB", "NO", "CH", "RS")


@cache
def fleets() -> list[tuple[str, str, int, float]]:
    rows = read_csv(EUROPE / "fleets.csv")
    return [(row["zone"], row["technology"], int(row["from_year"]), float(row["capacity_mw"])) for row in rows]


def standing(year: int) -> dict[tuple[str, str], float]:
    rows = sorted((row for row in fleets() if row[2] <= year), key=lambda row: row[2])
    return {(zone, technology): capacity for zone, technology, _, capacity in rows}


def national_mw(country: str, technologies: tuple[str, ...], year: int = 2026) -> float:
    return sum(
        mw for (zone, kind), mw in standing(year).items() if countries()[zone] == country and kind in technologies
    )


def reservoirs(folder: str = "") -> dict[str, float]:
    return {row["zone"]: float(row["energy_twh"]) for row in read_csv(EUROPE / folder / "reservoirs.csv")}


def national_hydro_twh(country: str, year: int | str, folder: str) -> float:
    """Sum reservoirs and run of river of a country as the case would have them."""
    inside = [zone for zone, its in countries().items() if its == country]
    dams = sum(reservoirs(folder).get(zone, 0.0) for zone in inside)
    rivers = sum(standing(2026).get((zone, "hydro_ror"), 0.0) * run_of_river_share(zone, year) for zone in inside)
    return dams + rivers * 8760 / 1e6


@cache
def references() -> list[dict[str, str]]:
    return read_csv(FACTS / "references_fleets.csv")


@pytest.mark.parametrize("row", references(), ids=lambda row: f"{row['country']}-{row['kind']}")
def test_national_totals_are_within_five_percent_of_their_reference(row: dict[str, str]) -> None:
    reference = float(row["capacity_mw"])
    found = national_mw(row["country"], GROUPS.get(row["kind"], (row["kind"],)))
    if reference > FROM_MW or found > FROM_MW:
        assert found == pytest.approx(reference, rel=0.05), f"{row['source']}, {row['date']}"
    assert row["source"]
    assert row["date"] >= "2017"
    for other in (row["plants_mw"], row["entry_mw"]):
        if other and abs(float(other) - reference) > 0.05 * reference:
            assert row["reason"], "where figures disagree it is said why one is taken"


def test_every_large_fleet_has_a_reference() -> None:
    kinds = {(row["country"], row["kind"]) for row in references()}
    groups = {technology: group for group, technologies in GROUPS.items() for technology in technologies}
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for (zone, technology), capacity in standing(2026).items():
        totals[countries()[zone], technology] += capacity
    for (country, technology), capacity in totals.items():
        if capacity > FROM_MW:
            assert {(country, technology), (country, groups.get(technology, ""))} & kinds, (country, technology)


@pytest.mark.parametrize("key", INDEPENDENT_MW, ids=lambda key: "-".join(key[:2]))
def test_figures_that_were_wrong_agree_with_statistics_typed_here(key: tuple[str, ...]) -> None:
    assert national_mw(key[0], key[1:]) == pytest.approx(INDEPENDENT_MW[key], rel=0.05)


def test_fossil_plants_can_have_produced_what_they_produced() -> None:
    kinds = ("coal", "lignite", "gas", "gas_turbine", "oil")
    for row in read_csv(FACTS / "facts_balance.csv"):
        hours = float(row["fossil_twh"]) * 1e6 / (national_mw(row["country"], kinds) or 1.0)
        # Small plants of heat and industry are left out where nearly all comes from them (CH, NO, SE, LV, SK).
        assert hours < 0.75 * 8760 or float(row["fossil_twh"]) < 5, f"{row['country']}: {hours:.0f} h in 2024"


def test_coal_ends_where_law_says_so() -> None:
    both = ("coal", "lignite")
    for country, year in {"FR": 2028, "NL": 2030, "DK": 2029, "GR": 2029, "IT": 2029, "HU": 2030, "RO": 2033}.items():
        assert not national_mw(country, both, year), country
    assert national_mw("DE", ("coal",), 2030) == pytest.approx(8000 * 15 / 13.3, rel=0.05)  # 8 GW beside the reserve
    assert national_mw("PL", both, 2035) > 10000
    for country in set(countries().values()):
        path = [national_mw(country, both, year) for year in range(2026, 2036)]
        assert (np.diff(path) <= 0).all(), country


def test_growth_of_the_union_is_that_of_the_outlooks() -> None:
    def union_gw(technology: str) -> float:
        inside = set(countries().values()) - set(OUTSIDE)
        return sum(national_mw(country, (technology,), 2031) for country in inside) / 1000

    for technology, outlook in UNION_2031_GW.items():
        assert union_gw(technology) == pytest.approx(outlook, rel=0.12), technology
    assert UNION_SOLAR_2031_GW[0] < union_gw("solar") < UNION_SOLAR_2031_GW[1]


def test_load_grows_as_much_as_is_expected_of_europe() -> None:
    """The Union, Norway, Switzerland and Britain: 277 TWh from 2023 to 2030 on 2,890 (McKinsey, October 2024)."""
    growth = {row["country"]: float(row["load_growth_share"]) for row in read_csv(EUROPE / "zones.csv")}
    demand = {row["country"]: float(row["demand_twh"]) for row in read_csv(FACTS / "facts_balance.csv")}
    inside = [country for country in demand if country != "RS"]
    mean = sum(demand[country] * growth[country] for country in inside) / sum(demand[country] for country in inside)
    assert mean == pytest.approx((1 + 277 / 2890) ** (1 / 7) - 1, abs=0.001)


def test_reactors_open_and_close_as_announced() -> None:
    assert national_mw("ES", ("nuclear",), 2031) < 0.5 * national_mw("ES", ("nuclear",), 2030)
    assert national_mw("CH", ("nuclear",), 2034) == pytest.approx(2973 - 730, rel=0.02)
    assert national_mw("GB", ("nuclear",), 2030) < 3000 < national_mw("GB", ("nuclear",), 2031)


@pytest.mark.parametrize("country", [country for country in sorted(generation_twh()) if usual_twh(country) > 0.5])
def test_national_hydro_energy_meets_the_statistics(country: str) -> None:
    found = {kind: national_hydro_twh(country, kind, f"hydrology/{kind}") for kind in ("dry", "mean", "wet")}
    assert found["mean"] == pytest.approx(usual_twh(country), rel=0.1)
    assert found["dry"] < found["mean"] < found["wet"]
    for year, folder in {2016: "", **{year: YEARS[year] for year in YEARS if isinstance(year, int)}}.items():
        # What flows in is not what is generated in the same year: the stores carry over.
        energy = national_hydro_twh(country, year, folder)
        assert energy == pytest.approx(generation_twh()[country][year], rel=0.4), year


def test_reservoirs_of_a_zone_lie_between_its_driest_and_wettest_year(capsys: pytest.CaptureFixture[str]) -> None:
    lines = []
    for zone, energy in reservoirs().items():
        known = water()[zone]
        spread = np.array(
            [known["least_twh"], known["dry_twh"], known["mean_twh"], known["wet_twh"], known["most_twh"]]
        )
        assert (np.diff(spread) > 0).all(), zone
        usable = reservoir_twh(zone, "mean") / known["mean_twh"]
        assert 0.85 < usable <= 1, zone
        for folder in ("", *YEARS.values()):
            other = reservoirs(folder)[zone]
            assert 0.9 * usable * spread[0] <= other <= 1.1 * usable * spread[-1], (zone, folder)
        dry, mean, wet = (reservoirs(f"hydrology/{kind}")[zone] for kind in ("dry", "mean", "wet"))
        assert dry < mean < wet, zone
        lines.append(f"{zone} {spread[0]:.1f} {dry:.1f} {mean:.1f} {wet:.1f} {spread[-1]:.1f}, 2016: {energy:.1f}")
    with capsys.disabled():
        print("\nreservoirs, TWh: least of 36 years, dry, mean, wet, most\n" + "\n".join(lines))


def test_turbines_can_use_the_water_of_every_year() -> None:
    for folder in ("", *YEARS.values()):
        assert reservoirs(folder).keys() == reservoirs().keys()
        for zone, energy in reservoirs(folder).items():
            hours = energy * 1e6 / standing(2026)[zone, "hydro_reservoir"]
            assert 600 < hours < 7500, (zone, folder, hours)


def test_split_of_hydro_follows_the_climate_database() -> None:
    for zone in ("AT", "BG", "CH", "ES", "PT", "ITN", "SE1", "SE2", "FI", "NO2"):
        known = water()[zone]
        dams = standing(2026)[zone, "hydro_reservoir"]
        assert dams == pytest.approx(known["reservoir_mw"] or known["open_mw"], rel=0.1) or dams > known["reservoir_mw"]
    mean = {zone: round(reservoir_twh(zone, "mean"), 1) for zone in ("PT", "SE3", "AT", "FI", "SE2", "FR", "ITN")}
    published = {"PT": 9.4, "SE3": 10.9, "AT": 7.6, "FI": 14.1, "SE2": 38.5, "FR": 17.2, "ITN": 17.6}
    assert mean == pytest.approx(published, rel=0.1)


def test_duration_of_pumped_storage_against_the_climate_database() -> None:
    """One figure serves all of Europe: it lies between the closed loops and those with a river."""
    duration = next(
        float(row["duration_hours"])
        for row in read_csv(EUROPE / "technologies.csv")
        if row["technology"] == "hydro_pumped"
    )
    hours = sorted(
        known["closed_gwh"] * 1000 / known["closed_mw"] for known in water().values() if known["closed_mw"] > 100
    )
    assert hours[0] < duration < hours[-1]


def test_exchange_in_service_is_believable_beside_the_greatest_exchange() -> None:
    """What the market is allotted lies between two fifths of the greatest exchange published and a sixth above it."""
    greatest = {(row["from_zone"], row["to_zone"]): row for row in read_csv(FACTS / "facts_exchanges.csv")}
    seen = 0
    for row in read_csv(EUROPE / "lines.csv"):
        other = greatest.get((row["from_zone"], row["to_zone"]))
        # ASKEW: Ember counts other lines, or one way of the collected pair is a flow seen and no limit.
        if other and int(row["first_year"]) < 2026 and float(other["backward_mw"]) > 300 and row["line"] not in ASKEW:
            seen += 1
            for way in ("forward_mw", "backward_mw"):
                assert 0.4 * float(other[way]) <= float(row[way]) <= 1.17 * float(other[way]), (row["line"], way)
    assert seen > 45


def test_planned_lines_have_their_year_and_nothing_is_forgotten() -> None:
    rows = {row["line"]: row for row in read_csv(EUROPE / "lines.csv")}
    keys = [tuple(sorted((row["from_zone"], row["to_zone"]))) for row in rows.values() if int(row["first_year"]) < 2026]
    assert len(keys) == len(set(keys)), "a border in service is one row"
    expected = {
        "FR-IE-CELTIC": (2028, 700),
        "DE-GB-NEUCONNECT": (2029, 1400),
        "ES-FR-BISCAY": (2029, 2200),
        "LT-PL-HARMONY": (2031, 700),
    }
    for line, (year, megawatts) in expected.items():
        assert int(rows[line]["first_year"]) == year
        assert float(rows[line]["forward_mw"]) == float(rows[line]["backward_mw"]) == megawatts
    planned = read_csv(FACTS / "facts_planned.csv")
    decided = {project for row in planned for project in row["project"].split()}
    projects = {row["project"]: row for row in read_csv(FACTS / "facts_projects.csv")}
    assert decided == projects.keys(), "every project is taken or left out with its reason"
    assert all(row["reason"] for row in planned)
    for row in planned:
        if row["first_year"]:
            assert 2026 < int(row["first_year"]) <= 2035, row["line"]
            assert rows[row["line"]]["from_zone"] < rows[row["line"]]["to_zone"]
            for project in row["project"].split():
                assert int(row["first_year"]) >= int(projects[project]["year"]), "no project comes before its plan"
    assert not any("HANSA" in line or {row["from_zone"], row["to_zone"]} == {"GB", "NO5"} for line, row in rows.items())


def test_costs_of_plants_are_those_of_the_catalogue() -> None:
    rows = {row["technology"]: row for row in read_csv(EUROPE / "technologies.csv")}
    capex = {
        "hydro_pumped": 2.89,
        "hydro_reservoir": 2.89,
        "hydro_ror": 4.33,
        "coal": 4.81,
        "waste": 10.8,
        "nuclear": 10.8,
    }
    for technology, meur in capex.items():
        assert float(rows[technology]["capex_meur_per_mw"]) == pytest.approx(meur, rel=0.01), technology
    assert float(rows["wind_offshore"]["capex_meur_per_mw"]) == pytest.approx(2.115 + 0.85 + 50 * 0.00451, rel=0.01)
    # kg of CO2 per MWh of heat over the efficiency of the plants that run today, not of new ones.
    emissions = {"lignite": 407 / 0.37, "coal": 336 / 0.405, "gas": 198 / 0.5, "gas_turbine": 198 / 0.43}
    for technology, kilograms in emissions.items():
        assert float(rows[technology]["emission_kg_per_mwh"]) == pytest.approx(kilograms, rel=0.03), technology
        assert float(rows[technology]["marginal_eur_per_mwh"]) > 0.07 * kilograms, (
            "fuel comes on top of the carbon price"
        )
    assert all(float(row["construction_years"]) <= float(row["lead_years"]) for row in rows.values())


@pytest.mark.parametrize("module", [extract_fleets, extract_hydro, extract_lines, extract_technologies])
def test_extractors_name_the_missing_file_and_its_origin(module: object, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"it comes from .* at [0-9a-f]{7}"):
        module.main(tmp_path)  # type: ignore[attr-defined]


def test_extractor_takes_the_newest_entry_of_each_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, list[list[object]]] = {}
    monkeypatch.setattr(
        extract_fleets, "write_facts", lambda name, note, columns, rows: written.update({name: list(rows)})
    )
    (tmp_path / "fleets_2026").mkdir()
    with (tmp_path / "fleets_2026" / "capacity_by_zone.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [
                ["zone", "technology", "date", "capacity_mw", "source"],
                ["SE-SE3", "hydro", "2025-01-01", 2627, "svk.se"],
                ["SE-SE3", "hydro", "2017-01-01", 2581, "svk.se"],
                ["DE", "wind", "2026-01-01", 80000, "Fraunhofer ISE"],
                ["LU", "wind", "2024-01-01", 200, "entsoe.eu"],
                ["DE", "unknown", "2026-01-01", 5, "entsoe.eu"],
                ["XK", "coal", "2026-01-01", 960, "entsoe.eu"],
                ["SE-SE4", "oil", "2017-01-01", 662, ""],
            ]
        )
    extract_fleets.main(tmp_path)
    assert written["fleets"] == [
        ["DE", "all_wind", 80200.0, "2026-01", "Fraunhofer ISE"],
        ["SE3", "all_hydro", 2627.0, "2025-01", "svk.se"],
    ]


def test_extractor_leaves_out_years_that_are_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, list[list[object]]] = {}
    monkeypatch.setattr(
        extract_hydro, "write_facts", lambda name, note, columns, rows: written.update({name: list(rows)})
    )
    folder = tmp_path / "pecd_hydro"
    folder.mkdir()
    kinds = [f"SE01,{kind},{start} of the plants,{10 * at}" for at, (kind, start) in enumerate(extract_hydro.PLANTS)]
    (folder / "capacities.csv").write_text("\n".join(["zone,type,variable,value", *kinds]))
    weekly = ["zone,week,year,inflow,natural"]
    for year, gwh in ((2014, 7), (2015, 14), (2016, 21), (2017, 21)):
        weekly += [f"SE01,{week},{year},{gwh},NA" for week in range(1, 54)]
    (folder / "weekly-inflows.csv").write_text("\n".join(weekly))
    levels = [f"SE01,{week},{0.2 if week < 6 else 0.3},{0.9 if week < 6 else 1}" for week in range(1, 54)]
    (folder / "weekly-reservoir-min-max-uniform-levels.csv").write_text("\n".join(["zone,week,min,max", *levels]))
    flows = [f"SE01,{week},{year},{least},99" for year, least in ((2016, 4), (2017, 6)) for week in range(1, 54)]
    (folder / "weekly-reservoir-min-max-generation.csv").write_text("\n".join(["zone,week,year,min,max", *flows]))
    years = ",".join(str(year) for year in range(2004, 2024))
    (folder / "eia_hydro_annual_generation.csv").write_text(
        f"link\nreport\nAPI,,{years}\n,  Sweden,{','.join(['60'] * 20)}\n"
    )
    extract_hydro.main(tmp_path)
    (row,) = written["hydro"]
    assert row[:9] == ["SE01", 0, 10, 20, 30, 40, 50, 60, 70]
    assert row[9:] == [2, 0.365, 0.402, pytest.approx(0.548, abs=0.001), 0.694, 0.73, "", ""]
    january, february, *_ = months = written["hydro_months"]
    assert january == ["SE01", 1, pytest.approx(31 / 365, abs=5e-4), 0.2, 0.9, 5.0]
    assert february == ["SE01", 2, pytest.approx(28 / 365, abs=5e-5), 0.2, 0.9, 5.0]
    assert [row[3:5] for row in months[2:]] == [[0.3, 1.0]] * 10
    assert [row[1] for row in months] == [*range(1, 13)]
    assert sum(row[2] for row in months) == pytest.approx(1)  # type: ignore[misc]
    assert written["hydro_years"] == [["SE", *[60.0] * 20]]


def test_extractor_of_costs_keeps_both_years_and_the_publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, list[list[object]]] = {}
    monkeypatch.setattr(
        extract_technologies, "write_facts", lambda name, note, columns, rows: written.update({name: list(rows)})
    )
    monkeypatch.setattr(extract_technologies, "USED", {"coal": ("efficiency", "CO2 intensity")})
    (tmp_path / "technology_data").mkdir()
    for year, efficiency in ((2030, 0.356), (2035, 0.36)):
        rows: list[list[object]] = [
            ["technology", "parameter", "value", "unit", "source", "further description", "currency_year"],
            ["coal", "efficiency", efficiency, "p.u.", "Lazard's levelized cost", "", 2023.0],
            ["coal", "CO2 intensity", 0.3361, "tCO2/MWh_th", "Stoichiometric calculation", "", ""],
            ["oil", "efficiency", 0.35, "p.u.", "Danish Energy Agency", "", 2015.0],
        ]
        with (tmp_path / "technology_data" / f"costs_{year}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    extract_technologies.main(tmp_path)
    assert written["costs"] == [
        ["coal", "efficiency", 0.356, 0.36, "p.u.", 2023, "Lazard 2023"],
        ["coal", "CO2 intensity", 0.3361, 0.3361, "tCO2/MWh_th", "", "stoichiometry"],
    ]


@cache
def hourly(name: str) -> dict[str, NDArray[np.float64]]:
    table = pq.read_table(EUROPE / f"{name}.parquet").drop_columns(["hour"])
    return {key: table[key].to_numpy().astype(np.float64) for key in table.column_names}


def lines(year: int) -> list[tuple[str, str, float, float]]:
    return [
        (row["from_zone"], row["to_zone"], float(row["forward_mw"]), float(row["backward_mw"]))
        for row in read_csv(EUROPE / "lines.csv")
        if int(row.get("first_year", 0)) <= year
    ]


@pytest.mark.parametrize("year", [2027, 2030, 2033])
def test_no_load_is_lost_in_the_worst_hours(year: int) -> None:
    """Serves the hour of every zone's greatest load less wind and sun, and Europe's worst ten, through all lines."""
    zones = sorted(countries())
    growth = {row["zone"]: 1 + float(row["load_growth_share"]) for row in read_csv(EUROPE / "zones.csv")}
    load = np.array([hourly("load")[zone] * growth[zone] ** (year - 2026) for zone in zones])
    weather, steady = np.zeros(load.shape), np.zeros(load.shape)
    for (zone, technology), capacity in standing(year).items():
        share = hourly("availability").get(f"{zone}.{technology}", FIRM.get(technology))
        target = weather if technology in ("wind_onshore", "wind_offshore", "solar") else steady
        target[zones.index(zone)] += capacity * np.asarray(share)
    residual = load - weather
    hours = {int(hour) for hour in residual.argmax(axis=1)} | {
        int(hour) for hour in np.argsort(residual.sum(axis=0))[-10:]
    }
    ends = [(zones.index(a), zones.index(b), forward, backward) for a, b, forward, backward in lines(year)]
    count, borders = len(zones), len(ends)
    # Columns: load lost by zone, supply by zone, flow there and back by border (what flows in has lost 3 %).
    balance = np.zeros((count, 2 * count + 2 * borders))
    balance[:, :count] = balance[:, count : 2 * count] = np.eye(count)
    for column, (start, end, _, _) in enumerate(ends):
        balance[[start, end], 2 * count + column] = (-1.0, 0.97)
        balance[[end, start], 2 * count + borders + column] = (-1.0, 0.97)
    limits = [end[2] for end in ends] + [end[3] for end in ends]
    cost = np.r_[np.ones(count), np.zeros(count + 2 * borders)]
    for hour in sorted(hours):
        bounds = [(0, None)] * count + [(0, mw) for mw in [*(weather + steady)[:, hour], *limits]]
        found = linprog(cost, A_eq=balance, b_eq=load[:, hour], bounds=bounds, method="highs")
        lost = {zone: round(mw) for zone, mw in zip(zones, found.x[:count], strict=True) if mw > 1}
        assert found.status == 0
        assert not lost, f"hour {hour}: {lost} MW lost"


def test_extractor_of_lines_sorts_ends_and_drops_what_is_only_considered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: dict[str, list[list[object]]] = {}
    monkeypatch.setattr(
        extract_lines, "write_facts", lambda name, note, columns, rows: written.update({name: list(rows)})
    )
    monkeypatch.setattr(extract_lines, "PROJECTS", {"tyndp2020/new_links.csv": "TYNDP 2020"})
    squares = {"FR": shapely.box(0, 0, 1, 1), "IE": shapely.box(5, 0, 6, 1)}
    monkeypatch.setattr(extract_lines, "polygons", lambda: squares)
    (tmp_path / "fleets_2026").mkdir()
    (tmp_path / "fleets_2026" / "exchange_capacity.csv").write_text(
        "exchange,capacity_from,capacity_to\nSE-SE3_SE-SE4,-2000,5400\nNO_SE,-9,9\nIT-SO_GR,-400,500\n"
    )
    (tmp_path / "grid_projects" / "tyndp2020").mkdir(parents=True)
    (tmp_path / "grid_projects" / "tyndp2020" / "new_links.csv").write_text(
        ",project_status,build_year,p_nom,tags,x0,y0,x1,y1\n"
        "a,in_permitting,2026,700,https://x/projectsheets/transmission/107,5.5,0.5,0.5,0.5\n"
        "b,under_consideration,2026,700,https://x/projectsheets/transmission/1,5.5,0.5,0.5,0.5\n"
        "c,in_permitting,2026,700,https://x/projectsheets/transmission/2,0.1,0.5,0.5,0.5\n"
    )
    extract_lines.main(tmp_path)
    assert written["exchanges"] == [["GR", "ITS", 400.0, 500.0], ["SE3", "SE4", 5400.0, 2000.0]]
    assert written["projects"] == [["TYNDP107", "FR", "IE", 700, "in_permitting", 2026, "TYNDP 2020"]]
