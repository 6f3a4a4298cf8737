"""The electricity system without new data centres: what the plan's cost and emissions are measured against."""

import numpy as np

from models.case import Array
from optimizer.solve.build import Assembly
from optimizer.solve.highs import run_highs
from optimizer.solve.master import Stopped, stopped_by
from optimizer.solve.program import Positions, Program
from optimizer.solve.solution import Baseline
from optimizer.solve.watch import Watch

SHARED = "power.reservoir_lasts_the_year"


def solve_baseline(assembly: Assembly, watch: Watch, seconds: float) -> Baseline:
    """Return the cheapest dispatch of the existing system, period by period; raises Stopped without it."""
    point = np.zeros(len(assembly.program.lower))
    for period in assembly.case.periods:
        part, columns = period_programme(assembly, period)
        outcome = run_highs(
            part, watch=watch, seconds=seconds, options={"solver": "ipm" if len(columns) > 60_000 else "simplex"}
        )
        if outcome.values is None:
            if outcome.status == "infeasible":
                raise Stopped(
                    "infeasible",
                    f"the existing system cannot serve its own load in {period}: more is lost than "
                    "power.shed_share allows (see zones, fleets, availability, load and lines)",
                )
            raise stopped_by(outcome)
        point[columns] = outcome.values
    return Baseline(assembly.operating_meur(point), emission_kt(assembly, point), point)


def period_programme(assembly: Assembly, period: str) -> tuple[Program, Positions]:
    """Return the programme of one period's days and reservoirs alone, and its columns in the whole programme."""
    blocks = [position for position, (each, _) in enumerate(assembly.blocks) if each == period]
    allotted = [
        assembly.compiled.columns[id(variable)]
        for index, variable in assembly.model.power.allotted_mw.items()
        if index[2] == period
    ]
    columns = np.concatenate(
        [np.array(sorted(allotted), dtype=np.int64), *(assembly.block_columns(block) for block in blocks)]
    )
    names = assembly.compiled.program.row_names
    shared = np.array([row for row, name in enumerate(names) if name.startswith(SHARED)], dtype=np.int64)
    rows = np.concatenate([shared, *(assembly.block_rows(block) for block in blocks)])
    cost = np.concatenate([np.zeros(assembly.investments), assembly.stamped.cost])[columns]
    return assembly.program.part(rows, columns, cost), columns


def emission_kt(assembly: Assembly, point: Array) -> dict[str, float]:
    """Return the direct emissions of the whole system per year of each period at a point, kt CO2."""
    emitted, totals = emission_rates(assembly) * point, dict.fromkeys(assembly.case.periods, 0.0)
    for block, (period, _) in enumerate(assembly.blocks):
        totals[period] += float(emitted[assembly.block_columns(block)].sum())
    return totals


def emission_rates(assembly: Assembly) -> Array:
    """Return the direct emissions per year of one unit of every column, kt CO2."""
    layout, rates = assembly.template.layout, np.zeros(len(assembly.program.lower))
    for block, (_, day) in enumerate(assembly.blocks):
        for variable, pairs in (("output_mw", layout.generators), ("discharge_mw", layout.stores)):
            kg_per_mwh = [assembly.case.technologies[technology].emission_kg_per_mwh for _, technology in pairs]
            rates[assembly.day_columns(variable, block)] = np.repeat(kg_per_mwh, len(layout.hours)) * day.weight / 1e6
    return rates
