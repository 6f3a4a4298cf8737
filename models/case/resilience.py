"""Tables of resilience and stress: what fails together, and when power is scarce."""

from typing import Annotated, ClassVar, Literal

from models.case.rows import Key, Sourced
from models.units import Plausible


class StressDay(Sourced):
    """Stretches of hours in which the data centres of a zone are fed by low-carbon plant that has power in that hour."""

    key = ("zone", "first_hour")
    refers: ClassVar = {"zone": "zones"}
    optional = True
    zone: Key
    """Bidding zone."""
    first_hour: Annotated[int, Plausible(0, 8783)]
    """Position of the first hour in the hourly tables."""
    hours: Annotated[int, Plausible(1, 8784)] = 24
    """Length."""


class SharedRisk(Sourced):
    """Sites that something may take together: a cable, a river, a gas field; a site may share several risks."""

    key = ("risk", "site")
    refers: ClassVar = {"site": "sites"}
    optional = True
    risk: Key
    """Code of what may fail; all its rows together are the sites that are lost with it."""
    site: Key
    """Site that is lost with it."""
    kind: Literal["cable", "line", "river", "gas", "other"] = "other"
    """What it is; for the reader, nothing is computed from it."""
