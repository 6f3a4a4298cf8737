"""The days of the dispatch: what every day shares (its layout), and the numbers that change from day to day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from models.calendar import MONTHS
from models.case import Array, Case, Day
from models.clean_share import matching_share, unclean_share
from models.cycles import independent_cycles
from models.firming import Firming, firming_of
from models.inflows import least_output_mw, seasonal_reservoirs
from models.once_per_case import once_per_case
from models.timeline import is_summer, mean_growth
from models.upper_bounds import (
    availability_varies,
    buildable_mw,
    carrying_stores,
    committed_mw,
    contractable_mw,
    fleet_mw,
    interruptible_sites,
    largest_unit_mw,
    most_halls,
    must_run_mw,
    transfer_mw,
    usable_transfer_on,
    usable_transfer_share,
)

Pair = tuple[str, str]
Sending = tuple[str, str, str]


@dataclass(frozen=True)
class DayLayout:
    """The index sets that all days of all periods share, so that one template serves them all."""

    hours: tuple[int, ...]
    zones: tuple[str, ...]
    hosts: tuple[str, ...]
    """Zones where new servers could stand."""
    places: Mapping[str, tuple[Pair, ...]]
    """Zone -> (site, cooling) where new servers could stand."""
    generators: tuple[Pair, ...]
    """(zone, technology) that generate, reservoirs among them."""
    stores: tuple[Pair, ...]
    """(zone, technology) that store."""
    carrying: frozenset[Pair]
    """Stores that carry energy from day to day."""
    reservoirs: tuple[Pair, ...]
    """(zone, technology) with a yearly energy."""
    clustered: tuple[Pair, ...]
    """(zone, technology) that generate and are brought online: those with a minimum load or a cost of starting."""
    ramping: tuple[Pair, ...]
    """Those of them whose output above the minimum cannot change at will from one hour to the next."""
    must_run: tuple[Pair, ...]
    """(zone, technology) part of which runs whatever the price."""
    spilling: tuple[str, ...]
    """Zones of these and of those that run whenever they can, where there may be more power than anybody takes."""
    running: tuple[Pair, ...]
    """(zone, technology) of new low-carbon plant that runs whenever it can."""
    flowing: tuple[Pair, ...]
    """Reservoirs that must give something in every hour."""
    apart: frozenset[Pair]
    """Those that store whose energy is chosen apart from their power where new ones are built."""
    growing: frozenset[Pair]
    """(zone, technology) where new plant could be built."""
    matching: frozenset[Pair]
    """(zone, technology) of low-carbon generation that could be contracted or built."""
    generators_of: Mapping[str, tuple[str, ...]]
    stores_of: Mapping[str, tuple[str, ...]]
    matching_of: Mapping[str, tuple[str, ...]]
    lines: tuple[str, ...]
    limited_lines: tuple[str, ...]
    """Lines whose capacity is not the same on all days: not yet in service when the first period begins, or seasonal."""
    lines_to: Mapping[str, tuple[str, ...]]
    lines_from: Mapping[str, tuple[str, ...]]
    firming: tuple[Firming, ...]
    """(zone, store, plant) whose day a store may make even for matching."""
    sending: Mapping[Sending, Pair]
    """(line, way, technology) over which a plant may match at the line's other end -> zones where it stands and matches."""
    scored: Mapping[str, tuple[str, ...]]
    """Zone, or the plan, whose matching is scored -> its zones; none where no target is set."""
    strict: tuple[str, ...]
    """Zones in which every hour is matched to the target."""
    capped: tuple[str, ...]
    """Zones whose emissions have a cap of their own."""
    capped_sites: Mapping[str, tuple[Pair, ...]]
    """Site whose emissions have one -> (site, cooling) where its servers could stand."""
    cycles: Mapping[str, Mapping[str, float]]
    """Line that closes a cycle -> line -> its reactance in the cycle (`models/cycles.py`)."""
    interruptible: Mapping[str, tuple[Pair, ...]]
    """Site whose connection may be interrupted -> (site, cooling) where its servers could stand."""
    on_site: Mapping[str, bool]
    """The same sites -> whether units could stand on them."""
    flexible: tuple[str, ...]
    """Zones where work could wait."""
    windows: tuple[tuple[int, ...], ...]
    """Hours within which it is done: those of every 24."""


