"""Tables of the grid: substations, their headroom, steps that reinforce them."""

from typing import Annotated, ClassVar

from models.case.rows import DECISIVE, Key, Name, Sourced
from models.units import Latitude, Longitude, Meur, Mw, Plausible, Share, Year, Years


class Substation(Sourced):
    """Substations of the transmission grid; several sites may share one."""

    key = ("substation",)
    refers: ClassVar = {"zone": "zones"}
    substation: Key
    """Code of the substation."""
    name: Name
    """Name."""
    zone: Key
    """Bidding zone it feeds."""
    latitude: Latitude
    """Degrees north."""
    longitude: Longitude
    """Degrees east."""


class Headroom(Sourced):
    """Free capacity of a substation for new load; a row holds from its year until the substation's next row."""

    key = ("substation", "from_year")
    refers: ClassVar = {"substation": "substations"}
    substation: Key
    """Substation."""
    from_year: Annotated[Year, DECISIVE]
    """First year in which this headroom exists (before the first row there is none)."""
    headroom_mw: Annotated[Mw, Plausible(0, 10_000, 1, usual=(3, 3_000)), DECISIVE]
    """Power left for new connections, after everything that is already connected or promised. A lower row of a later year
    caps what is connected before as well; the steps of `reinforcements` come on top."""
    interruptible_mw: Annotated[Mw, Plausible(0, 10_000, 1, usual=(3, 3_000)), DECISIVE] = 0.0
    """Further power for connections that the operator may interrupt, when the hourly table `uninterrupted` says; 0: none."""
    interrupted_share: Annotated[Share, Plausible(0, 0.5, 0.001), DECISIVE] = 0.0
    """Most of the energy of a site's year that may be lost by it; 0: such a connection must lose nothing."""


class Reinforcement(Sourced):
    """Steps by which a substation can be reinforced, taken in order."""

    key = ("substation", "step")
    refers: ClassVar = {"substation": "substations"}
    optional = True
    substation: Key
    """Substation."""
    step: Annotated[int, Plausible(1, 20)]
    """1 for the first step, 2 for the next."""
    adds_mw: Annotated[Mw, Plausible(1, 10_000), DECISIVE]
    """Headroom the step adds."""
    capex_meur: Annotated[Meur, Plausible(0, 5_000, 0.2, usual=(0.5, 1_000)), DECISIVE]
    """Cost of the step."""
    lead_years: Annotated[Years, Plausible(0, 20, 0.1, usual=(0.25, 15)), DECISIVE]
    """Years from the decision (first year of a period) to the finished step, over which it is paid."""
