"""Tables of reservoirs: their energy of a year, and when it comes."""

from typing import Annotated, ClassVar

from models.case.rows import DECISIVE, Key, Sourced
from models.units import Mw, Plausible, Share, Twh


class Reservoir(Sourced):
    """Yearly energy that reservoir hydro (or any technology of kind reservoir) may turn into electricity."""

    key = ("zone", "technology")
    refers: ClassVar = {"zone": "zones", "technology": "technologies"}
    optional = True
    zone: Key
    """Bidding zone."""
    technology: Key
    """Technology of kind reservoir."""
    energy_twh: Annotated[Twh, Plausible(0, 300, 0.001), DECISIVE]
    """Energy available in a year, for the fleet standing."""
    store_twh: Annotated[Twh, Plausible(0, 300, 0.000001), DECISIVE] = 0
    """Energy that the full reservoirs hold; read where `inflows` says when the energy comes (0: none is kept over a month)."""


class Inflow(Sourced):
    """When the energy of reservoirs comes, and between which levels they are kept, month by month.

    A reservoir has twelve rows or none; one without knows no seasons.
    """

    key = ("zone", "technology", "month")
    refers: ClassVar = {"zone": "zones", "technology": "technologies"}
    optional = True
    zone: Key
    """Bidding zone."""
    technology: Key
    """Technology of kind reservoir."""
    month: Annotated[int, Plausible(1, 12)]
    """Month: 1 for January to 12 for December."""
    inflow_share: Annotated[Share, Plausible(0, 1, 0.001), DECISIVE]
    """Share of the reservoir's yearly energy that flows in; twelve months sum to 1."""
    level_min_share: Annotated[Share, Plausible(0, 1, 0.005), DECISIVE] = 0
    """Least level at the start of the month, as a share of the full store."""
    level_max_share: Annotated[Share, Plausible(0, 1, 0.02), DECISIVE] = 1
    """Highest level at the start of the month, as a share of the full store."""
    least_mw: Annotated[Mw, Plausible(0, 10_000, 0.1), DECISIVE] = 0
    """Least output in every hour of the month: what must flow below the dams."""
