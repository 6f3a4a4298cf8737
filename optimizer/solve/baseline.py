"""The electricity system without new data centres: what the plan's cost and emissions are measured against."""

import numpy as np

from models.case import Array
from optimizer.solve.build import Assembly
from optimizer.solve.highs import run_highs
from optimizer.solve.program import Program
from optimizer.solve.solution import Baseline
from optimizer.solve.watch import Watch

SHARED = "power.reservoir_lasts_the_year"


class SystemShort(Exception):
    """The existing system cannot serve its own load; no plan can mend that."""


def solve_baseline(assembly: Assembly, watch: Watch, seconds: float) -> Baseline:
    """Return the cheapest dispatch of the existing system, period by period; raises SystemShort where load is lost."""
    program = assembly.program
    kept_columns = np.array(
        [name.startswith("power.allotted_mw") for name in program.column_names[: assembly.investments]]
    )
    point = np.zeros(len(program.lower))
    for period in assembly.case.periods:
        part, columns = _period(assembly, period, kept_columns)
        outcome = run_highs(
            part, watch=watch, seconds=seconds, options={"solver": "ipm" if len(columns) > 60_000 else "simplex"}
        )
        if outcome.values is None:
            if outcome.status == "infeasible":
                raise SystemShort(
                    f"the existing system cannot serve its own load in {period}: more is lost than "
                    "power.shed_share allows (see zones, fleets, availability, load and lines)"
                )
            raise InterruptedError(outcome.status)
        point[columns] = outcome.values
    return Baseline(assembly.operating_meur(point), emission_kt(assembly, point), point)


def _period(
    assembly: Assembly, period: str, kept: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[Program, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Return the programme of one period's days and reservoirs alone, and its columns in the whole programme."""
    program, own, rows_here = assembly.program, len(assembly.template.columns), len(assembly.template.rows)
    blocks = [position for position, (each, _) in enumerate(assembly.blocks) if each == period]
    first_row = program.matrix.shape[0] - rows_here * len(assembly.blocks)
    columns = np.concatenate(
        [np.flatnonzero(kept & _named(assembly, period))]
        + [assembly.investments + block * own + np.arange(own) for block in blocks]
    )
    shared = [row for row in range(first_row) if program.row_names[row].startswith(SHARED)]
    rows = np.concatenate(
        [np.array(shared, dtype=np.int64)] + [first_row + block * rows_here + np.arange(rows_here) for block in blocks]
    )
    part = Program(
        cost=np.concatenate([np.zeros(assembly.investments), assembly.stamped.cost])[columns],
        offset=0.0,
        lower=program.lower[columns],
        upper=program.upper[columns],
        integer=np.zeros(len(columns), dtype=bool),
        matrix=program.matrix[rows][:, columns],
        row_lower=program.row_lower[rows],
        row_upper=program.row_upper[rows],
        column_names=[program.column_names[column] for column in columns],
        row_names=[program.row_names[row] for row in rows],
    )
    return part, columns


def _named(assembly: Assembly, period: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which investment columns are allotments of a period."""
    allotted = {
        assembly.compiled.columns[id(variable)]
        for index, variable in assembly.model.power.allotted_mw.items()
        if index[2] == period
    }
    return np.isin(np.arange(assembly.investments), list(allotted))


def emission_kt(assembly: Assembly, point: Array) -> dict[str, float]:
    """Return the direct emissions of the whole system per year of each period at a point, kt CO2."""
    case, hours = assembly.case, len(assembly.template.layout.hours)
    totals = dict.fromkeys(case.periods, 0.0)
    for block, (period, day) in enumerate(assembly.blocks):
        for variable, pairs in (
            ("output_mw", assembly.template.layout.generators),
            ("discharge_mw", assembly.template.layout.stores),
        ):
            energy = point[assembly.day_columns(variable, block)].reshape(len(pairs), hours).sum(axis=1)
            rates = np.array([case.technologies[technology].emission_kg_per_mwh for _, technology in pairs])
            totals[period] += float(energy @ rates) * day.weight / 1e6
    return totals
