"""A cut of a case is a case: consistent whatever it keeps, the whole where it keeps all, and it says what it did."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from models.case import TABLES, WHOLE_COLUMN, Case, Reservoir
from optimizer.case.case_folder import CaseFolder
from optimizer.case.case_inputs import CaseInputs
from optimizer.case.cut import Selection, plan_cut
from optimizer.case.cut_borders import lines_into_mw, shortage_mw, trade_from_beyond_mw
from optimizer.case.faults import CaseRefused
from optimizer.case.overlays import overlay_names
from optimizer.case.read import read_case, read_inputs, read_with_warnings
from optimizer.case.settings import load_settings
from optimizer.case.write_cut import write_cut
from optimizer.case.write_workbook import write_workbook
from tests.drafts import same

INPUTS = Path(__file__).parents[2] / "inputs"
TUTORIAL, EUROPE = INPUTS / "tutorial", INPUTS / "europe"


def read(folder: Path, scenario: str = "base") -> Case:
    return read_case(folder, load_settings(folder, scenario))


@pytest.fixture(scope="module")
def europe() -> tuple[CaseInputs, Case]:
    """Read the reference case once."""
    inputs = read_inputs(EUROPE, load_settings(EUROPE))
    return inputs, inputs.case(load_settings(EUROPE))


def copied(folder: Path, *files: tuple[str, str]) -> Path:
    """Copy the tutorial with further files."""
    shutil.copytree(TUTORIAL, folder)
    for name, text in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def subsets(*keys: str) -> st.SearchStrategy[frozenset[str] | None]:
    return st.none() | st.frozensets(st.sampled_from(keys), min_size=1)


@pytest.fixture(scope="module")
def tutorial(tutorial_case: Case) -> tuple[CaseInputs, Case]:
    """Read the files of the tutorial once."""
    return read_inputs(TUTORIAL, load_settings(TUTORIAL)), tutorial_case


@settings(max_examples=150, deadline=None)
@given(
    selection=st.builds(
        Selection,
        countries=subsets("FR", "PL", "SE"),
        zones=subsets("EAST", "NORTH", "WEST"),
        sites=subsets("BUGEY", "LODZ", "LULEA", "LYON", "PARIS"),
        technologies=subsets("battery", "coal", "gas", "hydro", "nuclear", "wind"),
        neighbours=st.booleans(),
    )
)
def test_any_cut_has_no_fault_or_is_refused(selection: Selection, tutorial: tuple[CaseInputs, Case]) -> None:
    inputs, case = tutorial
    try:
        cut = plan_cut(inputs, case, selection)
    except CaseRefused as refused:
        reasons = [fault.rule for fault in refused.faults]
        event(reasons[0].partition(" is left")[0])
        return
    left = cut.left_of(inputs)
    rows = {name: table.rows for name, table in left.tables.items()}
    assert [str(fault) for fault in left.faults(case.settings)] == []
    assert all(rows[name] for name, kind in TABLES.items() if not kind.optional)
    assert all(selection.keeps("sites", site) for site in rows["sites"])
    assert all(selection.keeps("countries", row.country) for row in rows["sites"].values())
    assert all(selection.keeps("zones", row.zone) for row in rows["sites"].values())
    assert all(selection.keeps("technologies", technology) for _, technology, _ in rows["fleets"])
    assert {*left.hourly["load"]} == {*rows["zones"]}
    assert all(f"{zone}.{technology}" != pair for zone, technology in cut.pairs for pair in left.hourly["availability"])


@pytest.mark.parametrize(
    "selection",
    [
        Selection(countries=frozenset(["PL"])),
        Selection(sites=frozenset(["LULEA"]), neighbours=False),
        Selection(zones=frozenset(["WEST"]), technologies=frozenset(["wind", "nuclear", "gas"])),
    ],
    ids=str,
)
def test_a_cut_that_is_written_reads(selection: Selection, tutorial: tuple[CaseInputs, Case], tmp_path: Path) -> None:
    write_cut(TUTORIAL, selection, tmp_path / "cut")
    case = read(tmp_path / "cut")
    left = plan_cut(*tutorial, selection).left_of(tutorial[0])
    for name, table in left.tables.items():
        assert name == "sources" or getattr(case, name) == table.rows


def test_what_no_site_left_reaches_in_time_is_not_asked_for(tmp_path: Path) -> None:
    """Within 3 ms Paris is served by its own site alone, Warsaw by Lodz, Stockholm by none before and after."""
    workloads = (TUTORIAL / "workloads.csv").read_text().replace("people,25,", "people,3,")
    source = copied(tmp_path / "source", ("workloads.csv", workloads))
    told = write_cut(source, Selection(sites=frozenset(["BUGEY", "LODZ", "LULEA"])), tmp_path / "cut")
    cut = read(tmp_path / "cut")
    assert {region for region, workload, _ in cut.demand if workload == "inference"} == {"stockholm", "warsaw"}
    assert {region for region, workload, _ in cut.demand if workload == "training"} == {"paris", "stockholm", "warsaw"}
    assert "No site left is near enough for what these regions ask for, which is left out: paris." in told


def test_no_site_or_no_plant_left_is_refused(tutorial: tuple[CaseInputs, Case]) -> None:
    with pytest.raises(CaseRefused, match="cut: no site is left by countries FR, zones EAST"):
        plan_cut(*tutorial, Selection(countries=frozenset(["FR"]), zones=frozenset(["EAST"])))
    with pytest.raises(CaseRefused, match="cut: no row of fleets is left by technologies battery"):
        plan_cut(*tutorial, Selection(technologies=frozenset(["battery"])))


def test_a_cut_that_keeps_all_is_the_case(tutorial_case: Case, tmp_path: Path) -> None:
    told = write_cut(TUTORIAL, Selection(countries=frozenset(tutorial_case.countries)), tmp_path / "tutorial")
    assert told == ["Nothing is left out."]
    assert same(read(tmp_path / "tutorial"), tutorial_case)
    assert (tmp_path / "tutorial" / "scenario.toml").read_bytes() == (TUTORIAL / "scenario.toml").read_bytes()


def test_the_reference_case_cut_to_all_its_countries_is_itself(europe: tuple[CaseInputs, Case]) -> None:
    inputs, case = europe
    cut = plan_cut(inputs, case, Selection(countries=frozenset(case.countries)))
    assert not any(cut.gone.values())
    left = cut.left_of(inputs)
    assert {name: table.rows for name, table in left.tables.items()} == {
        name: table.rows for name, table in inputs.tables.items()
    }
    assert {name: [*columns] for name, columns in left.hourly.items()} == {
        name: [*columns] for name, columns in inputs.hourly.items()
    }


@pytest.mark.parametrize("seed", range(12))
def test_random_cuts_of_the_reference_case_have_no_fault(seed: int, europe: tuple[CaseInputs, Case]) -> None:
    inputs, case = europe
    draw = random.Random(seed)
    selection = Selection(
        countries=frozenset(draw.sample(sorted({row.country for row in case.sites.values()}), draw.randint(1, 5))),
        sites=None if seed % 3 else frozenset(draw.sample(sorted(case.sites), 120)),
        technologies=None if seed % 4 else frozenset(draw.sample(sorted(case.technologies), 12)),
        neighbours=bool(seed % 2),
    )
    cut = plan_cut(inputs, case, selection)
    left = cut.left_of(inputs)
    assert [str(fault) for fault in left.faults(case.settings)] == []
    for name, kind in TABLES.items():
        assert kind.optional or left.tables[name].rows, name
    assert {*left.hourly["load"]} == {*left.tables["zones"].rows}
    assert left.tables["demand"].rows


@pytest.mark.long
def test_a_cut_of_the_reference_case_keeps_its_scenarios_and_says_what_changed(
    europe: tuple[CaseInputs, Case], tmp_path: Path
) -> None:
    told = "\n".join(write_cut(EUROPE, Selection(countries=frozenset(["ES", "PT"])), tmp_path / "iberia"))
    case, warnings = read_with_warnings(tmp_path / "iberia", load_settings(tmp_path / "iberia"))
    assert {row.country for row in case.sites.values()} == {"ES", "PT"}
    assert [*case.zones] == ["ES", "FR", "PT"]
    assert {row.zone for row in case.potentials.values()} == {"ES", "PT"}
    assert [*case.regions] == ["ES-BARCELONA", "ES-MADRID", "EUR", "PT"]  # EUR trains wherever
    assert case.settings.siting.member_states_min == 2
    assert "siting.member_states_min = 2: more cannot be (was 3)" in told
    assert [fault.file for fault in warnings if "calibrated on the prices of 41 zones" in fault.rule] == [
        "price_basis.csv"
    ]
    _, whole = europe
    assert case.zones["ES"] == whole.zones["ES"]
    assert case.quality("sites", "PT-SINES-2", "land_mw") == whole.quality("sites", "PT-SINES-2", "land_mw")
    assert {*case.sources} - {*whole.sources} == {("load", "FR", WHOLE_COLUMN)}
    assert np.array_equal(case.hourly["load"]["ES"], whole.hourly["load"]["ES"])
    lessened = whole.hourly["load"]["FR"] - case.hourly["load"]["FR"]
    assert lessened.min() >= 0
    assert 0 < lessened.max() < lines_into_mw(whole, "FR", {*whole.zones} - {*case.zones}, "2028-2030") * 1.2
    assert case.sources["load", "FR", WHOLE_COLUMN].source.startswith("Less what zones left out of the cut sent")
    assert case.sources["load", "FR", WHOLE_COLUMN].quality == "derived"
    assert "# the four or five gigafactories" in (tmp_path / "iberia" / "scenario.toml").read_text()
    assert {*overlay_names(tmp_path / "iberia")} == {*overlay_names(EUROPE)}
    assert {path.name for path in (tmp_path / "iberia" / "scenarios").iterdir()} == {
        path.name for path in (EUROPE / "scenarios").iterdir()
    }
    dry, _ = CaseFolder(tmp_path / "iberia" / "hydrology" / "dry").table("reservoirs", Reservoir)
    assert {*dry.rows} == {key for key in whole.reservoirs if key[0] in case.zones}
    assert dry.rows["ES", "hydro_reservoir"].energy_twh < case.reservoirs["ES", "hydro_reservoir"].energy_twh


def test_neighbours_are_dropped_with_their_lines(tmp_path: Path) -> None:
    told = write_cut(TUTORIAL, Selection(zones=frozenset(["WEST"]), neighbours=False), tmp_path / "west")
    case = read(tmp_path / "west")
    assert [*case.zones] == ["WEST"]
    assert not case.lines
    assert any("WEST-EAST" in line for line in told)


def test_limits_of_the_scenario_are_lowered_to_what_can_be(tmp_path: Path) -> None:
    header, *rows = (TUTORIAL / "countries.csv").read_text().splitlines()
    place = header.split(",").index("sites_max")
    few = [",".join("1" if at == place else cell for at, cell in enumerate(row.split(","))) for row in rows]
    scenario = (TUTORIAL / "scenario.toml").read_text()
    source = copied(
        tmp_path / "source",
        ("countries.csv", "\n".join([header, *few, ""])),
        ("scenario.toml", f"{scenario}\n[siting]\nsites_min = 3 # of three countries\nmember_states_min = 3\n"),
    )
    told = write_cut(source, Selection(countries=frozenset(["FR", "PL"])), tmp_path / "cut")
    rules = read(tmp_path / "cut").settings.siting
    assert (rules.sites_min, rules.member_states_min) == (2, 2)  # one in each country
    assert "siting.sites_min = 2: more cannot be (was 3)." in told


def test_names_that_are_none_are_all_refused_with_the_nearest(tmp_path: Path) -> None:
    chosen = Selection(countries=frozenset(["FRA", "SE"]), technologies=frozenset(["winds"]))
    with pytest.raises(CaseRefused) as refused:
        write_cut(TUTORIAL, chosen, tmp_path / "none")
    assert [str(fault) for fault in refused.value.faults] == [
        "--countries = 'FRA': no such row in countries.csv (did you mean 'FR'?)",
        "--technologies = 'winds': no such row in technologies.csv (did you mean 'wind'?)",
    ]


def test_a_border_keeps_the_load_that_its_own_plants_and_the_lines_left_can_serve(tutorial_case: Case) -> None:
    """EAST has 2,300 MW of plants; of a load of 6,000 MW, without growth, its line of 400 MW brought what it could."""
    growing = {zone: row.model_copy(update={"load_growth_share": 0.0}) for zone, row in tutorial_case.zones.items()}
    load = {**tutorial_case.hourly["load"], "EAST": np.full(48, 6000.0)}
    case = replace(tutorial_case, zones=growing, hourly={**tutorial_case.hourly, "load": load})
    wind = 300 * case.hourly["availability"]["EAST.wind"]
    assert shortage_mw(case, "EAST", "p1") == pytest.approx(6000 - 1500 - 500 - wind)
    assert shortage_mw(case, "EAST", "p2") == pytest.approx(6000 - 1000 - 500 - wind)
    assert trade_from_beyond_mw(case, "EAST", ["WEST"]) == pytest.approx(np.full(48, 400.0))
    assert trade_from_beyond_mw(case, "EAST", ["NORTH"]).max() == 0
    light = replace(case, hourly={**case.hourly, "load": {**load, "EAST": np.full(48, 2000.0)}})
    left = 2000 - 1500 - wind
    assert trade_from_beyond_mw(light, "EAST", ["WEST"]) == pytest.approx(np.clip(left, 0, 400))


def test_reservoirs_serve_a_border_within_their_year(tutorial_case: Case) -> None:
    """NORTH draws at most 8 TWh a year from its reservoirs, however large their turbines are."""
    growing = {zone: row.model_copy(update={"load_growth_share": 0.0}) for zone, row in tutorial_case.zones.items()}
    load = {**tutorial_case.hourly["load"], "NORTH": np.full(48, 3000.0)}
    case = replace(tutorial_case, zones=growing, hourly={**tutorial_case.hourly, "load": load})
    fleets = {technology: row.capacity_mw for (zone, technology, _), row in case.fleets.items() if zone == "NORTH"}
    wind = fleets["wind"] * case.hourly["availability"]["NORTH.wind"] if "wind" in fleets else 0.0
    water = np.minimum(3000 - wind, fleets["hydro"])
    share = min(1.0, 8e6 * 48 / 8760 / water.sum())
    assert shortage_mw(case, "NORTH", "p1") == pytest.approx(3000 - wind - share * water)
    assert share < 1


def test_scenarios_that_name_what_is_gone_are_left_out_and_told(tmp_path: Path) -> None:
    header = (TUTORIAL / "headrooms.csv").read_text().splitlines()[0]
    source = copied(
        tmp_path / "source",
        ("scenarios/low.toml", 'extends = "base"\n[inputs]\noverlays = ["low"]\n'),
        ("scenarios/odd.toml", 'extends = "base"\n[inputs]\noverlays = ["gone"]\n'),
        ("low/headrooms.csv", f"{header}\nLODZ,2026,50.5,0,0,x,estimate\nRHONE,2026,39.125,0,0,x,estimate\n"),
    )
    told = write_cut(source, Selection(countries=frozenset(["FR"])), tmp_path / "cut")
    assert [line for line in told if "scenario" in line] == [
        "scenario odd is left out, for it no longer reads: scenario, inputs.overlays = 'gone': no folder with tables "
        "in the case; there are low"
    ]
    assert [*read(tmp_path / "cut", "low").headrooms] == [("RHONE", 2026)]
    assert not (tmp_path / "cut" / "scenarios" / "odd.toml").exists()


def test_keys_of_the_scenario_that_name_what_is_gone_no_longer_do(tmp_path: Path) -> None:
    scenario = (TUTORIAL / "scenario.toml").read_text()
    rules = '[siting]\nmust = ["LODZ"] # asked\nmust_not = ["PARIS", "LULEA"]\n\n[inputs.cells]\n'
    cells = '"sites.LODZ.land_mw" = 80\n"sites.LYON.land_mw" = 41\n'
    source = copied(tmp_path / "source", ("scenario.toml", f"{scenario}\n{rules}{cells}"))
    assert read(source).sites["LYON"].land_mw == 41
    told = write_cut(source, Selection(countries=frozenset(["FR"])), tmp_path / "cut")
    cut = read(tmp_path / "cut")
    assert (cut.settings.siting.must, cut.settings.siting.must_not) == ((), ("PARIS",))
    assert cut.settings.inputs.cells == {"sites.LYON.land_mw": 41}
    assert cut.sites["LYON"].land_mw == 41
    assert ",40," in next(row for row in (tmp_path / "cut" / "sites.csv").read_text().splitlines() if "LYON" in row)
    assert "siting.must no longer says LODZ, which left. It says nothing now." in told
    assert "inputs.cells no longer says sites.LODZ.land_mw, which left." in told
    (source / "scenario.toml").write_text(f"{scenario}\n{rules.removesuffix('[inputs.cells]' + chr(10))}")
    write_cut(source, Selection(countries=frozenset(["FR"])), tmp_path / "again")
    assert "must = [] # asked" in (tmp_path / "again" / "scenario.toml").read_text()


def test_an_overlay_with_a_fault_is_named(tmp_path: Path) -> None:
    source = copied(tmp_path / "source", ("low/headrooms.csv", "substation,from_year\nRHONE,2026\n"))
    with pytest.raises(CaseRefused, match=r"low/headrooms\.csv"):
        write_cut(source, Selection(countries=frozenset(["FR"])), tmp_path / "cut")
    assert not (tmp_path / "cut").exists()


def test_a_workbook_is_cut_into_the_same_folder_as_its_case(tmp_path: Path) -> None:
    write_workbook(TUTORIAL, tmp_path / "book.xlsx")
    chosen = Selection(sites=frozenset(["LYON", "LULEA"]))
    write_cut(tmp_path / "book.xlsx", chosen, tmp_path / "from_book")
    write_cut(TUTORIAL, chosen, tmp_path / "from_folder")
    one, other = read(tmp_path / "from_book"), read(tmp_path / "from_folder")
    assert same(replace(one, name=""), replace(other, name=""))


def test_a_zone_that_falls_short_after_the_cut_is_told(tmp_path: Path) -> None:
    told = write_cut(TUTORIAL, Selection(technologies=frozenset(["wind", "battery"])), tmp_path / "windy")
    assert any(line.startswith("WEST falls up to ") and "there may be no plan" in line for line in told)


def test_the_page_lists_every_row_that_is_left_out_and_the_cut_before(tmp_path: Path) -> None:
    write_cut(TUTORIAL, Selection(countries=frozenset(["FR", "PL"])), tmp_path / "two")
    write_cut(tmp_path / "two", Selection(sites=frozenset(["LYON"])), tmp_path / "one")
    page = (tmp_path / "one" / "CUT.md").read_text()
    assert "`BUGEY`, `LODZ`" in page
    assert page.index("# Cut of two: sites LYON") < page.index("# Cut of tutorial: countries FR PL")
    assert "`LULEA.paris.training`" in page
