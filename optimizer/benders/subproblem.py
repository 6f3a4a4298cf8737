"""What a chunk of a period's days is asked, and what it answers."""

from dataclasses import dataclass
from typing import Literal

from models.case import Array

Mode = Literal["cost", "lack", "nothing"]
"""What is minimised: running cost, or the load that lacks beyond the stated share; or only the account is asked for."""


@dataclass(frozen=True)
class SubproblemRequest:
    """The days of a period from `first` up to `end` at given investments, their water shared, allotted or priced."""

    period: str
    first: int
    end: int
    links: Array
    """The investments as a day sees them, in the order of the template's links."""
    water_mwh: Array | None = None
    """Water that the days may use in the year they stand for, shape (reservoirs,), ..."""
    allotted_mwh: Array | None = None
    """... or that each day may use, (days, reservoirs), ..."""
    price_eur: Array | None = None
    """... or its price, EUR/MWh, (reservoirs,); near it the worth of shared water is looked for first."""
    aim: Mode = "cost"
    daily: bool = False
    """Whether the figures of every day are asked for, ..."""
    values: bool = False
    """... and its dispatch."""


@dataclass(frozen=True)
class DailyResults:
    """Figures of every day dispatched; arrays of shape (days, ...)."""

    cost: Array
    """EUR, with priced water and the penalty of any lack."""
    used_mwh: Array
    """Water used, ..."""
    most_mwh: Array
    """... and the most that the reservoirs' plant could use, (days, reservoirs)."""
    shed_mwh: Array
    """Load not served, ..."""
    lack_mwh: Array
    """... and of that what is lost beyond the stated share."""
    burnt_hours: Array
    """Hours of lines and stores in which power goes round, ..."""
    burnt_mwh: Array
    """... and what is lost of it."""
    direct_kg: Array
    """Direct emissions of the whole system, CO2."""
    drawn_mwh: Array
    """Draw of the new servers, ..."""
    matched_mwh: Array
    """... and of that what is matched."""
    emission_t: Array
    """Emissions of the new servers' unmatched draw by zone, (days, zones)."""
    values: Array
    """The days' own columns, (days, columns); none unless asked for."""


@dataclass(frozen=True)
class SubproblemResult:
    """A chunk in the year that its days stand for; arrays of shape (1, ...), so that a period's can be joined."""

    cost: Array
    """EUR, with priced water and the penalty of any lack; MWh that lack, where that is the aim."""
    bound: Array
    """What it is at least, proved by the dual values; ..."""
    slope: Array
    """... what one more unit of each link adds to that, (1, links)."""
    used_mwh: Array
    """Water used, (1, reservoirs)."""
    worth: Array
    """What one more MWh of water saves where it is shared, else its price, (1, reservoirs)."""
    most_mwh: Array
    """Water that the reservoirs' plant could use at most, (1, reservoirs)."""
    lack_mwh: Array
    """Load lost beyond the stated share."""
    emission_t: Array
    """Emissions of the new servers' unmatched draw by zone, (1, zones)."""
    emission_slope_t: Array
    """What one more unit of each link adds to those of its zone, (1, links)."""
    daily: DailyResults | None = None
