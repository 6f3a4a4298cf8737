"""The whole explanation: what is short, which changes are enough, or what the limits of a plan are worth."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from models.case import Case
from models.timeline import starts_in
from optimizer.case.read import read_case
from optimizer.case.scenario import load_scenario, parse_overrides
from optimizer.explain.alternatives import alternatives, surely_infeasible
from optimizer.explain.explanation import UNITS, Explanation, ToldAlternative, ToldWorth, told, worth_words
from optimizer.explain.lever import Change, changed, with_setting
from optimizer.explain.places import Places
from optimizer.explain.problem import Problem, put
from optimizer.explain.shortage import Shortage, shortages
from optimizer.explain.worth import Standing, Worth, standing, worths
from optimizer.solve.master import Stopped
from optimizer.solve.search import solve_case
from optimizer.solve.watch import Progress, Watch


@dataclass(frozen=True)
class Question:
    """What is to be explained."""

    case_dir: Path
    scenario_name: str
    settings: Mapping[str, str]
    """Scenario keys set for this run."""
    limits: int = 5
    """Limits of a feasible case whose worth is told."""
    alternatives: int = 5
    """Sets of changes of an infeasible case."""
    seconds: float = 300.0
    infeasible: bool = False
    """Whether it is known that there is no plan."""


def explain(question: Question, watch: Watch) -> Explanation:
    """Return the explanation of a case; raises CaseRefused. An interruption keeps what was found."""
    began = time.perf_counter()
    overrides = parse_overrides(f"{key}={value}" for key, value in question.settings.items())
    watch.report(Progress("reading", 0.0, note=str(question.case_dir)))
    case = read_case(question.case_dir, load_scenario(question.case_dir, question.scenario_name, overrides))
    places = Places(question.case_dir, question.scenario_name, overrides)
    try:
        answer = _explained(question, case, places, watch, began)
    except Stopped as stop:
        status: Literal["limit", "interrupted"] = "interrupted" if watch.stopped() else "limit"
        answer = Explanation(status, f"nothing is known yet ({stop})")
    return replace(answer, seconds=time.perf_counter() - began)


def _explained(question: Question, case: Case, places: Places, watch: Watch, began: float) -> Explanation:
    short: tuple[Shortage, ...] = ()
    needed: tuple[Change, ...] = ()
    try:
        problem = put(case, watch, question.seconds, began)
    except Stopped as stop:
        if stop.status != "infeasible":
            raise
        short, change = shortages(case, watch, question.seconds)
        needed = (change,) if change else ()
        case = changed(case, needed)
        problem = put(case, watch, question.seconds, began)
    known, start = (question.infeasible and not short) or surely_infeasible(problem), None
    if not known:
        try:
            start = standing(problem, problem.master.left / 2)
        except Stopped as stop:
            known = stop.status == "infeasible"
    if start is not None and not short:
        return _feasible(question, problem, start, places)
    found: list[ToldAlternative] = []
    if start is not None:  # what the system lacks is all that is wrong
        found.append(ToldAlternative(tuple(told(each, places.of(each.input)) for each in needed), True, True, True))
    else:
        for each in alternatives(problem, question.alternatives, known):
            changes = (*needed, *each.changes)
            checked = not found and _has_plan(changed(case, each.changes), watch, problem.master.left)
            lines = tuple(told(change, places.of(change.input)) for change in changes)
            found.append(ToldAlternative(lines, each.fewest_proved, each.least_proved, checked))
            note = f"{len(found)} found: {found[-1]}"
            watch.report(Progress("alternatives", time.perf_counter() - began, note=note))
    rows = tuple(dict.fromkeys(row for each in short for row in _rows_of(case, each, places)))
    message = "no plan keeps every limit" if known or short else "no plan was found in time"
    return Explanation("infeasible" if known or short else "limit", message, short, rows, tuple(found))


def _has_plan(case: Case, watch: Watch, seconds: float) -> bool:
    """Tell whether a case has a plan, whatever it is worth, so far as the time allows."""
    if seconds < 1:
        return False
    scenario = with_setting(case.scenario, "solve.gap_share", 1.0)
    scenario = with_setting(scenario, "solve.time_limit_seconds", seconds / 2)
    scenario = with_setting(scenario, "question.objectives", scenario.question.objectives[:1])
    watch.report(Progress("checking", 0.0, note="the first alternative"))
    return solve_case(replace(case, scenario=scenario), Watch(stop=watch.stop)).has_plan


def _rows_of(case: Case, short: Shortage, places: Places) -> list[str]:
    """Return where the fleets and the growth of a zone's load stand."""
    rows = [
        places.cell("fleets", (zone, technology, start), "capacity_mw")
        for (zone, technology), found in case.fleet_years.items()
        if zone == short.zone
        for start in starts_in(case, short.period, found)
    ]
    return [str(place) for place in (*rows, places.cell("zones", short.zone, "load_growth_share"))]


def _feasible(question: Question, problem: Problem, start: Standing, places: Places) -> Explanation:
    """Return what the limits of a feasible case are worth."""
    name = problem.case.scenario.question.objectives[0]
    lines = [_worth(each, UNITS[name], places.of) for each in worths(problem, start, question.limits)]
    message = "a plan keeps every limit"
    bound = start.goal.sign * start.bound
    return Explanation("feasible", message, (), (), (), name, start.value, bound, tuple(lines))


def _worth(worth: Worth, unit: str, place: Callable[..., object]) -> ToldWorth:
    given = worth.input
    if given is None:
        return ToldWorth(worth.rule, "the rule left out", "", None, None, "", worth.low, worth.high, unit)
    what = worth_words(given)
    return ToldWorth(
        worth.rule, what, str(place(given)), given.present, worth.step, given.unit, worth.low, worth.high, unit
    )
