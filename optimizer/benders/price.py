"""Plans priced exactly: their whole numbers kept, all else decided anew by linear programmes.

What a change of the question does to a plan is then free of the luck of a search: no gap stands between two prices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.case import Array
from optimizer.benders.integer_plan import IntegerPlan
from optimizer.benders.master_problem import Incumbent, MasterProblem, SearchEnded
from optimizer.benders.solve_objective import minimise_with_fixed_integers, root_relaxation
from optimizer.monitor.run_monitor import Progress

ACCURACY = 1e-6
"""Relative accuracy of a price."""
SHORT = 10 * ACCURACY
"""Share of a floor by which a plan that falls short of it is surely none; of nearer ones its programme tells."""


@dataclass(frozen=True)
class Pricing:
    """What plans are worth in one case; values as people read them."""

    objectives: tuple[str, ...]
    bounds: Mapping[str, float]
    """Objective -> what no plan exceeds, the floors of those before it kept: the bound of its relaxation."""
    floors: Mapping[str, float]
    """Objective -> the level kept while those after it are sought."""
    values: Array
    """Shape (plans, objectives); NaN where a plan breaks a rule or falls short of a floor."""


def price(
    master: MasterProblem, plans: Sequence[IntegerPlan], floors: Mapping[str, float], known: Mapping[str, float]
) -> Pricing:
    """Return what plans are worth in a master problem that has no objective yet, floors as people read them.

    A level that the scenario states, or a floor that is given, is kept as it is; else a floor hangs on the bound of
    its objective's relaxation, or on the best of the plans where none comes so near. Of objectives whose bound is
    `known`, no relaxation is solved. Raises SearchEnded where one has no point.
    """
    question, programme = master.form.case.settings.question, master.decomposition.master
    decisions = [plan.decisions(programme) for plan in plans]
    values = np.full((len(plans), len(question.objectives)), np.nan)
    bounds = dict[str, float]()
    for place, name in enumerate(question.objectives):
        objective = master.form.objective(name)
        bound = objective.sign * known[name] if name in known else root_relaxation(master, objective)[0]
        bounds[name] = objective.sign * bound
        for number, whole in enumerate(decisions):
            if whole is None:
                continue
            if master.monitor.stopped() or master.time_remaining <= 0:
                raise SearchEnded("interrupted" if master.monitor.stopped() else "limit", "plans are left to price")
            note = f"{number + 1} of {len(plans)} plans priced"
            master.monitor.report(Progress(name, master.seconds, note=note))
            found = minimise_with_fixed_integers(master, objective, whole, ACCURACY)
            decisions[number] = None if found is None else whole
            values[number, place] = np.nan if found is None else objective.sign * found.value
        if place + 1 < len(question.objectives):
            stated = getattr(question.levels, name)
            level = stated if stated is not None else floors.get(name)
            best = np.nanmin([*(objective.sign * values[:, place]), np.inf])
            hung = max(master.hung_on(bound), best) if np.isfinite(best) else master.hung_on(bound)
            highest = hung if level is None else objective.sign * level
            master.add_objective_bound(objective, highest)
            short = objective.sign * values[:, place] > highest + SHORT * max(abs(highest), 1.0)
            decisions = [None if missed else whole for missed, whole in zip(short, decisions, strict=True)]
    return Pricing(tuple(question.objectives), bounds, master.floors, values)


def keep(master: MasterProblem, plan: IntegerPlan, floors: Mapping[str, float]) -> Incumbent | None:
    """Return the best decisions with the whole numbers of a plan, the floors kept; None where it is no plan.

    The master problem has no objective yet; without a floor an objective is kept at what the plan is worth.
    """
    question, decisions = master.form.case.settings.question, plan.decisions(master.decomposition.master)
    best: Incumbent | None = None
    for name in question.objectives:
        objective = master.form.objective(name)
        best = None if decisions is None else minimise_with_fixed_integers(master, objective, decisions, ACCURACY)
        if best is None:
            return None
        last = name == question.objectives[-1]
        level = None if last else floors.get(name)
        master.add_objective_bound(objective, best.value if level is None else objective.sign * level)
    return best
