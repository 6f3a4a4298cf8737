"""The electricity of a plan, hour by hour, and what it covers, emits and costs."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cached_property

import numpy as np

from models.case import Array
from optimizer.audit.clean_supply import CleanSupply
from optimizer.audit.parameters import YEAR_HOURS, Pair

ROUNDING_MW = 1e-6
"""Less power that goes round in an hour is rounding."""


class Operation(CleanSupply):
    """Dispatch, cover and emissions; hourly arrays have the shape (periods, days, hours)."""

    @cached_property
    def zeros(self) -> Array:
        """Zeros of the shape of every hourly array."""
        return np.zeros((len(self.periods), len(self.case.days), self.case.settings.time.hours_per_day))

    def hourly(self, kind: str, key: str) -> Array:
        """Return a dispatch series; zeros where the plan has none of that key."""
        return self._series.get(kind, {}).get(key, self.zeros)

    @cached_property
    def _series(self) -> Mapping[str, Mapping[str, Array]]:
        return {kind: self.plan.hourly.by_key(kind) for kind in self.plan.hourly.keys}

    def output_mw(self, pair: Pair) -> Array:
        """Return what a technology of a zone feeds in: output, or discharge of storage."""
        return self.hourly("discharge_mw" if pair in self.stores else "output_mw", ".".join(pair))

    def capacity_mw(self, pair: Pair) -> Array:
        """Return existing capacity and new plant by period, shape (periods, 1, 1)."""
        capacity = [self.fleet_mw(*pair, period) + self.plant_mw[*pair, period] for period in self.periods]
        return np.array(capacity)[:, None, None]

    def forced_mw(self, pair: Pair) -> Array:
        """Return the output that a fleet makes whatever the price: less of it in summer."""
        season = 1 - self.summer * (1 - self.case.settings.power.must_run_summer_share)
        winter_mw = np.array([self.must_run_mw(*pair, period) for period in self.periods])[:, None, None]
        return np.asarray(winter_mw * season[:, None] * self.available_share(*pair))

    def new_mw(self, pair: Pair) -> Array:
        """Return what new plant could make."""
        plant_mw = np.array([self.plant_mw[*pair, period] for period in self.periods])[:, None, None]
        return np.asarray(plant_mw * self.available_share(*pair))

    @cached_property
    def allotted_mw(self) -> Mapping[Pair, Array]:
        """Reservoir -> mean output that each day may take, shape (periods, days)."""
        given = {(row.zone, row.technology, row.period, row.day): row.allotted_mw for row in self.plan.reservoirs}
        days = [day.day for day in self.case.days]
        return {
            pair: np.array([[given[*pair, period, day] for day in days] for period in self.periods])
            for pair in self.case.reservoirs
        }

    @cached_property
    def carried_mwh(self) -> Mapping[tuple[Pair, str], Array]:
        """Store that carries over, and `change`, `dip` or `rise` -> that of each day, shape (periods, days)."""
        rows = {(row.zone, row.technology, row.period, row.day): row for row in self.plan.carried}
        days = [day.day for day in self.case.days]
        return {
            (pair, kind): np.array(
                [[getattr(rows[*pair, period, day], f"{kind}_mwh") for day in days] for period in self.periods]
            )
            for pair in self.carrying
            for kind in ("change", "dip", "rise")
        }

    @cached_property
    def load_mw(self) -> Mapping[str, Array]:
        """Zone -> existing load grown from the base year, and the draw of committed servers."""
        loads = {
            zone: self.by_hour(self.case.hourly["load"][zone]) * self.growth_factors(row.load_growth_share)
            for zone, row in self.case.zones.items()
        }
        for site, row in self.case.sites.items():
            servers_mw = np.array([self.committed_mw(site, period) for period in self.periods])[:, None, None]
            if servers_mw.any():
                pue = self.by_hour(self.case.climate.pue[site, row.committed_cooling])
                loads[row.zone] += servers_mw * self.used_share * pue
        return loads

    @cached_property
    def draws_mw(self) -> Mapping[str, Array]:
        """Zone -> draw of the new servers: sum over sites and cooling of use x hourly PUE x servers in service."""
        draws = {zone: self.zeros.copy() for zone in self.case.zones}
        for (site, cooling, period), servers_mw in self.in_service_mw.items():
            pue = self.by_hour(self.case.climate.pue[site, cooling])
            draws[self.case.sites[site].zone][self.periods.index(period)] += self.used_share * servers_mw * pue
        return draws

    def site_draw_mw(self, site: str, period: str) -> Array:
        """Return the draw of a site's new servers, shape (days, hours): sum of use x hourly PUE x servers."""
        servers_mw = {
            cooling: mw for (here, cooling, when), mw in self.in_service_mw.items() if (here, when) == (site, period)
        }
        draws = (self.used_share * mw * self.by_hour(self.case.climate.pue[site, k]) for k, mw in servers_mw.items())
        return sum(draws, self.zeros[0].copy())

    def lost_twh(self, site: str, period: str) -> float:
        """Return the draw of a year that firm connection, what is there of the rest, and own supply do not carry."""
        away_mw = self.interruptible_mw_of.get((site, period), 0.0) * (1 - self.uninterrupted_share(site, period))
        own_mw = self.case.sites[site].behind_meter_mw + self.secured_mw_of.get((site, period), 0.0)
        carried_mw = self.connected_mw.get((site, period), 0.0) - away_mw + own_mw
        lacking_mw = np.maximum(self.site_draw_mw(site, period) - carried_mw, 0.0)
        return float(self.weights @ lacking_mw.sum(axis=1)) / 1e6

    def intensity_t_per_mwh(self, zone: str) -> Array:
        """Return the hourly carbon intensity of a zone, declined from the base year."""
        declined = self.growth_factors(-self.case.zones[zone].carbon_decline_share)
        return self.by_hour(self.case.hourly["carbon"][zone]) / 1000 * declined

    @cached_property
    def line_circulation_mw(self) -> Mapping[str, Array]:
        """Line that loses power -> what it carries both ways at once: the smaller of what is sent there and back."""
        return {
            line: _at_once(self.hourly("forward_mw", line), self.hourly("backward_mw", line))
            for line, row in self.case.lines.items()
            if row.loss_share > 0
        }

    @cached_property
    def store_circulation_mw(self) -> Mapping[Pair, Array]:
        """Store -> what it takes in and gives out at once: the smaller of the charge and what is drawn from within."""
        found = {}
        for pair in self.stores:
            efficiency, key = self.case.technologies[pair[1]].efficiency_share, ".".join(pair)
            found[pair] = _at_once(self.hourly("charge_mw", key), self.hourly("discharge_mw", key) / efficiency**0.5)
        return found

    @cached_property
    def spare_mw(self) -> Mapping[str, Array]:
        """Zone -> output that could be left unmade at no loss: made there, or brought by lines whose flow is free.

        A plant that earns by its output (marginal cost below zero) leaves none unmade for nothing. One that must run or
        is online at its minimum cannot; one that changes slowly may be where it is for another hour's sake. What nobody
        takes is spare.
        """
        spare = {zone: self.hourly("spilled_mw", zone).copy() for zone in self.case.zones}
        for zone, kind in self.generators:
            row = self.case.technologies[kind]
            if self.marginal_eur_per_mwh(zone, kind) >= 0 and row.ramp_share_per_hour >= 1 - row.minimum_load_share:
                online = row.minimum_load_share * self.hourly("online_mw", f"{zone}.{kind}")
                new_mw = self.new_mw((zone, kind)) if self.runs_new((zone, kind)) else 0.0
                least = np.maximum(online, self.forced_mw((zone, kind)) + new_mw)
                spare[zone] = spare[zone] + np.maximum(0.0, self.output_mw((zone, kind)) - least)
        free = {line: row for line, row in self.case.lines.items() if row.reactance_pu == 0}
        flows = [(row.from_zone, row.to_zone, self.hourly("forward_mw", line)) for line, row in free.items()]
        flows += [(row.to_zone, row.from_zone, self.hourly("backward_mw", line)) for line, row in free.items()]
        for _ in self.case.zones:  # a way through all zones has no more steps
            reached = dict(spare)
            for sender, receiver, flow_mw in flows:
                reached[receiver] = np.maximum(reached[receiver], np.minimum(reached[sender], flow_mw))
            if all(np.array_equal(reached[zone], spare[zone]) for zone in spare):
                break
            spare = reached
        return spare

    @cached_property
    def shed_limit_mwh(self) -> Array:
        """The most load that may be lost in a day, shape (periods, days)."""
        load_mwh = sum(self.load_mw.values(), self.zeros).sum(axis=2)
        return np.asarray(self.case.settings.power.shed_share * load_mwh)

    def stress_hours(self, zone: str, period: str) -> Array:
        """Return which hours of a zone have the highest load less variable supply, up to their share of a year."""
        left_mw = self.load_mw[zone][self.periods.index(period)].copy()
        for owner, kind in self.generators:
            column = self.case.hourly["availability"].get(f"{owner}.{kind}")
            if owner == zone and column is not None and column.max() > column.min():
                left_mw -= self.fleet_mw(owner, kind, period) * self.by_hour(column)
        chosen, counted = np.zeros(left_mw.shape, dtype=bool), 0.0
        wanted = (self.case.settings.power.cover_stress_share - 1e-9) * self.weights.sum() * left_mw.shape[1]
        for at in sorted(np.ndindex(*left_mw.shape), key=lambda at: (-round(float(left_mw[at]), 6), at)):
            if counted >= wanted:
                break
            chosen[at], counted = True, counted + float(self.weights[at[0]])
        return chosen

    def yearly(self, series: Array) -> Array:
        """Return the total of a year by period, in millions of the series' unit x h, shape (periods,)."""
        return np.asarray(np.einsum("pdh,d->p", series, self.weights) / 1e6)

    def carried_mw(self, zone: str, period: str, what: str = "cover") -> tuple[float, float]:
        """Return the firm cover, or the `mean` power, that lines bring to a zone, losses off, and what it sends."""
        brought, sent = 0.0, 0.0
        for row in self.plan.lines:
            line = self.case.lines[row.line]
            if row.period == period and zone in (line.from_zone, line.to_zone):
                forward, backward = (getattr(row, f"{what}_{way}_mw") for way in ("forward", "backward"))
                towards, away = (forward, backward) if line.to_zone == zone else (backward, forward)
                brought += (1 - line.loss_share) * towards
                sent += away
        return brought, sent

    @cached_property
    def own_cover_mw(self) -> Mapping[Pair, float]:
        """(zone, period) -> firm low-carbon capacity of the zone: credit x MW contracted and built."""
        own_mw: defaultdict[Pair, float] = defaultdict(float)
        for row in self.plan.supply:
            plant_mw = self.plant_mw[row.zone, row.technology, row.period]
            own_mw[row.zone, row.period] += self.firm_share(row.technology) * (row.contracted_mw + plant_mw)
        return own_mw

    def cover_mw(self, zone: str, period: str) -> float:
        """Return the firm cover of a zone: its own, and what lines bring less what it sends."""
        brought, sent = self.carried_mw(zone, period)
        return self.own_cover_mw[zone, period] + brought - sent

    def sustained_mw(self, zone: str, period: str) -> float:
        """Return the mean power that low-carbon plant contracted and built can sustain, and lines bring or take."""
        own_mw = sum(
            self.mean_share(zone, row.technology, period)
            * (row.contracted_mw + self.plant_mw[zone, row.technology, period])
            for row in self.plan.supply
            if (row.zone, row.period) == (zone, period)
            and self.case.technologies[row.technology].low_carbon
            and (zone, row.technology) not in self.stores
        )
        brought, sent = self.carried_mw(zone, period, "mean")
        return own_mw + brought - sent

    def zone_draw_mw(self, zone: str, period: str) -> float:
        """Return the mean draw of the new servers of a zone and their cooling."""
        return sum(self.energy_twh(site, period) for site in self.sites_in(zone)) * 1e6 / YEAR_HOURS

    def zone_peak_mw(self, zone: str, period: str) -> float:
        """Return the design-day peak of the new halls of a zone."""
        return sum(self.peak_mw(site, period) for site in self.sites_in(zone))

    def net_draw_twh(self, zone: str, period: str) -> float:
        """Return what the new servers of a zone draw in a year less what its new plants can yield."""
        drawn = sum(self.energy_twh(site, period) for site in self.sites_in(zone))
        return drawn - sum(
            self.mean_share(*pair, period) * self.plant_mw[*pair, period] * YEAR_HOURS / 1e6
            for pair in self.generators
            if pair[0] == zone
        )

    def basis_eur_per_mwh(self, zone: str, period: str) -> float:
        """Return the price basis: scale x basis x (1 - decay) ^ years since the base year, the mean of a period."""
        rules, base = self.case.settings.power, self.case.settings.money.base_year
        if zone not in self.case.price_basis:
            return 0.0
        left = self.mean(period, lambda year: (1 - rules.price_basis_decay_share) ** (year - base))
        return rules.price_basis_scale * left * self.case.price_basis[zone].basis_eur_per_mwh

    def basis_meur(self, zone: str, period: str) -> float:
        """Return what the price basis costs a year; EUR/MWh x TWh = MEUR."""
        return self.basis_eur_per_mwh(zone, period) * self.net_draw_twh(zone, period)

    def emitted_kt(self, period: str) -> float:
        """Return the emissions of a year from those reported by day."""
        weights = {day.day: day.weight for day in self.case.days}
        return sum(weights[row.day] * row.emitted_t / 1000 for row in self.plan.days if row.period == period)

    def embodied_kt(self, period: str, sites: Collection[str] | None = None) -> float:
        """Return the emissions of making the chips bought in a period, at all sites or some."""
        chips = self.case.chips
        return sum(
            row.fitted_mw / chips[row.chip].server_kw * chips[row.chip].embodied_kg_per_chip / 1000
            for row in self.plan.chips
            if row.period == period and (sites is None or row.site in sites)
        )

    def counted_kt(self, period: str, emitted_kt: float, sites: Collection[str] | None = None) -> float:
        """Return what of a year the caps count: what is emitted, and its part of making the chips where asked."""
        years = self.case.periods[period].length_years
        return emitted_kt + (self.embodied_kt(period, sites) / years if self.case.settings.carbon.embodied else 0.0)

    def unmatched_mw(self, zone: str) -> Array:
        """Return the draw of a zone's new servers that is not matched."""
        return self.hourly("servers_mw", zone) - self.hourly("matched_mw", zone)

    def zone_emitted_t(self, zone: str) -> Array:
        """Return what a zone's unmatched draw emits on each representative day, shape (periods, days)."""
        return np.asarray((self.intensity_t_per_mwh(zone) * self.unmatched_mw(zone)).sum(axis=2))

    def sites_in(self, zone: str) -> list[str]:
        """Return the sites of a zone."""
        return [site for site, row in self.case.sites.items() if row.zone == zone]

    def site_unmatched_mw(self, site: str) -> Array:
        """Return the draw of a site's new servers beyond what of the plant that counts for it alone can be matched."""
        zone, left = self.case.sites[site].zone, self.zeros.copy()
        for at, period in enumerate(self.periods):
            left[at] = self.site_draw_mw(site, period)
        for row in self.plan.counting:
            if row.site == site:
                share = self.matching_share(zone, row.technology, row.period)
                left[self.periods.index(row.period)] -= row.counted_mw * share
        return np.maximum(left, 0.0)

    def site_emitted_t(self, site: str) -> Array:
        """Return what that emits on each representative day, shape (periods, days)."""
        intensity = self.intensity_t_per_mwh(self.case.sites[site].zone)
        return np.asarray((intensity * self.site_unmatched_mw(site)).sum(axis=2))

    def delivered_mw(self, zone: str) -> Array:
        """Return what of the draw the plan's dispatch gives: of every output the share of what is held in capacity."""
        given = self.zeros.copy()
        for place, origin, kind, period, matching_mw in self.matching_plants:
            if place == zone:
                at, pair, sign = self.periods.index(period), (origin, kind), np.sign(matching_mw)
                made_mw, fleet_mw, held_mw = (
                    self.output_mw(pair)[at],
                    self.capacity_mw(pair)[at, 0, 0],
                    abs(matching_mw),
                )
                if self.runs_new(pair):  # new plant gives what it can, contracts their share of the rest
                    new_mw = self.plant_mw[*pair, period]
                    given[at] += sign * min(held_mw, new_mw) * self.available_share(*pair)
                    made_mw = made_mw - self.new_mw(pair)[at]
                    held_mw, fleet_mw = max(held_mw - new_mw, 0.0), max(fleet_mw - new_mw, 1e-9)
                given[at] += sign * min(held_mw / fleet_mw, 1.0) * made_mw
        return np.minimum(np.maximum(given + self.stored_mw(zone), 0.0), self.hourly("servers_mw", zone))

    def zone_energy_twh(self, zones: Collection[str], period: str) -> float:
        """Return the electricity of the new servers and their cooling of zones in a year."""
        return sum(self.energy_twh(site, period) for site, row in self.case.sites.items() if row.zone in zones)

    @cached_property
    def system_kt(self) -> Array:
        """Direct emissions of the whole system in a year, shape (periods,): kg/MWh x TWh."""
        kinds = self.case.technologies
        return sum(
            (kinds[pair[1]].emission_kg_per_mwh * self.yearly(self.output_mw(pair)) for pair in self.pairs),
            np.zeros(len(self.periods)),
        )

    @cached_property
    def system_meur(self) -> Array:
        """Running cost of the system in a year, starts and lost load included, shape (periods,): EUR/MWh x TWh."""
        kinds, lost = self.case.technologies, self.case.settings.money.lost_load_eur_per_mwh
        running = [self.marginal_eur_per_mwh(*pair) * self.yearly(self.output_mw(pair)) for pair in self.pairs]
        running += [
            kinds[pair[1]].start_eur_per_mw * self.yearly(self.hourly("started_mw", ".".join(pair)))
            for pair in self.clustered
        ]
        shed = (lost * self.yearly(self.hourly("shed_mw", zone)) for zone in self.case.zones)
        return sum(running, np.zeros(len(self.periods))) + sum(shed, np.zeros(len(self.periods)))


def _at_once(one: Array, other: Array) -> Array:
    """Return what both series have at once, where it is more than rounding."""
    both = np.minimum(one, other)
    return np.where(both > ROUNDING_MW, both, 0.0)
