"""The smallest sets of limits that stand in the way: fewest first, then least; each found is excluded for the next.

A set is found in three steps. The linear relaxation, its slacks weighed anew by what they were (Candes, Wakin, Boyd,
2008), tells which few limits and sites to look at; among those a first set is found. From it the fewest of all are
searched and proved, unless one is enough, which needs no proof.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo

from models.case import Array
from optimizer.benders.master_problem import Incumbent, MasterProblem, SearchEnded
from optimizer.benders.solve_objective import solve_relaxation
from optimizer.explain.elastic_decomposition import ElasticDecomposition, minimise, with_program, with_row
from optimizer.explain.ratio_bisection import bisect_ratios
from optimizer.explain.relaxable_limit import Relaxation
from optimizer.program.extensive_form import Objective

ROUGH_GAP, AMOUNT_GAP = 0.05, 1e-3
"""Relative gaps of a first idea of the amounts, and of amounts that are told (to three digits)."""
WEIGHINGS, SMALL_MOVE = 3, 0.01
"""How often the relaxation is weighed, and the move (relative to its limit) that counts half."""
SURELY = 1e-6
"""Amount in the relaxation that is no rounding."""
SHARE_OF_TIME = 0.3
"""Part of the time left that each step may take."""


@dataclass(frozen=True)
class Alternative:
    """Changes that together suffice."""

    changes: tuple[Relaxation, ...]
    fewest_proved: bool
    """Whether it is proved that no fewer limits will do, besides the alternatives before it."""
    least_proved: bool
    """Whether it is proved that no other set of as many limits moves less, amounts relative to the limits."""


@dataclass(frozen=True)
class Search:
    """The two goals, and what was excluded so far."""

    problem: ElasticDecomposition
    broken: list[int]
    """Columns of the levers' binaries."""
    count: Objective
    amount: Objective

    def chosen(self, decisions: Incumbent) -> list[int]:
        """Return the levers that decisions move, by number."""
        return [n for n, column in enumerate(self.broken) if decisions.decisions[column] > 0.5]

    def fewest(self, master: MasterProblem, known: int) -> tuple[Incumbent, float]:
        """Return decisions that move few levers, and a bound on how few; `known` bounds it from below."""
        start: Incumbent | None = None
        for smaller in self._kernels(master):
            try:
                start, _ = minimise(smaller, self.count, 1e-4, None, self._time(master))
                break
            except SearchEnded as stop:
                if stop.status == "interrupted":
                    raise
        if start is not None and len(self.chosen(start)) <= known:
            return start, known
        best, bound = minimise(master, self.count, 1e-4, start, self._time(master))
        return best, max(bound, known)

    def _kernels(self, master: MasterProblem) -> Iterator[MasterProblem]:
        """Yield the master over few levers and sites, then over few sites: those the relaxation likes."""
        problem, weights = self.problem, np.ones(len(self.problem.levers))
        for _ in range(WEIGHINGS):
            terms = zip(weights.tolist(), problem.levers, strict=True)
            goal = problem.goal(self.amount.name, pyo.quicksum(w * each.slack / each.typical for w, each in terms))
            _, point = solve_relaxation(master, goal, ROUGH_GAP)
            moves = np.array([point[problem.column(each.slack)] / each.typical for each in problem.levers])
            weights = SMALL_MOVE / (moves + SMALL_MOVE)
        few = over_liked_sites(problem, master, point)
        yield problem.only(few, np.flatnonzero(moves > 1e-7).tolist())
        yield few

    def smallest(self, capped: MasterProblem, start: Incumbent) -> tuple[Incumbent, bool]:
        """Return the decisions of the least amount over all sets of so many levers, and whether that is proved."""
        start = replace(start, value=capped.value(self.amount, start.decisions, start.results))
        try:
            best, low = minimise(capped, self.amount, AMOUNT_GAP, start, self._time(capped) / 2)
        except SearchEnded:
            return start, False
        return best, best.value - low <= 2 * AMOUNT_GAP * max(best.value, 1e-9)

    def _time(self, master: MasterProblem) -> float:
        return max(1.0, SHARE_OF_TIME * master.left)