@dataclass(frozen=True)
class DayParameters:
    """Every number that changes with the day or the period, by the index of the template."""

    load_mw: Mapping[Any, Any]
    """(zone, hour): existing load, grown to the period, and the draw of committed sites."""
    existing_mw: Mapping[Any, Any]
    """(zone, technology, hour): existing capacity that can produce."""
    availability: Mapping[Any, Any]
    """(zone, technology, hour): share of new plant that can produce, where plant could be built."""
    matching: Mapping[Any, Any]
    """(zone, technology, hour): share of contracted or built plant that can be matched; a reservoir's is that of its year or day."""
    least_mw: Mapping[Any, Any]
    """(zone, technology) that must give something: the least output in every hour."""
    fleet_mw: Mapping[Any, Any]
    """(zone, technology): existing storage."""
    must_run_mw: Mapping[Any, Any]
    """(zone, technology, hour): output that is made whatever the price."""
    forward_limit_mw: Mapping[Any, Any]
    """(limited line): usable transfer capacity from its first to its second zone."""
    backward_limit_mw: Mapping[Any, Any]
    """(limited line): usable transfer capacity the other way."""
    draw: Mapping[Any, Any]
    """(site, cooling, hour): PUE x utilisation."""
    intensity_t_per_mwh: Mapping[Any, Any]
    """(zone, hour): carbon intensity of consumption."""
    unclean_share: Mapping[Any, Any]
    """(zone, hour): share of unmatched draw that is not clean, where matching is scored."""
    firming: Mapping[Any, Any]
    """(zone, store, plant, hour): what a MW of a store adds to the output of a MW of a plant that it makes even."""
    uninterrupted: Mapping[Any, Any]
    """(site, hour): share of an interruptible connection that is there."""
    shed_mwh: Mapping[Any, Any]
    """(): most load not served in the day."""
    days_per_year_e6: Mapping[Any, Any]
    """(): days of a year that this day stands for, in millions (EUR to MEUR)."""


@once_per_case
def day_layout(case: Case) -> DayLayout:
    """Return the layout that all days share."""
    pairs = case.supplies
    stores = tuple(pair for pair in pairs if case.technologies[pair[1]].kind == "storage")
    generators = tuple(pair for pair in pairs if pair not in stores)
    growing = frozenset(pair for pair in pairs if any(buildable_mw(case, *pair, period) for period in case.periods))

    def may_hold(zone: str, technology: str) -> bool:
        pair = (zone, technology)
        return pair in growing or any(contractable_mw(case, *pair, period) for period in case.periods)

    matching = frozenset(pair for pair in generators if case.technologies[pair[1]].low_carbon and may_hold(*pair))
    rules = case.settings.matching
    starts = min(row.first_year for row in case.periods.values())
    kinds = {pair: case.technologies[pair[1]] for pair in generators}
    clustered = tuple(pair for pair, kind in kinds.items() if kind.minimum_load_share or kind.start_eur_per_mw)
    must_run = tuple(pair for pair in generators if any(must_run_mw(case, *pair, period) for period in case.periods))
    seasonal = usable_transfer_share(case, summer=True) != usable_transfer_share(case, summer=False)
    places: dict[str, list[Pair]] = {}
    for site, row in case.sites.items():
        for cooling in case.cooling:
            if any(most_halls(case, site, cooling, period) for period in case.periods):
                places.setdefault(row.zone, []).append((site, cooling))

    hosts = tuple(zone for zone in case.zones if zone in places)
    hours = tuple(range(case.settings.time.hours_per_day))

    def of_zone(chosen: Any) -> dict[str, tuple[str, ...]]:
        return {zone: tuple(g for z, g in sorted(chosen) if z == zone) for zone in case.zones}

    target = rules.target_share > 0
    running = tuple(
        pair
        for pair in generators
        if rules.new_plant_runs and pair in matching & growing and pair[0] in hosts and pair not in case.reservoirs
    )
    variable = [pair for pair in sorted(matching) if availability_varies(case, *pair)]
    return DayLayout(
        hours=hours,
        zones=tuple(case.zones),
        hosts=hosts,
        places={zone: tuple(pairs) for zone, pairs in places.items()},
        generators=generators,
        stores=stores,
        carrying=frozenset(carrying_stores(case)),
        reservoirs=tuple(pair for pair in generators if pair in case.reservoirs),
        clustered=clustered,
        ramping=tuple(
            pair for pair in clustered if kinds[pair].ramp_share_per_hour < 1 - kinds[pair].minimum_load_share
        ),
        must_run=must_run,
        spilling=tuple(zone for zone in case.zones if any(zone == place for place, _ in (*must_run, *running))),
        running=running,
        flowing=tuple(
            pair
            for pair in seasonal_reservoirs(case)
            if pair in generators and any(case.inflows[*pair, month].least_mw for month in MONTHS)
        ),
        apart=frozenset(pair for pair in growing if case.technologies[pair[1]].duration_max_hours),
        growing=growing,
        matching=matching,
        generators_of=of_zone(generators),
        stores_of=of_zone(stores),
        matching_of=of_zone(matching),
        lines=tuple(case.lines),
        limited_lines=tuple(line for line, row in case.lines.items() if seasonal or row.first_year > starts),
        lines_to={zone: tuple(n for n, row in case.lines.items() if row.to_zone == zone) for zone in case.zones},
        lines_from={zone: tuple(n for n, row in case.lines.items() if row.from_zone == zone) for zone in case.zones},
        firming=tuple(
            (zone, store, plant)
            for zone, store in sorted(stores)
            if rules.storage and zone in hosts and may_hold(zone, store)
            for place, plant in variable
            if place == zone and (zone, plant) not in case.reservoirs
        ),
        sending={
            (line, way, technology): (origin, place)
            for line, row in case.lines.items()
            for way, origin, place in (
                ("forward", row.from_zone, row.to_zone),
                ("backward", row.to_zone, row.from_zone),
            )
            if rules.import_share and place in hosts
            for zone, technology in sorted(matching)
            if zone == origin
        },
        scored=({"plan": hosts} if rules.score_by == "plan" else {zone: (zone,) for zone in hosts}) if target else {},
        strict=hosts if target and rules.strict else (),
        capped=hosts if case.settings.carbon.cap_by == "zone" else (),
        capped_sites={
            site: tuple(place for place in places[case.sites[site].zone] if place[0] == site)
            for site in dict.fromkeys(site for zone in hosts for site, _ in places[zone])
            if case.settings.carbon.cap_by == "site"
        },
        cycles=independent_cycles(case.lines),
        interruptible={
            site: tuple(place for place in places[case.sites[site].zone] if place[0] == site)
            for site in interruptible_sites(case)
        },
        on_site={site: largest_unit_mw(case, site) > 0 for site in interruptible_sites(case)},
        flexible=hosts if case.settings.service.flexible_share else (),
        windows=tuple(hours[start : start + 24] for start in hours[::24]),
    )


