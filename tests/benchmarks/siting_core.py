"""The siting core: investments alone, with prices in place of the dispatch, and rows on trial beside theirs."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyomo.environ as pyo

from models.case import Array, Case
from models.timeline import first_year, mean_growth
from models.upper_bounds import committed_kh100e, contractable_mw, density_kh100e_per_mw, fleet_mw, most_halls
from models.upper_bounds import mean_availability as mean_of

TWH = 8760 / 1e6
"""TWh a year of a MW."""


def add_core(model: pyo.ConcreteModel, case: Case) -> None:
    """Add what stands for the days: energy at the system's mean price, emissions of what is not matched over a year."""
    block = model.core = pyo.Block(concrete=True)
    kinds, plants = case.technologies, list(model.power.plant_mw)
    zones = sorted({case.sites[site].zone for site, _, _ in model.compute.alive_mw})
    block.unmatched_twh = pyo.Var(zones, list(case.periods), domain=pyo.NonNegativeReals)

    def drawn(zone: str, period: str) -> Any:
        return pyo.quicksum(
            model.cooling.energy_twh[site, period] for site, row in case.sites.items() if row.zone == zone
        )

    def made(capacity: Any, zone: str, period: str, clean: bool) -> Any:
        return TWH * pyo.quicksum(
            mean_of(case, *index) * capacity[index]
            for index in capacity
            if (index[0], index[2]) == (zone, period)
            and kinds[index[1]].kind != "storage"
            and (kinds[index[1]].low_carbon or not clean)
        )

    @block.Constraint(list(case.periods))  # type: ignore[untyped-decorator]
    def energy_costs_its_price(_: Any, period: str) -> Any:
        bought = pyo.quicksum(
            drawn(zone, period) - made(model.power.plant_mw, zone, period, clean=False)
            for zone in sorted({*zones, *(zone for zone, _, _ in plants)})
        )
        return model.dispatch.operating_meur[period] >= mean_price_eur_per_mwh(case, period) * bought

    @block.Constraint(zones, list(case.periods))  # type: ignore[untyped-decorator]
    def energy_is_matched_or_not(_: Any, zone: str, period: str) -> Any:
        capacities = (model.power.own_mw, model.power.plant_mw)
        matched = sum(made(capacity, zone, period, clean=True) for capacity in capacities)
        return block.unmatched_twh[zone, period] >= drawn(zone, period) - matched

    @block.Constraint(list(case.periods))  # type: ignore[untyped-decorator]
    def unmatched_energy_emits(_: Any, period: str) -> Any:
        return model.carbon.carbon_kt[period] >= pyo.quicksum(
            float(case.hourly["carbon"][zone].mean())
            * mean_growth(case, period, -case.zones[zone].carbon_decline_share)
            * block.unmatched_twh[zone, period]
            for zone in zones
        )


def mean_price_eur_per_mwh(case: Case, period: str) -> float:
    """Return the mean over all hours of the dearest plant that runs, were Europe one zone."""
    left: Array = sum(
        (
            case.hourly["load"][zone] * mean_growth(case, period, row.load_growth_share)
            for zone, row in case.zones.items()
        ),
        np.zeros_like(next(iter(case.hourly["load"].values()))),
    )
    price = np.zeros_like(left)
    kinds = case.technologies
    generating = {(z, g) for z, g, _ in case.fleets if kinds[g].kind != "storage"}
    for zone, technology in sorted(generating, key=lambda pair: kinds[pair[1]].marginal_eur_per_mwh):
        price = np.where(left > 0, kinds[technology].marginal_eur_per_mwh, price)
        hours = case.hourly["availability"].get(f"{zone}.{technology}")
        steady = hours is None or (zone, technology) in case.reservoirs
        left = left - fleet_mw(case, zone, technology, period) * np.asarray(
            mean_of(case, zone, technology, period) if steady else hours
        )
    return float(price.mean())


