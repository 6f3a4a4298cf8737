"""Written plans compared: which inputs differ, what that did, and how much of it is due to which group of changes.

The shares come from plans of the cases in between, each with some groups of the other's changes, solved on one session.
What a difference of an objective may be is proved by the bounds of both; one that may be none is called none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from models.case import Case
from models.plan import Plan
from models.settings import OBJECTIVES
from optimizer.audit.objective import level
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.benders.master_problem import SearchEnded
from optimizer.case.faults import CaseRefused, Fault
from optimizer.extract.extract import extract
from optimizer.monitor.progress import percent
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.extensive_form import build_extensive_form
from optimizer.session import Session
from optimizer.solver.solve_result import relative_gap
from optimizer.study.attribution import EXACT_GROUPS, Coalition, coalitions, share_ranges, shares
from optimizer.study.changed_inputs import Group, Side, case_between, changes, groupings
from optimizer.study.comparison_figures import TOPICS, figures_of
from optimizer.study.measures import unstated
from optimizer.study.pool import ROUNDING
from optimizer.study.stress import broken_rule, whole_numbers

SEARCH = "the search"
"""Whose share a difference is where no input differs."""
OBJECTIVE_COLUMNS = ("objective", "unit", "first", "second", "difference", "least", "most", "none")
KEPT_COLUMNS = ("plan", "inputs", "objective", "unit", "value", "own", "worse", "equal", "why")


class NotBetween(Exception):
    """The groups do not make cases that have plans in between; the text says why."""


class Unpriced(Exception):
    """A plan cannot be priced under its own inputs; the text says why."""


@dataclass(frozen=True)
class Worth:
    """What a coalition of changes is worth: a plan's figures, and of every objective what is proved."""

    figures: "pd.Series[float]"
    ranges: Mapping[str, tuple[float, float]]
    """Objective -> lowest and highest number that its best value can be."""


@dataclass(frozen=True)
class Shares:
    """How much of a difference is due to each group (columns)."""

    groups: tuple[str, ...]
    figures: pd.DataFrame
    """Rows as the figures of plans."""
    least: pd.DataFrame
    """Rows are objectives: the least a share can be, as the bounds prove, ..."""
    most: pd.DataFrame
    """... and the most."""
    solved: int
    """Cases in between that were solved."""

    @property
    def exact(self) -> bool:
        """Tell whether every order of the groups was followed."""
        return len(self.groups) <= EXACT_GROUPS


@dataclass(frozen=True)
class Pair:
    """A plan beside the first one."""

    first: Side
    second: Side
    changes: pd.DataFrame
    figures: pd.DataFrame
    """Columns `first`, `second`, `difference`; rows as the figures of plans."""
    objectives: pd.DataFrame
    """The objectives of both: what the difference is, and can be as the bounds prove; whether it may be none."""
    shares: Shares | None = None
    kept: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*KEPT_COLUMNS]))
    """What either plan is worth under the other's inputs, its whole numbers kept."""
    notes: tuple[str, ...] = ()

    @property
    def none(self) -> bool:
        """Tell whether no objective of both is proved to differ."""
        return bool(self.objectives["none"].all())

    @property
    def equal(self) -> bool:
        """Tell whether either plan is as good as the other under both inputs, as far as the gaps asked for tell."""
        return len(self.kept) > 0 and bool(self.kept["equal"].all())


def ranges_of(plan: Plan) -> dict[str, tuple[float, float]]:
    """Return of every objective of a plan the lowest and the highest number that its best value can be."""
    return {
        stage.objective: (
            (min(stage.plan_value, stage.bound), max(stage.plan_value, stage.bound))
            if stage.claims
            else (-np.inf, np.inf)
        )
        for stage in plan.proof.stages
    }


