"""The tutorial made infeasible in every way: the limit is named, with its place, and what is proposed is enough."""

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from models.case import Case
from optimizer.benders.master_problem import SearchEnded
from optimizer.benders.solution import Solution
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings, parse_overrides
from optimizer.cli import app
from optimizer.explain import elastic_decomposition
from optimizer.explain.correction_sets import surely_infeasible
from optimizer.explain.elastic_decomposition import ElasticDecomposition, build_elastic
from optimizer.explain.explain import ExplainRequest, explain
from optimizer.explain.explanation import Explanation, ReportedCorrectionSet, ReportedSensitivity, sensitivity_text
from optimizer.explain.limit_input import LimitInput, LimitText, Relaxation, changed, limit_input
from optimizer.explain.limits import TEXTS
from optimizer.explain.render import as_markdown, sensitivity_cells
from optimizer.explain.render import lines as lines_of
from optimizer.explain.sensitivity import promising, reference_plan, with_integers_kept
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.session import solve_case

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"
Edit = tuple[str, str, str, object]
"""Table, start of the rows' lines (all without one), column, value."""
ONE_LARGE = {"siting.gigafactories_min": "1", "siting.gigafactory_kchips": "20"}
"""Two halls of chips at one site in the last period; the plan of the tutorial has them."""
NO_CONTRACTS: tuple[Edit, ...] = (("fleets", "", "uncontracted_share", 0),)
NEAR_LYON = {"siting.near_latitude": "45.75", "siting.near_longitude": "4.95", "siting.near_km": "10"}
CANDIDATES = ("BUGEY", "LODZ", "LULEA", "LYON")


def each_candidate(column: str, value: object) -> tuple[Edit, ...]:
    return tuple(("sites", site, column, value) for site in CANDIDATES)


