"""The calendar map: which representative day stands at every place of the record, so that levels run through a year.

As Kotzur et al., Applied Energy 213 (2018) 123, and the period map of GenX; as weights need not come from clusters,
every day of the record goes to a representative one so that all are as near as can be, each with as many as it weighs.
"""

from collections.abc import Mapping

import numpy as np
import scipy.sparse as sparse
from scipy.optimize import linprog
from scipy.spatial.distance import cdist

from models.case import Array


def calendar_map(points: Array, weights: Mapping[int, float]) -> dict[int, tuple[int, ...]]:
    """Return, for each representative day, the places of the record that it stands for, in order.

    `points` are the days of the record, shape (days, features); `weights` the representative ones by place, with the
    days that each stands for, which sum to all. Each has its weight in whole days, the largest rests rounded up, and
    one at least. A transport problem: its vertices are whole (Dantzig, 1951).
    """
    chosen, days = sorted(weights), len(points)
    whole = {place: max(1, int(weights[place])) for place in chosen}
    while rest := days - sum(whole.values()):
        way = 1 if rest > 0 else -1
        may = [place for place in chosen if way > 0 or whole[place] > 1]
        whole[max(may, key=lambda place: (way * (weights[place] - whole[place]), -place))] += way
    count = len(chosen)
    here, there = np.divmod(np.arange(days * count), count)
    rows = np.concatenate([here, days + there])
    columns = np.tile(np.arange(days * count), 2)
    found = linprog(
        cdist(points, points[chosen], "sqeuclidean").ravel(),
        A_eq=sparse.csr_array((np.ones(2 * days * count), (rows, columns))),
        b_eq=np.array([1.0] * days + [float(whole[place]) for place in chosen]),
        method="highs-ds",
    )
    stands = found.x.reshape(days, count).argmax(axis=1)
    return {place: tuple(np.flatnonzero(stands == number).tolist()) for number, place in enumerate(chosen)}
