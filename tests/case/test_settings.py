"""Scenario files: composition, overrides, and one clear list of everything wrong."""

import shutil
from pathlib import Path

import pytest

from optimizer.case import setting_layers
from optimizer.case.faults import CaseRefused
from optimizer.case.settings import changed_keys, load_settings, parse_override, parse_overrides, setting_fields
from optimizer.case.toml import merge

TUTORIAL = Path(__file__).parents[2] / "inputs" / "tutorial"


@pytest.fixture
def case_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a case folder with a base scenario, and shared scenarios beside it."""
    monkeypatch.setattr(setting_layers, "SHARED_SCENARIOS", tmp_path / "shared")
    folder = tmp_path / "case"
    (folder / "scenarios").mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    shutil.copy(TUTORIAL / "scenario.toml", folder)
    return folder


def write(case_dir: Path, name: str, text: str, shared: bool = False) -> None:
    folder = case_dir.parent / "shared" if shared else case_dir / "scenarios"
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def fault_texts(case_dir: Path, name: str = "base", settings: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(CaseRefused) as refused:
        load_settings(case_dir, name, parse_overrides(settings))
    return [str(fault) for fault in refused.value.faults]


def test_base_is_the_scenario_of_the_case() -> None:
    settings = load_settings(TUTORIAL)
    assert settings.carbon.cap_kg_per_mwh == 50
    assert settings.time.representative_days == 2
    assert settings.money.discount_share == 0.06


def test_a_variant_changes_only_what_it_states(case_dir: Path) -> None:
    write(case_dir, "thrift", 'extends = "base"\n[solve]\ngap_share = 0.5\n')
    write(case_dir, "blind", 'extends = "thrift"\ntitle = "Blind"\n[carbon]\ncap_kg_per_mwh = 2000\n', shared=True)
    blind = load_settings(case_dir, "blind", {"solve": {"threads": 2}})
    assert (blind.title, blind.carbon.cap_kg_per_mwh) == ("Blind", 2000)
    assert (blind.solve.gap_share, blind.solve.time_limit_seconds, blind.solve.threads) == (0.5, 60, 2)


def test_the_folder_of_the_case_comes_before_the_shared_one(case_dir: Path) -> None:
    write(case_dir, "thrift", 'title = "own"\n')
    write(case_dir, "thrift", 'title = "shared"\n', shared=True)
    assert load_settings(case_dir, "thrift").title == "own"


def test_a_file_that_begins_with_a_mark_is_read(case_dir: Path) -> None:
    write(case_dir, "marked", '\ufefftitle = "Zürich"\n')
    assert load_settings(case_dir, "marked").title == "Zürich"


def test_everything_wrong_is_reported_at_once_with_the_file_that_says_it(case_dir: Path) -> None:
    lines = ['extends = "base"', "[solve]", "gapshare = 0.1", 'threads = "2"', "seed = 1.5", "[budjet]", "limit = 1"]
    write(case_dir, "wrong", "\n".join(lines))
    settings = ("power.cover_share=nan", "carbon.cap_kt=-1", "time.extremes=1", "gap_share=0.1", "money=3")
    assert sorted(fault_texts(case_dir, "wrong", settings)) == [
        "--set, carbon.cap_kt = '-1': Input should be greater than or equal to 0",
        "--set, gap_share = '0.1': unknown key (did you mean 'solve.gap_share'?)",
        "--set, money = '3': Input should be an object",
        "--set, power.cover_share = 'NaN': Input should be a finite number",
        "--set, time.extremes = '1': Input should be a valid boolean",
        "wrong.toml, line 3, solve.gapshare = '0.1': unknown key (did you mean 'solve.gap_share'?)",
        "wrong.toml, line 4, solve.threads = '\"2\"': Input should be a valid integer",
        "wrong.toml, line 5, solve.seed = '1.5': Input should be a valid integer",
        "wrong.toml, line 6, budjet = '{\"limit\": 1}': unknown key",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = a b\n", "wrong.toml, line 1: is no TOML"),
        ("title = 'a'\ntitle = 'b'\n", "wrong.toml, line 2: is no TOML"),
        ("[solve]\nseed = 1\n", "wrong.toml, title: is missing"),
        ("title = ''\n", "wrong.toml, line 1, title = '\"\"': String should have at least 1 character"),
        ("title = 'a'\n[question]\nobjectives = []\n", "objectives must name at least one objective, each once"),
        ("title = 'a'\n[question]\nobjectives = ['profit']\n", "Input should be 'compute', 'cost'"),
        ("title = 5\n", "wrong.toml, line 1, title = '5': Input should be a valid string"),
        ("extends = 'wrong'\n", "wrong.toml, line 1, extends = 'wrong': extends itself: wrong -> wrong"),
        ("extends = '../case/scenario'\n", "it is no path"),
        ("extends = 5\n", "it is no path"),
        ("extends = ['base']\n", "it is no path"),
        (
            "title = 'a'\n[solve]\ntime_limit_seconds = nan\n",
            "line 3, solve.time_limit_seconds = 'NaN': Input should be a",
        ),
        (
            "title = 'a'\n[carbon]\ncap_kt = inf\n",
            "line 3, carbon.cap_kt = 'Infinity': Input should be a finite number",
        ),
        ("title = 'a'\n[carbon]\ncap_kt = 1e999\n", "cap_kt = 'Infinity': Input should be a finite number"),
        ("title = 'a'\n[carbon]\ncap_kt = 1e-12\n", "line 3, carbon.cap_kt = '1e-12': is not zero but below 0.1 in"),
        (
            "title = 'a'\n[halls]\nutilisation_share = 1e-12\n",
            "utilisation_share = '1e-12': is not zero but below 0.05",
        ),
        (f"title = 'a'\n[carbon]\ncap_kt = 1{'0' * 400}\n", "line 3, carbon.cap_kt = '1000000"),
        (f"title = 'a'\n[solve]\nseed = 1{'0' * 400}\n", "line 3, solve.seed = '1000000"),
        (f"title = 'a'\n[solve]\nseed = 1{'0' * 5000}\n", "line 3: is no TOML: it has 5,008 characters, at most 1,000"),
        (f"title = 'a'\n[solve]\nseed = 0x{'f' * 900}\n", "line 3, solve.seed = "),
        ("title = 'a'\n[solve]\nseed = true\n", "line 3, solve.seed = 'true': Input should be a valid integer"),
        ("title = 'a'\n[solve]\nthreads = 2.0\n", "line 3, solve.threads = '2.0': Input should be a valid integer"),
        ("title = 'a'\n[solve]\ngap_share = '1'\n", "solve.gap_share = '\"1\"': Input should be a valid number"),
        ("title = 'a'\n[solve]\ngap_share = [1]\n", "solve.gap_share = '[1]': Input should be a valid number"),
        ("title = 'a'\n[solve]\ngap_share = 2026-01-01\n", 'line 3, solve.gap_share = \'{"date or time": '),
        ("title = 2026-01-01\n", 'line 1, title = \'{"date or time": "2026-01-01"}\': Input should be a valid string'),
        ("title = 'a'\nquestion = 'cost'\n", "line 2, question = '\"cost\"': Input should be an object"),
        ("title = 'a'\n[[solve]]\nseed = 1\n", "line 2, solve = '[{\"seed\": 1}]': Input should be an object"),
        ("title = 'a'\n[question]\nobjectives = 'cost'\n", "line 3, question.objectives = "),
        ("title = 'a'\n[question]\nobjectives = ['cost', 'cost']\n", "at least one objective, each once"),
        ("title = 'a'\n[solvr]\nseed = 1\n", "line 2, solvr = '{\"seed\": 1}': unknown key (did you mean 'solve'?)"),
        ("title = 'a'\n[solve]\nseed = 1\n[solve]\nthreads = 1\n", "wrong.toml, line 4: is no TOML: Cannot declare"),
        ("title = 'a'\n[solve]\nseed = 1\nseed = 2\n", "wrong.toml, line 4: is no TOML: Cannot overwrite"),
        ('title = "a\n', "wrong.toml, line 1: is no TOML"),
        ("title = 'a'\n[solve]\nseed = ", "wrong.toml, line 3: is no TOML: Invalid value (at end of document)"),
        ('title = """a\nb', "wrong.toml, line 2: is no TOML"),
        ("title = 'a'\r[solve]\rseed = 1\r", "wrong.toml, line 1: is no TOML"),
        ("title = 'a'\0\n", "wrong.toml, line 1: is no TOML"),
        ('title = "a\\u001b[31mb"\n', "holds the unreadable or invisible character U+001B"),
        ('title = "a\\u202eb"\n', "line 1, title = 'a\\u202eb': holds the unreadable or invisible character U+202E"),
        ('title = """a\nb"""\n', "holds the unreadable or invisible character U+000A"),
        (f"title = '{'x' * 300}'\n", "line 1, title = "),
        (f"title = '{'x' * 999_000}'\n", "wrong.toml, line 1: is no TOML: it has 999,010 characters"),
        (f"title = '{'x' * 1_000_000}'\n", "wrong.toml: has 1,000,011 bytes, a scenario at most 1,000,000"),
        (f"x = {'[' * 900}\n", "wrong.toml: is no TOML: its values are nested too deeply"),
        (f"x = {'[' * 20}{']' * 20}\n", "wrong.toml: is no TOML: its values are nested too deeply"),
        (f"{'a.' * 400}a = 1\n", "wrong.toml: is no TOML: its values are nested too deeply"),
        ("".join(f"a{number} = 1\n" for number in range(600)), "is no TOML: it has more than 500 keys and values"),
        ("extends = 'bas'\n", "wrong.toml, line 1, extends = 'bas': no such scenario (did you mean 'base'?)"),
    ],
)
def test_each_fault_of_a_file_is_reported(case_dir: Path, text: str, words: str) -> None:
    write(case_dir, "wrong", text)
    (fault,) = fault_texts(case_dir, "wrong")
    assert words in fault, fault


