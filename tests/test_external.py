"""Answers that others gave: published optima typed with their source, and those that other programs find here."""

import warnings
from collections.abc import Mapping
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.audit.audit import audit
from optimizer.case.provenance import provenance_of
from optimizer.extract.extract import extract
from optimizer.session import solve_case
from tests.drafts import Draft, row
from tests.locations import Location, by_scip, location_draft, median, warehouses
from tests.networks import network, read_back

LOADS_MW = {"Z1": 0.0, "Z2": 300.0, "Z3": 300.0, "Z4": 400.0, "Z5": 0.0}
PLANTS = [
    ("G1", "Z1", 40.0, 14.0),
    ("G2", "Z1", 170.0, 15.0),
    ("G3", "Z3", 520.0, 30.0),
    ("G4", "Z4", 200.0, 40.0),
    ("G5", "Z5", 600.0, 10.0),
]
BRANCHES = [
    ("Z1", "Z2", 400.0, 0.00281, 0.0281),
    ("Z1", "Z4", 426.0, 0.00304, 0.0304),
    ("Z1", "Z5", 426.0, 0.00064, 0.0064),
    ("Z2", "Z3", 426.0, 0.00108, 0.0108),
    ("Z3", "Z4", 426.0, 0.00297, 0.0297),
    ("Z4", "Z5", 240.0, 0.00297, 0.0297),
]
"""case5_pjm of PGLib-OPF v23.07 (github.com/power-grid-lib/pglib-opf, CC BY 4.0): MW; MW, EUR/MWh; MW, p.u., p.u."""


def line(name: str, ends: tuple[str, str], limit_mw: float, reactance_pu: float) -> dict[str, Any]:
    limits = dict.fromkeys(("forward_mw", "backward_mw"), limit_mw)
    return row("lines", line=name, from_zone=ends[0], to_zone=ends[1], reactance_pu=reactance_pu, **limits)


def least_cost_eur(draft: Draft, folder: Path) -> float:
    """Return the running cost of the one hour, proved least, of a plan that the audit calls sound."""
    case = read_back(draft, folder)
    solution = solve_case(case)
    assert solution.status == "solved"
    assert solution.baseline is not None
    assert solution.point is not None
    assert solution.form.operating_meur(solution.point) == pytest.approx(solution.baseline.running_meur)
    assert audit(case, extract(case, solution, provenance_of(case, folder, "base", {}))).sound
    return solution.baseline.running_meur["P"] * 1e6 / 8760


@pytest.mark.parametrize(("voltage_law", "optimum"), [(False, 14_810.0), (True, 17_479.897)])
def test_five_zones_of_pglib_cost_their_published_optimum(voltage_law: bool, optimum: float, tmp_path: Path) -> None:
    """The published model divides by the impedance: its susceptance is x / (r^2 + x^2)."""
    lines = [
        line(f"L{number}", (one, other), limit, (r**2 + x**2) / x if voltage_law else 0)
        for number, (one, other, limit, r, x) in enumerate(BRANCHES)
    ]
    draft = network("PGLib-OPF case5_pjm", LOADS_MW, PLANTS, lines)
    assert least_cost_eur(draft, tmp_path) == pytest.approx(optimum, abs=0.0005)


BUS, LOAD, PLANT_BUS, MOST, LEAST, REACTANCE, RATE, TAP, FLOW = 0, 2, 0, 8, 9, 3, 5, 8, 13
"""Columns of a MATPOWER case: of buses, of generators, of branches."""


