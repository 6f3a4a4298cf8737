"""The siting question as a PyPSA network. Run: siting_pypsa NUMBERS INVESTMENTS GAP SECONDS [relaxed].

PyPSA's own words: zones (buses), load, fleets and new plants (generators, of an extendable capacity where they may
grow), reservoirs' plants, storage (cyclic over each day), lines (a link each way, with losses), load not served (a
global constraint a day), the running cost, and halls: generators of modular capacity, `p_nom_mod` MW each, that have
no hours of their own, which leaves out their columns. Days are investment periods, as storage can then end each of them
as it began; a period of the case is a thousand of their numbers.

What PyPSA has no words for are variables and constraints of linopy, as its guide shows ("extra functionality"): which
sites open and when, least sizes, land, chips and their market, who is served from where, water and heat, the queue at
the substation and its steps, contracts and firm cover, the carbon account, the funds. They are the rows of the
formulation, so that PyPSA has the tight ones too.
"""

import logging
import os
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
import pypsa
import xarray as xr
from linopy import LinearExpression

from tests.benchmarks.stopwatch import Stopwatch

FEASIBLE = 2
"""HiGHS's word for a point that keeps all rows and bounds."""
LARGE_MW = 1e6
NUMBERS_OF_PERIOD = 1000
NEVER = 10**6
"""The year in which a component without hours of its own begins."""
Given = dict[str, Any]


def read(path: str) -> Given:
    """Return exported arrays by name."""
    with np.load(path) as arrays:
        return {name: arrays[name] for name in arrays.files}


def parted(names: Any) -> tuple[Any, Any]:
    """Return the families and the indices of names."""
    parts = np.char.partition(names, "[")
    return parts[:, 0], np.char.rstrip(parts[:, 2], "]")


