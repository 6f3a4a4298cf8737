"""From a written plan back to its audit; needs neither Pyomo nor a solver, unless bounds are to be proved."""

from pathlib import Path

from pydantic import ValidationError

from models.scenario import Scenario
from optimizer.case.faults import CaseRefused
from optimizer.case.location import located
from optimizer.case.read import read_case
from optimizer.plan.audit import audit
from optimizer.plan.certificate import Certificate, certificate_of
from optimizer.plan.copies import altered, check_outputs
from optimizer.plan.files import read_plan
from optimizer.plan.folder import PLAN, PlanDamaged, whole
from optimizer.plan.origin import check_inputs
from optimizer.plan.verdict import Proved
from optimizer.provenance import git_commit
from optimizer.solve.watch import Watch


def recheck(
    folder: Path, case_dir: Path | None = None, seconds: float | None = None, watch: Watch | None = None
) -> Certificate:
    """Audit a written plan from its inputs, which must not have changed; raises CaseRefused or FolderRefused.

    Without `case_dir` the inputs are looked for where they were, from the current folder. With `seconds` bounds of a
    sound plan are proved as well.
    """
    return whole(folder, lambda place: _recheck(place, case_dir, seconds, watch))


def _recheck(place: Path, case_dir: Path | None, seconds: float | None, watch: Watch | None) -> Certificate:
    plan = read_plan(place)
    source = case_dir or located(plan.provenance.case_folder)
    try:
        case = read_case(source, Scenario.model_validate(plan.provenance.scenario))
        inputs = check_inputs(plan, case.files, source)
    except (ValidationError, CaseRefused) as fault:
        if isinstance(fault, ValidationError) or altered(place):
            raise PlanDamaged(f"{place / PLAN} was changed: it no longer fits its inputs") from None
        raise
    report = audit(case, plan)
    outputs = check_outputs(place, plan, report, source)
    proved: tuple[Proved, ...] = ()
    if seconds is not None and report.sound:
        from optimizer.proof.certify import certify

        proved = certify(case, plan, seconds, watch)
    return certificate_of(case, plan, report, (inputs, outputs), proved, git_commit())
