"""Clusters of days: groups of days alike, each with the one in its middle."""

from collections.abc import Mapping

import numpy as np
from scipy.cluster.hierarchy import cut_tree, ward
from scipy.spatial.distance import pdist, squareform

from models.case import Array

DECIMALS = 9
"""Decimal places by which distances are compared, so that the last bits of a sum choose no day."""


def scaled(series: Mapping[str, Array]) -> Array:
    """Return the days as points, shape (days, features): every hour of every series, each scaled to 0..1.

    A series has the shape (days, hours); one that never moves is left out, unless none does.
    """
    moving = [values for values in series.values() if np.ptp(values) > 0.0] or list(series.values())
    return np.hstack([(values - values.min()) / (np.ptp(values) or 1.0) for values in moving])


def medoids(series: Mapping[str, Array], wanted: int) -> dict[int, int]:
    """Cluster the days by Ward's method; give the position and the size of each cluster's medoid.

    The medoid is the day of a cluster that is nearest to all its others; of several as near, the first.
    """
    points = scaled(series)
    distances = np.round(pdist(points), DECIMALS)
    cluster_of = cut_tree(ward(distances), wanted).ravel() if len(points) > 1 else np.zeros(1)
    between = squareform(distances)
    sizes = {}
    for cluster in range(wanted):
        days = np.flatnonzero(cluster_of == cluster)
        middle = np.round(between[np.ix_(days, days)].sum(axis=0), DECIMALS).argmin()
        sizes[int(days[middle])] = len(days)
    return sizes