def test_longer_loops_are_reported(case_dir: Path) -> None:
    write(case_dir, "one", 'extends = "two"\n')
    write(case_dir, "two", 'extends = "one"\n')
    assert fault_texts(case_dir, "one") == ["two.toml, line 1, extends = 'one': extends itself: one -> two -> one"]


def test_an_encoding_that_is_not_utf_8_is_told(case_dir: Path) -> None:
    (case_dir / "scenarios" / "wrong.toml").write_bytes('title = "Zürich"\n'.encode("cp1252"))
    assert fault_texts(case_dir, "wrong") == ["wrong.toml, line 1: is not UTF-8 (byte 0xfc): save it so"]


@pytest.mark.parametrize(
    "name",
    ["../scenario", "/etc/passwd", "a/b", "", "base.toml", "..", "a\\b", "a\0b", "\u0430", "~", "a" * 65, "a" * 5000],
)
def test_names_that_leave_the_folders_are_refused(case_dir: Path, name: str) -> None:
    assert "it is no path" in fault_texts(case_dir, name)[0]


def test_links_out_of_the_folders_are_refused(case_dir: Path) -> None:
    outside = case_dir.parent / "outside.toml"
    outside.write_text('title = "secret"\n')
    (case_dir / "scenarios" / "linked.toml").symlink_to(outside)
    assert fault_texts(case_dir, "linked") == ["linked.toml: is a link out of the folder scenarios"]
    (case_dir / "scenario.toml").unlink()
    (case_dir / "scenario.toml").symlink_to(outside)
    assert fault_texts(case_dir) == ["scenario.toml: is a link out of the folder case"]
    (case_dir / "scenarios" / "loop.toml").symlink_to(case_dir / "scenarios" / "loop.toml")
    assert "no such scenario" in fault_texts(case_dir, "loop")[0]


