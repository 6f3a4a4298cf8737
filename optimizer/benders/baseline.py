"""The electricity system without new data centres: what the plan's cost and emissions are measured against."""

import time
from dataclasses import replace

import numpy as np

from models.case import Array
from optimizer.benders.decomposition import Decomposition
from optimizer.benders.dispatch import CancelToken
from optimizer.benders.emissions_accounting import direct_emission_rates
from optimizer.benders.master_problem import SearchEnded
from optimizer.benders.solution import Baseline
from optimizer.monitor.run_monitor import Progress, RunMonitor
from optimizer.program.extensive_form import ExtensiveForm
from optimizer.program.linear_program import LinearProgram, Positions

SHARED = "power.reservoir_lasts_the_year"


def solve_baseline(assembly: ExtensiveForm, parts: Decomposition, watch: RunMonitor, began: float) -> Baseline:
    """Return the cheapest dispatch of the existing system; raises SearchEnded where it cannot serve its load."""
    until = began + assembly.case.settings.solve.time_limit_seconds

    def tell(gaps: str) -> None:
        note = f"the system without new data centres: {gaps}"
        watch.report(Progress("baseline", time.perf_counter() - began, note=note))

    watcher = CancelToken(lambda: watch.stopped() or time.perf_counter() > until, tell)
    nothing = np.zeros(len(parts.master.lower))
    results = parts.at(nothing, watcher)
    for period, result in zip(assembly.case.periods, results, strict=True):
        if result.lack is not None:
            raise SearchEnded(
                "infeasible",
                f"the existing system cannot serve its own load in {period}: more is lost than "
                "power.shed_share allows (see zones, fleets, availability, load and lines)",
            )
    days = np.array([each.values for each in parts.dispatcher.dispatch(parts.links_at(nothing), results, values=True)])
    rates = direct_emission_rates(assembly.case, assembly.template)
    weights = np.array([day.weight for day in assembly.case.days])
    emitted = (days @ rates) @ weights / 1e6
    periods, running = tuple(assembly.case.periods), [result.cost_meur for result in results]
    return Baseline(
        dict(zip(periods, running, strict=True)), dict(zip(periods, emitted.tolist(), strict=True)), tuple(results)
    )


def period_programme(assembly: ExtensiveForm, period: str) -> tuple[LinearProgram, Positions]:
    """Return the programme of one period's days and reservoirs alone, and its columns in the full programme."""
    own = [block for block, (each, _) in enumerate(assembly.blocks) if each == period]
    alone = replace(assembly, blocks=tuple(assembly.blocks[block] for block in own))
    allotted = sorted(
        assembly.compiled.columns[id(variable)]
        for index, variable in assembly.model.power.allotted_mw.items()
        if index[2] == period
    )
    names = assembly.compiled.program.row_names
    shared = [row for row, name in enumerate(names) if name.startswith(SHARED)]
    rows = np.concatenate([np.array(shared, dtype=np.int64), np.arange(len(names), alone.shape[0])])
    columns = np.concatenate([np.array(allotted, dtype=np.int64), np.arange(alone.investments, alone.shape[1])])
    cost = np.concatenate([np.zeros(len(allotted)), alone.operating_cost])
    full = np.concatenate([columns[: len(allotted)], *(assembly.block_columns(block) for block in own)])
    return alone.program.submatrix(rows, columns, cost), full


def emission_kt(assembly: ExtensiveForm, point: Array) -> dict[str, float]:
    """Return the direct emissions of the whole system per year of each period at a point, kt CO2."""
    totals, rates = dict.fromkeys(assembly.case.periods, 0.0), direct_emission_rates(assembly.case, assembly.template)
    for block, (period, day) in enumerate(assembly.blocks):
        totals[period] += float((day.weight / 1e6 * rates * point[assembly.block_columns(block)]).sum())
    return totals


def emission_rates(assembly: ExtensiveForm) -> Array:
    """Return the direct emissions per year of one unit of every column, kt CO2."""
    weights = np.array([day.weight for _, day in assembly.blocks]) / 1e6
    return np.concatenate(
        [
            np.zeros(assembly.investments),
            np.outer(weights, direct_emission_rates(assembly.case, assembly.template)).ravel(),
        ]
    )
