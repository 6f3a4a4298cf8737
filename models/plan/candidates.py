"""Answers on candidates: what is next best, what rules a site out, what change would flip a choice."""

from typing import Annotated, Literal

from models.plan.rows import Number, ResultRow, Signed
from models.units import Plausible


class RivalRow(ResultRow):
    """What a chosen site costs beside the next best that could hold as much by then, by the input column that it hangs on.

    To first order from the inputs: a campus of the chosen site's size, from the period in which it opens to the horizon,
    at the plan's energy prices; no other limit of the plan is asked.
    """

    key = ("site", "rival", "column")
    site: str
    """Chosen site."""
    rival: str
    """Site that was not chosen."""
    column: str
    """`table.column` of the input; `fleets.capacity_mw` stands for the dispatch, `sites.station` for the climate."""
    site_meur: Signed
    """What it costs at the chosen site, present value."""
    rival_meur: Signed
    """What it costs at the rival."""
    estimate_share: Annotated[Number, Plausible(0, 1)]
    """How much of it rests on estimates, at whichever of the two it is more."""


class CandidateRow(ResultRow):
    """Every candidate site, chosen or not: from when it could stand, what rules it out, what a campus there would cost.

    To first order from the inputs, as in `rivals`: with the coolings that the plan uses, at its prices of energy, from
    `earliest` to the horizon. What is needed is that of the least campus: one hall, or the site's least size.
    """

    key = ("site",)
    site: str
    """Code of the site."""
    name: str
    """Name of the place."""
    country: str
    """Host country."""
    zone: str
    """Bidding zone."""
    chosen: Annotated[int, Plausible(0, 1)]
    """1 if the plan opens it."""
    earliest: str
    """First period in which dates, land and grid, with every step, allow its least size; empty where none does."""
    barrier: Literal[
        "none: chosen", "none: dearer", "none: within the gap", "none: cheaper by itself", "client's rule", "date",
        "sites_max of the country", "land", "water", "minimum size", "headroom", "law", "users out of reach",
        "no chips that fit", "most sites in all", "distance to a chosen site", "headroom taken by chosen sites",
        "grid, water or law at that size",
    ]  # fmt: skip
    """What rules it out first: a rule of the scenario, then its own inputs, then what the plan's other sites leave; else
    `none`: dearer than the dearest chosen site, no different by more than the gap of the plan's cost, or cheaper by itself,
    and then it is another limit of the whole plan (carbon, money, chips, users) that keeps it out."""
    input: str
    """`table.column` or key of the scenario that the barrier stands in; empty where none does."""
    there: Number
    """What that input leaves, in its unit; 0 where there is no figure."""
    needed: Number
    """What the least campus needs of it (a distance to a point: what it is)."""
    size_mw: Number
    """Server power of the campus that is priced: that of the mean chosen candidate, as far as the site holds it, its least
    size at least; 0 where none can be priced."""
    cost_eur_per_mwh: Signed
    """All-in cost of it but for chips, which cost the same everywhere, per MWh that its servers draw: halls, opening, grid,
    staff, electricity with its cooling, firm cover, less heat sold and what is left at the end; both discounted."""
    beside: str
    """Chosen candidate where the same campus from the same period on costs most: the first that it could stand for."""
    dearer_meur: Signed
    """Present cost of the campus less that of the same one there."""


Change = Literal["cost_meur", "opening_meur", "fee_eur_per_mwh", "years", "headroom_mw"]
"""What may change of a site, see `FlipRow.change`."""


class FlipRow(ResultRow):
    """What change flips the choice of a site, the objectives before cost held.

    In favour of a rejected site it is cheaper, sooner, more; against a chosen one dearer, later, less. Both ends are proved, for every search to the asked gap. Of chosen sites and of those nearest to the choice; a row is
    left out where nothing is known. `gigasite alternatives` finds more of them.
    """

    key = ("site", "change", "end")
    site: str
    """Site."""
    change: Change
    """`cost_meur`: present value of a cost that no fund pays; `opening_meur`, `fee_eur_per_mwh`: that column of the table
    `sites`; `years`: its permit, its connection and its substation's headroom together; `headroom_mw`: in every year."""
    end: Literal["never below", "always from"]
    """A smaller change never flips the choice; or this one and every larger one always does."""
    chosen: Annotated[int, Plausible(0, 1)]
    """1 if the plan builds there."""
    amount: Number
    """The change, in the unit that its name ends with; by the solver's bounds, which the audit cannot recheck."""
