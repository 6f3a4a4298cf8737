"""The search for a plan: objective by objective, linear relaxation first, then a kernel of promising sites, then proof.

Each stage minimises one goal over the master, whose days are priced by planes from their dispatch (`split.py`):
1. the relaxation, until its days' prices are right: a bound;
2. the kernel: the mixed-integer master over the sites the relaxation likes (Angelelli, Mansini, Speranza, 2010): a plan;
3. the full mixed-integer master from that plan, until bound and plan meet within the gap.
A goal once reached becomes a row for the next (within its tolerance). At the end the integers are fixed and the cost of all the
rest is minimised, so that nothing in the plan is there by accident.
"""

import time
from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sparse

from models.case import Array, Case
from models.plan import Stage
from optimizer.solve.baseline import SystemShort, solve_baseline
from optimizer.solve.build import Assembly, Goal, assemble
from optimizer.solve.highs import Outcome, Relaxation, relative_gap, run_highs
from optimizer.solve.program import Program
from optimizer.solve.solution import Baseline, Ending, Solution
from optimizer.solve.split import DayResult, Plane, Split, split
from optimizer.solve.watch import Progress, Watch

ROUNDS = 60
"""Most rounds of pricing the days in one place; each adds planes, and convergence is checked, so this only stops a fault."""
POLISH_SECONDS = 120.0
"""Time that finishing a plan may take after the limit or an interruption."""
SMALLEST_SLOPE = 1e-9
"""Smaller slopes of a plane (MEUR per MW) are dropped: no decision is large enough for them to matter."""
FLOOR_SHARE = 1e-6
"""Least slack left to a goal already reached, so that rounding does not make the next stage infeasible."""


class Stopped(Exception):
    """The search ended before it had what it was looking for."""

    def __init__(self, status: Ending, message: str) -> None:
        super().__init__(message)
        self.status: Ending = status


@dataclass
class Incumbent:
    """The best decisions found for a goal."""

    decisions: Array
    results: list[DayResult]
    value: float


@dataclass
class Search:
    """The state of a search: the master as it grows, and the planes its days have given."""

    assembly: Assembly
    parts: Split
    baseline: Baseline
    watch: Watch
    began: float
    planes: list[tuple[int, Plane]] = field(default_factory=list)
    lacks: list[Plane] = field(default_factory=list)
    floors: list[tuple[Array, float, str]] = field(default_factory=list)
    """Goals already reached: cost vector over the master, highest value, name."""
    base: Array = field(default_factory=lambda: np.zeros(0))

    @property
    def left(self) -> float:
        """Return the seconds left."""
        return self.assembly.case.scenario.solve.time_limit_seconds - (time.perf_counter() - self.began)

    def price(self, results: list[DayResult]) -> None:
        """Keep what the days say of their cost."""
        self.planes += list(enumerate(result.plane for result in results))
        self.lacks += [result.lack_plane for result in results if result.lack_plane is not None]

    def vector(self, goal: Goal) -> Array:
        """Return a goal's coefficients over the master, the days' cost columns included."""
        return np.concatenate([goal.cost[self.parts.master_columns], goal.day_weights])

    def master(self, goal: Goal) -> Program:
        """Return the master for a goal, with all planes and floors."""
        program = replace(self.parts.master, cost=self.vector(goal), offset=goal.constant)
        if not self.priced(goal):
            days = len(self.parts.master_columns)
            lower, upper = program.lower.copy(), program.upper.copy()
            lower[days:] = upper[days:] = 0.0
            program = program.with_bounds(lower, upper)
        if self.floors:
            matrix = sparse.csr_array(np.array([vector for vector, _, _ in self.floors]))
            highest = np.array([limit for _, limit, _ in self.floors])
            names = [f"{name}_reached" for _, _, name in self.floors]
            program = program.with_rows(matrix, np.full(len(highest), -np.inf), highest, names)
        matrix, lower, upper = self.rows(goal, 0, 0)
        return program.with_rows(matrix, lower, upper, [f"plane[{number}]" for number in range(matrix.shape[0])])

    def priced(self, goal: Goal) -> bool:
        """Tell whether the days' costs matter to a goal or to one already reached."""
        days = len(self.parts.master_columns)
        return bool(goal.day_weights.any()) or any(vector[days:].any() for vector, _, _ in self.floors)

    def rows(self, goal: Goal, planes: int, lacks: int) -> tuple[sparse.csr_array, Array, Array]:
        """Return the rows of the planes from the given numbers on: matrix, lower and upper limits."""
        days, width = len(self.parts.master_columns), len(self.parts.master.lower)
        new = self.planes[planes:] if self.priced(goal) else []
        lack = self.lacks[lacks:]
        matrix = np.zeros((len(new) + len(lack), width))
        lower, upper = np.full(len(matrix), -np.inf), np.full(len(matrix), np.inf)
        for row, (day, plane) in enumerate(new):
            matrix[row, :days], matrix[row, days + day] = -plane.slope, 1.0
            lower[row] = plane.value - self.base[day] - float(plane.slope @ plane.at)
        for row, plane in enumerate(lack, start=len(new)):
            matrix[row, :days] = plane.slope
            upper[row] = float(plane.slope @ plane.at) - plane.value
        matrix[np.abs(matrix) < SMALLEST_SLOPE] = 0.0
        return sparse.csr_array(matrix), lower, upper

    def value(self, goal: Goal, decisions: Array, results: list[DayResult]) -> float:
        """Return the true value of a goal (to be minimised) at decisions whose days were dispatched."""
        cost = np.array([result.cost for result in results]) - self.base
        here = self.vector(goal)[: len(self.parts.master_columns)] @ decisions[: len(self.parts.master_columns)]
        return float(here) + float(goal.day_weights @ cost) + goal.constant

    def say(self, goal: Goal, incumbent: float, bound: float, note: str) -> None:
        """Report progress in the terms of people."""
        known = [goal.sign * each if np.isfinite(each) else None for each in (incumbent, bound)]
        gap = relative_gap(incumbent, bound)
        self.watch.report(
            Progress(
                stage=goal.name,
                seconds=time.perf_counter() - self.began,
                incumbent=known[0],
                bound=known[1],
                gap=gap if np.isfinite(gap) else None,
                note=note,
            )
        )


