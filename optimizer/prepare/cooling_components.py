"""Component model of PUE and WUE: what a hall draws beside its servers, hour by hour, from dry bulb and wet bulb.

Everything is per unit of server power, and all server power becomes heat. The structure and the ranges of the constants
follow Lei & Masanet, Energy 201 (2020) 117556 and Resources, Conservation & Recycling 182 (2022) 106323.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.case import Array, Cooling
from optimizer.prepare.psychrometrics import enthalpy_kj_per_kg, humidity_ratio, saturated_ratio

AIR_RISE_K = 14.0
"""Warming of the air in the servers (13.9 - 19.4 K in large halls)."""
WATER_RISE_K = 6.0
"""Warming of chilled water and of tower water (5 - 10 and 4 - 6 K)."""
COIL_K = 6.0
"""Air leaves a cooling coil this much warmer than the water enters it (coil effectiveness 0.7 - 0.9)."""
PINCH_K = 4.0
"""Refrigerant to water or air, in evaporator and condenser."""
LEAST_LIFT_K = 15.0
"""Compressors keep at least this difference between condensing and evaporating temperature."""
CYCLES = 5.0
"""Cycles of concentration before water is blown down (3 - 15)."""
DEWPOINT_FLOOR_C = 5.5
"""Outdoor air drier than this dew point is humidified (ASHRAE TC 9.9, 2011, recommended envelope)."""
LOOP_RISE_K = 10.0
"""Warming of the liquid in a direct-to-chip loop (5 - 10 K)."""
AIR_SHARE = 0.15
"""Share of a liquid-cooled rack's heat that still leaves by air (10 - 20 % of a GB200 NVL72)."""
AIR_SUPPLY_C = 27.0
"""Temperature of that air (ASHRAE TC 9.9, upper end of the recommended envelope)."""
LATENT_KJ_PER_KG = 2450.0
KJ_PER_KWH = 3600.0
AIR_KJ_PER_KG_K = 1.006


@dataclass(frozen=True)
class Weather:
    """Weather at a station, arrays of shape (hours,)."""

    drybulb_c: Array
    wetbulb_c: Array
    body_c: Array
    """Temperature of a river, lake or sea nearby."""
    pressure_pa: float

    @cached_property
    def ratio(self) -> Array:
        """Humidity ratio of the air, kg water per kg dry air, shape (hours,)."""
        return humidity_ratio(self.drybulb_c, self.wetbulb_c, self.pressure_pa)


Rates = tuple[Array, Array]
"""Chiller power per unit of server power, and litres of water per kWh of servers; shape (hours,) each."""


def hourly_pue_wue(kind: Cooling, weather: Weather) -> Rates:
    """Give PUE and WUE (litres per kWh of servers) of a cooling technology by hour, shape (hours,) each."""
    chiller, litres = FAMILIES[kind.family](kind, weather)
    return 1.0 + kind.power_loss_share + kind.fan_share + kind.pump_share + chiller, litres


def _airside(kind: Cooling, weather: Weather) -> Rates:
    """Outside air: mixed with return air when cold, adiabatically cooled when warm, chilled over a tower beyond."""
    air_c, litres = _adiabatic(kind, weather, kind.supply_c)
    too_warm = _unmet(air_c, kind.supply_c, AIR_RISE_K)
    tower_c = weather.wetbulb_c + kind.approach_k
    chiller = _compressor(kind, too_warm, kind.supply_c - COIL_K, tower_c + WATER_RISE_K)
    outside = AIR_RISE_K / np.maximum(kind.supply_c + AIR_RISE_K - weather.drybulb_c, AIR_RISE_K)
    floor = saturated_ratio(np.array([DEWPOINT_FLOOR_C]), weather.pressure_pa)
    dry = np.maximum(floor - weather.ratio, 0.0)
    humidified = np.where(litres > 0.0, 0.0, outside * _air_kg_per_kwh() * dry)
    return chiller, litres + _blown_down(humidified) + _tower_litres(weather, tower_c, too_warm + chiller)


def _waterside(kind: Cooling, weather: Weather) -> Rates:
    """Cooling towers take all the heat while cold enough, part while colder than the return, chillers the rest."""
    wanted_c = kind.supply_c - COIL_K
    tower_c = np.maximum(weather.wetbulb_c + kind.approach_k, wanted_c)
    chiller = _compressor(kind, _unmet(tower_c, wanted_c, WATER_RISE_K), wanted_c, tower_c + WATER_RISE_K)
    return chiller, _tower_litres(weather, tower_c, 1.0 + chiller)


