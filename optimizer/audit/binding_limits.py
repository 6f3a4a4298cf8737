"""Audit of the limits said to bind: each is the number that the inputs set, and the plan leaves nothing of it."""

import math
from collections.abc import Callable, Iterator, Mapping

from optimizer.audit.costs import AuditedPlan
from optimizer.audit.registry import Registry, Residual, at_most, equal, true

BOOK = Registry()

Limit = tuple[tuple[object, ...], float, float | None]
"""Index, limit, and what the plan comes to; None where the row holds only whole numbers, or more than the plan says."""

AT_LEAST = {
    "demand.region_gets_its_coverage",
    "demand.coverage_beyond_committed_compute_has_a_site_in_reach",
    "siting.number_of_sites_reaches_minimum",
    "siting.enough_member_states_host",
    "compute.enough_gigafactories_stand",
}
"""Rules that ask for more; one more unit of any other limit gives room."""


def _tranches(account: AuditedPlan) -> Iterator[Limit]:
    for row in account.plan.spending:
        past = account.until(row.period)
        spent = sum(each.spent_meur for each in account.plan.spending if each.fund == row.fund and each.period in past)
        yield (row.fund, row.period), account.released_meur(row.fund, row.period), spent


def _market(account: AuditedPlan) -> Iterator[Limit]:
    for index, row in account.case.chip_supply.items():
        yield index, row.limit_kchips, account.market_kchips(*index)


def _basins(account: AuditedPlan) -> Iterator[Limit]:
    for basin in account.case.basins:
        for period in account.periods:
            yield (basin, period), account.basin_limit_mm3(basin), account.basin_mm3(basin, period)


def _demand(account: AuditedPlan) -> Iterator[Limit]:
    for index, row in account.case.demand.items():
        yield index, row.demand_kh100e, account.region_served_kh100e.get(index, 0.0)


def _coverage(account: AuditedPlan) -> Iterator[Limit]:
    for index, row in account.case.demand.items():
        floor = account.case.workloads[row.workload].coverage_share * row.demand_kh100e
        yield index, floor, account.region_served_kh100e.get(index, 0.0)


def _sites_in_reach(account: AuditedPlan) -> Iterator[Limit]:
    return ((index, 1.0, None) for index in account.case.demand)


def _own_supply(account: AuditedPlan) -> Iterator[Limit]:
    for site, period in account.opens:
        drawn_mw = account.peak_mw(site, period) - account.connected_mw.get((site, period), 0.0)
        yield (site, period), account.case.sites[site].behind_meter_mw, drawn_mw


def _headrooms(account: AuditedPlan) -> Iterator[Limit]:
    for substation in account.case.substations:
        for period in account.periods:
            headroom_mw = account.headroom_mw(substation, period)
            stepped_mw = account.stepped_mw(substation, period) - headroom_mw
            yield (substation, period), headroom_mw, account.drawn_mw(substation, period) - stepped_mw


def _land(account: AuditedPlan) -> Iterator[Limit]:
    for site, period in account.opens:
        later = account.periods[account.periods.index(period) :]
        reach_mw = min(account.reach_mw(site, each) for each in later)
        land_mw = account.case.sites[site].land_mw
        pues = [account.case.climate.pue_design[site, cooling] for cooling in account.suited(site)]
        rooms = [math.floor(min(land_mw, reach_mw / pue) / account.hall_mw + 1e-9) for pue in pues]
        yield (site, period), max(rooms, default=0), None


def _reach(account: AuditedPlan) -> Iterator[Limit]:
    for site, period in account.opens:
        yield (site, period), account.reach_mw(site, period), None


def _once(account: AuditedPlan) -> Iterator[Limit]:
    return (((site,), 1.0, None) for site in account.case.sites)


def _steps(account: AuditedPlan) -> Iterator[Limit]:
    return ((step, 1.0, None) for step in account.case.reinforcements)


def _groups(account: AuditedPlan) -> Iterator[Limit]:
    """Every group of close sites has the limit 1; there are no more groups than pairs."""
    return (((group,), 1.0, None) for group in range(len(account.case.sites) ** 2))


def _countries(account: AuditedPlan) -> Iterator[Limit]:
    return (((country,), float(row.sites_max), None) for country, row in account.case.countries.items())


def _whole_plan(section: str, key: str, index: tuple[object, ...]) -> Callable[[AuditedPlan], Iterator[Limit]]:
    def limit(account: AuditedPlan) -> Iterator[Limit]:
        yield index, float(getattr(getattr(account.case.settings, section), key)), None

    return limit


def _yearly_cap(account: AuditedPlan) -> Iterator[Limit]:
    return (((period,), account.case.settings.carbon.cap_kt, None) for period in account.periods)


LIMITS: Mapping[str, Callable[[AuditedPlan], Iterator[Limit]]] = {
    "siting.opens_at_most_once": _once,
    "siting.number_of_sites_stays_within_maximum": _whole_plan("siting", "sites_max", ()),
    "siting.number_of_sites_reaches_minimum": _whole_plan("siting", "sites_min", ()),
    "siting.country_stays_within_maximum": _countries,
    "siting.enough_member_states_host": _whole_plan("siting", "member_states_min", (0,)),
    "siting.close_sites_exclude_each_other": _groups,
    "sizing.halls_fit_on_the_land_of_an_open_site": _land,
    "sizing.halls_draw_no_more_than_the_grid_could_bring": _reach,
    "demand.region_gets_no_more_than_it_asks": _demand,
    "demand.region_gets_its_coverage": _coverage,
    "demand.coverage_beyond_committed_compute_has_a_site_in_reach": _sites_in_reach,
    "compute.market_delivers_what_is_bought": _market,
    "compute.enough_gigafactories_stand": _whole_plan("siting", "gigafactories_min", (0,)),
    "cooling.withdrawal_stays_within_basin": _basins,
    "grid.peak_stays_within_connection": _own_supply,
    "grid.sites_share_the_substation_queue": _headrooms,
    "grid.step_is_taken_at_most_once": _steps,
    "carbon.emissions_per_year_stay_under_the_cap": _yearly_cap,
    "budget.spending_stays_within_the_tranches": _tranches,
}
"""Rule -> its limits, as the inputs set them."""


@BOOK.rule("tables.limits_are_those_of_the_inputs_and_bind")
def _(account: AuditedPlan) -> Iterator[Residual]:
    """Limit stated = limit of the inputs; the plan comes to it; one more unit of room never raises the cost."""
    known = {
        (rule, ",".join(map(str, index))): (limit, reached)
        for rule in {row.rule for row in account.plan.limits} & set(LIMITS)
        for index, limit, reached in LIMITS[rule](account)
    }
    for row in account.plan.limits:
        where = f"{row.rule}[{row.index}]"
        yield true(f"rule of {where}", (row.rule, row.index) in known)
        limit, reached = known.get((row.rule, row.index), (row.limit, None))
        yield equal(f"limit of {where}", row.limit, limit)
        if reached is not None:
            yield equal(f"binding of {where}", reached, limit)
        yield at_most(f"worth of {where}", 0.0, row.worth if row.rule in AT_LEAST else -row.worth)