def compared(first: Side, second: Side) -> Pair:
    """Return two plans compared, without anything that needs solving."""
    figures = pd.concat([figures_of(first.plan), figures_of(second.plan)], axis=1, keys=["first", "second"])
    figures = figures.fillna(0.0).sort_index(
        level="topic", sort_remaining=False, kind="stable", key=lambda topics: topics.map(TOPICS.index)
    )
    figures["difference"] = figures["second"] - figures["first"]
    one, other = ranges_of(first.plan), ranges_of(second.plan)
    values = [{each.objective: each.plan_value for each in side.plan.proof.stages} for side in (first, second)]
    rows = []
    for name in [name for name in one if name in other]:
        here, there = (each[name] for each in values)
        least, most = other[name][0] - one[name][1], other[name][1] - one[name][0]
        unit = OBJECTIVES[name].unit_in_full
        rows.append((name, unit, here, there, there - here, least, most, least <= 0 <= most))
    objectives = pd.DataFrame(rows, columns=[*OBJECTIVE_COLUMNS]).astype({"none": bool})
    notes = [f"The inputs of {side.name} are not what they were: {side.why}" for side in (first, second) if side.why]
    if first.plan.proof.versions != second.plan.proof.versions:
        notes.append("The plans were made by different versions of the program or its libraries.")
    if {*one} != {*other}:
        notes.append("The plans have other objectives; only those of both are compared.")
    return Pair(first, second, changes(first, second), figures, objectives, notes=tuple(notes))


def explained(pairs: Sequence[Pair], monitor: RunMonitor) -> list[Pair]:
    """Return pairs of plans with the shares of their differences, and what each plan is worth under other inputs.

    All is solved on one session. Where the inputs of a plan are not known, or an end is asked for, a pair stays as it
    is, with a note.
    """
    known = [pair for pair in pairs if pair.first.inputs is not None and pair.second.inputs is not None]
    if not known:
        return [*pairs]
    base = min((side for pair in known for side in (pair.first, pair.second)), key=lambda side: side.key)
    with Session(case_between(base, base, ())) as session:
        return [_explained(pair, session, monitor) if pair in known else pair for pair in pairs]


def _explained(pair: Pair, session: Session, monitor: RunMonitor) -> Pair:
    # one order of the sides, whichever is named first: what is found must not hang on that
    low, high = sorted((pair.first, pair.second), key=lambda side: side.key)
    sign = 1.0 if low is pair.first else -1.0
    notes, found = [*pair.notes], None
    try:
        cases = {side.name: case_between(side, side, ()) for side in (low, high)}
        plans = {side.name: whole_numbers(build_extensive_form(cases[side.name]), side.plan) for side in (low, high)}
        kept: dict[str, list[tuple[object, ...]]] = {low.name: [], high.name: []}
        for side, other in ((low, high), (high, low)):
            try:
                kept[side.name] = _kept(side, other, cases, plans, session, monitor)
            except Unpriced as why:
                notes.append(f"What plans are worth under the inputs of {side.name} is not known: {why}")
        for groups in groupings(pair.changes) if (pair.changes["part"] != "").any() else [()]:
            try:
                found = _shares(low, high, groups, [*plans.values()], session, monitor)
                break
            except NotBetween as why:
                notes.append(f"{why}: those changes are taken together.")
    except SearchEnded as stop:
        notes.append(f"What is due to which change is not known: {stop}.")
        return replace(pair, notes=tuple(notes))
    rows = [row for side in (pair.first, pair.second) for row in kept[side.name]]
    frame = pd.DataFrame(rows, columns=[*KEPT_COLUMNS]).astype({"equal": bool})
    if found is not None and sign < 0:
        found = Shares(found.groups, -found.figures, -found.most, -found.least, found.solved)
    return replace(pair, shares=found, kept=frame, notes=tuple(notes))


