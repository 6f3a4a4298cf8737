"""The dispatch of all periods at given investments: their days in chunks, asked of a crew."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from itertools import pairwise

import numpy as np

from models.case import Array, Case
from optimizer.crew.crew import Crew, Spread, crew_of
from optimizer.solve.chunk import Aim, Chunk, Question, Reply
from optimizer.solve.shape import Shape
from optimizer.solve.sharing import Emission, Sharing
from optimizer.solve.water import CLOSE, Bound, Water

CHUNKS = 8
"""Most chunks of a period: what can be done at a time, whatever the number of workers."""
ROUNDS = 500
"""Most rounds of sharing; convergence is checked, so this only stops a fault."""
WORTH_A_CREW = 150_000
"""From so many columns of all days on processes of their own pay."""
LACKING_MWH = 1e-6
"""Less load than this that cannot be served is rounding."""


@dataclass(frozen=True)
class Watcher:
    """Who waits for days to be dispatched."""

    ended: Callable[[], bool] = lambda: False
    """Whether an end is wanted with what is known."""
    tell: Callable[[str], None] = lambda _: None
    """Called after every round, with how far the water of each period is from shared as a share of its cost."""


@dataclass(frozen=True)
class PeriodResult:
    """A period at given links."""

    cost_meur: float
    """Running cost of a year, with the penalty of any lack, of a dispatch that is known; inf where none was asked."""
    bound: Bound
    """Plane below the running cost of a year, MEUR."""
    emission: Emission
    """Planes below the emissions of the new servers' unmatched draw in a year."""
    lack: Bound | None
    """Plane below the load of a year that cannot be served, MWh; None where all can."""
    allotted_mwh: Array
    """The sharing of the water, (days, reservoirs)."""


@dataclass(frozen=True)
class Prepared:
    """What a worker keeps: the chunks that it was asked for, with their programmes and bases."""

    case: Case
    shape: Shape
    seconds: float
    chunks: dict[tuple[str, int], Chunk]


def prepare(case: Case, shape: Shape, seconds: float) -> Prepared:
    """Return a worker's state."""
    return Prepared(case, shape, seconds, {})


def answer(prepared: Prepared, question: Question | None) -> Reply | None:
    """Return the days asked for; a chunk that is not asked says nothing."""
    if question is None:
        return None
    key = question.period, question.first
    if key not in prepared.chunks:
        days = prepared.case.days[question.first : question.end]
        prepared.chunks[key] = Chunk(prepared.case, prepared.shape, question.period, days, prepared.seconds)
    return prepared.chunks[key].answer(question)


