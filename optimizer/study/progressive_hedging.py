"""Futures that outgrow one machine: the model of every future handed to mpi-sppy, which solves each by itself.

Progressive hedging (Rockafellar and Wets, Mathematics of Operations Research 16, 1991) moves their first stages towards
one another; its multipliers give a Lagrangian bound on the answer, however many futures there are. It runs without MPI;
under `mpiexec` the futures are spread over its processes. Needs the extra `gigasite[futures]`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from models.formulation import build, first_stage
from models.terms import component_of
from optimizer.program.nodes import Future

SOLVER = "appsi_highs"


@dataclass(frozen=True)
class Scenario:
    """The whole model of a future, with what is decided before it is known."""

    model: pyo.ConcreteModel
    probability: float
    first_stage: Sequence[Any]
    """Pyomo variables, in the same order in every future."""


@dataclass(frozen=True)
class Hedged:
    """Where progressive hedging ended."""

    bound: float
    """What no first stage can beat, in the sense of the model's objective."""
    mean_first_stage: Mapping[str, float]
    """By name of a first-stage variable, its mean over the futures: a decision where all agree."""
    distance: float
    """How far the futures are from agreeing, the mean over variables; 0 where they do."""


def scenario_of(future: Future) -> Scenario:
    """Return the model of a future for its first objective, every day written out."""
    model = build(future.case)
    decided = [each for name in first_stage() for each in component_of(model, name).values()]
    return Scenario(model, future.probability, decided)


def hedged(
    scenario: Callable[[str], Scenario], names: Sequence[str], *, iterations: int, rho: float, gap: float = 1e-6
) -> Hedged:
    """Return where progressive hedging ends after so many rounds, and the bound of its multipliers.

    `rho` is the penalty on a unit of disagreement, of the size of what a unit costs. The proximal terms are linearised,
    so that a mixed-integer solver takes them.
    """
    from mpisppy.opt.ph import PH
    from mpisppy.utils.sputils import attach_root_node, solver_options_layer

    def creator(name: str, **_: Any) -> pyo.ConcreteModel:
        found = scenario(name)
        attach_root_node(found.model, 0.0, list(found.first_stage))
        found.model._mpisppy_probability = found.probability
        return found.model

    options = {
        "solver_name": SOLVER,
        "PHIterLimit": iterations,
        "defaultPHrho": rho,
        "convthresh": 1e-8,
        "verbose": False,
        "display_progress": False,
        "display_timing": False,
        "toc": False,
        "iter0_solver_options": {},
        "iterk_solver_options": {},
        "solver_options_layers": [solver_options_layer("default", {"mip_rel_gap": gap})],
        "linearize_proximal_terms": True,
        "proximal_linearization_tolerance": 1e-2,
        "smoothed": 0,
    }
    search = PH(options, list(names), creator)
    distance, _, _ = search.ph_main(finalize=False)
    search._disable_prox()
    search.solve_loop(solver_options={"mip_rel_gap": gap}, need_solution=False)
    bound = float(search.Ebound())
    first = next(iter(search.local_scenarios.values()))
    mean = {
        variable.name: float(pyo.value(first._mpisppy_model.xbars[place]))
        for place, variable in first._mpisppy_data.nonant_indices.items()
    }
    return Hedged(bound, mean, float(distance))
