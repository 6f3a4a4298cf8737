"""The near-optimal set of a case: every plan that keeps all rules, the levels reached, and a cost near the best.

A plan belongs to it only once its days were dispatched and its true cost is known. What is said of all its plans is a
bound of a linear or mixed-integer master, whose cuts leave no plan out (Benders); so a bound is proved however few cuts
are known. The master gets a column for each site, 1 where new halls stand in the end and 0 elsewhere: what forces a
site in or out, counts sites or keeps two plans apart is a bound or a row of these columns (as in modelling to generate
alternatives: Brill, Chang, Hopkins, Management Science 28, 1982; DeCarolis, Energy Economics 33, 2011).
"""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sparse

from models.case import Array, Case
from optimizer.benders.master_problem import (
    EPSILON_CONSTRAINT_TOLERANCE,
    Incumbent,
    MasterProblem,
    SearchEnded,
    evaluate_candidate,
)
from optimizer.benders.solution import SearchStatus
from optimizer.benders.solve_objective import minimise_with_fixed_integers
from optimizer.program.extensive_form import Objective
from optimizer.program.linear_program import LinearProgram
from optimizer.solver.highs import FEW_HEURISTICS, NO_SUBPROBLEMS, Relaxation, run_highs
from optimizer.solver.solve_result import SolveResult

SIDE_BY_SIDE = 2
"""Programmes that are solved at once, on any machine."""
ROUNDS = 6
"""Points of a mixed-integer master whose days are dispatched in one search: each that is no plan adds cuts."""
KERNEL_NODES = 200
"""Nodes of branch and bound over a few sites: it finds plans and proves nothing."""
EXACT = 1e-6
"""Share of a value that is what rounding leaves."""
WHOLE = 1e-6
"""From a count this far below the next whole number on, that number is out of reach."""
SCALED: Mapping[str, object] = {"simplex_scale_strategy": 4}
"""Options of the relaxation with sites forced in: with the solver's own scaling some that have no point take it minutes
without an iteration."""
OPEN_SHARE = 1e-4
"""From here on a relaxation opens a site."""

Bounds = Mapping[int, tuple[float, float]]
"""Column -> other bounds."""


@dataclass(frozen=True)
class FoundPlan:
    """A plan whose days were dispatched."""

    decisions: Array
    """The columns of the master problem, with what its nodes cost and emit."""
    value: float
    """Of the last objective, to be minimised."""
    sites: frozenset[str]
    """Where new halls stand in the end."""
    halls: Mapping[str, int]
    """Site -> new halls in the end."""


@dataclass(frozen=True)
class Search:
    """A mixed-integer search over the set, or without its limit."""

    objective: Objective
    """To be minimised: the last objective or a weighted sum of columns."""
    bounds: Bounds
    limited: bool = True
    kernel: Collection[str] | None = None
    """The only sites that may stand; a search over them proves nothing."""
    nodes: int = KERNEL_NODES
    gap: float = 1e-4
    gap_absolute: float = 1e-9
    start: FoundPlan | None = None
    seeks_plans: bool = True
    """Whether it is to find a plan, not only to prove that there is none."""
    rows: Sequence[tuple[Mapping[int, float], float]] = ()
    """(column -> coefficient, least value)."""

    @property
    def cut_off(self) -> bool:
        """Tell whether what lies beyond the set's limit is cut off, instead of kept out by a row, which proves less."""
        return self.limited and not self.seeks_plans


@dataclass(frozen=True)
class Searched:
    """What a mixed-integer search over the set brought."""

    bound: float
    """No plan has a lower value of what was minimised; inf if there is no plan at all, -inf if nothing is proved."""
    plan: FoundPlan | None
    """The plan that it found."""


