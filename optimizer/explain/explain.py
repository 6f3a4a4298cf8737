"""The explanation of a case: what is short, which changes are enough, or what the limits of a plan are worth."""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
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
from optimizer.explain.elastic_decomposition import build_elastic
from optimizer.explain.explanation import Explanation, ReportedCorrectionSet, reported
from optimizer.explain.limit_input import Relaxation, changed, with_setting
from optimizer.explain.sensitivity import reference_plan, sensitivities
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
    """Limits of a feasible case whose sensitivity is reported."""
    alternatives: int = 5
    """Correction sets of an infeasible case."""
    seconds: float = 300.0
    infeasible: bool = False
    """Whether it is known that there is no plan."""


def explain(request: ExplainRequest, monitor: RunMonitor) -> Explanation:
    """Return the explanation of a case; raises CaseRefused. An interruption keeps what was found."""
    began = time.perf_counter()
    overrides = parse_overrides(f"{key}={value}" for key, value in request.overrides.items())
    monitor.report(Progress("reading", 0.0, note=str(request.case_dir)))
    case = read_case(request.case_dir, load_settings(request.case_dir, request.scenario_name, overrides))
    locations = SourceLocations(request.case_dir, request.scenario_name, overrides)
    try:
        explanation = _explained(request, case, locations, monitor, began)
    except SearchEnded as stop:
        status: Literal["limit", "interrupted"] = "interrupted" if monitor.stopped() else "limit"
        explanation = Explanation(status, f"nothing is known yet ({stop})")
    return replace(explanation, seconds=time.perf_counter() - began)


def _explained(
    request: ExplainRequest, given: Case, locations: SourceLocations, monitor: RunMonitor, began: float
) -> Explanation:
    case, shortages, needed = given, tuple[Shortage, ...](), tuple[Relaxation, ...]()
    try:
        problem = build_elastic(case, monitor, request.seconds, began)
    except SearchEnded as stop:
        if stop.status != "infeasible":
            raise
        shortages, change = adequacy_diagnosis(case, monitor, request.seconds)
        needed = (change,) if change else ()
        case = changed(case, needed)
        problem = build_elastic(case, monitor, request.seconds, began)
    with closing(problem):
        infeasible, reference = (request.infeasible and not shortages) or surely_infeasible(problem), None
        if not infeasible:
            try:
                reference = reference_plan(problem, problem.time_left / 2)
            except SearchEnded as stop:
                infeasible = stop.status == "infeasible"
        if reference is not None and not shortages:
            found = tuple(sensitivities(problem, reference, request.limits, locations))
            objective, bound = reference.objective, reference.objective.sign * reference.bound
            return Explanation(
                "feasible",
                "a plan keeps every limit",
                objective=objective.name,
                value=reference.value,
                bound=bound,
                worths=found,
                cut_short=problem.cut_short,
            )
        sets: list[ReportedCorrectionSet] = []

        def add(changes: Sequence[Relaxation], fewest_proved: bool, least_proved: bool, checked: bool) -> None:
            lines = tuple(reported(change, locations.of(change.input)) for change in changes)
            sets.append(ReportedCorrectionSet(lines, fewest_proved, least_proved, checked))
            note = f"{len(sets)} found: {sets[-1]}"
            monitor.report(Progress("alternatives", time.perf_counter() - began, note=note))

        if reference is not None:  # what the system lacks is all that is wrong
            plant = more_plant(given, shortages)
            if plant and _has_plan(changed(given, plant), monitor, problem.time_left):
                add(plant, len(plant) == 1, False, True)
            add(needed, True, True, True)
        else:
            for each in correction_sets(problem, request.alternatives, infeasible):
                checked = not sets and _has_plan(changed(case, each.changes), monitor, problem.time_left)
                add((*needed, *each.changes), each.fewest_proved, each.least_proved, checked)
        known = infeasible or bool(shortages)
        return Explanation(
            "infeasible" if known else "limit",
            "no plan keeps every limit" if known else "no plan was found in time",
            shortages,
            tuple(causes(given, shortages)),
            tuple(dict.fromkeys(rows_behind(given, shortages, locations))),
            tuple(sets),
            cut_short=problem.cut_short,
        )


def _has_plan(case: Case, monitor: RunMonitor, seconds: float) -> bool:
    """Tell whether a case has a plan, whatever it is worth, so far as the time allows."""
    if seconds < 1:
        return False
    settings = with_setting(case.settings, "solve.gap_share", 1.0)
    settings = with_setting(settings, "solve.time_limit_seconds", seconds / 2)
    settings = with_setting(settings, "question.objectives", settings.question.objectives[:1])
    monitor.report(Progress("checking", 0.0, note="the first alternative"))
    return solve_case(replace(case, settings=settings), RunMonitor(stop=monitor.stop)).has_plan
