"""Writes `carbon.parquet` of every weather year: yearly intensities, hourly by what wind, sun and rivers leave."""

import re
from functools import cache

import numpy as np
import pandas as pd

from inputs.build import load
from inputs.build.clock import DEFAULT_YEAR
from inputs.build.fetch import opened
from inputs.build.hydro import capacities
from inputs.build.profiles import OTHER_YEARS, availability, folder_of, zone_points
from inputs.build.table import EUROPE, FACTS, read_csv, write_hourly
from inputs.build.yields import mix_twh
from models.case import Array, Quality

FACTORS = {
    "nuclear": 12,
    "hydro_reservoir": 24,
    "hydro_ror": 24,
    "geothermal": 38,
    "biomass": 230,
    "waste": 500,
    "wind_onshore": 11,
    "wind_offshore": 12,
    "solar": 45,
}
"""Life-cycle kg CO2e per MWh: medians of IPCC AR5 (WG III, annex III), waste by judgement."""
FUELS = {"coal_TWh": 820, "gas_TWh": 490, "oil_TWh": 650, "hydroelectricity_TWh": 24}
"""The same for what follows the load, by its energy of 2023."""
_PAIR = re.compile(r'"([A-Z0-9-]+)": \{ "zone": \{[^}]*\}, "carbonIntensity": \{ "value": ([0-9.]+)')
USED_SHARE = 0.6
"""Part of what its borders can bring that a country takes in at a time when it buys: judgement."""
FIRST_YEAR = 2026
UNMOVED_SHARE = 0.3
"""Part of the emissions that gives way to no wind or sun (heat, industry, reserves): judgement."""
NOTE = (
    "Contains information from Electricity Maps, yearly carbon intensity 2025 (through npm @tgwf/co2 0.19.0), made "
    "available under the Open Database License (ODbL 1.0); this table is a derivative database under the same licence. "
    "Hourly shape, weather year {year}: wind, sun, rivers, nuclear and steady plants of 2026 first, the rest of the "
    "load by the country's fuels and reservoirs of 2023, life-cycle factors of the IPCC; mixed with the neighbours' "
    "hours by the capacity of the borders"
)

BASIS = "mean: Electricity Maps 2025 (ODbL); hours: what wind, sun, rivers and nuclear leave to fuels, neighbours"


def main() -> None:
    """Write the hourly intensities, kg CO2e per MWh consumed."""
    yearly = intensities()
    for year in (DEFAULT_YEAR, *OTHER_YEARS):
        series = {}
        for fact in read_csv(FACTS / "facts_zones.csv"):
            series[fact["zone"]] = yearly[fact["intensity"]] * consumed(fact["country"], year)
        basis: tuple[Quality, str] = ("derived", BASIS)
        write_hourly(
            "carbon", series, 1, NOTE.format(year=year), stated=dict.fromkeys(series, basis), folder=folder_of(year)
        )


@cache
def intensities() -> dict[str, float]:
    """Read the carbon intensity of consumption in 2025 by zone of Electricity Maps, kg CO2e per MWh."""
    text = opened("@tgwf/co2", "package/dist/cjs/data/electricity-maps/yearly_2025.js").decode()
    return {key: float(value) for key, value in _PAIR.findall(text)}


def consumed(country: str, year: int) -> Array:
    """Compute the hourly intensity of what is consumed relative to its mean: own power and the neighbours'."""
    borders = import_mw()[country]
    brought = USED_SHARE * sum(borders.values())
    imported = brought / (brought + load.net_demand_twh(country) * 1e6 / 8760)
    neighbours = np.average([shape(other, year) for other in borders], axis=0, weights=[*borders.values()])
    mixed = (1 - imported) * shape(country, year) + imported * neighbours
    return np.asarray(mixed / mixed.mean(), dtype=np.float64)


@cache
def import_mw() -> dict[str, dict[str, float]]:
    """Sum what lines in service can bring into each country, MW by neighbour."""
    country = {zone: point[0] for zone, point in zone_points().items()}
    found: dict[str, dict[str, float]] = {}
    for row in read_csv(EUROPE / "lines.csv"):
        for giver, taker, megawatts in (
            (row["from_zone"], row["to_zone"], row["forward_mw"]),
            (row["to_zone"], row["from_zone"], row["backward_mw"]),
        ):
            if country[giver] != country[taker] and int(row["first_year"]) <= FIRST_YEAR:
                known = found.setdefault(country[taker], {})
                known[country[giver]] = known.get(country[giver], 0.0) + float(megawatts)
    return found


@cache
def shape(country: str, year: int) -> Array:
    """Compute the hourly intensity of a country's own power relative to its mean over hours, shape (8760,)."""
    standing = capacities().reindex([zone for zone, point in zone_points().items() if point[0] == country])
    steady = {
        technology: sum(
            availability(str(zone), technology, year) * mw for zone, mw in standing[technology].items() if mw > 0
        )
        for technology in FACTORS
        if technology in standing and technology != "hydro_reservoir"
    }
    # a year without a load of its own keeps that of the default year
    load_year = year if year in load.NOTES else DEFAULT_YEAR
    served = load.shape(country, load_year) * load.net_demand_twh(country) * 1e6 / 8760
    return relative_intensity(pd.DataFrame(steady, index=range(8760)).fillna(0.0), served, following(country))


def following(country: str) -> float:
    """Compute the intensity of what follows the load: the mean of fuels and reservoirs by their energy of 2023."""
    energy = {kind: mix_twh(country)[kind] for kind in FUELS}
    return sum(FUELS[kind] * energy[kind] for kind in FUELS) / max(sum(energy.values()), 1e-9)


def relative_intensity(steady_mw: pd.DataFrame, served_mw: Array, following_kg_per_mwh: float) -> Array:
    """Compute the intensity relative to its mean: what does not follow the load comes first, the rest is burnt."""
    first = steady_mw.sum(axis=1).to_numpy(np.float64)
    emitted = (steady_mw * pd.Series(FACTORS).reindex(steady_mw.columns)).sum(axis=1).to_numpy(np.float64)
    rest = np.maximum(served_mw - first, 0.0)
    intensity = (emitted + rest * following_kg_per_mwh) / (first + rest)
    return np.asarray(UNMOVED_SHARE + (1 - UNMOVED_SHARE) * intensity / intensity.mean(), dtype=np.float64)


if __name__ == "__main__":
    main()
