import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from models.plan import Plan
from optimizer import run as flow
from optimizer.case.faults import CaseRefused, Fault
from optimizer.cli import app
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.run import Request, RunResult
from tests.plans import SOUND, UNSOUND, hand_made_plan

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "inputs" / "tutorial"


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def plan() -> Plan:
    return hand_made_plan()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def answer_with(monkeypatch: pytest.MonkeyPatch, outcome: RunResult | Exception) -> list[Request]:
    """Put a fixed outcome in the place of the whole flow; return the requests it will get."""
    requests: list[Request] = []

    def run(request: Request, watch: RunMonitor) -> RunResult:
        requests.append(request)
        watch.report(Progress("compute", 1.0, incumbent=10.0, bound=11.0, gap=0.1, note="kernel"))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(flow, "run", run)
    monkeypatch.setattr("optimizer.commands.solve.explanation_of", lambda *_: None)
    return requests


def test_command_line_starts_without_heavy_libraries() -> None:
    heavy = ("pandas", "numpy", "scipy", "pyomo", "highspy", "geopandas", "matplotlib", "pyarrow")
    question = f"import sys, optimizer.cli; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "[]"


def test_module_is_the_command_line_too() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "optimizer", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert all(command in run.stdout for command in ("check", "solve", "audit", "new", "describe", "Exit codes"))


