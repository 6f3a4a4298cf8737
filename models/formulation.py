"""The formulation: its aspects in reading order, and the model they make together."""

from types import ModuleType

import pyomo.environ as pyo

from models import ledger
from models.aspects import modules
from models.case import Case
from models.couplings import Coupling

ASPECTS: tuple[ModuleType, ...] = tuple(modules("models").values())

INDICES = ("periods", "sites", "basins", "funds")
"""Tables over which whole families run; Pyomo keeps the order of a list, but not of a mapping."""


def couplings() -> tuple[Coupling, ...]:
    """Return what ties the days of a year to one another, as the aspects declare it."""
    return tuple(each for aspect in ASPECTS for each in getattr(aspect, "COUPLINGS", ()))


def first_stage() -> tuple[str, ...]:
    """Return the variables that are decided before a future is known, as the aspects declare them."""
    return tuple(each for aspect in ASPECTS for each in getattr(aspect, "FIRST_STAGE", ()))


def preferred() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the variables of which a finished plan has as much as it can, and those that it may change for that."""
    more = tuple(name for aspect in ASPECTS for name in getattr(aspect, "PREFERRED", ()))
    return more, tuple(name for aspect in ASPECTS for name in getattr(aspect, "IN_EXCHANGE", ()))


def name_of(aspect: ModuleType) -> str:
    """Return the name that an aspect's block, section and tests share."""
    return aspect.__name__.rsplit(".", 1)[-1]


def build(case: Case, aspects: tuple[ModuleType, ...] = ASPECTS, master_part: bool = False) -> pyo.ConcreteModel:
    """Return the complete model of a case, every day written out, solvable by any Pyomo solver.

    With `master_part`, an aspect of the days (the dispatch) adds only what the master problem needs of it; that model is not complete.
    `zero` is a variable fixed at 0: a rule whose sum is empty stays a row, so that it can be seen and explained.
    """
    model = pyo.ConcreteModel(name=case.name)
    for index in INDICES:
        model.add_component(index, pyo.Set(initialize=list(getattr(case, index))))
    model.zero = pyo.Var(bounds=(0, 0))
    model.closed_ledgers = set()
    for aspect in aspects:
        block = pyo.Block(concrete=True)
        model.add_component(name_of(aspect), block)
        add = getattr(aspect, "add_master_part", aspect.add) if master_part else aspect.add
        add(model, block, case)
        ledger.check_open(model, block)
    return model
