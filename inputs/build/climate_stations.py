"""Chooses the climate station of a site and estimates the annual mean temperature of stations without a normal."""

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inputs.build.places import GEOD
from inputs.build.table import FACTS
from models.case import Array

RELIEF = FACTS / "relief.npz"
SOUTH, WEST, STEP = 34.0, -11.0, 0.05
"""Corner and width of the cells of the relief, degrees."""
LAPSE_K_PER_M = 0.0065
KM_PER_100_M = 10.0
"""A difference of 100 m in elevation counts as much as 10 km: both change a temperature by about 0.65 K inland."""


@cache
def listed() -> pd.DataFrame:
    """List the stations with design temperatures, indexed by `station`."""
    return pd.read_csv(FACTS / "facts_design.csv", comment="#").set_index("station")


@cache
def station_of(latitude: float, longitude: float) -> str:
    """Give the station whose climate is nearest to a place's: by distance and by difference in elevation."""
    places = listed()
    count = len(places)
    away = GEOD.inv([longitude] * count, [latitude] * count, places["longitude"], places["latitude"])[2]
    rise_m = places["elevation_m"].to_numpy() - elevation_m(latitude, longitude)
    return str(places.index[int(np.argmin(np.asarray(away) / 1000 + abs(rise_m) * KM_PER_100_M / 100))])


def elevation_m(latitude: float, longitude: float) -> float:
    """Give the least elevation within some 3 km, as plants and towns stand on the valley's floor; 0 beyond the map."""
    heights = _relief()
    row, column = int((latitude - SOUTH) / STEP), int((longitude - WEST) / STEP)
    inside = 0 <= row < heights.shape[0] and 0 <= column < heights.shape[1]
    return float(heights[row, column]) if inside else 0.0


def annual_mean_c(places: pd.DataFrame) -> pd.Series:
    """Give the annual mean of stations: the published normal, else that which their design temperatures suggest."""
    known = normals()
    estimated = pd.Series(terms(places) @ coefficients(known), index=places.index)
    return known["mean_c"].reindex(places.index).fillna(estimated).round(2)


@cache
def normals() -> pd.DataFrame:
    """List the normals of 1991-2020 with the stations' design temperatures, indexed by `station`."""
    typed = pd.read_csv(FACTS / "facts_normals.csv", comment="#").set_index("station")
    return typed.join(listed(), how="left", validate="one_to_one")


def coefficients(known: pd.DataFrame) -> Array:
    """Fit the annual mean to design temperatures and place, by least squares."""
    return np.asarray(np.linalg.lstsq(terms(known), known["mean_c"].to_numpy(), rcond=None)[0])


def terms(places: pd.DataFrame) -> Array:
    """Give the terms of the annual mean, a row per station: design temperatures, latitude, longitude, elevation."""
    heating, cooling = places["heating_99_c"] / 10, places["cooling_1_c"] / 10
    terms = [heating, cooling, heating**2, heating * cooling]
    terms += [places["latitude"] / 10, places["longitude"] / 10, places["elevation_m"] / 1000]
    return np.column_stack([np.ones(len(places)), *terms])


@cache
def _relief() -> NDArray[np.int16]:
    """Read the least elevation of the cells of Europe, in m, the southernmost row first."""
    with np.load(RELIEF) as archive:
        return np.asarray(archive["least_m"])
