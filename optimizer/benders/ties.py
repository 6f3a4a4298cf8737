"""Equal plans told apart, so that one question has one answer.

Where the last objective is proved to 1e-6, every plan that keeps all objectives is as good as another. Of these the one
is taken that opens the fewest sites and, of as many, those whose codes come first, each as early as can be; then in
the same way the one with the fewest halls, steps of reinforcement and named gigafactories, those that are first in the
order of site or substation, cooling or step, and period. A wider gap does not tell which plans are equal: there the
plan found first stands, always the same for the same inputs.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from models.case import Array
from optimizer.benders.master_problem import FLOOR_SHARE, MAX_ITERATIONS, Incumbent, MasterProblem, evaluate_candidate
from optimizer.monitor.run_monitor import Progress
from optimizer.program.extensive_form import Objective
from optimizer.solver.highs import run_highs

NODES = 2000
"""Nodes that this may take in all; where they are too few, or the time is, the plan found first stands."""
LARGEST_WEIGHT = 4096
"""With larger weights the solver's tolerance on whole numbers (1e-6) would count like a choice."""


def break_ties(master: MasterProblem, goal: Objective, best: Incumbent) -> Incumbent:
    """Return the first of the plans that keep every objective as well as the best one; `goal` is the last of them."""
    if any(stage.status != "solved" for stage in master.stages) or master.stages[-1].gap_share > FLOOR_SHARE:
        return best
    note = "of equal plans the first is taken"
    master.watch.report(Progress("ties", time.perf_counter() - master.began, note=note))
    bounds = master.parts.master.lower.copy(), master.parts.master.upper.copy()
    ties = _Ties(master, goal, best, *bounds)
    model, columns = master.assembly.model, master.assembly.compiled.columns
    openings = {index: columns[id(variable)] for index, variable in model.siting.open_in.items()}
    if not ties.settle(openings.values()):
        return best
    closed = {site for site, _ in openings} - {site for (site, _), column in openings.items() if ties.lower[column]}
    halls = [columns[id(variable)] for (site, *_), variable in model.sizing.halls.items() if site not in closed]
    steps, names = (
        [columns[id(variable)] for variable in kind.values()]
        for kind in (model.grid.reinforced, model.compute.gigafactory)
    )
    closings = [columns[id(variable)] for variable in model.siting.close_in.values()]
    return ties.best if all(ties.settle(family) for family in (halls, steps, names, closings)) else best


@dataclass
class _Ties:
    """The master with what is settled so far in its bounds."""

    master: MasterProblem
    goal: Objective
    best: Incumbent
    lower: Array
    upper: Array
    nodes: int = NODES
    """Nodes left."""

    def settle(self, family: Iterable[int]) -> bool:
        """Fix columns at the least total, then the most in the first, in the second ...; tell if the work sufficed."""
        free = [column for column in family if self.upper[column] > self.lower[column]]
        total = np.zeros(len(self.upper))
        total[free] = LARGEST_WEIGHT
        for part, weights in _parts(free, self.upper):
            aim = total.copy()
            aim[part] -= weights
            if not self._take_least(aim):
                return False
            self.lower[part] = self.upper[part] = np.round(self.best.decisions[part])
        return True

    def _take_least(self, aim: Array) -> bool:
        """Make the best a plan that is least in whole numbers so weighted; tell whether one was proved to be."""
        master, whole = self.master, self.master.parts.master.integer
        solve = master.assembly.case.settings.solve
        for _ in range(MAX_ITERATIONS):
            if master.watch.stopped() or self.nodes <= 0:
                return False
            program = replace(master.program(self.goal), cost=aim, offset=0.0).with_bounds(self.lower, self.upper)
            outcome = run_highs(
                program,
                watch=master.watch,
                seconds=master.left,
                gap=0.0,
                options={"threads": solve.threads, "random_seed": solve.seed, "mip_max_nodes": self.nodes},
                start=master.priced_point(self.best.decisions, self.best.results),
            )
            self.nodes -= outcome.nodes
            if outcome.timed_out:
                master.hurried["the choice between equal plans"] = None
            if outcome.status != "optimal" or outcome.values is None:
                return False
            found = np.where(whole, np.round(outcome.values), outcome.values)
            if aim[whole] @ found[whole] >= aim[whole] @ np.round(self.best.decisions)[: len(aim)][whole]:
                return True
            plan = evaluate_candidate(master, self.goal, found)
            if plan is not None:
                self.best = plan
                return True
        return False


def _parts(columns: list[int], upper: Array) -> Iterator[tuple[list[int], Array]]:
    """Give the columns in parts short enough for weights by which one more in a column outweighs all columns behind."""
    part: list[int] = []
    weights, choices = np.ones(0), 1.0
    for column in columns:
        more = upper[column] + 1
        if part and choices * more > LARGEST_WEIGHT:
            yield part, weights
            part, weights, choices = [], np.ones(0), 1.0
        part, weights, choices = [*part, column], np.append(weights * more, 1.0), choices * more
    if part:
        yield part, weights
