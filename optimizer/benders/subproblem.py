"""What a block of a node's days is asked, and what it answers."""

from dataclasses import dataclass
from typing import Literal

from models.case import Array
from optimizer.program.nodes import Node

Mode = Literal["cost", "feasibility", "accounting", "save", "restore"]
"""What is minimised: operating cost, or by how much limits are missed. Or the yearly accounts alone are asked for; or
that a block begins, from now on, as it stands now (save), or as it stood when it was last saved (restore)."""


@dataclass(frozen=True)
class SubproblemRequest:
    """The days of a node from `first` up to `end` at given investments, their budgets shared, allocated or priced."""

    node: Node
    first: int
    end: int
    links: Array
    """The investments as a day sees them, in the order of the template's links."""
    budget: Array | None = None
    """What the days may use of each plain budget in the year they stand for, shape (budgets,), ..."""
    allocated: Array | None = None
    """... or what each day may use, (days, budgets), ..."""
    price_eur: Array | None = None
    """... or its price, EUR per unit, (budgets,); near it the value of a shared budget is looked for first, ..."""
    share_price_eur: Array | None = None
    """... and that of the general shares of every day, of which each then takes what it likes, (days, general)."""
    shares: Array | None = None
    """The general shares of every day, (days, general), ..."""
    system: tuple[Array, Array] | None = None
    """... or the limits, lower and upper, of the system over the shares of all days of a node, which are then found."""
    mode: Mode = "cost"
    daily: bool = False
    """Whether the figures of every day are asked for, ..."""
    values: bool = False
    """... and its dispatch."""


@dataclass(frozen=True)
class DailyResults:
    """Figures of every day dispatched; arrays of shape (days, ...)."""

    cost: Array
    """EUR, with priced budgets and the penalty of limits missed."""
    used: Array
    """Use of the plain budgets, ..."""
    most: Array
    """... and the most that could be used, (days, budgets)."""
    shares: Array
    """The general shares, (days, general), ..."""
    levels: Array
    """... and the levels between them, where they were found together."""
    unserved: Array
    """Load lost beyond the stated share, and shares missed, MWh."""
    totals: Array
    """The sum of every variable of a day over its index, (days, variables), in the order of the template's spans."""
    burnt_hours: Array
    """Hours of lines and stores in which power goes round, ..."""
    burnt_mwh: Array
    """... and what is lost of it."""
    direct_kg: Array
    """Direct emissions of the whole system, CO2."""
    accounts: Array
    """Yearly accounts on the day, by part, (days, parts)."""
    values: Array
    """The days' own columns, (days, columns), ..."""
    price: Array
    """... and what one more MWh of load would add, EUR, (days, zones x hours); none unless asked for."""


@dataclass(frozen=True)
class SubproblemResult:
    """A block in the year that its days stand for; arrays of shape (1, ...), so that a node's can be joined."""

    cost: Array
    """EUR, with priced budgets and the penalty of limits missed; MWh missed in mode feasibility."""
    bound: Array
    """What it is at least, proved by the dual values; ..."""
    slope: Array
    """... what one more unit of each link adds to that, (1, links)."""
    used: Array
    """Use of the plain budgets, (1, budgets)."""
    value: Array
    """What one more unit of each saves where it is shared, else its price, (1, budgets)."""
    most: Array
    """What could be used at most, (1, budgets)."""
    share_slope: Array
    """What one more unit of each general share adds to the bound, (days, general)."""
    share_least: Array
    share_most: Array
    """The shares between which a day can use what it has, (days, general)."""
    unserved: Array
    """Load lost beyond the stated share, and shares missed."""
    accounts: Array
    """Yearly accounts by part, (1, parts)."""
    account_slope: Array
    """What one more unit of each link adds to an account, (1, accounts, links)."""
    shares: Array
    """The general shares found together, (days, general), ..."""
    levels: Array
    """... the levels between them, (1, levels), ..."""
    system_value: Array
    """... and what one more unit of each limit of the system adds to the bound, (1, rows); zeros if they were given."""
    daily: DailyResults | None = None
