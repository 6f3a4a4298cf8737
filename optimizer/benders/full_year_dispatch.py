"""The whole year: a plan's investments on every day of the record, its budgets shared between the days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.case import Array, Case, Day
from models.upper_bounds import carrying_stores, fleet_mw
from optimizer.benders.allocation import filled
from optimizer.benders.day_lp import penalty_eur_per_mwh
from optimizer.benders.decomposition import Decomposition, block_structure
from optimizer.benders.dispatch import CancelToken, Dispatcher, SubproblemEvaluation
from optimizer.benders.subproblem import DailyResults
from optimizer.benders.year_by_prices import PricedYear
from optimizer.prepare.representative_days import HOURS_PER_YEAR
from optimizer.program.day_structure import day_structure
from optimizer.program.node_couplings import node_couplings
from optimizer.program.nodes import Node
from optimizer.solver.highs import SolverFailed

CLOSE_ENOUGH = 2e-3
"""Share of its running cost to which the water of many days is shared, ..."""
FITTED_ENOUGH = 2e-2
"""... and to which it is left as it is where the first prices come so near: what it leaves open is told, and more
prices would take longer than the search."""
MOST_PRICES = 12
"""Dispatches of the year at other prices that are tried at most."""
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
    carried_mwh: Array
    """What is in each store that carries over before each day, shape (periods, days, such stores in order)."""
    baseline_carried_mwh: Array
    """The same without new data centres."""
    gap_share: float
    """How far the sharing of the reservoirs is from the proved bound, as a share of the running cost."""
    unserved_mwh: float
    """Load lost beyond power.shed_share in all periods, a year each."""


@dataclass(frozen=True)
class _Allocated:
    """Every day of the record at some links, its couplings allocated, by node."""

    daily: Sequence[DailyResults]
    budget: Sequence[Array]
    """(days, budgets)"""
    bounds: Sequence[float]
    """What a year costs at least, MEUR."""
    carried: Array
    """What is in stores that carry over before each day, (nodes, days, stores)."""


class FullYearDispatch:
    """Every day of a case's record, to be dispatched at any investments."""

    def __init__(self, decomposition: Decomposition, cluster: str | None = None) -> None:
        """Spread the days as the decomposition does; where its own days are those of the record, they serve."""
        own, form = decomposition.dispatcher, decomposition.form
        self._decomposition = decomposition
        self._few = len(form.case.days) < FEW
        cases = {name: year_of(case) for name, case in own.cases.items()}
        self.case = cases[form.nodes[0].future]
        alike = form.case.settings.time.year_hours == form.case.settings.time.hours_per_day
        self.borrows_workers = alike and len(form.case.days) == len(self.case.days)
        self._dispatcher = own
        if not self.borrows_workers:
            if alike and not len(own.structure.general):
                structure = own.structure
                couplings = tuple(each.over(len(self.case.days)) for each in own.couplings)
            else:
                futures = [replace(each.future, case=cases[each.future.name]) for each in form.futures]
                longer = form.with_futures(futures)
                day = day_structure(longer.template, longer.couplings)
                couplings = tuple(node_couplings(longer, day, node) for node in form.nodes)
                structure = block_structure(day, couplings)
            self._dispatcher = Dispatcher(cases, own.nodes, structure, couplings, LONGEST_SECONDS, cluster)

    def __enter__(self) -> "FullYearDispatch":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End its pool, if it is its own."""
        if not self.borrows_workers:
            self._dispatcher.close()

    def accounts(self, links: Array) -> list[SubproblemEvaluation]:
        """Return the yearly accounts of every node at links of shape (nodes, links), nothing dispatched."""
        return self._dispatcher.accounts(links)

    def dispatch(self, links: Array, prices: Mapping[Node, Array] | None, token: CancelToken) -> DispatchedYear | None:
        """Return every day at links of shape (nodes, links), and without new data centres; None if an end is wanted.

        Both share what couples the year's days in the same way, each for itself, beginning with the same `prices` by
        node. Where few days know the prices, or none do, they are those of a coarse sample of the record.
        """
        duals = self._first_duals(links, prices, token)
        served = self._allocated(links, duals, token, "")
        alone = served and self._allocated(np.zeros_like(links), duals, token, " without new data centres")
        return self._year(served, alone) if served and alone else None

    def with_water_meur(self, links: Array, allotted_mwh: Mapping[str, Sequence[float]]) -> list[float]:
        """Return the running cost of a year of every node at links, MEUR, reservoirs given what is stated of each day.

        `allotted_mwh` has, by `zone.technology`, the days of every node, one node after the other. Raises ValueError
        where stores carry energy over: what they do on a day is not stated.
        """
        if carrying_stores(self.case):
            raise ValueError("stores carry energy from day to day")
        dispatcher, structure, days = self._dispatcher, self._dispatcher.structure, len(self.case.days)
        budgets = np.zeros((len(dispatcher.nodes), days, len(structure.budgets)))
        shares = np.zeros((len(dispatcher.nodes), days, len(structure.general)))
        for pair in self.case.reservoirs:
            given = np.reshape(allotted_mwh[".".join(pair)], (len(dispatcher.nodes), days))
            at, per_unit = self._share_of(pair)
            if per_unit:
                shares[:, :, at] = given / per_unit
            else:
                budgets[:, :, at] = given
        found, penalty = dispatcher.allocated(links, list(budgets), list(shares)), penalty_eur_per_mwh(self.case)
        return [self._yearly_meur(replace(each, cost=each.cost - penalty * each.unserved)) for each in found]

    def _share_of(self, pair: tuple[str, str]) -> tuple[int, float]:
        """Return the place of a reservoir among the budgets, and 0; or among the general shares, and a unit's MWh."""
        structure = self._dispatcher.structure
        names = [structure.day.template.links[place] for place in structure.day.shares]
        budgets = [names[place] for place in structure.budgets.tolist()]
        if (link := ("allotted_mw", pair)) in budgets:
            return budgets.index(link), 0.0
        place = names.index(link)
        return structure.general.tolist().index(place), -float(structure.day.share_matrix[:, [place]].sum())

    def _allocated(self, links: Array, duals: Sequence[Array], token: CancelToken, where: str) -> "_Allocated | None":
        """Return every day at links with an allocation of its own; None if an end is wanted.

        Few days share what couples them exactly. Many are dispatched at prices, beginning with `duals` by node: plain
        budgets are then fitted to the year where that comes within `FITTED_ENOUGH` of what is proved; else, and for all
        other couplings, more prices are asked until a mix of dispatches comes within `CLOSE_ENOUGH`.
        """
        dispatcher = self._dispatcher
        if dispatcher.together:
            token.report(f"every day of the record{where}, its water shared exactly")
            found: _Allocated | None = self._by_rounds(links, token)
        else:
            found = self._by_prices(links, duals, token, where)
        return None if token.cancelled() else found

    def _by_rounds(self, links: Array, token: CancelToken) -> "_Allocated":
        """Return every day at links, the couplings allocated round by round."""
        results = self._dispatcher.evaluate(links, token)
        carried = [self._carried(node, links, result.shares) for node, result in enumerate(results)]
        widened = [replace(result, shares=shares) for result, (shares, _) in zip(results, carried, strict=True)]
        daily = self._dispatcher.dispatch(links, widened, as_given=True)
        levels, bounds = np.array([each for _, each in carried]), [result.bound.value for result in results]
        return _Allocated(daily, [each.used for each in daily], bounds, levels)

    def _by_prices(self, links: Array, duals: Sequence[Array], token: CancelToken, where: str) -> "_Allocated | None":
        """Return every day at links, what couples them shared by prices; None if an end is wanted."""
        dispatcher, investments = self._dispatcher, self._dispatcher.split(links)[1]
        weights = np.array([day.weight for day in self.case.days])
        years = [
            PricedYear(known, weights, seen[: len(known.columns)], first)
            for known, seen, first in zip(dispatcher.couplings, investments, duals, strict=True)
        ]
        for number in range(1, MOST_PRICES + 1):
            token.report(f"every day of the record{where} at prices of the water, {number}")
            daily = dispatcher.priced(
                links, [year.price_eur for year in years], [year.share_price_eur for year in years]
            )
            if token.cancelled():
                return None
            for year, each in zip(years, daily, strict=True):
                year.add(each)
            if number == 1 and dispatcher.only_budgets:
                token.report(f"every day of the record{where} with its water")
                found = self._fitted(links, daily, years)
                if self._gap(found) <= FITTED_ENOUGH or token.cancelled():
                    return found
            known_meur, least_meur = (sum(getattr(year, each) for year in years) for each in ("meur", "bound"))
            if np.isfinite(known_meur) and known_meur - least_meur <= CLOSE_ENOUGH * max(abs(known_meur), 1.0):
                break
        if not np.isfinite(known_meur):
            raise SolverFailed("no mix of dispatches keeps what couples the days of the record")
        token.report(f"every day of the record{where} with its water")
        budget = [year.budget for year in years]
        carried = [self._carried(node, links, year.shares) for node, year in enumerate(years)]
        daily = dispatcher.allocated(links, budget, [shares for shares, _ in carried])
        return _Allocated(daily, budget, [year.bound for year in years], np.array([each for _, each in carried]))

    def _fitted(self, links: Array, daily: Sequence[DailyResults], years: Sequence[PricedYear]) -> "_Allocated":
        """Return every day at links with the budgets that it used at prices, as far as the year has them.

        What is left of them is given to days that have room.
        """
        dispatcher, weights = self._dispatcher, np.array([day.weight for day in self.case.days])[:, None]
        budget: list[Array] = [
            filled(weights * each.used, weights * each.most, known.energy.at(year.investments)) / weights
            for each, known, year in zip(daily, dispatcher.couplings, years, strict=True)
        ]
        found = dispatcher.allocated(links, budget, [each.shares for each in daily])
        return _Allocated(found, budget, [year.bound for year in years], np.zeros((len(years), len(weights), 0)))

    def _carried(self, node: int, links: Array, shares: Array) -> tuple[Array, Array]:
        """Return the general shares of a node's days, each store as free within the day as its level before it allows.

        And that level, as low as it can be, (days, stores).
        """
        structure, own = self._dispatcher.structure, self._dispatcher.nodes[node]
        template, shares = structure.day.template, shares.copy()
        of_share = {
            template.links[structure.day.shares[each]]: at for at, each in enumerate(structure.general.tolist())
        }
        pairs, levels = carrying_stores(self.case), []
        for pair in pairs:
            change, dip, rise = (of_share[name, pair] for name in ("change_mwh", "dip_mwh", "rise_mwh"))
            passed = np.cumsum(shares[:, change]) - shares[:, change]
            level = passed + (shares[:, dip] - passed).max()
            hours, apart = self.case.technologies[pair[1]].duration_hours, pair in template.layout.apart
            link = ("store_mwh" if apart else "plant_mw", pair)
            new = links[node, template.links.index(link)] if link in template.links else 0.0
            size = hours * fleet_mw(self.case, *pair, own.period) + (new if apart else hours * new)
            shares[:, dip] = level = np.clip(level, 0.0, size)
            shares[:, rise] = size - level
            levels.append(level)
        return shares, np.array(levels).reshape(len(pairs), len(shares)).T

    def _first_duals(self, links: Array, prices: Mapping[Node, Array] | None, token: CancelToken) -> list[Array]:
        """Return prices to begin with, by node: what one more unit of each limit adds to the cost of a year, EUR."""
        own, dispatcher = self._decomposition.dispatcher, self._dispatcher
        if dispatcher.together:
            return [np.zeros(0)] * len(dispatcher.nodes)
        if dispatcher.only_budgets:
            known = dispatcher.coarse_prices(links, token) if self._few or prices is None else prices
            return [-known[node] for node in dispatcher.nodes]
        if not own.system_values and own is not dispatcher:
            own.evaluate(links, token)
            own.close()
        found = []
        for node, couplings in zip(dispatcher.nodes, dispatcher.couplings, strict=True):
            budgets = own.prices.get(node, np.zeros(len(couplings.budgets)))
            found.append(np.concatenate([-budgets, own.system_values.get(node, np.zeros(couplings.matrix.shape[0]))]))
        return found

    def _yearly_meur(self, daily: DailyResults) -> float:
        """Return what the days cost in a year, MEUR."""
        return float(np.array([day.weight for day in self.case.days]) @ daily.cost) / 1e6

    def _gap(self, found: "_Allocated") -> float:
        """Return how far the days are from the bounds, as a share of what they cost."""
        known = sum(self._yearly_meur(daily) for daily in found.daily)
        return (known - sum(found.bounds)) / max(abs(known), 1.0)

    def _water_mwh(self, found: "_Allocated") -> Array:
        """Return what each reservoir of the case may give on each day, shape (nodes, days, reservoirs)."""
        water = []
        for pair in self.case.reservoirs:
            at, per_unit = self._share_of(pair)
            if per_unit:
                water.append([per_unit * daily.shares[:, at] for daily in found.daily])
            else:
                water.append([each[:, at] for each in found.budget])
        return np.moveaxis(np.array(water).reshape(len(water), len(found.daily), len(self.case.days)), 0, -1)

    def _year(self, found: "_Allocated", without: "_Allocated") -> DispatchedYear:
        """Return the year whose days are served, and without new data centres."""
        case, structure = self.case, self._dispatcher.structure
        penalty = penalty_eur_per_mwh(case)
        names = list(structure.day.template.spans)
        shed, drawn, matched = (names.index(name) for name in ("shed_mw", "servers_mw", "matched_mw"))
        accounts = [structure.day.template.links[link][0] for link in structure.day.accounts.links.tolist()]
        emission = structure.parts.account == accounts.index("emitted_t")
        days = [
            DispatchedDay(
                period=period,
                first_hour=day.first_hour,
                running_meur=float(here.cost[position] - penalty * here.unserved[position]) / 1e6,
                baseline_meur=float(alone.cost[position] - penalty * alone.unserved[position]) / 1e6,
                shed_mwh=float(here.totals[position, shed]),
                baseline_shed_mwh=float(alone.totals[position, shed]),
                draw_mwh=float(here.totals[position, drawn]),
                matched_mwh=float(here.totals[position, matched]),
                emission_t=float(here.accounts[position, emission].sum()),
                system_emission_kt=float(here.direct_kg[position]) / 1e6,
                baseline_emission_kt=float(alone.direct_kg[position]) / 1e6,
                burnt_hours=float(here.burnt_hours[position]),
                burnt_mwh=float(here.burnt_mwh[position]),
            )
            for period, here, alone in zip(case.periods, found.daily, without.daily, strict=False)
            for position, day in enumerate(case.days)
        ]
        count = len(case.periods)
        return DispatchedYear(
            days=tuple(days),
            allotted_mwh=self._water_mwh(found)[:count],
            baseline_allotted_mwh=self._water_mwh(without)[:count],
            carried_mwh=found.carried[:count],
            baseline_carried_mwh=without.carried[:count],
            gap_share=self._gap(found),
            noise_meur=tuple(
                sum(self._yearly_meur(each.daily[place]) - each.bounds[place] for each in (found, without))
                for place in range(count)
            ),
            unserved_mwh=float(sum(case.days[0].weight * here.unserved.sum() for here in found.daily[:count])),
        )


def year_of(case: Case) -> Case:
    """Return a case with all days of its record, as long as the whole year is dispatched in."""
    time = case.settings.time.model_copy(update={"hours_per_day": case.settings.time.year_hours})
    longer = replace(case, settings=case.settings.model_copy(update={"time": time}))
    return replace(longer, days=all_days(longer))


def all_days(case: Case) -> tuple[Day, ...]:
    """Return all days of a case's record, each as often as it comes in 8,760 hours; part of one is left out."""
    length = case.settings.time.hours_per_day
    count = len(next(iter(case.hourly["load"].values()))) // length
    weight = HOURS_PER_YEAR / (count * length)
    return tuple(Day(f"d{place + 1:03d}", place * length, weight, (place,)) for place in range(count))