def solve_case(case: Case, watch: Watch | None = None) -> Solution:
    """Return the solution of a case; its status tells whether it has a plan and how far that is proved."""
    watch = watch or Watch()
    began = time.perf_counter()
    watch.report(Progress("building", 0.0))
    assembly = assemble(case)
    options = {
        "gap_share": repr(case.scenario.solve.gap_share),
        "time_limit_seconds": repr(case.scenario.solve.time_limit_seconds),
        "threads": str(case.scenario.solve.threads),
        "random_seed": str(case.scenario.solve.seed),
    }

    def ended(
        status: Ending, message: str, baseline: Baseline | None = None, stages: tuple[Stage, ...] = ()
    ) -> Solution:
        seconds = time.perf_counter() - began
        return Solution(status, message, assembly, baseline, None, stages, {}, options, seconds)

    watch.report(Progress("baseline", time.perf_counter() - began, note="the system without new data centres"))
    try:
        baseline = solve_baseline(assembly, watch, case.scenario.solve.time_limit_seconds)
    except SystemShort as short:
        return ended("infeasible", str(short))
    except InterruptedError as stop:
        return ended("interrupted" if watch.stopped() else "limit", f"the baseline was not finished ({stop})")
    for period, cost in baseline.running_meur.items():
        assembly.model.dispatch.baseline_meur[period] = cost
    search = Search(assembly, split(assembly, case.scenario.solve.time_limit_seconds), baseline, watch, began)
    first = search.parts.solve_days(baseline.decisions[search.parts.master_columns])
    search.base = np.array([result.cost for result in first])
    search.price(first)

    stages: list[Stage] = []
    best: Incumbent | None = None
    try:
        for name in case.scenario.question.objectives:
            goal = _incremental(assembly, name)
            best, stage = run_stage(search, goal, best)
            stages.append(stage)
            if stage.status != "solved":
                break
            slack = max(case.scenario.question.tolerance_share, FLOOR_SHARE) * max(
                abs(best.value - goal.constant), 1e-3
            )
            search.floors.append((search.vector(goal), best.value - goal.constant + slack, name))
    except Stopped as stop:
        if best is None:
            return ended(stop.status, str(stop), baseline, tuple(stages))
        stages.append(_unproved(name, goal, stop))
    assert best is not None
    point, worth = polish(search, best)
    status: Ending = next((stage.status for stage in stages if stage.status != "solved"), "solved")
    seconds = time.perf_counter() - began
    return Solution(status, "", assembly, baseline, point, tuple(stages), worth, options, seconds)


def _incremental(assembly: Assembly, name: str) -> Goal:
    """Return a goal whose days count only what they cost above the baseline (their cost columns hold the difference)."""
    goal = assembly.goal(name)
    base = sum(
        weight * assembly.model.dispatch.baseline_meur[period].value * share
        for weight, (period, _), share in zip(
            goal.day_weights, assembly.blocks, _first_of_period(assembly), strict=True
        )
    )
    return replace(goal, constant=goal.constant + base)


def _first_of_period(assembly: Assembly) -> list[float]:
    """Return 1 for the first block of each period, 0 for the others."""
    seen: set[str] = set()
    firsts = []
    for period, _ in assembly.blocks:
        firsts.append(0.0 if period in seen else 1.0)
        seen.add(period)
    return firsts