def test_what_cannot_be_read_hides_no_fault_of_the_rest(case_dir: Path) -> None:
    write(case_dir, "wrong", 'extends = "broken"\n[solve]\nseeds = 1\n')
    write(case_dir, "broken", 'extends = "base"\ntitle =\n')
    assert fault_texts(case_dir, "wrong", ("solve.threads=0",)) == [
        "broken.toml, line 2: is no TOML: Invalid value (at line 2, column 8)",
        "--set, solve.threads = '0': Input should be greater than or equal to 1",
        "wrong.toml, line 3, solve.seeds = '1': unknown key (did you mean 'solve.seed'?)",
    ]


def test_a_folder_without_scenario_is_refused(tmp_path: Path) -> None:
    assert fault_texts(tmp_path) == [f"scenario = 'base': the folder {tmp_path.name} has no scenario.toml"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("solve.gap_share=0.02", {"solve": {"gap_share": 0.02}}),
        ("solve.threads = 4", {"solve": {"threads": 4}}),
        ("time.extremes=false", {"time": {"extremes": False}}),
        ("title=Two words", {"title": "Two words"}),
        ('title="5"', {"title": "5"}),
        ('question.objectives=["cost"]', {"question": {"objectives": ["cost"]}}),
        ("title=a=b", None),
        ("title", None),
        ("=1", None),
        ("solve..seed=1", None),
        ("title=[1", None),
        ("title=1\nsolve.seed=2", None),
        ("title=", None),
        (f"{'a.' * 50}a=1", None),
        (f"solve.seed={'[' * 900}", None),
        (f"solve.seed=1{'0' * 5000}", None),
        ("solve.s\u0435ed=1", None),
        ("../x=1", None),
    ],
)
def test_settings_are_read_as_toml(setting: str, value: dict[str, object] | None) -> None:
    if value is None:
        with pytest.raises(CaseRefused, match="--set"):
            parse_override(setting)
    else:
        assert parse_override(setting) == value


def test_all_wrong_settings_are_reported(case_dir: Path) -> None:
    assert len(fault_texts(case_dir, settings=("x", "y=[", "solve.seed=1", "solve.seed=2"))) == 3


