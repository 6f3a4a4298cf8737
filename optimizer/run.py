"""The whole flow, from a case folder to a written plan; `optimizer/recheck.py` goes back to its audit."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from models.plan import Plan
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.read import read_with_warnings
from optimizer.case.scenario import load_scenario, parse_overrides
from optimizer.exits import Exit
from optimizer.plan.audit import audit
from optimizer.plan.files import write_plan
from optimizer.plan.folder import held
from optimizer.plan.verdict import AuditReport
from optimizer.resume import forget, keep, left, question_of
from optimizer.solve.estimate import check_size
from optimizer.solve.program import NumbersRefused
from optimizer.solve.watch import Progress, Watch
from optimizer.watchdog import solve_apart
from optimizer.worker import Task

DECIDED = frozenset({"solved", "infeasible", "unbounded"})
"""Endings after which there is nothing left to search."""


@dataclass(frozen=True)
class Request:
    """One question to one case."""

    case_dir: Path
    scenario_name: str
    folder: Path
    """Where the plan is written."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Scenario keys set for this run: `solve.gap_share` -> `0.02`."""
    cluster: str | None = None
    """Address of a dask scheduler whose workers are to help."""


@dataclass(frozen=True)
class Outcome:
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

    @property
    def exit_code(self) -> Exit:
        """Return what the process says at its end; an unsound plan outranks everything else."""
        if self.report is not None and not self.report.sound:
            return Exit.UNSOUND
        if self.status == "limit":
            return Exit.LIMIT_WITH_PLAN if self.plan else Exit.LIMIT_WITHOUT_PLAN
        codes = {
            "solved": Exit.SOLVED,
            "interrupted": Exit.INTERRUPTED,
            "infeasible": Exit.INFEASIBLE,
            "unbounded": Exit.UNBOUNDED,
            "failed": Exit.SOLVER_FAILED,
        }
        return codes[self.status]


def run(request: Request, watch: Watch) -> Outcome:
    """Solve a case, audit the plan and write it into a folder that no other run writes meanwhile.

    Raises FolderRefused before any work is done, CaseRefused, or PlanUnwritten if the folder failed in the end.
    """
    with held(request.folder):
        return _run(request, watch)


def _run(request: Request, watch: Watch) -> Outcome:
    began = time.perf_counter()

    def tell(stage: str, note: str = "") -> None:
        watch.report(Progress(stage, time.perf_counter() - began, note=note))

    tell("reading", str(request.case_dir))
    overrides = parse_overrides(f"{key}={value}" for key, value in request.settings.items())
    scenario = load_scenario(request.case_dir, request.scenario_name, overrides)
    case, doubts = read_with_warnings(request.case_dir, scenario)
    if doubts:
        tell("warnings", f"{len(doubts):,} about the inputs: gigasite check {request.case_dir} shows them")
    if watch.stopped():
        return Outcome("interrupted", "stopped while the inputs were read")
    if warning := check_size(case):
        tell("size", warning)
    question = question_of(case)
    start = left(request.folder, question)
    if start is not None:
        tell("resuming", "the search begins with the best plan of a run that did not end")
    tell("starting", "a process of its own for the solver")
    try:
        task = Task(case, request.case_dir, request.scenario_name, request.settings, request.cluster, start)
        answer = solve_apart(task, replace(watch, keeper=partial(keep, request.folder, question)))
    except NumbersRefused as refused:
        raise CaseRefused([Fault("model", None, None, None, str(refused))]) from None
    if answer.status in DECIDED:
        forget(request.folder)
    if answer.plan is None:
        return Outcome(answer.status, answer.message, warnings=len(doubts))
    tell("auditing")
    report = audit(case, answer.plan)
    tell("writing", str(request.folder))
    write_plan(answer.plan, report, request.folder, case_dir=request.case_dir)
    return Outcome(answer.status, answer.message, answer.plan, report, warnings=len(doubts))
