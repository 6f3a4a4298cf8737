"""The command: where it answers, and when it does not begin."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from typer.testing import CliRunner, Result

from optimizer.cli import app
from optimizer.commands import serve as command
from optimizer.runtime.exit_codes import ExitCode
from optimizer.web.guard import Guard


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["serve", *map(str, words)])


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Put nothing in the place of the server; return what it is begun with."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(uvicorn, "run", lambda application, **asked: found.append({"app": application, **asked}))
    return found


def test_it_answers_on_this_machine_only(begun: list[dict[str, Any]], tmp_path: Path) -> None:
    result = call("--out", tmp_path / "place", "--port", "9999")
    assert result.exit_code == 0
    assert "http://127.0.0.1:9999" in result.output
    assert begun[0]["host"] == "127.0.0.1"
    assert isinstance(begun[0]["app"], Guard), "nothing stands before the rules of who may ask"
    assert (tmp_path / "place" / "jobs.sqlite").is_file()


def test_two_servers_do_not_share_a_folder(
    begun: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a lock is one process's: another one asks for it
    program = (
        "import sys; from optimizer.cli import main; sys.argv = ['gigasite', 'serve', '--out', sys.argv[1]]; main()"
    )
    second: list[subprocess.CompletedProcess[str]] = []

    def meanwhile(*_: object, **__: object) -> None:
        words = [sys.executable, "-c", program, str(tmp_path)]
        second.append(subprocess.run(words, capture_output=True, text=True, check=False))

    monkeypatch.setattr(uvicorn, "run", meanwhile)
    assert call("--out", tmp_path).exit_code == 0
    assert second[0].returncode == ExitCode.USAGE
    assert "Another server works in" in second[0].stdout
    assert begun == []


def test_a_folder_that_cannot_be_used_is_refused(begun: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert call("--out", tmp_path / "file").exit_code == ExitCode.USAGE
    assert begun == []


def test_without_its_extra_it_says_what_to_install(
    begun: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    result = call("--out", tmp_path)
    assert result.exit_code == ExitCode.USAGE
    assert "[web]" in result.output
    assert begun == []
