"""Answers of carbon: emissions by period and by day."""

from typing import Annotated

from models.plan.rows import From, Number, ResultRow, Signed
from models.units import Count


class CarbonRow(ResultRow):
    """Emissions by period, per year."""

    key = ("period",)
    rows = ("periods",)
    period: str
    """Period."""
    energy_twh: Annotated[Number, From("carbon.energy_twh")]
    """Electricity of the new servers and their cooling."""
    attributional_kt: Annotated[Number, From("carbon.carbon_kt")]
    """Emissions of the draw (the attributional account): what of it no contract or new plant matches in the same hour, x the
    zone's intensity in that hour."""
    embodied_kt: Annotated[Number, From("carbon.embodied_kt")] = 0.0
    """Emissions of making the chips bought in the period, all its years together."""
    system_kt: Number
    """Direct emissions of the whole system with the data centres."""
    system_without_kt: Number
    """Direct emissions of the same system without them; the difference is what they add (the consequential account)."""
    system_meur: Signed
    """Running cost of the whole system with the data centres, lost load included."""
    baseline_meur: Signed
    """Running cost of the same system without them; the difference is the dispatch's entry in the money table."""
    noise_meur: Number
    """How far the two running costs together may be above the least: what the sharing of reservoirs leaves open."""


class DayRow(ResultRow):
    """Emissions of the data centres on each representative day."""

    key = ("period", "day")
    rows = ("carbon.emitted_t",)
    period: str
    """Period."""
    day: str
    """Representative day."""
    first_hour: Count
    """Position of its first hour in the hourly tables."""
    weight: Number
    """Number of such days in a year."""
    emitted_t: Annotated[Number, From("carbon.emitted_t")]
    """Emissions of the draw on one such day (the attributional account, as in `carbon`)."""
    short_mwh: Annotated[Number, From("matching.short_mwh")] = 0.0
    """What its hours lack of the share that is to be matched in each."""
