"""The smallest share that suffices: limits that are a share of something that the plan decides, found by halving."""

from collections.abc import Mapping

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.benders.master_problem import Incumbent, MasterProblem, SearchEnded
from optimizer.explain.elastic import RelaxableLimit
from optimizer.explain.elastic_decomposition import ElasticDecomposition, minimise, with_program
from optimizer.program.compile import compile_objectives

HALVINGS = 12
NEAR = 0.005
"""Where the smallest move known to suffice is this near to one that does not, it is told."""


def bisect_ratios(
    problem: ElasticDecomposition, master: MasterProblem, moves: dict[int, float], start: Incumbent
) -> dict[int, float]:
    """Return smaller moves of the shares among some moves, the others kept; one share at a time."""
    found = {number: move for number, move in moves.items() if problem.levers[number].parts}
    for number in found:
        low, best = 0.0, start
        goal = problem.goal("share", 0.0 * problem.levers[number].slack)
        for _ in range(HALVINGS):
            if found[number] - low <= NEAR * found[number] or master.left <= 0 or master.watch.stopped():
                break
            middle = (low + found[number]) / 2
            moved = {**moves, **found, number: middle}
            try:
                best, _ = minimise(is_held(problem, master, moved), goal, 1e-4)
            except SearchEnded as stop:
                if stop.status != "infeasible":
                    break
                low = middle
            else:
                found[number] = min(middle, problem.moved(best.decisions).get(number, middle))
    return found


def is_held(problem: ElasticDecomposition, master: MasterProblem, moves: Mapping[int, float]) -> MasterProblem:
    """Return the master in which no input moves further than told."""
    program = master.parts.master
    upper = program.upper.copy()
    vectors, limits = [], []
    for number, move in moves.items():
        lever = problem.levers[number]
        if not lever.parts:
            upper[problem.column(lever.slack)] = move / lever.per_slack * (1 + 1e-7) + 1e-9
            continue
        for vector, limit in _rows(problem, lever, move):
            vectors.append(np.append(vector, np.zeros(len(program.lower) - len(vector))))
            limits.append(limit)
    program = program.with_bounds(program.lower, upper)
    if vectors:
        names = [f"share_held[{number}]" for number in range(len(vectors))]
        rows = sparse.csr_array(np.array(vectors))
        program = program.with_rows(rows, np.full(len(limits), -np.inf), np.array(limits), names)
    return with_program(master, program)


def _rows(problem: ElasticDecomposition, lever: RelaxableLimit, move: float) -> list[tuple[Array, float]]:
    """Return the rows by which a share moves so far at most: `excess <= move x size` for each of its parts."""
    compiled = problem.master.assembly.compiled
    goals = {str(n): part.excess - move * part.size for n, part in enumerate(lever.parts)}
    return [(vector, -constant) for vector, constant in compile_objectives(compiled, goals).values()]
