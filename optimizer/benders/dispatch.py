"""The dispatch of all periods at given investments: their days in chunks, asked of a crew."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from models.case import Array, Case
from optimizer.benders.budget_allocation import CLOSE, Bound, BudgetAllocation
from optimizer.benders.evaluate_period import EmissionCuts, PeriodEvaluation, emission_cuts_of
from optimizer.benders.subproblem import DailyResults, Mode, SubproblemRequest, SubproblemResult
from optimizer.benders.worker_state import WorkerState, solve_subproblem
from optimizer.pool.worker_pool import PoolConfig, WorkerPool, make_pool
from optimizer.prepare.representative_days import choose_days
from optimizer.program.day_structure import DayStructure

MAX_DAYS_PER_BLOCK = 16
"""Most days of a chunk. They share their water in one programme, whose work grows faster than they do."""
COARSE = 12
"""Days from which prices of the water are worked out to begin with."""
MAX_ITERATIONS = 500
"""Most rounds of sharing; convergence is checked, so this only stops a fault."""
COLUMNS_WORTH_A_POOL = 150_000
"""From so many columns of all days on processes of their own pay."""
LEAST_SECONDS = 60.0
"""Time that one solve has at least: however short the time of a search, its plan is finished."""
LACKING_MWH = 1e-6
"""Less load than this that cannot be served is rounding."""


@dataclass(frozen=True)
class CancelToken:
    """Who waits for days to be dispatched."""

    ended: Callable[[], bool] = lambda: False
    """Whether an end is wanted with what is known."""
    tell: Callable[[str], None] = lambda _: None
    """Called after every round, with how far the water of each period is from shared as a share of its cost."""


@dataclass(frozen=True)
class SubproblemEvaluation:
    """A period at given links."""

    cost_meur: float
    """Running cost of a year, with the penalty of any lack, of a dispatch that is known; inf where none was asked."""
    bound: Bound
    """Plane below the running cost of a year, MEUR."""
    emission: EmissionCuts
    """Planes below the emissions of the new servers' unmatched draw in a year."""
    lack: Bound | None
    """Plane below the load of a year that cannot be served, MWh; None where all can."""
    allotted_mwh: Array
    """The sharing of the water between its chunks, MWh of a year, (chunks, reservoirs)."""


