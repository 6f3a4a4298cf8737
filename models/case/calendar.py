"""Tables of time: periods, hours, and the representative days that stand for a year."""

from dataclasses import dataclass
from typing import Annotated

from models.case.rows import Key, Row
from models.units import SMALLEST, Plausible, Year, Years


class Period(Row):
    """Investment periods: consecutive blocks of calendar years."""

    key = ("period",)
    period: Key
    """Name of the period."""
    first_year: Year
    """First calendar year of the period."""
    length_years: Annotated[Years, Plausible(1, 30, usual=(1, 12))]
    """Number of years the period lasts."""


@dataclass(frozen=True)
class HourlyTable:
    """An hourly table in UTC: a column `hour` (0, 1, ...) and one column per key; CSV or parquet."""

    name: str
    """File name without ending."""
    columns: str
    """What the columns are named after: a table, or `zone.technology`."""
    unit: str
    """Unit of every cell."""
    low: float
    high: float
    meaning: str
    smallest: float = SMALLEST
    """Least believable magnitude of what is not zero."""

    @property
    def smallest_below_zero(self) -> float:
        """The same of what is below zero."""
        return self.smallest


HOURLY_TABLES: tuple[HourlyTable, ...] = (
    HourlyTable("load", "zones", "MW", 0, 200_000, "Existing load of each zone in the base year.", 5),
    HourlyTable(
        "availability",
        "zone.technology",
        "share (0..1)",
        0,
        1,
        "Share of the capacity that can produce; a pair without a column is always available.",
    ),
    HourlyTable(
        "uninterrupted",
        "substations",
        "share (0..1)",
        0,
        1,
        "Share of a substation's interruptible connections that is there; without a column: all of it, but for the hours of "
        "highest residual load of its zone (`power.interrupted_hours`).",
    ),
    HourlyTable(
        "carbon",
        "zones",
        "kg CO2 per MWh (= g/kWh)",
        0,
        2_000,
        "Carbon intensity of consumption in the base year.",
        0.5,
    ),
    HourlyTable("drybulb", "stations", "degrees Celsius", -60, 60, "Dry-bulb temperature at each station."),
    HourlyTable("wetbulb", "stations", "degrees Celsius", -60, 60, "Wet-bulb temperature at each station."),
)


@dataclass(frozen=True)
class Day:
    """One representative day: `hours` consecutive hours of the year that stand for `weight` days of a year."""

    day: str
    """Name, in order of the calendar: d001, d002, ..."""
    first_hour: int
    """Position of its first hour in the hourly tables."""
    weight: float
    """Number of such days in a year; hours per day x the weights of all days sum to 8,760."""
    stands_for: tuple[int, ...] = ()
    """Places, in the record, of the days that it represents; of all representative days each place once."""
