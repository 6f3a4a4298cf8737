"""The full year of a plan: every day of the hourly series as it was dispatched, and what the days add up to."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from models.case import Array, Case
from models.plan import FullYear, FullYearDayRow, FullYearRow, Plan
from models.timeline import annuity
from models.upper_bounds import carrying_stores
from optimizer.benders.full_year_dispatch import DispatchedYear
from optimizer.extract.solution_values import clean

YEAR_HOURS = 8760


def with_year(case: Case, plan: Plan, year: DispatchedYear) -> Plan:
    """Return the plan with its full-year dispatch."""
    days = tuple(
        FullYearDayRow(
            period=day.period,
            first_hour=day.first_hour,
            system_meur=day.running_meur,
            baseline_meur=day.baseline_meur,
            shed_mwh=clean(day.shed_mwh),
            baseline_shed_mwh=clean(day.baseline_shed_mwh),
            servers_mwh=clean(day.draw_mwh),
            matched_mwh=clean(day.matched_mwh),
            emitted_t=clean(day.emission_t),
            system_kt=clean(day.system_emission_kt),
            system_without_kt=clean(day.baseline_emission_kt),
            burnt_hours=day.burnt_hours,
            burnt_mwh=clean(day.burnt_mwh),
        )
        for day in year.days
    )
    replay = FullYear(
        gap_share=year.gap_share,
        unserved_mwh=clean(year.unserved_mwh),
        allotted_mwh=_by_pair(case.reservoirs, year.allotted_mwh),
        baseline_allotted_mwh=_by_pair(case.reservoirs, year.baseline_allotted_mwh),
        carried_mwh=_by_pair(carrying_stores(case), year.carried_mwh),
        baseline_carried_mwh=_by_pair(carrying_stores(case), year.baseline_carried_mwh),
    )
    totals = tuple(
        _total(case, plan, period, [day for day in days if day.period == period], max(0.0, clean(noise)))
        for period, noise in zip(case.periods, year.noise_meur, strict=True)
    )
    return plan.model_copy(update={"year": totals, "year_days": days, "replay": replay})


def _by_pair(pairs: Iterable[tuple[str, str]], of_days: Array) -> dict[str, tuple[float, ...]]:
    """Return numbers of plants on days, shape (periods, days, plants), by `zone.technology`."""
    return {
        f"{zone}.{technology}": tuple(map(clean, of_days[:, :, position].ravel().tolist()))
        for position, (zone, technology) in enumerate(pairs)
    }


def _total(case: Case, plan: Plan, period: str, days: Sequence[FullYearDayRow], noise_meur: float) -> FullYearRow:
    """Return the year of a period: its days, each as often as it comes in 8,760 hours."""
    times = YEAR_HOURS / case.settings.time.year_hours / len(days)

    def total(column: str) -> float:
        return times * float(np.sum([getattr(day, column) for day in days]))

    totals: Mapping[str, float] = {
        column: total(column)
        for column in (
            "system_meur",
            "baseline_meur",
            "shed_mwh",
            "baseline_shed_mwh",
            "system_kt",
            "system_without_kt",
            "burnt_hours",
            "burnt_mwh",
        )
    }
    model = next(row for row in plan.carbon if row.period == period)
    more_meur = totals["system_meur"] - totals["baseline_meur"] - (model.system_meur - model.baseline_meur)
    return FullYearRow(
        period=period,
        **totals,
        noise_meur=noise_meur,
        servers_twh=total("servers_mwh") / 1e6,
        matched_twh=total("matched_mwh") / 1e6,
        attributional_kt=total("emitted_t") / 1e3,
        present_meur=annuity(case, period) * more_meur,
        present_noise_meur=annuity(case, period) * noise_meur,
    )
