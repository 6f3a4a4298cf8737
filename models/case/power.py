"""Tables of power: zones, their prices, lines between them."""

from typing import Annotated, ClassVar

from models.case.rows import DECISIVE, Key, Name, Sourced
from models.units import EurPerMwh, Latitude, Longitude, Mw, PerUnit, Plausible, Share, Year


class Zone(Sourced):
    """Bidding zones of the electricity market."""

    key = ("zone",)
    refers: ClassVar = {"country": "countries"}
    zone: Key
    """Code of the bidding zone."""
    name: Name
    """Name in English."""
    country: Key
    """Country the zone belongs to."""
    latitude: Latitude
    """Representative point, for maps and line lengths."""
    longitude: Longitude
    """Representative point, for maps and line lengths."""
    load_growth_share: Annotated[Share, Plausible(0, 0.2, 0.0005), DECISIVE]
    """Growth of the existing load per year from the base year on."""
    carbon_decline_share: Annotated[Share, Plausible(0, 0.5, 0.001), DECISIVE]
    """Yearly decline of the zone's carbon intensity from the base year on."""


class PriceBasis(Sourced):
    """What electricity costs in a zone beyond what the model's dispatch explains: congestion, scarcity, local fuel."""

    key = ("zone",)
    refers: ClassVar = {"zone": "zones"}
    optional = True
    zone: Key
    """Bidding zone; a zone without a row has a basis of 0."""
    basis_eur_per_mwh: Annotated[EurPerMwh, Plausible(-150, 150, 0.01, median=(0.2, 100)), DECISIVE]
    """Observed mean wholesale price less the model's own, in the base year; paid on what new plant leaves of the draw."""


class Line(Sourced):
    """Lines between two zones: transfer capacities both ways, and a reactance where physics splits the flow."""

    key = ("line",)
    refers: ClassVar = {"from_zone": "zones", "to_zone": "zones"}
    optional = True
    line: Key
    """Code of the border."""
    from_zone: Key
    """One end."""
    to_zone: Key
    """The other end."""
    forward_mw: Annotated[Mw, Plausible(0, 50_000, 2, usual=(20, 20_000)), DECISIVE]
    """Transfer capacity from the first to the second end."""
    backward_mw: Annotated[Mw, Plausible(0, 50_000, 2, usual=(20, 20_000)), DECISIVE]
    """Transfer capacity from the second to the first end."""
    loss_share: Annotated[Share, Plausible(0, 0.3, 0.0005), DECISIVE]
    """Share of the energy lost on the way; 0 for a line with a reactance."""
    reactance_pu: Annotated[PerUnit, Plausible(-10, 10, 0.0001), DECISIVE]
    """Series reactance, one base for all, that splits the flow; 0: flow is free (NTC, DC); < 0: star equivalents."""
    first_year: Annotated[Year, DECISIVE] = 1900
    """First year in which it is in service; with a reactance it must be from the start."""
