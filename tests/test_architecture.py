import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(path for folder in ("gigasite", "models", "optimizer") for path in (ROOT / folder).rglob("*.py"))
PAPERS = ("README.md", "CONTRIBUTING.md", "DECISIONS.md", "CHANGELOG.md")
FORBIDDEN_WORDS = {"data", "info", "util", "utils", "helper", "helpers", "manager", "handle"}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_imports_go_one_way() -> None:
    # in a process of its own, for it switches off every logger there is
    code = "import sys; from importlinter.cli import lint_imports as lint; sys.exit(lint(sys.argv[1], cache_dir=None))"
    words = [sys.executable, "-c", code, str(ROOT / "pyproject.toml")]
    run = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


def names_in(path: Path) -> Iterator[str]:
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_are_words_that_say_something(path: Path) -> None:
    words = {name: set(re.findall(r"[A-Z]?[a-z]+", name.replace("data_cent", "cent"))) for name in names_in(path)}
    vague = {name for name, parts in words.items() if parts & FORBIDDEN_WORDS}
    assert not vague


def test_every_version_is_pinned_and_no_index_is_named() -> None:
    def plain(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9a-z.]+", line) for line in lines)
    pinned = {plain(line.split("==")[0]) for line in lines}
    declared = project()["project"]
    asked = [
        *declared["dependencies"],
        *(name for extra in declared["optional-dependencies"].values() for name in extra),
        *project()["build-system"]["requires"],
    ]
    assert {plain(re.split(r"[=<>\[]", name)[0]) for name in asked} <= pinned
    assert {"pyomo==6.10.1", "highspy==1.15.1"} <= set(lines) & set(declared["dependencies"])


@pytest.mark.parametrize("paper", PAPERS)
def test_papers_link_to_files_that_exist(paper: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / paper).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_target_is_explained_and_its_command_needs_no_make() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):(.*)\n((?:\t.*\n)+)", text, flags=re.MULTILINE)
    assert len(targets) >= 12
    for name, rest, commands in targets:
        assert "## " in rest, f"{name} has no explanation"
        assert commands.count("\n") == 1, f"{name} is more than one command"
