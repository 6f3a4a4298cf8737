"""Computes where the sun stands (NOAA Global Monitoring Laboratory, general solar position calculations)."""

import numpy as np
import pandas as pd

from models.case import Array


def equation_of_time_hours(hours: pd.DatetimeIndex) -> Array:
    """Compute by how much the sun is ahead of the mean sun, -0.24 to 0.27 hours."""
    angle = _angle(hours)
    terms = 0.000075 + 0.001868 * np.cos(angle) - 0.032077 * np.sin(angle)
    terms += -0.014615 * np.cos(2 * angle) - 0.040849 * np.sin(2 * angle)
    return np.asarray(229.18 * terms / 60)


def elevation_degrees(hours: pd.DatetimeIndex, latitude: float, longitude: float) -> Array:
    """Compute the sun's elevation at moments in UTC."""
    angle = _angle(hours)
    declination = 0.006918 - 0.399912 * np.cos(angle) + 0.070257 * np.sin(angle) - 0.006758 * np.cos(2 * angle)
    declination += 0.000907 * np.sin(2 * angle) - 0.002697 * np.cos(3 * angle) + 0.00148 * np.sin(3 * angle)
    solar = hours.hour + hours.minute / 60 + equation_of_time_hours(hours) + longitude / 15
    sine = np.sin(np.radians(latitude)) * np.sin(declination)
    sine += np.cos(np.radians(latitude)) * np.cos(declination) * np.cos(np.radians(15 * (solar - 12)))
    return np.asarray(np.degrees(np.arcsin(sine)), dtype=np.float64)


def highest_in_hour(hours: pd.DatetimeIndex, latitude: float, longitude: float) -> Array:
    """Compute the greatest elevation within the hours that begin at the moments given."""
    moments = [elevation_degrees(hours + pd.Timedelta(minutes=at), latitude, longitude) for at in (0, 15, 30, 45, 60)]
    return np.asarray(np.max(moments, axis=0))


def _angle(hours: pd.DatetimeIndex) -> Array:
    return np.asarray(2 * np.pi / 365 * (hours.dayofyear - 1 + (hours.hour - 12) / 24), dtype=np.float64)
