import io
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from optimizer.monitor.interrupt import stop_on_signals
from optimizer.monitor.phases import Phases
from optimizer.monitor.progress import Display
from optimizer.monitor.run_monitor import Progress, RunMonitor

ROOT = Path(__file__).parents[2]
REPORTS = (
    Progress("reading", 0.0, note="inputs/europe"),
    Progress("compute", 2.0, bound=1234.5, note="relaxation"),
    Progress("compute", 3.0, incumbent=1200.0, bound=1234.5, gap=0.02875, note="kernel"),
)


def shown(terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
    with Display(console) as display:
        for report in REPORTS:
            display.on_progress(report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_terminal_shows_a_table_with_the_latest_of_every_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(terminal=True)
    assert all(words in text for words in ("best so far", "1,200.00", "1,234.50", "2.88%", "reading", "kernel"))


def test_long_note_shortens_itself_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with Display(console) as display:
        display.on_progress(Progress("writing", 0.0, incumbent=1200.0, bound=1234.5, note="/" + "x" * 200))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert all(words in text for words in ("writing", "1,200.00", "1,234.50", "/xxx"))


@pytest.mark.parametrize("terminal", [True, False])
def test_without_colour_or_terminal_every_stage_is_a_line(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    lines = shown(terminal).splitlines()
    assert len(lines) == 3
    assert "reading" in lines[0]
    assert "bound 1,234.50  relaxation" in lines[1]
    assert "best 1,200.00  bound 1,234.50  gap 2.88%  kernel" in lines[2]
    assert "\x1b" not in "".join(lines)


def test_reports_that_follow_at_once_are_one_line() -> None:
    console = Console(file=io.StringIO(), width=100)
    with Display(console, live=False) as display:
        for incumbent in range(100):
            display.on_progress(Progress("compute", 0.0, incumbent=float(incumbent)))
    assert isinstance(console.file, io.StringIO)
    assert [text.split()[-1] for text in console.file.getvalue().splitlines()] == ["0.00", "99.00"]


def test_phases_are_timed_from_report_to_report_and_reports_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, heard = iter([10.0, 12.0, 12.0, 15.0, 15.0, 21.0, 21.0]), list[Progress]()
    monkeypatch.setattr("optimizer.monitor.phases.time.perf_counter", lambda: next(clock))
    phases = Phases(heard.append)
    events = [Progress(stage, 0.0) for stage in ("reading", "compute", "compute", "reading")]
    for event in events:
        phases.on_progress(event)
    assert heard == events
    assert phases.seconds == {"reading": 8.0, "compute": 3.0}


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_asks_to_stop_and_handlers_come_back(kind: signal.Signals) -> None:
    before = signal.getsignal(kind)
    monitor, said = RunMonitor(), list[str]()
    with stop_on_signals(monitor, said.append):
        os.kill(os.getpid(), kind)
        assert monitor.stop.wait(5)
    assert len(said) == 1
    assert signal.getsignal(kind) is before


def said_by(script: str) -> tuple[int, list[str]]:
    """Return the exit code and the words of a script that stops a monitor by signals."""
    head = """
import os, signal, time
from optimizer.monitor.interrupt import stop_on_signals
from optimizer.monitor.run_monitor import RunMonitor
monitor = RunMonitor()
"""
    run = subprocess.run([sys.executable, "-c", head + script], capture_output=True, text=True, check=False)
    return run.returncode, run.stdout.splitlines()


def test_second_signal_ends_the_process_at_once() -> None:
    code, said = said_by("""
with stop_on_signals(monitor, print, lambda: print("leaving", flush=True)):
    os.kill(os.getpid(), signal.SIGINT)
    monitor.stop.wait(5)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(20)
    print("still here")
""")
    assert code == 130
    assert said[-1] == "leaving"


def test_second_signal_ends_the_process_although_its_last_words_fail() -> None:
    code, _ = said_by("""
def fail(*_):
    raise OSError("the terminal is gone")
with stop_on_signals(monitor, fail, fail):
    os.kill(os.getpid(), signal.SIGINT)
    monitor.stop.wait(5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(20)
""")
    assert code == 130


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="platform: no SIGHUP")
def test_closed_terminal_only_asks_however_often_it_is_told() -> None:
    code, said = said_by("""
with stop_on_signals(monitor, lambda _: None):
    os.kill(os.getpid(), signal.SIGHUP)
    monitor.stop.wait(5)
    os.kill(os.getpid(), signal.SIGHUP)
    time.sleep(0.5)
    print("stopped" if monitor.stopped() else "unheard")
""")
    assert (code, said) == (0, ["stopped"])


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="platform: no SIGHUP")
def test_signal_that_was_to_be_ignored_is_ignored() -> None:
    code, said = said_by("""
signal.signal(signal.SIGHUP, signal.SIG_IGN)
with stop_on_signals(monitor, print):
    os.kill(os.getpid(), signal.SIGHUP)
    time.sleep(0.5)
    print("stopped" if monitor.stopped() else "unheard")
""")
    assert (code, said) == (0, ["unheard"])


def leave_a_lock() -> None:
    """Hold something of the system and die without putting it away."""
    lock = multiprocessing.get_context("spawn").Lock()
    os._exit(3 if lock else 4)


def test_what_a_killed_process_leaves_is_swept_without_a_word() -> None:
    script = """
import multiprocessing
from optimizer.monitor.interrupt import signals_blocked
from tests.monitor.test_progress import leave_a_lock
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=leave_a_lock)
    with signals_blocked():
        process.start()
    process.join()
    print(process.exitcode)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (run.stdout.strip(), run.stderr) == ("3", "")
