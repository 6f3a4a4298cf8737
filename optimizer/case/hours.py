"""Representative days: which days of the record stand for the year, and for how many days each."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from models.case import Array, Day, Fleet
from models.scenario import Time

HOURS_PER_YEAR = 8760
LARGE_ZONES = 8
"""The zones with the most load are also clustered one by one."""
RESIDUAL = "residual load"
PLACES = 9
"""Decimal places by which distances are compared, so that the last bits of a sum choose no day."""


def choose_days(
    load: Mapping[str, Array],
    availability: Mapping[str, Array],
    fleets: Mapping[tuple[str, str, int], Fleet],
    time: Time,
) -> tuple[Day, ...]:
    """Choose the representative days of a record, real days of it, in order of the calendar.

    `load` is MW by zone, `availability` a share by `zone.technology`, shape (hours,) each. Hours per day x the sum of
    the weights is 8,760. Raises ValueError if the record is not a whole number of days.
    """
    hours = len(next(iter(load.values())))
    length = time.hours_per_day
    if hours % length:
        raise ValueError(f"the hourly tables hold {hours:,} hours, which is no whole number of days of {length} hours")
    every = hours // length
    if time.representative_days >= every:
        members = dict.fromkeys(range(every), 1)
    else:
        series = {name: values.reshape(every, length) for name, values in _series(load, availability, fleets).items()}
        members = _cluster(series, time.representative_days, time.extremes)
    weights = [count * HOURS_PER_YEAR / hours for _, count in sorted(members.items())]
    weights[-1] = HOURS_PER_YEAR / length - sum(weights[:-1])
    return tuple(
        Day(f"d{number:03d}", position * length, weight)
        for number, (position, weight) in enumerate(zip(sorted(members), weights, strict=True), start=1)
    )


def _series(
    load: Mapping[str, Array], availability: Mapping[str, Array], fleets: Mapping[tuple[str, str, int], Fleet]
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
    for zone in sorted(load, key=lambda zone: (-float(load[zone].sum()), zone))[:LARGE_ZONES]:
        series[f"{RESIDUAL} of {zone}"] = load[zone] - by_zone[zone]
    return series


def _largest_mw(fleets: Mapping[tuple[str, str, int], Fleet]) -> dict[tuple[str, str], float]:
    """Give the largest capacity that each fleet ever has."""
    largest: dict[tuple[str, str], float] = defaultdict(float)
    for fleet in fleets.values():
        pair = fleet.zone, fleet.technology
        largest[pair] = max(largest[pair], fleet.capacity_mw)
    return largest


def _cluster(series: Mapping[str, Array], wanted: int, extremes: bool) -> dict[int, int]:
    """Give the position of every chosen day and the days it stands for; arrays of shape (days, hours per day)."""
    every = len(series[RESIDUAL])
    kept = [int(series[RESIDUAL].max(axis=1).argmax())] if extremes and wanted > 1 else []
    others = np.setdiff1d(np.arange(every), kept)
    rest = {name: values[others] for name, values in series.items()}
    chosen = medoids(rest, wanted - len(kept)) if wanted - len(kept) > 1 else {_most_typical(rest): len(others)}
    return {int(others[position]): count for position, count in chosen.items()} | dict.fromkeys(kept, 1)


def _most_typical(series: Mapping[str, Array]) -> int:
    """Give the position of the day whose means are nearest, in MW, to the means of the whole record."""
    means = np.array([values.mean(axis=1) for values in series.values()])
    apart = means - means.mean(axis=1, keepdims=True)
    return int((apart**2).sum(axis=0).argmin())


def medoids(series: Mapping[str, Array], wanted: int) -> dict[int, int]:
    """Cluster the days by Ward's method; give the position and the size of each cluster's medoid.

    A day is a point: every hour of every series, each scaled to 0..1. The medoid is the day of a cluster that is
    nearest to all its others; of several as near, the first.
    """
    moving = [values for values in series.values() if np.ptp(values) > 0.0] or list(series.values())
    points = np.hstack([(values - values.min()) / (np.ptp(values) or 1.0) for values in moving])
    squares = np.array([((points - point) ** 2).sum(axis=1) for point in points])
    medoids = {}
    for members in _ward(squares, wanted):
        middle = np.round(np.sqrt(squares[np.ix_(members, members)]).sum(axis=0), PLACES).argmin()
        medoids[members[int(middle)]] = len(members)
    return medoids


def _ward(squares: Array, wanted: int) -> list[list[int]]:
    """Merge points, each time the two clusters whose union varies least more, until as many as wanted are left.

    Ward, Journal of the American Statistical Association 58 (1963) 236; the distances to a union follow from those to
    its parts (Lance & Williams, The Computer Journal 9 (1967) 373). Takes the squares of the distances between all
    points, shape (points, points); gives the positions in each cluster.
    """
    clusters = [[position] for position in range(len(squares))]
    sizes, apart = np.ones(len(squares)), np.round(squares, PLACES) + np.diag(np.full(len(squares), np.inf))
    for _ in range(len(squares) - wanted):
        one, other = sorted(int(place) for place in np.unravel_index(apart.argmin(), apart.shape))
        both = (sizes[one] + sizes) * apart[one] + (sizes[other] + sizes) * apart[other] - sizes * apart[one, other]
        apart[one] = apart[:, one] = np.round(both / (sizes[one] + sizes[other] + sizes), PLACES)
        apart[one, one] = apart[other] = apart[:, other] = np.inf
        sizes[one] += sizes[other]
        clusters[one] += clusters[other]
        clusters[other] = []
    return [sorted(members) for members in clusters if members]
