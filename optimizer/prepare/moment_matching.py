"""Days matched to the year: real days, and weights, that meet the year's means and spreads as closely as can be.

As Poncelet et al., IEEE Transactions on Power Systems 32 (2017) 1936, who choose days whose duration curves are the
year's; the days are found by exchanging one at a time, their weights by least squares.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import nnls

from models.case import Array

QUANTILES = np.linspace(0.05, 0.95, 10)
"""Quantiles of a series whose shares of hours above are met."""
SPREAD_WEIGHT = 0.5
"""What missing such a share by one costs, in units of missing a mean by all of it."""
EVENNESS_WEIGHT = 0.1
"""The same for weights that differ from their mean by all of it: of weights as good, the more even are taken."""
YEAR_WEIGHT = 1e3
"""The same for a year too long: high enough to keep it."""
TRIALS, EXCHANGES = 1200, 2_000_000
"""Of the days that could take one's place as many are tried as the first over the days wanted; of all exchanges, as
many as the second over their square."""
DECIMALS = 9
"""Decimal places by which misses are compared, so that the last bits of a sum choose no day."""
WEIGHT_DECIMALS = 2
"""Decimal places of the weights, in days."""


def mean_deviations(columns: Mapping[str, Array], every: int) -> Array:
    """Return by how much each day's mean departs from the record's as a share of it, shape (days, varying columns)."""
    moving = [columns[name].reshape(every, -1).mean(axis=1) for name in sorted(columns)]
    moving = [mean for mean in moving if np.ptp(mean) > 0.0]
    return np.array([mean / mean.mean() - 1.0 for mean in moving]).T.reshape(every, -1)


def spread_deviations(hours: Array) -> Array:
    """Return by how much each day's share of hours above each level departs from the record's, (days, levels)."""
    levels = np.quantile(hours, QUANTILES)
    above: Array = (hours[:, :, None] > levels).mean(axis=1)
    apart: Array = SPREAD_WEIGHT * (above - above.mean(axis=0))
    return apart


def match_moments(apart: Array, start: Sequence[int], kept: Sequence[int]) -> dict[int, float]:
    """Return days and how many days each stands for, so that what sets them apart from the year sums to nearly nothing.

    `apart` is what sets each day of the record apart, shape (days, features). As many days are chosen as there are in
    `start`, beginning with these, and those `kept`, which stand for themselves alone.
    """
    every, chosen, barred = len(apart), list(start), list(kept)
    parts, missed = _fit_weights(apart, chosen, barred)
    trials, left, better = max(5, TRIALS // len(chosen)), EXCHANGES // len(chosen) ** 2, True
    while better and left > 0:
        better = False
        for place in range(len(chosen)):
            others = missed - parts[place] * apart[chosen[place]]
            promise = np.round(((others + parts[place] * apart) ** 2).sum(axis=1), DECIMALS)
            promise[[*chosen, *barred]] = np.inf
            least = _objective(parts, missed)
            for day in np.argsort(promise, kind="stable")[: min(trials, every - len(chosen) - len(barred))]:
                exchanged = [*chosen[:place], int(day), *chosen[place + 1 :]]
                found = _fit_weights(apart, exchanged, barred)
                left -= 1
                if _objective(*found) < least:
                    least, (parts, missed), best, better = _objective(*found), found, exchanged, True
            if better:
                chosen = best
    return _in_days(dict(zip(chosen, parts, strict=True)), barred, every)


def _fit_weights(apart: Array, chosen: list[int], kept: list[int]) -> tuple[Array, Array]:
    """Return the parts of the year that chosen days stand for, at least a day each, and what is missed, by feature."""
    once, count = 1.0 / len(apart), len(chosen)
    own = apart[kept].sum(axis=0) * once
    even = EVENNESS_WEIGHT * np.sqrt(count)
    rows = np.vstack([apart[chosen].T, np.full((1, count), YEAR_WEIGHT), even * np.eye(count)])
    rest = 1.0 - len(kept) * once
    wanted = np.concatenate([-own, [YEAR_WEIGHT * rest], np.full(count, even * rest / count)])
    parts = once + nnls(rows, wanted - rows @ np.full(count, once))[0]
    return parts, own + parts @ apart[chosen]


def _objective(parts: Array, missed: Array) -> float:
    """Return the square of all that is missed."""
    uneven = EVENNESS_WEIGHT**2 * len(parts) * ((parts - parts.mean()) ** 2).sum()
    return float(np.round((missed**2).sum() + uneven, DECIMALS))


def _in_days(parts: Mapping[int, float], kept: list[int], every: int) -> dict[int, float]:
    """Return parts of a year as days, the roundings on the longest."""
    days = {day: round(float(part * every), WEIGHT_DECIMALS) for day, part in sorted(parts.items())}
    longest = max(days, key=lambda day: (days[day], -day))
    days[longest] += every - len(kept) - sum(days.values())
    return days | dict.fromkeys(kept, 1.0)