class Dispatcher:
    """The days of a case, dispatched or bounded at any investments."""

    def __init__(
        self, case: Case, shape: Shape, seconds: float, cluster: str | None = None, close: float = CLOSE
    ) -> None:
        """Spread the days over a crew: of this process, of others, or of the workers of a `cluster`.

        `seconds` is the most time of one solve; `close` the share of its cost to which the water of a period is shared
        where the days are many.
        """
        self.case, self.shape, self.periods = case, shape, tuple(case.periods)
        weights = np.array([day.weight for day in case.days])
        ends = np.unique(np.linspace(0, len(weights), min(CHUNKS, len(weights)) + 1).astype(int)).tolist()
        self._places = [(period, *span) for period in self.periods for span in pairwise(ends)]
        self._crew: Crew[Question | None, Reply | None] = crew_of(
            partial(prepare, case, shape, seconds), answer, self._spread(cluster)
        )
        energy = np.array([case.reservoirs[pair].energy_twh * 1e6 for pair in shape.template.layout.reservoirs])
        even = np.tile(energy / weights.sum(), (len(weights), 1))
        aims: tuple[Aim, ...] = ("cost", "lack")
        self._water = {
            (period, aim): Water(weights, energy, even, close=close) for period in self.periods for aim in aims
        }

    def _spread(self, cluster: str | None) -> Spread:
        """Return over what to spread the days."""
        asked, columns = self.case.scenario.solve.workers, len(self.shape.columns) * len(self.case.days)
        few = columns * len(self.periods) < WORTH_A_CREW
        workers = asked or (1 if few else os.cpu_count() or 1)
        return Spread(min(workers, len(self._places)), cluster)

    def close(self) -> None:
        """End the crew."""
        self._crew.close()

    def at(self, links: Array, watcher: Watcher, served: bool = True) -> list[PeriodResult]:
        """Return every period at links of shape (periods, links); many days are only bounded unless to be `served`.

        A watcher that wants an end gets it once something is known of every period.
        """
        costs = self._share("cost", range(len(self.periods)), links, served, watcher)
        short = [place for place, each in costs.items() if each.lack_mwh > LACKING_MWH]
        lacks = self._share("lack", short, links, True, watcher)
        results = []
        for place, each in costs.items():
            lack = lacks[place].bound if place in lacks and lacks[place].bound.value > LACKING_MWH else None
            results.append(PeriodResult(each.cost, each.bound, each.emission, lack, each.water.allotted_mwh))
        return results

    @property
    def prices(self) -> dict[str, Array]:
        """Return what the water of each reservoir is worth in every period so far, EUR/MWh."""
        found = {period: self._water[period, "cost"].price_eur for period in self.periods}
        return {period: price for period, price in found.items() if price is not None}

    def price(self, prices: Mapping[str, Array]) -> None:
        """Begin with these prices of the water."""
        for period, price in prices.items():
            self._water[period, "cost"].price_eur = price

    def days(self, links: Array, results: Sequence[PeriodResult]) -> list[Reply]:
        """Return every period's days at links, with the water of results."""
        given = zip(self.periods, links, results, strict=True)
        asked = {period: (here, result.allotted_mwh) for period, here, result in given}
        replies = self._crew.ask(
            [
                Question(period, first, end, asked[period][0], asked[period][1][first:end])
                for period, first, end in self._places
            ]
        )
        return [self._of_period(period, replies) for period in self.periods]

    def accounts(self, links: Array) -> list[PeriodResult]:
        """Return the emissions of every period at links of shape (periods, links), nothing dispatched."""
        replies = self._crew.ask(
            [
                Question(period, first, end, links[self.periods.index(period)], None, aim="nothing")
                for period, first, end in self._places
            ]
        )
        results = []
        for place, period in enumerate(self.periods):
            water, reply = self._water[period, "cost"], self._of_period(period, replies)
            emission = Emission(water.weights @ reply.emission_t, water.weights @ reply.emission_slope_t)
            unknown = Bound(-np.inf, np.zeros(len(links[place])))
            results.append(PeriodResult(np.inf, unknown, emission, None, water.allotted_mwh))
        return results

    def dispatch(self, links: Array, results: Sequence[PeriodResult]) -> Array:
        """Return the days' own columns at links, with the water of results, shape (periods, days, columns)."""
        given = {
            period: (here, result.allotted_mwh)
            for period, here, result in zip(self.periods, links, results, strict=True)
        }
        replies = self._crew.ask(
            [
                Question(period, first, end, given[period][0], given[period][1][first:end], values=True)
                for period, first, end in self._places
            ]
        )
        values = [reply.values for reply in replies if reply is not None and reply.values is not None]
        return np.concatenate(values).reshape(len(self.periods), -1, len(self.shape.template.columns))

    def _share(
        self, aim: Aim, places: Sequence[int], links: Array, served: bool, watcher: Watcher
    ) -> dict[int, Sharing]:
        """Ask the days of some periods round by round until their water is shared well enough."""
        sharings = {
            place: Sharing(self._water[self.periods[place], aim], self.periods[place], aim, links[place], served)
            for place in places
        }
        for _ in range(ROUNDS):
            asked = {each.period: each for each in sharings.values() if not each.done}
            if not asked or (watcher.ended() and all(each.known for each in asked.values())):
                break
            replies = self._crew.ask(
                [asked[period].question(first, end) if period in asked else None for period, first, end in self._places]
            )
            for period, sharing in asked.items():
                sharing.learn(self._of_period(period, replies))
            watcher.tell(" ".join(f"{each.gap:.1e}" for each in sharings.values()))
        return sharings

    def _of_period(self, period: str, replies: Sequence[Reply | None]) -> Reply:
        """Return the replies of a period's chunks as one."""
        own = [reply for reply, (of, *_) in zip(replies, self._places, strict=True) if of == period]
        return _joined([reply for reply in own if reply is not None])


def _joined(replies: Sequence[Reply]) -> Reply:
    """Return the replies of a period's chunks as one."""
    whole = {
        field.name: np.concatenate([getattr(reply, field.name) for reply in replies])
        for field in fields(Reply)
        if getattr(replies[0], field.name) is not None
    }
    return replace(replies[0], **whole)
