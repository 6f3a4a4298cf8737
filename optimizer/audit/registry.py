"""How the audit compares: residuals that say by how much a rule is broken, and the registry of checks."""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Literal, NamedTuple

import numpy as np

from models.aspects import modules
from models.case import Array
from optimizer.audit.audit_report import Check
from optimizer.audit.costs import AuditedPlan

TOLERANCE = 1e-6
"""Relative to the limit, or to the largest term where that is larger, or to 1."""
PLACES = 9
"""Decimal places kept of a violation: what the last bits of a sum leave differs from machine to machine."""

ENDLESS = float(np.finfo(float).max)
"""The violation of what is not a number, or none that a file can hold."""

Amount = float | Array


class Residual(NamedTuple):
    """One comparison, or an array of them over periods, days (and hours)."""

    where: str
    violation: Amount
    """0 where the rule holds exactly, else relative to its largest term."""
    value: Amount | None = None
    """What the plan comes to; None where nothing is limited."""
    limit: Amount | None = None
    """What it is held by."""
    sense: Literal["<=", ">="] = "<="


Rule = Callable[[AuditedPlan], Iterable[Residual]]


class Registry(dict[str, Rule]):
    """Checks by the rule that they recheck, `family.rule`, in the order in which they are written."""

    def __init__(self, family: str) -> None:
        """Open the registry of an aspect, by the name of its module, or of another family of rules."""
        super().__init__()
        self._family = family.rpartition(".")[2]

    def rule(self, *others: str) -> Callable[[Rule], Rule]:
        """Enter a function as the check of the rule it is named after, and of others; ValueError for a second one."""

        def enter(function: Rule) -> Rule:
            for name in (*others, function.__name__):
                self.enter(name, function)
            return function

        return enter

    def enter(self, name: str, function: Rule) -> None:
        """Enter a check under the name of a rule; raises ValueError if there is one."""
        if (rule := f"{self._family}.{name}") in self:
            raise ValueError(f"rule {rule} is written twice")
        self[rule] = function


@cache
def checks_of_aspects() -> dict[str, Rule]:
    """Return the checks of all aspects, in reading order."""
    return {name: rule for aspect in modules("optimizer.audit").values() for name, rule in aspect.CHECKS.items()}


def at_most(where: str, value: Amount, limit: Amount, *terms: Amount) -> Residual:
    """Compare value <= limit: violation = (value - limit) / max(1, |value|, |limit|, |terms|)."""
    violation = _relative(value, limit, *terms)
    above = max(violation, 0.0) if isinstance(violation, float) else np.maximum(violation, 0.0)
    return Residual(where, above, value, limit)


def at_least(where: str, value: Amount, limit: Amount, *terms: Amount) -> Residual:
    """Compare value >= limit: violation = (limit - value) / max(1, |value|, |limit|, |terms|)."""
    return at_most(where, limit, value, *terms)._replace(value=value, limit=limit, sense=">=")


def equal(where: str, left: Amount, right: Amount, *terms: Amount) -> Residual:
    """Compare left = right: violation = |left - right| / max(1, |left|, |right|, |terms|)."""
    violation = _relative(left, right, *terms)
    return Residual(where, abs(violation) if isinstance(violation, float) else np.abs(violation))


def true(where: str, holds: bool) -> Residual:
    """Record a rule that holds or does not: violation 0 or 1."""
    return Residual(where, 0.0 if holds else 1.0)


def _relative(left: Amount, right: Amount, *terms: Amount) -> Amount:
    """Return (left - right) / max(1, |terms|), of single numbers by plain arithmetic: numpy takes ten times as long."""
    every = (left, right, *terms)
    plain = [float(term) for term in every if isinstance(term, float | int) and math.isfinite(term)]
    if len(plain) == len(every):
        return (plain[0] - plain[1]) / max(1.0, *map(abs, plain))
    size = np.asarray(1.0)
    for term in every:
        size = np.maximum(size, np.abs(term))
    with np.errstate(invalid="ignore"):  # infinite terms give what is not a number, which breaks the rule
        return np.asarray((np.asarray(left) - np.asarray(right)) / size)


def check(name: str, residuals: Iterable[Residual], axes: Sequence[Sequence[str]]) -> Check:
    """Return how a rule came out; `axes` names the positions of arrays. What is not a number breaks the rule."""
    rows, worst, where = 0, 0.0, ""
    for place, violation, *_ in residuals:
        size = 1 if isinstance(violation, float) else violation.size
        rows += size
        found = _rounded(violation if isinstance(violation, float) else float(violation.max())) if size else 0.0
        if size and (not where or found > worst):
            worst, where = found, ", ".join([place, *_position(violation, axes)]).removeprefix(", ")
    return Check(name, rows, worst, where, worst <= TOLERANCE)


def _rounded(violation: float) -> float:
    return round(violation, PLACES) if math.isfinite(violation) else ENDLESS


def _position(violation: Amount, axes: Sequence[Sequence[str]]) -> list[str]:
    """Return the names of the place of the largest violation, the first of those that are equal when rounded."""
    if isinstance(violation, float):
        return []
    rounded = np.where(np.isfinite(violation), np.round(violation, PLACES), ENDLESS)
    place = np.unravel_index(int(rounded.argmax()), rounded.shape)
    return [names[int(at)] for names, at in zip(axes, place, strict=False)]
