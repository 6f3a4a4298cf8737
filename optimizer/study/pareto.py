"""Fronts between objectives: what more of one costs in the others, point by point, each with its proved gap.

Epsilon constraints, augmented (AUGMECON: Mavrotas, 2009; Mavrotas and Florios, 2013): the first objective is sought
while the others are kept at levels between the worst and the best that they are worth having, and what is left below a
level counts a little, so that no point is found that another beats. A plan that keeps the next level too is not sought
again.
All points share the cuts of one session.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from models.case import Array, Case
from models.settings import OBJECTIVES, Levels
from optimizer.benders.master_problem import Incumbent, MasterProblem, SearchEnded, evaluate_candidate
from optimizer.benders.solve_objective import solve_objective
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import Objective
from optimizer.session import Session

AUGMENTATION = 1e-3
"""What the whole range of another objective counts, as a share of the first one's."""
EQUAL = 1e-9
"""Relative difference of two values of one plan."""


@dataclass(frozen=True)
class Point:
    """A plan on the way to the front."""

    values: tuple[float, ...]
    """Of every objective, as people read it."""
    bound: float
    """Proved of the first objective among plans that are no worse in the others."""
    gap_share: float
    """|bound - value| / max(|value|, 1) of the first objective."""
    status: str
    """solved to the gap asked for, or stopped at a limit."""
    sites: tuple[str, ...]
    """Sites with new halls."""
    numbers: tuple[tuple[str, int], ...]
    """Its whole numbers by name of column; those that are 0 are left out."""


@dataclass(frozen=True)
class Front:
    """The points that no other beats, from the best of the first objective on."""

    over: tuple[str, ...]
    points: tuple[Point, ...]
    dominated: int
    """Points found that another one beat, and that were dropped."""
    unsolved: tuple[str, ...]
    """Levels at which nothing was found, and why."""

    @property
    def frame(self) -> pd.DataFrame:
        """The points as a table: objectives; `bound`, `gap`, `gap_share` of the first; `status`, `sites`, `equal_to`.

        `equal_to` names an earlier point that differs from this one by no more than the gap in every objective.
        """
        frame = pd.DataFrame([each.values for each in self.points], columns=[*self.over])
        frame.insert(0, "point", np.arange(1, len(frame) + 1))
        frame["bound"] = [each.bound for each in self.points]
        frame["gap"] = [abs(each.bound - each.values[0]) for each in self.points]
        frame["gap_share"] = [each.gap_share for each in self.points]
        frame["status"] = [each.status for each in self.points]
        frame["sites"] = [" ".join(each.sites) for each in self.points]
        equal = [self._equal_to(place) for place in range(len(self.points))]
        frame["equal_to"] = pd.array(equal, dtype="Int64")
        return frame

    def _equal_to(self, place: int) -> int | None:
        """Return the number of the first earlier point within the gap of one."""
        mine = self.points[place]
        for number, other in enumerate(self.points[:place], 1):
            share = max(mine.gap_share, other.gap_share)
            pairs = zip(mine.values, other.values, strict=True)
            if all(abs(a - b) <= share * max(abs(a), abs(b), EQUAL) for a, b in pairs):
                return number
        return None


def asking(case: Case, over: Sequence[str]) -> Case:
    """Return the case with some objectives and no levels; raises ValueError unless two or three are known."""
    unknown = [name for name in over if name not in OBJECTIVES]
    if unknown:
        raise ValueError(f"no objective {', '.join(unknown)}: there are {', '.join(OBJECTIVES)}")
    if len(over) not in (2, 3) or len(set(over)) != len(over):
        raise ValueError("a front is over two or three objectives, each once")
    question = case.settings.question.model_copy(update={"objectives": tuple(over), "levels": Levels()})
    return replace(case, settings=case.settings.model_copy(update={"question": question}))


def front_of(
    case: Case,
    over: Sequence[str],
    points: int,
    monitor: RunMonitor | None = None,
    cluster: str | None = None,
    found: Callable[[Point], None] = lambda _: None,
) -> Front:
    """Return the front of a case over two or three objectives, of so many levels of each but the first.

    Each point is searched to `solve.gap_share`, at most `solve.time_limit_seconds` long. An end asked for through the
    monitor leaves the points found by then. Raises SearchEnded where there is no plan at all, ValueError where a front
    over these objectives is none or `points` is below 2.
    """
    if points < 2:
        raise ValueError("a front has at least two points")
    monitor = monitor or RunMonitor()
    asked = asking(case, over)
    with Session(asked, cluster) as session:
        master = session.master(monitor, time.perf_counter())
        return _Search(master, tuple(over), points, found).front()


