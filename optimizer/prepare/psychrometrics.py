"""Psychrometrics of moist air, vectorised: ASHRAE Handbook Fundamentals 2017, chapter 1, SI units."""

import numpy as np

from models.case import Array

TRIPLE_POINT_C = 0.01
VAPOUR_TO_AIR = 0.621945
"""Ratio of the molar masses of water and dry air."""


def standard_pressure_pa(elevation_m: float) -> float:
    """Give the pressure of the standard atmosphere in Pa at an elevation in m (equation 3)."""
    return float(101_325.0 * (1.0 - 2.25577e-5 * elevation_m) ** 5.2559)


def saturation_pressure_pa(temperature_c: Array) -> Array:
    """Give the saturation pressure of water vapour in Pa, over ice below the triple point (equations 5 and 6)."""
    kelvin = np.asarray(temperature_c, dtype=np.float64) + 273.15
    over_ice = (
        -5.6745359e3 / kelvin
        + 6.3925247
        - 9.677843e-3 * kelvin
        + 6.2215701e-7 * kelvin**2
        + 2.0747825e-9 * kelvin**3
        - 9.484024e-13 * kelvin**4
        + 4.1635019 * np.log(kelvin)
    )
    over_water = (
        -5.8002206e3 / kelvin
        + 1.3914993
        - 4.8640239e-2 * kelvin
        + 4.1764768e-5 * kelvin**2
        - 1.4452093e-8 * kelvin**3
        + 6.5459673 * np.log(kelvin)
    )
    return np.asarray(np.exp(np.where(kelvin <= 273.15 + TRIPLE_POINT_C, over_ice, over_water)))


def saturated_ratio(temperature_c: Array, pressure_pa: float) -> Array:
    """Give the humidity ratio of saturated air, kg water per kg dry air (equation 21)."""
    vapour_pa = saturation_pressure_pa(temperature_c)
    return VAPOUR_TO_AIR * vapour_pa / (pressure_pa - vapour_pa)


def humidity_ratio(drybulb_c: Array, wetbulb_c: Array, pressure_pa: float) -> Array:
    """Give the humidity ratio from dry and wet bulb, kg water per kg dry air, never negative (equations 33 and 35)."""
    saturated = saturated_ratio(wetbulb_c, pressure_pa)
    over_water = ((2501.0 - 2.326 * wetbulb_c) * saturated - 1.006 * (drybulb_c - wetbulb_c)) / (
        2501.0 + 1.86 * drybulb_c - 4.186 * wetbulb_c
    )
    over_ice = ((2830.0 - 0.24 * wetbulb_c) * saturated - 1.006 * (drybulb_c - wetbulb_c)) / (
        2830.0 + 1.86 * drybulb_c - 2.1 * wetbulb_c
    )
    return np.maximum(np.where(wetbulb_c >= 0.0, over_water, over_ice), 0.0)


def enthalpy_kj_per_kg(drybulb_c: Array, ratio: Array) -> Array:
    """Give the enthalpy of moist air in kJ per kg dry air (equation 30)."""
    return 1.006 * drybulb_c + ratio * (2501.0 + 1.86 * drybulb_c)


def wet_bulb(drybulb_c: Array, dewpoint_c: Array, pressure_pa: float) -> Array:
    """Give the wet bulb in degrees Celsius by bisection between dew point and dry bulb, to 0.001 K."""
    low = np.minimum(dewpoint_c, drybulb_c)
    high = np.array(drybulb_c, dtype=np.float64)
    wanted = saturated_ratio(low, pressure_pa)
    while np.max(high - low) > 1e-3:
        middle = (low + high) / 2.0
        damp = humidity_ratio(drybulb_c, middle, pressure_pa) > wanted
        high = np.where(damp, middle, high)
        low = np.where(damp, low, middle)
    return (low + high) / 2.0
