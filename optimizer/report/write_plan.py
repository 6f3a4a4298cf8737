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
from optimizer.monitor.partial_failure import Failure, continue_after_failure
from optimizer.store.dispatch_file import DISPATCH, dispatch_header, write_dispatch
from optimizer.store.plan_files import canonical, read_plan, with_values
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
    """Write the plan, its audit and everything made from them into a folder; return what of that failed.

    The files are written beside the folder and replace it at once, so that at any moment there is either the old plan
    or the complete new one. If that fails the new one is written among the system's temporary files: raises
    PlanUnwritten, which says where. `case_dir` gives the polygons of the zones; without it the map and the GeoPackage
    do without them.
    """

    def write(new: Path) -> tuple[Failure, ...]:
        new.mkdir()
        return fill_folder(new, plan, report, case_dir)

    try:
        with locked_folder(folder) as place:
            failures = write(sibling_path(place, "new"))
            atomic_replace(place)
            return failures
    except (OSError, FolderRefused) as fault:
        raise PlanUnwritten(
            f"The plan could not be written: {fault}. {_write_elsewhere(write, folder.name)}"
        ) from fault
    except Exception as fault:
        fault.add_note(_write_elsewhere(write, folder.name))
        raise


def fill_folder(folder: Path, plan: Plan, report: AuditReport, case_dir: Path | None) -> tuple[Failure, ...]:
    """Write every file of a plan into an empty folder, the manifest last; return what failed of all but the plan.

    A file that the program fails to make is left out. What the disk has against one is raised, as of any other.
    """
    text = canonical(plan.model_dump(mode="json") | {"hourly": dispatch_header(plan.hourly).model_dump(mode="json")})
    (folder / PLAN).write_text(text, encoding="utf-8", newline="\n")
    # so that the others can be made anew from the file, mappings in its order
    plan = Plan.model_validate(with_values(json.loads(text), plan.hourly.values))
    write_dispatch(plan.hourly, folder / DISPATCH)
    (folder / "audit.json").write_text(canonical(asdict(report)), encoding="utf-8", newline="\n")
    failures: list[Failure] = []
    for part, write in _writers(plan, report, folder, case_dir).items():
        before = {file.name for file in folder.iterdir()}
        with continue_after_failure(f"writing {part}", failures.append, OSError):
            write()
            continue
        for file in [file for file in folder.iterdir() if file.name not in before]:
            file.unlink()  # it may be cut short
    hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}
    (folder / MANIFEST).write_text(canonical(hashes), encoding="utf-8", newline="\n")
    return tuple(failures)


def _writers(plan: Plan, report: AuditReport, folder: Path, case_dir: Path | None) -> Mapping[str, Callable[[], None]]:
    """Return what writes each part of the folder that is made from the plan."""
    from optimizer.report.write_geopackage import (
        write_gpkg,  # these imports take seconds: not when the program only starts
    )
    from optimizer.report.write_map import write_map
    from optimizer.report.write_plan_workbook import write_plan_workbook
    from optimizer.report.write_report import write_report
    from optimizer.report.write_summary import write_summary
    from optimizer.report.write_tables import write_tables

    return {
        "the tables": lambda: write_tables(plan, folder),
        "plan.gpkg": lambda: write_gpkg(plan, folder, case_dir),
        "map.png": lambda: write_map(plan, report, folder, case_dir),
        "summary.md": lambda: write_summary(plan, report, folder),
        "report.html": lambda: write_report(plan, report, folder, case_dir),
        "plan.xlsx": lambda: write_plan_workbook(plan, folder),
    }


def _write_elsewhere(write: Callable[[Path], object], name: str) -> str:
    """Write a plan into a temporary folder, at least the files that it is read from; say where, or that it is lost."""
    try:
        spare = Path(tempfile.mkdtemp(prefix="gigasite-"))
    except OSError as fault:
        return f"It is lost, for there is no temporary folder either: {fault}"
    try:
        write(spare / name)
    except Exception as fault:
        try:
            read_plan(spare / name)
        except FolderRefused:
            shutil.rmtree(spare, ignore_errors=True)
            return f"It is lost, for {spare.parent} could not be written either: {fault}"
        return f"Its {PLAN} and {DISPATCH} alone are kept in {spare / name}"
    return f"It is kept in {spare / name}"
