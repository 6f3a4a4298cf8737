"""What a plan holds by key: sites, halls, chips, connections and plants, and the amounts that follow from them."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import linprog

from models.case import Case
from models.plan import ChipRow, Plan
from models.terms import totals
from optimizer.audit.parameters import YEAR_HOURS, Pair, Parameters

Triple = tuple[str, str, str]


class Capacities(Parameters):
    """The parameters of a case and the decisions of a plan; every amount is computed from them, none is read."""

    def __init__(self, case: Case, plan: Plan) -> None:
        super().__init__(case)
        self.plan = plan

    @cached_property
    def opens(self) -> Mapping[Pair, int]:
        """(site, period) -> 1 if the site enters service."""
        return {(row.site, row.period): row.opens for row in self.plan.sites}

    @cached_property
    def _closes(self) -> Mapping[Pair, int]:
        """(site, period) -> 1 if the site is closed down."""
        return {(row.site, row.period): row.closes for row in self.plan.sites}

    def entered(self, site: str, period: str) -> float:
        """Return 1 if new halls may stand: a candidate, or the extension of a committed site, has come, late or not."""
        late = self.case.sites[site].late_years
        return float(
            sum(self.opens[site, past] for past in self.until(period) if self.year[past] + late <= self.year[period])
        )

    def opened(self, site: str, period: str) -> float:
        """Return 1 if the site is open: candidates until closed down, committed ones from the period of their year."""
        row = self.case.sites[site]
        if row.status == "committed":
            return float(row.committed_year < self.year[period] + self.case.periods[period].length_years)
        return self.entered(site, period) - sum(self._closes[site, past] for past in self.until(period))

    @cached_property
    def entering_sites(self) -> list[str]:
        """Candidates that open and committed sites that are extended in any period."""
        return [site for site in self.case.sites if self.entered(site, self.final) > 0]

    @cached_property
    def new_sites(self) -> list[str]:
        """Candidates open in the last period."""
        return [
            site
            for site in self.entering_sites
            if self.case.sites[site].status == "candidate" and self.opened(site, self.final) > 0
        ]

    @cached_property
    def installed_halls(self) -> Mapping[Triple, float]:
        """(site, cooling, period) -> halls built so far."""
        return self._so_far(((row.site, row.cooling), row.period, row.built_halls) for row in self.plan.halls)

    @cached_property
    def plant_mw(self) -> Mapping[Triple, float]:
        """(zone, technology, period) -> new plant built so far."""
        return self._so_far(((row.zone, row.technology), row.period, row.built_mw) for row in self.plan.supply)

    @cached_property
    def _store_mwh(self) -> Mapping[Triple, float]:
        """(zone, technology, period) -> energy of new stores built so far, where it is chosen."""
        return self._so_far(((row.zone, row.technology), row.period, row.built_mwh) for row in self.plan.supply)

    def store_mwh(self, zone: str, kind: str, period: str) -> float:
        """Return the energy of new stores: as chosen, or their hours of what is built."""
        row = self.case.technologies[kind]
        chosen = self._store_mwh[zone, kind, period] if row.duration_max_hours else None
        return row.duration_hours * self.plant_mw[zone, kind, period] if chosen is None else chosen

    @cached_property
    def connected_mw(self) -> Mapping[Pair, float]:
        """(site, period) -> connections made so far."""
        return self._so_far(((row.site,), row.period, row.connected_mw) for row in self.plan.connections)

    @cached_property
    def interruptible_mw_of(self) -> Mapping[Pair, float]:
        """(site, period) -> part of the connection standing that the operator may interrupt."""
        return {(row.site, row.period): row.interruptible_mw for row in self.plan.connections}

    @cached_property
    def on_site(self) -> Mapping[Triple, float]:
        """(site, technology, period) -> units that stand on the site."""
        return self._so_far(((row.site, row.technology), row.period, row.units) for row in self.plan.units)

    @cached_property
    def secured_mw_of(self) -> Mapping[Pair, float]:
        """(site, period) -> supply that units on the site are said to secure."""
        return {(row.site, row.period): row.secured_mw for row in self.plan.connections}

    def _so_far(self, parts: Iterable[tuple[tuple[str, ...], str, float]]) -> Mapping[Any, float]:
        return totals(
            ((*key, period), amount)
            for key, since, amount in parts
            for period in self.periods[self.periods.index(since) :]
        )

    @cached_property
    def in_service_mw(self) -> Mapping[Triple, float]:
        """(site, cooling, period) -> power of new servers in service, mean of the period."""
        return totals(((row.site, row.cooling, when), share * row.fitted_mw) for row, when, share in self._serving)

    @cached_property
    def occupied_mw(self) -> Mapping[Triple, float]:
        """(site, cooling, period) -> power of new servers that hold a place in the halls for any part of the period."""
        return totals(((row.site, row.cooling, when), row.fitted_mw) for row, when, _ in self._serving)

    @cached_property
    def _serving(self) -> list[tuple[ChipRow, str, float]]:
        """Every purchase of chips with every period in which they serve, and for what share of it."""
        return [
            (row, when, share) for row in self.plan.chips for when, share in self.lifetime(row.chip, row.period).items()
        ]

    @cached_property
    def kchips(self) -> Mapping[Pair, float]:
        """(site, period) -> thousand new chips in service: MW / kW per chip."""
        return self._in_service_by(lambda chip: 1 / self.case.chips[chip].server_kw)

    @cached_property
    def new_kh100e(self) -> Mapping[Pair, float]:
        """(site, period) -> compute of the new chips in service."""
        return self._in_service_by(self.kh100e_per_mw)

    @cached_property
    def factory_amounts(self) -> Mapping[Pair, float]:
        """(site, period) -> advanced chips in service as gigafactories count them: thousand chips, or kH100e."""
        rules, chips = self.case.settings.siting, self.case.chips

        def counted(chip: str) -> float:
            amount = 1 / chips[chip].server_kw if rules.gigafactory_by == "chips" else self.kh100e_per_mw(chip)
            return amount if chips[chip].throughput_h100e >= rules.gigafactory_chip_h100e else 0.0

        return self._in_service_by(counted)

    @cached_property
    def factory_sizes(self) -> Mapping[str, float]:
        """New site where a gigafactory may stand -> the least of these amounts over the periods since it opened."""
        committed = self.case.settings.siting.gigafactory_countries or (*self.case.countries,)
        return {
            site: min(self.factory_amounts.get((site, each), 0.0) for each in self.periods if self.entered(site, each))
            for site in self.new_sites
            if self.case.sites[site].country in committed
        }

    def _in_service_by(self, per_mw: Callable[[str], float]) -> Mapping[Pair, float]:
        return totals(
            ((row.site, when), share * per_mw(row.chip) * row.fitted_mw) for row, when, share in self._serving
        )

    @cached_property
    def site_served_kh100e(self) -> Mapping[Pair, float]:
        """(site, period) -> compute served."""
        return totals(((row.site, row.period), row.served_kh100e) for row in self.plan.service)

    @cached_property
    def region_served_kh100e(self) -> Mapping[Triple, float]:
        """(region, workload, period) -> compute served."""
        return totals(((row.region, row.workload, row.period), row.served_kh100e) for row in self.plan.service)

    def compute_kh100e(self, site: str, period: str) -> float:
        """Return the compute of a site, committed chips included."""
        return self.committed_kh100e(site, period) + self.new_kh100e.get((site, period), 0.0)

    def committed_kh100e(self, site: str, period: str) -> float:
        """Return the compute of a committed site's own chips."""
        own_mw = self.committed_mw(site, period)
        return own_mw * self.kh100e_per_mw(self.case.sites[site].committed_chip) if own_mw else 0.0

    @cached_property
    def committed_compute(self) -> float:
        """What committed sites could serve by themselves, discounted kH100e-years: by period the least cut."""
        return sum(self.annuity(period) * self.least_cut_kh100e(period) for period in self.periods)

    def least_cut_kh100e(self, period: str) -> float:
        """Return the least compute whose loss parts committed sites from all demand within their reach (the dual)."""
        case = self.case
        wants = [(index, row) for index, row in case.demand.items() if row.period == period and row.demand_kh100e]
        own = [(site, amount) for site in case.sites if (amount := self.committed_kh100e(site, period))]
        near = [
            (place, len(own) + want)
            for place, (site, _) in enumerate(own)
            for want, (_, row) in enumerate(wants)
            if case.round_trip_ms[site, row.region] <= case.workloads[row.workload].latency_ms
        ]
        if not near:
            return 0.0
        cut = np.zeros((len(near), len(own) + len(wants)))
        cut[np.arange(len(near))[:, None], near] = -1.0
        sizes = [*(amount for _, amount in own), *(row.demand_kh100e for _, row in wants)]
        return float(linprog(sizes, A_ub=cut, b_ub=-np.ones(len(near)), method="highs").fun)

    def market_kchips(self, chip: str, tier: str, period: str) -> float:
        """Return the thousand chips bought in a period, in all countries (tier `any`) or those of an export tier."""
        countries, sites = self.case.countries, self.case.sites
        return sum(
            row.fitted_mw / self.case.chips[chip].server_kw
            for row in self.plan.chips
            if (row.chip, row.period) == (chip, period)
            and tier in ("any", countries[sites[row.site].country].export_tier)
        )

    def halls(self, site: str, period: str) -> float:
        """Return the new halls standing at a site."""
        return self._over_cooling(self.installed_halls, site, period, lambda _: 1.0)

    def servers_mw(self, site: str, period: str) -> float:
        """Return the power of the new servers in service at a site."""
        return self._over_cooling(self.in_service_mw, site, period, lambda _: 1.0)

    def recoverable_heat_mw(self, site: str, period: str) -> float:
        """Return the part of the new servers' heat that the cooling can deliver to neighbours."""
        reuse = {cooling: row.reuse_share for cooling, row in self.case.cooling.items()}
        return self.used_share * self._over_cooling(self.in_service_mw, site, period, lambda cooling: reuse[cooling])

    def peak_mw(self, site: str, period: str) -> float:
        """Return the draw of the new halls, full, on the design day: PUE x MW of a hall x halls."""
        pue = self.case.climate.pue_design
        return self.hall_mw * self._over_cooling(self.installed_halls, site, period, lambda cooling: pue[site, cooling])

    def energy_twh(self, site: str, period: str) -> float:
        """Return what the new servers and their cooling draw in a year: PUE x use x MW x 8,760 h."""
        pue = self.case.climate.pue_annual
        mean_mw = self.used_share * self._over_cooling(self.in_service_mw, site, period, lambda kind: pue[site, kind])
        return mean_mw * YEAR_HOURS / 1e6

    def water_mm3(self, site: str, period: str) -> float:
        """Return the water drawn in a year: L/kWh (= m3/MWh) x use x MW x 8,760 h."""
        wue = self.case.climate.wue_annual_l_per_kwh
        drawn = self.used_share * self._over_cooling(self.in_service_mw, site, period, lambda kind: wue[site, kind])
        return drawn * YEAR_HOURS / 1e6

    def basin_mm3(self, basin: str, period: str) -> float:
        """Return the water drawn from a basin in a year."""
        return sum(self.water_mm3(site, period) for site, row in self.case.sites.items() if row.basin == basin)

    def _over_cooling(
        self, amounts: Mapping[Triple, float], site: str, period: str, factor: Callable[[str], float]
    ) -> float:
        found = ((cooling, amounts.get((site, cooling, period), 0.0)) for cooling in self.case.cooling)
        return sum(factor(cooling) * amount for cooling, amount in found if amount)

    def stepped_mw(self, substation: str, period: str) -> float:
        """Return a substation's headroom with the steps finished by the start of a period."""
        finished = (
            self.case.reinforcements[row.substation, row.step].adds_mw
            for row in self.plan.reinforcements
            if row.substation == substation
            and self.year[row.period] + self.case.reinforcements[row.substation, row.step].lead_years
            <= self.year[period]
        )
        return self.headroom_mw(substation, period) + sum(finished)

    def drawn_mw(self, substation: str, period: str) -> float:
        """Return the firm connections standing at all sites of a substation."""
        return sum(
            self.connected_mw.get((site, period), 0.0) - self.interruptible_mw_of.get((site, period), 0.0)
            for site, row in self.case.sites.items()
            if row.substation == substation
        )
