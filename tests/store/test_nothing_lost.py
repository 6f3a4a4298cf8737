"""Whatever happens to a run, the folder of a plan holds the old plan or the complete new one."""

import errno
import hashlib
import json
import math
import os
import pty
import random
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from os import write as say
from pathlib import Path

import numpy as np
import psutil
import pytest
from typer.testing import CliRunner

from models.case import Case
from models.plan import Plan
from optimizer.benders.solution import Solution
from optimizer.case.provenance import provenance_of
from optimizer.cli import app
from optimizer.extract.extract import extract
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.partial_failure import Failure
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.report.write_plan import write_plan
from optimizer.run import Request, run
from optimizer.runtime.exit_codes import ExitCode
from optimizer.runtime.worker import TaskResult
from optimizer.store.plan_files import read_plan
from optimizer.store.plan_folder import FolderRefused, PlanUnwritten, consistent_read, locked_folder, sibling_path
from tests.plans import SOUND, hand_made_plan

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "inputs" / "tutorial"
MARK = "GIGASITE_TEST_RUN"
"""Variable by which the processes of a run are found, whoever is their parent by then."""
DIED = 77
NOBODY = 65534
HOLDER = """
import sys, time
from pathlib import Path
from optimizer.store.plan_folder import FolderRefused, locked_folder
place, start, inside = (Path(word) for word in sys.argv[1:4])
while not start.exists():
    time.sleep(0.001)
try:
    with locked_folder(place):
        (place.parent / ".plan.new").mkdir()
        inside.open("x").close()
        print("held", flush=True)
        time.sleep(float(sys.argv[4]))
        inside.unlink()
except FolderRefused as refused:
    sys.exit(str(refused))
"""


def often(few: int, many: int) -> pytest.MarkDecorator:
    """Try a few moments in every test run, and many in the long one."""
    return pytest.mark.parametrize("number", [few, pytest.param(many, marks=pytest.mark.long)])


def titled(title: str) -> Plan:
    return hand_made_plan().model_copy(update={"title": title})