def number_keys(case: Case, layout: DayLayout) -> dict[str, list[Any]]:
    """Return, for each field of `DayParameters`, its keys in a fixed order."""
    hours = layout.hours
    return {
        "load_mw": [(zone, hour) for zone in layout.zones for hour in hours],
        "existing_mw": [(*pair, hour) for pair in layout.generators for hour in hours],
        "availability": [(*pair, hour) for pair in layout.generators if pair in layout.growing for hour in hours],
        "matching": [(*pair, hour) for pair in layout.generators if pair in layout.matching for hour in hours],
        "least_mw": list(layout.flowing),
        "fleet_mw": list(layout.stores),
        "must_run_mw": [(*pair, hour) for pair in layout.must_run for hour in hours],
        "forward_limit_mw": list(layout.limited_lines),
        "backward_limit_mw": list(layout.limited_lines),
        "draw": [(*place, hour) for zone in layout.hosts for place in layout.places[zone] for hour in hours],
        "intensity_t_per_mwh": [(zone, hour) for zone in layout.hosts for hour in hours],
        "unclean_share": [(zone, hour) for zones in layout.scored.values() for zone in zones for hour in hours],
        "firming": [(*each, hour) for each in layout.firming for hour in hours],
        "uninterrupted": [(site, hour) for site in layout.interruptible for hour in hours],
        "shed_mwh": [()],
        "days_per_year_e6": [()],
    }


