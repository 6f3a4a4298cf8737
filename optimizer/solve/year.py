"""The whole year: a plan's investments on every day of the record, the reservoirs shared between the days."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.case import Array, Case, Day
from optimizer.case.hours import HOURS_PER_YEAR
from optimizer.solve.daily import lack_eur_per_mwh
from optimizer.solve.dispatcher import Dispatcher, Watcher
from optimizer.solve.shape import Shape

CLOSE_ENOUGH = 5e-3
"""Share of its running cost to which the water is shared; what the data centres add is counted at the same water."""
LONGEST_SECONDS = 600.0
"""Most time of one day."""


@dataclass(frozen=True)
class YearDay:
    """One day of the record with the plan's investments; figures of one such day."""

    period: str
    first_hour: int
    """Position of its first hour in the hourly tables."""
    running_meur: float
    """Running cost of the whole system, lost load included."""
    baseline_meur: float
    """The same without new data centres, reservoirs giving no more than they are allotted with them."""
    shed_mwh: float
    """Load not served."""
    baseline_shed_mwh: float
    """The same without new data centres."""
    draw_mwh: float
    """Draw of the new servers with their cooling."""
    matched_mwh: float
    """Of which matched by contracted and built low-carbon plant in the same hour."""
    emission_t: float
    """Unmatched draw x the zone's hourly intensity."""
    system_emission_kt: float
    """Direct emissions of the whole system."""
    baseline_emission_kt: float
    """The same without new data centres."""


@dataclass(frozen=True)
class Year:
    """Every day of the record in every period."""

    days: tuple[YearDay, ...]
    """Period by period, in order of the calendar."""
    allotted_mwh: Array
    """The most each reservoir may give on each day, shape (periods, days, reservoirs in the order of the case)."""
    gap_share: float
    """How far the sharing of the reservoirs is from the proved bound, as a share of the running cost."""
    unserved_mwh: float
    """Load lost beyond power.shed_share in all periods, a year each."""


def replay(
    case: Case, shape: Shape, links: Array, prices: Mapping[str, Array], watcher: Watcher, cluster: str | None = None
) -> Year:
    """Return every day of a case's record at links of shape (periods, links), and without new data centres.

    The water of the reservoirs is shared to `CLOSE_ENOUGH` with the data centres; without them each day has the same.
    The sharing begins with `prices` of the water by period.
    """
    every = every_day(case)
    dispatcher = Dispatcher(replace(case, days=every), shape, LONGEST_SECONDS, cluster, CLOSE_ENOUGH)
    try:
        dispatcher.price(prices)
        results = dispatcher.at(links, watcher)
        both = dispatcher.days(links, results), dispatcher.days(np.zeros_like(links), results)
    finally:
        dispatcher.close()
    penalty = lack_eur_per_mwh(case)
    days = []
    for place, period in enumerate(case.periods):
        here, without = both[0][place], both[1][place]
        for position, day in enumerate(every):
            days.append(
                YearDay(
                    period=period,
                    first_hour=day.first_hour,
                    running_meur=float(here.cost[position] - penalty * here.lack_mwh[position]) / 1e6,
                    baseline_meur=float(without.cost[position] - penalty * without.lack_mwh[position]) / 1e6,
                    shed_mwh=float(here.shed_mwh[position]),
                    baseline_shed_mwh=float(without.shed_mwh[position]),
                    draw_mwh=float(here.drawn_mwh[position]),
                    matched_mwh=float(here.matched_mwh[position]),
                    emission_t=float(here.emission_t[position].sum()),
                    system_emission_kt=float(here.direct_kg[position]) / 1e6,
                    baseline_emission_kt=float(without.direct_kg[position]) / 1e6,
                )
            )
    known = sum(result.cost_meur for result in results)
    order = [shape.template.layout.reservoirs.index(pair) for pair in case.reservoirs]
    return Year(
        days=tuple(days),
        allotted_mwh=np.array([result.allotted_mwh[:, order] for result in results]),
        gap_share=float((known - sum(result.bound.value for result in results)) / max(abs(known), 1.0)),
        unserved_mwh=float(sum(every[0].weight * here.lack_mwh.sum() for here in both[0])),
    )


def every_day(case: Case) -> tuple[Day, ...]:
    """Return all days of a case's record, each as often as it comes in 8,760 hours."""
    hours, length = len(next(iter(case.hourly["load"].values()))), case.scenario.time.hours_per_day
    return tuple(Day(f"d{place + 1:03d}", place * length, HOURS_PER_YEAR / hours) for place in range(hours // length))