def network(given: Given, top: Given) -> pypsa.Network:
    """Return the network of all days of all periods."""
    periods, days, hours = len(given["period"]), len(given["day"]), len(given["hour"])
    starts = NUMBERS_OF_PERIOD * np.arange(1, periods + 1)
    numbers = (starts[:, None] + np.arange(1, days + 1)).ravel()
    when = pd.MultiIndex.from_product([numbers, range(hours)], names=["period", "timestep"])

    def series(values: Any, names: Any) -> pd.DataFrame:
        """Return a frame by snapshot and name from an array of shape (periods, days, names, hours)."""
        return pd.DataFrame(np.moveaxis(values, 2, 3).reshape(len(when), -1), index=when, columns=names)

    n = pypsa.Network()
    n.set_snapshots(when)
    n.investment_periods = numbers
    n.investment_period_weightings["objective"] = 1.0
    n.investment_period_weightings["years"] = 1.0
    weights = given["days_per_year_e6"].reshape(periods, days) * top["weight_cost"][:, None]
    n.snapshot_weightings["objective"] = np.repeat(weights.ravel(), hours)
    n.snapshot_weightings["generators"] = 1.0
    n.snapshot_weightings["stores"] = 1.0
    n.add("Carrier", ["AC", "plant", "storage", "lost", "servers", "hall"])
    n.add("Bus", given["zone"], carrier="AC")
    n.add("Load", given["zone"] + " load", bus=given["zone"], p_set=series(given["load_mw"], given["zone"] + " load"))

    family, index = parted(top["column"])
    built = pd.Series(top["upper"][family == "power.plant_mw"], index=index[family == "power.plant_mw"])

    def growing(pairs: Any, period: int) -> Any:
        """Return the most MW that may be built of each plant until a period; 0 of what may not."""
        names = [f"{pair.replace('.', ',', 1)},{given['period'][period]}" for pair in pairs]
        return built.reindex(names).fillna(0.0).to_numpy()

    steady = ~np.isin(given["generator"], given["growing"])
    existing = given["existing_mw"][:, :, steady]
    most = existing.max(axis=(0, 1, 3))
    shares = np.divide(existing, most[:, None], out=np.zeros_like(existing), where=most[:, None] > 0)
    n.add(
        "Generator",
        given["generator"][steady],
        bus=given["generator_zone"][steady],
        carrier="plant",
        p_nom=most,
        marginal_cost=given["generator_eur"][steady],
        p_max_pu=series(shares, given["generator"][steady]),
    )
    place = np.flatnonzero(~steady)
    for period, year in enumerate(starts):
        lives = {"build_year": year, "lifetime": NUMBERS_OF_PERIOD}
        fleet, more = given["generator_mw"][period, place], growing(given["generator"][place], period)
        names = np.char.add(given["generator"][place], f" {given['period'][period]}")
        n.add(
            "Generator",
            names,
            bus=given["generator_zone"][place],
            carrier="plant",
            p_nom=fleet,
            p_nom_min=fleet,
            p_nom_max=fleet + more,
            p_nom_extendable=more > 0,
            marginal_cost=given["generator_eur"][place],
            p_max_pu=series(given["availability"], names),
            **lives,
        )
        fleet, more = given["fleet_mw"][period, 0], growing(given["store"], period)
        one_way = np.sqrt(given["efficiency_share"])
        n.add(
            "StorageUnit",
            np.char.add(given["store"], f" {given['period'][period]}"),
            bus=given["store_zone"],
            carrier="storage",
            p_nom=fleet,
            p_nom_min=fleet,
            p_nom_max=fleet + more,
            p_nom_extendable=more > 0,
            marginal_cost=given["store_eur"],
            max_hours=given["duration_hours"],
            efficiency_store=one_way,
            efficiency_dispatch=one_way,
            cyclic_state_of_charge=True,
            cyclic_state_of_charge_per_period=True,
            **lives,
        )
    for way, start, end in ((0, "line_from", "line_to"), (1, "line_to", "line_from")):
        names = np.char.add(given["line"], (" forward", " backward")[way])
        limits = top["transfer_mw"][:, :, way]
        standing = limits.max(axis=0)
        share = np.divide(limits, standing, out=np.zeros_like(limits), where=standing > 0)
        n.add(
            "Link",
            names,
            bus0=given[start],
            bus1=given[end],
            carrier="AC",
            p_nom=standing,
            efficiency=1 - given["loss_share"],
            p_max_pu=series(np.broadcast_to(share[:, None, :, None], (periods, days, len(names), hours)), names),
        )
    n.add(
        "Generator",
        given["zone"] + " lost",
        bus=given["zone"],
        carrier="lost",
        p_nom=LARGE_MW,
        marginal_cost=float(given["lost_load_eur"]),
    )
    for number, limit in zip(numbers, given["shed_mwh"].ravel(), strict=True):
        n.add(
            "GlobalConstraint",
            f"lost {number}",
            type="operational_limit",
            carrier_attribute="lost",
            investment_period=number,
            sense="<=",
            constant=limit,
        )
    n.add("Generator", given["host"] + " servers", bus=given["host"], carrier="servers", sign=-1, p_nom=LARGE_MW)
    halls = family == "sizing.halls"
    hall_mw = float(top["hall_mw"])
    n.add(
        "Generator",
        index[halls],
        bus=given["zone"][0],
        carrier="hall",
        p_nom_mod=hall_mw,
        p_nom_extendable=True,
        p_nom_max=top["upper"][halls] * hall_mw,
        build_year=NEVER,
    )
    return n