def test_merging_replaces_values_and_joins_sections() -> None:
    assert merge({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": [2]}) == {"a": {"b": 3, "c": 2}, "d": [2]}


@pytest.mark.parametrize(
    "setting",
    [
        *("money.discount_share=6", "halls.utilisation_share=80", "solve.gap_share=1", "question.tolerance_share=1"),
        *("power.cover_share=100", "power.cover_import_share=30", "halls.hall_mw=20000", "halls.hall_mw=0.02"),
        *("money.lost_load_eur_per_mwh=8", "money.lost_load_eur_per_mwh=8000000", "money.heat_eur_per_mwh=0.025"),
        *("money.heat_meur_per_mw=500", "money.heat_meur_per_mw=500000", "money.heat_meur_per_mw=0.0005"),
        *(
            "money.connection_meur_per_mw=120",
            "money.connection_meur_per_mw=0.00012",
            "money.operation_meur_per_mw=250",
        ),
        *("money.connection_meur_per_mw_km=0.75", "money.connection_meur_per_mw_km=0.00000075", "money.base_year=26"),
        *(
            "money.operation_meur_per_mw=0.00025",
            "money.operation_staff_share=40",
            "siting.gigafactory_kchips=100000",
            "siting.gigafactory_kchips=0.1",
        ),
        *("carbon.cap_kg_per_mwh=60000", "carbon.cap_kg_per_mwh=0.06", "carbon.cap_kt=40000000", "carbon.cap_kt=0.04"),
        *(
            "siting.separation_km=50000",
            "service.route_factor=140",
            "money.heat_hours=240000",
            "money.grid_life_years=480",
        ),
    ],
)
def test_a_slip_of_unit_in_a_setting_is_refused(setting: str) -> None:
    key = setting.partition("=")[0]
    (fault,) = fault_texts(TUTORIAL, settings=(setting,))
    assert fault.startswith(f"--set, {key} = ")


def test_every_key_has_its_path() -> None:
    assert {"title", "question.objectives", "solve.gap_share"} <= {*setting_fields()}


@pytest.mark.parametrize("name", sorted(path.stem for path in setting_layers.SHARED_SCENARIOS.glob("*.toml")))
def test_shared_scenarios_fit_every_case(name: str) -> None:
    for base in sorted(TUTORIAL.parent.glob("*/scenario.toml")):
        assert load_settings(base.parent, name).title


@pytest.mark.parametrize("text", ['["LYON", "LODZ"]', "LYON LODZ", '"LYON, LODZ"'])
def test_sites_are_listed_or_named_in_a_row(case_dir: Path, text: str) -> None:
    assert load_settings(case_dir, "base", parse_overrides([f"siting.must={text}"])).siting.must == ("LYON", "LODZ")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (
            "siting.land_mw=3",
            "siting.land_mw = '3': unknown key (tables hold it, not the scenario: land_mw of sites.csv)",
        ),
        ("budget=5", "budget = '5': unknown key (tables hold it, not the scenario: amount_meur of tranches.csv)"),
        ("money.budget_meur=5", "tables hold it, not the scenario: amount_meur of tranches.csv)"),
        ("power.headroom=5", "tables hold it, not the scenario: headroom_mw of headrooms.csv)"),
        ("siting.load_growth_share=0.1", "load_growth_share of zones.csv)"),
        ("siting.sites_minimum=5", "unknown key (did you mean 'siting.sites_min'?)"),
        ("solve.gap=5", "unknown key (did you mean 'solve.gap_share'?)"),
        ("latency_ms=5", "latency_ms of workloads.csv or latency_ms of programme_regions.csv)"),
    ],
)
def test_unknown_key_that_is_a_column_points_to_its_table(case_dir: Path, setting: str, words: str) -> None:
    (fault,) = fault_texts(case_dir, "base", (setting,))
    assert fault.startswith("--set, ")
    assert fault.endswith(words)


def test_keys_changed_are_those_whose_values_differ(case_dir: Path) -> None:
    overrides = parse_overrides(["carbon.cap_kg_per_mwh=50.0", "solve.threads=2", "time.representative_days=2"])
    before = load_settings(case_dir)
    changed = changed_keys(case_dir, "base", overrides)
    assert changed["solve.threads"] == 2
    assert ("time.representative_days" in changed) == (before.time.representative_days != 2)
    assert ("carbon.cap_kg_per_mwh" in changed) == (before.carbon.cap_kg_per_mwh != 50)
    assert changed_keys(case_dir, "base", {}) == {}


def test_a_percentage_that_is_set_is_reported_as_the_share_it_is() -> None:
    with pytest.raises(CaseRefused) as refused:
        parse_overrides(["solve.gap_share=35%"])
    (fault,) = refused.value.faults
    assert fault.rule == "a percentage is no number here: write 0.35 (the share) or 35"