def amount_goal(problem: ElasticDecomposition) -> Objective:
    """Return how far all inputs move, each relative to its typical size."""
    return problem.goal("least amount", pyo.quicksum(lever.slack / lever.typical for lever in problem.levers))


def surely_infeasible(problem: ElasticDecomposition) -> bool:
    """Tell whether even the relaxation needs some limit to move: a proof that no plan keeps them all."""
    bound, _ = solve_relaxation(problem.master, amount_goal(problem), ROUGH_GAP)
    return bound > SURELY


def over_liked_sites(problem: ElasticDecomposition, master: MasterProblem, point: Array) -> MasterProblem:
    """Return the master in which only those candidates may open that a relaxed point opens in part."""
    program, openings = master.parts.master, master.assembly.model.siting.open_in
    upper = program.upper.copy()
    liked = {site for (site, _), opening in openings.items() if point[problem.column(opening)] > 1e-4}
    upper[[problem.column(opening) for (site, _), opening in openings.items() if site not in liked]] = 0.0
    return with_program(master, program.with_bounds(program.lower, upper))


def correction_sets(problem: ElasticDecomposition, wanted: int, infeasible: bool) -> Iterator[Alternative]:
    """Yield sets of changes, fewest limits first, until so many are found or time is up.

    With `infeasible` it is known that some limit has to move.
    """
    broken = [problem.column(lever.broken) for lever in problem.levers]
    count = problem.goal("fewest limits", pyo.quicksum(lever.broken for lever in problem.levers))
    search = Search(problem, broken, count, amount_goal(problem))
    master, known = problem.master, 0
    if infeasible:
        master, known = with_row(master, dict.fromkeys(broken, -1.0), -1.0, "some_limit_moves"), 1
    given = 0
    while given < wanted:
        try:
            fewest, bound = search.fewest(master, known)
        except SearchEnded:
            return
        chosen = search.chosen(fewest)
        proved = bound > len(chosen) - 1 + 1e-4
        changes, best = settled(problem, chosen, fewest)
        if changes and best is not None:
            capped = with_row(master, dict.fromkeys(broken, 1.0), len(chosen) + 1e-6, "fewest_limits")
            best, near = search.smallest(capped, best)
            if search.chosen(best) != chosen:
                chosen = search.chosen(best)
                changes, _ = settled(problem, chosen, best)
            if changes:
                yield Alternative(tuple(changes), proved, proved and near)
                given += 1
        if not chosen:
            return
        again = {broken[each]: 1.0 for each in chosen}
        if changes is None:  # rounding let it seem to suffice: exclude this set, not what holds it
            again = {column: again.get(column, -1.0) for column in broken}
        master = with_row(master, again, len(chosen) - 1.0, "not_again")


def settled(
    problem: ElasticDecomposition, chosen: list[int], start: Incumbent
) -> tuple[list[Relaxation] | None, Incumbent | None]:
    """Return the least changes of the chosen limits alone, all others kept exactly; None if they do not suffice."""
    master = problem.only(problem.master, chosen)
    total = pyo.quicksum(problem.levers[number].slack / problem.levers[number].typical for number in chosen)
    goal = problem.goal("amounts", total)
    others = [problem.column(each.slack) for n, each in enumerate(problem.levers) if n not in chosen]
    exact = bool(np.all(start.decisions[others] <= 0))
    best = start if exact else None
    try:
        _, point = solve_relaxation(master, goal, AMOUNT_GAP)
        with suppress(SearchEnded):  # the liked sites may not suffice
            few = over_liked_sites(problem, master, point)
            best, _ = minimise(few, goal, AMOUNT_GAP, best, SHARE_OF_TIME * master.left / 2)
        best, _ = minimise(master, goal, AMOUNT_GAP, best, SHARE_OF_TIME * master.left)
    except SearchEnded as stop:
        if stop.status == "infeasible":
            return None, None
    best = best or start
    moves = problem.moved(best.decisions)
    moves |= bisect_ratios(problem, master, moves, best)
    return [
        Relaxation(problem.levers[number].input, problem.levers[number].input.eased(move))
        for number, move in sorted(moves.items())
    ], best
