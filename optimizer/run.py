"""The whole flow, from a case folder to a written plan; `optimizer/recheck.py` audits one that is written."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from models.case import Case
from models.plan import Phase, Plan
from optimizer.audit.audit import audit
from optimizer.audit.audit_report import AuditReport
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.read import read_with_warnings
from optimizer.case.settings import load_settings, parse_overrides
from optimizer.monitor.partial_failure import Failure, continue_after_failure
from optimizer.monitor.phases import Phases
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.linear_program import NumbersRefused
from optimizer.report.write_plan import write_plan
from optimizer.runtime.checkpoint_file import case_fingerprint, delete_checkpoint, load_checkpoint, save_checkpoint
from optimizer.runtime.estimate import check_size, estimate
from optimizer.runtime.exit_codes import ExitCode, code_of
from optimizer.runtime.subprocess import with_proof
from optimizer.runtime.time_limits import time_limits
from optimizer.runtime.watchdog import solve_in_subprocess
from optimizer.runtime.worker import Task
from optimizer.solver.solver_version import version_warning
from optimizer.store.plan_folder import locked_folder

PROVED = frozenset({"solved", "infeasible", "unbounded"})
"""Statuses after which there is nothing more to search."""


@dataclass(frozen=True)
class Request:
    """A case, its settings, and where the plan goes."""

    case_dir: Path
    scenario_name: str
    folder: Path
    """Where the plan is written."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Settings keys set for this run: `solve.gap_share` -> `0.02`."""
    cluster: str | None = None
    """Address of a dask scheduler whose workers are used."""


@dataclass(frozen=True)
class RunResult:
    """What became of a request."""

    status: str
    """solved, limit, interrupted, infeasible, unbounded or failed."""
    message: str = ""
    plan: Plan | None = None
    """The plan written, if any."""
    report: AuditReport | None = None
    """The audit of that plan."""
    warnings: int = 0
    """How many warnings the inputs raised."""
    failures: tuple[Failure, ...] = ()
    """What the program failed to do once there was a plan."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Phase -> wall time."""
    time_remaining: float = math.inf
    """What remains of the time limit, s."""

    @property
    def exit_code(self) -> ExitCode:
        """Return the exit code of the process; an unsound plan outranks everything else, then a failure."""
        if self.report is not None and not self.report.sound:
            return ExitCode.UNSOUND
        if self.failures:
            return ExitCode.FAILED
        return code_of(self.status, with_plan=self.plan is not None)


def run(request: Request, monitor: RunMonitor) -> RunResult:
    """Solve a case, audit the plan and write it into a folder that no other run writes meanwhile.

    Raises FolderRefused before any work is done, CaseRefused, or PlanUnwritten if the folder failed in the end. What
    else fails once there is a plan is among the failures of the result, and the rest of the plan is written.
    """
    with locked_folder(request.folder):
        phases = Phases(monitor.on_progress)
        result = _run(request, replace(monitor, on_progress=phases.on_progress), phases)
        failures = (*result.failures, *phases.failures)
        return replace(result, seconds=phases.seconds, failures=failures if result.plan else result.failures)


def _run(request: Request, monitor: RunMonitor, phases: Phases) -> RunResult:
    began = time.perf_counter()

    def report_progress(stage: str, note: str = "") -> None:
        monitor.report(Progress(stage, time.perf_counter() - began, note=note))

    report_progress("reading", str(request.case_dir))
    overrides = parse_overrides(f"{key}={value}" for key, value in request.overrides.items())
    settings = load_settings(request.case_dir, request.scenario_name, overrides)
    case, warnings = read_with_warnings(request.case_dir, settings)
    if warnings:
        note = f"{len(warnings):,} about the inputs: gigasite check {request.case_dir} shows them"
        report_progress("warnings", note)
    if settings.futures:
        note = f"its {len(settings.futures)} futures are left out here: gigasite futures {request.case_dir} weighs them"
        report_progress("warnings", note)
    if monitor.stopped():
        return RunResult("interrupted", "stopped while the inputs were read")
    if warning := version_warning():
        report_progress("solver", warning)
    size = estimate(case)
    if warning := check_size(case, size):
        report_progress("size", warning)
    fingerprint = case_fingerprint(case)
    start = load_checkpoint(request.folder, fingerprint)
    if start is not None:
        report_progress("resuming", "the search begins with the best plan of a run that did not end")
    limits = time_limits(case, size, began)
    report_progress("time", str(limits))
    report_progress("starting", "a process of its own for the solver")
    try:
        task = Task(
            case,
            request.case_dir,
            request.scenario_name,
            request.overrides,
            request.cluster,
            start,
            time_limits=limits,
        )
        save = partial(save_checkpoint, request.folder, fingerprint)
        solved = solve_in_subprocess(task, replace(monitor, on_checkpoint=save))
    except NumbersRefused as refused:
        raise CaseRefused([Fault("model", str(refused))]) from None
    if solved.plan is None:
        if solved.status in PROVED:
            delete_checkpoint(request.folder, fingerprint)
        return RunResult(solved.status, solved.message, warnings=len(warnings), time_remaining=limits.time_remaining)
    failures = list(solved.failures)
    report_progress("auditing")
    report = audit_report(case, solved.plan, failures.append)
    spent = tuple(Phase(phase=phase, seconds=seconds) for phase, seconds in phases.seconds.items())
    plan = with_proof(solved.plan, message=message_with(solved.message, failures), phases=spent)
    report_progress("writing", str(request.folder))
    failures += write_plan(plan, report, request.folder, case_dir=request.case_dir)
    if solved.status in PROVED and not failures:  # until then it is all that remains if the folder fails
        delete_checkpoint(request.folder, fingerprint)
    return RunResult(solved.status, plan.proof.message, plan, report, len(warnings), tuple(failures))


def audit_report(case: Case, plan: Plan, on_failure: Callable[[Failure], object]) -> AuditReport:
    """Return the audit of a plan; a plan that could not be audited is not sound."""
    failed: list[Failure] = []
    with continue_after_failure("the audit", failed.append):
        return audit(case, plan)
    on_failure(failed[0])
    return AuditReport(False, (), failed[0].reason)


def message_with(message: str, failures: Sequence[Failure]) -> str:
    """Return the message of a plan with the failures that it does not yet state."""
    return "; ".join([*filter(None, [message]), *(str(each) for each in failures if str(each) not in message)])
