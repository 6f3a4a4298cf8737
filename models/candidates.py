"""Every candidate site beside the plan: from when it could stand, what rules it out, and what a campus there would cost."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from models.case import Case
from models.plan import CandidateRow, Plan
from models.site_costs import Campus, Costs, total_meur
from models.timeline import annuity, first_year, last_period
from models.upper_bounds import (
    NO_LIMITS,
    distance_km,
    limits_of_places,
    most_halls,
    most_power_mw,
    reusable_share,
    rules_against,
    strictest_law,
)

Barrier = tuple[str, str, float, float]
"""What rules a site out, the input that says so, what that leaves, and what the least campus needs."""


def candidates(case: Case, plan: Plan) -> tuple[CandidateRow, ...]:
    """Return a row for every candidate site."""
    beside = _Beside(case, plan)
    return tuple(beside.row(site) for site, here in sorted(case.sites.items()) if here.status == "candidate")


@dataclass(frozen=True)
class _Beside:
    """A case and its plan, and what is asked of them for one candidate after another."""

    case: Case
    plan: Plan

    def row(self, site: str) -> CandidateRow:
        """Return what is told of a candidate."""
        here, earliest = self.case.sites[site], self.earliest(site)
        size_mw, costs, dearest, dearer_meur = 0.0, None, "", 0.0
        if earliest:
            size_mw = min(max(self.mean_mw, self.least_mw(site)), self.most_mw(site, earliest))
            costs = self.campus(earliest, size_mw).costs(site)
        chosen = {each: own for each in self.chosen if costs and (own := self.campus(earliest, size_mw).costs(each))}
        if costs and chosen:
            dearest = max(chosen, key=lambda each: (round(total_meur(chosen[each]), 3), each))
            dearer_meur = total_meur(costs) - total_meur(chosen[dearest])
        barrier, place, there, needed = self.barrier(site, costs, dearer_meur)
        return CandidateRow(
            site=site,
            name=here.name,
            country=here.country,
            zone=here.zone,
            chosen=int(site in self.chosen),
            earliest=earliest,
            barrier=barrier,
            input=place,
            there=there,
            needed=needed,
            size_mw=size_mw if costs else 0.0,
            cost_eur_per_mwh=total_meur(costs) / self.drawn_twh(earliest, size_mw) if costs else 0.0,
            beside=dearest,
            dearer_meur=dearer_meur,
        )

    @cached_property
    def free(self) -> Case:
        """The case without the rules of the scenario that keep sites from being opened."""
        siting = self.case.settings.siting.model_copy(update=NO_LIMITS)
        return replace(self.case, settings=self.case.settings.model_copy(update={"siting": siting}))

    @cached_property
    def chosen(self) -> dict[str, int]:
        """The candidates that the plan opens, and how many halls they have in the end."""
        opened = {row.site for row in self.plan.sites if row.opens and row.status == "candidate"}
        final = last_period(self.case)
        return {row.site: row.halls for row in self.plan.sites if row.site in opened and row.period == final}

    @cached_property
    def mean_mw(self) -> float:
        """Server power of the mean chosen candidate, in whole halls, one at least."""
        mean = sum(self.chosen.values()) / len(self.chosen) if self.chosen else 0.0
        return self.hall_mw * max(1, math.floor(mean + 0.5))

    @property
    def hall_mw(self) -> float:
        return self.case.settings.halls.hall_mw

    def least_mw(self, site: str) -> float:
        """Return the least server power of a site in whole halls, one at least."""
        return self.hall_mw * max(1, math.ceil(self.case.sites[site].minimum_mw / self.hall_mw - 1e-9))

    def most_mw(self, site: str, period: str) -> float:
        """Return the most server power that a site could have from a period on, in whole halls."""
        return self.hall_mw * max(most_halls(self.free, site, cooling, period) for cooling in self.case.cooling)

    def earliest(self, site: str) -> str:
        """Return the first period in which a site could have its least size, rules of the scenario aside; or nothing."""
        held = (period for period in self.case.periods if self.most_mw(site, period) >= self.least_mw(site))
        return next(held, "")

    def campus(self, period: str, servers_mw: float) -> Campus:
        """Return the campus that is priced, with the coolings that the plan uses, at its prices of energy."""
        key = period, servers_mw
        if key not in self._campuses:
            used = frozenset(row.cooling for row in self.plan.halls) or frozenset(self.case.cooling)
            prices = {(row.zone, row.period): row.price_eur_per_mwh for row in self.plan.zones}
            self._campuses[key] = Campus(self.case, period, servers_mw, used, prices)
        return self._campuses[key]

    @cached_property
    def _campuses(self) -> dict[tuple[str, float], Campus]:
        return {}

    def drawn_twh(self, period: str, servers_mw: float) -> float:
        """Return the present value of the energy that servers draw from a period on, TWh."""
        later = [each for each in self.case.periods if first_year(self.case, each) >= first_year(self.case, period)]
        years = sum(annuity(self.case, each) for each in later)
        return years * self.case.settings.halls.utilisation_share * 8760 / 1e6 * servers_mw

    def barrier(self, site: str, costs: Costs | None, dearer_meur: float) -> Barrier:
        """Return what rules a site out, the rules of the scenario first, then its inputs, then the plan's other sites."""
        if site in self.chosen:
            return "none: chosen", "", 0.0, 0.0
        found = next(chain(self._by_rule(site), self._by_inputs(site), self._by_plan(site)), None)
        if found:
            return found
        if costs is None:
            return "grid, water or law at that size", "", 0.0, 0.0
        gaps = [abs(stage.bound - stage.plan_value) for stage in self.plan.proof.stages if stage.objective == "cost"]
        if abs(dearer_meur) <= sum(gaps):
            return "none: within the gap", "", 0.0, 0.0
        return ("none: dearer" if dearer_meur > 0 else "none: cheaper by itself"), "", 0.0, 0.0

    def _by_rule(self, site: str) -> Iterator[Barrier]:
        for place, _ in rules_against(self.case, site):
            yield "client's rule", place, *limits_of_places(self.case, site).get(place, (0.0, 0.0))

    def _by_inputs(self, site: str) -> Iterator[Barrier]:
        case, here, least_mw, final = self.case, self.case.sites[site], self.least_mw(site), last_period(self.case)
        country, basin, used = case.countries[here.country], case.basins[here.basin], self.used_share
        final_year, date = first_year(case, final), max(here.permit_year, here.connection_year)
        if date <= final_year < date + here.late_years:
            yield "date", "sites.late_years", here.late_years, final_year - date
        elif date > final_year:
            column = "permit_year" if here.permit_year >= here.connection_year else "connection_year"
            yield "date", f"sites.{column}", date, final_year
        if country.sites_max == 0:
            yield "sites_max of the country", "countries.sites_max", 0.0, 1.0
        if here.land_mw < least_mw:
            yield "land", "sites.land_mw", here.land_mw, least_mw
        if not (coolings := self.coolings(site)):
            yield "water", "sites.water_source", 0.0, 1.0
            return
        if (most := most_power_mw(case, site, final)) < (peak := self.least_peak_mw(site, coolings)) * least_mw - 1e-6:
            one = peak * self.hall_mw <= most
            place = "sites.minimum_mw" if one else "headrooms.headroom_mw"
            yield "minimum size" if one else "headroom", place, most, peak * least_mw
        laws = [strictest_law(case, site, period) for period in case.periods if first_year(case, period) >= date]
        pue_limit, by = max((law["pue_limit"] for law in laws), key=lambda each: each[0])
        if (pue := min(case.climate.pue_annual[site, name] for name in coolings)) > pue_limit:
            yield "law", f"{by}.pue_limit", pue_limit, pue
        most_mw, by = max((law["most_mw"] for law in laws), key=lambda each: each[0])
        if most_mw < least_mw:
            yield "law", f"{by}.most_mw", most_mw, least_mw
        reuse, by = min((law["reuse_share"] for law in laws), key=lambda each: each[0])
        if (deliverable := max(reusable_share(case, site, name) for name in coolings)) < reuse:
            yield "law", f"{by}.reuse_share", deliverable, reuse
        heat_mw = reuse * used * pue * here.minimum_mw * 8760 / max(1.0, case.settings.money.heat_hours)
        if here.heat_sink_mw < heat_mw:
            yield "law", "sites.heat_sink_mw", here.heat_sink_mw, heat_mw
        left_mm3, wue = basin.available_mm3 * (1 - basin.stress_share), case.climate.wue_annual_l_per_kwh
        if left_mm3 < (mm3 := min(wue[site, name] for name in coolings) * used * 8760 / 1e6 * here.minimum_mw):
            yield "water", "basins.available_mm3", left_mm3, mm3
        reach = [
            (case.round_trip_ms[site, region] - case.workloads[workload].latency_ms, (region, workload))
            for region, workload, _ in case.demand
        ]
        if reach and min(reach)[0] > 0:
            region, workload = min(reach)[1]
            limit_ms = case.workloads[workload].latency_ms
            yield "users out of reach", "workloads.latency_ms", limit_ms, case.round_trip_ms[site, region]
        if not self.earliest(site):
            yield "no chips that fit", "chips.rack_kw", 0.0, 0.0

    def _by_plan(self, site: str) -> Iterator[Barrier]:
        case, here, rules = self.case, self.case.sites[site], self.case.settings.siting
        entering = {row.site for row in self.plan.sites if row.opens}
        in_country = sum(case.sites[each].country == here.country for each in entering)
        if in_country >= (most := case.countries[here.country].sites_max):
            yield "sites_max of the country", "countries.sites_max", most, in_country + 1
        if len(self.chosen) >= rules.sites_max:
            yield "most sites in all", "siting.sites_max", rules.sites_max, len(self.chosen) + 1
        others = [case.sites[each] for each in sorted(entering)]
        apart = [distance_km(here, other.latitude, other.longitude) for other in others]
        if apart and min(apart) < rules.separation_km:
            yield "distance to a chosen site", "siting.separation_km", min(apart), rules.separation_km
        final = last_period(case)
        drawn_mw = sum(
            row.connection_mw for row in self.plan.sites if row.substation == here.substation and row.period == final
        )
        needed_mw = self.least_peak_mw(site, self.coolings(site)) * self.least_mw(site)
        if (left_mw := most_power_mw(case, site, final) - drawn_mw) < needed_mw - 1e-6:
            yield "headroom taken by chosen sites", "headrooms.headroom_mw", left_mw, needed_mw

    def coolings(self, site: str) -> list[str]:
        """Return the coolings for which there is water at a site."""
        wet = self.case.sites[site].water_source != "none"
        return [name for name, kind in self.case.cooling.items() if wet or not kind.needs_water_body]

    @property
    def used_share(self) -> float:
        return self.case.settings.halls.utilisation_share

    def least_peak_mw(self, site: str, coolings: list[str]) -> float:
        """Return the least that a MW of servers draws on the design day, MW."""
        return min(self.case.climate.pue_design[site, name] for name in coolings)
