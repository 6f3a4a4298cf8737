"""The master of a search: every decision, and the planes by which the days' dispatch prices them."""

import time
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from models.plan import Stage
from optimizer.solve.build import Assembly, Goal
from optimizer.solve.checkpoint import Checkpoint
from optimizer.solve.outcome import Outcome, relative_gap
from optimizer.solve.program import Program
from optimizer.solve.solution import Ending
from optimizer.solve.split import DayResult, Plane, Split
from optimizer.solve.watch import Progress, Watch

ROUNDS = 60
"""Most rounds of pricing the days in one place; convergence is checked, so this only stops a fault."""
FLOOR_SHARE = 1e-6
"""Least slack left to a goal already reached, so that rounding does not make the next stage infeasible."""
SMALLEST_SLOPE = 1e-9
"""Smaller slopes of a plane (MEUR per MW) are dropped: no decision is large enough for them to matter."""


class Stopped(Exception):
    """The search ended before it had what it was looking for."""

    def __init__(self, status: Ending, message: str) -> None:
        super().__init__(message)
        self.status: Ending = status


def stopped_by(outcome: Outcome, extent: str = "") -> Stopped:
    """Return the end of a search that an outcome without a point brings."""
    if outcome.status == "infeasible":
        return Stopped("infeasible", f"no plan keeps every rule{extent}")
    if outcome.status in ("unbounded", "failed", "interrupted"):
        return Stopped(outcome.status, outcome.words)
    return Stopped("limit", f"no plan was found: {outcome.words}")


@dataclass
class Incumbent:
    """The best decisions found for a goal."""

    decisions: Array
    results: list[DayResult]
    value: float


