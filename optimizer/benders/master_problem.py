"""The master of a search: every decision, and the planes by which the days' dispatch prices them."""

import time
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from models.plan import ObjectiveResult
from optimizer.benders.budget_allocation import Bound
from optimizer.benders.decomposition import Cut, Decomposition
from optimizer.benders.dispatch import CancelToken, SubproblemEvaluation
from optimizer.benders.solution import SearchStatus
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.extensive_form import ExtensiveForm, Objective
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import OutOfTime, run_highs
from optimizer.solver.solve_result import SolveResult, largest_within_gap, relative_gap

MAX_ITERATIONS = 60
"""Most rounds of pricing the days in one place; convergence is checked, so this only stops a fault."""
FLOOR_SHARE = 1e-6
"""Least slack left to a goal already reached, so that rounding does not make the next stage infeasible."""
LEAST_SECONDS = 120.0
"""Time that one programme has at least in which the days of a plan found are priced, so that no plan is lost to it."""
CAP_TOLERANCE = 1e-7
"""Share of its size by which a cap on emissions may be exceeded in the search."""
RECORD_TOLERANCE = 1e-4
"""Share of its size by which the emissions of every day of the record may exceed a cap that the model's days keep."""
SMALLEST_SLOPE = 1e-9
"""Smaller slopes of a plane (MEUR per MW) are dropped: no decision is large enough for them to matter."""


class SearchEnded(Exception):
    """The search ended before it had what it was looking for."""

    def __init__(self, status: SearchStatus, message: str) -> None:
        super().__init__(message)
        self.status: SearchStatus = status


def search_ended_by(outcome: SolveResult, extent: str = "") -> SearchEnded:
    """Return the end of a search that an outcome without a point brings."""
    if outcome.status == "infeasible":
        return SearchEnded("infeasible", f"no plan keeps every rule{extent}")
    if outcome.status in ("unbounded", "failed", "interrupted"):
        return SearchEnded(outcome.status, outcome.message)
    return SearchEnded("limit", f"no plan was found: {outcome.message}")


@dataclass
class Incumbent:
    """The best decisions found for a goal."""

    decisions: Array
    results: list[SubproblemEvaluation]
    value: float


