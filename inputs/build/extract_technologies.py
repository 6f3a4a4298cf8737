"""Extracts the costs and efficiencies of plants that are used from PyPSA's technology-data."""

from pathlib import Path

import pandas as pd

from inputs.build.table import raw_file, write_facts

ORIGIN = "PyPSA/technology-data at 634cdc1, outputs"
USED = {
    "nuclear": ("investment", "FOM"),
    "hydro": ("investment", "FOM", "lifetime"),
    "ror": ("investment", "FOM", "lifetime"),
    "PHS": ("investment", "FOM", "lifetime", "efficiency"),
    "biomass CHP": ("investment", "FOM", "lifetime"),
    "waste CHP": ("investment", "FOM", "lifetime"),
    "onwind": ("investment", "FOM", "lifetime"),
    "offwind": ("investment", "FOM", "lifetime"),
    "offwind-ac-station": ("investment", "FOM"),
    "offwind-ac-connection-submarine": ("investment", "FOM"),
    "solar-utility": ("investment", "FOM", "lifetime"),
    "CCGT": ("investment", "FOM", "lifetime", "VOM"),
    "OCGT": ("investment", "FOM", "lifetime", "VOM"),
    "coal": ("investment", "FOM", "lifetime", "VOM", "CO2 intensity"),
    "lignite": ("investment", "FOM", "lifetime", "VOM", "CO2 intensity"),
    "oil": ("investment", "FOM", "lifetime", "VOM", "CO2 intensity"),
    "gas": ("CO2 intensity",),
    "battery inverter": ("investment",),
    "battery storage": ("investment",),
}
NOTE = (
    "# Costs and efficiencies of plants: PyPSA/technology-data at 634cdc1, outputs (CC BY 4.0), outlook for 2030 and",
    "# 2035. EUR of 2025, brought there from money of currency_year. FOM: % of the investment a year; investment of",
    "# links: per km.",
)
PUBLISHERS = {
    "Danish Energy Agency": "Danish Energy Agency",
    "Lazard": "Lazard 2023",
    "DIW": "DIW 2013",
    "IEA2010": "IEA 2010",
    "Entwicklung der spezifischen": "Umweltbundesamt",
    "Stoichiometric": "stoichiometry",
}
"""Start of their source -> the publisher in short."""


def main(raw: Path) -> None:
    """Write `facts_costs.csv`; raise FileNotFoundError if a file of `raw` is missing."""
    tables = []
    for year in (2030, 2035):
        path = raw_file(raw / "technology_data" / f"costs_{year}.csv", ORIGIN)
        tables.append(pd.read_csv(path).set_index(["technology", "parameter"]).add_suffix(f"_{year}"))
    facts = pd.concat(tables, axis=1).sort_index().T.to_dict()
    rows: list[list[object]] = []
    for technology, parameters in USED.items():
        for parameter in parameters:
            fact = facts[technology, parameter]
            publisher = next(name for start, name in PUBLISHERS.items() if str(fact["source_2030"]).startswith(start))
            money: object = "" if pd.isna(fact["currency_year_2030"]) else int(fact["currency_year_2030"])
            values = [float(fact["value_2030"]), float(fact["value_2035"])]
            rows.append([technology, parameter, *values, fact["unit_2030"], money, publisher])
    columns = ["technology", "parameter", "value_2030", "value_2035", "unit", "currency_year", "publisher"]
    write_facts("costs", NOTE, columns, rows)