CASES: Mapping[str, tuple[tuple[Edit, ...], dict[str, str], int, str, str]] = {
    # what is wrong, scenario, and among how many alternatives one moves a limit alone: file, column
    "money": (
        (("tranches", "private,p1", "amount_meur", 700), ("tranches", "private,p2", "amount_meur", 100)),
        ONE_LARGE,
        2,
        "tranches.csv",
        "amount_meur",
    ),
    "aid": (
        (("funds", "public", "aid_ceiling_share", 0.05), ("tranches", "private,p2", "amount_meur", 0)),
        ONE_LARGE,
        1,
        "funds.csv",
        "aid_ceiling_share",
    ),
    "most sites": ((), {"siting.sites_max": "0", "siting.sites_min": "1"}, 1, "--set", "siting.sites_max"),
    "least sites": ((), {"siting.sites_min": "5"}, 1, "--set", "siting.sites_min"),
    "a country's sites": (
        (("countries", "", "sites_max", 0),),
        {"siting.sites_min": "1"},
        2,
        "countries.csv",
        "sites_max",
    ),
    "a site asked for": (
        (("sites", "LYON", "permit_year", 2036),),
        {"siting.must": '["LYON"]'},
        2,
        "--set",
        "siting.must",
    ),
    "a site ruled out": (
        (),
        {"siting.must_not": json.dumps(CANDIDATES), "siting.sites_min": "1"},
        4,
        "--set",
        "siting.must_not",
    ),
    "only some sites": ((), {"siting.only": '["PARIS"]', "siting.sites_min": "1"}, 4, "--set", "siting.only"),
    "not in a country": (
        (),
        {"siting.countries_not": '["SE", "FR", "PL"]', "siting.sites_min": "1"},
        4,
        "--set",
        "siting.countries_not",
    ),
    "near a point": ((), {**NEAR_LYON, "siting.sites_min": "2"}, 4, "--set", "siting.near_km"),
    "chips of a site": (
        (),
        {"siting.site_min_kchips": "60", "siting.sites_min": "1"},
        4,
        "--set",
        "siting.site_min_kchips",
    ),
    "technologies of cover": (
        (),
        {"power.cover_technologies": '["wind"]', **ONE_LARGE},
        4,
        "--set",
        "power.cover_technologies",
    ),
    "member states": ((), {"siting.member_states_min": "4"}, 1, "--set", "siting.member_states_min"),
    "gigafactories": (
        (),
        {"siting.gigafactories_min": "2", "siting.gigafactory_kchips": "100"},
        2,
        "--set",
        "siting.gigafactories_min",
    ),
    "a gigafactory's chips": (
        (),
        {"siting.gigafactories_min": "2", "siting.gigafactory_kchips": "100"},
        1,
        "--set",
        "siting.gigafactory_kchips",
    ),
    "separation": (
        (),
        {"siting.separation_km": "2000", "siting.sites_min": "3"},
        2,
        "--set",
        "siting.separation_km",
    ),
    "coverage": ((("workloads", "training", "coverage_share", 0.9),), {}, 1, "workloads.csv", "coverage_share"),
    "a region's demand": (
        (("workloads", "training", "coverage_share", 0.9), ("demand", "paris,training,p2", "demand_kh100e", 900)),
        {"siting.sites_max": "0"},
        1,
        "workloads.csv",
        "coverage_share",
    ),
    "chips": ((("chip_supply", "gpu_b", "limit_kchips", 10),), ONE_LARGE, 3, "chip_supply.csv", "limit_kchips"),
    "land": (each_candidate("land_mw", 20), ONE_LARGE, 1, "sites.csv", "land_mw"),
    "least size": (
        (
            *(("sites", site, "minimum_mw", 100) for site in ("BUGEY", "LODZ", "LULEA")),
            ("sites", "LYON", "minimum_mw", 40),
            ("reinforcements", "", "adds_mw", 10),
            ("headrooms", "RHONE", "headroom_mw", 30),
        ),
        {"siting.sites_min": "1"},
        4,
        "sites.csv",
        "minimum_mw",
    ),
    "headroom": (
        (
            *((("headrooms", substation, "headroom_mw", 10)) for substation in ("LODZ", "LULE", "RHONE")),
            ("sites", "BUGEY", "behind_meter_mw", 0),
            ("reinforcements", "", "adds_mw", 5),
        ),
        {"siting.sites_min": "1"},
        2,
        "headrooms.csv",
        "headroom_mw",
    ),
    "permits": (each_candidate("permit_year", 2036), {"siting.sites_min": "1"}, 1, "sites.csv", "permit_year"),
    "connections": (
        each_candidate("connection_year", 2036),
        {"siting.sites_min": "1"},
        1,
        "sites.csv",
        "connection_year",
    ),
    "spare lines": (
        (
            ("fleets", "NORTH", "uncontracted_share", 0),
            ("potentials", "", "potential_mw", 0),
            ("lines", "NORTH-WEST", "backward_mw", 300),
        ),
        {
            **ONE_LARGE,
            "siting.only": "LULEA",
            "siting.must": "LULEA",
            "power.cover_spare_lines": "true",
            "power.cover_import_share": "1",
            "power.cover_stress_share": "1",
            "carbon.cap_kg_per_mwh": "2000",
        },
        1,
        "--set",
        "power.cover_spare_lines",
    ),
    "cover": (NO_CONTRACTS, ONE_LARGE, 1, "scenario (by default)", "power.cover_share"),
    "carbon per MWh": (
        NO_CONTRACTS,
        {**ONE_LARGE, "power.cover_share": "0", "carbon.cap_kg_per_mwh": "1"},
        1,
        "--set",
        "carbon.cap_kg_per_mwh",
    ),
    "carbon per year": (
        NO_CONTRACTS,
        {**ONE_LARGE, "power.cover_share": "0", "carbon.cap_kt": "0.1"},
        3,
        "--set",
        "carbon.cap_kt",
    ),
    "the law on PUE": ((("countries", "", "pue_limit", 1),), ONE_LARGE, 1, "countries.csv", "pue_limit"),
    "the law on heat": ((("countries", "", "reuse_share", 0.9),), ONE_LARGE, 1, "countries.csv", "reuse_share"),
    "a law with dates": (
        (("laws", "SE-NORTH", "until_year", 2100), ("laws", "SE-NORTH", "most_mw", 10)),
        {"siting.must": '["LULEA"]'},
        1,
        "laws.csv",
        "most_mw",
    ),
    "what places are like": (
        (),
        {"siting.seismic_max_g": "0.01", "siting.flood_not": "true", "siting.sites_min": "1"},
        1,
        "--set",
        "siting.seismic_max_g",
    ),
    "load served": (
        (("fleets", "WEST,gas", "capacity_mw", 100),),
        {},
        1,
        "scenario (by default)",
        "power.shed_share",
    ),
}


