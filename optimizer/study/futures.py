"""A case under several futures: the plan of what is decided now, what each future builds then, and what that is worth.

Four questions over the same futures, with the same objectives and the same levels of all but the last of them: decide
the first stage once for all (the answer); know the future first (wait and see); decide as if there were no futures,
then live with it; and the case without futures, which says what that would be. Answer less wait and see is the expected
value of perfect information (Birge and Louveaux, 2011, chapter 4). Answer less what the case without futures decides is
the value of weighing them. It is their value of the stochastic solution where that case has the mean of every uncertain
number; here it is the scenario as it stands, what a planner without futures would solve, since a future may replace
whole tables and dates, which have no mean. Each lies between the bounds that gaps leave open.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from models.case import Case
from models.formulation import first_stage
from models.plan import ObjectiveResult, Plan
from models.settings import OBJECTIVES, FutureSettings, ObjectiveSettings, Section
from optimizer.audit.audit import audit
from optimizer.audit.audit_report import AuditReport
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.benders.objective_result import unproved
from optimizer.benders.solution import Solution
from optimizer.case.cells import cell_text
from optimizer.case.faults import CaseRefused, Fault
from optimizer.case.provenance import provenance_of
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings, parse_overrides
from optimizer.extract.extract import extract
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import ExtensiveForm, build_extensive_form, common_template
from optimizer.program.nodes import BASE, Future
from optimizer.session import Session
from optimizer.solver.whole_totals import families_of

ROUNDING = 1e-5
"""Smaller differences, as a share of the value, are none."""


@dataclass(frozen=True)
class Uncertain:
    """A case without its futures, and under each of them, with what `--set` says to read it so."""

    case: Case
    futures: tuple[Future, ...]
    settings: Mapping[str, Mapping[str, str]]
    """Future -> key -> value as text."""


@dataclass(frozen=True)
class Value:
    """An objective as people read it: what was found, and what nothing can beat."""

    found: float
    bound: float


@dataclass(frozen=True)
class Effect:
    """A difference of two values that cannot be negative, between what is proved of it and what gaps leave open."""

    least: float
    most: float

    @property
    def shown(self) -> bool:
        """Tell whether it is more than the gaps."""
        return self.least > 0


@dataclass(frozen=True)
class FuturePlan:
    """What a future builds on what is decided now."""

    future: Future
    values: Mapping[str, float]
    given_up: tuple[str, ...]
    """What is decided now and cannot be in it."""
    plan: Plan
    report: AuditReport


@dataclass(frozen=True)
class FuturesAnswer:
    """The answer to a case under several futures."""

    uncertain: Uncertain
    status: str
    message: str
    decided: tuple[str, ...] = ()
    """Sites, who runs them, and grid steps, as names of decisions."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """Objective -> what it is worth over the futures, the worst ones weighed as asked."""
    plans: tuple[FuturePlan, ...] = ()
    knowing: Mapping[str, Value] | None = None
    """The same where the future is known first; None where that was not asked, or not found."""
    without: Mapping[str, Value] | None = None
    """The same with what the case without futures decides."""
    without_decided: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Why one of these is missing."""


def effect(name: str, better: Value, worse: Value) -> Effect:
    """Return by how much one value of an objective is better than another, which cannot be better than it."""
    sign = -1.0 if OBJECTIVES[name].sense == "maximise" else 1.0
    least = sign * (worse.bound - better.found)
    most = sign * (worse.found - better.bound)
    small = ROUNDING * max(1.0, abs(better.found))
    return Effect(least if least > small else 0.0, max(most, 0.0))


def read_futures(case_dir: Path, scenario: str, given: Mapping[str, str]) -> Uncertain:
    """Return a case and its futures, whose days can be those of one programme.

    Raises CaseRefused with every fault of the case, then those that only futures have, with the first one's name.
    """
    settings = load_settings(case_dir, scenario, parse_overrides(f"{key}={text}" for key, text in given.items()))
    if len(settings.futures) < 2:
        raise CaseRefused([Fault("scenario", "needs two futures at least", column="futures")])
    texts = {name: {**given, **_as_set(each, settings.inputs.overlays)} for name, each in settings.futures.items()}
    cases, faults = dict[str, Case](), dict[Fault, str]()
    for name, keys in {"": given, **texts}.items():
        try:
            overrides = parse_overrides(f"{key}={text}" for key, text in keys.items())
            cases[name] = read_case(case_dir, load_settings(case_dir, scenario, overrides))
        except CaseRefused as refused:
            faults = {**dict.fromkeys(refused.faults, name), **faults}
    if faults:
        told = {fault: f"{fault.rule} (in the future {name})" if name else fault.rule for fault, name in faults.items()}
        ordered = sorted(told, key=lambda fault: [*("", *texts)].index(faults[fault]))
        raise CaseRefused(replace(fault, rule=told[fault]) for fault in ordered)
    futures = tuple(Future(name, each.probability, cases[name]) for name, each in settings.futures.items())
    try:
        common_template([each.case for each in futures])
    except ValueError as differ:
        raise CaseRefused([Fault("scenario", str(differ), column="futures")]) from None
    return Uncertain(cases[""], futures, texts)


