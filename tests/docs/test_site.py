"""The site of documentation: built without a warning, and its tutorial run as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```console\n(.*?)```", re.S)


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "docs", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    page = (tmp_path / "reference" / "commands.html").read_text(encoding="utf-8")
    assert "gigasite solve" in page
    assert "net present cost" in (tmp_path / "reference" / "formulation.html").read_text(encoding="utf-8").lower()


def steps() -> list[tuple[str, str]]:
    """Give each command of the tutorial and what stands below it."""
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    blocks = [each for block in BLOCK.findall(text) for each in block.split("$ ")[1:]]
    return [(command, shown.strip()) for command, _, shown in (each.partition("\n") for each in blocks)]


@pytest.mark.long
def test_the_tutorial_prints_what_it_says(tmp_path: Path) -> None:
    """Each command is run in turn in one folder; `...` stands for anything."""
    found = steps()
    assert len(found) >= 8
    programs = {"gigasite": [sys.executable, "-m", "optimizer"], "python": [sys.executable]}
    for command, shown in found:
        program, _, rest = command.partition(" ")
        line = " ".join([*(f"'{each}'" for each in programs[program]), rest])
        env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
        done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, env=env)
        printed = " ".join((done.stdout + " " + done.stderr).split())
        pattern = ".*".join(re.escape(" ".join(part.split())) for part in shown.split("..."))
        assert re.search(pattern, printed, re.S), (command, shown, printed)
