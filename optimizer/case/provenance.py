"""Where a plan comes from: the inputs, the question and the code, stated so that a run can be repeated."""

import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from models.case import Case
from models.plan import Provenance
from optimizer.case.case_location import path_text
from optimizer.case.quality import quality_shares

ROOT = Path(__file__).parents[2]


def provenance_of(case: Case, case_dir: Path, scenario_name: str, settings: Mapping[str, str]) -> Provenance:
    """Return the provenance of a plan made now from a case."""
    return Provenance(
        case=case.name,
        case_folder=path_text(case_dir.as_posix()),
        scenario_name=scenario_name,
        overrides=dict(settings),
        scenario=case.settings.model_dump(mode="json"),
        files=dict(case.files),
        git_commit=git_commit(),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        quality_shares=quality_shares(case),
    )


def output_library_versions() -> dict[str, str]:
    """Return what decides the bytes of the outputs that are no text: platform, and libraries that write them."""
    libraries = {name: version(name) for name in ("matplotlib", "pyarrow", "pyogrio", "xlsxwriter")}
    return {"platform": f"{sys.platform} {platform.machine()}", **libraries}


def git_commit(folder: Path = ROOT) -> str:
    """Return the commit of the code, with `+` when the tree has changes; empty outside a repository of its own."""
    if not (folder / ".git").exists():
        return ""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return commit + "+" if _git(folder, "status", "--porcelain") else commit
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(folder: Path, *words: str) -> str:
    run = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True)
    return run.stdout.strip()
