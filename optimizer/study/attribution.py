"""How much of a difference is due to what: shares of groups of changes, which sum to it exactly (Shapley 1953).

A group's share is what it changes when it joins, averaged over the orders in which all may join. For few groups these
are all orders; for more it is one order and its reverse, so that neither end of the way is preferred.
"""

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np
import pandas as pd

from models.case import Array

EXACT_GROUPS = 4
"""Most groups of which every order is followed: 16 cases are then worth something, for n more groups 2 n."""
Coalition = frozenset[int]
"""Groups that have joined, by their place."""


def orders(count: int) -> list[tuple[int, ...]]:
    """Return the orders in which groups join."""
    return [*permutations(range(count))] if count <= EXACT_GROUPS else [(*range(count),), (*reversed(range(count)),)]


def coalitions(count: int) -> list[Coalition]:
    """Return every coalition that the orders pass, the smallest first."""
    passed = {frozenset(order[:joined]) for order in orders(count) for joined in range(count + 1)}
    return sorted(passed, key=lambda each: (len(each), sorted(each)))


def weights(count: int) -> Array:
    """Return how often each coalition's worth counts for each group, shape (groups, coalitions)."""
    place, ways = {each: at for at, each in enumerate(coalitions(count))}, orders(count)
    found = np.zeros((count, len(place)))
    for order in ways:
        for joined, group in enumerate(order):
            found[group, place[frozenset(order[: joined + 1])]] += 1
            found[group, place[frozenset(order[:joined])]] -= 1
    return found / len(ways)


def shares(worths: Sequence["pd.Series[float]"], names: Sequence[str]) -> pd.DataFrame:
    """Return the share of each group (columns) in every figure (rows); worths are in the order of `coalitions`.

    A figure that a coalition does not have is 0 there.
    """
    table = pd.concat(worths, axis=1).fillna(0.0)
    return pd.DataFrame(table.to_numpy() @ weights(len(names)).T, index=table.index, columns=[*names])


def share_ranges(
    lows: Sequence[Mapping[str, float]], highs: Sequence[Mapping[str, float]], names: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the least and the most that each share can be, where every worth lies between two numbers."""
    low, high = (pd.DataFrame([*each]).T for each in (lows, highs))
    up, down = weights(len(names)).clip(min=0).T, weights(len(names)).clip(max=0).T
    least, most = (_times(one, up) + _times(other, down) for one, other in ((low, high), (high, low)))
    return tuple(pd.DataFrame(each, index=low.index, columns=[*names]) for each in (least, most))  # type: ignore[return-value]


def _times(values: pd.DataFrame, factors: Array) -> Array:
    """Return a product in which what counts nothing times an unknown number is nothing."""
    with np.errstate(invalid="ignore"):
        products = values.to_numpy()[:, :, None] * factors[None]
    found: Array = np.where(factors[None] == 0, 0.0, products).sum(axis=1)
    return found
