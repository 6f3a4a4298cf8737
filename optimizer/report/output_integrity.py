"""The outputs of a plan, made anew from it and compared with those in its folder, so that no cell can be changed."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from models.plan import Plan
from optimizer.audit.audit_report import AuditReport, FileState
from optimizer.case.provenance import output_library_versions
from optimizer.report.write_plan import fill_folder
from optimizer.store.plan_files import canonical
from optimizer.store.plan_folder import MANIFEST, PLAN

WRITTEN_BY = {".parquet": "pyarrow", ".gpkg": "pyogrio", ".png": "matplotlib", ".xlsx": "xlsxwriter"}
"""Ending of a file that is no text -> the library whose version decides its bytes."""


def check_outputs(folder: Path, plan: Plan, report: AuditReport, case_dir: Path) -> tuple[FileState, ...]:
    """Return the state of every file in a plan's folder, which is only read."""
    with TemporaryDirectory(prefix="gigasite-") as scratch:
        fill_folder(Path(scratch), plan, report, case_dir)
        return compare_folders(folder, Path(scratch), changed_versions(plan))


def changed_versions(plan: Plan) -> dict[str, str]:
    """Return what wrote the plan otherwise than it would be written here: library or platform -> both versions."""
    then = plan.proof.versions
    return {
        name: f"{name} {then.get(name, 'unknown')}, here {version}"
        for name, version in output_library_versions().items()
        if then.get(name) != version
    }


def compare_folders(folder: Path, recomputed: Path, versions: Mapping[str, str]) -> tuple[FileState, ...]:
    """Return the state of every file in a folder against the folder made anew, given the versions that changed."""
    listed = _manifest_hashes(folder)
    names = sorted(file.name for file in recomputed.iterdir() if file.name != MANIFEST)
    states = [_state(folder / name, recomputed / name, listed.get(name), versions) for name in names]
    others = sorted(file for file in folder.iterdir() if file.name not in (*names, MANIFEST))
    unknown = [FileState(file.name, _hash(file), "unknown", "not a file of the plan") for file in others]
    return (*states, _manifest_state(folder, listed, names), *unknown)


def is_plan_changed(folder: Path) -> bool:
    """Tell whether a plan is not the one that its manifest lists."""
    return _manifest_hashes(folder).get(PLAN) != _hash(folder / PLAN)


def _state(found: Path, recomputed: Path, listed: str | None, versions: Mapping[str, str]) -> FileState:
    """Return the state of one file; the manifest vouches for one that another library or platform wrote."""
    if not found.is_file():
        return FileState(found.name, "", "missing")
    sha256 = _hash(found)
    if sha256 == _hash(recomputed):
        if listed in (None, sha256):
            return FileState(found.name, sha256, "matches")
        return FileState(found.name, sha256, "changed", f"it is not the file that {MANIFEST} lists")
    library = WRITTEN_BY.get(found.suffix)
    if library is None:
        return FileState(found.name, sha256, "changed", f"line {_first_changed_line(found, recomputed)} is another")
    writers = [versions[name] for name in (library, "platform") if name in versions]
    if writers and listed == sha256:
        return FileState(found.name, sha256, "unconfirmed", f"written by {'; '.join(writers)}")
    return FileState(found.name, sha256, "changed", "its bytes are others")


def _first_changed_line(found: Path, recomputed: Path) -> int:
    """Return the number of the first line in which two texts that are not the same differ."""
    lines = zip_longest(*(file.read_bytes().split(b"\n") for file in (found, recomputed)))
    return next(number for number, (one, other) in enumerate(lines, start=1) if one != other)


def _manifest_state(folder: Path, listed: Mapping[str, str], names: list[str]) -> FileState:
    """Return the state of the manifest; a hash that is not its file's is a fault of the file."""
    file = folder / MANIFEST
    if not file.is_file():
        return FileState(MANIFEST, "", "missing")
    fault = next(_list_faults(listed, names), "")
    if not fault and file.read_bytes() != canonical(listed).encode():
        fault = "it is not as it was written"
    return FileState(MANIFEST, _hash(file), "changed" if fault else "matches", fault)


def _list_faults(listed: Mapping[str, str], names: list[str]) -> Iterator[str]:
    yield from (f"it does not list {name}" for name in names if name not in listed)
    yield from (f"it lists {name}, which is not of the plan" for name in listed if name not in names)


def _manifest_hashes(folder: Path) -> Mapping[str, str]:
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
