"""One objective: the bound of its relaxation, a plan over the sites it likes, and the proof over all sites."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from models.case import Array
from models.plan import ObjectiveResult
from optimizer.benders.master_problem import (
    CAP_TOLERANCE,
    MAX_ITERATIONS,
    Incumbent,
    MasterProblem,
    Reoptimisation,
    Root,
    SearchEnded,
    evaluate_candidate,
    search_ended_by,
)
from optimizer.benders.objective_result import ObjectiveStatus, objective_result
from optimizer.benders.partition import partition
from optimizer.program.extensive_form import Objective
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import FEW_HEURISTICS, NO_SUBPROBLEMS, OutOfTime, Relaxation, run_highs
from optimizer.solver.solve_result import SolveResult, relative_gap
from optimizer.solver.whole_totals import families_of

KERNEL_NODES, KERNEL_ROUNDS = 50, 2
"""Nodes that one round of a search may take, and the rounds, over promising sites or where cells come after it."""
BOUND_NODES = 10
"""Nodes of the one round over all sites where cells come after it, or nothing, and the gap is wide: the root and the
first branchings bring nearly all that fifty do."""
FIRST_NODES = 200
"""Nodes of a round over all sites while its plans turn out to be others than the master thought."""
MOST_NODES = 100_000
"""Nodes of a later one whose predecessor's plan was what the master thought: only a fault takes as many."""
SIDE_BY_SIDE = 2
"""Parts of all plans that are searched at once, on any machine: what one finds cuts the other short only afterwards."""
ALMOST = 0.98
"""Share of the gap asked for at which a proof aims."""
ROOT_ACCURACY = 1e-6
"""Share of it to which the bound of a relaxation is worked out where no day is dispatched."""
WIDE_GAP = 0.01
"""Larger gaps are wide: from a plan that is known, the shorter of the solver's searches for better ones suffice over
promising sites, and over all of them a bound is what is asked for."""
KERNEL_SHARE = 0.5
"""Share of the time left after which the clock ends that search, which is told."""


def solve_objective(
    master: MasterProblem, objective: Objective, known: Incumbent | None
) -> tuple[Incumbent, ObjectiveResult]:
    """Return the best decisions for an objective and how far they are proved; raises SearchEnded without any."""
    began, gap = time.perf_counter(), master.gap(objective.name)
    master.report_progress(objective, np.inf, -np.inf, "relaxation")
    root, relaxed = root_relaxation(master, objective)
    best = known and reoptimise_with_fixed_integers(master, objective, known)
    if best is not None:
        master.save_checkpoint(objective, best.decisions, root, root)
    bound, nodes = root, 0
    large = bool(families_of(master.decomposition.master))
    for kernel, few in ((relaxed, True), (None, large)):
        if best is None or relative_gap(best.value, bound) > gap:
            best, bound, searched = improve_incumbent(master, objective, kernel, best, bound, root, few=few)
            nodes += searched
    partitioned = master.form.case.settings.solve.partition and large
    if partitioned and best is not None and relative_gap(best.value, bound) > gap:
        best, bound, searched = close_gap(master, objective, best, bound, root)
        nodes += searched
    stopped: ObjectiveStatus = "interrupted" if master.monitor.stopped() else "limit"
    if best is None:
        raise SearchEnded(stopped, "no plan was found in time")
    final = relative_gap(best.value, bound)
    ending: ObjectiveStatus = "solved" if final <= gap else stopped
    if ending == "limit" and master.time_remaining <= 0:
        master.time_limited[objective.name] = None
    figures = objective.sign * best.value, objective.sign * bound, objective.sign * root, final
    return best, objective_result(objective, ending, *figures, seconds=time.perf_counter() - began, nodes=nodes)


def root_relaxation(master: MasterProblem, objective: Objective) -> tuple[float, Array]:
    """Return bound and point of an objective's relaxation; raises SearchEnded if there is none, or no time for it."""
    known = master.root
    if known is None or known.objective != objective.name or master.epsilon_constraints:
        try:
            known = Root(objective.name, *solve_relaxation(master, objective, master.gap(objective.name)))
        except OutOfTime as late:
            raise SearchEnded("limit", f"no plan was found: {late}") from late
        if not master.epsilon_constraints:
            master.on_root(known)
    return known.bound, known.decisions


def reoptimise_with_fixed_integers(master: MasterProblem, objective: Objective, known: Incumbent) -> Incumbent:
    """Return the best plan for an objective that is found with the whole numbers of a plan for another objective."""
    if known.minimised == objective.name:
        return known
    best = replace(known, value=master.value(objective, known.decisions, known.results))
    found = minimise_with_fixed_integers(master, objective, known.decisions, master.gap(objective.name) / 10)
    return best if found is None or found.value >= best.value else found