def _as_set(future: FutureSettings, overlays: Sequence[str]) -> dict[str, str]:
    """Return the keys that read a case as a future has it."""
    found = {"inputs.overlays": repr([*overlays, *future.overlays]).replace("'", '"')} if future.overlays else {}
    found |= {f'inputs.cells."{name}"': _toml(value) for name, value in future.cells.items()}
    return found | {f'inputs.factors."{name}"': _toml(value) for name, value in future.factors.items()}


def _toml(value: float | bool | str) -> str:
    return f'"{value}"' if isinstance(value, str) else cell_text(value)


def solve_futures(
    uncertain: Uncertain,
    case_dir: Path,
    scenario: str,
    monitor: RunMonitor,
    *,
    compare: bool = True,
    on_plan: Callable[[FuturePlan], object] = lambda _: None,
) -> FuturesAnswer:
    """Return the answer to a case under its futures, each of whose plans is told as soon as it is finished.

    With `compare` it is set against knowing the future first, and against deciding without futures.
    """
    futures, notes, began = uncertain.futures, list[str](), time.perf_counter()
    form = build_extensive_form(futures[0].case, futures=futures)
    starts = _starts(uncertain, form, monitor) if families_of(form.compiled.program) else ()
    left = uncertain.case.settings.solve.time_limit_seconds - (time.perf_counter() - began)
    solution = _solved(futures, monitor, lambda _: form, starts=starts, time_limit_seconds=left)
    if solution.point is None:
        return FuturesAnswer(uncertain, solution.status, solution.message)
    decided = tuple(name for name, column in form.decided.items() if solution.point[column] > 0.5)
    plans = list[FuturePlan]()
    for number in range(len(futures)):
        found = finished(uncertain, number, solution, case_dir, scenario, monitor)
        if found is None:
            notes.append(f"the plan of the future {futures[number].name} could not be finished by itself")
            continue
        on_plan(found)
        plans.append(found)
    answer = FuturesAnswer(
        uncertain, solution.status, solution.message, decided, values_of(solution), tuple(plans), notes=tuple(notes)
    )
    if not compare or monitor.stopped():
        return answer
    knowing = _solved(futures, monitor, partial(_form, futures, shared=()), solution.floors)
    without = _solved([Future(BASE, 1.0, uncertain.case)], monitor, build_extensive_form)
    answer = replace(answer, knowing=_compared(knowing, "knowing the future first", notes))
    if without.has_plan:
        chosen = dict.fromkeys(_first_stage_of(without), 1.0)
        fixed = _solved(futures, monitor, partial(_form, futures, fixed=chosen), solution.floors)
        answer = replace(answer, without=_compared(fixed, "what the case without futures decides", notes))
        answer = replace(answer, without_decided=tuple(chosen))
    else:
        notes.append(f"the case without futures has no plan: {without.message}")
    return replace(answer, notes=tuple(notes))


def _starts(uncertain: Uncertain, form: ExtensiveForm, monitor: RunMonitor) -> tuple[IntegerPlan, ...]:
    """Return a plan to set out from: what the case without futures decides, and what each future by itself makes of it.

    It is sought for the first objective, in half the time limit; there is none where a future has no plan then.
    """
    most = uncertain.case.settings.solve.time_limit_seconds / (2 + 2 * len(uncertain.futures))

    def alone(case: Case, decided: Mapping[str, float] | None = None) -> Solution:
        question = ObjectiveSettings(objectives=case.settings.question.objectives[:1])
        case = replace(case, settings=case.settings.model_copy(update={"question": question}))
        only = [Future(BASE, 1.0, case)]
        return _solved(only, monitor, partial(_form, only, fixed=decided), time_limit_seconds=most)

    decided = [name for name in _first_stage_of(alone(uncertain.case)) if name in form.decided]
    numbers = dict.fromkeys(decided, 1)
    for number, (future, lost) in enumerate(zip(uncertain.futures, form.lost, strict=True)):
        kept = {name: 1.0 for name in decided if form.decided[name] not in lost}
        found = alone(future.case, kept)
        if not found.has_plan:
            return ()
        suffix = f"@{future.name}" if number else ""
        numbers |= {name + suffix: whole for name, whole in found.integer_plan.numbers.items() if name not in kept}
    return (IntegerPlan(numbers),)


