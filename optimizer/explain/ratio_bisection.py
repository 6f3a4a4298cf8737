"""The smallest share that suffices: limits that are a share of something that the plan decides, found by halving."""

from collections.abc import Mapping

from optimizer.benders.master_problem import Incumbent, SearchEnded
from optimizer.explain.elastic_decomposition import ElasticDecomposition

HALVINGS = 12
NEAR = 0.005
"""Where the smallest move known to suffice is this near to one that does not, it is reported."""


def bisect_ratios(problem: ElasticDecomposition, moves: Mapping[int, float], start: Incumbent) -> dict[int, float]:
    """Return smaller moves of the shares among some moves, the others kept; one share at a time."""
    found = {number: move for number, move in moves.items() if problem.limits[number].ratios}
    nothing = problem.weighted_sum("share", ())
    for number in found:
        low, best = 0.0, start
        for _ in range(HALVINGS):
            if found[number] - low <= NEAR * found[number] or problem.time_left <= 0:
                break
            middle = (low + found[number]) / 2
            try:
                best, _ = problem.restrict({**moves, **found, number: middle}).minimise(nothing, 1e-4)
            except SearchEnded as stop:
                if stop.status != "infeasible":
                    break
                low = middle
            else:
                found[number] = min(middle, problem.relaxations(best.decisions).get(number, middle))
    return found
