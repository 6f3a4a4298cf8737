"""What a case says of plants, grid and chips, worked out afresh: the parameters of an audit."""

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from pyproj import Geod

from models.case import Array, Case, Day, Law, Reinforcement
from optimizer.audit.discounting import Discounting

Pair = tuple[str, str]

YEAR_HOURS = 8760


class Parameters(Discounting):
    """What follows from a case alone."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.hall_mw = case.settings.halls.hall_mw
        self.used_share = case.settings.halls.utilisation_share
        self.weights = np.array([day.weight for day in case.days])

    @cached_property
    def pairs(self) -> list[Pair]:
        """Every (zone, technology) that has a fleet or a potential."""
        return sorted({(zone, kind) for zone, kind, _ in self.case.fleets} | set(self.case.potentials))

    @cached_property
    def stores(self) -> list[Pair]:
        """Those of the pairs that store."""
        return [pair for pair in self.pairs if self.case.technologies[pair[1]].kind == "storage"]

    @cached_property
    def carrying(self) -> list[Pair]:
        """Those of the stores that carry energy from day to day."""
        return [pair for pair in self.stores if self.case.technologies[pair[1]].carries_over]

    @cached_property
    def rows_of_days(self) -> list[tuple[int, int]]:
        """The record as representative days stand for it: position of the day, and for how many places in a row."""
        places = {place: at for at, day in enumerate(self.case.days) for place in day.stands_for or (at,)}
        rows: list[tuple[int, int]] = []
        for place in sorted(places):
            again = bool(rows) and rows[-1][0] == places[place]
            rows[-1:] = [(places[place], rows[-1][1] + 1)] if again else [*rows[-1:], (places[place], 1)]
        return rows

    @cached_property
    def generators(self) -> list[Pair]:
        """Those of the pairs that do not."""
        return [pair for pair in self.pairs if pair not in self.stores]

    @cached_property
    def _fleet_years(self) -> Mapping[Pair, list[int]]:
        """(zone, technology) -> years of its rows."""
        years = defaultdict(list)
        for zone, kind, year in self.case.fleets:
            years[zone, kind].append(year)
        return years

    def _fleet(self, zone: str, kind: str, year: int) -> tuple[float, float]:
        years = [since for since in self._fleet_years.get((zone, kind), []) if since <= year]
        if not years:
            return 0.0, 0.0
        row = self.case.fleets[zone, kind, max(years)]
        return row.capacity_mw, row.capacity_mw * row.uncontracted_share

    def fleet_mw(self, zone: str, kind: str, period: str) -> float:
        """Return the existing capacity by the row of each year, on the mean of a period."""
        return self.mean(period, lambda year: self._fleet(zone, kind, year)[0])

    def must_run_mw(self, zone: str, kind: str, period: str) -> float:
        """Return the capacity that runs whatever the price in winter, by the row of each year: the mean of a period."""

        def forced(year: int) -> float:
            since = max((each for each in self._fleet_years.get((zone, kind), []) if each <= year), default=None)
            row = self.case.fleets.get((zone, kind, since)) if since is not None else None
            return row.must_run_share * row.capacity_mw if row else 0.0

        return self.mean(period, forced)

    @cached_property
    def summer(self) -> Array:
        """1 for the representative days of April to September, the middle half of the record, else 0, shape (days,)."""
        hours = len(next(iter(self.case.hourly["load"].values())))
        starts = np.array([day.first_hour for day in self.case.days]) / hours
        return ((starts >= 0.25) & (starts < 0.75)).astype(float)

    @cached_property
    def usable_share(self) -> Array:
        """Share of the lines' transfer capacity that the market gets, shape (days,)."""
        winter, own = (
            self.case.settings.power.usable_transfer_share,
            self.case.settings.power.usable_transfer_summer_share,
        )
        return np.where(self.summer > 0, winter if own is None else own, winter)

    def marginal_eur_per_mwh(self, zone: str, kind: str) -> float:
        """Return what one more MWh costs: the row of the zone where it has one, else that of the technology."""
        if (zone, kind) in self.case.marginal_costs:
            return self.case.marginal_costs[zone, kind].marginal_eur_per_mwh
        return self.case.technologies[kind].marginal_eur_per_mwh

    @cached_property
    def clustered(self) -> list[Pair]:
        """Generators that are brought online: those with a minimum load or a cost of starting."""
        kinds = self.case.technologies
        return [
            pair
            for pair in self.generators
            if kinds[pair[1]].minimum_load_share > 0 or kinds[pair[1]].start_eur_per_mw > 0
        ]

    def line_share(self, line: str, period: str) -> float:
        """Return the part of a period in which a line is in service."""
        return self.mean(period, lambda year: float(self.case.lines[line].first_year <= year))

    def contractable_mw(self, zone: str, kind: str, period: str) -> float:
        """Return the existing capacity free to contract in every year: of what is low-carbon and dispatchable."""
        least = min(self._fleet(zone, kind, year)[1] for year in self.calendar_years(period))
        return least if self.is_firm(kind) and self.allowed(kind) else 0.0

    def is_firm(self, kind: str) -> bool:
        """Tell whether a technology can give firm low-carbon cover."""
        return self.case.technologies[kind].low_carbon and self.case.technologies[kind].dispatchable

    def firm_share(self, kind: str) -> float:
        """Return the share of a MW of a technology that is firm low-carbon cover."""
        return self.credit_share(kind) if self.is_firm(kind) else 0.0

    def credit_share(self, kind: str) -> float:
        """Return the share of a MW of a technology that counts as firm, storage as far as it lasts."""
        row, stress_hours = self.case.technologies[kind], self.case.settings.power.cover_duration_hours
        lasting = row.duration_hours / stress_hours if row.kind == "storage" and stress_hours > 0 else 1.0
        return min(row.firm_credit_share, lasting)

    def contract_meur(self, zone: str, kind: str, period: str) -> float:
        """Return what a MW under contract costs a year: EUR/kW = thousand EUR/MW, and a premium on its energy."""
        row, twh = self.case.technologies[kind], self.mean_share(zone, kind, period) * YEAR_HOURS / 1e6
        return row.contract_eur_per_kw_year / 1e3 + row.contract_eur_per_mwh * twh

    def allowed(self, kind: str) -> bool:
        """Tell whether the scenario leaves a technology to the data centres, of which it may list the firm ones."""
        listed = self.case.settings.power.cover_technologies
        return not (listed and self.is_firm(kind)) or kind in listed

    def buildable_mw(self, zone: str, kind: str, period: str) -> float:
        """Return the potential of new plant, 0 before its lead time has passed since the base year."""
        ready_year = self.case.settings.money.base_year + self.case.technologies[kind].lead_years
        if (zone, kind) not in self.case.potentials or ready_year > self.year[period] or not self.allowed(kind):
            return 0.0
        row = self.case.potentials[zone, kind]
        return row.potential_mw if row.first_year <= self.year[period] else 0.0

    @cached_property
    def all_days(self) -> tuple[Day, ...]:
        """Every day of the hourly tables, each as often as it comes in 8,760 hours."""
        length = self.case.settings.time.hours_per_day
        firsts = range(0, len(next(iter(self.case.hourly["load"].values()))) - length + 1, length)
        return tuple(Day(f"from hour {first}", first, YEAR_HOURS / length / len(firsts)) for first in firsts)

    def by_hour(self, column: Array) -> Array:
        """Return an hourly column of the case on the representative days, shape (days, hours)."""
        hours = np.arange(self.case.settings.time.hours_per_day)
        return column[np.array([day.first_hour for day in self.case.days])[:, None] + hours]

    def available_share(self, zone: str, kind: str) -> Array:
        """Return the share of capacity that can produce, shape (days, hours)."""
        column = self.case.hourly["availability"].get(f"{zone}.{kind}")
        if column is None:
            return np.ones((len(self.case.days), self.case.settings.time.hours_per_day))
        return self.by_hour(column)

    @cached_property
    def _means(self) -> Mapping[str, float]:
        """`zone.technology` -> mean of its hourly availability."""
        return {name: float(np.mean(column)) for name, column in self.case.hourly["availability"].items()}

    def mean_share(self, zone: str, kind: str, period: str) -> float:
        """Return the most a MW gives on the mean of the year: availability, or a reservoir's energy if less."""
        mean = self._means.get(f"{zone}.{kind}", 1.0)
        capacity_mw = self.fleet_mw(zone, kind, period)
        if (zone, kind) in self.case.reservoirs and capacity_mw:
            mean = min(mean, self.case.reservoirs[zone, kind].energy_twh * 1e6 / YEAR_HOURS / capacity_mw)
        return mean

    @cached_property
    def seasonal(self) -> list[Pair]:
        """Reservoirs whose water comes month by month."""
        asked = self.case.settings.power.reservoirs == "months"
        return [pair for pair in self.case.reservoirs if asked and (*pair, 1) in self.case.inflows]

    def inflow_mwh(self, pair: Pair) -> Array:
        """Return what flows into a reservoir in each month: its share of what all months have, shape (12,)."""
        shares = self.of_months(pair, "inflow_share")
        return np.asarray(self.case.reservoirs[pair].energy_twh * 1e6 * shares / shares.sum())

    def of_months(self, pair: Pair, column: str) -> Array:
        """Return a column of the table `inflows` for a reservoir, shape (12,)."""
        return np.array([getattr(self.case.inflows[*pair, month], column) for month in range(1, 13)], dtype=float)

    @cached_property
    def months_of_record(self) -> Array:
        """Which share of each day of the record lies in each month, shape (days of the record, 12).

        The record is a year. Where its days are weeks or less, each lies in the month of its middle.
        """
        days, ends = len(self.all_days), np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) / 365
        if days >= 48:
            middles = (np.arange(days) + 0.5) / days
            return np.array(np.searchsorted(ends, middles)[:, None] == np.arange(12), dtype=float)
        edges, starts = np.arange(days + 1) / days, np.concatenate([[0.0], ends[:-1]])
        overlap = np.minimum(edges[1:, None], ends) - np.maximum(edges[:-1, None], starts)
        return np.array(np.maximum(overlap, 0.0) * days)

    @cached_property
    def month_days(self) -> Array:
        """Days of a year in each month for which each representative day stands, shape (days, 12)."""
        length = self.case.settings.time.hours_per_day
        places = [day.stands_for or (day.first_hour // length,) for day in self.case.days]
        means = np.array([self.months_of_record[list(each)].mean(axis=0) for each in places])
        return np.array(self.weights[:, None] * means)

    def least_output_mw(self, pair: Pair, period: str) -> Array:
        """Return what a reservoir must give in every hour of each day, as far as its plants can, shape (days,)."""
        wanted = self.month_days @ self.of_months(pair, "least_mw") / self.month_days.sum(axis=1)
        able = (self.fleet_mw(*pair, period) * self.available_share(*pair)).min(axis=1)
        return np.array(np.minimum(wanted, able))

    @cached_property
    def _headroom_years(self) -> Mapping[str, list[int]]:
        """Substation -> years of its rows."""
        years = defaultdict(list)
        for substation, year in self.case.headrooms:
            years[substation].append(year)
        return years

    def headroom_mw(self, substation: str, period: str) -> float:
        """Return a substation's headroom in the year of a period that leaves least, before any step."""
        return self._least_of_headroom("headroom_mw", substation, period)

    def interruptible_mw(self, substation: str, period: str) -> float:
        """Return what a substation has for interruptible connections in the year of a period that leaves least."""
        allowed = self.case.settings.power.interruptible
        return self._least_of_headroom("interruptible_mw", substation, period) if allowed else 0.0

    def interrupted_share(self, substation: str, period: str) -> float:
        """Return the least share of a site's energy that interruptions may take in a year of a period."""
        return self._least_of_headroom("interrupted_share", substation, period)

    def _least_of_headroom(self, column: str, substation: str, period: str) -> float:
        rows = {year: self.case.headrooms[substation, year] for year in self._headroom_years.get(substation, [])}
        years = self.calendar_years(period)
        by_year = [[getattr(rows[since], column) for since in sorted(rows) if since <= year] for year in years]
        return min(each[-1] if each else 0.0 for each in by_year)

    def uninterrupted_share(self, site: str, period: str) -> Array:
        """Return the share of a site's interruptible connection that is there, shape (days, hours).

        As stated, else none in the hours of the record in which load less fitful output of its zone is highest.
        """
        row, rules = self.case.sites[site], self.case.settings.power
        if row.substation in self.case.hourly["uninterrupted"]:
            return self.by_hour(self.case.hourly["uninterrupted"][row.substation])
        zone, base = self.case.zones[row.zone], self.case.settings.money.base_year
        grown = self.mean(period, lambda year: (1 + zone.load_growth_share) ** (year - base))
        residual = grown * self.case.hourly["load"][row.zone]
        for name, share in self.case.hourly["availability"].items():
            owner, _, kind = name.partition(".")
            if owner == row.zone and share.max() > share.min():
                residual = residual - self.fleet_mw(owner, kind, period) * share
        ranked = sorted(range(len(residual)), key=lambda hour: (-residual[hour], hour))
        there = np.ones(len(residual))
        there[ranked[: round(rules.interrupted_hours * len(residual) / YEAR_HOURS)]] = 0.0
        return self.by_hour(there)

    def committed_mw(self, site: str, period: str) -> float:
        """Return the servers of a committed site in service: from its year until they wear out, if ever."""
        row = self.case.sites[site]
        if row.status == "candidate":
            return 0.0
        worn_out = math.inf if row.renewed else row.committed_year + self.case.chips[row.committed_chip].life_years
        return row.committed_mw * self.overlap_share(row.committed_year, worn_out, period)

    def overlap_share(self, since: float, until: float, period: str) -> float:
        """Return which share of a period lies between two years."""
        first, length = self.year[period], self.case.periods[period].length_years
        return min(1.0, max(0.0, until - first) / length) - min(1.0, max(0.0, since - first) / length)

    def lifetime(self, chip: str, bought: str) -> dict[str, float]:
        """Return the periods in which a chip bought at the start of one serves, and for which share of each."""
        since = self.year[bought]
        until = since + self.case.chips[chip].life_years
        shares = {period: self.overlap_share(since, until, period) for period in self.periods}
        return {period: share for period, share in shares.items() if share > 0}

    @cached_property
    def _steps(self) -> Mapping[str, list[Reinforcement]]:
        """Substation -> steps it could take."""
        steps = defaultdict(list)
        for row in self.case.reinforcements.values():
            steps[row.substation].append(row)
        return steps

    def grid_limit_mw(self, site: str, period: str) -> float:
        """Return what the substation could bring, firm and not, with every step that can be ready, plus own supply."""
        row = self.case.sites[site]
        steps = (
            step.adds_mw
            for step in self._steps.get(row.substation, [])
            if self.year[self.periods[0]] + step.lead_years <= self.year[period]
        )
        offered_mw = self.headroom_mw(row.substation, period) + self.interruptible_mw(row.substation, period)
        units = self.on_site_units(site, period)
        on_site_mw = sum(number * self.case.technologies[kind].unit_mw for kind, number in units.items())
        secured_mw = max(0.0, on_site_mw - self.largest_unit_mw(site))
        return offered_mw + sum(steps) + row.behind_meter_mw + secured_mw

    def on_site_units(self, site: str, period: str) -> dict[str, int]:
        """Return the technologies whose units may stand on a site, with the most units that the potential holds."""
        zone, found = self.case.sites[site].zone, {}
        for kind, row in self.case.technologies.items():
            if row.on_site and row.unit_mw and (most_mw := self.buildable_mw(zone, kind, period)) >= row.unit_mw:
                found[kind] = int(most_mw / row.unit_mw + 1e-9)
        return found

    def largest_unit_mw(self, site: str) -> float:
        """Return the power of the largest unit that may stand on a site in some period."""
        kinds = {kind for period in self.periods for kind in self.on_site_units(site, period)}
        return max((self.case.technologies[kind].unit_mw for kind in kinds), default=0.0)

    def suitable_cooling(self, site: str) -> list[str]:
        """Return the coolings whose water a site has."""
        dry = self.case.sites[site].water_source == "none"
        return [cooling for cooling, row in self.case.cooling.items() if not (dry and row.needs_water_body)]

    def ruled_out(self, site: str) -> list[tuple[str, float, float]]:
        """Return the keys of the scenario that rule a site out, with the distance allowed and the one there is, km."""
        rules, row = self.case.settings.siting, self.case.sites[site]
        barred = {
            "must_not": site in rules.must_not,
            "only": site not in (rules.only or (site,)),
            "countries_not": row.country in rules.countries_not,
        }
        found = [(f"siting.{key}", 0.0, 0.0) for key, is_so in barred.items() if is_so]
        if rules.near_km is not None:
            km = self.km_from(site, rules.near_latitude, rules.near_longitude)
            found += [("siting.near_km", rules.near_km, km)] if km > rules.near_km else []
        if (place := self.case.places.get(site)) is None:
            return found
        above = {
            "seismic_max_g": (rules.seismic_max_g, place.seismic_g),
            "flood_not": (0.0 if rules.flood_not else None, float(place.flood == "exposed")),
            "protected_not": (0.0 if rules.protected_not else None, float(place.protected == "yes")),
            "exchange_max_km": (rules.exchange_max_km, place.exchange_km),
        }
        found += [(f"siting.{key}", most, is_) for key, (most, is_) in above.items() if most is not None and is_ > most]
        if (least := rules.workforce_min_people) > place.near_people:
            found.append(("siting.workforce_min_people", float(least), float(place.near_people)))
        return found

    def km_from(self, site: str, latitude: Any, longitude: Any) -> float:
        """Return the geodesic (WGS 84) from a site to a point, km."""
        row = self.case.sites[site]
        return float(Geod(ellps="WGS84").inv(longitude, latitude, row.longitude, row.latitude)[2]) / 1000

    def lies_under(self, site: str, law: Law) -> bool:
        """Tell whether a law with dates holds where a site lies."""
        inside = law.radius_km == 0 or self.km_from(site, law.latitude, law.longitude) <= law.radius_km
        return law.country == self.case.sites[site].country and inside

    def law(self, site: str, period: str) -> dict[str, tuple[float, str]]:
        """Return what is asked of halls that a site opens in a period, by column, with the table that asks the most."""
        country, year = self.case.countries[self.case.sites[site].country], self.year[period]
        rows = [row for row in self.case.laws.values() if row.from_year <= year <= row.until_year]
        rows = [row for row in rows if self.lies_under(site, row)]
        pue = [(country.pue_limit, "countries"), *((row.pue_limit, "laws") for row in rows)]
        reuse = [(country.reuse_share, "countries"), *((row.reuse_share, "laws") for row in rows)]
        built = [(5_000.0, "countries"), *((row.most_mw, "laws") for row in rows)]
        return {
            "pue_limit": sorted(pue, key=lambda each: each[0])[0],
            "reuse_share": sorted(reuse, key=lambda each: -each[0])[0],
            "most_mw": sorted(built, key=lambda each: each[0])[0],
        }

    def ready(self, site: str, period: str) -> bool:
        """Tell whether a site's permits and grid connection can be ready at the start of a period."""
        row = self.case.sites[site]
        return self.year[period] >= row.permit_year and self.year[period] >= row.connection_year

    def released_meur(self, fund: str, period: str) -> float:
        """Return the tranches of a fund released up to a period."""
        return sum(
            row.amount_meur
            for (owner, since), row in self.case.tranches.items()
            if owner == fund and self.year[since] <= self.year[period]
        )

    def basin_limit_mm3(self, basin: str) -> float:
        """Return the water that the stress of a basin leaves."""
        row = self.case.basins[basin]
        return row.available_mm3 * (1 - row.stress_share)
