"""The certificate of a plan: what was rechecked and how it came out, and a fingerprint of all it rests on."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from models.case import Case
from models.plan import Plan
from optimizer.audit.audit_report import AuditReport, Check, FileState, Proved
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.objective import SLACK, objective_values
from optimizer.store.plan_files import canonical

DIGITS = 32
"""Digits of the fingerprint: as many as one can write down, and 128 bits, too many to find a second plan for."""


@dataclass(frozen=True)
class Family:
    """The rules of one aspect, rechecked."""

    aspect: str
    rules: int
    rows: int
    """Comparisons made."""
    worst: float
    """Largest violation, relative."""
    where: str
    """Rule and index of that violation; empty where there is none."""
    passed: bool


@dataclass(frozen=True)
class ObjectiveCheck:
    """An objective: what the plan says of it and what the auditor finds."""

    objective: str
    sense: str
    stated: float
    """Value that the plan states of itself."""
    recomputed: float
    """Value of the plan, from the inputs and its decisions."""
    bound: float | None
    """Bound that branch and bound claims; None where it says nothing."""
    gap_share: float | None
    """|bound - recomputed| / max(|recomputed|, 1)."""
    gap_asked: float
    status: str


@dataclass(frozen=True)
class Certificate:
    """All that can be said for or against a plan."""

    title: str
    case: str
    scenario: str
    written_at: str
    code: str
    """Commit of the code that made the plan."""
    code_here: str
    """Commit of the code that audits it."""
    families: tuple[Family, ...]
    broken: tuple[Check, ...]
    """Rules that do not hold."""
    objectives: tuple[ObjectiveCheck, ...]
    tolerance_share: float
    """Share of an earlier objective that a later one may give up."""
    proved: tuple[Proved, ...]
    """What exact arithmetic proves, where that was asked."""
    inputs: tuple[FileState, ...]
    outputs: tuple[FileState, ...]
    as_stated: tuple[str, ...]
    """Figures that nothing here rechecks; the fingerprint alone protects them."""
    fingerprint: str
    """First digits of one SHA-256 over all inputs, all outputs and the code."""

    @property
    def sound(self) -> bool:
        """Tell whether nothing speaks against the plan; a changed scenario file does not: the plan holds its own."""
        files, figures = all(file.passed for file in self.outputs), all(figure.passed for figure in self.proved)
        return files and figures and not self.broken


def certificate_of(
    case: Case,
    plan: Plan,
    report: AuditReport,
    files: tuple[tuple[FileState, ...], tuple[FileState, ...]],
    proved: tuple[Proved, ...],
    code_here: str,
) -> Certificate:
    """Return the certificate of a plan; `files` are the states of its inputs and of its outputs."""
    inputs, outputs = files
    origin = plan.provenance
    return Certificate(
        title=plan.title,
        case=origin.case,
        scenario=origin.scenario_name,
        written_at=origin.created_at,
        code=origin.git_commit,
        code_here=code_here,
        families=tuple(_families(report.checks)),
        broken=tuple(each for each in report.checks if not each.passed),
        objectives=tuple(_objectives(case, plan)) if report.sound else (),
        tolerance_share=case.settings.question.tolerance_share,
        proved=proved,
        inputs=inputs,
        outputs=outputs,
        as_stated=tuple(_as_stated(plan, proved)),
        fingerprint=fingerprint_of(origin.git_commit, inputs, outputs),
    )


def fingerprint_of(code: str, inputs: Sequence[FileState], outputs: Sequence[FileState]) -> str:
    """Return the fingerprint: the same for the same files and code, and practically for no others."""
    known = {
        "code": code,
        "inputs": {file.name: file.sha256 for file in inputs},
        "outputs": {file.name: file.sha256 for file in outputs if file.state != "unknown"},
    }
    digits = hashlib.sha256(canonical(known).encode()).hexdigest()[:DIGITS]
    return " ".join(digits[start : start + 4] for start in range(0, DIGITS, 4))


def _families(checks: Sequence[Check]) -> Iterator[Family]:
    """Yield the aspects in the order of the audit."""
    for aspect, listed in groupby(checks, key=lambda check: check.rule.partition(".")[0]):
        group = list(listed)
        worst = max(group, key=lambda check: check.worst)
        rule = worst.rule.partition(".")[2].replace("_", " ")
        yield Family(
            aspect=aspect,
            rules=len(group),
            rows=sum(check.rows for check in group),
            worst=worst.worst,
            where=f"{rule}: {worst.where}" if worst.worst else "",
            passed=all(check.passed for check in group),
        )


def _objectives(case: Case, plan: Plan) -> Iterator[ObjectiveCheck]:
    reached = objective_values(AuditedPlan(case, plan))
    for stage in plan.proof.stages:
        value, bound = reached[stage.objective], stage.bound if stage.claims else None
        yield ObjectiveCheck(
            objective=stage.objective,
            sense=stage.sense,
            stated=stage.plan_value,
            recomputed=value,
            bound=bound,
            gap_share=None if bound is None else abs(bound - value) / max(abs(value), 1.0),
            gap_asked=max(case.settings.solve.gap_share, SLACK),
            status=stage.status,
        )


def _as_stated(plan: Plan, proved: Sequence[Proved]) -> Iterator[str]:
    if not proved:
        yield "the bounds of the proof (proof.stages: bound, root_bound) and the size of the programme"
        yield "running cost and emissions without data centres (carbon: baseline_meur, system_without_kt, noise_meur)"
        yield "prices, and imports and emissions by zone without data centres (consequences)"
    else:
        yield "the part of a bound that is better than the one proved, and the bounds before branching"
    if plan.replay is not None:
        yield "of the whole year how near the sharing of reservoirs is to the best (replay.gap_share, year.noise_meur)"
        yield "running cost, lost load and direct emissions of the days outside the sample, but for their totals"
    yield "what a limit is worth (limits.worth), but for its sign"
    yield "violations of the programme, but that none exceeds the tolerance"
    yield "time, memory, nodes, versions, the message of the search, when and by which code the plan was written"