def hashes(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def complete(folder: Path) -> dict[str, str]:
    """Return the hashes of a plan's files, which must be those in its manifest and no others."""
    found = hashes(folder)
    del found["manifest.json"]
    assert json.loads((folder / "manifest.json").read_text()) == found
    return found


def in_a_child(task: Callable[[], str]) -> tuple[int, str]:
    """Do a task in a forked process; return its exit code and what the task returns, or the error it raises."""
    reader, writer = os.pipe()
    if not (child := os.fork()):
        code = 1
        try:
            os.close(reader)
            try:
                said, code = task(), 0
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
            say(writer, said.encode())
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


@pytest.fixture(autouse=True)
def spare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a temporary folder of its own, where plans without a place are kept."""
    folder = tmp_path / "spare"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def no_map(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a few bytes in the place of the map, whose drawing takes most of the time."""
    monkeypatch.setattr("optimizer.report.write_map.write_map", lambda *rest: (rest[2] / "map.png").write_bytes(b"map"))


@pytest.fixture
def quick(no_map: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a few bytes in the place of the GeoPackage, the report and the workbook too."""
    for writer, name in (
        ("write_geopackage.write_gpkg", "plan.gpkg"),
        ("write_report.write_report", "report.html"),
        ("write_plan_workbook.write_plan_workbook", "plan.xlsx"),
    ):
        monkeypatch.setattr(f"optimizer.report.{writer}", lambda *rest, name=name: _write_little(rest, name))


def _write_little(arguments: tuple[object, ...], name: str) -> None:
    folder = next(each for each in arguments if isinstance(each, Path))
    (folder / name).write_bytes(b"little")


@pytest.fixture
def place(tmp_path: Path, quick: None) -> Path:
    """Give a folder that holds the plan `old`."""
    folder = tmp_path / "plans" / "plan"
    write_plan(titled("old"), SOUND, folder)
    return folder


def touch_the_disk(then: Callable[[int], None], below: Path) -> None:
    """From now on call `then` with a running number before every step that this process takes on files below a folder.

    Cannot be undone: for a child only.
    """
    step = 0

    def count() -> None:
        nonlocal step
        step += 1
        then(step)

    def seen(event: str, words: tuple[object, ...]) -> None:
        named = any(isinstance(word, str | bytes | Path) and str(below) in str(word) for word in words)
        if named and event != "shutil.rmtree":  # which is many steps
            count()

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*words: object) -> object:
            count()
            return function(*words)

        return call

    os.fsync = counted(os.fsync)  # type: ignore[assignment]
    os.write = counted(os.write)  # type: ignore[assignment]
    sys.addaudithook(seen)


def die(_: int) -> None:
    os._exit(DIED)


def fail(number: int) -> Callable[[int], None]:
    def raise_it(_: int) -> None:
        raise OSError(number, os.strerror(number))

    return raise_it


@pytest.mark.parametrize("every", [23, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("happens", "from_then_on"),
    [(die, True), (fail(errno.EIO), False), (fail(errno.EACCES), False), (fail(errno.ENOSPC), True)],
    ids=["killed", "one fault", "one denial", "full from then on"],
)
def test_whatever_happens_at_any_step_of_writing_the_folder_holds_the_old_or_the_new_plan(
    happens: Callable[[int], None], from_then_on: bool, every: int, place: Path, spare: Path
) -> None:
    def write_until(chosen: int) -> str:
        steps = 0

        def then(step: int) -> None:
            nonlocal steps
            steps = step
            if step == chosen or (from_then_on and step > chosen > 0):
                happens(step)

        touch_the_disk(then, place.parent)
        write_plan(titled("new"), SOUND, place)
        return str(steps)

    old = complete(place)
    code, steps = in_a_child(lambda: write_until(0))
    assert code == 0
    new = complete(place)
    assert old["plan.json"] != new["plan.json"]
    assert int(steps) > 60
    endings = set()
    for chosen in range(int(steps), 0, -every):
        write_plan(titled("old"), SOUND, place)
        code, said = in_a_child(lambda chosen=chosen: write_until(chosen))  # type: ignore[misc]
        title = read_plan(place).title
        assert consistent_read(place, complete) == {"old": old, "new": new}[title]
        if code == 0:
            assert title == "new"
        elif happens is not die:
            assert title == "old"
            assert said.startswith("PlanUnwritten: The plan could not be written: ")
            (kept,) = spare.glob("*/plan")
            assert said.endswith(f"It is kept in {kept}")
            assert complete(kept) == new
            shutil.rmtree(kept.parent)
        endings.add((code, title))
    write_plan(titled("last"), SOUND, place)
    assert read_plan(place).title == "last"
    assert os.listdir(place.parent) == ["plan"]
    assert os.listdir(spare) == []
    print(f"{len(range(int(steps), 0, -every))} faults at {steps} steps")
    broken = {(DIED, "old"), (DIED, "new")} if happens is die else {(1, "old"), (0, "new")}
    assert endings == broken


@pytest.mark.usefixtures("no_map")
def test_a_file_cut_short_by_the_disk_never_gets_into_the_folder(tmp_path: Path, spare: Path) -> None:
    place = tmp_path / "plans" / "plan"
    write_plan(titled("new"), SOUND, place)
    new, largest = complete(place), max(file.stat().st_size for file in place.iterdir())
    write_plan(titled("old"), SOUND, place)
    old = complete(place)

    def write_at_most(size: int) -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        write_plan(titled("new"), SOUND, place)
        return ""

    for size in (0, 100, 5_000, 50_000, largest - 1):
        code, said = in_a_child(lambda size=size: write_at_most(size))  # type: ignore[misc]
        assert code == 1
        assert said.startswith("PlanUnwritten: The plan could not be written: ")
        assert complete(place) == old
        assert os.listdir(place.parent) in (["plan"], ["plan", ".plan.lock"], [".plan.lock", "plan"])
        kept = list(spare.glob("*/plan"))
        if size < 10_000:
            assert "It is lost, for " in said
            assert kept == []
        else:
            assert said.endswith(f"Its plan.json and dispatch.parquet alone are kept in {kept[0]}")
            assert read_plan(kept[0]).title == "new"
            shutil.rmtree(kept[0].parent)
    assert in_a_child(lambda: write_at_most(largest)) == (0, "")
    assert complete(place) == new
    assert os.listdir(place.parent) == ["plan"]


def outlive_a_full_disk(disk: Path, elsewhere: Path) -> None:
    """Write plans on a small disk of one's own that is ever less full."""
    tempfile.tempdir = str(elsewhere)
    pytest.MonkeyPatch().setattr("optimizer.report.write_map.write_map", lambda *rest: None)
    place, ballast = disk / "plan", disk / "ballast"
    write_plan(titled("new"), SOUND, elsewhere / "reference")
    new = complete(elsewhere / "reference")
    for free in (0, 40_000, 150_000, 400_000, 1_000_000):
        write_plan(titled("old"), SOUND, place)
        old = complete(place)
        ballast.write_bytes(bytes(shutil.disk_usage(disk).free - free))
        try:
            write_plan(titled("new"), SOUND, place)
        except PlanUnwritten as unwritten:
            said = str(unwritten)
        else:
            said = ""
        assert complete(place) == (old if said else new)
        print("kept" if said else "written")
        for kept in elsewhere.glob("gigasite-*/plan"):
            assert said.endswith(f"It is kept in {kept}")
            assert complete(kept) == new
            shutil.rmtree(kept.parent)
        ballast.unlink()
    write_plan(titled("last"), SOUND, place)
    assert os.listdir(disk) == ["plan"]


def test_full_disk_leaves_the_old_plan_and_keeps_the_new_one_elsewhere(tmp_path: Path, spare: Path) -> None:
    question = "from pathlib import Path; from tests.store.test_nothing_lost import outlive_a_full_disk as outlive;"
    question += f"outlive(Path({str(tmp_path)!r}) / 'disk', Path({str(spare)!r}))"
    (tmp_path / "disk").mkdir()
    mount = 'mount -t tmpfs -o size=3000k none "$1" || exit 99; shift; exec "$@"'
    words = ("unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh", tmp_path / "disk")
    try:
        run = subprocess.run(
            [*words, sys.executable, "-c", question], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("platform: no unshare")
    if run.returncode in (1, 99) and not run.stdout:
        pytest.skip(f"platform: no disk of one's own may be mounted here: {run.stderr}")
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["kept"] * 4 + ["written"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("writer", "part", "missing"),
    [
        ("optimizer.report.write_tables.write_tables", "the tables", "sites.csv"),
        ("optimizer.report.write_geopackage.write_gpkg", "plan.gpkg", "plan.gpkg"),
        ("optimizer.report.write_map.write_map", "map.png", "map.png"),
        ("optimizer.report.write_summary.write_summary", "summary.md", "summary.md"),
    ],
)
def test_fault_of_the_program_while_writing_costs_no_more_than_its_file(
    writer: str, part: str, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_half_way(*words: object) -> None:
        folder = next(word for word in words if isinstance(word, Path))
        (folder / missing).write_text("half a fi")
        raise ZeroDivisionError("a fault")

    write_plan(titled("old"), SOUND, tmp_path / "plan")
    every = complete(tmp_path / "plan").keys()
    monkeypatch.setattr(writer, fail_half_way)
    (failure,) = write_plan(titled("new"), SOUND, tmp_path / "plan")
    assert str(failure) == f"writing {part} failed: ZeroDivisionError: a fault"
    assert "fail_half_way" in failure.trace
    lost = every - complete(tmp_path / "plan").keys()
    assert missing in lost
    assert lost == {missing} or all(name.endswith(".csv") for name in lost)
    assert read_plan(tmp_path / "plan").title == "new"


@pytest.mark.usefixtures("quick")
def test_run_whose_end_fails_here_and_there_writes_the_rest_and_tells_each_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tutorial_plan: Plan
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("p1")

    first = Failure("the dispatch of the whole year", "KeyError: 'p1'", "Traceback")
    monkeypatch.setattr(
        "optimizer.run.solve_in_subprocess", lambda *_: TaskResult("solved", "", tutorial_plan, (first,))
    )
    monkeypatch.setattr("optimizer.run.audit", fail)
    monkeypatch.setattr("optimizer.report.write_map.write_map", fail)
    place = tmp_path / "plan"
    outcome = run(Request(TUTORIAL, "base", place), RunMonitor())
    assert [str(each) for each in outcome.failures] == [
        "the dispatch of the whole year failed: KeyError: 'p1'",
        "the audit failed: KeyError: 'p1'",
        "writing map.png failed: KeyError: 'p1'",
    ]
    assert outcome.exit_code == ExitCode.UNSOUND
    assert read_plan(place) == outcome.plan
    assert outcome.plan is not None
    assert outcome.plan.proof.message == "; ".join(map(str, outcome.failures[:2]))
    summary = (place / "summary.md").read_text()
    assert "NOT AUDITED (KeyError: 'p1')" in summary
    assert "**This plan could not be audited" in summary
    assert json.loads((place / "audit.json").read_text())["sound"] is False
    assert not (place / "map.png").exists()


@pytest.mark.usefixtures("quick")
def test_failure_behind_a_sound_plan_has_the_exit_code_of_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tutorial_plan: Plan
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("p1")

    monkeypatch.setattr("optimizer.run.solve_in_subprocess", lambda *_: TaskResult("solved", "", tutorial_plan))
    monkeypatch.setattr("optimizer.report.write_summary.write_summary", fail)
    monkeypatch.setattr("optimizer.report.console_summary.console_summary", fail)
    result = CliRunner().invoke(app, ["solve", str(TUTORIAL), "--out", str(tmp_path / "plan"), "--json"])
    assert result.exit_code == ExitCode.FAILED
    found = json.loads(result.stdout)
    assert found["failures"] == ["writing summary.md failed: KeyError: 'p1'"]
    assert found["plan"] == (tmp_path / "plan").as_posix()
    assert "showing the plan failed: KeyError: 'p1'" in result.stderr
    assert "writing summary.md failed: KeyError: 'p1'; the rest of the plan is there" in result.stderr
    assert read_plan(tmp_path / "plan").title == tutorial_plan.title


@pytest.mark.usefixtures("quick")
def test_decisions_are_kept_until_their_plan_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tutorial_plan: Plan
) -> None:
    def solve(_: object, watch: RunMonitor) -> TaskResult:
        watch.on_checkpoint(Checkpoint((), "compute", np.zeros(3), True, 0.0, 0.0))
        return TaskResult("solved", "", tutorial_plan)

    def fail(*_: object, **__: object) -> None:
        raise ValueError("nan is no JSON")

    monkeypatch.setattr("optimizer.run.solve_in_subprocess", solve)
    place = tmp_path / "plan"
    with monkeypatch.context() as patch:
        patch.setattr("optimizer.run.write_plan", fail)
        with pytest.raises(ValueError, match="nan is no JSON"):
            run(Request(TUTORIAL, "base", place), RunMonitor())
    assert sibling_path(place, "search").is_file()
    assert run(Request(TUTORIAL, "base", place), RunMonitor()).exit_code == 0
    assert not sibling_path(place, "search").exists()


@pytest.mark.usefixtures("quick")
def test_listener_that_fails_costs_no_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tutorial_plan: Plan
) -> None:
    heard: list[str] = []

    def listen(event: Progress) -> None:
        heard.append(event.stage)
        if event.stage == "reading":
            raise BrokenPipeError("the terminal is gone")  # which is nobody's fault
        if event.stage == "auditing":
            raise KeyError("auditing")

    monkeypatch.setattr("optimizer.run.solve_in_subprocess", lambda *_: TaskResult("solved", "", tutorial_plan))
    outcome = run(Request(TUTORIAL, "base", tmp_path / "plan"), RunMonitor(listen))
    assert (heard[0], heard[-1]) == ("reading", "auditing")
    assert [str(each) for each in outcome.failures] == ["showing the progress failed: KeyError: 'auditing'"]
    assert read_plan(tmp_path / "plan") == outcome.plan


def test_worth_of_limits_that_cannot_be_worked_out_is_left_empty(
    tutorial_case: Case, tutorial_solution: Solution, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("row")

    monkeypatch.setattr("optimizer.extract.extract._limits", fail)
    told: list[Failure] = []
    plan = extract(tutorial_case, tutorial_solution, provenance_of(tutorial_case, TUTORIAL, "base", {}), told.append)
    assert plan.limits == ()
    assert [str(each) for each in told] == ["working out what limits are worth failed: KeyError: 'row'"]


def test_folder_that_vanishes_during_a_run_is_made_again(place: Path) -> None:
    with locked_folder(place):
        shutil.rmtree(place.parent)
        write_plan(titled("new"), SOUND, place)
    complete(place)
    assert os.listdir(place.parent) == ["plan"]


def test_files_put_into_the_folder_during_a_run_stay_and_the_plan_is_kept_elsewhere(place: Path, spare: Path) -> None:
    with locked_folder(place):
        (place / "notes.txt").write_text("years of work")
        with pytest.raises(
            PlanUnwritten, match=r"holds notes\.txt, which is not in its manifest\.json.* It is kept in"
        ):
            write_plan(titled("new"), SOUND, place)
    assert (place / "notes.txt").read_text() == "years of work"
    assert read_plan(place).title == "old"
    assert [read_plan(kept).title for kept in spare.glob("*/plan")] == ["new"]


def test_folder_that_holds_anything_but_a_plan_is_refused_untouched(tmp_path: Path, quick: None) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FolderRefused, match=r"holds files but no plan\.json"), locked_folder(tmp_path):
        pass
    with pytest.raises(FolderRefused, match="is a file"), locked_folder(tmp_path / "thesis.txt"):
        pass
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    (tmp_path / "empty").mkdir()
    write_plan(titled("new"), SOUND, tmp_path / "empty")
    (tmp_path / "empty" / ".DS_Store").touch()
    write_plan(titled("newer"), SOUND, tmp_path / "empty")
    (tmp_path / "empty" / "manifest.json").unlink()
    with pytest.raises(FolderRefused, match=r"which is not in its manifest\.json"), locked_folder(tmp_path / "empty"):
        pass


def test_folder_that_cannot_be_replaced_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for folder, reason in (
        (tmp_path / "file" / "plan", "cannot be written"),
        (tmp_path / ("n" * 250), "File name too long"),
        (tmp_path / "loop" / "plan", "cannot be written"),
        (Path("/"), "cannot be written"),
        (Path(), "in use as a whole"),
    ):
        with pytest.raises(FolderRefused, match=reason):
            run(Request(tmp_path / "no case", "base", folder), RunMonitor())
    assert sorted(os.listdir(tmp_path)) == ["file", "here", "loop", "spare"]


def test_read_only_folder_is_refused_before_any_work(quick: None) -> None:
    def ask(place: Path) -> str:
        if os.getuid() == 0:
            os.setuid(NOBODY)
        run(Request(place / "no case", "base", place), RunMonitor())
        return "not refused"

    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # where others than root may come
        folder = Path(name)
        place = folder / "plan"
        write_plan(titled("old"), SOUND, place)
        owner = NOBODY if os.getuid() == 0 else -1
        for path in (folder, place):
            os.chown(path, owner, -1)
        for closed, child, reason in (
            (place, place, "is read-only; choose --out"),
            (folder, place, "Permission denied"),
            (folder, folder / "fresh", "Permission denied"),
            (folder, folder / "far" / "plan", "Permission denied"),
        ):
            folder.chmod(0o755)
            place.chmod(0o755)
            closed.chmod(0o555)
            code, said = in_a_child(lambda child=child: ask(child))  # type: ignore[misc]
            assert code == 1
            assert said.startswith(f"FolderRefused: {child} ")
            assert reason in said
            assert os.listdir(folder) == ["plan"]
        assert read_plan(place).title == "old"


def test_link_to_a_folder_stays_a_link_and_permissions_stay_as_they_are(place: Path, tmp_path: Path) -> None:
    place.chmod(0o2770)
    link = tmp_path / "link"
    link.symlink_to(place)
    write_plan(titled("new"), SOUND, link)
    assert link.is_symlink()
    assert read_plan(place).title == "new"
    assert place.stat().st_mode & 0o7777 == 0o2770


def test_old_plan_comes_back_although_somebody_made_the_missing_folder_anew(place: Path) -> None:
    os.replace(place, sibling_path(place, "old"))
    assert read_plan(place).title == "old"
    place.mkdir()
    with locked_folder(place):
        assert read_plan(place).title == "old"
    assert os.listdir(place.parent) == ["plan"]


def test_reader_of_an_old_plan_that_is_being_swept_turns_to_the_new_one(place: Path) -> None:
    old, new = sibling_path(place, "old"), sibling_path(place, "new")
    shutil.copytree(place, new)
    os.replace(place, old)
    (old / "manifest.json").unlink()
    swept = old.stat()

    def read(folder: Path) -> dict[str, str]:
        if folder == old:
            os.replace(new, place)  # the writer's second rename, between the look and the read
            assert old.stat() == swept
        return complete(folder)

    assert consistent_read(place, read) == complete(place)


@pytest.mark.long
@often(20, 60)
def test_reader_never_sees_a_mix(number: int, place: Path) -> None:
    def write_often() -> str:
        for title in range(number):
            write_plan(titled(f"number {title}"), SOUND, place)
        return ""

    writer = os.fork()
    if not writer:
        try:
            write_often()
        finally:
            os._exit(0)
    seen = set()
    while not os.waitpid(writer, os.WNOHANG)[0]:
        seen.add(consistent_read(place, complete)["plan.json"])
    assert len(seen) > 5


def holders(place: Path, count: int, seconds: float) -> list[subprocess.Popen[str]]:
    """Start processes that ask for a folder in the same instant and hold it for a while."""
    start, inside = place.parent / "start", place.parent / "inside"
    start.unlink(missing_ok=True)
    words = (sys.executable, "-c", HOLDER, str(place), str(start), str(inside), str(seconds))
    started = [
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    time.sleep(2)
    start.touch()
    return started


@pytest.mark.parametrize("count", [2, 5])
def test_of_runs_that_start_at_once_one_writes_and_the_others_are_told_which(count: int, tmp_path: Path) -> None:
    place = tmp_path / "plans" / "plan"
    place.parent.mkdir()
    started = holders(place, count, 1.5)
    answers = {one.pid: one.communicate() for one in started}
    (winner,) = [pid for pid, (said, _) in answers.items() if said == "held\n"]
    for pid, (_, complaint) in answers.items():
        if pid != winner:
            assert f"{place} is being written by process {winner} on {os.uname().nodename} since 20" in complaint
            assert "wait, stop it, or choose --out" in complaint
    assert [one.returncode for one in started].count(0) == 1
    assert sorted(os.listdir(place.parent)) == ["start"]


def test_second_run_is_refused_before_it_reads_anything(tmp_path: Path) -> None:
    place = tmp_path / "plans" / "plan"
    place.parent.mkdir()
    (holder,) = holders(place, 1, 60)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    began = time.perf_counter()
    result = CliRunner().invoke(app, ["solve", str(TUTORIAL), "--out", str(place), "--json"])
    assert result.exit_code == ExitCode.USAGE
    assert f"process {holder.pid} on" in json.loads(result.stdout)["message"]
    assert "reading" not in result.stderr
    began = time.perf_counter()
    with pytest.raises(FolderRefused, match=f"process {holder.pid} on"), locked_folder(place):
        pass
    assert time.perf_counter() - began < 2
    assert (place.parent / ".plan.new").exists(), "the refused must not sweep what the holder writes"
    holder.kill()
    holder.communicate()
    with locked_folder(place):  # at once
        assert not (place.parent / ".plan.new").exists()
    assert sorted(os.listdir(place.parent)) == ["inside", "start"]


def test_children_of_a_killed_run_do_not_keep_its_lock(tmp_path: Path) -> None:
    script = """
import os, subprocess, sys, time
from pathlib import Path
from optimizer.store.plan_folder import locked_folder
with locked_folder(Path(sys.argv[1])):
    spawned = subprocess.Popen(["sleep", "60"], close_fds=False)
    forked = os.fork()
    if forked:
        print(spawned.pid, forked, flush=True)
    time.sleep(60)
"""
    place = tmp_path / "plan"
    words = (sys.executable, "-c", script, str(place))
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        children = [int(word) for word in holder.stdout.readline().split()]
        with pytest.raises(FolderRefused, match=f"process {holder.pid} on"), locked_folder(place):
            pass
        holder.kill()
        holder.wait()
        try:
            assert all(psutil.pid_exists(child) for child in children)
            with locked_folder(place):
                pass
        finally:
            for child in children:
                os.kill(child, signal.SIGKILL)


def test_disk_without_locks_is_refused_in_plain_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filelock._unix.lock_fd_nonblocking", fail(errno.ENOLCK))
    with pytest.raises(FolderRefused, match="the file system has no locks, as some network folders; choose --out"):
        run(Request(tmp_path / "no case", "base", tmp_path / "plan"), RunMonitor())


def test_unwritten_plan_has_an_exit_code_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*_: object) -> None:
        raise PlanUnwritten("The plan could not be written: no space. It is kept in /tmp/x")

    monkeypatch.setattr("optimizer.run.run", write)
    result = CliRunner().invoke(app, ["solve", str(TUTORIAL), "--out", str(tmp_path / "plan"), "--json"])
    assert result.exit_code == ExitCode.UNWRITTEN
    assert json.loads(result.stdout)["status"] == "unwritten"
    assert "It is kept in /tmp/x" in result.stderr


class Started:
    """A solve of the tutorial in processes of its own, on a terminal of its own."""

    shortest = math.inf
    """Seconds of the shortest whole run so far: what the machine did beside the first says nothing of the next."""

    def __init__(self, place: Path) -> None:
        self.mark = f"{place} {time.monotonic_ns()}"
        self.said = b""
        self.began = time.perf_counter()
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            words = (sys.executable, "-m", "optimizer", "solve", str(TUTORIAL), "--out", str(place))
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a shell makes its background jobs ignore
            os.chdir(ROOT)
            os.execve(sys.executable, words, os.environ | {MARK: self.mark, "TERM": "xterm", "COLUMNS": "100"})

    def family(self) -> list[psutil.Process]:
        """Return the processes of the run that are alive, whoever is their parent."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def listen(self, until: Callable[[], bool]) -> bool:
        """Take what the run says until something is so; false if it ended before."""
        while not until():
            if select.select([self.terminal], [], [], 0.002)[0]:
                try:
                    self.said += os.read(self.terminal, 65536)
                except OSError:  # nobody has this terminal any more
                    return until()
        return True

    def wait(self) -> int:
        """Return the exit code, once no process of the run is left."""
        self.listen(lambda: False)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.terminal)
        if code == 0:
            Started.shortest = min(Started.shortest, time.perf_counter() - self.began)
        assert self.ends()
        return code

    def ends(self) -> bool:
        """Tell whether every process of the run ends soon."""
        deadline = time.perf_counter() + 20
        while self.family() and time.perf_counter() < deadline:
            time.sleep(0.05)
        return self.family() == []


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float, float]:
    """Give a plan of the tutorial, and when its run began to write and had ended, in seconds."""
    place = tmp_path_factory.mktemp("solved") / "plans" / "plan"
    started = Started(place)
    assert started.listen(lambda: b"writing" in started.said), started.said.decode()
    writing = time.perf_counter() - started.began
    assert started.wait() == 0, started.said.decode()
    return place, writing, time.perf_counter() - started.began


def moments(solved: tuple[Path, float, float], seed: int) -> Iterator[tuple[bool, float]]:
    """Give random moments: any of a run, or (every third) a moment after it began to write."""
    _, writing, end = solved
    chance = random.Random(seed)
    while True:
        share = min(1.0, Started.shortest / end)
        yield False, share * chance.uniform(0, end)
        yield False, share * chance.uniform(0, end)
        yield True, share * chance.uniform(0, end - writing)


def reach(started: Started, moment: tuple[bool, float]) -> bool:
    """Listen to a run until a moment; false if it ended before."""
    after_writing, seconds = moment
    began = started.began
    if after_writing:
        if not started.listen(lambda: b"writing" in started.said):
            return False
        began = time.perf_counter()
    return started.listen(lambda: time.perf_counter() - began >= seconds)


def check_the_plan(place: Path, before: dict[str, str]) -> bool:
    """Return whether the folder holds a new plan, which must be complete and sound; else it must be just as before."""
    now = consistent_read(place, complete)
    if now["plan.json"] == before["plan.json"]:
        assert now == before
        return False
    assert CliRunner().invoke(app, ["audit", str(place)]).exit_code == ExitCode.SOLVED
    return True


@often(1, 30)
def test_run_killed_at_any_moment_leaves_a_sound_plan_and_no_process(
    number: int, solved: tuple[Path, float, float]
) -> None:
    place = solved[0]
    killed = new = 0
    for moment in moments(solved, 1):
        before = complete(place)
        started = Started(place)
        if reach(started, moment):
            os.kill(started.pid, signal.SIGKILL)
            killed += started.wait() == -signal.SIGKILL
        else:
            started.wait()
        new += check_the_plan(place, before)
        if killed == number:
            break
    print(f"{killed} runs killed, {new} new plans")
    before = complete(place)
    os.replace(place, sibling_path(place, "old"))  # as between the two renames
    assert CliRunner().invoke(app, ["audit", str(place)]).exit_code == ExitCode.SOLVED
    assert not check_the_plan(place, before)
    started = Started(place)
    assert started.wait() == 0
    assert b"sound" in started.said
    assert os.listdir(place.parent) == ["plan"]


@often(1, 12)
def test_ctrl_c_twice_at_any_moments_leaves_at_once_with_a_sound_plan(
    number: int, solved: tuple[Path, float, float]
) -> None:
    place, chance = solved[0], random.Random(2)
    left = 0
    for moment in moments(solved, 3):
        before = complete(place)
        started = Started(place)
        if reach(started, moment):
            os.write(started.terminal, b"\x03")
            if reach(started, (False, time.perf_counter() - started.began + chance.uniform(0.01, 0.5))):
                os.write(started.terminal, b"\x03")
        asked = time.perf_counter()
        code = started.wait()
        assert time.perf_counter() - asked < 15
        before_it_began = {-signal.SIGINT} if b"starting" not in started.said else set()
        assert code in {ExitCode.INTERRUPTED, ExitCode.SOLVED} | before_it_began, started.said.decode()
        assert before_it_began or b"Traceback" not in started.said
        assert started.said.rfind(b"\x1b[?25h") >= started.said.rfind(b"\x1b[?25l")
        check_the_plan(place, before)
        left += code != ExitCode.SOLVED
        if left == number:
            break
    kept = {".plan.search"}  # what a run that was cut short leaves for the next one
    with locked_folder(place):
        assert {*os.listdir(place.parent)} - kept == {".plan.lock", "plan"}
    assert {*os.listdir(place.parent)} - kept == {"plan"}


@pytest.mark.long  # one of the moments of the test above
def test_ctrl_c_when_the_solver_has_only_begun_is_no_crash(solved: tuple[Path, float, float]) -> None:
    place = solved[0]
    before = complete(place)
    started = Started(place)
    assert started.listen(lambda: b"a process of its own" in started.said), started.said.decode()
    os.write(started.terminal, b"\x03")
    assert started.wait() == ExitCode.INTERRUPTED
    assert b"Traceback" not in started.said
    assert b"crashed" not in started.said
    check_the_plan(place, before)


@pytest.mark.long  # what the signal does is tested without a terminal in test_progress
def test_closed_terminal_asks_for_the_best_plan_and_gets_it(solved: tuple[Path, float, float]) -> None:
    place = solved[0]
    before = complete(place)
    started = Started(place)
    assert started.listen(lambda: b"cost" in started.said), started.said.decode()
    os.close(started.terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(started.pid, 0)[1])
    assert code in (ExitCode.INTERRUPTED, ExitCode.SOLVED)
    assert started.ends()
    assert check_the_plan(place, before)
