"""The elastic model as a decomposed programme, and what a question about limits may add to it.

A question restricts the programme (which limits may be relaxed and how far, more rows, whole numbers fixed, time) and
minimises an objective over it. The cuts that one question learns of the days hold for every other.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
import scipy.sparse as sparse

from models.case import Array, Case
from models.dispatch import UNSERVED_LIMIT
from models.plan import ObjectiveResult
from optimizer.benders.master_problem import (
    MAX_ITERATIONS,
    Incumbent,
    MasterProblem,
    SearchEnded,
    evaluate_candidate,
)
from optimizer.benders.solve_objective import solve_objective, solve_relaxation
from optimizer.explain.dispatch import SHED_SHARE
from optimizer.explain.elastic import ElasticModel, RelaxableLimit, relaxed_case
from optimizer.explain.limit_input import with_setting
from optimizer.explain.limits import relax_limits
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.compile import compile_objectives, load_values
from optimizer.program.extensive_form import ExtensiveForm, Objective, build_extensive_form
from optimizer.program.linear_program import LinearProgram
from optimizer.program.linking_variables import ExtraLink
from optimizer.session import Session
from optimizer.solver.highs import OutOfTime, run_highs
from optimizer.solver.solve_result import relative_gap

MAX_NODES = 2_000
"""Nodes of branch and bound that one question may take: all machines answer alike what the clock does not cut short."""
EXACT = 1e-6
"""Share of a value, or of the terms of a row, that is what rounding leaves."""


@dataclass(frozen=True)
class ElasticDecomposition:
    """A case with all its relaxable limits, as far as a question leaves them free."""

    case: Case
    limits: tuple[RelaxableLimit, ...]
    _master: MasterProblem
    _session: Session

    def close(self) -> None:
        """End the processes that dispatch the days, if there are any."""
        self._session.reset()

    @property
    def time_left(self) -> float:
        """Return the seconds left; none once an interruption was asked for."""
        return 0.0 if self._master.monitor.stopped() else self._master.time_remaining

    @property
    def cut_short(self) -> tuple[str, ...]:
        """Return what the clock cut short so far, by the names of objectives."""
        return tuple(self._master.time_limited)

    @property
    def model(self) -> pyo.ConcreteModel:
        """Return the elastic model."""
        return self._master.form.model

    def column(self, variable: object) -> int:
        """Return the column of a Pyomo variable."""
        return self._master.form.compiled.columns[id(variable)]

    def objective(self, name: str) -> Objective:
        """Return an objective of the case, to be minimised."""
        return self._master.form.objective(name)

    def weighted_sum(self, name: str, terms: Iterable[tuple[object, float]]) -> Objective:
        """Return a weighted sum of investment variables, to be minimised."""
        cost = np.zeros(self._master.form.investments)
        for variable, weight in terms:
            cost[self.column(variable)] = weight
        return Objective(name, 1.0, cost, 0.0)

    def restrict(self, moves: Mapping[int, float]) -> "ElasticDecomposition":
        """Return the problem in which only some limits (by number) are relaxed, their inputs so far at most."""
        program = self._master.decomposition.master
        upper, ratios = program.upper.copy(), dict[str, Any]()
        for number, limit in enumerate(self.limits):
            slack = self.column(limit.slack)
            if number not in moves:
                upper[[slack, self.column(limit.violated)]] = 0.0
            elif not limit.ratios:
                upper[slack] = min(upper[slack], moves[number] * limit.slack_per_unit * (1 + 1e-7) + 1e-9)
            elif np.isfinite(moves[number]):
                rows = [ratio.excess - moves[number] * ratio.size for ratio in limit.ratios]
                ratios |= {f"share_moves[{number},{place}]": row for place, row in enumerate(rows)}
        problem = self._over(program.with_bounds(program.lower, upper))
        for name, (vector, constant) in compile_objectives(self._master.form.compiled, ratios).items():
            problem = problem.with_row(vector, -constant, name)
        return problem

    def with_row(self, coefficients: Array, highest: float, name: str) -> "ElasticDecomposition":
        """Return the problem with one more row over the investment variables, of at most a value."""
        program = self._master.decomposition.master
        row = np.zeros((1, len(program.lower)))
        row[0, : len(coefficients)] = coefficients
        return self._over(program.with_rows(sparse.csr_array(row), np.array([-np.inf]), np.array([highest]), [name]))

    def without(self, variables: Iterable[object]) -> "ElasticDecomposition":
        """Return the problem in which some variables are 0."""
        program = self._master.decomposition.master
        upper = program.upper.copy()
        upper[[self.column(variable) for variable in variables]] = 0.0
        return self._over(program.with_bounds(program.lower, upper))

    def with_integers_of(self, point: Array, relaxed: Iterable[int] = ()) -> "ElasticDecomposition":
        """Return the problem with a point's whole numbers, but for the binaries of limits that may be relaxed."""
        point = point.copy()
        point[[self.column(self.limits[number].violated) for number in relaxed]] = 1.0
        return self._over(self._master.decomposition.master.with_fixed_integers(point))

    def within(self, seconds: float) -> "ElasticDecomposition":
        """Return the problem with so many seconds left."""
        limit = self._master.form.case.settings.solve.time_limit_seconds
        return replace(self, _master=replace(self._master, began=time.perf_counter() + seconds - limit))

    def _over(self, program: LinearProgram) -> "ElasticDecomposition":
        """Return the problem over another programme of the same columns; the cuts stay in common."""
        decomposition = replace(self._master.decomposition, master=program)
        return replace(self, _master=replace(self._master, decomposition=decomposition, epsilon_constraints=[]))

    def minimise(
        self, objective: Objective, gap: float, start: Incumbent | None = None, seconds: float = np.inf
    ) -> tuple[Incumbent, float]:
        """Return the best decisions for an objective, and a bound on it; raises SearchEnded without any."""
        master, bound, nodes = self._master, -np.inf, 0
        end = master.time_remaining - seconds
        best = start and replace(start, value=master.value(objective, start.decisions, start.results))
        solve = master.form.case.settings.solve

        def on_progress(primal: float, dual: float, _: int = 0) -> None:
            master.report_progress(objective, primal, dual, "limits that stand in the way")

        for _ in range(MAX_ITERATIONS):
            left = master.time_remaining - max(0.0, end)
            if left <= 0:
                master.time_limited[objective.name] = None
            if master.monitor.stopped() or left <= 0:
                break
            result = run_highs(
                master.program(objective),
                monitor=master.monitor,
                seconds=left,
                gap=gap,
                options=solve.branching | {"mip_max_nodes": MAX_NODES - nodes},
                start=None if best is None else master.complete_solution(best.decisions, best.results),
                on_progress=on_progress,
            )
            if result.status == "infeasible":
                raise SearchEnded("infeasible", "nothing of the kind is left")
            bound, nodes = max(bound, result.bound), nodes + result.nodes
            if result.timed_out:
                master.time_limited[objective.name] = None
            if result.values is None:
                break
            found = evaluate_candidate(master, objective, result.values)
            if found is not None and (best is None or found.value < best.value):
                best = found
            on_progress(np.inf if best is None else best.value, bound)
            near = found is not None and relative_gap(found.value, result.objective) <= max(gap, EXACT)
            if near or result.status != "optimal" or nodes >= MAX_NODES:
                break
        if best is None:
            raise SearchEnded("interrupted" if master.monitor.stopped() else "limit", "nothing was found")
        return best, min(bound, best.value)

    def solve(self, objective: Objective, start: Incumbent | None = None) -> tuple[Incumbent, ObjectiveResult]:
        """Return the best decisions for an objective of the case and its result; raises SearchEnded without any."""
        return solve_objective(self._master, objective, start)

    def relaxation(self, objective: Objective, gap: float) -> tuple[float, Array]:
        """Return the bound of the linear relaxation and its point; raises SearchEnded without one."""
        try:
            return solve_relaxation(self._master, objective, gap)
        except OutOfTime as late:
            self._master.time_limited[objective.name] = None
            raise SearchEnded("limit", str(late)) from late

    def prices(self, objective: Objective) -> tuple[float, Array]:
        """Return the optimum of the relaxation and what a unit of each limit's slack improves it by, at most.

        Nothing is known, and all is worth nothing, where it cannot be solved in time.
        """
        program = self._master.program(objective).relaxed()
        lower, upper = program.lower.copy(), program.upper.copy()
        violated = [self.column(limit.violated) for limit in self.limits]
        lower[violated], upper[violated] = 0.0, 1.0
        seconds = max(1.0, self._master.time_remaining)
        result = run_highs(program.with_bounds(lower, upper), monitor=self._master.monitor, seconds=seconds)
        if result.row_duals is None:
            return -np.inf, np.zeros(len(self.limits))
        reduced: Array = program.cost - program.matrix.T @ result.row_duals
        prices: Array = np.clip(-reduced[[self.column(limit.slack) for limit in self.limits]], 0.0, None)
        return result.objective, prices

    def used_up(self, point: Array) -> Array:
        """Return for each limit whether a point uses all that it allows: 1 where it does, else 0."""
        program = self._master.decomposition.master
        activity = program.matrix @ point
        slack = np.minimum(program.row_upper - activity, activity - program.row_lower)
        tight = slack <= EXACT * np.maximum(1.0, abs(program.matrix) @ np.abs(point))
        by_column = program.matrix.tocsc()

        def rows(variable: object) -> set[int]:
            column = self.column(variable)
            return set(by_column.indices[by_column.indptr[column] : by_column.indptr[column + 1]].tolist())

        found = []
        for limit in self.limits:
            own = [ratio.slack for ratio in limit.ratios] or [limit.slack]
            linking = rows(limit.violated) | (rows(limit.slack) if limit.ratios else set())
            found.append(any(tight[row] for variable in own for row in rows(variable) - linking))
        return np.array(found, dtype=float)

    def load(self, point: Array) -> None:
        """Give the Pyomo variables the values of a point, so that expressions can be evaluated."""
        load_values(self._master.form.compiled.variables, point[: self._master.form.investments])

    def relaxations(self, point: Array) -> dict[int, float]:
        """Return the limits that a point relaxes, by number, and how far their inputs have to move, in their units."""
        self.load(point)
        found = {}
        for number, limit in enumerate(self.limits):
            slack = point[self.column(limit.slack)]
            if slack > max(2e-6 * limit.typical, 1e-7):
                found[number] = _share(limit) if limit.ratios else slack / limit.slack_per_unit
        return {number: amount for number, amount in found.items() if amount > 1e-9}