def _liquid_dry(kind: Cooling, weather: Weather) -> Rates:
    """Direct liquid cooling over dry coolers (with adiabatic pads where the effectiveness is above 0)."""
    air_c, litres = _adiabatic(kind, weather, kind.supply_c - kind.approach_k)
    return _liquid(kind, air_c + kind.approach_k), litres


def _once_through(kind: Cooling, weather: Weather) -> Rates:
    """Direct liquid cooling over a heat exchanger with a river, lake or sea, whose water is returned."""
    return _liquid(kind, weather.body_c + kind.approach_k), np.zeros_like(weather.body_c)


def _air_cooled(kind: Cooling, weather: Weather) -> Rates:
    """Air-cooled chillers without economiser."""
    all_heat = np.ones_like(weather.drybulb_c)
    chiller = _compressor(kind, all_heat, kind.supply_c - COIL_K, weather.drybulb_c + kind.approach_k)
    return chiller, np.zeros_like(chiller)


FAMILIES: Mapping[str, Callable[[Cooling, Weather], Rates]] = {
    "airside": _airside,
    "waterside": _waterside,
    "liquid_dry": _liquid_dry,
    "once_through": _once_through,
    "chiller": _air_cooled,
}


def _liquid(kind: Cooling, source_c: Array) -> Array:
    """Chiller power of a liquid-cooled hall: its warm loop and its remaining air, both fed from one source of cold."""
    loop = (1.0 - AIR_SHARE) * _unmet(source_c, kind.supply_c, LOOP_RISE_K)
    air_c = AIR_SUPPLY_C - COIL_K
    air = AIR_SHARE * _unmet(source_c, air_c, WATER_RISE_K)
    return _compressor(kind, loop, kind.supply_c, source_c) + _compressor(kind, air, air_c, source_c)


def _unmet(source_c: Array, wanted_c: float, rise_k: float) -> Array:
    """Share of the heat that a source of cold leaves to the chillers, 1 once it is as warm as the return."""
    return np.clip((source_c - wanted_c) / rise_k, 0.0, 1.0)


def _compressor(kind: Cooling, heat: Array, cold_c: float, warm_c: Array) -> Array:
    """Power that lifts heat: heat / (carnot share x Carnot's coefficient of performance)."""
    if kind.carnot_share == 0.0:
        if heat.any():
            raise ValueError(f"cooling {kind.cooling} has no chiller (carnot_share 0) but meets hours that need one")
        return np.zeros_like(heat)
    evaporating_c = cold_c - PINCH_K
    lift_k = np.maximum(warm_c + PINCH_K - evaporating_c, LEAST_LIFT_K)
    return heat * lift_k / (kind.carnot_share * (evaporating_c + 273.15))


def _adiabatic(kind: Cooling, weather: Weather, wanted_c: float) -> Rates:
    """Cool outside air towards its wet bulb, no further than wanted; give its temperature and litres per kWh."""
    dry = weather.drybulb_c
    coldest = dry - kind.effectiveness_share * (dry - weather.wetbulb_c)
    air_c = np.where(dry > wanted_c, np.maximum(coldest, wanted_c), dry)
    litres = _air_kg_per_kwh() * AIR_KJ_PER_KG_K * (dry - air_c) / LATENT_KJ_PER_KG
    return air_c, _blown_down(litres)


def _air_kg_per_kwh() -> float:
    return KJ_PER_KWH / (AIR_KJ_PER_KG_K * AIR_RISE_K)


def _tower_litres(weather: Weather, tower_c: Array, heat: Array) -> Array:
    """Water of a tower by Merkel's balance: the air leaves saturated, half the range above the cooled water."""
    out_c = tower_c + WATER_RISE_K / 2.0
    ratio_out = saturated_ratio(out_c, weather.pressure_pa)
    gained = enthalpy_kj_per_kg(out_c, ratio_out) - enthalpy_kj_per_kg(weather.drybulb_c, weather.ratio)
    return _blown_down(heat * KJ_PER_KWH * (ratio_out - weather.ratio) / gained)


def _blown_down(evaporated: Array) -> Array:
    """Add the blowdown that keeps the concentration at the given cycles to what evaporates."""
    return evaporated * CYCLES / (CYCLES - 1.0)