@dataclass
class MasterProblem:
    """The master as it grows during a search."""

    assembly: ExtensiveForm
    parts: Decomposition
    watch: RunMonitor
    began: float
    base: Array
    """Running cost of each period without new data centres, MEUR a year."""
    planes: list[tuple[int, Cut]] = field(default_factory=list)
    """Of the running cost of each period, ..."""
    accounts: list[tuple[int, int, Cut]] = field(default_factory=list)
    """... of the emissions of each period and zone, ..."""
    lacks: list[Cut] = field(default_factory=list)
    """... and of its load that cannot be served."""
    record: list[tuple[int, Cut]] = field(default_factory=list)
    """Of what each period would emit if its days were all those of the record."""
    floors: list[tuple[Array, float, str]] = field(default_factory=list)
    """Goals already reached: cost vector over the master, highest value, name."""
    finishing: bool = False
    """Whether what is left is short and must not be lost to the time limit."""
    reserved: float = 0.0
    """Seconds kept for the objectives still to come."""
    hurried: dict[str, None] = field(default_factory=dict)
    """What the clock cut short: with more time, or a faster machine, another plan may be found."""
    unreached: str = ""
    """Which stated level no plan was found for, in words."""
    nearer: float = 1.0
    """Share of the gap asked for to which a goal is searched."""
    stages: list[ObjectiveResult] = field(default_factory=list)
    """The records of the objectives already worked on."""
    delivered: list[SubproblemEvaluation] = field(default_factory=list)
    """The periods of the plan that was finished."""

    @property
    def left(self) -> float:
        """Return the seconds left of the time limit, less what is reserved."""
        limit = self.assembly.case.settings.solve.time_limit_seconds
        return limit - (time.perf_counter() - self.began) - self.reserved

    @property
    def watcher(self) -> CancelToken:
        """Return who waits for the days: whoever watches, until the time is up."""
        return CancelToken(lambda: self.watch.stopped() or (self.left <= 0 and not self.finishing))

    @property
    def gap(self) -> float:
        """Return the relative gap at which a goal is reached; rounding leaves no smaller one."""
        return max(self.assembly.case.settings.solve.gap_share * self.nearer, FLOOR_SHARE)

    def price(self, decisions: Array, results: list[SubproblemEvaluation]) -> None:
        """Keep what the periods at decisions say of their cost, emissions and lack."""
        for period, result in enumerate(results):
            if np.isfinite(result.bound.value):
                self.planes.append((period, self.parts.plane(period, result.bound, decisions)))
            for zone in np.unique(self.parts.zones[result.emission.slope != 0]).tolist():
                slope = np.where(self.parts.zones == zone, result.emission.slope, 0.0)
                bound = Bound(float(result.emission.value[zone]), slope)
                self.accounts.append((period, zone, self.parts.plane(period, bound, decisions)))
            if result.lack is not None:
                self.lacks.append(self.parts.plane(period, result.lack, decisions))

    def keeps_on_record(self, decisions: Array, results: list[SubproblemEvaluation]) -> bool:
        """Tell whether decisions keep the caps with the emissions of every day of the record; keep planes if not."""
        point = decisions.copy()
        point[self.parts.emitted] = np.array([result.emission.value.sum() for result in results]) / self.parts.days
        if self.within_caps(point, RECORD_TOLERANCE):
            return True
        for period, result in enumerate(results):
            bound = Bound(float(result.emission.value.sum()), result.emission.slope)
            self.record.append((period, self.parts.plane(period, bound, decisions)))
        return False

    def vector(self, goal: Objective) -> Array:
        """Return a goal's coefficients over the master, the running costs of the periods included."""
        weights = [goal.weights[period] for period in self.assembly.case.periods]
        return np.concatenate([goal.cost, weights, np.zeros(len(weights) * self.parts.hosts)])

    def program(self, goal: Objective) -> LinearProgram:
        """Return the master for a goal, with all planes and floors."""
        program = replace(self.parts.master, cost=self.vector(goal), offset=goal.constant)
        if not self.priced(goal):
            lower, upper = program.lower.copy(), program.upper.copy()
            lower[self.parts.costs] = upper[self.parts.costs] = 0.0
            program = program.with_bounds(lower, upper)
        if self.floors:
            matrix = sparse.csr_array(np.array([vector for vector, _, _ in self.floors]))
            highest = np.array([limit for _, limit, _ in self.floors])
            names = [f"{name}_reached" for _, _, name in self.floors]
            program = program.with_rows(matrix, np.full(len(highest), -np.inf), highest, names)
        for period, plane in self.record:
            row = np.zeros(len(program.lower))
            row[: self.parts.investments] = -plane.slope / self.parts.days[period]
            row[self.parts.emitted[period]] = 1.0
            least = (plane.value - float(plane.slope @ plane.at)) / self.parts.days[period]
            program = program.with_rows(sparse.csr_array(row[None]), np.array([least]), np.array([np.inf]), ["plane"])
        matrix, lower, upper = self.rows(goal, (0, 0, 0))
        return program.with_rows(matrix, lower, upper, [f"plane[{number}]" for number in range(matrix.shape[0])])

    def priced(self, goal: Objective) -> bool:
        """Tell whether the days' costs matter to a goal or to one already reached."""
        return any(goal.weights.values()) or any(vector[self.parts.costs].any() for vector, _, _ in self.floors)

    def known(self) -> tuple[int, int, int]:
        """Return how many planes there are of cost, of emissions and of lack."""
        return len(self.planes), len(self.accounts), len(self.lacks)

    def rows(self, goal: Objective, known: tuple[int, int, int]) -> tuple[sparse.csr_array, Array, Array]:
        """Return the rows of the planes from the given numbers on: matrix, lower and upper limits."""
        costs, width = self.parts.investments, len(self.parts.master.lower)
        new = self.planes[known[0] :] if self.priced(goal) else []
        accounts, lack = self.accounts[known[1] :], self.lacks[known[2] :]
        matrix = np.zeros((len(new) + len(accounts) + len(lack), width))
        lower, upper = np.full(len(matrix), -np.inf), np.full(len(matrix), np.inf)
        for row, (period, plane) in enumerate(new):
            matrix[row, :costs], matrix[row, costs + period] = -plane.slope, 1.0
            lower[row] = plane.value - self.base[period] - float(plane.slope @ plane.at)
        for row, (period, zone, plane) in enumerate(accounts, start=len(new)):
            matrix[row, :costs] = -plane.slope / self.parts.days[period]
            matrix[row, self.parts.zone_column(period, zone)] = 1.0
            lower[row] = (plane.value - float(plane.slope @ plane.at)) / self.parts.days[period]
        for row, plane in enumerate(lack, start=len(new) + len(accounts)):
            matrix[row, :costs] = plane.slope
            upper[row] = float(plane.slope @ plane.at) - plane.value
        matrix[np.abs(matrix) < SMALLEST_SLOPE] = 0.0
        return sparse.csr_array(matrix), lower, upper

    def priced_point(self, decisions: Array, results: list[SubproblemEvaluation], *, least: bool = False) -> Array:
        """Return decisions with the running costs and emissions of their periods; the `least` ones as far as proved."""
        point = decisions.copy()
        costs = [result.bound.value if least else result.cost_meur for result in results]
        point[self.parts.costs] = np.nan_to_num(np.array(costs) - self.base, posinf=0.0, neginf=0.0)
        point[self.parts.costs.stop :] = self.parts.emissions(results)
        point[self.parts.emitted] = np.array([result.emission.value.sum() for result in results]) / self.parts.days
        return point

    def value(
        self, goal: Objective, decisions: Array, results: list[SubproblemEvaluation], *, least: bool = False
    ) -> float:
        """Return the true value of a goal (to be minimised) at decisions whose periods are known."""
        return float(self.vector(goal) @ self.priced_point(decisions, results, least=least)) + goal.constant

    def keeps(
        self,
        decisions: Array,
        results: list[SubproblemEvaluation],
        *,
        least: bool = False,
        tolerance: float = CAP_TOLERANCE,
    ) -> bool:
        """Tell whether decisions keep the caps on emissions and every goal reached, each plane being kept to 1e-6."""
        point, costs = self.priced_point(decisions, results, least=least), self.parts.costs
        slack = max(FLOOR_SHARE, tolerance)
        return self.within_caps(point, tolerance) and all(
            vector @ point <= highest + slack * max(abs(highest), 1.0) + FLOOR_SHARE * np.abs(vector[costs]).sum()
            for vector, highest, _ in self.floors
        )

    def within_caps(self, point: Array, tolerance: float = CAP_TOLERANCE) -> bool:
        """Tell whether a point with its true emissions keeps the rows that limit them, to a share of their size."""
        master = self.parts.master
        capped = np.unique(master.matrix[:, self.parts.emitted].tocoo().coords[0])
        matrix = master.matrix[capped]
        size = np.maximum(1.0, abs(matrix) @ np.abs(point))
        return bool(np.all(matrix @ point - master.row_upper[capped] <= tolerance * size))

    def reach(self, goal: Objective, highest: float) -> None:
        """Keep a goal at or below a value (to be minimised) from now on, but for rounding."""
        slack = FLOOR_SHARE * max(abs(highest), 1.0)
        self.floors.append((self.vector(goal), highest - goal.constant + slack, goal.name))

    def level(self, goal: Objective, value: float, bound: float) -> float:
        """Return the highest value (to be minimised) of a goal that later goals have to keep.

        It hangs on the bound, or on what the scenario states, and not on the plan that the search happened to find;
        only where that plan is worse than the share allows, it is the level itself.
        """
        question = self.assembly.case.settings.question
        stated = getattr(question.levels, goal.name)
        if stated is not None:
            return float(goal.sign * stated)
        return max(value, largest_within_gap(bound, max(question.tolerance_share, FLOOR_SHARE)))

    def keep(self, goal: Objective, decisions: Array, bound: float, root: float, dispatched: bool = True) -> None:
        """Hand a better plan to whoever watches."""
        self.watch.on_checkpoint(Checkpoint(tuple(self.stages), goal.name, decisions, dispatched, bound, root))

    def say(self, goal: Objective, incumbent: float, bound: float, note: str) -> None:
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


