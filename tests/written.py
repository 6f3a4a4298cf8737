"""The formulation written out by Pyomo, every day in full, as one programme a goal: no template, no decomposition."""

from dataclasses import replace
from itertools import product

import numpy as np
import scipy.sparse as sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from models.case import Array, Case
from models.formulation import build
from models.objective import expression_of
from models.plan import ObjectiveResult
from models.settings import OBJECTIVES
from optimizer.audit.objective import level
from optimizer.benders.master_problem import EPSILON_CONSTRAINT_TOLERANCE
from optimizer.benders.solution import Baseline
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.compile import compile_model, compile_objectives
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import run_highs
from tests.laws import SIGNS

Kept = list[tuple[LinearProgram, float]]
"""Programmes whose goals are kept, and the highest value of each."""
MOST_LISTED, MOST_ALLOWED = 20_000, 400
"""Most choices of whole numbers that are listed, and most for each of which a linear programme is solved."""


def written_out(case: Case, baseline: Baseline | None) -> dict[str, LinearProgram]:
    """Return one programme per goal, to be minimised; without a baseline its cost counts the whole system."""
    model = build(case)
    if baseline is not None:
        for period, cost in baseline.running_meur.items():
            model.dispatch.baseline_meur[period] = cost
        for key, free_mw in baseline.spare_mw.items():
            for block in (model.power, model.matching):
                if key in block.spare_mw:
                    block.spare_mw[key] = free_mw
    compiled = compile_model(model)
    goals = compile_objectives(compiled, {name: expression_of(model.objective, name) for name in OBJECTIVES})
    signs = {name: SIGNS[OBJECTIVES[name].sense] for name in goals}
    return {
        name: replace(compiled.program, cost=signs[name] * cost, offset=signs[name] * constant)
        for name, (cost, constant) in goals.items()
    }


def optimum(program: LinearProgram) -> float:
    """Return the least value of a programme; infinite if it is infeasible."""
    outcome = run_highs(program, monitor=RunMonitor(), seconds=60, gap=0)
    assert outcome.status in ("optimal", "infeasible")
    return outcome.objective


def keeping(program: LinearProgram, kept: Kept) -> LinearProgram:
    """Return the programme with rows that keep the goals of others at a value or below."""
    if not kept:
        return program
    matrix = sparse.csr_array(np.array([goal.cost for goal, _ in kept]))
    highest = np.array([value - goal.offset for goal, value in kept])
    return program.with_rows(
        matrix, np.full(len(kept), -np.inf), highest, [f"goal{number}" for number in range(len(kept))]
    )


def kept_from(case: Case, goal: LinearProgram, stage: ObjectiveResult) -> tuple[LinearProgram, float]:
    """Return what later objectives must keep of one that was reached: its own value, or a share less than its bound."""
    return goal, SIGNS[stage.sense] * level(case.settings, stage) + EPSILON_CONSTRAINT_TOLERANCE * max(
        abs(stage.value), 1
    )


def whole_choices(program: LinearProgram) -> Array | None:
    """Return every choice of whole numbers that the rows on them alone allow, shape (choices, whole columns).

    None where they are too many to solve a linear programme for each.
    """
    wholes = np.flatnonzero(program.integer)
    ranges = [np.arange(program.lower[column], program.upper[column] + 1) for column in wholes]
    if np.prod([len(each) for each in ranges]) > MOST_LISTED:
        return None
    choices = np.array(list(product(*ranges)), dtype=float)
    rows = np.asarray(abs(program.matrix) @ (~program.integer).astype(float)) == 0
    activity = choices @ program.matrix[np.flatnonzero(rows)][:, wholes].T.toarray()
    allowed = (activity >= program.row_lower[rows] - 1e-9) & (activity <= program.row_upper[rows] + 1e-9)
    kept: Array = choices[allowed.all(axis=1)]
    return kept if len(kept) <= MOST_ALLOWED else None


def linear_optimum(program: LinearProgram, choice: Array) -> float:
    """Return the least value of a programme at a choice of whole numbers, by scipy; infinite if it is infeasible."""
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[program.integer] = upper[program.integer] = choice
    rows = LinearConstraint(program.matrix, program.row_lower, program.row_upper)
    found = milp(program.cost, constraints=rows, bounds=Bounds(lower, upper))
    assert found.status in (0, 2)
    return float(found.fun) + program.offset if found.status == 0 else np.inf