class Rules:
    """The investments of a network's model, and what couples them to its days."""

    def __init__(self, n: pypsa.Network, given: Given, top: Given) -> None:
        """Add variables for what PyPSA does not know, and take its own for what it does."""
        self.m, self.given, self.top = n.model, given, top
        self.family, self.index = parted(top["column"])
        self.labels = np.full(len(top["column"]), -1)
        self.shift = np.zeros(len(top["column"]))
        self.place = {name: column for column, name in enumerate(top["column"].tolist())}
        for family in dict.fromkeys(self.family.tolist()):
            here = np.flatnonzero(self.family == family)
            if family == "sizing.halls":
                self.labels[here] = self.m.variables["Generator-n_mod"].labels.sel(name=self.index[here]).values
            elif family == "power.plant_mw":
                self._plants(n, here)
            elif family != "dispatch.operating_meur":
                self._own(family, here)

    def _plants(self, n: pypsa.Network, here: Any) -> None:
        """Take the capacities of plants; PyPSA's begin with what stands."""
        for column in here:
            zone, technology, period = self.index[column].split(",")
            name = f"{zone}.{technology} {period}"
            kind = "StorageUnit" if name in n.storage_units.index else "Generator"
            self.labels[column] = self.m.variables[f"{kind}-p_nom"].labels.sel(name=name).item()
            self.shift[column] = n.components[kind].static.at[name, "p_nom"]

    def _own(self, family: str, here: Any) -> None:
        """Add variables of linopy."""
        coords = pd.Index(self.top["column"][here], name="column")
        integer = bool(self.top["integer"][here[0]])
        lower, upper = (xr.DataArray(self.top[bound][here], coords=[coords]) for bound in ("lower", "upper"))
        limits = {"binary": True} if integer else {"lower": lower, "upper": upper}
        self.labels[here] = self.m.add_variables(coords=[coords], name=family, **limits).labels.values

    def add(self, name: str, labels: Any, coefficients: Any, sign: str, right: Any) -> None:
        """Add rows: labels (-1 for none) and coefficients of shape (rows, terms)."""
        rows = pd.RangeIndex(len(labels), name="row")
        terms = {"coeffs": (("row", "_term"), coefficients), "vars": (("row", "_term"), labels)}
        expression = LinearExpression(xr.Dataset(terms, coords={"row": rows}), self.m)
        self.m.add_constraints(expression, sign, xr.DataArray(right, coords=[rows]), name=name)

    def investments(self) -> None:
        """Add the rules of the investments, family by family, rows of about one length together."""
        top = self.top
        lengths = np.diff(top["starts"])
        shifted = np.add.reduceat(
            np.append(top["values"] * self.shift[top["indices"]], 0.0),
            np.minimum(top["starts"][:-1], len(top["values"])),
        ) * (lengths > 0)
        low, high = top["row_lower"] + shifted, top["row_upper"] + shifted
        family, _ = parted(top["row"])
        keys = pd.DataFrame({"family": family, "size": np.ceil(np.log2(np.maximum(lengths, 1)))})
        for number, ((name, _), group) in enumerate(keys.groupby(["family", "size"])):
            rows = group.index.to_numpy()
            width = int(lengths[rows].max())
            spread = top["starts"][rows][:, None] + np.arange(width)
            inside = np.arange(width) < lengths[rows][:, None]
            spread = np.where(inside, spread, 0)
            labels = np.where(inside, self.labels[top["indices"][spread]], -1)
            coefficients = np.where(inside, top["values"][spread], 0.0)
            equal = low[rows] == high[rows]
            for sign, right, chosen in (
                ("=", low, equal),
                ("<=", high, ~equal & np.isfinite(high[rows])),
                (">=", low, ~equal & np.isfinite(low[rows])),
            ):
                if chosen.any():
                    self.add(f"{name} {number} {sign}", labels[chosen], coefficients[chosen], sign, right[rows][chosen])

    def columns(self, family: str, indices: Any) -> Any:
        """Return the labels of a family's columns by index; -1 where there is none."""
        found = [self.place.get(f"{family}[{index}]", -1) for index in indices]
        return np.where(np.array(found) >= 0, self.labels[found], -1)

    def days(self) -> None:
        """Add what couples the days to the investments: draw, matching, emissions, reservoirs."""
        given, m = self.given, self.m
        periods, hours = given["period"], len(given["hour"])
        days, hosts = given["day"], given["host"]
        shape = len(periods), len(days), len(hosts), hours
        output = m.variables["Generator-p"].labels

        def hourly(names: Any) -> Any:
            """Return labels of shape (periods, days, names, hours)."""
            values = output.sel(name=names).values.reshape(len(periods), len(days), hours, -1)
            return np.moveaxis(values, 3, 2)

        servers = hourly(hosts + " servers")
        coords = [pd.RangeIndex(size, name=name) for size, name in zip(shape, ("p", "d", "z", "h"), strict=True)]
        matched = m.add_variables(lower=0, coords=coords, name="matched_mw").labels.values
        joined = [place.replace(".", ",", 1) for place in given["place"].tolist()]
        alive = np.array(
            [self.columns("compute.alive_mw", [f"{each},{period}" for each in joined]) for period in periods]
        )

        def pairs(family: str, listed: Any) -> Any:
            names = [each.replace(".", ",", 1) for each in listed.tolist()]
            return np.array([self.columns(family, [f"{each},{period}" for each in names]) for period in periods])

        contracts, plants = pairs("power.own_mw", given["matching"]), pairs("power.plant_mw", given["matching"])
        fleet = np.zeros(plants.shape)
        for column in np.flatnonzero(self.family == "power.plant_mw"):
            fleet[plants == self.labels[column]] = self.shift[column]
        for number, host in enumerate(hosts):
            rows = servers[:, :, number]

            def spread(values: Any, rows: Any = rows) -> Any:
                """Return labels (periods, terms) for every day and hour."""
                return np.broadcast_to(values[:, None, None, :], (*rows.shape, values.shape[1])).reshape(rows.size, -1)

            def flat(values: Any, rows: Any = rows) -> Any:
                """Return numbers (periods, days, terms, hours) by row."""
                return np.moveaxis(values, 2, 3).reshape(rows.size, -1)

            here = given["place_zone"] == host
            labels = np.hstack([rows.reshape(-1, 1), spread(alive[:, here])])
            numbers = np.hstack([np.ones((rows.size, 1)), -flat(given["draw"][:, :, here])])
            self.add(f"servers draw {host}", labels, numbers, "=", np.zeros(rows.size))
            own = matched[:, :, number].reshape(-1, 1)
            labels = np.hstack([own, rows.reshape(-1, 1)])
            self.add(f"matched drawn {host}", labels, np.tile([1.0, -1.0], (rows.size, 1)), "<=", np.zeros(rows.size))
            here = given["matching_zone"] == host
            shares = flat(given["matching_share"][:, :, here])
            labels = np.hstack([own, spread(contracts[:, here]), spread(plants[:, here])])
            numbers = np.hstack([np.ones((rows.size, 1)), -shares, -shares])
            stands = np.broadcast_to(fleet[:, None, None, here], (*rows.shape, here.sum())).reshape(rows.size, -1)
            self.add(f"matched made {host}", labels, numbers, "<=", -(shares * stands).sum(axis=1))
        emitted = np.array([self.columns("carbon.emitted_t", [f"{p},{d}" for d in days]) for p in periods])
        block = len(periods) * len(days)
        intensity = given["intensity"].reshape(block, -1)
        labels = np.hstack([servers.reshape(block, -1), matched.reshape(block, -1), emitted.reshape(block, 1)])
        numbers = np.hstack([intensity, -intensity, -np.ones((block, 1))])
        self.add("unmatched draw emits", labels, numbers, "<=", np.zeros(block))
        for number, period in enumerate(periods):
            grown = np.isin(given["reservoir"], given["growing"])
            names = np.where(grown, np.char.add(given["reservoir"], f" {period}"), given["reservoir"])
            taken = hourly(names)[number].reshape(-1, hours)
            allotted = np.array(
                [
                    self.columns(
                        "power.allotted_mw",
                        [f"{each.replace('.', ',', 1)},{period},{d}" for each in given["reservoir"]],
                    )
                    for d in days
                ]
            )
            labels = np.hstack([taken, allotted.reshape(-1, 1)])
            numbers = np.hstack([np.ones(taken.shape), np.full((len(taken), 1), -float(hours))])
            self.add(f"reservoir gives {period}", labels, numbers, "<=", np.zeros(len(taken)))

    def goal(self, name: str, running: LinearExpression) -> LinearExpression:
        """Return an objective, to be minimised; its constant is left out."""
        cost = self.top[f"cost_{name}"]
        used = np.flatnonzero(cost)
        terms = {"coeffs": (("_term",), cost[used]), "vars": (("_term",), self.labels[used])}
        own = LinearExpression(xr.Dataset(terms), self.m)
        return own + running if name == "cost" else own

    def constant(self, name: str) -> float:
        """Return the constant of an objective."""
        return float(self.top[f"offset_{name}"] - self.top[f"cost_{name}"] @ self.shift)


