"""What contracts and new plant of a plan can match hour by hour, and how clean the rest of the mix is."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from models.case import Array
from optimizer.audit.capacities import Capacities

HALVINGS = 50


class CleanSupply(Capacities):
    """Clean supply of the data centres; hourly arrays have the shape (periods, days, hours)."""

    @cached_property
    def held_mw(self) -> Mapping[tuple[str, str, str], float]:
        """(zone, technology, period) -> new plant, and what contracts match or store with unless it alone counts."""
        found = {}
        for row in self.plan.supply:
            index = (row.zone, row.technology, row.period)
            contracts_mw = row.contracted_mw if index[:2] in self.stores else row.own_mw
            existing_mw = 0.0 if self.case.settings.matching.additional else contracts_mw
            found[index] = existing_mw + self.plant_mw[index]
        return found

    @cached_property
    def matching_plants(self) -> list[tuple[str, str, str, str, float]]:
        """Zone where plant matches, where it stands, technology, period, MW: less what is sent, less line losses."""
        found = [
            (zone, zone, kind, period, held_mw)
            for (zone, kind, period), held_mw in self.held_mw.items()
            if held_mw and (zone, kind) not in self.stores and self.case.technologies[kind].low_carbon
        ]
        for row in self.plan.sending:
            origin, place = self.ends(row.line, row.way)
            arriving_mw = row.sent_mw * (1 - self.case.lines[row.line].loss_share)
            found.append((origin, origin, row.technology, row.period, -row.sent_mw))
            found.append((place, origin, row.technology, row.period, arriving_mw))
        return found

    def ends(self, line: str, way: str) -> tuple[str, str]:
        """Return the zones from which and to which a line leads."""
        row = self.case.lines[line]
        return (row.from_zone, row.to_zone) if way == "forward" else (row.to_zone, row.from_zone)

    @cached_property
    def matchable_mw(self) -> Mapping[str, Array]:
        """Zone -> share of low-carbon plant that can be matched x plant held, made even by stores."""
        shape = (len(self.periods), len(self.case.days), self.case.settings.time.hours_per_day)
        own = {zone: np.zeros(shape) for zone in self.case.zones}
        for zone, origin, kind, period, matching_mw in self.matching_plants:
            own[zone][self.periods.index(period)] += self.matching_share(origin, kind, period) * matching_mw
        return {zone: supply + self.stored_mw(zone) for zone, supply in own.items()}

    def stored_mw(self, zone: str) -> Array:
        """Return what stores of a zone add to the plants whose days they make even, below 0 where they take."""
        total = np.zeros((len(self.periods), len(self.case.days), self.case.settings.time.hours_per_day))
        for row in self.plan.firming:
            if row.zone == zone:
                change = self.evened_out(zone, row.store, row.technology) - self.available_share(zone, row.technology)
                total[self.periods.index(row.period)] += row.firmed_mw * change
        return total

    def matching_share(self, zone: str, kind: str, period: str) -> Array:
        """Return what can be matched of a MW: what is available, of a reservoir its mean of the year or of the day."""
        if (zone, kind) not in self.case.reservoirs:
            return self.available_share(zone, kind)
        capacity_mw = self.fleet_mw(zone, kind, period)
        shape, mean = (len(self.case.days), self.case.settings.time.hours_per_day), self.mean_share(zone, kind, period)
        if self.case.settings.matching.reservoirs == "mean" or not capacity_mw:
            return np.full(shape, mean)
        shares = self._peaks_cut(zone, kind, period, mean * capacity_mw) / capacity_mw
        days = self._in_days(self.by_hour(shares))
        return np.repeat(days.mean(axis=1), days.shape[1]).reshape(shape)

    def _peaks_cut(self, zone: str, kind: str, period: str, mean_mw: float) -> Array:
        """Return a reservoir's output that cuts the peaks of its zone's residual load, by hour of the record."""
        row, hourly, position = self.case.zones[zone], self.case.hourly, self.periods.index(period)
        left = hourly["load"][zone] * float(self.growth_factors(row.load_growth_share).ravel()[position])
        for other in (other for place, other in self.generators if place == zone):
            clean = self.case.technologies[other].low_carbon and not self.case.technologies[other].dispatchable
            if clean and f"{zone}.{other}" in hourly["availability"]:
                left = left - self.fleet_mw(zone, other, period) * hourly["availability"][f"{zone}.{other}"]
        most = self.fleet_mw(zone, kind, period) * hourly["availability"].get(f"{zone}.{kind}", np.ones(len(left)))

        def lacking(level: float) -> float:
            return float(np.minimum(np.maximum(left - level, 0), most).mean()) - mean_mw

        lowest = float(left.min() - most.max() - 1)
        if lacking(lowest) <= 0:
            return np.asarray(most)
        level = brentq(lacking, lowest, float(left.max() + 1), xtol=1e-9, rtol=1e-14)
        return np.asarray(np.minimum(np.maximum(left - level, 0), most))

    def evened_out(self, zone: str, store: str, plant: str) -> Array:
        """Return the output of a MW of plant and a MW of store with the highest floor they keep, (days, hours)."""
        whole, kind = self.available_share(zone, plant), self.case.technologies[store]
        output = self._in_days(whole)
        lowest, highest = output.min(axis=1), output.mean(axis=1)
        best = output
        for _ in range(HALVINGS):
            floor = (lowest + highest) / 2
            tried = _held_up(output, floor, kind.duration_hours, kind.efficiency_share)
            holds = tried.min(axis=1) >= floor - 1e-12
            best = np.where(holds[:, None], tried, best)
            lowest, highest = np.where(holds, floor, lowest), np.where(holds, highest, floor)
        return best.reshape(whole.shape)

    @staticmethod
    def _in_days(series: Array) -> Array:
        """Return hours of longer spans of whole days as days, shape (days, hours)."""
        hours = series.shape[1]
        return series.reshape(-1, 24 if hours % 24 == 0 else hours)

    def unclean_share(self, zone: str) -> Array:
        """Return the share of the mix that is not clean: intensity / least of a fossil plant, over the load left."""
        rules, row = self.case.settings.matching, self.case.zones[zone]
        shape = (len(self.periods), len(self.case.days), self.case.settings.time.hours_per_day)
        if rules.grid == "none":
            return np.ones(shape)
        kg = self.by_hour(self.case.hourly["carbon"][zone]) * self.growth_factors(-row.carbon_decline_share)
        emitting = [
            each.emission_kg_per_mwh
            for each in self.case.technologies.values()
            if each.emission_kg_per_mwh > 0 and not each.low_carbon
        ]
        share = np.clip(kg / min(emitting), 0, 1) if emitting else np.where(kg > 0, 1.0, 0.0)
        if rules.grid == "average" or rules.additional:
            return share
        load = self.by_hour(self.case.hourly["load"][zone]) * self.growth_factors(row.load_growth_share)
        left = load - self._free_output_mw(zone)
        with np.errstate(divide="ignore", invalid="ignore"):
            residual = np.minimum(share * load / left, 1.0)
        return np.where(left > 0, residual, np.where(share > 0, 1.0, 0.0))

    def _free_output_mw(self, zone: str) -> Array:
        """Return what existing low-carbon plant free to contract can give in every hour."""
        total = np.zeros((len(self.periods), len(self.case.days), self.case.settings.time.hours_per_day))
        for kind in (kind for place, kind in self.generators if place == zone):
            for position, period in enumerate(self.periods):
                free_mw = self.contractable_mw(zone, kind, period)
                if free_mw:
                    total[position] += free_mw * self.matching_share(zone, kind, period)
        return total

    @cached_property
    def used_mw(self) -> Mapping[tuple[str, str, str], float]:
        """(zone, technology of store or plant, period) -> stores in use, plant made even or matching elsewhere."""
        total: defaultdict[tuple[str, str, str], float] = defaultdict(float)
        for row in self.plan.firming:
            total[row.zone, row.store, row.period] += row.firmed_mw
            total[row.zone, row.technology, row.period] += row.firmed_mw
        for sent in self.plan.sending:
            total[self.ends(sent.line, sent.way)[0], sent.technology, sent.period] += sent.sent_mw
        return total

    @cached_property
    def scored(self) -> Mapping[str, list[str]]:
        """Whose score is asked -> its zones: every zone where new servers could stand, or all of these as one plan."""
        rules = self.case.settings.matching
        if not rules.target_share:
            return {}
        hosts = self.host_zones
        return {zone: [zone] for zone in hosts} if rules.score_by == "zone" else {"plan": hosts}

    @cached_property
    def host_zones(self) -> list[str]:
        """Zones where new servers could stand: those for which the dispatch has a series of their draw."""
        return list(self.plan.hourly.keys["servers_mw"])

    def runs_new(self, pair: tuple[str, str]) -> bool:
        """Tell whether new plant of a technology in a zone runs whenever it can: what matches, but for reservoirs."""
        return (
            self.case.settings.matching.new_plant_runs
            and pair[0] in self.host_zones
            and pair not in self.case.reservoirs
            and self.case.technologies[pair[1]].low_carbon
            and any(self.buildable_mw(*pair, period) for period in self.periods)
        )

    @cached_property
    def spilling(self) -> list[str]:
        """Zones with plants that run whatever the price, where power may be left that nobody takes."""
        forced = {
            pair[0]
            for pair in self.generators
            if self.runs_new(pair) or any(self.must_run_mw(*pair, each) for each in self.periods)
        }
        return [zone for zone in self.case.zones if zone in forced]

    def supplied_twh(self, zones: list[str], period: str) -> float:
        """Return what contracts and new plant of zones can give in a year, less the losses of their stores."""
        given = sum(
            self.mean_share(origin, kind, period) * matching_mw
            for zone, origin, kind, since, matching_mw in self.matching_plants
            if zone in zones and since == period
        )
        if not self.case.settings.matching.additional:
            given += sum(
                self.mean_share(row.zone, row.technology, period) * (row.contracted_mw - row.own_mw)
                for row in self.plan.supply
                if row.zone in zones and row.period == period and (row.zone, row.technology) not in self.stores
            )
        every = self._over_all_days
        changed = sum(
            row.firmed_mw
            * float(
                every.evened_out(row.zone, row.store, row.technology).mean()
                - every.available_share(row.zone, row.technology).mean()
            )
            for row in self.plan.firming
            if row.zone in zones and row.period == period
        )
        return 8760 / 1e6 * (given + changed)

    @cached_property
    def _over_all_days(self) -> "CleanSupply":
        """The same plan on every day of the record."""
        return CleanSupply(replace(self.case, days=self.all_days), self.plan)


def _held_up(output: Array, floor: Array, duration_hours: float, efficiency_share: float) -> Array:
    """Return the output that a store holds up to a floor; its content is counted as what it can still give."""
    content, room = np.zeros(len(output)), duration_hours * np.sqrt(efficiency_share)
    given = output.copy()
    for hour in np.tile(np.arange(output.shape[1]), 3):
        over = np.minimum(np.maximum(output[:, hour] - floor, 0), 1)
        under = np.minimum(np.maximum(floor - output[:, hour], 0), 1)
        taken = np.minimum(over, (room - content) / efficiency_share)
        back = np.minimum(under, content)
        content = content + efficiency_share * taken - back
        given[:, hour] = output[:, hour] - taken + back
    return given
