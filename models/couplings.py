"""Couplings: what ties the days of a year to one another, declared by the aspect that needs it.

An aspect states in `COUPLINGS` which of its variables by day are coupled, and in which of three ways; the rules that
couple them are those of the formulation. The decomposition knows nothing else of them. Names are `aspect.variable`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Days have shares in what a year allows.

    A rule of the aspect holds the weighted shares of a year under a limit, over one, or at one; it may depend on
    investments. In the dispatch of a day one rule holds what the day uses, of either sign, to the share.
    """

    share: str
    """Variable by (..., period, day)."""


@dataclass(frozen=True)
class State:
    """A level at the end of a day is the level at the start of the next one in the calendar.

    Rules of the aspect carry the level through the calendar, in which a representative day stands at every place that
    it represents. In the dispatch of a day one rule holds what it adds to the level, of either sign, to the change.
    """

    change: str
    """Variable by (..., period, day)."""
    level: str
    """Variable by (..., period, place in the calendar)."""


@dataclass(frozen=True)
class YearlyAccount:
    """A convex function of the investments that needs no dispatch: the least total that the rules of its days allow.

    In a day, one rule holds a sum over hours under the total. Its terms are columns that investments determine, and
    columns that only bear on accounts and are held by one rule each to a function of investments.
    """

    total: str
    """Variable by (period, day)."""


Coupling = Budget | State | YearlyAccount
