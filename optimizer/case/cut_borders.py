"""Zones at the border of a cut: what zones beyond it sent them is taken off their load.

A zone that stays as a border keeps its load, its plants and the lines to zones that stay; its lines to zones that are
left out go with them. What its own plants cannot serve in an hour, with reservoirs held to their year's water and
stores not counted, came over its lines: over those that are left out first, as far as they carried it. The zone keeps
the rest of its load, in every period's measure, so that it does not draw on the zones that stay for what others sent.
What it sent to zones beyond is not known without a plan: there its plants serve nobody, and may serve the cut instead.
"""

from collections.abc import Collection

import numpy as np

from models.case import Array, Case
from models.timeline import mean_growth
from models.upper_bounds import fleet_mw, transfer_mw


def shortage_mw(case: Case, zone: str, period: str) -> Array:
    """Return the load that a zone's own plants cannot serve in a period, MW, shape (hours of the hourly tables,)."""
    load = grown_load_mw(case, zone, period)
    output, water, energy_mwh = np.zeros_like(load), np.zeros_like(load), 0.0
    for technology, row in case.technologies.items():
        capacity = fleet_mw(case, zone, technology, period)
        if row.kind == "storage" or not capacity:
            continue
        able = capacity * case.hourly["availability"].get(f"{zone}.{technology}", np.ones_like(load))
        if reservoir := case.reservoirs.get((zone, technology)):
            water += able
            energy_mwh += reservoir.energy_twh * 1e6 * len(load) / 8760
        else:
            output += able
    left = np.maximum(load - output, 0.0)
    drawn = np.minimum(left, water)
    return np.asarray(left - drawn * min(1.0, energy_mwh / max(float(drawn.sum()), 1e-9)))


def grown_load_mw(case: Case, zone: str, period: str) -> Array:
    """Return the existing load of a zone in a period, MW, shape (hours of the hourly tables,)."""
    growth = mean_growth(case, period, case.zones[zone].load_growth_share)
    return np.asarray(case.hourly["load"][zone] * growth)


def lines_into_mw(case: Case, zone: str, others: Collection[str], period: str) -> float:
    """Return what lines from other zones bring into a zone in a period, MW."""
    found = 0.0
    for line, row in case.lines.items():
        forward, backward = transfer_mw(case, line, period)
        found += forward * (row.to_zone == zone and row.from_zone in others)
        found += backward * (row.from_zone == zone and row.to_zone in others)
    return found


def trade_from_beyond_mw(case: Case, zone: str, beyond: Collection[str]) -> Array:
    """Return what zones beyond the cut send to a border zone, MW of the base year, shape (hours,)."""
    taken = np.zeros_like(case.hourly["load"][zone])
    for period in case.periods:
        growth = mean_growth(case, period, case.zones[zone].load_growth_share)
        sent = np.minimum(shortage_mw(case, zone, period), lines_into_mw(case, zone, beyond, period))
        taken = np.maximum(taken, sent / growth)
    return taken