def minimise_with_fixed_integers(
    master: MasterProblem, objective: Objective, decisions: Array, accuracy: float
) -> Incumbent | None:
    """Return the best plan with the whole numbers of decisions, to a relative accuracy; None if they make no plan.

    Each linear programme foresees a value and the days tell the true one, so that the next foresees better.
    """
    best, foreseen, left = None, -np.inf, Reoptimisation(master, objective, decisions)
    for _ in range(MAX_ITERATIONS):
        outcome = left.solve(master.time_remaining)
        found = None if outcome.values is None else evaluate_candidate(master, objective, outcome.values, left)
        if found is not None and (best is None or found.value < best.value):
            best = found
        if found is None or best is None or relative_gap(best.value, outcome.objective) <= accuracy:
            break
        if outcome.objective <= foreseen:  # the days had nothing new to tell
            break
        foreseen = outcome.objective
    return best and replace(best, minimised=objective.name)


def improve_incumbent(
    master: MasterProblem,
    objective: Objective,
    kernel: Array | None,
    best: Incumbent | None,
    bound: float,
    root: float,
    *,
    few: bool,
) -> tuple[Incumbent | None, float, int]:
    """Return a better plan, a better bound and the nodes searched: over a relaxed point's kernel, or over all sites.

    Each round solves the mixed-integer master and dispatches its days; the next knows what they really cost. Only a
    search over all sites proves a bound. With `few` of them it ends soon, once there is a plan. Raises SearchEnded if a
    search over all sites finds that no plan keeps every rule.
    """
    gap, nodes = master.gap(objective.name), 0
    most = KERNEL_NODES if few else FIRST_NODES
    if few and kernel is None and _is_wide(master, objective, best):
        most = BOUND_NODES
    for done in range(MAX_ITERATIONS):
        if few and (done == KERNEL_ROUNDS if kernel is not None else done and best is not None):
            break
        if master.monitor.stopped() or master.time_remaining <= 0:
            break
        target = gap / 3 if kernel is not None else gap * 0.7

        def on_incumbent(decisions: Array, bound: float = bound) -> None:
            master.save_checkpoint(objective, decisions, bound, root, dispatched=False)

        outcome = solve_master_mip(master, objective, kernel, best, bound, target, on_incumbent, most)
        nodes += outcome.nodes
        if outcome.values is None and outcome.status == "limit" and not outcome.timed_out:  # by its nodes: more of them
            if kernel is not None:
                break
            bound, most = max(bound, outcome.bound), MOST_NODES
            continue
        if outcome.values is None and kernel is None and best is None:
            raise search_ended_by(outcome)
        if outcome.values is not None:
            found = evaluate_candidate(master, objective, outcome.values)
            if found is not None and (best is None or found.value < best.value):
                best = found
                master.save_checkpoint(objective, best.decisions, bound, root)
        if kernel is None and best is not None:
            bound = min(max(bound, outcome.bound), best.value)
        master.report_progress(objective, best.value if best else np.inf, bound, _note(kernel))
        if outcome.values is None or outcome.timed_out or outcome.status not in ("optimal", "target_reached", "limit"):
            break
        if best is not None and relative_gap(best.value, bound) <= gap:
            break
        if found is not None and relative_gap(found.value, outcome.objective) <= gap / 4:
            if kernel is not None or outcome.status != "limit":
                break
            most = MOST_NODES
    return best, bound, nodes


def close_gap(
    master: MasterProblem, objective: Objective, best: Incumbent, bound: float, root: float
) -> tuple[Incumbent, float, int]:
    """Return a plan and a bound within the gap of each other as far as time allows, and the nodes searched.

    The plans are split into cells by their totals (`partition.py`). The two of least bound are searched side by
    side for a plan that is better by more than the gap, until no cell can hold one. What the master thinks
    better and the days do not leaves cuts behind, and its cell is searched again.
    """
    gap, nodes, branching = ALMOST * master.gap(objective.name), 0, master.form.case.settings.solve.branching

    def cutoff() -> float:
        return best.value - gap * max(abs(best.value), 1.0)

    def proved() -> float:
        return max(bound, min([cutoff(), *(cell.bound for cell in cells)]))

    cells = partition(master.program(objective), cutoff(), master.monitor, master.time_remaining)
    for cell in cells:
        cell.bound = max(cell.bound, bound)
    budget = [FIRST_NODES] * len(cells)
    for _ in range(MAX_ITERATIONS):
        open_cells = [place for place, cell in enumerate(cells) if cell.bound < cutoff()]
        bound = proved()
        master.report_progress(objective, best.value, bound, f"{len(open_cells)} of {len(cells)} parts open")
        if not open_cells or master.monitor.stopped() or master.time_remaining <= 0:
            break
        chosen = sorted(open_cells, key=lambda place: cells[place].bound)[:SIDE_BY_SIDE]
        program, limit, points = master.program(objective), cutoff(), [list[Array]() for _ in chosen]

        def search(
            place: int, found: list[Array], program: LinearProgram = program, limit: float = limit
        ) -> SolveResult:
            return run_highs(
                cells[place].within(program),
                monitor=master.monitor,
                seconds=master.time_remaining,
                gap=gap / 10,
                options=branching | {"mip_max_nodes": budget[place], "objective_bound": limit},
                on_incumbent=found.append,
                verify=False,  # a cell may well hold no such plan
            )

        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            outcomes = list(threads.map(search, chosen, points))
        for place, outcome, found in zip(chosen, outcomes, points, strict=True):
            nodes += outcome.nodes
            if outcome.timed_out:
                master.time_limited[objective.name] = None
            reached = np.inf if outcome.status in ("optimal", "infeasible") else -np.inf
            claimed = outcome.bound if outcome.values is not None or reached < 0 else reached
            cells[place].bound = max(cells[place].bound, min(limit, claimed))
            if outcome.status == "limit":
                budget[place] *= 2
            for point in found[:-1]:
                master.add_cuts(point, master.decomposition.accounts(point))
            if outcome.values is None or outcome.objective >= best.value:
                continue
            candidate = evaluate_candidate(master, objective, outcome.values)
            if candidate is not None and candidate.value < best.value:
                best = candidate
                master.save_checkpoint(objective, best.decisions, bound, root)
        if any(outcome.timed_out or outcome.status == "failed" for outcome in outcomes):
            break
    return best, min(proved(), best.value), nodes


