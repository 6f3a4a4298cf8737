"""The end of a search: integers fixed, the cost of all the rest minimised, the matching settled."""

from dataclasses import replace

import numpy as np

from models.case import Array
from models.formulation import preferred
from models.plan import ObjectiveResult, Violation
from optimizer.benders.full_year_dispatch import FullYearDispatch
from optimizer.benders.master_problem import (
    MAX_ITERATIONS,
    Incumbent,
    MasterProblem,
    evaluate_candidate,
)
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import Objective
from optimizer.program.violations import describe, max_violations
from optimizer.solver.highs import run_highs
from optimizer.solver.solve_result import largest_within_gap, relative_gap

LEAST_SLACK, MOST_SLACK = 1e-6, 1e-3
"""Shares of an objective already reached that rounding the integers may cost, tried in steps of ten."""
ROOM = 0.99
"""Share of the gap asked for that may be used to keep the caps on emissions on every day of the full_year."""
POLISH_ITERATIONS = {"simplex_iteration_limit": 2_000_000}
"""Work that one programme of a plan's finish may take: only a fault takes as much, on a machine of any speed."""
POLISH_SECONDS = 3600.0
"""Time after which such a programme is given up; who watches the process ends it earlier."""


def fix_and_reoptimise(
    master: MasterProblem, best: Incumbent, full_year: FullYearDispatch | None = None
) -> tuple[Array, dict[str, float]]:
    """Fix the integers and minimise the cost of the rest, every objective kept; return point and shadow prices of rows.

    Contracts and plants are chosen so that every day of the `full_year` keeps the caps on emissions too, where these
    integers and the gap asked for allow it.
    """
    # what is left is short and must not be lost to a second interruption
    master.monitor, master.finishing = RunMonitor(on_progress=master.monitor.on_progress), True
    objective = master.form.objective("cost")
    integer = master.decomposition.master.integer
    shadow_prices: dict[str, float] = {}
    current, slack = best, 0.0
    if full_year:
        _relax_cost_to_gap(master)
    for _ in range(MAX_ITERATIONS):
        program = master.program(objective).with_fixed_integers(current.decisions)
        # what rounding leaves no point is not asked for again, which may take minutes, but given way
        outcome = run_highs(
            program, monitor=master.monitor, seconds=POLISH_SECONDS, options=POLISH_ITERATIONS, verify=False
        )
        if outcome.status == "infeasible" and master.pool.of(("full year",)):
            master.pool.drop("full year")
            full_year = None
            continue
        if outcome.status == "infeasible" and slack < MOST_SLACK:
            # an objective was reached with integers that rounding moved: it can only be kept less exactly
            slack = 10 * slack or LEAST_SLACK
            master.epsilon_constraints = [
                replace(each, highest=each.highest + slack * max(abs(each.highest), 1.0))
                for each in master.epsilon_constraints
            ]
            continue
        if outcome.values is None or outcome.row_duals is None:
            break
        decisions = np.where(integer, np.round(best.decisions), outcome.values)
        found = evaluate_candidate(master, objective, decisions)
        if found is None:
            continue
        current = found
        if full_year and not master.satisfies_full_year_caps(
            found.decisions, full_year.accounts(master.decomposition.links_at(found.decisions))
        ):
            continue
        shadow_prices = {
            name: float(dual)
            for name, dual in zip(master.decomposition.master.row_names, outcome.row_duals, strict=False)
            if abs(dual) > 1e-7
        }
        least = master.value(objective, found.decisions, found.results, least=True)
        if relative_gap(least, outcome.objective) <= max(1e-6, master.gap(objective.name) / 100):
            break
    current = _with_most_preferred(master, objective, current)
    master.final_results = current.results
    point, master.final_days = master.decomposition.full(current.decisions, current.results)
    return point, shadow_prices


def _with_most_preferred(master: MasterProblem, objective: Objective, found: Incumbent) -> Incumbent:
    """Return a plan with as much of what aspects prefer as there can be with all else as it is.

    No objective and no cap depends on it, so that a solver leaves it anywhere. Where nothing is found the plan stays.
    """
    more, less = preferred()
    families = np.array([name.partition("[")[0] for name in master.decomposition.master.column_names])
    free = np.flatnonzero(np.isin(families, (*more, *less)))
    rising = np.isin(families[free], more)
    program, point = master.program(objective), master.complete_solution(found.decisions, found.results)
    rows = np.unique(program.matrix[:, free].tocoo().coords[0])
    part, activity = program.submatrix(rows, free, -rising.astype(float)), program.matrix[rows] @ point
    others = activity - part.matrix @ point[free]
    part = replace(
        part,  # what the point misses by rounding it may go on missing
        row_lower=np.minimum(part.row_lower, activity) - others,
        row_upper=np.maximum(part.row_upper, activity) - others,
        lower=np.where(rising, point[free], np.minimum(part.lower, point[free])),
        upper=np.maximum(part.upper, point[free]),
    )
    values = run_highs(part, monitor=master.monitor, seconds=POLISH_SECONDS, options=POLISH_ITERATIONS).values
    if values is None:
        return found
    decisions = found.decisions.copy()
    decisions[free] = values
    accounts = master.decomposition.accounts(decisions)
    results = [replace(each, accounts=own.accounts) for each, own in zip(found.results, accounts, strict=True)]
    return Incumbent(master.complete_solution(decisions, results), results, found.value)


def _relax_cost_to_gap(master: MasterProblem) -> None:
    """Let the cost just minimised rise again as far as the gap asked for allows: it is minimised once more."""
    last = master.stages[-1]
    if last.objective == "cost" and last.status == "solved":
        reached = master.epsilon_constraints[-1]
        allowed = largest_within_gap(last.bound, ROOM * master.gap("cost")) - master.form.objective("cost").constant
        master.epsilon_constraints[-1] = replace(reached, highest=max(reached.highest, allowed))


def verify(master: MasterProblem, point: Array) -> tuple[Array, tuple[Violation, ...]]:
    """Return a finished plan and by how much it violates the full programme, repaired where that is too much.

    The programme is looked at part by part; a plan that cannot be repaired is returned as it was.
    """
    violations = max_violations(master.form, point)
    if describe(violations):
        repaired = repair(master, point)
        found = max_violations(master.form, repaired)
        if not describe(found):
            return repaired, found
    return point, violations


def repair(master: MasterProblem, point: Array) -> Array:
    """Return a plan finished once more from its rounded integers: all else decided anew, all days dispatched anew.

    New workers dispatch the days, from no basis.
    """
    master.decomposition.dispatcher.close()
    decisions = np.zeros(len(master.decomposition.master.lower))
    decisions[: master.form.investments] = point[: master.form.investments]
    return fix_and_reoptimise(master, Incumbent(decisions, master.final_results, np.inf))[0]


def update_result(stage: ObjectiveResult, master: MasterProblem, point: Array) -> ObjectiveResult:
    """Return the result of an objective with value and gap of the finished plan, summed afresh."""
    value = master.form.objective_value(stage.objective, point, master.baseline_meur)
    gap = relative_gap(value, stage.bound) if stage.claims else 1.0
    return stage.model_copy(update={"plan_value": value, "plan_gap_share": gap})
