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


def mean_deviations(columns: Mapping[str, Array], days_of_record: int) -> Array:
    """Return by how much each day's mean departs from the record's as a share of it, shape (days, varying columns)."""
    means = [columns[name].reshape(days_of_record, -1).mean(axis=1) for name in sorted(columns)]
    means = [mean for mean in means if np.ptp(mean) > 0.0]
    return np.array([mean / mean.mean() - 1.0 for mean in means]).T.reshape(days_of_record, -1)


def spread_deviations(hours: Array) -> Array:
    """Return by how much each day's share of hours above each level departs from the record's, (days, levels)."""
    levels = np.quantile(hours, QUANTILES)
    above: Array = (hours[:, :, None] > levels).mean(axis=1)
    deviations: Array = SPREAD_WEIGHT * (above - above.mean(axis=0))
    return deviations


def match_moments(deviations: Array, start: Sequence[int], fixed_days: Sequence[int]) -> dict[int, float]:
    """Return days and how many days each stands for, so that their deviations from the year sum to nearly nothing.

    `deviations` is by how much each day departs from the year, shape (days, features). As many days are chosen
    as there are in `start`, beginning with these, and the `fixed_days`, which stand for themselves alone.
    """
    days_of_record, chosen, fixed_days = len(deviations), list(start), list(fixed_days)
    shares, residual = _fit_weights(deviations, chosen, fixed_days)
    trials, exchanges_left, better = max(5, TRIALS // len(chosen)), EXCHANGES // len(chosen) ** 2, True
    while better and exchanges_left > 0:
        better = False
        for position in range(len(chosen)):
            others = residual - shares[position] * deviations[chosen[position]]
            estimate = np.round(((others + shares[position] * deviations) ** 2).sum(axis=1), DECIMALS)
            estimate[[*chosen, *fixed_days]] = np.inf
            lowest = _objective(shares, residual)
            free = days_of_record - len(chosen) - len(fixed_days)
            for day in np.argsort(estimate, kind="stable")[: min(trials, free)]:
                exchanged = [*chosen[:position], int(day), *chosen[position + 1 :]]
                found = _fit_weights(deviations, exchanged, fixed_days)
                exchanges_left -= 1
                if _objective(*found) < lowest:
                    lowest, (shares, residual), best, better = _objective(*found), found, exchanged, True
            if better:
                chosen = best
    return _in_days(dict(zip(chosen, shares, strict=True)), fixed_days, days_of_record)


def _fit_weights(deviations: Array, chosen: list[int], fixed_days: list[int]) -> tuple[Array, Array]:
    """Return the parts of the year that chosen days stand for, at least a day each, and what is missed, by feature."""
    once, count = 1.0 / len(deviations), len(chosen)
    own = deviations[fixed_days].sum(axis=0) * once
    even = EVENNESS_WEIGHT * np.sqrt(count)
    rows = np.vstack([deviations[chosen].T, np.full((1, count), YEAR_WEIGHT), even * np.eye(count)])
    rest = 1.0 - len(fixed_days) * once
    wanted = np.concatenate([-own, [YEAR_WEIGHT * rest], np.full(count, even * rest / count)])
    shares = once + nnls(rows, wanted - rows @ np.full(count, once))[0]
    return shares, own + shares @ deviations[chosen]


def _objective(shares: Array, residual: Array) -> float:
    """Return the square of all that is missed."""
    uneven = EVENNESS_WEIGHT**2 * len(shares) * ((shares - shares.mean()) ** 2).sum()
    return float(np.round((residual**2).sum() + uneven, DECIMALS))


def _in_days(shares: Mapping[int, float], fixed_days: list[int], days_of_record: int) -> dict[int, float]:
    """Return parts of a year as days, the roundings on the longest."""
    days = {day: round(float(part * days_of_record), WEIGHT_DECIMALS) for day, part in sorted(shares.items())}
    longest = max(days, key=lambda day: (days[day], -day))
    days[longest] += days_of_record - len(fixed_days) - sum(days.values())
    return days | dict.fromkeys(fixed_days, 1.0)