def _is_wide(master: MasterProblem, objective: Objective, best: Incumbent | None) -> bool:
    """Tell whether a plan is known and the gap asked for is wide."""
    return best is not None and master.gap(objective.name) > WIDE_GAP


def _note(kernel: Array | None) -> str:
    """Return where a search looks, for people."""
    return "all sites" if kernel is None else "promising sites"


def solve_relaxation(master: MasterProblem, objective: Objective, gap: float) -> tuple[float, Array]:
    """Return the bound of the relaxation and its point: its days priced to a tenth of the gap, or nearly exactly.

    Where nothing is dispatched a round takes no time, and the bound, on which later objectives hang, is the same from
    whatever cuts it sets out.
    """
    bound = -np.inf
    known = len(master.pool)
    relaxation = Relaxation(master.program(objective), master.monitor)
    for _ in range(MAX_ITERATIONS):
        outcome = relaxation.run(master.time_remaining)
        if outcome.values is None:
            raise search_ended_by(outcome, ", not even with fractions of halls")
        bound = max(bound, outcome.objective)
        master.report_progress(objective, np.inf, bound, "relaxation")
        dispatched = master.uses_operating_cost(objective) or bool(master.pool.of(("feasibility",)))
        parts, point = master.decomposition, outcome.values
        results = parts.evaluate(point, master.token, need_primal=False) if dispatched else parts.accounts(point)
        lack = any(result.missed is not None for result in results)
        accuracy = gap / 10 if dispatched else min(ROOT_ACCURACY, gap / 10)
        least = master.value(objective, outcome.values, results, least=True)
        near = relative_gap(least, outcome.objective) <= accuracy
        master.add_cuts(outcome.values, results)
        if (
            near
            and not lack
            and master.satisfies_bounds(outcome.values, results, least=True, tolerance=max(accuracy, CAP_TOLERANCE))
        ):
            break
        relaxation.add(*master.cut_rows(objective, known))
        known = len(master.pool)
    assert outcome.values is not None
    return bound, outcome.values


def solve_master_mip(
    master: MasterProblem,
    objective: Objective,
    relaxed: Array | None,
    best: Incumbent | None,
    bound: float,
    target: float,
    on_incumbent: Callable[[Array], None],
    most_nodes: int,
) -> SolveResult:
    """Run the mixed-integer master: over the sites the relaxation opens (the kernel), or over all of them.

    `on_incumbent` is told every better point that branch and bound finds.
    """
    program = master.program(objective)
    if relaxed is not None:
        upper = program.upper.copy()
        opens = [
            (site, each.columns[id(variable)])
            for each in master.form.futures
            for (site, _), variable in each.model.siting.open_in.items()
        ]
        kernel_sites = {
            site
            for site, column in opens
            if relaxed[column] > 1e-4 or (best is not None and best.decisions[column] > 0.5)
        }
        upper[[column for site, column in opens if site not in kernel_sites]] = 0.0
        program = program.with_bounds(program.lower, upper)
    start = None if best is None else master.complete_solution(best.decisions, best.results)
    incumbent = best.value if best else np.inf
    few_heuristics = NO_SUBPROBLEMS if relaxed is None else FEW_HEURISTICS
    brief = few_heuristics if _is_wide(master, objective, best) else {}

    def on_progress(primal: float, dual: float, _: int) -> None:
        proved = bound if relaxed is not None else max(bound, dual if np.isfinite(dual) else -np.inf)
        master.report_progress(objective, min(incumbent, primal), proved, _note(relaxed))

    outcome = run_highs(
        program,
        monitor=master.monitor,
        seconds=master.time_remaining * (KERNEL_SHARE if relaxed is not None else 1.0),
        gap=target,
        options={**master.form.case.settings.solve.branching, "mip_max_nodes": most_nodes, **brief},
        start=start,
        on_progress=on_progress,
        on_incumbent=on_incumbent,
        verify=relaxed is None or start is not None,  # a kernel may well hold no plan
    )
    if outcome.timed_out:
        master.time_limited[objective.name] = None
    return outcome
