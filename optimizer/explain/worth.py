"""What limits are worth where a plan exists: each is moved a step, or left out, and the case is solved anew.

Every solve ends with a gap, so a worth is an interval: from what the new plan proves at least to what the bound allows.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from models.case import Array
from optimizer.explain.lever import Input
from optimizer.explain.problem import Problem
from optimizer.explain.shares import held
from optimizer.solve.build import InvestmentGoal
from optimizer.solve.highs import run_highs
from optimizer.solve.master import Incumbent, Master, Stopped, incremental
from optimizer.solve.stage import run_stage

SHARES_OF_LIMIT = (0.1, 0.5)
"""Steps that are tried where a smaller one is worth less than the gap can tell, as shares of the limit."""
SMALLEST_WORTH = 1e-7


@dataclass(frozen=True)
class Standing:
    """The plan from which worth is counted: decisions, and the interval that holds the best value (to be minimised)."""

    goal: InvestmentGoal
    best: Incumbent
    bound: float
    proved: bool

    @property
    def value(self) -> float:
        """Return the goal's value as people read it."""
        return self.goal.sign * self.best.value


@dataclass(frozen=True)
class Worth:
    """What a step of one input, or leaving a rule out, is worth."""

    rule: str
    input: Input | None
    """None where the whole rule is left out."""
    step: float
    low: float
    """Improvement of the objective that is proved."""
    high: float
    """Improvement that is not excluded."""


def standing(problem: Problem, seconds: float) -> Standing:
    """Return the best plan for the first objective with every limit in place; raises Stopped without one."""
    master = within(problem.only(problem.master, ()), seconds)
    goal = incremental(master.assembly, problem.case.scenario.question.objectives[0])
    best, stage = run_stage(master, goal, None)
    return Standing(goal, best, goal.sign * stage.bound, stage.status == "solved")


def within(master: Master, seconds: float) -> Master:
    """Return the master with so many seconds left."""
    limit = master.assembly.case.scenario.solve.time_limit_seconds
    return replace(master, began=time.perf_counter() + seconds - limit)


def worths(problem: Problem, start: Standing, limits: int) -> Iterator[Worth]:
    """Yield the worth of a step of the most promising limits, then what their rules cost by being there."""
    prices = shadow_prices(problem, start)
    sizes = np.array([lever.typical for lever in problem.levers])
    order = [int(n) for n in np.argsort(-prices * sizes, kind="stable") if prices[n] > SMALLEST_WORTH][:limits]
    rules = list(dict.fromkeys(problem.levers[number].input.rule for number in order))
    tasks = len(order) + len(rules)
    for done, number in enumerate(order):
        given, gain, step = problem.levers[number].input, None, 0.0
        end = problem.master.left * (1 - 1 / (tasks - done))
        for following in steps_of(given):
            only = held(problem, problem.only(problem.master, [number]), {number: following})
            found = _gain(within(only, problem.master.left - end), start)
            gain, step = (found, following) if found else (gain, step)
            if found is None or found[0] > SMALLEST_WORTH:
                break
        if gain is None:
            return
        yield Worth(given.rule, given, step, *gain)
    for done, rule in enumerate(rules, start=len(order)):
        numbers = [number for number, lever in enumerate(problem.levers) if lever.input.rule == rule]
        only = problem.only(problem.master, numbers)
        gain = _gain(within(only, problem.master.left / (tasks - done)), start)
        if gain is None:
            return
        yield Worth(rule, None, 0.0, *gain)


def steps_of(given: Input) -> list[float]:
    """Return the steps that are tried, until one is worth more than the gap: one unit, then shares of the limit."""
    farthest = abs(given.farthest - given.value)
    unit = 1.0 if farthest > 1 else 0.01
    steps = [unit, *(share * given.value for share in SHARES_OF_LIMIT if share * given.value > unit)]
    return sorted({min(farthest, float(np.ceil(step)) if given.whole else step) for step in steps})


def shadow_prices(problem: Problem, start: Standing) -> Array:
    """Return what a unit of each lever's slack is worth in the relaxation, improvement of the objective."""
    program = problem.only(problem.master, ()).program(start.goal).relaxed()
    upper = program.upper.copy()
    upper[[problem.column(lever.broken) for lever in problem.levers]] = 1.0
    program = program.with_bounds(program.lower, upper)
    outcome = run_highs(program, watch=problem.master.watch, seconds=problem.master.left)
    if outcome.row_duals is None:
        return np.zeros(len(problem.levers))
    reduced: Array = program.cost - program.matrix.T @ outcome.row_duals
    return np.clip(-reduced[[problem.column(lever.slack) for lever in problem.levers]], 0.0, None)


def _gain(master: Master, start: Standing) -> tuple[float, float] | None:
    """Return the interval of the improvement over the plan that is known; None if time is up."""
    if master.left <= 0 or master.watch.stopped():
        return None
    try:
        best, stage = run_stage(master, start.goal, start.best)
    except Stopped:
        return None
    bound = start.goal.sign * stage.bound
    return max(0.0, start.bound - best.value), max(0.0, start.best.value - bound)