def run_stage(search: Search, goal: Goal, known: Incumbent | None) -> tuple[Incumbent, Stage]:
    """Return the best decisions for a goal and how far they are proved; raises Stopped without any."""
    began, gap = time.perf_counter(), search.assembly.case.scenario.solve.gap_share
    bound, relaxed = relax(search, goal, gap)
    root, nodes = bound, 0
    best = known and replace_value(search, goal, known)
    status = "solved"
    for kernel in (True, False):
        for _ in range(ROUNDS):
            target = gap / 3 if kernel else gap
            if best is not None and relative_gap(best.value, bound) <= (gap if not kernel else gap):
                break
            outcome = _whole(search, goal, relaxed if kernel else None, best, bound, target)
            nodes += outcome.nodes
            if not kernel and outcome.bound > bound:
                bound = min(outcome.bound, best.value if best else np.inf)
            if outcome.values is None:
                if outcome.status == "infeasible" and kernel:
                    break
                if outcome.status == "infeasible" and best is None:
                    raise Stopped("infeasible", "no plan keeps every rule")
                status = "interrupted" if search.watch.stopped() else "limit"
                break
            found = evaluate(search, goal, outcome.values)
            converged = found is not None and relative_gap(found.value, outcome.objective) <= gap / 4
            if found is not None and (best is None or found.value < best.value):
                best = found
            search.say(goal, best.value if best else np.inf, bound, "kernel" if kernel else "all sites")
            if outcome.status in ("limit", "interrupted"):
                status = "interrupted" if search.watch.stopped() else "limit"
                break
            if converged:
                break
        if best is not None and relative_gap(best.value, bound) <= gap:
            status = "solved"
            break
        if status != "solved" and (search.watch.stopped() or search.left <= 0):
            break
        status = "solved"
    if best is None:
        ending: Ending = "interrupted" if search.watch.stopped() else "limit"
        raise Stopped(ending, "no plan was found in time")
    final_gap = relative_gap(best.value, bound)
    if final_gap > gap:
        status = "interrupted" if search.watch.stopped() else "limit"
    stage = Stage(
        objective=goal.name,
        sense="maximise" if goal.sign < 0 else "minimise",
        value=goal.sign * best.value,
        bound=goal.sign * bound,
        gap_share=final_gap,
        status=status,
        seconds=time.perf_counter() - began,
        nodes=nodes,
        root_bound=goal.sign * root,
    )
    return best, stage


def replace_value(search: Search, goal: Goal, known: Incumbent) -> Incumbent:
    """Return decisions known from another goal, valued by this one."""
    return Incumbent(known.decisions, known.results, search.value(goal, known.decisions, known.results))


def relax(search: Search, goal: Goal, gap: float) -> tuple[float, Array]:
    """Return the bound of the relaxation and its point, its days priced to a tenth of the gap."""
    bound = -np.inf
    known = len(search.planes), len(search.lacks)
    relaxation = Relaxation(search.master(goal), search.watch)
    for _ in range(ROUNDS):
        outcome = relaxation.run(search.left)
        if outcome.status == "infeasible":
            raise Stopped("infeasible", "no plan keeps every rule, not even with fractions of halls")
        if outcome.values is None:
            ending: Ending = "interrupted" if search.watch.stopped() else outcome.status  # type: ignore[assignment]
            raise Stopped(ending, "the relaxation was not solved")
        bound = max(bound, outcome.objective)
        search.say(goal, np.inf, bound, "relaxation")
        if not search.priced(goal) and not search.lacks:
            break
        results = search.parts.solve_days(outcome.values)
        lack = any(result.lack_plane is not None for result in results)
        if not lack and relative_gap(search.value(goal, outcome.values, results), outcome.objective) <= gap / 10:
            search.price(results)
            break
        search.price(results)
        relaxation.add(*search.rows(goal, *known))
        known = len(search.planes), len(search.lacks)
    assert outcome.values is not None
    return bound, outcome.values