def broken(folder: Path, edits: tuple[Edit, ...]) -> Path:
    """Copy the tutorial and change cells of it."""
    shutil.copytree(TUTORIAL, folder)
    for table, start, column, value in edits:
        path = folder / f"{table}.csv"
        head, *rows = cells(path)
        meant = [row for row in rows if ",".join(row).startswith(start)]
        assert meant
        for row in meant:
            row[head.index(column)] = str(value)
        write(path, [head, *rows])
    return folder


def cells(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def taken(folder: Path, settings: Mapping[str, str], alternative: ReportedCorrectionSet) -> Solution:
    """Solve the case with an alternative written where it says, in its files and settings."""
    given = dict(settings)
    for change in alternative.changes:
        if change.table == "scenario":
            given[change.column] = f"{change.after:.15g}"
            if given[change.column] == "0" and settings.get(change.column) == "true":
                given[change.column] = "false"
            if change.key:
                listed = [each for each in json.loads(settings[change.column]) if each != change.key]
                given[change.column] = json.dumps([*listed, change.key] if change.after else listed)
            continue
        assert change.line is not None
        rows = cells(folder / change.file)
        cell = rows[change.line - 1][rows[0].index(change.column)]
        assert float(cell) == change.before
        rows[change.line - 1][rows[0].index(change.column)] = f"{change.after:.15g}"
        write(folder / change.file, rows)
    overrides = parse_overrides(f"{key}={value}" for key, value in given.items())
    return solve_case(read_case(folder, load_settings(folder, "base", overrides)))


QUICK = (
    "most sites",
    "a site asked for",
    "not in a country",
    "near a point",
    "a country's sites",
    "chips",
    "land",
    "permits",
    "spare lines",
    "cover",
    "load served",
)
"""One of each kind of table or key; the others take minutes together."""


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in CASES]
)
def test_the_limit_is_named_with_its_place_and_what_is_enough(name: str, tmp_path: Path) -> None:
    edits, settings, number, file, column = CASES[name]
    folder = broken(tmp_path / "tutorial", edits)
    found = explain(ExplainRequest(folder, "base", settings, alternatives=number), RunMonitor())
    assert found.status == "infeasible"
    assert found.alternatives[0].checked
    alone = {
        (change.file, change.column): each
        for each in found.alternatives
        if len(each.changes) == 1
        for change in each.changes
    }
    assert (file, column) in alone
    assert taken(folder, settings, alone[file, column]).has_plan


def test_a_headroom_that_falls_within_a_period_is_named_by_the_row_that_sets_it(tmp_path: Path) -> None:
    edits: tuple[Edit, ...] = (
        *((("headrooms", substation, "headroom_mw", 10)) for substation in ("LODZ", "LULE", "RHONE,2031")),
        ("headrooms", "RHONE,2031", "from_year", 2033),  # 40 MW before, within the second period
        ("sites", "BUGEY", "behind_meter_mw", 0),
        ("sites", "LYON", "permit_year", 2031),
        ("reinforcements", "", "adds_mw", 5),
    )
    folder, settings = broken(tmp_path / "tutorial", edits), {"siting.sites_min": "1"}
    found = explain(ExplainRequest(folder, "base", settings, alternatives=3), RunMonitor())
    alone = {change.line: each for each in found.alternatives if len(each.changes) == 1 for change in each.changes}
    assert 5 in alone
    (change,) = alone[5].changes
    assert (change.file, change.column, change.before) == ("headrooms.csv", "headroom_mw", 10)
    assert "by 2033" in change.words
    assert taken(folder, settings, alone[5]).has_plan


def test_water_is_named(tmp_path: Path) -> None:
    edits: tuple[Edit, ...] = (
        ("basins", "", "available_mm3", 0),
        ("cooling", "liquid", "rack_limit_kw", 30),
        ("chips", "gpu_a", "last_year", 2040),
        ("workloads", "training", "coverage_share", 0.3),
        ("workloads", "inference", "coverage_share", 0),
    )
    folder = broken(tmp_path / "tutorial", edits)
    found = explain(ExplainRequest(folder, "base", {}, alternatives=3), RunMonitor())
    places = {(change.file, change.line) for each in found.alternatives for change in each.changes}
    assert {("basins.csv", 2), ("basins.csv", 3)} & places