@dataclass
class NearOptimalSet:
    """Plans within a share of the reference plan's last objective, all that came before it held."""

    master: MasterProblem
    """With the levels of earlier objectives, over all columns and those of `stands`."""
    limit: float
    """Highest value (to be minimised) of the last objective."""
    reference: FoundPlan
    bound: float
    """Proved bound on the last objective over all plans, to be minimised."""
    stands: Mapping[str, int]
    """Site -> column that is 1 where new halls stand in the end."""
    halls: Mapping[str, Sequence[int]]
    """Site -> columns of its halls."""
    least_distance: int
    """Column of the least distance to some plans; free of cost and rows unless a search asks for it."""
    plans: list[FoundPlan] = field(default_factory=list)
    """Plans of the set that were found, each set of sites and halls once, in the order in which they were found."""

    @property
    def case(self) -> Case:
        """Return the case."""
        return self.master.form.case

    @cached_property
    def objective(self) -> Objective:
        """The last objective, which the set limits."""
        return self.master.form.objective(self.case.settings.question.objectives[-1])

    @cached_property
    def within(self) -> MasterProblem:
        """The master problem whose plans are those of the set; its cuts are those of `master`."""
        limited = replace(self.master, epsilon_constraints=list(self.master.epsilon_constraints))
        limited.add_objective_bound(self.objective, self.limit)
        return limited

    @property
    def highest(self) -> float:
        """The value up to which a plan is one of the set: its limit, but for what a level gives way."""
        return self.limit + EPSILON_CONSTRAINT_TOLERANCE * max(abs(self.limit), 1.0)

    @property
    def above(self) -> float:
        """The least value that is known of a plan outside the set: all that a proof within its limit tells."""
        return float(np.nextafter(self.limit, np.inf))

    @property
    def over(self) -> bool:
        """Tell whether an end was asked for, or time is up."""
        return self.master.monitor.stopped() or self.master.time_remaining <= 0

    def weighted(self, name: str, weights: Mapping[int, float]) -> Objective:
        """Return a weighted sum of columns, to be minimised."""
        cost = np.zeros(len(self.master.decomposition.master.lower))
        cost[list(weights)] = list(weights.values())
        return Objective(name, 1.0, cost, 0.0)

    def program(self, objective: Objective, limited: bool = True) -> LinearProgram:
        """Return the master over the set, or without its limit, for an objective or a weighted sum of columns."""
        master = self.within if limited else self.master
        if len(objective.cost) == self.master.form.investments:
            return master.program(objective)
        return replace(master.program(self.objective), cost=objective.cost, offset=objective.constant)

    def relaxation(self, limited: bool = True, iterations: int | None = None) -> "SiteRelaxation":
        """Return the linear relaxation of the last objective, to be asked with sites forced in or out.

        What takes more `iterations` of the simplex method is left without an answer.
        """
        return SiteRelaxation(self, limited, iterations)

    def relax(
        self, *asked: Objective, bounds: Bounds | None = None, limited: bool = True
    ) -> list[tuple[float, Array | None]]:
        """Return for each objective, two at once, the bound of the linear relaxation over the set and its point.

        Without `limited` the set's limit does not hold. (inf, None) where there is no plan, (-inf, None) if nothing is
        proved.
        """

        def bound_of(program: LinearProgram) -> tuple[float, Array | None]:
            if self.over:
                return -np.inf, None
            outcome = run_highs(program, monitor=self.master.monitor, seconds=self.master.time_remaining)
            return (np.inf if outcome.status == "infeasible" else outcome.bound), outcome.values

        programs = [with_bounds(self.program(each, limited).relaxed(), bounds or {}) for each in asked]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            return [*threads.map(bound_of, programs)]

    def open_in(self, point: Array) -> frozenset[str]:
        """Return the sites that a point of a relaxation opens."""
        return frozenset(site for site, column in self.stands.items() if point[column] > OPEN_SHARE)

    def most_halls(self, site: str) -> float:
        """Return the most halls that land and grid ever allow at a site."""
        return float(self.master.decomposition.master.upper[list(self.halls[site])].max())

    def search(self, *asked: Search) -> list[Searched]:
        """Return for each of some searches, two of which run at once, the plan that it found and what it proved.

        Each point of branch and bound has its days dispatched; if it turns out to be no plan, their cuts exclude it and
        the next is sought. All of a round know the same cuts: neither clock nor processors change what is found.
        """
        found = [Searched(-np.inf, None)] * len(asked)
        left = [*range(len(asked))]
        for _ in range(ROUNDS):
            if self.over or not left:
                break
            programs = [self._program_of(asked[place]) for place in left]
            with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
                outcomes = [*threads.map(self._run, [asked[place] for place in left], programs)]
            done = set()
            for place, outcome in zip(left, outcomes, strict=True):
                each, proved = asked[place], found[place].bound
                if outcome.timed_out:
                    self.master.time_limited[each.objective.name] = None
                if each.kernel is None:
                    bound = np.inf if outcome.status == "infeasible" else outcome.bound
                    proved = max(proved, min(bound, self.above) if each.cut_off else bound)
                point = None if each.cut_off and outcome.objective > self.highest else outcome.values
                plan = None if point is None else self.accept(point, each.limited)
                found[place] = Searched(proved, plan)
                if point is None or plan is not None:
                    done.add(place)
            left = [place for place in left if place not in done]
        return found

    def _program_of(self, asked: Search) -> LinearProgram:
        """Return the programme of a search."""
        closed = [] if asked.kernel is None else [site for site in self.stands if site not in asked.kernel]
        bounds = {**{self.stands[site]: (0.0, 0.0) for site in closed}, **asked.bounds}
        program = with_bounds(self.program(asked.objective, asked.limited and not asked.cut_off), bounds)
        if not asked.rows:
            return program
        matrix = sparse.lil_array((len(asked.rows), len(program.lower)))
        for number, (entries, _) in enumerate(asked.rows):
            matrix[number, list(entries)] = list(entries.values())
        least = np.array([value for _, value in asked.rows])
        names = [f"asked[{number}]" for number in range(len(asked.rows))]
        return program.with_rows(matrix.tocsr(), least, np.full(len(least), np.inf), names)

    def _run(self, asked: Search, program: LinearProgram) -> SolveResult:
        """Return what branch and bound finds."""
        limits: dict[str, Any] = {"mip_max_nodes": asked.nodes, "mip_abs_gap": asked.gap_absolute, **FEW_HEURISTICS}
        if not asked.seeks_plans:
            limits |= {**NO_SUBPROBLEMS, "mip_allow_restart": False}
        if asked.cut_off:
            limits["objective_bound"] = self.highest
        return run_highs(
            program,
            monitor=self.master.monitor,
            seconds=self.master.time_remaining,
            gap=asked.gap,
            options=self.case.settings.solve.branching | limits,
            start=None if asked.start is None else asked.start.decisions,
            verify=asked.kernel is None and not asked.cut_off,  # either may well hold no plan
        )

    def accept(self, decisions: Array, limited: bool = True) -> FoundPlan | None:
        """Return the plan with a point's whole numbers, if it is one; what its days prove is kept in any case.

        It is kept among the plans of the set if it is within its limit.
        """
        master = self.within if limited else self.master
        found = evaluate_candidate(master, self.objective, decisions)
        if found is None:
            return None
        plan = self.plan_of(found)
        alike = (plan.sites == known.sites and plan.halls == known.halls for known in self.plans)
        if plan.value <= self.highest and not any(alike):
            self.plans.append(plan)
        return plan

    def plan_of(self, found: Incumbent) -> FoundPlan:
        """Return a plan found, with its sites."""
        return found_plan(found, self.stands, self.halls)