def _first_stage_of(solution: Solution) -> list[str]:
    """Return what a plan of one future decides of the first stage."""
    return [name for name in solution.integer_plan.numbers if name.partition("[")[0] in first_stage()]


def _compared(solution: Solution, what: str, notes: list[str]) -> Mapping[str, Value] | None:
    """Return the values of a question that is compared with, and note why it has none."""
    if not solution.has_plan:
        notes.append(f"{what}: no plan reaches the same level in all futures ({solution.status}: {solution.message})")
        return None
    return values_of(solution)


def _form(futures: Sequence[Future], _: Case, **other: Any) -> ExtensiveForm:
    fixed: Mapping[str, float] | None = other.pop("fixed", None)
    form = build_extensive_form(futures[0].case, futures=futures, **other)
    return form if fixed is None else with_first_stage(form, fixed)


def with_first_stage(form: ExtensiveForm, decided: Mapping[str, float]) -> ExtensiveForm:
    """Return a form whose first stage is what is decided, and nothing else; what no future can have is left out."""
    program = form.compiled.program
    lower, upper = program.lower.copy(), program.upper.copy()
    columns = [*form.decided.values()]
    lower[columns] = upper[columns] = [decided.get(name, 0.0) for name in form.decided]
    return replace(form, compiled=replace(form.compiled, program=program.with_bounds(lower, upper)))


def _solved(
    futures: Sequence[Future],
    monitor: RunMonitor,
    build: Callable[[Case], ExtensiveForm],
    levels: Mapping[str, float] | None = None,
    *,
    starts: Sequence[IntegerPlan] = (),
    time_limit_seconds: float | None = None,
) -> Solution:
    """Return the solution of a question over futures, all objectives but the last at levels where they are given."""
    case, settings = futures[0].case, futures[0].case.settings
    stated = settings.question.levels.model_copy(update={**(levels or {})})
    changes: dict[str, Section] = {"question": settings.question.model_copy(update={"levels": stated})}
    if time_limit_seconds is not None:
        changes["solve"] = settings.solve.model_copy(update={"time_limit_seconds": time_limit_seconds})
    case = replace(case, settings=settings.model_copy(update=changes))
    with Session(case, build=lambda each: replace(build(each), case=each)) as session:
        return session.solve(None, monitor, starts=starts, year=lambda: False)


def values_of(solution: Solution) -> dict[str, Value]:
    """Return what is found and proved of each objective."""
    return {
        stage.objective: Value(stage.plan_value, stage.bound if stage.claims else np.nan) for stage in solution.stages
    }


def finished(
    uncertain: Uncertain, number: int, solution: Solution, case_dir: Path, scenario: str, monitor: RunMonitor
) -> FuturePlan | None:
    """Return the plan of one future: its whole numbers in the answer, all else decided anew in its own case.

    Nothing is proved of it alone: its stages claim nothing.
    """
    form, future, point = solution.form, uncertain.futures[number], solution.point
    assert point is not None
    assert solution.baseline is not None
    own, integer = form.futures[number], form.compiled.program.integer
    numbers = {
        name: round(float(point[place]))
        for name, place in zip(own.names, own.places.tolist(), strict=True)
        if integer[place] and point[place] > 0.5
    }
    objectives = future.case.settings.question.objectives
    signs = {name: -1.0 if OBJECTIVES[name].sense == "maximise" else 1.0 for name in objectives}
    values = {
        name: signs[name] * form.future_values(name, point, solution.baseline.node_meur)[number] for name in objectives
    }
    floors = {name: values[name] for name in objectives[:-1]}
    with Session(future.case) as session:
        alone = session.finish(IntegerPlan(numbers), floors=floors, monitor=monitor)
        if not alone.has_plan:
            return None
        assert alone.point is not None
        assert alone.baseline is not None
        stages = list[ObjectiveResult]()
        for name in objectives:
            value = alone.form.objective_value(name, alone.point, alone.baseline.node_meur)
            stages.append(unproved(alone.form.objective(name), "limit").model_copy(update={"plan_value": value}))
        told = (
            f"one of {len(uncertain.futures)} futures ({future.name}, probability {future.probability:g}), which share "
            "their first stage (sites, who runs them, grid steps): what is proved holds for all of them together"
        )
        alone = replace(alone, status="limit", message=told, stages=tuple(stages))
        provenance = provenance_of(future.case, case_dir, scenario, uncertain.settings[future.name])
        plan = extract(future.case, alone, provenance)
    lost = {column for column in form.lost[number].tolist() if point[column] > 0.5}
    given_up = tuple(name for name, column in form.decided.items() if column in lost)
    own_values = {stage.objective: stage.plan_value for stage in stages}
    return FuturePlan(future, own_values, given_up, plan, audit(future.case, plan))
