"""Answers of dispatch: every hour of the representative days, and a year of every day."""

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from models.case import Array
from models.plan.rows import Number, ResultRow, Signed
from models.units import Count


class FullYearRow(ResultRow):
    """A year of every day of the record, with the plan's sites, plants and contracts; no rows where it was not replayed."""

    key = ("period",)
    period: str
    """Period."""
    system_meur: Signed
    """Running cost of the whole system with the data centres, lost load included."""
    baseline_meur: Signed
    """Running cost of the same system without them, its reservoirs shared between the days for itself."""
    noise_meur: Number
    """How far the two running costs together may be above the least: what the sharing of reservoirs leaves open."""
    shed_mwh: Number
    """Load not served."""
    baseline_shed_mwh: Number
    """Load not served without the data centres."""
    servers_twh: Number
    """Draw of the new servers with their cooling."""
    matched_twh: Number
    """Of which matched by contracted and built low-carbon plant in the same hour."""
    attributional_kt: Number
    """Unmatched draw x the zone's hourly intensity."""
    system_kt: Number
    """Direct emissions of the whole system with the data centres."""
    system_without_kt: Number
    """Direct emissions of the same system without them."""
    burnt_hours: Number
    """Hours of lines and stores in which power goes round and is lost, with the data centres."""
    burnt_mwh: Number
    """Energy lost by it."""
    present_meur: Signed
    """What the year adds to the period's part of the net present cost as the representative days have it."""
    present_noise_meur: Number
    """How much of that is open, as noise_meur is."""


class FullYearDayRow(ResultRow):
    """Every day of the record; figures of one such day."""

    key = ("period", "first_hour")
    period: str
    """Period."""
    first_hour: Count
    """Position of its first hour in the hourly tables."""
    system_meur: Signed
    """Running cost of the whole system with the data centres, lost load included."""
    baseline_meur: Signed
    """Running cost of the same system without them, reservoirs giving no more than they are allotted for that."""
    shed_mwh: Number
    """Load not served."""
    baseline_shed_mwh: Number
    """Load not served without the data centres."""
    servers_mwh: Number
    """Draw of the new servers with their cooling."""
    matched_mwh: Number
    """Of which matched by contracted and built low-carbon plant in the same hour."""
    emitted_t: Number
    """Unmatched draw x the zone's hourly intensity."""
    system_kt: Number
    """Direct emissions of the whole system with the data centres."""
    system_without_kt: Number
    """Direct emissions of the same system without them."""
    burnt_hours: Number
    """Hours of lines and stores in which power goes round and is lost, with the data centres."""
    burnt_mwh: Number
    """Energy lost by it."""


def _frozen(numbers: Any) -> Array:
    """Return numbers as an array that cannot be changed."""
    array = np.ascontiguousarray(numbers, dtype=np.float64).view()
    array.setflags(write=False)
    return array


Numbers = Annotated[Any, AfterValidator(_frozen)]


class HourlyNames(BaseModel):
    """What the dispatch by hour is over."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    periods: tuple[str, ...]
    """Periods, in order of time."""
    days: tuple[str, ...]
    """Representative days, in order of the calendar."""
    hours: int
    """Hours of a day."""
    keys: Mapping[str, tuple[str, ...]]
    """kind -> its keys. Kinds and keys: servers_mw, load_mw, shed_mw, matched_mw, spilled_mw, and flexible_mw where work may
    wait (zone); output_mw, charge_mw, discharge_mw, level_mwh, online_mw, started_mw (`zone.technology`); forward_mw,
    backward_mw (line)."""

    def shape(self, kind: str) -> tuple[int, int, int, int]:
        """Return the shape of the array of a kind."""
        return len(self.keys[kind]), len(self.periods), len(self.days), self.hours


class Hourly(HourlyNames):
    """Dispatch by hour: an array for each kind, over its keys, the periods, their days and the hours of a day."""

    values: Annotated[Mapping[str, Numbers], Field(exclude=True, repr=False)]
    """kind -> numbers, shape (keys, periods, days, hours); kept in `dispatch.parquet`, not in `plan.json`."""

    @model_validator(mode="after")
    def _fits(self) -> "Hourly":
        """Refuse arrays that are not as long as what they are over."""
        if self.keys.keys() != self.values.keys():
            raise ValueError("kinds of keys and of values must be the same")
        for kind, array in self.values.items():
            if array.shape != (shape := self.shape(kind)):
                raise ValueError(f"{kind} must have the shape (keys, periods, days, hours) = {shape}")
        return self

    def by_key(self, kind: str) -> dict[str, Array]:
        """Return the array of each key of a kind, shape (periods, days, hours)."""
        return dict(zip(self.keys[kind], self.values[kind], strict=True))

    def __eq__(self, other: object) -> bool:
        """Tell whether all names and all numbers are the same."""
        if not isinstance(other, Hourly) or self.model_dump() != other.model_dump():
            return False
        return all(np.array_equal(array, other.values[kind]) for kind, array in self.values.items())


class FullYear(BaseModel):
    """The plan dispatched on every day of the record: how the reservoirs were shared, and how well."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    gap_share: Number
    """How far the sharing of reservoirs over the year is from the proved bound, as a share of the running cost, with the
    data centres."""
    unserved_mwh: Number
    """Load of all periods, a year each, that was lost beyond power.shed_share."""
    allotted_mwh: Mapping[str, tuple[float, ...]]
    """`zone.technology` of a reservoir -> the most it may give on each day, in order period, day (flat)."""
    baseline_allotted_mwh: Mapping[str, tuple[float, ...]]
    """The same without the data centres."""
    carried_mwh: Mapping[str, tuple[float, ...]] = {}
    """`zone.technology` of a store that carries energy over -> what is in it before each day, in order period, day (flat)."""
    baseline_carried_mwh: Mapping[str, tuple[float, ...]] = {}
    """The same without the data centres."""