def _kept(
    side: Side,
    other: Side,
    cases: Mapping[str, Case],
    plans: Mapping[str, IntegerPlan],
    session: Session,
    monitor: RunMonitor,
) -> list[tuple[object, ...]]:
    """Return what the other's plan is worth under a side's inputs, beside the side's own plan: both priced alike."""
    stages = [stage for stage in side.plan.proof.stages if stage.claims]
    floors = {
        stage.objective: (min if stage.sense == "maximise" else max)(level(side.settings, stage), stage.plan_value)
        for stage in stages
    }
    bounds = {stage.objective: stage.bound for stage in stages}
    asked = [plans[side.name], plans[other.name]]
    priced = session.price(asked, cases[side.name], monitor, floors, bounds)
    rows = list[tuple[object, ...]]()
    for place, name in enumerate(priced.objectives):
        own, value = (float(each) for each in priced.values[:, place])
        before = f"misses the level of {priced.objectives[place - 1]}" if place else ""
        if np.isnan(own):
            why = before or broken_rule(cases[side.name], asked[0])
            raise Unpriced(f"as it is read back, {side.name} {why}")
        sign = -1.0 if OBJECTIVES[name].sense == "maximise" else 1.0
        worse, why = sign * (value - own), ""
        if np.isnan(value):
            why = before or broken_rule(cases[side.name], asked[1])
        gaps = [each.plan_gap_share for each in stages if each.objective == name]
        gap = max(side.settings.solve.gap_of(name), *gaps, ROUNDING)
        equal = not np.isnan(value) and relative_gap(value, priced.bounds[name]) <= gap
        rows.append((other.name, side.name, name, OBJECTIVES[name].unit_in_full, value, own, worse, equal, why))
        if why:
            break
    return rows


def _shares(
    low: Side, high: Side, groups: Sequence[Group], starts: Sequence[IntegerPlan], session: Session, monitor: RunMonitor
) -> Shares:
    """Return the shares of groups in how the high side differs from the low one; raises NotBetween, SearchEnded."""
    if not groups:
        alone = figures_of(high.plan).sub(figures_of(low.plan), fill_value=0.0)
        empty = pd.DataFrame(columns=[SEARCH])
        return Shares((SEARCH,), alone.to_frame(SEARCH), empty, empty, 0)
    ends = {
        frozenset[int](): Worth(figures_of(low.plan), ranges_of(low.plan)),
        frozenset(range(len(groups))): Worth(figures_of(high.plan), ranges_of(high.plan)),
    }
    between = [each for each in coalitions(len(groups)) if each not in ends]
    cases = {each: _between(low, high, groups, each) for each in between}  # refused before any is solved
    worth = dict(ends)
    year = partial(bool, low.plan.replay and high.plan.replay)
    for number, each in enumerate(between, 1):
        what = f"case {number} of {len(between)}, {_named(groups, each)}"
        begun = RunMonitor(partial(_report, monitor, what), monitor.stop)
        solution = session.solve(cases[each], begun, starts=starts, year=year)
        if monitor.stopped():
            raise SearchEnded("interrupted", "it was stopped")
        if solution.point is None:
            raise NotBetween(f"With {_named(groups, each)} alone there is no plan ({solution.status})")
        plan = extract(cases[each], solution, unstated(cases[each]))
        worth[each] = Worth(figures_of(plan), ranges_of(plan))
    names = [group.name for group in groups]
    in_order = [worth[each] for each in coalitions(len(groups))]
    common = [name for name in in_order[0].ranges if all(name in each.ranges for each in in_order)]
    lows, highs = ([{name: each.ranges[name][end] for name in common} for each in in_order] for end in (0, 1))
    least, most = share_ranges(lows, highs, names)
    return Shares(tuple(names), shares([each.figures for each in in_order], names), least, most, len(between))


def _report(monitor: RunMonitor, what: str, event: Progress) -> None:
    """Report how far one case in between is."""
    gap = f" {percent(event.gap)}" if event.gap is not None else ""
    monitor.report(Progress("between", event.seconds, note=f"{what}: {event.stage}{gap}"))


def _between(low: Side, high: Side, groups: Sequence[Group], joined: Coalition) -> Case:
    parts = {part for each in joined for part in groups[each].parts}
    try:
        return case_between(low, high, parts)
    except CaseRefused as refused:
        first: Fault = refused.faults[0]
        raise NotBetween(f"{_named(groups, joined)} alone do not fit the other's inputs ({first})") from None


def _named(groups: Sequence[Group], joined: Coalition) -> str:
    return " and ".join(groups[each].name for each in sorted(joined))
