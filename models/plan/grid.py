"""Answers of the grid: connections, units on sites, substations, steps of reinforcement."""

from typing import Annotated

from models.plan.rows import From, Input, Number, ResultRow, Signed
from models.units import Count


class ConnectionRow(ResultRow):
    """Grid connections by site and period, where any is made."""

    key = ("site", "period")
    rows = ("grid.connected_mw",)
    sparse = True
    site: str
    """Site."""
    substation: Annotated[str, Input("sites")]
    """Substation."""
    period: str
    """Period."""
    connected_mw: Annotated[Number, From("grid.connected_mw")]
    """Connection added in the period."""
    interruptible_mw: Annotated[Number, From("grid.interruptible_mw")] = 0.0
    """Part of the connection standing that the operator may interrupt."""
    firm_mw: Annotated[Number, From("grid.firm_mw")] = 0.0
    """Rest of the connection standing, where the substation has interruptible connections in some period; else 0."""
    secured_mw: Annotated[Number, From("grid.secured_mw")] = 0.0
    """Supply of the units on the site while the largest fails, as far as it is needed."""
    lost_twh: Annotated[Number, From("interruption.lost_twh")] = 0.0
    """Energy of the servers lost by interruptions, per year, from the representative days."""


class UnitRow(ResultRow):
    """Units of new plant that start on sites, behind the meter."""

    key = ("site", "technology", "period")
    rows = ("grid.on_site_units",)
    sparse = True
    site: str
    """Site."""
    technology: str
    """Technology."""
    period: str
    """Period."""
    units: Annotated[Count, From("grid.on_site_units")]
    """Units."""


class SubstationRow(ResultRow):
    """Substations with sites, in every period."""

    key = ("substation", "period")
    rows = ("grid.drawn_mw",)
    substation: str
    """Substation."""
    period: str
    """Period."""
    name: Annotated[str, Input("substations")]
    """Name."""
    zone: Annotated[str, Input("substations")]
    """Bidding zone it feeds."""
    latitude: Annotated[Signed, Input("substations")]
    """Degrees north."""
    longitude: Annotated[Signed, Input("substations")]
    """Degrees east."""
    drawn_mw: Annotated[Number, From("grid.drawn_mw")]
    """Firm connections standing."""
    headroom_mw: Annotated[Number, From("grid.headroom_mw")]
    """Headroom with the steps finished."""


class ReinforcementRow(ResultRow):
    """Reinforcement steps decided."""

    key = ("substation", "step")
    rows = ("grid.reinforced",)
    rows_over = ("substation", "step", "period")
    sparse = True
    substation: str
    """Substation."""
    step: Count
    """Step."""
    period: str
    """Period of the decision."""
    adds_mw: Annotated[Number, Input("reinforcements")]
    """Headroom it adds when finished."""
    capex_meur: Annotated[Number, Input("reinforcements")]
    """Its cost."""
