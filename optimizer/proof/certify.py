"""What can be proved of a plan's figures whatever the solver said: bounds on its goals and on the system without it."""

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain

import numpy as np
import scipy.sparse as sparse

from models.case import Array, Case
from models.plan import ObjectiveResult, Plan
from optimizer.audit.audit_report import Proved
from optimizer.audit.costs import AuditedPlan
from optimizer.audit.objective import SLACK, level, objective_values
from optimizer.benders.baseline import emission_rates, period_programme
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.extensive_form import ExtensiveForm, FullObjective, build_extensive_form
from optimizer.program.implied_bounds import implied_bounds
from optimizer.program.linear_program import LinearProgram
from optimizer.proof.branch_and_bound import LARGE, ProvedBound, Tree
from optimizer.proof.exact import exact_bound
from optimizer.solver.highs import SolverFailed, run_highs

NEAR = 1e-8
"""Share of the running cost without data centres by which a dispatch may miss it and still count as cheapest."""


def certify(case: Case, plan: Plan, seconds: float, watch: RunMonitor | None = None) -> tuple[Proved, ...]:
    """Return what is proved of the system without data centres and of every goal, which share the seconds."""
    watch, began = watch or RunMonitor(), time.perf_counter()
    assembly = build_extensive_form(case)
    for row in plan.carbon:
        assembly.model.dispatch.baseline_meur[row.period] = row.baseline_meur
    found = [*_programme(assembly, plan)]
    share = seconds / max(1, len(plan.proof.stages))
    for proved in chain(_baseline(assembly, plan, watch, seconds), _goals(assembly, plan, share)):
        watch.report(Progress("certifying", time.perf_counter() - began, note=proved.figure))
        found.append(proved)
    return tuple(found)


def _programme(assembly: ExtensiveForm, plan: Plan) -> Iterator[Proved]:
    """Yield the size of the programme built here against that of the one solved."""
    program, proof = assembly.program, plan.proof
    smallest, largest = program.coefficient_range()
    for figure, here, stated in (
        ("rows of the programme", program.matrix.shape[0], proof.rows),
        ("columns of the programme", program.matrix.shape[1], proof.columns),
        ("whole-numbered columns", int(program.integer.sum()), proof.integers),
        ("coefficients", int(program.matrix.nnz), proof.nonzeros),
        ("smallest coefficient", smallest, proof.smallest_coefficient),
        ("largest coefficient", largest, proof.largest_coefficient),
    ):
        yield Proved(figure, stated, at_least=here, at_most=here)


def _baseline(assembly: ExtensiveForm, plan: Plan, watch: RunMonitor, seconds: float) -> Iterator[Proved]:
    """Yield cost and emissions of the system without data centres: proved from below, a dispatch shown from above."""
    rates = emission_rates(assembly)
    for row in plan.carbon:
        part, columns = period_programme(assembly, row.period)
        at_least, shown = _suggested(part, watch, seconds)
        figure = f"running cost without data centres, {row.period}"
        yield Proved(figure, row.baseline_meur, at_least, shown, tolerance=SLACK * max(1.0, abs(row.baseline_meur)))
        highest = row.baseline_meur + NEAR * max(1.0, abs(row.baseline_meur))
        cheapest = _with_row(part, part.cost, highest - part.offset, "cheapest")
        emitting = replace(cheapest, cost=rates[columns])
        least, _ = _suggested(emitting, watch, seconds)
        most, _ = _suggested(replace(emitting, cost=-emitting.cost), watch, seconds)
        figure = f"emissions without data centres, {row.period}"
        tolerance = SLACK * max(1.0, abs(row.system_without_kt))
        yield Proved(figure, row.system_without_kt, least, None if most is None else -most, tolerance=tolerance)


def _suggested(program: LinearProgram, watch: RunMonitor, seconds: float) -> tuple[float | None, float | None]:
    """Return a proved lower bound on a linear programme, and the value of a point that keeps it; None without."""
    solver = "ipm" if len(program.lower) > LARGE else "simplex"
    try:
        outcome = run_highs(program, watch=watch, seconds=seconds, options={"solver": solver})
    except SolverFailed:  # a solver that suggests nothing leaves nothing proved, which is said
        return None, None
    if outcome.row_duals is None or outcome.values is None:
        return None, None
    bound = exact_bound(program, outcome.row_duals, *implied_bounds(program))
    return None if bound is None else rounded_down(bound), outcome.objective


def _goals(assembly: ExtensiveForm, plan: Plan, seconds: float) -> Iterator[Proved]:
    """Yield every goal with its bound, goals before it kept as the search keeps them."""
    reached = objective_values(AuditedPlan(assembly.case, plan))
    program = assembly.program
    for stage in plan.proof.stages:
        began, goal = time.perf_counter(), assembly.full_objective(stage.objective)
        posed = replace(program, cost=goal.cost, offset=goal.constant)
        try:
            tree = Tree(posed, seconds).prove(_target(stage, goal))
        except SolverFailed:
            tree = ProvedBound(None, 0, empty=False)
        bound = None if tree.bound is None else rounded_down(tree.bound)
        yield Proved(
            figure=stage.objective,
            value=reached[stage.objective],
            at_least=bound if goal.sign > 0 else None,
            at_most=-bound if goal.sign < 0 and bound is not None else None,
            tolerance=SLACK * max(1.0, abs(stage.value), abs(goal.constant)),
            claimed=stage.bound,
            fault="no plan keeps every rule" if tree.empty else "",
            relaxations=tree.relaxations,
            seconds=time.perf_counter() - began,
        )
        kept = goal.sign * level(assembly.case.settings, stage)
        highest = kept + SLACK * max(abs(kept), 1.0) - goal.constant
        program = _with_row(program, goal.cost, highest, f"{stage.objective}_reached")


def _target(stage: ObjectiveResult, goal: FullObjective) -> float:
    """Return the bound at which no better one is sought: what branch and bound claims, but for rounding."""
    return goal.sign * stage.bound - SLACK * max(1.0, abs(stage.bound))


def _with_row(program: LinearProgram, row: Array, highest: float, name: str) -> LinearProgram:
    return program.with_rows(sparse.csr_array(row[None, :]), np.array([-np.inf]), np.array([highest]), [name])


def rounded_down(bound: Fraction) -> float:
    """Return the largest float that is no larger than an exact bound."""
    near = float(bound)
    return near if Fraction(near) <= bound else math.nextafter(near, -math.inf)
