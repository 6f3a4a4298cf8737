"""What limits are worth where a plan exists: each is moved by a tenth of itself, or left out, and the case solved anew.

First the whole numbers of the plan are kept (its sites, halls and steps): a linear programme, exact. Then all is free,
which ends with a gap, so a worth is an interval: from what the new plan proves at least to what the bound allows.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo

from models.case import Array
from optimizer.benders.master_problem import (
    MAX_ITERATIONS,
    Incumbent,
    MasterProblem,
    SearchEnded,
    evaluate_candidate,
    objective_net_of_baseline,
)
from optimizer.benders.solve_objective import solve_objective
from optimizer.explain.elastic import RelaxableLimit
from optimizer.explain.elastic_decomposition import ElasticDecomposition, with_program
from optimizer.explain.limits_money import TRANCHES
from optimizer.explain.ratio_bisection import is_held
from optimizer.explain.relaxable_limit import Input
from optimizer.program.compile import load_values
from optimizer.program.extensive_form import Objective
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import run_highs
from optimizer.solver.solve_result import relative_gap

STEP_SHARE = 0.1
"""Step of a limit, as a share of it: what limits of different units are ranked by."""
EXACT = 1e-6
"""Share of the objective to which it is known where the whole numbers are kept."""
SMALLEST_WORTH = 1e-7


@dataclass(frozen=True)
class ReferencePlan:
    """The plan from which worth is counted: decisions, and the interval that holds the best value (to be minimised)."""

    goal: Objective
    best: Incumbent
    bound: float
    proved: bool

    @property
    def value(self) -> float:
        """Return the goal's value as people read it."""
        return self.goal.sign * self.best.value


@dataclass(frozen=True)
class Step:
    """A limit moved by a share of itself, or several of one rule together."""

    rule: str
    moves: Mapping[int, float]
    """Lever, by number -> how far its input moves; nothing where the whole rule is left out."""
    used_up: bool
    """Whether the plan uses all that it allows."""
    most: float | None = None
    """Most that it can be worth, by the prices of the relaxation; None where they do not tell."""


@dataclass(frozen=True)
class Sensitivity:
    """What a step, or leaving a rule out, is worth: improvement of the objective."""

    step: Step
    inputs: tuple[Input, ...]
    """Those that move; none where the whole rule is left out."""
    kept: float | None
    """With the whole numbers of the plan kept, exact; None where that was not solved."""
    low: float
    """With all free: what is proved ..."""
    high: float | None
    """... and what is not excluded; None where nothing is."""
    ended: bool
    """Whether the search ended by itself, not at the limit of time."""


def reference_plan(problem: ElasticDecomposition, seconds: float) -> ReferencePlan:
    """Return the best plan for the first objective with every limit in place; raises SearchEnded without one."""
    master = within(problem.only(problem.master, ()), seconds)
    goal = objective_net_of_baseline(master.assembly, problem.case.settings.question.objectives[0])
    best, stage = solve_objective(master, goal, None)
    start = ReferencePlan(goal, best, goal.sign * stage.bound, stage.status == "solved")
    better = with_whole_numbers_kept(problem, start, {})
    return replace(start, best=better) if better is not None and better.value < best.value else start


def within(master: MasterProblem, seconds: float) -> MasterProblem:
    """Return the master with so many seconds left."""
    limit = master.assembly.case.settings.solve.time_limit_seconds
    return replace(master, began=time.perf_counter() + seconds - limit)


def sensitivities(problem: ElasticDecomposition, start: ReferencePlan, limits: int) -> Iterator[Sensitivity]:
    """Yield the worth of a step of the most promising limits, then what their rules cost by being there.

    What keeps the whole numbers of the plan is solved for every step before any is solved with all free: it takes
    little time and is told whatever time the rest takes.
    """
    steps = promising(problem, start, limits)
    kept = [with_whole_numbers_kept(problem, start, step.moves) for step in steps]
    rules = [Step(rule, {}, False) for rule in dict.fromkeys(step.rule for step in steps)]
    for done, (step, known) in enumerate([*zip(steps, kept, strict=True), *((rule, None) for rule in rules)]):
        seconds = problem.master.left / (len(steps) + len(rules) - done)
        of_rule = [number for number, lever in enumerate(problem.levers) if lever.input.rule == step.rule]
        master = within(is_held(problem, problem.only(problem.master, step.moves or of_rule), step.moves), seconds)
        found = _free(master, start, known)
        low = 0.0 if known is None else max(0.0, start.bound - known.value)
        high, ended = step.most, False
        if found is not None:
            best, bound, ended = found
            low = max(low, start.bound - best)
            high = min(np.inf if high is None else high, max(0.0, start.best.value - bound))
        if found is None and known is None:
            return
        inputs = tuple(problem.levers[number].input for number in step.moves)
        gained = None if known is None else max(0.0, start.best.value - known.value)
        yield Sensitivity(step, inputs, gained, low, None if high is None else max(high, low), ended)