def _whole(
    search: Search, goal: Goal, relaxed: Array | None, best: Incumbent | None, bound: float, target: float
) -> Outcome:
    """Run the mixed-integer master: over the sites the relaxation opens (the kernel), or over all of them."""
    program = search.master(goal)
    if relaxed is not None:
        upper = program.upper.copy()
        columns = search.assembly.compiled.columns
        liked = {
            site
            for (site, _), variable in search.assembly.model.siting.open_in.items()
            if relaxed[columns[id(variable)]] > 1e-4
            or (best is not None and best.decisions[columns[id(variable)]] > 0.5)
        }
        for (site, _), variable in search.assembly.model.siting.open_in.items():
            if site not in liked:
                upper[columns[id(variable)]] = 0.0
        program = program.with_bounds(program.lower, upper)
    start = None
    if best is not None:
        start = best.decisions.copy()
        start[len(search.parts.master_columns) :] = np.array([result.cost for result in best.results]) - search.base
    incumbent = best.value if best else np.inf

    def heard(primal: float, dual: float, _: int) -> None:
        proved = bound if relaxed is not None else max(bound, dual if np.isfinite(dual) else -np.inf)
        search.say(goal, min(incumbent, primal), proved, "kernel" if relaxed is not None else "all sites")

    seconds = search.left * (0.5 if relaxed is not None else 1.0)
    solve = search.assembly.case.scenario.solve
    return run_highs(
        program,
        watch=search.watch,
        seconds=seconds,
        gap=target,
        options={"threads": solve.threads, "random_seed": solve.seed},
        start=start,
        on_progress=heard,
    )


def evaluate(search: Search, goal: Goal, decisions: Array) -> Incumbent | None:
    """Dispatch the days at decisions and keep their planes; None if the decisions leave load unserved."""
    rounded = np.where(search.parts.master.integer, np.round(decisions), decisions)
    results = search.parts.solve_days(rounded)
    search.price(results)
    if any(result.lack_plane is not None for result in results):
        return None
    return Incumbent(rounded, results, search.value(goal, rounded, results))


def polish(search: Search, best: Incumbent) -> tuple[Array, dict[str, float]]:
    """Fix the integers and minimise the cost of the rest, with every goal kept; return the whole point and the binding rows' worth."""
    search.watch = Watch(
        listener=search.watch.listener
    )  # what is left is short and must not be lost to a second interruption
    goal = _incremental(search.assembly, "cost")
    integer = search.parts.master.integer
    worth: dict[str, float] = {}
    current = best
    for _ in range(ROUNDS):
        program = search.master(goal)
        fixed = np.where(integer, np.round(current.decisions), program.lower)
        program = program.with_bounds(fixed, np.where(integer, fixed, program.upper)).relaxed()
        outcome = run_highs(program, watch=search.watch, seconds=POLISH_SECONDS)
        if outcome.values is None or outcome.row_duals is None:
            break
        decisions = np.where(integer, np.round(best.decisions), outcome.values)
        found = evaluate(search, goal, decisions)
        if found is None:
            continue
        current = found
        worth = {
            name: float(dual)
            for name, dual in zip(program.row_names, outcome.row_duals, strict=True)
            if abs(dual) > 1e-7 and not name.startswith(("plane", "no_lack", "dispatch."))
        }
        if relative_gap(found.value, outcome.objective) <= 1e-6:
            break
    point = search.parts.whole(current.decisions, current.results, len(search.assembly.program.lower))
    return match_in_full(search.assembly, point), worth


def match_in_full(assembly: Assembly, point: Array) -> Array:
    """Return the point with all draw matched that contracts, new plants and carried cover allow, and the emissions that leaves.

    Matching bears no cost, so a plan under its carbon cap says nothing of it; the account is settled here, hour by hour.
    """
    settled, layout = point.copy(), assembly.template.layout
    needs = [row for row, name in enumerate(assembly.template.rows) if name.startswith("matching_needs_contracted")]
    rows_here = len(assembly.template.rows)
    first_row = assembly.program.matrix.shape[0] - rows_here * len(assembly.blocks)
    for block, (period, day) in enumerate(assembly.blocks):
        start = first_row + block * rows_here
        servers, matched = assembly.day_columns("servers_mw", block), assembly.day_columns("matched_mw", block)
        settled[matched] = 0.0
        allowed = -(assembly.program.matrix[start + np.array(needs)] @ settled) if needs else np.zeros(0)
        settled[matched] = np.clip(np.minimum(settled[servers], allowed), 0.0, None)
        intensity = assembly.template.position("intensity_t_per_mwh")
        rates = assembly.values[block, intensity : intensity + len(layout.hosts) * len(layout.hours)]
        emitted = assembly.compiled.columns[id(assembly.model.carbon.emitted_t[period, day.day])]
        settled[emitted] = float(rates @ (settled[servers] - settled[matched]))
    return settled


def _unproved(name: str, goal: Goal, stop: Stopped) -> Stage:
    """Return the record of a stage that ended without a plan of its own (the last stage's plan stands)."""
    status = "interrupted" if stop.status == "interrupted" else "limit"
    return Stage(
        objective=name,
        sense="maximise" if goal.sign < 0 else "minimise",
        value=0.0,
        bound=0.0,
        gap_share=1.0,
        status=status,
        seconds=0.0,
        nodes=0,
        root_bound=0.0,
    )
