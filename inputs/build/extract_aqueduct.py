"""Extracts `facts_stress.csv` from RAW/water: the class of baseline water stress of every country (Aqueduct 4.0)."""

from pathlib import Path

import pandas as pd

from inputs.build.places import COUNTRIES
from inputs.build.table import raw_file, write_facts

ORIGIN = "WRI Aqueduct 4.0, by way of mnmarkovitz/glencore_enviro_risk_tool at 4efc479"
REMARK = f"""\
# Class of baseline water stress by country: 0 (low, under 10 % of the renewable water withdrawn), 1 (10-20 %),
# 2 (20-40 %), 3 (40-80 %), 4 (over 80 %). Extracted by extract_aqueduct.py from
# {ORIGIN}, CC-BY-4.0.
"""
ALIASES = {"United Kingdom": "GB", "Czech Republic": "CZ", "Estonia": "EE", "Luxembourg": "LU"}


def main(raw: Path) -> None:
    """Write the table; raise FileNotFoundError if the raw file is missing."""
    found = classes(pd.read_csv(raw_file(raw / "water" / "aqueduct_country_scores.csv", ORIGIN)))
    write_facts("stress", REMARK.splitlines(), list(found.columns), found.itertuples(index=False))


def classes(scores: pd.DataFrame) -> pd.DataFrame:
    """Give country (ISO 3166 alpha-2) and class; raise ValueError if a country of the case has none."""
    codes = {name: code for code, name in COUNTRIES.items()} | ALIASES
    found = scores.assign(country=scores.name_0.map(codes))[["country", "bws_cat_0_4"]].dropna()
    missing = set(codes.values()) - set(found.country)
    if missing:
        raise ValueError(f"no class of water stress for {sorted(missing)}")
    return found.rename(columns={"bws_cat_0_4": "stress_class"}).astype({"stress_class": int}).sort_values("country")
