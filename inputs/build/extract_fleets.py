"""Extracts the newest published capacity of every kind of plant by zone, as Electricity Maps collects them."""

from pathlib import Path

import pandas as pd

from inputs.build.table import FACTS, raw_file, read_csv, write_facts

ORIGIN = "electricitymaps/electricitymaps-contrib at b354f28, config"
KINDS = {
    "biomass": "all_biomass",
    "coal": "all_coal",
    "gas": "all_gas",
    "hydro": "all_hydro",
    "wind": "all_wind",
    "geothermal": "geothermal",
    "hydro storage": "hydro_pumped",
    "battery storage": "battery",
    "nuclear": "nuclear",
    "oil": "oil",
    "solar": "solar",
}
"""Their kind -> ours; all_X holds several of our technologies. Their biomass holds waste, their coal peat and shale."""
ZONES = {
    "LU": "DE",
    "IT-NO": "ITN",
    "IT-CNO": "ITCN",
    "IT-CSO": "ITCS",
    "IT-SO": "ITS",
    "IT-SIC": "ITSI",
    "IT-SAR": "ITSA",
}
SPLIT = ("NO", "SE", "DK")
NOTE = (
    "# Newest capacity of every kind of plant by zone, MW, and its date and publisher (facts), as Electricity Maps",
    "# collects them. all_biomass holds waste; all_coal lignite, peat and oil shale; all_hydro reservoirs and rivers",
    "# without pumping; all_wind both. LU counts in DE: its figures are added to those of DE, dated as DE's.",
    "# electricitymaps/electricitymaps-contrib at b354f28, config.",
)


def main(raw: Path) -> None:
    """Write `facts_fleets.csv`; raise FileNotFoundError if the file is missing."""
    path = raw_file(raw / "fleets_2026" / "capacity_by_zone.csv", ORIGIN)
    table = pd.read_csv(path).dropna(subset=["capacity_mw", "source"])
    table["technology"] = table["technology"].map(KINDS)
    table["within"] = table["zone"].map(zone_of)
    table = table.dropna(subset=["within", "technology"]).sort_values(["zone", "technology", "date"])
    newest = table.groupby(["zone", "technology"]).last().reset_index()
    newest = newest.sort_values("zone", key=lambda zone: zone.isin(list(ZONES)), kind="stable")
    summed = newest.groupby(["within", "technology"]).agg({"capacity_mw": "sum", "date": "first", "source": "first"})
    rows = [
        [at["within"], at["technology"], round(float(at["capacity_mw"]), 1), str(at["date"])[:7], at["source"]]
        for at in summed.reset_index().to_dict("records")
    ]
    write_facts("fleets", NOTE, ["zone", "technology", "capacity_mw", "date", "publisher"], rows)


def zone_of(name: str) -> str | None:
    """Give our zone of a zone of Electricity Maps; None if there is none, as for the whole of Norway."""
    ours = {fact["zone"] for fact in read_csv(FACTS / "facts_zones.csv")}
    zone = ZONES.get(name, name.split("-")[-1] if name[:2] in SPLIT else name)
    return zone if zone in ours else None
