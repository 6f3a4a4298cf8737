"""The outputs of a plan, made anew from it and compared with those in its folder, so that no cell can be changed."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from models.plan import Plan
from optimizer.audit.audit_report import AuditReport, FileState
from optimizer.case.provenance import tools
from optimizer.report.file_diff import first_difference
from optimizer.report.write_plan import fill_folder
from optimizer.store.plan_files import canonical
from optimizer.store.plan_folder import MANIFEST, PLAN

WRITTEN_BY = {".parquet": "pyarrow", ".gpkg": "pyogrio", ".png": "matplotlib"}
"""Ending of a file -> the library whose version decides its bytes."""


def check_outputs(folder: Path, plan: Plan, report: AuditReport, case_dir: Path) -> tuple[FileState, ...]:
    """Return the state of every file in a plan's folder, which is only read."""
    with TemporaryDirectory(prefix="gigasite-") as scratch:
        fill_folder(Path(scratch), plan, report, case_dir)
        return compare(folder, Path(scratch), other_tools(plan))


def other_tools(plan: Plan) -> dict[str, str]:
    """Return what wrote the plan otherwise than it would be written here: library or platform -> both versions."""
    then = plan.proof.versions
    return {
        name: f"{name} {then.get(name, 'unknown')}, here {version}"
        for name, version in tools().items()
        if then.get(name) != version
    }


def compare(folder: Path, made: Path, others: Mapping[str, str]) -> tuple[FileState, ...]:
    """Return the state of every file in a folder against the folder made anew."""
    listed = _listed(folder)
    names = sorted(file.name for file in made.iterdir() if file.name != MANIFEST)
    states = [_state(folder / name, made / name, listed.get(name), others) for name in names]
    strays = sorted(file for file in folder.iterdir() if file.name not in (*names, MANIFEST))
    unknown = [FileState(file.name, _digest(file), "unknown", "not a file of the plan") for file in strays]
    return (*states, _manifest(folder, listed, names), *unknown)


def altered(folder: Path) -> bool:
    """Tell whether a plan is not the one that its manifest lists."""
    return _listed(folder).get(PLAN) != _digest(folder / PLAN)


def _state(found: Path, made: Path, listed: str | None, others: Mapping[str, str]) -> FileState:
    """Return the state of one file."""
    if not found.is_file():
        return FileState(found.name, "", "missing")
    digest = _digest(found)
    same = found.read_bytes() == made.read_bytes()
    if same and listed in (None, digest):
        return FileState(found.name, digest, "matches")
    if same:
        return FileState(found.name, digest, "changed", f"it is not the file that {MANIFEST} lists")
    difference = first_difference(found, made)
    library = WRITTEN_BY.get(found.suffix, "")
    strangers = [others[name] for name in (library, "platform") if name in others] if library else []
    if strangers and listed == digest and not difference:
        return FileState(found.name, digest, "unconfirmed", f"written by {'; '.join(strangers)}")
    return FileState(found.name, digest, "changed", difference or "its bytes are others")


def _manifest(folder: Path, listed: Mapping[str, str], names: list[str]) -> FileState:
    """Return the state of the manifest; a hash that is not its file's is told of the file."""
    file = folder / MANIFEST
    if not file.is_file():
        return FileState(MANIFEST, "", "missing")
    wrong = next(_misfits(listed, names), "")
    if not wrong and file.read_bytes() != canonical(listed).encode():
        wrong = "it is not as it was written"
    return FileState(MANIFEST, _digest(file), "changed" if wrong else "matches", wrong)


def _misfits(listed: Mapping[str, str], names: list[str]) -> Iterator[str]:
    yield from (f"it does not list {name}" for name in names if name not in listed)
    yield from (f"it lists {name}, which is not of the plan" for name in listed if name not in names)


def _listed(folder: Path) -> Mapping[str, str]:
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