class Dispatcher:
    """The days of a case, dispatched or bounded at any investments."""

    def __init__(
        self, case: Case, shape: DayStructure, seconds: float, cluster: str | None = None, close: float = CLOSE
    ) -> None:
        """Spread the days over a crew: of this process, of others, or of the workers of a `cluster`.

        `seconds` is the most time of one solve; `close` the share of its cost to which the water of a period is shared
        where the days are many.
        """
        self.case, self.shape, self.periods = case, shape, tuple(case.periods)
        self._seconds, self._cluster = max(seconds, LEAST_SECONDS), cluster
        weights = np.array([day.weight for day in case.days])
        chunks = -(-len(weights) // MAX_DAYS_PER_BLOCK)
        ends = np.linspace(0, len(weights), chunks + 1).astype(int).tolist()
        self._places = [
            _Place(period, place, chunk, first, end)
            for place, period in enumerate(self.periods)
            for chunk, (first, end) in enumerate(pairwise(ends))
        ]
        self._assemble = partial(
            make_pool, partial(WorkerState, case, shape, self._seconds), solve_subproblem, self._spread(cluster)
        )
        self._crew: WorkerPool[SubproblemRequest | None, SubproblemResult | None] | None = self._assemble()
        energy = np.array([case.reservoirs[pair].energy_twh * 1e6 for pair in shape.template.layout.reservoirs])
        even = np.array([energy * weights[first:end].sum() / weights.sum() for first, end in pairwise(ends)])
        aims: tuple[Mode, ...] = ("cost", "lack")
        self._water = {
            (period, aim): BudgetAllocation(energy, even, close=close) for period in self.periods for aim in aims
        }

    def _spread(self, cluster: str | None) -> PoolConfig:
        """Return over what to spread the days."""
        asked, columns = self.case.settings.solve.workers, len(self.shape.columns) * len(self.case.days)
        few = columns * len(self.periods) < COLUMNS_WORTH_A_POOL
        workers = asked or (1 if few else os.cpu_count() or 1)
        return PoolConfig(min(workers, len(self._places)), cluster)

    def close(self) -> None:
        """End the crew; another is called together if the days are asked again."""
        if self._crew is not None:
            self._crew.close()
            self._crew = None

    def _ask(self, questions: Sequence[SubproblemRequest | None]) -> list[SubproblemResult | None]:
        """Return the crew's replies."""
        if self._crew is None:
            self._crew = self._assemble()
        return self._crew.ask(questions)

    def at(self, links: Array, watcher: CancelToken, served: bool = True) -> list[SubproblemEvaluation]:
        """Return every period at links of shape (periods, links); many days are only bounded unless to be `served`.

        A watcher that wants an end gets it once something is known of every period.
        """
        many = len(self.case.days) > COARSE and not self.shape.extra_links and self._water[self.periods[0], "cost"].many
        if many and not self.prices:
            self.price(self.coarse_prices(links, watcher))
        costs = self._share("cost", range(len(self.periods)), links, served, watcher)
        short = [place for place, each in costs.items() if each.lack_mwh > LACKING_MWH]
        lacks = self._share("lack", short, links, True, watcher)
        results = []
        for place, each in costs.items():
            lack = lacks[place].bound if place in lacks and lacks[place].bound.value > LACKING_MWH else None
            results.append(SubproblemEvaluation(each.cost, each.bound, each.emission, lack, each.water.allotted_mwh))
        return results

    @property
    def together(self) -> bool:
        """Tell whether all days of a period share their water in one programme, exactly."""
        return len(self._places) == len(self.periods)

    @property
    def prices(self) -> dict[str, Array]:
        """Return what the water of each reservoir is worth in every period so far, EUR/MWh."""
        found = {period: self._water[period, "cost"].price_eur for period in self.periods}
        return {period: price for period, price in found.items() if price is not None}

    def coarse_prices(self, links: Array, watcher: CancelToken) -> Mapping[str, Array]:
        """Return prices of the water by period at links, from `COARSE` days that meet the record's means."""
        asked = {"representative_days": COARSE, "days_by": "means"}
        days = choose_days(self.case.hourly, self.case.fleets, self.case.settings.time.model_copy(update=asked))
        coarse = Dispatcher(replace(self.case, days=days), self.shape, self._seconds, self._cluster)
        try:
            coarse.at(links, watcher)
            return coarse.prices
        finally:
            coarse.close()

    def price(self, prices: Mapping[str, Array]) -> None:
        """Begin with these prices of the water."""
        for period, price in prices.items():
            self._water[period, "cost"].price_eur = price

    def dispatch(
        self, links: Array, results: Sequence[SubproblemEvaluation], *, values: bool = False
    ) -> list[DailyResults]:
        """Return every period's days at links, with the water of results; with their own columns if asked for."""
        prices = self.prices

        def asked(place: _Place) -> SubproblemRequest:
            shares = results[place.position].allotted_mwh[place.chunk]
            return place.question(
                links, water_mwh=shares, price_eur=prices.get(place.period), daily=True, values=values
            )

        return self._daily(asked)

    def allotted(self, links: Array, water_mwh: Sequence[Array]) -> list[DailyResults]:
        """Return every period's days at links, each with its own water: (days, reservoirs) by period."""

        def asked(place: _Place) -> SubproblemRequest:
            water = water_mwh[place.position][place.first : place.end]
            return place.question(links, allotted_mwh=water, daily=True)

        return self._daily(asked)

    def priced(self, links: Array, price_eur: Mapping[str, Array]) -> list[DailyResults]:
        """Return every period's days at links, each with as much water as it likes at the price of the period."""
        return self._daily(lambda place: place.question(links, price_eur=price_eur[place.period], daily=True))

    def accounts(self, links: Array) -> list[SubproblemEvaluation]:
        """Return the emissions of every period at links of shape (periods, links), nothing dispatched."""
        replies = self._ask([place.question(links, aim="nothing") for place in self._places])
        results = []
        for position, period in enumerate(self.periods):
            reply, unknown = self._of_period(period, replies), Bound(-np.inf, np.zeros(len(links[position])))
            allotted = self._water[period, "cost"].allotted_mwh
            results.append(SubproblemEvaluation(np.inf, unknown, emission_cuts_of(reply), None, allotted))
        return results

    def _daily(self, asked: "Callable[[_Place], SubproblemRequest]") -> list[DailyResults]:
        """Return the figures of every period's days."""
        replies = self._ask([asked(place) for place in self._places])
        listed = [[reply.daily for reply in self._own(period, replies) if reply.daily] for period in self.periods]
        return [_joined(days) for days in listed]

    def _share(
        self, aim: Mode, places: Sequence[int], links: Array, served: bool, watcher: CancelToken
    ) -> dict[int, PeriodEvaluation]:
        """Ask the days of some periods round by round until their water is shared well enough."""
        sharings = {
            place: PeriodEvaluation(
                self._water[self.periods[place], aim], self.periods[place], aim, links[place], served
            )
            for place in places
        }
        for _ in range(MAX_ITERATIONS):
            asked = {each.period: each for each in sharings.values() if not each.done}
            if not asked or (watcher.ended() and all(each.known for each in asked.values())):
                break
            replies = self._ask([_next(asked.get(place.period), place) for place in self._places])
            for period, sharing in asked.items():
                sharing.learn(self._of_period(period, replies))
            watcher.tell("water shared to " + " ".join(f"{max(each.gap, 0.0):.1e}" for each in sharings.values()))
        return sharings

    def _own(self, period: str, replies: Sequence[SubproblemResult | None]) -> list[SubproblemResult]:
        """Return the replies of a period's chunks."""
        own = [reply for reply, place in zip(replies, self._places, strict=True) if place.period == period]
        return [reply for reply in own if reply is not None]

    def _of_period(self, period: str, replies: Sequence[SubproblemResult | None]) -> SubproblemResult:
        """Return the replies of a period's chunks as one."""
        return _joined(self._own(period, replies))


@dataclass(frozen=True)
class _Place:
    """A chunk of a period's days."""

    period: str
    position: int
    """Of the period."""
    chunk: int
    first: int
    end: int

    def question(self, links: Array, **asked: Any) -> SubproblemRequest:
        """Return a question at links of shape (periods, links)."""
        return SubproblemRequest(self.period, self.first, self.end, links[self.position], **asked)


def _next(sharing: PeriodEvaluation | None, place: _Place) -> SubproblemRequest | None:
    """Return what a chunk is asked next in a round."""
    return None if sharing is None else sharing.question(place.chunk, place.first, place.end)


Joined = TypeVar("Joined", SubproblemResult, DailyResults)


def _joined(parts: Sequence[Joined]) -> Joined:
    """Return the arrays of some chunks as one."""
    names = [field.name for field in fields(parts[0]) if isinstance(getattr(parts[0], field.name), np.ndarray)]
    whole: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(parts[0], **whole)