def add_trials(model: pyo.ConcreteModel, case: Case) -> None:
    """Add rows that hold for every whole number of halls and are not part of the formulation."""
    trial = model.trial = pyo.Block(concrete=True)
    hall_mw, halls, opened = case.settings.halls.hall_mw, model.sizing.site_halls, model.siting.opened
    periods = list(case.periods)
    possible = {index: most_halls(case, *index) for index in model.sizing.standing}
    places = sorted({(site, period) for site, _, period in possible})

    @trial.Constraint(places)  # type: ignore[untyped-decorator]
    def halls_fit(_: Any, site: str, period: str) -> Any:
        return halls[site, period] <= max(n for (s, _, p), n in possible.items() if (s, p) == (site, period))

    @trial.Constraint(list(possible))  # type: ignore[untyped-decorator]
    def cooling_fits(_: Any, site: str, cooling: str, period: str) -> Any:
        index = site, cooling, period
        return model.sizing.standing[index] <= possible[index] * opened[site, period]

    asked: dict[Any, float] = {index: row.demand_kh100e for index, row in case.demand.items()}
    pairs = [(site, *index) for site, *index in model.demand.served_kh100e if case.sites[site].status == "candidate"]

    @trial.Constraint(pairs)  # type: ignore[untyped-decorator]
    def open_sites_serve(_: Any, site: str, *index: str) -> Any:
        return model.demand.served_kh100e[site, *index] <= asked[index] * opened[site, index[2]]

    least: Mapping[Any, int] = least_halls(model, case)

    @trial.Constraint(list(least))  # type: ignore[untyped-decorator]
    def halls_in_reach(_: Any, *index: str) -> Any:
        near = {site for site, *served in model.demand.served_kh100e if tuple(served) == index}
        return pyo.quicksum(halls[site, index[2]] for site in sorted(near)) >= least[index]

    cheapest = hall_mw * min(
        row.capex_meur_per_mw * case.countries[site.country].building_factor
        for row in case.cooling.values()
        for site in case.sites.values()
    )

    @trial.Constraint(periods)  # type: ignore[untyped-decorator]
    def money_pays_halls(_: Any, period: str) -> Any:
        released = sum(pyo.value(model.budget.available_meur[fund, period]) for fund in case.funds)
        return pyo.quicksum(halls[site, period] for site in case.sites) <= math.floor(released / cheapest + 1e-6)

    carried = {
        at: most
        for at in [(z, p) for z in case.zones for p in periods]
        if (most := most_cover_mw(model, case, *at)) < math.inf
    }

    @trial.Constraint(list(carried))  # type: ignore[untyped-decorator]
    def cover_carries_halls(_: Any, zone: str, period: str) -> Any:
        here = [index for index in possible if case.sites[index[0]].zone == zone and index[2] == period]
        thriftiest = min((case.climate.pue_design[index[:2]] for index in here), default=1.0)
        most = math.floor(carried[zone, period] / (hall_mw * thriftiest) + 1e-6)
        return pyo.quicksum(model.sizing.standing[index] for index in here) + model.zero <= most

    trial.all_halls = pyo.Var(periods, domain=pyo.NonNegativeIntegers)
    trial.all_sites = pyo.Var(periods, domain=pyo.NonNegativeIntegers)

    @trial.Constraint(periods)  # type: ignore[untyped-decorator]
    def halls_of_period(_: Any, period: str) -> Any:
        return trial.all_halls[period] == pyo.quicksum(halls[site, period] for site in case.sites)

    @trial.Constraint(periods)  # type: ignore[untyped-decorator]
    def sites_of_period(_: Any, period: str) -> Any:
        candidates = [site for site, row in case.sites.items() if row.status == "candidate"]
        return trial.all_sites[period] == pyo.quicksum(opened[site, period] for site in candidates)


def least_halls(model: pyo.ConcreteModel, case: Case) -> Mapping[tuple[str, str, str], int]:
    """Return the halls that the coverage of every region, of all that only its sites can reach, needs at least."""
    near: dict[tuple[str, str, str], set[str]] = {}
    for site, *index in model.demand.served_kh100e:
        near.setdefault((index[0], index[1], index[2]), set()).add(site)
    covered = {index: case.workloads[index[1]].coverage_share * case.demand[index].demand_kh100e for index in near}
    found = {}
    for index, sites in near.items():
        period = index[2]
        inside = sum(covered[other] for other in near if other[2] == period and near[other] <= sites)
        own = sum(committed_kh100e(case, site, period) for site in sites)
        sold = [chip for chip, row in case.chips.items() if row.first_year <= first_year(case, period)]
        densest = max(density_kh100e_per_mw(case, chip) for chip in sold)
        found[index] = math.ceil((inside - own) / (case.settings.halls.hall_mw * densest) - 1e-6)
    return {index: halls for index, halls in found.items() if halls > 0}


def most_cover_mw(model: pyo.ConcreteModel, case: Case, zone: str, period: str) -> float:
    """Return the peak that firm cover could carry in a zone; inf where no cover is asked."""
    rules, kinds = case.settings.power, case.technologies
    if rules.cover_share <= 0:
        return math.inf
    own = sum(
        kinds[g].firm_credit_share * contractable_mw(case, z, g, p)
        for z, g, p in model.power.contracted_mw
        if (z, p) == (zone, period)
    ) + sum(
        kinds[g].firm_credit_share * variable.ub
        for (z, g, p), variable in model.power.plant_mw.items()
        if (z, p) == (zone, period) and kinds[g].low_carbon and kinds[g].dispatchable
    )
    brought = rules.cover_import_share * sum(
        (1 - row.loss_share) * (row.forward_mw if row.to_zone == zone else row.backward_mw)
        for row in case.lines.values()
        if zone in (row.from_zone, row.to_zone)
    )
    return float(own + brought) / rules.cover_share