def matpower_case(name: str, narrowed: float) -> dict[str, Any]:
    """Return a case that PYPOWER ships: costs linear, no plant forced to run, branches as wide as asked.

    The slope is that of the mean cost at full output. A share of 1 leaves the ratings as they are; where there are none
    (9,900 MVA), the share is of the flow without limits, or of twice its mean if that is more.
    """
    case: dict[str, Any] = import_module(f"pypower.{name}").__dict__[name]()
    plants, costs, branches = case["gen"], case["gencost"], case["branch"]
    case["gencost"] = np.array([[2, 0, 0, 2, c[5] + c[4] * p[MOST], 0] for p, c in zip(plants, costs, strict=True)])
    case["gencost"][:, 4] *= case["gencost"][:, 4] > 0.05  # what a table may hold
    plants[:, LEAST] = 0
    if branches[:, RATE].min() > 9_000:
        flows = np.abs(by_pypower(case)["branch"][:, FLOW])
        branches[:, RATE] = flows.clip(min=2 * flows.mean())
    branches[:, RATE] *= narrowed
    return case


def by_pypower(case: dict[str, Any]) -> Mapping[str, Any]:
    """Return the answer of PYPOWER, which dispatches by angles with an interior point method of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its syntax, told whenever it is compiled anew
        from pypower.api import ppoption, rundcopf
    exact = dict.fromkeys(("PDIPM_FEASTOL", "PDIPM_GRADTOL", "PDIPM_COMPTOL", "PDIPM_COSTTOL"), 1e-8)
    answer: Mapping[str, Any] = rundcopf(deepcopy(case), ppoption(VERBOSE=0, OUT_ALL=0, **exact))
    assert answer["success"]
    return answer


TIMES = 10
"""Loads of a few MW are told as a slip of unit, so all power is that many times what it is."""


def as_network(case: Mapping[str, Any], voltage_law: bool = True) -> Draft:
    """Return a case's network; a voltage falls by reactance times turns ratio."""
    plants = [
        (f"G{number}", f"Z{plant[PLANT_BUS]:.0f}", float(plant[MOST]) * TIMES, float(cost[4]))
        for number, (plant, cost) in enumerate(zip(case["gen"], case["gencost"], strict=True))
        if plant[MOST] > 0
    ]
    lines = [
        line(
            f"L{number}",
            (f"Z{branch[0]:.0f}", f"Z{branch[1]:.0f}"),
            float(branch[RATE]) * TIMES,
            float(branch[REACTANCE] * (branch[TAP] or 1)) if voltage_law else 0,
        )
        for number, branch in enumerate(case["branch"])
    ]
    return network("MATPOWER", {f"Z{bus[BUS]:.0f}": float(bus[LOAD]) * TIMES for bus in case["bus"]}, plants, lines)


@pytest.mark.parametrize(
    ("name", "narrowed"),
    [
        ("case6ww", 0.7),
        ("case14", 0.45),
        ("case24_ieee_rts", 0.6),
        ("case30", 0.8),
        ("case39", 0.7),
        ("case57", 0.9),
    ],
)
def test_networks_cost_what_pypower_says_and_less_without_voltage_law(
    name: str, narrowed: float, tmp_path: Path
) -> None:
    case = matpower_case(name, narrowed)
    optimum = by_pypower(case)["f"] * TIMES
    assert least_cost_eur(as_network(case), tmp_path) == pytest.approx(optimum, rel=1e-6)
    free = least_cost_eur(as_network(case, voltage_law=False), tmp_path)
    assert free < optimum * (1 - 1e-5), "the voltage law must matter for this to say anything"


@pytest.mark.parametrize(
    "location",
    [
        warehouses(8, 20, 1.3, seed=1),
        warehouses(12, 30, 2.5, seed=2),
        warehouses(16, 30, 6, seed=3),
        median(20, 4),
        pytest.param(warehouses(16, 50, 3, seed=4), marks=pytest.mark.long),
        pytest.param(median(60, 5, seed=1), marks=pytest.mark.long),
    ],
    ids=lambda location: location.title,
)
def test_location_problems_cost_what_scip_says(location: Location) -> None:
    solution = solve_case(location_draft(location).case())
    (stage,) = solution.stages
    assert solution.status == "solved"
    optimum = by_scip(location)
    assert stage.value * 1000 == pytest.approx(optimum, rel=1e-6)
    assert stage.bound * 1000 == pytest.approx(optimum, rel=1e-6)
