"""Clusters of days: groups of days alike, each with the one in its middle."""

from collections.abc import Mapping

import numpy as np

from models.case import Array

PLACES = 9
"""Decimal places by which distances are compared, so that the last bits of a sum choose no day."""


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