def promising(problem: ElasticDecomposition, start: ReferencePlan, limits: int) -> list[Step]:
    """Return the steps worth most by their prices; of those worth the same, limits that are used up come first.

    A price is that of the relaxation or, if it is higher, that with the whole numbers kept. All the money together is
    the first where more of it is worth anything.
    """
    relaxed = problem.only(problem.master, ()).program(start.goal).relaxed()
    (least, dear), (_, own) = _prices(problem, relaxed), _prices(problem, _kept(problem, relaxed, start, ()))
    load_values(problem.master.assembly.compiled.variables, start.best.decisions[: problem.master.assembly.investments])
    per_unit = np.array([_slack_per_unit(lever) for lever in problem.levers])
    lengths = np.array([step_of(lever.input, lever.typical * lever.per_slack) for lever in problem.levers])
    full, priced = used_up(problem, start), np.maximum(dear, own) * per_unit * lengths

    def step(numbers: list[int]) -> Step:
        """Return a step of some levers; in its rows a linear programme gains no more than its prices foresee."""
        lever = problem.levers[numbers[0]]
        foreseen = start.best.value - least + float((dear * per_unit * lengths)[numbers].sum())
        most = None if lever.parts or not np.isfinite(foreseen) else foreseen
        return Step(lever.input.rule, {n: float(lengths[n]) for n in numbers}, bool(full[numbers].any()), most)

    worthy = np.flatnonzero(priced > SMALLEST_WORTH).tolist()
    order = sorted(worthy, key=lambda number: (-round(priced[number], 6), not full[number], number))
    money = [number for number, lever in enumerate(problem.levers) if lever.input.rule == TRANCHES]
    together = [step(money)] if len(money) > 1 and priced[money].max() > SMALLEST_WORTH else []
    return [*together, *(step([number]) for number in order)][:limits]


def step_of(given: Input, typical: float) -> float:
    """Return the step of a limit, in its own unit: a tenth of it, or of its typical size where it is 0."""
    farthest = abs(given.farthest - given.value)
    step = STEP_SHARE * (given.value or typical)
    return min(farthest, float(np.ceil(step)) if given.whole else step)


def used_up(problem: ElasticDecomposition, start: ReferencePlan) -> Array:
    """Tell for each lever whether the plan uses all that the limit allows: 1 where it does, else 0."""
    program, point = problem.master.parts.master, start.best.decisions
    activity = program.matrix @ point
    slack = np.minimum(program.row_upper - activity, activity - program.row_lower)
    tight = slack <= EXACT * np.maximum(1.0, abs(program.matrix) @ np.abs(point))
    by_column = program.matrix.tocsc()

    def rows(column: int) -> set[int]:
        return set(by_column.indices[by_column.indptr[column] : by_column.indptr[column + 1]].tolist())

    found = []
    for lever in problem.levers:
        own = [problem.column(part.slack) for part in lever.parts] or [problem.column(lever.slack)]
        switches = rows(problem.column(lever.broken)) | (rows(problem.column(lever.slack)) if lever.parts else set())
        found.append(any(tight[row] for column in own for row in rows(column) - switches))
    return np.array(found, dtype=float)


def with_whole_numbers_kept(
    problem: ElasticDecomposition, start: ReferencePlan, moves: Mapping[int, float]
) -> Incumbent | None:
    """Return the best decisions with a plan's whole numbers and some inputs moved so far at most; None in vain."""
    master = is_held(problem, problem.only(problem.master, moves), moves)
    master = with_program(master, _kept(problem, master.parts.master, start, moves))
    best: Incumbent | None = None
    for _ in range(MAX_ITERATIONS):
        outcome = run_highs(master.program(start.goal).relaxed(), watch=master.watch, seconds=max(1.0, master.left))
        found = None if outcome.values is None else evaluate_candidate(master, start.goal, outcome.values)
        if found is None:
            break
        best = found if best is None or found.value < best.value else best
        if relative_gap(best.value, outcome.objective) <= EXACT:
            break
    return best


def _kept(
    problem: ElasticDecomposition, program: LinearProgram, start: ReferencePlan, moved: Mapping[int, float] | tuple[()]
) -> LinearProgram:
    """Return a programme with the whole numbers of a plan, but for the switches of the levers that move."""
    whole = problem.master.parts.master.integer
    numbers = np.round(start.best.decisions)
    numbers[[problem.column(problem.levers[number].broken) for number in moved]] = 1.0
    return program.with_bounds(np.where(whole, numbers, program.lower), np.where(whole, numbers, program.upper))


def _prices(problem: ElasticDecomposition, program: LinearProgram) -> tuple[float, Array]:
    """Return the optimum of a linear programme and what a unit of each lever's slack improves it by, at most.

    Nothing is known, and all is worth nothing, where it cannot be solved in time.
    """
    lower, upper = program.lower.copy(), program.upper.copy()
    switches = [problem.column(lever.broken) for lever in problem.levers]
    lower[switches], upper[switches] = 0.0, 1.0
    program = program.with_bounds(lower, upper)
    outcome = run_highs(program, watch=problem.master.watch, seconds=max(1.0, problem.master.left))
    if outcome.row_duals is None:
        return -np.inf, np.zeros(len(problem.levers))
    reduced: Array = program.cost - program.matrix.T @ outcome.row_duals
    prices: Array = np.clip(-reduced[[problem.column(lever.slack) for lever in problem.levers]], 0.0, None)
    return outcome.objective, prices


def _slack_per_unit(lever: RelaxableLimit) -> float:
    """Return how far a lever's slack moves with a unit of its input, at the values that the variables hold."""
    if not lever.parts:
        return 1 / lever.per_slack
    return max(0.0, *(float(pyo.value(part.size)) for part in lever.parts))


def _free(master: MasterProblem, start: ReferencePlan, kept: Incumbent | None) -> tuple[float, float, bool] | None:
    """Return the best value with all free, its bound (to be minimised) and whether the search ended by itself.

    None if time is up before anything is known.
    """
    if master.left <= 0 or master.watch.stopped():
        return None
    try:
        best, stage = solve_objective(master, start.goal, start.best if kept is None else kept)
    except SearchEnded:
        return None
    return best.value, start.goal.sign * stage.bound, stage.status == "solved"
