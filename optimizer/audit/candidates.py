"""Audit of the candidates: from when each could stand, what rules it out, and what a campus there costs, afresh."""

import math
from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import chain

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.parameters import YEAR_HOURS
from optimizer.audit.rivals import Figures, Plants, cheapest, firm_premiums, plants_of

Found = dict[str, str | float]
Barrier = tuple[str, str, float, float]


class Candidates:
    """What the inputs and the plan say of every candidate."""

    def __init__(self, audited: AuditedPlan) -> None:
        self.audited, self.case, self.siting = audited, audited.case, audited.case.settings.siting
        self.chosen = [each for each in audited.entering_sites if self.case.sites[each].status == "candidate"]
        self._priced = lru_cache(maxsize=None)(self._price)

    @cached_property
    def mean_mw(self) -> float:
        """Server power of the mean chosen candidate, in whole halls, one at least."""
        halls = [self.audited.halls(site, self.audited.final) for site in self.chosen]
        return self.audited.hall_mw * max(1.0, math.floor(sum(halls) / max(1, len(halls)) + 0.5))

    def expected(self, site: str) -> Found:
        """Return the columns of a candidate's row but for its key."""
        row, years = self.case.sites[site], self.audited.periods
        sizes = {period: self._most_mw(site, period) for period in years}
        earliest = next((period for period in years if sizes[period] >= self._least_mw(site) - 1e-9), "")
        size_mw, costs, beside, dearer_meur = 0.0, None, "", 0.0
        if earliest:
            size_mw = min(sizes[earliest], max(self._least_mw(site), self.mean_mw))
            costs = self._priced(site, earliest, size_mw)
        if costs:
            own = {each: _sum(found) for each in self.chosen if (found := self._priced(each, earliest, size_mw))}
            if own:
                beside = max(own, key=lambda each: (round(own[each], 3), each))
                dearer_meur = _sum(costs) - own[beside]
        later = years[years.index(earliest) :] if earliest else []
        mwh = self.audited.used_share * YEAR_HOURS * size_mw * sum(map(self.audited.annuity, later))
        barrier, place, there, needed = self._barrier(site, earliest, costs, dearer_meur)
        return {
            "name": row.name,
            "country": row.country,
            "zone": row.zone,
            "chosen": float(site in self.chosen),
            "earliest": earliest,
            "barrier": barrier,
            "input": place,
            "there": there,
            "needed": needed,
            "size_mw": size_mw if costs else 0.0,
            "cost_eur_per_mwh": _sum(costs) * 1e6 / mwh if costs else 0.0,
            "beside": beside,
            "dearer_meur": dearer_meur,
        }

    def _price(self, site: str, period: str, size_mw: float) -> Figures | None:
        return cheapest(self.audited, site, period, size_mw, *self._markets[period])

    @cached_property
    def _markets(self) -> dict[str, tuple[Plants, Figures]]:
        """Period -> plants when it begins, and what firm cover costs."""
        plants = {period: plants_of(self.audited, period) for period in self.audited.periods}
        return {period: (each, firm_premiums(self.audited, each, period)) for period, each in plants.items()}

    def _least_mw(self, site: str) -> float:
        hall_mw = self.audited.hall_mw
        return max(hall_mw, hall_mw * math.ceil(self.case.sites[site].minimum_mw / hall_mw - 1e-9))

    def _least_pue(self, site: str) -> float:
        return min(self.case.climate.pue_design[site, kind] for kind in self.audited.suitable_cooling(site))

    def _most_mw(self, site: str, period: str) -> float:
        """Return the most server power, in whole halls, that land, grid, dates and chips on sale allow from then on."""
        audited, row = self.audited, self.case.sites[site]
        later = audited.periods[audited.periods.index(period) :]
        if not audited.ready(site, period):
            return 0.0
        grid_mw = min(audited.grid_limit_mw(site, each) for each in later)
        years = [audited.year[each] for each in audited.periods if audited.ready(site, each)]
        most = 0.0
        for kind in audited.suitable_cooling(site):
            limit_kw = self.case.cooling[kind].rack_limit_kw
            chips = [chip for chip in self.case.chips.values() if chip.rack_kw <= limit_kw]
            if any(chip.first_year <= year <= chip.last_year for chip in chips for year in years):
                most = max(most, min(row.land_mw, grid_mw / self.case.climate.pue_design[site, kind]))
        return audited.hall_mw * math.floor(most / audited.hall_mw + 1e-9)

    def _barrier(self, site: str, earliest: str, costs: Figures | None, dearer_meur: float) -> Barrier:
        if site in self.chosen:
            return "none: chosen", "", 0.0, 0.0
        for name, place, there, needed, blocks in chain(self._own(site, earliest), self._others(site)):
            if blocks:
                return name, place, there, needed
        if costs is None:
            return "grid, water or law at that size", "", 0.0, 0.0
        stages = [each for each in self.audited.plan.proof.stages if each.objective == "cost"]
        open_meur = sum(abs(each.plan_value - each.bound) for each in stages)
        if -open_meur <= dearer_meur <= open_meur:
            return "none: within the gap", "", 0.0, 0.0
        return "none: dearer" if dearer_meur > 0 else "none: cheaper by itself", "", 0.0, 0.0

    def _own(self, site: str, earliest: str) -> Iterator[tuple[str, str, float, float, bool]]:
        case, audited, row = self.case, self.audited, self.case.sites[site]
        country, final_year = case.countries[row.country], audited.year[audited.final]
        for key, allowed_km, km in audited.ruled_out(site):
            yield "client's rule", key, allowed_km, km, True
        late = "permit_year" if row.permit_year >= row.connection_year else "connection_year"
        date = getattr(row, late)
        if date <= final_year < date + row.late_years:
            yield "date", "sites.late_years", row.late_years, final_year - date, True
        yield "date", f"sites.{late}", date, final_year, date > final_year
        yield "sites_max of the country", "countries.sites_max", 0.0, 1.0, country.sites_max == 0
        least_mw, kinds = self._least_mw(site), audited.suitable_cooling(site)
        yield "land", "sites.land_mw", row.land_mw, least_mw, row.land_mw < least_mw
        if not kinds:
            yield "water", "sites.water_source", 0.0, 1.0, True
            return
        grid_mw, peak_mw = audited.grid_limit_mw(site, audited.final), self._least_pue(site) * least_mw
        holds_one = self._least_pue(site) * audited.hall_mw <= grid_mw
        why = ("minimum size", "sites.minimum_mw") if holds_one else ("headroom", "headrooms.headroom_mw")
        yield *why, grid_mw, peak_mw, grid_mw < peak_mw - 1e-6
        pue = min(float(case.climate.pue[site, kind].mean()) for kind in kinds)
        laws = [audited.law(site, period) for period in audited.periods if audited.ready(site, period)]
        (pue_limit, by) = sorted((law["pue_limit"] for law in laws), key=lambda each: -each[0])[0]
        yield "law", f"{by}.pue_limit", pue_limit, pue, pue > pue_limit
        (most_mw, by) = sorted((law["most_mw"] for law in laws), key=lambda each: -each[0])[0]
        yield "law", f"{by}.most_mw", most_mw, least_mw, most_mw < least_mw
        (share, by) = sorted((law["reuse_share"] for law in laws), key=lambda each: each[0])[0]
        heat_share, hours = share * YEAR_HOURS, case.settings.money.heat_hours
        given = {kind: case.cooling[kind].reuse_share * hours / case.climate.pue_annual[site, kind] for kind in kinds}
        reused = max(given.values()) / YEAR_HOURS
        yield "law", f"{by}.reuse_share", reused, share, reused < share
        running_mw = audited.used_share * row.minimum_mw
        heat_mw = heat_share * running_mw * pue / max(hours, 1.0)
        yield "law", "sites.heat_sink_mw", row.heat_sink_mw, heat_mw, row.heat_sink_mw < heat_mw
        litres = min(case.climate.wue_annual_l_per_kwh[site, kind] for kind in kinds)
        left_mm3, drawn_mm3 = audited.basin_limit_mm3(row.basin), litres * running_mw * YEAR_HOURS / 1e6
        yield "water", "basins.available_mm3", left_mm3, drawn_mm3, left_mm3 < drawn_mm3
        trips_ms, limits_ms = case.round_trip_ms, {kind: each.latency_ms for kind, each in case.workloads.items()}
        reach = [(trips_ms[site, region] - limits_ms[kind], (region, kind)) for region, kind, _ in case.demand]
        over_ms, (region, kind) = min(reach, default=(0.0, ("", "")))
        if over_ms > 0:
            yield "users out of reach", "workloads.latency_ms", limits_ms[kind], trips_ms[site, region], True
        yield "no chips that fit", "chips.rack_kw", 0.0, 0.0, not earliest

    def _others(self, site: str) -> Iterator[tuple[str, str, float, float, bool]]:
        case, audited, row, others = self.case, self.audited, self.case.sites[site], self.audited.entering_sites
        most = case.countries[row.country].sites_max
        there = sum(case.sites[each].country == row.country for each in others)
        yield "sites_max of the country", "countries.sites_max", most, there + 1, there >= most
        full = len(self.chosen) >= self.siting.sites_max
        yield "most sites in all", "siting.sites_max", self.siting.sites_max, len(self.chosen) + 1, full
        places = [(case.sites[each].latitude, case.sites[each].longitude) for each in others]
        apart_km = min((audited.km_from(site, *place) for place in places), default=math.inf)
        if apart_km < self.siting.separation_km:
            yield "distance to a chosen site", "siting.separation_km", apart_km, self.siting.separation_km, True
        left_mw = audited.grid_limit_mw(site, audited.final) - audited.drawn_mw(row.substation, audited.final)
        needed_mw = self._least_pue(site) * self._least_mw(site)
        place = "headrooms.headroom_mw"
        yield "headroom taken by chosen sites", place, left_mw, needed_mw, left_mw < needed_mw - 1e-6


def _sum(figures: Figures) -> float:
    return sum(meur for meur, _ in figures.values())
