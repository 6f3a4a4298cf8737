"""A plan on disk: a folder written whole or not at all, and read back."""

import hashlib
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path

from pydantic import ValidationError

from models.plan import SCHEMA_VERSION, Plan
from optimizer.plan.verdict import AuditReport

PLAN = "plan.json"


class FolderRefused(Exception):
    """The folder cannot be written as, or read as, a plan; the text says why and what to do."""


def write_plan(plan: Plan, report: AuditReport, folder: Path, *, case_dir: Path | None = None) -> None:
    """Write the plan, the verdict on it and everything made from them into a folder.

    The files are written beside the folder and renamed into place, so that at any moment the folder holds either the
    old plan or the complete new one. Raises FolderRefused if the folder holds something other than a plan. `case_dir`
    gives the polygons of the zones; without it the map and the GeoPackage do without them.
    """
    from optimizer.plan.write_gpkg import write_gpkg  # these imports take seconds: not when the program only starts
    from optimizer.plan.write_map import write_map
    from optimizer.plan.write_summary import write_summary
    from optimizer.plan.write_tables import write_tables

    check_folder(folder)
    fresh = _beside(folder, "new")
    fresh.mkdir()
    (fresh / PLAN).write_text(canonical(plan.model_dump(mode="json")), encoding="utf-8", newline="\n")
    (fresh / "audit.json").write_text(canonical(asdict(report)), encoding="utf-8", newline="\n")
    write_tables(plan, fresh)
    write_gpkg(plan, fresh, case_dir)
    write_map(plan, report, fresh, case_dir)
    write_summary(plan, report, fresh)
    hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(fresh.iterdir())}
    (fresh / "manifest.json").write_text(canonical(hashes), encoding="utf-8", newline="\n")
    _swap(fresh, folder.resolve())


def check_folder(folder: Path) -> None:
    """Make a folder ready for a plan: undo an interrupted write, sweep leftovers, refuse what is no plan.

    Raises FolderRefused if the folder is a file, or holds files but no plan.
    """
    place, fresh, retired = folder.resolve(), _beside(folder, "new"), _beside(folder, "old")
    place.parent.mkdir(parents=True, exist_ok=True)
    if retired.exists() and not place.exists():
        os.replace(retired, place)
    for leftover in (fresh, retired):
        if leftover.exists():
            shutil.rmtree(leftover)
    if place.exists() and not place.is_dir():
        raise FolderRefused(f"{folder} is a file; a plan is written into a folder")
    if place.exists() and any(place.iterdir()) and not (place / PLAN).is_file():
        raise FolderRefused(f"{folder} holds files but no {PLAN}; it would be replaced whole: name another folder")


def read_plan(folder: Path) -> Plan:
    """Read a plan from its folder; raises FolderRefused if it is missing, damaged or of another version."""
    settled = folder if folder.exists() else _beside(folder, "old")
    try:
        content = json.loads((settled / PLAN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FolderRefused(f"{folder} holds no {PLAN}") from None
    except ValueError as fault:
        raise FolderRefused(f"{folder / PLAN} is damaged: {fault}") from None
    version = content.get("schema_version") if isinstance(content, dict) else None
    if version != SCHEMA_VERSION:
        raise FolderRefused(
            f"{folder / PLAN} has schema version {version}, this program reads {SCHEMA_VERSION}: solve the case again"
        )
    try:
        return Plan.model_validate(content)
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise FolderRefused(
            f"{folder / PLAN} is damaged: {place}: {first['msg']} ({fault.error_count()} faults)"
        ) from None


def canonical(content: object) -> str:
    """Return JSON with sorted keys, no spaces, floats that read back exactly, and a newline at the end."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n"


def _beside(folder: Path, word: str) -> Path:
    place = folder.resolve()
    return place.with_name(f".{place.name}.{word}")


def _swap(fresh: Path, place: Path) -> None:
    """Put a complete folder in the place of another by renaming; if that fails the old one comes back."""
    for file in [*fresh.iterdir(), fresh]:
        _flush(file)
    retired = _beside(place, "old")
    if place.exists():
        os.replace(place, retired)
    try:
        os.replace(fresh, place)
    except BaseException:
        if retired.exists():
            os.replace(retired, place)
        raise
    _flush(place.parent)
    if retired.exists():
        shutil.rmtree(retired)


def _flush(path: Path) -> None:
    """Wait until a file or folder is on the disk (folders: where the system can)."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
