"""The elastic model as a programme whose days are dispatched: what every question about limits is put to."""

import time
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sparse

from models.case import Array, Case
from optimizer.benders.baseline import solve_baseline
from optimizer.benders.decomposition import decompose
from optimizer.benders.master_problem import MAX_ITERATIONS, Incumbent, MasterProblem, SearchEnded, evaluate_candidate
from optimizer.benders.search import build_master
from optimizer.explain.elastic import ElasticModel, RelaxableLimit
from optimizer.explain.limits import LIMITS
from optimizer.explain.limits_place import relaxed_case
from optimizer.explain.limits_power import PER_MILLE, SHED_RULE
from optimizer.explain.relaxable_limit import with_setting
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.compile import compile_objectives, load_values
from optimizer.program.day_structure import SHED_RULE as SHED_ROW
from optimizer.program.extensive_form import ExtensiveForm, Objective, build_extensive_form
from optimizer.program.linear_program import LinearProgram
from optimizer.program.linking_variables import ExtraLink
from optimizer.solver.highs import run_highs
from optimizer.solver.solve_result import SolveResult


@dataclass(frozen=True)
class ElasticDecomposition:
    """A case with all its levers."""

    case: Case
    levers: tuple[RelaxableLimit, ...]
    master: MasterProblem
    """Every lever free; its planes and lacks hold for every question."""

    def column(self, variable: object) -> int:
        """Return the column of a Pyomo variable, the same in the master and in the whole programme."""
        return self.master.assembly.compiled.columns[id(variable)]

    def goal(self, name: str, expression: object) -> Objective:
        """Return a linear expression of the investment variables as something to minimise."""
        assembly = self.master.assembly
        vector, constant = compile_objectives(assembly.compiled, {name: expression})[name]
        return Objective(name, 1.0, vector, constant, dict.fromkeys(assembly.case.periods, 0.0))

    def moved(self, point: Array) -> dict[int, float]:
        """Return the levers that a point moves, by number, and how far their inputs have to move, in their units."""
        assembly = self.master.assembly
        load_values(assembly.compiled.variables, point[: assembly.investments])
        found = {}
        for number, lever in enumerate(self.levers):
            slack = point[self.column(lever.slack)]
            if slack > max(2e-6 * lever.typical, 1e-7):
                found[number] = _share(lever) if lever.parts else slack * lever.per_slack
        return {number: amount for number, amount in found.items() if amount > 1e-9}

    def only(self, master: MasterProblem, numbers: Collection[int]) -> MasterProblem:
        """Return a master in which no other levers move than those."""
        program = master.parts.master
        upper = program.upper.copy()
        for number, lever in enumerate(self.levers):
            if number not in numbers:
                upper[[self.column(lever.slack), self.column(lever.broken)]] = 0.0
        return with_program(master, program.with_bounds(program.lower, upper))


def _share(lever: RelaxableLimit) -> float:
    """Return how far a share has to move at the values that the variables hold."""
    ratios = [pyo.value(part.excess) / size for part in lever.parts if (size := pyo.value(part.size)) > 1e-6]
    return float(max([0.0, *ratios]))


def with_program(master: MasterProblem, program: LinearProgram) -> MasterProblem:
    """Return the master over another programme of the same columns; planes and lacks stay in common."""
    return replace(master, parts=replace(master.parts, master=program), floors=[])


def with_row(master: MasterProblem, coefficients: dict[int, float], most: float, name: str) -> MasterProblem:
    """Return the master with one more row, of at most a value."""
    program = master.parts.master
    row = np.zeros(len(program.lower))
    row[list(coefficients)] = list(coefficients.values())
    longer = program.with_rows(sparse.csr_array(row[None, :]), np.array([-np.inf]), np.array([most]), [name])
    return with_program(master, longer)


def build_elastic(case: Case, watch: RunMonitor, seconds: float, began: float | None = None) -> ElasticDecomposition:
    """Return a case as an elastic problem; raises SearchEnded where the system without data centres is short."""
    began = time.perf_counter() if began is None else began
    watch.report(Progress("building", time.perf_counter() - began, note="with every limit elastic"))
    timed = replace(case, settings=with_setting(case.settings, "solve.time_limit_seconds", seconds))
    made: list[ElasticModel] = []

    def amend(model: pyo.ConcreteModel) -> None:
        elastic = ElasticModel(model, timed)
        for limit in LIMITS:
            limit(elastic)
        made.append(elastic)

    assembly = build_extensive_form(relaxed_case(timed), amend)
    levers = tuple(made[0].levers)
    assembly = _with_shedding(assembly, levers)
    watch.report(Progress("baseline", time.perf_counter() - began, note="the system without new data centres"))
    parts = decompose(assembly, seconds)
    baseline = solve_baseline(assembly, parts, watch, began)
    return ElasticDecomposition(case, levers, build_master(assembly, parts, baseline, watch, began))


def _with_shedding(assembly: ExtensiveForm, levers: tuple[RelaxableLimit, ...]) -> ExtensiveForm:
    """Return the assembly with the lever of shed load in the row of every day."""
    lever = next((each for each in levers if each.input.rule == SHED_RULE), None)
    if lever is None:
        return assembly
    column = assembly.compiled.columns[id(lever.slack)]
    template, first = assembly.template, assembly.template.position("load_mw")
    loads = assembly.values[:, first : first + len(template.keys["load_mw"])].sum(axis=1)
    row = next(place for place, name in enumerate(template.rows) if SHED_ROW in name)
    amount = -loads.reshape(len(assembly.case.periods), -1) / PER_MILLE
    return replace(assembly, extra_links=(ExtraLink(column, row, amount),))


def minimise(
    master: MasterProblem, goal: Objective, gap: float, known: Incumbent | None = None, seconds: float = np.inf
) -> tuple[Incumbent, float]:
    """Return the decisions that minimise a goal which does not price the days, and the bound; raises SearchEnded."""
    bound, end = -np.inf, master.left - seconds
    best = known and replace(known, value=master.value(goal, known.decisions, known.results))
    for _ in range(MAX_ITERATIONS):
        left = master.left - max(0.0, end)
        if master.watch.stopped() or left <= 0:
            break
        start = None if best is None else master.priced_point(best.decisions, best.results)
        outcome = _solved(master, goal, gap, start, left)
        if outcome.status == "infeasible":
            raise SearchEnded("infeasible", "nothing of the kind is left")
        bound = max(bound, outcome.bound)
        if outcome.values is None:
            break
        found = evaluate_candidate(master, goal, outcome.values)
        if found is not None and (best is None or found.value < best.value):
            best = found
        master.say(goal, np.inf if best is None else best.value, bound, "limits that stand in the way")
        if found is not None or outcome.status != "optimal":
            break
    if best is None:
        raise SearchEnded("interrupted" if master.watch.stopped() else "limit", "nothing was found in time")
    return best, min(bound, best.value)


def _solved(master: MasterProblem, goal: Objective, gap: float, start: Array | None, seconds: float) -> SolveResult:
    """Solve the master for a goal, telling how far it is."""
    solve = master.assembly.case.settings.solve

    def heard(primal: float, dual: float, _: int) -> None:
        master.say(goal, primal, dual, "limits that stand in the way")

    return run_highs(
        master.program(goal),
        watch=master.watch,
        seconds=seconds,
        gap=gap,
        options={"threads": solve.threads, "random_seed": solve.seed},
        start=start,
        on_progress=heard,
    )
