"""Files generated from the declarations: documentation, templates, data packages, the schema of scenario files."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from models.case import HOURLY_TABLES, INPUT_TABLES
from models.settings import Settings
from optimizer.case.columns import columns_of
from optimizer.case.datapackage import datapackage
from optimizer.docs.formulation_docs import formulation_docs
from optimizer.docs.input_docs import input_docs
from optimizer.docs.plan_docs import plan_docs
from optimizer.docs.room_docs import room_docs
from optimizer.docs.study_docs import study_docs

Generator = Callable[[Path], Iterator[tuple[str, str]]]
"""Yields (path below the root of the repository, text) of the files it keeps."""


def describe(root: Path, check: bool) -> list[str]:
    """Return the generated files that are stale, and rewrite them unless only a check is asked for."""
    stale = []
    for generator in GENERATORS:
        for path, text in generator(root):
            target = root / path
            if not target.is_file() or target.read_bytes() != text.encode():
                stale.append(path)
                if not check:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(text.encode())
    return stale


def _input_docs(root: Path) -> Iterator[tuple[str, str]]:
    yield "inputs/README.md", input_docs(root)


def _formulation_docs(root: Path) -> Iterator[tuple[str, str]]:
    yield "models/README.md", formulation_docs()


def _plan_docs(root: Path) -> Iterator[tuple[str, str]]:
    yield "outputs/README.md", plan_docs()


def _study_docs(root: Path) -> Iterator[tuple[str, str]]:
    yield "inputs/studies/README.md", study_docs(root)


def _room_docs(root: Path) -> Iterator[tuple[str, str]]:
    yield "optimizer/README.md", room_docs()


def _templates(root: Path) -> Iterator[tuple[str, str]]:
    for name, row_class in INPUT_TABLES.items():
        yield f"inputs/templates/{name}.csv", ",".join(columns_of(row_class)) + "\n"
    for table in HOURLY_TABLES:
        yield f"inputs/templates/{table.name}.csv", "hour\n"


def _schema(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the JSON schema with which an editor completes and checks scenario files."""
    schema = Settings.model_json_schema()
    schema["properties"]["extends"] = {"type": "string", "description": "Name of the scenario this one builds on."}
    schema["anyOf"] = [{"required": schema.pop("required")}, {"required": ["extends"]}]
    yield "inputs/scenario.schema.json", json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _datapackages(root: Path) -> Iterator[tuple[str, str]]:
    for scenario in sorted((root / "inputs").glob("*/scenario.toml")):
        yield f"inputs/{scenario.parent.name}/datapackage.json", datapackage(scenario.parent)


GENERATORS: tuple[Generator, ...] = (
    _input_docs,
    _formulation_docs,
    _plan_docs,
    _study_docs,
    _room_docs,
    _templates,
    _schema,
    _datapackages,
)
