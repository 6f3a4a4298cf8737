"""Published two-stage problems as creators of scenarios: a Pyomo model per scenario, with what is decided first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from models.case import Array
from models.settings import Risk
from optimizer.monitor.run_monitor import RunMonitor
from optimizer.program.compile import compile_model, compile_objective
from optimizer.program.linear_program import LinearProgram
from optimizer.program.two_stage import FutureProgram, merged, with_risk
from optimizer.solver.highs import run_highs

YIELDS = {"wheat": 2.5, "corn": 3.0, "beets": 20.0}
FARMER = {"below": 0.8, "average": 1.0, "above": 1.2}
"""The farmer of Birge and Louveaux (Introduction to Stochastic Programming, 2nd edition, 2011, section 1.1): yields of
a year, relative to the mean, each with the probability 1/3."""

FIXED_COST = (40, 60, 47, 68, 60)
CAPACITY, OVERFLOW_COST = 188, 1000
REVENUE = """
0 22 18 14 22/15 11 20 8 14/4 22 10 0 25/14 23 23 5 22/8 23 14 5 11/18 5 2 23 6/6 8 22 3 15/14 21 6 16 14/21 6 1 8 3/
16 14 13 12 22/8 20 15 15 12/11 4 9 15 11/2 19 13 2 9/15 20 17 0 16/6 1 21 23 1/11 21 2 15 17/17 17 3 13 3/15 5 14 19 7/
10 8 0 8 14/22 24 23 14 15/14 13 8 2 23/21 12 10 12 17/2 10 13 10 9/20 21 9 20 21/23 18 2 9 23
"""
"""What a client brings at each of five servers, which is what it takes of the server too: the instance sslp_5_25_50 of
SIPLIB (Ntaimo and Sen, Journal of Global Optimization 33, 2005), as in the examples of mpi-sppy."""
PRESENT = """
1010000000101011101111000 0100101111111110011010110 0011100000101110101111000 1011100110110001101001110
0100010110000000000000000 1110000111011000111101100 0000101000010001111100010 0100110100011010100011010
0001111011011111000111111 0010001101000111011101011 0000010101101000110011101 1110111011101100011001011
0100000101011111101110010 1011100111111111100100111 1100010010000000010010100 1101110001100110101000111
0101010010011111011001100 1110110110100101111110100 1110011000110101110111111 0001000010011101111101101
0110100111111101011101110 0010100000111010101101111 0111000101100111100100000 0010001000111010001001010
0111001001011110100010010 1110010011010111110100000 1101010100101001100000011 1110001111000111100000011
1010110000110010010100111 0000110001101111100110100 0000011100000001101101010 0101000110001101101000010
0111000110001111110011011 1100111011110110111110010 0100111110101111110010110 0000110100011011100001100
0000010011000111000100100 0101001101001100001010011 0010011001000001110101000 1111101000100101000010011
1101000010000100001010001 0101000001001100111101010 1111101110110011011101110 1011010100110001111001000
1100110111011111000010111 1011001100100111000000010 1000110010011110100111000 0000011011110010100100111
1011110011010010101110001 0100001001000010000111111
"""
"""Which of 25 clients are there in each of its 50 scenarios: its `.sto` file as LBDA has it, but for the fourth,
which there lacks a client that the examples of mpi-sppy have."""


@dataclass(frozen=True)
class Published:
    """A published two-stage problem."""

    creator: Callable[[str], pyo.ConcreteModel]
    """Returns the model of a scenario: `first_stage` are its first variables, `cost` is minimised."""
    scenarios: tuple[str, ...]


def farmer(name: str) -> pyo.ConcreteModel:
    """Return the farmer's year: land is given to crops before the yields are known."""
    model = pyo.ConcreteModel()
    model.acres = pyo.Var([*YIELDS], bounds=(0, 500))
    model.bought = pyo.Var(["wheat", "corn"], domain=pyo.NonNegativeReals)
    model.sold = pyo.Var(["wheat", "corn", "beets", "beets beyond the quota"], domain=pyo.NonNegativeReals)
    crop = {kind: FARMER[name] * tons * model.acres[kind] for kind, tons in YIELDS.items()}
    model.land = pyo.Constraint(expr=pyo.quicksum(model.acres.values()) <= 500)
    model.wheat = pyo.Constraint(expr=crop["wheat"] + model.bought["wheat"] - model.sold["wheat"] >= 200)
    model.corn = pyo.Constraint(expr=crop["corn"] + model.bought["corn"] - model.sold["corn"] >= 240)
    model.beets = pyo.Constraint(expr=model.sold["beets"] + model.sold["beets beyond the quota"] <= crop["beets"])
    model.quota = pyo.Constraint(expr=model.sold["beets"] <= 6000)
    planting = 150 * model.acres["wheat"] + 230 * model.acres["corn"] + 260 * model.acres["beets"]
    market = 238 * model.bought["wheat"] - 170 * model.sold["wheat"] + 210 * model.bought["corn"]
    market += -150 * model.sold["corn"] - 36 * model.sold["beets"] - 10 * model.sold["beets beyond the quota"]
    model.cost = pyo.Objective(expr=planting + market)
    model.first_stage = [model.acres]
    return model


