"""Warnings about hourly columns that do not fit what they belong to: plants, mix, sun, and one another."""

import re
from collections.abc import Iterator, Mapping
from statistics import median

import numpy as np

from models.case import Array, Case, Technology
from models.upper_bounds import fleet_mw, mean_availability
from optimizer.case.faults import Fault
from optimizer.case.plausibility_power import imports_mw, plants_mw
from optimizer.case.table import Tables

YEAR_HOURS = 8000
"""A record at least this long shows the year's mean."""
MONTH_HOURS = 720
"""A record at least this long shows the mean day."""
LEAST_OF_PLANTS = 0.03
"""Mean load is more than this share of the zone's own plants; 0.10 in northern Sweden."""
MOST_OF_SUPPLY = 3.0
"""Mean load is less than so many times the zone's plants and lines; 0.3 in Europe."""
LEAST_HOUR, MOST_HOUR = 0.1, 6.0
"""Every hour's load lies between these shares of the column's median."""
PEERS = 4
"""So many columns of one technology show what is usual."""
FACTOR_OF_PEERS = 3.0
"""Means of one technology differ between zones by less than this factor from their median."""
BANDS: Mapping[str, tuple[float, float]] = {r"solar|\bpv\b|photovolt": (0.05, 0.35), r"wind": (0.08, 0.65)}
"""Word in a technology's code or name -> share of its power that it gives in the mean of a year, in Europe."""
SUN = next(iter(BANDS))
NIGHT_SHARE = 0.05
"""Solar plants with stores give this much at solar midnight (Spain 0.03), others nothing."""
NOON_HOURS = 1.6
"""The middle of a solar plant's mean day is at most so far from solar noon (1.1 in Slovakia's record)."""
LEAST_KG, FACTOR_OF_MIX, MIX_KG = 2.0, 8.0, 60.0
"""An intensity is seldom always below 2 kg/MWh, nor farther off the zone's own mix; 60 kg: trade and life cycles."""
LEAST_LOAD = (1.0, 7.5)
"""Solar hours between which the load of the mean day is least."""


def loads_fit_the_plants(tables: Tables, case: Case) -> Iterator[Fault]:
    """A zone's load is next to nothing beside its own plants, or far beyond them and its lines: another unit?"""
    first = next(iter(case.periods))
    for zone, load in case.hourly["load"].items():
        plants = plants_mw(case, zone, first)
        supply = plants + imports_mw(case, zone)
        if supply and load.mean() > MOST_OF_SUPPLY * supply:
            rule = f"a mean load of {load.mean():,.4g} MW; plants and lines bring {supply:,.0f} MW (kW written for MW?)"
            yield Fault("load", rule, column=zone)
        if 0 < load.mean() < LEAST_OF_PLANTS * plants:
            rule = f"a mean load of {load.mean():,.4g} MW beside plants of {plants:,.0f} MW (GW written for MW?)"
            yield Fault("load", rule, column=zone)


def loads_are_alike_from_hour_to_hour(tables: Tables, case: Case) -> Iterator[Fault]:
    """Single hours of a load are far from its median."""
    for zone, load in case.hourly["load"].items():
        middle = float(np.median(load))
        wrong = np.flatnonzero((load < LEAST_HOUR * middle) | (load > MOST_HOUR * middle))
        if len(wrong):
            rule = f"in hour {wrong[0]} the load is {load[wrong[0]]:,.4g} MW, its median {middle:,.4g}"
            yield Fault("load", f"{rule}; {len(wrong):,} hours are as far off", column=zone)


def loads_sleep_at_night(tables: Tables, case: Case) -> Iterator[Fault]:
    """The load is least when people are up: hours shifted?"""
    for zone, load in case.hourly["load"].items():
        day = mean_day(load)
        if day is not None and np.ptp(day) > 0.1 * day.mean():
            least = float(solar_hours(case.zones[zone].longitude)[day.argmin()])
            if not LEAST_LOAD[0] <= least <= LEAST_LOAD[1]:
                rule = f"load is least at {least:.1f} h solar time; hours are UTC (shifted?)"
                yield Fault("load", rule, column=zone)


