"""The whole year: a plan's investments on every day of the record, the reservoirs shared between the days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.case import Array, Case, Day
from optimizer.benders.budget_allocation import BudgetAllocation
from optimizer.benders.day_lp import lack_eur_per_mwh
from optimizer.benders.dispatch import CancelToken, Dispatcher, SubproblemEvaluation
from optimizer.benders.subproblem import DailyResults
from optimizer.prepare.representative_days import HOURS_PER_YEAR

CLOSE_ENOUGH = 5e-3
"""Share of its running cost to which the water of many days is shared."""
FEW = 8
"""Fewer days than this know the prices of the water badly."""
LONGEST_SECONDS = 600.0
"""Most time of one day."""


@dataclass(frozen=True)
class DispatchedDay:
    """One day of the record with the plan's investments; figures of one such day."""

    period: str
    first_hour: int
    """Position of its first hour in the hourly tables."""
    running_meur: float
    """Running cost of the whole system, lost load included."""
    baseline_meur: float
    """The same without new data centres."""
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
    burnt_hours: float
    """Hours of lines and stores in which power goes round and is lost, with the data centres."""
    burnt_mwh: float
    """Energy lost by it."""


@dataclass(frozen=True)
class DispatchedYear:
    """Every day of the record in every period."""

    days: tuple[DispatchedDay, ...]
    """Period by period, in order of the calendar."""
    allotted_mwh: Array
    """The most each reservoir may give on each day, shape (periods, days, reservoirs in the order of the case)."""
    baseline_allotted_mwh: Array
    """The same without new data centres."""
    noise_meur: tuple[float, ...]
    """By period, how far a year's running costs with and without new data centres together may be above the least."""
    gap_share: float
    """How far the sharing of the reservoirs is from the proved bound, as a share of the running cost."""
    unserved_mwh: float
    """Load lost beyond power.shed_share in all periods, a year each."""


@dataclass(frozen=True)
class _Shared:
    """Every day of the record at some links, its water shared, by period."""

    served: Sequence[DailyResults]
    water_mwh: Sequence[Array]
    """(days, reservoirs)"""
    bounds: Sequence[float]
    """What a year costs at least, MEUR."""


