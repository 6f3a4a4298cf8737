"""The whole flow, from a case folder to a written plan; `optimizer/recheck.py` goes back to its audit."""

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
from optimizer.monitor.partial_failure import Failure, survived
from optimizer.monitor.phases import Phases
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.linear_program import NumbersRefused
from optimizer.report.write_plan import write_plan
from optimizer.runtime.estimate import check_size, estimate
from optimizer.runtime.exit_codes import ExitCode
from optimizer.runtime.resume import delete_checkpoint, load_checkpoint, question_of, save_checkpoint
from optimizer.runtime.subprocess import with_proof
from optimizer.runtime.time_limits import time_limits
from optimizer.runtime.watchdog import solve_in_subprocess
from optimizer.runtime.worker import Task
from optimizer.solver.solver_version import version_warning
from optimizer.store.plan_folder import locked_folder

DECIDED = frozenset({"solved", "infeasible", "unbounded"})
"""Endings after which there is nothing left to search."""


@dataclass(frozen=True)
class Request:
    """One question to one case."""

    case_dir: Path
    scenario_name: str
    folder: Path
    """Where the plan is written."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Scenario keys set for this run: `solve.gap_share` -> `0.02`."""
    cluster: str | None = None
    """Address of a dask scheduler whose workers are to help."""


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
    left_seconds: float = math.inf
    """What is left of the time limit."""

    @property
    def exit_code(self) -> ExitCode:
        """Return what the process says at its end; an unsound plan outranks everything else, then a failure."""
        if self.report is not None and not self.report.sound:
            return ExitCode.UNSOUND
        if self.failures:
            return ExitCode.FAILED
        if self.status == "limit":
            return ExitCode.LIMIT_WITH_PLAN if self.plan else ExitCode.LIMIT_WITHOUT_PLAN
        codes = {
            "solved": ExitCode.SOLVED,
            "interrupted": ExitCode.INTERRUPTED,
            "infeasible": ExitCode.INFEASIBLE,
            "unbounded": ExitCode.UNBOUNDED,
            "failed": ExitCode.SOLVER_FAILED,
        }
        return codes[self.status]


def run(request: Request, watch: RunMonitor) -> RunResult:
    """Solve a case, audit the plan and write it into a folder that no other run writes meanwhile.

    Raises FolderRefused before any work is done, CaseRefused, or PlanUnwritten if the folder failed in the end. What
    else fails once there is a plan is told in the outcome, and the rest of the plan is written.
    """
    with locked_folder(request.folder):
        phases = Phases(watch.listener)
        outcome = _run(request, replace(watch, listener=phases.listen), phases)
        failures = (*outcome.failures, *phases.failures)
        return replace(outcome, seconds=phases.seconds, failures=failures if outcome.plan else outcome.failures)


def _run(request: Request, watch: RunMonitor, phases: Phases) -> RunResult:
    began = time.perf_counter()

    def tell(stage: str, note: str = "") -> None:
        watch.report(Progress(stage, time.perf_counter() - began, note=note))

    tell("reading", str(request.case_dir))
    overrides = parse_overrides(f"{key}={value}" for key, value in request.overrides.items())
    settings = load_settings(request.case_dir, request.scenario_name, overrides)
    case, doubts = read_with_warnings(request.case_dir, settings)
    if doubts:
        tell("warnings", f"{len(doubts):,} about the inputs: gigasite check {request.case_dir} shows them")
    if watch.stopped():
        return RunResult("interrupted", "stopped while the inputs were read")
    if warning := version_warning():
        tell("solver", warning)
    size = estimate(case)
    if warning := check_size(case, size):
        tell("size", warning)
    question = question_of(case)
    start = load_checkpoint(request.folder, question)
    if start is not None:
        tell("resuming", "the search begins with the best plan of a run that did not end")
    limits = time_limits(case, size, began)
    tell("time", str(limits))
    tell("starting", "a process of its own for the solver")
    try:
        task = Task(
            case,
            request.case_dir,
            request.scenario_name,
            request.overrides,
            request.cluster,
            start,
            timetable=limits,
        )
        answer = solve_in_subprocess(task, replace(watch, keeper=partial(save_checkpoint, request.folder, question)))
    except NumbersRefused as refused:
        raise CaseRefused([Fault("model", None, None, None, str(refused))]) from None
    if answer.plan is None:
        if answer.status in DECIDED:
            delete_checkpoint(request.folder, question)
        return RunResult(answer.status, answer.message, warnings=len(doubts), left_seconds=limits.left_seconds)
    failures = list(answer.failures)
    tell("auditing")
    report = audited(case, answer.plan, failures.append)
    spent = tuple(Phase(phase=phase, seconds=seconds) for phase, seconds in phases.seconds.items())
    plan = with_proof(answer.plan, message=marked(answer.message, failures), phases=spent)
    tell("writing", str(request.folder))
    failures += write_plan(plan, report, request.folder, case_dir=request.case_dir)
    if answer.status in DECIDED and not failures:  # until then they are all that is left if the folder fails
        delete_checkpoint(request.folder, question)
    return RunResult(answer.status, plan.proof.message, plan, report, len(doubts), tuple(failures))


def audited(case: Case, plan: Plan, tell: Callable[[Failure], object]) -> AuditReport:
    """Return the audit of a plan; a plan that could not be audited is not sound."""
    failed: list[Failure] = []
    with survived("the audit", failed.append):
        return audit(case, plan)
    tell(failed[0])
    return AuditReport(False, (), failed[0].reason)


def marked(message: str, failures: Sequence[Failure]) -> str:
    """Return the message of a plan with the failures that it does not yet tell."""
    return "; ".join([*filter(None, [message]), *(str(each) for each in failures if str(each) not in message)])
