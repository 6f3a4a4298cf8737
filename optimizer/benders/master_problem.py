"""The master problem of a search: every decision, and the cuts by which the days' dispatch prices them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from models.plan import ObjectiveResult
from optimizer.benders.cuts import CutPool, Kind, cut_rows
from optimizer.benders.decomposition import Decomposition
from optimizer.benders.dispatch import CancelToken, SubproblemEvaluation
from optimizer.benders.solution import SearchStatus
from optimizer.benders.subproblem import DailyResults
from optimizer.monitor.checkpoint import Checkpoint
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.extensive_form import ExtensiveForm, Objective
from optimizer.program.linear_program import LinearProgram
from optimizer.program.two_stage import tail_cost
from optimizer.solver.highs import OutOfTime, Relaxation
from optimizer.solver.solve_result import SolveResult, largest_within_gap, relative_gap

MAX_ITERATIONS = 60
"""Most rounds of pricing the days in one place; convergence is checked, so this only stops a fault."""
EPSILON_CONSTRAINT_TOLERANCE = 1e-6
"""Least slack left to a goal already reached, so that rounding does not make the next stage infeasible."""
LEAST_SECONDS = 120.0
"""Time that one programme has at least in which the days of a plan found are priced, so that no plan is lost to it."""
CAP_TOLERANCE = 1e-7
"""Share of its size by which a cap on emissions may be exceeded in the search."""
RECORD_TOLERANCE = 1e-4
"""Share of its size by which the emissions of every day of the record may exceed a cap that the model's days keep."""
SEARCH_KINDS: tuple[Kind, ...] = ("cost", "account", "feasibility")
"""Cuts that a search adds."""


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
    """The best decisions found for an objective."""

    decisions: Array
    results: list[SubproblemEvaluation]
    value: float
    minimised: str = ""
    """The objective that is least here among all decisions with the same whole numbers, if that is known."""


@dataclass(frozen=True)
class EpsilonConstraint:
    """An objective already reached, to be kept by those that come after it."""

    name: str
    coefficients: Array
    """Over the master's columns."""
    highest: float


@dataclass(frozen=True)
class Root:
    """The relaxation of an objective: its bound and its point."""

    objective: str
    bound: float
    decisions: Array