def test_a_system_short_by_itself_is_told_by_zone_and_hour(tmp_path: Path) -> None:
    folder = broken(tmp_path / "tutorial", CASES["load served"][0])
    found = explain(ExplainRequest(folder, "base", {"power.usable_transfer_share": "0.99"}), RunMonitor())
    (short,) = found.shortages
    assert (short.period, short.zone) == ("p2", "WEST")
    assert short.mwh > short.allowed_mwh > 0
    assert "fleets.csv, line 8, capacity_mw" in found.shortage_rows
    assert any(row.endswith("power.usable_transfer_share") for row in found.shortage_rows)
    assert "zones.csv, line 4, load_growth_share" not in found.shortage_rows  # it grows by less than what is short


def without(folder: Path, rows: Mapping[str, str]) -> Path:
    """Copy the tutorial without the rows of tables that start so."""
    shutil.copytree(TUTORIAL, folder)
    for table, start in rows.items():
        kept = [row for row in cells(folder / f"{table}.csv") if not ",".join(row).startswith(start)]
        write(folder / f"{table}.csv", kept)
    return folder


@pytest.mark.parametrize(
    ("rows", "cause"),
    [
        ({"fleets": "EAST", "lines": "WEST-EAST"}, "EAST has no fleet that generates (fleets) and no line (lines)"),
        ({"fleets": "EAST,coal", "lines": "WEST-EAST"}, "EAST has no line (lines); its own plants, 800 MW"),
        ({"fleets": "EAST"}, "EAST has no fleet that generates (fleets)"),
    ],
)
def test_a_zone_without_supply_is_told_as_such_and_plant_is_offered(
    rows: dict[str, str], cause: str, tmp_path: Path
) -> None:
    found = explain(ExplainRequest(without(tmp_path / "tutorial", rows), "base", {}), RunMonitor())
    assert found.status == "infeasible"
    assert any(each.startswith(cause) for each in found.causes)
    assert any(line.startswith(cause) for line in lines_of(found))
    assert not any("load_growth_share" in row for row in found.shortage_rows)
    plant, shedding = found.alternatives
    (change,) = plant.changes
    assert plant.checked
    assert (change.table, change.column, change.unit) == ("fleets", "capacity_mw", "MW")
    assert [each.column for each in shedding.changes] == ["power.shed_share"]
    key = change.key.split(",")
    case = read_case(tmp_path / "tutorial", load_settings(tmp_path / "tutorial"))
    assert solve_case(changed(case, [Relaxation(added(case, key), change.after)])).has_plan


def added(case: Case, key: list[str]) -> LimitInput:
    return limit_input(case, "", "fleets.capacity_mw", LimitText(""), (key[0], key[1], int(key[2])))


def test_two_limits_that_both_stand_in_the_way_are_told_together(tmp_path: Path) -> None:
    folder = broken(tmp_path / "tutorial", (("countries", "", "sites_max", 0),))
    settings = {"siting.sites_min": "1", "siting.sites_max": "0"}
    found = explain(ExplainRequest(folder, "base", settings, alternatives=2), RunMonitor())
    assert [change.column for change in found.alternatives[0].changes] == ["siting.sites_min"]
    assert {change.column for change in found.alternatives[1].changes} == {"siting.sites_max", "sites_max"}
    assert taken(folder, settings, found.alternatives[1]).has_plan


def test_a_conflict_of_whole_halls_alone_is_explained(tmp_path: Path) -> None:
    # two sites need a hall each and servers for half of it; in parts of halls the money would do
    edits: tuple[Edit, ...] = (
        ("tranches", "", "amount_meur", 0),
        ("tranches", "private,p1", "amount_meur", 1100),
    )
    folder, settings = broken(tmp_path / "tutorial", edits), {"siting.sites_min": "2"}
    overrides = parse_overrides(f"{key}={value}" for key, value in settings.items())
    case = read_case(folder, load_settings(folder, "base", overrides))
    assert not surely_infeasible(build_elastic(case, RunMonitor(), 60))
    found = explain(ExplainRequest(folder, "base", settings, alternatives=1), RunMonitor())
    assert found.status == "infeasible"
    assert [change.column for change in found.alternatives[0].changes] == ["amount_meur"]
    assert taken(folder, settings, found.alternatives[0]).has_plan


@pytest.fixture(scope="module")
def feasible() -> Explanation:
    return explain(ExplainRequest(TUTORIAL, "base", {}, limits=4), RunMonitor())


def most(worth: ReportedSensitivity) -> float:
    assert worth.high is not None
    return worth.high


