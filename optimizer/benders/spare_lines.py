"""Spare lines: what the system without new data centres leaves free of every line in the stress hours behind it.

That system has many dispatches of the same cost, which move power in other hours and over other lines. Of them the one
counts that leaves most free, all lines together: every day is dispatched once more, with the water that the year allots
to it, and with a reward for what a line leaves free that is too small to pay for anything.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import scipy.sparse as sparse

from models.case import Array
from models.power import SPARE_LIMITS
from models.stress_hours import stress_hours
from models.upper_bounds import usable_transfer_on
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import ExtensiveForm
from optimizer.program.linear_program import LinearProgram, Positions
from optimizer.solver.highs import run_highs

REWARD_EUR_PER_MW = 1e-4
"""Reward for a MW that a line leaves free in all stress hours of a day: it decides between equal dispatches only."""
LEAST_SECONDS = 60.0
"""Time that the dispatch of a day has at least."""
SpareLines = Mapping[tuple[str, str, str], float]
"""(line, period, forward or backward) -> MW left free."""


def spare_lines(form: ExtensiveForm, point: Array, monitor: RunMonitor) -> SpareLines:
    """Return what the system leaves free of every line, by period and way, in stress hours of the zone that it goes to.

    `point` is a cheapest dispatch of it: all columns of the extensive form. Empty where no rule asks for it.
    """
    if not form.case.settings.power.cover_spare_lines:
        return {}
    lines, layout = form.case.lines, form.template.layout
    spare = {
        (line, period, way): getattr(lines[line], f"{way}_mw")
        for line in layout.lines
        for period in form.case.periods
        for way in ("forward", "backward")
    }
    known = {node: stress_hours(form.case_of(node), layout, node.period) for node in form.nodes}
    for block, (node, day) in enumerate(form.node_blocks):
        case = form.case_of(node)
        place, usable = case.days.index(day), usable_transfer_on(case, day)
        flows = [
            ((line, node.period, way), first + np.flatnonzero(known[node][zone][place]))
            for way, end in (("forward", "to_zone"), ("backward", "from_zone"))
            for line, first in zip(layout.lines, _first_columns(form, f"{way}_mw", block), strict=True)
            for zone in [getattr(lines[line], end)]
        ]
        flows = [(key, columns) for key, columns in flows if len(columns)]
        if flows:
            most = np.array([spare[key] for key, _ in flows])
            values = _with_most_free(form, block, point, [columns for _, columns in flows], most, monitor)
            for key, columns in flows:
                capacity_mw = usable * getattr(lines[key[0]], f"{key[2]}_mw")
                spare[key] = max(0.0, min(spare[key], capacity_mw - float(values[columns].max())))
    return spare


def _first_columns(form: ExtensiveForm, variable: str, block: int) -> Positions:
    """Return the column of every line's first hour in a block."""
    columns = form.day_columns(variable, block)
    return np.arange(columns.start, columns.stop, len(form.template.layout.hours), dtype=np.int64)


def _with_most_free(
    form: ExtensiveForm, block: int, point: Array, flows: list[Positions], most: Array, monitor: RunMonitor
) -> Array:
    """Return the point with the day of a block dispatched such that lines are left as free as its cost allows.

    `flows` are the columns of what each line carries in stress hours, `most` the most that is of use to leave free of
    it. Where the solver finds nothing the day stays as it is, which is a cheapest dispatch too.
    """
    day, part = form.node_blocks[block][1], form.day_part(block)
    own = np.arange(part.columns.start, part.columns.stop)
    others = point.copy()
    others[own] = 0.0
    given, count = part.matrix @ others, len(own)
    line = np.repeat(np.arange(len(flows)), [len(each) for each in flows])
    carried = np.concatenate(flows) - own[0]
    capacity = part.upper[carried]
    program = LinearProgram(
        cost=form.operating_cost[own - form.investments] * 1e6 / day.weight,
        offset=0.0,
        matrix=part.matrix[:, own],
        row_lower=part.row_lower - given,
        row_upper=part.row_upper - given,
        row_names=part.row_names,
        lower=part.lower,
        upper=part.upper,
        integer=part.integer,
        column_names=part.column_names,
    )
    names = [f"free[{place}]" for place in range(len(flows))]
    program = program.with_columns(np.zeros(len(flows)), most, np.zeros(len(flows), dtype=bool), names)
    rows = np.arange(len(carried))
    free = sparse.coo_array(
        (np.ones(2 * len(rows)), (np.tile(rows, 2), np.concatenate([carried, count + line]))),
        shape=(len(rows), count + len(flows)),
    ).tocsr()
    program = program.with_rows(free, np.full(len(rows), -np.inf), capacity, [f"room[{n}]" for n in rows.tolist()])
    reward = np.concatenate([np.zeros(count), np.full(len(flows), -REWARD_EUR_PER_MW)])
    seconds = max(LEAST_SECONDS, form.case.settings.solve.time_limit_seconds)
    found = run_highs(replace(program, cost=program.cost + reward), monitor=monitor, seconds=seconds).values
    if found is None:
        return point
    others[own] = found[:count]
    return others


def with_spare_lines(program: LinearProgram, spare: SpareLines) -> LinearProgram:
    """Return a programme of investments in which cover over lines stays within what is left free."""
    most = {f"{rule}[{','.join(key)}]": mw for rule in SPARE_LIMITS for key, mw in spare.items()}
    limits = np.array([most.get(name, np.inf) for name in program.row_names])
    return replace(program, row_upper=np.minimum(program.row_upper, limits))


def with_spare_lines_in(form: ExtensiveForm, spare: SpareLines) -> ExtensiveForm:
    """Return an extensive form in which cover over lines stays within what is left free."""
    return replace(form, compiled=replace(form.compiled, program=with_spare_lines(form.compiled.program, spare)))
