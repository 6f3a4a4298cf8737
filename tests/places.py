"""Rows for tests that care about few of their columns."""

from models.case import Array, Cooling, Region, Site, Station
from optimizer.prepare.psychrometrics import VAPOUR_TO_AIR, humidity_ratio, saturation_pressure_pa


def relative_humidity(drybulb_c: Array, wetbulb_c: Array, pressure_pa: float) -> Array:
    """Give the vapour's share of its pressure at saturation (ASHRAE Fundamentals 2017, chapter 1, equations 12, 20)."""
    ratio = humidity_ratio(drybulb_c, wetbulb_c, pressure_pa)
    return pressure_pa * ratio / (VAPOUR_TO_AIR + ratio) / saturation_pressure_pa(drybulb_c)


def technology(family: str, **changes: object) -> Cooling:
    """Give a cooling technology with round numbers, changed as told."""
    row = {
        "cooling": family,
        "name": family,
        "family": family,
        "rack_limit_kw": 100,
        "needs_water_body": False,
        "capex_meur_per_mw": 10,
        "fixed_share": 0.03,
        "life_years": 20,
        "power_loss_share": 0.05,
        "fan_share": 0.03,
        "pump_share": 0.02,
        "supply_c": 25,
        "approach_k": 5,
        "effectiveness_share": 0.8,
        "carnot_share": 0.5,
        "pue_fixed": 0,
        "wue_fixed_l_per_kwh": 0,
        "reuse_share": 0,
        "source": "test",
        "quality": "estimate",
    }
    return Cooling.model_validate(row | changes)


def station(name: str, **changes: object) -> Station:
    """Give a station at sea level, changed as told."""
    row = {
        "station": name,
        "name": name,
        "latitude": 50,
        "longitude": 5,
        "elevation_m": 0,
        "design_drybulb_c": 38,
        "design_wetbulb_c": 24,
        "source": "test",
        "quality": "estimate",
    }
    return Station.model_validate(row | changes)


def site(name: str, at: str = "here", latitude: float = 50, longitude: float = 5) -> Site:
    """Give a candidate site at a station and a place."""
    row: dict[str, object] = dict.fromkeys(("country", "zone", "substation", "basin"), "X")
    row |= {"site": name, "name": name, "station": at}
    row |= {"latitude": latitude, "longitude": longitude}
    row |= {"kind": "other", "status": "candidate", "water_source": "none", "committed_chip": "", "source": "test"}
    row |= dict.fromkeys(("permit_year", "connection_year", "committed_year"), "2026")
    row |= {"committed_cooling": "", "quality": "estimate"}
    numbers = [name for name, field in Site.model_fields.items() if name not in row and field.is_required()]
    return Site.model_validate(row | dict.fromkeys(numbers, 0))


def region(name: str, latitude: float, longitude: float) -> Region:
    """Give a region at a place."""
    return Region(
        region=name,
        name=name,
        latitude=latitude,
        longitude=longitude,
        population_people=1,
        source="test",
        quality="estimate",
    )
