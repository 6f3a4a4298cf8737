"""A plan on disk: a folder written whole or not at all, and read back."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from models.case import Array
from models.plan import SCHEMA_VERSION, Plan
from optimizer.failure import Failure, survived
from optimizer.plan.dispatch_file import DISPATCH, Written, changed_place, read_values, write_dispatch, written
from optimizer.plan.folder import MANIFEST, PLAN, FolderRefused, PlanDamaged, PlanUnwritten, beside, held, swap, whole
from optimizer.plan.verdict import AuditReport

Model = TypeVar("Model", bound=BaseModel)


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
        with held(folder) as place:
            failures = fill(beside(place, "new"))
            swap(place)
            return failures
    except (OSError, FolderRefused) as fault:
        raise PlanUnwritten(f"The plan could not be written: {fault}. {_keep(fill, folder.name)}") from fault
    except Exception as fault:
        fault.add_note(_keep(fill, folder.name))
        raise


def read_plan(folder: Path) -> Plan:
    """Read a plan from its folder; raises FolderRefused if it is missing, damaged or of another version."""
    return whole(folder, lambda place: _read(place, folder))


def canonical(content: object) -> str:
    """Return JSON with sorted keys, no spaces, floats that read back exactly, and a newline at the end."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n"


def fill_folder(fresh: Path, plan: Plan, report: AuditReport, case_dir: Path | None) -> tuple[Failure, ...]:
    """Write every file of a plan into an empty folder, the manifest last; return what failed of all but the plan.

    A file that the program fails to make is left out. What the disk has against one is raised, as of any other.
    """
    text = canonical(plan.model_dump(mode="json") | {"hourly": written(plan.hourly).model_dump(mode="json")})
    (fresh / PLAN).write_text(text, encoding="utf-8", newline="\n")
    # so that the others can be made anew from the file, mappings in its order
    plan = Plan.model_validate(_joined(json.loads(text), plan.hourly.values))
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
    from optimizer.plan.write_gpkg import write_gpkg  # these imports take seconds: not when the program only starts
    from optimizer.plan.write_map import write_map
    from optimizer.plan.write_summary import write_summary
    from optimizer.plan.write_tables import write_tables

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
    names = _checked(Written, content.get("hourly"), folder, "hourly")
    try:
        values = read_values(place / DISPATCH, names)
    except FileNotFoundError:
        raise PlanDamaged(f"{folder} holds no {DISPATCH}") from None
    except Exception as fault:  # whatever a library says of a file that is none
        raise PlanDamaged(f"{folder / DISPATCH} is damaged: {fault}") from None
    plan = _checked(Plan, _joined(content, values), folder)
    if changed := changed_place(plan.hourly, names):
        raise PlanDamaged(f"{folder / DISPATCH} is damaged: {changed}")
    return plan


def _joined(content: Mapping[str, Any], values: Mapping[str, Array]) -> dict[str, Any]:
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
