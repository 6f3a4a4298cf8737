"""The whole explanation: what is short, which changes are enough, or what the limits of a plan are worth."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from models.case import Case
from optimizer.benders.master_problem import SearchEnded
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings, parse_overrides
from optimizer.explain.adequacy import Shortage, adequacy_diagnosis
from optimizer.explain.adequacy_supply import causes, more_plant, rows_behind
from optimizer.explain.correction_sets import correction_sets, surely_infeasible
from optimizer.explain.elastic_decomposition import ElasticDecomposition, build_elastic
from optimizer.explain.explanation import (
    UNITS,
    Explanation,
    ReportedCorrectionSet,
    ReportedSensitivity,
    reported,
    sensitivity_text,
)
from optimizer.explain.limit_input import Relaxation, changed, with_setting
from optimizer.explain.sensitivity import ReferencePlan, Sensitivity, reference_plan, sensitivities
from optimizer.explain.source_location import SourceLocations
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.session import solve_case


@dataclass(frozen=True)
class ExplainRequest:
    """What is to be explained."""

    case_dir: Path
    scenario_name: str
    overrides: Mapping[str, str]
    """Scenario keys set for this run."""
    limits: int = 5
    """Limits of a feasible case whose worth is told."""
    alternatives: int = 5
    """Sets of changes of an infeasible case."""
    seconds: float = 300.0
    infeasible: bool = False
    """Whether it is known that there is no plan."""


def explain(question: ExplainRequest, watch: RunMonitor) -> Explanation:
    """Return the explanation of a case; raises CaseRefused. An interruption keeps what was found."""
    began = time.perf_counter()
    overrides = parse_overrides(f"{key}={value}" for key, value in question.overrides.items())
    watch.report(Progress("reading", 0.0, note=str(question.case_dir)))
    case = read_case(question.case_dir, load_settings(question.case_dir, question.scenario_name, overrides))
    places = SourceLocations(question.case_dir, question.scenario_name, overrides)
    try:
        answer = _explained(question, case, places, watch, began)
    except SearchEnded as stop:
        status: Literal["limit", "interrupted"] = "interrupted" if watch.stopped() else "limit"
        answer = Explanation(status, f"nothing is known yet ({stop})")
    return replace(answer, seconds=time.perf_counter() - began)


def _explained(
    question: ExplainRequest, case: Case, places: SourceLocations, watch: RunMonitor, began: float
) -> Explanation:
    short: tuple[Shortage, ...] = ()
    own = case
    needed: tuple[Relaxation, ...] = ()
    try:
        problem = build_elastic(case, watch, question.seconds, began)
    except SearchEnded as stop:
        if stop.status != "infeasible":
            raise
        short, change = adequacy_diagnosis(case, watch, question.seconds)
        needed = (change,) if change else ()
        case = changed(case, needed)
        problem = build_elastic(case, watch, question.seconds, began)
    known, start = (question.infeasible and not short) or surely_infeasible(problem), None
    if not known:
        try:
            start = reference_plan(problem, problem.time_left / 2)
        except SearchEnded as stop:
            known = stop.status == "infeasible"
    if start is not None and not short:
        return _feasible(question, problem, start, places)
    found: list[ReportedCorrectionSet] = []
    if start is not None:  # what the system lacks is all that is wrong
        plant = more_plant(own, short)
        if plant and _has_plan(changed(own, plant), watch, problem.time_left):
            lines = tuple(reported(each, places.of(each.input)) for each in plant)
            found.append(ReportedCorrectionSet(lines, len(plant) == 1, False, True))
        found.append(
            ReportedCorrectionSet(tuple(reported(each, places.of(each.input)) for each in needed), True, True, True)
        )
    else:
        for each in correction_sets(problem, question.alternatives, known):
            changes = (*needed, *each.changes)
            checked = not found and _has_plan(changed(case, each.changes), watch, problem.time_left)
            lines = tuple(reported(change, places.of(change.input)) for change in changes)
            found.append(ReportedCorrectionSet(lines, each.fewest_proved, each.least_proved, checked))
            note = f"{len(found)} found: {found[-1]}"
            watch.report(Progress("alternatives", time.perf_counter() - began, note=note))
    rows = tuple(dict.fromkeys(rows_behind(own, short, places)))
    message = "no plan keeps every limit" if known or short else "no plan was found in time"
    status: Literal["infeasible", "limit"] = "infeasible" if known or short else "limit"
    return Explanation(status, message, short, tuple(causes(own, short)), rows, tuple(found))


def _has_plan(case: Case, watch: RunMonitor, seconds: float) -> bool:
    """Tell whether a case has a plan, whatever it is worth, so far as the time allows."""
    if seconds < 1:
        return False
    settings = with_setting(case.settings, "solve.gap_share", 1.0)
    settings = with_setting(settings, "solve.time_limit_seconds", seconds / 2)
    settings = with_setting(settings, "question.objectives", settings.question.objectives[:1])
    watch.report(Progress("checking", 0.0, note="the first alternative"))
    return solve_case(replace(case, settings=settings), RunMonitor(stop=watch.stop)).has_plan


def _feasible(
    question: ExplainRequest, problem: ElasticDecomposition, start: ReferencePlan, places: SourceLocations
) -> Explanation:
    """Return what the limits of a feasible case are worth."""
    name = problem.case.settings.question.objectives[0]
    lines = [_worth(each, UNITS[name], places.of) for each in sensitivities(problem, start, question.limits)]
    message = "a plan keeps every limit"
    bound = start.objective.sign * start.bound
    return Explanation("feasible", message, (), (), (), (), name, start.value, bound, tuple(lines))


def _worth(worth: Sensitivity, unit: str, place: Callable[..., object]) -> ReportedSensitivity:
    step, inputs = worth.step, worth.inputs
    found = (step.used_up, worth.kept, worth.low, worth.high, worth.ended, unit)
    if not inputs:
        return ReportedSensitivity(step.rule, "the rule left out", "", None, None, "", *found)
    moved = sum(step.moves.values())
    if len(inputs) == 1:
        (given,) = inputs
        return ReportedSensitivity(
            step.rule, sensitivity_text(given), str(place(given)), given.present, moved, given.unit, *found
        )
    table, first = f"{place(inputs[0])}".partition(",")[0], inputs[0]
    what, whole = f"each of {len(inputs)} a tenth larger, together", sum(given.value for given in inputs)
    return ReportedSensitivity(step.rule, what, f"{table}, {first.column}", whole, moved, first.unit, *found)
