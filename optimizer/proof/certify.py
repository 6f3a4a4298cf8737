"""What can be proved of a plan whatever the solver said: bounds on its objectives and on the system without it."""

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
from optimizer.benders.spare_lines import SpareLines, with_spare_lines_in
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.extensive_form import ExtensiveForm, FullObjective, build_extensive_form
from optimizer.program.implied_bounds import implied_bounds
from optimizer.program.linear_program import LinearProgram, coefficient_range
from optimizer.proof.branch_and_bound import IPM_COLUMNS, BranchAndBound, ProvedBound
from optimizer.proof.exact import exact_bound
from optimizer.solver.highs import SolverFailed, run_highs

NEAR = 1e-8
"""Share of the running cost without data centres by which a dispatch may miss it and still count as cheapest."""


def certify(case: Case, plan: Plan, seconds: float, monitor: RunMonitor | None = None) -> tuple[Proved, ...]:
    """Return what is proved of the system without data centres and of every objective, which share the seconds."""
    monitor, began = monitor or RunMonitor(), time.perf_counter()
    form = with_spare_lines_in(build_extensive_form(case), _spare_lines(plan))
    found = [*_programme(form, plan)]
    share = seconds / max(1, len(plan.proof.stages))
    for proved in chain(_baseline(form, plan, monitor, seconds), _objectives(form, plan, share)):
        monitor.report(Progress("certifying", time.perf_counter() - began, note=proved.figure))
        found.append(proved)
    return tuple(found)


def _spare_lines(plan: Plan) -> SpareLines:
    """Return what a plan says that lines have free; none where its scenario does not ask."""
    stated = [
        ((row.line, row.period, way), mw)
        for row in plan.lines
        for way, mw in (("forward", row.spare_forward_mw), ("backward", row.spare_backward_mw))
    ]
    return {key: mw for key, mw in stated if mw is not None}


def _programme(form: ExtensiveForm, plan: Plan) -> Iterator[Proved]:
    """Yield the size of the programme built here against that of the one solved."""
    program, proof = form.program, plan.proof
    coefficients, smallest, largest = coefficient_range(program)
    for figure, here, stated in (
        ("rows of the programme", program.matrix.shape[0], proof.rows),
        ("columns of the programme", program.matrix.shape[1], proof.columns),
        ("whole-numbered columns", int(program.integer.sum()), proof.integers),
        ("coefficients", coefficients, proof.nonzeros),
        ("smallest coefficient", smallest, proof.smallest_coefficient),
        ("largest coefficient", largest, proof.largest_coefficient),
    ):
        yield Proved(figure, stated, at_least=here, at_most=here)


def _baseline(form: ExtensiveForm, plan: Plan, monitor: RunMonitor, seconds: float) -> Iterator[Proved]:
    """Yield cost and emissions of the system without data centres: proved from below, a dispatch shown from above."""
    rates = emission_rates(form)
    for row in plan.carbon:
        part, columns = period_programme(form, row.period)
        at_least, attained = _bounds(part, monitor, seconds)
        figure = f"running cost without data centres, {row.period}"
        yield Proved(figure, row.baseline_meur, at_least, attained, tolerance=SLACK * max(1.0, abs(row.baseline_meur)))
        highest = row.baseline_meur + NEAR * max(1.0, abs(row.baseline_meur))
        cheapest = _with_row(part, part.cost, highest - part.offset, "cheapest")
        emissions = replace(cheapest, cost=rates[columns])
        least, _ = _bounds(emissions, monitor, seconds)
        most, _ = _bounds(replace(emissions, cost=-emissions.cost), monitor, seconds)
        figure = f"emissions without data centres, {row.period}"
        tolerance = SLACK * max(1.0, abs(row.system_without_kt))
        yield Proved(figure, row.system_without_kt, least, None if most is None else -most, tolerance=tolerance)


def _bounds(program: LinearProgram, monitor: RunMonitor, seconds: float) -> tuple[float | None, float | None]:
    """Return a proved lower bound on a linear programme, and the value of a feasible point; None without."""
    solver = "ipm" if len(program.lower) > IPM_COLUMNS else "simplex"
    try:
        outcome = run_highs(program, monitor=monitor, seconds=seconds, options={"solver": solver})
    except SolverFailed:  # a solver that suggests nothing leaves nothing proved, which is reported
        return None, None
    if outcome.row_duals is None or outcome.values is None:
        return None, None
    bound = exact_bound(program, outcome.row_duals, *implied_bounds(program))
    return None if bound is None else rounded_down(bound), outcome.objective


def _objectives(form: ExtensiveForm, plan: Plan, seconds: float) -> Iterator[Proved]:
    """Yield every objective with its bound, those before it at the levels that the search holds them to."""
    values = objective_values(AuditedPlan(form.case, plan))
    program, baseline = form.program, np.array([row.baseline_meur for row in plan.carbon])
    for stage in plan.proof.stages:
        began, objective = time.perf_counter(), form.full_objective(stage.objective, baseline)
        posed = replace(program, cost=objective.cost, offset=objective.constant)
        try:
            proved = BranchAndBound(posed, seconds).prove(_target(stage, objective))
        except SolverFailed:
            proved = ProvedBound(None, 0, infeasible=False)
        bound = None if proved.bound is None else rounded_down(proved.bound)
        yield Proved(
            figure=stage.objective,
            value=values[stage.objective],
            at_least=bound if objective.sign > 0 else None,
            at_most=-bound if objective.sign < 0 and bound is not None else None,
            tolerance=SLACK * max(1.0, abs(stage.value), abs(objective.constant)),
            claimed=stage.bound,
            fault="no plan keeps every rule" if proved.infeasible else "",
            relaxations=proved.relaxations,
            seconds=time.perf_counter() - began,
        )
        bounded = objective.sign * level(form.case.settings, stage)
        highest = bounded + SLACK * max(abs(bounded), 1.0) - objective.constant
        program = _with_row(program, objective.cost, highest, f"{stage.objective}_reached")


def _target(stage: ObjectiveResult, objective: FullObjective) -> float:
    """Return the bound at which no better one is sought: what branch and bound claims, but for rounding."""
    return objective.sign * stage.bound - SLACK * max(1.0, abs(stage.bound))


def _with_row(program: LinearProgram, row: Array, highest: float, name: str) -> LinearProgram:
    return program.with_rows(sparse.csr_array(row[None, :]), np.array([-np.inf]), np.array([highest]), [name])


def rounded_down(bound: Fraction) -> float:
    """Return the largest float that is no larger than an exact bound."""
    near = float(bound)
    return near if Fraction(near) <= bound else math.nextafter(near, -math.inf)