@dataclass
class MasterProblem:
    """The master problem as it grows during a search."""

    decomposition: Decomposition
    monitor: RunMonitor
    began: float
    baseline_meur: Array
    """Operating cost of each node without new data centres, MEUR a year."""
    pool: CutPool = field(default_factory=CutPool)
    epsilon_constraints: list[EpsilonConstraint] = field(default_factory=list)
    finishing: bool = False
    """Whether what remains is short and must not be lost to the time limit."""
    reserved: float = 0.0
    """Seconds kept for the objectives still to come."""
    time_limited: dict[str, None] = field(default_factory=dict)
    """What the clock cut short: with more time, or a faster machine, another plan may be found."""
    unmet_target: str = ""
    """Which stated level no plan was found for, in words."""
    gap_factor: float = 1.0
    """Share of the gap asked for to which an objective is searched."""
    stages: list[ObjectiveResult] = field(default_factory=list)
    """The results of the objectives already worked on."""
    final_results: list[SubproblemEvaluation] = field(default_factory=list)
    """The nodes of the plan that was finished, ..."""
    final_days: list[DailyResults] = field(default_factory=list)
    """... and their days."""
    root: Root | None = None
    """The relaxation of the first objective where it is known, ..."""
    on_root: Callable[[Root], None] = lambda _: None
    """... and who is told where it was not."""

    @property
    def form(self) -> ExtensiveForm:
        """Return the extensive form that was cut."""
        return self.decomposition.form

    @property
    def seconds(self) -> float:
        """Return the wall time since the question was put."""
        return time.perf_counter() - self.began

    @property
    def time_remaining(self) -> float:
        """Return the seconds left of the time limit, less what is reserved."""
        limit = self.form.case.settings.solve.time_limit_seconds
        return limit - self.seconds - self.reserved

    @property
    def token(self) -> CancelToken:
        """Return who waits for the days: whoever watches, until the time is up."""
        return CancelToken(lambda: self.monitor.stopped() or (self.time_remaining <= 0 and not self.finishing))

    def gap(self, objective: str) -> float:
        """Return the relative gap at which an objective is reached; rounding leaves no smaller one."""
        return max(self.form.case.settings.solve.gap_of(objective) * self.gap_factor, EPSILON_CONSTRAINT_TOLERANCE)

    def add_cuts(self, decisions: Array, results: Sequence[SubproblemEvaluation]) -> None:
        """Keep what the nodes at decisions prove."""
        self.pool.add(self.decomposition.cuts(decisions, results))

    def satisfies_full_year_caps(self, decisions: Array, results: Sequence[SubproblemEvaluation]) -> bool:
        """Tell whether decisions keep the caps with the accounts of every day of the record; keep cuts if not."""
        point = decisions.copy()
        point[self.decomposition.totals] = self.decomposition.account_totals(results)
        if self.satisfies_caps(point, RECORD_TOLERANCE):
            return True
        self.pool.add(self.decomposition.full_year_cuts(decisions, results))
        return False

    def vector(self, objective: Objective) -> Array:
        """Return an objective's coefficients over the master's columns, yearly accounts in the unit of a year."""
        cost = np.zeros(len(self.decomposition.master.lower))
        cost[: self.form.investments] = objective.cost * self.decomposition.scale
        if objective.name in self.decomposition.tails:
            columns = self.decomposition.tails[objective.name][1]
            cost[columns] = tail_cost([share for share, *_ in objective.futures], self.form.risk)
        return cost

    def program(self, objective: Objective) -> LinearProgram:
        """Return the master for an objective, with all cuts and epsilon constraints."""
        parts = self.decomposition
        program = replace(parts.master, cost=self.vector(objective), offset=objective.constant)
        if not self.uses_operating_cost(objective):
            lower, upper = program.lower.copy(), program.upper.copy()
            lower[parts.operating] = upper[parts.operating] = 0.0
            program = program.with_bounds(lower, upper)
        if self.epsilon_constraints:
            matrix = sparse.csr_array(np.array([each.coefficients for each in self.epsilon_constraints]))
            highest = np.array([each.highest for each in self.epsilon_constraints])
            names = [f"{each.name}_reached" for each in self.epsilon_constraints]
            program = program.with_rows(matrix, np.full(len(highest), -np.inf), highest, names)
        matrix, lower, upper = self.cut_rows(objective, 0, ("full year", *SEARCH_KINDS))
        return program.with_rows(matrix, lower, upper, [f"cut[{number}]" for number in range(matrix.shape[0])])

    def uses_operating_cost(self, objective: Objective) -> bool:
        """Tell whether the days' costs matter to an objective or to one already reached."""
        operating = self.decomposition.operating
        kept = (each.coefficients[operating].any() for each in self.epsilon_constraints)
        return bool(objective.cost[operating].any()) or any(kept)

    def cut_rows(
        self, objective: Objective, since: int, kinds: Sequence[Kind] = SEARCH_KINDS
    ) -> tuple[sparse.csr_array, Array, Array]:
        """Return the rows of the cuts from a number on that matter to an objective: matrix, lower and upper limits."""
        parts = self.decomposition
        wanted = [kind for kind in kinds if kind != "cost" or self.uses_operating_cost(objective)]
        cuts = self.pool.of(wanted, since)
        quantity, offset = [], []
        for cut in cuts:
            offset.append(self.baseline_meur[cut.node] if cut.kind == "cost" else 0.0)
            if cut.kind == "cost":
                quantity.append(int(parts.operating[cut.node]))
            elif cut.kind == "account":
                quantity.append(parts.part_column(cut.node, cut.part))
            else:
                quantity.append(-1 if cut.kind == "feasibility" else int(parts.totals[cut.node, cut.part]))
        return cut_rows(cuts, quantity, offset, len(parts.master.lower))

    def complete_solution(
        self, decisions: Array, results: Sequence[SubproblemEvaluation], *, least: bool = False
    ) -> Array:
        """Return decisions with operating cost and accounts of their nodes; the `least` ones as far as proved."""
        point, parts = decisions.copy(), self.decomposition
        costs = np.array([result.bound.value if least else result.cost_meur for result in results])
        point[parts.operating] = np.nan_to_num(costs - self.baseline_meur, posinf=0.0, neginf=0.0)
        point[parts.part_columns()] = np.concatenate([each.accounts.value for each in results])
        point[parts.totals] = parts.account_totals(results)
        return parts.with_tails(point)

    def value(
        self,
        objective: Objective,
        decisions: Array,
        results: Sequence[SubproblemEvaluation],
        *,
        least: bool = False,
    ) -> float:
        """Return the true value of an objective (to be minimised) at decisions whose nodes are known."""
        point = self.complete_solution(decisions, results, least=least)
        return float(self.vector(objective) @ point) + objective.constant

    def satisfies_bounds(
        self,
        decisions: Array,
        results: Sequence[SubproblemEvaluation],
        *,
        least: bool = False,
        tolerance: float = CAP_TOLERANCE,
    ) -> bool:
        """Tell whether decisions keep the caps and every objective reached, each cut being kept to 1e-6."""
        point, operating = self.complete_solution(decisions, results, least=least), self.decomposition.operating
        slack = max(EPSILON_CONSTRAINT_TOLERANCE, tolerance)
        return self.satisfies_caps(point, tolerance) and all(
            each.coefficients @ point
            <= each.highest
            + slack * max(abs(each.highest), 1.0)
            + EPSILON_CONSTRAINT_TOLERANCE * np.abs(each.coefficients[operating]).sum()
            for each in self.epsilon_constraints
        )

    def satisfies_caps(self, point: Array, tolerance: float = CAP_TOLERANCE) -> bool:
        """Tell whether a point with its true accounts keeps the rows that limit them, to a share of their size."""
        master = self.decomposition.master
        capped = np.unique(master.matrix[:, self.decomposition.totals.ravel()].tocoo().coords[0])
        matrix = master.matrix[capped]
        size = np.maximum(1.0, abs(matrix) @ np.abs(point))
        over, under = matrix @ point - master.row_upper[capped], master.row_lower[capped] - matrix @ point
        return bool(np.all(over <= tolerance * size) and np.all(under <= tolerance * size))

    def add_objective_bound(self, objective: Objective, highest: float) -> None:
        """Keep an objective at or below a value (to be minimised) from now on, but for rounding."""
        slack = EPSILON_CONSTRAINT_TOLERANCE * max(abs(highest), 1.0)
        bound = EpsilonConstraint(objective.name, self.vector(objective), highest - objective.constant + slack)
        self.epsilon_constraints.append(bound)

    @property
    def floors(self) -> dict[str, float]:
        """Return the level that each objective reached keeps for those after it, as people read it."""
        followed = self.form.case.settings.question.objectives[:-1]
        kept = [(self.form.objective(each.name), each) for each in self.epsilon_constraints if each.name in followed]
        return {each.name: objective.sign * (each.highest + objective.constant) for objective, each in kept}

    def level(self, objective: Objective, stage: ObjectiveResult, value: float) -> float:
        """Return the highest value (to be minimised) of an objective that later goals have to keep.

        It is what the scenario states, or hangs on the bound of the relaxation, which no luck of a search moves. Where
        the plan found is worse than that it hangs on the bound proved; where it is worse still, it is the level itself.
        """
        question = self.form.case.settings.question
        stated = getattr(question.levels, objective.name)
        if stated is not None:
            return float(objective.sign * stated)
        hung = (self.hung_on(objective.sign * bound) for bound in (stage.root_bound, stage.bound))
        return next((level for level in hung if value <= level), value)

    def hung_on(self, bound: float) -> float:
        """Return the highest value (to be minimised) that gives up no more of a bound than the scenario allows."""
        share = max(self.form.case.settings.question.tolerance_share, EPSILON_CONSTRAINT_TOLERANCE)
        return largest_within_gap(bound, share)

    def save_checkpoint(
        self, objective: Objective, decisions: Array, bound: float, root: float, dispatched: bool = True
    ) -> None:
        """Hand a better plan to whoever watches."""
        self.monitor.on_checkpoint(Checkpoint(tuple(self.stages), objective.name, decisions, dispatched, bound, root))

    def report_progress(self, objective: Objective, incumbent: float, bound: float, note: str) -> None:
        """Report progress in the terms of people."""
        known = [objective.sign * each if np.isfinite(each) else None for each in (incumbent, bound)]
        gap = relative_gap(incumbent, bound)
        self.monitor.report(
            Progress(
                stage=objective.name,
                seconds=self.seconds,
                incumbent=known[0],
                bound=known[1],
                gap=gap if np.isfinite(gap) else None,
                note=note,
            )
        )