def _share(limit: RelaxableLimit) -> float:
    """Return how far a share has to move at the values that the variables hold."""
    sizes = [(ratio, pyo.value(ratio.size)) for ratio in limit.ratios]
    return float(max([0.0, *(pyo.value(ratio.excess) / size for ratio, size in sizes if size > 1e-6)]))


def build_elastic(case: Case, monitor: RunMonitor, seconds: float, began: float | None = None) -> ElasticDecomposition:
    """Return a case as an elastic problem, to be closed; raises SearchEnded where the system is short by itself."""
    began = time.perf_counter() if began is None else began
    monitor.report(Progress("building", time.perf_counter() - began, note="with every limit elastic"))
    timed = replace(case, settings=with_setting(case.settings, "solve.time_limit_seconds", seconds))
    made: list[ElasticModel] = []

    def build(elastic: Case) -> ExtensiveForm:
        form = build_extensive_form(elastic, lambda model: made.append(relax_limits(model, timed)))
        return _with_shedding(form, made[-1].limits)

    session = Session(relaxed_case(timed), build=build)
    master = session.master(monitor, began)
    return ElasticDecomposition(case, made[-1].limits, master, session)


def _with_shedding(form: ExtensiveForm, limits: tuple[RelaxableLimit, ...]) -> ExtensiveForm:
    """Return the extensive form with the slack of shed load in the row of every day."""
    limit = next((each for each in limits if each.input.column == SHED_SHARE), None)
    if limit is None:
        return form
    column = form.compiled.columns[id(limit.slack)]
    template, first = form.template, form.template.position("load_mw")
    loads = form.values[:, first : first + len(template.keys["load_mw"])].sum(axis=1)
    row = next(place for place, name in enumerate(template.rows) if UNSERVED_LIMIT in name)
    amount = -loads.reshape(len(form.case.periods), -1) / limit.slack_per_unit
    return replace(form, extra_links=(ExtraLink(column, row, amount),))
