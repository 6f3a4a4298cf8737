"""The whole year: a plan's investments on every day of the record, the reservoirs shared between the days."""

from dataclasses import dataclass

from models.case import Array


@dataclass(frozen=True)
class YearDay:
    """One day of the record with the plan's investments; figures of one such day."""

    period: str
    first_hour: int
    """Position of its first hour in the hourly tables."""
    running_meur: float
    """Running cost of the whole system, lost load included."""
    baseline_meur: float
    """The same without new data centres, reservoirs giving no more than they are allotted with them."""
    shed_mwh: float
    """Load not served."""
    baseline_shed_mwh: float
    """The same without new data centres."""
    draw_mwh: float
    """Draw of the new servers with their cooling."""
    matched_mwh: float
    """Of which matched by contracted and built low-carbon plant in the same hour."""
    emission_t: float
    """Unmatched draw x the zone's hourly intensity."""
    system_emission_kt: float
    """Direct emissions of the whole system."""
    baseline_emission_kt: float
    """The same without new data centres."""


@dataclass(frozen=True)
class Year:
    """Every day of the record in every period."""

    days: tuple[YearDay, ...]
    """Period by period, in order of the calendar."""
    allotted_mwh: Array
    """The most each reservoir may give on each day, shape (periods, days, reservoirs in the order of the case)."""
    gap_share: float
    """How far the sharing of the reservoirs is from the proved bound, as a share of the running cost."""
    unserved_mwh: float
    """Load lost beyond power.shed_share in all periods, a year each."""
