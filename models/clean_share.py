"""How much of a zone's mix is not clean, hour by hour: the most that its carbon intensity allows."""

import numpy as np

from models.case import Array, Case
from models.reservoir_days import reservoir_share
from models.timeline import mean_growth
from models.upper_bounds import contractable_mw


def fossil_kg_per_mwh(case: Case) -> float:
    """Return the emissions of the cleanest plant of the case that is not low-carbon and emits, kg per MWh; 0 for none."""
    emitting = (row.emission_kg_per_mwh for row in case.technologies.values() if not row.low_carbon)
    return min((kg for kg in emitting if kg > 0), default=0.0)


def unclean_share(case: Case, zone: str, period: str) -> Array:
    """Return the share of the zone's mix that is not clean in every hour of the record, as `matching.grid` counts it."""
    rules, least = case.settings.matching, fossil_kg_per_mwh(case)
    intensity = case.hourly["carbon"][zone] * mean_growth(case, period, -case.zones[zone].carbon_decline_share)
    if rules.grid == "none":
        return np.ones_like(intensity)
    share = np.minimum(intensity / least, 1.0) if least else np.sign(intensity)
    if rules.grid == "average" or rules.additional:
        return share
    load = case.hourly["load"][zone] * mean_growth(case, period, case.zones[zone].load_growth_share)
    rest = load - contractable_output_mw(case, zone, period)
    return np.minimum(np.divide(share * load, rest, out=np.sign(share), where=rest > 0), 1.0)


def contractable_output_mw(case: Case, zone: str, period: str) -> Array:
    """Return what existing low-carbon generation of a zone that is free to contract can give in every hour, MW."""
    total = np.zeros_like(case.hourly["load"][zone])
    for place, technology in case.supplies:
        free_mw = contractable_mw(case, zone, technology, period) if place == zone else 0.0
        if free_mw and case.technologies[technology].kind != "storage":
            total += free_mw * matching_share(case, zone, technology, period)
    return total


def matching_share(case: Case, zone: str, technology: str, period: str) -> Array:
    """Return the share of its power that contracted or built plant can match, by hour of the record."""
    if (zone, technology) in case.reservoirs:
        return reservoir_share(case, zone, technology, period)
    column = case.hourly["availability"].get(f"{zone}.{technology}")
    return np.ones(len(case.hourly["load"][zone])) if column is None else column
