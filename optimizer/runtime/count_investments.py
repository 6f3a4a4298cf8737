"""Rows, columns and coefficients of the investments, counted aspect by aspect from which variables there are."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from models.case import Case
from models.timeline import first_year, last_period
from models.upper_bounds import committed_kh100e, committed_mw, compute_within_reach
from optimizer.runtime.count import Count, columns_of, rows_of
from optimizer.runtime.index import Index

NO_PUE_LIMIT = 10.0


def count_investments(case: Case, index: Index) -> Count:
    """Return the size of the investments, but for the groups of sites that exclude each other, which are few."""
    total = Count(columns=1 + len(case.periods))  # what is fixed at nothing, and the running cost of each period
    for aspect in (_siting, _sizing, _compute, _demand, _cooling, _grid, _power, _money):
        for family in aspect(case, index):
            total += family
    return total


def _siting(case: Case, index: Index) -> Iterator[Count]:
    rules, final = case.settings.siting, last_period(case)
    openable = {site: number for (site, period), number in index.opened.items() if period == final and number}
    states, news = Counter[str](), Counter[str]()
    for site, number in openable.items():
        row = case.sites[site]
        states[row.country] += number
        news[row.country] += number if row.status == "candidate" else 0
    yield Count(columns=sum(openable.values()))
    yield rows_of([*openable.values(), *states.values()]) + rows_of([sum(news.values()) + 1] * 2)
    if rules.member_states_min:
        members = [number for state, number in news.items() if number and case.countries[state].eu_member]
        yield columns_of(members) + rows_of(1 + number for number in members) + rows_of([len(members) + 1])


def _sizing(case: Case, index: Index) -> Iterator[Count]:
    yield columns_of(index.standing)
    for at, halls in index.halls.items():
        opened = index.opened.get(at, 0)
        yield rows_of([halls + opened] * 2)
        row = case.sites[at[0]]
        if opened and row.minimum_mw and row.status == "candidate":
            yield rows_of([halls + opened])
        if row.minimum_mw > committed_mw(case, *at):
            yield rows_of([index.coolings[at] + opened])
    yield rows_of(1 for at in _openings(case, index) if at not in index.halls)


def _openings(case: Case, index: Index) -> list[tuple[str, str]]:
    """Return (candidate, period) in which it may open."""
    return [
        (site, period)
        for site, period in index.opened
        if case.sites[site].status == "candidate"
        and first_year(case, period) >= max(case.sites[site].permit_year, case.sites[site].connection_year)
    ]


def _compute(case: Case, index: Index) -> Iterator[Count]:
    yield Count(columns=sum(index.bought.values())) + columns_of(index.standing)
    yield rows_of(1 + index.alive[place] for place in index.standing)
    yield rows_of(index.alive[place] + number for place, number in index.standing.items())
    delivered = Counter[tuple[str, str, str]]()
    for (site, chip, period), number in index.bought.items():
        for tier in ("any", case.countries[case.sites[site].country].export_tier):
            delivered[chip, tier, period] += number
    yield rows_of(1 + delivered[row] for row in case.chip_supply)
    if case.settings.siting.gigafactories_min:
        final = last_period(case)
        candidates = [site for site, row in case.sites.items() if row.status == "candidate"]
        chips = [number for site in candidates if (number := index.alive_at(case, site, final))]
        yield columns_of(chips) + rows_of(1 + number for number in chips) + rows_of([len(chips) + 1])


def _demand(case: Case, index: Index) -> Iterator[Count]:
    asked = {key: row.demand_kh100e for key, row in case.demand.items() if row.demand_kh100e > 0}
    regions, sites = list(case.regions), list(case.sites)
    away = np.array([[case.round_trip_ms[site, region] for site in sites] for region in regions]).reshape(
        len(regions), len(sites)
    )
    position = {region: place for place, region in enumerate(regions)}
    most = {p: np.array([compute_within_reach(case, site, p) for site in sites]) for p in case.periods}
    opened = {p: np.array([index.opened[site, p] for site in sites]) for p in case.periods}
    candidate = np.array([case.sites[site].status == "candidate" for site in sites])
    own = {p: np.array([committed_kh100e(case, site, p) for site in sites]) for p in case.periods}
    carried = {(region, workload) for _, region, workload in case.transfers}
    serving = {p: np.zeros(len(sites), dtype=int) for p in case.periods}
    for (region, workload, period), wanted in asked.items():
        near = (away[position[region]] <= case.workloads[workload].latency_ms) & (most[period] > 0)
        serving[period] += near
        pairs = int(near.sum())
        strong = near & candidate & (wanted < most[period]) & ((region, workload) in carried)
        yield Count(columns=pairs, rows=int(strong.sum()), nonzeros=int((1 + opened[period])[strong].sum()))
        covered = case.workloads[workload].coverage_share * wanted
        yield rows_of([pairs] * bool(pairs) + [pairs + 1] * (covered > 0))
        if covered > own[period][near].sum() * (1 + 1e-9):
            yield rows_of([1 + int(opened[period][near].sum())])
    for period, served in serving.items():
        computing = [index.alive_at(case, site, period) for site in sites]
        yield rows_of(int(number) + here for number, here in zip(served, computing, strict=True) if number)


def _cooling(case: Case, index: Index) -> Iterator[Count]:
    drawing = Counter[tuple[str, str]]()
    for site, cooling, period in index.standing:
        drawing[case.sites[site].basin, period] += case.climate.wue_annual_l_per_kwh[site, cooling] > 0
    yield rows_of(1 + drawing[basin, period] for basin in case.basins for period in case.periods)
    for (site, period), halls in index.halls.items():
        law = case.countries[case.sites[site].country]
        if law.pue_limit < NO_PUE_LIMIT:
            yield rows_of([halls + 1])
        if case.sites[site].heat_sink_mw > 0 or law.reuse_share > 0:
            servers = index.coolings[site, period]
            built = sum((site, past) in index.halls for past in index.until[period])
            yield Count(columns=2) + rows_of([1 + servers, 1 + built] + [1 + servers] * (law.reuse_share > 0))


def _grid(case: Case, index: Index) -> Iterator[Count]:
    lines = {at: sum((at[0], past) in index.halls for past in index.until[at[1]]) for at in index.halls}
    yield columns_of(lines) + rows_of(index.halls[at] + number for at, number in lines.items())
    queue = Counter[tuple[str, str]]()
    for (site, period), number in lines.items():
        queue[case.sites[site].substation, period] += number
    used = {case.sites[site].substation for site, _ in lines}
    years = {period: first_year(case, period) for period in case.periods}
    for (substation, step), row in case.reinforcements.items():
        decided = [p for p in case.periods if years[p] + row.lead_years <= max(years.values())]
        if substation not in used or not decided:
            continue
        yield columns_of(decided) + rows_of([len(decided)])
        if step > 1:
            yield rows_of(2 * len({*index.until[period]} & {*decided}) for period in decided)
        for period in case.periods:
            if (substation, period) in queue:
                queue[substation, period] += sum(years[past] + row.lead_years <= years[period] for past in decided)
    yield rows_of(queue.values())


def _power(case: Case, index: Index) -> Iterator[Count]:
    kinds, carried = case.technologies, case.settings.power.cover_import_share > 0
    ends = Counter(zone for row in case.lines.values() for zone in (row.from_zone, row.to_zone) if carried)
    yield columns_of(index.contracts, index.plants, index.plants) + rows_of(
        1 + built for built in index.plants.values()
    )
    yield Count(columns=len(case.lines) * len(case.periods) * 2 * carried)
    cover, yields, stores = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    peak, energy = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for (site, period), halls in index.halls.items():
        peak[case.sites[site].zone, period] += halls
        energy[case.sites[site].zone, period] += index.coolings[site, period]
    for zone, technology, period in index.contracts:
        cover[zone, period] += kinds[technology].firm_credit_share > 0
    for zone, technology, period in index.plants:
        kind = kinds[technology]
        (stores if kind.kind == "storage" else yields)[zone, period] += 1
        cover[zone, period] += kind.low_carbon and kind.dispatchable and kind.firm_credit_share > 0
    yield rows_of(number + energy[at] + 1 for at, number in yields.items())
    yield rows_of(number + peak[at] + 1 for at, number in stores.items())
    every = [(zone, period) for zone in case.zones for period in case.periods]
    yield rows_of(ends[zone] + cover[zone, period] for zone, period in every if ends[zone])
    yield rows_of(2 * ends[zone] + cover[zone, period] + peak[zone, period] + 1 for zone, period in every)
    reservoirs, days = len(case.reservoirs) * len(case.periods), len(case.days)
    yield Count(rows=reservoirs, columns=reservoirs * days, nonzeros=reservoirs * days)


def _money(case: Case, index: Index) -> Iterator[Count]:
    """Yield the rows of the aspects `carbon` and `budget`."""
    days, funds = len(case.days), len(case.funds)
    public = sum(row.kind == "public" for row in case.funds.values())
    places = {*_openings(case, index)} | {*index.halls}
    for period in case.periods:
        here = [site for site, when in places if when == period]
        terms = [_site_terms(case, index, site, period) for site in here]
        built = sum(p == period for _, _, p in index.plants)
        yield Count(rows=2, columns=days, nonzeros=2 * days + sum(index.coolings[site, period] for site in here))
        yield Count(columns=funds) + rows_of([funds + sum(terms) + built])
        yield rows_of([len(index.until[period])] * funds + [1 + len(here)] * public)
        yield Count(columns=public * len(here)) + rows_of((1 + number) for number in terms * public)


def _site_terms(case: Case, index: Index, site: str, period: str) -> int:
    """Return how many variables the capital of a site in a period depends on."""
    row = case.sites[site]
    warm = row.heat_sink_mw > 0 or case.countries[row.country].reuse_share > 0
    halls = index.coolings[site, period]
    return 1 + halls + index.fitted[site, period] + (1 + warm) * bool(halls)