def test_the_money_is_told_first_where_more_of_it_is_worth_something(feasible: Explanation) -> None:
    money = feasible.worths[0]
    assert money.rule == "budget.spending_stays_within_the_tranches"
    assert (money.present, money.step, money.unit) == (3000, 300, "MEUR")
    assert money.used_up
    assert money.above_zero
    assert money.ended
    assert feasible.value is not None
    gain = solve_case(with_money(read_case(TUTORIAL, load_settings(TUTORIAL)), 1.1)).stages[0].value - feasible.value
    assert money.low - 0.1 <= gain <= most(money) + 0.1


def test_where_the_plan_is_kept_a_step_is_worth_no_more_than_where_all_is_free(feasible: Explanation) -> None:
    for each in feasible.worths:
        if each.step is not None:
            assert each.kept is not None
            assert 0 <= each.kept <= most(each) + 1e-6


def test_with_little_money_more_of_it_fills_the_halls_that_stand() -> None:
    """With three tenths of the money the halls are not full: what more buys into them is known exactly."""
    case = read_case(TUTORIAL, load_settings(TUTORIAL, "base", {"question": {"objectives": ["compute"]}}))
    problem = build_elastic(with_money(case, 0.3), RunMonitor(), 60)
    start = reference_plan(problem, 30)
    halls = [problem.column(variable) for variable in problem.model.sizing.halls.values()]
    gains = []
    for step in promising(problem, start, 2):
        kept = with_integers_kept(problem, start, step.moves)
        assert kept is not None
        assert kept.decisions[halls] == pytest.approx(np.round(start.best.decisions[halls]))
        gains.append(start.best.value - kept.value)
    richer = solve_case(with_money(case, 0.33)).stages[0].value - start.value
    assert 0 < gains[1] < gains[0] <= richer + 2e-4 * start.value  # two gaps of 1e-4


def with_money(case: Case, share: float) -> Case:
    rows = {key: row.model_copy(update={"amount_meur": share * row.amount_meur}) for key, row in case.tranches.items()}
    return replace(case, tranches=rows)


def test_a_gap_that_cannot_tell_is_said(feasible: Explanation) -> None:
    unsure = replace(feasible.worths[0], low=0.0, high=5.0, ended=False)
    words = sensitivity_cells(unsure, 0.0045)[-1]
    assert "cannot be told from 0 at this gap (0.45%)" in words
    assert "the time was up" in words
    assert "cannot be told" not in sensitivity_cells(feasible.worths[0], 0.0045)[-1]


def test_a_feasible_case_tells_what_its_limits_are_worth(feasible: Explanation) -> None:
    assert feasible.status == "feasible"
    assert feasible.value == pytest.approx(328.162, abs=1e-2)
    steps = [each for each in feasible.worths if each.step is not None]
    assert {each.rule for each in steps} >= {"budget.spending_stays_within_the_tranches"}
    assert all(0 <= each.low <= most(each) for each in feasible.worths)
    assert any(each.above_zero for each in steps)


def test_limits_of_sites_that_rules_keep_out_are_worth_nothing() -> None:
    found = explain(ExplainRequest(TUTORIAL, "base", {"siting.only": '["LYON"]'}, limits=20), RunMonitor())
    told = [each.what for each in found.worths if each.rule != "siting.open_in"]
    assert any("Rhone" in words or "Lyon" in words for words in told)
    assert not any(place in words for words in told for place in ("Lodz", "Lule"))


def test_a_rule_left_out_is_worth_no_less_than_a_step_of_its_limit(feasible: Explanation) -> None:
    rules = {each.rule: each for each in feasible.worths if each.step is None}
    for each in feasible.worths:
        assert most(rules[each.rule]) >= each.low - 1e-6


def test_a_step_is_worth_what_the_changed_case_gains(tmp_path: Path) -> None:
    shares: tuple[Edit, ...] = tuple(
        ("tranches", start, "amount_meur", amount)
        for start, amount in (("private,p1", 420), ("private,p2", 180), ("public,p1", 180), ("public,p2", 120))
    )
    folder = broken(tmp_path / "tutorial", shares)
    found = explain(ExplainRequest(folder, "base", {}, limits=3), RunMonitor())
    aid, money = found.worths[1:3]
    assert (aid.rule, money.rule) == ("budget.aid_stays_under_the_ceiling", "budget.spending_stays_within_the_tranches")
    for each in (aid, money):
        assert each.above_zero
        assert found.value is not None
        gain = solve_case(stepped(folder, each)).stages[0].value - found.value
        assert each.low - 0.1 <= gain <= most(each) + 0.1


