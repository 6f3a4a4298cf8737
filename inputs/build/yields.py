"""Computes how much a MW of wind or solar yields in each country, so that national energy totals are met."""

import json
from functools import cache

from inputs.build.fetch import opened
from inputs.build.fleets import balances

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
OFFSHORE_FACTOR = 1.6
"""Yield of a MW offshore relative to onshore in the same country."""
MEAN_OF_YEAR = {"wind": 0.97, "solar": 0.9}
"""Mean capacity of 2024 relative to its end."""
LIMITS = {"wind_onshore": (0.17, 0.36), "wind_offshore": (0.33, 0.48), "solar": (0.085, 0.2)}
"""Believable yields, mean output over capacity; capacities typed from rounded statistics may lead outside."""


@cache
def yields(country: str) -> dict[str, float]:
    """Give mean output over capacity by technology: energy of 2024 over the mean capacity of 2024, within limits."""
    fact = balances()[country]
    mix = _mix()[ISO3[country]]
    both = mix["wind_TWh"] + mix["solar_TWh"]
    hours = 8784 / 1e6
    wind = fact["wind_solar_twh"] * mix["wind_TWh"] / both
    solar = fact["wind_solar_twh"] * mix["solar_TWh"] / both
    turbines = (fact["onshore_mw"] + OFFSHORE_FACTOR * fact["offshore_mw"]) * MEAN_OF_YEAR["wind"]
    onshore = wind / (turbines * hours) if turbines else 0.0
    found = {
        "wind_onshore": onshore,
        "wind_offshore": OFFSHORE_FACTOR * onshore,
        "solar": solar / (fact["solar_mw"] * MEAN_OF_YEAR["solar"] * hours),
    }
    return {key: min(max(value, LIMITS[key][0]), LIMITS[key][1]) for key, value in found.items()}


@cache
def _mix() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = json.loads(
        opened("codecarbon", "codecarbon/data/private_infra/global_energy_mix.json")
    )
    return found
