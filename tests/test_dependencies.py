"""What is imported is declared, and what is declared is imported."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"gigasite", "models", "optimizer", "tests", "inputs", "command_docs"}
COMMANDS = {
    "ruff": "`make lint`",
    "mypy": "`make lint`",
    "pandas-stubs": "read by mypy",
    "types-psutil": "read by mypy",
    "pytest-xdist": "`--numprocesses` of `make test`",
    "import-linter": "a process of `tests/test_architecture.py`",
    "sphinx": "`make docs`",
    "myst-parser": "an extension of Sphinx, `docs/conf.py`",
    "furo": "a theme of Sphinx, `docs/conf.py`",
    "sphinx-mathjax-offline": "an extension of Sphinx, `docs/conf.py`",
    "httpx2": "the client of FastAPI's tests",
    "python-multipart": "read by FastAPI, for forms",
}
"""Declared, and imported by no file of ours -> what needs it."""


def plain(name: str) -> str:
    """Give the name of a distribution as an index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", re.split(r"[=<>!~;\[ ]", name)[0]).lower()


def declared() -> dict[str, set[str]]:
    project: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {"run": project["dependencies"], **project["optional-dependencies"]}
    return {group: {plain(name) for name in names} for group, names in groups.items()}


def imported(text: str) -> set[str]:
    """Give the top-level modules that a file imports anywhere, inside functions and for type checks as well."""
    names: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.append(str(node.module))
    return {name.split(".")[0] for name in names} - OURS - sys.stdlib_module_names


def distributions(folders: Iterable[str]) -> dict[str, set[str]]:
    """Give each distribution that the files of some folders import, and the files; of unknown modules, their name."""
    found: dict[str, set[str]] = {}
    provided = packages_distributions()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for module in imported(path.read_text(encoding="utf-8")):
                for name in provided.get(module, [module]):
                    found.setdefault(plain(name), set()).add(path.relative_to(ROOT).as_posix())
    return found


def test_what_the_engine_imports_is_declared_and_the_other_way_round() -> None:
    found, wanted = distributions(("gigasite", "models", "optimizer")), declared()
    assert set(found) == (wanted["run"] | wanted["cluster"] | wanted["futures"] | wanted["web"]) - {*COMMANDS}
    assert found["mpi-sppy"] == {"optimizer/study/progressive_hedging.py"}, "without the extra everything else works"
    cluster_only = {path for name in wanted["cluster"] for path in found[name]}
    assert cluster_only == {"optimizer/pool/dask_pool.py"}, "without the extra everything else works"
    web_only = {path for name in wanted["web"] - wanted["run"] - {*COMMANDS} for path in found[name]}
    assert {path for path in web_only if not path.startswith("optimizer/web/")} == {"optimizer/commands/serve.py"}


def test_what_the_tests_and_the_builders_of_inputs_import_is_declared() -> None:
    found, wanted = distributions(("tests", "inputs/build", "docs")), declared()
    peers = {plain(line) for line in (ROOT / "tests/benchmarks/peers.txt").read_text().splitlines() if "==" in line}
    apart = {name for name, paths in found.items() if name in peers - wanted["dev"] - wanted["run"]}
    assert all(path.startswith("tests/benchmarks/") for name in apart for path in found[name]), "peers live apart"
    assert set(found) - apart <= wanted["run"] | wanted["dev"]
    assert wanted["dev"] - set(found) - wanted["web"] - wanted["futures"] == set(COMMANDS) - wanted["web"]


@pytest.mark.parametrize("paper", ["README.md", "CONTRIBUTING.md", "Makefile", ".ci/run"])
def test_whatever_is_installed_comes_as_a_wheel(paper: str) -> None:
    text = (ROOT / paper).read_text(encoding="utf-8")
    commands = re.findall(r"^.*pip install .*$", text.replace("\\\n", " "), flags=re.MULTILINE)
    assert [command for command in commands if "--only-binary :all:" not in command] == []
    assert commands or "make .venv/.dev.stamp" in text


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("import a.b as c, os", {"a"}),
        ("def f():\n    from a.b import c", {"a"}),
        ("from . import a\nfrom models.case import Case", set()),
        ("if False:\n    import a\n    import b", {"a", "b"}),
    ],
)
def test_imports_are_found_wherever_they_stand(text: str, modules: set[str]) -> None:
    assert imported(text) == modules
