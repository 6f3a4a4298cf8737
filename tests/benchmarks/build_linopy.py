"""The days of the dispatch written with linopy as its guides do: labelled arrays, sparse, handed over directly.

See linopy.readthedocs.io, "Creating Variables", "Creating Constraints", "Creating Expressions" (groupby) and the
docstring of `Model(sparse=True)`, version 0.10's way for large models. Run: build_linopy NUMBERS [solve].
"""

import json
import sys
from typing import Any

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from tests.benchmarks.stopwatch import Stopwatch, fingerprint

linopy.options["semantics"] = "v1"
DIMS = (
    "period",
    "day",
    "zone",
    "generator",
    "store",
    "line",
    "place",
    "reservoir",
    "growing",
    "matching",
    "hour",
)
DAY = ("period", "day")


def read(path: str) -> dict[str, Any]:
    """Return the exported numbers by name."""
    with np.load(path) as numbers:
        return {name: numbers[name] for name in numbers.files}


def build(given: dict[str, Any]) -> linopy.Model:
    """Return the model of `dispatch_days.py`."""
    index = {name: pd.Index(given[name], name=name) for name in DIMS}
    model = linopy.Model(sparse=True)

    def array(values: Any, *dims: str) -> xr.DataArray:
        return xr.DataArray(values, dims=dims, coords={dim: index[dim] for dim in dims})

    def variable(name: str, *dims: str, upper: Any = np.inf) -> linopy.Variable:
        return model.add_variables(lower=0, upper=upper, coords=[index[dim] for dim in dims], name=name)

    def decision(name: str, dim: str) -> linopy.LinearExpression:
        """Return a decision, fixed at the plan where it exists and nothing elsewhere."""
        value = array(given[name], dim, "period")
        found = model.add_variables(
            lower=value.fillna(0), upper=value.fillna(0), mask=value.notnull(), coords=value.coords, name=name
        )
        return (1 * found).fillna(0)

    def by_zone(expression: Any, group: str, dim: str) -> linopy.LinearExpression:
        """Return the sum over all of a zone; an incidence matrix keeps the zones that have none."""
        belongs = given[group][:, None] == given["zone"][None, :]
        return expression @ array(belongs.astype(float), dim, "zone")

    alive = decision("alive_mw", "place")
    plant = decision("plant_generator_mw", "growing")
    plant_store = decision("plant_store_mw", "store")
    own = decision("own_mw", "matching")
    allotted = variable("allotted_mw", *DAY, "reservoir")
    emitted = variable("emitted_t", *DAY)
    servers = variable("servers_mw", *DAY, "zone", "hour")
    output = variable("output_mw", *DAY, "generator", "hour")
    charge = variable("charge_mw", *DAY, "store", "hour")
    discharge = variable("discharge_mw", *DAY, "store", "hour")
    level = variable("level_mwh", *DAY, "store", "hour")
    forward = variable("forward_mw", *DAY, "line", "hour", upper=array(given["forward_mw"], "line"))
    backward = variable("backward_mw", *DAY, "line", "hour", upper=array(given["backward_mw"], "line"))
    shed = variable("shed_mw", *DAY, "zone", "hour")
    matched = variable("matched_mw", *DAY, "zone", "hour")

    draw = array(given["draw"], *DAY, "place", "hour")
    model.add_constraints(by_zone(draw * alive, "place_zone", "place") - servers == 0, name="draw")

    existing = array(given["existing_mw"], *DAY, "generator", "hour")
    availability = array(given["availability"], *DAY, "growing", "hour")
    grows = existing.generator.isin(given["growing"]).values
    growing = output.isel(generator=grows).rename(generator="growing")
    model.add_constraints(output.isel(generator=~grows) <= existing.isel(generator=~grows), name="available")
    limit = existing.isel(generator=grows).rename(generator="growing")
    model.add_constraints(growing - availability * plant <= limit, name="available_new")

    reservoir = output.sel(generator=given["reservoir"]).rename(generator="reservoir")
    hours = len(given["hour"])
    model.add_constraints(reservoir.sum("hour") - hours * allotted <= 0, name="allotted")
    share = array(given["day_share"], "day")
    mean = array(given["reservoir_mw"], "reservoir")
    model.add_constraints((share * allotted).sum("day") <= mean, name="year")

    fleet = array(given["fleet_mw"], *DAY, "store")
    duration = array(given["duration_hours"], "store")
    one_way = array(np.sqrt(given["efficiency_share"]), "store")
    model.add_constraints(charge - plant_store <= fleet, name="charging")
    model.add_constraints(discharge - plant_store <= fleet, name="discharging")
    model.add_constraints(level - duration * plant_store <= duration * fleet, name="level")
    kept = level - level.roll(hour=1) - one_way * charge + (1 / one_way) * discharge
    model.add_constraints(kept == 0, name="storage")

    arrives = 1 - array(given["loss_share"], "line")
    supply = [
        by_zone(1 * output, "generator_zone", "generator"),
        by_zone(discharge - charge, "store_zone", "store"),
        by_zone(arrives * forward - backward, "line_to", "line"),
        by_zone(arrives * backward - forward, "line_from", "line"),
        1 * shed,
        -1 * servers,
    ]
    load = array(given["load_mw"], *DAY, "zone", "hour")
    model.add_constraints(sum(supply[1:], supply[0]) == load, name="balance")
    model.add_constraints(shed.sum(["zone", "hour"]) <= array(given["shed_mwh"], *DAY), name="shed")

    model.add_constraints(matched - servers <= 0, name="matched_draw")
    matching = array(given["matching_share"], *DAY, "matching", "hour")
    matchable = by_zone(matching * own, "matching_zone", "matching")
    built = by_zone(array(given["matching_new"], *DAY, "growing", "hour") * plant, "growing_zone", "growing")
    model.add_constraints(matched - matchable - built <= 0, name="matched_plant")
    intensity = array(given["intensity"], *DAY, "zone", "hour")
    unmatched = (intensity * (servers - matched)).sum(["zone", "hour"])
    model.add_constraints(unmatched - emitted <= 0, name="emissions")

    running = (array(given["generator_eur"], "generator") * output).sum(["generator", "hour"])
    stored = (array(given["store_eur"], "store") * discharge).sum(["store", "hour"])
    lost = float(given["lost_load_eur"]) * shed.sum(["zone", "hour"])
    model.add_objective((array(given["days_per_year_e6"], *DAY) * (running + stored + lost)).sum())
    return model


def run() -> None:
    """Build and hand over, timed; solve after that if asked to."""
    given = read(sys.argv[1])
    linopy.Model().add_variables(coords=[pd.RangeIndex(1, name="first")])  # imports what the first model imports
    watch = Stopwatch()
    model = build(given)
    watch.lap("build")
    solver = model.to_highspy()
    watch.lap("hand_over")
    watch.report(**fingerprint(solver, json.loads(sys.argv[2])))


if __name__ == "__main__":
    run()
