"""One case, one plan, to the last byte, however and wherever it is solved; but for times, memory and what was told."""

import csv
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cases import draft
from tests.conftest import TUTORIAL
from tests.drafts import Draft

PLAN = "plan.json"
TOLD = ("manifest.json", "summary.md", "report.html", "plan.xlsx", PLAN)
"""Files that say when and how long; those for people are made of the plan, which is compared but for that."""
GERMAN = "de_DE.UTF-8"

Content = dict[str, Any]


def solve(case: Path, out: Path, folder: Path, options: tuple[str, ...] = (), **setting: str) -> dict[str, object]:
    """Solve a case by the command line; return the plan's files, without what says when, where from and how long."""
    words = [sys.executable, "-m", "optimizer", "solve", os.path.relpath(case, folder), "--out", str(out)]
    words += ["--time-limit", "600", *options]
    environment = {"PYTHONPATH": os.pathsep.join(sys.path), **os.environ, **setting}
    run = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    files: dict[str, object] = {file.name: file.read_bytes() for file in out.iterdir() if file.name not in TOLD}
    plan = json.loads((out / PLAN).read_text(encoding="utf-8"))
    return files | {PLAN: timeless(plan)}


def timeless(plan: Content) -> Content:
    """Return a plan without times, memory, the hashes of its inputs, their folder and the number of threads."""
    for stage in plan["proof"]["stages"]:
        del stage["seconds"]
    for name in ("seconds", "phases", "peak_memory_mb"):
        del plan["proof"][name]
    for name in ("created_at", "files", "case_folder", "overrides"):
        del plan["provenance"][name]
    del plan["proof"]["options"]["threads"], plan["provenance"]["scenario"]["solve"]["threads"]
    return plan


def shuffled(case: Path, folder: Path) -> Path:
    """Return a copy of a case with its rows and columns in another order, written long ago; hours stay in order."""
    folder = Path(shutil.copytree(case, folder / case.name))
    chance = random.Random(1)
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as text:
            head, *rows = list(csv.reader(text))
        if head[0] != "hour":
            chance.shuffle(rows)
        order = chance.sample(range(len(head)), len(head))
        with file.open("w", encoding="utf-8", newline="") as text:
            csv.writer(text, lineterminator="\n").writerows([row[place] for place in order] for row in [head, *rows])
        os.utime(file, (0, 0))
    return folder


def german(folder: Path) -> Mapping[str, str]:
    """Return the settings under which a decimal point is a comma; skips the test where they cannot be made."""
    compiler = shutil.which("localedef")
    made = compiler and subprocess.run(
        [compiler, "-i", "de_DE", "-f", "UTF-8", str(folder / GERMAN)], capture_output=True, check=False
    )
    if not made or made.returncode:
        pytest.skip("platform: the German locale cannot be compiled here (localedef and its sources)")
    return {"LOCPATH": str(folder), "LC_ALL": GERMAN, "LANG": GERMAN}


def test_nothing_around_a_case_changes_a_byte_of_its_plan(tmp_path: Path) -> None:
    once = solve(TUTORIAL, tmp_path / "once", tmp_path, PYTHONHASHSEED="0", LC_ALL="C", TZ="UTC")
    elsewhere = {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "Asia/Kathmandu"}
    other = shuffled(TUTORIAL, tmp_path / "other")
    assert solve(other, tmp_path / "again", other, ("--threads", "2"), **elsewhere) == once


CASES: Mapping[str, Draft | None] = {
    "tutorial": None,
    "meshed": draft(7, sites=4, zones=3, periods=2, days=2, scarce=False, floor="coverage"),
    "scarce": draft(11, sites=4, zones=2, periods=2, days=3, scarce=True, floor=""),
    "large": draft(23, sites=4, zones=3, periods=2, days=3, scarce=False, floor="sites"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    "changed", ["seed 0", "seed 1", "seed random", "C", "UTF-8", "German", "west", "east", "threads", "rows", "folder"]
)
def test_each_thing_around_a_case_changes_no_byte_of_its_plan(name: str, changed: str, tmp_path: Path) -> None:
    case = written(name, tmp_path / "case")
    settings: Mapping[str, str] = {
        "seed 0": {"PYTHONHASHSEED": "0"},
        "seed 1": {"PYTHONHASHSEED": "1"},
        "seed random": {"PYTHONHASHSEED": "random"},
        "C": {"LC_ALL": "C", "LANG": "C"},
        "UTF-8": {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"},
        "west": {"TZ": "America/Adak"},
        "east": {"TZ": "Pacific/Kiritimati"},
    }.get(changed, german(tmp_path) if changed == "German" else {})
    once = solve(case, tmp_path / "once", tmp_path)
    other = shuffled(case, tmp_path / "other") if changed == "rows" else case
    folder = other if changed == "folder" else tmp_path
    options = ("--threads", "2") if changed == "threads" else ()
    assert solve(other, tmp_path / "again", folder, options, **settings) == once


def written(name: str, folder: Path) -> Path:
    """Write a case into a folder."""
    drawn = CASES[name]
    if drawn is None:
        return Path(shutil.copytree(TUTORIAL, folder))
    folder.mkdir()
    drawn.write(folder)
    sections = drawn.settings.model_dump(mode="json")
    lines = [f"title = {json.dumps(sections.pop('title'))}"]
    for section, keys in sections.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
    (folder / "scenario.toml").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return folder