class SiteRelaxation:
    """The linear relaxation of the last objective, solved again and again from one basis with a site forced in or out.

    Every answer begins with the basis of the relaxation without any site forced, so it does not depend on the order.
    """

    def __init__(self, near: NearOptimalSet, limited: bool, iterations: int | None) -> None:
        self._near = near
        self._solver = Relaxation(near.program(near.objective, limited), near.master.monitor, SCALED)
        outcome = self._solver.run(near.master.time_remaining)
        if outcome.values is None:
            raise SearchEnded("limit", f"the relaxation of the last objective was not solved: {outcome.message}")
        self.bound, self.point = outcome.objective, outcome.values
        self._solver.keep_basis()
        if iterations is not None:
            self._solver.limit_iterations(iterations)

    def forced(self, site: str, inside: bool) -> tuple[float, Array | None]:
        """Return the bound with a site forced in or out, and its point; (inf, None) where there is none.

        (-inf, None) where nothing is proved.
        """
        column, value = self._near.stands[site], float(inside)
        if self._near.over:
            return -np.inf, None
        bounds = {column: (value, value)}
        outcome = self._solver.run_with(bounds, self._near.master.time_remaining)
        if outcome.status == "infeasible":
            return np.inf, None
        return (outcome.objective, outcome.values) if outcome.values is not None else (-np.inf, None)


def near_optimal_set(master: MasterProblem, best: Incumbent, within: float) -> NearOptimalSet:
    """Return the near-optimal set of a searched master problem: a share `within` above its plan's last objective.

    Raises SearchEnded if the search did not reach its last objective.
    """
    question, last = master.form.case.settings.question, master.stages[-1]
    if len(master.stages) < len(question.objectives) or last.status not in ("solved", "limit") or last.bound is None:
        raise SearchEnded("limit", f"no plan was found for {last.objective}, so nothing is near the best one")
    objective = master.form.objective(question.objectives[-1])
    held = [each for each in master.epsilon_constraints if each.name != objective.name]
    wider, stands, halls, least_distance = _with_stands(replace(master, epsilon_constraints=held, time_limited={}))
    width = len(wider.decomposition.master.lower)
    point = _padded(best.decisions, width)
    for site, column in stands.items():
        point[column] = float(round(sum(best.decisions[halls[site]])) > 0)
    found = minimise_with_fixed_integers(wider, objective, point, EXACT)
    if found is None:
        ended: SearchStatus = "limit" if wider.time_remaining <= 0 else "failed"
        raise SearchEnded(ended, "the days of the reference plan could not be dispatched again")
    reference = found_plan(found, stands, halls)
    limit = reference.value + within * max(abs(reference.value), 1.0)
    return NearOptimalSet(
        wider, limit, reference, objective.sign * last.bound, stands, halls, least_distance, [reference]
    )


