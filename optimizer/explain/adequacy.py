"""Adequacy diagnosis: which zones lack how much electricity in which hours, even without data centres."""

from dataclasses import dataclass, replace

import numpy as np

from models.case import Case
from models.dispatch import UNSERVED_LIMIT
from optimizer.benders.baseline import period_programme
from optimizer.benders.master_problem import search_ended_by
from optimizer.explain.dispatch import SHED_SHARE, TEXTS
from optimizer.explain.limit_input import Relaxation, limit_input
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.extensive_form import ExtensiveForm, build_extensive_form
from optimizer.solver.highs import run_highs

SMALLEST_MWH = 1e-6


@dataclass(frozen=True)
class Shortage:
    """What a zone lacks on a representative day."""

    period: str
    day: str
    zone: str
    mwh: float
    """Load that cannot be served on the day."""
    hours: tuple[int, ...]
    """Hours of the day in which it is lost."""
    most_mw: float
    allowed_mwh: float
    """What the day may lose in all zones together."""


def adequacy_diagnosis(
    case: Case, monitor: RunMonitor, seconds: float
) -> tuple[tuple[Shortage, ...], Relaxation | None]:
    """Return what a case's system lacks by itself, and the share of load shed that would do; raises SearchEnded."""
    form = build_extensive_form(case)
    found: list[Shortage] = []
    share = case.settings.power.shed_share
    for period in case.periods:
        program, columns = period_programme(form, period)
        point = np.zeros(form.shape[1])
        lost = np.array(["shed_mw[" in name for name in program.column_names], dtype=float)
        free = np.array([UNSERVED_LIMIT in name for name in program.row_names])
        limit = np.where(free, np.inf, program.row_upper)
        result = run_highs(replace(program, cost=lost, row_upper=limit), monitor=monitor, seconds=seconds)
        if result.values is None:
            raise search_ended_by(result)
        point[columns] = result.values
        for block, (when, _) in enumerate(form.blocks):
            if when == period:
                here, needed = _shortages_of_day(form, block, point)
                found += here
                share = max(share, needed)
    given = limit_input(case, f"dispatch.{UNSERVED_LIMIT}", SHED_SHARE, TEXTS[SHED_SHARE])
    moved = share - case.settings.power.shed_share
    return tuple(found), Relaxation(given, given.rounded_relaxation(moved)) if moved > 0 else None


def _shortages_of_day(
    form: ExtensiveForm, block: int, point: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> tuple[list[Shortage], float]:
    """Return what the zones of a day lack, if together it is more than allowed, and its share of the day's load."""
    layout, (period, day) = form.template.layout, form.blocks[block]
    shed = point[form.day_columns("shed_mw", block)].reshape(len(layout.zones), len(layout.hours))
    first = form.template.position("load_mw")
    load = float(form.values[block, first : first + shed.size].sum())
    allowed = form.case.settings.power.shed_share * load
    if shed.sum() <= allowed + SMALLEST_MWH:
        return [], 0.0
    return [
        Shortage(
            period=period,
            day=day.day,
            zone=zone,
            mwh=float(row.sum()),
            hours=tuple(np.flatnonzero(row > SMALLEST_MWH).tolist()),
            most_mw=float(row.max()),
            allowed_mwh=allowed,
        )
        for zone, row in zip(layout.zones, shed, strict=True)
        if row.sum() > SMALLEST_MWH
    ], float(shed.sum()) / load
