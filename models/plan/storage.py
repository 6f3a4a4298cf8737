"""Answers of reservoirs and storage: energy by day, and levels."""

from typing import Annotated

from models.plan.rows import From, Number, PlantRow, Signed
from models.units import Count


class ReservoirRow(PlantRow):
    """Share of the reservoirs' yearly energy that each day takes."""

    key = ("zone", "technology", "period", "day")
    rows = ("power.allotted_mw",)
    day: str
    """Representative day."""
    allotted_mw: Annotated[Number, From("power.allotted_mw")]
    """Mean output the day may take."""
    baseline_allotted_mw: Number | None = None
    """The same in the system without new data centres; empty where cover does not hang on what that leaves free."""


class LevelRow(PlantRow):
    """Levels of the reservoirs whose water comes month by month."""

    key = ("zone", "technology", "period", "month")
    rows = ("reservoirs.level_mwh",)
    month: int
    """Month: 1 for January to 12 for December."""
    level_mwh: Annotated[Number, From("reservoirs.level_mwh")]
    """Energy in store at the start of the month, by the calendar of the representative days."""


class CarriedRow(PlantRow):
    """What stores that carry energy over do on each day."""

    key = ("zone", "technology", "period", "day")
    rows = ("storage.change_mwh",)
    day: str
    """Representative day."""
    change_mwh: Annotated[Signed, From("storage.change_mwh")]
    """Energy in store after the day above that before it."""
    dip_mwh: Annotated[Number, From("storage.dip_mwh")]
    """Least energy in store on the day below that before it."""
    rise_mwh: Annotated[Number, From("storage.rise_mwh")]
    """Most energy in store on the day above that before it."""


class CarriedLevelRow(PlantRow):
    """Energy in stores that carry it over, through the year as representative days stand for it."""

    key = ("zone", "technology", "period", "row")
    rows = ("storage.level_mwh",)
    row: Count
    """Place among the rows of days for which one representative day stands, from 0."""
    level_mwh: Annotated[Number, From("storage.level_mwh")]
    """Energy in store before the first day of the row."""