def stepped(folder: Path, sensitivity: ReportedSensitivity) -> Case:
    """Return the case of a folder with an input moved by the step of a sensitivity, where it says the input stands."""
    file, line, column = sensitivity.place.split(", ")
    given = cells(folder / file)
    rows = [list(row) for row in given]
    assert sensitivity.present is not None
    assert sensitivity.step is not None
    rows[int(line.removeprefix("line ")) - 1][rows[0].index(column)] = str(sensitivity.present + sensitivity.step)
    write(folder / file, rows)
    case = read_case(folder, load_settings(folder))
    write(folder / file, given)
    return case


@pytest.mark.parametrize(
    ("place", "key", "words"),
    [
        ("sites.land_mw", "LYON", "land for servers more at Lyon"),
        ("sites.minimum_mw", "LYON", "servers less would do at Lyon"),
        ("headrooms.headroom_mw", ("RHONE", 2031), "headroom at Rhone by 2031"),
        ("basins.available_mm3", "west", "more available in Rivers {of} the west"),
        ("carbon.cap_kt", None, "a cap that is higher"),
        ("siting.sites_max", None, "new sites: more"),
    ],
)
def test_a_step_is_worded_without_its_amount(place: str, key: object, words: str) -> None:
    case = read_case(TUTORIAL, load_settings(TUTORIAL))
    west = case.basins["west"].model_copy(update={"name": "Rivers {of} the west"})
    given = limit_input(replace(case, basins={**case.basins, "west": west}), "", place, TEXTS[place], key)
    assert sensitivity_text(given) == words


def test_a_page_of_a_plan_says_what_the_clock_cut_short(feasible: Explanation) -> None:
    assert "cut the search short" not in as_markdown(feasible)
    assert "cut the search short (compute)" in as_markdown(replace(feasible, cut_short=("compute",)))


def test_the_processes_of_an_explanation_end_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[ElasticDecomposition] = []
    monkeypatch.setattr(ElasticDecomposition, "close", lambda problem: closed.append(problem))
    explain(ExplainRequest(TUTORIAL, "base", {"siting.sites_min": "5"}, alternatives=1), RunMonitor())
    assert len(closed) == 1


def test_the_same_question_has_the_same_answer() -> None:
    request = ExplainRequest(TUTORIAL, "base", {"siting.sites_min": "5"}, alternatives=2)
    one, other = (replace(explain(request, RunMonitor()), seconds=0.0) for _ in range(2))
    assert one == other
    assert one.cut_short == ()


def test_nodes_end_a_question_and_what_the_clock_cuts_short_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    case = read_case(TUTORIAL, load_settings(TUTORIAL))
    problem = build_elastic(case, RunMonitor(), 60).restrict({})
    objective = problem.objective("compute")
    best, bound = problem.minimise(objective, 1e-4)
    monkeypatch.setattr(elastic_decomposition, "MAX_NODES", 0)
    rough, less = problem.minimise(objective, 1e-4, best)
    assert rough.value == pytest.approx(best.value)
    assert less <= bound
    assert not problem.cut_short
    with pytest.raises(SearchEnded):
        problem.within(0).minimise(objective, 1e-4)
    assert "compute" in problem.cut_short
    words = list(lines_of(Explanation("infeasible", "", cut_short=problem.cut_short)))
    assert words[-1].startswith("The clock cut the search short (compute)")


def test_an_interrupted_explanation_says_so() -> None:
    monitor = RunMonitor()
    monitor.stop.set()
    assert explain(ExplainRequest(TUTORIAL, "base", {}), monitor).status == "interrupted"


def test_the_command_prints_writes_and_answers(tmp_path: Path) -> None:
    words = ["explain", str(TUTORIAL), "--set", "siting.sites_min=5", "--json", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 4
    answer = json.loads(result.stdout)
    assert answer["alternatives"][0]["changes"][0]["after"] == 3
    assert "new sites: 2 fewer" in result.stderr
    assert json.loads((tmp_path / "out" / "explain.json").read_text())["status"] == "infeasible"
    assert "new sites: 2 fewer" in (tmp_path / "out" / "explain.md").read_text()


def test_a_solve_without_a_plan_explains_itself(tmp_path: Path) -> None:
    words = ["solve", str(TUTORIAL), "--set", "siting.sites_min=5", "--json", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 4
    assert json.loads(result.stdout)["explanation"]["alternatives"][0]["changes"][0]["after"] == 3
    assert "This change is enough" in result.stderr
