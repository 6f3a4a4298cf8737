"""The smallest sets of limits that stand in the way: fewest first, then least; each found is excluded for the next."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyomo.environ as pyo

from optimizer.explain.lever import Change
from optimizer.explain.problem import Problem, least, with_row
from optimizer.explain.shares import smallest_shares
from optimizer.solve.master import Incumbent, Stopped

AMOUNT_GAP = 1e-3
"""Relative gap at which amounts are accepted; they are told to three digits."""


@dataclass(frozen=True)
class Alternative:
    """Changes that together suffice."""

    changes: tuple[Change, ...]
    fewest_proved: bool
    """Whether it is proved that no fewer limits will do (besides the alternatives before it)."""
    least_proved: bool
    """Whether it is proved that no set of as many limits gets by with a smaller move."""

    @property
    def size(self) -> float:
        """Return how far all inputs move, each relative to its present value."""
        return sum(change.amount / (abs(change.input.value) or change.amount) for change in self.changes)


def alternatives(problem: Problem, wanted: int, infeasible: bool) -> Iterator[Alternative]:
    """Yield sets of changes, fewest limits first, until so many are found or time is up.

    With `infeasible` it is known that some limit has to move.
    """
    broken = [problem.column(lever.broken) for lever in problem.levers]
    count = problem.goal("fewest limits", pyo.quicksum(lever.broken for lever in problem.levers))
    amount = problem.goal("least amount", pyo.quicksum(lever.slack / lever.typical for lever in problem.levers))
    master = replace(problem.master, floors=[])
    if infeasible:
        master = with_row(master, dict.fromkeys(broken, -1.0), -1.0, "some_limit_moves")
    given = 0
    while given < wanted:
        try:
            fewest, bound = least(master, count, 1e-4)
        except Stopped:
            return
        chosen = [n for n, column in enumerate(broken) if fewest.decisions[column] > 0.5]
        proved = bound > len(chosen) - 1 + 1e-4
        capped = with_row(master, dict.fromkeys(broken, 1.0), len(chosen) + 1e-6, "fewest_limits")
        try:
            best, low = least(capped, amount, AMOUNT_GAP, fewest)
        except Stopped:
            best, low = fewest, 0.0
        least_proved = best.value - low <= 2 * AMOUNT_GAP * max(best.value, 1e-9)
        chosen = [n for n, column in enumerate(broken) if best.decisions[column] > 0.5]
        changes = _settled(problem, chosen, best)
        if changes:
            yield Alternative(tuple(changes), proved, least_proved)
            given += 1
        if not chosen:
            return
        excluded = {broken[number]: 1.0 for number in chosen}
        if changes is None:  # rounding let it seem to suffice: exclude this set, not what holds it
            excluded |= {column: -1.0 for number, column in enumerate(broken) if number not in chosen}
        master = with_row(master, excluded, len(chosen) - 1.0, f"not_again[{given}]")


def _settled(problem: Problem, chosen: list[int], start: Incumbent) -> list[Change] | None:
    """Return the least changes of the chosen limits alone, all others kept exactly; None if they do not suffice."""
    others = {number: (0.0, 0.0) for number in range(len(problem.levers)) if number not in chosen}
    fixed = {number: float(number in chosen) for number in range(len(problem.levers))}
    master = problem.bounded(others, fixed)
    total = pyo.quicksum(problem.levers[number].slack / problem.levers[number].typical for number in chosen)
    try:
        best, _ = least(master, problem.goal("amounts", total), 1e-4)
    except Stopped as stop:
        if stop.status == "infeasible":
            return None
        best = start
    moves = problem.moved(best.decisions)
    moves |= smallest_shares(problem, master, moves, best)
    return [
        Change(problem.levers[number].input, problem.levers[number].input.eased(move))
        for number, move in sorted(moves.items())
    ]
