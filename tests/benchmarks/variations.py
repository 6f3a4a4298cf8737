"""The reference case made smaller or larger along one axis at a time: days, sites, zones, periods."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from models.case import Case, Climate, Day, Period, Site
from models.settings import Gaps
from optimizer.case.read import read_case
from optimizer.case.settings import load_settings
from optimizer.prepare.latency import round_trips

EUROPE = Path(__file__).parents[2] / "inputs" / "europe"
HOURS_PER_YEAR = 8760
COPY = "-COPY"
"""What the code of a copy of a site or zone has behind it, with its number."""
Value = TypeVar("Value")


def europe(**sections: Mapping[str, object]) -> Case:
    """Return the reference case with some keys of its scenario set, as `--set` does."""
    return read_case(EUROPE, load_settings(EUROPE, "base", sections))


def with_section(case: Case, section: str, **keys: object) -> Case:
    """Return the case with other keys in a section of its scenario."""
    changed = getattr(case.settings, section).model_copy(update=keys)
    return replace(case, settings=case.settings.model_copy(update={section: changed}))


def with_gap(case: Case, gap: float | Mapping[str, float], seconds: float, **keys: object) -> Case:
    """Return the case solved to a gap in every objective, or each to its own, in so long; other keys of `solve`."""
    gaps = {"gaps": Gaps(**gap)} if isinstance(gap, Mapping) else {"gap_share": gap, "gaps": Gaps()}
    return with_section(case, "solve", **gaps, time_limit_seconds=seconds, **keys)


def with_days(case: Case, number: int, hours: int = 24) -> Case:
    """Return the case on days of so many hours, evenly spread over the record and of equal weight."""
    step = HOURS_PER_YEAR // hours / number
    weight = HOURS_PER_YEAR / hours / number
    days = tuple(Day(f"d{day + 1:03d}", int(day * step) * hours, weight) for day in range(number))
    return replace(with_section(case, "time", hours_per_day=hours, representative_days=number), days=days)


def with_periods(case: Case, number: int) -> Case:
    """Return the case with its first periods; a fourth one repeats what the last one demands and gives."""
    *_, last = case.periods.values()
    periods = dict([*case.periods.items()][:number])
    for copy in range(1, number - len(case.periods) + 1):
        name, start = f"{last.period}{COPY}{copy}", last.first_year + copy * int(last.length_years)
        periods[name] = last.model_copy(update={"period": name, "first_year": start})
    return _with_periods(case, periods)


def with_last_period(case: Case) -> Case:
    """Return the case with its last period alone."""
    return _with_periods(case, dict([*case.periods.items()][-1:]))


def _with_periods(case: Case, periods: Mapping[str, Period]) -> Case:
    """Return the case with some of its periods, or copies of them."""

    def by_period(rows: Mapping[Any, Any], place: int) -> dict[Any, Any]:
        """Return rows for these periods; `place` is that of the period in their keys."""
        return dict(
            sorted(
                ((*key[:place], period, *key[place + 1 :]), row.model_copy(update={"period": period}))
                for key, row in rows.items()
                for period in periods
                if period.split(COPY)[0] == key[place]
            )
        )

    return replace(
        case,
        periods=periods,
        demand=by_period(case.demand, 2),
        chip_supply=by_period(case.chip_supply, 1),
        tranches=by_period(case.tranches, 1),
    )


def with_zones(case: Case, number: int) -> Case:
    """Return the case with the zones of the largest load, and copies of them (without sites) where there are too few.

    A copy has the load, fleets and lines of its original, and a line to it.
    """
    order = sorted(case.zones, key=lambda zone: (-float(case.hourly["load"][zone].sum()), zone))
    kept = set(order[:number])
    copied = {f"{zone}{COPY}": zone for zone in order[: max(0, number - len(order))]}

    def of_zone(rows: Mapping[Any, Any]) -> dict[Any, Any]:
        """Return rows keyed by zone alone or by zone and more, with those of the copies."""

        def zone_of(key: Any) -> str:
            return str(key[0] if isinstance(key, tuple) else key)

        found = {key: row for key, row in rows.items() if zone_of(key) in kept}
        for copy, zone in copied.items():
            for key, row in rows.items():
                if zone_of(key) == zone:
                    found[(copy, *key[1:]) if isinstance(key, tuple) else copy] = row.model_copy(update={"zone": copy})
        return dict(sorted(found.items()))

    lines = {name: row for name, row in case.lines.items() if {row.from_zone, row.to_zone} <= kept}
    for copy, zone in copied.items():
        for name, row in list(lines.items()):
            if zone in (row.from_zone, row.to_zone):
                ends = {end: copy for end in ("from_zone", "to_zone") if getattr(row, end) == zone}
                lines[f"{name}{COPY}"] = row.model_copy(update={"line": f"{name}{COPY}", **ends})
    sites = {name: row for name, row in case.sites.items() if row.zone in kept}
    substations = {name: row for name, row in case.substations.items() if row.zone in kept}
    hourly = {table: dict(columns) for table, columns in case.hourly.items()}
    for table in ("load", "carbon"):
        hourly[table] = {zone: hourly[table][zone] for zone in sorted(kept)}
        hourly[table] |= {copy: hourly[table][zone] for copy, zone in copied.items()}
    available = hourly["availability"]
    hourly["availability"] = {name: values for name, values in available.items() if name.split(".")[0] in kept} | {
        f"{copy}.{name.split('.')[1]}": values
        for copy, zone in copied.items()
        for name, values in available.items()
        if name.split(".")[0] == zone
    }
    return _with_sites(
        replace(
            case,
            zones=of_zone(case.zones),
            price_basis=of_zone(case.price_basis),
            fleets=of_zone(case.fleets),
            reservoirs=of_zone(case.reservoirs),
            potentials=of_zone(case.potentials),
            lines=dict(sorted(lines.items())),
            substations=substations,
            headrooms={key: row for key, row in case.headrooms.items() if key[0] in substations},
            reinforcements={key: row for key, row in case.reinforcements.items() if key[0] in substations},
            hourly=hourly,
        ),
        {name: (name, row) for name, row in sites.items()},
    )


def with_sites(case: Case, number: int, seed: int = 0) -> Case:
    """Return the case with so many sites: evenly picked ones of its own, or all and copies of them moved a little."""
    names = list(case.sites)
    if number <= len(names):
        picked = [names[place] for place in np.linspace(0, len(names) - 1, number).round().astype(int)]
        return _with_sites(case, {name: (name, case.sites[name]) for name in picked})
    chance = np.random.default_rng(seed)
    sites = {name: (name, row) for name, row in case.sites.items()}
    candidates = [name for name, row in case.sites.items() if row.status == "candidate"]
    for place in range(number - len(names)):
        original = candidates[place % len(candidates)]
        code = f"{original}{COPY}{place // len(candidates)}"
        row = case.sites[original]
        north, east, size = chance.uniform(-0.5, 0.5), chance.uniform(-0.5, 0.5), chance.uniform(0.8, 1.2)
        changes = {
            "site": code,
            "latitude": row.latitude + north,
            "longitude": row.longitude + east,
            "land_mw": row.land_mw * size,
            "opening_meur": row.opening_meur * size,
        }
        sites[code] = original, row.model_copy(update=changes)
    return _with_sites(case, dict(sorted(sites.items())))


def _with_sites(case: Case, sites: Mapping[str, tuple[str, Site]]) -> Case:
    """Return the case with other sites, each named with the one whose climate and transfers it takes over."""
    rows = {name: row for name, (_, row) in sites.items()}

    def taken_over(values: Mapping[tuple[str, str], Value]) -> dict[tuple[str, str], Value]:
        return {
            (name, cooling): values[original, cooling]
            for name, (original, _) in sites.items()
            for cooling in case.cooling
        }

    climate: dict[str, Any] = {name: taken_over(values) for name, values in vars(case.climate).items()}
    latency = {key: row for key, row in case.latency.items() if key[0] in rows}
    return replace(
        case,
        sites=rows,
        climate=Climate(**climate),
        latency=latency,
        transfers={key: row for key, row in case.transfers.items() if key[0] in rows},
        round_trip_ms=round_trips(rows, case.regions, latency, case.settings.service.route_factor),
    )


def with_scarce_power(case: Case, times: int) -> Case:
    """Return the case with so many times the demand, money, chips, land and connections, and the fleets as they are.

    The plan then draws gigawatts, which the dearest plants of the day must serve: data centres move the prices.
    """

    def grown(rows: Mapping[Any, Any], *columns: str) -> dict[Any, Any]:
        return {
            key: row.model_copy(update={column: getattr(row, column) * times for column in columns})
            for key, row in rows.items()
        }

    return replace(
        case,
        demand=grown(case.demand, "demand_kh100e"),
        chip_supply=grown(case.chip_supply, "limit_kchips"),
        tranches=grown(case.tranches, "amount_meur"),
        headrooms=grown(case.headrooms, "headroom_mw"),
        reinforcements=grown(case.reinforcements, "adds_mw", "capex_meur"),
        basins=grown(case.basins, "available_mm3"),
        sites={
            name: row.model_copy(update={"land_mw": row.land_mw * times}) if row.status == "candidate" else row
            for name, row in case.sites.items()
        },
    )


def with_many_sites(case: Case, number: int) -> Case:
    """Return the case with at least so many sites, in as many member states."""
    return with_section(case, "siting", sites_min=number, member_states_min=number)


AXES: Mapping[str, Callable[[Case, int], Case]] = {
    "many": with_many_sites,
    "periods": with_periods,
    "days": with_days,
    "zones": with_zones,
    "sites": with_sites,
    "scarce": with_scarce_power,
}
"""Axis -> what changes it, in the order in which they are taken: a number of sites is one of the zones there are."""


def varied(sizes: Iterable[tuple[str, int]], case: Case | None = None) -> Case:
    """Return the reference case, or another, with a size along each of some axes.

    Other sites or zones reach other regions and have other neighbours: then no region must be served, only may, and
    load that cannot be served is lost at its price. The plan is not replayed on all days of the record: a solver that
    it is compared with does not do that either.
    """
    asked, found = dict(sizes), with_section(case or europe(), "time", replay=False)
    if asked.keys() & {"sites", "zones"}:
        workloads = {name: row.model_copy(update={"coverage_share": 0.0}) for name, row in found.workloads.items()}
        found = with_section(replace(found, workloads=workloads), "power", shed_share=1.0)
    for axis in AXES:
        if axis in asked:
            found = AXES[axis](found, asked[axis])
    return found