@pytest.mark.parametrize(
    ("status", "has_plan", "code"),
    [
        ("solved", True, 0),
        ("failed", False, 9),
        ("unbounded", False, 8),
        ("infeasible", False, 4),
        ("limit", True, 5),
        ("limit", False, 6),
        ("interrupted", True, 130),
        ("interrupted", False, 130),
    ],
)
def test_exit_code_says_how_a_run_ended(
    status: str, has_plan: bool, code: int, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = (plan, SOUND) if has_plan else (None, None)
    answer_with(monkeypatch, RunResult(status, "because of a reason", *found))
    result = call("solve", TUTORIAL)
    assert result.exit_code == code
    assert has_plan or "because of a reason" in result.stderr


@pytest.mark.parametrize("status", ["solved", "limit", "interrupted"])
def test_unsound_plan_outranks_every_other_ending(status: str, plan: Plan) -> None:
    assert RunResult(status, "", plan, UNSOUND).exit_code == 7


def test_json_is_one_object_on_stdout_and_the_rest_is_on_stderr(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, RunResult("solved", "", plan, SOUND, seconds={"reading": 1.5}))
    result = call("solve", TUTORIAL, "--json", "--out", "there")
    answer = json.loads(result.stdout)
    assert answer["status"] == "solved"
    assert answer["exit_code"] == 0
    assert answer["plan"] == "there"
    assert answer["sound"] is True
    assert answer["chosen"] == ["LULEA", "LYON"]
    assert answer["period"] == "late"
    assert [(each["period"], each["sites"], each["servers_mw"], each["spent_meur"]) for each in answer["periods"]] == [
        ("early", 1, 40.0, 900.1),
        ("late", 2, 80.0, 1599.9),
    ]
    assert answer["failures"] == []
    assert answer["phase_seconds"] == {"reading": 1.5}
    assert [stage["objective"] for stage in answer["stages"]] == [stage.objective for stage in plan.proof.stages]
    assert "compute" in result.stderr


def test_request_holds_all_that_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = answer_with(monkeypatch, RunResult("infeasible"))
    call("solve", TUTORIAL, "--scenario", "tight", "--set", "carbon.cap_kt = 5", "--gap", "0.02", "--threads", "2")
    (request,) = requests
    assert request.cluster is None
    assert request.overrides == {"carbon.cap_kt": "5", "solve.gap_share": "0.02", "solve.threads": "2"}
    assert request.scenario_name == "tight"
    assert request.folder == Path("outputs/tutorial/tight")  # of a scenario that will be refused


def folder_of(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[str, str]:
    """Return the folder of a plan of the tutorial, and what is said before."""
    (requests, result) = (
        answer_with(monkeypatch, RunResult("infeasible")),
        call("solve", TUTORIAL, "--no-explain", *words),
    )
    return requests[0].folder.as_posix(), result.stderr


def test_variant_has_a_folder_of_its_own_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    base, said = folder_of(monkeypatch)
    assert base == "outputs/tutorial/base"
    assert "the plan goes into" not in said
    variant, said = folder_of(monkeypatch, "--set", "carbon.cap_kg_per_mwh=40", "--gap", "0.02")
    assert re.fullmatch(r"outputs/tutorial/base-[0-9a-f]{6}", variant)
    assert "Not base as it stands (carbon.cap_kg_per_mwh = 40.0, solve.gap_share = 0.02)" in said
    assert f"the plan goes into {variant}" in said
    again, _ = folder_of(monkeypatch, "--gap", "0.020", "--set", " carbon.cap_kg_per_mwh = 4e1")
    assert again == variant
    others = [folder_of(monkeypatch, *words)[0] for words in (("--gap", "0.02"), ("--threads", "2"))]
    assert len({base, variant, *others}) == 4


def test_key_set_to_what_the_scenario_says_makes_no_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    folder, said = folder_of(monkeypatch, "--set", "carbon.cap_kg_per_mwh=50", "--time-limit", "60")
    assert folder == "outputs/tutorial/base"
    assert "the plan goes into" not in said


def test_values_of_a_variant_are_told_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    _, said = folder_of(monkeypatch, "--set", "title='[bold]5 billion'")
    assert '(title = "[bold]5 billion")' in said


def test_folder_that_is_named_is_the_folder_of_any_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder_of(monkeypatch, "--out", "there", "--gap", "0.02")[0] == "there"


def test_key_set_twice_is_named_with_both_values() -> None:
    for command in ("solve", "check", "explain"):
        result = call(command, TUTORIAL, "--set", "carbon.cap_kt=1", "--set", "carbon.cap_kt = 2")
        assert result.exit_code == 2
        told = " ".join(result.stderr.replace("│", " ").split())
        assert "carbon.cap_kt is set more than once, to '1' and to '2'" in told


@pytest.mark.parametrize("address", ["tcp://host:8786", "tls://[::1]:1"])
def test_cluster_is_asked_for_by_the_address_of_its_scheduler(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    requests = answer_with(monkeypatch, RunResult("infeasible"))
    call("solve", TUTORIAL, "--no-explain", "--cluster", address)
    assert [request.cluster for request in requests] == [address]


@pytest.mark.parametrize("address", ["local", "host:8786", "tcp://host", "http://host:8786"])
def test_what_is_no_scheduler_is_wrong_usage(address: str) -> None:
    result = call("solve", TUTORIAL, "--cluster", address)
    assert result.exit_code == 2
    assert "tcp://host:8786" in result.stderr


@pytest.mark.parametrize(("left", "seconds"), [(500.0, 120.0), (30.0, 30.0), (-3.0, 10.0)])
def test_explanation_takes_what_the_limit_of_the_run_leaves(
    left: float, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, RunResult("infeasible", time_remaining=left))
    given: list[float] = []
    monkeypatch.setattr("optimizer.commands.solve.explanation_of", lambda *words: given.append(words[-1]))
    assert call("solve", TUTORIAL).exit_code == 4
    assert given == [seconds]


def test_cluster_without_dask_is_wrong_usage_and_tells_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.commands.arguments.find_spec", lambda _: None)
    result = call("solve", TUTORIAL, "--cluster", "tcp://host:8786")
    assert result.exit_code == 2
    assert ".[cluster]" in result.stderr


def test_refused_inputs_are_listed_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [
        Fault("sites.csv", "must not be negative", 3, "land_mw", "-1"),
        Fault("zones.csv", "missing"),
    ]
    answer_with(monkeypatch, CaseRefused(faults))
    result = call("solve", TUTORIAL, "--json")
    assert result.exit_code == 3
    assert all(str(fault) in result.stderr.splitlines() for fault in faults)
    assert json.loads(result.stdout)["faults"][0]["line"] == 3


def test_bad_table_is_refused_without_a_traceback(tmp_path: Path) -> None:
    call("new", "mine", "--from", "tutorial")
    table = tmp_path / "mine" / "sites.csv"
    table.write_text(
        table.read_text().replace("LODZ,Lodz,coal", "LODZ,Lodz,volcano").replace(",SE,NORTH,", ",SE,MOON,")
    )
    for command in ("check", "solve"):
        result = call(command, "mine")
        assert result.exit_code == 3
        assert "sites.csv, line 3, kind = 'volcano'" in result.output
        assert "MOON" in result.output
        assert "faults; nothing was written." in result.output
    assert not (tmp_path / "outputs" / "mine" / "base").exists()


def test_check_accepts_the_tutorial() -> None:
    result = call("check", TUTORIAL)
    assert result.exit_code == 0
    assert "no fault" in result.output
    assert "5 sites" in result.output
    assert "  regions: 0 % real, 100 % derived, 0 % estimates of 6: 0/100/0 latitude, longitude" in result.output
    assert json.loads(call("check", TUTORIAL, "--json").stdout)["quality_shares"]["regions.latitude"]["derived"] == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", "nowhere"), 2),
        (("solve",), 2),
        (("solve", TUTORIAL, "--gap", "small"), 2),
        (("solve", TUTORIAL, "--set", "nonsense"), 2),
        (("check", TUTORIAL, "--set", "solve.gap=1"), 3),
        (("check", TUTORIAL, "--set", "solve.gap_share=7"), 3),
        (("check", TUTORIAL, "--scenario", "unheard_of"), 3),
        (("futures", TUTORIAL), 3),
        (("explain", TUTORIAL, "--set", "solve.gap_share=7"), 3),
        (("compare", ".", "."), 2),
        (("new", "mine", "--from", "atlantis"), 2),
        (("audit", "."), 2),
    ],
)
def test_wrong_words_are_told_apart_from_wrong_inputs(words: tuple[str | Path, ...], code: int) -> None:
    result = call(*words)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output


def test_folder_that_is_no_plan_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "letter.txt").write_text("dear")
    result = call("solve", TUTORIAL, "--out", "precious")
    assert result.exit_code == 2
    assert (tmp_path / "precious" / "letter.txt").read_text() == "dear"


def test_new_copies_a_case_and_keeps_what_is_there(tmp_path: Path) -> None:
    assert call("new", "mine", "--from", "tutorial").exit_code == 0
    assert (tmp_path / "mine" / "sites.csv").read_bytes() == (TUTORIAL / "sites.csv").read_bytes()
    (tmp_path / "mine" / "sites.csv").write_text("changed")
    assert call("new", "mine", "--from", "tutorial").exit_code == 2
    assert (tmp_path / "mine" / "sites.csv").read_text() == "changed"
