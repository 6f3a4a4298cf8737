"""Reads the power plants of powerplantmatching (CC BY 4.0), corrects them and places each in its bidding zone."""

import io
from functools import cache

import numpy as np
import pandas as pd
import shapely

from inputs.build.borders import polygons
from inputs.build.fetch import opened
from inputs.build.table import FACTS, read_csv

TECHNOLOGIES = {
    "Nuclear": "nuclear",
    "Geothermal": "geothermal",
    "Biogas": "biomass",
    "Solid Biomass": "biomass",
    "Waste": "waste",
    "Wind": "wind_onshore",
    "Solar": "solar",
    "Natural Gas": "gas",
    "Hard Coal": "coal",
    "Lignite": "lignite",
    "Oil": "oil",
    "Other": "oil",
    "Hydro": "hydro_ror",
    "Battery": "battery",
}
"""Fuel type -> technology; wind, hydro and gas are told apart by their technology below."""
COUNTRIES = {
    "Austria": "AT",
    "Belgium": "BE",
    "Bulgaria": "BG",
    "Croatia": "HR",
    "Czechia": "CZ",
    "Denmark": "DK",
    "Estonia": "EE",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Greece": "GR",
    "Hungary": "HU",
    "Ireland": "IE",
    "Italy": "IT",
    "Latvia": "LV",
    "Lithuania": "LT",
    "Luxembourg": "DE",
    "Netherlands": "NL",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "Romania": "RO",
    "Serbia": "RS",
    "Slovakia": "SK",
    "Slovenia": "SI",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "United Kingdom": "GB",
}


STATED = ("Name", "Country", "Fueltype", "Technology", "Set", "Capacity", "Efficiency")
BELIEVABLE_EFFICIENCY = (0.15, 0.65)


@cache
def plants() -> pd.DataFrame:
    """Give one row per plant: technology, country, zone, capacity_mw, efficiency, heat, first and last year."""
    raw = pd.read_csv(
        io.BytesIO(opened("powerplantmatching", "powerplantmatching-0.9.1/powerplants.csv")), low_memory=False
    )
    raw = raw[raw["Country"].isin(COUNTRIES) & raw["Fueltype"].isin(TECHNOLOGIES)]
    raw = _corrected(raw[[*STATED, "DateIn", "DateOut", "lat", "lon"]])
    technology = raw["Fueltype"].map(TECHNOLOGIES)
    technology = technology.mask((technology == "wind_onshore") & (raw["Technology"] == "Offshore"), "wind_offshore")
    technology = technology.mask((technology == "hydro_ror") & (raw["Technology"] == "Reservoir"), "hydro_reservoir")
    technology = technology.mask((technology == "hydro_ror") & (raw["Technology"] == "Pumped Storage"), "hydro_pumped")
    turbine = raw["Technology"].isin(["OCGT", "Steam Turbine", "Combustion Engine"])
    technology = technology.mask((technology == "gas") & turbine, "gas_turbine")
    country = raw["Country"].map(COUNTRIES)
    return pd.DataFrame(
        {
            "name": raw["Name"],
            "technology": technology,
            "country": country,
            "zone": _zones(country, raw["lon"].to_numpy(float), raw["lat"].to_numpy(float)),
            "capacity_mw": raw["Capacity"].astype(float),
            "efficiency": raw["Efficiency"].astype(float),
            "heat": raw["Set"] == "CHP",
            "in_year": raw["DateIn"].fillna(0).astype(int),
            "out_year": raw["DateOut"].fillna(9999).astype(int),
        }
    )


def heat_share(country: str, technology: str, year: int = 2026) -> float:
    """Compute the share of a country's plants of a technology in a year that deliver heat as well, by MW."""
    running = plants()[(plants()["in_year"] <= year) & (plants()["out_year"] >= year)]
    here = running[(running["country"] == country) & (running["technology"] == technology)]
    total = float(here["capacity_mw"].sum())
    return float(here.loc[here["heat"], "capacity_mw"].sum()) / total if total else 0.0


def efficiency(technology: str, year: int = 2026) -> float:
    """Compute the mean efficiency of a technology's plants that run in a year, by MW, where it is stated."""
    running = plants()[(plants()["in_year"] <= year) & (plants()["out_year"] >= year)]
    known = running[(running["technology"] == technology) & running["efficiency"].between(*BELIEVABLE_EFFICIENCY)]
    return float((known["efficiency"] * known["capacity_mw"]).sum() / known["capacity_mw"].sum())


def _corrected(raw: pd.DataFrame) -> pd.DataFrame:
    """Apply `overrides_plants.csv`; raise ValueError if a row to correct is not found exactly once."""
    raw = raw.copy()
    columns = {
        "capacity_mw": "Capacity",
        "in_year": "DateIn",
        "out_year": "DateOut",
        "latitude": "lat",
        "longitude": "lon",
    }
    for change in read_csv(FACTS / "overrides_plants.csv"):
        stated = {column: float(change[field]) for field, column in columns.items() if change[field]}
        same = (raw["Name"] == change["name"]) & (raw["Country"] == change["country"])
        same &= raw["Fueltype"] == change["fueltype"]
        if change["match_mw"]:
            same &= np.isclose(raw["Capacity"], float(change["match_mw"]))
        if change["action"] == "add":
            row: dict[str, object] = {
                "Name": change["name"],
                "Country": change["country"],
                "Fueltype": change["fueltype"],
                **stated,
            }
            row["Technology"] = change["technology"] or None
            raw = pd.concat([raw, pd.DataFrame([row])], ignore_index=True)
            continue
        if same.sum() != 1:
            raise ValueError(f"overrides_plants.csv: {change['name']} matches {same.sum()} plants")
        if change["action"] == "drop":
            raw = raw[~same].reset_index(drop=True)
        else:
            for column, value in stated.items():
                raw.loc[same, column] = value
    return raw.reset_index(drop=True)


def _zones(country: pd.Series, longitude: np.ndarray, latitude: np.ndarray) -> list[str]:
    """Place each plant: the only zone of its country, or else the zone whose polygon holds it or is nearest."""
    facts = read_csv(FACTS / "facts_zones.csv")
    of_country = {
        fact["country"]: [one["zone"] for one in facts if one["country"] == fact["country"]] for fact in facts
    }
    placed = country.map({key: zones[0] for key, zones in of_country.items()}).to_numpy(object)
    for key, zones in of_country.items():
        if len(zones) > 1:
            chosen = np.flatnonzero(country.to_numpy() == key)
            tree = shapely.STRtree([polygons()[zone].simplify(0.005) for zone in zones])
            nearest = tree.nearest(shapely.points(longitude[chosen], latitude[chosen]))
            placed[chosen] = np.array(zones, dtype=object)[nearest]
    return [str(zone) for zone in placed]