def availability_fits_its_technology(tables: Tables, case: Case) -> Iterator[Fault]:
    """The mean of an availability is not of its technology, or far from that of the other zones."""
    means: dict[str, dict[str, float]] = {}
    for pair, shares in case.hourly["availability"].items():
        zone, technology = pair.split(".")
        means.setdefault(technology, {})[zone] = float(shares.mean())
        if shares.max() < 0.03:
            yield Fault("availability", f"is never above {shares.max():.3g} (percent of percent?)", column=pair)
    for technology, zones in means.items():
        band = next((span for words, span in BANDS.items() if _is(words, case.technologies[technology])), (0.0, 1.0))
        middle = median(zones.values())
        for zone, mean in zones.items():
            pair = f"{zone}.{technology}"
            long = len(case.hourly["availability"][pair]) >= YEAR_HOURS
            if long and not band[0] <= mean <= band[1]:
                rule = f"a mean of {mean:.3g}; {technology} gives {band[0]:g} .. {band[1]:g} in a year"
                yield Fault("availability", rule, column=pair)
            elif len(zones) >= PEERS and not middle / FACTOR_OF_PEERS <= mean <= middle * FACTOR_OF_PEERS:
                rule = f"a mean of {mean:.3g}; the median of all zones is {middle:.3g}"
                yield Fault("availability", rule, column=pair)


def sun_and_wind_have_hours(tables: Tables, case: Case) -> Iterator[Fault]:
    """Solar or wind plants, existing or possible, without a column: they would always be available."""
    for zone, technology in sorted({key[:2] for key in case.fleets} | {*case.potentials}):
        fitful = any(_is(words, case.technologies[technology]) for words in BANDS)
        if fitful and f"{zone}.{technology}" not in case.hourly["availability"]:
            rule = "no such column: the plants count as available in every hour"
            yield Fault("availability", rule, column=f"{zone}.{technology}")


def solar_plants_follow_the_sun(tables: Tables, case: Case) -> Iterator[Fault]:
    """A solar plant gives power at solar midnight, or the middle of its mean day is far from solar noon."""
    for pair, shares in case.hourly["availability"].items():
        zone, technology = pair.split(".")
        row = case.zones[zone]
        if not _is(SUN, case.technologies[technology]) or len(shares) % 24 or row.latitude > 66 or not shares.any():
            continue
        day, hours = shares.reshape(-1, 24).mean(axis=0), solar_hours(row.longitude)
        night = float(day[(hours < 1.5) | (hours > 22.5)].max())
        middle = float(np.angle((day * np.exp(1j * hours * np.pi / 12)).sum()) * 12 / np.pi % 24)
        if night > NIGHT_SHARE:
            yield Fault("availability", f"gives {night:.3g} of its power around solar midnight", column=pair)
        elif abs(middle - 12) > NOON_HOURS:
            rule = f"the middle of its mean day is {middle:.1f} h solar time; hours are UTC (shifted?)"
            yield Fault("availability", rule, column=pair)


def intensity_fits_the_mix(tables: Tables, case: Case) -> Iterator[Fault]:
    """A zone's carbon intensity is far from that of its own plants, run in the order of their cost."""
    for zone, intensity in case.hourly["carbon"].items():
        mean, own = float(intensity.mean()), _own_intensity(case, zone)
        if 0 < intensity.max() < LEAST_KG:
            rule = f"is never above {intensity.max():.3g} kg per MWh (t per MWh written?)"
            yield Fault("carbon", rule, column=zone)
        elif mean > FACTOR_OF_MIX * (own + MIX_KG) or FACTOR_OF_MIX * (mean + MIX_KG / 3) < own:
            rule = f"a mean of {mean:.4g} kg per MWh; the zone's own plants would emit about {own:,.0f}"
            yield Fault("carbon", rule, column=zone)


def _is(words: str, technology: Technology) -> bool:
    return bool(re.search(words, f"{technology.technology} {technology.name}".replace("_", " ").lower()))


def solar_hours(longitude: float) -> Array:
    """Return the mean solar time in the middle of each hour of a day in UTC, shape (24,)."""
    return np.asarray((np.arange(24) + 0.5 + longitude / 15) % 24, dtype=np.float64)


def mean_day(values: Array) -> Array | None:
    """Return the mean of every hour of the day, None where the record is too short or has no such days."""
    if len(values) < MONTH_HOURS or len(values) % 24:
        return None
    return np.asarray(values.reshape(-1, 24).mean(axis=0), dtype=np.float64)


def _own_intensity(case: Case, zone: str) -> float:
    """Return what a zone's own plants would emit per MWh of its mean load, kg, cheapest first."""
    left = load = float(case.hourly["load"][zone].mean())
    period, emitted = next(iter(case.periods)), 0.0
    for technology, row in sorted(case.technologies.items(), key=lambda item: item[1].marginal_eur_per_mwh):
        if row.kind != "storage":
            share = mean_availability(case, zone, technology, period)
            output = min(left, fleet_mw(case, zone, technology, period) * share)
            emitted, left = emitted + output * row.emission_kg_per_mwh, left - output
    return emitted / load if load else 0.0
