"""Writes a plan into its folder, whole or not at all: the plan itself first, then everything made from it."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from models.plan import Plan
from optimizer.audit.audit_report import AuditReport
from optimizer.monitor.partial_failure import Failure, survived
from optimizer.store.dispatch_file import DISPATCH, write_dispatch, written
from optimizer.store.plan_files import canonical, joined, read_plan
from optimizer.store.plan_folder import (
    MANIFEST,
    PLAN,
    FolderRefused,
    PlanUnwritten,
    atomic_replace,
    locked_folder,
    sibling_path,
)


def write_plan(plan: Plan, report: AuditReport, folder: Path, *, case_dir: Path | None = None) -> tuple[Failure, ...]:
    """Write the plan, the verdict on it and everything made from them into a folder; return what of that failed.

    The files are written beside the folder and swapped in, so that at any moment the folder holds either the old plan
    or the complete new one. If that fails the new one is kept among the system's temporary files: raises PlanUnwritten,
    which says where. `case_dir` gives the polygons of the zones; without it the map and the GeoPackage do without them.
    """

    def fill(fresh: Path) -> tuple[Failure, ...]:
        fresh.mkdir()
        return fill_folder(fresh, plan, report, case_dir)

    try:
        with locked_folder(folder) as place:
            failures = fill(sibling_path(place, "new"))
            atomic_replace(place)
            return failures
    except (OSError, FolderRefused) as fault:
        raise PlanUnwritten(f"The plan could not be written: {fault}. {_keep(fill, folder.name)}") from fault
    except Exception as fault:
        fault.add_note(_keep(fill, folder.name))
        raise


def fill_folder(fresh: Path, plan: Plan, report: AuditReport, case_dir: Path | None) -> tuple[Failure, ...]:
    """Write every file of a plan into an empty folder, the manifest last; return what failed of all but the plan.

    A file that the program fails to make is left out. What the disk has against one is raised, as of any other.
    """
    text = canonical(plan.model_dump(mode="json") | {"hourly": written(plan.hourly).model_dump(mode="json")})
    (fresh / PLAN).write_text(text, encoding="utf-8", newline="\n")
    # so that the others can be made anew from the file, mappings in its order
    plan = Plan.model_validate(joined(json.loads(text), plan.hourly.values))
    write_dispatch(plan.hourly, fresh / DISPATCH)
    (fresh / "audit.json").write_text(canonical(asdict(report)), encoding="utf-8", newline="\n")
    failures: list[Failure] = []
    for part, write in _writers(plan, report, fresh, case_dir).items():
        before = {file.name for file in fresh.iterdir()}
        with survived(f"writing {part}", failures.append, OSError):
            write()
            continue
        for file in [file for file in fresh.iterdir() if file.name not in before]:
            file.unlink()  # it may be cut short
    hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(fresh.iterdir())}
    (fresh / MANIFEST).write_text(canonical(hashes), encoding="utf-8", newline="\n")
    return tuple(failures)


def _writers(plan: Plan, report: AuditReport, fresh: Path, case_dir: Path | None) -> Mapping[str, Callable[[], None]]:
    """Return what writes each part of the folder that is made from the plan."""
    from optimizer.report.write_geopackage import (
        write_gpkg,  # these imports take seconds: not when the program only starts
    )
    from optimizer.report.write_map import write_map
    from optimizer.report.write_summary import write_summary
    from optimizer.report.write_tables import write_tables

    return {
        "the tables": lambda: write_tables(plan, fresh),
        "plan.gpkg": lambda: write_gpkg(plan, fresh, case_dir),
        "map.png": lambda: write_map(plan, report, fresh, case_dir),
        "summary.md": lambda: write_summary(plan, report, fresh),
    }


def _keep(fill: Callable[[Path], object], name: str) -> str:
    """Keep a plan without a place in a temporary folder, at least what it is read from; say where, or it is gone."""
    try:
        spare = Path(tempfile.mkdtemp(prefix="gigasite-"))
    except OSError as fault:
        return f"It is lost, for there is no temporary folder either: {fault}"
    try:
        fill(spare / name)
    except Exception as fault:
        try:
            read_plan(spare / name)
        except FolderRefused:
            shutil.rmtree(spare, ignore_errors=True)
            return f"It is lost, for {spare.parent} could not be written either: {fault}"
        return f"Its {PLAN} and {DISPATCH} alone are kept in {spare / name}"
    return f"It is kept in {spare / name}"
