"""A plan read back from its folder, checked against its own digests."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from models.case import Array
from models.plan import SCHEMA_VERSION, Plan
from optimizer.store.dispatch_file import DISPATCH, DispatchHeader, first_change, read_values
from optimizer.store.plan_folder import (
    PLAN,
    FolderRefused,
    PlanDamaged,
    consistent_read,
)

Model = TypeVar("Model", bound=BaseModel)


def read_plan(folder: Path) -> Plan:
    """Read a plan from its folder; raises FolderRefused if it is missing, damaged or of another version."""
    return consistent_read(folder, lambda place: _read(place, folder))


def canonical(content: object) -> str:
    """Return JSON with sorted keys, no spaces, floats that read back exactly, and a newline at the end."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n"


def _read(place: Path, folder: Path) -> Plan:
    try:
        content = json.loads((place / PLAN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FolderRefused(f"{folder} holds no {PLAN}") from None
    except OSError as fault:
        raise FolderRefused(f"{folder} cannot be read: {fault}") from None
    except ValueError as fault:
        raise PlanDamaged(f"{folder / PLAN} is damaged: {fault}") from None
    version = content.get("schema_version") if isinstance(content, dict) else None
    if version != SCHEMA_VERSION:
        raise FolderRefused(
            f"{folder / PLAN} has schema version {version}, this program reads {SCHEMA_VERSION}: solve the case again"
        )
    header = _checked(DispatchHeader, content.get("hourly"), folder, "hourly")
    try:
        values = read_values(place / DISPATCH, header)
    except FileNotFoundError:
        raise PlanDamaged(f"{folder} holds no {DISPATCH}") from None
    except Exception as fault:  # whatever a library raises for a file that is none
        raise PlanDamaged(f"{folder / DISPATCH} is damaged: {fault}") from None
    plan = _checked(Plan, with_values(content, values), folder)
    if changed := first_change(plan.hourly, header):
        raise PlanDamaged(f"{folder / DISPATCH} is damaged: {changed}")
    return plan


def with_values(content: Mapping[str, Any], values: Mapping[str, Array]) -> dict[str, Any]:
    """Return the content of `plan.json` with the numbers of the dispatch in the place of their digests."""
    names = {name: part for name, part in content["hourly"].items() if name != "sha256"}
    return {**content, "hourly": names | {"values": values}}


def _checked(kind: type[Model], content: object, folder: Path, *place: str) -> Model:
    try:
        return kind.model_validate(content)
    except ValidationError as fault:
        first = fault.errors(include_input=False)[0]
        where = ".".join(str(part) for part in (*place, *first["loc"]))
        raise PlanDamaged(
            f"{folder / PLAN} is damaged: {where}: {first['msg']} ({fault.error_count()} faults)"
        ) from None
