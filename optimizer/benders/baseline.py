"""The electricity system without new data centres: what the plan's cost and emissions are measured against."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from optimizer.benders.decomposition import Decomposition
from optimizer.benders.direct_emissions import direct_emission_rates
from optimizer.benders.dispatch import CancelToken, SubproblemEvaluation
from optimizer.benders.master_problem import SearchEnded
from optimizer.benders.solution import Baseline
from optimizer.benders.spare_lines import SpareLines, spare_lines
from optimizer.benders.subproblem import DailyResults
from optimizer.benders.system_dispatch import SystemDispatch, system_dispatch
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.day_structure import day_structure
from optimizer.program.extensive_form import ExtensiveForm
from optimizer.program.linear_program import LinearProgram, Positions
from optimizer.program.node_couplings import node_couplings
from optimizer.program.nodes import BASE


def solve_baseline(decomposition: Decomposition, monitor: RunMonitor, began: float) -> Baseline:
    """Return the cheapest dispatch of the existing system; raises SearchEnded where it cannot serve its load."""
    form, case = decomposition.form, decomposition.form.case
    until = began + case.settings.solve.time_limit_seconds

    def report(gaps: str) -> None:
        note = f"the system without new data centres: {gaps}"
        monitor.report(Progress("baseline", time.perf_counter() - began, note=note))

    token = CancelToken(lambda: monitor.stopped() or time.perf_counter() > until, report)
    nothing = np.zeros(len(decomposition.master.lower))
    results = decomposition.evaluate(nothing, token)
    for node, result in zip(form.nodes, results, strict=True):
        if result.missed is not None:
            raise SearchEnded(
                "infeasible",
                f"the existing system cannot serve its own load in {node.period}"
                f"{'' if node.future == BASE else f' of the future {node.future}'}: more is lost than "
                "power.shed_share allows (see zones, fleets, availability, load and lines)",
            )
    daily = _days_alone(decomposition, results)
    emitted = {
        node.period: float((each.values @ direct_emission_rates(case, form.template)) @ weights) / 1e6
        for node, each in zip(form.nodes[: len(case.periods)], daily, strict=False)
        for weights in [np.array([day.weight for day in form.case_of(node).days])]
    }
    running = {
        node.period: each.cost_meur for node, each in zip(form.nodes[: len(case.periods)], results, strict=False)
    }
    free = what_is_left_free(decomposition, results, monitor, daily)
    return Baseline(running, emitted, tuple(results), by_period(form, daily), *free)


def _days_alone(decomposition: Decomposition, results: Sequence[SubproblemEvaluation]) -> list[DailyResults]:
    """Return the days of all nodes without new data centres, with their own columns."""
    nothing = np.zeros(len(decomposition.master.lower))
    return decomposition.dispatcher.dispatch(decomposition.links_at(nothing), results, values=True)


def by_period(form: ExtensiveForm, daily: Sequence[DailyResults]) -> dict[str, SystemDispatch]:
    """Return the zones of every period hour by hour, in the first future, from the days of all nodes."""
    nodes = form.nodes[: len(form.case.periods)]
    return {
        node.period: system_dispatch(form.case_of(node), form.template, each)
        for node, each in zip(nodes, daily, strict=False)
    }


def what_is_left_free(
    decomposition: Decomposition,
    results: Sequence[SubproblemEvaluation],
    monitor: RunMonitor,
    daily: Sequence[DailyResults] | None = None,
) -> tuple[SpareLines, dict[tuple[str, str, str, str], float]]:
    """Return what the system without new data centres leaves free of lines, and the water that each day has in it.

    Nothing where cover is not limited by that. `daily` are its days where they were dispatched already.
    """
    form = decomposition.form
    if not form.case.settings.power.cover_spare_lines:
        return {}, {}
    monitor.report(Progress("baseline", 0.0, note="what the system without new data centres leaves free of lines"))
    daily = _days_alone(decomposition, results) if daily is None else daily
    point = decomposition.assembled(np.zeros(len(decomposition.master.lower)), results, daily)
    columns = form.futures[0].columns
    allotted = {key: float(point[columns[id(each)]]) for key, each in form.model.power.allotted_mw.items()}
    return spare_lines(form, point, monitor), allotted


def period_programme(form: ExtensiveForm, period: str) -> tuple[LinearProgram, Positions]:
    """Return the programme of one period's days and what couples them, and its columns in the extensive form."""
    node = next(each for each in form.nodes if each.period == period)
    known = node_couplings(form, day_structure(form.template, form.couplings, form.extra_links), node)
    blocks = [block for block, (each, _) in enumerate(form.node_blocks) if each == node]
    coupled = np.sort(np.concatenate([known.share_columns.ravel(), known.level_columns]))
    columns = np.concatenate([coupled, *(form.block_columns(block) for block in blocks)])
    top = form.compiled.program
    days = [form.day_part(block) for block in blocks]
    parts = [top.submatrix(known.rows, coupled, np.zeros(len(coupled))), *days]
    matrix = sparse.vstack([form.investment_part().matrix[known.rows], *(day.matrix for day in days)], format="csr")
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("row_lower", "row_upper", "lower", "upper", "integer")
    }
    program = LinearProgram(
        cost=np.concatenate([np.zeros(form.investments), form.operating_cost])[columns],
        offset=0.0,
        matrix=matrix[:, columns],
        column_names=[name for part in parts for name in part.column_names],
        row_names=[name for part in parts for name in part.row_names],
        **arrays,
    )
    return program, columns


def emission_kt(form: ExtensiveForm, point: Array) -> dict[str, float]:
    """Return the direct emissions of the whole system per year of each period at a point, kt CO2."""
    totals, rates = dict.fromkeys(form.case.periods, 0.0), direct_emission_rates(form.case, form.template)
    for block, (period, day) in enumerate(form.blocks):
        totals[period] += float((day.weight / 1e6 * rates * point[form.block_columns(block)]).sum())
    return totals


def emission_rates(form: ExtensiveForm) -> Array:
    """Return the direct emissions per year of one unit of every column, kt CO2."""
    weights = np.array([day.weight for _, day in form.blocks]) / 1e6
    return np.concatenate(
        [
            np.zeros(form.investments),
            np.outer(weights, direct_emission_rates(form.case, form.template)).ravel(),
        ]
    )
