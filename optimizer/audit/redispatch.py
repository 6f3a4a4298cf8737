"""An own dispatch of a day, written straight from the case: what the audit compares a replayed day with.

It shares nothing with the formulation or the engine: zones have angles where the formulation sums around cycles, every
equation is written for all hours at once, and the solver is the one that comes with SciPy.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import scipy.sparse as sparse
from scipy.optimize import linprog

from models.case import Array, Technology
from optimizer.audit.costs import AuditedPlan

Name = tuple[str, Any]
"""What kind of equation or quantity, and of which zone, line or (zone, technology)."""
Term = tuple[Name, Name, float]
"""Equation, quantity, coefficient; the same in every hour."""
SOLVED, INFEASIBLE = 0, 2
Item = TypeVar("Item")


def drawn(audited: AuditedPlan, items: Sequence[Item], count: int) -> list[Item]:
    """Return a sample of items that follows from the halls built, so that nobody chooses it; some may come twice."""
    halls = sorted((row.site, row.cooling, row.period, row.built_halls) for row in audited.plan.halls)
    digits = (hashlib.sha256(f"{number} {halls}".encode()).hexdigest() for number in range(count))
    return [items[int(each, 16) % len(items)] for each in digits]


@dataclass(frozen=True)
class RedispatchResult:
    """What a day costs, loses and emits."""

    system_meur: float
    shed_mwh: float
    system_kt: float


@dataclass(frozen=True)
class RedispatchRequest:
    """A day to dispatch, by the positions of its period and day in the year."""

    period: int
    day: int
    served: bool
    """Whether the data centres, and the plants built for them, are there."""
    allotted_mwh: Array
    """The most each reservoir may give, shape (reservoirs,)."""
    shed_limit_mwh: float
    """The most load that may be lost."""
    flow_limit_mw: Mapping[Name, Array] = field(default_factory=dict)
    """(forward or backward, line) -> the most that it may carry, by hour, where that is less than its capacity."""
    carried_mwh: tuple[tuple[float, float], ...] = ()
    """What is in each store that carries over before the day and after it."""


class Redispatch:
    """The dispatch of any day of a year: quantities by hour, their equations, their limits."""

    def __init__(self, year: AuditedPlan) -> None:
        """Write the equations that all days share, from the plan on all days."""
        self._year, case = year, year.case
        self._waits = case.settings.service.flexible_share
        self._waiting = ("flexible",) if self._waits else ()
        stored = [(kind, pair) for kind in ("charge", "discharge", "level") for pair in year.stores]
        flows = [(kind, line) for kind in ("forward", "backward") for line in case.lines]
        zonal = [(kind, zone) for kind in ("shed", "angle", *self._waiting) for zone in case.zones]
        zonal += [("spilled", zone) for zone in year.spilling]
        online = [(kind, pair) for kind in ("online", "started") for pair in year.clustered]
        self._quantities: list[Name] = [
            *(("output", pair) for pair in year.generators), *stored, *online, *flows, *zonal
        ]  # fmt: skip
        self._at = {quantity: position for position, quantity in enumerate(self._quantities)}
        hours = np.eye(case.settings.time.hours_per_day)
        now, earlier = list(self._now()), [(("level", pair), ("level", pair), -1.0) for pair in year.stores]
        self._equations = list(dict.fromkeys(equation for equation, _, _ in now))
        self._balances = [position for position, (kind, _) in enumerate(self._equations) if kind == "balance"]
        over = [term for term in earlier if term[0][1] in year.carrying]
        around = [term for term in earlier if term not in over]
        self._kept = self._by_hour(self._equations, now, around, hours)
        self._kept += sparse.kron(self._matrix(self._equations, over), np.eye(len(hours), k=-1), format="csr")
        ups = [(name, term) for pair in year.clustered for name, term in self._of_clusters(pair)]
        of_hour, of_last = ([term for when, term in ups if when == which] for which in ("now", "earlier"))
        self._held = self._by_hour(dict.fromkeys(name for name, _, _ in of_hour), of_hour, of_last, hours)
        done: list[Term] = [(("done", zone), (kind, zone), 1.0) for kind in self._waiting for zone in case.zones]
        self._windows = np.add.reduceat(hours, range(0, len(hours), 24), axis=0)
        done_in = sparse.kron(self._matrix([equation for equation, _, _ in done], done), self._windows, format="csr")
        self._kept = sparse.vstack([self._kept, done_in], format="csr")
        summed: list[Term] = [(("shed", ""), ("shed", zone), 1.0) for zone in case.zones]
        summed += [(("given", pair), ("output", pair), 1.0) for pair in case.reservoirs]
        kinds = {pair: case.technologies[pair[1]] for pair in year.pairs}
        fed: list[tuple[Name, Technology]] = [
            (("discharge" if pair in year.stores else "output", pair), kind) for pair, kind in kinds.items()
        ]
        summed += [(("kt", ""), quantity, kind.emission_kg_per_mwh / 1e6) for quantity, kind in fed]
        totals = [("shed", ""), *(("given", pair) for pair in case.reservoirs), ("kt", "")]
        self._totals = sparse.kron(self._matrix(totals, summed), np.ones((1, len(hours))), format="csr")
        prices: dict[Name, float] = {quantity: year.marginal_eur_per_mwh(*quantity[1]) for quantity, _ in fed}
        prices |= {("started", pair): case.technologies[pair[1]].start_eur_per_mw for pair in year.clustered}
        prices |= {("shed", zone): case.settings.money.lost_load_eur_per_mwh for zone in case.zones}
        # in euro, not millions: the solver takes a price as paid when it is met to 1e-7
        eur_per_mwh = np.array([prices.get(quantity, 0.0) for quantity in self._quantities])
        self._eur = np.repeat(eur_per_mwh, len(hours))

    def cheapest(
        self, request: RedispatchRequest, held: RedispatchResult | None = None, slack: float = 0.0
    ) -> RedispatchResult | None:
        """Return the figures of the cheapest dispatch, where `held` is given of those that lose and emit as it does.

        `slack` is how much these may differ, relative to them or to 1. None if there is no such dispatch; raises
        RuntimeError if the solver finds neither.
        """
        limits = np.array([request.shed_limit_mwh, *request.allotted_mwh])
        rows = sparse.vstack([self._held, self._totals[:-1]], format="csr")
        most = np.concatenate([np.zeros(self._held.shape[0]), limits])
        if held is not None:
            stated = np.array([held.shed_mwh, held.system_kt])
            room = slack * np.maximum(1.0, np.abs(stated))
            both = self._totals[[0, -1]]
            rows = sparse.vstack([rows, both, -both], format="csr")
            most = np.concatenate([most, stated + room, room - stated])
        found = linprog(
            self._eur, rows, most, self._kept, self._needs(request), self._bounds(request), method="highs-ds"
        )
        if found.status == INFEASIBLE:
            return None
        if found.status != SOLVED:
            raise RuntimeError(f"SciPy could not dispatch a day: {found.message}")
        totals = self._totals @ found.x
        return RedispatchResult(float(found.fun) / 1e6, float(totals[0]), float(totals[-1]))

    def _by_hour(
        self, names: Iterable[Name], now: Iterable[Term], earlier: Iterable[Term], hours: Array
    ) -> sparse.csr_array:
        """Return what is said of every hour and of the one before it, around the day, (names, quantities) x hours."""
        names = list(names)
        kept = sparse.kron(self._matrix(names, now), hours, format="csr")
        return kept + sparse.kron(self._matrix(names, earlier), np.roll(hours, -1, axis=1), format="csr")

    def _of_clusters(self, pair: tuple[str, str]) -> Iterator[tuple[str, Term]]:
        """Yield what is at most 0 of plants that are brought online: of the hour, and of the one before (earlier)."""
        kind, output, online = self._year.case.technologies[pair[1]], ("output", pair), ("online", pair)
        least, ramp = kind.minimum_load_share, kind.ramp_share_per_hour
        yield "now", (("within", pair), output, 1.0)
        yield "now", (("within", pair), online, -1.0)
        yield "now", (("minimum", pair), online, least)
        yield "now", (("minimum", pair), output, -1.0)
        yield "now", (("start", pair), online, 1.0)
        yield "now", (("start", pair), ("started", pair), -1.0)
        yield "earlier", (("start", pair), online, -1.0)
        yield "now", (("rise", pair), output, 1.0)
        yield "now", (("rise", pair), online, -least - ramp)
        yield "earlier", (("rise", pair), output, -1.0)
        yield "earlier", (("rise", pair), online, least)
        yield "now", (("fall", pair), output, -1.0)
        yield "now", (("fall", pair), online, least)
        yield "earlier", (("fall", pair), output, 1.0)
        yield "earlier", (("fall", pair), online, -least - ramp)

    def _now(self) -> Iterator[Term]:
        """Yield what the equations say of the quantities of one hour."""
        case = self._year.case
        for zone in case.zones:
            yield ("balance", zone), ("shed", zone), 1.0
            for kind in self._waiting:
                yield ("balance", zone), (kind, zone), -1.0
        for zone in self._year.spilling:
            yield ("balance", zone), ("spilled", zone), -1.0
        for pair in self._year.generators:
            yield ("balance", pair[0]), ("output", pair), 1.0
        for pair in self._year.stores:
            one_way = case.technologies[pair[1]].efficiency_share ** 0.5
            for quantity, gain, stored in (("charge", -1.0, -one_way), ("discharge", 1.0, 1 / one_way)):
                yield ("balance", pair[0]), (quantity, pair), gain
                yield ("level", pair), (quantity, pair), stored
            yield ("level", pair), ("level", pair), 1.0
        for line, row in case.lines.items():
            for way, start, end in (("forward", row.from_zone, row.to_zone), ("backward", row.to_zone, row.from_zone)):
                yield ("balance", start), (way, line), -1.0
                yield ("balance", end), (way, line), 1 - row.loss_share
            if row.reactance_pu:
                yield ("drop", line), ("forward", line), row.reactance_pu
                yield ("drop", line), ("backward", line), -row.reactance_pu
                yield ("drop", line), ("angle", row.from_zone), -1.0
                yield ("drop", line), ("angle", row.to_zone), 1.0

    def _matrix(self, equations: Iterable[Name], terms: Iterable[Term]) -> sparse.coo_array:
        """Return the coefficients of an hour, shape (equations, quantities)."""
        row_of = {equation: row for row, equation in enumerate(equations)}
        listed = [(amount, row_of[equation], self._at[quantity]) for equation, quantity, amount in terms]
        amounts, rows, columns = zip(*listed, strict=True) if listed else ((), (), ())
        return sparse.coo_array((amounts, (rows, columns)), shape=(len(row_of), len(self._at)), dtype=float)

    def _needs(self, request: RedispatchRequest) -> Array:
        """Return the right-hand sides: load and draw that cannot wait, and what is done of the rest in 24 hours."""
        year, at, waits = self._year, (request.period, request.day), self._waits
        needs = np.zeros((len(self._equations), year.zeros.shape[2]))
        for position in self._balances:
            zone = self._equations[position][1]
            needs[position] = year.load_mw[zone][at] + (1 - waits) * self._draw_mw(zone, request)
        for pair, (before, _) in zip(year.carrying, request.carried_mwh, strict=True):
            needs[self._equations.index(("level", pair)), 0] = before
        done = [self._windows @ (waits * self._draw_mw(zone, request)) for zone in year.case.zones if waits]
        return np.concatenate([needs.ravel(), *done])

    def _draw_mw(self, zone: str, request: RedispatchRequest) -> Array:
        """Return the draw of the new servers of a zone, shape (hours,)."""
        found: Array = self._year.draws_mw[zone][request.period, request.day] * request.served
        return found

    def _bounds(self, request: RedispatchRequest) -> Array:
        """Return the least and the most of every quantity and hour, shape (quantities x hours, 2)."""
        case, period = self._year.case, self._year.periods[request.period]
        most = np.full((len(self._quantities), self._year.zeros.shape[2]), np.inf)
        least = np.zeros_like(most)
        for position, (quantity, key) in enumerate(self._quantities):
            if quantity in ("forward", "backward"):
                usable = self._year.usable_share[request.day] * self._year.line_share(key, period)
                most[position] = usable * getattr(case.lines[key], f"{quantity}_mw")
                most[position] = np.minimum(most[position], request.flow_limit_mw.get((quantity, key), np.inf))
            elif quantity == "angle":
                least[position] = -np.inf
            elif quantity == "flexible":
                used = self._year.used_share or 1.0
                most[position] = (self._waits + 1 / used - 1) * self._draw_mw(key, request)
            elif quantity not in ("shed", "spilled", "started"):
                zone, kind = key
                new_mw = self._year.plant_mw[zone, kind, period] if request.served else 0.0
                most[position] = self._year.fleet_mw(zone, kind, period) + new_mw
                if quantity in ("output", "online"):
                    most[position] *= self._year.available_share(zone, kind)[request.day]
                if quantity == "output":
                    least[position] = self._year.forced_mw(key)[request.period, request.day]
                    if request.served and self._year.runs_new(key):
                        least[position] += self._year.new_mw(key)[request.period, request.day]
                if quantity == "level":
                    new_mwh = self._year.store_mwh(zone, kind, period) if request.served else 0.0
                    most[position] = (most[position] - new_mw) * case.technologies[kind].duration_hours + new_mwh
        for pair in self._year.seasonal:
            if ("output", pair) in self._at:
                output = self._at["output", pair]
                least[output] = np.maximum(least[output], self._year.least_output_mw(pair, period)[request.day])
        for pair, (_, after) in zip(self._year.carrying, request.carried_mwh, strict=True):
            least[self._at["level", pair], -1] = most[self._at["level", pair], -1] = after
        return np.stack([least.ravel(), most.ravel()], axis=1)
