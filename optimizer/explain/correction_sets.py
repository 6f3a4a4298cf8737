"""The smallest sets of limits that stand in the way: fewest first, then least; each found is excluded for the next.

A correction set is found in three steps. The linear relaxation, its slacks weighted anew by what they were (Candes,
Wakin, Boyd, 2008), says which few limits and sites to look at; among those a first set is found. From it a set of
minimum cardinality is searched and proved, unless one limit is enough, which needs no proof.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from models.case import Array
from optimizer.benders.master_problem import Incumbent, SearchEnded
from optimizer.explain.elastic_decomposition import ElasticDecomposition
from optimizer.explain.limit_input import Relaxation
from optimizer.explain.ratio_bisection import bisect_ratios
from optimizer.program.extensive_form import Objective

ROUGH_GAP, AMOUNT_GAP = 0.05, 1e-3
"""Relative gaps of a first idea of the amounts, and of amounts that are reported (to three digits)."""
REWEIGHTINGS, SMALL_MOVE = 3, 0.01
"""How often the relaxation is weighted anew, and the move (relative to its limit) that counts half."""
SURELY = 1e-6
"""Amount in the relaxation that is no rounding."""
MAX_TRIES = 4
"""Sets that are tried for each that is wanted, as some suffice only by rounding."""
SHARE_OF_TIME = 0.3
"""Part of the time left that each step may take."""


@dataclass(frozen=True)
class CorrectionSet:
    """Relaxations that together suffice."""

    changes: tuple[Relaxation, ...]
    fewest_proved: bool
    """Whether it is proved that no fewer limits will do, besides the sets before it."""
    least_proved: bool
    """Whether it is proved that no other set of as many limits moves less, amounts relative to the limits."""


def correction_sets(problem: ElasticDecomposition, wanted: int, infeasible: bool) -> Iterator[CorrectionSet]:
    """Yield sets of changes, fewest limits first, until so many are found or time is up.

    With `infeasible` it is known that some limit has to move.
    """
    violated = [problem.column(limit.violated) for limit in problem.limits]

    def chosen_by(plan: Incumbent) -> list[int]:
        return np.flatnonzero(plan.decisions[violated] > 0.5).tolist()

    count = count_of(problem).cost
    remaining, known = problem, 0
    if infeasible:
        remaining, known = remaining.with_row(-count, -1.0, "some_limit_moves"), 1
    found = 0
    for _ in range(MAX_TRIES * wanted):
        try:
            plan, bound = minimum_cardinality(remaining, known)
        except SearchEnded:
            return
        chosen = chosen_by(plan)
        proved = bound > len(chosen) - 1 + 1e-4
        changes, best = least_changes(problem, chosen, plan)
        if changes and best is not None:
            capped = remaining.with_row(count, len(chosen) + 1e-6, "fewest_limits")
            best, near = least_amount(capped, best)
            if chosen_by(best) != chosen:
                chosen = chosen_by(best)
                changes, _ = least_changes(problem, chosen, best)
            if changes:
                yield CorrectionSet(tuple(changes), proved, proved and near)
                found += 1
        if not chosen or found == wanted:
            return
        again = count_of(problem, chosen).cost
        if changes is None:  # rounding let it seem to suffice: this set is excluded, not those that contain it
            again = 2 * again - count
        remaining = remaining.with_row(again, len(chosen) - 1.0, "not_again")


def surely_infeasible(problem: ElasticDecomposition) -> bool:
    """Tell whether even the relaxation needs some limit to move: a proof that no plan keeps them all."""
    bound, _ = problem.relaxation(amount_of(problem), ROUGH_GAP)
    return bound > SURELY


def amount_of(problem: ElasticDecomposition, weights: Mapping[int, float] | None = None) -> Objective:
    """Return how far inputs move, each relative to its typical size, all of them or some, weighted."""
    terms = dict.fromkeys(range(len(problem.limits)), 1.0) if weights is None else weights
    limits = [(problem.limits[number], weight) for number, weight in terms.items()]
    return problem.weighted_sum("least amount", [(limit.slack, weight / limit.typical) for limit, weight in limits])


def count_of(problem: ElasticDecomposition, numbers: Iterable[int] | None = None) -> Objective:
    """Return how many limits are relaxed, of all or of some."""
    limits = problem.limits if numbers is None else [problem.limits[number] for number in numbers]
    return problem.weighted_sum("fewest limits", [(limit.violated, 1.0) for limit in limits])


def minimum_cardinality(problem: ElasticDecomposition, known: int) -> tuple[Incumbent, float]:
    """Return decisions that relax few limits, and a bound on how few; `known` bounds it from below."""
    count = count_of(problem)
    start: Incumbent | None = None
    for kernel in kernels(problem):
        try:
            start, _ = kernel.minimise(count, 1e-4, None, step_seconds(problem))
            break
        except SearchEnded as stop:
            if stop.status == "interrupted":
                raise
    if start is not None and start.value <= known + 0.5:
        return start, known
    best, bound = problem.minimise(count, 1e-4, start, step_seconds(problem))
    return best, max(bound, known)


def kernels(problem: ElasticDecomposition) -> Iterator[ElasticDecomposition]:
    """Yield the problem over few limits and sites, then over few sites: those that the relaxation uses."""
    weights = np.ones(len(problem.limits))
    for _ in range(REWEIGHTINGS):
        _, point = problem.relaxation(amount_of(problem, dict(enumerate(weights.tolist()))), ROUGH_GAP)
        moves = np.array([point[problem.column(each.slack)] / each.typical for each in problem.limits])
        weights = SMALL_MOVE / (moves + SMALL_MOVE)
    few = over_kernel_sites(problem, point)
    yield few.restrict(dict.fromkeys(np.flatnonzero(moves > 1e-7).tolist(), np.inf))
    yield few


def over_kernel_sites(problem: ElasticDecomposition, point: Array) -> ElasticDecomposition:
    """Return the problem in which only those candidates may open that a relaxed point opens in part."""
    openings = problem.model.siting.open_in
    kernel = {site for (site, _), opening in openings.items() if point[problem.column(opening)] > 1e-4}
    return problem.without(opening for (site, _), opening in openings.items() if site not in kernel)


def least_amount(capped: ElasticDecomposition, start: Incumbent) -> tuple[Incumbent, bool]:
    """Return the decisions of the least amount over all sets of so many limits, and whether that is proved."""
    try:
        best, low = capped.minimise(amount_of(capped), AMOUNT_GAP, start, step_seconds(capped) / 2)
    except SearchEnded:
        return start, False
    return best, best.value - low <= 2 * AMOUNT_GAP * max(best.value, 1e-9)


def least_changes(
    problem: ElasticDecomposition, chosen: list[int], start: Incumbent
) -> tuple[list[Relaxation] | None, Incumbent | None]:
    """Return the least changes of the chosen limits alone, all others kept exactly; None if they do not suffice."""
    restricted = problem.restrict(dict.fromkeys(chosen, np.inf))
    amount = amount_of(problem, dict.fromkeys(chosen, 1.0))
    others = [problem.column(each.slack) for n, each in enumerate(problem.limits) if n not in chosen]
    best = start if np.all(start.decisions[others] <= 0) else None
    try:
        _, point = restricted.relaxation(amount, AMOUNT_GAP)
        with suppress(SearchEnded):  # the kernel may not suffice
            few = over_kernel_sites(restricted, point)
            best, _ = few.minimise(amount, AMOUNT_GAP, best, step_seconds(problem) / 2)
        best, _ = restricted.minimise(amount, AMOUNT_GAP, best, step_seconds(problem))
    except SearchEnded as stop:
        if stop.status == "infeasible":
            return None, None
    best = best or start
    moves = problem.relaxations(best.decisions)
    moves |= bisect_ratios(problem, moves, best)
    inputs = {number: problem.limits[number].input for number in sorted(moves)}
    return [Relaxation(given, given.rounded_relaxation(moves[number])) for number, given in inputs.items()], best


def step_seconds(problem: ElasticDecomposition) -> float:
    """Return how long a step may take."""
    return max(1.0, SHARE_OF_TIME * problem.time_left)
