"""Nodes, the keys of subproblems: a period under one of several futures of what nobody knows yet."""

from dataclasses import dataclass

from models.case import Case

BASE = "base"
"""Name of the only future of a case that has no others."""


@dataclass(frozen=True)
class Future:
    """One way in which the uncertain numbers may come out: a weather year, prices, fleets; investments are common."""

    name: str
    probability: float
    case: Case
    """The same case with other numbers for its days; all that is invested in is that of all futures."""


@dataclass(frozen=True)
class Node:
    """A period under a future, with the probability of that future."""

    period: str
    future: str = BASE
    probability: float = 1.0