def changed_set(near: NearOptimalSet, master: MasterProblem) -> NearOptimalSet:
    """Return what a changed case has in place of a near-optimal set: the same levels held, no limit of its own.

    Its bounds are those of the changed case; of the reference plan it has the sites and the value alone.
    """
    held = replace(master, epsilon_constraints=[], time_limited={})
    for each in near.master.epsilon_constraints:
        objective = near.master.form.objective(each.name)
        own = held.form.objective(each.name)
        highest = each.highest + objective.constant - own.constant
        held.epsilon_constraints.append(replace(each, coefficients=held.vector(own), highest=highest))
    wider, stands, halls, least_distance = _with_stands(held)
    return NearOptimalSet(wider, np.inf, near.reference, -np.inf, stands, halls, least_distance)


def _with_stands(master: MasterProblem) -> tuple[MasterProblem, dict[str, int], dict[str, list[int]], int]:
    """Return a master problem that has a column for each site, these columns, those of the halls, and the last one."""
    parts = master.decomposition
    program, columns, model = parts.master, master.form.compiled.columns, master.form.model
    halls: dict[str, list[int]] = {}
    for (site, _, _), variable in model.sizing.halls.items():
        halls.setdefault(site, []).append(columns[id(variable)])
    opens: dict[str, list[int]] = {}
    for (site, _), variable in model.siting.open_in.items():
        opens.setdefault(site, []).append(columns[id(variable)])
    able = [site for site in master.form.case.sites if site in halls and site in opens]
    width = len(program.lower)
    stands = {site: width + number for number, site in enumerate(able)}
    rows: list[tuple[dict[int, float], str]] = []
    for site, column in stands.items():
        most = float(program.upper[halls[site]].max())
        row = master.form.case.sites[site]
        rows.append(({**dict.fromkeys(halls[site], -1.0), column: most}, f"halls_only_where_a_site_stands[{site}]"))
        rows.append(({**dict.fromkeys(halls[site], 1.0), column: -1.0}, f"a_site_that_stands_has_halls[{site}]"))
        rows.append(({**dict.fromkeys(opens[site], 1.0), column: -1.0}, f"a_site_that_stands_is_open[{site}]"))
        if row.status == "candidate" and row.minimum_mw > 0:
            rows.append(({**dict.fromkeys(opens[site], -1.0), column: 1.0}, f"an_open_site_stands[{site}]"))
    total = width + len(able) + 1
    matrix = sparse.lil_array((len(rows), total))
    for number, (entries, _) in enumerate(rows):
        matrix[number, list(entries)] = list(entries.values())
    names = [*(f"stands[{site}]" for site in able), "least_distance"]
    largest = np.array([*(1.0 for _ in able), float(len(able))])
    binary = np.array([*(True for _ in able), False])
    wide = program.with_columns(np.zeros(len(names)), largest, binary, names)
    grown = wide.with_rows(matrix.tocsr(), np.zeros(len(rows)), np.full(len(rows), np.inf), [name for _, name in rows])
    kept = [replace(each, coefficients=_padded(each.coefficients, total)) for each in master.epsilon_constraints]
    wider = replace(master, decomposition=replace(parts, master=grown), epsilon_constraints=kept)
    return wider, stands, {site: halls[site] for site in able}, total - 1


def found_plan(found: Incumbent, stands: Mapping[str, int], halls: Mapping[str, Sequence[int]]) -> FoundPlan:
    """Return a plan found, with its sites and halls."""
    counts = {site: round(float(found.decisions[list(columns)].sum())) for site, columns in halls.items()}
    standing = {site: count for site, count in counts.items() if count}
    point = found.decisions.copy()
    for site, column in stands.items():
        point[column] = float(site in standing)
    return FoundPlan(point, found.value, frozenset(standing), standing)


def with_bounds(program: LinearProgram, bounds: Bounds) -> LinearProgram:
    """Return a programme with other bounds on some columns."""
    lower, upper = program.lower.copy(), program.upper.copy()
    for column, (least, most) in bounds.items():
        lower[column], upper[column] = least, most
    return program.with_bounds(lower, upper)


def _padded(values: Array, width: int) -> Array:
    """Return values of the first columns, with 0 for those that follow."""
    return np.concatenate([values, np.zeros(width - len(values))])
