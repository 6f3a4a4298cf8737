"""The inputs of a plan as they are now, against those it was made from."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from models.plan import Plan
from models.settings import Settings
from optimizer.audit.audit_report import FileState
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.settings import load_settings, parse_overrides
from optimizer.store.plan_files import canonical

OWN = "scenario.toml"
"""The plan holds its own scenario, resolved; the file may have changed since."""


def check_inputs(plan: Plan, files: Mapping[str, str], case_dir: Path) -> tuple[FileState, ...]:
    """Return the state of every input, given its SHA-256 now; raises CaseRefused if a table is not the one then."""
    then = plan.provenance.files
    changed = sorted(name for name in then.keys() | files.keys() if then.get(name) != files.get(name))
    rule = "is not the file this plan was made from; solve the case again"
    faults = [Fault(name, rule) for name in changed if name != OWN]
    if faults:
        raise CaseRefused(faults)
    note = "the plan keeps to its own scenario"
    states = [
        FileState(name, digest, *(("changed", note) if name in changed else ("matches", "")))
        for name, digest in sorted(files.items())
    ]
    return (*states, _scenario(plan, case_dir))


def _scenario(plan: Plan, case_dir: Path) -> FileState:
    """Return whether the scenario's name and the keys set for the run still lead to the scenario of the plan."""
    origin = plan.provenance
    settings = ", ".join(f"{key}={value}" for key, value in origin.overrides.items())
    name = f"scenario {origin.scenario_name}{f' with {settings}' if settings else ''}, resolved"
    digest = hashlib.sha256(canonical(origin.scenario).encode()).hexdigest()
    try:
        overrides = parse_overrides(f"{key}={value}" for key, value in origin.overrides.items())
        now = load_settings(case_dir, origin.scenario_name, overrides)
    except CaseRefused:
        now = None
    if now == Settings.model_validate(origin.scenario):
        return FileState(name, digest, "matches")
    return FileState(name, digest, "changed", "its files say something else today; the plan keeps to its own scenario")