def servers(name: str) -> pyo.ConcreteModel:
    """Return the servers' problem: they are placed before it is known which clients come."""
    revenue = [[int(number) for number in row.split()] for row in REVENUE.split("/")]
    present = [int(digit) for digit in PRESENT.split()[int(name)]]
    model, places, clients = pyo.ConcreteModel(), range(5), range(25)
    model.placed = pyo.Var(places, domain=pyo.Binary)
    model.served = pyo.Var(clients, places, domain=pyo.Binary)
    model.overflow = pyo.Var(places, domain=pyo.NonNegativeReals)

    @model.Constraint(places)  # type: ignore[untyped-decorator]
    def capacity(_: Any, place: int) -> Any:
        used = pyo.quicksum(revenue[client][place] * model.served[client, place] for client in clients)
        return used <= CAPACITY * model.placed[place] + model.overflow[place]

    @model.Constraint(clients)  # type: ignore[untyped-decorator]
    def is_served(_: Any, client: int) -> Any:
        return pyo.quicksum(model.served[client, place] for place in places) == present[client]

    earned = pyo.quicksum(
        revenue[client][place] * model.served[client, place] for client in clients for place in places
    )
    fixed = pyo.quicksum(FIXED_COST[place] * model.placed[place] for place in places)
    model.cost = pyo.Objective(expr=fixed - earned + OVERFLOW_COST * pyo.quicksum(model.overflow.values()))
    model.first_stage = [model.placed]
    return model


PUBLISHED = {
    "farmer": Published(farmer, tuple(FARMER)),
    "servers": Published(servers, tuple(map(str, range(50)))),
}


def futures_of(problem: Published, shared: bool = True) -> list[FutureProgram]:
    """Return the scenarios of a problem, alike probable; nothing is `shared` where each is known beforehand."""
    found = []
    for name in problem.scenarios:
        model = problem.creator(name)
        compiled = compile_model(model)
        columns, cost, constant = compile_objective("cost", model.cost.expr, compiled.columns)
        program = compiled.program
        program.cost[columns] = cost
        first = np.zeros(len(program.lower), dtype=bool)
        first[[compiled.columns[id(each)] for part in model.first_stage for each in part.values()]] = shared
        assert constant == 0
        found.append(FutureProgram(name, 1 / len(problem.scenarios), program, first))
    return found


def as_one_programme(futures: list[FutureProgram], risk: Risk) -> LinearProgram:
    """Return futures as one programme whose cost is the mean of theirs, mixed with that of the worst as `risk` says."""
    both = merged(futures)
    spread = []
    for future, place in zip(futures, both.places, strict=True):
        cost = np.zeros(len(both.program.lower))
        np.add.at(cost, place, future.program.cost)
        spread.append(cost)
    costs = [
        (future.probability, cost, future.program.offset)
        for future, cost in zip(futures, both.with_losses(spread), strict=True)
    ]
    return with_risk(both.program, costs, risk)


def solved(futures: list[FutureProgram], risk: Risk | None = None, fixed: Array | None = None) -> tuple[float, Array]:
    """Return the least cost of futures and their columns, the first ones `fixed` where that is asked."""
    program = as_one_programme(futures, risk or Risk())
    if fixed is not None:
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[: len(fixed)] = upper[: len(fixed)] = fixed
        program = program.with_bounds(lower, upper)
    outcome = run_highs(program, monitor=RunMonitor(), seconds=600, gap=1e-6)
    assert outcome.status == "optimal"
    assert outcome.values is not None
    return outcome.objective, outcome.values
