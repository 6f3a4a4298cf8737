"""The end of a search: integers fixed, the cost of all the rest minimised, the matching settled."""

import numpy as np

from models.case import Array
from models.plan import ObjectiveResult, Violation
from optimizer.benders.full_year_dispatch import FullYearDispatch
from optimizer.benders.master_problem import (
    MAX_ITERATIONS,
    Incumbent,
    MasterProblem,
    evaluate_candidate,
    objective_net_of_baseline,
)
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import ExtensiveForm
from optimizer.program.violations import describe, max_violations
from optimizer.solver.highs import run_highs
from optimizer.solver.solve_result import largest_within_gap, relative_gap

LEAST_SLACK, MOST_SLACK = 1e-6, 1e-3
"""Shares of a goal already reached that rounding the integers may cost, tried in steps of ten."""
ROOM = 0.99
"""Share of the gap asked for that may be used to keep the caps on emissions on every day of the record."""
POLISH_ITERATIONS = {"simplex_iteration_limit": 2_000_000}
"""Work that one programme of a plan's finish may take: only a fault takes as much, on a machine of any speed."""
POLISH_SECONDS = 3600.0
"""Time after which such a programme is given up; who watches the process ends it earlier."""


def fix_and_reoptimise(
    master: MasterProblem, best: Incumbent, record: FullYearDispatch | None = None
) -> tuple[Array, dict[str, float]]:
    """Fix the integers and minimise the cost of the rest, every goal kept; return point and rows' worth.

    Contracts and plants are chosen so that every day of the `record` keeps the caps on emissions too, where these
    integers and the gap asked for allow it.
    """
    # what is left is short and must not be lost to a second interruption
    master.watch, master.finishing = RunMonitor(on_progress=master.watch.on_progress), True
    goal = objective_net_of_baseline(master.assembly, "cost")
    integer = master.parts.master.integer
    worth: dict[str, float] = {}
    current, slack = best, 0.0
    if record:
        _give_room(master)
    for _ in range(MAX_ITERATIONS):
        program = master.program(goal).with_fixed_integers(current.decisions)
        outcome = run_highs(program, watch=master.watch, seconds=POLISH_SECONDS, options=POLISH_ITERATIONS)
        if outcome.status == "infeasible" and master.record:
            master.record, record = [], None
            continue
        if outcome.status == "infeasible" and slack < MOST_SLACK:
            # a goal was reached with integers that rounding moved: it can only be kept less exactly
            slack = 10 * slack or LEAST_SLACK
            master.floors = [(vector, high + slack * max(abs(high), 1.0), name) for vector, high, name in master.floors]
            continue
        if outcome.values is None or outcome.row_duals is None:
            break
        decisions = np.where(integer, np.round(best.decisions), outcome.values)
        found = evaluate_candidate(master, goal, decisions)
        if found is None:
            continue
        current = found
        if record and not master.keeps_on_record(
            found.decisions, record.accounts(master.parts.links_at(found.decisions))
        ):
            continue
        worth = {
            name: float(dual)
            for name, dual in zip(program.row_names, outcome.row_duals, strict=True)
            if abs(dual) > 1e-7 and not name.startswith(("plane", "dispatch."))
        }
        least = master.value(goal, found.decisions, found.results, least=True)
        if relative_gap(least, outcome.objective) <= max(1e-6, master.gap / 100):
            break
    master.delivered = current.results
    point = master.parts.whole(master.assembly, current.decisions, current.results)
    return match_in_full(master.assembly, point), worth


def _give_room(master: MasterProblem) -> None:
    """Let the cost just minimised rise again as far as the gap asked for allows: it is minimised once more."""
    last = master.stages[-1]
    if last.objective == "cost" and last.status == "solved":
        vector, highest, name = master.floors[-1]
        constant = objective_net_of_baseline(master.assembly, "cost").constant
        allowed = largest_within_gap(last.bound, ROOM * master.gap) - constant
        master.floors[-1] = (vector, max(highest, allowed), name)


def verify(master: MasterProblem, point: Array) -> tuple[Array, tuple[Violation, ...]]:
    """Return a finished plan and by how much it violates the full programme, repaired where that is too much.

    The programme is looked at part by part; a plan that cannot be repaired is returned as it was.
    """
    violations = max_violations(master.assembly, point)
    if describe(violations):
        repaired = repair(master, point)
        found = max_violations(master.assembly, repaired)
        if not describe(found):
            return repaired, found
    return point, violations


def repair(master: MasterProblem, point: Array) -> Array:
    """Return a plan finished once more from its rounded integers: all else decided anew, all days dispatched anew.

    New workers dispatch the days, from no basis.
    """
    master.parts.dispatcher.close()
    decisions = np.zeros(len(master.parts.master.lower))
    decisions[: master.assembly.investments] = point[: master.assembly.investments]
    return fix_and_reoptimise(master, Incumbent(decisions, master.delivered, np.inf))[0]


def match_in_full(assembly: ExtensiveForm, point: Array) -> Array:
    """Return the point with all draw matched that contracts and new plants of the zone allow.

    Matching bears no cost, so a plan under its carbon cap says nothing of it; the account and its emissions
    are settled here, hour by hour.
    """
    settled, layout = point.copy(), assembly.template.layout
    needs = [row for row, name in enumerate(assembly.template.rows) if name.startswith("matching_needs_contracted")]
    for block, (period, day) in enumerate(assembly.blocks):
        servers, matched = assembly.day_columns("servers_mw", block), assembly.day_columns("matched_mw", block)
        settled[matched] = 0.0
        allowed = -(assembly.day_part(block).matrix[needs] @ settled)
        settled[matched] = np.clip(np.minimum(settled[servers], allowed), 0.0, None)
        intensity = assembly.template.position("intensity_t_per_mwh")
        rates = assembly.values[block, intensity : intensity + len(layout.hosts) * len(layout.hours)]
        emitted = assembly.compiled.columns[id(assembly.model.carbon.emitted_t[period, day.day])]
        settled[emitted] = float(rates @ (settled[servers] - settled[matched]))
    return settled


def delivered(stage: ObjectiveResult, assembly: ExtensiveForm, point: Array) -> ObjectiveResult:
    """Return the record of an objective with value and gap of the finished plan, summed afresh."""
    value = assembly.objective_value(stage.objective, point)
    gap = relative_gap(value, stage.bound) if stage.claims else 1.0
    return stage.model_copy(update={"plan_value": value, "plan_gap_share": gap})
