"""Warnings about weather that is not that of its place."""

from collections.abc import Iterator

import numpy as np

from models.case import Case
from optimizer.case.faults import Fault
from optimizer.case.plausibility_hourly import YEAR_HOURS, mean_day, solar_hours
from optimizer.case.table import Tables
from optimizer.prepare.psychrometrics import humidity_ratio, standard_pressure_pa

KELVIN_OFF = 8.0
"""The year's mean temperature differs at most so much from what latitude and height suggest (4.5 K in Europe)."""
HOTTEST = (10.5, 18.5)
"""Solar hours between which the mean day is hottest."""


def temperatures_fit_the_place(tables: Tables, case: Case) -> Iterator[Fault]:
    """A station's mean or extremes are not those of its latitude, height and design day, or its day is shifted."""
    for name, row in case.stations.items():
        dry = case.hourly["drybulb"].get(name)
        if dry is None:
            continue
        # least squares over 105 stations of Europe, 2019: off by 4.5 K at most
        usual = 58.2 - 1.324 * row.latitude + 0.00742 * row.latitude**2 - 0.0058 * row.elevation_m
        if len(dry) >= YEAR_HOURS and abs(dry.mean() - usual) > KELVIN_OFF:
            rule = (
                f"a mean of {dry.mean():.1f} C; at {row.latitude:g} N, {row.elevation_m:g} m about {usual:.0f} is usual"
            )
            yield Fault("drybulb", rule, column=name)
        if dry.max() > row.design_drybulb_c + 3 or (len(dry) >= YEAR_HOURS and dry.max() < row.design_drybulb_c - 12):
            rule = f"the record's extreme is {dry.max():.1f} C"
            yield tables["stations"].fault(name, "design_drybulb_c", rule)
        day = mean_day(dry)
        if day is not None and np.ptp(day) > 2:
            hottest = float(solar_hours(row.longitude)[day.argmax()])
            if not HOTTEST[0] <= hottest <= HOTTEST[1]:
                rule = f"the mean day is hottest at {hottest:.1f} h solar time; hours are UTC (shifted?)"
                yield Fault("drybulb", rule, column=name)


def air_holds_some_water(tables: Tables, case: Case) -> Iterator[Fault]:
    """A wet bulb is lower than that of bone-dry air: a dew point, or another unit?"""
    for name, wet in case.hourly["wetbulb"].items():
        dry = case.hourly["drybulb"].get(name)
        if dry is None:
            continue
        pressure = standard_pressure_pa(case.stations[name].elevation_m)
        below = int((humidity_ratio(dry, np.minimum(wet + 1.0, dry), pressure) == 0).sum())
        if below:
            rule = f"in {below:,} hours more than 1 K below the wet bulb of bone-dry air (a dew point?)"
            yield Fault("wetbulb", rule, column=name)
