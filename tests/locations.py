"""Location problems as cases: sites that may open, customers to serve, a cost for every unit between them."""

import os
from collections.abc import Sequence
from csv import DictReader
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyscipopt

from models.case import Array
from tests.drafts import Draft, row, rows
from tests.networks import PLACE, nowhere, one_hour

NAMED = "GIGASITE_BENCHMARKS"
"""Variable that names a folder of published instances, which the project has not: `orlib/cap41_sites.csv`, ..."""


@dataclass(frozen=True)
class Location:
    """A capacitated location problem; demand may be split."""

    title: str
    sites: Sequence[str]
    customers: Sequence[str]
    capacity: float
    """Of every site."""
    opening: Array
    """Cost of opening, shape (sites,)."""
    demand: Array
    """Shape (customers,)."""
    unit_cost: Array
    """Shape (sites, customers)."""
    most: int = 1000
    """Most sites that may open."""


def records(name: str) -> list[dict[str, str]]:
    """Return the rows of a published table."""
    with (Path(os.environ[NAMED]) / name).open(encoding="utf-8") as lines:
        return list(DictReader(lines))


def or_library(name: str) -> Location:
    """Return a published instance of Beasley (1988), people.brunel.ac.uk/~mastjjb/jeb/orlib."""
    sites, customers = records(f"orlib/{name}_sites.csv"), records(f"orlib/{name}_customers.csv")
    costs = {
        (each["site"], each["customer"]): float(each["cost_per_unit"]) for each in records(f"orlib/{name}_costs.csv")
    }
    (capacity,) = {float(each["capacity"]) for each in sites}
    return Location(
        title=f"OR-Library {name}",
        sites=[each["site"] for each in sites],
        customers=[each["customer"] for each in customers],
        capacity=capacity,
        opening=np.array([float(each["fixed_cost"]) for each in sites]),
        demand=np.array([float(each["demand"]) for each in customers]),
        unit_cost=np.array([[costs[site["site"], each["customer"]] for each in customers] for site in sites]),
    )


def warehouses(sites: int, customers: int, spare: float, seed: int) -> Location:
    """Return a problem like those of OR-Library: sites cost unlike amounts, all together hold a multiple of demand."""
    chance = np.random.default_rng(seed)
    homes, demand = chance.uniform(0, 100, (customers, 2)), chance.integers(10, 100, customers).astype(float)
    places = chance.uniform(0, 100, (sites, 2))
    apart: Array = np.hypot(*(places[:, None] - homes[None]).transpose(2, 0, 1))
    return Location(
        title=f"{sites} warehouses, {customers} customers",
        sites=[f"S{number:03d}" for number in range(sites)],
        customers=[f"C{number:03d}" for number in range(customers)],
        capacity=float(np.ceil(spare * demand.sum() / sites)),
        opening=chance.integers(2_000, 20_000, sites).astype(float),
        demand=demand,
        unit_cost=apart.round(2),
    )


def median(points: int, opened: int, seed: int = 0) -> Location:
    """Return a p-median problem: every point is a customer and a site, and opening costs nothing."""
    chance = np.random.default_rng(seed)
    place, demand = chance.uniform(0, 100, (points, 2)), chance.integers(1, 100, points).astype(float)
    apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    names = [f"N{point:04d}" for point in range(points)]
    return Location(
        f"{opened} medians of {points}", names, names, demand.sum(), np.zeros(points), demand, apart, opened
    )


def location_draft(location: Location, gap: float = 1e-7) -> Draft:
    """Return a location problem as a case: a site has one hall, demand is in hundreds, cost in thousands."""
    hall_mw = location.capacity / 100
    tables = nowhere() | {
        "zones": rows("zones", "zone", ["Z"], country="C"),
        "technologies": rows("technologies", "technology", ["free"]),
        "fleets": rows("fleets", "zone", ["Z"], technology="free", capacity_mw=100_000),
        "sites": [
            row("sites", site=site, **PLACE, land_mw=hall_mw, opening_meur=float(cost) / 1000)
            for site, cost in zip(location.sites, location.opening, strict=True)
        ],
        "regions": rows("regions", "region", location.customers),
        "demand": [
            row("demand", region=customer, workload="W", period="P", demand_kh100e=float(demand) / 100)
            for customer, demand in zip(location.customers, location.demand, strict=True)
        ],
        "transfers": [
            row("transfers", site=site, region=customer, workload="W", cost_meur_per_kh100e_year=float(cost) / 10)
            for site, costs in zip(location.sites, location.unit_cost, strict=True)
            for customer, cost in zip(location.customers, costs, strict=True)
        ],
    }
    sections = {"halls": {"hall_mw": hall_mw}, "siting": {"sites_max": location.most}, "solve": {"gap_share": gap}}
    return Draft(tables, {"load": {"Z": [0]}, "carbon": {"Z": [0]}}, one_hour(location.title, **sections))


def by_scip(location: Location) -> float:
    """Return the least cost of a location problem, written with a row for every pair that may be served."""
    model = pyscipopt.Model()
    model.hideOutput()
    model.setParam("limits/gap", 0)
    sites, customers = range(len(location.sites)), range(len(location.customers))
    opened = [model.addVar(vtype="B", obj=location.opening[site]) for site in sites]
    total = location.unit_cost * location.demand
    share = [[model.addVar(lb=0, obj=total[site, customer]) for customer in customers] for site in sites]
    for customer in customers:
        model.addCons(pyscipopt.quicksum(share[site][customer] for site in sites) == 1)
    for site in sites:
        served = pyscipopt.quicksum(location.demand[customer] * share[site][customer] for customer in customers)
        model.addCons(served <= location.capacity * opened[site])
        for customer in customers:
            model.addCons(share[site][customer] <= opened[site])
    model.addCons(pyscipopt.quicksum(opened) <= location.most)
    model.optimize()
    assert model.getStatus() == "optimal"
    return float(model.getObjVal())