class Reoptimisation:
    """The linear programme of an objective that is left with the integers fixed, solved anew as the days add cuts."""

    def __init__(self, master: MasterProblem, objective: Objective, point: Array) -> None:
        """Fix the integers at those of a point."""
        self._master, self._objective, self._known = master, objective, len(master.pool)
        self._left = Relaxation(master.program(objective).with_fixed_integers(point), master.monitor)

    def solve(self, seconds: float) -> SolveResult:
        """Return the optimum over all cuts that the master problem has now, from the last basis."""
        master = self._master
        self._left.add(*master.cut_rows(self._objective, self._known))
        self._known = len(master.pool)
        return self._left.run(seconds)


def evaluate_candidate(
    master: MasterProblem, objective: Objective, decisions: Array, left: Reoptimisation | None = None
) -> Incumbent | None:
    """Dispatch the days at decisions and keep their cuts; None if limits are missed or an objective reached is lost.

    Where yearly accounts or costs turn out to be others than the master thought, the decisions that are no integers
    move until both agree: by what is `left` with these integers fixed, if that was solved before.
    """
    try:
        return _evaluated(master, objective, decisions, left)
    except OutOfTime:
        if master.finishing:
            raise
        master.time_limited[objective.name] = None
        return None


def _evaluated(
    master: MasterProblem, objective: Objective, decisions: Array, left: Reoptimisation | None
) -> Incumbent | None:
    parts = master.decomposition
    integer = parts.master.integer
    point = np.where(integer, np.round(decisions), decisions)
    for _ in range(MAX_ITERATIONS):
        results = parts.accounts(point)
        if master.satisfies_caps(master.complete_solution(point, results)):
            results = parts.evaluate(point, master.token)
            master.add_cuts(point, results)
            if not any(result.missed for result in results) and master.satisfies_bounds(point, results):
                return Incumbent(
                    master.complete_solution(point, results), results, master.value(objective, point, results)
                )
        else:
            master.add_cuts(point, results)
        left = left or Reoptimisation(master, objective, point)
        outcome = left.solve(max(LEAST_SECONDS, master.time_remaining))
        if outcome.values is None:
            return None
        point = np.where(integer, point, outcome.values)
    return None
