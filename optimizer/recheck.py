"""From a written plan back to its audit; needs neither Pyomo nor a solver, unless bounds are to be proved."""

from pathlib import Path

from pydantic import ValidationError

from models.settings import Settings
from optimizer.audit.audit import audit
from optimizer.audit.audit_report import Proved
from optimizer.audit.certificate import Certificate, certificate_of
from optimizer.audit.input_integrity import check_inputs
from optimizer.case.case_location import path_from_text
from optimizer.case.faults import CaseRefused
from optimizer.case.provenance import git_commit
from optimizer.case.read import read_case
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.report.output_integrity import check_outputs, is_plan_changed
from optimizer.store.plan_files import read_plan
from optimizer.store.plan_folder import PLAN, PlanDamaged, consistent_read


def recheck(
    folder: Path, case_dir: Path | None = None, seconds: float | None = None, monitor: RunMonitor | None = None
) -> Certificate:
    """Audit a written plan from its inputs, which must not have changed; raises CaseRefused or FolderRefused.

    Without `case_dir` the inputs are read from where they were, from the current folder. With `seconds` bounds of a
    sound plan are proved as well.
    """
    return consistent_read(folder, lambda place: _recheck(place, case_dir, seconds, monitor))


def _recheck(place: Path, case_dir: Path | None, seconds: float | None, monitor: RunMonitor | None) -> Certificate:
    plan = read_plan(place)
    source = case_dir or path_from_text(plan.provenance.case_folder)
    try:
        case = read_case(source, Settings.model_validate(plan.provenance.scenario))
        inputs = check_inputs(plan, case.files, source)
    except (ValidationError, CaseRefused) as fault:
        if isinstance(fault, ValidationError) or is_plan_changed(place):
            raise PlanDamaged(f"{place / PLAN} was changed: it no longer fits its inputs") from None
        raise
    report = audit(case, plan)
    outputs = check_outputs(place, plan, report, source)
    proved: tuple[Proved, ...] = ()
    if seconds is not None and report.sound:
        from optimizer.proof.certify import certify

        proved = certify(case, plan, seconds, monitor)
    return certificate_of(case, plan, report, (inputs, outputs), proved, git_commit())