def period_values(case: Case, layout: DayLayout, period: str, days: Sequence[Day]) -> dict[str, Array]:
    """Return, for each field of `DayParameters`, its values for days of one period, shape (days, keys of `number_keys`)."""
    when = np.array([day.first_hour for day in days], dtype=np.int64)[:, None] + np.arange(len(layout.hours))
    used = case.settings.halls.utilisation_share
    full = np.ones(when.shape)

    def available(zone: str, technology: str) -> Array:
        column = case.hourly["availability"].get(f"{zone}.{technology}")
        return full if column is None else column[when]

    def least(pair: Pair) -> Array:
        able = (available(*pair) * fleet_mw(case, *pair, period)).min(axis=1)
        return np.array(np.minimum(least_output_mw(case, pair, days), able)[:, None])

    def joined(parts: Iterable[Array]) -> Array:
        return np.concatenate([np.zeros((len(days), 0)), *parts], axis=1)

    committed: dict[str, Array] = {zone: np.zeros(when.shape) for zone in layout.zones}
    for site, row in case.sites.items():
        servers = committed_mw(case, site, period)
        if servers:
            pue = case.climate.pue[site, row.committed_cooling][when]
            committed[row.zone] = committed[row.zone] + servers * used * pue
    load = [
        case.hourly["load"][zone][when] * mean_growth(case, period, case.zones[zone].load_growth_share)
        + committed[zone]
        for zone in layout.zones
    ]
    fleets = np.array([fleet_mw(case, *pair, period) for pair in layout.stores], dtype=float)
    transfers = np.array([transfer_mw(case, line, period) for line in layout.limited_lines], dtype=float).reshape(-1, 2)
    summer = [is_summer(case, day.first_hour) for day in days]
    usable = np.array([usable_transfer_on(case, day) for day in days])
    forced = np.where(summer, case.settings.power.must_run_summer_share, 1.0)[:, None]
    daily = sum(hours.sum(axis=1) for hours in load)
    return {
        "load_mw": joined(load),
        "existing_mw": joined(available(*pair) * fleet_mw(case, *pair, period) for pair in layout.generators),
        "availability": joined(available(*pair) for pair in layout.generators if pair in layout.growing),
        "matching": joined(
            matching_share(case, *pair, period)[when] for pair in layout.generators if pair in layout.matching
        ),
        "least_mw": joined(least(pair) for pair in layout.flowing),
        "fleet_mw": np.tile(fleets, (len(days), 1)),
        "must_run_mw": joined(forced * available(*pair) * must_run_mw(case, *pair, period) for pair in layout.must_run),
        "forward_limit_mw": np.outer(usable, transfers[:, 0]),
        "backward_limit_mw": np.outer(usable, transfers[:, 1]),
        "draw": joined(used * case.climate.pue[place][when] for zone in layout.hosts for place in layout.places[zone]),
        "intensity_t_per_mwh": joined(
            case.hourly["carbon"][zone][when] / 1000 * mean_growth(case, period, -case.zones[zone].carbon_decline_share)
            for zone in layout.hosts
        ),
        "unclean_share": joined(
            unclean_share(case, zone, period)[when] for zones in layout.scored.values() for zone in zones
        ),
        "firming": joined(firming_of(case, layout.firming, when).values()),
        "uninterrupted": joined(uninterrupted_share(case, site, period)[when] for site in layout.interruptible),
        "shed_mwh": case.settings.power.shed_share * np.reshape(daily, (len(days), 1)),
        "days_per_year_e6": np.array([[day.weight / 1e6] for day in days]),
    }


def uninterrupted_share(case: Case, site: str, period: str) -> Array:
    """Return the share of a site's interruptible connection that is there, shape (hours of the hourly tables,).

    Where the table `uninterrupted` does not say, none is in the hours of highest residual load of the site's zone.
    """
    here = case.sites[site]
    column = case.hourly["uninterrupted"].get(here.substation)
    if column is not None:
        return column
    load = case.hourly["load"][here.zone]
    residual = load * mean_growth(case, period, case.zones[here.zone].load_growth_share)
    for zone, technology in case.supplies:
        if zone == here.zone and availability_varies(case, zone, technology):
            share = case.hourly["availability"][f"{zone}.{technology}"]
            residual = residual - fleet_mw(case, zone, technology, period) * share
    away = round(case.settings.power.interrupted_hours * len(load) / 8760)
    there = np.ones(len(load))
    there[np.argsort(-residual, kind="stable")[:away]] = 0.0
    return there


def day_values(case: Case, layout: DayLayout, period: str, day: Day) -> dict[str, Array]:
    """Return, for each field of `DayParameters`, its values for one day of one period, in the order of `number_keys`."""
    return {field: values[0] for field, values in period_values(case, layout, period, (day,)).items()}


def numbers_from(keys: Mapping[str, list[Any]], values: Mapping[str, Any]) -> DayParameters:
    """Return the numbers of a day by their keys; the values may be floats or the placeholders of a template."""
    return DayParameters(
        **{
            field.name: dict(zip(keys[field.name], _plain(values[field.name]), strict=True))
            for field in fields(DayParameters)
        }
    )


def _plain(values: Any) -> Any:
    """Return an array as Python floats, which Pyomo takes faster; anything else as it is."""
    return values.tolist() if isinstance(values, np.ndarray) else values


def day_numbers(case: Case, layout: DayLayout, period: str, day: Day) -> DayParameters:
    """Return the numbers of one day of one period by their keys."""
    return numbers_from(number_keys(case, layout), day_values(case, layout, period, day))
