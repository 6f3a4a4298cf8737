"""Answers of cooling: halls by their cooling, and water."""

from typing import Annotated

from models.plan.rows import From, Number, ResultRow
from models.units import Count


class HallRow(ResultRow):
    """Halls by site, cooling and period; only rows with halls standing."""

    key = ("site", "cooling", "period")
    rows = ("compute.alive_mw",)
    sparse = True
    site: str
    """Site."""
    cooling: str
    """Cooling."""
    period: str
    """Period."""
    built_halls: Annotated[Count, From("sizing.halls")]
    """Halls built in the period."""
    standing_halls: Annotated[Count, From("sizing.standing")]
    """Halls standing."""
    alive_mw: Annotated[Number, From("compute.alive_mw")]
    """Power of the new servers in service in them, mean of the period."""
    pue_annual: Number
    """Annual PUE of this cooling at this site."""
    wue_annual_l_per_kwh: Number
    """Annual WUE of this cooling at this site."""


class WaterRow(ResultRow):
    """Water by basin and period."""

    key = ("basin", "period")
    rows = ("basins", "periods")
    basin: str
    """Basin."""
    period: str
    """Period."""
    drawn_mm3: Annotated[Number, From("cooling.basin_mm3")]
    """Water drawn in a year."""
    limit_mm3: Annotated[Number, From("cooling.basin_limit_mm3", ("basin",))]
    """What the basin's stress leaves."""