def evaluate_candidate(master: MasterProblem, goal: Objective, decisions: Array) -> Incumbent | None:
    """Dispatch the days at decisions and keep their planes; None if load stays unserved or a goal reached is lost.

    Where emissions or costs turn out to be others than the master thought, the decisions that are no whole numbers move
    until both agree.
    """
    try:
        return _evaluated(master, goal, decisions)
    except OutOfTime:
        if master.finishing:
            raise
        master.hurried[goal.name] = None
        return None


def _evaluated(master: MasterProblem, goal: Objective, decisions: Array) -> Incumbent | None:
    integer = master.parts.master.integer
    point = np.where(integer, np.round(decisions), decisions)
    for _ in range(MAX_ITERATIONS):
        results = master.parts.accounts(point)
        if master.within_caps(master.priced_point(point, results)):
            results = master.parts.at(point, master.watcher)
            master.price(point, results)
            if not any(result.lack for result in results) and master.keeps(point, results):
                return Incumbent(master.priced_point(point, results), results, master.value(goal, point, results))
        else:
            master.price(point, results)
        program = master.program(goal).with_fixed_integers(point)
        outcome = run_highs(program, watch=master.watch, seconds=max(LEAST_SECONDS, master.left))
        if outcome.values is None:
            return None
        point = np.where(integer, point, outcome.values)
    return None


def objective_net_of_baseline(assembly: ExtensiveForm, name: str) -> Objective:
    """Return a goal whose days count only what they cost above the baseline, as their cost columns do."""
    goal = assembly.investment_objective(name)
    baseline = assembly.model.dispatch.baseline_meur
    base = sum(weight * baseline[period].value for period, weight in goal.weights.items())
    return replace(goal, constant=goal.constant + base)
