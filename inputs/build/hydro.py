"""Writes `reservoirs.csv`, and gives the share of the year's hours that run-of-river plants run at full power."""

import pandas as pd

from inputs.build.fleets import balances
from inputs.build.table import EUROPE, FACTS, read_csv, write_table

RESERVOIR_WEIGHT = 0.75
"""Full-load hours of reservoir plants relative to run of river: they are built with more turbines for their water."""
SOURCE = (
    "National hydro energy of a usual year without pumping (Eurostat, SFOE, SSB, ENTSO-E statistics 2015-2024, "
    "typed rounded), shared out by MW (powerplantmatching 0.9.1); judgement: a MW of reservoir runs 0.75 of the hours "
    "of a MW of run of river"
)


def capacities(year: int = 2026) -> pd.DataFrame:
    """Give MW standing in a year, one row per zone, one column per technology, from the built `fleets.csv`."""
    rows = pd.DataFrame(read_csv(EUROPE / "fleets.csv")).astype({"from_year": int, "capacity_mw": float})
    rows = rows[rows["from_year"] <= year].sort_values("from_year")
    latest = rows.groupby(["zone", "technology"])["capacity_mw"].last()
    return latest.unstack().fillna(0.0)


def full_load_shares() -> dict[str, float]:
    """Compute the mean output of run-of-river plants over capacity, by country."""
    zones = {fact["zone"]: fact["country"] for fact in read_csv(FACTS / "facts_zones.csv")}
    national = capacities()[["hydro_ror", "hydro_reservoir"]].groupby(lambda zone: zones[zone]).sum()
    weighted = national["hydro_ror"] + RESERVOIR_WEIGHT * national["hydro_reservoir"]
    energy_mwh = pd.Series({country: fact["hydro_twh"] * 1e6 for country, fact in balances().items()})
    shares = (energy_mwh / (8760 * weighted))[weighted > 0]
    return {str(country): float(min(share, 0.75)) for country, share in shares.items()}


def main() -> None:
    """Write the yearly energy of reservoir hydro."""
    zones = {fact["zone"]: fact["country"] for fact in read_csv(FACTS / "facts_zones.csv")}
    shares = full_load_shares()
    rows: list[dict[str, object]] = []
    for zone, capacity in capacities()["hydro_reservoir"].items():
        if capacity:
            energy = capacity * 8760 * RESERVOIR_WEIGHT * shares[zones[str(zone)]] / 1e6
            row = {"zone": zone, "technology": "hydro_reservoir", "energy_twh": round(energy, 3)}
            rows.append({**row, "source": SOURCE, "quality": "estimate"})
    write_table("reservoirs", rows)


if __name__ == "__main__":
    main()
