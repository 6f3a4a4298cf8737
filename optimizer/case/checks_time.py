"""Rules on time: periods without gap, plants built in time, whole days, temperatures that can stand in one hour."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from models.case import Array
from models.settings import Time
from optimizer.case.faults import Fault
from optimizer.case.table import Table
from optimizer.prepare.representative_days import hours_left_out


def period_faults(periods: Table, base_year: int) -> Iterator[Fault]:
    """Yield the periods that begin before the base year, leave a gap or overlap."""
    expected: float | None = None
    for key, row in sorted(periods.rows.items(), key=lambda item: (item[1].first_year, item[0])):
        if expected is None and row.first_year < base_year:
            yield periods.fault(key, "first_year", f"before the base year {base_year} of the scenario")
        if expected is not None and row.first_year != expected and not periods.rows_refused:
            rule = f"must be {expected:g}, the year after the period before it"
            yield periods.fault(key, "first_year", rule)
        expected = row.first_year + row.length_years


def construction_faults(technologies: Table) -> Iterator[Fault]:
    """Yield the plants under construction for longer than from the base year to their first MW."""
    for key, row in technologies.rows.items():
        if row.construction_years > row.lead_years:
            yield technologies.fault(key, "construction_years", f"must be at most lead_years = {row.lead_years:g}")


def hour_faults(hourly: Mapping[str, Mapping[str, Array]], time: Time) -> Iterator[Fault]:
    """Yield the hourly tables that are not as long as most, no whole days, or fewer than the representative ones."""
    lengths = {name: len(values) for name, columns in hourly.items() for values in columns.values()}
    found = Counter(lengths.values())
    hours = max(found, key=lambda each: (found[each], each == lengths.get("load")), default=0)
    for name, length in lengths.items():
        if length != hours:
            others = "the others have" if found[hours] > 1 else "load has"
            yield Fault(name, f"has {length:,} hours, {others} {hours:,}", column="hour")
    if hours_left_out(hours, time) is None:
        rule = f"has {hours:,} hours, no multiple of {time.hours_per_day} a day"
        yield Fault(next(name for name in lengths if lengths[name] == hours), rule, column="hour")
    elif hours_left_out(hours, time.model_copy(update={"hours_per_day": time.year_hours})) is None:
        rule = f"the hourly tables hold {hours:,} hours, no multiple of it"
        yield Fault("scenario", rule, column="time.replay_hours", value=str(time.replay_hours))
    elif len(time.worst_zones) >= time.representative_days - time.extremes and time.worst_zones:
        rule = f"no day is left to choose: {time.representative_days} are asked for"
        yield Fault("scenario", rule, column="time.worst_zones", value=" ".join(time.worst_zones))
    elif hours and time.representative_days > hours // time.hours_per_day:
        rule = f"the hourly tables hold only {hours // time.hours_per_day} days of {time.hours_per_day} hours"
        yield Fault("scenario", rule, column="time.representative_days", value=str(time.representative_days))


def wet_bulb_faults(stations: Table, hourly: Mapping[str, Mapping[str, Array]]) -> Iterator[Fault]:
    """Yield the wet-bulb temperatures above the dry bulb; in the record a tenth of a degree is left to rounding."""
    drybulb = hourly.get("drybulb", {})
    for station, wet in hourly.get("wetbulb", {}).items():
        if station in drybulb and len(drybulb[station]) == len(wet):
            for hour in np.flatnonzero(wet > drybulb[station] + 0.1)[:1]:
                rule = f"above the dry bulb, {drybulb[station][hour]:g}, in hour {hour}"
                yield Fault("wetbulb", rule, column=station, value=f"{wet[hour]:g}")
    for key, row in stations.rows.items():
        if row.design_wetbulb_c > row.design_drybulb_c:
            yield stations.fault(key, "design_wetbulb_c", f"above design_drybulb_c = {row.design_drybulb_c:g}")


def life_faults(tables: Mapping[str, Table]) -> Iterator[Fault]:
    """Yield the cooling and the technologies that do not last for all periods."""
    periods = tables["periods"].rows.values()
    if not periods:
        return
    span = max(row.first_year + row.length_years for row in periods) - min(row.first_year for row in periods)
    for name in ("cooling", "technologies"):
        for key, row in tables[name].rows.items():
            if row.life_years < span:
                yield tables[name].fault(key, "life_years", f"must be at least {span:g}, the years of all periods")
