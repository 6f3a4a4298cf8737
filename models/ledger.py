"""Totals that many aspects add to: a block with an Expression named like a ledger adds to it.

| ledger | index | unit |
|---|---|---|
| `site_capex_meur` | site, period | money spent at a site in a period, MEUR |
| `capex_meur` | period | all money spent in a period, MEUR (an aspect that offers `site_capex_meur` includes it) |
| `interest_meur` | period | interest during construction, at the period's start, MEUR; what is paid after it takes off |
| `opex_meur` | period | cost per year of the period, MEUR |
| `residual_meur` | period | value, at the end of the horizon, of what was bought in the period, MEUR |

Totalling a ledger closes it: an aspect that would add later raises an error, so that no cost is lost in silence.
"""

from collections.abc import Mapping
from typing import Any

import pyomo.environ as pyo

from models.terms import get_or_zero

LEDGERS = ("site_capex_meur", "capex_meur", "interest_meur", "opex_meur", "residual_meur")


def contributors(model: pyo.ConcreteModel, ledger: str) -> list[pyo.Block]:
    """Return the aspect blocks that add to a ledger, in the order of the formulation."""
    return [
        block for block in model.component_objects(pyo.Block, descend_into=False) if block.component(ledger) is not None
    ]


def total(model: pyo.ConcreteModel, ledger: str, *index: Any) -> Any:
    """Return the sum of every aspect's entry in a ledger at an index, and close the ledger."""
    model.closed_ledgers.add(ledger)
    return pyo.quicksum(get_or_zero(block.component(ledger), *index) for block in contributors(model, ledger))


def check_open(model: pyo.ConcreteModel, aspect: pyo.Block) -> None:
    """Raise ValueError if an aspect just added has an entry in a ledger that was already totalled."""
    late = [ledger for ledger in LEDGERS if ledger in model.closed_ledgers and aspect.component(ledger) is not None]
    if late:
        raise ValueError(f"aspect {aspect.name} adds to {', '.join(late)} after the total was taken")


def plant_meur(amounts: pyo.Var, period: str, meur_per_unit: Mapping[str, float]) -> Any:
    """Return what amounts by zone, technology and period cost in a period, each at the price of its technology."""
    return pyo.quicksum(meur_per_unit[g] * amounts[z, g, p] for z, g, p in amounts if p == period)