@dataclass
class Master:
    """The master as it grows during a search."""

    assembly: Assembly
    parts: Split
    watch: Watch
    began: float
    baseline: Array
    """The master's columns without new data centres."""
    shared: np.ndarray[tuple[int], np.dtype[np.int64]]
    """Columns by which the days share the reservoirs."""
    planes: list[tuple[int, Plane]] = field(default_factory=list)
    lacks: list[Plane] = field(default_factory=list)
    floors: list[tuple[Array, float, str]] = field(default_factory=list)
    """Goals already reached: cost vector over the master, highest value, name."""
    base: Array = field(default_factory=lambda: np.zeros(0))
    stages: list[Stage] = field(default_factory=list)
    """The records of the objectives already worked on."""

    @property
    def left(self) -> float:
        """Return the seconds left."""
        return self.assembly.case.scenario.solve.time_limit_seconds - (time.perf_counter() - self.began)

    @property
    def gap(self) -> float:
        """Return the relative gap at which a goal is reached; rounding leaves no smaller one."""
        return max(self.assembly.case.scenario.solve.gap_share, FLOOR_SHARE)

    def price(self, results: list[DayResult]) -> None:
        """Keep what the days say of their cost."""
        self.planes += list(enumerate(result.plane for result in results))
        self.lacks += [result.lack_plane for result in results if result.lack_plane is not None]

    def vector(self, goal: Goal) -> Array:
        """Return a goal's coefficients over the master, the days' cost columns included."""
        return np.concatenate([goal.cost[self.parts.master_columns], goal.day_weights])

    def program(self, goal: Goal) -> Program:
        """Return the master for a goal, with all planes and floors."""
        program = replace(self.parts.master, cost=self.vector(goal), offset=goal.constant)
        if not self.priced(goal):
            days = len(self.parts.master_columns)
            lower, upper = program.lower.copy(), program.upper.copy()
            lower[days:] = upper[days:] = 0.0
            program = program.with_bounds(lower, upper)
        if self.floors:
            matrix = sparse.csr_array(np.array([vector for vector, _, _ in self.floors]))
            highest = np.array([limit for _, limit, _ in self.floors])
            names = [f"{name}_reached" for _, _, name in self.floors]
            program = program.with_rows(matrix, np.full(len(highest), -np.inf), highest, names)
        matrix, lower, upper = self.rows(goal, 0, 0)
        return program.with_rows(matrix, lower, upper, [f"plane[{number}]" for number in range(matrix.shape[0])])

    def priced(self, goal: Goal) -> bool:
        """Tell whether the days' costs matter to a goal or to one already reached."""
        days = len(self.parts.master_columns)
        return bool(goal.day_weights.any()) or any(vector[days:].any() for vector, _, _ in self.floors)

    def rows(self, goal: Goal, planes: int, lacks: int) -> tuple[sparse.csr_array, Array, Array]:
        """Return the rows of the planes from the given numbers on: matrix, lower and upper limits."""
        days, width = len(self.parts.master_columns), len(self.parts.master.lower)
        new = self.planes[planes:] if self.priced(goal) else []
        lack = self.lacks[lacks:]
        matrix = np.zeros((len(new) + len(lack), width))
        lower, upper = np.full(len(matrix), -np.inf), np.full(len(matrix), np.inf)
        for row, (day, plane) in enumerate(new):
            matrix[row, :days], matrix[row, days + day] = -plane.slope, 1.0
            lower[row] = plane.value - self.base[day] - float(plane.slope @ plane.at)
        for row, plane in enumerate(lack, start=len(new)):
            matrix[row, :days] = plane.slope
            upper[row] = float(plane.slope @ plane.at) - plane.value
        matrix[np.abs(matrix) < SMALLEST_SLOPE] = 0.0
        return sparse.csr_array(matrix), lower, upper

    def added(self, results: list[DayResult]) -> Array:
        """Return what each day costs above the baseline, as its cost column counts it."""
        return np.array([result.cost for result in results]) - self.base

    def priced_point(self, decisions: Array, results: list[DayResult]) -> Array:
        """Return decisions with the true cost of their days in the cost columns."""
        return np.concatenate([decisions[: len(self.parts.master_columns)], self.added(results)])

    def value(self, goal: Goal, decisions: Array, results: list[DayResult]) -> float:
        """Return the true value of a goal (to be minimised) at decisions whose days were dispatched."""
        here = self.vector(goal)[: len(self.parts.master_columns)] @ decisions[: len(self.parts.master_columns)]
        return float(here) + float(goal.day_weights @ self.added(results)) + goal.constant

    def keeps(self, decisions: Array, results: list[DayResult]) -> bool:
        """Tell whether decisions whose days were dispatched keep every goal reached, each plane being kept to 1e-6."""
        point, days = self.priced_point(decisions, results), len(self.parts.master_columns)
        return all(
            vector @ point <= highest + FLOOR_SHARE * (max(abs(highest), 1.0) + np.abs(vector[days:]).sum())
            for vector, highest, _ in self.floors
        )

    def reach(self, goal: Goal, value: float, tolerance_share: float) -> None:
        """Keep a goal at a value (to be minimised) from now on, less a share of it that later goals may give up."""
        given_up = max(tolerance_share * abs(value), FLOOR_SHARE * max(abs(value), 1.0))
        self.floors.append((self.vector(goal), value - goal.constant + given_up, goal.name))

    def keep(self, goal: Goal, decisions: Array, bound: float, root: float, dispatched: bool = True) -> None:
        """Hand a better plan to whoever watches."""
        self.watch.keeper(Checkpoint(tuple(self.stages), goal.name, decisions, dispatched, bound, root))

    def say(self, goal: Goal, incumbent: float, bound: float, note: str) -> None:
        """Report progress in the terms of people."""
        known = [goal.sign * each if np.isfinite(each) else None for each in (incumbent, bound)]
        gap = relative_gap(incumbent, bound)
        self.watch.report(
            Progress(
                stage=goal.name,
                seconds=time.perf_counter() - self.began,
                incumbent=known[0],
                bound=known[1],
                gap=gap if np.isfinite(gap) else None,
                note=note,
            )
        )


def evaluate(master: Master, goal: Goal, decisions: Array) -> Incumbent | None:
    """Dispatch the days at decisions and keep their planes; None if load stays unserved or a goal reached is lost.

    A goal that does not price the days says nothing of how they share the reservoirs: they share them as without data
    centres, or, where that leaves load unserved, as the decisions say.
    """
    rounded = np.where(master.parts.master.integer, np.round(decisions), decisions)
    ways = [rounded]
    if not master.priced(goal):
        ways.insert(0, rounded.copy())
        ways[0][master.shared] = master.baseline[master.shared]
    for point in ways:
        results = master.parts.solve_days(point)
        master.price(results)
        if not any(result.lack_plane is not None for result in results) and master.keeps(point, results):
            return Incumbent(point, results, master.value(goal, point, results))
    return None


def incremental(assembly: Assembly, name: str) -> Goal:
    """Return a goal whose days count only what they cost above the baseline, as their cost columns do."""
    goal = assembly.goal(name)
    by_period = {period: weight for (period, _), weight in zip(assembly.blocks, goal.day_weights, strict=True)}
    base = sum(weight * assembly.model.dispatch.baseline_meur[period].value for period, weight in by_period.items())
    return replace(goal, constant=goal.constant + base)