class _Search:
    """The points of a front, sought one after the other with the cuts of those before."""

    def __init__(
        self, master: MasterProblem, over: tuple[str, ...], points: int, found: Callable[[Point], None]
    ) -> None:
        self.master, self.over, self.count, self.found = master, over, points, found
        self.objectives = [master.form.objective(name) for name in over]
        self.plans: list[Incumbent] = []
        self.points: list[Point] = []
        self.unsolved: list[str] = []

    def front(self) -> Front:
        """Return the front: the ends of every objective, then level by level."""
        table = self._payoffs()
        best, worst = table.min(axis=0), table.max(axis=0)
        self.ranges = np.maximum(worst - best, EQUAL * np.maximum(np.abs(worst), 1.0))
        steps = [np.linspace(high, low, self.count) for low, high in zip(best[1:], worst[1:], strict=True)]
        for outer in product(*steps[1:]):
            self._sweep(steps[0], outer)
        kept = undominated(self.points, self._signs())
        return Front(self.over, tuple(kept), len(self.points) - len(kept), tuple(self.unsolved))

    def _payoffs(self) -> Array:
        """Return the values (to be minimised) of each objective's best plan, the others sought after it in turn."""
        rows = []
        for place in range(len(self.over)):
            order = [place, *(each for each in range(len(self.over)) if each != place)]
            plan: Incumbent | None = None
            self.master.epsilon_constraints = []
            for each in order:
                objective = self.objectives[each]
                plan = self._solve(objective, plan)[0]
                self.master.add_objective_bound(objective, plan.value)
            assert plan is not None
            self.plans.append(plan)
            rows.append(self._values(plan))
        return np.array(rows)

    def _sweep(self, levels: Array, outer: Sequence[float]) -> None:
        """Seek a point at every level of the second objective, the loosest first, the third being kept at its level."""
        plan: Incumbent | None = None
        for level in levels:
            if self.master.monitor.stopped():
                return
            kept = (level, *outer)
            if plan is not None and self._keeps(plan, kept):
                continue  # the plan of the level before is the best of this one too
            try:
                plan = self._point(np.array(kept))
            except SearchEnded as stop:
                self._say(kept, str(stop))
                if stop.status == "infeasible":
                    return  # nor is there a plan at a tighter level
                plan = None

    def _point(self, levels: Array) -> Incumbent:
        """Seek the best plan of the first objective at levels of the others, and note it."""
        self.master.epsilon_constraints = []
        for objective, level in zip(self.objectives[1:], levels.tolist(), strict=True):
            self.master.add_objective_bound(objective, level)
        weights = AUGMENTATION * self.ranges[0] / self.ranges[1:]
        augmented = self._augmented(weights, levels)
        known = [evaluate_candidate(self.master, augmented, each.decisions) for each in self._nearest(levels)]
        best = min((each for each in known if each is not None), key=lambda each: each.value, default=None)
        plan, bound, status = self._solve(augmented, best)
        values = self._values(plan)
        # whoever is no worse in the others than this plan is at most as much below their levels
        own = bound + float(weights @ (levels - values[1:]))
        gap = abs(values[0] - own) / max(abs(values[0]), 1.0)
        signs, numbers = self._signs(), self._numbers(plan)
        sites = sorted({name.partition("[")[2].partition(",")[0] for name, _ in numbers if name.startswith("sizing.")})
        read = tuple((signs * values).tolist())
        point = Point(read, float(signs[0] * own), gap, status, tuple(sites), numbers)
        self.plans.append(plan)
        self.points.append(point)
        self.found(point)
        return plan

    def _solve(self, objective: Objective, known: Incumbent | None) -> tuple[Incumbent, float, str]:
        """Return the best plan of an objective under the levels set, its bound (to be minimised) and its status."""
        self.master.began = time.perf_counter()  # every point has the time of a run
        plan, stage = solve_objective(self.master, objective, known)
        return plan, objective.sign * stage.bound, stage.status

    def _augmented(self, weights: Array, levels: Array) -> Objective:
        """Return the first objective with a little of what the others are below their levels."""
        first, others = self.objectives[0], self.objectives[1:]
        cost = first.cost + sum(weight * other.cost for weight, other in zip(weights, others, strict=True))
        rests = np.array([other.constant for other in others]) - levels
        return replace(first, cost=cost, constant=first.constant + float(weights @ rests))

    def _nearest(self, levels: Array) -> Iterator[Incumbent]:
        """Yield the plans known that break the levels least: the first of them may be moved to keep them."""
        over = [np.maximum((self._values(plan)[1:] - levels) / self.ranges[1:], 0.0).sum() for plan in self.plans]
        for place in np.argsort(over, kind="stable")[:2]:
            yield self.plans[place]

    def _keeps(self, plan: Incumbent, levels: Sequence[float]) -> bool:
        values = self._values(plan)[1:]
        return bool((values <= np.array(levels) + EQUAL * np.maximum(np.abs(levels), 1.0)).all())

    def _values(self, plan: Incumbent) -> Array:
        """Return the values of a plan, to be minimised."""
        return np.array([self.master.value(each, plan.decisions, plan.results) for each in self.objectives])

    def _signs(self) -> Array:
        return np.array([each.sign for each in self.objectives])

    def _numbers(self, plan: Incumbent) -> tuple[tuple[str, int], ...]:
        program = self.master.decomposition.master
        whole = np.flatnonzero(program.integer & (np.round(plan.decisions) != 0))
        return tuple((program.column_names[each], int(np.round(plan.decisions[each]))) for each in whole.tolist())

    def _say(self, levels: Sequence[float], why: str) -> None:
        signs = self._signs()[1:]
        kept = ", ".join(
            f"{name} {'>=' if sign < 0 else '<='} {sign * level:,.6g}"
            for name, sign, level in zip(self.over[1:], signs, levels, strict=True)
        )
        self.unsolved.append(f"{kept}: {why}")


def undominated(points: Sequence[Point], signs: Array) -> list[Point]:
    """Return the points that no other is as good as in everything and better in something, the first's best first."""
    values = [signs * np.array(point.values) for point in points]
    kept: list[int] = []
    for place, mine in enumerate(values):
        slack = EQUAL * np.maximum(np.abs(mine), 1.0)
        beaten = any(
            (other <= mine + slack).all() and ((other < mine - slack).any() or number < place)
            for number, other in enumerate(values)
            if number != place
        )
        if not beaten:
            kept.append(place)
    return [points[place] for place in sorted(kept, key=lambda each: tuple(values[each]))]