class FullYearDispatch:
    """Every day of a case's record, to be dispatched at any investments."""

    def __init__(self, own: Dispatcher, cluster: str | None = None) -> None:
        """Spread the days as `Dispatcher` does; where its `own` days are those of the record, they serve."""
        self._few = len(own.case.days) < FEW
        self.case = replace(own.case, days=all_days(own.case))
        self._borrowed = len(own.case.days) == len(self.case.days)
        new = None if self._borrowed else Dispatcher(self.case, own.shape, LONGEST_SECONDS, cluster, CLOSE_ENOUGH)
        self._dispatcher = new or own

    def __enter__(self) -> "FullYearDispatch":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End its crew, if it is its own."""
        if not self._borrowed:
            self._dispatcher.close()

    def accounts(self, links: Array) -> list[SubproblemEvaluation]:
        """Return the emissions of every period at links of shape (periods, links), nothing dispatched."""
        return self._dispatcher.accounts(links)

    def replay(self, links: Array, prices: Mapping[str, Array], watcher: CancelToken) -> DispatchedYear | None:
        """Return every day at links of shape (periods, links), and without new data centres; None if an end is wanted.

        Both are shared the year's water in the same way, each for itself: at the same `prices` by period, and to the
        same tolerance.
        """
        if self._few:
            prices = self._dispatcher.coarse_prices(links, watcher)
        served = self._shared(links, prices, watcher, "")
        alone = served and self._shared(np.zeros_like(links), prices, watcher, " without new data centres")
        return self._year(served, alone) if served and alone else None

    def _shared(self, links: Array, prices: Mapping[str, Array], watcher: CancelToken, where: str) -> "_Shared | None":
        """Return every day at links with water of its own; None if an end is wanted.

        Few days share it exactly. Of many each is allotted what it would use at `prices`, as far as the year has it;
        where that costs more than `CLOSE_ENOUGH` above what is proved, the water is shared until it does not.
        """
        dispatcher = self._dispatcher
        if dispatcher.together:
            watcher.tell(f"every day of the record{where}, its water shared exactly")
            shared = self._by_rounds(links, watcher)
        else:
            dispatcher.price(prices)
            watcher.tell(f"every day of the record{where} at the price of the water")
            priced = dispatcher.priced(links, prices)
            pairs = zip(self.case.periods, priced, strict=True)
            bounds = [self._bound(daily, prices[period]) for period, daily in pairs]
            if watcher.ended():
                return None
            watcher.tell(f"every day of the record{where} with its water")
            water = [self._fitted(daily) for daily in priced]
            shared = _Shared(dispatcher.allotted(links, water), water, bounds)
            if self._gap(shared) > CLOSE_ENOUGH and not watcher.ended():
                shared = self._by_rounds(links, watcher)
        return None if watcher.ended() else shared

    def _by_rounds(self, links: Array, watcher: CancelToken) -> "_Shared":
        """Return every day at links, the water shared round by round."""
        results = self._dispatcher.at(links, watcher)
        served = self._dispatcher.dispatch(links, results)
        return _Shared(served, [daily.used_mwh for daily in served], [result.bound.value for result in results])

    def _fitted(self, daily: DailyResults) -> Array:
        """Return the water that days used, as far as the year has it, and what is left where there is room."""
        days = np.array([day.weight for day in self.case.days])[:, None]
        water = BudgetAllocation(self._energy_mwh, np.zeros_like(daily.used_mwh))
        fitted: Array = water.filled(days * daily.used_mwh, days * daily.most_mwh) / days
        return fitted

    def _bound(self, daily: DailyResults, price_eur: Array) -> float:
        """Return what a year costs at least, MEUR, by its days at a price of the water."""
        return self._yearly_meur(daily) - float(price_eur @ self._energy_mwh) / 1e6

    def _yearly_meur(self, daily: DailyResults) -> float:
        """Return what the days cost in a year, MEUR."""
        return float(np.array([day.weight for day in self.case.days]) @ daily.cost) / 1e6

    def _gap(self, shared: "_Shared") -> float:
        """Return how far the days are from the bounds, as a share of what they cost."""
        known = sum(self._yearly_meur(daily) for daily in shared.served)
        return (known - sum(shared.bounds)) / max(abs(known), 1.0)

    @property
    def _energy_mwh(self) -> Array:
        pairs = self._dispatcher.shape.template.layout.reservoirs
        return np.array([self.case.reservoirs[pair].energy_twh * 1e6 for pair in pairs])

    def _year(self, shared: "_Shared", without: "_Shared") -> DispatchedYear:
        """Return the year whose days are served, and without new data centres."""
        case = self.case
        penalty = lack_eur_per_mwh(case)
        order = [self._dispatcher.shape.template.layout.reservoirs.index(pair) for pair in case.reservoirs]
        days = [
            DispatchedDay(
                period=period,
                first_hour=day.first_hour,
                running_meur=float(here.cost[position] - penalty * here.lack_mwh[position]) / 1e6,
                baseline_meur=float(alone.cost[position] - penalty * alone.lack_mwh[position]) / 1e6,
                shed_mwh=float(here.shed_mwh[position]),
                baseline_shed_mwh=float(alone.shed_mwh[position]),
                draw_mwh=float(here.drawn_mwh[position]),
                matched_mwh=float(here.matched_mwh[position]),
                emission_t=float(here.emission_t[position].sum()),
                system_emission_kt=float(here.direct_kg[position]) / 1e6,
                baseline_emission_kt=float(alone.direct_kg[position]) / 1e6,
                burnt_hours=float(here.burnt_hours[position]),
                burnt_mwh=float(here.burnt_mwh[position]),
            )
            for period, here, alone in zip(case.periods, shared.served, without.served, strict=True)
            for position, day in enumerate(case.days)
        ]
        return DispatchedYear(
            days=tuple(days),
            allotted_mwh=np.array([each[:, order] for each in shared.water_mwh]),
            baseline_allotted_mwh=np.array([each[:, order] for each in without.water_mwh]),
            gap_share=self._gap(shared),
            noise_meur=tuple(
                sum(self._yearly_meur(each.served[place]) - each.bounds[place] for each in (shared, without))
                for place in range(len(case.periods))
            ),
            unserved_mwh=float(sum(case.days[0].weight * here.lack_mwh.sum() for here in shared.served)),
        )


def all_days(case: Case) -> tuple[Day, ...]:
    """Return all days of a case's record, each as often as it comes in 8,760 hours."""
    hours, length = len(next(iter(case.hourly["load"].values()))), case.settings.time.hours_per_day
    return tuple(Day(f"d{place + 1:03d}", place * length, HOURS_PER_YEAR / hours) for place in range(hours // length))
