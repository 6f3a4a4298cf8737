"""The continuous expansion of plants as a PyPSA network. Run: expansion_pypsa NUMBERS OPTIONS.

As the user guide at docs.pypsa.org has it: components added in bulk with time series as frames, the model handed over
directly. The representative days are PyPSA's investment periods, because storage can then end each of them as it began
(`cyclic_state_of_charge_per_period`); every plant stands in all of them. A reservoir is a generator with `e_sum_max`,
load not served one with a global constraint `operational_limit` per day, a line two links with losses.
"""

import json
import logging
import sys
from typing import Any

import numpy as np
import pandas as pd
import pypsa

from tests.benchmarks.stopwatch import Stopwatch, fingerprint

LARGE_MW = 1e6
"""Load not served in a zone and hour is limited by the day's share alone."""


def read(path: str) -> dict[str, Any]:
    """Return the exported numbers by name; of the periods there is only one."""
    with np.load(path) as numbers:
        return {name: numbers[name] for name in numbers.files}


def network(given: dict[str, Any]) -> pypsa.Network:
    """Return the network of one period's days."""
    days, hours = len(given["day"]), len(given["hour"])
    numbers = list(range(1, days + 1))
    when = pd.MultiIndex.from_product([numbers, range(hours)], names=["period", "timestep"])

    def series(values: Any, names: Any) -> pd.DataFrame:
        """Return a frame of (day, hour) by name from an array of shape (days, names, hours)."""
        return pd.DataFrame(np.moveaxis(values, 1, 2).reshape(days * hours, -1), index=when, columns=names)

    n = pypsa.Network()
    n.set_snapshots(when)
    n.investment_periods = numbers
    n.investment_period_weightings["objective"] = 1.0
    n.investment_period_weightings["years"] = 1.0
    n.snapshot_weightings["objective"] = np.repeat(given["days_per_year_e6"][0], hours)
    n.snapshot_weightings["generators"] = np.repeat(given["day_share"] * 8760 / hours, hours)
    n.snapshot_weightings["stores"] = 1.0
    n.add("Carrier", ["AC", "plant", "storage", "lost", *(f"lost {day}" for day in numbers)])
    n.add("Bus", given["zone"], carrier="AC")

    alive = np.nan_to_num(given["alive_mw"][:, 0])
    drawn = given["draw"][0] * alive[None, :, None]
    load = given["load_mw"][0].copy()
    for place, zone in enumerate(given["zone"]):
        load[:, place] += drawn[:, given["place_zone"] == zone].sum(axis=1)
    loads = [f"load {zone}" for zone in given["zone"]]
    n.add("Load", loads, bus=given["zone"], p_set=series(load, loads))

    grows = np.isin(given["generator"], given["growing"])
    fleet = given["generator_mw"][0]
    most = np.zeros(len(grows))
    most[grows] = np.nan_to_num(given["plant_generator_mw"][:, 0])
    cost = np.zeros(len(grows))
    cost[grows] = given["plant_generator_meur"]
    share = given["generator_share"][0]
    energy = pd.Series(np.inf, index=given["generator"])
    energy[given["reservoir"]] = given["reservoir_mw"] * 8760
    n.add(
        "Generator",
        given["generator"],
        bus=given["generator_zone"],
        carrier="plant",
        p_nom=fleet,
        p_nom_min=fleet,
        p_nom_max=fleet + most,
        p_nom_extendable=most > 0,
        capital_cost=cost / days,
        marginal_cost=given["generator_eur"],
        p_max_pu=series(share, given["generator"]),
        e_sum_max=energy.values,
    )
    n.add(
        "Generator",
        [f"lost {zone}" for zone in given["zone"]],
        bus=given["zone"],
        carrier="lost",
        p_nom=LARGE_MW,
        marginal_cost=float(given["lost_load_eur"]),
    )
    for day, limit in zip(numbers, given["shed_mwh"][0], strict=True):
        weight = float(given["day_share"][day - 1] * 8760 / hours)
        n.add(
            "GlobalConstraint",
            f"lost {day}",
            type="operational_limit",
            carrier_attribute="lost",
            investment_period=day,
            sense="<=",
            constant=limit * weight,
        )
    standing = given["fleet_mw"][0, 0]
    new = np.nan_to_num(given["plant_store_mw"][:, 0])
    one_way = np.sqrt(given["efficiency_share"])
    n.add(
        "StorageUnit",
        given["store"],
        bus=given["store_zone"],
        carrier="storage",
        p_nom=standing,
        p_nom_min=standing,
        p_nom_max=standing + new,
        p_nom_extendable=new > 0,
        capital_cost=given["plant_store_meur"] / days,
        marginal_cost=given["store_eur"],
        max_hours=given["duration_hours"],
        efficiency_store=one_way,
        efficiency_dispatch=one_way,
        cyclic_state_of_charge=True,
        cyclic_state_of_charge_per_period=True,
    )
    for way, start, end in (("forward", "line_from", "line_to"), ("backward", "line_to", "line_from")):
        n.add(
            "Link",
            [f"{line} {way}" for line in given["line"]],
            bus0=given[start],
            bus1=given[end],
            carrier="AC",
            p_nom=given[f"{way}_mw"],
            efficiency=1 - given["loss_share"],
        )
    return n


def standing_meur(given: dict[str, Any]) -> float:
    """Return what PyPSA counts for plants that already stand where new ones may join them, MEUR."""
    grows = np.isin(given["generator"], given["growing"])
    plants = given["generator_mw"][0][grows] * (np.nan_to_num(given["plant_generator_mw"][:, 0]) > 0)
    stores = given["fleet_mw"][0, 0] * (np.nan_to_num(given["plant_store_mw"][:, 0]) > 0)
    return float(plants @ given["plant_generator_meur"] + stores @ given["plant_store_meur"])


def run() -> None:
    """Build, hand over and solve, timed."""
    logging.disable(logging.WARNING)
    given = read(sys.argv[1])
    pypsa.Network().add("Bus", "first")  # imports what the first network imports
    watch = Stopwatch()
    n = network(given)
    n.optimize.create_model(multi_investment_periods=True, include_objective_constant=False)
    solver = n.model.to_highspy()
    watch.lap("build")
    found = fingerprint(solver, json.loads(sys.argv[2]))
    watch.lap("solve")
    watch.report(**{**found, "optimum": found["optimum"] - standing_meur(given)})


if __name__ == "__main__":
    run()
