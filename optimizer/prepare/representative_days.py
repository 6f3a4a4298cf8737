"""Representative days: which days of the record stand for the year, and for how many days each."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from models.case import Array, Day, Fleet
from models.settings import Time
from optimizer.prepare.calendar_map import calendar_map
from optimizer.prepare.day_clusters import medoids, scaled
from optimizer.prepare.moment_matching import match_moments, mean_deviations, spread_deviations

HOURS_PER_YEAR = 8760
LARGE_ZONES = 8
"""The zones with the most load are also clustered one by one."""
RESIDUAL = "residual load"


def hours_left_out(hours: int, time: Time) -> int | None:
    """Return the hours of a record after its last whole day; None if it is not to be cut into such days.

    Days of 24 hours, or of less, must fill the record. Longer ones, weeks, may leave whole days of 24 over.
    """
    rest = hours % time.hours_per_day
    whole = rest == 0 or (hours % 24 == time.hours_per_day % 24 == 0 and hours > time.hours_per_day)
    return rest if whole else None


def whole_days(
    hourly: Mapping[str, Mapping[str, Array]], time: Time
) -> tuple[dict[str, dict[str, Array]], tuple[str, ...]]:
    """Return a record without the hours after its last whole day, and what was left out in words.

    The days that stay then stand for the 8,760 hours of a year.
    """
    hours = len(next(iter(hourly["load"].values())))
    hours_over = hours_left_out(hours, time)
    if not hours_over:
        return {name: dict(columns) for name, columns in hourly.items()}, ()
    cut = {name: {key: values[: hours - hours_over] for key, values in hourly[name].items()} for name in hourly}
    note = f"the last {hours_over} of {hours:,} hours are left out, days are {time.hours_per_day} hours long"
    return cut, (f"hourly tables: {note}",)


def choose_days(
    hourly: Mapping[str, Mapping[str, Array]], fleets: Mapping[tuple[str, str, int], Fleet], time: Time
) -> tuple[Day, ...]:
    """Choose the representative days of a record, real days of it, in order of the calendar.

    `hourly` holds `load` in MW by zone and, where there is one, `availability` as a share by `zone.technology` and
    `carbon` by zone, shape (hours,) each. Hours per day x the sum of the weights is 8,760. Raises ValueError if the
    record is not a whole number of days. Each knows the days of the record that it stands for (`calendar_map`).
    """
    hours = len(next(iter(hourly["load"].values())))
    length = time.hours_per_day
    if hours % length:
        raise ValueError(f"the hourly tables hold {hours:,} hours, which is no whole number of days of {length} hours")
    days_of_record = hours // length
    if time.representative_days >= days_of_record:
        days = dict.fromkeys(range(days_of_record), 1.0)
        places: dict[int, tuple[int, ...]] = {position: (position,) for position in days}
    else:
        series = {
            name: values.reshape(days_of_record, -1)
            for name, values in _series(hourly["load"], hourly.get("availability", {}), fleets, time).items()
        }
        days = _chosen_days(hourly, series, time)
        places = calendar_map(scaled(series), days)
    weights = [count * HOURS_PER_YEAR / hours for _, count in sorted(days.items())]
    weights[-1] = HOURS_PER_YEAR / length - sum(weights[:-1])
    return tuple(
        Day(f"d{number:03d}", position * length, weight, places[position])
        for number, (position, weight) in enumerate(zip(sorted(days), weights, strict=True), start=1)
    )


def _chosen_days(
    hourly: Mapping[str, Mapping[str, Array]], series: Mapping[str, Array], time: Time
) -> dict[int, float]:
    """Give the position of every chosen day and the days it stands for; series have the shape (days, hours)."""
    load, availability = hourly["load"], hourly.get("availability", {})
    days_of_record = len(series[RESIDUAL])
    hardest = [int(series[RESIDUAL].max(axis=1).argmax())] if time.extremes else []
    hardest += [int(series[f"{RESIDUAL} of {zone}"].sum(axis=1).argmax()) for zone in time.worst_zones]
    extremes = [*dict.fromkeys(hardest)][: time.representative_days - 1]
    candidates = np.setdiff1d(np.arange(days_of_record), extremes)
    sizes = medoids(
        {name: values[candidates] for name, values in series.items()}, time.representative_days - len(extremes)
    )
    medoid_days = {int(candidates[position]): float(count) for position, count in sizes.items()}
    if time.days_by == "clusters":
        return medoid_days | dict.fromkeys(extremes, 1.0)
    means = [mean_deviations(columns, days_of_record) for columns in (load, availability, hourly.get("carbon", {}))]
    spreads = [spread_deviations(series[name]) for name in sorted(series) if name.startswith(RESIDUAL)]
    return match_moments(np.hstack([*means, *spreads]), sorted(medoid_days), extremes)


def _series(
    load: Mapping[str, Array],
    availability: Mapping[str, Array],
    fleets: Mapping[tuple[str, str, int], Fleet],
    time: Time,
) -> dict[str, Array]:
    """Give what days are compared by, MW of shape (hours,): load, supply that depends on the hour, their difference."""
    hours = len(next(iter(load.values())))
    by_technology: dict[str, Array] = defaultdict(lambda: np.zeros(hours))
    by_zone: dict[str, Array] = defaultdict(lambda: np.zeros(hours))
    for (zone, technology), capacity_mw in sorted(_largest_mw(fleets).items()):
        share = availability.get(f"{zone}.{technology}")
        if share is not None and np.ptp(share) > 0.0:
            by_technology[technology] += capacity_mw * share
            by_zone[zone] += capacity_mw * share
    total = np.sum([load[zone] for zone in sorted(load)], axis=0)
    series = {"load": total, RESIDUAL: total - np.sum([*by_zone.values(), np.zeros(hours)], axis=0)}
    series |= {f"supply of {technology}": by_technology[technology] for technology in sorted(by_technology)}
    large = sorted(load, key=lambda zone: (-float(load[zone].sum()), zone))[:LARGE_ZONES]
    for zone in dict.fromkeys([*large, *time.worst_zones]):
        series[f"{RESIDUAL} of {zone}"] = load[zone] - by_zone[zone]
    return series


def _largest_mw(fleets: Mapping[tuple[str, str, int], Fleet]) -> dict[tuple[str, str], float]:
    """Give the largest capacity that each fleet ever has."""
    largest: dict[tuple[str, str], float] = defaultdict(float)
    for fleet in fleets.values():
        pair = fleet.zone, fleet.technology
        largest[pair] = max(largest[pair], fleet.capacity_mw)
    return largest