def outcome(solver: Any, relaxed: bool) -> tuple[float, float, str]:
    """Return value and bound (nan where there is none) and the status of what was solved."""
    info = solver.getInfo()
    value = info.objective_function_value if info.primal_solution_status == FEASIBLE else np.nan
    bound = value if relaxed else info.mip_dual_bound
    return value, bound if np.isfinite(bound) else np.nan, solver.modelStatusToString(solver.getModelStatus())


def run() -> None:
    """Read, build and solve, objective by objective."""
    logging.disable(logging.WARNING)
    gap, seconds, relaxed = float(sys.argv[3]), float(sys.argv[4]), sys.argv[5:] == ["relaxed"]
    pypsa.Network().add("Bus", "first")  # imports what the first network imports
    watch = Stopwatch()
    ends = time.perf_counter() + seconds
    given, top = read(sys.argv[1]), read(sys.argv[2])
    n = network(given, top)
    n.optimize.create_model(multi_investment_periods=True, include_objective_constant=False)
    m = n.model
    running = m.objective.expression
    rules = Rules(n, given, top)
    rules.investments()
    rules.days()
    stages: list[tuple[Any, ...]] = []
    size: dict[str, int] = {}
    status, solution = "solved", None
    names = top["objectives"].tolist()
    for number, name in enumerate(names):
        goal, sign, constant = rules.goal(name, running), float(top[f"sign_{name}"]), rules.constant(name)
        m.add_objective(goal, overwrite=True)
        solver = m.to_highspy()
        if relaxed:
            solver.setOptionValue("solve_relaxation", True)
        size = size or {"rows": solver.getNumRow(), "columns": solver.getNumCol(), "nonzeros": solver.getNumNz()}
        if number == 0:
            watch.lap("build")
        limits = {"mip_rel_gap": gap, "mip_abs_gap": 0.0, "time_limit": max(1.0, ends - time.perf_counter())}
        for option, setting in {"output_flag": False, "threads": os.cpu_count(), **limits}.items():
            solver.setOptionValue(option, setting)
        solver.changeObjectiveOffset(constant)
        if solution is not None:
            solver.setSolution(solution)
        solver.run()
        value, bound, words = outcome(solver, relaxed)
        unknown = np.isnan(value) or np.isnan(bound)
        reached = None if unknown else abs(value - bound) / max(abs(value), 1e-9)
        signed = [None if np.isnan(each) else sign * each for each in (value, bound)]
        stages.append((name, *signed, reached))
        if words != "Optimal":
            status = "limit" if words == "Time limit reached" else words
            break
        solution = None if relaxed else solver.getSolution()
        if number + 1 < len(names):
            level = sign * float(top[f"level_{name}"])
            kept = max(value, bound + abs(bound) * float(top["tolerance_share"])) if np.isnan(level) else level
            m.add_constraints(goal, "<=", kept - constant, name=f"{name} reached")
    watch.lap("solve")
    optimum = stages[-1][1] if status == "solved" else None
    watch.report(status=status, stages=stages, optimum=optimum, **size)


if __name__ == "__main__":
    run()
